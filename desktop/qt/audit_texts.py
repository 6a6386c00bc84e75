"""What staff did, in words; and what is different in an act's record."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from desktop.qt.texts import here_text, marked, translate
from shared.vocabulary import AuditOutcome

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_ACTS: Final = {
    "staff.add": marked("Acts", "Added a member of staff"),
    "staff.revoke": marked("Acts", "Took a token away"),
    "installs.reconcile": marked("Acts", "Compared a salon with YCLIENTS"),
    "installs.freeze": marked("Acts", "Paused a salon"),
    "installs.unfreeze": marked("Acts", "Let a salon run again"),
    "installs.uninstall": marked("Acts", "Disconnected a salon"),
    "installs.keep": marked("Acts", "Took a disconnection back"),
    "installs.assistant": marked("Acts", "Switched the assistant's answers"),
    "payments.notify": marked("Acts", "Told YCLIENTS of a payment"),
    "payments.refund": marked("Acts", "Told YCLIENTS of a refund"),
    "payments.check": marked("Acts", "Settled payments by YCLIENTS' list"),
    "payments.link": marked("Acts", "Asked for an address to pay at"),
    "payments.discount": marked("Acts", "Gave a discount"),
    "links.create": marked("Acts", "Made a link for an owner"),
    "calls.retry": marked("Acts", "Retried a call"),
    "calls.hold": marked("Acts", "Held a call"),
    "calls.release": marked("Acts", "Let a call go on"),
    "calls.resolve": marked("Acts", "Marked a call as dealt with"),
    "bulk.plan": marked("Acts", "Planned a bulk retry"),
    "bulk.start": marked("Acts", "Started a bulk retry"),
    "bulk.cancel": marked("Acts", "Cancelled a bulk retry"),
    "sessions.start": marked("Acts", "Started a WhatsApp session"),
    "sessions.restart": marked("Acts", "Restarted a WhatsApp session"),
    "sessions.stop": marked("Acts", "Stopped a WhatsApp session"),
    "sessions.pairing_code": marked("Acts", "Asked for a pairing code"),
    "sessions.relink": marked("Acts", "Unlinked a phone to link anew"),
    "sessions.confirm_phone": marked("Acts", "Confirmed another number"),
    "sessions.send_test": marked("Acts", "Sent a test message"),
    "sessions.qr": marked("Acts", "Looked at a QR code"),
    "qr.open": marked("Acts", "Looked at a QR code"),
    "alarms.acknowledge": marked("Acts", "Acknowledged an alarm"),
    "alarms.snooze": marked("Acts", "Snoozed an alarm"),
    "webhooks.replay": marked("Acts", "Had a webhook worked anew"),
    "backups.make": marked("Acts", "Began a backup"),
    "processes.drain": marked("Acts", "Drained a process"),
    "processes.take_part": marked("Acts", "Let a process take part again"),
    "consistency.check": marked("Acts", "Compared all salons with YCLIENTS"),
    "consistency.fix": marked("Acts", "Fixed a difference"),
    "fixes.plan": marked("Acts", "Planned to fix differences"),
    "fixes.start": marked("Acts", "Started to fix differences"),
    "fixes.cancel": marked("Acts", "Cancelled fixing differences"),
    "installs.bundle": marked("Acts", "Made a support bundle"),
    "personal_data.find": marked("Acts", "Looked for a person's data"),
    "personal_data.purge": marked("Acts", "Destroyed personal data"),
}
_OUTCOMES: Final = {
    AuditOutcome.CHANGED: marked("Audit", "What changed something"),
    AuditOutcome.UNCHANGED: marked("Audit", "What only looked"),
}


def act_text(operation: str) -> str:
    """Return what an operation did, in words; one that has none is called by its own name."""
    source = _ACTS.get(operation)
    return translate("Acts", source) if source else operation


def known_acts() -> tuple[str, ...]:
    """Return the operations that have words, in the order in which they are offered."""
    return tuple(_ACTS)


def outcome_word(outcome: AuditOutcome) -> str:
    """Return a kind of outcome, as it is offered."""
    return translate("Audit", _OUTCOMES[outcome])


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Return each field with what it was and is, and whether that is different; those come first."""
    names = [*before, *(name for name in after if name not in before)]
    rows = [(name, _value(before, name), _value(after, name)) for name in names]
    told = [(name, was, became, was != became) for name, was, became in rows]
    return sorted(told, key=lambda each: not each[3])


def _value(record: Mapping[str, Any], name: str) -> str:
    if name not in record or record[name] is None:
        return "—"
    value = record[name]
    if isinstance(value, str):
        return _moment_text(value) or value
    return json.dumps(value, ensure_ascii=False)


def _moment_text(value: str) -> str:
    """Return a moment as people read it; an empty text for what is none."""
    if not _MOMENT.match(value):
        return ""
    try:
        return here_text(datetime.fromisoformat(value)).text
    except ValueError:
        return ""

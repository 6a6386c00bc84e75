"""A salon's story in sentences: what each event means to a person, and where an attempt begins."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from desktop.qt.explanations import explained
from desktop.qt.texts import isolate, marked, number_text, phone_text, translate, when_text
from shared.admin_wire import TimelineEntry


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One line of the story: a sign, how it went, and the sentence."""

    icon: str
    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """What belongs together: an attempt with the lines that followed. `entries` of a line were the same thing again."""

    heading: str
    at: datetime
    lines: tuple[tuple[TimelineEntry, ...], ...]


_REPEATED: Final = frozenset({"session.qr", "session.reconnecting", "message.received", "message.receipt"})
"""Events that come in rows and are told once, with their number."""

_ACTS: Final = {
    "installs.reconcile": marked("Story", "{staff} had the status read at YCLIENTS"),
    "installs.freeze": marked("Story", "{staff} stopped the bot"),
    "installs.unfreeze": marked("Story", "{staff} let the bot run again"),
    "installs.assistant": marked("Story", "{staff} switched the assistant's answers"),
    "installs.uninstall": marked("Story", "{staff} asked for the salon to be disconnected"),
    "installs.keep": marked("Story", "{staff} took the disconnection back"),
    "links.create": marked("Story", "{staff} made a link for the owner"),
    "calls.retry": marked("Story", "{staff} had the call tried again"),
    "calls.hold": marked("Story", "{staff} put the call on hold"),
    "calls.release": marked("Story", "{staff} let the call go on"),
    "calls.resolve": marked("Story", "{staff} marked the call as dealt with"),
    "sessions.start": marked("Story", "{staff} started the session"),
    "sessions.restart": marked("Story", "{staff} started the session anew"),
    "sessions.stop": marked("Story", "{staff} stopped the session"),
    "sessions.pairing_code": marked("Story", "{staff} asked for a pairing code"),
    "sessions.relink": marked("Story", "{staff} asked for another phone to be linked"),
    "sessions.confirm_phone": marked("Story", "{staff} said that the new number is right"),
    "sessions.send_test": marked("Story", "{staff} sent a test message"),
    "sessions.qr": marked("Story", "{staff} looked at the QR"),
    "qr.open": marked("Story", "{staff} looked at the QR"),
    "consistency.fix": marked("Story", "{staff} fixed a difference with YCLIENTS"),
    "installs.bundle": marked("Story", "{staff} took a support bundle"),
    "personal_data.purge": marked("Story", "{staff} destroyed the salon's personal data"),
    "bulk.start": marked("Story", "{staff} retried it together with others"),
    "webhooks.replay": marked("Story", "{staff} had a webhook worked anew"),
}
_WEBHOOKS: Final = {
    "uninstall": marked("Story", "YCLIENTS reported that the salon disconnected"),
    "freeze": marked("Story", "YCLIENTS reported that the subscription is frozen"),
    "payment": marked("Story", "YCLIENTS reported a payment"),
}
_CLOSINGS: Final = {
    "uninstalled_by_staff": marked("Story", "Disconnected at YCLIENTS by us"),
    "uninstall": marked("Story", "The owner disconnected the salon in YCLIENTS"),
    "status_uninstalled": marked("Story", "YCLIENTS says that the salon is disconnected"),
}
_STARTS: Final = {
    "created": marked("Story", "The engine starts for the first time"),
    "restart": marked("Story", "The engine starts anew"),
    "restore": marked("Story", "The engine comes back with the kept credentials"),
    "crash": marked("Story", "The engine starts again after it broke off"),
    "resume": marked("Story", "The engine goes on"),
    "relink": marked("Story", "The engine starts to link the phone again"),
    "fresh_codes": marked("Story", "The engine starts for new codes"),
}

_SAME_MOMENT_S: Final = 2.0

Sentence = Callable[[Mapping[str, Any]], StoryLine]


def _line(icon: str, tone: str, text: str) -> StoryLine:
    return StoryLine(icon, tone, text)


def _phone(data: Mapping[str, Any]) -> str:
    """Return the masked number in one piece."""
    return phone_text(data.get("phone")).replace(" ", "\u00a0")


def _t(source: str) -> str:
    return translate("Story", source)


def _because(data: Mapping[str, Any], name: str = "code") -> str:
    code = data.get(name)
    return explained(str(code)).title if code else translate("Story", "the reason is not known")


def _entered(data: Mapping[str, Any]) -> StoryLine:
    if data.get("signed"):
        return _line(
            "storefront",
            "",
            translate("Story", "The owner came from the marketplace; the signature is right"),
        )
    return _line(
        "storefront", "", translate("Story", "The owner came from the marketplace, without a signature")
    )


def _attempted(data: Mapping[str, Any]) -> StoryLine:
    status, failure, verdict = data.get("http_status"), data.get("failure"), data.get("verdict")
    took = number_text(int(data.get("latency_ms") or 0))
    if status is None:
        text = translate("Story", "YCLIENTS did not answer: {why}").format(why=_failure(failure))
        return _line("offline", "warn", text)
    text = translate("Story", "YCLIENTS answered {status} in {ms} ms").format(status=status, ms=took)
    is_read = str(verdict or "").startswith("status_")
    is_good = verdict == "accepted" or is_read or (verdict is None and int(status) < 300)
    return _line("send", "" if is_good else "bad", text)


def _failure(failure: object) -> str:
    words = {
        "timeout": translate("Story", "the time ran out"),
        "unreachable": translate("Story", "it cannot be reached"),
        "dns": translate("Story", "its name is not found"),
        "tls": translate("Story", "the secure connection failed"),
        "reset": translate("Story", "the connection broke off"),
        "protocol": translate("Story", "the answer makes no sense"),
        "too_large": translate("Story", "the answer is too large"),
    }
    return words.get(str(failure), translate("Story", "the reason is not known"))


def _delayed(data: Mapping[str, Any]) -> StoryLine:
    text = translate("Story", "YCLIENTS did not take it yet ({why}); it is tried again by itself")
    return _line("clock", "warn", text.format(why=_because(data)))


def _refused(data: Mapping[str, Any]) -> StoryLine:
    return _line(
        "stage-attention", "bad", translate("Story", "Activation refused: {why}").format(why=_because(data))
    )


def _call_failed(data: Mapping[str, Any]) -> StoryLine:
    source = (
        translate("Story", "The disconnection failed: {why}")
        if data.get("kind") == "uninstall"
        else translate("Story", "The call failed: {why}")
    )
    return _line("stage-attention", "bad", source.format(why=_because(data)))


def _drifted(data: Mapping[str, Any]) -> StoryLine:
    text = translate("Story", "Difference found: YCLIENTS says “{theirs}”, we say “{ours}”")
    return _line("difference", "warn", text.format(theirs=data.get("theirs"), ours=data.get("ours")))


def _fixed_together(data: Mapping[str, Any]) -> StoryLine:
    if data.get("state") == "failed":
        text = translate("Story", "Fixed together with others, without success: {why}")
        return _line("difference", "warn", text.format(why=_because(data)))
    return _line("difference", "", translate("Story", "A difference was fixed together with others"))


def _closed(data: Mapping[str, Any]) -> StoryLine:
    known = _CLOSINGS.get(str(data.get("reason")))
    return _line("stage-gone", "", _t(known) if known else translate("Story", "The salon is disconnected"))


def _webhook(data: Mapping[str, Any]) -> StoryLine:
    known = _WEBHOOKS.get(str(data.get("event")))
    if known is not None:
        return _line("storefront", "", _t(known))
    text = translate("Story", "YCLIENTS sent “{event}”").format(event=data.get("event"))
    count = data.get("count", 1)
    return _line("storefront", "", f"{text} × {count}" if count > 1 else text)


def _laid_aside(data: Mapping[str, Any]) -> StoryLine:
    text = translate("Story", "What YCLIENTS sent (“{event}”) could not be worked and was laid aside")
    return _line("stage-attention", "bad", text.format(event=data.get("event")))


def _replayed(data: Mapping[str, Any]) -> StoryLine:
    text = translate("Story", "What YCLIENTS sent (“{event}”) is worked anew")
    return _line("refresh", "", text.format(event=data.get("event")))


def _acted(data: Mapping[str, Any]) -> StoryLine:
    staff = isolate(str(data.get("staff") or "?"))
    known = _ACTS.get(str(data.get("operation")))
    text = (_t(known) if known else translate("Story", "{staff}: {operation}")).format(
        staff=staff, operation=data.get("operation")
    )
    reason = data.get("reason")
    return _line("person", "", f"{text}: {isolate(str(reason))}" if reason else text)


def _starting(data: Mapping[str, Any]) -> StoryLine:
    known = _STARTS.get(str(data.get("reason")))
    return _line("power", "", _t(known) if known else translate("Story", "The engine starts"))


def _paired(data: Mapping[str, Any]) -> StoryLine:
    text = translate("Story", "The phone took the code: {phone}").format(phone=_phone(data))
    return _line("phone", "ok", text)


def _connected(data: Mapping[str, Any]) -> StoryLine:
    source = (
        translate("Story", "WhatsApp is connected again: {phone}")
        if data.get("resumed")
        else translate("Story", "WhatsApp is connected: {phone}")
    )
    return _line("check-circle", "ok", source.format(phone=_phone(data)))


def _code_shown(data: Mapping[str, Any]) -> StoryLine:
    text = translate("Story", "Pairing code made for {phone}").format(phone=_phone(data))
    return _line("keypad", "", text)


def _phone_changed(data: Mapping[str, Any]) -> StoryLine:
    earlier = phone_text(data.get("earlier")).replace(" ", "\u00a0")
    text = translate(
        "Story", "Another number was linked: {phone} in place of {earlier}; which is right is asked"
    )
    return _line("phone", "warn", text.format(phone=_phone(data), earlier=earlier))


def _phone_confirmed(data: Mapping[str, Any]) -> StoryLine:
    text = translate("Story", "The new number is right: {phone}").format(phone=_phone(data))
    return _line("check-circle", "ok", text)


def _passkey(data: Mapping[str, Any]) -> StoryLine:
    source = (
        translate("Story", "The passkey is accepted; WhatsApp wants it confirmed on the phone")
        if data.get("stage") == "confirm"
        else translate("Story", "WhatsApp asks for a passkey")
    )
    return _line("key", "warn", source)


def _receipt(data: Mapping[str, Any]) -> StoryLine:
    sources = {
        "delivered": translate("Story", "A message of the salon was delivered"),
        "read": translate("Story", "A message of the salon was read"),
        "played": translate("Story", "A message of the salon was played"),
    }
    return _line(
        "check", "", sources.get(str(data.get("kind")), translate("Story", "A message of the salon arrived"))
    )


def _ended_with(icon: str, tone: str, source: str) -> Sentence:
    def sentence(data: Mapping[str, Any]) -> StoryLine:
        return _line(icon, tone, _t(source).format(why=_because(data, "error")))

    return sentence


def _said(icon: str, tone: str, source: str) -> Sentence:
    return lambda data: _line(icon, tone, _t(source))


_SENTENCES: Final[Mapping[str, Sentence]] = {
    "registration_started": _entered,
    "activation_queued": _said("queue", "", marked("Story", "Activation queued: WhatsApp is connected")),
    "activation_calling": _said("send", "", marked("Story", "Telling YCLIENTS that the salon is active")),
    "activation_awaits_list": _said(
        "clock", "", marked("Story", "YCLIENTS answered; its list of salons will confirm")
    ),
    "call_due_again": _said("refresh", "", marked("Story", "The call is due again")),
    "activation_delayed": _delayed,
    "uninstall_delayed": _delayed,
    "activation_refused": _refused,
    "activation_expired": _refused,
    "integration_activated": _said(
        "check-circle", "ok", marked("Story", "YCLIENTS confirms: the salon is active")
    ),
    "partner_attempt": _attempted,
    "call_retried": _said("refresh", "", marked("Story", "The call is tried again")),
    "call_done": _said("check-circle", "ok", marked("Story", "YCLIENTS confirmed the call")),
    "call_failed": _call_failed,
    "payment_received": _said("check-circle", "ok", marked("Story", "The payment is noted")),
    "drift_found": _drifted,
    "difference_fixed": _fixed_together,
    "uninstall_finished": _said(
        "stage-gone", "", marked("Story", "What the disconnection left behind is wiped")
    ),
    "frozen": _said("stage-frozen", "warn", marked("Story", "The subscription is frozen; the bot stops")),
    "unfrozen": _said("play", "ok", marked("Story", "The subscription goes on; the bot runs again")),
    "frozen_by_staff": _said(
        "stage-frozen", "warn", marked("Story", "The bot stops until it is let run again")
    ),
    "unfrozen_by_staff": _said("play", "ok", marked("Story", "The bot may run again")),
    "link_issued": _said("link", "", marked("Story", "A link for the owner is made")),
    "uninstall_queued": _said("queue", "", marked("Story", "The disconnection is queued")),
    "uninstall_cancelled": _said("undo", "", marked("Story", "The disconnection is called off")),
    "uninstalled": _closed,
    "webhook_processed": _webhook,
    "webhook_laid_aside": _laid_aside,
    "webhook_replayed": _replayed,
    "staff_acted": _acted,
    "session.starting": _starting,
    "session.qr": _said("qr", "", marked("Story", "QR shown")),
    "session.pairing_code": _code_shown,
    "session.pairing_code_failed": _ended_with("keypad", "bad", marked("Story", "No pairing code: {why}")),
    "session.passkey_required": _passkey,
    "session.phone_changed": _phone_changed,
    "session.phone_confirmed": _phone_confirmed,
    "session.pairing_expired": _said("clock", "warn", marked("Story", "Nobody scanned the code in time")),
    "session.paired": _paired,
    "session.connected": _connected,
    "session.reconnecting": _said(
        "refresh", "warn", marked("Story", "The connection broke off and comes back")
    ),
    "session.connection_replaced": _said(
        "devices", "bad", marked("Story", "The number was opened in another service")
    ),
    "session.logged_out": _ended_with(
        "phone", "bad", marked("Story", "The link was removed on the phone: {why}")
    ),
    "session.temp_banned": _said(
        "stage-attention", "bad", marked("Story", "WhatsApp has banned the number for a time")
    ),
    "session.client_outdated": _said(
        "stage-attention", "bad", marked("Story", "WhatsApp wants a newer engine")
    ),
    "session.failed": _ended_with("stage-attention", "bad", marked("Story", "The session failed: {why}")),
    "session.stopped": _said("pause", "", marked("Story", "The session is stopped")),
    "session.removed": _said(
        "stage-gone", "", marked("Story", "The session is removed, its credentials with it")
    ),
    "message.received": _said("chat", "", marked("Story", "Somebody wrote to the salon")),
    "message.receipt": _receipt,
}
KNOWN_EVENTS: Final = frozenset(_SENTENCES)
"""Every event of a salon's story that has a sentence of its own."""


def line_of(entries: Sequence[TimelineEntry]) -> StoryLine:
    """Return the line of an event, or of the same event several times over."""
    entry = entries[-1]
    sentence = _SENTENCES.get(entry.type)
    if sentence is None:
        return _line("info", "", translate("Story", "Event “{type}”").format(type=entry.type))
    line = sentence(facts_of(entry))
    if len(entries) == 1:
        return line
    times = translate("Story", "%n times", "", len(entries))
    return StoryLine(line.icon, line.tone, f"{line.text} ({times})")


def facts_of(entry: TimelineEntry) -> Mapping[str, Any]:
    """Return an event's particulars; those of a session lie one level deeper, beside its number and generation."""
    inner = entry.data.get("data")
    return {**entry.data, **inner} if isinstance(inner, dict) else entry.data


def chapters_of(entries: Sequence[TimelineEntry]) -> list[Chapter]:
    """Return the story in chapters, in its order: each attempt of the owner, the phone or YCLIENTS begins one."""
    chapters: list[Chapter] = []
    heading, at, lines = "", None, list[tuple[TimelineEntry, ...]]()
    for entry in entries:
        opened = _heading_of(entry)
        if at is None or (opened is not None and not _is_inside(lines, entry)):
            if at is not None:
                chapters.append(Chapter(heading, at, tuple(lines)))
            heading, at, lines = opened or translate("Story", "Earlier"), entry.at, []
        if lines and entry.type in _REPEATED and _is_same(lines[-1][-1], entry):
            lines[-1] = (*lines[-1], entry)
        else:
            lines.append((entry,))
    if at is not None:
        chapters.append(Chapter(heading, at, tuple(lines)))
    return chapters


def detail_of(entries: Sequence[TimelineEntry]) -> str:
    """Return the machine's own words about a line, to be read and copied."""
    shown = [
        {"type": entry.type, "event": entry.event_id, "at": entry.at.isoformat(), "generation": entry.generation,
         **entry.data}
        for entry in entries
    ]  # fmt: skip
    return json.dumps(shown[0] if len(shown) == 1 else shown, ensure_ascii=False, indent=2)


def story_text(chapters: Sequence[Chapter], timezone: str | None) -> str:
    """Return the story as plain text, to be handed on."""
    parts: list[str] = []
    for chapter in chapters:
        parts.append(f"\n{chapter.heading}")
        for entries in chapter.lines:
            parts.append(
                f"{when_text(entries[-1].at, timezone).tooltip.splitlines()[0]}  {line_of(entries).text}"
            )
    return "\n".join(parts).strip()


def _is_same(one: TimelineEntry, other: TimelineEntry) -> bool:
    return one.type == other.type and facts_of(one).get("kind") == facts_of(other).get("kind")


def _heading_of(entry: TimelineEntry) -> str | None:
    match entry.type:
        case "registration_started":
            return translate("Story", "Entry from the marketplace")
        case "session.starting":
            return translate("Story", "Linking the phone")
        case "activation_queued" | "call_retried":
            return translate("Story", "Activation at YCLIENTS")
        case "staff_acted" if entry.data.get("operation") == "calls.retry":
            return translate("Story", "Activation at YCLIENTS")
        case "uninstalled":
            return translate("Story", "The end")
        case _:
            return None


def _is_inside(lines: Sequence[tuple[TimelineEntry, ...]], entry: TimelineEntry) -> bool:
    """Whether what begins an attempt is part of the one before: a restart while linking, a retry and its asker."""
    if not lines:
        return False
    before = lines[-1][-1]
    if entry.type == "session.starting":
        return before.type == "session.reconnecting"
    both = {entry.type, before.type} == {"staff_acted", "call_retried"}
    return both and abs((entry.at - before.at).total_seconds()) < _SAME_MOMENT_S

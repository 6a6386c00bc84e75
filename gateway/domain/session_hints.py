"""What a session server (WAHA) tells of its sessions by webhook: hints, each a reason to look, none an order.

Deliveries are repeated, late and out of order, so a status is never taken from one: it is read. What a reading does
not show is taken from the hint itself: the events of the engine that leave WAHA's status as it is, messages, receipts.

Facts: WAHA's OpenAPI 2026.7.1; the names of the engine's events are those its GOWS engine passes on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from gateway.domain.errors import GatewayError
from gateway.domain.session_records import InboundMessage, MessageReceipt, ReceiptKind
from gateway.domain.strict_json import parse_json_object, plain, positive_int
from shared.vocabulary import MAX_SALON_ID, salon_id_of

MAX_AGE = timedelta(minutes=10)
"""A body that is older is refused: it may be somebody's recording."""

MAX_ID_CHARS = 128
MAX_DEPTH = 64
"""WhatsApp's messages, which the body repeats as the engine saw them, are nested deeper than anything else we take."""

HOOK_EVENTS = ("session.status", "message", "message.ack", "engine.event")
"""What is subscribed to; `engine.event` is not part of WAHA's `*` and must be named."""


class EngineEvent(StrEnum):
    """The events of WAHA's engine that are kept; it has many more, and they are many."""

    STREAM_REPLACED = "events.StreamReplaced"
    TEMPORARY_BAN = "events.TemporaryBan"
    CLIENT_OUTDATED = "events.ClientOutdated"
    CONNECT_FAILURE = "events.ConnectFailure"
    LOGGED_OUT = "events.LoggedOut"
    PAIR_SUCCESS = "events.PairSuccess"
    PAIR_ERROR = "events.PairError"
    QR_ENDED = "whatsmeow.QRChannelItem"
    """Kept only when it tells of an end: its other ones hold the secret of the QR."""


class HintKind(StrEnum):
    """What a hint is about."""

    STATUS = "status"
    ENGINE = "engine"
    MESSAGE = "message"
    RECEIPT = "receipt"


_EVENT_ID = re.compile(r"[\x21-\x7e]{1,128}")
_QR_GOES_ON = frozenset({"code", "success", "passkey-request", "passkey-confirmation"})
_KEPT_FIELDS = {
    EngineEvent.TEMPORARY_BAN: ("Code", "Expire"),
    EngineEvent.CONNECT_FAILURE: ("Reason",),
    EngineEvent.LOGGED_OUT: ("OnConnect", "Reason"),
    EngineEvent.PAIR_SUCCESS: ("ID",),
    EngineEvent.QR_ENDED: ("Event",),
}
_RECEIPTS = {2: ReceiptKind.DELIVERED, 3: ReceiptKind.READ, 4: ReceiptKind.PLAYED}


@dataclass(frozen=True, slots=True)
class SessionHint:
    """One hint: about which session, of which start, and when the server says that it happened."""

    instance: str
    event_id: str
    salon_id: int
    kind: HintKind
    at: datetime
    generation: int | None = None
    """The start the remote session was made for; None when the server did not say."""

    details: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """JSON; of an engine's event `name` and its fields, of a message and a receipt what the port needs."""


def parse_hint(instance: str, raw: bytes, now: datetime) -> SessionHint | None:
    """Read a proven body; None for what concerns nobody here.

    Raises GatewayError: JSON codes, field_invalid, webhook_stale (its moment is further than `MAX_AGE` from `now`).
    """
    body = _object(plain(parse_json_object(raw, max_depth=MAX_DEPTH)))
    event_id, at = body.get("id"), _moment_ms(body.get("timestamp"))
    if not isinstance(event_id, str) or _EVENT_ID.fullmatch(event_id) is None or at is None:
        raise GatewayError("field_invalid")
    if abs(now - at) > MAX_AGE:
        raise GatewayError("webhook_stale")
    name = body.get("session")
    salon_id = salon_id_of(name) if isinstance(name, str) else None
    told = _told(body.get("event"), _object(body.get("payload")), at)
    metadata = _object(body.get("metadata"))
    if salon_id is None or told is None or _salon_in(metadata) not in (None, salon_id):
        return None
    kind, details = told
    generation = positive_int(str(metadata.get("generation")), at_most=MAX_SALON_ID)
    return SessionHint(instance, event_id, salon_id, kind, at, generation, details)


def inbound_of(hint: SessionHint) -> InboundMessage:
    """Return the message a hint tells of."""
    details = hint.details
    return InboundMessage(
        details["id"], details["from"], datetime.fromisoformat(details["at"]), details.get("text")
    )


def receipt_of(hint: SessionHint) -> MessageReceipt:
    """Return the receipt a hint tells of."""
    return MessageReceipt((hint.details["id"],), ReceiptKind(hint.details["kind"]), hint.at)


def bare_message_id(remote_id: object) -> str | None:
    """Return WhatsApp's own id out of WAHA's `true_79990001122@c.us_3EB0…`, None when it is not an id at all."""
    if isinstance(remote_id, Mapping):
        remote_id = remote_id.get("_serialized") or remote_id.get("id")
    if not isinstance(remote_id, str) or not 0 < len(remote_id) <= MAX_ID_CHARS:
        return None
    parts = remote_id.split("_")
    return parts[2] if len(parts) >= 3 and parts[0] in ("true", "false") and parts[2] else remote_id


def to_json(details: Mapping[str, Any]) -> bytes:
    """Return details as they are sealed."""
    return json.dumps(details).encode()


def _told(event: object, payload: Mapping[str, Any], at: datetime) -> tuple[HintKind, dict[str, Any]] | None:
    if event == "session.status":
        return HintKind.STATUS, {}
    if event == "engine.event":
        return _engine_event(payload)
    if event == "message":
        return _message(payload, at)
    return _receipt(payload) if event == "message.ack" else None


def _engine_event(payload: Mapping[str, Any]) -> tuple[HintKind, dict[str, Any]] | None:
    try:
        name = EngineEvent(str(payload.get("event")))
    except ValueError:
        return None
    data = _object(payload.get("data"))
    if name is EngineEvent.QR_ENDED and data.get("Event") in _QR_GOES_ON | {None}:
        return None
    kept = {key: data[key] for key in _KEPT_FIELDS.get(name, ()) if isinstance(data.get(key), str | int)}
    return HintKind.ENGINE, {"name": name.value, **kept}


def _message(payload: Mapping[str, Any], at: datetime) -> tuple[HintKind, dict[str, Any]] | None:
    message_id, sender = bare_message_id(payload.get("id")), payload.get("from")
    if message_id is None or not isinstance(sender, str) or not sender or payload.get("fromMe") is True:
        return None
    sent_at = _moment_s(payload.get("timestamp")) or at
    details = {"id": message_id, "from": sender, "at": sent_at.isoformat()}
    text = payload.get("body")
    if isinstance(text, str) and text:
        details["text"] = text
    return HintKind.MESSAGE, details


def _receipt(payload: Mapping[str, Any]) -> tuple[HintKind, dict[str, Any]] | None:
    message_id, ack = bare_message_id(payload.get("id")), payload.get("ack")
    kind = _RECEIPTS.get(ack) if isinstance(ack, int) else None
    if message_id is None or kind is None or payload.get("fromMe") is False:
        return None
    return HintKind.RECEIPT, {"id": message_id, "kind": kind.value}


def _salon_in(metadata: Mapping[str, Any]) -> int | None:
    told = metadata.get("salon_id")
    return None if told is None else positive_int(str(told), at_most=MAX_SALON_ID) or 0


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _moment_ms(value: object) -> datetime | None:
    return _moment_s(value / 1000) if isinstance(value, int | float) else None


def _moment_s(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None

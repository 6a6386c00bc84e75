"""The worker's protocol, version 1: one JSON object a line over a socket pair that the worker inherits.

Orders go to the worker: `hello`, `pair_code`, `send`, `logout`, `ping`. Reports come from it: `ready`, `qr`, `status`,
`event`, `result`, `pong`, `exit`. The worker starts nothing before `hello` and says nothing before `ready`; after
`exit`, and at the end of the pipe, it is over. Orders with an `id` are answered by the `result` or `pong` of the same
id. Both sides take a line that is too long or does not fit for a broken peer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from gateway.domain.session_records import InboundMessage, MessageReceipt, ReceiptKind
from gateway.domain.sessions import CloseCause, SessionFault
from shared.vocabulary import PasskeyStage

VERSION = 1
MAX_LINE_BYTES = 64 * 1024
MAX_TEXT_CHARS = 4096
"""A message's text is cut here by the worker: six bytes of JSON a character at most, it always fits a line."""

_MAX_NAME_CHARS = 512
_MAX_LIFETIME_S = 3600.0
_MAX_RECEIPTS = 256

Chosen = TypeVar("Chosen", bound=StrEnum)


class PipeError(Exception):
    """The peer said something that is not of this protocol; the text names the part, never its content."""


# ---------------------------------------------------------------------------------------------- orders


@dataclass(frozen=True, slots=True)
class Hello:
    """The first order: what the worker is for."""

    version: int
    salon_id: int
    database: str
    """Path of the session's own SQLite file."""


@dataclass(frozen=True, slots=True)
class PairCode:
    """Ask for a pairing code for a phone's digits."""

    id: int
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Send:
    """Send a text to a phone's digits."""

    id: int
    to: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Logout:
    """Take our device off the phone."""

    id: int


@dataclass(frozen=True, slots=True)
class Ping:
    """Show that you live."""

    id: int


Order = Hello | PairCode | Send | Logout | Ping

# --------------------------------------------------------------------------------------------- reports


@dataclass(frozen=True, slots=True)
class Ready:
    """The library is loaded and the connection begins."""

    version: int
    library: str


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR to show."""

    text: str = field(repr=False)
    lifetime_s: float


@dataclass(frozen=True, slots=True)
class Opened:
    """Logged in."""

    jid: str = field(repr=False)
    name: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """The library brings the connection back by itself."""

    cause: CloseCause


@dataclass(frozen=True, slots=True)
class Passkey:
    """The phone's account asks for a passkey that this worker can go on with. The neonize library never can."""

    lifetime_s: float
    stage: PasskeyStage


@dataclass(frozen=True, slots=True)
class Paired:
    """The phone has linked us; the credentials are in the database file."""

    jid: str = field(repr=False)
    name: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to an order: a value, or a fault."""

    id: int
    value: str | None = field(repr=False)
    fault: SessionFault | None


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a ping."""

    id: int


@dataclass(frozen=True, slots=True)
class Exit:
    """The worker ends, and why: a cause, or a fault that kept it from beginning."""

    cause: CloseCause | SessionFault
    until: datetime | None = None


Report = (
    Ready
    | Qr
    | Opened
    | Reconnecting
    | Passkey
    | Paired
    | InboundMessage
    | MessageReceipt
    | Result
    | Pong
    | Exit
)

Tell = Callable[[Report], None]
"""Says one report over the pipe."""

START_FAULTS = frozenset({SessionFault.ENGINE_MISSING, SessionFault.STORE_CORRUPT})
"""What a worker may say kept it from beginning."""


# ------------------------------------------------------------------------------------------- to a line


def order_line(order: Order) -> bytes:
    """Return an order as a line. Raises ValueError when it is too long for one."""
    match order:
        case Hello():
            return _line("hello", v=order.version, salon=order.salon_id, database=order.database)
        case PairCode():
            return _line("pair_code", id=order.id, phone=order.phone)
        case Send():
            return _line("send", id=order.id, to=order.to, text=order.text)
        case Logout():
            return _line("logout", id=order.id)
        case Ping():
            return _line("ping", id=order.id)


def report_line(report: Report) -> bytes:
    """Return a report as a line. Raises ValueError when it is too long for one."""
    match report:
        case Ready():
            return _line("ready", v=report.version, library=report.library)
        case Qr():
            return _line("qr", text=report.text, lifetime_s=report.lifetime_s)
        case Opened():
            return _line("status", state="opened", jid=report.jid, name=report.name)
        case Reconnecting():
            return _line("status", state="reconnecting", cause=report.cause)
        case Passkey():
            return _line("status", state="passkey", lifetime_s=report.lifetime_s, stage=report.stage)
        case Paired():
            return _line("event", kind="paired", jid=report.jid, name=report.name)
        case InboundMessage():
            text = None if report.text is None else report.text[:MAX_TEXT_CHARS]
            return _line(
                "event", kind="message", id=report.message_id, sender=report.sender, text=text,
                at=report.at.timestamp(),
            )  # fmt: skip
        case MessageReceipt():
            return _line(
                "event", kind="receipt", ids=report.message_ids, receipt=report.kind, at=report.at.timestamp()
            )
        case Result():
            return _line("result", id=report.id, value=report.value, fault=report.fault)
        case Pong():
            return _line("pong", id=report.id)
        case Exit():
            until = None if report.until is None else report.until.timestamp()
            return _line("exit", cause=report.cause, until=until)


def _line(kind: str, /, **fields: Any) -> bytes:
    line = json.dumps({"type": kind, **fields}).encode() + b"\n"
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"a line of {len(line)} bytes")
    return line


# ----------------------------------------------------------------------------------------- from a line


def read_order(line: bytes) -> Order:
    """Return the order on a line. Raises PipeError."""
    fields = _Fields(line)
    match fields.kind:
        case "hello":
            return Hello(fields.number("v"), fields.number("salon"), fields.text("database", 4096))
        case "pair_code":
            return PairCode(fields.number("id"), fields.text("phone"))
        case "send":
            return Send(fields.number("id"), fields.text("to"), fields.text("text", MAX_LINE_BYTES))
        case "logout":
            return Logout(fields.number("id"))
        case "ping":
            return Ping(fields.number("id"))
    raise PipeError("type")


def read_report(line: bytes) -> Report:
    """Return the report on a line. Raises PipeError."""
    fields = _Fields(line)
    match fields.kind:
        case "ready":
            return Ready(fields.number("v"), fields.text("library"))
        case "qr":
            return Qr(fields.text("text", 4096), fields.seconds("lifetime_s"))
        case "status":
            return _status(fields)
        case "event":
            return _event(fields)
        case "result":
            fault = fields.optional("fault", lambda name: fields.one_of(SessionFault, name))
            return Result(fields.number("id"), fields.optional("value", fields.text), fault)
        case "pong":
            return Pong(fields.number("id"))
        case "exit":
            return Exit(_end(fields), fields.optional("until", fields.moment))
    raise PipeError("type")


def _status(fields: _Fields) -> Report:
    match fields.text("state"):
        case "opened":
            return Opened(fields.text("jid"), fields.optional("name", fields.text))
        case "reconnecting":
            return Reconnecting(fields.one_of(CloseCause, "cause"))
        case "passkey":
            return Passkey(fields.seconds("lifetime_s"), fields.one_of(PasskeyStage, "stage"))
    raise PipeError("state")


def _event(fields: _Fields) -> Report:
    match fields.text("kind"):
        case "paired":
            return Paired(fields.text("jid"), fields.optional("name", fields.text))
        case "message":
            text = fields.optional("text", lambda name: fields.text(name, MAX_TEXT_CHARS))
            return InboundMessage(fields.text("id"), fields.text("sender"), fields.moment("at"), text)
        case "receipt":
            return MessageReceipt(
                fields.texts("ids"), fields.one_of(ReceiptKind, "receipt"), fields.moment("at")
            )
    raise PipeError("kind")


def _end(fields: _Fields) -> CloseCause | SessionFault:
    if fields.text("cause") in START_FAULTS:
        return fields.one_of(SessionFault, "cause")
    return fields.one_of(CloseCause, "cause")


class _Fields:
    """One line's fields, each read as what it must be; raises PipeError with the field's name."""

    def __init__(self, line: bytes) -> None:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            raise PipeError("json") from None
        if not isinstance(found, dict):
            raise PipeError("json")
        self._found: Mapping[str, Any] = found
        self.kind = self.text("type")

    def text(self, name: str, at_most: int = _MAX_NAME_CHARS) -> str:
        value = self._found.get(name)
        if not isinstance(value, str) or len(value) > at_most:
            raise PipeError(name)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._found.get(name)
        if not isinstance(value, list) or len(value) > _MAX_RECEIPTS:
            raise PipeError(name)
        if not all(isinstance(each, str) and len(each) <= _MAX_NAME_CHARS for each in value):
            raise PipeError(name)
        return tuple(value)

    def number(self, name: str) -> int:
        value = self._found.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise PipeError(name)
        return value

    def seconds(self, name: str) -> float:
        value = self._found.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= _MAX_LIFETIME_S:
            raise PipeError(name)
        return float(value)

    def moment(self, name: str) -> datetime:
        value = self._found.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise PipeError(name)
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            raise PipeError(name) from None

    def one_of(self, words: type[Chosen], name: str) -> Chosen:
        try:
            return words(self.text(name))
        except ValueError:
            raise PipeError(name) from None

    def optional(self, name: str, read: Callable[[str], Any]) -> Any:
        return None if self._found.get(name) is None else read(name)

"""The genuine library, neonize, as a worker uses it. Imported by worker processes alone.

What it really does was measured with 0.5.2, and that version alone is accepted: one private name of the package is
overridden here, for the last word of the QR phase goes to a callback that the package discards. State follows from
events only; asking the library for it can abort the process.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib
import importlib.util
import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gateway.domain.session_records import InboundMessage, MessageReceipt, ReceiptKind
from gateway.domain.sessions import FIRST_QR_S, NEXT_QR_S, CloseCause, SessionFault
from gateway.whatsapp.engine import EngineError
from gateway.whatsapp.neonize import pipe
from gateway.whatsapp.neonize.pin import LIBRARY_VERSION
from gateway.whatsapp.neonize.pipe import Tell

DEVICE_NAME = "AI-Admin"
"""What the phone lists under linked devices."""

_MAX_BAN = timedelta(days=365)
_MILLISECONDS = 10**11
"""Larger numbers are milliseconds since 1970, smaller ones seconds."""

QR_ENDINGS = {
    "timeout": CloseCause.REFS_EXHAUSTED,
    "passkey-request": CloseCause.PASSKEY_UNSUPPORTED,
    "err-client-outdated": CloseCause.OUTDATED,
    "err-scanned-without-multidevice": CloseCause.PAIR_ERROR,
    "err-unexpected-state": CloseCause.PAIR_ERROR,
    "error": CloseCause.PAIR_ERROR,
}
"""Last words of the QR phase (whatsmeow's QR channel); after `success` the events go on."""

REASONS = {
    "TEMP_BANNED": CloseCause.TEMP_BANNED,
    "MAIN_DEVICE_GONE": CloseCause.MAIN_DEVICE_GONE,
    "UNKNOWN_LOGOUT": CloseCause.MAIN_DEVICE_GONE,
    "CLIENT_OUTDATED": CloseCause.OUTDATED,
    "BAD_USER_AGENT": CloseCause.OUTDATED,
    "LOGGED_OUT": CloseCause.LOGGED_OUT,
}
"""Login refused: 402, 403, 406, 405, 409, 401. 409 too is mended by another version of the client only."""

_RECEIPTS = {
    "DELIVERED": ReceiptKind.DELIVERED,
    "READ": ReceiptKind.READ,
    "PLAYED": ReceiptKind.PLAYED,
}

_WORDS_OF_FAULTS = (
    ("no lid found", SessionFault.RECIPIENT_UNKNOWN),
    ("not connected", SessionFault.NOT_CONNECTED),
    ("device jid", SessionFault.NOT_CONNECTED),
    ("client is nil", SessionFault.NOT_PAIRING),
    ("phone number", SessionFault.PAIRING_REJECTED),
    ("rate-overlimit", SessionFault.RATE_LIMITED),
)
"""What an error's text holds; the library has no codes."""

_TIMED_OUT = "timed out"
_UNREACHABLE = (
    "failed to dial",
    "no such host",
    "connection refused",
    "i/o timeout",
    "network is unreachable",
)


class NeonizeLibrary:
    """Satisfies `worker.Library`."""

    def __init__(self) -> None:
        self._client: Any = None
        self._events = Events()

    def load(self) -> str:
        """See `Library.load`. The package would fetch a missing shared library from the network: that is refused."""
        try:
            found, spec = version("neonize"), importlib.util.find_spec("neonize")
        except PackageNotFoundError:
            raise EngineError(SessionFault.ENGINE_MISSING) from None
        places = [] if spec is None else list(spec.submodule_search_locations or ())
        if found != LIBRARY_VERSION or not any(list(Path(place).glob("neonize-*")) for place in places):
            raise EngineError(SessionFault.ENGINE_MISSING)
        try:
            importlib.import_module("neonize.aioze.client")
        except (ImportError, OSError, RuntimeError) as error:
            raise EngineError(SessionFault.ENGINE_MISSING) from error
        for logger in (
            "",
            "neonize.utils.log",
        ):  # importing it has set up the root logger; the other's is Go's level
            logging.getLogger(logger).setLevel(logging.ERROR)
        return f"neonize {found}"

    async def connect(self, hello: pipe.Hello, tell: Tell) -> None:
        """See `Library.connect`. Ends the session when the library's own task ends."""
        self._events.begin(tell, hello.database)
        self._client = library_client(hello.database, self._events)
        task = await self._client.connect()
        try:
            await task
        except Exception as error:
            print(f"connect: {type(error).__name__}: {error}", flush=True)
            cause = _is_unreachable(str(error))
            tell(pipe.Exit(CloseCause.NETWORK_UNREACHABLE if cause else CloseCause.CRASHED))
        else:
            tell(pipe.Exit(CloseCause.DROPPED))

    async def pair_code(self, phone: str) -> str:
        """See `Library.pair_code`."""
        from neonize.exc import PairPhoneError

        try:
            return str(await self._known().PairPhone(phone, True))
        except PairPhoneError as error:
            raise EngineError(
                _fault_of(error, SessionFault.UPSTREAM_UNAVAILABLE, SessionFault.UPSTREAM_TIMEOUT)
            ) from error

    async def send(self, number: int, to: str, text: str) -> str:
        """See `Library.send`. What is not known to have been refused may have been sent."""
        from neonize.exc import SendMessageError
        from neonize.proto.waE2E.WAWebProtobufsE2E_pb2 import Message
        from neonize.utils.jid import build_jid

        try:
            return str((await self._known().send_message(build_jid(to), Message(conversation=text))).ID)
        except SendMessageError as error:
            unknown = SessionFault.OUTCOME_UNKNOWN
            raise EngineError(_fault_of(error, unknown, unknown)) from error

    async def logout(self) -> None:
        """See `Library.logout`."""
        from neonize.exc import LogoutError

        try:
            await self._known().logout()
        except LogoutError as error:
            raise EngineError(
                _fault_of(error, SessionFault.UPSTREAM_UNAVAILABLE, SessionFault.UPSTREAM_TIMEOUT)
            ) from error

    def _known(self) -> Any:
        if self._client is None:
            raise EngineError(SessionFault.NOT_CONNECTED)
        return self._client


class Events:
    """Turns what the library tells into reports; called in the event loop's thread only."""

    def __init__(self) -> None:
        self._tell: Tell = lambda _report: None
        self._database = ""
        self._qrs = 0
        self._account: tuple[str, str | None] | None = None
        self._is_open = False

    def begin(self, tell: Tell, database: str) -> None:
        self._tell, self._database = tell, database

    def qr(self, text: str) -> None:
        self._qrs += 1
        self._tell(pipe.Qr(text, FIRST_QR_S if self._qrs == 1 else NEXT_QR_S))

    def qr_phase_ended(self, word: str) -> None:
        cause = CloseCause.PASSKEY_UNSUPPORTED if word.startswith("passkey") else QR_ENDINGS.get(word)
        if cause is not None:
            self._tell(pipe.Exit(cause))

    def pair_status(self, event: Any) -> None:
        if event.Status != event.SUCCESS:
            self._tell(pipe.Exit(CloseCause.PAIR_ERROR))
            return
        self._account = (jid_text(event.ID), event.BusinessName or None)
        self._tell(pipe.Paired(*self._account))

    def connected(self, _event: Any) -> None:
        self._account = self._account or _account_in(self._database)
        if self._account is None:
            self._tell(pipe.Exit(CloseCause.CRASHED))
        elif not self._is_open:
            self._is_open = True
            self._tell(pipe.Opened(*self._account))

    def lost(self, _event: Any) -> None:
        if self._is_open:
            self._is_open = False
            self._tell(pipe.Reconnecting(CloseCause.DROPPED))

    def replaced(self, _event: Any) -> None:
        self._tell(pipe.Exit(CloseCause.REPLACED))

    def outdated(self, _event: Any) -> None:
        self._tell(pipe.Exit(CloseCause.OUTDATED))

    def banned(self, event: Any) -> None:
        lasts = min(timedelta(seconds=max(0, event.Expire)), _MAX_BAN)
        self._tell(pipe.Exit(CloseCause.TEMP_BANNED, _now() + lasts))

    def logged_out(self, event: Any) -> None:
        self._tell(pipe.Exit(REASONS.get(_reason(event), CloseCause.LOGGED_OUT)))

    def refused(self, event: Any) -> None:
        self._tell(pipe.Exit(REASONS.get(_reason(event), CloseCause.DROPPED)))

    def broke(self) -> None:
        self._tell(pipe.Exit(CloseCause.CRASHED))

    def message(self, event: Any) -> None:
        source = event.Info.MessageSource
        if source.IsFromMe or source.IsGroup:
            return
        text = event.Message.conversation or event.Message.extendedTextMessage.text or None
        self._tell(InboundMessage(event.Info.ID, jid_text(source.Sender), moment(event.Info.Timestamp), text))

    def receipt(self, event: Any) -> None:
        kind = _RECEIPTS.get(
            event.DESCRIPTOR.fields_by_name["Type"].enum_type.values_by_number[event.Type].name
        )
        if kind is not None and event.MessageIDs:
            self._tell(MessageReceipt(tuple(event.MessageIDs[:256]), kind, moment(event.Timestamp)))


def library_client(database: str, events: Events) -> Any:
    """Return the library's client with every event of interest wired to `events`."""
    from neonize.aioze import events as ev
    from neonize.aioze.client import NewAClient
    from neonize.proto.waCompanionReg.WAWebProtobufsCompanionReg_pb2 import DeviceProps

    loop = asyncio.get_running_loop()

    class Client(NewAClient):  # type: ignore[misc]
        def _NewAClient__onLoginStatus(self, _uuid: int, status: int) -> None:
            """Called in a thread of the library."""
            word = ctypes.string_at(status).decode(errors="replace") if status else ""
            loop.call_soon_threadsafe(events.qr_phase_ended, word)

    client = Client(database, props=DeviceProps(os=DEVICE_NAME, platformType=DeviceProps.CHROME))

    async def on_qr(_client: Any, text: bytes) -> None:
        events.qr(text.decode())

    client.event.qr(on_qr)
    for kind, handle in (
        (ev.PairStatusEv, events.pair_status), (ev.ConnectedEv, events.connected),
        (ev.KeepAliveRestoredEv, events.connected), (ev.KeepAliveTimeoutEv, events.lost),
        (ev.DisconnectedEv, events.lost), (ev.StreamReplacedEv, events.replaced),
        (ev.ClientOutdatedEv, events.outdated), (ev.TemporaryBanEv, events.banned),
        (ev.LoggedOutEv, events.logged_out), (ev.ConnectFailureEv, events.refused),
        (ev.MessageEv, events.message), (ev.ReceiptEv, events.receipt),
    ):  # fmt: skip
        client.event(kind)(_awaited(handle, events))
    return client


def _awaited(handle: Any, events: Events) -> Any:
    """Return an event's handler as the library wants it; it would swallow what is raised, so that ends the session."""

    async def on_event(_client: Any, event: Any) -> None:
        try:
            handle(event)
        except Exception as error:
            print(f"event: {type(error).__name__}", flush=True)
            events.broke()

    return on_event


def jid_text(jid: Any) -> str:
    """Return an address as WhatsApp writes it: user, device if it names one, server."""
    return f"{jid.User}:{jid.Device}@{jid.Server}" if jid.Device else f"{jid.User}@{jid.Server}"


def moment(number: int) -> datetime:
    """Return a time of the library's, which gives seconds in some events and milliseconds in others."""
    return datetime.fromtimestamp(number / 1000 if number > _MILLISECONDS else number, UTC)


def _reason(event: Any) -> str:
    return str(event.DESCRIPTOR.fields_by_name["Reason"].enum_type.values_by_number[event.Reason].name)


def _account_in(database: str) -> tuple[str, str | None] | None:
    """Return the linked account as the library has stored it (whatsmeow's table of devices)."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=1)) as connection:
        row = connection.execute("SELECT jid, push_name FROM whatsmeow_device").fetchone()
    return None if row is None else (str(row[0]), row[1] or None)


def _fault_of(error: Exception, otherwise: SessionFault, timed_out: SessionFault) -> SessionFault:
    said = str(error).lower()
    if _TIMED_OUT in said:
        return timed_out
    return next((fault for words, fault in _WORDS_OF_FAULTS if words in said), otherwise)


def _is_unreachable(said: str) -> bool:
    return any(words in said.lower() for words in _UNREACHABLE)


def _now() -> datetime:
    from gateway.clock import SystemClock

    return SystemClock().now()

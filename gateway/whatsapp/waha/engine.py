"""One start of one session that a WAHA instance carries.

The connection to WhatsApp is WAHA's; what is here follows it. A webhook's hint, the end of a QR's time or a minute
without either is a reason to read the session's status, and only what was read moves the session. Two exceptions are
taken from hints, because WAHA's status does not show them: why the engine was refused, and messages with receipts.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from gateway.domain.errors import DatabaseUnavailableError
from gateway.domain.session_hints import (
    EngineEvent,
    HintKind,
    SessionHint,
    inbound_of,
    receipt_of,
)
from gateway.domain.session_records import EngineCondition
from gateway.domain.sessions import (
    FIRST_QR_S,
    NEXT_QR_S,
    PASSKEY_S,
    QR_CODES_PER_SOCKET,
    CloseCause,
    SessionFault,
)
from gateway.whatsapp.engine import Account, EngineError, EngineSink
from gateway.whatsapp.tasks import TaskBox, set_within
from gateway.whatsapp.waha.answers import RemoteSession, RemoteStatus, account_of
from gateway.whatsapp.waha.client import WahaClient
from gateway.whatsapp.waha.credentials import RemoteLink
from gateway.whatsapp.waha.errors import NoSuchSessionError, WahaError, WrongStateError
from gateway.whatsapp.waha.fleet import WahaFleet, hook_mark
from shared.vocabulary import PasskeyStage, session_id_of

S = RemoteStatus

POLL_S = 60.0
"""How often the status is read when nothing else gives a reason to."""

CONFIRM_S = 0.5
"""WAHA's answers are wrong for a moment now and then (its issue 2073): what would end something is read twice."""

EXPLAIN_S = 1.5
"""FAILED has many meanings, and the event that says which may come a moment after the status."""

QR_LATE_S = 1.0
"""A QR whose successor has not been heard of this long after its end is asked for: the webhook was lost."""

RETRY_S = (1.0, 2.0, 5.0, 10.0)
SILENCE_S = 10.0
"""For how long WAHA may not answer before the session counts as out of reach."""

HINTS_AGAIN_S = 5.0
_STAGES = {
    S.PASSKEY_REQUIRED: PasskeyStage.CHALLENGE,
    S.PASSKEY_CONFIRMATION_REQUIRED: PasskeyStage.CONFIRM,
}
_GONE_REASONS = frozenset({403, 406})
_NOBODY = ("no lid found", "not on whatsapp", "number does not exist")
_NS_PER_S = 1_000_000_000
_MAX_BAN_S = 366 * 86_400

log = logging.getLogger("gateway.whatsapp.waha")


class WahaEngine:
    """Satisfies `gateway.whatsapp.engine.Engine`."""

    def __init__(self, fleet: WahaFleet) -> None:
        self._fleet = fleet
        self._clock = fleet.clock
        self._tasks = TaskBox()
        self._news = asyncio.Event()
        self._client: WahaClient | None = None
        self._sink: EngineSink | None = None
        self._salon_id = 0
        self._name = ""
        self._is_linked = False
        """Whether credentials exist: a status without an account then means that the link is over."""

        self._is_open = False
        self._account: Account | None = None
        self._born_at: datetime | None = None
        """When, by WAHA's clock, we made it start; what happened before does not concern this start."""

        self._generation: int | None = None
        """The generation the remote session was made for."""

        self._qr: str | None = None
        self._qr_count = 0
        self._qr_ends_at: float | None = None
        self._last_qr_ends_at = 0.0
        self._qr_refusals = 0
        self._qr_fetch: asyncio.Task[None] | None = None
        self._codes_are_used_up = False
        self._stage: PasskeyStage | None = None
        self._failures = 0
        self._silent_since: float | None = None
        self._said = S.STARTING.value
        """WAHA's word for the remote session."""

    # ------------------------------------------------------------------------------ as the pool sees it

    async def start(
        self, salon_id: int, generation: int, credentials: bytes | None, sink: EngineSink
    ) -> None:
        """See `Engine.start`."""
        self._salon_id, self._sink = salon_id, sink
        try:
            if credentials is None:
                await self._begin_to_pair(generation)
            else:
                await self._take_up(RemoteLink.from_bytes(credentials), generation)
        except WahaError as error:
            raise EngineError(error.fault) from error
        self._fleet.attend(salon_id, self.wake)
        self._spawn(self._follow(), "follow")

    async def stop(self, *, kill: bool) -> None:
        """See `Engine.stop`. Either way the remote session ends, as far as WAHA can be reached."""
        await self._let_go()
        client, self._client = self._client, None
        if client is not None:
            try:
                await client.stop(self._name)
            except NoSuchSessionError:
                return
            except WahaError as error:
                log.warning(
                    "waha_session_not_stopped", extra={"salon_id": self._salon_id, "code": error.fault}
                )

    async def leave(self) -> None:
        """See `Leavable.leave`: WAHA carries the connection on, for whichever process takes the session up next."""
        await self._let_go()
        self._client = None

    def condition(self) -> EngineCondition:
        """See `Telling.condition`: WAHA's own word, as it was read last."""
        silent = self._silent_since is not None
        return EngineCondition("no answer" if silent else self._said, is_open=self._is_open and not silent)

    async def request_code(self, phone: str) -> str:
        """See `Engine.request_code`."""
        client = self._client
        if client is None or self._qr is None:
            raise EngineError(SessionFault.NOT_PAIRING)
        try:
            return await client.request_code(self._name, phone)
        except WrongStateError:
            self.wake()
            raise EngineError(SessionFault.NOT_PAIRING) from None
        except WahaError as error:
            raise EngineError(error.fault) from error

    async def logout(self) -> None:
        """See `Engine.logout`. WAHA would begin to pair anew, so the session is deleted at once."""
        client = self._client
        if client is None or not self._is_open:
            raise EngineError(SessionFault.NOT_CONNECTED)
        await self._let_go()
        try:
            await client.logout(self._name)
        except WahaError as error:
            raise EngineError(error.fault) from error
        self._client = None
        with suppress(WahaError):  # what is left is ended by the sweep
            await client.delete(self._name)

    async def send_text(self, to: str, text: str, client_ref: str) -> str:
        """See `Engine.send_text`. The id is ours and always the same for a reference."""
        client = self._client
        if client is None or not self._is_open:
            raise EngineError(SessionFault.NOT_CONNECTED)
        try:
            return await client.send_text(self._name, to, text, message_id_of(self._salon_id, client_ref))
        except WahaError as error:
            self.wake()
            raise EngineError(_send_fault(error)) from error

    def wake(self) -> None:
        """There may be a hint: look at the session."""
        self._news.set()

    # ------------------------------------------------------------------------------ beginning

    async def _begin_to_pair(self, generation: int) -> None:
        """Make a session from scratch: whatever an earlier start has left must not go on living."""
        client = await self._fleet.place(self._salon_id)
        self._name, self._generation = session_id_of(self._salon_id), generation
        await self._forget_engine_events()
        await client.create(self._name, self._fleet.config_of(client, self._salon_id, generation))
        self._client, self._born_at = client, client.server_now

    async def _take_up(self, link: RemoteLink, generation: int) -> None:
        """Read first: a session that works goes on working, and only one that does not is started."""
        client = self._fleet.client_named(link.instance)
        self._name, self._is_linked = link.name, True
        session = await client.session(link.name)
        self._client = client
        if session is None:
            return
        self._generation = session.generation
        is_set_up = session.metadata.get("hook") == hook_mark(client.instance)
        if is_set_up and session.status not in (S.STOPPED, S.FAILED):
            return
        await self._forget_engine_events()
        if not is_set_up:
            await client.configure(link.name, self._fleet.config_of(client, self._salon_id, generation))
            self._generation = generation
        if session.status in (S.STOPPED, S.FAILED):
            with suppress(WrongStateError):  # it has started meanwhile: its status is read next
                await (client.start if session.status is S.STOPPED else client.restart)(link.name)
        self._born_at = client.server_now

    async def _forget_engine_events(self) -> None:
        """Settle what the engine said in an earlier run: it is about to begin another one."""
        with suppress(DatabaseUnavailableError):
            waiting = await self._fleet.hints.waiting(self._salon_id)
            await self._fleet.hints.settle([hint for hint in waiting if hint.kind is HintKind.ENGINE])

    # ------------------------------------------------------------------------------ following

    async def _follow(self) -> None:
        while True:
            self._news.clear()
            pause_s = POLL_S
            try:
                hints = await self._hints()
                if not await self._take_in(hints):
                    return
                session = await self._read()
                if not await self._reconcile(session):
                    return
                await self._pass_on(hints)
            except DatabaseUnavailableError:
                pause_s = HINTS_AGAIN_S
            except WahaError as error:
                pause_s = await self._on_silence(error)
                if pause_s < 0:
                    return
            await set_within(
                self._clock, min(pause_s, self._until_qr_is_late()), self._news, self._task_name("wait")
            )

    async def _hints(self) -> Sequence[SessionHint]:
        """Return the hints about this start; those about earlier ones are settled unheard."""
        waiting = await self._fleet.hints.waiting(self._salon_id)
        stale = [hint for hint in waiting if self._is_stale(hint) or hint.kind is HintKind.STATUS]
        if stale:
            await self._fleet.hints.settle(stale)
        return [hint for hint in waiting if hint not in stale]

    def _is_stale(self, hint: SessionHint) -> bool:
        """Whether a hint is about another link, or an event of the engine about another start.

        Messages of an earlier start of the same link are wanted; the row knows which are older than the link.
        """
        if self._client is None or hint.instance != self._client.instance.name:
            return True
        if hint.kind is not HintKind.ENGINE:
            return False
        if None not in (hint.generation, self._generation) and hint.generation != self._generation:
            return True
        return self._born_at is not None and hint.at < self._born_at.replace(microsecond=0)

    async def _read(self) -> RemoteSession | None:
        """Read the status, a second time after a moment when it would end something."""
        client = self._remote()
        session = await client.session(self._name)
        if self._would_end(session):
            await self._clock.sleep(CONFIRM_S)
            session = await client.session(self._name)
        self._failures, self._silent_since = 0, None
        self._said = session.status.value if session is not None else "none"
        return session

    def _would_end(self, session: RemoteSession | None) -> bool:
        if session is None or session.status is S.STOPPED:
            return True
        if self._is_open:
            return session.status is not S.WORKING
        return self._is_linked and session.status is S.SCAN_QR_CODE and self._born_at is None

    async def _on_silence(self, error: WahaError) -> float:
        """Wait for a WAHA that does not answer; -1 when this start has ended over it."""
        now = self._clock.monotonic()
        if self._silent_since is None:
            self._silent_since = now
            log.warning("waha_does_not_answer", extra={"salon_id": self._salon_id, "code": error.fault})
        pause_s = RETRY_S[min(self._failures, len(RETRY_S) - 1)]
        self._failures += 1
        cause = (
            CloseCause.REMOTE_AUTH
            if error.fault is SessionFault.REMOTE_AUTH
            else CloseCause.REMOTE_UNREACHABLE
        )
        if now - self._silent_since < SILENCE_S and cause is not CloseCause.REMOTE_AUTH:
            return pause_s
        if not self._is_open:
            await self._close(cause)
            return -1.0
        self._is_open = False
        return pause_s if await self._told().reconnecting(cause) else -1.0

    def _until_qr_is_late(self) -> float:
        if self._qr_ends_at is None:
            return POLL_S
        return max(self._qr_ends_at + QR_LATE_S - self._clock.monotonic(), QR_LATE_S)

    # ------------------------------------------------------------------------------ what was read

    async def _reconcile(self, session: RemoteSession | None) -> bool:
        """Report what a reading shows; False when this start is over."""
        if session is None:
            return await self._close(CloseCause.LOGGED_OUT if self._is_linked else CloseCause.DROPPED)
        if session.status is not S.SCAN_QR_CODE:
            self._qr_ends_at = None
        if session.status is S.WORKING:
            return await self._works(session)
        if session.status is S.SCAN_QR_CODE:
            return await self._shows_qr()
        if session.status in _STAGES:
            return await self._asks_for_passkey(_STAGES[session.status])
        if session.status is S.STARTING:
            return await self._is_lost(CloseCause.DROPPED) if self._is_open else True
        if session.status is S.STOPPED:
            return await self._close(CloseCause.CRASHED)
        return await self._has_failed(session)

    async def _works(self, session: RemoteSession) -> bool:
        account = session.account or self._account
        if account is None:
            self._spawn(self._wake_after(CONFIRM_S), "again")
            return True
        if not self._is_linked and not await self._pairs(account):
            return False
        if self._is_open:
            return True
        self._is_open = await self._told().opened(account)
        return self._is_open

    async def _pairs(self, account: Account) -> bool:
        self._is_linked, self._account, self._qr, self._stage = True, account, None, None
        link = RemoteLink(self._remote().instance.name, self._name)
        return await self._told().paired(link.to_bytes(), account)

    async def _shows_qr(self) -> bool:
        if self._account is not None and not self._is_open:
            return True  # the phone has scanned it; WAHA's status follows when it has logged in
        if self._is_linked:
            return await self._close(CloseCause.LOGGED_OUT)
        if self._qr_fetch is None or self._qr_fetch.done():
            self._qr_fetch = self._spawn(self._fetch_qr(), "qr")
        return True

    async def _fetch_qr(self) -> None:
        """Fetch and report the QR beside everything else: WAHA may keep this call waiting."""
        try:
            text = await self._remote().qr(self._name)
        except WahaError as error:
            log.info("waha_qr_not_fetched", extra={"salon_id": self._salon_id, "code": error.fault})
            self._qr_refusals += 1
            pause_s = RETRY_S[min(self._qr_refusals, len(RETRY_S)) - 1]
            # The first 422 is answered by reading at once; a status that goes on promising a QR is not run after.
            is_moved_on = isinstance(error, WrongStateError) and self._qr_refusals == 1
            self._spawn(self._wake_after(0.0 if is_moved_on else pause_s), "again")
            return
        self._qr_refusals = 0
        if text == self._qr or self._is_linked or self._stage is not None:
            return
        self._qr, lifetime_s = text, FIRST_QR_S if self._qr_count == 0 else NEXT_QR_S
        self._qr_count += 1
        self._last_qr_ends_at = self._qr_ends_at = self._clock.monotonic() + lifetime_s
        await self._told().qr(text, lifetime_s)
        self.wake()  # it may have been replaced while it was fetched

    async def _asks_for_passkey(self, stage: PasskeyStage) -> bool:
        if self._is_linked or stage is self._stage:
            return True
        self._stage, self._qr = stage, None
        lifetime_s: float | None = None
        if stage is PasskeyStage.CHALLENGE:
            with suppress(WahaError):
                lifetime_s = await self._remote().challenge_s(self._name)
        return await self._told().passkey_required(lifetime_s or PASSKEY_S, stage)

    async def _is_lost(self, cause: CloseCause) -> bool:
        self._is_open = False
        return await self._told().reconnecting(cause)

    async def _has_failed(self, session: RemoteSession) -> bool:
        """Say what FAILED means here, once the event that explains it had its time to come."""
        if self._stage is not None and not self._is_linked:
            return True  # the passkey did not come: its own time ends the pairing
        if not self._is_linked and self._has_used_up():
            await self._clock.sleep(self._until_last_qr_ends())
            return await self._close(CloseCause.REFS_EXHAUSTED)
        self._news.clear()
        if await set_within(self._clock, EXPLAIN_S, self._news, self._task_name("explain")):
            if not await self._take_in(await self._hints()):
                return False
            session = await self._remote().session(self._name) or session
            if session.status is not S.FAILED:
                return await self._reconcile(session)
        return await self._close(self._meaning_of_failed(session))

    def _meaning_of_failed(self, session: RemoteSession) -> CloseCause:
        if self._is_open:
            return CloseCause.LOGGED_OUT if session.account is None else CloseCause.CRASHED
        if self._is_linked or self._qr_count == 0:
            return CloseCause.NETWORK_UNREACHABLE
        return CloseCause.REFS_EXHAUSTED if self._has_used_up() else CloseCause.DROPPED

    def _until_last_qr_ends(self) -> float:
        """Seconds by which the last QR was shown later than WAHA had it: what is on show ends by its own time."""
        return min(max(self._last_qr_ends_at - self._clock.monotonic(), 0.0), QR_LATE_S)

    def _has_used_up(self) -> bool:
        return self._codes_are_used_up or self._qr_count >= QR_CODES_PER_SOCKET

    # ------------------------------------------------------------------------------ what was hinted

    async def _take_in(self, hints: Sequence[SessionHint]) -> bool:
        """Act on the engine's own events; False when one of them has ended this start."""
        for hint in hints:
            if hint.kind is HintKind.ENGINE:
                deed = self._deeds().get(EngineEvent(hint.details["name"]))
                if deed is not None and not await deed(hint.details):
                    return False
                await self._fleet.hints.settle([hint])
        return True

    def _deeds(self) -> Mapping[EngineEvent, Callable[[Mapping[str, Any]], Awaitable[bool]]]:
        return {
            EngineEvent.STREAM_REPLACED: self._is_replaced,
            EngineEvent.TEMPORARY_BAN: self._is_banned,
            EngineEvent.CLIENT_OUTDATED: self._is_outdated,
            EngineEvent.LOGGED_OUT: self._is_logged_out,
            EngineEvent.PAIR_SUCCESS: self._has_paired,
            EngineEvent.PAIR_ERROR: self._cannot_pair,
            EngineEvent.QR_ENDED: self._has_no_more_codes,
        }

    async def _is_replaced(self, _: Mapping[str, Any]) -> bool:
        """Stop WAHA before anything else: it would log in again and fight the other device."""
        if not self._is_linked:
            return True
        with suppress(WahaError):  # `stop` tries again
            await self._remote().stop(self._name)
        return await self._close(CloseCause.REPLACED)

    async def _is_banned(self, details: Mapping[str, Any]) -> bool:
        """`Expire` is a Go duration, in nanoseconds from when it was said."""
        if not self._is_linked:
            return await self._close(CloseCause.PAIR_ERROR)
        told = details.get("Expire")
        seconds = min(told / _NS_PER_S, _MAX_BAN_S) if isinstance(told, int) and told > 0 else 0.0
        return await self._refused(CloseCause.TEMP_BANNED, self._clock.now() + timedelta(seconds=seconds))

    async def _is_outdated(self, _: Mapping[str, Any]) -> bool:
        return await self._refused(CloseCause.OUTDATED)

    async def _is_logged_out(self, details: Mapping[str, Any]) -> bool:
        if not self._is_linked:
            return True
        is_gone = details.get("Reason") in _GONE_REASONS
        return await self._close(CloseCause.MAIN_DEVICE_GONE if is_gone else CloseCause.LOGGED_OUT)

    async def _has_paired(self, details: Mapping[str, Any]) -> bool:
        account = account_of({"jid": details.get("ID")})
        if self._is_linked or account is None:
            return True
        return await self._pairs(account)

    async def _cannot_pair(self, _: Mapping[str, Any]) -> bool:
        return True if self._is_linked else await self._close(CloseCause.PAIR_ERROR)

    async def _has_no_more_codes(self, details: Mapping[str, Any]) -> bool:
        if details.get("Event") == "err-client-outdated":
            return await self._refused(CloseCause.OUTDATED)
        self._codes_are_used_up = True
        return True

    async def _refused(self, cause: CloseCause, until: datetime | None = None) -> bool:
        """WhatsApp refuses the login; an open connection is lost first."""
        if self._is_open and not await self._is_lost(CloseCause.DROPPED):
            return False
        return await self._close(cause, until)

    async def _pass_on(self, hints: Sequence[SessionHint]) -> None:
        """Report messages and receipts once the session is open; until they are kept they wait as hints."""
        if not self._is_open:
            return
        for hint in hints:
            if hint.kind is HintKind.MESSAGE:
                is_kept = await self._told().received(inbound_of(hint))
            elif hint.kind is HintKind.RECEIPT:
                is_kept = await self._told().receipted(receipt_of(hint))
            else:
                continue
            if not is_kept:
                return
            await self._fleet.hints.settle([hint])

    # ------------------------------------------------------------------------------ pieces

    async def _close(self, cause: CloseCause, until: datetime | None = None) -> bool:
        self._is_open = False
        await self._told().closed(cause, until)
        return False

    async def _let_go(self) -> None:
        self._fleet.neglect(self._salon_id, self.wake)
        await self._tasks.close()

    async def _wake_after(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self.wake()

    def _told(self) -> EngineSink:
        assert self._sink is not None, "not started"
        return self._sink

    def _remote(self) -> WahaClient:
        assert self._client is not None, "not started"
        return self._client

    def _spawn(self, work: Any, what: str) -> asyncio.Task[None]:
        return self._tasks.spawn(work, self._task_name(what))

    def _task_name(self, what: str) -> str:
        return f"whatsapp-waha:{session_id_of(self._salon_id)}:{what}"


def message_id_of(salon_id: int, client_ref: str) -> str:
    """Return the id a message is sent under, in the form WhatsApp's own clients use."""
    digest = hashlib.sha256(f"{salon_id}:{client_ref}".encode()).hexdigest()
    return f"3EB0{digest[:18].upper()}"


def _send_fault(error: WahaError) -> SessionFault:
    """Say what became of a message that WAHA did not take: unknown, unless it certainly was not sent."""
    if any(words in error.said for words in _NOBODY):
        return SessionFault.RECIPIENT_UNKNOWN
    if error.was_sent:
        return SessionFault.OUTCOME_UNKNOWN
    return SessionFault.SEND_REJECTED if error.fault is SessionFault.UPSTREAM_UNAVAILABLE else error.fault

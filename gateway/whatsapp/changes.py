"""What may happen to a session's row, decided without waiting for anything.

Each function takes the row as it was read and returns the `Change` to commit, or None when there is nothing to do.
Because a refused write is decided again on the newer row, every one of them is safe to repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from gateway.domain.errors import GatewayError
from gateway.domain.session_records import (
    Desired,
    InboundMessage,
    SessionEvent,
    SessionRecord,
)
from gateway.domain.sessions import (
    ENDINGS,
    HOUR_S,
    PAIRING_STATES,
    RESTING_STATES,
    CloseCause,
    EventType,
    SessionFault,
    StartReason,
    can_move,
    check_move,
    code_wait_s,
    window_closes_at,
)
from shared.vocabulary import PairingMethod, PasskeyStage, WhatsappState

W = WhatsappState


@dataclass(frozen=True, slots=True)
class Change:
    """A row as it shall be, with the events that tell why."""

    record: SessionRecord
    events: tuple[SessionEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class PhoneForCode:
    """The phone a pairing code is asked for, in the two forms that may be kept."""

    masked: str
    sealed: bytes
    matches: Callable[[bytes], bool]
    """Whether a sealed phone from the row is this one."""


@dataclass(frozen=True, slots=True)
class SealedLink:
    """What pair-success brings, ready to be kept."""

    credentials: bytes
    account: bytes
    phone_masked: str
    is_phone: Callable[[bytes], bool] = lambda sealed: True
    """Whether a sealed phone from the row is this account's."""

    is_account: Callable[[bytes], bool] = lambda sealed: True
    """Whether a sealed account from the row has this account's number."""


class Draft:
    """A change in the making. Moves are checked against the table of legal ones."""

    def __init__(self, record: SessionRecord, now: datetime) -> None:
        self.record = record
        self.now = now
        self._events: list[SessionEvent] = []

    def set(self, **fields: Any) -> None:
        """Give fields of the row new values."""
        self.record = replace(self.record, **fields)

    def move(self, target: WhatsappState) -> None:
        """Go to another state, or stay where the table allows it. Raises IllegalSessionMoveError."""
        check_move(self.record.state, target)
        if target is not self.record.state:
            self.set(state=target, since=self.now, passkey_stage=None, passkey_expires_at=None)

    def tell(self, event: EventType, **data: Any) -> None:
        """Add the next event of the story."""
        self.set(last_seq=self.record.last_seq + 1)
        told = {key: _plain(value) for key, value in data.items()}
        self._events.append(
            SessionEvent(
                self.record.salon_id,
                self.record.last_seq,
                self.record.generation,
                event.value,
                self.now,
                told,
            )
        )

    def blame(self, fault: SessionFault | None) -> None:
        """Write why the session is in trouble, or that it no longer is."""
        self.set(error=fault.value if fault else None, error_at=self.now if fault else None)

    def done(self) -> Change:
        """Return the finished change."""
        self.set(needs_owner_at=needs_owner_at(self.record, self.now))
        return Change(self.record, tuple(self._events))


def needs_owner_at(record: SessionRecord, now: datetime) -> datetime | None:
    """Return from when on the row needs a process that owns it; None while it rests."""
    if record.desired is Desired.REMOVED:
        return now
    if record.desired is Desired.STOPPED:
        return None if record.state is W.STOPPED else now
    if record.state not in RESTING_STATES:
        return now
    return record.banned_until if ban_ends_by_itself(record) else None


def ban_ends_by_itself(record: SessionRecord) -> bool:
    """Whether the session is to come back when its temporary ban is over."""
    return (
        record.state is W.TEMP_BANNED
        and record.credentials_sealed is not None
        and record.desired is Desired.RUNNING
    )


def is_ban_running(record: SessionRecord, now: datetime) -> bool:
    """Whether a temporary ban forbids to connect."""
    return record.state is W.TEMP_BANNED and record.banned_until is not None and now < record.banned_until


def code_is_valid(record: SessionRecord, now: datetime) -> bool:
    """Whether the row holds a code that can still be entered."""
    return (
        record.code_sealed is not None and record.code_expires_at is not None and now < record.code_expires_at
    )


def code_is_asked(record: SessionRecord) -> bool:
    """Whether a request for a code waits for its answer."""
    return record.code_requests > record.code_answers


# --------------------------------------------------------------------------------- commands, from any process


def ensured(
    record: SessionRecord,
    now: datetime,
    *,
    method: PairingMethod,
    phone: PhoneForCode | None,
    engine_version: str,
) -> Change | None:
    """Want the session running; see `SessionPool.ensure`. Raises rate_limited."""
    if record.desired is Desired.RUNNING and record.state not in RESTING_STATES:
        return _method_chosen(record, now, method, phone)
    if is_ban_running(record, now) or _is_outdated_still(record, engine_version):
        return None
    reason = StartReason.CREATED if record.pairing_started_at is None else StartReason.RESTART
    return started(record, now, reason, method=method, phone=phone)


def started(
    record: SessionRecord,
    now: datetime,
    reason: StartReason,
    *,
    method: PairingMethod | None = None,
    phone: PhoneForCode | None = None,
) -> Change:
    """Ask for a new engine.

    Credentials that WhatsApp has ended are forgotten here and not before: nobody loses good ones to a false report.
    """
    draft = Draft(record, now)
    if record.state is W.LOGGED_OUT:
        _forget_link(draft)
    _forget_tickets(draft)
    _close_request(draft, SessionFault.NOT_PAIRING)
    draft.set(
        desired=Desired.RUNNING, method=method or record.method, pairing_started_at=now, banned_until=None
    )
    draft.move(W.STARTING)
    draft.blame(None)
    draft.set(generation=record.generation + 1)
    if phone is not None and draft.record.credentials_sealed is None:
        _ask_code(draft, phone)
    draft.tell(EventType.STARTING, reason=reason)
    return draft.done()


def relinked(
    record: SessionRecord, now: datetime, *, method: PairingMethod, phone: PhoneForCode | None
) -> Change:
    """Ask to unlink, forget the credentials and pair anew; the owner unlinks before it starts. Raises rate_limited."""
    change = started(record, now, StartReason.RELINK, method=method)
    draft = Draft(change.record, now)
    draft.set(unlink=True)
    if phone is not None:
        _ask_code(draft, phone)
    return Change(draft.done().record, change.events)


def code_requested(record: SessionRecord, now: datetime, phone: PhoneForCode) -> Change | None:
    """Ask for a pairing code; None when the one on its way or on show is it. Raises not_pairing, rate_limited."""
    if record.desired is not Desired.RUNNING or not _waits_for_phone(record):
        raise GatewayError(SessionFault.NOT_PAIRING)
    return _method_chosen(record, now, PairingMethod.CODE, phone)


def resumed(record: SessionRecord, now: datetime) -> Change | None:
    """Start a stopped session that holds credentials."""
    if record.desired is not Desired.STOPPED or record.credentials_sealed is None:
        return None
    return started(record, now, StartReason.RESUME)


def restarted(record: SessionRecord, now: datetime, *, engine_version: str, force: bool) -> Change:
    """Ask for a new engine whatever the state. Raises temp_banned, client_outdated."""
    if is_ban_running(record, now):
        raise GatewayError(SessionFault.TEMP_BANNED)
    if _is_outdated_still(record, engine_version) and not force:
        raise GatewayError(SessionFault.CLIENT_OUTDATED)
    return started(record, now, StartReason.RESTART)


def wanted(record: SessionRecord, now: datetime, desired: Desired) -> Change | None:
    """Ask for the end of the session, with or without its removal. A removal under way is never taken back."""
    if record.desired in (desired, Desired.REMOVED):
        return None
    draft = Draft(record, now)
    draft.set(desired=desired)
    return draft.done()


def revived(record: SessionRecord, now: datetime, *, engine_version: str) -> Change | None:
    """Try again what a restart of the gateway may have mended: a linked session that gave up, or another engine."""
    if record.desired is not Desired.RUNNING or record.credentials_sealed is None:
        return None
    is_mended = record.state is W.OUTDATED and not _is_outdated_still(record, engine_version)
    if record.state is not W.FAILED and not is_mended:
        return None
    return started(record, now, StartReason.RESTORE)


def transferred(record: SessionRecord, now: datetime, adapter: str) -> Change | None:
    """Take over a session that engines of another kind have carried: what they linked is of no use to ours.

    It rests as one that was unlinked, so its owner is asked to link anew; one that was only pairing goes on.
    """
    if record.adapter == adapter or record.desired is Desired.REMOVED:
        return None
    draft = Draft(record, now)
    was_linked = record.credentials_sealed is not None
    draft.set(adapter=adapter)
    _forget_tickets(draft)
    _forget_link(draft)
    if record.state in RESTING_STATES:
        return draft.done()
    if was_linked and can_move(record.state, W.LOGGED_OUT):
        draft.move(W.LOGGED_OUT)
        _rest(draft, SessionFault.LOGGED_OUT)
        draft.tell(EventType.LOGGED_OUT, error=SessionFault.LOGGED_OUT, reason="adapter_changed")
        return draft.done()
    draft.move(W.STARTING)
    draft.set(generation=record.generation + 1)
    draft.tell(EventType.STARTING, reason=StartReason.RESTORE)
    return draft.done()


def is_stopping(record: SessionRecord) -> bool:
    """Whether a stop was asked for and is not done."""
    return record.desired is Desired.STOPPED and record.state is not W.STOPPED


# ---------------------------------------------------------------------------------------- deeds of the owner


def adopted(record: SessionRecord, now: datetime) -> Change | None:
    """Take over a session whose engine died with its process.

    A session that was linked comes back by itself; one that was pairing goes on only while its window is open, with
    a new socket, and a code that was still good is asked for again, because it died with the old one.
    """
    if record.desired is not Desired.RUNNING or record.state in RESTING_STATES:
        return None
    if record.generation > record.engine_generation:
        return None
    if record.credentials_sealed is None and not record.unlink:
        return _pairing_goes_on(record, now, StartReason.RESTORE)
    draft = Draft(record, now)
    _lose(draft, StartReason.RESTORE, StartReason.RESTORE, {})
    return draft.done()


def engine_starts(record: SessionRecord, now: datetime) -> Change | None:
    """Write which generation the engine about to start has: the one asked for, or the next when that is used.

    Whatever went before, a session whose engine only starts is not connected and shows no code.
    """
    if record.desired is not Desired.RUNNING or record.state in RESTING_STATES or record.unlink:
        return None
    draft = Draft(record, now)
    if record.state in (W.CONNECTED, W.PAIRING, W.AWAITING_PASSKEY):
        _lose(draft, SessionFault.INTERNAL, StartReason.CRASH, {})
    generation = max(record.generation, record.engine_generation + 1)
    draft.set(generation=generation, engine_generation=generation)
    return draft.done()


def qr_shown(record: SessionRecord, now: datetime, sealed: bytes, lifetime_s: float) -> Change:
    """Show the next QR of the socket."""
    draft = Draft(record, now)
    is_first = record.state is W.STARTING
    draft.move(W.PAIRING)
    if is_first:
        draft.blame(None)
    expires_at = now + timedelta(seconds=lifetime_s)
    number = 1 if is_first else record.qr_seq + 1
    draft.set(qr_sealed=sealed, qr_seq=number, qr_issued_at=now, qr_expires_at=expires_at)
    draft.tell(EventType.QR, qr_seq=number, issued_at=now, expires_at=expires_at)
    return draft.done()


def code_issued(
    record: SessionRecord, now: datetime, request: int, sealed: bytes, life_s: float
) -> Change | None:
    """Show the code that answers a request."""
    if record.state is not W.PAIRING or record.code_answers >= request:
        return None
    draft = Draft(record, now)
    expires_at = now + timedelta(seconds=life_s)
    draft.set(
        code_sealed=sealed,
        code_issued_at=now,
        code_expires_at=expires_at,
        code_answers=request,
        code_error=None,
    )
    draft.tell(EventType.PAIRING_CODE, phone=record.code_phone_masked, expires_at=expires_at)
    return draft.done()


def code_refused(record: SessionRecord, now: datetime, request: int, fault: SessionFault) -> Change | None:
    """Answer a request for a code with the reason why there is none; a code that still holds stays."""
    if record.code_answers >= request:
        return None
    draft = Draft(record, now)
    draft.set(code_answers=request, code_error=fault.value)
    draft.tell(EventType.PAIRING_CODE_FAILED, error=fault)
    return draft.done()


def tickets_expired(record: SessionRecord, now: datetime) -> Change | None:
    """Wipe a QR and a code whose time is over."""
    fields: dict[str, Any] = {}
    if record.qr_expires_at is not None and record.qr_expires_at <= now:
        fields |= _NO_QR
    if record.code_expires_at is not None and record.code_expires_at <= now:
        fields |= _NO_CODE
    if not fields:
        return None
    draft = Draft(record, now)
    draft.set(**fields)
    return draft.done()


def passkey_asked(record: SessionRecord, now: datetime, lifetime_s: float, stage: PasskeyStage) -> Change:
    """Wait for the passkey, or for its confirmation."""
    draft = Draft(record, now)
    draft.move(W.AWAITING_PASSKEY)
    _forget_tickets(draft)
    expires_at = now + timedelta(seconds=lifetime_s)
    draft.set(passkey_stage=stage, passkey_expires_at=expires_at)
    draft.tell(EventType.PASSKEY_REQUIRED, stage=stage, expires_at=expires_at)
    return draft.done()


def is_of_this_link(record: SessionRecord, message: InboundMessage) -> bool:
    """Whether a message was written after the phone was linked; WhatsApp tells its time in whole seconds."""
    return record.linked_at is not None and message.at >= record.linked_at.replace(microsecond=0)


def message_event(record: SessionRecord, now: datetime, event: EventType, **data: Any) -> SessionEvent:
    """Return an event of a message. It leaves the row alone, so it carries the number of the step it follows."""
    told = {key: _plain(value) for key, value in data.items()}
    return SessionEvent(record.salon_id, record.last_seq, record.generation, event.value, now, told)


def phone_confirmed(record: SessionRecord, now: datetime) -> Change | None:
    """Keep the number that was linked in place of another one."""
    if record.expected_phone_masked is None:
        return None
    draft = Draft(record, now)
    draft.set(expected_phone_masked=None, **_NO_EARLIER)
    draft.tell(EventType.PHONE_CONFIRMED, phone=record.account_phone_masked)
    return draft.done()


def paired(record: SessionRecord, now: datetime, link: SealedLink) -> Change:
    """Keep what pair-success brought, and ask when it is another number than was linked before or typed."""
    draft = Draft(record, now)
    draft.move(W.LINKING)
    expected = _other_phone_expected(record, link)
    _forget_tickets(draft)
    _close_request(draft, SessionFault.NOT_PAIRING)
    draft.set(linked_at=None)
    draft.set(
        credentials_sealed=link.credentials,
        account_sealed=link.account,
        account_phone_masked=link.phone_masked,
    )
    draft.set(expected_phone_masked=expected)
    draft.tell(EventType.PAIRED, phone=link.phone_masked)
    if expected is not None:
        draft.tell(EventType.PHONE_CHANGED, phone=link.phone_masked, earlier=expected)
    else:
        draft.set(**_NO_EARLIER)
    return draft.done()


def opened(record: SessionRecord, now: datetime, account: bytes, phone_masked: str) -> Change:
    """The login succeeded: only this makes a session connected."""
    draft = Draft(record, now)
    draft.move(W.CONNECTED)
    draft.blame(None)
    draft.set(account_sealed=account, account_phone_masked=phone_masked, linked_at=record.linked_at or now)
    draft.tell(EventType.CONNECTED, phone=phone_masked, resumed=record.linked_at is not None)
    return draft.done()


def connection_lost(
    record: SessionRecord, now: datetime, fault: SessionFault, *, attempt: int, delay_s: float | None
) -> Change | None:
    """The connection is gone and will be brought back, by the engine itself (no `delay_s`) or by a new one.

    Pairing is only gone on with while its window is open.
    """
    if record.credentials_sealed is None and not _window_is_open(record, now):
        return pairing_expired(record, now, SessionFault.PAIRING_EXPIRED)
    draft = Draft(record, now)
    next_at = None if delay_s is None else now + timedelta(seconds=delay_s)
    _lose(draft, fault, StartReason.CRASH, {"attempt": attempt, "next_at": next_at})
    draft.blame(fault)
    return draft.done()


def codes_used_up(record: SessionRecord, now: datetime) -> Change | None:
    """The socket has no codes left: a new socket while the window is open, else the end of this pairing."""
    return _pairing_goes_on(record, now, StartReason.FRESH_CODES)


def ended(
    record: SessionRecord, now: datetime, cause: CloseCause, until: datetime | None, version: str
) -> Change:
    """The connection ended in a way that trying again would not mend."""
    ending = ENDINGS[cause]
    draft = Draft(record, now)
    draft.move(ending.state)
    _rest(draft, ending.fault)
    if cause is CloseCause.TEMP_BANNED:
        draft.set(banned_until=until)
        draft.tell(ending.event, until=until)
    elif cause is CloseCause.OUTDATED:
        draft.set(engine_version=version)
        draft.tell(ending.event, engine_version=version)
    else:
        draft.tell(ending.event, error=ending.fault, reason=cause)
    return draft.done()


def failed(record: SessionRecord, now: datetime, fault: SessionFault, *, retryable: bool) -> Change | None:
    """Give up until a person or a restart of the gateway tries again."""
    if record.state in RESTING_STATES:
        return None
    draft = Draft(record, now)
    draft.move(W.FAILED)
    _rest(draft, fault)
    draft.tell(EventType.FAILED, error=fault, retryable=retryable)
    return draft.done()


def pairing_expired(record: SessionRecord, now: datetime, fault: SessionFault) -> Change | None:
    """Nobody linked in time."""
    if record.state in RESTING_STATES:
        return None
    draft = Draft(record, now)
    draft.move(W.PAIRING_EXPIRED)
    _rest(draft, fault)
    draft.tell(EventType.PAIRING_EXPIRED)
    return draft.done()


def unlinked(record: SessionRecord, now: datetime) -> Change | None:
    """Forget the credentials of a link that was ended on purpose."""
    if not record.unlink:
        return None
    draft = Draft(record, now)
    _forget_link(draft)
    return draft.done()


def stopped(record: SessionRecord, now: datetime) -> Change | None:
    """The engine is gone because nobody wants it."""
    if record.desired is not Desired.STOPPED or record.state is W.STOPPED:
        return None
    draft = Draft(record, now)
    draft.move(W.STOPPED)
    _rest(draft, None)
    draft.tell(EventType.STOPPED)
    return draft.done()


def removed(record: SessionRecord, now: datetime, *, unlinked: bool) -> Change:
    """The last event of a session; its row goes with it."""
    draft = Draft(record, now)
    draft.tell(EventType.REMOVED, unlinked=unlinked)
    return Change(draft.record, draft.done().events)


def handed_over(record: SessionRecord, now: datetime) -> Change | None:
    """The engine ends with its process: what it showed is worth nothing, what was asked for is asked for again."""
    if record.qr_sealed is None and record.code_sealed is None:
        return None
    draft = Draft(record, now)
    _ask_again(draft)
    _forget_tickets(draft)
    return draft.done()


# ------------------------------------------------------------------------------------------------ pieces

_NO_QR: dict[str, Any] = {"qr_sealed": None, "qr_issued_at": None, "qr_expires_at": None}
_NO_CODE: dict[str, Any] = {"code_sealed": None, "code_issued_at": None, "code_expires_at": None}
_NO_EARLIER: dict[str, Any] = {"earlier_account_sealed": None, "earlier_phone_masked": None}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _waits_for_phone(record: SessionRecord) -> bool:
    return record.state in PAIRING_STATES and (record.credentials_sealed is None or record.unlink)


def _is_outdated_still(record: SessionRecord, engine_version: str) -> bool:
    return record.state is W.OUTDATED and record.engine_version == engine_version


def _method_chosen(
    record: SessionRecord, now: datetime, method: PairingMethod, phone: PhoneForCode | None
) -> Change | None:
    """Switch the way of linking on the socket that is there. A code that can still be entered is never touched."""
    if not _waits_for_phone(record):
        return None
    draft = Draft(record, now)
    draft.set(method=method)
    if phone is not None and not _is_code_for(record, now, phone):
        _ask_code(draft, phone)
        draft.set(pairing_started_at=now)
    return draft.done() if draft.record != record else None


def _is_code_for(record: SessionRecord, now: datetime, phone: PhoneForCode) -> bool:
    """Whether a code for this phone is on its way, or on show and young enough not to be asked for again."""
    if record.code_phone_sealed is None or not phone.matches(record.code_phone_sealed):
        return False
    return code_is_asked(record) or (
        code_is_valid(record, now) and code_wait_s(record.code_requested_at, now) > 0
    )


def _ask_code(draft: Draft, phone: PhoneForCode) -> None:
    record, now = draft.record, draft.now
    wait_s = code_wait_s(record.code_requested_at, now)
    if wait_s > 0:
        raise GatewayError(SessionFault.RATE_LIMITED, retry_after=str(int(wait_s) + 1))
    recent = tuple(at for at in record.code_requested_at if (now - at).total_seconds() < HOUR_S)
    draft.set(
        code_requests=record.code_requests + 1, code_requested_at=(*recent, now), code_error=None,
        code_phone_sealed=phone.sealed, code_phone_masked=phone.masked, method=PairingMethod.CODE,
    )  # fmt: skip


def _ask_again(draft: Draft) -> None:
    """Open the newest request for a code again when its answer still held."""
    if code_is_valid(draft.record, draft.now):
        draft.set(code_answers=draft.record.code_requests - 1)


def _window_is_open(record: SessionRecord, now: datetime) -> bool:
    return record.pairing_started_at is not None and now < window_closes_at(record.pairing_started_at)


def _pairing_goes_on(record: SessionRecord, now: datetime, reason: StartReason) -> Change | None:
    if record.state in RESTING_STATES:
        return None
    if not _window_is_open(record, now):
        return pairing_expired(record, now, SessionFault.PAIRING_EXPIRED)
    draft = Draft(record, now)
    _ask_again(draft)
    _forget_tickets(draft)
    draft.move(W.STARTING)
    draft.tell(EventType.STARTING, reason=reason)
    return draft.done()


def _lose(draft: Draft, cause: str, reason: StartReason, data: Mapping[str, Any]) -> None:
    """The engine's connection is gone: what was linked comes back, what is linking goes on, the rest begins anew.

    A code that still held is asked for again, because it died with the connection.
    """
    record = draft.record
    _ask_again(draft)
    _forget_tickets(draft)
    comes_back = record.linked_at is not None and not record.unlink
    if comes_back and record.state in (W.STARTING, W.CONNECTED, W.RECONNECTING):
        draft.move(W.RECONNECTING)
        draft.tell(EventType.RECONNECTING, cause=cause, **data)
    elif record.state is not W.LINKING:
        draft.move(W.STARTING)
        draft.tell(EventType.STARTING, reason=reason, **data)


def _rest(draft: Draft, fault: SessionFault | None) -> None:
    """What every resting state has in common: nothing to scan, nothing asked for, and a reason."""
    _forget_tickets(draft)
    _close_request(draft, fault or SessionFault.NOT_PAIRING)
    draft.blame(fault)


def _close_request(draft: Draft, fault: SessionFault) -> None:
    """Answer an open request for a code in the negative, and forget whose phone it was for."""
    if code_is_asked(draft.record):
        draft.set(code_answers=draft.record.code_requests, code_error=fault.value)
    draft.set(code_phone_sealed=None, code_phone_masked=None)


def _forget_tickets(draft: Draft) -> None:
    draft.set(qr_seq=0, **_NO_QR, **_NO_CODE)


def _other_phone_expected(record: SessionRecord, link: SealedLink) -> str | None:
    """Return the masked number that should have linked; None when the one that did is right."""
    if record.earlier_account_sealed is not None and not link.is_account(record.earlier_account_sealed):
        return record.earlier_phone_masked
    if record.code_phone_sealed is not None and not link.is_phone(record.code_phone_sealed):
        return record.code_phone_masked
    return None


def _forget_link(draft: Draft) -> None:
    """Forget a link but for its number, which the next one is compared with; one in question is not remembered."""
    record = draft.record
    if record.account_sealed is not None and record.expected_phone_masked is None:
        draft.set(
            earlier_account_sealed=record.account_sealed, earlier_phone_masked=record.account_phone_masked
        )
    draft.set(
        credentials_sealed=None, account_sealed=None, account_phone_masked=None, linked_at=None, unlink=False,
        expected_phone_masked=None,
    )  # fmt: skip

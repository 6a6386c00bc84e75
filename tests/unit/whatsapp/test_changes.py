"""What may happen to a row, decided without waiting."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.errors import GatewayError
from gateway.domain.session_records import Desired, SessionRecord
from gateway.domain.sessions import (
    PAIRING_WINDOW_S,
    RESTING_STATES,
    RUNNING_STATES,
    CloseCause,
    IllegalSessionMoveError,
    SessionFault,
    StartReason,
)
from gateway.whatsapp import changes
from gateway.whatsapp.changes import Change, SealedLink
from shared.vocabulary import PairingMethod, WhatsappState
from tests.unit.whatsapp.builders import NOW, build_linked, build_phone, build_record

W = WhatsappState
LATER = NOW + timedelta(seconds=30)
LINK = SealedLink(b"credentials", b"account", "+7 *** ***-12-34")


def _shown(**fields: object) -> SessionRecord:
    """Return a row with a QR and a valid code."""
    tickets = {
        "qr_sealed": b"qr", "qr_seq": 2, "qr_issued_at": NOW, "qr_expires_at": LATER, "code_sealed": b"code",
        "code_phone_sealed": b"phone", "code_phone_masked": "+7", "code_issued_at": NOW,
        "code_expires_at": NOW + timedelta(seconds=150), "code_requests": 1, "code_answers": 1,
        "code_requested_at": (NOW,),
    }  # fmt: skip
    return build_record(W.PAIRING, **(tickets | fields))


def _ensured(record: SessionRecord, method: PairingMethod = PairingMethod.QR) -> Change | None:
    phone = build_phone() if method is PairingMethod.CODE else None
    return changes.ensured(record, LATER, method=method, phone=phone, engine_version="1")


def _made(change: Change | None) -> SessionRecord:
    assert change is not None
    return change.record


@pytest.mark.parametrize("state", sorted(RUNNING_STATES))
def test_a_running_session_is_left_alone(state: WhatsappState) -> None:
    assert _ensured(build_record(state)) is None
    assert _ensured(build_linked(state)) is None


@pytest.mark.parametrize("state", sorted(RESTING_STATES))
def test_a_resting_session_is_started_with_the_next_generation(state: WhatsappState) -> None:
    record = _made(_ensured(build_record(state, error="internal", engine_version="0")))
    assert (record.state, record.generation, record.engine_generation) == (W.STARTING, 4, 3)
    assert (record.error, record.since, record.pairing_started_at) == (None, LATER, LATER)
    assert record.needs_owner_at == LATER


def test_starting_tells_why() -> None:
    created = _ensured(build_record(W.STOPPED, desired=Desired.STOPPED, pairing_started_at=None))
    restarted = _ensured(build_record(W.FAILED))
    assert created is not None
    assert restarted is not None
    assert [event.data["reason"] for event in (*created.events, *restarted.events)] == ["created", "restart"]
    assert [(event.seq, event.generation) for event in created.events] == [(8, 4)]


def test_a_ban_that_runs_and_a_version_that_is_refused_are_respected() -> None:
    assert _ensured(build_linked(W.TEMP_BANNED, banned_until=LATER + timedelta(seconds=1))) is None
    assert _ensured(build_linked(W.TEMP_BANNED, banned_until=LATER)) is not None
    assert _ensured(build_linked(W.OUTDATED, engine_version="1")) is None
    assert _ensured(build_linked(W.OUTDATED, engine_version="0")) is not None


def test_good_credentials_are_kept_and_ended_ones_forgotten_when_starting() -> None:
    assert _made(_ensured(build_linked(W.REPLACED))).credentials_sealed == b"c"
    forgotten = _made(_ensured(build_linked(W.LOGGED_OUT)))
    assert (forgotten.credentials_sealed, forgotten.account_sealed, forgotten.linked_at) == (None, None, None)
    assert forgotten.account_phone_masked is None


def test_a_stop_under_way_is_overtaken() -> None:
    record = _made(_ensured(build_linked(W.CONNECTED, desired=Desired.STOPPED)))
    assert (record.desired, record.state, record.generation) == (Desired.RUNNING, W.STARTING, 4)


def test_asking_by_code_asks_for_one_only_where_there_is_something_to_pair() -> None:
    assert _made(_ensured(build_record(W.FAILED), PairingMethod.CODE)).code_requests == 1
    resumed = _made(_ensured(build_linked(W.REPLACED), PairingMethod.CODE))
    assert (resumed.code_requests, resumed.code_phone_sealed) == (0, None)


def test_the_method_changes_on_the_socket_that_is_there() -> None:
    record = _made(_ensured(build_record(W.PAIRING), PairingMethod.CODE))
    assert (record.state, record.generation, record.method) == (W.PAIRING, 3, PairingMethod.CODE)
    assert (record.code_requests, record.code_answers, record.code_requested_at) == (1, 0, (LATER,))
    back = _made(_ensured(replace(_shown(), method=PairingMethod.CODE)))
    assert (back.method, back.code_sealed) == (PairingMethod.QR, b"code"), "a valid code is never touched"


def test_a_request_opens_the_window_again() -> None:
    record = build_record(W.PAIRING, pairing_started_at=NOW - timedelta(seconds=200))
    assert _made(changes.code_requested(record, LATER, build_phone())).pairing_started_at == LATER


def test_a_code_on_its_way_or_on_show_is_not_asked_for_again() -> None:
    on_show = _shown(method=PairingMethod.CODE)
    assert changes.code_requested(on_show, LATER, build_phone()) is None
    on_its_way = replace(on_show, code_sealed=None, code_expires_at=None, code_answers=0)
    assert changes.code_requested(on_its_way, LATER, build_phone()) is None
    with pytest.raises(GatewayError) as refused:
        changes.code_requested(on_show, LATER, build_phone(b"another"))
    assert (refused.value.code, refused.value.params) == ("rate_limited", {"retry_after": "31"})


def test_only_the_last_hour_is_remembered() -> None:
    old = tuple(NOW - timedelta(minutes=minutes) for minutes in (300, 200, 59))
    record = _made(changes.code_requested(build_record(W.PAIRING, code_requested_at=old), NOW, build_phone()))
    assert record.code_requested_at == (old[2], NOW)


@pytest.mark.parametrize("state", sorted(set(WhatsappState) - {W.STARTING, W.PAIRING, W.AWAITING_PASSKEY}))
def test_codes_are_refused_where_nothing_pairs(state: WhatsappState) -> None:
    with pytest.raises(GatewayError, match="not_pairing"):
        changes.code_requested(build_record(state), NOW, build_phone())


def test_codes_are_refused_to_a_session_that_resumes_or_stops() -> None:
    for record in (build_linked(W.STARTING), build_record(W.PAIRING, desired=Desired.STOPPED)):
        with pytest.raises(GatewayError, match="not_pairing"):
            changes.code_requested(record, NOW, build_phone())


def test_relinking_keeps_the_credentials_until_they_are_unlinked() -> None:
    change = changes.relinked(build_linked(), LATER, method=PairingMethod.CODE, phone=build_phone())
    record = change.record
    assert (record.state, record.unlink, record.credentials_sealed) == (W.STARTING, True, b"c")
    assert (record.code_requests, record.generation) == (1, 4)
    assert [event.seq for event in change.events] == [8]
    after = _made(changes.unlinked(record, LATER))
    assert (after.unlink, after.credentials_sealed, after.code_requests) == (False, None, 1)
    assert changes.unlinked(after, LATER) is None


def test_a_removal_is_never_taken_back() -> None:
    leaving = build_linked(desired=Desired.REMOVED)
    assert changes.wanted(leaving, NOW, Desired.STOPPED) is None
    assert changes.wanted(leaving, NOW, Desired.REMOVED) is None
    assert _made(changes.wanted(build_linked(), NOW, Desired.REMOVED)).needs_owner_at == NOW


@pytest.mark.parametrize("state", sorted(WhatsappState))
def test_exactly_the_rows_with_work_need_an_owner(state: WhatsappState) -> None:
    assert changes.needs_owner_at(build_record(state, desired=Desired.REMOVED), NOW) == NOW
    stopping = changes.needs_owner_at(build_record(state, desired=Desired.STOPPED), NOW)
    assert stopping == (None if state is W.STOPPED else NOW)
    running = changes.needs_owner_at(build_record(state), NOW)
    assert running == (None if state in RESTING_STATES else NOW)


def test_a_ban_needs_an_owner_when_it_is_over() -> None:
    banned = build_linked(W.TEMP_BANNED, banned_until=LATER)
    assert changes.needs_owner_at(banned, NOW) == LATER
    assert changes.needs_owner_at(replace(banned, credentials_sealed=None), NOW) is None


def test_adopting_a_linked_session_brings_it_back() -> None:
    change = changes.adopted(build_linked(), LATER)
    assert _made(change).state is W.RECONNECTING
    assert _made(changes.adopted(build_linked(W.STARTING), LATER)).state is W.RECONNECTING


def test_adopting_a_session_on_its_way_to_the_login_keeps_it_there() -> None:
    change = changes.adopted(build_record(W.LINKING, credentials_sealed=b"c"), LATER)
    assert change is not None
    assert (change.record.state, change.events) == (W.LINKING, ())


def test_adopting_a_pairing_wipes_what_died_and_asks_again_for_a_code_that_held() -> None:
    record = _made(changes.adopted(_shown(), LATER))
    assert (record.state, record.qr_sealed, record.code_sealed) == (W.STARTING, None, None)
    assert (record.code_requests, record.code_answers, record.code_phone_sealed) == (1, 0, b"phone")
    expired = _made(changes.adopted(_shown(code_expires_at=LATER), LATER))
    assert (expired.code_requests, expired.code_answers) == (1, 1)


def test_adopting_a_pairing_whose_window_is_over_ends_it() -> None:
    late = NOW + timedelta(seconds=PAIRING_WINDOW_S)
    assert _made(changes.adopted(_shown(), late)).state is W.PAIRING_EXPIRED
    assert _made(changes.adopted(build_record(pairing_started_at=None), NOW)).state is W.PAIRING_EXPIRED


def test_there_is_nothing_to_adopt_where_no_engine_was_started_or_wanted() -> None:
    assert changes.adopted(build_record(generation=4), LATER) is None
    assert changes.adopted(build_linked(desired=Desired.STOPPED), LATER) is None
    assert changes.adopted(build_linked(W.REPLACED), LATER) is None


def test_adopting_an_interrupted_relink_goes_on_with_it() -> None:
    record = _made(changes.adopted(build_linked(W.STARTING, unlink=True), LATER))
    assert (record.state, record.unlink) == (W.STARTING, True)


def test_an_engine_takes_the_generation_asked_for_or_the_next() -> None:
    asked = _made(changes.engine_starts(build_record(generation=4), NOW))
    assert (asked.generation, asked.engine_generation) == (4, 4)
    again = _made(changes.engine_starts(build_record(), NOW))
    assert (again.generation, again.engine_generation) == (4, 4)


def test_no_engine_starts_for_what_is_not_wanted_to_run() -> None:
    assert changes.engine_starts(build_record(desired=Desired.STOPPED), NOW) is None
    assert changes.engine_starts(build_record(W.FAILED), NOW) is None
    assert changes.engine_starts(build_record(unlink=True), NOW) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (build_linked(), W.RECONNECTING),
        (_shown(), W.STARTING),
        (build_record(W.AWAITING_PASSKEY), W.STARTING),
    ],
)
def test_a_session_whose_engine_only_starts_claims_nothing_else(
    before: SessionRecord, after: WhatsappState
) -> None:
    record = _made(changes.engine_starts(before, NOW))
    assert (record.state, record.qr_sealed, record.code_sealed) == (after, None, None)


def test_qrs_are_numbered_within_their_socket() -> None:
    first = _made(changes.qr_shown(build_record(error="internal"), NOW, b"one", 60))
    assert (first.state, first.qr_seq, first.error) == (W.PAIRING, 1, None)
    assert first.qr_expires_at == NOW + timedelta(seconds=60)
    second = _made(changes.qr_shown(first, LATER, b"two", 20))
    assert (second.qr_seq, second.qr_sealed) == (2, b"two")
    assert second.since == NOW


def test_events_hold_no_secret() -> None:
    shown = changes.qr_shown(build_record(), NOW, b"QR-SECRET", 60)
    issued = changes.code_issued(_shown(code_requests=2), NOW, 2, b"CODE-SECRET", 100)
    linked = changes.paired(_shown(), NOW, LINK)
    assert issued is not None
    told = repr([change.events for change in (shown, issued, linked)])
    assert not [secret for secret in ("SECRET", "credentials", "account'") if secret in told]


def test_only_the_newest_request_is_answered() -> None:
    record = _shown(code_requests=2)
    issued = _made(changes.code_issued(record, NOW, 2, b"new", 100))
    assert (issued.code_answers, issued.code_sealed) == (2, b"new")
    assert changes.code_issued(issued, NOW, 2, b"late", 100) is None
    assert changes.code_refused(issued, NOW, 2, SessionFault.INTERNAL) is None
    assert changes.code_issued(build_record(W.LINKING, code_requests=1), NOW, 1, b"late", 100) is None


def test_a_refused_request_leaves_an_earlier_code_on_show() -> None:
    record = _made(changes.code_refused(_shown(code_requests=2), NOW, 2, SessionFault.RATE_LIMITED))
    assert (record.code_error, record.code_answers, record.code_sealed) == ("rate_limited", 2, b"code")


def test_only_what_has_expired_is_wiped() -> None:
    assert changes.tickets_expired(_shown(), NOW) is None
    record = _made(changes.tickets_expired(_shown(), LATER))
    assert (record.qr_sealed, record.qr_expires_at, record.code_sealed) == (None, None, b"code")
    assert _made(changes.tickets_expired(_shown(), NOW + timedelta(seconds=150))).code_sealed is None


def test_pairing_wipes_every_secret_of_it() -> None:
    record = _made(changes.paired(_shown(code_requests=2), NOW, LINK))
    assert (record.qr_sealed, record.code_sealed, record.code_phone_sealed) == (None, None, None)
    assert (record.code_answers, record.code_error) == (2, "not_pairing"), "whoever still waits is told"
    assert (record.credentials_sealed, record.linked_at) == (b"credentials", None)


def test_the_first_login_is_remembered() -> None:
    linking = build_record(W.LINKING, credentials_sealed=b"c")
    first = changes.opened(linking, NOW, b"account", "+7")
    assert (first.record.linked_at, first.events[-1].data["resumed"]) == (NOW, False)
    again = changes.opened(replace(first.record, state=W.RECONNECTING), LATER, b"account", "+7")
    assert (again.record.linked_at, again.events[-1].data["resumed"]) == (NOW, True)


@pytest.mark.parametrize("state", [W.PAIRING, W.CONNECTED, W.REPLACED, W.LOGGED_OUT])
def test_a_login_out_of_place_is_a_defect(state: WhatsappState) -> None:
    with pytest.raises(IllegalSessionMoveError):
        changes.opened(build_linked(state), NOW, b"account", "+7")


def test_a_lost_connection_is_told_with_the_next_try() -> None:
    change = changes.connection_lost(build_linked(), NOW, SessionFault.ENGINE_CRASHED, attempt=2, delay_s=5)
    assert change is not None
    data = change.events[-1].data
    assert (data["cause"], data["attempt"]) == ("engine_crashed", 2)
    assert data["next_at"] == (NOW + timedelta(seconds=5)).isoformat()


def test_used_up_codes_bring_a_new_socket_while_the_window_is_open() -> None:
    record = _made(changes.codes_used_up(_shown(code_expires_at=LATER), LATER))
    assert (record.state, record.qr_seq, record.qr_sealed) == (W.STARTING, 0, None)
    assert record.code_requests == record.code_answers, "a code that lived its time is not asked for again"
    over = NOW + timedelta(seconds=PAIRING_WINDOW_S)
    assert _made(changes.codes_used_up(_shown(), over)).state is W.PAIRING_EXPIRED


@pytest.mark.parametrize("cause", [CloseCause.REPLACED, CloseCause.LOGGED_OUT, CloseCause.MAIN_DEVICE_GONE])
def test_an_ended_session_keeps_its_credentials_until_it_is_started_anew(cause: CloseCause) -> None:
    # I-51: nothing is deleted because of what the other side says.
    before = build_linked(W.RECONNECTING)
    record = changes.ended(before, NOW, cause, None, "1").record
    assert (record.credentials_sealed, record.needs_owner_at) == (b"c", None)


def test_a_restricted_account_is_told_from_an_unlinked_one() -> None:
    record = changes.ended(build_linked(W.RECONNECTING), NOW, CloseCause.MAIN_DEVICE_GONE, None, "1").record
    assert (record.state, record.error) == (W.LOGGED_OUT, "account_restricted")


def test_what_rests_answers_those_who_wait_for_a_code() -> None:
    waiting = build_record(W.PAIRING, code_requests=1, code_phone_sealed=b"phone")
    failed = _made(changes.failed(waiting, NOW, SessionFault.ENGINE_CRASHED, retryable=True))
    assert (failed.code_answers, failed.code_error, failed.code_phone_sealed) == (1, "engine_crashed", None)
    assert changes.failed(failed, NOW, SessionFault.INTERNAL, retryable=True) is None
    assert changes.pairing_expired(failed, NOW, SessionFault.PAIRING_EXPIRED) is None


def test_a_stop_is_done_once_and_only_when_wanted() -> None:
    record = _made(changes.stopped(_shown(desired=Desired.STOPPED), NOW))
    assert (record.state, record.qr_sealed, record.needs_owner_at) == (W.STOPPED, None, None)
    assert changes.stopped(record, NOW) is None
    assert changes.stopped(build_linked(), NOW) is None
    assert changes.is_stopping(_shown(desired=Desired.STOPPED))
    assert not changes.is_stopping(record)


def test_handing_over_wipes_what_dies_with_the_process() -> None:
    record = _made(changes.handed_over(_shown(), NOW))
    assert (record.state, record.qr_sealed, record.code_sealed) == (W.PAIRING, None, None)
    assert record.code_answers == 0
    assert changes.handed_over(record, NOW) is None


def test_a_restart_of_the_gateway_revives_what_it_may_have_mended() -> None:
    assert _made(changes.revived(build_linked(W.FAILED), NOW, engine_version="1")).state is W.STARTING
    assert changes.revived(build_linked(W.OUTDATED, engine_version="0"), NOW, engine_version="1") is not None
    assert changes.revived(build_linked(W.OUTDATED, engine_version="1"), NOW, engine_version="1") is None
    assert changes.revived(build_record(W.FAILED), NOW, engine_version="1") is None, "nobody waits for its QR"
    assert changes.revived(build_linked(W.FAILED, desired=Desired.STOPPED), NOW, engine_version="1") is None
    for state in RESTING_STATES - {W.FAILED, W.OUTDATED}:
        assert changes.revived(build_linked(state), NOW, engine_version="1") is None


def test_only_a_stopped_session_with_credentials_is_resumed() -> None:
    stopped = build_linked(W.STOPPED, desired=Desired.STOPPED)
    change = changes.resumed(stopped, NOW)
    assert change is not None
    assert change.events[-1].data["reason"] == StartReason.RESUME
    assert changes.resumed(replace(stopped, credentials_sealed=None), NOW) is None
    assert changes.resumed(build_linked(), NOW) is None

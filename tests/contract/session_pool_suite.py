"""What every session pool must do, whatever engine carries it.

To hold an adapter to it, subclass the suite and give it a `bench` fixture that satisfies `PoolBench`. Nothing here
knows more of a pool than its port.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from datetime import timedelta
from typing import cast

import pytest

from gateway.domain.errors import GatewayError
from gateway.domain.session_records import (
    Desired,
    ReceiptKind,
    SentMessage,
    SessionEvent,
    SessionSnapshot,
    StoredEvent,
)
from gateway.domain.sessions import PAIRING_STATES, RESTING_STATES, RUNNING_STATES, SessionFault
from gateway.whatsapp.pool import ReconcilingPool
from gateway.whatsapp.port import SessionPool
from shared.vocabulary import PairingMethod, PasskeyStage, WhatsappState, session_id_of
from tests.contract.session_pool_bench import PoolBench

W = WhatsappState
QR = PairingMethod.QR
CODE = PairingMethod.CODE

SALON = 101
OTHER = 202
PHONE = "79161234567"
OTHER_PHONE = "79167654321"
GUEST = "79990001122"


@pytest.fixture
async def pool(bench: PoolBench) -> SessionPool:
    """Return the pool of the first process."""
    return await bench.process("first")


# ---------------------------------------------------------------------------------------------- helpers


async def shown(bench: PoolBench, pool: SessionPool, salon: int = SALON) -> SessionSnapshot:
    """Begin to pair and return the session with its first QR."""
    await pool.ensure(salon, pairing=QR)
    return await bench.is_in(pool, salon, W.PAIRING)


async def connected(bench: PoolBench, pool: SessionPool, salon: int = SALON) -> SessionSnapshot:
    """Return a session linked by QR."""
    await shown(bench, pool, salon)
    await bench.phone.scan(salon)
    return await bench.is_in(pool, salon, W.CONNECTED)


async def owner_goes_on(
    bench: PoolBench, pool: SessionPool, salon: int = SALON, *, at_most_s: float = 60.0
) -> None:
    """Do what a person does who finds the page as it is after an interruption: ask again, scan, wait."""
    for _ in range(int(at_most_s / 0.25)):
        try:
            session = await pool.get(salon)
        except GatewayError:
            session = await pool.ensure(salon, pairing=QR)
        if session.is_connected and bench.phone.sockets(salon) == 1:
            return
        if session.state in RESTING_STATES:
            await pool.ensure(salon, pairing=QR)
        elif session.qr is not None:
            with suppress(GatewayError):
                await bench.phone.scan(salon)
        await bench.advance(0.25)
    raise AssertionError(f"not connected again: {await pool.get(salon)}")


async def events_of(pool: SessionPool, salon: int = SALON) -> list[SessionEvent]:
    """Return the whole story of a salon, checking that no number is missing in it.

    Events of messages carry the number of the step they follow.
    """
    told: list[SessionEvent] = []
    async with aclosing(pool.subscribe(after=0)) as events:  # type: ignore[type-var]
        step = asyncio.ensure_future(anext(events))
        while await _comes(step):
            told.append(step.result().event)
            step = asyncio.ensure_future(anext(events))
        step.cancel()
        await asyncio.wait({step})
    mine = [event for event in told if event.salon_id == salon]
    steps = [event.seq for event in mine if event.type.startswith("session.")]
    assert steps == list(range(1, len(steps) + 1))
    assert [event.seq for event in mine] == sorted(event.seq for event in mine)
    return mine


async def _await(task: asyncio.Future[SentMessage]) -> SentMessage:
    return await task


async def _comes(step: asyncio.Future[StoredEvent]) -> bool:
    for _ in range(20):
        await asyncio.sleep(0)
        if step.done():
            return True
    return False


async def types_of(pool: SessionPool, salon: int = SALON) -> list[str]:
    """Return the types of a salon's events."""
    return [event.type.removeprefix("session.") for event in await events_of(pool, salon)]


async def refused(doing: Awaitable[object]) -> GatewayError:
    """Return the refusal of what must be refused."""
    with pytest.raises(GatewayError) as caught:
        await doing
    return caught.value


class SessionPoolSuite:
    """The promises of `gateway.whatsapp.port`, and the incidents that taught them."""

    # ------------------------------------------------------------------------------ pairing by QR

    async def test_a_session_starts_at_once_and_shows_a_qr_soon(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        started = await pool.ensure(SALON, pairing=QR)
        assert (started.state, started.desired, started.generation) == (W.STARTING, Desired.RUNNING, 1)
        assert started.session_id == session_id_of(SALON)
        assert started.qr is None
        session = await bench.is_in(pool, SALON, W.PAIRING, at_most_s=5)
        assert session.qr is not None
        assert session.qr.seq == 1
        assert session.qr.expires_at - session.qr.issued_at == timedelta(seconds=60)
        assert await pool.current_qr(SALON) == session.qr
        assert session.method is QR
        assert session.pairing_until is not None

    async def test_qrs_follow_each_other_six_times_then_comes_a_new_socket(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        first = await shown(bench, pool)
        seen = []
        for lifetime_s in (60, 20, 20, 20, 20, 20):
            qr = await pool.current_qr(SALON)
            assert qr.expires_at - qr.issued_at == timedelta(seconds=lifetime_s)
            seen.append(qr)
            await bench.advance(lifetime_s)
        assert [qr.seq for qr in seen] == [1, 2, 3, 4, 5, 6]
        assert len({qr.text for qr in seen}) == 6
        again = await bench.is_in(pool, SALON, W.PAIRING, at_most_s=5)
        assert again.generation == first.generation + 1
        assert again.qr is not None
        assert again.qr.seq == 1
        assert bench.phone.sockets(SALON) == 1

    async def test_pairing_ends_when_its_window_is_over(self, bench: PoolBench, pool: SessionPool) -> None:
        await shown(bench, pool)
        session = await bench.is_in(pool, SALON, W.PAIRING_EXPIRED, at_most_s=350)
        assert session.generation == 2
        assert session.error == "pairing_expired"
        assert session.pairing_until is None
        assert bench.phone.sockets(SALON) == 0
        assert (await refused(pool.current_qr(SALON))).code == "not_pairing"
        await bench.advance(3600)
        assert (await pool.get(SALON)).state is W.PAIRING_EXPIRED
        assert (await pool.ensure(SALON, pairing=QR)).state is W.STARTING
        assert (await bench.is_in(pool, SALON, W.PAIRING)).generation == 3

    async def test_a_pairing_that_keeps_breaking_ends_with_its_window(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        for _ in range(200):
            await bench.advance(2)
            if (await pool.get(SALON)).state is W.PAIRING:
                await bench.phone.drop(SALON)
        session = await pool.get(SALON)
        assert (session.state, session.error) == (W.PAIRING_EXPIRED, "pairing_expired")
        assert bench.phone.sockets(SALON) == 0

    async def test_a_qr_is_never_shown_past_its_time_though_the_engine_hangs(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        await bench.phone.mute(SALON)
        await bench.advance(60)
        assert (await pool.get(SALON)).qr is None
        assert (await refused(pool.current_qr(SALON))).code == "qr_expired"
        session = await bench.until(
            pool, SALON, lambda s: s.generation == 2 and s.qr is not None, at_most_s=15
        )
        assert session.state is W.PAIRING
        assert bench.phone.sockets(SALON) == 1

    async def test_a_scan_leads_to_linking_and_only_the_login_to_connected(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        # I-65: the account is known at pair-success; that is not yet a connection.
        await shown(bench, pool)
        await bench.phone.scan(SALON)
        session = await pool.get(SALON)
        assert session.state is W.LINKING
        assert not session.is_connected
        assert (session.qr, session.pairing_code, session.pairing_until) == (None, None, None)
        session = await bench.is_in(pool, SALON, W.CONNECTED, at_most_s=5)
        assert session.is_connected
        assert session.phone_masked is not None
        assert re.fullmatch(r"\+7 \*\*\* \*\*\*-\d\d-\d\d", session.phone_masked)
        assert session.phone_masked.replace("-", "").endswith(bench.phone.phone_of(SALON)[-4:])
        assert await types_of(pool) == ["starting", "qr", "paired", "connected"]
        assert (await events_of(pool))[-1].data["resumed"] is False

    async def test_an_engine_says_by_itself_whether_it_can_send(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        owning = cast(ReconcilingPool, pool)
        await shown(bench, pool)
        assert not owning.conditions()[SALON].is_open
        assert owning.held() == (1, 1)
        await bench.phone.scan(SALON)
        await bench.is_in(pool, SALON, W.CONNECTED, at_most_s=5)
        assert owning.conditions()[SALON].is_open
        assert owning.held() == (1, 0)
        await bench.drive(pool.stop(SALON))
        await bench.advance(1)
        assert (owning.conditions(), owning.held()) == ({}, (0, 0))

    async def test_the_restart_after_pairing_is_immediate(self, bench: PoolBench, pool: SessionPool) -> None:
        # I-66: the 515 that follows pair-success is no failure and gets no back-off.
        await pool.ensure(SALON, pairing=CODE, phone=PHONE)
        await bench.until(pool, SALON, lambda s: s.pairing_code is not None)
        await bench.advance(2)
        await bench.phone.enter_code(SALON)
        session = await bench.is_in(pool, SALON, W.CONNECTED, at_most_s=0.9)
        assert session.generation in (1, 2), "some clients answer the 515 themselves, on the engine they have"
        assert bench.phone.sockets(SALON) == 1

    async def test_asking_again_never_disturbs_a_session(self, bench: PoolBench, pool: SessionPool) -> None:
        # I-10: a second tab, a reload, a poll: the session is not touched.
        session = await shown(bench, pool)
        for _ in range(100):
            await pool.ensure(SALON, pairing=QR)
        await bench.advance(30)
        again = await pool.get(SALON)
        assert (again.generation, again.qr) == (session.generation, session.qr)
        await bench.phone.scan(SALON)
        linked = await bench.is_in(pool, SALON, W.CONNECTED)
        for _ in range(100):
            await pool.ensure(SALON, pairing=QR)
        await bench.advance(60)
        assert await pool.get(SALON) == linked
        assert bench.phone.sockets(SALON) == 1

    async def test_a_rejected_pairing_fails_and_can_be_begun_again(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        await bench.phone.reject(SALON)
        session = await pool.get(SALON)
        assert (session.state, session.error) == (W.FAILED, "pairing_rejected")
        assert bench.phone.sockets(SALON) == 0
        await pool.ensure(SALON, pairing=QR)
        assert (await bench.is_in(pool, SALON, W.PAIRING)).error is None

    async def test_a_passkey_is_waited_for(self, bench: PoolBench, pool: SessionPool) -> None:
        await shown(bench, pool)
        await bench.phone.passkey(SALON)
        session = await pool.get(SALON)
        assert (session.state, session.qr) == (W.AWAITING_PASSKEY, None)
        assert session.passkey_stage is PasskeyStage.CHALLENGE
        assert session.passkey_until is not None
        await bench.phone.passkey(SALON)
        session = await bench.is_in(pool, SALON, W.CONNECTED)
        assert (session.passkey_stage, session.passkey_until) == (None, None)

    async def test_a_passkey_may_want_to_be_confirmed(self, bench: PoolBench, pool: SessionPool) -> None:
        await shown(bench, pool)
        await bench.phone.passkey(SALON)
        await bench.phone.passkey(SALON, PasskeyStage.CONFIRM)
        session = await pool.get(SALON)
        assert (session.state, session.passkey_stage) == (W.AWAITING_PASSKEY, PasskeyStage.CONFIRM)
        await bench.phone.passkey(SALON)
        await bench.is_in(pool, SALON, W.CONNECTED)
        asked = [event for event in await events_of(pool) if event.type == "session.passkey_required"]
        assert [event.data["stage"] for event in asked] == ["challenge", "confirm"]

    async def test_a_passkey_that_never_comes_ends_the_pairing(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        await bench.phone.passkey(SALON)
        session = await bench.is_in(pool, SALON, W.PAIRING_EXPIRED, at_most_s=61)
        assert session.error == "passkey_required"
        assert bench.phone.sockets(SALON) == 0

    # ------------------------------------------------------------------------------ pairing by code

    async def test_a_session_can_begin_with_a_code(self, bench: PoolBench, pool: SessionPool) -> None:
        session = await pool.ensure(SALON, pairing=CODE, phone="+7 (916) 123-45-67")
        assert (session.state, session.method) == (W.STARTING, CODE)
        session = await bench.until(pool, SALON, lambda s: s.pairing_code is not None, at_most_s=5)
        code = session.pairing_code
        assert code is not None
        assert re.fullmatch(r"[1-9A-HJ-NP-TV-Z]{4}-[1-9A-HJ-NP-TV-Z]{4}", code.code)
        assert code.phone_masked == "+7 *** ***-45-67"
        assert code.expires_at - code.issued_at <= timedelta(seconds=160)
        assert code.expires_at - code.issued_at >= timedelta(seconds=150)
        assert session.qr is not None, "the QR of the same socket stays good"
        await bench.phone.enter_code(SALON, code.code)
        session = await bench.is_in(pool, SALON, W.CONNECTED)
        assert session.phone_masked == code.phone_masked
        assert await types_of(pool) == ["starting", "qr", "pairing_code", "paired", "connected"]

    async def test_a_code_asked_for_before_the_first_qr_is_waited_for(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        # I-61: engines refuse a code before they have shown a QR.
        await pool.ensure(SALON, pairing=QR)
        code = await bench.drive(pool.request_pairing_code(SALON, PHONE), at_most_s=5)
        session = await pool.get(SALON)
        assert session.pairing_code == code
        assert (session.generation, session.method) == (1, CODE)

    async def test_new_qrs_leave_a_valid_code_alone(self, bench: PoolBench, pool: SessionPool) -> None:
        # I-64: the QR goes on changing; the code on the owner's screen must not die of it.
        await shown(bench, pool)
        code = await bench.drive(pool.request_pairing_code(SALON, PHONE))
        for _ in range(5):
            await pool.ensure(SALON, pairing=QR)
            await bench.advance(20)
        session = await pool.get(SALON)
        assert session.pairing_code == code
        assert session.generation == 1
        await bench.phone.enter_code(SALON, code.code)
        await bench.is_in(pool, SALON, W.CONNECTED)

    async def test_a_code_ends_with_its_socket(self, bench: PoolBench, pool: SessionPool) -> None:
        await shown(bench, pool)
        code = await bench.drive(pool.request_pairing_code(SALON, PHONE))
        await bench.advance(160)
        session = await bench.is_in(pool, SALON, W.PAIRING)
        assert session.generation == 2
        assert session.pairing_code is None
        assert (await refused(bench.phone.enter_code(SALON, code.code))).code == "not_pairing"

    async def test_a_code_asked_for_late_gets_a_fresh_socket(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        await bench.advance(140)
        code = await bench.drive(pool.request_pairing_code(SALON, PHONE), at_most_s=5)
        assert code.expires_at - code.issued_at > timedelta(seconds=60)
        assert (await pool.get(SALON)).generation == 2

    async def test_the_same_phone_gets_the_same_code_for_a_minute(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        code = await bench.drive(pool.request_pairing_code(SALON, PHONE))
        await bench.advance(30)
        assert await bench.drive(pool.request_pairing_code(SALON, "8 916 123-45-67")) == code
        await pool.ensure(SALON, pairing=CODE, phone=PHONE)
        assert (await pool.get(SALON)).pairing_code == code
        await bench.advance(31)
        newer = await bench.drive(pool.request_pairing_code(SALON, PHONE))
        assert newer.code != code.code

    async def test_another_phone_within_a_minute_has_to_wait(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        code = await bench.drive(pool.request_pairing_code(SALON, PHONE))
        await bench.advance(20)
        error = await refused(pool.request_pairing_code(SALON, OTHER_PHONE))
        assert error.code == "rate_limited"
        assert 39 <= int(error.params["retry_after"]) <= 41
        assert (await refused(pool.ensure(SALON, pairing=CODE, phone=OTHER_PHONE))).code == "rate_limited"
        assert (await pool.get(SALON)).pairing_code == code

    async def test_five_codes_an_hour_are_the_limit_even_across_a_restart(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        for _ in range(5):
            await bench.drive(pool.request_pairing_code(SALON, PHONE))
            await bench.advance(61)
        assert (await refused(pool.request_pairing_code(SALON, OTHER_PHONE))).code == "rate_limited"
        await bench.kill("first")
        second = await bench.process("second")
        await bench.is_in(second, SALON, W.PAIRING)
        error = await refused(second.request_pairing_code(SALON, OTHER_PHONE))
        assert error.code == "rate_limited"
        assert int(error.params["retry_after"]) > 3000
        await bench.advance(3600)
        await second.ensure(SALON, pairing=CODE, phone=PHONE)
        await bench.until(second, SALON, lambda s: s.pairing_code is not None)

    async def test_a_wrong_code_changes_nothing(self, bench: PoolBench, pool: SessionPool) -> None:
        await shown(bench, pool)
        code = await bench.drive(pool.request_pairing_code(SALON, PHONE))
        error = await refused(bench.phone.enter_code(SALON, "ZZZZ-9999"))
        assert error.code == "pairing_rejected"
        assert (await pool.get(SALON)).pairing_code == code

    async def test_codes_are_only_for_sessions_that_pair(self, bench: PoolBench, pool: SessionPool) -> None:
        assert (await refused(pool.request_pairing_code(SALON, PHONE))).code == "session_not_found"
        await connected(bench, pool)
        assert (await refused(pool.request_pairing_code(SALON, PHONE))).code == "not_pairing"

    @pytest.mark.parametrize("phone", [None, "", "123", "not a phone", "+0 000 000-00-00", "7" * 70])
    async def test_what_is_no_phone_gets_no_code(
        self, bench: PoolBench, pool: SessionPool, phone: str | None
    ) -> None:
        assert (await refused(pool.ensure(SALON, pairing=CODE, phone=phone))).code == "invalid_phone"
        assert await pool.list() == []

    # ------------------------------------------------------------------------------ a life after linking

    async def test_a_lost_connection_comes_back_by_itself(self, bench: PoolBench, pool: SessionPool) -> None:
        before = await connected(bench, pool)
        await bench.phone.drop(SALON, seconds=3)
        session = await pool.get(SALON)
        assert (session.state, session.error) == (W.RECONNECTING, "network_unreachable")
        session = await bench.is_in(pool, SALON, W.CONNECTED, at_most_s=10)
        assert (session.error, session.linked_at) == (None, before.linked_at)
        assert bench.phone.sockets(SALON) == 1
        last = (await events_of(pool))[-1]
        assert (last.type, last.data["resumed"]) == ("session.connected", True)

    async def test_a_crashed_engine_is_replaced_after_a_moment(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        before = await connected(bench, pool)
        await bench.phone.crash(SALON)
        session = await pool.get(SALON)
        assert (session.state, session.error) == (W.RECONNECTING, "engine_crashed")
        session = await bench.is_in(pool, SALON, W.CONNECTED, at_most_s=5)
        assert session.generation == before.generation + 1
        assert session.linked_at == before.linked_at

    async def test_an_engine_that_keeps_crashing_is_given_up(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        crashes = 0
        while (await bench.is_in(pool, SALON, W.CONNECTED, W.FAILED, at_most_s=400)).state is W.CONNECTED:
            await bench.phone.crash(SALON)
            crashes += 1
            assert crashes <= 10
        session = await pool.get(SALON)
        assert (crashes, session.error) == (10, "engine_crashed")
        assert bench.phone.sockets(SALON) == 0
        await pool.restart(SALON)
        await bench.is_in(pool, SALON, W.CONNECTED)

    async def test_a_crash_while_pairing_brings_a_new_qr(self, bench: PoolBench, pool: SessionPool) -> None:
        first = await shown(bench, pool)
        await bench.phone.crash(SALON)
        assert (await pool.get(SALON)).state is W.STARTING
        session = await bench.is_in(pool, SALON, W.PAIRING, at_most_s=5)
        assert session.generation == first.generation + 1

    async def test_a_crash_brings_a_new_code_for_the_one_that_died(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        code = await bench.drive(pool.request_pairing_code(SALON, PHONE))
        await bench.phone.crash(SALON)
        assert (await pool.get(SALON)).pairing_code is None
        session = await bench.until(pool, SALON, lambda s: s.pairing_code is not None, at_most_s=5)
        assert session.pairing_code is not None
        assert session.pairing_code.code != code.code
        await bench.phone.enter_code(SALON, session.pairing_code.code)
        await bench.is_in(pool, SALON, W.CONNECTED)

    async def test_a_replaced_session_never_fights_back(self, bench: PoolBench, pool: SessionPool) -> None:
        # I-50: whoever reconnects after 440 starts an endless loop.
        before = await connected(bench, pool)
        await bench.phone.replace(SALON)
        session = await pool.get(SALON)
        assert (session.state, session.error) == (W.REPLACED, "connection_replaced")
        await bench.advance(3600)
        await bench.kill("first")
        second = await bench.process("second")
        await bench.advance(60)
        session = await second.get(SALON)
        assert (session.state, session.generation) == (W.REPLACED, before.generation)
        assert bench.phone.sockets(SALON) == 0
        await second.ensure(SALON, pairing=QR)
        session = await bench.is_in(second, SALON, W.PAIRING, W.CONNECTED)
        assert session.state is W.CONNECTED, "its credentials are still good: no QR is needed"

    async def test_a_session_unlinked_on_the_phone_rests_until_it_is_paired_anew(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        await bench.phone.unlink(SALON)
        session = await pool.get(SALON)
        assert (session.state, session.error) == (W.LOGGED_OUT, "logged_out")
        await bench.advance(3600)
        assert (await pool.get(SALON)).state is W.LOGGED_OUT
        assert bench.phone.sockets(SALON) == 0
        session = await shown(bench, pool)
        assert session.phone_masked is None
        await bench.phone.scan(SALON, OTHER_PHONE)
        session = await bench.is_in(pool, SALON, W.CONNECTED)
        assert session.phone_masked == "+7 *** ***-43-21"
        assert (await events_of(pool))[-1].data["resumed"] is False

    async def test_a_temporary_ban_is_sat_out(self, bench: PoolBench, pool: SessionPool) -> None:
        before = await connected(bench, pool)
        await bench.phone.ban(SALON, 600)
        session = await bench.is_in(pool, SALON, W.TEMP_BANNED)
        assert session.error == "temp_banned"
        assert session.banned_until is not None
        assert (
            timedelta(0)
            <= timedelta(seconds=600) - (session.banned_until - session.since)
            < timedelta(seconds=1)
        )
        assert (await pool.ensure(SALON, pairing=QR)).state is W.TEMP_BANNED
        assert (await refused(pool.restart(SALON))).code == "temp_banned"
        await bench.advance(590)
        assert (await pool.get(SALON)).generation == before.generation
        session = await bench.is_in(pool, SALON, W.CONNECTED, at_most_s=30)
        assert session.banned_until is None

    async def test_an_outdated_client_is_not_tried_again(self, bench: PoolBench, pool: SessionPool) -> None:
        before = await connected(bench, pool)
        await bench.phone.outdated(SALON)
        session = await bench.is_in(pool, SALON, W.OUTDATED)
        assert session.error == "client_outdated"
        assert (await pool.ensure(SALON, pairing=QR)).state is W.OUTDATED
        assert (await refused(pool.restart(SALON))).code == "client_outdated"
        await bench.advance(3600)
        assert (await pool.get(SALON)).generation == before.generation
        await pool.restart(SALON, force=True)
        assert (await bench.is_in(pool, SALON, W.OUTDATED)).generation == before.generation + 1

    async def test_another_client_version_brings_outdated_sessions_back(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        await bench.phone.outdated(SALON)
        await bench.is_in(pool, SALON, W.OUTDATED)
        await bench.phone.upgrade(SALON)
        await bench.kill("first")
        second = await bench.process("second")
        await bench.is_in(second, SALON, W.CONNECTED)

    async def test_without_network_a_new_session_gives_up_and_says_why(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await bench.phone.offline(SALON)
        await pool.ensure(SALON, pairing=QR)
        session = await bench.is_in(pool, SALON, W.FAILED, at_most_s=30)
        assert session.error == "network_unreachable"
        assert session.generation == 3
        await bench.phone.online(SALON)
        await pool.ensure(SALON, pairing=QR)
        await bench.is_in(pool, SALON, W.PAIRING)

    async def test_without_network_a_linked_session_keeps_trying(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        await bench.phone.offline(SALON)
        await bench.phone.crash(SALON)
        await bench.advance(1800)
        session = await pool.get(SALON)
        assert (session.state, session.error) == (W.RECONNECTING, "network_unreachable")
        assert session.generation < 30, "with growing pauses"
        await bench.phone.online(SALON)
        await bench.is_in(pool, SALON, W.CONNECTED, at_most_s=400)

    async def test_a_login_that_never_ends_is_given_up(self, bench: PoolBench, pool: SessionPool) -> None:
        await shown(bench, pool)
        await bench.phone.scan(SALON)
        await bench.phone.mute(SALON)
        session = await bench.is_in(pool, SALON, W.FAILED, at_most_s=62)
        assert session.error == "upstream_timeout"
        assert bench.phone.sockets(SALON) == 0
        await pool.restart(SALON)
        await bench.is_in(pool, SALON, W.CONNECTED)

    # ------------------------------------------------------------------------------ stop, resume, restart, relink

    async def test_stopping_keeps_the_credentials(self, bench: PoolBench, pool: SessionPool) -> None:
        await connected(bench, pool)
        session = await bench.drive(pool.stop(SALON))
        assert session is not None
        assert (session.state, session.desired) == (W.STOPPED, Desired.STOPPED)
        assert bench.phone.sockets(SALON) == 0
        assert await bench.drive(pool.stop(SALON)) == session
        # I-10: the engine reported its own end while it was stopped; nothing may come of that.
        await bench.advance(3600)
        assert await pool.get(SALON) == session
        resumed = await pool.resume(SALON)
        assert resumed is not None
        session = await bench.is_in(pool, SALON, W.CONNECTED, W.PAIRING)
        assert session.state is W.CONNECTED
        assert "qr" not in (await types_of(pool))[5:]

    async def test_stopping_and_resuming_what_is_not_there_is_no_error(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        assert await pool.stop(SALON) is None
        assert await pool.resume(SALON) is None

    async def test_only_a_stopped_session_with_credentials_is_resumed(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        assert (await pool.resume(SALON)) == await pool.get(SALON)
        await bench.drive(pool.stop(SALON))
        session = await pool.resume(SALON)
        assert session is not None
        assert session.state is W.STOPPED
        await connected(bench, pool, OTHER)
        await bench.phone.replace(OTHER)
        session = await pool.resume(OTHER)
        assert session is not None
        assert session.state is W.REPLACED

    async def test_a_stopped_session_starts_again_when_it_is_wanted(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        await bench.drive(pool.stop(SALON))
        assert (await pool.get(SALON)).qr is None
        session = await shown(bench, pool)
        assert session.generation == 2

    async def test_restarting_starts_one_new_engine(self, bench: PoolBench, pool: SessionPool) -> None:
        before = await connected(bench, pool)
        session = await pool.restart(SALON)
        assert (session.state, session.generation) == (W.STARTING, before.generation + 1)
        session = await bench.is_in(pool, SALON, W.CONNECTED)
        assert session.generation == before.generation + 1
        await bench.advance(60)
        assert await pool.get(SALON) == session
        assert bench.phone.sockets(SALON) == 1
        assert (await refused(pool.restart(OTHER))).code == "session_not_found"

    async def test_relinking_takes_the_old_phone_off_and_pairs_anew(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        before = await connected(bench, pool)
        session = await pool.relink(SALON)
        assert session.state is W.STARTING
        session = await bench.is_in(pool, SALON, W.PAIRING)
        assert session.phone_masked is None
        assert session.generation == before.generation + 1
        assert bench.phone.sockets(SALON) == 1
        await bench.phone.scan(SALON, OTHER_PHONE)
        session = await bench.is_in(pool, SALON, W.CONNECTED)
        assert session.phone_masked == "+7 *** ***-43-21"
        assert (await refused(pool.relink(OTHER))).code == "session_not_found"

    async def test_relinking_by_code_asks_for_one(self, bench: PoolBench, pool: SessionPool) -> None:
        await connected(bench, pool)
        await bench.phone.replace(SALON)
        await pool.relink(SALON, pairing=CODE, phone=OTHER_PHONE)
        session = await bench.until(pool, SALON, lambda s: s.pairing_code is not None)
        assert session.method is CODE
        await bench.phone.enter_code(SALON)
        assert (await bench.is_in(pool, SALON, W.CONNECTED)).phone_masked == "+7 *** ***-43-21"

    async def test_another_phone_than_before_is_asked_about_and_nothing_is_lost(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        before = await connected(bench, pool)
        await pool.relink(SALON)
        await bench.is_in(pool, SALON, W.PAIRING)
        await bench.phone.scan(SALON, OTHER_PHONE)
        session = await bench.is_in(pool, SALON, W.CONNECTED)
        assert session.expected_phone_masked == before.phone_masked != session.phone_masked
        told = next(event for event in await events_of(pool) if event.type == "session.phone_changed")
        assert told.data == {"phone": session.phone_masked, "earlier": before.phone_masked}
        kept = await pool.confirm_phone(SALON)
        assert (kept.expected_phone_masked, kept.phone_masked) == (None, session.phone_masked)
        assert kept.generation == session.generation
        assert await types_of(pool) == [*(await types_of(pool))[:-1], "phone_confirmed"]
        assert await pool.confirm_phone(SALON) == kept
        assert (await refused(pool.confirm_phone(OTHER))).code == "session_not_found"

    async def test_going_back_to_the_phone_of_before_settles_the_question(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        before = await connected(bench, pool)
        for phone in (OTHER_PHONE, GUEST, None):
            await pool.relink(SALON)
            await bench.is_in(pool, SALON, W.PAIRING)
            await bench.phone.scan(SALON, phone)
            session = await bench.is_in(pool, SALON, W.CONNECTED)
            assert session.expected_phone_masked == (before.phone_masked if phone else None)

    async def test_a_phone_unlinked_and_linked_again_is_no_question(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        await bench.phone.unlink(SALON)
        await bench.is_in(pool, SALON, W.LOGGED_OUT)
        session = await connected(bench, pool)
        assert session.expected_phone_masked is None

    async def test_another_phone_than_the_one_typed_is_asked_about(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await pool.ensure(SALON, pairing=CODE, phone=PHONE)
        await bench.until(pool, SALON, lambda s: s.pairing_code is not None)
        await bench.phone.scan(SALON, OTHER_PHONE)
        session = await bench.is_in(pool, SALON, W.CONNECTED)
        assert session.expected_phone_masked == "+7 *** ***-45-67"

    # ------------------------------------------------------------------------------ removal

    async def test_removing_a_connected_session_unlinks_it_and_leaves_nothing(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        removal = await bench.drive(pool.remove(SALON))
        assert removal.unlinked
        assert (await refused(pool.get(SALON))).code == "session_not_found"
        assert await pool.list() == []
        assert bench.phone.sockets(SALON) == 0
        last = (await events_of(pool))[-1]
        assert (last.type, last.data["unlinked"]) == ("session.removed", True)
        assert (await bench.drive(pool.remove(SALON))).unlinked
        await bench.advance(3600)
        assert await pool.list() == []

    @pytest.mark.expects_log("unlink_failed")
    async def test_removing_tells_when_the_phone_still_lists_us(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        await bench.drive(pool.stop(SALON))
        assert not (await bench.drive(pool.remove(SALON))).unlinked
        await connected(bench, pool, OTHER)
        await bench.phone.mute(OTHER)
        assert not (await bench.drive(pool.remove(OTHER))).unlinked
        assert await pool.list() == []

    @pytest.mark.parametrize("state", sorted(WhatsappState))
    async def test_removal_works_from_every_state(
        self, bench: PoolBench, pool: SessionPool, state: WhatsappState
    ) -> None:
        await _bring_to(bench, pool, state)
        assert (await pool.get(SALON)).state is state
        await bench.drive(pool.remove(SALON))
        assert await pool.list() == []
        assert bench.phone.sockets(SALON) == 0
        story = await types_of(pool)
        assert story[-1] == "removed"
        await bench.advance(400)
        assert await pool.list() == []
        assert await types_of(pool) == story

    @pytest.mark.parametrize("state", sorted(WhatsappState))
    async def test_stopping_works_from_every_state(
        self, bench: PoolBench, pool: SessionPool, state: WhatsappState
    ) -> None:
        await _bring_to(bench, pool, state)
        session = await bench.drive(pool.stop(SALON))
        assert session is not None
        assert (session.state, session.qr, session.pairing_code) == (W.STOPPED, None, None)
        assert bench.phone.sockets(SALON) == 0

    @pytest.mark.parametrize("state", sorted(WhatsappState))
    async def test_what_a_state_does_not_allow_is_refused_and_changes_nothing(
        self, bench: PoolBench, pool: SessionPool, state: WhatsappState
    ) -> None:
        await _bring_to(bench, pool, state)
        before = await pool.get(SALON)
        if state is not W.PAIRING:
            assert (await refused(pool.current_qr(SALON))).code == "not_pairing"
        if state not in PAIRING_STATES:  # there it is waited for
            assert (await refused(pool.request_pairing_code(SALON, PHONE))).code == "not_pairing"
        if state is not W.CONNECTED:
            sending = pool.send_text(SALON, GUEST, "hello", client_ref="a")
            assert (await refused(sending)).code == "whatsapp_not_connected"
        if state is not W.STOPPED:
            assert await pool.resume(SALON) == before
        assert [session.state for session in await pool.list()] == [state]
        assert await pool.get(SALON) == before

    @pytest.mark.parametrize("state", sorted(WhatsappState))
    async def test_wanting_a_session_is_safe_in_every_state(
        self, bench: PoolBench, pool: SessionPool, state: WhatsappState
    ) -> None:
        await _bring_to(bench, pool, state)
        before = await pool.get(SALON)
        session = await pool.ensure(SALON, pairing=QR)
        if state in RESTING_STATES - {W.TEMP_BANNED, W.OUTDATED}:
            assert (session.state, session.generation) == (W.STARTING, before.generation + 1)
        else:
            assert session == before
        await bench.advance(1)
        assert bench.phone.sockets(SALON) <= 1

    @pytest.mark.parametrize("state", sorted(WhatsappState))
    async def test_restarting_works_from_every_state_but_two(
        self, bench: PoolBench, pool: SessionPool, state: WhatsappState
    ) -> None:
        await _bring_to(bench, pool, state)
        before = await pool.get(SALON)
        refusals = {W.TEMP_BANNED: "temp_banned", W.OUTDATED: "client_outdated"}
        if state in refusals:
            assert (await refused(pool.restart(SALON))).code == refusals[state]
            assert await pool.get(SALON) == before
            return
        session = await pool.restart(SALON)
        assert (session.state, session.generation) == (W.STARTING, before.generation + 1)
        await bench.advance(1)
        assert bench.phone.sockets(SALON) == 1

    @pytest.mark.parametrize("state", sorted(set(WhatsappState) - {W.OUTDATED}))
    async def test_relinking_works_from_every_state(
        self, bench: PoolBench, pool: SessionPool, state: WhatsappState
    ) -> None:
        await _bring_to(bench, pool, state)
        assert (await pool.relink(SALON)).state is W.STARTING
        session = await bench.is_in(pool, SALON, W.PAIRING)
        assert (session.phone_masked, session.linked_at) == (None, None)
        assert bench.phone.sockets(SALON) == 1

    async def test_a_salon_that_comes_back_goes_on_counting(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        before = await connected(bench, pool)
        await bench.drive(pool.remove(SALON))
        session = await shown(bench, pool)
        assert session.generation == before.generation + 1
        assert (session.phone_masked, session.linked_at) == (None, None)
        await bench.phone.scan(SALON)
        await bench.is_in(pool, SALON, W.CONNECTED)
        await events_of(pool)  # checks that the numbers go on without a gap

    # ------------------------------------------------------------------------------ messages

    async def test_a_message_is_sent_once_for_its_reference(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        sent = await bench.drive(pool.send_text(SALON, "+7 999 000-11-22", "До встречи!", client_ref="a"))
        again = await bench.drive(pool.send_text(SALON, GUEST, "До встречи!", client_ref="a"))
        assert again == sent
        other = await bench.drive(pool.send_text(SALON, GUEST, "До встречи!", client_ref="b"))
        assert other.message_id != sent.message_id
        assert bench.phone.received(SALON) == [(GUEST, "До встречи!")] * 2

    async def test_many_messages_keep_their_order(self, bench: PoolBench, pool: SessionPool) -> None:
        await connected(bench, pool)

        async def all_of_them() -> None:
            await asyncio.gather(
                *(pool.send_text(SALON, GUEST, f"text {n}", client_ref=f"{n:03}") for n in range(30))
            )

        await bench.drive(all_of_them())
        assert [text for _, text in bench.phone.received(SALON)] == [f"text {n}" for n in range(30)]

    async def test_a_connection_that_came_back_sends_each_message_once(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        for _ in range(3):
            await bench.phone.drop(SALON)
            await bench.is_in(pool, SALON, W.CONNECTED)

        async def all_of_them() -> None:
            await asyncio.gather(
                *(pool.send_text(SALON, GUEST, f"text {n}", client_ref=f"{n:03}") for n in range(10))
            )

        await bench.drive(all_of_them())
        assert [text for _, text in bench.phone.received(SALON)] == [f"text {n}" for n in range(10)]

    async def test_nothing_is_sent_without_a_connection(self, bench: PoolBench, pool: SessionPool) -> None:
        assert (await refused(pool.send_text(SALON, GUEST, "x", client_ref="a"))).code == "session_not_found"
        await shown(bench, pool)
        assert (
            await refused(pool.send_text(SALON, GUEST, "x", client_ref="a"))
        ).code == "whatsapp_not_connected"
        assert (await refused(pool.send_text(SALON, "nobody", "x", client_ref="a"))).code == "invalid_phone"
        await bench.phone.scan(SALON)
        await bench.is_in(pool, SALON, W.CONNECTED)
        await bench.advance(60)
        assert bench.phone.received(SALON) == []

    async def test_a_refused_message_stays_refused(self, bench: PoolBench, pool: SessionPool) -> None:
        await connected(bench, pool)
        bench.phone.refuse_sends(GUEST, SessionFault.RECIPIENT_UNKNOWN)
        for _ in range(2):
            error = await refused(bench.drive(pool.send_text(SALON, GUEST, "x", client_ref="a")))
            assert error.code == "recipient_unknown"
        await bench.drive(pool.send_text(SALON, GUEST, "y", client_ref="b"))
        assert bench.phone.received(SALON) == [(GUEST, "y")]

    async def test_a_message_without_an_answer_is_unknown_and_never_sent_again(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        await bench.phone.mute(SALON)
        for _ in range(2):
            error = await refused(bench.drive(pool.send_text(SALON, GUEST, "x", client_ref="a")))
            assert error.code == "outcome_unknown"
        await pool.restart(SALON)
        await bench.is_in(pool, SALON, W.CONNECTED)
        error = await refused(bench.drive(pool.send_text(SALON, GUEST, "x", client_ref="a")))
        assert error.code == "outcome_unknown"
        assert bench.phone.received(SALON) == []

    async def test_a_message_handed_over_by_a_killed_process_is_not_sent_twice(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        await bench.phone.mute(SALON)
        assert (
            await refused(bench.drive(pool.send_text(SALON, GUEST, "x", client_ref="a")))
        ).code == "outcome_unknown"
        await bench.kill("first")
        second = await bench.process("second")
        await bench.is_in(second, SALON, W.CONNECTED)
        error = await refused(bench.drive(second.send_text(SALON, GUEST, "x", client_ref="a")))
        assert error.code == "outcome_unknown"
        assert bench.phone.received(SALON) == []

    @pytest.mark.expects_log("lease_not_renewed")
    async def test_a_message_for_a_lost_connection_is_not_sent_late(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        watcher = await bench.process("watcher", is_owning=False)
        await connected(bench, pool)
        await bench.cut_off("first")
        error = await refused(bench.drive(watcher.send_text(SALON, GUEST, "x", client_ref="a")))
        assert error.code == "whatsapp_not_connected"
        await bench.reconnect("first")
        await bench.advance(120)
        assert (await watcher.get(SALON)).state is W.CONNECTED
        assert bench.phone.received(SALON) == []

    @pytest.mark.parametrize("is_relinked", [False, True])
    async def test_what_waited_for_an_earlier_connection_is_not_sent_over_the_next(
        self, bench: PoolBench, pool: SessionPool, is_relinked: bool
    ) -> None:
        watcher = await bench.process("watcher", is_owning=False)
        await connected(bench, pool)
        await bench.cut_off("first")
        sending = asyncio.ensure_future(watcher.send_text(SALON, GUEST, "x", client_ref="a"))
        await bench.advance(1)
        await bench.kill("first")
        if is_relinked:
            await watcher.relink(SALON)
        await bench.process("second")
        if is_relinked:
            await bench.is_in(watcher, SALON, W.PAIRING)
            await bench.phone.scan(SALON)
        await bench.is_in(watcher, SALON, W.CONNECTED, at_most_s=15)
        assert (await refused(bench.drive(_await(sending)))).code == "whatsapp_not_connected"
        assert bench.phone.received(SALON) == []

    async def test_a_message_can_go_to_the_salons_own_number(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        await bench.drive(pool.send_text(SALON, None, "hello", client_ref="a"))
        assert bench.phone.received(SALON) == [(bench.phone.phone_of(SALON), "hello")]

    async def test_a_salon_may_send_so_many_messages_a_minute_over_all_processes(
        self, bench: PoolBench
    ) -> None:
        first = await bench.process("first", send_per_minute=3)
        second = await bench.process("second", send_per_minute=3)
        await connected(bench, first)
        await connected(bench, first, OTHER)
        for number, pool in enumerate((first, second, first)):
            await bench.drive(pool.send_text(SALON, GUEST, "x", client_ref=str(number)))
            await bench.advance(1)
        error = await refused(bench.drive(second.send_text(SALON, GUEST, "x", client_ref="more")))
        assert error.code == "rate_limited"
        assert 50 < int(error.params["retry_after"]) <= 60
        await bench.drive(second.send_text(SALON, GUEST, "x", client_ref="0"))  # a repeat costs nothing
        await bench.drive(second.send_text(OTHER, GUEST, "x", client_ref="0"))
        await bench.advance(int(error.params["retry_after"]))
        await bench.drive(second.send_text(SALON, GUEST, "x", client_ref="more"))
        assert len(bench.phone.received(SALON)) == 4

    async def test_a_message_that_comes_in_is_told_once(self, bench: PoolBench, pool: SessionPool) -> None:
        before = await connected(bench, pool)
        for message_id in ("m1", "m2", "m1"):
            await bench.phone.writes(SALON, message_id=message_id)
        told = [event for event in await events_of(pool) if event.type == "message.received"]
        assert [event.data["message_id"] for event in told] == ["m1", "m2"]
        assert set(told[0].data) == {"message_id", "sent_at"}
        assert {event.seq for event in told} == {before.last_seq}
        assert await pool.get(SALON) == before

    async def test_messages_from_before_the_link_are_taken_and_not_told(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        await bench.phone.writes(SALON, ago_s=3600)
        assert "message.received" not in await types_of(pool)

    async def test_a_message_keeps_its_place_over_a_kill(self, bench: PoolBench, pool: SessionPool) -> None:
        await connected(bench, pool)
        await bench.phone.writes(SALON, message_id="m1")
        await bench.kill("first")
        second = await bench.process("second")
        await bench.is_in(second, SALON, W.CONNECTED)
        for message_id in ("m1", "m2"):
            await bench.phone.writes(SALON, message_id=message_id)
        told = [event for event in await events_of(second) if event.type == "message.received"]
        assert [event.data["message_id"] for event in told] == ["m1", "m2"]

    async def test_what_people_write_is_kept_by_setting_alone_and_sealed(self, bench: PoolBench) -> None:
        pool = await bench.process("first", keeps_text=False)
        await connected(bench, pool)
        await bench.phone.writes(SALON, "Запишите меня", message_id="m1")
        assert await pool.read_message(SALON, "m1") is None
        await bench.kill("first")
        keeping = await bench.process("second", keeps_text=True)
        await bench.is_in(keeping, SALON, W.CONNECTED)
        await bench.phone.writes(SALON, "Запишите меня", message_id="m2")
        kept = await keeping.read_message(SALON, "m2")
        assert kept is not None
        assert kept[1] == "Запишите меня"
        stored = await bench.stored_secrets()
        assert "Запишите".encode() not in stored
        assert kept[0].encode() not in stored
        await bench.drive(keeping.remove(SALON))
        assert await keeping.read_message(SALON, "m2") is None

    async def test_a_receipt_is_told_once_for_each_kind(self, bench: PoolBench, pool: SessionPool) -> None:
        await connected(bench, pool)
        sent = await bench.drive(pool.send_text(SALON, GUEST, "x", client_ref="a"))
        for kind in (ReceiptKind.DELIVERED, ReceiptKind.DELIVERED, ReceiptKind.READ):
            await bench.phone.receipt(SALON, sent.message_id, kind)
        told = [event.data for event in await events_of(pool) if event.type == "message.receipt"]
        ids = [sent.message_id]
        assert told == [{"message_ids": ids, "kind": "delivered"}, {"message_ids": ids, "kind": "read"}]

    # ------------------------------------------------------------------------------ events and secrets

    async def test_a_follower_hears_what_happens_and_what_it_missed(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        heard: list[tuple[int, str]] = []

        async def follow(after: int | None) -> None:
            async for stored in pool.subscribe(after):
                heard.append((stored.position, stored.event.type))

        following = asyncio.ensure_future(follow(None))
        await bench.advance(0)
        await bench.phone.drop(SALON)
        await bench.is_in(pool, SALON, W.CONNECTED)
        await bench.advance(0)
        assert [kind for _, kind in heard] == ["session.reconnecting", "session.connected"]
        following.cancel()
        missed = heard[0][0]
        heard.clear()
        following = asyncio.ensure_future(follow(missed))
        await bench.advance(0)
        assert [kind for _, kind in heard] == ["session.connected"]
        following.cancel()
        await asyncio.wait({following})

    async def test_sessions_are_listed_without_their_secrets(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        await bench.drive(pool.request_pairing_code(SALON, PHONE))
        await connected(bench, pool, OTHER)
        listed = await pool.list()
        assert [(session.salon_id, session.state) for session in listed] == [
            (SALON, W.PAIRING),
            (OTHER, W.CONNECTED),
        ]
        assert all(session.qr is None and session.pairing_code is None for session in listed)
        assert [session.salon_id for session in await pool.list(after=SALON)] == [OTHER]
        assert [session.salon_id for session in await pool.list(limit=1)] == [SALON]

    async def test_nothing_secret_is_stored_or_told_in_clear(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        code = await bench.drive(pool.request_pairing_code(SALON, PHONE))
        session = await pool.get(SALON)
        assert session.qr is not None
        secrets = [
            session.qr.text,
            session.qr.text[20:60],
            code.code,
            code.code.replace("-", ""),
            PHONE,
            PHONE[1:],
        ]
        stored = await bench.stored_secrets()
        assert [secret for secret in secrets if secret.encode() in stored] == []
        told = repr(await events_of(pool)) + repr(session)
        assert [secret for secret in secrets if secret in told] == []
        await bench.phone.enter_code(SALON)
        await bench.is_in(pool, SALON, W.CONNECTED)
        await bench.drive(pool.send_text(SALON, GUEST, "a private word", client_ref="a"))
        stored, told = await bench.stored_secrets(), repr(await events_of(pool)) + repr(await pool.get(SALON))
        for secret in (*secrets, GUEST, "a private word", "s.whatsapp.net"):
            assert secret.encode() not in stored
            assert secret not in told

    async def test_unknown_sessions_are_not_found(self, bench: PoolBench, pool: SessionPool) -> None:
        assert (await refused(pool.get(SALON))).code == "session_not_found"
        assert (await refused(pool.current_qr(SALON))).code == "session_not_found"

    # ------------------------------------------------------------------------------ killed and started again

    async def test_a_killed_process_brings_linked_sessions_back(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        before = await connected(bench, pool)
        await bench.kill("first")
        second = await bench.process("second")
        session = await second.get(SALON)
        assert session.state is W.RECONNECTING
        session = await bench.is_in(second, SALON, W.CONNECTED, W.PAIRING, at_most_s=5)
        assert session.state is W.CONNECTED
        assert (session.linked_at, session.generation) == (before.linked_at, before.generation + 1)
        assert bench.phone.sockets(SALON) == 1

    async def test_a_pairing_goes_on_after_a_kill_while_its_window_is_open(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        before = await shown(bench, pool)
        await bench.kill("first")
        await bench.advance(5)
        second = await bench.process("second")
        session = await second.get(SALON)
        assert session.qr is None, "the QR died with its process"
        session = await bench.is_in(second, SALON, W.PAIRING, at_most_s=5)
        assert session.generation == before.generation + 1
        assert session.pairing_until == before.pairing_until
        assert session.qr is not None
        assert session.qr.seq == 1
        await bench.phone.scan(SALON)
        await bench.is_in(second, SALON, W.CONNECTED)

    async def test_nobody_is_shown_a_qr_after_the_window(self, bench: PoolBench, pool: SessionPool) -> None:
        before = await shown(bench, pool)
        await bench.kill("first")
        await bench.advance(301)
        second = await bench.process("second")
        session = await bench.is_in(second, SALON, W.PAIRING_EXPIRED, at_most_s=1)
        assert session.generation == before.generation
        await bench.advance(60)
        assert bench.phone.sockets(SALON) == 0

    async def test_a_code_that_died_with_its_process_is_replaced(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        code = await bench.drive(pool.request_pairing_code(SALON, PHONE))
        await bench.kill("first")
        second = await bench.process("second")
        assert (await second.get(SALON)).pairing_code is None
        session = await bench.until(second, SALON, lambda s: s.pairing_code is not None, at_most_s=5)
        assert session.pairing_code is not None
        assert session.pairing_code.code != code.code
        await bench.phone.enter_code(SALON, session.pairing_code.code)
        await bench.is_in(second, SALON, W.CONNECTED)

    async def test_a_kill_between_pairing_and_login_loses_nothing(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await shown(bench, pool)
        await bench.phone.scan(SALON)
        await bench.kill("first")
        second = await bench.process("second")
        assert (await second.get(SALON)).state is W.LINKING
        session = await bench.is_in(second, SALON, W.CONNECTED, W.PAIRING, at_most_s=5)
        assert session.state is W.CONNECTED
        assert await types_of(second) == ["starting", "qr", "paired", "connected"]

    @pytest.mark.parametrize("state", [W.STOPPED, W.REPLACED, W.LOGGED_OUT, W.PAIRING_EXPIRED, W.TEMP_BANNED])
    async def test_what_rests_goes_on_resting_after_a_restart(
        self, bench: PoolBench, pool: SessionPool, state: WhatsappState
    ) -> None:
        await _bring_to(bench, pool, state)
        before = await pool.get(SALON)
        await bench.kill("first")
        second = await bench.process("second")
        await bench.advance(60)
        assert await second.get(SALON) == before
        assert bench.phone.sockets(SALON) == 0

    @pytest.mark.expects_log("lease_not_renewed")
    async def test_a_command_whose_process_dies_is_carried_out_by_the_next(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        await connected(bench, pool)
        await connected(bench, pool, OTHER)
        clerk = await bench.process("clerk", is_owning=False)
        await bench.cut_off("first")
        for command in (clerk.stop(SALON), clerk.remove(OTHER)):
            assert (await refused(bench.drive(command))).code == "pool_unavailable"
        await bench.kill("first")
        await bench.kill("clerk")
        second = await bench.process("second")
        await bench.advance(1)
        assert [(session.salon_id, session.state) for session in await second.list()] == [(SALON, W.STOPPED)]
        assert bench.phone.sockets(SALON) == bench.phone.sockets(OTHER) == 0

    async def test_many_sessions_come_back_without_a_storm(self, bench: PoolBench, pool: SessionPool) -> None:
        salons = range(1, 26)
        for salon in salons:
            await connected(bench, pool, salon)
        before = {session.salon_id: session.generation for session in await pool.list(limit=50)}
        await bench.kill("first")
        second = await bench.process("second")

        async def back() -> int:
            sessions = await second.list(limit=50)
            return sum(s.is_connected and s.generation > before[s.salon_id] for s in sessions)

        await bench.advance(0.25)  # a login may take a moment
        assert 5 <= await back() <= 7, "the first few at once"
        await bench.advance(1.75)
        assert 10 <= await back() <= 16
        await bench.advance(4.25)
        assert await back() == 25
        assert [bench.phone.sockets(salon) for salon in salons] == [1] * 25
        assert {session.state for session in await second.list(limit=50)} == {W.CONNECTED}

    # ------------------------------------------------------------------------------ several processes

    async def test_commands_given_to_any_process_reach_the_owner(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        clerk = await bench.process("clerk", is_owning=False)
        await clerk.ensure(SALON, pairing=QR)
        await bench.is_in(clerk, SALON, W.PAIRING)
        code = await bench.drive(clerk.request_pairing_code(SALON, PHONE))
        assert (await pool.get(SALON)).pairing_code == code
        await bench.phone.enter_code(SALON, code.code)
        await bench.is_in(clerk, SALON, W.CONNECTED)
        await bench.drive(clerk.send_text(SALON, GUEST, "hello", client_ref="a"))
        assert bench.phone.received(SALON) == [(GUEST, "hello")]
        session = await bench.drive(clerk.stop(SALON))
        assert session is not None
        assert session.state is W.STOPPED
        assert (await bench.drive(clerk.remove(SALON))).unlinked is False
        assert await pool.list() == []

    async def test_two_processes_share_the_sessions_and_never_one_of_them(self, bench: PoolBench) -> None:
        first, second = await bench.process("first"), await bench.process("second")
        salons = range(1, 9)
        for salon in salons:
            await (first if salon % 2 else second).ensure(salon, pairing=QR)
        await bench.advance(1)
        for salon in salons:
            assert bench.phone.sockets(salon) == 1
            await bench.phone.scan(salon)
        await bench.advance(120)
        assert [bench.phone.sockets(salon) for salon in salons] == [1] * 8
        assert {session.state for session in await first.list()} == {W.CONNECTED}

    async def test_sessions_of_a_dead_process_are_taken_over(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        before = await connected(bench, pool)
        second = await bench.process("second")
        await bench.advance(30)
        assert (await second.get(SALON)) == before
        await bench.kill("first")
        await bench.until(second, SALON, lambda s: s.generation > before.generation, at_most_s=6)
        await bench.is_in(second, SALON, W.CONNECTED, at_most_s=5)
        assert bench.phone.sockets(SALON) == 1

    @pytest.mark.expects_log("lease_not_renewed")
    async def test_a_process_without_database_lets_go_before_another_takes_over(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        before = await connected(bench, pool)
        second = await bench.process("second")
        await bench.cut_off("first")
        silent_s = 0.0
        for _ in range(500):
            await bench.advance(0.1)
            assert bench.phone.sockets(SALON) <= 1
            silent_s += 0.1 * (bench.phone.sockets(SALON) == 0)
        assert (await second.get(SALON)).state is W.CONNECTED
        assert (await second.get(SALON)).generation == before.generation + 1
        assert 5 <= silent_s <= 20
        await bench.reconnect("first")
        for _ in range(300):
            await bench.advance(0.1)
            assert bench.phone.sockets(SALON) == 1
        assert (await pool.get(SALON)) == await second.get(SALON)

    async def test_a_short_absence_of_the_database_ends_nothing(
        self, bench: PoolBench, pool: SessionPool
    ) -> None:
        before = await connected(bench, pool)
        await bench.cut_off("first")
        await bench.advance(9)
        await bench.reconnect("first")
        await bench.advance(60)
        assert await pool.get(SALON) == before
        assert bench.phone.sockets(SALON) == 1

    @pytest.mark.expects_log("lease_not_renewed")
    async def test_a_long_absence_is_recovered_from(self, bench: PoolBench, pool: SessionPool) -> None:
        before = await connected(bench, pool)
        await bench.cut_off("first")
        await bench.advance(600)
        assert bench.phone.sockets(SALON) == 0
        await bench.reconnect("first")
        await bench.until(pool, SALON, lambda s: s.generation > before.generation, at_most_s=30)
        await bench.is_in(pool, SALON, W.CONNECTED, at_most_s=5)
        assert bench.phone.sockets(SALON) == 1

    async def test_a_closed_pool_hands_its_sessions_over(self, bench: PoolBench, pool: SessionPool) -> None:
        before = await connected(bench, pool)
        await shown(bench, pool, OTHER)
        second = await bench.process("second")
        await bench.drive(pool.close())
        await bench.advance(0.1)
        assert bench.phone.sockets(SALON) <= 1
        await bench.until(second, SALON, lambda s: s.generation > before.generation, at_most_s=2)
        await bench.is_in(second, SALON, W.CONNECTED, at_most_s=2)
        session = await bench.is_in(second, OTHER, W.PAIRING, at_most_s=2)
        assert session.generation == 2
        assert session.desired is Desired.RUNNING

    async def test_a_pool_that_does_not_own_leaves_sessions_alone(self, bench: PoolBench) -> None:
        clerk = await bench.process("clerk", is_owning=False)
        await clerk.ensure(SALON, pairing=QR)
        await bench.advance(60)
        assert (await clerk.get(SALON)).state is W.STARTING
        assert bench.phone.sockets(SALON) == 0
        owner = await bench.process("owner")
        await bench.is_in(owner, SALON, W.PAIRING, at_most_s=5)
        assert (await owner.get(SALON)).generation == 1


async def _bring_to(bench: PoolBench, pool: SessionPool, state: WhatsappState) -> None:
    """Bring a new session to a state, by the way a real one gets there."""
    if state is W.STARTING:
        await pool.ensure(SALON, pairing=QR)
        return
    await shown(bench, pool)
    await _ways(bench, pool)[state]()
    session = await bench.is_in(pool, SALON, state, at_most_s=400)
    if state in RUNNING_STATES:
        assert bench.phone.sockets(SALON) == 1, session


def _ways(bench: PoolBench, pool: SessionPool) -> dict[WhatsappState, Callable[[], Awaitable[object]]]:
    phone = bench.phone

    def linked_then(deed: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[object]]:
        async def way() -> None:
            await phone.scan(SALON)
            await bench.is_in(pool, SALON, W.CONNECTED)
            await deed()

        return way

    async def nothing() -> None:
        return None

    return {
        W.PAIRING: nothing,
        W.PAIRING_EXPIRED: nothing,
        W.AWAITING_PASSKEY: lambda: phone.passkey(SALON),
        W.LINKING: lambda: phone.scan(SALON),
        W.FAILED: lambda: phone.reject(SALON),
        W.CONNECTED: linked_then(nothing),
        W.RECONNECTING: linked_then(lambda: phone.drop(SALON, seconds=30)),
        W.REPLACED: linked_then(lambda: phone.replace(SALON)),
        W.LOGGED_OUT: linked_then(lambda: phone.unlink(SALON)),
        W.TEMP_BANNED: linked_then(lambda: phone.ban(SALON, 3600)),
        W.OUTDATED: linked_then(lambda: phone.outdated(SALON)),
        W.STOPPED: linked_then(lambda: bench.drive(pool.stop(SALON))),
    }

"""Alarms: raised when a cause is confirmed, told with measure, settled when it is gone; one a cause."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import asyncpg
import pytest

from gateway.application.alarm_causes import (
    STUCK_AFTER_S,
    STUCK_IS_BAD,
    STUCK_LATELY_S,
    SWEEP_FAILS_FOR_S,
)
from gateway.application.alarm_records import AlarmRecord, Condition
from gateway.application.alarms import CHANGE_EVERY_S, RULES, TELL_AGAIN_S, AlarmWatch, Verdict
from gateway.clock import SystemClock
from gateway.domain.errors import GatewayError
from gateway.storage.alarm_store import AlarmStore
from gateway.storage.budget import PartnerBudget
from gateway.storage.database import Storage
from gateway.storage.event_store import EventStore
from gateway.storage.install_store import InstallStore
from shared.vocabulary import AlarmKind, AlarmLevel, Stage
from tests.fakes.clock import FakeClock
from tests.support.crowd import FIRST_SALON, seed
from tests.support.databases import Databases

TOKEN = "fingerprint-of-ours"
LOOK_S = 8.0
DISK = Condition(AlarmKind.DISK_LOW, AlarmLevel.WARN, "host-1", {"free_percent": 7})
CONFIRM_S = RULES[AlarmKind.DISK_LOW].confirm_s
SETTLE_S = RULES[AlarmKind.DISK_LOW].settle_s


@dataclass(slots=True)
class Tale:
    """A watch over a real database on a clock that a test moves; `holds` is what the machine says of itself."""

    clock: FakeClock
    storage: Storage
    store: AlarmStore
    holds: list[Condition] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    watch: AlarmWatch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = self.another(lambda: self.holds)

    def another(self, gauge: object = lambda: ()) -> AlarmWatch:
        """Return one more process' watch."""
        return AlarmWatch(
            self.store,
            {"machine": gauge},  # type: ignore[dict-item]
            TOKEN,
            self.clock,
            self.failed.append,
        )

    async def look(self, *watches: AlarmWatch) -> Verdict:
        verdicts = await asyncio.gather(*(each.look() for each in watches or (self.watch,)))
        return verdicts[0][0]

    async def passes(self, seconds: float, *watches: AlarmWatch) -> None:
        """Let time pass with a look every few seconds."""
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            await self.clock.advance(min(LOOK_S, end - self.clock.monotonic()))
            await self.look(*watches)

    async def open(self) -> list[AlarmRecord]:
        rows, _ = await self.store.alarms(settled=0)
        return list(rows)

    async def only(self) -> AlarmRecord:
        (alarm,) = await self.open()
        return alarm

    async def kinds(self) -> list[AlarmKind]:
        return sorted(alarm.kind for alarm in await self.open())

    async def story(self) -> list[str]:
        rows = await self.storage.read(
            lambda tx: tx.sql("SELECT type FROM marketplace_events WHERE type LIKE 'alarm%%' ORDER BY id")
        )
        return [row["type"].removeprefix("alarm_") for row in rows]


_CLEAN = """
    TRUNCATE alarms, companies, webhook_inbox, marketplace_events RESTART IDENTITY CASCADE;
    UPDATE sweep_health SET failing_since = NULL, failed_code = NULL;
    UPDATE partner_budget SET refused_at = NULL, refused_code = NULL, refused_fingerprint = NULL
"""


@pytest.fixture(scope="module")
def database_url(databases: Databases) -> Iterator[str]:
    """One database for all of them: each begins with it empty."""
    url = asyncio.run(databases.fresh())
    yield url
    asyncio.run(databases.drop(url))


@pytest.fixture
async def tale(database_url: str) -> AsyncIterator[Tale]:
    connection = await asyncpg.connect(database_url)
    await connection.execute(_CLEAN)
    await connection.close()
    clock = FakeClock(SystemClock().now())  # a crowd's rows are as old as the server's clock says
    storage = Storage(database_url, pool_size=8, now=clock.now)
    yield Tale(clock, storage, AlarmStore(storage, braked_within_s=1860))
    await storage.close()


# -------------------------------------------------------------------------------- raised, told, settled


async def test_a_blip_raises_nothing_and_what_stays_raises_one_alarm(tale: Tale) -> None:
    tale.holds = [DISK]
    await tale.look()
    await tale.passes(CONFIRM_S - 1)
    tale.holds = []
    await tale.look()
    tale.holds = [DISK]
    await tale.passes(CONFIRM_S)
    assert await tale.story() == []
    await tale.passes(LOOK_S)
    alarm = await tale.only()
    assert (alarm.kind, alarm.subject, alarm.level) == (DISK.kind, "host-1", AlarmLevel.WARN)
    assert (alarm.facts, alarm.count) == ({"free_percent": 7}, 1)
    assert await tale.story() == ["raised"]


async def test_an_alarm_settles_once_its_cause_is_gone_for_a_while(tale: Tale) -> None:
    tale.holds = [DISK]
    await tale.passes(CONFIRM_S + 2 * LOOK_S)
    tale.holds = []
    await tale.passes(SETTLE_S - LOOK_S)
    assert await tale.kinds() == [AlarmKind.DISK_LOW]
    await tale.passes(3 * LOOK_S)
    assert await tale.open() == []
    assert await tale.story() == ["raised", "settled"]
    rows, _ = await tale.store.alarms(settled=10)
    assert [row.settled_at is not None for row in rows] == [True]


async def test_a_cause_that_comes_and_goes_is_one_alarm_that_counts(tale: Tale) -> None:
    tale.holds = [DISK]
    await tale.passes(CONFIRM_S + LOOK_S)
    for _ in range(3):
        tale.holds = []
        await tale.passes(SETTLE_S / 2)
        tale.holds = [DISK]
        await tale.passes(2 * LOOK_S)
    alarm = await tale.only()
    assert alarm.count == 4
    assert "raised" not in (await tale.story())[1:]


async def test_a_standing_alarm_is_told_again_once_an_hour_and_never_while_acknowledged(tale: Tale) -> None:
    tale.holds = [DISK]
    await tale.passes(CONFIRM_S + LOOK_S)
    await tale.passes(30)
    await tale.clock.advance(TELL_AGAIN_S)
    await tale.look()
    await tale.passes(2 * LOOK_S)
    assert await tale.story() == ["raised", "told"]
    await tale.store.acknowledge((await tale.only()).alarm_id, "Мария")
    await tale.clock.advance(TELL_AGAIN_S * 3)
    await tale.look()
    assert await tale.story() == ["raised", "told", "acknowledged"]


async def test_an_acknowledged_alarm_that_settled_and_comes_back_is_told_anew(tale: Tale) -> None:
    tale.holds = [DISK]
    await tale.passes(CONFIRM_S + LOOK_S)
    first = await tale.store.acknowledge((await tale.only()).alarm_id, "Мария")
    assert first.acknowledged_by == "Мария"
    tale.holds = []
    await tale.passes(SETTLE_S + 2 * LOOK_S)
    tale.holds = [DISK]
    await tale.passes(CONFIRM_S + LOOK_S)
    again = await tale.only()
    assert (again.acknowledged_at, again.alarm_id > first.alarm_id) == (None, True)


async def test_an_acknowledged_alarm_that_gets_worse_is_told_anew(tale: Tale) -> None:
    tale.holds = [DISK]
    await tale.passes(CONFIRM_S + LOOK_S)
    await tale.store.acknowledge((await tale.only()).alarm_id, "Мария")
    tale.holds = [replace(DISK, level=AlarmLevel.BAD)]
    await tale.look()
    alarm = await tale.only()
    assert (alarm.level, alarm.acknowledged_at) == (AlarmLevel.BAD, None)
    tale.holds = [DISK]
    await tale.passes(CHANGE_EVERY_S + LOOK_S)
    assert (await tale.only()).level is AlarmLevel.BAD
    assert await tale.story() == ["raised", "acknowledged", "told"]


async def test_facts_that_change_all_the_time_are_told_once_a_minute(tale: Tale) -> None:
    for free in range(60):
        tale.holds = [replace(DISK, facts={"free_percent": free})]
        await tale.passes(LOOK_S)
    assert (await tale.story()).count("changed") <= 60 * LOOK_S / CHANGE_EVERY_S
    assert int((await tale.only()).facts["free_percent"]) >= 59 - CHANGE_EVERY_S / LOOK_S


async def test_the_first_who_acknowledges_stays_and_nobody_acknowledges_what_is_not_there(tale: Tale) -> None:
    tale.holds = [DISK]
    await tale.passes(CONFIRM_S + LOOK_S)
    number = (await tale.only()).alarm_id
    await asyncio.gather(*(tale.store.acknowledge(number, f"Сотрудник {n}") for n in range(5)))
    assert (await tale.story()).count("acknowledged") == 1
    with pytest.raises(GatewayError, match="alarm_not_found"):
        await tale.store.acknowledge(number + 1, "Мария")


# ----------------------------------------------------------------------------------------- several processes


async def test_ten_processes_that_see_the_same_raise_one_alarm_and_tell_it_once(tale: Tale) -> None:
    watches = [tale.another(lambda: [DISK]) for _ in range(10)]
    await tale.look(*watches)
    await tale.passes(CONFIRM_S + 3 * LOOK_S, *watches)
    await tale.only()
    assert await tale.story() == ["raised"]


async def test_what_one_process_sees_the_others_do_not_settle(tale: Tale) -> None:
    blind = tale.another()
    tale.holds = [DISK]
    await tale.passes(3 * SETTLE_S, tale.watch, blind)
    assert await tale.story() == ["raised"]
    await tale.passes(SETTLE_S + 3 * LOOK_S, blind)
    assert await tale.story() == ["raised", "settled"]


async def test_after_a_break_nothing_is_settled_before_everybody_had_a_turn(tale: Tale) -> None:
    tale.holds = [DISK]
    await tale.passes(CONFIRM_S + LOOK_S)
    await tale.clock.advance(3600)  # no database, nobody looks
    back_first = tale.another()
    await tale.look(back_first)
    await tale.passes(SETTLE_S / 2, back_first)
    await tale.look()
    alarm = await tale.only()
    assert alarm.count == 1
    assert "settled" not in await tale.story()


async def test_the_database_itself_refuses_two_open_alarms_of_one_identity(
    tale: Tale, database_url: str
) -> None:
    tale.holds = [DISK]
    await tale.passes(CONFIRM_S + LOOK_S)
    connection = await asyncpg.connect(database_url)
    try:
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute(
                "INSERT INTO alarms (kind, subject, level, raised_at, seen_at, changed_at, told_at) "
                "SELECT kind, subject, level, now(), now(), now(), now() FROM alarms"
            )
    finally:
        await connection.close()


async def test_a_gauge_that_fails_hides_nothing_else(tale: Tale) -> None:
    def broken() -> list[Condition]:
        raise OSError("the machine does not say")

    watch = AlarmWatch(
        tale.store, {"broken": broken, "machine": lambda: [DISK]}, TOKEN, tale.clock, tale.failed.append
    )
    await tale.look(watch)
    await tale.passes(CONFIRM_S + LOOK_S, watch)
    assert await tale.kinds() == [AlarmKind.DISK_LOW]
    assert set(tale.failed) == {"broken"}


# --------------------------------------------------------------------------------- what the database tells


async def test_a_refused_token_is_an_alarm_until_it_is_accepted_and_another_token_is_none_of_ours(
    tale: Tale,
) -> None:
    budget = PartnerBudget(tale.storage, tale.clock)
    await budget.refuse("token_refused", "fingerprint-of-another")
    await tale.look()
    assert await tale.open() == []
    await budget.refuse("token_refused", TOKEN)
    await tale.look()
    alarm = await tale.only()
    assert (alarm.kind, alarm.level, alarm.facts["code"]) == (
        AlarmKind.TOKEN_REFUSED, AlarmLevel.BAD, "token_refused",
    )  # fmt: skip
    await budget.accept()
    await tale.passes(RULES[AlarmKind.TOKEN_REFUSED].settle_s + 2 * LOOK_S)
    assert await tale.open() == []


async def test_refused_webhooks_are_an_alarm_for_each_reason_which_counts_their_minutes(tale: Tale) -> None:
    events = EventStore(tale.storage)
    for _ in range(3):
        for code in ("webhook_unauthorized", "webhook_signature_invalid"):
            await events.note_rarely("webhook_refused", code=code)
            await events.note_rarely("webhook_refused", code=code)
        await tale.passes(CHANGE_EVERY_S + LOOK_S)
    assert {(alarm.subject, alarm.count) for alarm in await tale.open()} == {
        ("webhook_unauthorized", 3), ("webhook_signature_invalid", 3),
    }  # fmt: skip
    await tale.clock.advance(700)
    await tale.passes(3 * LOOK_S)
    assert await tale.open() == []


async def test_a_sweep_that_keeps_failing_is_an_alarm_until_one_goes_well(tale: Tale) -> None:
    await tale.store.note_sweep("partner_timeout")
    await tale.look()
    await tale.clock.advance(SWEEP_FAILS_FOR_S)
    await tale.store.note_sweep("partner_error")
    await tale.look()
    assert (await tale.only()).facts["code"] == "partner_error"
    await tale.store.note_sweep(None)
    await tale.passes(RULES[AlarmKind.SWEEP_FAILING].settle_s + 2 * LOOK_S)
    assert await tale.open() == []


async def test_a_braked_sweep_and_drift_are_alarms(tale: Tale) -> None:
    await EventStore(tale.storage).note("sweep_braked", missing=70, held=100)
    installs = InstallStore(tale.storage, None)
    for salon_id in (101, 102, 102):
        await installs.note_drift(salon_id, theirs="uninstalled", ours="active")
    await tale.look()
    found = {alarm.kind: alarm for alarm in await tale.open()}
    assert set(found) == {AlarmKind.SWEEP_BRAKED, AlarmKind.SWEEP_DRIFT}
    assert (found[AlarmKind.SWEEP_BRAKED].facts["missing"], found[AlarmKind.SWEEP_DRIFT].facts["count"]) == (
        70, 2,
    )  # fmt: skip
    await tale.clock.advance(1900)
    await tale.passes(4 * LOOK_S)
    assert await tale.open() == []


async def _put(tale: Tale, statement: str, *parameters: object) -> None:
    await tale.storage.write(lambda tx: tx.count(statement, *parameters))


async def test_installs_stuck_for_too_long_are_one_alarm_and_its_facts_say_where(
    tale: Tale, database_url: str
) -> None:
    """Old ones are known, refused ones have their call's alarm, and who let the pairing run out is not stuck."""
    await seed(database_url, 1200)
    await _put(tale, "UPDATE partner_calls SET state = 'resolved' WHERE state = 'failed'")
    await _put(tale, "UPDATE installs SET stage_since = %s", tale.clock.now())
    await tale.passes(2 * LOOK_S)
    assert await tale.open() == []
    long_ago = tale.clock.now() - timedelta(seconds=STUCK_LATELY_S + 60)
    await _put(tale, "UPDATE installs SET stage_since = %s WHERE stage = 'attention'", long_ago)
    since = tale.clock.now() - timedelta(seconds=STUCK_AFTER_S[Stage.ACTIVATING] + 60)
    chosen = "(SELECT id FROM installs WHERE stage = 'activating' ORDER BY id LIMIT 2)"
    await _put(tale, f"UPDATE installs SET stage_since = %s WHERE id IN {chosen}", since)
    await tale.look()
    alarm = await tale.only()
    assert (alarm.kind, alarm.level) == (AlarmKind.STUCK_INSTALLS, AlarmLevel.WARN)
    assert (alarm.facts["count"], alarm.facts["activating"]) == (2, 2)
    await _put(tale, "UPDATE installs SET stage_since = %s WHERE stage <> 'active'", since)
    lately = tale.clock.now() - timedelta(seconds=STUCK_AFTER_S[Stage.ATTENTION] + 60)
    await _put(tale, "UPDATE installs SET stage_since = %s WHERE stage = 'attention'", lately)
    await tale.look()
    worse = await tale.only()
    refused = await tale.storage.read(
        lambda tx: tx.sql(
            "SELECT count(*) AS n FROM installs WHERE stage = 'attention' AND partner_state <> 'refused'"
        )
    )
    assert worse.facts["attention"] == refused[0]["n"]
    assert (worse.level, int(worse.facts["count"]) >= STUCK_IS_BAD) == (AlarmLevel.BAD, True)


async def test_who_let_the_pairing_run_out_is_not_stuck_and_whose_pairing_does_not_end_is(
    tale: Tale, database_url: str
) -> None:
    await seed(database_url, 10)
    await _put(tale, "UPDATE partner_calls SET state = 'resolved' WHERE state = 'failed'")
    since = tale.clock.now() - timedelta(seconds=STUCK_AFTER_S[Stage.LINKING] + 60)
    await _put(tale, "UPDATE installs SET stage_since = %s", tale.clock.now())
    one = "(SELECT min(install_id) FROM whatsapp_sessions)"
    await _put(tale, f"UPDATE installs SET stage = 'linking', stage_since = %s WHERE id = {one}", since)
    await _put(tale, "UPDATE whatsapp_sessions SET state = 'pairing_expired'")
    await tale.look()
    assert await tale.open() == []
    await _put(tale, "UPDATE whatsapp_sessions SET state = 'pairing'")
    await tale.look()
    assert (await tale.only()).facts["linking"] == 1


async def test_while_the_token_is_refused_the_activations_that_wait_for_it_are_no_second_alarm(
    tale: Tale, database_url: str
) -> None:
    await seed(database_url, 200)
    await _put(tale, "UPDATE partner_calls SET state = 'resolved' WHERE state = 'failed'")
    await _put(tale, "UPDATE installs SET stage_since = %s WHERE stage = 'attention'", tale.clock.now())
    hour_ago = tale.clock.now() - timedelta(hours=1)
    await _put(tale, "UPDATE installs SET stage_since = %s WHERE stage = 'activating'", hour_ago)
    await PartnerBudget(tale.storage, tale.clock).refuse("token_refused", TOKEN)
    await tale.look()
    assert await tale.kinds() == [AlarmKind.TOKEN_REFUSED]


async def test_calls_that_need_a_person_and_webhooks_laid_aside_are_alarms_until_they_are_dealt_with(
    tale: Tale, database_url: str
) -> None:
    await seed(database_url, 100)
    await _put(tale, "UPDATE installs SET stage_since = %s", tale.clock.now())
    await _put(
        tale,
        "INSERT INTO webhook_inbox (received_at, proof, kind, body, digest, state, salon_id) "
        "VALUES (%s, 'partner_token', 'lifecycle', '', '', 'dead', %s)",
        tale.clock.now(), FIRST_SALON,
    )  # fmt: skip
    await tale.look()
    await tale.passes(RULES[AlarmKind.CALLS_FAILED].confirm_s + LOOK_S)
    assert await tale.kinds() == [AlarmKind.CALLS_FAILED, AlarmKind.WEBHOOKS_LAID_ASIDE]
    await _put(tale, "UPDATE partner_calls SET state = 'resolved' WHERE state = 'failed'")
    await _put(tale, "UPDATE webhook_inbox SET state = 'done'")
    await tale.passes(60)
    assert await tale.open() == []

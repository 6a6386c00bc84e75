"""What runs, in staff's hands: the list of sessions, the processes, a drain and its opposite, what grows."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.bootstrap import Gateway, running_gateway
from gateway.jobs import engine_watch
from gateway.whatsapp import pool
from shared.vocabulary import SESSION_ORDER, StaffRole
from tests.support.harness import SALON, Harness, running_harness, settings_for
from tests.support.salons import Person, all_linked, connected
from tests.support.staff import member
from tests.support.waiting import until

MANY = (301_001, 301_002, 301_003)
ALONE = 301_099


@pytest.fixture
async def harness(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Harness]:
    monkeypatch.setattr(engine_watch, "EVERY_S", 0.2)
    async with running_harness(database_url, sandbox_config={"enforce_limits": False}) as made:
        yield made


@contextlib.asynccontextmanager
async def second_process(harness: Harness) -> AsyncIterator[Gateway]:
    """Run another gateway process' worth of parts on the same database."""
    settings = settings_for("http://127.0.0.1:1", harness.gateway.settings.yclients_api_url)
    async with running_gateway(settings, harness.database_url) as gateway:
        yield gateway


@pytest.fixture
async def admin(harness: Harness) -> Person:
    return Person(harness, await member(harness, StaffRole.ADMIN))


async def shown(
    person: Person, holds: Callable[[dict[str, Any]], Any], salon_id: int = SALON
) -> dict[str, Any]:
    """Wait until a salon's row in the list is so, and return it."""

    async def look() -> dict[str, Any] | None:
        rows = (await person.done("sessions.rows", salon_ids=salon_id))["rows"]
        return rows[0] if rows and holds(rows[0]) else None

    found = await until(look, what=f"the row of {salon_id}")
    assert found is not None
    return found


async def processes(person: Person) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await person.done("processes.list"))["rows"]
    return rows


async def process_is(person: Person, name: str, holds: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """Wait until a process says so of itself, and return it."""

    async def look() -> dict[str, Any] | None:
        return next((row for row in await processes(person) if row["name"] == name and holds(row)), None)

    found = await until(look, what=f"process {name}")
    assert found is not None
    return found


def owner_of(harness: Harness) -> str:
    return harness.gateway.sessions._owner


async def test_a_session_is_shown_with_its_owner_its_engine_and_its_lease(
    harness: Harness, admin: Person
) -> None:
    await harness.install()
    row = await shown(admin, lambda row: row["engine_state"] == "open")
    (process,) = await processes(admin)
    assert (row["state"], row["wanted"], row["adapter"]) == ("connected", "running", "simulator")
    assert (row["owner"], row["owner_host"], row["owner_version"]) == (
        owner_of(harness), process["host"], process["version"],
    )  # fmt: skip
    assert row["engine_is_open"] is True
    assert row["owned_since"] <= row["lease_until"]
    assert (row["is_unowned"], row["owner_is_draining"], row["reconnects"]) == (False, False, 0)
    assert row["last_close"] is None
    assert "*" in row["phone"]


async def test_a_lost_connection_is_told_with_its_reason_and_counted(harness: Harness, admin: Person) -> None:
    await harness.install()
    await harness.phone("drop")
    row = await shown(admin, lambda row: row["reconnects"] == 1 and row["state"] == "connected")
    assert row["last_close"] == "network_unreachable"
    await harness.phone("replace")
    row = await shown(admin, lambda row: row["state"] == "replaced" and row["owner"] is None)
    assert (row["last_close"], row["reconnects"]) == ("connection_replaced", 1)
    assert row["last_closed_at"] >= row["since"]
    assert row["engine_state"] is None
    assert row["is_unowned"] is False


async def test_the_pages_together_are_every_session_once_what_is_broken_first(
    harness: Harness, admin: Person
) -> None:
    await all_linked(harness, MANY)
    await connected(harness, ALONE)
    await harness.phone("unlink", MANY[1])
    await shown(admin, lambda row: row["state"] == "logged_out", MANY[1])
    rows, after = [], None
    while True:
        page = await admin.done("sessions.list", limit=1, **({"after": after} if after else {}))
        rows += page["rows"]
        after = page["next"]
        if after is None:
            break
    assert sorted(row["salon_id"] for row in rows) == sorted((ALONE, *MANY))
    ranks = [(SESSION_ORDER.index(row["state"]), row["since"], row["salon_id"]) for row in rows]
    assert ranks == sorted(ranks)
    assert rows[0]["salon_id"] == MANY[1]
    assert await admin.refused("sessions.list", after="nonsense") == "cursor_invalid"


async def test_sessions_are_found_by_state_engine_owner_and_words(harness: Harness, admin: Person) -> None:
    await all_linked(harness, MANY)
    await connected(harness, ALONE, "Ёлка")
    await shown(admin, lambda row: row["state"] == "pairing", ALONE)

    async def found(**given: Any) -> set[int]:
        return {row["salon_id"] for row in (await admin.done("sessions.list", **given))["rows"]}

    assert await found(states="pairing") == {ALONE}
    assert await found(search="елка") == {ALONE}
    assert await found(search=str(MANY[2])) == {MANY[2]}
    assert await found(adapters="simulator", owners=owner_of(harness)) == {ALONE, *MANY}
    assert await found(adapters="waha") == set()
    assert await found(owners="nobody:1:00") == set()
    assert await found(is_unowned=True) == set()
    counts = await admin.done("sessions.counts", states="pairing")
    assert (counts["by_state"]["connected"], counts["by_state"]["pairing"]) == (3, 1)
    assert (counts["by_adapter"], counts["unowned"]) == ({"simulator": 1}, 0)


async def test_a_session_that_nobody_owns_is_found_as_such(harness: Harness, admin: Person) -> None:
    await harness.install()
    harness.gateway.sessions._is_owning = False  # as in a process that hangs
    await harness.gateway.storage.write(
        lambda tx: tx.count(
            "UPDATE whatsapp_sessions SET lease_owner = NULL, lease_expires_at = NULL, "
            "needs_owner_at = now() - interval '1 minute'"
        )
    )
    row = await shown(admin, lambda row: row["is_unowned"])
    assert row["owner"] is None
    assert (await admin.done("processes.list"))["unowned"] == 1
    assert (await admin.done("sessions.counts"))["unowned"] == 1
    assert [each["salon_id"] for each in (await admin.done("sessions.list", is_unowned=True))["rows"]] == [
        SALON
    ]


async def test_a_process_says_what_it_does(harness: Harness, admin: Person) -> None:
    await harness.install()
    await connected(harness, MANY[0])
    seen = await process_is(admin, owner_of(harness), lambda row: (row["sessions"], row["pairing"]) == (2, 1))
    assert seen["jobs"] > 10
    assert seen["memory_bytes"] > 2**20
    assert (seen["is_silent"], seen["drain"]) == (False, None)
    assert seen["seen_at"] > seen["started_at"]


async def test_a_drained_process_hands_its_sessions_over_and_takes_none_until_it_takes_part_again(
    harness: Harness, admin: Person
) -> None:
    await all_linked(harness, MANY)
    name = owner_of(harness)
    async with second_process(harness) as other:
        theirs = other.sessions._owner
        await process_is(admin, theirs, lambda row: row["jobs"] > 10)
        asked = await admin.done("processes.drain", process=name, reason="обновление")
        assert (asked["drain"], asked["name"]) == ("asked", name)
        drained = await process_is(admin, name, lambda row: row["drain"] == "drained")
        assert drained["drain_by"].startswith("admin ")
        await process_is(admin, name, lambda row: row["sessions"] == 0)
        for salon_id in MANY:
            await shown(admin, lambda row: (row["owner"], row["state"]) == (theirs, "connected"), salon_id)
        await connected(harness, ALONE)
        await shown(admin, lambda row: row["owner"] == theirs, ALONE)
        assert await admin.refused("processes.drain", process=theirs) == "process_alone"
        again = await admin.done("processes.take_part", process=name)
        assert (again["drain"], again["drain_by"]) == (None, None)
    await shown(admin, lambda row: row["owner"] == name, ALONE)
    acts = [
        act for act in (await admin.done("audit.list"))["rows"] if act["operation"].startswith("processes.")
    ]
    assert [(act["operation"], act["after"]["drain"]) for act in acts] == [
        ("processes.take_part", None), ("processes.drain", "asked"),
    ]  # fmt: skip
    assert acts[-1]["reason"] == "обновление"


async def test_a_drain_that_nobody_helps_with_ends_by_itself_and_the_sessions_stay(
    harness: Harness, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "TAKEN_WAIT_S", 0.2)
    await harness.install()
    name = owner_of(harness)
    await harness.gateway.storage.write(  # one that looks alive and takes nothing
        lambda tx: tx.count(
            "INSERT INTO process_liveness (owner, lock_key, seen_at) VALUES ('ghost:1:00', 1, now() + interval '1 h')"
        )
    )
    await admin.done("processes.drain", process=name)
    await process_is(admin, name, lambda row: row["drain"] == "stayed")
    await shown(admin, lambda row: (row["owner"], row["state"]) == (name, "connected"))


async def test_only_an_administrator_drains_and_only_what_there_is(harness: Harness, admin: Person) -> None:
    operator = Person(harness, await member(harness, StaffRole.OPERATOR))
    name = owner_of(harness)
    assert await operator.refused("processes.drain", process=name) == "forbidden"
    assert await operator.refused("processes.take_part", process=name) == "forbidden"
    assert [row["name"] for row in await processes(operator)] == [name]
    assert await admin.refused("processes.drain", process="nobody:1:00") == "process_not_found"
    assert await admin.refused("processes.drain", process=name) == "process_alone"
    assert (await admin.done("processes.take_part", process=name))["drain"] is None


async def test_what_grows_is_told_with_its_term_and_the_last_round_of_the_retention(
    harness: Harness, admin: Person
) -> None:
    await harness.install()

    async def look() -> dict[str, Any] | None:
        report: dict[str, Any] = await admin.done("storage.report")
        return report if report["retention_at"] else None

    report = await until(look, what="a round of the retention")
    assert report is not None
    tables = {table["name"]: table for table in report["tables"]}
    terms = harness.gateway.settings
    assert tables["webhook_inbox"]["keep_days"] == terms.retention_days
    assert tables["marketplace_events"]["keep_days"] == terms.event_retention_days
    assert tables["audit_log"]["keep_days"] is None
    assert report["total_bytes"] == sum(table["size_bytes"] for table in report["tables"])
    oldest = datetime.fromisoformat(tables["marketplace_events"]["oldest_at"])
    assert abs(oldest - datetime.now(UTC)) < timedelta(minutes=5)

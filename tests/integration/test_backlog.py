"""YCLIENTS was away and many wait: what is confirmed by its list, what by single reads, and who goes first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.bootstrap import CALLS_AT_ONCE
from gateway.domain.signatures import fingerprint
from gateway.storage import backlog_store, budget
from tests.support.harness import SALON, Harness
from tests.support.salons import unlimited_harness
from tests.support.waiting import until
from tests.support.waiting_calls import leave_waiting, shown_too_early, states_of, wrongly_done

MANY = 40
FEW = 8
"""So many are confirmed by the list here."""

SINGLY = FEW + CALLS_AT_ONCE + 4
"""The last few are read singly, what is in hand when the backlog begins or ends, and the list's witnesses."""


@pytest.fixture
async def unlimited(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Harness]:
    """A gateway without the limits of the partner, which reads the list as soon as it may."""
    monkeypatch.setattr(budget, "PER_SECOND", 1000)
    monkeypatch.setattr(budget, "PER_MINUTE", 100_000)
    monkeypatch.setattr(backlog_store, "LIST_EVERY_S", 0)
    monkeypatch.setattr(backlog_store, "BULK_FROM", FEW)
    async with unlimited_harness(database_url) as harness:
        yield harness


async def be_back(harness: Harness) -> None:
    """YCLIENTS was away and is back, as any process would have noted it."""
    await set_budget(harness, "back_at = now()")


async def set_budget(harness: Harness, changes: str, *values: Any) -> None:
    statement = f"UPDATE partner_budget SET {changes} WHERE id = 1"
    await harness.gateway.storage.write(lambda tx: tx.count(statement, *values))


async def end_in(harness: Harness, **states: int) -> None:
    async def look() -> bool:
        return await states_of(harness) == states

    await until(look, what=f"installs in {states}", timeout_s=40)


async def test_unknown_outcomes_are_settled_by_the_list_and_not_by_a_read_each(unlimited: Harness) -> None:
    waiting = await leave_waiting(unlimited, MANY, unknown=0.9, done=0.9)
    await be_back(unlimited)
    await end_in(unlimited, active=MANY)
    calls = unlimited.sandbox.market.report()["calls"]
    assert wrongly_done(unlimited, waiting.all) == []
    assert await shown_too_early(unlimited) == []
    assert calls["status"] <= SINGLY, calls
    assert calls["callback_redirect"] <= len(waiting.never_arrived) + len(waiting.unknown_undone)
    unread = await unlimited.rows("SELECT count(*) AS n FROM installs WHERE checked_at IS NULL")
    assert unread[0]["n"] >= len(waiting.unknown_done) - 4, (
        "the list's word is followed by a read of the sweep"
    )


async def test_a_list_that_holds_pending_salons_makes_none_active(unlimited: Harness) -> None:
    unlimited.sandbox.market.switches.listed_statuses = "all"
    waiting = await leave_waiting(unlimited, MANY, unknown=1.0, done=0.2)
    await be_back(unlimited)
    await end_in(unlimited, active=MANY)
    assert await shown_too_early(unlimited) == []
    assert wrongly_done(unlimited, waiting.all) == []


async def test_a_link_that_ran_out_meanwhile_is_refused_and_its_owner_connects_again(
    unlimited: Harness,
) -> None:
    """The outage outlived the hour that YCLIENTS gives: only the owner can press «Подключить» again."""
    await leave_waiting(unlimited, MANY, unknown=0.3, done=0.0)
    unlimited.sandbox.market.shift(3_601)
    await be_back(unlimited)
    await end_in(unlimited, refused=MANY)
    codes = await unlimited.rows("SELECT DISTINCT error_code, state FROM partner_calls")
    assert codes == [{"error_code": "not_requested", "state": "failed"}]
    assert unlimited.sandbox.market.report()["calls"]["status"] <= SINGLY


async def test_an_incomplete_list_refuses_nobody(unlimited: Harness) -> None:
    """Salons that we hold to be active are missing in it: what it does not hold says nothing."""
    unlimited.sandbox.market.switches.listed_statuses = "active"
    waiting = await leave_waiting(unlimited, MANY, unknown=1.0, done=1.0)
    for salon_id in waiting.all:
        unlimited.sandbox.market.expire(salon_id)  # not listed now, though connected
    await be_back(unlimited)

    async def all_were_read() -> bool:
        return bool(unlimited.sandbox.market.report()["calls"].get("status", 0) >= MANY)

    await until(all_were_read, what="single reads", timeout_s=40)
    assert "refused" not in await states_of(unlimited)


@pytest.mark.expects_log("sweep_failed", "list_unreadable")
async def test_while_yclients_is_away_nobody_hammers_and_its_return_is_noticed(unlimited: Harness) -> None:
    market = unlimited.sandbox.market
    fault = market.faults.put("503")
    waiting = await leave_waiting(unlimited, MANY, unknown=0.0, done=0.0)
    await be_back(unlimited)

    async def is_away() -> bool:
        rows = await unlimited.rows("SELECT away_since IS NOT NULL AS away FROM partner_budget")
        return bool(rows[0]["away"])

    await until(is_away, what="YCLIENTS counts as away")
    await until(lambda: in_hand_is_over(unlimited), what="no call in hand")
    asked = market.report()["calls_total"]
    assert asked < MANY, "not every call ran into it"
    market.faults.clear(fault.id)
    await set_budget(unlimited, "away_probe_at = NULL")
    await end_in(unlimited, active=MANY)
    assert wrongly_done(unlimited, waiting.all) == []
    events = await unlimited.rows(
        "SELECT type, count(*) AS n FROM marketplace_events WHERE type LIKE 'partner_%' AND salon_id IS NULL GROUP BY 1"
    )
    assert {row["type"]: row["n"] for row in events} == {"partner_away": 1, "partner_back": 1}


async def in_hand_is_over(harness: Harness) -> bool:
    return not await harness.rows("SELECT id FROM partner_calls WHERE claimed_until > now()")


async def test_webhooks_that_waited_for_yclients_are_worked_when_it_is_back(unlimited: Harness) -> None:
    await unlimited.install(SALON)
    market = unlimited.sandbox.market
    fault = market.faults.put("500", operation="status")
    market.disconnect(SALON)

    async def is_put_back() -> bool:
        rows = await unlimited.rows("SELECT id FROM webhook_inbox WHERE error IS NOT NULL AND attempts >= 2")
        return bool(rows)

    await until(is_put_back, what="the webhook waits")
    market.faults.clear(fault.id)
    await be_back(unlimited)
    await unlimited.webhooks_processed()
    assert (await unlimited.install_row())["partner_state"] == "uninstalled"


async def test_the_minutes_one_try_of_a_refused_token_waits_for_a_call_to_make(unlimited: Harness) -> None:
    """A look that finds nothing due leaves the turn to the next: an owner who links then is not kept waiting."""
    ours = fingerprint_of(unlimited)
    await set_budget(
        unlimited, "refused_at = now() - interval '5 minutes', refused_code = 'unauthorized', "
        "refused_fingerprint = %s, refused_probe_at = now() - interval '5 minutes'", ours,
    )  # fmt: skip
    token = await unlimited.link()
    await unlimited.webhook({"event": "freeze"})  # anything that makes the workers look
    await unlimited.scan(token)
    await unlimited.reaches(token, "active", timeout_s=10)


def fingerprint_of(harness: Harness) -> str:
    token = harness.gateway.settings.partner_token
    assert token is not None
    return fingerprint(token.get_secret_value())

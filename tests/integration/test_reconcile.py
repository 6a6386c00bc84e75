"""The sweep heals what no webhook told, and brakes when the partner's list looks wrong."""

from __future__ import annotations

import pytest

from gateway.application.records import EntryFacts
from tests.support.harness import OTHER_SALON, SALON, Harness


async def test_a_lost_uninstall_is_healed_and_reported_as_drift(harness: Harness) -> None:
    await harness.install()
    harness.sandbox.market.switches.lose_lifecycle = True
    harness.sandbox.market.disconnect(SALON)
    report = await harness.gateway.reconcile()
    assert (report.missing_at_partner, report.healed) == ([SALON], [SALON])
    assert (await harness.install_row())["partner_state"] == "uninstalled"
    events = [event for event in await harness.gateway.events.of_salon(SALON) if event.type == "drift_found"]
    assert [dict(event.data) for event in events] == [{"theirs": "uninstalled", "ours": "active"}]


async def test_a_lost_freeze_and_a_lost_payment_are_healed(harness: Harness) -> None:
    await harness.install()
    harness.sandbox.market.switches.lose_lifecycle = True
    harness.sandbox.market.expire(SALON)
    await harness.gateway.reconcile()
    assert (await harness.install_row())["partner_state"] == "frozen"
    harness.sandbox.market.pay(SALON)
    await harness.gateway.reconcile()
    assert (await harness.install_row())["partner_state"] == "active"


async def test_a_salon_that_only_the_partner_knows_is_reported(harness: Harness) -> None:
    harness.sandbox.market.switches.listed_statuses = "all"
    harness.sandbox.market.connect([OTHER_SALON], form="salon_id")
    report = await harness.gateway.reconcile()
    assert report.unknown_to_us == [OTHER_SALON]
    assert report.healed == []


async def test_nothing_to_heal_changes_nothing(harness: Harness) -> None:
    await harness.install()
    before = await harness.rows(
        "SELECT partner_state, generation, version FROM installs JOIN companies c ON true"
    )
    report = await harness.gateway.reconcile()
    assert (report.listed, report.held, report.healed) == (1, 1, [])
    assert (
        await harness.rows("SELECT partner_state, generation, version FROM installs JOIN companies c ON true")
        == before
    )


@pytest.mark.expects_log("sweep_braked")
async def test_a_list_that_lost_most_of_our_salons_is_not_believed(harness: Harness) -> None:
    for salon_id in range(1, 9):
        facts = EntryFacts(salon_id, "", None, None, "pending", signed=False, owner_user_id=None)
        await harness.gateway.installs.open_for_entry(facts)
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE installs SET partner_state = 'active', partner_since = now()")
    )
    report = await harness.gateway.reconcile()
    assert report.is_braked
    assert report.healed == []
    states = await harness.rows("SELECT DISTINCT partner_state FROM installs")
    assert states == [{"partner_state": "active"}]

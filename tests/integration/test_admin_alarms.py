"""Alarms through a whole gateway: raised by what happens, seen on both doors, acknowledged and audited, counted."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from shared.vocabulary import AlarmKind, StaffRole
from tests.support.harness import Harness
from tests.support.node_clients import node_clients
from tests.support.salons import Person
from tests.support.staff import Console, member
from tests.support.waiting import until

WRONG = {"salon_id": 101001, "application_id": 4321, "event": "payment", "partner_token": "not-the-right-one"}


async def a_person(harness: Harness, role: StaffRole = StaffRole.OPERATOR) -> Person:
    return Person(harness, await member(harness, role))


async def raised(person: Person, kind: AlarmKind) -> dict[str, Any]:
    """Wait until an alarm of a kind is open and return it."""

    async def look() -> dict[str, Any] | None:
        rows = (await person.done("alarms.list"))["rows"]
        return next((row for row in rows if row["kind"] == kind), None)

    found = await until(look, what=f"alarm {kind}")
    assert found is not None
    return found


async def refuse_one(harness: Harness) -> None:
    answer = await harness.webhook(WRONG)
    assert answer.status_code == 401


@pytest.mark.node
async def test_a_webhook_with_a_wrong_token_is_an_alarm_on_every_console_and_in_the_log(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    token = await member(harness, StaffRole.VIEWER)
    async with node_clients(harness.url) as clients:
        console = await Console.joined(clients, "console", token)
        with caplog.at_level(logging.WARNING, "gateway.alarms"):
            await refuse_one(harness)

            async def told() -> dict[str, Any] | None:
                return next((each for each in console.changes() if each["kind"] == "alarm"), None)

            change = await until(told, what="the change")
        assert change is not None
        listed = await console.done("alarms.list")
    alarm = listed["rows"][0]
    assert (alarm["alarm_id"], alarm["kind"], alarm["level"]) == (change["id"], "webhooks_refused", "warn")
    assert (alarm["subject"], alarm["acknowledged_at"], alarm["count"]) == ("webhook_unauthorized", None, 1)
    assert listed["cursor"] >= change["version"]
    assert [record.getMessage() for record in caplog.records if record.name == "gateway.alarms"] == [
        "alarm_raised"
    ]
    assert "not-the-right-one" not in str(listed)


async def test_an_acknowledgement_says_who_is_audited_once_and_stays_the_first_ones(harness: Harness) -> None:
    await refuse_one(harness)
    first, second = await a_person(harness), await a_person(harness, StaffRole.ADMIN)
    alarm = await raised(first, AlarmKind.WEBHOOKS_REFUSED)
    mine = await first.done("alarms.acknowledge", alarm_id=alarm["alarm_id"])
    assert mine["acknowledged_by"].startswith("operator ")
    theirs = await second.done("alarms.acknowledge", alarm_id=alarm["alarm_id"])
    assert theirs["acknowledged_by"] == mine["acknowledged_by"]
    acts = (await second.done("audit.list"))["rows"]
    changed = [act for act in acts if act["after"].get("acknowledged")]
    assert [(act["before"]["acknowledged"], act["after"]["kind"]) for act in changed] == [
        (False, "webhooks_refused")
    ]
    assert await first.refused("alarms.acknowledge", alarm_id=2**62) == "alarm_not_found"


async def test_what_settled_is_listed_only_on_request(harness: Harness) -> None:
    await refuse_one(harness)
    person = await a_person(harness)
    await raised(person, AlarmKind.WEBHOOKS_REFUSED)
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE marketplace_events SET at = at - interval '1 day'")
    )
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE alarms SET settled_at = now() WHERE settled_at IS NULL")
    )
    assert (await person.done("alarms.list"))["rows"] == []
    lately = (await person.done("alarms.list", include_settled=True))["rows"]
    assert [row["settled_at"] is not None for row in lately] == [True]


async def test_the_open_alarms_are_counted_for_prometheus(harness: Harness) -> None:
    await refuse_one(harness)
    await raised(await a_person(harness), AlarmKind.WEBHOOKS_REFUSED)

    async def counted() -> bool:
        lines = (await harness.http.get("/metrics")).text.splitlines()
        shown = {line for line in lines if line.startswith("open_alarms{")}
        return {'open_alarms{kind="webhooks_refused"} 1.0', 'open_alarms{kind="disk_low"} 0.0'} <= shown

    await until(counted, what="the figure")


async def test_a_refused_token_is_one_alarm(harness: Harness) -> None:
    harness.sandbox.market.faults.put("401", operation="callback_redirect")
    token = await harness.link()
    await harness.scan(token)
    alarm = await raised(await a_person(harness), AlarmKind.TOKEN_REFUSED)
    assert (alarm["level"], alarm["subject"]) == ("bad", "")

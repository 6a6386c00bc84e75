"""Looking after the staff: searching and checking the audit step by step, making and revoking members, snoozing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.storage import audit_store
from shared.vocabulary import AlarmKind, StaffRole
from tests.support.door import assert_problem
from tests.support.harness import SALON, Harness
from tests.support.node_clients import node_clients
from tests.support.staff import Console, member, new_key, request
from tests.support.waiting import until

WRONG = {"salon_id": SALON, "application_id": 4321, "event": "payment", "partner_token": "not-the-right-one"}


async def answer_of(harness: Harness, name: str, token: str, /, **given: Any) -> Any:
    """Ask for an operation that must succeed."""
    answer = await request(harness, name, token, given)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def change(harness: Harness, statement: str) -> None:
    await harness.gateway.storage.write(lambda tx: tx.count(statement))


# ------------------------------------------------------------------------------------------------- the audit


async def test_the_audit_is_searched_by_time_outcome_reason_and_request(harness: Harness) -> None:
    await harness.install(SALON)
    token = await member(harness)
    given = {"salon_id": SALON, "generation": 1, "reason": "They Do Not Pay"}
    frozen = await request(harness, "installs.freeze", token, given, X_Request_Id="request-of-mine")
    assert frozen.status_code == 200, frozen.text
    await request(harness, "sessions.qr", token, {"salon_id": SALON})

    async def found(**query: Any) -> list[str]:
        return [row["operation"] for row in (await answer_of(harness, "audit.list", token, **query))["rows"]]

    everything = await found()
    assert everything == ["sessions.qr", "installs.freeze", "staff.add"]
    assert await found(search="do not pay") == await found(search="request-of-mine") == ["installs.freeze"]
    assert await found(search="%") == await found(search="another reason") == []
    assert await found(outcome="unchanged") == ["sessions.qr"]
    assert await found(outcome="changed") == ["installs.freeze", "staff.add"]
    (row,) = await harness.rows("SELECT at FROM audit_log WHERE operation = 'installs.freeze'")
    at: datetime = row["at"]
    assert await found(since=at.isoformat()) == ["sessions.qr", "installs.freeze"]
    assert await found(until=at.isoformat()) == ["staff.add"]
    naive = await request(harness, "audit.list", token, {"since": "2026-03-14T11:05:00"})
    assert_problem(naive, "field_invalid", 422)


async def checked(harness: Harness, token: str) -> list[dict[str, Any]]:
    """Follow the chain to its end and return every step."""
    steps = [await answer_of(harness, "audit.check", token)]
    while not steps[-1]["is_done"]:
        assert len(steps) < 20
        on = {"after": steps[-1]["checked_to"], "head": steps[-1]["head"]}
        steps.append(await answer_of(harness, "audit.check", token, **on))
    return steps


async def test_the_chain_is_checked_in_steps_that_say_how_far_they_are(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_store, "PAGE", 3)
    token = await member(harness)
    for number in range(9):
        await harness.gateway.staff.add(f"somebody {number}", StaffRole.VIEWER)
    steps = await checked(harness, token)
    ids = [row["id"] for row in await harness.rows("SELECT id FROM audit_log ORDER BY id")]
    assert [step["checked"] for step in steps] == [3, 3, 3, 1]
    assert [step["checked_to"] for step in steps] == [ids[2], ids[5], ids[8], ids[9]]
    assert {step["newest"] for step in steps} == {ids[9]}
    assert (steps[-1]["broken_at"], steps[-1]["problem"]) == (None, None)
    await change(harness, f"UPDATE audit_log SET reason = 'another' WHERE id = {ids[7]}")
    broken = (await checked(harness, token))[-1]
    assert (broken["broken_at"], broken["problem"], broken["checked_to"]) == (ids[7], "altered", ids[6])
    await change(harness, f"DELETE FROM audit_log WHERE id > {ids[6]}")
    assert (await checked(harness, token))[-1]["problem"] == "cut_off"


# ------------------------------------------------------------------------------------------------- the staff


async def test_a_new_member_s_token_is_answered_once_and_lets_them_in(harness: Harness) -> None:
    boss, key = await member(harness), new_key()
    given = {
        "name": "  Анна   Петрова ",
        "role": "operator",
        "expires_in_days": 30,
        "reason": "on call from May",
    }
    made = await request(harness, "staff.add", boss, given, Idempotency_Key=key)
    assert made.status_code == 200, made.text
    issued = made.json()
    assert (issued["staff"]["name"], issued["staff"]["role"]) == ("Анна   Петрова", "operator")
    welcome = await answer_of(harness, "staff.me", issued["token"])
    assert welcome["staff"]["id"] == issued["staff"]["id"]
    again = await request(harness, "staff.add", boss, given, Idempotency_Key=key)
    assert_problem(again, "already_done", 409)
    assert_problem(await request(harness, "staff.add", boss, given), "staff_name_taken", 409)
    for name in ("cli", "12", "a\u202eb"):
        assert_problem(
            await request(harness, "staff.add", boss, given | {"name": name}), "field_invalid", 422
        )
    (act,) = (await answer_of(harness, "audit.list", boss, search="on call"))["rows"]
    assert (act["operation"], act["after"]["role"], act["staff"].split()[0]) == (
        "staff.add",
        "operator",
        "admin",
    )
    kept = await harness.rows(
        "SELECT to_jsonb(a)::text AS said FROM audit_log a UNION ALL SELECT to_jsonb(c)::text FROM staff_commands c "
        "UNION ALL SELECT to_jsonb(e)::text FROM marketplace_events e"
    )
    assert [row for row in kept if issued["token"] in row["said"]] == []


async def test_only_an_administrator_makes_members_and_nobody_revokes_themselves(harness: Harness) -> None:
    operator = await member(harness, StaffRole.OPERATOR)
    assert_problem(
        await request(harness, "staff.add", operator, {"name": "x y", "role": "admin"}), "forbidden", 403
    )
    boss = await member(harness)
    me = (await answer_of(harness, "staff.me", boss))["staff"]["id"]
    mine = await request(harness, "staff.revoke", boss, {"staff_id": me, "reason": "a slip of the hand"})
    assert_problem(mine, "revoking_yourself", 409)
    assert (await answer_of(harness, "staff.me", boss))["staff"]["revoked_at"] is None
    assert await harness.rows("SELECT 1 AS one FROM audit_log WHERE operation = 'staff.revoke'") == []


@pytest.mark.node
async def test_the_list_of_staff_says_who_has_consoles_open_and_when_tokens_end(harness: Harness) -> None:
    boss = await member(harness)
    guest = await harness.gateway.staff.add("guest", StaffRole.VIEWER, expires_in_days=3)

    async def row() -> dict[str, Any]:
        rows = (await answer_of(harness, "staff.list", boss))["rows"]
        return next(each for each in rows if each["name"] == "guest")

    async def has_open(count: int) -> None:
        async def look() -> bool:
            return bool((await row())["consoles"] == count)

        await until(look, what=f"{count} open consoles")

    found = await row()
    assert (found["consoles"], found["last_used_at"]) == (0, None)
    assert found["ends_at"] == found["expires_at"]
    async with node_clients(harness.url) as clients:
        for name in ("one", "two"):
            await Console.joined(clients, name, guest.token)
        await has_open(2)
        await change(harness, "INSERT INTO console_lines SELECT 'a dead process', max(id), 5 FROM staff")
        await has_open(2)
        given = {"staff_id": guest.staff.staff_id, "reason": "lost the laptop"}
        await answer_of(harness, "staff.revoke", boss, **given)
        for name in ("one", "two"):
            await clients.told(name, "disconnect")
    rows = (await answer_of(harness, "staff.list", boss, include_revoked=True))["rows"]
    assert [each["name"] for each in rows if each["revoked_at"]] == ["guest"]


async def test_a_token_that_is_not_used_ends_before_its_term(harness: Harness) -> None:
    boss = await member(harness)
    idle = await harness.gateway.staff.add("idle", StaffRole.VIEWER, expires_in_days=365)
    rows = (await answer_of(harness, "staff.list", boss))["rows"]
    (found,) = [each for each in rows if each["id"] == idle.staff.staff_id]
    disused = datetime.fromisoformat(found["ends_at"]) - datetime.fromisoformat(found["created_at"])
    assert disused == timedelta(days=30)


# ------------------------------------------------------------------------------------------------ the alarms


async def raised(harness: Harness, token: str) -> dict[str, Any]:
    """Have a webhook refused and return the alarm of it."""
    assert (await harness.webhook(WRONG)).status_code == 401

    async def look() -> dict[str, Any] | None:
        rows = (await answer_of(harness, "alarms.list", token))["rows"]
        return next((row for row in rows if row["kind"] == AlarmKind.WEBHOOKS_REFUSED), None)

    found = await until(look, what="the alarm")
    assert found is not None
    return found


async def test_a_snoozed_alarm_says_until_when_and_is_told_when_the_moment_has_come(harness: Harness) -> None:
    token = await member(harness, StaffRole.OPERATOR)
    alarm = await raised(harness, token)
    now = datetime.fromisoformat(alarm["raised_at"])
    number = alarm["alarm_id"]
    for wrong in (now - timedelta(seconds=1), now + timedelta(days=8)):
        refused = await request(
            harness, "alarms.snooze", token, {"alarm_id": number, "until": wrong.isoformat()}
        )
        assert_problem(refused, "snooze_invalid", 422)
    late = now + timedelta(hours=1)
    snoozed = await answer_of(harness, "alarms.snooze", token, alarm_id=number, until=late.isoformat())
    assert datetime.fromisoformat(snoozed["snoozed_until"]) == late
    assert snoozed["snoozed_by"].startswith("operator ")
    boss = await member(harness)
    (act,) = (await answer_of(harness, "audit.list", boss, operation="alarms.snooze"))["rows"]
    assert act["before"]["snoozed_until"] is None
    assert datetime.fromisoformat(act["after"]["snoozed_until"]) == late.replace(microsecond=0)
    # The moment comes: as if it had been an hour ago that somebody asked for an hour.
    await change(
        harness,
        "UPDATE alarms SET snoozed_until = now() - interval '1 s', told_at = now() - interval '1 h' "
        f"WHERE id = {number}",
    )

    async def told() -> bool:
        rows = (await answer_of(harness, "alarms.list", token))["rows"]
        row = next(each for each in rows if each["alarm_id"] == number)
        return datetime.fromisoformat(row["told_at"]) > datetime.fromisoformat(row["snoozed_until"])

    await until(told, what="the alarm is told once more")
    woken = await answer_of(harness, "alarms.snooze", token, alarm_id=number, until=None)
    assert (woken["snoozed_until"], woken["snoozed_by"]) == (None, None)


@pytest.mark.expects_log("console_crash")
async def test_a_crash_of_a_console_is_one_line_of_the_log_and_holds_nothing_somebody_typed(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    token = await member(harness, StaffRole.VIEWER)
    frame = {"module": "desktop.qt.views.salon", "function": "refresh", "line": 12}
    report: dict[str, Any] = {
        "error": "ValueError", "frames": [frame], "console": "1", "python": "3.12", "qt": "6.9", "system": "Linux",
    }  # fmt: skip
    with caplog.at_level("ERROR", "gateway.staff"):
        answer = await request(harness, "crashes.report", token, report)
    assert answer.status_code == 200, answer.text
    (line,) = [each for each in caplog.records if each.message == "console_crash"]
    told = vars(line)
    assert (told["kind"], told["exception"]) == ("ValueError", "desktop.qt.views.salon:refresh:12")
    assert told["reference"] == answer.json()["reference"]
    for planted in ("+79991234567", "Мария", "C:\\Users\\maria", "a b@c"):
        refused = await request(harness, "crashes.report", token, report | {"error": planted})
        assert refused.status_code == 422, planted

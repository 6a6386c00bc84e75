"""Installs in staff's hands: the board page by page, searches, one salon with everything, and every command."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.application.records import EntryFacts
from gateway.storage.database import Transaction
from shared.vocabulary import STAGE_ORDER, StaffRole, Stage
from tests.support.harness import SALON, Harness, running_harness
from tests.support.salons import Person, call_reaches, call_row, install_stands
from tests.support.staff import member
from tests.support.waiting import until

NOBODY = 999_999
WHY = "так решили"


@pytest.fixture
async def admin(harness: Harness) -> Person:
    return Person(harness, await member(harness, StaffRole.ADMIN))


async def opened(harness: Harness, salon_id: int, title: str, city: str | None = "Тверь") -> None:
    """Open an install without a word to YCLIENTS."""
    facts = EntryFacts(salon_id, title, city, "Europe/Moscow", "pending", signed=False, owner_user_id=None)
    await harness.gateway.installs.open_for_entry(facts)


async def moved(harness: Harness, salon_id: int, stage: Stage, since: datetime) -> None:
    """Put a salon's install where it is wanted on the board."""

    def work(tx: Transaction) -> None:
        tx.count(
            "UPDATE installs SET stage = %s, stage_since = %s WHERE salon_id = %s",
            stage.value,
            since,
            salon_id,
        )

    await harness.gateway.storage.write(work)


async def whole_board(person: Person, **given: Any) -> list[dict[str, Any]]:
    """Read every page of a list."""
    rows: list[dict[str, Any]] = []
    after = None
    while True:
        page = await person.done("installs.list", **given, **({"after": after} if after else {}))
        rows += page["rows"]
        after = page["next"]
        if after is None:
            return rows


def silently_expired(harness: Harness) -> None:
    """Let the paid period end at YCLIENTS without a webhook."""
    harness.sandbox.market.switches.lose_lifecycle = True
    harness.sandbox.market.expire(SALON)


async def acts(harness: Harness, operation: str) -> list[dict[str, Any]]:
    """Return the audit's rows of an operation."""
    return await harness.rows("SELECT * FROM audit_log WHERE operation = %s ORDER BY id", operation)


async def story(harness: Harness, salon_id: int = SALON) -> list[str]:
    return [event.type for event in await harness.gateway.events.of_salon(salon_id)]


async def session_state(harness: Harness, salon_id: int = SALON) -> tuple[str, str]:
    rows = await harness.rows("SELECT state, desired FROM whatsapp_sessions WHERE salon_id = %s", salon_id)
    return rows[0]["state"], rows[0]["desired"]


async def session_reaches(harness: Harness, state: str, salon_id: int = SALON) -> None:
    async def look() -> bool:
        return (await session_state(harness, salon_id))[0] == state

    await until(look, what=f"session {state}")


# -- the board ----------------------------------------------------------------------------------------


async def test_the_board_is_stuck_first_and_then_the_longest_in_its_stage(
    harness: Harness, admin: Person
) -> None:
    start = harness.gateway.clock.now()
    places = [(stage, minutes) for stage in reversed(STAGE_ORDER) for minutes in (1, 9)]
    for number, (stage, minutes) in enumerate(places, start=1):
        await opened(harness, number, f"Салон {number}")
        await moved(harness, number, stage, start - timedelta(minutes=minutes))
    rows = await whole_board(admin, limit=3)
    assert [row["stage"] for row in rows] == [stage.value for stage in STAGE_ORDER for _ in range(2)]
    assert all(
        first["stage_since"] < second["stage_since"]
        for first, second in zip(rows[::2], rows[1::2], strict=True)
    )
    counts = await admin.done("installs.counts")
    assert (counts["total"], counts["by_stage"]) == (14, dict.fromkeys((stage.value for stage in Stage), 2))


async def test_pages_lose_and_repeat_no_row_that_stays_while_others_move(
    harness: Harness, admin: Person
) -> None:
    """Rows that move may be met twice or not at all; whoever follows the changes reads those again anyway."""
    rng = random.Random(7)
    start = harness.gateway.clock.now()
    salons = list(range(1, 61))
    for salon_id in salons:
        await opened(harness, salon_id, f"Салон {salon_id}")
        await moved(harness, salon_id, rng.choice(STAGE_ORDER), start - timedelta(seconds=rng.randrange(5)))
    for _ in range(6):
        moving = set(rng.sample(salons, 12))
        seen: list[int] = []
        after = None
        while True:
            page = await admin.done("installs.list", limit=7, **({"after": after} if after else {}))
            seen += [row["salon_id"] for row in page["rows"]]
            for salon_id in rng.sample(sorted(moving), 4):
                await moved(
                    harness, salon_id, rng.choice(STAGE_ORDER), start + timedelta(seconds=rng.randrange(5))
                )
            after = page["next"]
            if after is None:
                break
        stayed = [salon_id for salon_id in seen if salon_id not in moving]
        assert len(stayed) == len(set(stayed))
        assert set(stayed) == set(salons) - moving


async def test_no_row_is_newer_than_the_cursor_of_its_answer(harness: Harness, admin: Person) -> None:
    for salon_id in range(1, 6):
        await opened(harness, salon_id, f"Салон {salon_id}")

    async def renaming() -> None:
        for turn in range(30):
            await opened(harness, turn % 5 + 1, f"Салон переименован {turn}")

    async def reading() -> None:
        for _ in range(15):
            page = await admin.done("installs.list")
            assert max(row["version"] for row in page["rows"]) <= page["cursor"]
            detail = await admin.done("installs.get", salon_id=3)
            assert detail["row"]["version"] <= detail["cursor"]

    await asyncio.gather(renaming(), reading())
    rows = await admin.done("installs.rows", ids=[1, 2, 3, 4, 5])
    newest = {event.salon_id: event.event_id for event in await harness.gateway.events.after(0)}
    assert {row["salon_id"]: row["version"] for row in rows["rows"]} == {n: newest[n] for n in range(1, 6)}


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "!!!!", "0~2026~1", "ÿ", base64.urlsafe_b64encode(b"[1,2,3]").decode(),
     base64.urlsafe_b64encode(b'[9,"2026-01-01T00:00:00+00:00",1]').decode().rstrip("="),
     base64.urlsafe_b64encode(b'[true,"2026-01-01T00:00:00+00:00",1]').decode().rstrip("="),
     base64.urlsafe_b64encode(b'[1,"2026-01-01T00:00:00",1]').decode().rstrip("="),
     base64.urlsafe_b64encode(b'[1,"2026-01-01T00:00:00+00:00",99999999999999999999]').decode().rstrip("="),
     base64.urlsafe_b64encode(b"[" * 120).decode().rstrip("=")],
)  # fmt: skip
async def test_a_cursor_that_is_not_ours_is_refused(harness: Harness, admin: Person, cursor: str) -> None:
    assert await admin.refused("installs.list", after=cursor) == "cursor_invalid"


async def test_filters_are_combined_and_rows_answers_only_who_matches(
    harness: Harness, admin: Person
) -> None:
    await harness.install()
    for salon_id in (1, 2):
        await opened(harness, salon_id, "Ромашка")
    everybody = {"ids": [SALON, 1, 2, NOBODY]}
    assert [row["salon_id"] for row in (await admin.done("installs.rows", **everybody))["rows"]] == [
        1,
        2,
        SALON,
    ]
    for asked, found in (
        ({"stages": ["active"]}, [SALON]), ({"stages": ["new", "active"]}, [1, 2, SALON]),
        ({"partner_states": ["pending"]}, [1, 2]), ({"whatsapp_states": ["connected"]}, [SALON]),
        ({"whatsapp_states": ["connected"], "stages": ["new"]}, []), ({"search": "ромашка"}, [1, 2]),
        ({"search": "ромашка", "stages": ["active"]}, []), ({"error_codes": ["rejected"]}, []),
    ):  # fmt: skip
        answer = await admin.done("installs.rows", **everybody, **asked)
        assert [row["salon_id"] for row in answer["rows"]] == found, asked
        assert [row["salon_id"] for row in await whole_board(admin, **asked)] == found, asked
    counts = await admin.done("installs.counts", stages=["active"], search="ромашка")
    assert (counts["total"], counts["by_stage"]["new"], counts["by_stage"]["active"]) == (2, 2, 0)


SALONS = {
    1: ("Ёлка на Арбате", "Москва"), 2: ("ЕЛКА", "Орёл"), 3: ("100% красота", None), 4: ("A_B\\C", None),
    5: ("Д" * 300, "Тверь"), 6: ("מספרה יפה", "חיפה"), 7: ("💇‍♀️ Студия 👩🏽‍🎨", None),
    8: ("Beauty   Bar", "Санкт-Петербург"),
    9: ("x" * 5000, "y" * 3000), 10: ("😀" * 600, "😀" * 600), 11: ("ﷺ" * 400, None),
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ёлка", {1, 2}), ("ЕЛКА", {1, 2}), ("елка арбат", {1}), ("арбат елка москва", {1}), ("%", {3}), ("100%", {3}),
        ("_", {4}), ("a_b\\c", {4}), ("\\", {4}), ("a%b", set()), ("д" * 100, {5}), ("#5", {5}), ("יפה", {6}),
        ("חיפה", {6}), ("💇", {7}), ("👩🏽‍🎨", {7}), ("beauty bar", {8}), ("  BAR   beauty ", {8}), ("xxx", {9}),
        ("😀😀", {10}), ("такого нет", set()), ("'; DROP TABLE installs; --", set()), ("", set(SALONS)),
    ],
)  # fmt: skip
async def test_what_is_typed_finds_its_salons(
    harness: Harness, admin: Person, asked: str, found: set[int]
) -> None:
    for salon_id, (title, city) in SALONS.items():
        await opened(harness, salon_id, title, city)
    assert {row["salon_id"] for row in await whole_board(admin, search=asked)} == found


async def test_a_salon_is_found_by_its_number_the_end_of_its_phone_and_its_support_code(
    harness: Harness, admin: Person
) -> None:
    await harness.install()
    await opened(harness, 1, "Другой")
    row = (await admin.done("installs.get", salon_id=SALON))["row"]
    tail = "".join(each for each in row["phone"] if each.isdigit())[-4:]
    for asked in (
        str(SALON),
        f"#{SALON}",
        tail,
        f"…{tail}",
        row["support_code"],
        row["support_code"].lower(),
        "ёлка",
    ):
        assert [each["salon_id"] for each in await whole_board(admin, search=asked)] == [SALON], asked


# -- one salon ----------------------------------------------------------------------------------------


async def test_one_salon_with_everything(harness: Harness, admin: Person) -> None:
    await harness.install()
    detail = await admin.done("installs.get", salon_id=SALON)
    row = detail["row"]
    assert (row["stage"], row["partner_state"], row["whatsapp_state"]) == ("active", "active", "connected")
    assert (row["next_step"], row["error_code"], row["call_state"]) == ("nothing", None, "done")
    assert (row["generation"], row["is_open"], row["is_frozen_by_staff"]) == (1, True, False)
    assert detail["theirs"]["status"] == "active"
    assert detail["differences"] == []
    assert (detail["whatsapp"]["state"], detail["whatsapp"]["wanted"]) == ("connected", "running")
    assert (detail["whatsapp"]["has_qr"], detail["whatsapp"]["has_code"]) == (False, False)
    assert [each["generation"] for each in detail["generations"]] == [1]
    assert detail["cursor"] >= row["version"]
    for operation in ("installs.get", "timeline.list"):
        assert await admin.refused(operation, salon_id=NOBODY) == "salon_not_found"


async def test_where_yclients_and_we_disagree_is_told(harness: Harness, admin: Person) -> None:
    await opened(harness, 1, "Никогда не читали")
    await harness.gateway.storage.write(lambda tx: tx.count("UPDATE installs SET partner_status = NULL"))
    assert (await admin.done("installs.get", salon_id=1))["differences"] == []
    harness.sandbox.market.faults.put("422", operation="callback_redirect")
    token = await harness.link()
    await harness.scan(token)
    await harness.reaches(token, "attention")
    assert (await admin.done("installs.get", salon_id=SALON))["differences"] == []
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE installs SET partner_status = 'active' WHERE salon_id = %s", SALON)
    )
    differences = (await admin.done("installs.get", salon_id=SALON))["differences"]
    assert differences == [{"field": "partner_state", "theirs": "active", "ours": "refused"}]


async def test_the_story_is_read_page_by_page_through_all_generations(
    harness: Harness, admin: Person
) -> None:
    await harness.install()
    harness.sandbox.market.disconnect(SALON)
    await until(lambda: _is_closed(harness), what="install closed")
    await harness.link()
    everything = await harness.rows(
        "SELECT id FROM marketplace_events WHERE salon_id = %s ORDER BY id", SALON
    )
    read: list[dict[str, Any]] = []
    before = None
    while True:
        page = await admin.done(
            "timeline.list", salon_id=SALON, limit=4, **({"before": before} if before else {})
        )
        assert [row["event_id"] for row in page["rows"]] == sorted(row["event_id"] for row in page["rows"])
        read = page["rows"] + read
        before = page["next"]
        if before is None:
            break
    assert [row["event_id"] for row in read] == [row["id"] for row in everything]
    assert {row["generation"] for row in read if row["type"] == "registration_started"} == {1, 2}
    assert [
        each["generation"] for each in (await admin.done("installs.get", salon_id=SALON))["generations"]
    ] == [2, 1]


async def _is_closed(harness: Harness) -> bool:
    return (await harness.install_row())["closed_at"] is not None


async def test_nothing_of_the_story_is_secret_or_personal(harness: Harness, admin: Person) -> None:
    token = await harness.link()
    shown = await harness.show_qr(token)
    code = (await harness.api("POST", "pairing-code", token, phone="+7 905 123-45-67")).json()
    await harness.phone("scan")
    await harness.reaches(token, "active")
    keys = harness.sandbox.market.api_keys(SALON)
    link = await admin.done("links.create", salon_id=SALON)
    told = json.dumps(await admin.done("timeline.list", salon_id=SALON), ensure_ascii=False)
    owner_token = parse_qs(urlsplit(link["url"]).query)["token"][0]
    for secret in (token, owner_token, shown["qr"], code["code"], "9051234567", "905 123", *keys):
        assert secret not in told
    kept = await harness.rows("SELECT before, after, reason FROM audit_log")
    assert owner_token not in json.dumps(kept)


# -- reconcile ----------------------------------------------------------------------------------------


async def test_a_status_read_now_mends_what_no_webhook_told(harness: Harness, admin: Person) -> None:
    await harness.install()
    unchanged = await admin.done("installs.reconcile", salon_id=SALON)
    assert unchanged == {"theirs": "active", "before": "active", "after": "active", "changed": False}
    silently_expired(harness)
    answer = await admin.done("installs.reconcile", salon_id=SALON, reason=WHY)
    assert answer == {"theirs": "freezed", "before": "active", "after": "frozen", "changed": True}
    assert (await session_state(harness))[1] == "stopped"
    kept = await acts(harness, "installs.reconcile")
    assert [row["after"]["partner_state"] for row in kept] == ["active", "frozen"]
    assert (kept[1]["reason"], kept[1]["salon_id"]) == (WHY, SALON)


@pytest.mark.expects_log("refused")
async def test_a_status_that_cannot_be_read_is_refused_with_why(harness: Harness, admin: Person) -> None:
    await harness.install()
    for fault, code in (
        ("500", "partner_error"),
        ("403_foreign", "partner_forbidden"),
        ("200_html", "partner_garbled"),
    ):
        harness.sandbox.market.faults.put(fault, operation="status")
        assert await admin.refused("installs.reconcile", salon_id=SALON) == code
        harness.sandbox.market.faults.clear()
    assert await admin.refused("installs.reconcile", salon_id=NOBODY) == "salon_not_found"
    assert (await harness.install_row())["partner_state"] == "active"


# -- staff's stop -------------------------------------------------------------------------------------


async def frozen(admin: Person, **given: Any) -> dict[str, Any]:
    detail: dict[str, Any] = await admin.done(
        "installs.freeze", **({"salon_id": SALON, "generation": 1, "reason": WHY} | given)
    )
    return detail


async def test_staffs_stop_ends_the_session_and_holds_against_everything_but_staff(
    harness: Harness, admin: Person
) -> None:
    token = await harness.install()
    detail = await frozen(admin)
    assert (detail["row"]["stage"], detail["row"]["next_step"]) == ("frozen", "unfreeze")
    assert (detail["row"]["is_frozen_by_staff"], detail["frozen_reason"]) == (True, WHY)
    assert await session_state(harness) == ("stopped", "stopped")
    # the owner's page
    for path, body in (("qr", {}), ("pairing-code", {"phone": "+79051234567"})):
        answer = await harness.api("POST", path, token, **body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "install_frozen")
    # staff's own buttons
    for operation, given in (
        ("sessions.start", {}), ("sessions.restart", {"force": True}), ("links.create", {}),
        ("sessions.pairing_code", {"phone": "+79051234567"}),
    ):  # fmt: skip
        assert await admin.refused(operation, salon_id=SALON, **given) == "install_frozen"
    # a status read, a payment, a webhook that is contradicted, a visit from the marketplace
    await admin.done("installs.reconcile", salon_id=SALON)
    harness.sandbox.market.pay(SALON)
    await until(lambda: _is_told(harness, "payment_received"), what="payment processed")
    await harness.webhook({"event": "freeze", "salon_id": SALON, "partner_token": _token(harness)})
    await harness.webhooks_processed()
    await harness.http.get(harness.sandbox.market.entry_url([SALON]))
    assert await session_state(harness) == ("stopped", "stopped")
    assert (await harness.install_row())["stage"] == "frozen"


async def _is_told(harness: Harness, event_type: str) -> bool:
    return event_type in await story(harness)


def _token(harness: Harness) -> str:
    token = harness.gateway.settings.partner_token
    assert token is not None
    return str(token.get_secret_value())


async def test_staffs_stop_outlasts_a_restart_and_a_payment_after_yclients_own_freeze(
    database_url: str,
) -> None:
    async with running_harness(database_url) as harness:
        admin = Person(harness, await member(harness))
        await harness.install()
        harness.sandbox.market.expire(SALON)
        await install_stands(harness, SALON, "frozen")
        await frozen(admin)
        harness.sandbox.market.pay(SALON)
        await install_stands(harness, SALON, "active")
        await harness.webhooks_processed()
        assert await session_state(harness) == ("stopped", "stopped")
    async with running_harness(database_url) as harness:
        assert await session_state(harness) == ("stopped", "stopped")
        row = await harness.install_row()
        assert row["frozen_by_staff_at"] is not None


async def test_unfreezing_brings_the_session_back_without_a_new_qr(harness: Harness, admin: Person) -> None:
    await harness.install()
    await frozen(admin)
    answer = await admin.done("installs.unfreeze", salon_id=SALON, generation=1, reason=WHY)
    assert answer["row"]["is_frozen_by_staff"] is False
    await session_reaches(harness, "connected")
    assert (await story(harness)).count("session.paired") == 1
    assert len(await acts(harness, "installs.freeze")) == len(await acts(harness, "installs.unfreeze")) == 1


async def test_unfreezing_does_not_overrule_yclients_own_freeze(harness: Harness, admin: Person) -> None:
    await harness.install()
    await frozen(admin)
    harness.sandbox.market.expire(SALON)
    await install_stands(harness, SALON, "frozen")
    await admin.done("installs.unfreeze", salon_id=SALON, generation=1, reason=WHY)
    assert await session_state(harness) == ("stopped", "stopped")
    harness.sandbox.market.pay(SALON)
    await session_reaches(harness, "connected")


async def test_connecting_anew_does_not_end_staffs_stop(harness: Harness, admin: Person) -> None:
    await harness.install()
    await frozen(admin)
    harness.sandbox.market.disconnect(SALON)
    await until(lambda: _is_closed(harness), what="install closed")
    token = await harness.link()
    assert (await harness.install_row())["generation"] == 2
    assert (await harness.api("POST", "qr", token)).json()["error"]["code"] == "install_frozen"
    await admin.done("installs.unfreeze", salon_id=SALON, generation=2, reason=WHY)
    assert (await harness.show_qr(token))["success"]


async def test_a_stop_that_is_there_or_is_not_is_refused_and_so_is_another_generation(
    harness: Harness, admin: Person
) -> None:
    await opened(harness, 1, "Салон")
    one = {"salon_id": 1, "reason": WHY}
    assert await admin.refused("installs.unfreeze", **one, generation=1) == "not_frozen"
    assert await admin.refused("installs.freeze", **one, generation=2) == "generation_changed"
    await frozen(admin, salon_id=1)
    assert await admin.refused("installs.freeze", **one, generation=1) == "already_frozen"
    for operation in ("installs.freeze", "installs.unfreeze", "installs.uninstall"):
        assert await admin.refused(operation, salon_id=NOBODY, generation=1, reason=WHY) == "salon_not_found"
    assert len(await acts(harness, "installs.freeze")) == 1


# -- uninstall ----------------------------------------------------------------------------------------


async def test_an_uninstall_can_be_taken_back_until_it_is_sent(harness: Harness, admin: Person) -> None:
    await harness.install()
    one = {"salon_id": SALON, "generation": 1, "reason": WHY}
    assert await admin.refused("installs.uninstall", **one | {"generation": 2}) == "generation_changed"
    assert await admin.refused("installs.keep", salon_id=SALON) == "uninstall_not_pending"
    detail = await admin.done("installs.uninstall", **one)
    assert (detail["row"]["call_state"], detail["row"]["partner_state"]) == ("waiting", "active")
    row = await call_row(harness, SALON, "uninstall")
    assert row["next_attempt_at"] - row["created_at"] == timedelta(seconds=10)
    assert await admin.refused("installs.uninstall", **one) == "uninstall_pending"
    kept = await admin.done("installs.keep", salon_id=SALON)
    assert (kept["row"]["call_state"], kept["row"]["stage"]) == ("cancelled", "active")
    assert await admin.refused("installs.keep", salon_id=SALON) == "uninstall_not_pending"
    assert "uninstall" not in harness.sandbox.market.report()["calls"]
    assert [len(await acts(harness, each)) for each in ("installs.uninstall", "installs.keep")] == [1, 1]


async def test_an_uninstall_ends_the_install_at_yclients_and_here(harness: Harness, admin: Person) -> None:
    await harness.install()
    await admin.done("installs.uninstall", salon_id=SALON, generation=1, reason=WHY)
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE partner_calls SET next_attempt_at = now() WHERE kind = 'uninstall'")
    )
    await harness.gateway.storage.write(lambda tx: tx.append("call_hurried", salon_id=SALON))
    await call_reaches(harness, SALON, "done", kind="uninstall")
    assert harness.sandbox.market.status(SALON) == "uninstalled"
    detail = await admin.done("installs.get", salon_id=SALON)
    assert detail["row"]["stage"] == "gone"
    assert detail["close_reason"] in ("uninstalled_by_staff", "webhook_uninstall"), (
        "whichever was first to notice"
    )
    assert detail["differences"] == []
    assert await admin.refused("installs.keep", salon_id=SALON) == "uninstall_not_pending"
    assert await admin.refused("links.create", salon_id=SALON) == "install_gone"


# -- links --------------------------------------------------------------------------------------------


async def test_a_fresh_link_opens_the_owners_page_and_is_written_nowhere(
    harness: Harness, admin: Person
) -> None:
    await harness.link()
    link = await admin.done("links.create", salon_id=SALON)
    token = parse_qs(urlsplit(link["url"]).query)["token"][0]
    assert link["url"].startswith(f"{harness.url}/marketplace/onboarding?token=")
    snapshot = await harness.state(token)
    assert (snapshot["salon"]["id"], snapshot["link_expires_at"]) == (SALON, link["expires_at"])
    (act,) = await acts(harness, "links.create")
    assert act["after"]["generation"] == 1
    assert (await story(harness)).count("link_issued") == 1
    for table in ("audit_log", "marketplace_events", "staff_commands"):
        assert token not in str(await harness.rows(f"SELECT * FROM {table}"))


# -- one commit ---------------------------------------------------------------------------------------


@pytest.mark.expects_log("refused", "unexpected_error")
@pytest.mark.parametrize(
    "operation", ["installs.freeze", "installs.uninstall", "links.create", "installs.reconcile"]
)
async def test_what_cannot_be_audited_does_not_happen(
    harness: Harness, admin: Person, operation: str
) -> None:
    """The audit refuses the row: then the command must leave nothing either, for both are one commit."""
    await harness.install()
    silently_expired(harness)
    await harness.gateway.storage.write(
        lambda tx: tx.count(
            "ALTER TABLE audit_log ADD CONSTRAINT nobody CHECK (operation = 'nothing') NOT VALID"
        )
    )
    before = await harness.rows("SELECT * FROM installs"), await story(harness)
    calls = await harness.rows("SELECT * FROM partner_calls")
    given = {"generation": 1, "reason": WHY} if operation in ("installs.freeze", "installs.uninstall") else {}
    assert await admin.refused(operation, salon_id=SALON, **given) == "internal"
    assert (await harness.rows("SELECT * FROM installs"), await story(harness)) == before
    assert await harness.rows("SELECT * FROM partner_calls") == calls
    assert (await session_state(harness))[1] == "running"

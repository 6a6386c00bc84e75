"""Namespace `/admin` as the official client sees it: what is told, what is asked, and who is sent away."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from gateway.domain.signatures import fingerprint
from gateway.live.admin import DATABASE_RESTORED, MAX_BEHIND, MAX_GATHERED, MAX_RUNNING, MAX_WAITING
from shared import protocol
from shared.vocabulary import StaffRole
from tests.support.door import sentence, shared
from tests.support.harness import OTHER_SALON, PARTNER_TOKEN, SALON, Harness, running_harness
from tests.support.node_clients import NodeClients, node_clients
from tests.support.processes import JWT_SECRET, run_command
from tests.support.staff import Console, member, new_key
from tests.support.waiting import until

__all__ = ["shared"]

pytestmark = pytest.mark.node
on_shared = pytest.mark.asyncio(loop_scope="module")
REVOKED_WITHIN_S = 5.0
ARTIFICIAL = """
    INSERT INTO marketplace_events (at, salon_id, type, data) SELECT now(), {salon}, {kind}, '{{}}' FROM {of} n
"""
NOTIFY = "SELECT pg_notify('marketplace_events', '')"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def token(shared: Harness) -> str:
    """An administrator's token of the shared gateway."""
    return await member(shared)


@pytest.fixture
async def harness(database_url: str) -> AsyncIterator[Harness]:
    """A gateway whose first sweep is over and whose next is far off: what a sweep tells is nobody's doing here."""
    async with running_harness(database_url, reconcile_every_s=1e6) as made:

        async def is_swept() -> Any:
            return await made.rows("SELECT 1 FROM sweeps WHERE finished_at IS NOT NULL")

        await until(is_swept, what="the first sweep is over")
        yield made


@pytest.fixture
async def clients(harness: Harness) -> AsyncIterator[NodeClients]:
    """Clients of the test's own gateway."""
    async with node_clients(harness.url) as made:
        yield made


async def cursor_of(harness: Harness) -> int:
    return await harness.gateway.events.last_id()


async def told_up_to(console: Console, cursor: int) -> list[dict[str, Any]]:
    """Wait until a console has been told everything up to a cursor and return all changes so far."""

    async def look() -> bool:
        told = console.clients.events(console.name, protocol.CHANGES)
        return bool(told) and told[-1]["cursor"] >= cursor

    await until(look, what=f"{console.name} told up to {cursor}")
    return console.changes()


async def many_events(harness: Harness, count: int, *, salon: str = "NULL", kind: str = "'noise'") -> None:
    """Write many events at once, as nothing but a very busy gateway would."""
    statement = ARTIFICIAL.format(salon=salon, kind=kind, of=f"generate_series(1, {count})")

    def work(tx: Any) -> None:
        tx.count(statement)
        tx.sql(NOTIFY)

    await harness.gateway.storage.write(work)


# --------------------------------------------------------------------------------------- joining and changes


async def test_a_console_is_welcomed_and_told_what_changes_as_it_happens(
    harness: Harness, clients: NodeClients
) -> None:
    console = await Console.joined(clients, "console", await member(harness, StaffRole.OPERATOR))
    assert clients.names("console")[:2] == ["connect", "welcome"]
    (welcome,) = clients.events("console", protocol.WELCOME)
    assert welcome["staff"]["role"] == "operator"
    assert welcome["protocol"] == protocol.PROTOCOL_VERSION
    assert "staff.manage" not in welcome["permissions"]
    assert welcome["public_url"] == harness.url
    assert welcome["is_demo"] is True
    await harness.install()
    await harness.webhook({"nothing": "of ours"})
    await harness.gateway.events.note("token_refused", code="partner_unauthorized", fingerprint="x")
    changes = await told_up_to(console, await cursor_of(harness))
    kinds = {(change["kind"], change["id"]) for change in changes if change["kind"] != "alarm"}
    assert kinds == {("install", SALON), ("call", SALON), ("webhook", 0), ("token", 0)}
    assert all(change["version"] > welcome["cursor"] for change in changes)
    versions = [change["version"] for change in changes if change["kind"] == "install"]
    assert versions == sorted(versions)


async def test_whoever_comes_back_with_its_cursor_misses_nothing(
    harness: Harness, clients: NodeClients
) -> None:
    token = await member(harness)
    first = await Console.joined(clients, "first", token)
    await harness.link(SALON)
    changes = await told_up_to(first, await cursor_of(harness))
    cursor = clients.events("first", protocol.CHANGES)[-1]["cursor"]
    clients.close("first")
    await harness.install(OTHER_SALON)
    await harness.scan(await harness.link(SALON), SALON)
    back = Console(clients, "back")
    back.open(token, after=cursor)
    await clients.told("back", "event", event=protocol.WELCOME)
    await harness.phone("unlink", OTHER_SALON)
    changes = await told_up_to(back, await cursor_of(harness))
    assert clients.events("back", protocol.RESYNC) == []
    rows = await harness.rows(
        "SELECT salon_id, max(id) AS newest FROM marketplace_events WHERE id > %s AND salon_id IS NOT NULL GROUP BY 1",
        cursor,
    )
    told: dict[int, int] = {}
    for change in changes:
        if change["kind"] == "install":
            assert change["version"] > told.get(change["id"], 0), "a thing went back to an older version"
            told[change["id"]] = change["version"]
    assert told == {row["salon_id"]: row["newest"] for row in rows}


async def test_nothing_is_told_when_nothing_happened_since_the_cursor(
    harness: Harness, clients: NodeClients
) -> None:
    token = await member(harness)
    cursor = await cursor_of(harness)
    console = await Console.joined(clients, "console", token, after=cursor)
    await console.done("staff.me")
    assert clients.names("console") == ["connect", "welcome", "ack"]


async def test_a_cursor_from_the_future_or_too_far_behind_is_answered_by_a_resync(
    harness: Harness, clients: NodeClients
) -> None:
    token = await member(harness)
    await Console.joined(clients, "ahead", token, after=10**9)
    newest = await cursor_of(harness)
    assert await clients.event("ahead", protocol.RESYNC) == {"cursor": newest, "reason": "behind"}
    await many_events(harness, MAX_BEHIND + 1)
    newest = await cursor_of(harness)
    await Console.joined(clients, "behind", token, after=newest - MAX_BEHIND - 1)
    assert await clients.event("behind", protocol.RESYNC) == {"cursor": newest, "reason": "behind"}
    enough = await Console.joined(clients, "just enough", token, after=newest - MAX_BEHIND + 10)
    await harness.gateway.events.note("token_accepted")
    await told_up_to(enough, await cursor_of(harness))
    assert clients.events("just enough", protocol.RESYNC) == []


async def test_a_console_that_saw_what_a_restore_undid_reads_everything_again(
    harness: Harness, clients: NodeClients
) -> None:
    token = await member(harness)
    before = await cursor_of(harness)
    await harness.gateway.events.note(DATABASE_RESTORED)
    newest = await cursor_of(harness)
    await Console.joined(clients, "of before", token, after=before)
    assert await clients.event("of before", protocol.RESYNC) == {"cursor": newest, "reason": "behind"}
    since = await Console.joined(clients, "of since", token, after=newest)
    await harness.gateway.events.note("token_accepted")
    await told_up_to(since, await cursor_of(harness))
    assert clients.events("of since", protocol.RESYNC) == []


@on_shared
@pytest.mark.parametrize(
    ("auth", "code"),
    [
        ({"after": -1}, "cursor_invalid"), ({"after": "1"}, "cursor_invalid"), ({"after": True}, "cursor_invalid"),
        ({"after": 1.5}, "cursor_invalid"), ({"after": 2**70}, "cursor_invalid"), ({"after": [1]}, "cursor_invalid"),
        ({"protocol": 0}, "protocol_too_old"), ({"protocol": 99}, "protocol_too_new"),
        ({"protocol": "1"}, "field_invalid"), ({"protocol": True}, "field_invalid"),
    ],
)  # fmt: skip
async def test_a_console_that_cannot_be_served_is_told_why(
    shared: Harness, token: str, auth: dict[str, Any], code: str
) -> None:
    async with node_clients(shared.url) as clients:
        Console(clients, "console").open(token, **auth)
        refused = await clients.told("console", "connect_error")
        assert (refused["data"]["code"], refused["data"]["message"]) == (code, sentence(code))
        assert refused["again"] is False
    assert shared.gateway.admin.consoles == 0


# ------------------------------------------------------------------------------------------- back-pressure


async def test_one_message_is_on_its_way_and_the_rest_is_gathered_by_thing(
    harness: Harness, clients: NodeClients
) -> None:
    """A client that acknowledges nothing gets one message; whoever does acknowledge gets few, with each thing once."""
    token = await member(harness)
    mute = await Console.joined(clients, "mute", token, mute=True)
    reader = await Console.joined(clients, "reader", token)
    for _ in range(60):
        await many_events(harness, 5, salon=str(SALON))
    newest = await cursor_of(harness)
    await told_up_to(reader, newest)
    told = clients.events("reader", protocol.CHANGES)
    assert len(told) < 60, "changes are not told one by one"
    for each in told:
        things = [(change["kind"], change["id"]) for change in each["changes"]]
        assert len(things) == len(set(things))
    assert len(clients.events("mute", protocol.CHANGES)) == 1
    assert harness.gateway.admin.gathered == 1
    assert (await mute.done("staff.me"))["cursor"] == newest, "operations go on meanwhile"


async def test_a_client_that_does_not_acknowledge_in_time_is_told_to_read_again(
    harness: Harness, clients: NodeClients
) -> None:
    harness.gateway.admin.acknowledge_within_s = 0.5
    await Console.joined(clients, "mute", await member(harness), mute=True)
    await harness.link()
    resync = await clients.event("mute", protocol.RESYNC)
    assert resync["reason"] == "slow"
    assert harness.gateway.admin.gathered == 0


async def test_what_is_gathered_for_a_slow_client_is_bounded(harness: Harness, clients: NodeClients) -> None:
    harness.gateway.admin.acknowledge_within_s = 1.0
    await Console.joined(clients, "mute", await member(harness), mute=True)
    await harness.link()
    await clients.event("mute", protocol.CHANGES)
    largest = 0

    async def slow() -> bool:
        nonlocal largest
        largest = max(largest, harness.gateway.admin.gathered)
        return bool(clients.events("mute", protocol.RESYNC))

    await many_events(harness, 2 * MAX_GATHERED, salon="1000 + n")
    await until(slow, what="a resync", every_s=0.005)
    assert largest <= MAX_GATHERED
    assert {each["reason"] for each in clients.events("mute", protocol.RESYNC)} == {"slow"}


async def test_many_changes_are_told_in_parts_whose_cursors_lose_nothing(
    harness: Harness, clients: NodeClients
) -> None:
    token = await member(harness)
    cursor = await cursor_of(harness)
    await many_events(harness, 1_200, salon="1000 + n")
    console = await Console.joined(clients, "console", token, after=cursor)
    changes = await told_up_to(console, await cursor_of(harness))
    told = clients.events("console", protocol.CHANGES)
    assert len(told) >= 3
    assert {change["id"] for change in changes} == set(range(1_001, 2_201))
    for each, later in itertools.pairwise(told):
        assert max(change["version"] for change in each["changes"]) <= each["cursor"]
        assert all(change["version"] > each["cursor"] for change in later["changes"])


async def test_only_eight_operations_run_at_once_and_a_bounded_number_waits(database_url: str) -> None:
    async with (
        running_harness(database_url, database_pool_size=20) as harness,
        node_clients(harness.url) as clients,
    ):
        console = await Console.joined(clients, "console", await member(harness))
        blocker = await asyncpg.connect(database_url)
        try:
            async with blocker.transaction():
                await blocker.execute("LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE")
                asked = [
                    asyncio.create_task(console.ask("audit.list"))
                    for _ in range(MAX_RUNNING + MAX_WAITING + 10)
                ]

                async def refused() -> bool:
                    return sum(task.done() for task in asked) == 10

                await until(refused, what="ten refusals")
                blocked = await blocker.fetchval(
                    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'audit_log'::regclass"
                )
                assert blocked == MAX_RUNNING
            answers = await asyncio.gather(*asked)
        finally:
            await blocker.close()
        assert [answer["error"]["code"] for answer in answers if not answer["ok"]] == ["rate_limited"] * 10
        assert (await console.ask("audit.list"))["ok"] is True


# ---------------------------------------------------------------------------------------------- operations


async def test_every_answer_names_the_request_and_a_refusal_its_reason_in_the_asked_language(
    harness: Harness, clients: NodeClients
) -> None:
    console = await Console.joined(clients, "console", await member(harness, StaffRole.VIEWER))
    answer = await console.ask("staff.me", request_id="request-0001")
    assert set(answer) == {"ok", "data", "request_id"}
    assert answer["request_id"] == "request-0001"
    refused = await console.ask("staff.list", lang="en")
    assert set(refused) == {"ok", "error", "request_id"}
    assert set(refused["error"]) == {"code", "message", "reference"}
    assert refused["error"]["message"] == sentence("forbidden", "en")
    assert len(refused["request_id"]) >= 8
    assert await console.refusal("no.such.operation") == "operation_unknown"
    assert await console.refusal("staff.me", request_id="short") == "field_invalid"
    assert await console.refusal("staff.me", anything="else") == "field_invalid"
    assert await console.refusal("staff.me", lang="de") == "field_invalid"
    given: Any
    for given in ([], "text", 5, True):
        assert await console.refusal("staff.me", given) == "field_invalid"
    arguments: tuple[Any, ...]
    for arguments in ((), (None,), (None, None), ({}, None)):
        assert (await clients.ask("console", "staff.me", *arguments))["ok"] is True


async def test_events_named_like_the_library_s_own_are_ignored(
    harness: Harness, clients: NodeClients
) -> None:
    console = await Console.joined(clients, "console", await member(harness))
    for name in ("message", "__proto__", "on_connect", "trigger_event", "x" * 1_000):
        assert await console.refusal(name) == "operation_unknown"
    assert (await console.ask("staff.me"))["ok"] is True
    assert harness.gateway.admin.consoles == 1


async def test_page_and_console_share_nothing(harness: Harness, clients: NodeClients) -> None:
    link, token = await harness.link(), await member(harness)
    await clients.joined("page", link)
    console = await Console.joined(clients, "console", token)
    clients.open("page at the wrong door", link, namespace=protocol.NAMESPACE)
    refused = await clients.told("page at the wrong door", "connect_error")
    assert refused["data"]["code"] == "staff_token_invalid"
    clients.open("console at the wrong door", token)
    refused = await clients.told("console at the wrong door", "connect_error")
    assert refused["data"]["code"] == "token_invalid"
    await harness.scan(link)
    await clients.reaches("page", "active")
    await told_up_to(console, await cursor_of(harness))
    assert not {protocol.CHANGES, protocol.WELCOME, protocol.QR} & set(clients.names("page"))
    assert not {"state", "qr-update", "whatsapp-connected"} & set(clients.names("console"))
    # A page cannot ask for what staff ask for: its namespace does not know the word.
    clients.tell("page", "staff.me", {}, {})
    assert (await clients.ask("page", "check-status"))["ok"] is True
    assert "data" not in str(
        [each for each in clients.reports if each["client"] == "page" and each["what"] == "ack"]
    )


# ------------------------------------------------------------------------------------------------ QR views


async def test_a_qr_goes_only_to_the_consoles_that_opened_it_and_every_view_is_audited(
    harness: Harness, clients: NodeClients
) -> None:
    link = await harness.link()
    shown = await harness.show_qr(link)
    opened = await Console.joined(clients, "opened", await member(harness, StaffRole.OPERATOR))
    closed = await Console.joined(clients, "closed", await member(harness, StaffRole.OPERATOR))
    never = await Console.joined(clients, "never", await member(harness, StaffRole.ADMIN))
    viewer = await Console.joined(clients, "viewer", await member(harness, StaffRole.VIEWER))
    given = {"salon_id": SALON}
    for console in (opened, closed):
        view = await console.done("qr.open", given)
        assert view["qr"]["text"] == shown["qr"]
    assert await viewer.refusal("qr.open", given) == "forbidden"
    assert await closed.done("qr.close", given) == {}
    before = len(clients.events("closed", protocol.QR))
    await harness.phone("scan")

    async def linked() -> bool:
        views = clients.events("opened", protocol.QR)
        return bool(views) and views[-1]["whatsapp"]["state"] == "connected"

    await until(linked, what="the opened view shows the linked phone")
    last = clients.events("opened", protocol.QR)[-1]
    assert (last["qr"], last["pairing_code"]) == (None, None)
    for console in (closed, never, viewer):
        await told_up_to(console, await cursor_of(harness))
        await console.done("staff.me")
    assert len(clients.events("closed", protocol.QR)) == before
    assert clients.events("never", protocol.QR) == clients.events("viewer", protocol.QR) == []
    acts = await harness.rows("SELECT staff, operation, salon_id FROM audit_log WHERE operation LIKE 'qr.%%'")
    assert len(acts) == 2
    assert {(act["operation"], act["salon_id"]) for act in acts} == {("qr.open", SALON)}
    text = str(await harness.rows("SELECT * FROM audit_log")) + str(
        await harness.rows("SELECT * FROM staff_commands")
    )
    assert shown["qr"] not in text


async def test_a_view_is_forgotten_with_its_console(harness: Harness, clients: NodeClients) -> None:
    await harness.show_qr(await harness.link())
    token = await member(harness, StaffRole.OPERATOR)
    console = await Console.joined(clients, "console", token)
    await console.done("qr.open", {"salon_id": SALON})
    clients.close("console")

    async def gone() -> bool:
        return harness.gateway.admin.consoles == 0

    await until(gone, what="the console left")
    back = await Console.joined(clients, "back", token)
    await harness.phone("scan")
    await told_up_to(back, await cursor_of(harness))
    await back.done("staff.me")
    assert clients.events("back", protocol.QR) == []


# ---------------------------------------------------------------------------------------------- sent away


async def sent_away(clients: NodeClients, name: str, code: str, began: float) -> None:
    """Check that a console was told why and disconnected, soon enough."""
    problem = await clients.event(name, protocol.REFUSED)
    assert (problem["code"], problem["message"]) == (code, sentence(code))
    gone = await clients.told(name, "disconnect")
    assert gone["reason"] == "io server disconnect"
    assert time.monotonic() - began < REVOKED_WITHIN_S


async def test_whoever_is_revoked_is_sent_away_and_others_stay(
    harness: Harness, clients: NodeClients
) -> None:
    boss = await Console.joined(clients, "boss", await member(harness))
    issued = await harness.gateway.staff.add("victim", StaffRole.OPERATOR)
    for name in ("one", "two"):
        await Console.joined(clients, name, issued.token)
    began = time.monotonic()
    await boss.done("staff.revoke", {"staff_id": issued.staff.staff_id, "reason": "leaves us"})
    for name in ("one", "two"):
        await sent_away(clients, name, "staff_token_revoked", began)
    assert (await boss.ask("staff.me"))["ok"] is True
    Console(clients, "again").open(issued.token)
    assert (await clients.told("again", "connect_error"))["data"]["code"] == "staff_token_revoked"


async def test_a_revocation_by_command_from_another_process_ends_open_consoles(
    harness: Harness, clients: NodeClients, tmp_path: Path
) -> None:
    issued = await harness.gateway.staff.add("victim", StaffRole.OPERATOR)
    await Console.joined(clients, "console", issued.token)
    settings = {"DATABASE_URL": harness.database_url, "JWT_SECRET": JWT_SECRET}
    done = await run_command("staff", "revoke", "victim", settings=settings, folder=tmp_path)
    assert done.code == 0, done.said
    await sent_away(clients, "console", "staff_token_revoked", time.monotonic())


async def test_a_token_that_ends_by_itself_or_without_a_word_ends_open_consoles(
    harness: Harness, clients: NodeClients
) -> None:
    """Nobody writes an event when a token expires, nor when somebody repairs the table by hand."""
    expiring = await harness.gateway.staff.add("expiring", StaffRole.OPERATOR)
    repaired = await harness.gateway.staff.add("repaired", StaffRole.OPERATOR)
    await Console.joined(clients, "expiring", expiring.token)
    await Console.joined(clients, "repaired", repaired.token)
    began = time.monotonic()
    for column, name in (("expires_at", "expiring"), ("revoked_at", "repaired")):
        statement = f"UPDATE staff SET {column} = now() WHERE name = '{name}'"
        await harness.gateway.storage.write(lambda tx, statement=statement: tx.count(statement))  # type: ignore[misc]
    await sent_away(clients, "expiring", "staff_token_expired", began)
    await sent_away(clients, "repaired", "staff_token_revoked", began)


async def test_an_operation_after_the_revocation_is_refused_however_soon_it_comes(
    harness: Harness, clients: NodeClients
) -> None:
    issued = await harness.gateway.staff.add("victim", StaffRole.ADMIN)
    console = await Console.joined(clients, "console", issued.token)
    statement = "UPDATE staff SET revoked_at = now() WHERE name = 'victim'"
    await harness.gateway.storage.write(lambda tx: tx.count(statement))
    assert await console.refusal("staff.list") == "staff_token_revoked"
    await clients.told("console", "disconnect")


async def test_consoles_that_leave_leave_nothing_behind(harness: Harness, clients: NodeClients) -> None:
    token = await member(harness)
    for number in range(10):
        await Console.joined(clients, f"console {number}", token)
    assert harness.gateway.admin.consoles == 10
    for number in range(10):
        clients.cut(f"console {number}") if number % 2 else clients.close(f"console {number}")

    async def five() -> bool:
        return harness.gateway.admin.consoles == 5

    await until(five, what="those that were cut came back, those that were closed did not")


# -------------------------------------------------------------------------------------------------- secrets


async def test_no_secret_of_staff_reaches_the_log(
    harness: Harness, clients: NodeClients, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token, key = await member(harness), new_key()
    link = await harness.link()
    qr = (await harness.show_qr(link))["qr"]
    console = await Console.joined(clients, "console", token)
    made = await console.done("links.create", {"salon_id": SALON}, idempotency_key=key)
    await console.done("qr.open", {"salon_id": SALON})
    Console(clients, "wrong").open(token[:-1] + "x")
    await clients.told("wrong", "connect_error")
    said = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "staff_asked" in said
    for secret in (token, token[:-1] + "x", qr, made["url"].partition("token=")[2], PARTNER_TOKEN):
        assert secret not in said
    assert fingerprint(token) not in said

"""The inbox as staff page through it: every filter finds what a walk finds, by an index, in looks of bounded length."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.application.admin.webhook_records import InboxPosition, WebhookRecord, WebhookSelection
from gateway.clock import SystemClock
from gateway.storage.database import Storage, Transaction
from gateway.storage.inbox_desk import LOOK, InboxDeskStore
from shared.vocabulary import WebhookKind, WebhookOutcome, WebhookProof, WebhookState
from tests.support.databases import Databases

ROWS = 50_000
BUSY = 7
"""A salon with a tenth of all webhooks."""

BEGAN = datetime(2026, 5, 1, tzinfo=UTC)
_SEED = """
    INSERT INTO webhook_inbox (received_at, proof, kind, event, salon_id, body, digest, sign_state, attempts, state,
        processed_at, outcome, next_attempt_at)
    SELECT %s::timestamptz + make_interval(secs => n - CASE WHEN n %% 911 = 0 THEN 600 ELSE 0 END),
        CASE WHEN n %% 4001 = 0 THEN 'signature' WHEN rare THEN 'partner_token' ELSE 'install_key' END,
        CASE WHEN n %% 1009 = 0 THEN 'unknown' WHEN rare THEN 'lifecycle' ELSE 'entity' END,
        CASE WHEN n %% 1009 = 0 THEN 'riddle' WHEN n %% 202 = 0 THEN 'freeze' WHEN rare THEN 'payment'
             WHEN n < 20 THEN 'good.delete' ELSE 'record.create' END,
        CASE WHEN n %% 10 = 0 THEN 7 WHEN n %% 3001 = 0 THEN NULL ELSE 100 + n %% 500 END,
        '{"resource": "record"}', sha256(n::text::bytea), CASE WHEN rare THEN 'absent' END, 1,
        CASE WHEN n %% 1010 = 0 THEN 'dead' WHEN n > 49900 AND rare THEN 'pending' ELSE 'done' END, now(),
        CASE WHEN n %% 1010 = 0 OR n > 49900 AND rare THEN NULL WHEN n %% 202 = 0 THEN 'applied'
             WHEN rare THEN 'bad_sign' WHEN n %% 5 = 0 THEN 'repeated' ELSE 'kept' END, now()
    FROM (SELECT n, n %% 101 = 0 OR n %% 1009 = 0 AS rare FROM generate_series(1, %s) n) each
"""


@pytest.fixture(scope="module")
def inbox_url(databases: Databases) -> Iterator[str]:
    """A database with a full inbox; nobody writes to it."""
    url = asyncio.run(databases.fresh())
    asyncio.run(_fill(url))
    yield url
    asyncio.run(databases.drop(url))


async def _fill(url: str) -> None:
    storage = Storage(url, pool_size=1, now=SystemClock().now)
    await storage.write(lambda tx: tx.count(_SEED, BEGAN, ROWS))
    await storage.read(lambda tx: tx.sql("ANALYZE webhook_inbox"))
    await storage.close()


@pytest.fixture
async def full(inbox_url: str) -> AsyncIterator[Storage]:
    made = Storage(inbox_url, pool_size=2, now=SystemClock().now)
    yield made
    await made.close()


def walks() -> Sequence[tuple[str, WebhookSelection]]:
    """Return filters of every kind there is, and some together."""
    S, K, made = WebhookState, WebhookKind, WebhookOutcome
    return [
        ("nothing", WebhookSelection()),
        ("salon", WebhookSelection(salon_id=BUSY)),
        ("salon_kind", WebhookSelection(salon_id=BUSY, kinds=(K.LIFECYCLE,))),
        ("small_salon_event", WebhookSelection(salon_id=123, event="record.create")),
        ("no_such_salon", WebhookSelection(salon_id=99)),
        ("lifecycle", WebhookSelection(kinds=(K.LIFECYCLE, K.UNKNOWN))),
        ("entities", WebhookSelection(kinds=(K.ENTITY,), outcomes=(made.REPEATED.value,))),
        ("dead", WebhookSelection(states=(S.DEAD,))),
        ("dead_of_salon", WebhookSelection(states=(S.DEAD, S.PENDING), salon_id=BUSY)),
        ("pending", WebhookSelection(states=(S.PENDING,))),
        ("done", WebhookSelection(states=(S.DONE,), proofs=(WebhookProof.SIGNATURE,))),
        ("outcome", WebhookSelection(outcomes=(made.APPLIED.value, made.BAD_SIGN.value))),
        ("event", WebhookSelection(event="freeze")),
        ("old_event", WebhookSelection(event="good.delete")),
        ("time", WebhookSelection(since=BEGAN + timedelta(seconds=9_000), until=BEGAN + timedelta(seconds=9_700))),
        ("time_salon", WebhookSelection(salon_id=BUSY, until=BEGAN + timedelta(seconds=30_000), event="record.create")),
    ]  # fmt: skip


def fits(row: WebhookRecord, wanted: WebhookSelection) -> bool:
    return (
        wanted.salon_id in (None, row.salon_id)
        and wanted.event in ("", row.event)
        and (not wanted.kinds or row.kind in wanted.kinds)
        and (not wanted.states or row.state in wanted.states)
        and (not wanted.proofs or row.proof in wanted.proofs)
        and (not wanted.outcomes or row.outcome in wanted.outcomes)
        and (wanted.since is None or row.received_at >= wanted.since)
        and (wanted.until is None or row.received_at < wanted.until)
    )


async def walked(desk: InboxDeskStore, selection: WebhookSelection, limit: int) -> list[WebhookRecord]:
    """Read page after page until nothing is beyond."""
    rows: list[WebhookRecord] = []
    after: InboxPosition | None = None
    for _ in range(2 + 2 * ROWS // limit):
        page = await desk.page(selection, after, limit)
        rows += page.rows
        after = page.looked_to
        if after is None:
            return rows
    raise AssertionError("the pages do not end")


async def test_every_filter_finds_what_a_walk_through_the_whole_inbox_finds_newest_first(
    full: Storage,
) -> None:
    desk = InboxDeskStore(full)
    everything = await walked(desk, WebhookSelection(), 10_000)
    assert len({row.webhook_id for row in everything}) == len(everything) == ROWS
    places = [(row.received_at, row.webhook_id) for row in everything]
    assert places == sorted(places, reverse=True)
    for name, selection in walks():
        wanted = [row.webhook_id for row in everything if fits(row, selection)]
        limit = 700 if len(wanted) < 6_000 else 12_000
        assert [row.webhook_id for row in await walked(desk, selection, limit)] == wanted, name
        assert bool(wanted) is (name != "no_such_salon")


async def test_a_page_looks_at_no_more_rows_than_it_may_and_says_how_far_it_looked(full: Storage) -> None:
    desk = InboxDeskStore(full)
    page = await desk.page(WebhookSelection(event="good.delete"), None, 50)
    assert page.rows == []
    assert page.looked_to is not None
    newest = (await desk.page(WebhookSelection(), None, 1)).rows[0]
    assert page.looked_to.received_at <= newest.received_at - timedelta(seconds=LOOK - 700)
    rest = await desk.page(WebhookSelection(event="good.delete"), page.looked_to, 50)
    assert rest.looked_to is not None
    last = await desk.page(WebhookSelection(event="good.delete"), rest.looked_to, 50)
    assert len(last.rows) == 19
    assert last.looked_to is None


@pytest.mark.parametrize(("name", "selection"), walks(), ids=[name for name, _ in walks()])
async def test_no_page_reads_the_inbox_without_an_index_or_skips_rows_by_counting(
    full: Storage, monkeypatch: pytest.MonkeyPatch, name: str, selection: WebhookSelection
) -> None:
    asked: list[tuple[str, tuple[Any, ...]]] = []
    plainly = Transaction.sql

    def listening(tx: Transaction, statement: str, *parameters: Any) -> list[dict[str, Any]]:
        asked.append((statement, parameters))
        return plainly(tx, statement, *parameters)

    monkeypatch.setattr(Transaction, "sql", listening)
    desk = InboxDeskStore(full)
    await desk.page(selection, InboxPosition(BEGAN + timedelta(seconds=40_000), 40_000), 100)
    await desk.newer(selection, ROWS - 300, 500)
    await desk.rows(selection, [5, 6, 7])
    await desk.tally()
    monkeypatch.undo()
    plans = []
    for statement, parameters in asked:
        assert "OFFSET" not in statement
        rows = await full.read(lambda tx, s=statement, p=parameters: tx.sql(f"EXPLAIN {s}", *p))  # type: ignore[misc]
        plans.append("\n".join(row["QUERY PLAN"] for row in rows))
    assert len(plans) >= 6
    for plan in plans:
        assert "Seq Scan on webhook_inbox" not in plan, plan


async def test_what_came_after_a_number_is_told_by_its_numbers_and_whether_there_is_more(
    full: Storage,
) -> None:
    desk = InboxDeskStore(full)
    found = await desk.newer(WebhookSelection(kinds=(WebhookKind.LIFECYCLE,)), ROWS - 150, 100)
    assert (found.newest_id, found.is_behind) == (ROWS - 50, True)
    assert list(found.webhook_ids) == [number for number in range(ROWS - 149, ROWS - 49) if number % 101 == 0]
    nothing = await desk.newer(WebhookSelection(), ROWS, 100)
    assert (list(nothing.webhook_ids), nothing.newest_id, nothing.is_behind) == ([], ROWS, False)


async def test_what_calls_for_a_look_is_counted(full: Storage) -> None:
    tally = await InboxDeskStore(full).tally()
    assert (tally.dead, tally.pending, tally.unknown_lately) == (49, 1, 0)
    assert (await InboxDeskStore(full).page(WebhookSelection(event="none"), None, 5)).newest_id == ROWS

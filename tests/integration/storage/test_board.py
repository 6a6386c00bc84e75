"""The board's reads stay quick by their plans: a page and a search read one index in order, and only what they show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from gateway.application.admin.board_records import BoardPosition, BoardRecord, InstallSelection
from gateway.clock import SystemClock
from gateway.domain.search import grams, search_text, search_words
from gateway.storage.board_store import BoardStore
from gateway.storage.database import Storage, Transaction
from shared.vocabulary import STAGE_ORDER, PartnerState, Stage, WhatsappState
from tests.support.crowd import FIRST_SALON, seed
from tests.support.databases import Databases

SALONS = 6_000


@pytest.fixture(scope="module")
def crowd_url(databases: Databases) -> Iterator[str]:
    """A database with a crowd in it; nobody writes to it."""
    url = asyncio.run(databases.fresh())
    asyncio.run(seed(url, SALONS))
    yield url
    asyncio.run(databases.drop(url))


@pytest.fixture
async def crowd(crowd_url: str) -> AsyncIterator[Storage]:
    made = Storage(crowd_url, pool_size=2, now=SystemClock().now)
    yield made
    await made.close()


@pytest.fixture
def board(crowd: Storage) -> BoardStore:
    return BoardStore(crowd)


async def everybody(board: BoardStore, selection: InstallSelection, limit: int) -> list[BoardRecord]:
    rows: list[BoardRecord] = []
    after: BoardPosition | None = None
    while True:
        page, _ = await board.page(selection, after, limit)
        rows += page
        if len(page) < limit:
            return rows
        after = page[-1].position


def place(row: BoardRecord) -> tuple[Any, ...]:
    return (STAGE_ORDER.index(row.stage), row.stage_since, row.salon_id)


async def test_the_pages_together_are_everybody_once_and_in_order(board: BoardStore) -> None:
    rows = await everybody(board, InstallSelection(), 777)
    assert len({row.salon_id for row in rows}) == len(rows) == SALONS
    assert [place(row) for row in rows] == sorted(place(row) for row in rows)
    counts, _ = await board.counts(InstallSelection())
    assert counts == {stage: sum(row.stage is stage for row in rows) for stage in Stage}


async def test_a_filter_finds_exactly_who_a_walk_through_all_rows_finds(board: BoardStore) -> None:
    rows = await everybody(board, InstallSelection(), 2000)
    for selection, fits in (
        (InstallSelection(stages=(Stage.ATTENTION, Stage.GONE)), lambda r: r.stage in (Stage.ATTENTION, Stage.GONE)),
        (InstallSelection(partner_states=(PartnerState.REFUSED,)), lambda r: r.partner_state is PartnerState.REFUSED),
        (InstallSelection(whatsapp_states=(WhatsappState.LOGGED_OUT,)),
         lambda r: r.whatsapp_state is WhatsappState.LOGGED_OUT),
        (InstallSelection(error_codes=("logged_out", "partner_unavailable")),
         lambda r: r.error_code in ("logged_out", "partner_unavailable")),
        (InstallSelection(search="орхидея казань"), lambda r: "Орхидея" in r.title and r.city == "Казань"),
        (InstallSelection(search="АУРА", stages=(Stage.NEW,)), lambda r: "Аура" in r.title and r.stage is Stage.NEW),
    ):  # fmt: skip
        wanted = [row.salon_id for row in rows if fits(row)]
        assert wanted
        assert [row.salon_id for row in await everybody(board, selection, 500)] == wanted
        counts, _ = await board.counts(selection)
        assert sum(counts.values()) == len(wanted)


async def test_the_crowd_is_searched_by_what_the_gateway_would_have_written(crowd: Storage) -> None:
    rows = await crowd.read(
        lambda tx: tx.sql(
            "SELECT i.salon_id, c.title, c.city, i.support_code, s.account_phone_masked, i.search_text FROM installs i "
            "JOIN companies c ON c.id = i.company_id LEFT JOIN whatsapp_sessions s ON s.install_id = i.id"
        )
    )
    for row in rows:
        found_by = row.pop("search_text")
        assert found_by == search_text(*row.values())


async def plan_of(crowd: Storage, monkeypatch: pytest.MonkeyPatch, selection: InstallSelection) -> str:
    """Return how the rows of a first page are found."""
    asked: list[tuple[str, tuple[Any, ...]]] = []
    plainly = Transaction.sql

    def listening(tx: Transaction, statement: str, *parameters: Any) -> list[dict[str, Any]]:
        asked.append((statement, parameters))
        return plainly(tx, statement, *parameters)

    monkeypatch.setattr(Transaction, "sql", listening)
    await BoardStore(crowd).page(selection, None, 101)
    monkeypatch.undo()
    *looks, (statement, parameters) = asked
    assert len(looks) == bool(selection.search)
    explained = await crowd.read(lambda tx: tx.sql(f"EXPLAIN {statement}", *parameters))
    return "\n".join(row["QUERY PLAN"] for row in explained)


@pytest.mark.parametrize(
    "selection",
    [InstallSelection(), InstallSelection(search="орхидея"), InstallSelection(search="ромашка казань")],
    ids=["first page", "a common word", "two common words"],
)  # fmt: skip
async def test_a_page_and_a_common_word_read_the_boards_index_alone_and_sort_nothing_to_find_their_rows(
    crowd: Storage, monkeypatch: pytest.MonkeyPatch, selection: InstallSelection
) -> None:
    plan = await plan_of(crowd, monkeypatch, selection)
    finding = plan.partition("CTE page")[2].partition("->  Nested Loop")[0]
    assert "Index Only Scan using installs_board_idx" in finding, plan
    assert "Sort" not in finding, plan
    assert "Seq Scan" not in plan, plan


@pytest.mark.parametrize(
    "search", ["такого нет", "беляши казань", f"#{FIRST_SALON + 4321}", "4321", "№ 4321"]
)
async def test_a_rare_word_is_looked_up_by_its_letters_and_finds_what_reading_everything_finds(
    board: BoardStore, crowd: Storage, monkeypatch: pytest.MonkeyPatch, search: str
) -> None:
    for stages in ((), (Stage.ACTIVE,)):
        selection = InstallSelection(search=search, stages=stages)
        plan = await plan_of(crowd, monkeypatch, selection)
        assert "install_search_grams_idx" in plan, plan
        assert "Seq Scan" not in plan, plan
        found = {row.salon_id for row in await everybody(board, selection, 20)}
        rows = await crowd.read(lambda tx: tx.sql("SELECT salon_id, stage, search_text FROM installs"))
        fits = {
            row["salon_id"] for row in rows
            if all(word in row["search_text"] for word in search_words(search))
            and (not stages or row["stage"] in stages)
        }  # fmt: skip
        assert found == fits


async def test_the_database_cuts_words_into_the_letters_the_gateway_looks_for(crowd: Storage) -> None:
    for word in ("жемчужная", "ab", "😀no1", "%_\\", "aaaa"):
        rows = await crowd.read(lambda tx, word=word: tx.sql("SELECT search_grams(%s) AS cut", word))  # type: ignore[misc]
        assert set(rows[0]["cut"]) == set(grams([word]))


async def test_what_is_searched_follows_the_install(storage: Storage) -> None:
    async def searched() -> list[str]:
        rows = await storage.read(lambda tx: tx.sql("SELECT searched FROM install_search"))
        return [row["searched"] for row in rows]

    await seed(storage.url, 1)
    (before,) = await searched()
    for text, kept in ((f"{before} еще", [f"{before} еще"]), ("", []), ("снова", ["снова"])):
        await storage.write(lambda tx, text=text: tx.count("UPDATE installs SET search_text = %s", text))  # type: ignore[misc]
        assert await searched() == kept

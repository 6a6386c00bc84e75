"""Who asks at the same time is answered by one read; nobody is forgotten, and nobody gets an older row."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gateway.storage.grouped import AT_ONCE, GroupedReads


class Rows:
    """Numbered rows whose reads take some turns of the loop, and what was read of them."""

    def __init__(self, turns: int = 0) -> None:
        self.turns = turns
        self.reads: list[list[int]] = []
        self.begun = asyncio.Event()
        self.rows = {key: f"row {key}" for key in range(1000)}

    async def read(self, keys: Sequence[int]) -> dict[int, str]:
        self.reads.append(list(keys))
        self.begun.set()
        found = {key: self.rows[key] for key in keys if key in self.rows}
        for _ in range(self.turns):
            await asyncio.sleep(0)
        return found


async def test_what_is_asked_while_a_read_is_under_way_is_read_together() -> None:
    rows = Rows(turns=3)
    reads = GroupedReads(rows.read, "rows")
    answers = await asyncio.gather(*(reads.of(key) for key in (*range(100), 5)))
    assert answers == [f"row {key}" for key in (*range(100), 5)]
    assert len(rows.reads) <= AT_ONCE + 1


async def test_there_is_none_of_what_is_not_there() -> None:
    assert await GroupedReads(Rows().read, "rows").of(5000) is None


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
async def test_whoever_asks_is_answered_whenever_that_is(turns: int) -> None:
    """A question in the very turn in which the last reads end must not wait for them to look once more."""
    reads = GroupedReads(Rows(turns).read, "rows")

    async def ask(key: int, after: int) -> str | None:
        for _ in range(after):
            await asyncio.sleep(0)
        return await reads.of(key)

    for gap in range(1, 8):
        async with asyncio.timeout(5):
            answers = await asyncio.gather(*(ask(number, number // AT_ONCE * gap) for number in range(40)))
        assert answers == [f"row {number}" for number in range(40)]


async def test_a_question_during_a_read_gets_what_was_written_meanwhile() -> None:
    rows = Rows(turns=3)
    reads = GroupedReads(rows.read, "rows")
    first = asyncio.ensure_future(reads.of(7))
    await rows.begun.wait()
    rows.rows[7] = "newer"
    assert await reads.of(7) == "newer"
    assert await first == "row 7"


async def test_a_read_that_fails_fails_for_all_who_waited_and_for_nobody_after() -> None:
    rows = Rows()
    reads = GroupedReads(rows.read, "rows")
    kept, rows.rows = rows.rows, None  # type: ignore[assignment]
    failed = await asyncio.gather(*(reads.of(key) for key in range(3)), return_exceptions=True)
    assert [type(each) for each in failed] == [TypeError] * 3
    rows.rows = kept
    assert await reads.of(1) == "row 1"

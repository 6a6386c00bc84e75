from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from gateway.domain.session_records import RECEIVED, MessageBatch
from gateway.whatsapp.receiver import AT_ONCE, Receiver
from gateway.whatsapp.tasks import TaskBox
from tests.fakes.clock import START, settle


class Bench:
    """A receiver, and a store that keeps what it is given once it may."""

    def __init__(self) -> None:
        self.tasks = TaskBox()
        self.kept: list[list[str]] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.answer: bool | Exception = True
        self.receiver = Receiver(self._keep, self.tasks, "receiver")

    async def _keep(self, batches: Sequence[MessageBatch]) -> bool:
        await self.may_go_on.wait()
        self.kept.append([batch.message_ids[0] for batch in batches])
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def take(self, number: int) -> bool:
        """Report a message."""
        return await self.receiver.take(MessageBatch(RECEIVED, (str(number),), START, _no_event))


def _no_event(new: Sequence[str]) -> Any:
    raise AssertionError("the store makes events")


async def test_one_message_after_another_is_kept() -> None:
    bench = Bench()
    assert [await bench.take(number) for number in range(5)] == [True] * 5
    assert bench.kept == [[str(number)] for number in range(5)]


async def test_what_comes_while_others_are_kept_is_kept_together_and_in_order() -> None:
    bench = Bench()
    bench.may_go_on.clear()
    reports = [asyncio.create_task(bench.take(number)) for number in range(AT_ONCE + 5)]
    await settle()
    bench.may_go_on.set()
    assert await asyncio.gather(*reports) == [True] * (AT_ONCE + 5)
    assert [each for batch in bench.kept for each in batch] == [str(number) for number in range(AT_ONCE + 5)]
    assert len(bench.kept) <= 3


async def test_an_engine_that_ends_answers_what_was_not_kept_with_no() -> None:
    bench = Bench()
    bench.may_go_on.clear()
    reports = [asyncio.create_task(bench.take(number)) for number in range(3)]
    await settle()
    await bench.tasks.close()
    assert await asyncio.gather(*reports) == [False] * 3


async def test_a_store_that_says_no_is_believed() -> None:
    bench = Bench()
    bench.answer = False
    assert not await bench.take(1)


@pytest.mark.expects_log("messages_not_kept")
async def test_a_failure_is_told_and_the_next_message_is_kept() -> None:
    bench = Bench()
    bench.answer = ValueError("broken")
    assert not await bench.take(1)
    bench.answer = True
    assert await bench.take(2)

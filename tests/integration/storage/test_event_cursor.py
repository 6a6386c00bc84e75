"""The event log's cursor never misses: ids become visible in the order in which they are taken."""

from __future__ import annotations

import asyncio
import threading

from gateway.clock import SystemClock
from gateway.storage.database import Storage, Transaction
from gateway.storage.event_store import EventStore
from tests.support.waiting import until


async def test_a_cursor_cannot_pass_the_row_of_a_slower_transaction(storage: Storage) -> None:
    """Two interleaved writers: the first takes its id, then is slow to commit; the second must wait for it."""
    events = EventStore(storage)
    slow_has_its_id, slow_may_commit = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        await storage.db.aconnect()
        async with storage.db.atomic():
            tx = Transaction(storage.db, SystemClock().now())

            def work() -> None:
                tx.append("slow")
                tx.flush()

            await storage.db.run(work)
            slow_has_its_id.set()
            await slow_may_commit.wait()
        await storage.db.aclose()

    slow_task = asyncio.create_task(slow())
    await slow_has_its_id.wait()
    quick_task = asyncio.create_task(storage.write(lambda tx: tx.append("quick")))

    async def quick_is_waiting() -> bool:
        waiting = await storage.read(
            lambda tx: tx.sql("SELECT 1 AS one FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        )
        return bool(waiting)

    await until(quick_is_waiting, what="the second writer waits for the first")
    seen_before = await events.after(0)
    assert list(seen_before) == []
    slow_may_commit.set()
    await asyncio.gather(slow_task, quick_task)
    assert [event.type for event in await events.after(0)] == ["slow", "quick"]


async def test_readers_of_many_concurrent_writers_see_every_event_once_and_in_order(storage: Storage) -> None:
    events = EventStore(storage)
    written, done = 200, threading.Event()
    seen: list[int] = []

    async def read() -> None:
        cursor = 0
        while not (done.is_set() and len(seen) == written):
            batch = await events.after(cursor, 7)
            seen.extend(event.event_id for event in batch)
            cursor = batch[-1].event_id if batch else cursor
            await asyncio.sleep(0)

    async def write(start: int) -> None:
        for number in range(start, written, 5):
            await storage.write(lambda tx, number=number: tx.append("written", number=number))  # type: ignore[misc]

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write(start) for start in range(5)))
    done.set()
    await asyncio.wait_for(reader, 20)
    assert len(seen) == len(set(seen)) == written
    assert seen == sorted(seen)

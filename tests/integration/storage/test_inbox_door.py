"""Webhooks that come together are committed together, and each is answered by what became of it alone."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.application.records import NewWebhook
from gateway.clock import SystemClock
from gateway.domain.errors import DatabaseUnavailableError
from gateway.storage.database import Storage
from gateway.storage.inbox_door import GROUP, InboxDoor
from gateway.storage.inbox_store import InboxStore


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Storage]:
    made = Storage(database_url, pool_size=4, now=SystemClock().now, patience_s=60.0)
    yield made
    await made.close()


def notice(body: str, kind: str = "entity") -> NewWebhook:
    return NewWebhook(
        proof="install_key", kind=kind, event="record.create", salon_id=5, application_id=None, resource_id="1",
        body=body, digest=hashlib.sha256(body.encode()).digest(), sign_state=None, peer=None,
    )  # fmt: skip


class Counted:
    """The real inbox, and how many webhooks each of its statements was given."""

    def __init__(self, db: Storage) -> None:
        self._inbox = InboxStore(db, "me")
        self.groups: list[int] = []

    async def accept(self, *webhooks: NewWebhook) -> None:
        self.groups.append(len(webhooks))
        await self._inbox.accept(*webhooks)


async def bodies(db: Storage) -> list[Any]:
    return [
        row["body"] for row in await db.read(lambda tx: tx.sql("SELECT body FROM webhook_inbox ORDER BY id"))
    ]


async def test_what_comes_at_once_is_one_statement_and_keeps_its_order(db: Storage) -> None:
    counted = Counted(db)
    door = InboxDoor(counted.accept, db.start, 5.0)
    sent = [f"body {number}" for number in range(GROUP + 20)]
    await asyncio.gather(*(door.accept(notice(each)) for each in sent))
    assert counted.groups == [GROUP, 20]
    assert await bodies(db) == sent


async def test_one_that_cannot_be_stored_fails_alone(db: Storage) -> None:
    door = InboxDoor(Counted(db).accept, db.start, 5.0)
    told = await asyncio.gather(
        *(door.accept(notice(each)) for each in ("good", "with \x00 in it", "good too")),
        return_exceptions=True,
    )
    assert [type(each).__name__ for each in told] == ["NoneType", "CharacterNotInRepertoireError", "NoneType"]
    assert await bodies(db) == ["good", "good too"]


async def test_a_commit_that_takes_too_long_sends_everybody_away_and_may_still_come(db: Storage) -> None:
    may_go_on = asyncio.Event()
    inbox = InboxStore(db, "me")

    async def slowly(*webhooks: NewWebhook) -> None:
        await asyncio.shield(db.start(commit(webhooks)))

    async def commit(webhooks: tuple[NewWebhook, ...]) -> None:
        await may_go_on.wait()
        await inbox.accept(*webhooks)

    door = InboxDoor(slowly, db.start, 0.05)
    first = asyncio.create_task(door.accept(notice("first")))
    await asyncio.sleep(0)
    told = await asyncio.gather(first, door.accept(notice("behind it")), return_exceptions=True)
    assert [type(each) for each in told] == [DatabaseUnavailableError] * 2
    may_go_on.set()
    await db.close()
    assert "first" in await bodies(db)


async def test_who_waits_behind_another_s_commit_waits_no_longer_than_its_own_patience(db: Storage) -> None:
    """Its sender must be answered in time, however the time was spent."""
    released, hangs = asyncio.Event(), asyncio.Event()

    async def accept(*webhooks: NewWebhook) -> None:
        await (released if webhooks[0].body == "first" else hangs).wait()

    door = InboxDoor(accept, db.start, 1.0)
    first = asyncio.create_task(door.accept(notice("first")))
    await asyncio.sleep(0.01)  # the first one's commit is under way now
    behind = asyncio.create_task(door.accept(notice("behind")))
    asyncio.get_running_loop().call_later(0.85, released.set)
    await first
    done, _ = await asyncio.wait([behind], timeout=0.75)
    assert done, "it began to be patient anew"
    assert isinstance(behind.exception(), DatabaseUnavailableError)


async def test_a_sender_who_leaves_does_not_take_the_others_with_him(db: Storage) -> None:
    door = InboxDoor(Counted(db).accept, db.start, 5.0)
    leaving = asyncio.create_task(door.accept(notice("left")))
    staying = asyncio.create_task(door.accept(notice("stayed")))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    assert await bodies(db) == ["left", "stayed"]


@pytest.mark.parametrize("is_together", [True, False], ids=["in one statement", "one after the other"])
async def test_an_entity_notice_is_done_with_at_once_and_its_repeat_is_told_apart(
    db: Storage, is_together: bool
) -> None:
    inbox = InboxStore(db, "me")
    if is_together:
        await inbox.accept(notice("same"), notice("same"))
    else:
        await inbox.accept(notice("same"))
        await inbox.accept(notice("same"))
    rows = await db.read(lambda tx: tx.sql("SELECT state, outcome FROM webhook_inbox ORDER BY id"))
    assert rows == [{"state": "done", "outcome": "kept"}, {"state": "done", "outcome": "repeated"}]


async def test_what_is_not_understood_waits_to_be_settled(db: Storage) -> None:
    inbox = InboxStore(db, "me")
    await inbox.accept(notice("odd", kind="unknown"))
    assert await inbox.settle_kept(10) == 1

"""What is measured as a database grows: the gateway's own operations, and a world of salons to run them on."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from gateway.application.admin.board_records import InstallSelection
from gateway.application.records import NewWebhook
from gateway.storage.board_store import BoardStore
from gateway.storage.call_store import CallStore
from gateway.storage.database import Storage
from gateway.storage.event_store import EventStore
from gateway.storage.inbox_store import InboxStore
from gateway.storage.install_store import InstallStore
from gateway.storage.secret_box import SecretBox
from gateway.storage.session_store import SqlSessionStore
from tests.support.crowd import FIRST_SALON, RARE_SALON_EVERY

PAGE = 101
"""Rows the console asks for at first, and the one that tells whether there are more."""

CLAIMED, SETTLED, GROUP, HELD = 8, 200, 32, 1_000
LEASES = f"{HELD:,} sessions' leases renewed"
BODY = (
    '{"company_id":%d,"resource":"record","resource_id":%d,"status":"update","data":{"id":%d,"services":[{"id":731,'
    '"title":"Маникюр"}],"staff_id":81,"date":"2026-01-01 12:00:00","length":3600,"filler":"%s"}}'
)


@dataclass(slots=True)
class World:
    """One database with the stores on it, and a second connection to look at it from outside."""

    salons: int
    storage: Storage
    connection: asyncpg.Connection
    chance: random.Random
    waiting: Any = None
    """What was claimed and must be put away."""

    inbox: InboxStore = field(init=False)
    board: BoardStore = field(init=False)
    calls: CallStore = field(init=False)
    installs: InstallStore = field(init=False)
    events: EventStore = field(init=False)
    sessions: SqlSessionStore = field(init=False)

    def __post_init__(self) -> None:
        box = SecretBox(bytes(range(32)))
        self.inbox, self.board = InboxStore(self.storage, "bench"), BoardStore(self.storage)
        self.calls, self.installs = CallStore(self.storage, box, "bench"), InstallStore(self.storage, box)
        self.events, self.sessions = EventStore(self.storage), SqlSessionStore(self.storage, box)

    def salon(self) -> int:
        """Pick any salon."""
        return FIRST_SALON + self.chance.randrange(self.salons)

    def linked(self) -> int:
        """Pick a salon that holds a key for its webhooks."""
        return FIRST_SALON + self.chance.randrange(self.salons // 970) * 970 + 1

    def webhook(self, kind: str = "entity") -> NewWebhook:
        """Make a webhook of a salon that was never seen before."""
        salon_id, number = self.salon(), self.chance.randrange(10**9)
        body = BODY % (salon_id, number, number, "x" * 160)
        event = "payment" if kind == "lifecycle" else "record"
        return NewWebhook(
            "install_key", kind, event, salon_id, None, str(number), body, self.chance.randbytes(32), None,
            "203.0.113.7",
        )  # fmt: skip

    async def find(self, words: str) -> int:
        """Search as staff do and return how many rows of the first page were found."""
        return len((await self.board.page(InstallSelection(search=words), None, PAGE))[0])


@dataclass(frozen=True, slots=True)
class Operation:
    """What is measured: `prepare` makes something to work on, `clean` takes away what is left; neither is timed."""

    name: str
    run: Callable[[World], Awaitable[Any]]
    prepare: Callable[[World], Awaitable[None]] | None = None
    clean: Callable[[World], Awaitable[None]] | None = None
    has_goal: bool = True


async def _accept_waiting(world: World, kind: str, count: int) -> None:
    await world.inbox.accept(*(world.webhook(kind) for _ in range(count)))


async def _claim(world: World) -> int:
    world.waiting = await world.inbox.claim_due(CLAIMED)
    return len(world.waiting)


async def _finish_claimed(world: World) -> None:
    for webhook in world.waiting:
        await world.inbox.finish(webhook, "applied", None)


async def _finish_one(world: World) -> None:
    await world.inbox.finish(world.waiting[0], "applied", None)


async def _claim_one(world: World) -> None:
    await _accept_waiting(world, "lifecycle", 1)
    world.waiting = await world.inbox.claim_due(1)


async def _queue_calls(world: World) -> None:
    """Queue the activations of salons that never linked a phone, as if they had just done so."""
    queued = 0
    for _ in range(100 * CLAIMED):
        salon_id = FIRST_SALON + world.chance.randrange(world.salons // 10) * 10 + world.chance.choice((8, 9))
        queued += await world.installs.queue_activation(salon_id)
        if queued == CLAIMED:
            return
    raise AssertionError("too many rounds for so few installs: no salon is left to queue")


async def _claim_calls(world: World) -> int:
    world.waiting = await world.calls.claim_due(CLAIMED)
    return len(world.waiting)


async def _put_calls_away(world: World) -> None:
    for call in world.waiting:
        await world.calls.release(call, delay_s=86_400.0)


async def _hold_sessions(world: World) -> None:
    """Be the owner of some sessions, the same ones each time."""
    await world.connection.execute(
        "UPDATE whatsapp_sessions SET lease_owner = 'bench', lease_expires_at = now() WHERE lease_owner IS NULL "
        "AND salon_id IN (SELECT salon_id FROM whatsapp_sessions ORDER BY salon_id LIMIT $1)",
        HELD,
    )


async def _renew(world: World) -> int:
    return len(await world.sessions.renew("bench", 30.0))


async def _feed(world: World) -> int:
    return len(await world.events.after(await world.events.last_id() - 500))


async def _look_up_key(world: World) -> Any:
    found = await world.installs.by_webhook_key(f"key-{world.linked()}")
    assert found is not None
    return found.salon_id > 0


def _rare_name(world: World) -> str:
    rare = world.chance.randrange(1 + (world.salons - 8) // RARE_SALON_EVERY)
    return f"жемчужная елка #{FIRST_SALON + 7 + RARE_SALON_EVERY * rare}"


OPERATIONS = (
    Operation("webhook accepted", lambda w: w.inbox.accept(w.webhook())),
    Operation(
        f"{GROUP} webhooks accepted together",
        lambda w: w.inbox.accept(*(w.webhook() for _ in range(GROUP))),
    ),
    Operation("webhook address' key looked up", _look_up_key),
    Operation("board, first page", lambda w: w.find("")),
    Operation("search: a salon's number", lambda w: w.find(str(w.salon()))),
    Operation("search: a rare name and a number", lambda w: w.find(_rare_name(w))),
    Operation("search: a frequent name", lambda w: w.find("барбершоп")),
    # The more salons, the more phones that end alike: it finds more, and that costs more.
    Operation(
        "search: the end of a phone", lambda w: w.find(f"...{w.chance.randrange(1000) * 10 + 3:04}"), has_goal=False
    ),
    Operation("search: nothing found", lambda w: w.find("нет такого салона")),
    Operation(
        f"{CLAIMED} webhooks claimed", _claim, lambda w: _accept_waiting(w, "lifecycle", CLAIMED), _finish_claimed
    ),
    Operation("webhook finished", _finish_one, _claim_one),
    Operation(
        f"{SETTLED} kept webhooks settled",
        lambda w: w.inbox.settle_kept(SETTLED),
        lambda w: _accept_waiting(w, "unknown", SETTLED),
    ),
    Operation(f"{CLAIMED} partner calls claimed", _claim_calls, _queue_calls, _put_calls_away),
    Operation("feed: the last 500 events", _feed),
    Operation("one salon's story", lambda w: w.board.story(w.salon(), None, PAGE)),
    Operation("one salon, everything", lambda w: w.board.salon(w.salon())),
    # Reads every session to find those of one process, and so grows: by little beside what it writes.
    Operation(LEASES, _renew, _hold_sessions, has_goal=False),
    Operation("board, counts by stage", lambda w: w.board.counts(InstallSelection()), has_goal=False),
)  # fmt: skip

"""Random stories of salons, webhooks doubled, late and out of order: in the end both sides say the same.

A run is one salon's story of 4 to 14 steps: the owner connects, links, presses the old page's activate, pays, lets the
period end, disconnects, connects again; the phone logs out; staff freeze, unfreeze and uninstall. What YCLIENTS would
post is held back, shuffled among later steps, sent up to fifty times, and sometimes never. Afterwards what waits is
made due, a sweep runs, and our state must be YCLIENTS'. The limits are lifted: another proof is about them.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import httpx

from gateway.application.reconcile import ROLLING_CHECKS
from gateway.sandbox.catalogue import Salon
from gateway.sandbox.events import Webhook
from gateway.sandbox.market import Refused
from gateway.storage import budget
from tests.proofs._proof import Proof, Proving, main
from tests.support.harness import Harness
from tests.support.salons import Person, unlimited_harness
from tests.support.staff import member
from tests.support.waiting import until

FIRST = 500_001
AT_ONCE = 6
REST_S = 180.0
WHY = "proof"
COPIES = (*([1] * 20), *([2] * 10), *([5] * 8), 15, 50)
NEVER_SENT = 0.1
IDENTICAL = (
    "connect",
    "link",
    "wait",
    "disconnect",
    "deliver",
    "connect",
    "link",
    "wait",
    "disconnect",
    "deliver",
)
"""Uninstall, reinstall, uninstall: the two bodies are identical byte for byte."""

STEPS = (
    "connect", "connect", "link", "link", "link", "activate", "expire", "pay", "pay", "disconnect", "log_out",
    "staff_freeze", "staff_unfreeze", "staff_uninstall", "deliver", "deliver", "wait",
)  # fmt: skip
_UNDER_WAY = """
    WITH mine AS (SELECT i.id, i.partner_state, s.state FROM installs i
                  LEFT JOIN whatsapp_sessions s ON s.install_id = i.id WHERE i.salon_id = %s)
    SELECT 'webhook ' || event AS what, count(*) AS n, max(error) AS error, max(claimed_by) AS claimed_by,
        max(attempts) AS attempts
    FROM webhook_inbox, mine WHERE webhook_inbox.state = 'pending' AND salon_id = (
        SELECT salon_id FROM installs WHERE id = mine.id) GROUP BY event
    UNION ALL SELECT 'call ' || kind, count(*), max(error_code), max(claimed_by), max(attempts)
    FROM partner_calls p JOIN mine ON mine.id = p.install_id WHERE p.state = 'waiting' GROUP BY kind
    UNION ALL SELECT 'not queued', count(*), '', '', 0 FROM mine WHERE partner_state = 'pending' AND state = 'connected'
    GROUP BY partner_state
"""
"""What a salon still waits for."""

_ENDED = ("uninstalled", "refused", "expired", "pending", None)
_AGREE: dict[str, tuple[str | None, ...]] = {
    "active": ("active",),
    "freezed": ("frozen",),
    "uninstalled": _ENDED,
    "pending": ("pending", "uninstalled", "refused", None),
}
"""YCLIENTS' status and what we may say of it at rest. An install that was never active may wait for its owner."""


@dataclass(slots=True)
class Story:
    """One salon's story under way."""

    harness: Harness
    admin: Person
    salon_id: int
    chance: random.Random
    token: str = ""
    told: list[str] = field(default_factory=list)
    held_back: list[Webhook] = field(default_factory=list)
    is_told_all: bool = True

    async def connect(self) -> None:
        """Press «Подключить»; the browser follows, most of the time."""
        url = self.harness.sandbox.market.connect(self.salon_id).redirect_url
        if self.chance.random() < 0.9:
            for _ in range(self.chance.choice((1, 1, 2))):
                answer = await self.harness.http.get(url)
            if answer.status_code == 302:
                self.token = parse_qs(urlsplit(answer.headers["location"]).query)["token"][0]

    async def link(self) -> None:
        """Show a QR and scan it, as far as it goes."""
        if self.token:
            await self.harness.api("POST", "qr", self.token)
            await self.harness.phone("scan", self.salon_id)

    async def activate(self) -> None:
        """What old pages ask for, several times at once."""
        if self.token:
            asking = [self._ask_to_activate() for _ in range(self.chance.choice((1, 3)))]
            await asyncio.gather(*asking)

    async def _ask_to_activate(self) -> httpx.Response:
        return await self.harness.http.post("/marketplace/activate", json={"token": self.token})

    async def expire(self) -> None:
        """The paid period ends."""
        self.harness.sandbox.market.expire(self.salon_id)

    async def pay(self) -> None:
        """The owner pays at YCLIENTS."""
        self.harness.sandbox.market.pay(self.salon_id)

    async def disconnect(self) -> None:
        """Press «Отключить»."""
        self.harness.sandbox.market.disconnect(self.salon_id)

    async def log_out(self) -> None:
        """The device is taken off the phone."""
        await self.harness.phone("unlink", self.salon_id)

    async def staff_freeze(self) -> None:
        """Staff stop the bot."""
        await self._staff("installs.freeze")

    async def staff_unfreeze(self) -> None:
        """Staff let it run again."""
        await self._staff("installs.unfreeze")

    async def staff_uninstall(self) -> None:
        """Staff give the install up."""
        await self._staff("installs.uninstall")

    async def _staff(self, operation: str) -> None:
        row = await newest(self.harness, self.salon_id)
        if row is not None:
            given = {"salon_id": self.salon_id, "generation": row["generation"], "reason": WHY}
            await self.admin.ask(operation, **given)

    async def wait(self) -> None:
        """Let what is under way come to its end."""
        await at_rest(self.harness, self.salon_id)

    async def deliver(self) -> None:
        """YCLIENTS posts what it held back: some, in any order, each up to fifty times."""
        self.chance.shuffle(self.held_back)
        while self.held_back and self.chance.random() < 0.8:
            await self.post(self.held_back.pop())

    async def post(self, webhook: Webhook) -> None:
        """Post a webhook as often as YCLIENTS might."""
        copies = [
            self.harness.http.post(
                webhook.url, content=webhook.body, headers={"Content-Type": "application/json"}
            )
            for _ in range(self.chance.choice(COPIES))
        ]
        heard = {answer.status_code for answer in await asyncio.gather(*copies)}
        assert heard <= {200, 503}, heard
        self.is_told_all = (
            self.is_told_all and 200 in heard
        )  # 503: not accepted, and YCLIENTS says it only once


async def prove_sequences(proving: Proving) -> None:
    """Live as many stories as there are runs, a few at once."""
    proving.expect(proving.runs)
    url = await proving.databases.fresh()
    lifted = mock.patch.multiple(budget, PER_SECOND=1000, PER_MINUTE=100_000)
    with lifted:
        async with unlimited_harness(url, reconcile_every_s=86_400, database_pool_size=24) as harness:
            await _live_all(harness, proving)
    await proving.databases.drop(url)


async def _live_all(harness: Harness, proving: Proving) -> None:
    admin = Person(harness, await member(harness))
    stories: dict[int, Story] = {}
    market = harness.sandbox.market
    market.on_webhook = lambda webhook: stories[webhook.salon_id].held_back.append(webhook)
    ends: Counter[str] = Counter()
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        salon_id = FIRST + number
        market.add_salon(Salon(salon_id, f"Салон {salon_id}", "Тверь", "", "", "Europe/Moscow"))
        chance = random.Random(f"{proving.seed}/{number}")
        stories[salon_id] = Story(harness, admin, salon_id, chance)
        async with gate:
            await _told(stories[salon_id], proving, _live(stories[salon_id], number, proving))
        proving.ran("R5")
        proving.step(f"salon {salon_id}")

    await asyncio.gather(*(one(number) for number in range(proving.runs)))
    for _ in range(proving.runs // ROLLING_CHECKS + 1):  # until each status was read again
        await harness.gateway.reconcile()
    for story in stories.values():
        await _told(story, proving, _end(story, proving))
        ends[market.status(story.salon_id).value] += 1
    proving.figure("R5", "ended", ", ".join(f"{state} {count:,}" for state, count in sorted(ends.items())))


async def _told(story: Story, proving: Proving, part: Awaitable[None]) -> None:
    """Note what goes wrong in a part of a story, with the story."""
    try:
        await part
    except AssertionError as error:
        proving.broke("R5", f"salon {story.salon_id}, {' '.join(story.told)}: {error}")


async def _live(story: Story, number: int, proving: Proving) -> None:
    """Live a story; what YCLIENTS still holds back at its end is delivered but for what is lost for good.

    When nothing was lost both sides must agree before any sweep.
    """
    for step in IDENTICAL if number % 20 == 0 else _chosen(story.chance):
        story.told.append(step)
        await _step(getattr(story, step))
        await asyncio.sleep(story.chance.choice((0, 0, 0.02, 0.1)))
    story.chance.shuffle(story.held_back)
    while story.held_back:
        webhook = story.held_back.pop()
        if story.chance.random() < NEVER_SENT:
            story.is_told_all = False
            continue
        await story.post(webhook)
    await at_rest(story.harness, story.salon_id)
    if story.is_told_all:
        await _agree(story, proving, "before a sweep")


def _chosen(chance: random.Random) -> list[str]:
    return ["connect", *chance.choices(STEPS, k=chance.randint(4, 14))]


async def _step(step: Callable[[], Awaitable[None]]) -> None:
    try:
        await step()
    except Refused:
        return  # what the marketplace does not let its owner do


async def _end(story: Story, proving: Proving) -> None:
    """Compare once everything was swept."""
    await at_rest(story.harness, story.salon_id)
    row = await _agree(story, proving, "in the end")
    told = f"salon {story.salon_id}, {' '.join(story.told)}"
    _judge_effects(story, proving, told)
    await _judge_session(story, proving, row, told)


async def _agree(story: Story, proving: Proving, when: str) -> dict[str, Any] | None:
    theirs = story.harness.sandbox.market.status(story.salon_id).value
    row = await newest(story.harness, story.salon_id)
    ours = row["partner_state"] if row else None
    told = f"salon {story.salon_id}, {' '.join(story.told)}"
    proving.holds("R5", ours in _AGREE[theirs], f"{told}: {theirs} at YCLIENTS, {ours} with us {when}")
    return row


def _judge_effects(story: Story, proving: Proving, told: str) -> None:
    seen = story.harness.sandbox.market.report()["salons"][str(story.salon_id)]
    for each in seen["by_install"]:
        if each["activations"] > 1 or each["api_keys"] > 1:
            proving.doubled("R5", f"{told}: {each}")


async def _judge_session(story: Story, proving: Proving, row: dict[str, Any] | None, told: str) -> None:
    """A session ends with its install and stands still while it is frozen."""

    async def follows() -> bool:
        sessions = await story.harness.rows(
            "SELECT install_id, desired FROM whatsapp_sessions WHERE salon_id = %s", story.salon_id
        )
        if not sessions:
            return True
        is_of_it = row is not None and sessions[0]["install_id"] == row["id"]
        if row is None or row["closed_at"] is not None or not is_of_it:
            return False
        is_stopped = row["partner_state"] == "frozen" or row["frozen_by_staff_at"] is not None
        return not is_stopped or sessions[0]["desired"] != "running"

    try:
        await until(follows, timeout_s=REST_S, every_s=0.5, what="the session follows")
    except AssertionError:
        proving.broke("R5", f"{told}: the session did not follow")


async def newest(harness: Harness, salon_id: int) -> dict[str, Any] | None:
    """Return a salon's newest install, if it has one."""
    rows = await harness.rows("SELECT * FROM installs WHERE salon_id = %s AND is_newest", salon_id)
    return rows[0] if rows else None


async def at_rest(harness: Harness, salon_id: int) -> None:
    """Wait until no call and no webhook of the salon is under way; waiting times are made to be over."""

    async def look() -> bool:
        await harness.gateway.storage.write(lambda tx: _make_due(tx, salon_id))
        return not await harness.rows(_UNDER_WAY, salon_id)

    try:
        await until(look, timeout_s=REST_S, every_s=0.3, what=f"salon {salon_id} at rest")
    except AssertionError:
        raise AssertionError(f"not at rest: {await harness.rows(_UNDER_WAY, salon_id)}") from None


def _make_due(tx: Any, salon_id: int) -> None:
    tx.count(
        "UPDATE partner_calls SET next_attempt_at = now() WHERE state = 'waiting' AND next_attempt_at > now() "
        "AND install_id IN (SELECT id FROM installs WHERE salon_id = %s)",
        salon_id,
    )
    tx.count(
        "UPDATE webhook_inbox SET next_attempt_at = now() WHERE state = 'pending' AND next_attempt_at > now() "
        "AND salon_id = %s",
        salon_id,
    )


PROOF = Proof("sequences", ("R5",), prove_sequences, runs=1_000, short=6)

if __name__ == "__main__":
    sys.exit(main(PROOF))

"""Machines whose clocks are minutes wrong and are set by an hour while an install is under way: nothing changes.

Two gateways; each run, both clocks are wrong by up to five minutes, one or both are set by an hour at a moment of
chance, and the owner is served by both in turn. The first activation call fails, so that a retry has to wait.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from functools import partial

import httpx
import jwt

from tests.proofs._crash_points import BREAKS
from tests.proofs._forked import ForkedGateway
from tests.proofs._proof import Proof, Proving, main
from tests.proofs._town import Town, running_town
from tests.support.waiting import until

GOAL = "R12"
SKEW_S = 300.0
STEP_S = 3600.0
EARLY_S = 30.0
LINK_LIFE_S = 3600.0
WITHIN_S = 45.0
MOST_CALLS = 3
"""Of the activation: the one that fails, the one after it, and what a redirect that was not enough may need."""


class Wanderer:
    """One owner, served by whichever gateway the road leads to."""

    def __init__(self, proving: Proving, town: Town, gateways: tuple[ForkedGateway, ForkedGateway]) -> None:
        self._proving = proving
        self._town = town
        self._gateways = gateways
        self._chance: random.Random = proving.chance

    async def run(self) -> None:
        """Take one salon from the redirect to active under wandering clocks."""
        town, salon_id = self._town, self._town.new_salon()
        for gateway in self._gateways:
            gateway.clock_ahead_s.value = self._chance.uniform(-SKEW_S, SKEW_S)
        town.sandbox.market.faults.put("500", operation="callback_redirect", salon_id=salon_id, count=1)
        steps = sorted(self._chance.sample(range(4), 2))
        token = await self._enters(salon_id)
        self._step_if(0 in steps)
        await self._asks(token, "qr")
        self._step_if(1 in steps)
        if not await town.phone(salon_id, "scan"):
            raise AssertionError(f"{salon_id}: the phone could not scan")
        began = time.monotonic()
        self._step_if(2 in steps)
        await self._asks(token, "state")
        self._step_if(3 in steps)
        try:
            await until(partial(town.is_active, salon_id), timeout_s=WITHIN_S, what="")
        except AssertionError:
            self._proving.lost(
                GOAL, f"{salon_id} stands at {await town.states(salon_id)} after {WITHIN_S:.0f} s"
            )
        self._proving.ran(GOAL)
        self.took_s = time.monotonic() - began
        await self._asks(token, "state")
        self._judge_calls(salon_id)

    def _judge_calls(self, salon_id: int) -> None:
        for activations, api_keys in self._town.effects(salon_id):
            if (activations, api_keys) != (1, 1):
                self._proving.doubled(GOAL, f"{salon_id}: {activations} activations with {api_keys} keys")
        counted = self._town.sandbox.market.report()["salons"][str(salon_id)]["by_install"]
        calls = sum(each["callback_calls"] for each in counted)
        self._holds(calls <= MOST_CALLS, f"{salon_id}: a storm of {calls} calls")

    async def _enters(self, salon_id: int) -> str:
        """Enter through one of the two; the link lives an hour from now, whatever its clock says."""
        token = await self._town.enter(salon_id)
        assert token is not None, "the entry was refused"
        claims = jwt.decode(token, options={"verify_signature": False})
        life_s = claims["exp"] - time.time()
        self._holds(
            LINK_LIFE_S - EARLY_S < life_s < LINK_LIFE_S + EARLY_S,
            f"{salon_id}: its link lives {life_s:.0f} s",
        )
        return token

    async def _asks(self, token: str, what: str) -> None:
        url = self._chance.choice(self._gateways).url
        headers = {"Authorization": f"Bearer {token}"}
        method = "GET" if what == "state" else "POST"
        body: dict[str, str] | None = None if what == "state" else {}
        answer: httpx.Response = await self._town.http.request(
            method, f"{url}/marketplace/api/{what}", headers=headers, json=body
        )
        self._holds(
            answer.status_code == 200, f"{what} of a fresh link: {answer.status_code} {answer.text[:120]}"
        )

    def _step_if(self, is_time: bool) -> None:
        if is_time:
            victim = self._chance.choice(self._gateways)
            victim.clock_ahead_s.value += self._chance.choice((-STEP_S, STEP_S))

    def _holds(self, is_so: bool, finding: str) -> None:
        self._proving.holds(GOAL, is_so, finding)


async def work(proving: Proving, broken: str | None = None) -> None:
    """Wander `proving.runs` times."""
    proving.expect(proving.runs)
    settings = {"RECONCILE_EVERY_S": "30"}
    async with running_town(proving.databases, proving.folder / "town", broken=broken, **settings) as town:
        second = town.another_gateway()
        town.gateway.clock_ahead_s.value, second.clock_ahead_s.value = SKEW_S, -SKEW_S
        await asyncio.gather(town.gateway.start(town.http), second.start(town.http))
        wanderer, times = Wanderer(proving, town, (town.gateway, second)), []
        for _ in range(proving.runs):
            try:
                await wanderer.run()
                times.append(wanderer.took_s)
            except AssertionError as error:
                proving.broke(GOAL, str(error))
                proving.ran(GOAL)
            proving.step()
        await _events_are_in_order(proving, town)
        if times:
            proving.figure(GOAL, "scan to active, one failed call between", f"{max(times):.1f} s (most)")


async def _events_are_in_order(proving: Proving, town: Town) -> None:
    """The story's times go forward with its numbers; transactions that overlapped may differ by their length."""
    backwards = await town.rows(
        """
        SELECT count(*) AS n, max(earlier - at) AS most FROM (
            SELECT at, lag(at) OVER (ORDER BY id) AS earlier FROM marketplace_events) AS story
        WHERE at < earlier - interval '2 seconds'
        """
    )
    count = int(backwards[0]["n"])
    proving.holds(
        GOAL, count == 0, f"{count} events are before the one before them, by up to {backwards[0]['most']}"
    )


PROOF = Proof("clocks", (GOAL,), work, runs=100, short=1)


def broken_proof(how: str) -> Proof:
    """Return the same proof on gateways that are broken on purpose: it must fail."""
    return Proof("clocks", (GOAL,), lambda proving: work(proving, how), runs=PROOF.runs, short=PROOF.short)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--break", dest="broken", choices=BREAKS, default=None)
    options, rest = parser.parse_known_args()
    sys.exit(main(broken_proof(options.broken) if options.broken else PROOF, rest))

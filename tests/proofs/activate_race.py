"""A hundred requests to activate one salon, over two gateways on one database, while its phone is linked: one call.

A run is one salon. Its QR is scanned before or among a hundred `POST /marketplace/activate`, half of them to
either gateway, and reads of the page; both gateways' workers look for the call at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from unittest import mock

import httpx

from gateway.bootstrap import running_gateway
from gateway.sandbox.catalogue import Salon
from gateway.server import Listening
from gateway.storage import budget
from tests.proofs._proof import Proof, Proving, main
from tests.support.harness import Harness, serving
from tests.support.salons import install_stands, unlimited_harness

FIRST = 600_001
REQUESTS = 100
ALLOWED = (200, 202, 409, 503)
"""What an old page may hear: it is under way, the phone is not linked yet, or too many ask at once."""


async def prove_race(proving: Proving) -> None:
    """Race as often as there are runs."""
    proving.expect(proving.runs)
    url = await proving.databases.fresh()
    with mock.patch.multiple(budget, PER_SECOND=1000, PER_MINUTE=100_000):
        async with unlimited_harness(url, database_pool_size=24) as harness, _another(harness) as other:
            heard: Counter[int] = Counter()
            for number in range(proving.runs):
                await _race(harness, other, FIRST + number, proving, heard)
                proving.ran("R6")
                proving.step()
            proving.figure("R6", "answers", ", ".join(f"{code}: {n:,}" for code, n in sorted(heard.items())))
    await proving.databases.drop(url)


@contextlib.asynccontextmanager
async def _another(harness: Harness) -> AsyncIterator[httpx.AsyncClient]:
    """Run a second gateway on the same database, known under the same address."""
    listening = Listening.open("127.0.0.1:0")
    running = running_gateway(harness.gateway.settings, harness.database_url)
    kept = httpx.Limits(keepalive_expiry=2.0)
    client = httpx.AsyncClient(base_url=listening.url, trust_env=False, timeout=40, limits=kept)
    async with running as gateway, serving(gateway, listening), client as http:
        yield http


async def _race(
    harness: Harness, other: httpx.AsyncClient, salon_id: int, proving: Proving, heard: Counter[int]
) -> None:
    market = harness.sandbox.market
    market.add_salon(Salon(salon_id, f"Салон {salon_id}", "Тверь", "", "", "Europe/Moscow"))
    token = await harness.link(salon_id)
    await harness.show_qr(token, salon_id)

    async def ask(http: httpx.AsyncClient) -> int:
        return (await http.post("/marketplace/activate", json={"token": token})).status_code

    acts = [ask(harness.http if n % 2 else other) for n in range(REQUESTS)]
    acts.insert(proving.chance.choice((0, REQUESTS // 2)), _scan((harness.http, other), salon_id))
    for code in await asyncio.gather(*acts):
        heard[code] += 1
        proving.holds("R6", code in ALLOWED, f"salon {salon_id}: {code}")
    await install_stands(harness, salon_id, "active")
    seen = market.report()["salons"][str(salon_id)]
    calls = sum(each["callback_calls"] for each in seen["by_install"])
    if (calls, seen["activations"], seen["api_keys"]) != (1, 1, 1):
        proving.doubled("R6", f"salon {salon_id}: {seen}")
    rows = await harness.rows(
        "SELECT p.id FROM partner_calls p JOIN installs i ON i.id = p.install_id WHERE i.salon_id = %s",
        salon_id,
    )
    proving.holds("R6", len(rows) == 1, f"salon {salon_id}: {len(rows)} calls in the outbox")


async def _scan(gateways: Sequence[httpx.AsyncClient], salon_id: int) -> int:
    """Scan at whichever gateway runs the session."""
    answers = [await http.post(f"/simulator/{salon_id}/scan", json={}) for http in gateways]
    return min(answer.status_code for answer in answers)


PROOF = Proof("activate_race", ("R6",), prove_race, runs=500, short=2)

if __name__ == "__main__":
    sys.exit(main(PROOF))

"""Every way YCLIENTS can answer wrongly or not at all, at every call we make of it: one effect, the right end.

A run is one salon with one fault at one operation, at the real limits; one round goes through the whole table. The
fault stands for one to three requests. Waiting times are not waited for: what a back-off, a Retry-After or the minute's
one try of a refused token puts off is made due in the database. Calls may take 1.5 s instead of 20, and what stalls
does so for twice that.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from gateway.sandbox.catalogue import Salon
from gateway.sandbox.faults import KINDS
from gateway.storage.budget import PER_MINUTE, PER_SECOND
from gateway.yclients import client
from gateway.yclients.outbound import GuardedTransport
from tests.proofs._proof import Proof, Proving, main
from tests.support.harness import Harness, running_harness
from tests.support.salons import Person, connected
from tests.support.staff import member
from tests.support.tcp_gate import TcpGate
from tests.support.waiting import until
from tests.support.waiting_calls import shown_too_early

Where = Literal["call", "status", "uninstall", "entry", "list"]

TIMEOUT_S = 1.5
STALLS_S = 3.0
AT_ONCE = 6
PATIENCE_S = 120.0
FIRST = 700_001
EVERYBODYS = ("401", "429", "429_retry_after")
"""These stop everybody for a while, so they are met one at a time."""

_KINDS = tuple(kind.name for kind in KINDS)
_READS = tuple(name for name in _KINDS if name != "403_foreign")
TABLE: tuple[tuple[Where, str], ...] = (
    *(("call", name) for name in _KINDS),
    *(("status", name) for name in _READS),
    *(("uninstall", name) for name in _KINDS),
    *(("entry", name) for name in _READS),
    *(("list", name) for name in _READS),
)  # fmt: skip
PERSONS_WORK = ("400_aggregator", "404", "422", "403_foreign", "403_installed")
WHY = "proof"


@dataclass(slots=True)
class Bench:
    """A gateway under test and somebody who may repair."""

    harness: Harness
    admin: Person
    proving: Proving
    numbers: itertools.count[int]

    @property
    def calls(self) -> str:
        """The first activation call's operation."""
        variant = self.harness.gateway.settings.activation_call
        return "callback_redirect" if variant == "redirect" else "callback"

    async def make_due(self, salon_id: int) -> None:
        """Let every waiting time of a salon, and those of everybody, be over."""
        calls = """
            UPDATE partner_calls SET next_attempt_at = now() WHERE state = 'waiting' AND next_attempt_at > now()
                AND install_id IN (SELECT id FROM installs WHERE salon_id = %s)
        """
        inbox = "UPDATE webhook_inbox SET next_attempt_at = now() WHERE state = 'pending' AND salon_id = %s"
        everybody = """
            UPDATE partner_budget SET blocked_until = NULL, refused_probe_at = now() - interval '2 minutes',
                away_probe_at = NULL WHERE id = 1
        """

        def work(tx: Any) -> None:
            tx.count(calls, salon_id)
            tx.count(inbox, salon_id)
            tx.count(everybody)

        await self.harness.gateway.storage.write(work)

    async def comes_to(self, salon_id: int, state: str) -> bool:
        """Wait, with no waiting time in between, until the install stands there."""

        async def look() -> bool:
            await self.make_due(salon_id)
            return bool((await self.harness.install_row(salon_id))["partner_state"] == state)

        try:
            await until(look, timeout_s=PATIENCE_S, every_s=0.5, what=state)
        except AssertionError:
            return False
        return True

    async def failed(self, salon_id: int) -> bool:
        """Whether a call of the salon waits for a person."""
        return bool(
            await self.harness.rows(
                "SELECT p.id FROM partner_calls p JOIN installs i ON i.id = p.install_id "
                "WHERE i.salon_id = %s AND p.state = 'failed'",
                salon_id,
            )
        )


async def prove_faults(proving: Proving) -> None:
    """Go through the table as often as there are runs, and through the network's own failures."""
    rows = [row for _ in range(proving.runs) for row in TABLE]
    proving.chance.shuffle(rows)
    proving.expect(len(rows) + len(NETWORK) * proving.runs)
    for variant in ("redirect", "callback"):
        mine = rows[0::2] if variant == "redirect" else rows[1::2]
        url = await proving.databases.fresh()
        async with running_harness(url, partner_timeout_s=TIMEOUT_S, activation_call=variant) as harness:
            admin = Person(harness, await member(harness))
            bench = Bench(harness, admin, proving, itertools.count(FIRST))
            await _meet_all(bench, mine)
            await _judge(bench, variant)
        await proving.databases.drop(url)
    for _ in range(proving.runs):
        for failure in NETWORK:
            await _network(proving, failure)


async def _meet_all(bench: Bench, rows: Sequence[tuple[Where, str]]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(where: Where, kind: str) -> None:
        async with gate:
            await _meet(bench, where, kind)

    await asyncio.gather(*(one(where, kind) for where, kind in rows if kind not in EVERYBODYS))
    for where, kind in rows:
        if kind in EVERYBODYS:
            await _meet(bench, where, kind)


async def _meet(bench: Bench, where: Where, kind: str) -> None:
    salon_id = next(bench.numbers)
    said = f"{kind} at {where}, salon {salon_id}"
    try:
        await _LIVES[where](bench, salon_id, kind, said)
    except AssertionError as error:
        bench.proving.broke("R4", f"{said}: {error}")
    bench.proving.ran("R4")
    bench.proving.step(said)


def _put(bench: Bench, operation: str, kind: str, salon_id: int | None) -> int:
    faults = bench.harness.sandbox.market.faults
    return faults.put(
        kind, operation=operation, salon_id=salon_id, count=bench.proving.chance.randint(1, 3), seconds=STALLS_S,
        megabytes=1,
    ).id  # fmt: skip


async def _at_call(bench: Bench, salon_id: int, kind: str, said: str) -> None:
    await _activated(bench, salon_id, bench.calls, kind, said)


async def _at_status(bench: Bench, salon_id: int, kind: str, said: str) -> None:
    await _activated(bench, salon_id, "status", kind, said)


async def _activated(bench: Bench, salon_id: int, operation: str, kind: str, said: str) -> None:
    """Link a phone while the fault stands; refusals are repaired by staff once it is gone."""
    harness = bench.harness
    await connected(harness, salon_id)
    fault = _put(bench, operation, kind, salon_id)
    await harness.phone("scan", salon_id)
    if kind in PERSONS_WORK and operation != "status":
        await _repaired(bench, salon_id, fault)
    if not await bench.comes_to(salon_id, "active"):
        if await bench.failed(salon_id):  # YCLIENTS' word stands: a 404 to a read is «not installed»
            harness.sandbox.market.faults.clear(fault)
            await _retried(bench, salon_id)
        reached = await bench.comes_to(salon_id, "active")
        bench.proving.holds(
            "R4", reached, f"{said}: ended {(await harness.install_row(salon_id))['partner_state']}"
        )


async def _repaired(bench: Bench, salon_id: int, fault: int) -> None:
    async def is_over() -> bool:
        await bench.make_due(salon_id)
        row = await bench.harness.install_row(salon_id)
        return row["partner_state"] == "active" or await bench.failed(salon_id)

    await until(is_over, timeout_s=PATIENCE_S, every_s=0.3, what="refused or active")
    bench.harness.sandbox.market.faults.clear(fault)
    if await bench.failed(salon_id):
        await _retried(bench, salon_id)


async def _retried(bench: Bench, salon_id: int) -> None:
    rows = await bench.harness.rows(
        "SELECT p.id FROM partner_calls p JOIN installs i ON i.id = p.install_id WHERE i.salon_id = %s "
        "ORDER BY p.id DESC",
        salon_id,
    )
    await bench.admin.done("calls.retry", call_id=rows[0]["id"], reason=WHY)


async def _at_uninstall(bench: Bench, salon_id: int, kind: str, said: str) -> None:
    harness = bench.harness
    await connected(harness, salon_id)
    await harness.phone("scan", salon_id)
    assert await bench.comes_to(salon_id, "active")
    fault = _put(bench, "uninstall", kind, salon_id)
    await bench.admin.done("installs.uninstall", salon_id=salon_id, generation=1, reason=WHY)

    async def is_over() -> bool:
        await bench.make_due(salon_id)
        gone = (await harness.install_row(salon_id))["partner_state"] == "uninstalled"
        return gone or await bench.failed(salon_id)

    await until(is_over, timeout_s=PATIENCE_S, every_s=0.3, what="uninstalled or failed")
    harness.sandbox.market.faults.clear(fault)
    if await bench.failed(salon_id):
        await _retried(bench, salon_id)
    reached = await bench.comes_to(salon_id, "uninstalled")
    bench.proving.holds("R4", reached, f"{said}: not uninstalled")
    theirs = harness.sandbox.market.status(salon_id)
    bench.proving.holds("R4", theirs == "uninstalled", f"{said}: {theirs} at YCLIENTS")


async def _at_entry(bench: Bench, salon_id: int, kind: str, said: str) -> None:
    """The owner comes while the fault stands; whatever page comes, the next try after it opens the install."""
    harness, market = bench.harness, bench.harness.sandbox.market
    market.add_salon(_salon(salon_id))
    fault = _put(bench, bench.proving.chance.choice(("company", "status")), kind, salon_id)
    first = await harness.enter(salon_id)
    bench.proving.holds("R4", first.status_code != 500, f"{said}: {first.status_code}")
    market.faults.clear(fault)
    await bench.make_due(salon_id)
    token = await harness.link(salon_id)
    await harness.scan(token, salon_id)
    bench.proving.holds("R4", await bench.comes_to(salon_id, "active"), f"{said}: not active")


async def _at_list(bench: Bench, salon_id: int, kind: str, said: str) -> None:
    """A sweep that reads nonsense changes nothing."""
    harness = bench.harness
    await connected(harness, salon_id)
    await harness.phone("scan", salon_id)
    assert await bench.comes_to(salon_id, "active")
    fault = _put(bench, "salons", kind, None)
    with contextlib.suppress(Exception):
        await harness.gateway.reconcile()
    harness.sandbox.market.faults.clear(fault)
    state = (await harness.install_row(salon_id))["partner_state"]
    bench.proving.holds("R4", state == "active", f"{said}: {state}")


async def _judge(bench: Bench, variant: str) -> None:
    """One effect an install, nothing shown too early, the limits kept, nothing a careful partner would not send."""
    harness, proving = bench.harness, bench.proving
    report = harness.sandbox.market.report()
    for salon_id, seen in report["salons"].items():
        if any(each["activations"] > 1 or each["api_keys"] > 1 for each in seen["by_install"]):
            proving.doubled("R4", f"salon {salon_id}: {seen}")
    for early in await shown_too_early(harness):
        proving.broke("R4", f"salon {early} was called active before YCLIENTS had it so")
    proving.holds("R4", report["max_per_second"] <= PER_SECOND, f"{report['max_per_second']} in a second")
    proving.holds("R4", report["max_per_minute"] <= PER_MINUTE, f"{report['max_per_minute']} in a minute")
    proving.holds("R4", report["limited"] == 0, "YCLIENTS had to say 429 of itself")
    proving.holds("R4", report["complaints"] == [], f"{report['complaints'][:3]}")
    proving.figure(
        "R4", f"faults met, {variant}", f"{sum(report['faults'].values()):,} of {len(report['faults'])} kinds"
    )
    proving.figure("R4", f"most, {variant}", f"{report['max_per_second']}/s {report['max_per_minute']}/min")


# -- before anything reaches YCLIENTS ------------------------------------------------------------------

NETWORK = ("refused", "silent", "dns", "tls")


async def _network(proving: Proving, failure: str) -> None:
    """YCLIENTS cannot be reached at all when the phone is linked; it can be later, and the install becomes active."""
    salon_id, url = FIRST, await proving.databases.fresh()
    async with _unreachable(url, failure) as (harness, restore):
        await connected(harness, salon_id)
        await harness.phone("scan", salon_id)

        async def waits() -> bool:
            rows = await harness.rows("SELECT failure FROM partner_attempts WHERE failure IS NOT NULL")
            return bool(rows)

        await until(waits, timeout_s=PATIENCE_S, what=f"an attempt met {failure}")
        heard = await harness.rows("SELECT DISTINCT failure FROM partner_attempts WHERE failure IS NOT NULL")
        proving.figure("R4", failure, ", ".join(row["failure"] for row in heard))
        proving.holds("R4", not await shown_too_early(harness), f"{failure}: shown too early")
        await restore()
        bench = Bench(harness, Person(harness, ""), proving, itertools.count())
        proving.holds("R4", await bench.comes_to(salon_id, "active"), f"{failure}: never active")
        seen = harness.sandbox.market.report()["salons"][str(salon_id)]
        if (seen["activations"], seen["api_keys"]) != (1, 1):
            proving.doubled("R4", f"{failure}: {seen}")
    await proving.databases.drop(url)
    proving.ran("R4")
    proving.step(failure)


@contextlib.asynccontextmanager
async def _unreachable(url: str, failure: str) -> AsyncIterator[tuple[Harness, Any]]:
    """Run a gateway whose way to YCLIENTS is broken; the second value mends it."""
    async with running_harness(url, partner_timeout_s=TIMEOUT_S) as harness:
        partner: client.YclientsClient = harness.gateway.reconcile._partner  # type: ignore[assignment]
        right = partner._base_url
        gate = TcpGate("127.0.0.1", int(right.rpartition(":")[2]))
        await gate.start()
        wrong = {"dns": "http://yclients.invalid", "tls": right.replace("http:", "https:")}
        transport = partner._http._transport
        partner._base_url = wrong.get(failure, gate.url)
        partner._http._transport = GuardedTransport(
            partner._base_url, httpx.create_ssl_context(trust_env=False)
        )
        if failure == "refused" or failure == "silent":
            await gate.cut(failure)  # type: ignore[arg-type]

        async def restore() -> None:
            await partner._http._transport.aclose()
            partner._base_url, partner._http._transport = right, transport

        try:
            yield harness, restore
        finally:
            await gate.stop()


def _salon(salon_id: int) -> Salon:
    return Salon(salon_id, f"Салон {salon_id}", "Тверь", "", "", "Europe/Moscow")


_LIVES = {
    "call": _at_call, "status": _at_status, "uninstall": _at_uninstall, "entry": _at_entry, "list": _at_list,
}  # fmt: skip

PROOF = Proof("partner_faults", ("R4",), prove_faults, runs=1, short=1)

if __name__ == "__main__":
    sys.exit(main(PROOF))

"""Postgres is away for seconds to minutes under 20 webhooks a second, and the gateway is killed on top of it."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from tests.proofs._proof import Proof, Proving, main
from tests.support.postgres_gate import PostgresGate, gate_before_postgres
from tests.support.processes import Town, running_town
from tests.support.tcp_gate import Cut
from tests.support.waiting import until
from tests.support.webhook_stream import Stream, Verdict, judge, percentile

AWAY_S = (1.0, 10.0, 60.0, 300.0)
WAYS: tuple[Cut, ...] = ("refused", "silent")
KILLS = ("none", "draining", "away")
P99_S = 0.5
ENOUGH_FOR_P99 = 200
DRAIN_SHARE = 0.1
"""60 s for each 10 minutes."""


@dataclass(slots=True)
class _Measured:
    took_s: list[float] = field(default_factory=list)
    refused: int = 0
    webhooks: int = 0
    drains: list[tuple[float, float]] = field(default_factory=list)


async def work(proving: Proving) -> None:
    """Take Postgres away `runs` times, in both ways, for longer and longer."""
    proving.expect(proving.runs)
    direct = await proving.databases.fresh()
    measured = _Measured()
    async with (
        gate_before_postgres(direct) as gate,
        running_town(proving.folder, DATABASE_URL=gate.url) as town,
    ):
        await town.gateway.start()
        for number in range(proving.runs):
            await _run(proving, town, gate, direct, number, measured)
            proving.step(f"{AWAY_S[number // len(WAYS) % len(AWAY_S)]:.0f} s away")
        await town.gateway.stop()
    await proving.databases.drop(direct)
    _tell(proving, measured)


async def _run(
    proving: Proving, town: Town, gate: PostgresGate, direct: str, number: int, measured: _Measured
) -> None:
    how, away_s = WAYS[number % len(WAYS)], AWAY_S[number // len(WAYS) % len(AWAY_S)]
    kill = KILLS[number % len(KILLS)]
    stream = Stream([town.gateway.url])
    sending = asyncio.create_task(stream.run(), name="stream")
    await asyncio.sleep(1)
    await gate.cut(how)
    cut_at = time.monotonic()
    await asyncio.sleep(away_s)
    if kill == "away":
        town.gateway.kill()
    restored_at = time.monotonic()
    await gate.restore()
    if kill == "draining":
        await asyncio.sleep(proving.chance.uniform(0.0, 0.6))
        town.gateway.kill()
    if kill != "none":
        await town.gateway.start()
    drained_s = await _drained(town.folder, restored_at)
    stream.end()
    await sending
    await until(lambda: _is_settled(town.folder), what="an empty spool")
    during = stream.between(cut_at, restored_at)
    measured.took_s += [each.took_s for each in during if each.status]
    measured.refused += sum(each.status not in (0, 200) for each in stream.sent)
    measured.webhooks += len(stream.sent)
    if kill == "none":
        measured.drains.append((away_s, drained_s))
    _judge(proving, await judge(direct, stream), f"{how} {away_s:.0f} s, kill {kill}")
    refused = [each.status for each in during if each.status not in (0, 200)]
    proving.holds("R3", not refused, f"{len(refused)} refused while away: {set(refused)}")
    await _forget(direct)
    proving.ran("R3")


async def _drained(folder: Path, since: float) -> float:
    await until(lambda: _is_settled(folder), timeout_s=120, what="an empty spool")
    return time.monotonic() - since


async def _is_settled(folder: Path) -> bool:
    return not (folder / "spool" / "in-use").exists()


async def _forget(url: str) -> None:
    """Empty the inbox: the next run counts from nought again."""
    connection = await asyncpg.connect(url)
    await connection.execute("TRUNCATE webhook_inbox")
    await connection.close()


def _judge(proving: Proving, verdict: Verdict, what: str) -> None:
    for salon_id, number in verdict.lost:
        proving.lost("R3", f"webhook {number} of salon {salon_id} ({what})")
    for salon_id, number in verdict.doubled:
        proving.doubled("R3", f"webhook {number} of salon {salon_id} ({what})")
    for salon_id in verdict.disordered:
        proving.broke("R3", f"order of salon {salon_id} ({what})")


def _tell(proving: Proving, measured: _Measured) -> None:
    p99_s = percentile(measured.took_s, 0.99)
    if len(measured.took_s) >= ENOUGH_FOR_P99:
        proving.holds("R3", p99_s <= P99_S, f"p99 while away is {p99_s * 1000:.0f} ms")
    for away_s, drained_s in measured.drains:
        allowed_s = max(10.0, away_s * DRAIN_SHARE)
        proving.holds("R3", drained_s <= allowed_s, f"{away_s:.0f} s away took {drained_s:.1f} s to drain")
    proving.figure("R3", "webhooks", f"{measured.webhooks:,}")
    proving.figure("R3", "answered while away", f"{len(measured.took_s):,}")
    proving.figure("R3", "p50", f"{percentile(measured.took_s, 0.5) * 1000:.0f} ms")
    proving.figure("R3", "p99", f"{p99_s * 1000:.0f} ms")
    slowest = max((drained_s for _, drained_s in measured.drains), default=0.0)
    proving.figure("R3", "slowest drain", f"{slowest:.1f} s")


PROOF = Proof("postgres_away", ("R3",), work, runs=8, short=1)

if __name__ == "__main__":
    sys.exit(main(PROOF))

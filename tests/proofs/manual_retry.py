"""Whatever stands of a call, a retry that staff are granted is a new attempt with a nonce of its own, and says so.

A run is one retry: right after a success, of a failed, a waiting, a held or a resolved call, by one member of staff or
by three at once. Each one granted must have its own nonce, its own line in the story and in the audit, and a request
that YCLIENTS sees; the install keeps its one key and its one activation.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from typing import Any
from unittest import mock

from gateway.storage import budget
from tests.proofs._proof import Proof, Proving, main
from tests.support.harness import Harness
from tests.support.salons import Person, call_reaches, call_row, linked, unlimited_harness
from tests.support.staff import member
from tests.support.waiting import until

FIRST = 650_001
PEOPLE = 3
WHY = "proof"
SITUATIONS = ("done", "done", "failed", "waiting", "held", "resolved")
FAULTS = {"failed": "422", "waiting": "500", "held": "500", "resolved": "422"}


async def prove_retries(proving: Proving) -> None:
    """Retry as often as there are runs."""
    proving.expect(proving.runs)
    url = await proving.databases.fresh()
    with mock.patch.multiple(budget, PER_SECOND=1000, PER_MINUTE=100_000):
        async with unlimited_harness(url) as harness:
            people = [Person(harness, await member(harness)) for _ in range(PEOPLE)]
            heard: Counter[str] = Counter()
            for number in range(proving.runs):
                situation = SITUATIONS[number % len(SITUATIONS)]
                await _retry(harness, people, FIRST + number, situation, proving, heard)
                proving.ran("R13")
                proving.step(situation)
            proving.figure("R13", "answers", ", ".join(f"{what} {n:,}" for what, n in sorted(heard.items())))
    await proving.databases.drop(url)


async def _retry(
    harness: Harness,
    people: list[Person],
    salon_id: int,
    situation: str,
    proving: Proving,
    heard: Counter[str],
) -> None:
    row = await _situation(harness, people[0], salon_id, situation)
    before = await _requests(harness, salon_id)
    asking = people if proving.chance.random() < 0.5 else people[:1]
    answers = await asyncio.gather(
        *(each.ask("calls.retry", call_id=row["id"], reason=WHY) for each in asking)
    )
    granted = [answer for answer in answers if answer.status_code == 200]
    heard.update(
        "granted" if answer.status_code == 200 else answer.json()["error"]["code"] for answer in answers
    )
    said = f"salon {salon_id}, {situation}, asked {len(asking)} times"
    proving.holds("R13", len(granted) >= 1, f"{said}: none was granted")
    await until(lambda: _is_over(harness, salon_id), what="every call settled", timeout_s=40)
    told = [
        event.data
        for event in await harness.gateway.events.of_salon(salon_id)
        if event.type == "call_retried"
    ]
    nonces = [each["nonce"] for each in told]
    proving.holds("R13", len(told) == len(granted), f"{said}: {len(granted)} granted, {len(told)} told")
    proving.holds("R13", len(set(nonces)) == len(nonces) and 0 not in nonces, f"{said}: nonces {nonces}")
    acts = await harness.rows(
        "SELECT id FROM audit_log WHERE operation = 'calls.retry' AND salon_id = %s", salon_id
    )
    proving.holds("R13", len(acts) == len(granted), f"{said}: {len(acts)} in the audit")
    proving.holds("R13", await _requests(harness, salon_id) > before, f"{said}: no new request")
    seen = harness.sandbox.market.report()["salons"][str(salon_id)]
    if (seen["activations"], seen["api_keys"]) != (1, 1):
        proving.doubled("R13", f"{said}: {seen}")


async def _situation(harness: Harness, person: Person, salon_id: int, situation: str) -> dict[str, Any]:
    """Bring a salon's call into a state to be retried from."""
    faults = harness.sandbox.market.faults
    fault = (
        faults.put(FAULTS[situation], salon_id=salon_id, operation="callback_redirect")
        if situation in FAULTS
        else None
    )
    await linked(harness, salon_id)
    rests = {
        "done": "done",
        "failed": "failed",
        "resolved": "failed",
        "waiting": "waiting",
        "held": "waiting",
    }
    row = await call_reaches(
        harness,
        salon_id,
        rests[situation],
        error="partner_unavailable" if rests[situation] == "waiting" else None,
    )
    if situation in ("held", "resolved"):
        operation = "calls.hold" if situation == "held" else "calls.resolve"
        await person.done(operation, call_id=row["id"], reason=WHY)
    if fault is not None:
        faults.clear(fault.id)
    return await call_row(harness, salon_id)


async def _is_over(harness: Harness, salon_id: int) -> bool:
    return bool((await call_row(harness, salon_id))["state"] == "done")


async def _requests(harness: Harness, salon_id: int) -> int:
    rows = await harness.rows(
        "SELECT count(*) AS n FROM partner_attempts a JOIN partner_calls p ON p.id = a.call_id "
        "JOIN installs i ON i.id = p.install_id WHERE i.salon_id = %s",
        salon_id,
    )
    return int(rows[0]["n"])


PROOF = Proof("manual_retry", ("R13",), prove_retries, runs=300, short=6)

if __name__ == "__main__":
    sys.exit(main(PROOF))

"""The drill: a backup is made under traffic, the database is destroyed, the backup is restored, the gateway runs on.

Everything as people do it: `python -m gateway backup` and `restore`, a real gateway killed with SIGKILL, the database
dropped. Between backup and disaster webhooks come and a salon leaves; what is lost of that is healed by the sweep.
Each run is one drill, with ever more data.
"""

from __future__ import annotations

import asyncio
import contextlib
import stat
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from gateway.clock import SystemClock
from gateway.storage.audit_store import AuditStore
from gateway.storage.database import Storage
from tests.proofs._proof import Proof, Proving, main
from tests.support.harness import OTHER_SALON, PARTNER_TOKEN, SALON
from tests.support.processes import Town, run_command, running_town
from tests.support.waiting import until

VOLUME = 20_000
"""Webhooks and events in the first drill of the full form; each drill has as many more."""

SHORT_VOLUME = 500
HEALED_WITHIN_S = 60.0
COMMAND_TIMEOUT_S = 600.0
THIRD_SALON = 101002
_FILL = (
    """
    INSERT INTO webhook_inbox (received_at, proof, kind, event, salon_id, body, digest, state, outcome, processed_at)
    SELECT now(), 'partner_token', 'entity', 'record', $1, '{"resource":"record","resource_id":' || n || '}',
        sha256(n::text::bytea), 'done', 'kept', now() FROM generate_series(1, $2) AS n
    """,
    "INSERT INTO marketplace_events (at, salon_id, type) SELECT now(), $1, 'drift_found' FROM generate_series(1, $2)",
)


@dataclass(slots=True)
class Before:
    """What the world was like a moment before the disaster."""

    newest_event: int
    version: int


async def work(proving: Proving) -> None:
    """Drill `runs` times."""
    proving.expect(proving.runs * 5)
    for number in range(1, proving.runs + 1):
        volume = SHORT_VOLUME if proving.runs == PROOF.short else VOLUME * number
        url = await proving.databases.fresh()
        folder = proving.folder / f"drill-{number}"
        folder.mkdir()
        async with _town(folder, url) as town:
            await _drill(proving, town, url, folder, volume)
        proving.ran("K2")
        with contextlib.suppress(asyncpg.InvalidCatalogNameError):  # a restore that failed left none
            await proving.databases.drop(url)


@asynccontextmanager
async def _town(folder: Path, url: str) -> AsyncIterator[Town]:
    more = {"DATABASE_URL": url, "RECONCILE_EVERY_S": "2", "LOG_LEVEL": "warning", "AUTO_SCAN_AFTER_S": "0.1"}
    async with running_town(folder, sandbox_config={"enforce_limits": False}, **more) as town:
        await town.gateway.start()
        yield town


async def _drill(proving: Proving, town: Town, url: str, folder: Path, volume: int) -> None:
    for salon_id in (OTHER_SALON, SALON):
        token = await town.harness.link(salon_id)
        await town.harness.show_qr(token, salon_id)
        await town.harness.reaches(token, "active", salon_id, timeout_s=60)
    connection = await asyncpg.connect(url)
    for statement in _FILL:
        await connection.execute(statement, SALON, volume)
    await connection.close()
    proving.step("filled")
    file = folder / "backup.dump"
    await _backed_up(proving, town, folder, file)
    proving.step("backed up")
    before = await _lost_meanwhile(town)
    town.gateway.kill()
    await town.harness.gateway.storage.close()
    await proving.databases.drop(url)
    proving.step("destroyed")
    began = time.monotonic()
    done = await run_command(
        "restore", str(file), "--into", url, settings=town.gateway.program.settings, folder=folder,
        timeout_s=COMMAND_TIMEOUT_S,
    )  # fmt: skip
    proving.figure("K2", "restored within", f"{time.monotonic() - began:.0f} s")
    if not proving.holds("K2", done.code == 0, f"restore: {done.said[-600:]}"):
        return
    proving.step("restored")
    town.harness.gateway.storage = Storage(url, pool_size=4, now=SystemClock().now)
    try:
        await town.gateway.start()
        await _runs_on(proving, town, before, token)
    finally:
        await town.harness.gateway.storage.close()
    proving.step("healed")


async def _backed_up(proving: Proving, town: Town, folder: Path, file: Path) -> None:
    """Make the backup while webhooks arrive; no writer may make it differ from what was counted."""
    ended = asyncio.Event()

    async def traffic() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            answer = await town.harness.webhook(_record(number))
            proving.holds(
                "K2", answer.status_code == 200, f"a webhook during the backup: {answer.status_code}"
            )
            await asyncio.sleep(0.05)

    writing = asyncio.create_task(traffic(), name="traffic")
    began = time.monotonic()
    try:
        done = await run_command(
            "backup",
            str(file),
            settings=town.gateway.program.settings,
            folder=folder,
            timeout_s=COMMAND_TIMEOUT_S,
        )
    finally:
        ended.set()
        await writing
    proving.holds("K2", done.code == 0, f"backup: {done.said[-600:]}")
    if done.code:
        return
    found = await asyncio.to_thread(file.stat)
    mode = stat.S_IMODE(found.st_mode)
    proving.holds("K2", mode == 0o600, f"the backup can be read by others: {mode:o}")
    proving.figure("K2", "backed up and verified within", f"{time.monotonic() - began:.0f} s")
    proving.figure("K2", "backup", f"{found.st_size / 2**20:.1f} MiB")


def _record(number: int) -> dict[str, object]:
    return {
        "company_id": SALON, "resource": "record", "resource_id": number, "status": "create",
        "data": {"id": number}, "partner_token": PARTNER_TOKEN,
    }  # fmt: skip


async def _lost_meanwhile(town: Town) -> Before:
    """After the backup a salon leaves, another comes, and the log goes on."""
    town.sandbox.market.disconnect(OTHER_SALON)

    async def is_gone() -> bool:
        return bool((await town.harness.install_row(OTHER_SALON))["partner_state"] == "uninstalled")

    await until(is_gone, timeout_s=60, what="the other salon is gone")
    token = await town.harness.link(THIRD_SALON)
    await town.harness.show_qr(token, THIRD_SALON)
    await town.harness.reaches(token, "active", THIRD_SALON, timeout_s=60)
    (row,) = await town.harness.rows(
        "SELECT (SELECT max(id) FROM marketplace_events) AS newest, version FROM companies WHERE yclients_id = %s",
        SALON,
    )
    return Before(row["newest"], row["version"])


async def _runs_on(proving: Proving, town: Town, before: Before, token: str) -> None:
    (row,) = await town.harness.rows(
        "SELECT (SELECT id FROM marketplace_events WHERE type = 'database_restored') AS restored, version "
        "FROM companies WHERE yclients_id = %s",
        SALON,
    )
    proving.holds(
        "K2", row["restored"] > before.newest_event, "consoles that saw the lost log would wait for ever"
    )
    proving.holds(
        "K2", row["version"] > before.version, "a page that saw the lost state would not take the new one"
    )
    await _heals(proving, town, OTHER_SALON, "uninstalled", "a salon that left after the backup")
    shown = await town.harness.state(token)
    proving.holds("K2", shown["stage"] == "active", "the page of the active salon does not say so")
    town.sandbox.market.disconnect(SALON)
    await _heals(proving, town, SALON, "uninstalled", "a webhook after the restore")
    report = await AuditStore(town.harness.gateway.storage).verify()
    proving.holds("K2", report.is_whole, f"the audit is not whole: {report.problem}")
    for salon_id in (SALON, OTHER_SALON):
        counted = town.sandbox.market.report()["salons"][str(salon_id)]["by_install"]
        if any((each["activations"], each["api_keys"]) != (1, 1) for each in counted):
            proving.doubled("K2", f"{salon_id}: {counted}")


async def _heals(proving: Proving, town: Town, salon_id: int, state: str, what: str) -> None:
    async def is_so() -> bool:
        return bool((await town.harness.install_row(salon_id))["partner_state"] == state)

    try:
        await until(is_so, timeout_s=HEALED_WITHIN_S, what=what)
    except AssertionError:
        proving.lost("K2", f"{what} did not take effect")


PROOF = Proof("restore_drill", ("K2",), work, runs=5, short=1)

if __name__ == "__main__":
    sys.exit(main(PROOF))

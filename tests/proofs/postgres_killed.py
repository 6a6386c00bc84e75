"""Postgres is killed (SIGKILL, fsync on) at random moments under webhooks and installs; the gateway starts it again."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from gateway.sandbox.catalogue import Salon
from gateway.storage.embedded import EmbeddedPostgres
from tests.proofs._proof import Proof, Proving, main
from tests.support.processes import Town, embedded_data_dir, kill_server, running_town
from tests.support.waiting import until
from tests.support.webhook_stream import Stream, judge

FIRST_SALON = 940_001
HEALED_WITHIN_S = 60.0
LATEST_KILL_S = 1.5


async def work(proving: Proving) -> None:
    """Kill the server `runs` times, each time while another salon installs."""
    proving.expect(proving.runs)
    with embedded_data_dir() as data_dir:
        async with running_town(proving.folder, DATA_DIR=str(data_dir)) as town:
            await town.gateway.start()
            with EmbeddedPostgres(data_dir) as server:
                url = server.url  # asked now: it is read from a note that a starting server is still writing
                stream = Stream([town.gateway.url])
                sending = asyncio.create_task(stream.run(), name="stream")
                back_s = [
                    await _run(proving, town, server.pgdata, url, number) for number in range(proving.runs)
                ]
                stream.end()
                await sending
                await until(lambda: _is_settled(town.folder), timeout_s=60, what="an empty spool")
                await _judge(proving, url, stream)
                _installs_are_right(proving, town)
                await town.gateway.stop()
    proving.figure("R2", "webhooks", f"{len(stream.sent):,}")
    proving.figure("R2", "accepted", f"{len(stream.promised()):,}")
    proving.figure("R2", "slowest return of Postgres", f"{max(back_s):.1f} s")


async def _run(proving: Proving, town: Town, pgdata: Path, url: str, number: int) -> float:
    """Begin an install, kill the server meanwhile, see the install end; return when Postgres answered again."""
    salon_id = FIRST_SALON + number
    town.sandbox.market.add_salon(Salon(salon_id, f"Salon {number}", "", "", "", "Europe/Moscow"))
    install = asyncio.create_task(_install(town, salon_id), name="install")
    await asyncio.sleep(proving.chance.uniform(0.0, LATEST_KILL_S))
    kill_server(pgdata)
    killed_at = time.monotonic()
    await until(lambda: _answers(url), timeout_s=HEALED_WITHIN_S, what="Postgres, started by the gateway")
    back_s = time.monotonic() - killed_at
    try:
        await install
    except AssertionError as error:
        proving.broke("R2", f"the install of salon {salon_id} did not end: {error}")
    proving.ran("R2")
    proving.step()
    return back_s


async def _install(town: Town, salon_id: int) -> None:
    """Take one salon the whole way to active, as an owner who presses again when something did not work."""
    token = await _tried(lambda: _token(town, salon_id))
    await _tried(lambda: _linked(town, token, salon_id))
    await _tried(lambda: _is_active(town, token))


async def _tried(step: Callable[[], Awaitable[Any]]) -> Any:
    async def look() -> Any:
        with contextlib.suppress(httpx.TransportError):
            return await step()
        return None

    return await until(look, timeout_s=HEALED_WITHIN_S, every_s=0.2, what="a step of an install")


async def _token(town: Town, salon_id: int) -> str | None:
    answer = await town.harness.enter(salon_id)
    location = answer.headers.get("location", "")
    return location.partition("token=")[2].partition("&")[0] or None


async def _linked(town: Town, token: str, salon_id: int) -> bool:
    state = await _state(town, token)
    if state and state["whatsapp"]["state"] == "connected":
        return True
    if (await town.harness.api("POST", "qr", token)).status_code == 200:
        await town.harness.phone("scan", salon_id)
    return False


async def _is_active(town: Town, token: str) -> bool:
    state = await _state(town, token)
    return bool(state and state["stage"] == "active")


async def _state(town: Town, token: str) -> dict[str, Any] | None:
    answer = await town.harness.api("GET", "state", token)
    return answer.json() if answer.status_code == 200 else None


async def _answers(url: str) -> bool:
    with contextlib.suppress(
        OSError, IndexError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError
    ):
        connection = await asyncpg.connect(url, timeout=5)
        await connection.close()
        return True
    return False


async def _is_settled(folder: Path) -> bool:
    return not (folder / "spool" / "in-use").exists()


async def _judge(proving: Proving, url: str, stream: Stream) -> None:
    verdict = await judge(url, stream)
    for salon_id, number in verdict.lost:
        proving.lost("R2", f"webhook {number} of salon {salon_id}")
    for salon_id, number in verdict.doubled:
        proving.doubled("R2", f"webhook {number} of salon {salon_id}")
    for salon_id in verdict.disordered:
        proving.broke("R2", f"order of salon {salon_id}")


def _installs_are_right(proving: Proving, town: Town) -> None:
    """One activation with one key for each salon, by the referee's count."""
    counted = town.sandbox.market.report()["salons"]
    for number in range(proving.runs):
        salon = counted.get(str(FIRST_SALON + number), {"installs": 0, "by_install": []})
        for each in salon["by_install"]:
            if each["api_keys"] > 1 or each["activations"] > 1:
                proving.doubled("R2", f"salon {FIRST_SALON + number}: {each}")
        proving.holds(
            "R2", salon["installs"] == 1, f"salon {FIRST_SALON + number} has {salon['installs']} installs"
        )


PROOF = Proof("postgres_killed", ("R2",), work, runs=60, short=1)

if __name__ == "__main__":
    sys.exit(main(PROOF))

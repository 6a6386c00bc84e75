"""SIGKILL, for real: the gateway runs as a process of its own, is killed at a chosen moment and started again.

Nobody helps: no page asks, no staff presses anything, no row is touched. What was begun must end by itself.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.domain.errors import DatabaseUnavailableError
from tests.support.harness import SALON, Harness
from tests.support.processes import Town, embedded_data_dir, end, free_port, running_town
from tests.support.waiting import until

BY_ITSELF_S = 30.0
"""How soon after a new start everything must have been finished."""

TAKEN_OVER_S = 20.0
"""whatsapp.md allows 35 s, which a lease alone would use up; a process seen to be dead is buried sooner."""


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    """A gateway in another process, started, on a fresh database."""
    async with running_town(tmp_path, DATABASE_URL=database_url) as made:
        await made.gateway.start()
        yield made


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A DATA_DIR of its own that is gone afterwards, with its Postgres."""
    with embedded_data_dir() as folder:
        yield folder


async def is_installed_once(town: Town, installs: int = 1) -> None:
    """One activation and one key for each install, on the partner's side and on ours."""
    counted = town.sandbox.market.report()["salons"][str(SALON)]
    assert counted["installs"] == installs
    for each in counted["by_install"]:
        assert (each["activations"], each["api_keys"]) == (1, 1)


async def at_partner(town: Town, status: str) -> None:
    async def look() -> bool:
        return town.sandbox.market.status(SALON) == status

    await until(look, what=f"{status} at YCLIENTS")


async def partner_state_is(town: Town, state: str, timeout_s: float = BY_ITSELF_S) -> None:
    async def look() -> bool:
        return bool((await town.harness.install_row())["partner_state"] == state)

    await until(look, what=f"partner state {state}", timeout_s=timeout_s)


async def test_a_kill_between_the_partners_success_and_our_commit_ends_in_one_install_with_one_key(
    town: Town,
) -> None:
    """Incidents I-05 to I-08: the partner held a key that we had rolled back and forgotten."""
    token = await town.harness.link()
    town.sandbox.market.faults.put("stall", operation="callback_redirect", seconds=60)
    await town.harness.scan(token)
    await at_partner(town, "active")
    assert (await town.harness.install_row())["partner_state"] == "calling"
    town.gateway.kill()
    town.sandbox.market.faults.clear()
    await town.gateway.start()
    await partner_state_is(town, "active")
    assert (await town.harness.state(token))["stage"] == "active"
    assert town.sandbox.market.report()["calls"]["callback_redirect"] == 1
    await is_installed_once(town)


async def test_a_kill_before_the_partner_heard_of_it_ends_in_one_install_with_one_key(town: Town) -> None:
    token = await town.harness.link()
    town.sandbox.market.faults.put("hang", operation="callback_redirect", seconds=60)
    await town.harness.scan(token)
    await until(lambda: was_called(town, "callback_redirect"), what="the call has arrived")
    town.gateway.kill()
    town.sandbox.market.faults.clear()
    await town.gateway.start()
    await partner_state_is(town, "active")
    await is_installed_once(town)


async def was_called(town: Town, operation: str) -> bool:
    return bool(town.sandbox.market.report()["calls"].get(operation))


async def test_every_step_of_linking_survives_a_kill_and_the_owners_page_goes_on(town: Town) -> None:
    token = await town.harness.link()
    await town.gateway.restart()
    assert (await town.harness.state(token))["stage"] == "new"

    shown = await town.harness.show_qr(token)
    await town.gateway.restart()
    again = await qr_shows_by_itself(town.harness, token, other_than=shown["qr"])
    assert again["session_id"] == shown["session_id"]

    assert (await town.harness.phone("scan")).status_code == 200
    town.gateway.kill()
    await town.gateway.start()
    await partner_state_is(town, "active")
    done = await town.harness.reaches(token, "active", timeout_s=BY_ITSELF_S)
    assert done["whatsapp"]["state"] == "connected"
    await is_installed_once(town)


async def qr_shows_by_itself(harness: Harness, token: str, *, other_than: str) -> dict[str, Any]:
    """Wait for a QR of the new process' engine; nobody asks for one."""

    async def look() -> dict[str, Any] | None:
        snapshot = await harness.state(token)
        return snapshot if snapshot["qr"] and snapshot["qr"]["text"] != other_than else None

    seen = await until(look, what="a QR after the restart", timeout_s=BY_ITSELF_S)
    assert seen is not None
    return seen


async def test_a_webhook_that_was_answered_200_takes_effect_after_a_kill(town: Town) -> None:
    token = await town.harness.link()
    await town.harness.scan(token)
    await town.harness.reaches(token, "active")
    town.sandbox.market.faults.put("stall", operation="status", seconds=60)
    town.sandbox.market.emit(SALON, repeat=2)
    town.sandbox.market.disconnect(SALON)
    await until(lambda: answered(town, 3), what="three webhooks answered 200")
    before = await town.harness.rows("SELECT state FROM webhook_inbox WHERE event = 'uninstall'")
    assert before == [{"state": "pending"}]
    town.gateway.kill()
    town.sandbox.market.faults.clear()
    await town.gateway.start()
    await partner_state_is(town, "uninstalled")
    await until(lambda: nothing_waits(town), what="the inbox is done", timeout_s=BY_ITSELF_S)
    await until(lambda: no_session(town), what="the session is wiped", timeout_s=BY_ITSELF_S)
    inbox = await town.harness.rows("SELECT kind, state, outcome FROM webhook_inbox ORDER BY id")
    assert sorted(row["kind"] for row in inbox) == ["entity", "entity", "lifecycle"]
    assert {row["state"] for row in inbox} == {"done"}
    closed = await town.harness.rows("SELECT close_reason FROM installs")
    assert len(closed) == 1


async def answered(town: Town, count: int) -> bool:
    return len(accepted_webhooks(town)) >= count


def accepted_webhooks(town: Town) -> list[str]:
    """Return what the sandbox sent and was answered 200 for, oldest first."""
    sent = [entry for entry in town.sandbox.market.log.entries() if entry.direction == "out"]
    return [entry.operation for entry in sent if entry.status == 200]


async def nothing_waits(town: Town) -> bool:
    return not await town.harness.rows("SELECT id FROM webhook_inbox WHERE state = 'pending'")


async def no_session(town: Town) -> bool:
    return not await town.harness.rows("SELECT salon_id FROM whatsapp_sessions")


async def test_the_embedded_postgres_outlives_a_kill_and_the_next_start_takes_it_over(
    tmp_path: Path, data_dir: Path
) -> None:
    async with running_town(tmp_path, DATA_DIR=str(data_dir)) as town:
        await survives_on_its_own_postgres(town, data_dir)


async def survives_on_its_own_postgres(town: Town, data_dir: Path) -> None:
    await town.gateway.start()
    server = postmaster_of(data_dir)
    token = await town.harness.link()
    shown = await town.harness.show_qr(token)
    town.gateway.kill()
    assert is_alive(server)
    await town.gateway.start()
    assert postmaster_of(data_dir) == server
    await qr_shows_by_itself(town.harness, token, other_than=shown["qr"])
    assert (await town.harness.phone("scan")).status_code == 200
    await town.harness.reaches(token, "active")
    await is_installed_once(town)
    assert await town.gateway.stop() == 0
    assert not is_alive(server)


def postmaster_of(data_dir: Path) -> int:
    """Return the process number of the server that serves this data folder."""
    note = data_dir / "postgres" / "pgdata" / "postmaster.pid"
    return int(note.read_text(encoding="utf-8").splitlines()[0])


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


async def test_another_process_takes_over_the_session_of_a_killed_one_without_pairing_again(
    town: Town,
) -> None:
    """Goal R7; whatsapp.md: a lease lost by a crash is taken within 35 s and the phone is not asked again."""
    token = await town.harness.link()
    await town.harness.scan(token)
    await town.harness.reaches(token, "active")
    linked = (
        await town.harness.rows("SELECT linked_at, lease_owner, account_phone_masked FROM whatsapp_sessions")
    )[0]
    second = town.another(free_port())
    try:
        await second.start()
        town.gateway.kill()

        async def is_taken_over() -> bool:
            row = (await town.harness.rows("SELECT state, lease_owner FROM whatsapp_sessions"))[0]
            return row["state"] == "connected" and row["lease_owner"] not in (None, linked["lease_owner"])

        await until(is_taken_over, what="the other process holds the session", timeout_s=TAKEN_OVER_S)
        now = (
            await town.harness.rows(
                "SELECT linked_at, lease_owner, account_phone_masked FROM whatsapp_sessions"
            )
        )[0]
        assert (now["linked_at"], now["account_phone_masked"]) == (
            linked["linked_at"],
            linked["account_phone_masked"],
        )
        async with httpx.AsyncClient(base_url=second.url, trust_env=False, timeout=20) as http:
            heard = await http.post(f"/simulator/{SALON}/drop", json={"seconds": 0.1})
        assert heard.status_code == 200
        assert "pairing" not in second.program.output()
    finally:
        end(second.program)


# -- kills at random ---------------------------------------------------------------------------------

KILLS = 8
SEED = 20261


async def patiently(deed: Callable[[], Awaitable[bool]], what: str) -> None:
    """Do something over HTTP again and again until it worked; a gateway that is down is waited for."""

    async def once() -> bool:
        try:
            return await deed()
        except (httpx.TransportError, DatabaseUnavailableError):
            return False

    await until(once, what=what, timeout_s=60, every_s=0.1)


class Cycle:
    """One owner's way round: connect, scan, active, bookings, disconnect; as persons do it, pressing again."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._harness = town.harness
        self._token = ""

    async def run(self) -> None:
        await patiently(self._enter, "entered")
        await patiently(self._scan, "scanned")
        await partner_state_is(self._town, "active", timeout_s=60)
        self._town.sandbox.market.emit(SALON, repeat=2)
        self._town.sandbox.market.disconnect(SALON)
        await partner_state_is(self._town, "uninstalled", timeout_s=60)

    async def _enter(self) -> bool:
        answer = await self._harness.enter()
        if answer.status_code != 302:
            return False
        self._token = answer.headers["location"].split("token=")[1]
        return True

    async def _scan(self) -> bool:
        if (await self._harness.state(self._token))["whatsapp"]["state"] in ("linking", "connected"):
            return True
        asked = await self._harness.api("POST", "qr", self._token)
        return asked.status_code == 200 and (await self._harness.phone("scan")).status_code == 200


async def test_kills_at_random_times_lose_no_webhook_and_double_nothing(town: Town) -> None:
    chance = random.Random(SEED)
    installs = 0

    async def live() -> None:
        nonlocal installs
        while True:
            await Cycle(town).run()
            installs += 1

    living = asyncio.create_task(live(), name="owner")
    try:
        for _ in range(KILLS):
            await asyncio.wait({living}, timeout=chance.uniform(0.05, 2.0))
            assert not living.done(), living.result()
            town.gateway.kill()
            await town.gateway.start()
        wanted = installs + 1
        await until(
            lambda: has_come_round(living, lambda: installs >= wanted),
            what="a whole cycle at the end",
            timeout_s=90,
        )
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
    await until(lambda: nothing_waits(town), what="the inbox is done", timeout_s=BY_ITSELF_S)
    await until(lambda: both_sides_agree(town), what="the same state on both sides", timeout_s=BY_ITSELF_S)
    kept = await town.harness.rows("SELECT state FROM webhook_inbox")
    assert {row["state"] for row in kept} == {"done"}
    assert len(kept) >= len(accepted_webhooks(town))
    for each in town.sandbox.market.report()["salons"][str(SALON)]["by_install"]:
        assert each["activations"] <= 1
        assert each["api_keys"] <= 1
    open_installs = await town.harness.rows("SELECT count(*) AS n FROM installs WHERE closed_at IS NULL")
    assert open_installs[0]["n"] <= 1


async def both_sides_agree(town: Town) -> bool:
    """Whether our newest install stands where YCLIENTS says; the owner may have connected without entering yet."""
    ours = (await town.harness.install_row())["partner_state"]
    theirs = town.sandbox.market.status(SALON)
    return bool(ours == theirs or (theirs == "pending" and ours in ("queued", "calling", "uninstalled")))


async def has_come_round(living: asyncio.Task[None], enough: Callable[[], bool]) -> bool:
    assert not living.done(), living.result()
    return enough()

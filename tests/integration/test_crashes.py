"""SIGKILL, for real: what an owner sees of it, and what becomes of the embedded Postgres and of a session.

Kills at every named point and at random moments are in `test_proofs_kill.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

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


async def partner_state_is(town: Town, state: str, timeout_s: float = BY_ITSELF_S) -> None:
    async def look() -> bool:
        return bool((await town.harness.install_row())["partner_state"] == state)

    await until(look, what=f"partner state {state}", timeout_s=timeout_s)


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

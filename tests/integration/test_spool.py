"""Postgres goes away under a running gateway: webhooks are taken all the same, in order, or honestly refused."""

from __future__ import annotations

import asyncio
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.application.accept_webhook import PATIENCE_S
from gateway.application.records import NewWebhook
from gateway.clock import SystemClock
from gateway.domain.errors import GatewayError
from gateway.storage.secret_box import SecretBox
from gateway.storage.spool import Spool
from tests.support.door import webhook_key
from tests.support.harness import APPLICATION_ID, PARTNER_TOKEN, SALON, Harness, running_harness
from tests.support.postgres_gate import PostgresGate, gate_before_postgres
from tests.support.tcp_gate import Cut
from tests.support.waiting import until

AWAY = ("database_", "job_waits", "work_waits", "listener_reconnecting", "refused", "Error rolling back")
"""What a gateway may say while its database is away."""

MIB = 1024 * 1024
BOX = SecretBox(bytes(range(32)))


def record(number: int, salon_id: int = 900_001, filler: int = 0, **more: Any) -> dict[str, Any]:
    """Return a proven webhook that can be told from others."""
    return {
        "partner_token": PARTNER_TOKEN, "application_id": APPLICATION_ID, "company_id": salon_id, "resource": "record",
        "resource_id": number, "status": "create", "data": {"filler": "x" * filler}, **more,
    }  # fmt: skip


async def numbers_of(harness: Harness, salon_id: int) -> list[int]:
    """Return a salon's webhooks in the order the inbox has them."""
    rows = await harness.rows(
        "SELECT resource_id FROM webhook_inbox WHERE salon_id = %s ORDER BY id", salon_id
    )
    return [int(row["resource_id"]) for row in rows]


async def arrived(harness: Harness, salon_id: int, count: int) -> list[int]:
    """Wait until a salon's webhooks are in the inbox."""

    async def look() -> list[int] | None:
        if not harness.gateway.watch.is_up:
            return None
        found = await numbers_of(harness, salon_id)
        return found if len(found) >= count else None

    found = await until(look, what=f"{count} webhooks")
    assert found is not None
    return found


@pytest.fixture
async def postgres_gate(database_url: str) -> AsyncIterator[PostgresGate]:
    async with gate_before_postgres(database_url) as gate:
        yield gate


@pytest.fixture
async def town(postgres_gate: PostgresGate) -> AsyncIterator[Harness]:
    """A gateway behind a gate, with the door's own patience."""
    async with running_harness(postgres_gate.url, webhook_patience_s=PATIENCE_S) as harness:
        yield harness


@pytest.mark.expects_log(*AWAY)
@pytest.mark.parametrize("how", ["refused", "silent"])
async def test_webhooks_that_come_while_postgres_is_away_arrive_once_and_in_order(
    town: Harness, postgres_gate: PostgresGate, how: Cut
) -> None:
    await town.webhook(record(0))
    await postgres_gate.cut(how)
    took: list[float] = []
    before = town.gateway.clock.now()
    for number in range(1, 8):
        started = time.monotonic()
        assert (await town.webhook(record(number))).status_code == 200
        took.append(time.monotonic() - started)
    accepted = town.gateway.clock.now()
    assert town.gateway.spool.condition().rows == 7
    assert sum(seconds > 0.2 for seconds in took) <= 1, took  # only the first one asks Postgres
    ready = (await town.http.get("/readyz")).json()
    assert (ready["ready"], ready["parts"]["database"], ready["parts"]["spool"]) == (True, False, True)
    assert "spool_rows 7.0" in (await town.http.get("/metrics")).text

    await postgres_gate.restore()
    await town.webhook(record(8))
    assert await arrived(town, 900_001, 9) == list(range(9))
    await until(spool_is_empty(town), what="an empty spool")
    rows = await town.rows("SELECT received_at, delivery_id FROM webhook_inbox WHERE resource_id = '1'")
    assert before <= rows[0]["received_at"] <= accepted
    await town.webhooks_processed()
    assert town.gateway.spool.condition().rows == 0


def spool_is_empty(town: Harness) -> Any:
    async def look() -> bool:
        return not town.gateway.spool.is_in_use

    return look


@pytest.mark.expects_log(*AWAY)
async def test_proofs_are_judged_as_ever_while_postgres_is_away(
    town: Harness, postgres_gate: PostgresGate
) -> None:
    await town.install()
    key = webhook_key(town)
    entity = {name: value for name, value in record(1, SALON).items() if name != "partner_token"}
    await postgres_gate.cut("refused")
    assert (await town.webhook(entity, key=key)).status_code == 200
    unknown = await town.webhook(entity, key="k" * 43)
    assert (unknown.status_code, unknown.headers["retry-after"]) == (503, "5")
    assert unknown.json()["error"]["code"] == "database_unavailable"
    assert (await town.webhook(record(2, partner_token="wrong"))).status_code == 401
    foreign = {**entity, "company_id": 900_001}
    assert (await town.webhook(foreign, key=key)).json()["error"]["code"] == "webhook_key_mismatch"
    assert town.gateway.spool.condition().rows == 1
    await postgres_gate.restore()
    await arrived(town, SALON, 1)


@pytest.mark.expects_log(*AWAY, "spool_cannot_keep")
async def test_a_full_spool_refuses_and_takes_webhooks_again_once_it_has_room(
    postgres_gate: PostgresGate,
) -> None:
    async with running_harness(postgres_gate.url, webhook_patience_s=PATIENCE_S, spool_max_bytes=MIB) as town:
        await postgres_gate.cut("refused")
        statuses = [(await town.webhook(record(n, filler=100_000))).status_code for n in range(14)]
        kept = statuses.count(200)
        assert 5 <= kept <= 10
        assert statuses == [200] * kept + [503] * (14 - kept)
        full = await town.webhook(record(99, filler=100_000))
        assert full.json()["error"]["code"] == "spool_full"
        assert full.headers["retry-after"] == "60"
        condition = town.gateway.spool.condition()
        assert (condition.problem, condition.rows) == ("full", kept)
        assert condition.used_bytes <= condition.limit_bytes
        assert (await town.http.get("/readyz")).status_code == 503
        await postgres_gate.restore()
        assert await arrived(town, 900_001, kept) == list(range(kept))
        await until(spool_is_empty(town), what="an empty spool")
        await until(is_usable(town), what="a usable spool")
        assert (await town.http.get("/readyz")).status_code == 200


def is_usable(town: Harness) -> Any:
    async def look() -> bool:
        return town.gateway.spool.condition().is_usable

    return look


@pytest.mark.expects_log(*AWAY)
async def test_work_that_the_outage_ended_is_taken_up_as_soon_as_postgres_is_back(
    town: Harness, postgres_gate: PostgresGate
) -> None:
    """Its claim is a lease of 30 s: nobody should have to wait for its end."""
    await town.install()
    town.sandbox.market.faults.put("stall", operation="status", seconds=1)
    lifecycle = {
        "partner_token": PARTNER_TOKEN, "application_id": APPLICATION_ID, "salon_id": SALON, "event": "freeze",
    }  # fmt: skip
    assert (await town.webhook(lifecycle)).status_code == 200
    await until(lambda: in_hand(town), what="a claimed webhook")
    await postgres_gate.cut("refused")
    await until(lambda: has_noticed(town), what="a database known to be away")
    await asyncio.sleep(1.5)  # the read of the status ends meanwhile, and what came of it cannot be written
    town.sandbox.market.faults.clear()
    await postgres_gate.restore()
    restored = time.monotonic()
    await until(lambda: is_done(town), timeout_s=25, what="the webhook's end")
    assert time.monotonic() - restored < 15


async def in_hand(town: Harness) -> bool:
    return bool(await town.rows("SELECT 1 AS one FROM webhook_inbox WHERE claimed_by IS NOT NULL"))


async def has_noticed(town: Harness) -> bool:
    return town.gateway.storage.is_away


async def is_done(town: Harness) -> bool:
    if not town.gateway.watch.is_up:
        return False
    return bool(
        await town.rows("SELECT 1 AS one FROM webhook_inbox WHERE state = 'done' AND event = 'freeze'")
    )


async def test_a_gateway_that_is_told_to_end_serves_on_until_it_is_off_the_list(town: Harness) -> None:
    as_it_was = town.gateway.settings
    town.gateway.settings = as_it_was.model_copy(update={"drain_s": 60.0})
    assert "connection" not in (await town.http.get("/readyz")).headers
    leaving = asyncio.create_task(town.gateway.leave(), name="leaving")
    try:
        await until(lambda: is_off_the_list(town), what="503 of /readyz")
        answer = await town.webhook(record(1))
        assert (answer.status_code, answer.headers["connection"]) == (200, "close")
    finally:
        town.gateway.settings = as_it_was  # or the harness would serve on for a minute as well
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)


async def is_off_the_list(town: Harness) -> bool:
    ready = await town.http.get("/readyz")
    return ready.status_code == 503 and ready.json()["parts"]["staying"] is False


@pytest.mark.expects_log(*AWAY)
async def test_without_a_data_key_nothing_is_kept_and_nothing_is_promised(
    postgres_gate: PostgresGate,
) -> None:
    async with running_harness(postgres_gate.url, webhook_patience_s=PATIENCE_S, data_key=None) as town:
        await postgres_gate.cut("refused")
        answer = await town.webhook(record(1))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert town.gateway.spool.condition().problem == "no_key"


# -- the spool by itself -----------------------------------------------------------------------------


def webhook(number: int, body: str = "{}") -> NewWebhook:
    return NewWebhook(
        proof="partner_token", kind="entity", event="record_create", salon_id=5, application_id=1,
        resource_id=str(number), body=body, digest=bytes(32), sign_state=None, peer=None,
    )  # fmt: skip


def spool_in(folder: Path, limit_bytes: int = MIB, box: SecretBox | None = BOX) -> Spool:
    return Spool(folder, box, limit_bytes, SystemClock().now)


async def numbers_in(spool: Spool) -> list[int]:
    return [int(each.webhook.resource_id or -1) for each in await spool.oldest()]


async def test_what_an_earlier_process_left_is_found_and_what_another_keeps_is_seen(tmp_path: Path) -> None:
    first = spool_in(tmp_path)
    await first.open()
    await asyncio.gather(*(first.keep(webhook(number)) for number in range(50)))
    del first  # died: nothing was closed
    second, third = spool_in(tmp_path), spool_in(tmp_path)
    await second.open()
    await third.open()
    assert second.is_in_use
    await third.keep(webhook(50))
    assert await numbers_in(second) == list(range(51))
    assert await second.begin_drain()
    await second.forget([each.row_id for each in await second.oldest()])
    assert await second.settle()
    assert not third.is_in_use
    await second.close()
    await third.close()


async def test_nobody_else_can_read_what_is_kept(tmp_path: Path) -> None:
    spool = spool_in(tmp_path / "spool")
    await spool.open()
    await spool.keep(webhook(1, body='{"phone": "79990001122"}'))
    for file in (tmp_path / "spool").iterdir():
        if file.is_file():
            assert b"79990001122" not in file.read_bytes()
            if file.name.startswith("spool.db"):
                assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "spool").stat().st_mode) == 0o700
    await spool.close()


@pytest.mark.expects_log("spooled_webhook_set_aside")
async def test_a_row_that_todays_keys_do_not_open_is_kept_and_holds_nobody_up(tmp_path: Path) -> None:
    other = spool_in(tmp_path, box=SecretBox(bytes(32)))
    await other.keep(webhook(1))
    await other.close()
    spool = spool_in(tmp_path)
    await spool.open()
    await spool.keep(webhook(2))
    assert await numbers_in(spool) == [2]
    await spool.look()
    condition = spool.condition()
    assert (condition.rows, condition.set_aside) == (1, 1)
    await spool.close()
    both = spool_in(tmp_path, box=SecretBox(bytes(range(32)), previous=bytes(32)))
    await both.open()
    assert await numbers_in(both) == [1, 2]
    await both.close()


@pytest.mark.expects_log("spool_cannot_keep")
async def test_a_folder_that_cannot_be_written_refuses_until_it_can(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.write_text("in the way")
    spool = spool_in(folder)
    await spool.open()
    assert spool.condition().problem == "unusable"
    with pytest.raises(GatewayError, match="database_unavailable"):
        await spool.keep(webhook(1))
    folder.unlink()
    await spool.look()
    assert spool.condition().is_usable
    await spool.keep(webhook(1))
    assert await numbers_in(spool) == [1]
    await spool.close()

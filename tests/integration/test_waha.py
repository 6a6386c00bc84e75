"""A gateway with `WHATSAPP_POOL=waha` and a fake WAHA, each on a socket of its own: the whole way to active."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.bootstrap import NotAvailableError, running_gateway
from gateway.bootstrap_parts import build_doctor
from gateway.clock import SystemClock
from gateway.domain.errors import GatewayError
from gateway.domain.session_hints import HintKind, SessionHint
from gateway.jobs.retention import Retention, Terms
from gateway.storage.database import Storage
from gateway.storage.hint_store import SqlHintStore
from gateway.storage.retention_store import RetentionStore
from gateway.storage.secret_box import SecretBox
from tests.architecture.test_routes import routes_of
from tests.fakes.waha import API_KEY, FakeWaha, serving_waha
from tests.support.harness import SALON, Harness, running_harness, running_sandbox, settings_for
from tests.support.waiting import until

SECRET = "hook-secret-for-tests-7be2"
OTHER_SECRET = "hook-secret-of-the-other-one"
ROUTE = ("POST", "/whatsapp/waha/<instance>/webhook")
GUEST = "79990001122"


def instances(url: str, **changes: Any) -> str:
    """Return WAHA_INSTANCES as it is written in the environment."""
    main = {"name": "main", "url": url, "api_key": API_KEY, "webhook_secret": SECRET, "capacity": 5}
    other = {"name": "other", "url": "http://127.0.0.1:1", "api_key": API_KEY, "webhook_secret": OTHER_SECRET}
    return json.dumps([main | changes, *([other] if changes.get("capacity") == 4 else [])])


@pytest.fixture
async def waha() -> AsyncIterator[tuple[FakeWaha, str]]:
    """A fake WAHA on a socket."""
    made = FakeWaha(SystemClock())
    async with serving_waha(made) as url:
        yield made, url


@contextlib.asynccontextmanager
async def running(database_url: str, waha_url: str, **more: Any) -> AsyncIterator[Harness]:
    """Run a gateway over a WAHA."""
    settings = {"whatsapp_pool": "waha", "waha_instances": instances(waha_url)} | more
    async with running_harness(database_url, **settings) as harness:
        yield harness


async def linked(harness: Harness, waha: FakeWaha) -> str:
    """Take the salon the whole way: entry, QR, scan, active."""
    token = await harness.link()
    await harness.show_qr(token)

    async def is_shown() -> bool:
        return (await harness.state(token))["qr"] is not None

    await until(is_shown, what="a QR")
    waha.scan(SALON)
    await harness.reaches(token, "active")
    return token


async def test_a_salon_goes_the_whole_way_to_active_over_waha(
    database_url: str, waha: tuple[FakeWaha, str]
) -> None:
    server, url = waha
    async with running(database_url, url) as harness:
        await linked(harness, server)
        session = await harness.gateway.sessions.get(SALON)
        assert session.is_connected
        assert (await harness.install_row())["partner_state"] == "active"
        sent = await harness.gateway.sessions.send_text(SALON, GUEST, "Ждём вас!", client_ref="a")
        assert [(each.to, each.text, each.message_id) for each in server.outbox] == [
            (GUEST, "Ждём вас!", sent.message_id)
        ]
        linked_at = session.linked_at

        async def is_later() -> bool:  # WhatsApp tells the moment of a message in whole seconds
            return linked_at is not None and int(datetime.now(UTC).timestamp()) > linked_at.timestamp()

        await until(is_later)
        received = server.write_in(SALON, "а можно в пять?")
        server.acknowledge(SALON, sent.message_id, 3)

        async def told() -> set[str]:
            rows = await harness.rows(
                "SELECT type, data FROM marketplace_events WHERE type LIKE %s", "message.%"
            )
            return {row["type"] for row in rows} if len(rows) == 2 else set()

        assert await until(told, what="the message and the receipt") == {
            "message.received",
            "message.receipt",
        }
        rows = await harness.rows("SELECT data FROM marketplace_events WHERE type = 'message.received'")
        assert received in json.dumps(rows[0]["data"])
        assert (await harness.gateway.sessions.remove(SALON)).unlinked
        assert server.sessions == {}


async def test_a_gateway_that_is_restarted_takes_its_sessions_up_without_disturbing_them(
    database_url: str, waha: tuple[FakeWaha, str]
) -> None:
    server, url = waha
    # One YCLIENTS for both: to a new one the salon would be a stranger, and be disconnected.
    async with running_sandbox(url) as partner:
        async with running(database_url, url, partner=partner) as harness:
            await linked(harness, server)
        assert server.sockets(SALON) == 1, "a connection of WAHA's outlives the gateway"
        calls = len(server.calls)
        async with running(database_url, url, partner=partner) as harness:

            async def is_back() -> bool:
                return (await harness.gateway.sessions.get(SALON)).is_connected

            await until(is_back, what="connected again")
    later = server.calls[calls:]
    assert [call for call in later if call.endswith(("/start", "/restart", "/stop"))] == []


# ------------------------------------------------------------------------------------------------ the door


def signed(body: bytes, secret: str = SECRET, algorithm: str = "sha512") -> dict[str, str]:
    """Return the headers WAHA sends with a body."""
    signature = hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-Webhook-Hmac": signature,
        "X-Webhook-Hmac-Algorithm": algorithm,
    }


def body(at: datetime | None = None, **more: Any) -> bytes:
    """Return a webhook about the salon."""
    moment = at or datetime.now(UTC)
    told = {
        "id": "evt_01", "timestamp": int(moment.timestamp() * 1000), "event": "session.status",
        "session": f"company_{SALON}", "metadata": {"salon_id": str(SALON), "generation": "1"},
        "payload": {"status": "WORKING"},
    }  # fmt: skip
    return json.dumps(told | more).encode()


@pytest.fixture
async def door(database_url: str, waha: tuple[FakeWaha, str]) -> AsyncIterator[Harness]:
    """A gateway with the door, its pool a simulator: nobody takes up what is kept."""
    async with running_harness(database_url, waha_instances=instances(waha[1], capacity=4)) as harness:
        yield harness


async def post(
    harness: Harness, raw: bytes, headers: dict[str, str], instance: str = "main"
) -> httpx.Response:
    return await harness.http.post(f"/whatsapp/waha/{instance}/webhook", content=raw, headers=headers)


async def kept(harness: Harness) -> list[dict[str, Any]]:
    return await harness.rows("SELECT * FROM whatsapp_hints ORDER BY id")


async def test_a_hint_is_kept_once_however_often_it_comes(door: Harness) -> None:
    raw = body()
    for _ in range(3):
        answer = await post(door, raw, signed(raw))
        assert (answer.status_code, answer.json()) == (200, {"success": True, "received": True})
    raw = body(id="evt_02")
    assert (await post(door, raw, signed(raw, OTHER_SECRET), "other")).status_code == 200
    assert [(row["instance"], row["event_id"], row["salon_id"]) for row in await kept(door)] == [
        ("main", "evt_01", SALON),
        ("other", "evt_02", SALON),
    ]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"X-Webhook-Hmac": ""}, 401, "webhook_signature_invalid"),
        ({"X-Webhook-Hmac": "00" * 64}, 401, "webhook_signature_invalid"),
        ({"X-Webhook-Hmac": "я" * 128}, 401, "webhook_signature_invalid"),
        ({"X-Webhook-Hmac-Algorithm": "sha256"}, 401, "webhook_signature_invalid"),
        ({"X-Webhook-Hmac-Algorithm": ""}, 401, "webhook_signature_invalid"),
        ({"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
    ],
)
async def test_what_is_not_proved_is_refused_and_not_kept(
    door: Harness, change: dict[str, str], status: int, code: str
) -> None:
    raw = body()
    headers = {name: value.encode() for name, value in (signed(raw) | change).items()}
    answer = await door.http.post("/whatsapp/waha/main/webhook", content=raw, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert await kept(door) == []


async def test_a_signature_is_good_for_its_own_body_and_its_own_instance_alone(door: Harness) -> None:
    raw = body()
    assert (await post(door, raw + b" ", signed(raw))).status_code == 401
    assert (await post(door, raw, signed(raw), "other")).status_code == 401
    assert (await post(door, raw, signed(raw), "nowhere")).status_code == 401
    assert (await post(door, raw, signed(raw, ""), "nowhere")).status_code == 401
    assert await kept(door) == []


async def test_an_old_recording_is_refused_though_its_signature_is_good(door: Harness) -> None:
    for minutes in (-11, 11):
        raw = body(datetime.now(UTC) + timedelta(minutes=minutes))
        answer = await post(door, raw, signed(raw))
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "webhook_stale")
    raw = body(datetime.now(UTC) - timedelta(minutes=9))
    assert (await post(door, raw, signed(raw))).status_code == 200
    assert len(await kept(door)) == 1


async def test_a_megabyte_is_the_limit(door: Harness) -> None:
    raw = body(padding="x" * 900_000)
    assert (await post(door, raw, signed(raw))).status_code == 200
    raw = body(padding="x" * 1024 * 1024)
    assert (await post(door, raw, signed(raw))).status_code == 413


@pytest.mark.parametrize(
    "more",
    [
        {"session": "somebody-elses"},
        {"metadata": {"salon_id": "7"}},
        {"event": "group.v2.join"},
        {"event": "engine.event", "payload": {"event": "events.AppState", "data": {}}},
        {"event": "engine.event", "payload": {"event": "whatsmeow.QRChannelItem", "data": {"Event": "code"}}},
        {"event": "message", "payload": {"id": "true_1@c.us_A", "from": "1@c.us", "fromMe": True}},
        {"event": "message.ack", "payload": {"id": "true_1@c.us_A", "ack": 1, "fromMe": True}},
    ],
)  # fmt: skip
async def test_what_concerns_nobody_is_taken_and_forgotten(door: Harness, more: dict[str, Any]) -> None:
    raw = body(**more)
    assert (await post(door, raw, signed(raw))).status_code == 200
    assert await kept(door) == []


@pytest.mark.parametrize(
    "more", [{"id": None}, {"id": ""}, {"id": "a\u0000b"}, {"timestamp": "now"}, {"timestamp": 1e300}]
)
async def test_a_proven_body_without_id_or_moment_is_refused(door: Harness, more: dict[str, Any]) -> None:
    raw = body(**more)
    assert (await post(door, raw, signed(raw))).status_code in (400, 422)
    assert await kept(door) == []


async def test_the_door_is_there_only_where_a_waha_is_configured(door: Harness, databases: Any) -> None:
    assert ROUTE in routes_of(door.gateway.http)
    url = await databases.fresh()
    async with running_harness(url) as other:
        assert ROUTE not in routes_of(other.gateway.http)
    await databases.drop(url)


# ------------------------------------------------------------------------------------------------ the store


def hint(number: int, **details: Any) -> SessionHint:
    return SessionHint(
        "main", f"evt_{number}", SALON, HintKind.MESSAGE, datetime(2026, 1, 1, tzinfo=UTC), 3, details
    )


async def test_hints_wait_in_order_until_they_are_settled_and_are_sealed_meanwhile(storage: Storage) -> None:
    store = SqlHintStore(storage, SecretBox(bytes(32)))
    assert [await store.keep(hint(number, text="тайна")) for number in (1, 2, 1)] == [True, True, False]
    waiting = await store.waiting(SALON)
    assert list(waiting) == [hint(1, text="тайна"), hint(2, text="тайна")]
    rows = await storage.read(lambda tx: tx.sql("SELECT details_sealed FROM whatsapp_hints"))
    assert all("тайна".encode() not in bytes(row["details_sealed"]) for row in rows)
    await store.settle(waiting[:1])
    assert list(await store.waiting(SALON)) == [hint(2, text="тайна")]
    rows = await storage.read(lambda tx: tx.sql("SELECT details_sealed FROM whatsapp_hints ORDER BY id"))
    assert [row["details_sealed"] is None for row in rows] == [True, False]
    assert not await store.keep(hint(1)), "what is settled is still known"


@pytest.mark.expects_log("hint_does_not_open")
async def test_a_hint_that_does_not_open_any_more_is_left_out(storage: Storage) -> None:
    await SqlHintStore(storage, SecretBox(bytes(32))).keep(hint(1, text="x"))
    assert list(await SqlHintStore(storage, SecretBox(bytes(31) + b"x")).waiting(SALON)) == []
    with pytest.raises(GatewayError, match="not_configured"):
        await SqlHintStore(storage, None).keep(hint(2, text="x"))


async def test_hints_are_kept_for_a_day(storage: Storage) -> None:
    store = SqlHintStore(storage, SecretBox(bytes(32)))
    for number in (1, 2):
        await store.keep(hint(number))
    age = "UPDATE whatsapp_hints SET received_at = received_at - interval '25 hours' WHERE event_id = 'evt_1'"
    await storage.write(lambda tx: tx.count(age))
    await Retention(RetentionStore(storage), None, Terms(90, 365, 30, 30), SystemClock()).round()
    assert [each.event_id for each in await store.waiting(SALON)] == ["evt_2"]


# ------------------------------------------------------------------------------------------------ versions, doctor


async def test_a_waha_that_is_too_old_is_refused_at_the_start(
    database_url: str, waha: tuple[FakeWaha, str], tmp_path: Path
) -> None:
    server, url = waha
    server.version = "2026.5.9"
    settings = settings_for(
        "http://127.0.0.1:8080", "http://127.0.0.1:1", whatsapp_pool="waha", waha_instances=instances(url),
        data_dir=tmp_path,
    )  # fmt: skip
    with pytest.raises(NotAvailableError, match=r"main: WAHA 2026\.5\.9 is too old"):
        async with running_gateway(settings, database_url):
            raise AssertionError


@pytest.mark.expects_log("waha_engine_is_not_gows", "waha_does_not_answer")
async def test_another_engine_and_an_absent_instance_are_only_told_of(
    database_url: str, waha: tuple[FakeWaha, str]
) -> None:
    server, url = waha
    server.engine = "NOWEB"
    async with running(database_url, url, waha_instances=instances(url, capacity=4)) as harness:
        assert (await harness.http.get("/readyz")).status_code == 200


async def test_the_doctor_says_how_each_instance_is(storage: Storage, waha: tuple[FakeWaha, str]) -> None:
    server, url = waha

    async def findings(**changes: Any) -> list[tuple[str, str]]:
        settings = settings_for(
            "http://127.0.0.1:8080", "http://127.0.0.1:1", whatsapp_pool="waha",
            waha_instances=instances(url, **changes),
        )  # fmt: skip
        checks = await build_doctor(settings, storage, None).examine()
        assert SECRET not in repr(checks)
        assert API_KEY not in repr(checks)
        return [(each.level.value, each.code) for each in checks if each.subject == "WAHA_INSTANCES"]

    assert await findings() == [("ok", "waha_ok")]
    assert await findings(capacity=4) == [("bad", "waha_unreachable")]
    assert await findings(api_key="wrong") == [("bad", "waha_auth")]
    server.answer_with = [500]
    assert await findings() == [("bad", "waha_broken")]
    server.engine = "WEBJS"
    assert await findings() == [("warn", "waha_not_gows")]
    server.version = "2024.1.1"
    assert await findings() == [("bad", "waha_too_old")]

"""Messages in and out of the whole gateway: test messages, the welcome, what people write, another phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from gateway.domain.errors import GatewayError
from gateway.jobs.welcome import Welcome
from gateway.storage import budget
from gateway.storage.retention_store import RetentionStore
from gateway.storage.welcome_store import WelcomeStore
from shared.vocabulary import StaffRole
from tests.support.harness import SALON, Harness, running_harness
from tests.support.node_clients import node_clients
from tests.support.salons import Person, unlimited_harness
from tests.support.staff import member, new_key
from tests.support.waiting import until

GUEST = "+7 905 123-45-67"
OWN = f"7999{SALON:07d}"
WELCOME = "Добро пожаловать!"


@pytest.fixture
async def operator(harness: Harness) -> Person:
    """Return an operator at the gateway."""
    return Person(harness, await member(harness, StaffRole.OPERATOR))


@pytest.fixture
async def welcoming(database_url: str) -> AsyncIterator[Harness]:
    """Return a gateway that welcomes salons."""
    async with running_harness(database_url, welcome_text=WELCOME) as made:
        yield made


async def sends(harness: Harness) -> list[dict[str, Any]]:
    """Return the outbox."""
    return await harness.rows("SELECT client_ref, status, payload_sealed FROM whatsapp_sends ORDER BY at")


async def events(harness: Harness, kind: str) -> list[dict[str, Any]]:
    """Return the particulars of a salon's events of one type."""
    return [
        dict(event.data)["data"]
        for event in await harness.gateway.events.of_salon(SALON)
        if event.type == kind
    ]


def welcome_of(harness: Harness) -> Welcome:
    """Return the job as a process that has just started makes it."""
    return Welcome(WelcomeStore(harness.gateway.storage), harness.gateway.sessions, WELCOME)


async def welcomes_of_a_round(harness: Harness) -> list[str]:
    """Let the welcome's job look once; return what became of the welcomes there are."""
    await welcome_of(harness).round()
    return [row["status"] for row in await sends(harness) if row["client_ref"].startswith("welcome:")]


async def queue(harness: Harness, client_ref: str, status: str, error: str) -> None:
    """Put a message that has ended into the outbox."""
    await harness.gateway.storage.write(
        lambda tx: tx.count(
            "INSERT INTO whatsapp_sends (salon_id, client_ref, status, at, error) VALUES (%s, %s, %s, now(), %s)",
            SALON,
            client_ref,
            status,
            error,
        )
    )


async def phone(harness: Harness, action: str, **details: Any) -> None:
    """Play the phone; it must work."""
    answer = await harness.phone(action, **details)
    assert answer.status_code == 200, answer.text


# ------------------------------------------------------------------------------ test messages


async def test_a_test_message_goes_through_the_outbox_and_into_the_audit(
    harness: Harness, operator: Person
) -> None:
    await harness.install()
    ref = new_key()
    for to in (None, GUEST):
        answer = await operator.done(
            "sessions.send_test", salon_id=SALON, to=to, message_ref=ref + str(to is None)
        )
        assert (answer["outcome"], answer["code"]) == ("sent", None)
    again = await operator.done("sessions.send_test", salon_id=SALON, to=GUEST, message_ref=ref + "False")
    assert again["at"] == answer["at"]
    kept = await sends(harness)
    assert [(row["status"], row["payload_sealed"]) for row in kept] == [("sent", None)] * 2
    acts = await harness.rows("SELECT * FROM audit_log WHERE operation = 'sessions.send_test' ORDER BY id")
    assert [row["after"] for row in acts] == [{"message": "queued"}] * 2 + [{}]
    assert "905" not in str(acts)


async def test_what_became_of_a_test_message_is_told(harness: Harness, operator: Person) -> None:
    token = await harness.link()
    refused = await operator.refused("sessions.send_test", salon_id=SALON, message_ref=new_key())
    assert refused == "session_not_found"
    await harness.scan(token)
    await harness.reaches(token, "active")
    bad = await operator.refused("sessions.send_test", salon_id=SALON, to="12345", message_ref=new_key())
    assert bad == "invalid_phone"
    await operator.done("sessions.stop", salon_id=SALON)
    refused = await operator.refused("sessions.send_test", salon_id=SALON, message_ref=new_key())
    assert refused == "whatsapp_not_connected"
    assert await sends(harness) == []


async def test_a_viewer_sends_no_test_message(harness: Harness) -> None:
    await harness.install()
    viewer = Person(harness, await member(harness, StaffRole.VIEWER))
    refused = await viewer.refused("sessions.send_test", salon_id=SALON, message_ref=new_key())
    assert refused == "forbidden"


async def test_the_rate_of_a_salon_is_a_setting(database_url: str) -> None:
    async with running_harness(database_url, send_per_minute=1) as harness:
        await harness.install()
        operator = Person(harness, await member(harness, StaffRole.OPERATOR))
        await operator.done("sessions.send_test", salon_id=SALON, message_ref=new_key())
        refused = await operator.refused("sessions.send_test", salon_id=SALON, message_ref=new_key())
        assert refused == "rate_limited"


# ------------------------------------------------------------------------------ the welcome


async def test_a_salon_is_welcomed_once_and_not_when_it_is_linked_again(welcoming: Harness) -> None:
    token = await welcoming.install()

    async def welcomed() -> bool:
        return (await welcoming.install_row())["welcomed_at"] is not None

    await until(welcomed, what="a welcome")
    assert [(row["client_ref"], row["status"]) for row in await sends(welcoming)] == [("welcome:1:0", "sent")]
    assert (await welcoming.api("POST", "relink", token)).status_code == 200
    await phone(welcoming, "scan")
    await welcoming.reaches(token, "active")
    await phone(welcoming, "drop")
    await welcoming.reaches(token, "active")
    assert len(await sends(welcoming)) == 1


async def test_an_install_confirmed_before_a_restart_is_welcomed_after_it(harness: Harness) -> None:
    await harness.install()
    assert await sends(harness) == []
    for _ in range(2):
        await welcome_of(harness).round()
    assert [row["status"] for row in await sends(harness)] == ["sent"]


async def test_a_welcome_that_may_have_been_sent_is_not_sent_again(harness: Harness) -> None:
    await harness.install()
    await queue(harness, "welcome:1:0", "unknown", "outcome_unknown")
    await welcome_of(harness).round()
    assert [row["status"] for row in await sends(harness)] == ["unknown"]
    assert (await harness.install_row())["welcomed_at"] is not None


async def test_a_welcome_whose_connection_ended_before_it_was_sent_is_made_anew(harness: Harness) -> None:
    await harness.install()
    await queue(harness, "welcome:1:0", "failed", "whatsapp_not_connected")
    await welcome_of(harness).round()
    assert [(row["client_ref"], row["status"]) for row in await sends(harness)] == [
        ("welcome:1:0", "failed"),
        ("welcome:1:1", "sent"),
    ]


async def test_long_after_the_activation_nobody_is_welcomed(harness: Harness) -> None:
    await harness.install()
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE installs SET activated_at = now() - interval '25 hours'")
    )
    await welcome_of(harness).round()
    assert await sends(harness) == []


# ------------------------------------------------------------------------------ what people write


async def test_what_people_write_is_told_by_its_number_alone_and_once(harness: Harness) -> None:
    token = await harness.install()
    before = await harness.rows("SELECT version, last_seq FROM whatsapp_sessions")
    for message_id in ("m1", "m1", "m2"):
        await phone(harness, "receive", message_id=message_id, text="Запишите меня", phone=GUEST)
    assert [each["message_id"] for each in await events(harness, "message.received")] == ["m1", "m2"]
    assert await harness.rows("SELECT version, last_seq FROM whatsapp_sessions") == before
    assert await harness.gateway.sessions.read_message(SALON, "m1") is None
    assert (await harness.state(token))["stage"] == "active"


async def test_a_follower_of_the_pool_hears_of_messages_in_their_order(harness: Harness) -> None:
    await harness.install()
    position = await harness.gateway.events.last_id()
    for number in range(3):
        await phone(harness, "receive", message_id=f"m{number}")
    heard = []
    async for stored in harness.gateway.sessions.subscribe(position):
        heard.append(stored.event.data["message_id"])
        if len(heard) == 3:
            break
    assert heard == ["m0", "m1", "m2"]


async def test_kept_texts_are_sealed_and_end_with_their_term(database_url: str) -> None:
    async with running_harness(database_url, keep_message_text=True) as harness:
        await harness.install()
        await phone(harness, "receive", message_id="m1", text="Запишите меня", phone=GUEST)
        kept = await harness.gateway.sessions.read_message(SALON, "m1")
        assert kept == ("79051234567@s.whatsapp.net", "Запишите меня")
        (row,) = await harness.rows("SELECT * FROM whatsapp_messages")
        assert "Запишите".encode() not in bytes(row["content_sealed"])
        now = harness.gateway.clock.now()
        store = RetentionStore(harness.gateway.storage)
        assert await store.messages(now - timedelta(minutes=1)) is None
        assert await store.messages(now + timedelta(minutes=1)) == 2
        assert await harness.gateway.sessions.read_message(SALON, "m1") is None
        assert await events(harness, "message.received") == []
        assert await harness.rows("SELECT 1 FROM marketplace_events WHERE type = 'session.connected'")


async def test_an_assistant_that_is_off_hears_nothing_and_says_nothing_and_staff_still_may(
    database_url: str,
) -> None:
    async with running_harness(database_url, keep_message_text=True) as harness:
        await harness.install()
        person = Person(harness, await member(harness, StaffRole.OPERATOR))
        pool, position = harness.gateway.sessions, await harness.gateway.events.last_id()
        await phone(harness, "receive", message_id="before", text="Запишите меня", phone=GUEST)
        off = {"salon_id": SALON, "is_on": False, "reason": "владелец отвечает сам"}
        detail = await person.done("installs.assistant", **off)
        assert (detail["row"]["is_assistant_on"], detail["assistant_off_reason"]) == (False, off["reason"])
        await person.done("installs.assistant", **off)  # again: nothing changes, the first moment stays
        assert (await person.done("installs.get", salon_id=SALON))["assistant_off_at"] == detail[
            "assistant_off_at"
        ]
        assert await pool.read_message(SALON, "before") is None
        await phone(harness, "receive", message_id="meanwhile", text="Вы тут?", phone=GUEST)
        with pytest.raises(GatewayError, match="assistant_off"):
            await pool.send_text(SALON, GUEST, "Здравствуйте!", client_ref="answer:1")
        sent = await person.done("sessions.send_test", salon_id=SALON, message_ref="a-test-of-staff")
        assert sent["outcome"] == "sent"
        assert await welcomes_of_a_round(harness) == [], "it would promise what nobody keeps"
        await person.done("installs.assistant", **off | {"is_on": True, "reason": "просил вернуть"})
        assert await welcomes_of_a_round(harness) == ["sent"], "it waited"
        await phone(harness, "receive", message_id="after", text="Запишите", phone=GUEST)
        heard = []
        async for stored in pool.subscribe(position):
            if stored.event.type == "message.received":
                heard.append(stored.event.data["message_id"])
                if "after" in heard:
                    break
        assert heard == ["before", "after"]
        assert await pool.read_message(SALON, "meanwhile") is None, "what came meanwhile was not kept"
        assert await pool.read_message(SALON, "after") is not None
        await pool.send_text(SALON, GUEST, "Здравствуйте!", client_ref="answer:2")
        acts = await harness.rows(
            "SELECT before, after FROM audit_log WHERE operation = 'installs.assistant' ORDER BY id"
        )
        states = [(act["before"]["is_assistant_on"], act["after"]["is_assistant_on"]) for act in acts]
        assert states == [(True, False), (False, False), (False, True)]


# ------------------------------------------------------------------------------ another phone


async def test_another_phone_is_asked_about_on_the_page_and_in_the_console(
    harness: Harness, operator: Person
) -> None:
    token = await harness.install()
    before = (await harness.state(token))["whatsapp"]["phone"]
    await operator.done("sessions.relink", salon_id=SALON, reason="другой телефон")
    await harness.scan_with(token, GUEST)
    asked = (await harness.reaches(token, "active"))["whatsapp"]
    assert (asked["expected_phone"], asked["phone"]) == (before, "+7 *** ***-45-67")
    detail = await operator.done("installs.get", salon_id=SALON)
    assert detail["row"]["next_step"] == "confirm_phone"
    assert detail["whatsapp"]["expected_phone"] == before
    answer = await harness.api("POST", "confirm-phone", token)
    assert answer.json()["whatsapp"]["expected_phone"] is None
    detail = await operator.done("installs.get", salon_id=SALON)
    assert (detail["row"]["next_step"], detail["whatsapp"]["expected_phone"]) == ("nothing", None)


async def test_staff_can_answer_for_the_owner(harness: Harness, operator: Person) -> None:
    token = await harness.install()
    await harness.api("POST", "relink", token)
    await harness.scan_with(token, GUEST)
    await harness.reaches(token, "active")
    part = await operator.done("sessions.confirm_phone", salon_id=SALON)
    assert (part["expected_phone"], part["phone"]) == (None, "+7 *** ***-45-67")


@pytest.mark.node
async def test_the_page_can_answer_by_its_socket(harness: Harness) -> None:
    token = await harness.install()
    await harness.api("POST", "relink", token)
    await harness.scan_with(token, GUEST)
    await harness.reaches(token, "active")
    async with node_clients(harness.url) as clients:
        await clients.joined("page", token)
        answer = await clients.ask("page", "confirm-phone", {})
        assert answer["state"]["whatsapp"]["expected_phone"] is None


# ------------------------------------------------------------------------------ incident I-10


@pytest.mark.node
async def test_a_connected_salon_whose_page_is_opened_a_hundred_times_is_left_alone(
    database_url: str,
) -> None:
    """Re-opening the page used to start a session anew and so to throw the living one out."""
    with mock.patch.multiple(budget, PER_SECOND=1000, PER_MINUTE=100_000):  # each entry asks YCLIENTS
        async with unlimited_harness(database_url) as harness:
            await _open_a_hundred_times(harness)


async def _open_a_hundred_times(harness: Harness) -> None:
    token = await harness.install()
    before = await harness.rows(
        "SELECT generation, engine_generation, version, last_seq FROM whatsapp_sessions"
    )
    entry = harness.sandbox.market.entry_url([SALON], user_data=True)
    async with node_clients(harness.url) as clients:
        for number in range(100):
            assert (await harness.http.get(entry)).status_code in (200, 302)
            if number % 10:
                await harness.state(token)
                continue
            await clients.joined(f"page {number}", token)
            answer = await clients.ask(f"page {number}", "request-qr", {})
            assert answer["state"]["whatsapp"]["state"] == "connected"
    after = await harness.rows(
        "SELECT generation, engine_generation, version, last_seq FROM whatsapp_sessions"
    )
    assert after == before

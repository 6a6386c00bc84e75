"""The webhooks the sandbox sends: lifecycle once, entity with two retries, against a real receiver."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator

import pytest

from gateway.sandbox.webhooks_out import RETRY_PAUSE_S
from tests.unit.sandbox.support import (
    APPLICATION,
    NOWHERE,
    SALON,
    TOKEN,
    MovedClock,
    Receiver,
    Running,
    receiving,
    running,
    until,
)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


@pytest.fixture
async def it(clock: MovedClock, receiver: Receiver) -> AsyncIterator[Running]:
    async with running(clock, callback_url=f"{receiver.url}/webhook/yclients") as made:
        made.market.connect(SALON)
        await made.activate(webhook_urls=[f"{receiver.url}/webhook/yclients/key-1"])
        yield made


async def all_sent(it: Running) -> None:
    await until(lambda: it.sandbox.webhooks_busy == 0)


def sent(it: Running) -> list[tuple[str, int | None, str]]:
    return [
        (each.operation, each.status, each.note)
        for each in it.market.log.entries()
        if each.direction == "out"
    ]


@pytest.mark.parametrize("action", ["disconnect", "expire"])
async def test_the_owners_doing_reaches_the_callback_url(
    it: Running, receiver: Receiver, action: str
) -> None:
    await it.control("POST", f"salons/{SALON}/{action}")
    await all_sent(it)
    assert json.loads(receiver.bodies[0]) == {
        "salon_id": SALON,
        "application_id": APPLICATION,
        "event": {"disconnect": "uninstall", "expire": "freeze"}[action],
        "partner_token": TOKEN,
    }
    assert receiver.heads[0].startswith("POST /webhook/yclients HTTP/1.1")
    assert "application/json" in receiver.heads[0]


async def test_the_partners_own_uninstall_comes_back_as_a_webhook(it: Running, receiver: Receiver) -> None:
    await it.partner.post(f"{it.status_path()}/uninstall")
    await all_sent(it)
    assert json.loads(receiver.bodies[0])["event"] == "uninstall"


async def test_a_payment_is_signed_over_the_number_text_in_it(it: Running, receiver: Receiver) -> None:
    await it.control("POST", f"salons/{SALON}/expire")
    await it.control("POST", f"salons/{SALON}/pay", amount="1490.00", discount="10")
    await all_sent(it)
    body = next(body for body in receiver.bodies if b'"payment"' in body)
    message = f"salon_id={SALON}&amount=1490.00&discount=10"
    assert b'"amount":1490.00,' in body
    assert json.loads(body)["sign"] == hmac.new(TOKEN.encode(), message.encode(), hashlib.sha256).hexdigest()
    assert it.market.status(SALON) == "active"


@pytest.mark.parametrize("status", [500, 404, 0])
async def test_a_lifecycle_webhook_is_sent_once_whatever_the_answer(
    it: Running, receiver: Receiver, clock: MovedClock, status: int
) -> None:
    receiver.statuses = [status]
    it.market.disconnect(SALON)
    await all_sent(it)
    assert len(receiver.bodies) == 1
    assert clock.slept == []


async def test_an_entity_event_goes_to_the_registered_address(it: Running, receiver: Receiver) -> None:
    answer = await it.control("POST", f"salons/{SALON}/emit", status="update", resource_id=55)
    assert answer.json()["sent"] == 1
    await all_sent(it)
    assert receiver.heads[0].startswith("POST /webhook/yclients/key-1 HTTP/1.1")
    body = json.loads(receiver.bodies[0])
    assert (body["company_id"], body["resource"], body["resource_id"], body["status"]) == (
        SALON,
        "record",
        55,
        "update",
    )


@pytest.mark.parametrize("status", [500, 503, 429, 0])
async def test_an_entity_event_is_tried_three_times_with_a_pause(
    it: Running, receiver: Receiver, clock: MovedClock, status: int
) -> None:
    receiver.statuses = [status]
    it.market.emit(SALON)
    await all_sent(it)
    assert len(receiver.bodies) == 3
    assert len(set(receiver.bodies)) == 1
    assert clock.slept == [RETRY_PAUSE_S, RETRY_PAUSE_S] == [1.5, 1.5]


@pytest.mark.parametrize("status", [200, 202, 204, 302, 400, 404, 413])
async def test_an_answer_that_is_no_trouble_ends_the_tries(
    it: Running, receiver: Receiver, status: int
) -> None:
    receiver.statuses, receiver.answer = [status], b""
    it.market.emit(SALON)
    await all_sent(it)
    assert len(receiver.bodies) == 1


async def test_the_second_try_may_succeed(it: Running, receiver: Receiver) -> None:
    receiver.statuses = [500, 200]
    it.market.emit(SALON)
    await all_sent(it)
    assert [status for _, status, _ in sent(it)] == [500, 200]
    assert sent(it)[1][2] == "record.create · №2"


async def test_one_edit_may_be_told_four_times(it: Running, receiver: Receiver) -> None:
    it.market.emit(SALON, status="update", repeat=4)
    await all_sent(it)
    assert len(receiver.bodies) == 4
    assert len(set(receiver.bodies)) == 1


async def test_a_receiver_that_never_answers_is_left_after_the_time_out(
    clock: MovedClock, receiver: Receiver
) -> None:
    receiver.statuses = [-1]
    async with running(clock, callback_url=receiver.url, webhook_timeout_s=0.1) as it:
        it.market.connect(SALON)
        it.market.disconnect(SALON)
        await all_sent(it)
        ((operation, status, note),) = sent(it)
        assert (operation, status) == ("webhook_lifecycle", None)
        assert note.endswith(("ReadTimeout", "TimeoutError"))


async def test_a_gateway_that_is_away_is_noted(clock: MovedClock) -> None:
    async with running(clock, callback_url=f"{NOWHERE}/webhook") as it:
        it.market.connect(SALON)
        it.market.disconnect(SALON)
        await all_sent(it)
        assert sent(it) == [("webhook_lifecycle", None, "uninstall · №1 · ConnectError")]


async def test_webhooks_can_be_lost_on_purpose(it: Running, receiver: Receiver) -> None:
    await it.control("PATCH", "switches", lose_lifecycle=True, lose_entity=True)
    it.market.emit(SALON)
    it.market.disconnect(SALON)
    await all_sent(it)
    assert receiver.bodies == []
    assert [note.split(" · ")[-1] for _, _, note in sent(it)] == ["lost on purpose"] * 2


async def test_what_is_sent_is_logged_without_the_token(it: Running, receiver: Receiver) -> None:
    it.market.disconnect(SALON)
    await all_sent(it)
    assert TOKEN in receiver.bodies[0].decode()
    assert TOKEN not in json.dumps(it.market.log.after(0))


async def test_closing_ends_webhooks_on_their_way(clock: MovedClock, receiver: Receiver) -> None:
    receiver.statuses = [-1]
    async with running(clock, callback_url=receiver.url) as it:
        it.market.connect(SALON)
        it.market.disconnect(SALON)
        await until(lambda: receiver.bodies)
        assert it.sandbox.webhooks_busy == 1
        await it.sandbox.aclose()
        assert it.sandbox.webhooks_busy == 0
        it.market.connect(SALON)
        it.market.disconnect(SALON)
        assert it.sandbox.webhooks_busy == 0
        await it.sandbox.aclose()

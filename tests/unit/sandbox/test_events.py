"""What the platform sends: the lifecycle bodies, the sign of a payment with its number text, entity events."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.sandbox.catalogue import Salon, default_salons
from gateway.sandbox.events import entity_body, moment_of, payment_sign, stamp
from gateway.sandbox.links import Activation
from tests.unit.sandbox.support import APPLICATION, CONFIG, KEY, SALON, START, TOKEN, Bench


def paid(**how: Any) -> tuple[str, dict[str, object]]:
    bench = Bench()
    bench.market.connect(SALON)
    bench.market.activate(SALON, Activation(KEY))
    bench.market.pay(SALON, **how)
    text = bench.sent[-1].body.decode()
    return text, json.loads(text)


def hmac_of(message: str) -> str:
    return hmac.new(TOKEN.encode(), message.encode(), hashlib.sha256).hexdigest()


def test_moments_are_moscow_time_in_the_platforms_form() -> None:
    assert stamp(datetime(2026, 1, 1, 21, 30, 5, tzinfo=UTC)) == "2026-01-02 00:30:05"
    assert moment_of("2026-01-02 00:30:05") == datetime(2026, 1, 1, 21, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-01-02", "2026-01-02T00:30:05", "", "2026-13-01 00:00:00"])
def test_other_texts_are_no_moments(text: str) -> None:
    with pytest.raises(ValueError, match=r"time data|unconverted|day is out"):
        moment_of(text)


@pytest.mark.parametrize("event", ["uninstall", "freeze"])
def test_a_lifecycle_webhook_has_the_four_documented_fields(event: str) -> None:
    bench = Bench()
    bench.market.connect(SALON)
    bench.market.activate(SALON, Activation(KEY))
    (bench.market.disconnect if event == "uninstall" else bench.market.expire)(SALON)
    webhook = bench.sent[-1]
    assert (webhook.kind, webhook.url) == ("lifecycle", CONFIG.callback_url)
    assert json.loads(webhook.body) == {
        "salon_id": SALON,
        "application_id": APPLICATION,
        "event": event,
        "partner_token": TOKEN,
    }


@pytest.mark.parametrize("amount", ["990", "990.0", "990.00", "990.99", "0"])
def test_the_sum_of_a_payment_stands_letter_for_letter_as_asked_and_is_signed_so(amount: str) -> None:
    text, body = paid(amount=amount)
    assert f'"amount":{amount},' in text
    assert body["sign"] == hmac_of(f"salon_id={SALON}&amount={amount}")
    assert body["discount"] is None


def test_a_discount_joins_the_signature_only_when_there_is_one() -> None:
    text, body = paid(amount="100", discount="15.50")
    assert '"discount":15.50,' in text
    assert body["sign"] == hmac_of(f"salon_id={SALON}&amount=100&discount=15.50")
    assert payment_sign(TOKEN, 1, "2", None) == hmac_of("salon_id=1&amount=2")


def test_the_platform_may_sign_another_text_of_the_same_number() -> None:
    text, body = paid(amount="100.00", signed_amount="100")
    assert '"amount":100.00,' in text
    assert body["sign"] == hmac_of(f"salon_id={SALON}&amount=100")


def test_a_payment_webhook_has_all_its_fields() -> None:
    _, body = paid()
    assert set(body) == {
        *("salon_id", "application_id", "event", "partner_token", "payment_id", "amount", "currency_iso"),
        *("discount", "period_from", "period_to", "payment_date", "tariff_option_id", "sign"),
    }
    assert (body["event"], body["payment_date"]) == ("payment", stamp(START))


@pytest.mark.parametrize("salon", default_salons(), ids=lambda salon: str(salon.id))
@pytest.mark.parametrize("status", ["create", "update", "delete"])
def test_a_record_event_has_the_five_fields_and_the_rest_shape(salon: Salon, status: str) -> None:
    body = json.loads(entity_body(salon, "record", 5, status, START, None))
    assert list(body) == ["company_id", "resource", "resource_id", "status", "data"]
    assert body["data"]["deleted"] is (status == "delete")
    assert body["data"]["id"] == body["resource_id"] == 5
    assert {"staff_id", "services", "client", "datetime", "last_change_date", "visit_id"} <= set(body["data"])
    assert datetime.fromisoformat(body["data"]["datetime"]).utcoffset() is not None


def test_other_entities_and_data_of_ones_own_are_sent_as_given() -> None:
    salon = default_salons()[0]
    assert json.loads(entity_body(salon, "client", 7, "update", START, None))["data"]["id"] == 7
    assert json.loads(entity_body(salon, "goods_operation", 7, "create", START, {"x": 1}))["data"] == {"x": 1}

"""The support bundle: the whole story of an install on one page, with nothing on it that may not leave the house."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from gateway.application.evidence import masked, shape_of
from shared.vocabulary import StaffRole
from tests.support.canaries import Canaries, whole_story
from tests.support.harness import SALON, Harness
from tests.support.salons import Person
from tests.support.staff import member


@pytest.mark.expects_log("refused")
async def test_a_bundle_tells_everything_and_holds_none_of_what_was_planted(harness: Harness) -> None:
    canaries = Canaries()
    await whole_story(harness, canaries)
    client = {"name": canaries.keep("a client's name", "Канарейкина Анна"), "phone": "+7 921 555-00-77"}
    canaries.keep("a client's phone", "921 555-00-77")
    body = {
        "resource": "record", "resource_id": 5501, "status": "create", "company_id": SALON, "salon_id": SALON,
        "event": "record_create", "partner_token": canaries.known["partner token"],
        "data": {"id": 5501, "client": client},
    }  # fmt: skip
    assert (await harness.webhook(body)).status_code == 200
    await harness.webhooks_processed()
    person = Person(harness, await member(harness, StaffRole.OPERATOR))
    viewer = Person(harness, await member(harness, StaffRole.VIEWER))
    reason = f"звонили {canaries.keep('a phone in a reason', '8 (912) 555-33-22')}, key {'a1b2' * 10}"
    canaries.keep("a key in a reason", "a1b2" * 10)
    await person.ask("installs.reconcile", salon_id=SALON, reason=reason)

    made = await person.done("installs.bundle", salon_id=SALON)
    page = made["html"]
    assert canaries.found_in(page) == []
    assert re.fullmatch(r"support-101001-\d{8}-\d{6}\.html", made["file_name"])
    root = ElementTree.fromstring(re.sub(r"<meta[^>]*>|<!doctype html>", "", page).replace("<br>", "<br/>"))
    assert root.tag == "html"
    assert "<script" not in page
    assert [each.text.strip() for each in root.iter("h2") if each.text] == [
        "Салон и установка", "WhatsApp", "Вызовы YCLIENTS", "Вебхуки YCLIENTS", "Хронология",
        "Проверка настроек", "Версии",
    ]  # fmt: skip
    for told in (
        "YCLIENTS подтвердил: салон подключён", "YCLIENTS confirmed: the salon is active", "POST /marketplace/partner/",
        '"api_key": "[…]"'.replace('"', "&quot;"), "record_create", "+7 ***", "WhatsApp подключён", "500",
    ):  # fmt: skip
        assert told in page, told
    assert await viewer.refused("installs.bundle", salon_id=SALON) == "forbidden"
    admin = Person(harness, await member(harness))
    acts = [each["operation"] for each in (await admin.done("audit.list", salon_id=SALON))["rows"]]
    assert acts.count("installs.bundle") == 1


def test_masking_hides_keys_tokens_addresses_and_phones_and_leaves_moments_and_numbers() -> None:
    hidden = (
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "ab" * 32 + "1", "ann@mail.example",
        "Zk3-_9aBcDeFgHiJkLmNoPqRsTuVwXyZ012345", "2@Vb7y3kq0ZtWmRkQfHs8dLxPeNc2uJaGi==,abc,def,1",
    )  # fmt: skip
    for each in hidden:
        assert masked(f"({each})") == "([…])"
    for phone in ("+7 (999) 123-45-67", "89991234567", "+79991234567", "8 999 123 45 67"):
        assert masked(f"тел. {phone}.") == "тел. […]67."
    plain = "2026-11-26 22:04:02 salon 101001, 1234567 of 200, 9f1b2c3d-aaaa-bbbb-cccc-001122334455 https://a.example/b"
    assert masked(plain) == plain


def test_a_webhook_is_shown_as_its_shape() -> None:
    assert shape_of("not json") == "[…]"
    shown = shape_of('{"event": "visit", "salon_id": 1, "data": {"client": {"name": "Анна", "visits": 3}}}')
    assert "Анна" not in shown
    assert '"event": "visit"' in shown
    assert '"visits": "[…]"' in shown

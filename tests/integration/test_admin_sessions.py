"""WhatsApp sessions in staff's hands: start, restart, stop, and the QR and code that nothing keeps."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.domain.session_records import SessionSnapshot
from gateway.storage.database import Transaction
from gateway.whatsapp.pool import ReconcilingPool
from shared.vocabulary import StaffRole
from tests.support.harness import SALON, Harness
from tests.support.salons import Person
from tests.support.staff import member, request
from tests.support.waiting import until

NOBODY = 999_999
PHONE = "+7 905 123-45-67"


@pytest.fixture
async def operator(harness: Harness) -> Person:
    return Person(harness, await member(harness, StaffRole.OPERATOR))


async def acts(harness: Harness) -> list[dict[str, Any]]:
    """Return the audit's rows about sessions."""
    return await harness.rows("SELECT * FROM audit_log WHERE operation LIKE %s ORDER BY id", "sessions.%")


async def reaches(harness: Harness, state: str) -> None:
    async def look() -> bool:
        rows = await harness.rows("SELECT state FROM whatsapp_sessions WHERE salon_id = %s", SALON)
        return bool(rows) and rows[0]["state"] == state

    await until(look, what=f"session {state}")


async def qr(operator: Person) -> dict[str, Any]:
    """Wait until a QR is shown and return the view."""

    async def look() -> dict[str, Any] | None:
        view: dict[str, Any] = await operator.done("sessions.qr", salon_id=SALON)
        return view if view["qr"] else None

    view = await until(look, what="a QR")
    assert view is not None
    return view


async def test_staff_start_pairing_and_show_the_qr_that_the_owners_page_shows(
    harness: Harness, operator: Person
) -> None:
    token = await harness.link()
    assert await operator.refused("sessions.qr", salon_id=SALON) == "session_not_found"
    part = await operator.done("sessions.start", salon_id=SALON)
    assert (part["wanted"], part["method"], part["generation"]) == ("running", "qr", 1)
    view = await qr(operator)
    assert (await harness.state(token))["qr"]["text"] == view["qr"]["text"]
    assert view["qr"]["image"].startswith("data:image/")
    assert (view["whatsapp"]["state"], view["whatsapp"]["has_qr"]) == ("pairing", True)
    assert view["version"] <= (await operator.done("installs.get", salon_id=SALON))["row"]["version"]
    await harness.phone("scan")
    await harness.reaches(token, "active")
    after = await operator.done("sessions.qr", salon_id=SALON)
    assert (after["qr"], after["pairing_code"], after["whatsapp"]["has_qr"]) == (None, None, False)


async def test_a_code_is_asked_for_and_shown_with_its_end(harness: Harness, operator: Person) -> None:
    await harness.link()
    view = await operator.done("sessions.pairing_code", salon_id=SALON, phone=PHONE)
    code = view["pairing_code"]
    assert code["expires_at"] > view["server_time"]
    assert "9051234567" not in json.dumps(view)
    assert (view["whatsapp"]["method"], view["whatsapp"]["has_code"]) == ("code", True)
    again = await operator.done("sessions.pairing_code", salon_id=SALON, phone=PHONE)
    assert again["pairing_code"] == code
    assert await operator.refused("sessions.pairing_code", salon_id=SALON, phone="12345") == "invalid_phone"
    assert await operator.refused("sessions.start", salon_id=SALON, method="code") == "invalid_phone"


async def test_a_stopped_session_comes_back_without_pairing(harness: Harness, operator: Person) -> None:
    await harness.install()
    stopped = await operator.done("sessions.stop", salon_id=SALON, reason="проверяем")
    assert (stopped["state"], stopped["wanted"]) == ("stopped", "stopped")
    await operator.done("sessions.stop", salon_id=SALON)
    await operator.done("sessions.start", salon_id=SALON)
    await reaches(harness, "connected")
    restarted = await operator.done("sessions.restart", salon_id=SALON)
    assert restarted["generation"] > stopped["generation"]
    await reaches(harness, "connected")
    kept = await acts(harness)
    assert [row["operation"] for row in kept] == [
        "sessions.stop", "sessions.stop", "sessions.start", "sessions.restart",
    ]  # fmt: skip
    assert (kept[0]["before"], kept[0]["after"]) == (
        {"state": "connected", "wanted": "running", "method": "qr"},
        {"state": "connected", "wanted": "stopped", "method": "qr"},
    )
    assert (kept[1]["before"], kept[1]["after"], kept[0]["reason"]) == ({}, {}, "проверяем")


async def test_a_replaced_session_is_started_anew(harness: Harness, operator: Person) -> None:
    await harness.install()
    await harness.phone("replace")
    await reaches(harness, "replaced")
    await operator.done("sessions.start", salon_id=SALON)
    await reaches(harness, "connected")


async def test_sessions_of_salons_that_have_none_are_refused(harness: Harness, operator: Person) -> None:
    for operation, more in (
        ("sessions.start", {}), ("sessions.restart", {}), ("sessions.stop", {}), ("sessions.qr", {}),
        ("sessions.pairing_code", {"phone": PHONE}),
    ):  # fmt: skip
        assert await operator.refused(operation, salon_id=NOBODY, **more) == "salon_not_found"
    token = await harness.link()
    assert await operator.refused("sessions.restart", salon_id=SALON) == "session_not_found"
    assert (await operator.done("sessions.stop", salon_id=SALON))["state"] is None
    await harness.scan(token)
    await harness.reaches(token, "active")
    harness.sandbox.market.disconnect(SALON)

    async def is_closed() -> bool:
        return (await harness.install_row())["closed_at"] is not None

    await until(is_closed, what="install closed")
    assert await operator.refused("sessions.start", salon_id=SALON) == "install_gone"


async def test_each_view_of_a_qr_is_audited_and_the_qr_is_kept_nowhere(
    harness: Harness, operator: Person
) -> None:
    await harness.show_qr(await harness.link())
    view = await qr(operator)
    code = (await operator.done("sessions.pairing_code", salon_id=SALON, phone=PHONE))["pairing_code"]["code"]
    views = [row for row in await acts(harness) if row["operation"] == "sessions.qr"]
    assert views
    assert {(row["salon_id"], str(row["before"]), str(row["after"])) for row in views} == {
        (SALON, "{}", "{}")
    }
    story = await operator.done("timeline.list", salon_id=SALON)
    everything = [json.dumps(story), str(await acts(harness))]
    for table in ("audit_log", "marketplace_events", "staff_commands", "whatsapp_sessions", "installs"):
        everything.append(str(await harness.rows(f"SELECT * FROM {table}")))
    for secret in (view["qr"]["text"], view["qr"]["image"], code, code.replace("-", ""), "9051234567"):
        assert not [where for where in everything if secret in where]


async def test_a_viewer_sees_no_qr_and_starts_nothing(harness: Harness) -> None:
    await harness.show_qr(await harness.link())
    viewer = await member(harness, StaffRole.VIEWER)
    for operation, more in (
        ("sessions.qr", {}),
        ("sessions.start", {}),
        ("sessions.pairing_code", {"phone": PHONE}),
    ):
        answer = await request(harness, operation, viewer, {"salon_id": SALON} | more)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


@pytest.mark.expects_log("refused", "unexpected_error")
@pytest.mark.parametrize("operation", ["sessions.stop", "sessions.restart"])
async def test_what_cannot_be_audited_does_not_happen(
    harness: Harness, operator: Person, operation: str
) -> None:
    await harness.install()

    def refuse(tx: Transaction) -> None:
        tx.count("ALTER TABLE audit_log ADD CONSTRAINT nobody CHECK (operation = 'nothing') NOT VALID")

    await harness.gateway.storage.write(refuse)
    before = await harness.rows("SELECT state, desired, generation, version FROM whatsapp_sessions")
    assert await operator.refused(operation, salon_id=SALON) == "internal"
    assert await harness.rows("SELECT state, desired, generation, version FROM whatsapp_sessions") == before


async def test_a_qr_is_never_shown_beside_a_state_that_it_does_not_belong_to(
    harness: Harness, operator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await harness.link()
    await operator.done("sessions.start", salon_id=SALON)
    await qr(operator)
    get = ReconcilingPool.get

    async def get_while_the_phone_scans(pool: ReconcilingPool, salon_id: int) -> SessionSnapshot:
        snapshot = await get(pool, salon_id)
        monkeypatch.setattr(ReconcilingPool, "get", get)
        await harness.phone("scan")
        await reaches(harness, "connected")
        return snapshot

    monkeypatch.setattr(ReconcilingPool, "get", get_while_the_phone_scans)
    view = await operator.done("sessions.qr", salon_id=SALON)
    assert (view["whatsapp"]["state"], view["qr"]) == ("connected", None)
    await harness.reaches(token, "active")

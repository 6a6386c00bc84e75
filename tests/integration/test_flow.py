"""The main job through the real application: entry, page, phone, activation, re-entry, branches."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr

from gateway.jobs import housekeeping
from shared.vocabulary import WhatsappState
from tests.support.harness import BRANCHES, OTHER_SALON, SALON, Harness, running_harness
from tests.support.waiting import until


async def test_a_salon_goes_from_connect_to_active_with_one_key(harness: Harness) -> None:
    token = await harness.link()
    first = await harness.state(token)
    assert (first["stage"], first["salon"]["title"], first["session_id"]) == (
        "new",
        "Ёлка",
        f"company_{SALON}",
    )
    shown = await harness.show_qr(token)
    assert shown["success"]
    assert shown["session_id"] == f"company_{SALON}"
    assert 50 <= shown["expires_in"] <= 60
    assert (await harness.phone("scan")).status_code == 200
    done = await harness.reaches(token, "active")
    assert done["partner"]["state"] == "active"
    assert done["whatsapp"]["state"] == "connected"
    assert done["qr"] is None
    assert harness.sandbox.market.status(SALON) == "active"
    assert len(harness.sandbox.market.api_keys(SALON)) == 1
    assert harness.sandbox.market.report()["complaints"] == []


async def test_closing_the_page_after_the_scan_changes_nothing(harness: Harness) -> None:
    """Nobody looks at the page, asks for the state or activates: the server does it all (problem 7 of the review)."""
    await harness.scan(await harness.link())
    await until(lambda: _status_is(harness, "active"), what="active at YCLIENTS")
    row = await harness.install_row()
    await until(lambda: _partner_state_is(harness, "active"), what="active with us")
    assert row["generation"] == 1


async def test_the_event_log_tells_the_whole_story_in_order(harness: Harness) -> None:
    await harness.install()
    events = await harness.gateway.events.of_salon(SALON)
    types = [event.type for event in events]
    story = [
        "registration_started", "session.starting", "session.qr", "session.paired", "session.connected",
        "activation_queued", "activation_calling", "partner_attempt", "integration_activated",
    ]  # fmt: skip
    positions = [types.index(each) for each in story]
    assert positions == sorted(positions), types
    assert len({event.correlation for event in events}) == 1


async def test_re_entry_of_an_active_salon_resets_nothing(harness: Harness) -> None:
    """The prior system's finding F1: one GET set an active salon back to «pending»."""
    await harness.install()
    before = await harness.rows("SELECT * FROM installs")
    session = await harness.rows("SELECT generation, state, version FROM whatsapp_sessions")
    for user_data in (False, True):
        answer = await harness.http.get(harness.sandbox.market.entry_url([SALON], user_data=user_data))
        assert answer.status_code == 200
        assert "уже подключён" in answer.text
    assert await harness.rows("SELECT * FROM installs") == before
    assert await harness.rows("SELECT generation, state, version FROM whatsapp_sessions") == session


async def test_only_the_person_who_connected_a_salon_gets_a_way_to_manage_it(harness: Harness) -> None:
    await harness.install()
    known = await harness.http.get(harness.sandbox.market.entry_url([SALON], user_data=True))
    unknown = await harness.http.get(harness.sandbox.market.entry_url([SALON], user_data=False))
    assert "/marketplace/onboarding?token=" in known.text
    assert "token=" not in unknown.text


async def test_opening_the_page_of_a_connected_salon_a_hundred_times_keeps_its_session(
    harness: Harness,
) -> None:
    """Incident I-10: each opening rebuilt the session, for ever."""
    token = await harness.install()
    before = await harness.rows("SELECT generation, version, state FROM whatsapp_sessions")
    for _ in range(100):
        await harness.state(token)
    await asyncio.gather(*(harness.api("POST", "qr", token) for _ in range(10)))
    after = await harness.rows("SELECT generation, version, state FROM whatsapp_sessions")
    assert after[0]["generation"] == before[0]["generation"]
    assert after[0]["state"] == "connected"


async def test_two_tabs_a_poller_and_old_pages_lead_to_one_partner_call(harness: Harness) -> None:
    """Incidents I-07 and I-14."""
    token = await harness.link()
    shown = await asyncio.gather(*(harness.show_qr(token) for _ in range(5)))
    assert len({each["qr"] for each in shown}) == 1
    await harness.phone("scan")

    async def old_page() -> list[int]:
        codes = []
        for _ in range(15):
            answer = await harness.http.post("/marketplace/activate", json={"token": token})
            codes.append(answer.status_code)
            await asyncio.sleep(0.02)
        return codes

    codes = await asyncio.gather(*(old_page() for _ in range(4)))
    await harness.reaches(token, "active")
    assert {code for each in codes for code in each} <= {200, 202, 409}
    assert (await harness.http.post("/marketplace/activate", json={"token": token})).status_code == 200
    salon = harness.sandbox.market.report()["salons"][str(SALON)]
    assert salon["activations"] == 1
    assert salon["api_keys"] == 1


async def test_activation_before_the_phone_is_linked_is_refused(harness: Harness) -> None:
    token = await harness.link()
    answer = await harness.http.post("/marketplace/activate", json={"token": token})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "whatsapp_not_connected")


async def test_a_registration_older_than_an_hour_is_gone_for_old_pages(harness: Harness) -> None:
    token = await harness.link()
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE installs SET registered_at = registered_at - interval '61 minutes'")
    )
    answer = await harness.http.post("/marketplace/activate", json={"token": token})
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "registration_expired")


async def test_the_pairing_code_way_links_the_phone(harness: Harness) -> None:
    token = await harness.link()
    answer = await harness.api("POST", "pairing-code", token, phone="8 (999) 123-45-67")
    assert answer.status_code == 200, answer.text
    given = answer.json()
    assert len(given["code"]) == 9
    assert given["code"][4] == "-"
    assert given["phone"].endswith("45-67")
    assert "999" not in given["phone"]
    shown = (await harness.state(token))["pairing_code"]
    assert shown["code"] == given["code"]
    wrong = await harness.phone("enter-code", code="ZZZZ-ZZZZ")
    assert wrong.status_code == 409
    assert (await harness.phone("enter-code", code=given["code"])).status_code == 200
    done = await harness.reaches(token, "active")
    assert done["pairing_code"] is None
    assert done["whatsapp"]["phone"].endswith("45-67")


async def test_a_code_asked_for_twice_within_a_minute_is_the_same_code(harness: Harness) -> None:
    token = await harness.link()
    first = (await harness.api("POST", "pairing-code", token, phone="+79991234567")).json()
    again = (await harness.api("POST", "pairing-code", token, phone="+79991234567")).json()
    assert again["code"] == first["code"]
    other = await harness.api("POST", "pairing-code", token, phone="+79991234568")
    assert (other.status_code, other.json()["error"]["code"]) == (429, "rate_limited")


@pytest.mark.parametrize("form", ["salon_ids[]", "salon_ids[n]", "salon_ids_comma"])
async def test_several_branches_come_in_every_query_form_and_each_is_activated_by_its_own_call(
    harness: Harness, form: str
) -> None:
    token = await harness.link(*BRANCHES, form=form)
    snapshot = await harness.state(token)
    assert [branch["id"] for branch in snapshot["branches"]] == list(BRANCHES)
    for salon_id in BRANCHES:
        await harness.scan(token, salon_id)
    for salon_id in BRANCHES:
        await harness.reaches(token, "active", salon_id, timeout_s=30)
    keys = [harness.sandbox.market.api_keys(salon_id) for salon_id in BRANCHES]
    assert all(len(each) == 1 for each in keys)
    assert len({each[0] for each in keys}) == len(BRANCHES)


async def test_a_link_of_one_salon_never_reads_another(harness: Harness) -> None:
    """Incident I-44."""
    mine = await harness.link(SALON)
    theirs = await harness.link(OTHER_SALON)
    await harness.show_qr(theirs, OTHER_SALON)
    answers = [
        await harness.api("GET", f"state?salon_id={OTHER_SALON}", mine),
        await harness.api("GET", f"status/company_{OTHER_SALON}", mine),
        await harness.api("POST", "qr", mine, salon_id=OTHER_SALON),
        await harness.api("POST", "pairing-code", mine, salon_id=OTHER_SALON, phone="+79991234567"),
        await harness.api("POST", "relink", mine, salon_id=OTHER_SALON),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["error"]["code"] for answer in answers} == {"salon_not_in_token"}


async def test_the_old_status_route_speaks_the_old_words(harness: Harness) -> None:
    """Incident I-12: it never said connected."""
    token = await harness.link()
    fresh = (await harness.api("GET", f"status/company_{SALON}", token)).json()
    assert fresh == {
        "success": True,
        "status": "not_initialized",
        "connected": False,
        "session_id": f"company_{SALON}",
    }
    await harness.scan(token)
    await harness.reaches(token, "active")
    linked = (await harness.api("GET", f"status/company_{SALON}", token)).json()
    assert (linked["status"], linked["connected"]) == ("connected", True)


async def test_unsigned_entry_is_refused_where_signatures_are_required(database_url: str) -> None:
    async with running_harness(database_url, require_signed_entry=True) as harness:
        refused = await harness.enter(user_data=False)
        assert refused.status_code == 403
        accepted = await harness.enter(user_data=True)
        assert accepted.status_code == 302


@pytest.mark.parametrize("alphabet", ["standard", "urlsafe"])
async def test_signed_user_data_is_read_in_both_alphabets(harness: Harness, alphabet: str) -> None:
    assert (await harness.enter(user_data=True, alphabet=alphabet)).status_code == 302
    row = await harness.install_row()
    assert row["entry_signed"]
    assert row["owner_user_id"] is not None


@pytest.mark.parametrize(
    ("signed_with", "status"), [("token-before-rotation", 302), ("somebody-elses-token", 403)]
)
async def test_a_signature_of_the_previous_token_is_good_and_of_any_other_is_not(
    database_url: str, signed_with: str, status: int
) -> None:
    previous = SecretStr("token-before-rotation")
    async with running_harness(database_url, partner_token_previous=previous) as harness:
        plain = harness.sandbox.market.connect([SALON], user_data=False).redirect_url
        user = json.dumps({"id": 77, "name": "Мария"}, ensure_ascii=False).encode()
        sign = hmac.new(signed_with.encode(), user, hashlib.sha256).hexdigest()
        data = urlencode({"user_data": base64.urlsafe_b64encode(user).decode(), "user_data_sign": sign})
        assert (await harness.http.get(f"{plain}&{data}")).status_code == status


async def test_the_owner_may_change_the_number_and_start_over(harness: Harness) -> None:
    token = await harness.install()
    before = await harness.rows("SELECT generation FROM whatsapp_sessions")
    answer = await harness.api("POST", "relink", token)
    assert answer.status_code == 200, answer.text
    await harness.scan(token)
    await harness.reaches(token, "active")
    after = await harness.rows("SELECT generation FROM whatsapp_sessions")
    assert after[0]["generation"] > before[0]["generation"]
    assert harness.sandbox.market.report()["salons"][str(SALON)]["activations"] == 1


async def test_no_personal_data_of_the_redirect_is_stored_anywhere(harness: Harness) -> None:
    await harness.install()
    tables = await harness.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    dump = [str(await harness.rows(f"SELECT * FROM {row['tablename']}")) for row in tables]
    text = "\n".join(dump)
    for personal in ("@example.com", "79990009901", "Мария"):
        assert personal not in text


async def _status_is(harness: Harness, status: str) -> bool:
    return harness.sandbox.market.status(SALON) == status


async def _partner_state_is(harness: Harness, state: str) -> bool:
    return bool((await harness.install_row())["partner_state"] == state)


async def test_a_salon_that_connects_anew_after_a_restart_is_linked_as_if_for_the_first_time(
    database_url: str,
) -> None:
    """Worlds that numbered their devices alike took the new phone for the one that was just unlinked."""
    async with running_harness(database_url) as before:
        await before.install()
    async with running_harness(database_url) as after:

        async def has_met_the_device() -> bool:
            """The session came back, or the sweep took it off first: this YCLIENTS knows nothing of the install."""
            met = (
                "SELECT 1 AS one FROM marketplace_events WHERE data->'data'->>'resumed' = 'true' OR type = %s"
            )
            return bool(await after.rows(met, "session.removed"))

        await until(has_met_the_device, what="the session is restored, or removed")
        await after.install()


async def test_a_session_follows_its_install_also_when_the_gateway_died_in_between(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen and not stopped, active again and not started: housekeeping does what was left undone."""
    monkeypatch.setattr(housekeeping, "HEAL_EVERY_S", 0.2)
    async with running_harness(database_url) as harness:
        installs, sessions = harness.gateway.installs, harness.gateway.sessions

        async def session_is(state: WhatsappState) -> None:
            async def look() -> bool:
                return (await sessions.get(SALON)).state is state

            await until(look, what=f"the session is {state}")

        await harness.install()
        await installs.apply_partner_status(SALON, "freezed", reason="webhook_freeze")
        await session_is(WhatsappState.STOPPED)
        await installs.apply_partner_status(SALON, "active", reason="webhook_payment")
        await session_is(WhatsappState.CONNECTED)
        assert await installs.resumes_due() == []

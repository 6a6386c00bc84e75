"""What accepted webhooks change: uninstall, freeze, payment, entities, repeats, and forgeries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.harness import APPLICATION_ID, PARTNER_TOKEN, SALON, Harness
from tests.support.waiting import until


def lifecycle(event: str, salon_id: int = SALON, **more: Any) -> dict[str, Any]:
    """Return a lifecycle body as YCLIENTS posts it."""
    body = {
        "salon_id": salon_id,
        "application_id": APPLICATION_ID,
        "event": event,
        "partner_token": PARTNER_TOKEN,
    }
    return body | more


async def outcomes(harness: Harness) -> list[tuple[str, str]]:
    """Return event and outcome of every webhook, in order."""
    await harness.webhooks_processed()
    rows = await harness.rows("SELECT event, outcome FROM webhook_inbox ORDER BY id")
    return [(row["event"], row["outcome"]) for row in rows]


async def partner_state(harness: Harness) -> str:
    return str((await harness.install_row())["partner_state"])


async def test_disconnecting_ends_the_install_and_wipes_the_session(harness: Harness) -> None:
    """Incident I-21: uninstall deleted nothing."""
    token = await harness.install()
    harness.sandbox.market.disconnect(SALON)
    await until(lambda: is_state(harness, "uninstalled"), what="uninstalled")
    await until(lambda: no_session(harness), what="no session row is left")
    row = await harness.install_row()
    assert row["api_key_sealed"] is None
    assert row["closed_at"] is not None
    assert (await outcomes(harness))[-1] == ("uninstall", "applied")
    assert (await harness.state(token))["stage"] == "gone"


async def test_uninstall_reinstall_uninstall_within_minutes_takes_effect_each_time(harness: Harness) -> None:
    """Incident I-32: the second uninstall of a day, byte for byte the same, was swallowed."""
    keys = []
    for generation in (1, 2, 3):
        await harness.install()
        keys += [harness.sandbox.market.api_keys(SALON)[-1]]
        assert (await harness.install_row())["generation"] == generation
        harness.sandbox.market.disconnect(SALON)
        await until(lambda: is_state(harness, "uninstalled"), what=f"uninstalled {generation}")
        await until(lambda: no_session(harness), what="no session")
    assert len(set(keys)) == 3
    assert [outcome for _, outcome in await outcomes(harness)] == ["applied"] * 3


async def test_a_freeze_after_a_payment_is_a_new_one_though_its_body_is_the_same(harness: Harness) -> None:
    await harness.install()
    for _ in range(2):
        harness.sandbox.market.expire(SALON)
        await until(lambda: is_state(harness, "frozen"), what="frozen")
        harness.sandbox.market.pay(SALON)
        await until(lambda: is_state(harness, "active"), what="active")
    assert await outcomes(harness) == [("freeze", "applied"), ("payment", "applied")] * 2


async def test_an_uninstall_that_met_another_state_does_not_swallow_the_next(harness: Harness) -> None:
    """A late one is told while the activation stands at YCLIENTS unheard: it is that status which is applied."""
    token = await harness.link()
    harness.sandbox.market.faults.put("reset_after", operation="callback_redirect")
    await harness.scan(token)
    await until(lambda: is_state(harness, "calling"), what="the activation waits")
    await until(lambda: is_active_there(harness), what="active at YCLIENTS")
    await harness.webhook(lifecycle("uninstall"))
    assert await outcomes(harness) == [("uninstall", "contradicted")]
    assert await partner_state(harness) == "active"
    harness.sandbox.market.disconnect(SALON)
    await until(lambda: is_state(harness, "uninstalled"), what="uninstalled")


async def is_active_there(harness: Harness) -> bool:
    return bool(harness.sandbox.market.status(SALON) == "active")


async def test_a_forged_uninstall_stops_the_bot_only_until_the_status_is_read(harness: Harness) -> None:
    await harness.install()
    assert (await harness.webhook(lifecycle("uninstall"))).status_code == 200
    assert await outcomes(harness) == [("uninstall", "contradicted")]
    assert await partner_state(harness) == "active"
    await until(lambda: session_is(harness, "connected"), what="the session is connected again")
    assert (
        len(await harness.rows("SELECT salon_id FROM whatsapp_sessions WHERE credentials_sealed IS NOT NULL"))
        == 1
    )


async def test_an_uninstall_whose_status_cannot_be_read_keeps_the_bot_stopped_and_is_tried_again(
    harness: Harness,
) -> None:
    await harness.install()
    harness.sandbox.market.switches.lose_lifecycle = True
    harness.sandbox.market.disconnect(SALON)
    harness.sandbox.market.faults.put("500", operation="status")
    assert (await harness.webhook(lifecycle("uninstall"))).status_code == 200
    await until(lambda: session_is(harness, "stopped"), what="the session is stopped")
    await until(lambda: has_error(harness), what="the webhook was put back")
    assert await partner_state(harness) == "active"
    harness.sandbox.market.faults.clear()
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE webhook_inbox SET next_attempt_at = now()")
    )
    await until(lambda: is_state(harness, "uninstalled"), what="uninstalled after the second try")


async def test_freeze_stops_the_session_and_payment_starts_it_again_without_pairing(harness: Harness) -> None:
    """Incident I-22: freeze stopped nothing and there was no way back."""
    token = await harness.install()
    harness.sandbox.market.expire(SALON)
    await until(lambda: is_state(harness, "frozen"), what="frozen")
    await until(lambda: session_is(harness, "stopped"), what="stopped")
    frozen = await harness.state(token)
    assert frozen["stage"] == "frozen"
    assert (await harness.api("POST", "qr", token)).status_code == 409
    harness.sandbox.market.pay(SALON, amount="990")
    await until(lambda: is_state(harness, "active"), what="active")
    await until(lambda: session_is(harness, "connected"), what="connected")
    row = await harness.install_row()
    assert row["last_payment_at"] is not None
    assert row["generation"] == 1
    inbox = await harness.rows("SELECT sign_state FROM webhook_inbox WHERE event = 'payment'")
    assert inbox == [{"sign_state": "valid"}]


async def test_a_payment_with_a_wrong_sign_is_kept_and_its_date_is_not_believed(harness: Harness) -> None:
    await harness.install()
    body = lifecycle(
        "payment", payment_id=5, amount=990, currency_iso="RUB", discount=None, period_from="2026-01-01 00:00:00",
        period_to="2026-02-01 00:00:00", payment_date="2026-01-01 10:00:00", sign="0" * 64,
    )  # fmt: skip
    assert (await harness.webhook(body)).status_code == 200
    assert await outcomes(harness) == [("payment", "bad_sign")]
    assert (await harness.install_row())["last_payment_at"] is None


async def test_entity_events_arrive_on_the_address_we_registered_and_are_kept(harness: Harness) -> None:
    await harness.install()
    assert harness.sandbox.market.emit(SALON, resource="record", status="create") >= 1
    await until(
        lambda: has_rows(harness, "SELECT id FROM webhook_inbox WHERE kind = 'entity'"),
        what="the record event",
    )
    await harness.webhooks_processed()
    (row,) = await harness.rows(
        "SELECT proof, event, outcome, salon_id FROM webhook_inbox WHERE kind = 'entity'"
    )
    assert row == {"proof": "install_key", "event": "record.create", "outcome": "kept", "salon_id": SALON}


async def test_four_identical_record_updates_are_kept_and_three_of_them_told_apart_as_repeats(
    harness: Harness,
) -> None:
    """Incident I-36."""
    await harness.install()
    harness.sandbox.market.emit(
        SALON, resource="record", status="update", resource_id=9, data={"id": 9}, repeat=4
    )
    await until(
        lambda: has_rows(harness, "SELECT id FROM webhook_inbox WHERE kind = 'entity'", 4), what="four events"
    )
    kinds = [outcome for event, outcome in await outcomes(harness) if event == "record.update"]
    assert sorted(kinds) == ["kept", "repeated", "repeated", "repeated"]


@pytest.mark.parametrize("name", ["unfreeze", "integration_disabled", "x" * 500])
async def test_an_unknown_event_is_kept_and_does_nothing(harness: Harness, name: str) -> None:
    await harness.install()
    assert (await harness.webhook(lifecycle(name))).status_code == 200
    ((event, outcome),) = await outcomes(harness)
    assert outcome == "kept"
    assert event == name[:100]
    assert await partner_state(harness) == "active"


async def test_an_event_about_another_application_changes_nothing(harness: Harness) -> None:
    await harness.install()
    await harness.webhook(lifecycle("uninstall", application_id=APPLICATION_ID + 1))
    assert await outcomes(harness) == [("uninstall", "foreign_application")]
    assert await partner_state(harness) == "active"


async def test_an_event_about_a_salon_we_never_saw_is_kept(harness: Harness) -> None:
    await harness.webhook(lifecycle("uninstall", salon_id=55))
    assert await outcomes(harness) == [("uninstall", "no_install")]


async def test_an_owner_who_disconnects_and_connects_again_before_we_look_gets_a_new_generation(
    harness: Harness,
) -> None:
    """The uninstall webhook is read only when YCLIENTS already says pending again."""
    await harness.install()
    harness.sandbox.market.switches.lose_lifecycle = True
    harness.sandbox.market.disconnect(SALON)
    harness.sandbox.market.connect([SALON], form="salon_id")
    assert (await harness.webhook(lifecycle("uninstall"))).status_code == 200
    assert await outcomes(harness) == [("uninstall", "applied")]
    assert await partner_state(harness) == "uninstalled"
    await harness.install()
    assert (await harness.install_row())["generation"] == 2


async def test_an_uninstall_that_was_never_delivered_is_healed_by_the_next_entry(harness: Harness) -> None:
    first = await harness.install()
    harness.sandbox.market.switches.lose_lifecycle = True
    harness.sandbox.market.disconnect(SALON)
    second = await harness.link()
    assert (await harness.install_row())["generation"] == 2
    assert (await harness.state(second))["stage"] == "new"
    gone = await harness.api("GET", "state", first)
    assert (gone.status_code, gone.json()["error"]["code"]) == (410, "install_gone")
    await harness.scan(second)
    await harness.reaches(second, "active")
    assert len(set(harness.sandbox.market.api_keys(SALON))) == 2


async def is_state(harness: Harness, state: str) -> bool:
    return await partner_state(harness) == state


async def session_is(harness: Harness, state: str) -> bool:
    return await harness.rows("SELECT state FROM whatsapp_sessions") == [{"state": state}]


async def no_session(harness: Harness) -> bool:
    return not await harness.rows("SELECT salon_id FROM whatsapp_sessions")


async def has_error(harness: Harness) -> bool:
    return bool(
        await harness.rows("SELECT id FROM webhook_inbox WHERE error IS NOT NULL AND claimed_by IS NULL")
    )


async def has_rows(harness: Harness, statement: str, count: int = 1) -> bool:
    return len(await harness.rows(statement)) >= count

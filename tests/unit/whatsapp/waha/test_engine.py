"""The engine over WAHA: what it makes of each status and hint, and what it does when WAHA misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from gateway.domain.session_hints import EngineEvent
from gateway.domain.sessions import SessionFault
from gateway.whatsapp.engine import EngineError
from gateway.whatsapp.waha.engine import message_id_of
from tests.fakes.clock import settle
from tests.unit.whatsapp.waha.world import NAME, SALON, World

GUEST = "79990001122"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Return one WAHA and nobody linked."""
    made = World()
    yield made
    await made.close()


async def fault_of(work: object) -> SessionFault:
    """Return the fault something is refused with."""
    with pytest.raises(EngineError) as caught:
        await work  # type: ignore[misc]
    return caught.value.fault


def acts(world: World) -> list[str]:
    """Return the calls that changed something."""
    return [call.replace(NAME, "#") for call in world.waha.calls if not call.startswith("GET")]


# ------------------------------------------------------------------------------------------------ pairing


async def test_a_new_session_is_made_with_our_name_metadata_and_webhooks(world: World) -> None:
    await world.started(generation=7)
    config = world.waha.sessions[NAME].config
    assert config["metadata"] | {"hook": ""} == {
        "salon_id": "101", "session_id": NAME, "generation": "7", "hook": "",
    }  # fmt: skip
    (hook,) = config["webhooks"]
    assert hook["url"] == "http://gateway.test/main"
    assert hook["events"] == ["session.status", "message", "message.ack", "engine.event"]
    assert config["ignore"] == {"status": True, "groups": True, "channels": True}
    assert "hook-secret" not in repr(config["metadata"])


async def test_a_scan_pairs_and_the_login_opens(world: World) -> None:
    await world.linked()
    assert world.notes.told == ["qr 60", "paired", "opened"]
    assert world.notes.credentials == world.link()


async def test_qrs_are_followed_though_every_webhook_is_lost(world: World) -> None:
    world.waha.mail.lost = lambda _: True
    await world.started()
    await world.until(lambda: len(world.notes.texts) == 3, at_most_s=150)
    assert world.notes.told == ["qr 60", "qr 20", "qr 20"]
    assert world.clock.monotonic() < 60 + 60 + 20 + 5, "each is asked for when its forerunner has ended"
    world.waha.scan(SALON)
    await world.told("paired", "opened")


async def test_forged_webhooks_change_nothing_but_the_haste(world: World) -> None:
    world.waha.mail.is_forged = True
    await world.started()
    await world.told("qr 60")
    world.waha.scan(SALON)
    await world.told("paired", "opened")
    assert world.hints.kept == {}


async def test_repeated_late_and_disordered_webhooks_change_nothing(world: World) -> None:
    world.waha.mail.copies = 3
    world.waha.mail.delay_s = lambda body: 5.0 if body["payload"].get("status") == "SCAN_QR_CODE" else 0.0
    await world.linked()
    await world.clock.advance(120)
    assert world.notes.told == ["qr 60", "paired", "opened"]


async def test_a_slow_qr_is_waited_for_and_holds_nothing_up(world: World) -> None:
    world.waha.qr_wait_s = 14.0
    await world.started()
    await world.told("qr 60", at_most_s=20)
    await world.clock.advance(58)
    world.waha.scan(SALON)
    await world.told("paired", "opened", at_most_s=2)


async def test_a_422_leads_to_a_reading_and_to_no_loop(world: World) -> None:
    engine = await world.started()
    await world.told("qr 60")
    remote = world.waha.remote(SALON)
    shown, remote.qr = remote.qr, None  # the status promises a QR, and the QR is refused
    world.waha.calls.clear()
    engine.wake()
    await world.clock.advance(30)
    readings = [call for call in world.waha.calls if call.endswith(NAME)]
    refusals = [call for call in world.waha.calls if call.endswith("/auth/qr")]
    assert 2 <= len(refusals) <= 7
    assert len(readings) <= 10
    remote.qr = f"{shown}-new"
    await world.told("qr 20", at_most_s=11)


@pytest.mark.expects_log("waha_session_not_stopped")
async def test_a_code_is_only_to_be_had_while_a_qr_is_shown(world: World) -> None:
    engine = await world.started()
    assert await fault_of(engine.request_code(GUEST)) is SessionFault.NOT_PAIRING
    await world.told("qr 60")
    code = await engine.request_code(GUEST)
    assert code == world.waha.remote(SALON).code
    world.waha.remote(SALON).status = "STARTING"
    assert await fault_of(engine.request_code(GUEST)) is SessionFault.NOT_PAIRING


async def test_both_stages_of_a_passkey_are_told_with_their_time(world: World) -> None:
    await world.started()
    await world.told("qr 60")
    world.waha.ask_passkey(SALON)
    await world.told("passkey 60")
    world.waha.ask_confirmation(SALON)
    await world.told("passkey 60 confirm")
    world.waha.scan(SALON)
    await world.told("paired", "opened")


async def test_a_passkey_that_does_not_come_is_left_to_its_own_deadline(world: World) -> None:
    await world.started()
    await world.told("qr 60")
    world.waha.ask_passkey(SALON)
    await world.clock.advance(70)
    assert world.waha.remote(SALON).status == "FAILED"
    assert world.notes.told == ["qr 60", "passkey 60"]


# ------------------------------------------------------------------------------------------------ taking up


async def test_a_session_that_works_is_opened_at_once_and_left_as_it_is(world: World) -> None:
    engine = await world.linked()
    await engine.leave()
    before = acts(world)
    await world.started(world.link(), generation=2)
    assert world.notes.told == ["opened"]
    assert acts(world) == before


@pytest.mark.parametrize(("status", "act"), [("STOPPED", "start"), ("FAILED", "restart")])
async def test_a_session_at_rest_is_started(world: World, status: str, act: str) -> None:
    engine = await world.linked()
    await engine.stop(kill=False)
    world.waha.remote(SALON).status = status
    await world.started(world.link(), generation=2)
    await world.told("opened")
    assert acts(world)[-1] == f"POST /api/sessions/#/{act}"


@pytest.mark.parametrize(
    ("ends", "act"), [("leave", "PUT /api/sessions/#"), ("stop", "POST /api/sessions/#/start")]
)
async def test_a_session_set_up_for_other_webhooks_is_set_up_anew(world: World, ends: str, act: str) -> None:
    engine = await world.linked()
    await (engine.leave() if ends == "leave" else engine.stop(kill=False))
    remote = world.waha.remote(SALON)
    remote.config = {**remote.config, "metadata": {**remote.config["metadata"], "hook": "another"}}
    await world.started(world.link(), generation=2)
    await world.told("opened")
    assert acts(world)[-1] == act
    assert remote.config["metadata"]["generation"] == "2"


async def test_a_session_that_waha_has_lost_is_unlinked(world: World) -> None:
    await world.started(world.link())
    await world.told("closed logged_out", at_most_s=2)


async def test_a_session_that_shows_a_qr_again_is_unlinked(world: World) -> None:
    engine = await world.linked()
    await engine.stop(kill=False)
    world.waha.remote(SALON).device = None
    await world.started(world.link())
    await world.told("closed logged_out")
    assert world.notes.texts == [], "nobody is shown that QR"


async def test_what_is_no_link_of_ours_is_refused(world: World) -> None:
    for credentials in (b"", b"[]", b"{}", b"\xff", b'{"device": "x", "jid": "y"}'):
        assert await fault_of(world.started(credentials)) is SessionFault.STORE_CORRUPT


@pytest.mark.expects_log("waha_instance_unknown")
async def test_an_instance_that_is_not_configured_any_more_is_an_operator_s_matter(world: World) -> None:
    assert await fault_of(world.started(world.link("gone"))) is SessionFault.ENGINE_MISSING


# ------------------------------------------------------------------------------------------------ a life


@pytest.mark.parametrize("status", ["STOPPED", "STARTING", "FAILED", "SCAN_QR_CODE"])
async def test_a_status_that_is_false_once_ends_nothing(world: World, status: str) -> None:
    engine = await world.linked()
    world.waha.false_statuses = [status]
    engine.wake()
    await world.clock.advance(5)
    assert world.notes.told == ["qr 60", "paired", "opened"]


async def test_a_session_that_somebody_stopped_in_waha_is_brought_back_by_the_owner(world: World) -> None:
    await world.linked()
    remote = world.waha.remote(SALON)
    remote.status = "STOPPED"
    await world.told("closed crashed", at_most_s=62)


async def test_a_drop_is_told_and_the_return_too(world: World) -> None:
    await world.linked()
    world.waha.drop(SALON, 3)
    await world.told("reconnecting dropped", at_most_s=1)
    await world.told("opened", at_most_s=4)


async def test_a_restart_of_waha_is_lived_through(world: World) -> None:
    await world.linked()
    await world.clock.drive(world.waha.restart_server(3.0))
    await world.clock.advance(65)
    assert world.notes.told[-1] == "opened"
    assert "closed" not in " ".join(world.notes.told)


@pytest.mark.expects_log("waha_does_not_answer")
async def test_a_waha_that_stays_away_is_out_of_reach_and_not_whatsapp(world: World) -> None:
    engine = await world.linked()
    world.waha.is_away = True
    engine.wake()
    await world.clock.advance(9)
    assert world.notes.told[-1] == "opened"
    await world.told("reconnecting remote_unreachable", at_most_s=15)
    world.waha.is_away = False
    await world.told("opened", at_most_s=15)


@pytest.mark.expects_log("waha_does_not_answer")
async def test_a_pairing_over_a_waha_that_stays_away_ends(world: World) -> None:
    await world.started()
    await world.told("qr 60")
    world.waha.is_away = True
    await world.told("closed remote_unreachable", at_most_s=90)


@pytest.mark.expects_log("waha_does_not_answer")
@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_told_at_once(world: World, status: int) -> None:
    engine = await world.linked()
    world.waha.answer_with = [status]
    engine.wake()
    await settle()
    assert world.notes.told[-1] == "reconnecting remote_auth"
    await world.told("opened")


@pytest.mark.expects_log("waha_does_not_answer")
@pytest.mark.parametrize("status", [500, 502, 503, 429])
async def test_a_failing_answer_is_asked_for_again(world: World, status: int) -> None:
    engine = await world.linked()
    world.waha.answer_with = [status, status]
    engine.wake()
    await world.clock.advance(10)
    assert world.notes.told[-1] == "opened"
    assert world.waha.answer_with == []


@pytest.mark.parametrize(
    ("is_away", "answers", "fault"),
    [
        (True, [], SessionFault.REMOTE_UNREACHABLE),
        (False, [401], SessionFault.REMOTE_AUTH),
        (False, [500], SessionFault.UPSTREAM_UNAVAILABLE),
        (False, [200], SessionFault.UPSTREAM_UNAVAILABLE),
    ],
)
async def test_a_start_that_waha_refuses_says_why(
    world: World, is_away: bool, answers: list[int], fault: SessionFault
) -> None:
    world.waha.is_away, world.waha.answer_with = is_away, list(answers)
    assert await fault_of(world.started()) is fault
    world.waha.answer_with = list(answers)
    assert await fault_of(world.started(world.link())) is fault


# ------------------------------------------------------------------------------------------------ ends


async def test_waha_is_stopped_before_a_replaced_session_is_told_of(world: World) -> None:
    await world.linked()
    world.waha.replace(SALON)
    await settle()
    assert world.notes.told[-1] == "closed replaced"
    assert world.waha.sockets(SALON) == 0


@pytest.mark.parametrize("how", ["moment", "generation"])
async def test_what_was_said_about_an_earlier_start_is_dropped(world: World, how: str) -> None:
    engine = await world.linked()
    remote = world.waha.remote(SALON)
    old = int(world.clock.now().timestamp() * 1000)
    await engine.stop(kill=False)
    await world.clock.advance(10)
    await world.started(world.link(), generation=2)
    await world.told("opened")
    more = {"timestamp": old} if how == "moment" else {"metadata": {"salon_id": "101", "generation": "99"}}
    world.waha.emit(remote, "engine.event", {"event": EngineEvent.STREAM_REPLACED.value, "data": {}}, **more)
    await world.clock.advance(5)
    assert world.notes.told == ["opened"]
    assert await world.hints.waiting(SALON) == [], "it is settled"


async def test_a_ban_is_told_with_its_end(world: World) -> None:
    await world.linked()
    world.waha.ban(SALON, 600)
    await settle()
    assert world.notes.told[-2:] == ["reconnecting dropped", "closed temp_banned"]
    assert world.notes.until == world.clock.now() + timedelta(seconds=600)


@pytest.mark.parametrize(
    ("reason", "cause"), [(401, "logged_out"), (403, "main_device_gone"), (406, "main_device_gone")]
)
async def test_a_logout_is_told_with_its_reason(world: World, reason: int, cause: str) -> None:
    await world.linked()
    payload = {"event": "events.LoggedOut", "data": {"OnConnect": True, "Reason": reason}}
    world.waha.emit(world.waha.remote(SALON), "engine.event", payload)
    await settle()
    assert world.notes.told[-1] == f"closed {cause}"


async def test_failed_means_what_led_to_it(world: World) -> None:
    async def ends(expected: str) -> None:
        await world.told(expected)
        await world.engines[-1].stop(kill=True)

    await world.linked()
    world.waha.crash(SALON)
    await ends("closed crashed")
    await world.linked()
    world.waha.unlink(SALON)
    await ends("closed logged_out")
    await world.linked()
    world.waha.outdate(SALON)
    await ends("closed outdated")
    world.waha.refused_version.clear()
    await world.started()
    await world.told("qr 60")
    world.waha.outdate(SALON)
    await ends("closed outdated")
    await world.started()
    await world.told("qr 60")
    world.waha.reject(SALON)
    await ends("closed pair_error")
    await world.started()
    await world.told("qr 60")
    world.waha.drop(SALON)
    await ends("closed dropped")
    world.waha.offline.add(NAME)
    await world.started()
    await ends("closed network_unreachable")
    world.waha.offline.clear()
    await world.started()
    await world.until(lambda: world.notes.told[-1:] == ["closed refs_exhausted"], at_most_s=170)
    assert world.notes.told == ["qr 60", *["qr 20"] * 5, "closed refs_exhausted"]


async def test_an_explanation_may_come_after_the_status_it_explains(world: World) -> None:
    await world.linked()
    world.waha.mail.delay_s = lambda body: 1.0 if body["event"] == "engine.event" else 0.0
    payload = {"event": "events.LoggedOut", "data": {"OnConnect": False, "Reason": 403}}
    world.waha.emit(world.waha.remote(SALON), "engine.event", payload)
    world.waha.crash(SALON)
    await world.told("closed main_device_gone", at_most_s=3)


async def test_unlinking_takes_the_device_off_and_leaves_nothing(world: World) -> None:
    engine = await world.linked()
    device = world.waha.remote(SALON).device
    await engine.logout()
    assert device in world.waha.taken_off
    assert world.waha.sessions == {}
    assert await fault_of(engine.logout()) is SessionFault.NOT_CONNECTED


async def test_leaving_lets_waha_carry_on_and_stopping_does_not(world: World) -> None:
    engine = await world.linked()
    await engine.leave()
    await engine.stop(kill=True)
    assert world.waha.sockets(SALON) == 1
    engine = await world.started(world.link())
    await engine.stop(kill=True)
    assert world.waha.sockets(SALON) == 0


@pytest.mark.expects_log("waha_session_not_stopped")
async def test_stopping_never_raises(world: World) -> None:
    engine = await world.linked()
    world.waha.is_away = True
    await engine.stop(kill=False)


# ------------------------------------------------------------------------------------------------ messages


async def test_a_message_goes_out_under_an_id_of_ours_that_is_always_the_same(world: World) -> None:
    engine = await world.linked()
    assert await engine.send_text(GUEST, "привет", "ref") == message_id_of(SALON, "ref")
    (sent,) = world.waha.outbox
    assert (sent.to, sent.text, sent.message_id) == (GUEST, "привет", message_id_of(SALON, "ref"))
    assert message_id_of(SALON, "ref") != message_id_of(SALON, "other") != message_id_of(102, "other")


@pytest.mark.expects_log("waha_does_not_answer")
async def test_what_became_of_a_message_is_told_as_far_as_it_is_known(world: World) -> None:
    engine = await world.linked()
    world.waha.refuse_sends(GUEST, SessionFault.RECIPIENT_UNKNOWN, SessionFault.INTERNAL)
    assert await fault_of(engine.send_text(GUEST, "x", "a")) is SessionFault.RECIPIENT_UNKNOWN
    assert await fault_of(engine.send_text(GUEST, "x", "b")) is SessionFault.OUTCOME_UNKNOWN
    for status, fault in (
        (400, SessionFault.SEND_REJECTED), (401, SessionFault.REMOTE_AUTH), (422, SessionFault.NOT_CONNECTED),
        (429, SessionFault.RATE_LIMITED),
    ):  # fmt: skip
        await settle()  # the reading that the failure before has led to
        world.waha.answer_with = [status]
        assert await fault_of(engine.send_text(GUEST, "x", "c")) is fault
    world.waha.is_away = True
    assert await fault_of(engine.send_text(GUEST, "x", "d")) is SessionFault.REMOTE_UNREACHABLE
    world.waha.is_away = False
    world.waha.mute(SALON)
    sending = asyncio.create_task(engine.send_text(GUEST, "x", "e"))
    await world.clock.advance(61)
    assert await fault_of(sending) is SessionFault.OUTCOME_UNKNOWN
    assert world.waha.outbox == []


async def test_messages_and_receipts_are_passed_on_once_and_not_before_the_session_is_open(
    world: World,
) -> None:
    world.waha.mail.copies = 2
    engine = await world.linked()
    first = world.waha.write_in(SALON, "одно")
    await settle()
    assert world.notes.told[-1] == f"received {first}"
    (message,) = world.notes.messages
    assert (message.sender, message.text) == (f"{GUEST}@c.us", "одно")
    await engine.leave()
    second = world.waha.write_in(SALON, "другое")
    world.waha.acknowledge(SALON, "3EB0AA", 3)
    await settle()
    assert world.notes.told[-1] == f"received {first}", "nobody attends"
    await world.started(world.link(), generation=2)
    await world.told("opened", f"received {second}", "read 3EB0AA")
    assert await world.hints.waiting(SALON) == []

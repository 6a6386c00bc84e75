from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from desktop.model.problem import Trouble
from desktop.services.client import Credentials, GatewayClient
from desktop.services.errors import (
    AnswerInvalidError,
    ConnectFailedError,
    NotConnectedError,
    OperationRefusedError,
    OutcomeUnknownError,
)
from shared import protocol
from shared.admin_wire import CallCommand, Changes, Nothing, Resync, SessionView, Welcome
from tests.fakes.clock import FakeClock, settle
from tests.fakes.line import FakeGateway, Question
from tests.unit.desktop.builders import call, session, welcome

CREDENTIALS = Credentials("http://127.0.0.1:1", "aiadmin_secret")


class Log:
    """Writes down what a listener is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def welcomed(self, welcome: Welcome, *, is_anew: bool) -> None:
        self.told.append(("welcomed", is_anew))

    def changed(self, changes: Changes) -> None:
        self.told.append(("changed", [change.id for change in changes.changes]))

    def must_resync(self, resync: Resync) -> None:
        self.told.append(("resync", resync.cursor))

    def saw_session(self, view: SessionView) -> None:
        self.told.append(("session", view.salon_id))

    def lost(self, trouble: Trouble) -> None:
        self.told.append(("lost", trouble.code))

    def waits(self, trouble: Trouble, seconds: float) -> None:
        self.told.append(("waits", trouble.code, seconds))

    def refused(self, trouble: Trouble) -> None:
        self.told.append(("refused", trouble.code))


class World:
    """A client, its listener, the gateway it talks to and the time."""

    def __init__(self) -> None:
        self.clock, self.log = FakeClock(), Log()
        self.gateway = FakeGateway(welcome().model_dump(mode="json"))
        self.client = GatewayClient(
            self.clock, self.log, open_line=self.gateway.open_line, chance=lambda: 0.5, language=lambda: "en"
        )

    async def question(self, number: int = -1) -> Question:
        """Return what was asked on the newest line."""
        await settle()
        return self.gateway.line.questions[number]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    await made.client.close()


def changes(cursor: int, *ids: int) -> dict[str, Any]:
    rows = [{"kind": "install", "id": each, "version": cursor} for each in ids]
    return {"cursor": cursor, "changes": rows}


# ------------------------------------------------------------------------------------------------ connecting


async def test_the_first_visit_says_who_it_is_and_reads_everything(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    assert world.gateway.line.auth == {
        "token": "aiadmin_secret",
        "after": None,
        "protocol": protocol.PROTOCOL_VERSION,
    }
    assert world.log.told == [("welcomed", True)]
    assert world.client.is_live
    assert "aiadmin_secret" not in repr(CREDENTIALS)


async def test_after_a_break_it_comes_back_and_says_what_it_saw_last(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    world.gateway.line.say("changes", changes(25, 7))
    world.gateway.line.break_off()
    await settle()
    assert not world.client.is_live
    await world.clock.advance(0.5)
    assert world.gateway.line.auth["after"] == 25
    assert world.log.told == [
        ("welcomed", True),
        ("changed", [7]),
        ("lost", "connection_lost"),
        ("welcomed", False),
    ]


async def test_the_newest_cursor_of_a_later_welcome_is_not_taken_for_what_was_told(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    world.gateway.welcome = welcome(cursor=99).model_dump(mode="json")
    world.gateway.line.break_off()
    await world.clock.advance(0.5)
    assert world.client.cursor == 10


async def test_it_waits_longer_after_each_failure_but_never_long_at_first(world: World) -> None:
    world.gateway.refusal = ConnectFailedError("gateway_refused")
    await world.client.connect(CREDENTIALS)
    await world.clock.advance(15)
    waits = [told[2] for told in world.log.told]
    assert waits[:6] == [0.5, 1.0, 2.0, 3.0, 3.0, 3.0]


async def test_after_a_quarter_of_an_hour_it_tries_every_half_minute(world: World) -> None:
    world.gateway.refusal = ConnectFailedError("gateway_refused")
    await world.client.connect(CREDENTIALS)
    await world.clock.advance(20 * 60)
    assert [told[2] for told in world.log.told][-3:] == [30.0, 30.0, 30.0]
    tries = world.gateway.tries
    world.client.wake()
    await settle()
    assert world.gateway.tries == tries + 1


@pytest.mark.parametrize(("chance", "delay"), [(0.0, 0.25), (1.0, 0.75)])
async def test_consoles_do_not_all_come_back_at_once(world: World, chance: float, delay: float) -> None:
    world.gateway.refusal = ConnectFailedError("gateway_refused")
    client = GatewayClient(world.clock, world.log, open_line=world.gateway.open_line, chance=lambda: chance)
    await client.connect(CREDENTIALS)
    assert world.log.told == [("waits", "gateway_refused", delay)]
    await client.close()


@pytest.mark.parametrize("code", ["staff_token_expired", "protocol_too_old", "forbidden"])
async def test_what_the_gateway_refuses_is_not_tried_again(world: World, code: str) -> None:
    world.gateway.refusal = ConnectFailedError(code, is_final=True)
    with pytest.raises(ConnectFailedError) as refused:
        await world.client.connect(CREDENTIALS)
    assert refused.value.code == code
    await world.clock.advance(100)
    assert world.gateway.tries == 1
    assert world.log.told == [("refused", code)]


async def test_a_bad_certificate_is_final_at_first_and_passing_later(world: World) -> None:
    world.gateway.refusal = ConnectFailedError("tls_failed", is_final=True)
    with pytest.raises(ConnectFailedError):
        await world.client.connect(CREDENTIALS)
    world.gateway.refusal = None
    await world.client.connect(CREDENTIALS)
    world.gateway.refusal = ConnectFailedError("tls_failed", is_final=True)
    world.gateway.line.break_off()
    await world.clock.advance(1)
    world.gateway.refusal = None
    await world.clock.advance(5)
    assert world.client.is_live


@pytest.mark.parametrize(
    ("spoken", "code"),
    [(protocol.PROTOCOL_VERSION + 1, "protocol_too_old"), (protocol.OLDEST_PROTOCOL - 1, "protocol_too_new")],
)
async def test_a_gateway_of_another_protocol_is_not_used(world: World, spoken: int, code: str) -> None:
    world.gateway.welcome = welcome(protocol=spoken).model_dump(mode="json")
    with pytest.raises(ConnectFailedError) as refused:
        await world.client.connect(CREDENTIALS)
    assert refused.value.code == code


async def test_a_gateway_that_never_greets_is_given_up_and_tried_again(world: World) -> None:
    world.gateway.welcome = None
    await world.clock.drive(world.client.connect(CREDENTIALS))
    assert world.log.told == [("waits", "gateway_timeout", 0.5)]


async def test_a_token_that_ends_while_connected_is_told_and_not_tried_again(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    world.gateway.line.say("refused", {"code": "staff_token_revoked", "message": "No.", "reference": "x"})
    await world.clock.advance(100)
    assert world.log.told[-1] == ("refused", "staff_token_revoked")
    assert world.gateway.tries == 1


@pytest.mark.expects_log("event_invalid")
async def test_an_event_that_makes_no_sense_ends_the_line_and_a_new_one_begins(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    world.gateway.line.say("changes", {"cursor": "many", "changes": None})
    await world.clock.advance(1)
    assert world.gateway.tries == 2
    assert world.client.is_live


async def test_an_event_of_the_future_is_left_aside(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    world.gateway.line.say("fireworks", {"colour": "red"})
    await settle()
    assert world.client.is_live


async def test_sessions_and_resyncs_are_passed_on(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    world.gateway.line.say("qr", session(5).model_dump(mode="json"))
    world.gateway.line.say("resync", {"cursor": 400, "reason": "behind"})
    assert world.log.told[1:] == [("session", 5), ("resync", 400)]
    assert world.client.cursor == 400


async def test_a_wake_tests_a_line_that_seems_to_be_there(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    world.client.wake()
    assert (await world.question()).event == "staff.me"
    await world.clock.advance(10)  # it does not answer
    await world.clock.advance(1)
    assert world.gateway.tries == 2


# ------------------------------------------------------------------------------------------------ operations


async def test_an_operation_is_answered(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    asking = asyncio.create_task(world.client.call(protocol.STAFF_ME, Nothing()))
    question = await world.question()
    assert (question.event, question.given, question.meta["lang"]) == ("staff.me", {}, "en")
    assert "idempotency_key" not in question.meta
    question.reply(world.gateway.welcome)
    assert (await asking).cursor == 10


async def test_a_refusal_keeps_its_code_its_sentence_and_its_reference(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    asking = asyncio.create_task(world.client.call(protocol.CALLS_RETRY, CallCommand(call_id=1)))
    (await world.question()).refuse("call_being_worked")
    with pytest.raises(OperationRefusedError) as refused:
        await asking
    assert refused.value.trouble == Trouble("call_being_worked", {}, "No.", "7F-2C-19")


@pytest.mark.expects_log("answer_invalid")
@pytest.mark.parametrize(
    "answer",
    [(), (None,), ("ok",), ({},), ({"ok": True},), ({"ok": True, "data": {"protocol": "x"}},), ({"ok": False},),
     ({"ok": False, "error": {"code": 5}},), ({"ok": True, "data": []}, 2)],
)  # fmt: skip
async def test_an_answer_cut_short_is_told_as_that(world: World, answer: tuple[Any, ...]) -> None:
    await world.client.connect(CREDENTIALS)
    asking = asyncio.create_task(world.client.call(protocol.STAFF_ME, Nothing()))
    (await world.question()).answer.set_result(answer)
    with pytest.raises(AnswerInvalidError):
        await asking
    assert world.client.is_live


async def test_a_command_cut_off_is_sent_again_with_the_same_key(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    asking = asyncio.create_task(world.client.call(protocol.CALLS_RETRY, CallCommand(call_id=1)))
    first = await world.question()
    world.gateway.line.break_off()
    await world.clock.advance(0.5)
    second = await world.question()
    assert second.meta["idempotency_key"] == first.meta["idempotency_key"]
    assert second.given == first.given
    second.reply(call(1).model_dump(mode="json"))
    assert (await asking).call_id == 1


async def test_a_command_that_is_not_answered_is_asked_again_on_a_new_line(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    asking = asyncio.create_task(world.client.call(protocol.CALLS_RETRY, CallCommand(call_id=1), timeout_s=5))
    await world.question()
    await world.clock.advance(5)
    await world.clock.advance(0.5)
    assert len(world.gateway.lines) == 2
    (await world.question()).reply(call(1).model_dump(mode="json"))
    assert (await asking).call_id == 1


async def test_a_command_whose_answer_cannot_be_had_says_so_in_the_end(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    asking = asyncio.create_task(world.client.call(protocol.CALLS_RETRY, CallCommand(call_id=1)))
    await world.question()
    world.gateway.refusal = ConnectFailedError("gateway_refused")
    world.gateway.line.break_off()
    await world.clock.advance(95)
    with pytest.raises(OutcomeUnknownError):
        await asking


async def test_a_command_cut_off_by_a_person_says_that_its_end_is_not_known(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    asking = asyncio.create_task(world.client.call(protocol.CALLS_RETRY, CallCommand(call_id=1)))
    await world.question()
    await world.client.close()
    with pytest.raises(OutcomeUnknownError):
        await asking


async def test_two_commands_have_two_keys(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    asking = [
        asyncio.create_task(world.client.call(protocol.CALLS_RETRY, CallCommand(call_id=1))) for _ in range(2)
    ]
    await settle()
    keys = {question.meta["idempotency_key"] for question in world.gateway.line.questions}
    assert len(keys) == 2
    for question in world.gateway.line.questions:
        question.refuse("call_not_found")
    await asyncio.gather(*asking, return_exceptions=True)


async def test_a_read_cut_off_is_left_to_whoever_asked(world: World) -> None:
    await world.client.connect(CREDENTIALS)
    asking = asyncio.create_task(world.client.call(protocol.STAFF_ME, Nothing()))
    await world.question()
    world.gateway.line.break_off()
    with pytest.raises(NotConnectedError) as lost:
        await asking
    assert lost.value.code == "connection_lost"


async def test_without_a_line_nothing_is_sent(world: World) -> None:
    with pytest.raises(NotConnectedError):
        await world.client.call(protocol.CALLS_RETRY, CallCommand(call_id=1))
    await world.client.connect(CREDENTIALS)
    world.gateway.line.break_off()
    with pytest.raises(NotConnectedError):
        await world.client.call(protocol.CALLS_RETRY, CallCommand(call_id=1))
    assert world.gateway.line.questions == []

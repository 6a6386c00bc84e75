"""Every way YCLIENTS' answer to an activation can go wrong, and where the install ends: one install, one key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.application.records import EntryFacts, EventRecord
from gateway.sandbox.brand import brand_named
from gateway.sandbox.catalogue import Salon
from gateway.sandbox.faults import KINDS
from gateway.sandbox.request_log import fingerprint
from gateway.storage import budget
from shared.vocabulary import PairingMethod
from tests.support.databases import Databases
from tests.support.harness import OTHER_SALON, PARTNER_TOKEN, SALON, Harness, running_harness
from tests.support.waiting import until

CALLS = ("redirect", "callback")
"""Both variants of the activation call, as ACTIVATION_CALL names them."""

LIVES_AT_ONCE = 12
"""More would be late for their time-outs for lack of a processor, not for what YCLIENTS does."""

SHORT_TIMEOUT_S = 3.0
LATE_S = 7.0
"""How long a silent or late partner takes: well over the time a call may take here."""

PATIENCE_S = 40.0
CALMLY_S = 0.2
"""How often one of many salons is looked at."""

RATE_LIMITED = ("429", "429_retry_after")
ACCEPTED = (
    "301_location", "301_bare", "302", "200_json", "200_html", "201_empty", "204", "short_body", "cut_json",
    "huge_body",
)  # fmt: skip
REFUSED = {
    "400_aggregator": "aggregator_not_found",
    "403_foreign": "not_requested",
    "403_installed": "not_requested",
    "404": "not_requested",
    "422": "rejected",
}
UNDONE = ("500", "502", "503", "hang", "reset_before")
DONE_UNHEARD = ("stall", "reset_after")
UNCONFIRMED = ("500", "502", "200_html", "cut_json", "short_body", "reset_before", "hang")
SHAPES = ("meta_object", "meta_list", "meta_absent", "string_ids")
HOLLOW = ("301_bare", "200_html", "204")

HEARD: dict[str, tuple[int | None, str | None]] = {
    "301_location": (301, None), "301_bare": (301, None), "302": (302, None), "200_json": (200, None),
    "200_html": (200, None), "201_empty": (201, None), "204": (204, None), "huge_body": (200, "too_large"),
    "400_aggregator": (400, None), "403_foreign": (403, None), "403_installed": (403, None), "404": (404, None),
    "422": (422, None), "429": (429, None), "429_retry_after": (429, None), "500": (500, None), "502": (502, None),
    "503": (503, None), "hang": (None, "timeout"), "stall": (None, "timeout"), "reset_before": (None, "reset"),
    "reset_after": (None, "reset"),
}  # fmt: skip
"""What is kept of the faulty answer: status and failure."""


# -- many salons, each with a fault of its own, in one gateway ----------------------------------------


@dataclass(frozen=True, slots=True)
class Meeting:
    """One fault and where a salon's activation meets it."""

    kind: str
    on: str = "call"
    """`call` is the first activation call, whichever variant that is; else the name of an operation."""

    effect: bool | None = None
    """Whether the call is carried out all the same; None leaves it to the fault."""

    end: str = "active"
    """Where it leads: `active` at once, `delayed`, or `refused`."""


@dataclass(slots=True)
class Story:
    """What was seen of one salon until, in the end, it was active."""

    salon_id: int
    waited: dict[str, Any] = field(default_factory=dict)
    """The page's snapshot while the fault stood, when it did not lead to active at once."""

    waited_row: dict[str, Any] = field(default_factory=dict)
    waited_at_partner: str = ""
    attempts: list[dict[str, Any]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    row: dict[str, Any] = field(default_factory=dict)
    calls_under_way: int = 0
    counted: dict[str, Any] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    sent_marks: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    failure: BaseException | None = None


MEETINGS = (
    *(Meeting(kind) for kind in ACCEPTED),
    *(Meeting(kind, end="refused") for kind in REFUSED),
    *(Meeting(kind, end="delayed") for kind in (*UNDONE, *DONE_UNHEARD)),
    *(Meeting(kind, on="status", end="delayed") for kind in UNCONFIRMED),
    *(Meeting(kind, on="*") for kind in SHAPES),
    Meeting("403_installed", effect=True),
)
HOLLOW_MEETINGS = tuple(Meeting(kind, effect=False) for kind in HOLLOW)
Lived = tuple[str, dict[Meeting, Story]]


@pytest.fixture(scope="module", params=CALLS)
def lived(request: pytest.FixtureRequest, databases: Databases) -> Lived:
    """The stories of one variant of the call, lived at once. The limits are out of account; they have a test below."""
    call = request.param
    hollow_ends = "active" if call == "redirect" else "delayed"
    meetings = (*MEETINGS, *(Meeting(each.kind, effect=False, end=hollow_ends) for each in HOLLOW_MEETINGS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(budget, "PER_SECOND", 1000)
        patch.setattr(budget, "PER_MINUTE", 100_000)
        stories = asyncio.run(live_all(call, meetings, databases))
    return call, stories


async def live_all(call: str, meetings: Sequence[Meeting], databases: Databases) -> dict[Meeting, Story]:
    url = await databases.fresh()
    stories = {meeting: Story(700_001 + number) for number, meeting in enumerate(meetings)}
    async with without_limits(url, call) as harness:
        for story in stories.values():
            harness.sandbox.market.add_salon(a_salon(story.salon_id))
        some_at_once = asyncio.Semaphore(LIVES_AT_ONCE)

        async def lived(meeting: Meeting, story: Story) -> None:
            async with some_at_once:
                await live(harness, call, meeting, story)

        lives = [lived(meeting, story) for meeting, story in stories.items()]
        ends = await asyncio.gather(*lives, return_exceptions=True)
    await databases.drop(url)
    for story, end in zip(stories.values(), ends, strict=True):
        story.failure = end
    return stories


@asynccontextmanager
async def without_limits(database_url: str, call: str) -> AsyncIterator[Harness]:
    unlimited = {"enforce_limits": False}
    running = running_harness(
        database_url, sandbox_config=unlimited, partner_timeout_s=SHORT_TIMEOUT_S, activation_call=call
    )
    async with running as harness:
        yield harness


async def live(harness: Harness, call: str, meeting: Meeting, story: Story) -> None:
    """Connect, scan, meet the fault. Then it is gone, and what waited comes due or the owner connects again."""
    salon_id = story.salon_id
    token = await harness.link(salon_id)
    fault = harness.sandbox.market.faults.put(
        meeting.kind, operation=name_of(call) if meeting.on == "call" else meeting.on, salon_id=salon_id,
        effect=meeting.effect, seconds=LATE_S, megabytes=1,
    )  # fmt: skip
    await harness.scan(token, salon_id)
    if meeting.end != "active":
        wait = refused if meeting.end == "refused" else delayed
        story.waited = await wait(harness, token, salon_id)
        story.waited_row = await harness.install_row(salon_id)
        story.waited_at_partner = harness.sandbox.market.status(salon_id).value
        harness.sandbox.market.faults.clear(fault.id)
        await come_due(harness, salon_id)
        if meeting.end == "refused":
            token = await harness.link(salon_id)
    await until(lambda: stands(harness, salon_id, "active"), timeout_s=PATIENCE_S, every_s=CALMLY_S)
    await look_back(harness, story)


async def look_back(harness: Harness, story: Story) -> None:
    """Note everything that can be known of a salon, on the partner's side and on ours."""
    market, salon_id = harness.sandbox.market, story.salon_id
    story.attempts = await attempts(harness, salon_id)
    story.events = [event.type for event in await harness.gateway.events.of_salon(salon_id)]
    story.row = await harness.install_row(salon_id)
    under_way = "SELECT id FROM partner_calls WHERE install_id = %s AND finished_at IS NULL"
    story.calls_under_way = len(await harness.rows(under_way, story.row["id"]))
    story.counted = market.report()["salons"][str(salon_id)]
    story.keys = market.api_keys(salon_id)
    story.sent_marks = marks_of_sent_keys(harness, salon_id)
    story.leaked = await leaked_secrets(harness, salon_id)


def told_of(lived: Lived, meeting: Meeting) -> tuple[str, Story]:
    """Return the operation and the story of a fault; what went wrong while it was lived is raised here."""
    call, stories = lived
    story = next(
        found for each, found in stories.items() if (each.kind, each.on, each.effect) == _key(meeting)
    )
    if story.failure is not None:
        raise story.failure
    ends_with_one_install_and_one_key(story)
    return name_of(call), story


def _key(meeting: Meeting) -> tuple[str, str, bool | None]:
    return meeting.kind, meeting.on, meeting.effect


def ends_with_one_install_and_one_key(story: Story) -> None:
    """The end that every story must have, looked at from both sides."""
    assert (story.counted["installs"], story.counted["activations"]) == (1, 1)
    assert len(story.keys) == 1
    assert set(story.sent_marks) == {fingerprint(story.keys[0])}, "every call carries the same key"
    row = story.row
    assert (row["partner_state"], row["generation"], row["error_code"]) == ("active", 1, None)
    assert story.calls_under_way == 0
    assert story.leaked == [], "no secret is kept with the attempts or told in the event log"


def faulty_answer_is_kept(first: dict[str, Any], kind: str) -> None:
    """The attempt that met the fault keeps status, headers, first bytes and how long it took."""
    assert first["latency_ms"] >= (SHORT_TIMEOUT_S * 1000 - 50 if kind in ("hang", "stall") else 0)
    assert first["started_at"] <= first["finished_at"]
    if kind not in ("short_body", "cut_json"):  # these break whatever the true answer was
        assert (first["http_status"], first["failure"]) == HEARD[kind]
    status = first["http_status"]
    if status is None:
        assert (first["headers"], first["body_head"]) == ({}, "")
    elif status not in (201, 204):
        assert first["body_head"]
        assert first["headers"]["content-type"]


def test_every_fault_of_the_sandbox_is_tried() -> None:
    tried = {meeting.kind for meeting in MEETINGS}
    assert tried | {*RATE_LIMITED, "401"} == {kind.name for kind in KINDS}


@pytest.mark.parametrize("kind", ACCEPTED)
def test_an_odd_acceptance_is_confirmed_and_active_after_one_call(lived: Lived, kind: str) -> None:
    """Incident I-01: HTML, redirects and empty bodies were taken for failures, and the key was dropped."""
    operation, story = told_of(lived, Meeting(kind))
    assert steps(story.attempts) == [(operation, "accepted"), ("status", "status_active")]
    faulty_answer_is_kept(story.attempts[0], kind)
    assert "activation_delayed" not in story.events
    assert len(story.sent_marks) == 1


@pytest.mark.parametrize("kind", REFUSED)
def test_a_refusal_needs_a_person_and_connecting_again_heals_it_with_the_same_key(
    lived: Lived, kind: str
) -> None:
    """Incident I-02: nobody has to scan again once the partner has repaired its side."""
    operation, story = told_of(lived, Meeting(kind))
    partner = story.waited["partner"]
    assert (partner["state"], partner["error"]) == ("refused", REFUSED[kind])
    assert story.attempts[0]["operation"] == operation
    faulty_answer_is_kept(story.attempts[0], kind)
    assert story.waited_row["error_text"] == the_partners_words(kind)
    assert "activation_refused" in story.events
    assert len(story.sent_marks) == 2


def the_partners_words(kind: str) -> str:
    """Return the partner's own sentence of a refusal, for staff to copy."""
    brand = brand_named("yclients")
    return {
        "400_aggregator": brand.aggregator, "403_foreign": brand.forbidden, "403_installed": brand.already_installed,
    }.get(kind, brand.failed)  # fmt: skip


def test_already_installed_is_a_success_when_the_status_says_so(lived: Lived) -> None:
    """Incident I-01: 403 «уже установил» undid the install although YCLIENTS held it active."""
    operation, story = told_of(lived, Meeting("403_installed", effect=True))
    assert steps(story.attempts) == [(operation, "already_installed_or_refused"), ("status", "status_active")]


@pytest.mark.parametrize("kind", UNDONE)
def test_trouble_at_the_partner_waits_and_is_tried_again_with_the_same_key(lived: Lived, kind: str) -> None:
    operation, story = told_of(lived, Meeting(kind))
    shown = story.waited
    assert (shown["stage"], shown["partner"]["error"]) == ("activating", "partner_unavailable")
    assert wait_s(shown) <= 6
    assert "activation_delayed" in story.events
    faulty_answer_is_kept(story.attempts[0], kind)
    assert [each["operation"] for each in story.attempts] == [operation, "status", operation, "status"]
    assert kind == "hang" or len(story.sent_marks) == 2  # the sandbox logs a hanging call when it is over


@pytest.mark.parametrize("kind", DONE_UNHEARD)
def test_an_effect_nobody_heard_of_is_found_by_the_status_and_never_called_for_twice(
    lived: Lived, kind: str
) -> None:
    operation, story = told_of(lived, Meeting(kind))
    assert story.waited["partner"]["error"] == "partner_unavailable"
    assert story.waited_at_partner == "active"
    faulty_answer_is_kept(story.attempts[0], kind)
    assert steps(story.attempts) == [(operation, "retry"), ("status", "status_active")]
    assert story.counted["by_install"][0]["callback_calls"] == 1


@pytest.mark.parametrize("kind", UNCONFIRMED)
def test_acceptance_that_cannot_be_confirmed_waits_and_is_not_repeated(lived: Lived, kind: str) -> None:
    """The call went through, the status read did not: only the read is done again."""
    operation, story = told_of(lived, Meeting(kind, on="status"))
    assert story.waited["partner"]["error"] == "unknown_outcome"
    assert (story.waited_at_partner, story.waited_row["partner_state"]) == ("active", "calling")
    assert [each["operation"] for each in story.attempts] == [operation, "status", "status"]
    assert steps(story.attempts)[-1] == ("status", "status_active")
    assert story.counted["by_install"][0]["callback_calls"] == 1


@pytest.mark.parametrize("kind", SHAPES)
def test_the_shapes_the_partner_documents_differently_are_all_understood(lived: Lived, kind: str) -> None:
    operation, story = told_of(lived, Meeting(kind, on="*"))
    assert steps(story.attempts) == [(operation, "accepted"), ("status", "status_active")]


@pytest.mark.parametrize("kind", HOLLOW)
def test_an_acceptance_without_effect_is_said_again_and_not_believed(lived: Lived, kind: str) -> None:
    """The redirect variant is meant for a browser; when it did nothing, the other variant is called at once."""
    operation, story = told_of(lived, Meeting(kind, effect=False))
    hollow = [(operation, "accepted"), ("status", "status_pending")]
    if operation == "callback_redirect":
        assert steps(story.attempts) == [*hollow, ("callback", "accepted"), ("status", "status_active")]
        return
    assert (story.waited["stage"], story.waited["partner"]["error"]) == ("activating", "unknown_outcome")
    again = [("status", "status_pending"), ("callback", "accepted"), ("status", "status_active")]
    assert steps(story.attempts) == [*hollow, *again]


# -- what the tests look at --------------------------------------------------------------------------


def a_salon(salon_id: int) -> Salon:
    return Salon(salon_id, f"Салон {salon_id}", "Тверь", "", "", "Europe/Moscow")


def wait_s(snapshot: dict[str, Any]) -> float:
    """Return how long the page says the next attempt is away, in seconds."""
    times = (snapshot["partner"]["next_attempt_at"], snapshot["server_time"])
    due, now = (datetime.fromisoformat(each) for each in times)
    return (due - now) / timedelta(seconds=1)


async def delayed(harness: Harness, token: str, salon_id: int = SALON) -> dict[str, Any]:
    """Wait until the activation is put off and return the page's snapshot of it."""

    async def look() -> dict[str, Any] | None:
        snapshot = await harness.state(token, salon_id)
        return snapshot if snapshot["partner"]["delayed"] else None

    seen = await until(look, what=f"activation of {salon_id} put off", timeout_s=PATIENCE_S, every_s=CALMLY_S)
    assert seen is not None
    return seen


async def refused(harness: Harness, token: str, salon_id: int = SALON) -> dict[str, Any]:
    """Wait until a person is needed and return the page's snapshot of it."""
    await until(lambda: stands(harness, salon_id, "refused"), timeout_s=PATIENCE_S, every_s=CALMLY_S)
    return await harness.state(token, salon_id)


async def stands(harness: Harness, salon_id: int, state: str) -> bool:
    return bool((await harness.install_row(salon_id))["partner_state"] == state)


async def come_due(harness: Harness, salon_id: int | None = None) -> None:
    """Let the waiting time of one salon's activation be over, or of all."""
    statement = """
        UPDATE partner_calls SET next_attempt_at = now()
        WHERE state = 'waiting' AND (%s::bigint IS NULL OR install_id IN (
            SELECT i.id FROM installs i JOIN companies c ON c.id = i.company_id WHERE c.yclients_id = %s))
    """
    await harness.gateway.storage.write(lambda tx: tx.count(statement, salon_id, salon_id))


async def a_minute_later(harness: Harness) -> None:
    """Let the limits be unused, the next look at a refused token due, and every waiting time over."""
    statement = """
        UPDATE partner_budget SET granted_at = '{}', blocked_until = NULL,
            refused_probe_at = now() - interval '2 minutes'
    """
    await come_due(harness)
    await harness.gateway.storage.write(lambda tx: tx.count(statement))


async def repaired(harness: Harness) -> None:
    """YCLIENTS answers properly again, and the time of the next attempt has come."""
    harness.sandbox.market.faults.clear()
    await a_minute_later(harness)


async def attempts(harness: Harness, salon_id: int = SALON) -> list[dict[str, Any]]:
    """Return every attempt kept of a salon, in order."""
    statement = """
        SELECT a.* FROM partner_attempts a JOIN partner_calls p ON p.id = a.call_id
        JOIN installs i ON i.id = p.install_id JOIN companies c ON c.id = i.company_id
        WHERE c.yclients_id = %s ORDER BY p.id, a.number
    """
    return await harness.rows(statement, salon_id)


def steps(kept: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["operation"], each["verdict"]) for each in kept]


def name_of(call: str) -> str:
    return "callback_redirect" if call == "redirect" else "callback"


def marks_of_sent_keys(harness: Harness, salon_id: int) -> list[str]:
    """Return the mark of the api_key of each activation that arrived, whether it was carried out or not."""
    return [
        json.loads(entry.request_body)["api_key"]
        for entry in harness.sandbox.market.log.entries()
        if entry.operation.startswith("callback") and entry.salon_id == salon_id
    ]


async def leaked_secrets(harness: Harness, salon_id: int) -> list[str]:
    """Return the secrets that stand in what is kept of the calls or told in the event log; there must be none."""
    market = harness.sandbox.market
    paths = [url.rsplit("/", 1)[1] for url in market.link(salon_id).webhook_urls]
    tables = ("partner_attempts", "partner_calls", "marketplace_events")
    kept = "\n".join([str(await harness.rows(f"SELECT * FROM {table}")) for table in tables])
    return [secret for secret in (PARTNER_TOKEN, *market.api_keys(salon_id), *paths) if secret in kept]


async def one_install_with_one_key(harness: Harness, salon_id: int = SALON) -> None:
    """The end that every install must come to."""
    story = Story(salon_id)
    await look_back(harness, story)
    ends_with_one_install_and_one_key(story)
    assert harness.sandbox.market.report()["complaints"] == []


@asynccontextmanager
async def faulty_gateway(
    database_url: str, call: str, kind: str, **fault: Any
) -> AsyncIterator[tuple[Harness, str]]:
    """Run a gateway whose salon has scanned the QR while YCLIENTS answers activations with a fault."""
    async with without_limits(database_url, call) as harness:
        token = await harness.link()
        await a_minute_later(harness)
        harness.sandbox.market.faults.put(kind, operation=name_of(call), **fault)
        await harness.scan(token)
        yield harness, token


# -- one fault that concerns everybody, or takes its time ---------------------------------------------


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", RATE_LIMITED)
async def test_too_many_requests_pause_everybody_for_as_long_as_the_partner_asks(
    database_url: str, call: str, kind: str
) -> None:
    asked_s = 90.0 if kind == "429_retry_after" else 0.0
    async with faulty_gateway(database_url, call, kind, seconds=asked_s) as (harness, token):
        shown = await delayed(harness, token)
        assert shown["partner"]["error"] == "rate_limited"
        assert asked_s - PATIENCE_S < wait_s(shown) <= max(asked_s, 6)
        pauses = "SELECT extract(epoch FROM blocked_until - now()) AS seconds FROM partner_budget"
        paused_s = (await harness.rows(pauses))[0]["seconds"]
        assert asked_s - PATIENCE_S < paused_s <= max(asked_s, 5)
        faulty_answer_is_kept((await attempts(harness))[0], kind)

        await repaired(harness)
        await harness.reaches(token, "active")
        await one_install_with_one_key(harness)


async def test_trouble_of_the_fall_back_call_is_waited_out_too(database_url: str) -> None:
    async with faulty_gateway(database_url, "redirect", "200_html", effect=False) as (harness, token):
        harness.sandbox.market.faults.put("503", operation="callback")
        shown = await delayed(harness, token)
        assert shown["partner"]["error"] == "partner_unavailable"
        await repaired(harness)
        await harness.reaches(token, "active")
        await one_install_with_one_key(harness)


async def test_waiting_times_grow_with_each_failed_try(database_url: str) -> None:
    """5 s, 30 s, 2 min, 10 min: a try is a call with the status read that belongs to it, never half of one."""
    async with faulty_gateway(database_url, "redirect", "500") as (harness, token):
        for failures, step_s in enumerate((5, 30, 120, 600), start=1):
            waited_s = await wait_after_failure(harness, failures)
            assert 0.8 * step_s - 0.1 <= waited_s <= 1.2 * step_s + 0.1
            await a_minute_later(harness)
        await repaired(harness)
        await harness.reaches(token, "active")


async def wait_after_failure(harness: Harness, failures: int) -> float:
    """Return the waiting time chosen after the given failed try."""

    async def look() -> list[EventRecord]:
        events = await harness.gateway.events.of_salon(SALON)
        return [event for event in events if event.type == "activation_delayed"][failures - 1 :]

    event = (await until(look, what=f"failure {failures}"))[0]
    wait: timedelta = datetime.fromisoformat(event.data["next_attempt_at"]) - event.at
    return wait / timedelta(seconds=1)


async def test_after_three_days_of_trouble_a_person_is_asked(database_url: str) -> None:
    async with faulty_gateway(database_url, "redirect", "500") as (harness, token):
        await delayed(harness, token)
        await harness.gateway.storage.write(
            lambda tx: tx.count("UPDATE partner_calls SET first_attempt_at = now() - interval '73 hours'")
        )
        await come_due(harness)
        shown = await harness.reaches(token, "attention")
        assert (shown["partner"]["state"], shown["partner"]["error"]) == ("expired", "expired")


async def test_one_salons_silent_partner_does_not_hold_up_another_salon(database_url: str) -> None:
    async with without_limits(database_url, "redirect") as harness:
        mine, theirs = await harness.link(SALON), await harness.link(OTHER_SALON)
        await a_minute_later(harness)
        harness.sandbox.market.faults.put(
            "hang", operation="callback_redirect", salon_id=SALON, seconds=LATE_S
        )
        await harness.scan(mine, SALON)
        await until(lambda: is_called(harness), what="the first call is under way")
        await harness.scan(theirs, OTHER_SALON)
        await harness.reaches(theirs, "active", OTHER_SALON)
        assert (await harness.install_row(SALON))["partner_state"] == "calling"
        assert "activation_delayed" not in [
            event.type for event in await harness.gateway.events.of_salon(SALON)
        ]
        await delayed(harness, mine)


async def is_called(harness: Harness) -> bool:
    return bool(harness.sandbox.market.report()["calls"].get("callback_redirect"))


# -- the token ---------------------------------------------------------------------------------------

MANY = range(500_001, 500_021)
A_HANDFUL = 12


@pytest.fixture
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let as many calls through as anybody wants."""
    monkeypatch.setattr(budget, "PER_SECOND", 1000)
    monkeypatch.setattr(budget, "PER_MINUTE", 100_000)


@pytest.mark.usefixtures("no_limits")
async def test_a_refused_token_pauses_every_activation_with_one_alarm_and_all_go_through_once_it_is_accepted(
    database_url: str,
) -> None:
    """Incident I-76 and J9: a wrong token must not become hundreds of failed installs."""
    async with without_limits(database_url, "redirect") as harness:
        market = harness.sandbox.market
        await asyncio.gather(*(shown_without_a_call(harness, salon_id) for salon_id in MANY))
        market.faults.put("401", operation="callback_redirect")
        await asyncio.gather(*(scanned(harness, salon_id) for salon_id in MANY))
        await until(lambda: all_wait(harness), what="every salon waits for the partner")
        for _ in range(3):
            await come_due(harness)
            await until(lambda: nothing_in_hand(harness), what="the worker has looked again")
        assert 1 <= market.report()["calls"]["callback_redirect"] <= A_HANDFUL
        refusals = await harness.rows("SELECT data FROM marketplace_events WHERE type = 'token_refused'")
        assert len(refusals) == 1
        assert PARTNER_TOKEN not in str(refusals)
        assert await states(harness) != {"refused": len(MANY)}

        market.faults.clear()
        await a_minute_later(harness)
        await until(lambda: token_is_accepted(harness), what="the token is accepted again")
        await come_due(harness)
        await until(lambda: all_active(harness), what="every salon active", timeout_s=PATIENCE_S)
        salons = market.report()["salons"]
        for salon_id in MANY:
            assert (salons[str(salon_id)]["activations"], len(market.api_keys(salon_id))) == (1, 1)


async def shown_without_a_call(harness: Harness, salon_id: int) -> None:
    """Connect a salon and show its QR without a single call to YCLIENTS."""
    harness.sandbox.market.add_salon(a_salon(salon_id))
    harness.sandbox.market.connect(salon_id)
    facts = EntryFacts(salon_id, "Салон", None, None, "pending", signed=True, owner_user_id=9001)
    await harness.gateway.installs.open_for_entry(facts)
    await harness.gateway.sessions.ensure(salon_id, pairing=PairingMethod.QR)


async def scanned(harness: Harness, salon_id: int) -> None:
    answer = await harness.phone("scan", salon_id)
    assert answer.status_code == 200, answer.text


async def states(harness: Harness) -> dict[str, int]:
    rows = await harness.rows("SELECT partner_state, count(*) AS n FROM installs GROUP BY partner_state")
    return {row["partner_state"]: row["n"] for row in rows}


async def all_wait(harness: Harness) -> bool:
    now = await states(harness)
    return now.get("queued", 0) + now.get("calling", 0) == len(MANY) and await token_is_refused(harness)


async def all_active(harness: Harness) -> bool:
    return await states(harness) == {"active": len(MANY)}


async def token_is_refused(harness: Harness) -> bool:
    return bool(await harness.rows("SELECT 1 AS one FROM partner_budget WHERE refused_at IS NOT NULL"))


async def token_is_accepted(harness: Harness) -> bool:
    return bool(await harness.rows("SELECT id FROM marketplace_events WHERE type = 'token_accepted'"))


async def nothing_in_hand(harness: Harness) -> bool:
    """Whether everything the worker had tried is put back."""
    return not await harness.rows("SELECT id FROM partner_calls WHERE claimed_by IS NOT NULL")


async def refused_and_put_back(harness: Harness) -> bool:
    return await token_is_refused(harness) and await nothing_in_hand(harness)


async def test_a_call_of_unknown_outcome_keeps_that_while_the_token_is_refused(database_url: str) -> None:
    """The effect stands at the partner; a refused status read must not make us call again blindly."""
    async with faulty_gateway(database_url, "redirect", "reset_after") as (harness, token):
        await delayed(harness, token)
        harness.sandbox.market.faults.put("401", operation="status")
        await come_due(harness)
        await until(lambda: refused_and_put_back(harness), what="the read was refused")
        assert (await harness.rows("SELECT outcome_unknown, error_code FROM partner_calls")) == [
            {"outcome_unknown": True, "error_code": "token_refused"}
        ]
        await repaired(harness)
        await harness.reaches(token, "active")
        assert harness.sandbox.market.report()["calls"]["callback_redirect"] == 1
        await one_install_with_one_key(harness)


async def test_any_answer_but_401_shows_that_the_token_is_good_again(database_url: str) -> None:
    """Not only an install that becomes active ends the pause: one rejected salon must not hold up the others."""
    async with faulty_gateway(database_url, "redirect", "401") as (harness, token):
        await until(lambda: refused_and_put_back(harness), what="the call was refused")
        harness.sandbox.market.faults.clear()
        harness.sandbox.market.faults.put("422", operation="callback_redirect")
        await a_minute_later(harness)
        await harness.reaches(token, "attention")
        assert await token_is_accepted(harness)
        assert not await token_is_refused(harness)


async def test_a_forbidden_status_read_is_our_configuration_and_pauses_everything(
    database_url: str,
) -> None:
    """403 on a read says that the application is not the token's: no salon can do anything about it."""
    async with faulty_gateway(database_url, "redirect", "500") as (harness, token):
        await delayed(harness, token)
        harness.sandbox.market.faults.clear()
        harness.sandbox.market.faults.put("403_foreign", operation="status")
        await come_due(harness)
        await until(lambda: refused_and_put_back(harness), what="the read was refused")
        await repaired(harness)
        await harness.reaches(token, "active")
        await one_install_with_one_key(harness)


# -- applications and limits -------------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS)
async def test_a_private_application_is_active_on_consent_and_is_found_so(
    database_url: str, call: str
) -> None:
    config = {"private_app": True}
    async with running_harness(database_url, sandbox_config=config, activation_call=call) as harness:
        token = await harness.link()
        await harness.scan(token)
        await harness.reaches(token, "active")
        found = [(name_of(call), "already_installed_or_refused"), ("status", "status_active")]
        assert steps(await attempts(harness)) == found
        await one_install_with_one_key(harness)


async def test_the_partners_limits_are_never_reached_however_many_salons_connect_at_once(
    harness: Harness,
) -> None:
    market, salons = harness.sandbox.market, range(600_001, 600_013)
    for salon_id in salons:
        market.add_salon(a_salon(salon_id))
    tokens = await asyncio.gather(*(harness.link(salon_id) for salon_id in salons))
    owners = list(zip(tokens, salons, strict=True))
    await asyncio.gather(*(harness.scan(token, salon_id) for token, salon_id in owners))
    for token, salon_id in owners:
        await harness.reaches(token, "active", salon_id, timeout_s=PATIENCE_S)
    report = market.report()
    assert report["calls_total"] >= 4 * len(salons)
    assert report["max_per_second"] <= 5
    assert report["max_per_minute"] <= 200
    assert (report["limited"], report["answers"].get("429", 0)) == (0, 0)
    for salon_id in salons:
        counted = report["salons"][str(salon_id)]
        assert (counted["activations"], len(market.api_keys(salon_id))) == (1, 1)

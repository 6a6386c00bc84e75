"""The partner client against the real sandbox: every call with every fault, and what the sandbox thinks of us."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from gateway.clock import SystemClock
from gateway.domain.partner_answers import (
    ActivationBody,
    ActivationCall,
    FailureKind,
    PartnerAnswer,
    PartnerError,
    PartnerStatus,
    Priority,
    Verdict,
    classify_activation,
)
from gateway.sandbox.app import Sandbox
from gateway.sandbox.faults import KINDS
from gateway.yclients.client import YclientsClient
from tests.support.harness import APPLICATION_ID, PARTNER_TOKEN, SALON, running_sandbox

ACCEPT = "application/vnd.yclients.v2+json"
API_KEY = "0123456789abcdef" * 4
WEBHOOK_URL = "https://ai-admin.example/webhook/yclients/" + "k" * 43
LATE_S = 2.0
PATIENCE_S = 0.4
"""How long the client waits for one of the faults that never answer; every other call is given plenty."""

SILENT = ("hang", "stall")
WHOLE = ("meta_object", "meta_list", "meta_absent", "string_ids")
K = FailureKind

READS: dict[str, FailureKind] = {
    "401": K.UNAUTHORIZED, "403_foreign": K.FORBIDDEN, "403_installed": K.FORBIDDEN, "400_aggregator": K.GARBLED,
    "404": K.NOT_FOUND, "422": K.GARBLED, "429": K.RATE_LIMITED, "429_retry_after": K.RATE_LIMITED,
    "500": K.SERVER_ERROR, "502": K.SERVER_ERROR, "503": K.SERVER_ERROR, "hang": K.TIMEOUT, "stall": K.TIMEOUT,
    "reset_before": K.UNREACHABLE, "reset_after": K.UNREACHABLE, "huge_body": K.GARBLED, "200_html": K.GARBLED,
    "200_json": K.GARBLED, "201_empty": K.GARBLED, "204": K.GARBLED, "301_location": K.GARBLED, "301_bare": K.GARBLED,
    "302": K.GARBLED, "cut_json": K.GARBLED, "short_body": K.UNREACHABLE,
}  # fmt: skip
"""Why a read under this fault gives nothing; the shapes that are not here give the whole answer."""

V = Verdict
ACTIVATIONS: dict[str, Verdict] = {
    "401": V.TOKEN_REFUSED, "403_foreign": V.ALREADY_INSTALLED_OR_REFUSED,
    "403_installed": V.ALREADY_INSTALLED_OR_REFUSED, "400_aggregator": V.AGGREGATOR_NOT_FOUND, "404": V.NOT_FOUND,
    "422": V.REJECTED, "429": V.RATE_LIMITED, "429_retry_after": V.RATE_LIMITED, "500": V.RETRY, "502": V.RETRY,
    "503": V.RETRY, "hang": V.RETRY, "stall": V.RETRY, "reset_before": V.RETRY, "reset_after": V.RETRY,
}  # fmt: skip
"""What an activation's answer under this fault means; under all others it is accepted."""

NO_EFFECT = {kind.name for kind in KINDS if not kind.effect}


@dataclass
class OpenLimiter:
    """Lets everybody through and remembers the pauses the partner asked for."""

    paused_s: list[float] = field(default_factory=list)

    async def acquire(self, priority: Priority) -> float:
        """Let through."""
        return 0.0

    async def settle(self, place: float, heard: bool | None = None) -> None:
        """Nothing to count."""

    async def pause(self, seconds: float) -> None:
        """Remember."""
        self.paused_s.append(seconds)


@dataclass
class Bench:
    """A sandbox with a consenting salon and a client of its application."""

    sandbox: Sandbox
    url: str
    limiter: OpenLimiter = field(default_factory=OpenLimiter)

    def client(self, kind: str = "", *, token: str = PARTNER_TOKEN) -> YclientsClient:
        """Return a client that is as patient as the fault deserves."""
        return YclientsClient(
            base_url=self.url, token=token, accept=ACCEPT, application_id=APPLICATION_ID, limiter=self.limiter,
            clock=SystemClock(), total_timeout_s=PATIENCE_S if kind in SILENT else 20.0,
        )  # fmt: skip

    def put(self, kind: str) -> None:
        """Switch a fault on for the next call; nothing below 8 MB is enormous for a list of salons."""
        self.sandbox.market.faults.put(kind, count=1, seconds=LATE_S, megabytes=9)

    @property
    def calls(self) -> int:
        """How many calls have arrived."""
        return int(self.sandbox.market.report()["calls_total"])


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with running_sandbox("http://127.0.0.1:1", enforce_limits=False) as (sandbox, url):
        sandbox.market.connect(SALON)
        yield Bench(sandbox, url)


Read = Callable[[YclientsClient], Awaitable[object]]


async def company(client: YclientsClient) -> object:
    return (await client.company(SALON)).title


async def status(client: YclientsClient) -> object:
    return (await client.status(SALON)).status


async def salons(client: YclientsClient) -> object:
    return [item.id for item in (await client.salons(1)).items]


WHOLE_ANSWERS: dict[Read, object] = {company: "Ёлка", status: PartnerStatus.ACTIVE, salons: [SALON]}


def body() -> ActivationBody:
    return ActivationBody(SALON, API_KEY, (WEBHOOK_URL,))


def test_every_fault_of_the_sandbox_is_tried_on_every_call() -> None:
    assert set(READS) | set(WHOLE) == {kind.name for kind in KINDS}
    assert set(ACTIVATIONS) <= set(READS)


@pytest.mark.parametrize("read", WHOLE_ANSWERS, ids=lambda read: read.__name__)
async def test_a_read_gives_the_truth_or_says_why_it_cannot(bench: Bench, read: Read) -> None:
    bench.sandbox.market.connect(SALON)
    async with bench.client() as client:
        await client.activate("callback", body())
    for kind in (each.name for each in KINDS):
        bench.put(kind)
        before = bench.calls
        async with bench.client(kind) as client:
            try:
                seen: object = await read(client)
            except PartnerError as error:
                seen = error.kind
                no_secret_in(error.answer)
        expected = READS.get(kind, WHOLE_ANSWERS[read])
        if (kind, read) == ("404", status):
            expected = PartnerStatus.UNINSTALLED  # the API's own 404: not installed is a reading
        assert seen == expected, kind
        assert bench.calls == before + 1, f"{kind}: a redirect was followed or a call repeated"


@pytest.mark.parametrize("call", ["redirect", "callback"])
async def test_an_activation_is_classified_by_status_and_its_effect_is_never_guessed(
    bench: Bench, call: ActivationCall
) -> None:
    """Incidents I-01 and I-02."""
    for kind in (each.name for each in KINDS):
        bench.sandbox.market.reset()
        bench.sandbox.market.switches.enforce_limits = False
        bench.sandbox.market.connect(SALON)
        bench.put(kind)
        async with bench.client(kind) as client:
            answer = await client.activate(call, body())
        assert classify_activation(answer) is ACTIVATIONS.get(kind, Verdict.ACCEPTED), kind
        done = kind not in NO_EFFECT
        assert (bench.sandbox.market.status(SALON) == "active") is done, kind
        if kind in ("hang", "stall", "reset_before", "reset_after", "500", "502", "503"):
            assert answer.is_outcome_unknown, kind
        assert bench.calls == 1, f"{kind}: a redirect was followed or a call repeated"
        no_secret_in(answer)


async def test_uninstall_answers_with_whatever_came_back(bench: Bench) -> None:
    for kind in (each.name for each in KINDS):
        bench.sandbox.market.connect(SALON)
        bench.put(kind)
        async with bench.client(kind) as client:
            answer = await client.uninstall(SALON)
        done = kind not in NO_EFFECT
        assert (bench.sandbox.market.status(SALON) == "uninstalled") is done, kind
        assert (answer.http_status is None) == (kind in (*SILENT, "reset_before", "reset_after")), kind
        no_secret_in(answer)


async def test_the_probe_never_raises(bench: Bench) -> None:
    for kind in (each.name for each in KINDS):
        bench.put(kind)
        async with bench.client(kind) as client:
            result = await client.probe()
        # The probe asks for a list and looks at the envelope alone.
        expected = None if kind in (*WHOLE, "200_json") else READS[kind]
        assert result.kind == expected, kind
        assert (result.http_status is None) == (kind in (*SILENT, "reset_before", "reset_after")), kind


def no_secret_in(answer: PartnerAnswer) -> None:
    kept = f"{answer!r} {answer.body_head} {dict(answer.headers)} {answer.json}"
    assert PARTNER_TOKEN not in kept
    assert API_KEY not in kept
    assert "k" * 43 not in kept


@pytest.mark.parametrize(("kind", "asked_s", "pause_s"), [("429", 0, 5.0), ("429_retry_after", 7, 7.0)])
async def test_the_partners_too_many_pauses_every_caller(
    bench: Bench, kind: str, asked_s: float, pause_s: float
) -> None:
    async with bench.client() as client:
        bench.sandbox.market.faults.put(kind, count=1, seconds=asked_s)
        answer = await client.activate("callback", body())
    assert bench.limiter.paused_s == [pause_s]
    assert answer.retry_after_s == (asked_s or None)


async def test_without_faults_the_whole_life_of_an_install_is_clean(bench: Bench) -> None:
    async with bench.client() as client:
        assert (await client.company(SALON)).city == "Москва"
        assert (await client.status(SALON)).status is PartnerStatus.PENDING
        assert (await client.activate("redirect", body())).http_status == 301
        assert (await client.activate("callback", body())).http_status == 403
        reading = await client.status(SALON)
        assert (reading.status, reading.logs[-1].source) == (PartnerStatus.ACTIVE, "partner_api")
        bench.sandbox.market.expire(SALON)
        assert (await client.status(SALON)).status is PartnerStatus.FREEZED
        bench.sandbox.market.pay(SALON)
        assert [payment.currency_iso for payment in (await client.status(SALON)).payments] == ["RUB"]
        assert (await client.uninstall(SALON)).http_status == 200
        assert (await client.status(SALON)).status is PartnerStatus.UNINSTALLED
        assert (await client.probe()).kind is None
    assert bench.sandbox.market.report()["complaints"] == []
    assert bench.sandbox.market.api_keys(SALON) == [API_KEY]


async def test_a_wrong_token_is_unauthorized_for_every_call(bench: Bench) -> None:
    async with bench.client(token="some-other-token") as client:
        for read in WHOLE_ANSWERS:
            with pytest.raises(PartnerError) as caught:
                await read(client)
            assert caught.value.kind is FailureKind.UNAUTHORIZED
        assert classify_activation(await client.activate("callback", body())) is Verdict.TOKEN_REFUSED
        assert (await client.uninstall(SALON)).http_status == 401
        assert (await client.probe()).kind is FailureKind.UNAUTHORIZED
    assert bench.sandbox.market.status(SALON) == "pending"


async def test_the_list_is_read_page_by_page_to_its_end(bench: Bench) -> None:
    for salon_id in (SALON, 101002, 101003):
        bench.sandbox.market.connect(salon_id)
        async with bench.client() as client:
            await client.activate("callback", ActivationBody(salon_id, API_KEY, ()))
    async with bench.client() as client:
        pages = [await client.salons(page, count=2) for page in (1, 2)]
    assert [[item.id for item in page.items] for page in pages] == [[SALON, 101002], [101003]]
    assert [page.is_last for page in pages] == [False, True]

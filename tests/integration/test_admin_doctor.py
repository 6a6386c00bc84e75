"""The doctor's report in staff's hands: findings, and which PARTNER_TOKEN proved what and when."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from typing import Any

import pytest
from pydantic import SecretStr

from gateway.application.token_witness import TokenMatch, TokenWitness
from gateway.domain.errors import DatabaseUnavailableError
from gateway.domain.signatures import fingerprint
from gateway.storage.database import Storage
from gateway.storage.token_store import TokenMatchStore
from shared.vocabulary import StaffRole
from tests.support.harness import PARTNER_TOKEN, SALON, Harness, running_harness
from tests.support.moments import StillClock
from tests.support.salons import Person
from tests.support.staff import member
from tests.support.waiting import until

PREVIOUS = "previous-token-for-tests-77aa"


async def viewer(harness: Harness) -> Person:
    return Person(harness, await member(harness, StaffRole.VIEWER))


def by_subject(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {check["subject"]: check for check in report["checks"]}


async def matched(person: Person, which: int, by: str) -> dict[str, Any]:
    """Wait until one of the tokens (0 the current, 1 the previous) was seen to prove something."""

    async def look() -> dict[str, Any] | None:
        token: dict[str, Any] = (await person.done("doctor.report", probe=False))["tokens"][which]
        return token if token["last_matched_by"] == by else None

    found = await until(look, what=f"token matched by {by}")
    assert found is not None
    return found


async def calls_after_the_first_sweep(harness: Harness) -> dict[str, int]:
    """Wait until the sweep at the start has asked for the list, and return the calls YCLIENTS counted."""

    async def look() -> dict[str, int] | None:
        calls: dict[str, int] = dict(harness.sandbox.market.report()["calls"])
        return calls if "salons" in calls else None

    found = await until(look, what="the first sweep")
    assert found is not None
    return found


def signature_of(body: bytes, token: str) -> str:
    return hmac.new(token.encode(), body, hashlib.sha256).hexdigest()


async def test_the_report_has_partner_token_first_and_no_secret_in_it(harness: Harness) -> None:
    person = await viewer(harness)
    report = await person.done("doctor.report")
    assert report["checks"][0]["subject"] == "PARTNER_TOKEN"
    assert (report["checks"][0]["code"], report["is_probed"]) == ("token_accepted", True)
    assert by_subject(report)["SIGNATURES"]["code"] == "signatures_ok"
    assert by_subject(report)["MIGRATIONS"]["level"] == "ok"
    current, previous = report["tokens"]
    assert (current["which"], current["fingerprint"]) == ("current", fingerprint(PARTNER_TOKEN))
    assert (current["is_set"], current["problem"]) == (True, None)
    assert (previous["which"], previous["is_set"], previous["problem"]) == ("previous", False, "missing")
    assert (report["refused_since"], report["refused_code"]) == (None, None)
    settings = harness.gateway.settings
    for secret in (settings.partner_token, settings.jwt_secret, settings.data_key):
        assert secret is not None
        assert secret.get_secret_value() not in json.dumps(report)


async def test_without_a_probe_yclients_is_not_asked(harness: Harness) -> None:
    person = await viewer(harness)
    before = await calls_after_the_first_sweep(harness)
    report = await person.done("doctor.report", probe=False)
    assert (report["checks"][0]["code"], report["is_probed"]) == ("token_set", False)
    assert harness.sandbox.market.report()["calls"] == before
    assert "CLOCK" not in by_subject(report)


async def test_a_token_that_yclients_refuses_in_earnest_is_told_with_since_when(harness: Harness) -> None:
    person = await viewer(harness)
    await calls_after_the_first_sweep(harness)
    harness.sandbox.market.faults.put("401")
    await harness.gateway.storage.write(
        lambda tx: tx.count(
            "UPDATE partner_budget SET refused_at = now(), refused_code = 'unauthorized', refused_fingerprint = %s",
            fingerprint(PARTNER_TOKEN),
        )
    )
    report = await person.done("doctor.report")
    assert (report["checks"][0]["level"], report["checks"][0]["code"]) == ("bad", "token_refused_401")
    assert report["refused_code"] == "unauthorized"
    assert report["refused_since"] is not None
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE partner_budget SET refused_fingerprint = 'of-another'")
    )
    assert (await person.done("doctor.report", probe=False))["refused_since"] is None


async def test_what_each_token_proved_last_is_known(database_url: str) -> None:
    async with running_harness(database_url, partner_token_previous=SecretStr(PREVIOUS)) as harness:
        person = await viewer(harness)
        report = await person.done("doctor.report", probe=False)
        assert [token["last_matched_at"] for token in report["tokens"]] == [None, None]
        await harness.enter()
        first = await matched(person, 0, "entry")
        assert first["last_matched_at"] is not None
        webhook = {"event": "ping", "salon_id": SALON}
        assert (await harness.webhook(webhook | {"partner_token": PREVIOUS})).status_code == 200
        await matched(person, 1, "webhook_token")
        body = json.dumps(webhook).encode()
        for which, token in ((0, PARTNER_TOKEN), (1, PREVIOUS)):
            signed = {"X-YClients-Signature": signature_of(body, token)}
            assert (await harness.webhook(body, headers=signed)).status_code == 200
            await matched(person, which, "webhook_signature")
        harness.sandbox.market.expire_due()
        seen = by_subject(await person.done("doctor.report", probe=False))
        assert seen["WEBHOOKS"]["code"] == "webhooks_seen"
        refused = {"X-YClients-Signature": signature_of(body, "nobodys-token")}
        assert (await harness.webhook(body, headers=refused)).status_code == 401
        seen = by_subject(await person.done("doctor.report", probe=False))
        assert (seen["WEBHOOKS"]["level"], seen["WEBHOOKS"]["code"]) == ("warn", "webhooks_refused")
        assert seen["WEBHOOKS"]["params"]["reason"] == "webhook_signature_invalid"


async def test_a_paid_salon_proves_the_token_by_the_payments_own_signature(harness: Harness) -> None:
    person = await viewer(harness)
    await harness.install()
    harness.sandbox.market.pay(SALON)
    await matched(person, 0, "payment")


async def test_connected_salons_without_a_single_webhook_are_told(harness: Harness) -> None:
    person = await viewer(harness)
    assert "WEBHOOKS" not in by_subject(await person.done("doctor.report", probe=False))
    await harness.install()
    assert by_subject(await person.done("doctor.report", probe=False))["WEBHOOKS"]["code"] == "webhooks_never"


class Notes:
    """Takes down what it is told, unless it is away."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.is_away = False

    async def note(self, token_fingerprint: str, match: TokenMatch) -> None:
        if self.is_away:
            raise DatabaseUnavailableError
        self.taken.append((token_fingerprint, match.by))


async def test_a_kind_of_proof_is_written_once_a_minute_and_is_not_lost_while_nothing_can_be_written() -> (
    None
):
    notes, clock = Notes(), StillClock()
    witness = TokenWitness(("one-token", PREVIOUS, None, "bad token"), notes, clock)
    one, other = fingerprint("one-token"), fingerprint(PREVIOUS)

    def saw(by: str, token: str) -> None:
        witness.saw(by, lambda known: known == token.encode())

    async def written() -> None:
        job = asyncio.create_task(witness.run(), name="witness")
        try:
            await asyncio.wait({job}, timeout=0.05)
        finally:
            job.cancel()
            (ended,) = await asyncio.gather(job, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError | DatabaseUnavailableError)

    for _ in range(1000):
        saw("webhook_token", "one-token")
    saw("webhook_token", "nobodys-token")
    saw("entry", PREVIOUS)
    await written()
    assert notes.taken == [(one, "webhook_token"), (other, "entry")]
    clock.move(61)
    notes.is_away = True
    saw("webhook_token", "one-token")
    await written()
    notes.is_away = False
    await written()
    assert notes.taken[2:] == [(one, "webhook_token")]


async def test_a_later_match_is_never_overwritten_by_an_earlier_one(storage: Storage) -> None:
    store, clock = TokenMatchStore(storage), StillClock()
    early = TokenMatch(clock.now(), "entry")
    clock.move(5)
    late = TokenMatch(clock.now(), "payment")
    for match in (early, late, early):
        await store.note("0a1b2c3d", match)
    assert await store.matches(["0a1b2c3d", "none"]) == {"0a1b2c3d": late}


async def test_no_token_is_in_any_line_of_the_log(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    person = await viewer(harness)
    with caplog.at_level(logging.DEBUG, logger="gateway"):
        await harness.enter()
        await person.done("doctor.report")
    assert PARTNER_TOKEN not in caplog.text

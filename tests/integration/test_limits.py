"""Limits at the doors (goal B8): who proves who they are is never kept out by a neighbour, who does not is slowed."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from gateway.application.limits import LimitRates, Rate
from gateway.live import server as live_server
from gateway.sandbox.catalogue import Salon
from tests.support.databases import Databases
from tests.support.door import assert_problem, assert_problem_page, connection, received, upgrade
from tests.support.harness import APPLICATION_ID, PARTNER_TOKEN, Harness, running_harness
from tests.support.staff import member, request
from tests.support.waiting import until

on_shared = pytest.mark.asyncio(loop_scope="module")
RATES = LimitRates(
    stranger=Rate(4, 0.01), handshake=Rate(3, 0.01), link=Rate(12, 0.01), signed_entry=Rate(3, 0.01),
    unsigned_entry=Rate(2, 0.01), phone=Rate(2, 0.01), person=Rate(5, 0.01),
)  # fmt: skip
SALONS = itertools.count(150_001)
MANY = 12
POLLING = "/socket.io/?EIO=4&transport=polling"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def limited(databases: Databases) -> AsyncIterator[Harness]:
    """A gateway with low limits behind one trusted proxy; each test comes from addresses of its own."""
    url = await databases.fresh()
    async with running_harness(url, rates=RATES, rate_limits=True, trusted_proxies=1) as made:
        yield made
    await databases.drop(url)


def salon(harness: Harness) -> int:
    """Return a salon that nobody has used."""
    number = next(SALONS)
    harness.sandbox.market.add_salon(Salon(number, f"Салон {number}", "Тверь", "", "", "Europe/Moscow"))
    return number


def from_address(address: str, **more: str) -> dict[str, str]:
    return {"X-Forwarded-For": address} | more


def bearer(token: str, address: str = "192.0.2.250") -> dict[str, str]:
    return from_address(address, Authorization=f"Bearer {token}")


async def statuses(harness: Harness, path: str, headers: dict[str, str], times: int = MANY) -> list[int]:
    return [(await harness.http.get(path, headers=headers)).status_code for _ in range(times)]


@on_shared
async def test_wrong_links_are_refused_for_a_while_and_good_ones_of_the_same_address_are_not(
    limited: Harness,
) -> None:
    token = await limited.link(salon(limited))
    path = "/marketplace/api/state"
    assert await statuses(limited, path, bearer("wrong", "192.0.2.1")) == [401] * 4 + [429] * (MANY - 4)
    refused = await limited.http.get(path, headers=bearer("wrong", "192.0.2.1"))
    assert_problem(refused, "rate_limited", 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 100
    assert await statuses(limited, path, bearer(token, "192.0.2.1"), 3) == [200] * 3
    assert await statuses(limited, path, bearer("wrong", "192.0.2.2"), 2) == [401] * 2


@on_shared
async def test_every_door_that_asks_for_a_proof_counts_who_has_none(limited: Harness) -> None:
    doors = [
        ("GET", "/marketplace/api/state"), ("GET", "/marketplace/api/status/company_1"),
        ("POST", "/marketplace/api/qr"), ("POST", "/marketplace/api/pairing-code"), ("POST", "/marketplace/api/relink"),
        ("POST", "/marketplace/activate"), ("GET", "/marketplace/onboarding?token=x"), ("GET", "/admin/api/v1/me"),
        ("GET", "/admin/api/v1/openapi.json"), ("GET", "/openapi.json"),
    ]  # fmt: skip
    body = {"phone": "+79991234567", "token": "wrong"}
    for number, (method, path) in enumerate(doors):
        headers = bearer("wrong", f"192.0.2.{10 + number}")
        answers = [
            await limited.http.request(method, path, headers=headers, json=body if method == "POST" else None)
            for _ in range(5)
        ]
        assert [answer.status_code for answer in answers][3:] == [answers[0].status_code, 429], path
        assert "retry-after" in answers[-1].headers


@on_shared
async def test_one_link_is_slowed_alone(limited: Harness) -> None:
    mine, other = await limited.link(salon(limited)), await limited.link(salon(limited))
    seen = await statuses(limited, "/marketplace/api/state", bearer(mine), MANY + 3)
    assert seen == [200] * MANY + [429] * 3
    assert await statuses(limited, "/marketplace/api/state", bearer(other), 2) == [200] * 2


@on_shared
async def test_entries_that_are_signed_are_not_held_up_by_those_that_are_not(limited: Harness) -> None:
    """An entry costs calls to YCLIENTS, so those that prove nothing are few, and a person who waits sees a page."""
    market, chosen = limited.sandbox.market, salon(limited)
    unsigned = market.connect([chosen], user_data=False).redirect_url
    seen = await statuses(limited, unsigned, from_address("192.0.2.30"), 4)
    assert seen == [302, 302, 429, 429]
    assert_problem_page(
        await limited.http.get(unsigned, headers=from_address("192.0.2.30")), "rate_limited", 429
    )
    signed = market.connect([chosen]).redirect_url
    assert await statuses(limited, signed, from_address("192.0.2.30"), 3) == [302] * 3
    assert await statuses(limited, signed, from_address("192.0.2.31"), 1) == [429]


@on_shared
async def test_an_entry_with_a_wrong_signature_is_a_stranger_s(limited: Harness) -> None:
    wrong = limited.sandbox.market.entry_url([salon(limited)])
    wrong = wrong[:-1] + ("0" if wrong[-1] != "0" else "1")
    seen = await statuses(limited, wrong, from_address("192.0.2.33"), 6)
    assert seen == [403] * 4 + [429] * 2


@on_shared
async def test_a_number_gets_few_codes_whichever_salon_asks(limited: Harness) -> None:
    phone, answers = "+79995550101", []
    for _ in range(3):
        token = await limited.link(salon(limited))
        headers = bearer(token)
        path = "/marketplace/api/pairing-code"
        answers.append(await limited.http.post(path, json={"phone": phone}, headers=headers))
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 1


@on_shared
async def test_a_member_of_staff_is_slowed_alone(limited: Harness) -> None:
    mine, other = await member(limited), await member(limited)
    seen = [(await request(limited, "staff.me", mine)).status_code for _ in range(7)]
    assert seen == [200] * 5 + [429] * 2
    assert (await request(limited, "staff.me", other)).status_code == 200


@on_shared
async def test_a_webhook_that_proves_itself_is_never_refused_and_a_flood_of_wrong_ones_changes_nothing(
    limited: Harness,
) -> None:
    """Incident I-33: the partner was answered 429."""
    wrong = {"event": "visit", "salon_id": 1, "partner_token": "wrong"}
    right = {
        "event": "visit",
        "application_id": APPLICATION_ID,
        "salon_id": 1,
        "partner_token": PARTNER_TOKEN,
    }
    answers: list[httpx.Response] = []
    for _ in range(40):
        answers.append(await limited.webhook(wrong, headers=from_address("192.0.2.40")))
        answers.append(await limited.webhook(right, headers=from_address("192.0.2.40")))
    assert {answer.status_code for answer in answers[0::2]} == {401}
    assert {answer.status_code for answer in answers[1::2]} == {200}


# ------------------------------------------------------------------------------------------ whose address it is


@on_shared
async def test_behind_one_proxy_the_last_address_counts_whatever_the_client_wrote_before_it(
    limited: Harness,
) -> None:
    """ASVS 4.1.3: each of these came from 192.0.2.50, as the proxy says, whatever else it claims."""
    for number in range(6):
        headers = bearer("wrong", f"203.0.113.{number}, 198.51.100.{number}, 192.0.2.50")
        headers |= {"Forwarded": f"for=203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
        answer = await limited.http.get("/marketplace/api/state", headers=headers)
        assert answer.status_code == (401 if number < 4 else 429)


async def test_without_a_trusted_proxy_no_header_says_where_a_request_came_from(database_url: str) -> None:
    async with running_harness(database_url, rates=RATES, rate_limits=True) as harness:
        seen = [
            (
                await harness.http.get("/marketplace/api/state", headers=bearer("wrong", f"192.0.2.{number}"))
            ).status_code
            for number in range(6)
        ]
        assert seen == [401] * 4 + [429] * 2


# ------------------------------------------------------------------------------------------------- connections


@on_shared
async def test_a_connection_too_many_is_refused_before_anything_is_kept_of_it(limited: Harness) -> None:
    """Traps 3.4: abandoned handshakes piled up. The refusal is the same for both transports."""
    await until(lambda: _nobody(limited), what="no connection left of another test")
    headers = from_address("192.0.2.60")
    assert await statuses(limited, POLLING, headers, 5) == [200] * 3 + [429] * 2
    assert len(limited.gateway.live.eio.sockets) == 3
    refused = await limited.http.get(POLLING, headers=headers)
    assert_problem(refused, "rate_limited", 429)
    assert "retry-after" in refused.headers
    status, answer = await _raw(limited, upgrade(X_Forwarded_For="192.0.2.60"))
    assert (status, b"rate_limited" in answer) == (429, True)
    assert await statuses(limited, POLLING, from_address("192.0.2.61"), 1) == [200]
    assert limited.gateway.live.unjoined == 4


@on_shared
async def test_few_may_wait_at_the_door_and_whoever_has_come_in_or_left_is_not_counted(
    limited: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limited.gateway.live, "join_within_s", 0.3)
    await _shown_out(limited)
    monkeypatch.setattr(live_server, "MAX_UNJOINED_OF_ADDRESS", 1)
    headers, token = from_address("192.0.2.70"), await limited.link(salon(limited))
    line = await _opened(limited, headers)
    assert await statuses(limited, POLLING, headers, 1) == [429]
    await limited.http.post(line, content=f'40/marketplace,{{"token":"{token}"}}'.encode(), headers=headers)
    await until(lambda: _nobody(limited), what="in")
    await _opened(limited, headers)
    await _shown_out(limited)
    assert await statuses(limited, POLLING, headers, 1) == [200]


@on_shared
async def test_a_wrong_link_on_a_socket_is_counted_too(limited: Harness) -> None:
    codes = []
    headers = from_address("192.0.2.80")
    line = await _opened(limited, headers)
    for _ in range(6):
        await limited.http.post(line, content=b'40/marketplace,{"token":"wrong"}', headers=headers)
        codes.append((await limited.http.get(line, headers=headers)).text)
    heard = "".join(codes)
    assert (heard.count('"token_invalid"'), heard.count('"rate_limited"')) == (4, 2)


# ------------------------------------------------------------------------------------------------- other sites


@on_shared
@pytest.mark.parametrize(
    "path", ["/marketplace/api/qr", "/marketplace/activate", "/simulator/1/scan", "/webhook/yclients"]
)
async def test_a_page_of_another_site_acts_nowhere(limited: Harness, path: str) -> None:
    """ASVS 3.5.3: a browser says where a request comes from; programs do not."""
    for site in ("cross-site", "same-site", "nonsense", ""):
        answer = await limited.http.post(path, json={}, headers={"Sec-Fetch-Site": site})
        assert_problem(answer, "cross_site", 403)
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {}):
        answer = await limited.http.post(path, json={}, headers=headers | from_address("192.0.2.90"))
        assert "cross_site" not in answer.text


# ---------------------------------------------------------------------------------------------------- helpers


async def _opened(harness: Harness, headers: dict[str, str]) -> str:
    """Shake hands and return the address of the line."""
    answer = await harness.http.get(POLLING, headers=headers)
    assert answer.status_code == 200, answer.text
    return f"{POLLING}&sid={answer.text.partition('sid')[2].split(chr(34))[2]}"


async def _nobody(harness: Harness) -> bool:
    return harness.gateway.live.unjoined == 0


async def _shown_out(harness: Harness) -> None:
    """Wait until nobody is left at the door."""
    for sid in tuple(harness.gateway.live.eio.sockets):
        with contextlib.suppress(KeyError):
            await harness.gateway.live.eio.disconnect(sid)
    await until(lambda: _nobody(harness), what="nobody at the door")


async def _raw(harness: Harness, sent: bytes) -> tuple[int, bytes]:
    async with connection(harness) as (reader, writer):
        writer.write(sent)
        return await received(reader)

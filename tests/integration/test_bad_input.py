"""Whatever comes through a public door: refused by a code that stays, told once, and nothing kept of it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from gateway.http.bodies import COMMAND_BODY, COMMANDS, WEBHOOK_BODY, BodyLimits
from shared.vocabulary import MAX_SALON_ID
from tests.support.door import (
    Refusals,
    assert_problem,
    assert_problem_page,
    connection,
    head,
    raw_exchange,
    received,
    refusals,
    row_counts,
    sentence,
    shared,
    upgrade,
    webhook_key,
)
from tests.support.harness import OTHER_SALON, SALON, Harness

__all__ = ["refusals", "shared"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = "application/json"
STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Door:
    """One route that takes a body, with everything else about the request in order."""

    path: str
    limits: BodyLimits = COMMAND_BODY
    headers: Mapping[str, str] = field(default_factory=dict)


PAGE_COMMANDS = ("qr", "pairing-code", "relink", "confirm-phone")
COMMAND_DOORS = (*PAGE_COMMANDS, "activate")
DOORS = (*COMMAND_DOORS, "webhook", "webhook with a key", "simulator")
BARE_DOORS = ("qr", "relink", "confirm-phone", "simulator")
"""Doors that may be knocked at without a body."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doors(shared: Harness) -> AsyncIterator[dict[str, Door]]:
    """Every route with a body; the salon is active, so that whatever is let through would be noticed."""
    await shared.install()
    await shared.webhooks_processed()
    bearer = {"Authorization": f"Bearer {await shared.link(OTHER_SALON)}"}
    doors = {name: Door(f"/marketplace/api/{name}", headers=bearer) for name in PAGE_COMMANDS}
    doors["activate"] = Door("/marketplace/activate")
    doors["webhook"] = Door("/webhook/yclients", WEBHOOK_BODY)
    doors["webhook with a key"] = Door(f"/webhook/yclients/{webhook_key(shared)}", WEBHOOK_BODY)
    doors["simulator"] = Door(f"/simulator/{SALON}/scan")
    yield doors


@contextlib.asynccontextmanager
async def nothing_happens(harness: Harness, refusals: Refusals, *codes: str) -> AsyncIterator[None]:
    """Check that what is done inside is told by exactly these refusals and leaves no row behind."""
    before = await row_counts(harness)
    refusals.clear()
    yield
    assert [code for code, _ in refusals.told] == list(codes)
    assert await row_counts(harness) == before


async def post(harness: Harness, door: Door, body: bytes, kind: str | None = JSON) -> httpx.Response:
    headers = dict(door.headers) | ({} if kind is None else {"Content-Type": kind})
    return await harness.http.post(door.path, content=body, headers=headers)


async def say(harness: Harness, door: Door, fields: Mapping[str, Any]) -> httpx.Response:
    return await post(harness, door, json.dumps(fields).encode())


# ------------------------------------------------------------------------------------------------ bodies

NESTED = 10_000
BAD_BODIES = {
    "cut off": (b'{"salon_id": 1', "json_invalid"),
    "two values": (b"{} {}", "json_invalid"),
    "an array": (b"[1, 2]", "json_not_object"),
    "a string": (b'"salon"', "json_not_object"),
    "a number": (b"7", "json_not_object"),
    "null": (b"null", "json_not_object"),
    "a key twice": (b'{"salon_id": 1, "salon_id": 2}', "json_invalid"),
    "a key twice, spelled in two ways": (b'{"salon_id": 1, "salon\\u005fid": 2}', "json_invalid"),
    "a key twice, deep inside": (b'{"data": {"a": [{"b": 1, "b": 2}]}}', "json_invalid"),
    "NaN": (b'{"salon_id": NaN}', "json_invalid"),
    "infinity": (b'{"salon_id": -Infinity}', "json_invalid"),
    "a number no field can hold": (b'{"salon_id": ' + b"9" * 5_000 + b"}", "json_invalid"),
    "a number beyond floats": (b'{"salon_id": 1e999}', "json_invalid"),
    "single quotes": (b"{'salon_id': 1}", "json_invalid"),
    "a byte order mark": (b'\xef\xbb\xbf{"salon_id": 1}', "json_invalid"),
    "UTF-16": ('{"salon_id": 1}'.encode("utf-16"), "json_invalid"),
    "bytes that are no text": (b'{"salon_id": "\xff\xfe"}', "json_invalid"),
    "a surrogate in UTF-8": (b'{"salon_id": "\xed\xa0\x80"}', "json_invalid"),
    "NUL bytes": (b"\x00" * 64, "json_invalid"),
    "a bare control character": (b'{"salon_id": "a\x01b"}', "json_invalid"),
    "a thousand brackets": (b"[" * 1_000 + b"]" * 1_000, "json_too_deep"),
    "a thousand braces": (b'{"a":' * 1_000 + b"1" + b"}" * 1_000, "json_too_deep"),
    "33 levels": (b'{"a":' * 33 + b"1" + b"}" * 33, "json_too_deep"),
}


@pytest.mark.parametrize("badness", BAD_BODIES)
@pytest.mark.parametrize("name", DOORS)
async def test_a_body_that_is_no_json_object_is_refused_at_every_door(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, name: str, badness: str
) -> None:
    body, code = BAD_BODIES[badness]
    async with nothing_happens(shared, refusals, code):
        answer = await post(shared, doors[name], body)
        reference = assert_problem(answer, code, 400)
        assert refusals.told == [(code, reference)]


@pytest.mark.parametrize("opening", [b"[", b'{"a":'], ids=["brackets", "braces"])
@pytest.mark.parametrize("name", DOORS)
async def test_ten_thousand_levels_are_refused_before_anything_recurses(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, name: str, opening: bytes
) -> None:
    door = doors[name]
    code = "json_too_deep" if door.limits is WEBHOOK_BODY else "body_too_large"
    async with nothing_happens(shared, refusals, code):
        assert_problem(await post(shared, door, opening * NESTED), code)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/jsonx",
        "text/json",
        "image/png",
    ],
)
@pytest.mark.parametrize("name", DOORS)
async def test_another_media_type_is_refused_whatever_the_body(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, name: str, kind: str
) -> None:
    async with nothing_happens(shared, refusals, "unsupported_media_type"):
        assert_problem(await post(shared, doors[name], b"{}", kind), "unsupported_media_type", 415)


@pytest.mark.parametrize("name", [name for name in DOORS if name not in BARE_DOORS])
@pytest.mark.parametrize("kind", [JSON, None], ids=["as json", "as nothing"])
async def test_no_body_at_all_is_refused_where_something_is_needed(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, name: str, kind: str | None
) -> None:
    code = "json_invalid" if name.startswith("webhook") else "field_missing"
    async with nothing_happens(shared, refusals, code):
        assert_problem(await post(shared, doors[name], b"", kind), code)


# ----------------------------------------------------------------------------------------- size and time


@pytest.mark.parametrize("name", DOORS)
async def test_a_body_over_the_cap_is_refused_by_its_declared_length_unread(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, name: str
) -> None:
    door = doors[name]
    length = door.limits.cap_bytes + 1
    async with nothing_happens(shared, refusals, "body_too_large"):
        request = head(
            "POST", door.path, Content_Type=JSON, Content_Length=length, **_underscored(door.headers)
        )
        status, answer = await raw_exchange(shared, request)  # not one byte of the body is ever sent
        assert status == 413
        assert b'"body_too_large"' in answer


@pytest.mark.parametrize("name", DOORS)
async def test_a_chunked_body_is_read_up_to_the_cap_and_no_further(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, name: str
) -> None:
    door = doors[name]
    async with nothing_happens(shared, refusals, "body_too_large"):
        sent, status, answer = await pour(shared, door, at_most=64 << 20)
        assert status == 413
        assert b'"body_too_large"' in answer
        assert sent < 16 << 20, "the gateway went on reading"


@pytest.mark.parametrize("name", DOORS)
async def test_a_body_of_exactly_the_cap_is_read(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, name: str
) -> None:
    door = doors[name]
    body = b'{"salon_id": NaN' + b" " * (door.limits.cap_bytes - 17) + b"}"
    async with nothing_happens(shared, refusals, "json_invalid"):
        assert_problem(await post(shared, door, body), "json_invalid", 400)


@pytest.mark.parametrize("name", DOORS)
async def test_a_body_that_drips_is_not_waited_for(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, impatient: None, name: str
) -> None:
    door = doors[name]
    async with nothing_happens(shared, refusals, "body_timeout"), connection(shared) as (reader, writer):
        writer.write(
            head("POST", door.path, Content_Type=JSON, Content_Length=100, **_underscored(door.headers))
        )
        answering = asyncio.create_task(received(reader), name="answer")
        with contextlib.suppress(ConnectionError):
            while not answering.done():
                writer.write(b" ")
                await writer.drain()
                await asyncio.wait([answering], timeout=0.03)
        status, answer = await answering
        assert status == 408
        assert b'"body_timeout"' in answer


@pytest.mark.parametrize("name", DOORS)
async def test_a_sender_that_hangs_up_halfway_leaves_no_trace(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, name: str
) -> None:
    door = doors[name]
    async with nothing_happens(shared, refusals):
        async with connection(shared) as (_, writer):
            writer.write(
                head("POST", door.path, Content_Type=JSON, Content_Length=100, **_underscored(door.headers))
            )
            writer.write(b'{"event": "uninstall"')
            await writer.drain()
        assert (await shared.http.get("/marketplace/health")).status_code == 200


@pytest.mark.skipif(not STATM.exists(), reason="memory is read from /proc, which only Linux has")
async def test_memory_stays_flat_over_hundreds_of_oversize_bodies(
    shared: Harness, doors: dict[str, Door]
) -> None:
    async def rounds(number: int) -> None:
        for _ in range(number):
            for name in ("webhook", "activate", "qr"):
                await pour(shared, doors[name], at_most=2 << 20)

    await rounds(40)
    before = resident_mib()
    await rounds(120)
    assert resident_mib() - before < 8


@pytest.mark.parametrize(
    "path", ["/marketplace/health", "/marketplace/onboarding", "/marketplace/api/state", "/nowhere"]
)
async def test_a_body_where_none_belongs_is_never_read(shared: Harness, path: str) -> None:
    sent, status, _ = await pour(shared, Door(path), at_most=64 << 20, method="GET")
    assert status in (200, 401, 404)
    assert sent < 16 << 20


# ------------------------------------------------------------------------------------------------ fields

NOT_SALONS: dict[str, Any] = {
    "a string": str(SALON),
    "a list": [SALON],
    "an object": {"id": SALON},
    "a fraction": SALON + 0.5,
    "a float": float(SALON),
    "true": True,
    "negative": -SALON,
    "zero": 0,
    "too large": MAX_SALON_ID + 1,
    "far too large": 10**19,
    "empty": "",
    "text": "салон",
}
NOT_PHONES: dict[str, tuple[Any, str]] = {
    "a number": (79991234567, "field_invalid"),
    "a list": (["+79991234567"], "field_invalid"),
    "an object": ({"phone": "+79991234567"}, "field_invalid"),
    "null": (None, "field_invalid"),
    "true": (True, "field_invalid"),
    "empty": ("", "invalid_phone"),
    "letters": ("call me", "invalid_phone"),
    "too short": ("+7999", "invalid_phone"),
    "too long": ("+" + "7" * 60, "invalid_phone"),
    "huge": ("7" * 7_000, "invalid_phone"),
    "two numbers": ("+79991234567,+79991234568", "invalid_phone"),
    "a NUL": ("+7999\x001234567", "invalid_phone"),
    "a lone surrogate": ("+7999123456\ud800", "invalid_phone"),
    "other digits": ("+७९९९१२३४५६७x", "invalid_phone"),
    "markup": ("<b>+79991234567</b>", "invalid_phone"),
}
NOT_TOKENS: dict[str, tuple[Any, str, int]] = {
    "a number": (7, "field_invalid", 422),
    "a list": (["a"], "field_invalid", 422),
    "null": (None, "field_invalid", 422),
    "an object": ({"token": "a"}, "field_invalid", 422),
    "empty": ("", "token_missing", 401),
    "text": ("сезам", "token_invalid", 401),
    "huge": ("a." * 3_500, "token_invalid", 401),
    "a NUL": ("a\x00.b.c", "token_invalid", 401),
    "a lone surrogate": ("\udfff", "token_invalid", 401),
}


@pytest.mark.parametrize("badness", NOT_SALONS)
@pytest.mark.parametrize("name", PAGE_COMMANDS)
async def test_what_is_no_salon_is_refused(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, name: str, badness: str
) -> None:
    door = doors[name]
    body = {"salon_id": NOT_SALONS[badness], "phone": "+79991234567"}
    async with nothing_happens(shared, refusals, "field_invalid"):
        assert_problem(await say(shared, door, body), "field_invalid", 422)


@pytest.mark.parametrize("badness", NOT_PHONES)
async def test_what_is_no_phone_is_refused(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, badness: str
) -> None:
    phone, code = NOT_PHONES[badness]
    door = doors["pairing-code"]
    async with nothing_happens(shared, refusals, code):
        assert_problem(await say(shared, door, {"phone": phone}), code, 422)


async def test_a_missing_phone_is_told_apart_from_a_wrong_one(
    shared: Harness, doors: dict[str, Door], refusals: Refusals
) -> None:
    door = doors["pairing-code"]
    async with nothing_happens(shared, refusals, "field_missing"):
        assert_problem(await say(shared, door, {"Phone": "+79991234567"}), "field_missing", 422)


@pytest.mark.parametrize("badness", NOT_TOKENS)
async def test_what_is_no_token_activates_nothing(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, badness: str
) -> None:
    token, code, status = NOT_TOKENS[badness]
    async with nothing_happens(shared, refusals, code):
        assert_problem(await say(shared, doors["activate"], {"token": token}), code, status)


@pytest.mark.parametrize(
    "details",
    [
        {"salon_id": 1},
        {"self": 1},
        {"action": "ban"},
        {"a b": 1},
        {"": 1},
        {"seconds": "5"},
        {"seconds": -1},
        {"seconds": 1e9},
        {"seconds": True},
        {"seconds": [1]},
    ],
    ids=str,
)
async def test_the_simulated_phone_takes_only_the_details_it_knows(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, details: dict[str, Any]
) -> None:
    async with nothing_happens(shared, refusals, "field_invalid"):
        assert_problem(await say(shared, Door(f"/simulator/{SALON}/ban"), details), "field_invalid", 422)


# ------------------------------------------------------------------------------------------------- paths

STRANGE_NUMBERS = (
    "",
    "abc",
    "-1",
    "0",
    "1.5",
    "01",
    "+1",
    " 1",
    "1e3",
    "0x10",
    "%D9%A1",
    "%EF%BC%91",
    "%ff",
    "%00",
    "null",
    "true",
    "2147483648",
    "9" * 19,
    "9" * 5_000,
    "1,2",
    "[1]",
    "{}",
    "%5B%5D",
)


@pytest.mark.parametrize("value", STRANGE_NUMBERS, ids=lambda value: value[:20] or "empty")
async def test_a_strange_salon_in_the_query_is_refused(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, value: str
) -> None:
    async with nothing_happens(shared, refusals, "field_invalid"):
        answer = await shared.http.get(
            f"/marketplace/api/state?salon_id={value}", headers=dict(doors["qr"].headers)
        )
        assert_problem(answer, "field_invalid", 422)


@pytest.mark.parametrize(
    "query",
    [
        "salon_id={id}&salon_id={id}",
        "salon_id[]={id}",
        "salon_id[0]={id}",
        "salon_id[a][b]={id}",
        "salon_ids={id}",
        "salon_ids[]={id}&salon_id={id}",
        "salon_id%5B%5D={id}",
    ],
)
async def test_a_salon_named_twice_or_nested_is_refused(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, query: str
) -> None:
    async with nothing_happens(shared, refusals, "field_invalid"):
        path = f"/marketplace/api/state?{query.format(id=OTHER_SALON)}"
        answer = await shared.http.get(path, headers=dict(doors["qr"].headers))
        assert_problem(answer, "field_invalid", 422)


@pytest.mark.parametrize(
    "session",
    [
        "company_",
        "company_0",
        "company_-1",
        "company_01",
        "company_2147483648",
        "company_" + "9" * 5_000,
        "company_abc",
        "COMPANY_5",
        "company_5%20",
        "company_5%0A",
        "%ff%fe",
        "%00",
        "company_%D9%A1",
        "company_5%2F..%2F",
        "null",
        "a" * 8_000,
    ],
    ids=lambda session: session[:20],
)
async def test_a_session_of_another_shape_is_not_found(
    shared: Harness, doors: dict[str, Door], refusals: Refusals, session: str
) -> None:
    async with nothing_happens(
        shared, refusals, "session_not_found" if "%2F" not in session else "not_found"
    ):
        answer = await shared.http.get(
            f"/marketplace/api/status/{session}", headers=dict(doors["qr"].headers)
        )
        assert_problem(answer, "session_not_found" if "%2F" not in session else "not_found", 404)


@pytest.mark.parametrize(
    "path",
    [
        "abc/scan",
        "-1/scan",
        "0/scan",
        "0" * 10 + "1" + "9" * 5_000 + "/scan",
        "2147483648/scan",
        f"{SALON}/dance",
        f"{SALON}/enter_code",
        f"{SALON}/%ff",
        f"{SALON}/scan%00",
        "%D9%A1/scan",
        f"0{SALON}/scan",
    ],
    ids=lambda path: path[:20],
)
async def test_the_simulator_plays_only_what_it_knows(shared: Harness, refusals: Refusals, path: str) -> None:
    async with nothing_happens(shared, refusals, "not_found"):
        assert_problem(await shared.http.post(f"/simulator/{path}"), "not_found", 404)


@pytest.mark.parametrize(
    "key", ["x", "%ff", "%00", "%D0%BA%D0%BB%D1%8E%D1%87", "k" * 6_000, "..", "'--", "%2e%2e%5c"]
)
async def test_a_webhook_with_a_made_up_key_is_unauthorized(
    shared: Harness, refusals: Refusals, key: str
) -> None:
    code = "not_found" if key == ".." else "webhook_unauthorized"
    async with nothing_happens(shared, refusals, code):
        path = f"/webhook/yclients/{key}"
        answer = await shared.http.post(path, json={"event": "uninstall", "salon_id": SALON})
        assert_problem(answer, code, 404 if code == "not_found" else 401)


@pytest.mark.parametrize(
    "name",
    [
        "../gateway/config.py",
        "..%2f..%2fpyproject.toml",
        "%2e%2e/%2e%2e/.env",
        "page.js%00",
        "/etc/passwd",
        "page.js/",
        "PAGE.JS",
        "..\\..\\.env",
        "a" * 6_000,
        "%ff",
        "",
    ],
    ids=lambda name: name[:20],
)
async def test_only_the_pages_own_files_are_served(shared: Harness, refusals: Refusals, name: str) -> None:
    async with nothing_happens(shared, refusals, "not_found"):
        status, answer = await raw_exchange(
            shared, head("GET", f"/marketplace/assets/{name}", Connection="close")
        )
        assert status == 404
        assert b'"not_found"' in answer


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/admin"),
        ("POST", "/webhook"),
        ("POST", "/webhook/yclients/collector/x"),
        ("GET", "/.env"),
        ("POST", "/marketplace/api"),
        ("GET", "/marketplace/api/QR"),
        ("DELETE", "/nowhere"),
        ("GET", "/%ff%fe"),
        ("GET", "/auth//yclients/redirect"),
        ("POST", "/webhook//yclients"),
        ("GET", "/marketplace/onboarding/"),
        ("GET", "/marketplace//onboarding?token=secret"),
    ],
)
async def test_an_unknown_address_is_not_found_and_never_redirected(
    shared: Harness, refusals: Refusals, method: str, path: str
) -> None:
    """A redirect to a tidier address would repeat in `Location` whatever secret the address holds."""
    async with nothing_happens(shared, refusals, "not_found"):
        status, answer = await raw_exchange(shared, head(method, path, Connection="close"))
        assert status == 404
        assert b"location:" not in answer.lower()
        assert b'"not_found"' in answer


METHODS = {
    "/auth/yclients/redirect": "GET",
    "/marketplace/onboarding": "GET",
    "/marketplace/api/state": "GET",
    "/marketplace/api/status/company_5": "GET",
    "/marketplace/health": "GET",
    "/openapi.json": "GET",
    "/readyz": "GET",
    "/metrics": "GET",
    "/marketplace/assets/page.js": "GET",
    "/marketplace/api/qr": "POST",
    "/marketplace/api/pairing-code": "POST",
    "/marketplace/api/relink": "POST",
    "/marketplace/api/confirm-phone": "POST",
    "/marketplace/activate": "POST",
    "/webhook/yclients": "POST",
    "/webhook/yclients/key": "POST",
    f"/simulator/{SALON}/scan": "POST",
}


@pytest.mark.parametrize("path", METHODS)
async def test_another_method_is_refused_and_told_which_is_right(
    shared: Harness, refusals: Refusals, path: str
) -> None:
    others = [
        each for each in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW") if each != METHODS[path]
    ]
    async with nothing_happens(shared, refusals, *(["method_not_allowed"] * len(others))):
        for method in others:
            answer = await shared.http.request(method, path)
            assert_problem(answer, "method_not_allowed", 405)
            assert METHODS[path] in answer.headers["allow"]


async def test_a_refusal_is_told_in_english_to_whom_asks(shared: Harness) -> None:
    answer = await shared.http.get("/nowhere?lang=en")
    assert answer.json()["error"]["message"] == sentence("not_found", "en")
    for other in ("de", "RU", "ru&lang=en", "%ff"):
        answer = await shared.http.get(f"/nowhere?lang={other}")
        assert answer.json()["error"]["message"] == sentence("not_found", "ru")


async def test_a_person_who_opens_an_unknown_address_sees_a_page(shared: Harness, refusals: Refusals) -> None:
    async with nothing_happens(shared, refusals, "not_found"):
        answer = await shared.http.get("/nowhere", headers={"Accept": "text/html,application/xhtml+xml"})
        assert refusals.told == [("not_found", assert_problem_page(answer, "not_found", 404))]


# ------------------------------------------------------------------------------------- the browser's doors

MANY = "&".join(f"salon_ids[]={number}" for number in range(1, 52))
BAD_ENTRIES = {
    "nothing": ("", "salon_missing"),
    "other names": ("salon=5&id=7", "salon_missing"),
    "empty": ("salon_id=", "salon_invalid"),
    "text": ("salon_id=abc", "salon_invalid"),
    "negative": ("salon_id=-5", "salon_invalid"),
    "zero": ("salon_id=0", "salon_invalid"),
    "a fraction": ("salon_id=1.5", "salon_invalid"),
    "too large": ("salon_id=2147483648", "salon_invalid"),
    "huge": ("salon_id=" + "9" * 5_000, "salon_invalid"),
    "other digits": ("salon_id=%D9%A1%D9%A2", "salon_invalid"),
    "a NUL": ("salon_id=5%00", "salon_invalid"),
    "no text": ("salon_id=%ff%fe", "query_invalid"),
    "a name that is no text": ("%ff=5&salon_id=5", "query_invalid"),
    "a surrogate": ("salon_id=%ED%A0%80", "query_invalid"),
    "repeated": (f"salon_id={SALON}&salon_id={SALON}", "salon_invalid"),
    "repeated, another": (f"salon_id={SALON}&salon_id=7", "salon_invalid"),
    "nested": (f"salon_id[a]={SALON}", "salon_invalid"),
    "nested list": (f"salon_ids[a][b]={SALON}", "salon_invalid"),
    "a bracket left open": (f"salon_ids[={SALON}", "salon_invalid"),
    "an index repeated": (f"salon_ids[0]={SALON}&salon_ids[0]=7", "salon_invalid"),
    "one bad branch": (f"salon_ids={SALON},x", "salon_invalid"),
    "an empty branch": (f"salon_ids={SALON},,7", "salon_invalid"),
    "another salon than its branches": (f"salon_id=7&salon_ids[]={SALON}", "salons_conflict"),
    "too many": (MANY, "too_many_salons"),
    "user data twice": (f"salon_id={SALON}&user_data=a&user_data=b", "user_data_invalid"),
    "nested user data": (f"salon_id={SALON}&user_data[a]=b", "user_data_invalid"),
    "user data without its sign": (f"salon_id={SALON}&user_data=e30", "signature_invalid"),
    "a sign without user data": (f"salon_id={SALON}&user_data_sign=" + "0" * 64, "signature_invalid"),
    "a wrong sign": (f"salon_id={SALON}&user_data=e30&user_data_sign=" + "0" * 64, "signature_invalid"),
    "a sign that is no text": (f"salon_id={SALON}&user_data=e30&user_data_sign=%D1%8F", "signature_invalid"),
    "user data that is no base64": (
        f"salon_id={SALON}&user_data=%21&user_data_sign=" + "0" * 64,
        "signature_invalid",
    ),
}


@pytest.mark.parametrize("badness", BAD_ENTRIES)
async def test_a_redirect_that_cannot_be_used_ends_on_a_page_that_says_why(
    shared: Harness, refusals: Refusals, badness: str
) -> None:
    query, code = BAD_ENTRIES[badness]
    status = 403 if code == "signature_invalid" else 400
    async with nothing_happens(shared, refusals, code):
        answer = await shared.http.get(f"/auth/yclients/redirect?{query}")
        assert refusals.told == [(code, assert_problem_page(answer, code, status))]
        assert shared.sandbox.market.config.public_url in answer.text, "no way back to the marketplace"


# --------------------------------------------------------------------------------- below the application


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (head("GET", "/marketplace/health", X="a" * 100_000), 431),
        (head("GET", "/" + "a" * 100_000), 431),
        (head("GET", "/marketplace/onboarding?token=" + "a" * 100_000), 431),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: gateway\r\n\r\n", 400),
        (b"GET /marketplace/health HTTP/1.1\r\n\r\n", 400),
        (head("POST", "/webhook/yclients", Content_Length=-5), 400),
        (head("POST", "/webhook/yclients", Content_Length="five"), 400),
        (
            b"POST /webhook/yclients HTTP/1.1\r\nHost: g\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            400,
        ),
        (head("POST", "/webhook/yclients", Transfer_Encoding="chunked") + b"zz\r\n", 400),
        (b"\x16\x03\x01\x02\x00", 400),
        (b"nonsense\r\n\r\n", 400),
    ],
    ids=[
        "header",
        "address",
        "query",
        "address bytes",
        "no host",
        "negative length",
        "length in words",
        "two lengths",
        "broken chunk",
        "TLS",
        "nonsense",
    ],
)
async def test_what_is_no_request_is_refused_by_the_server_itself(
    shared: Harness, refusals: Refusals, request_bytes: bytes, status: int
) -> None:
    """No route is known yet, so there is no code and no line: the connection is closed after a bare status."""
    async with nothing_happens(shared, refusals):
        seen, _ = await raw_exchange(shared, request_bytes)
        assert seen == status
    assert (await shared.http.get("/marketplace/health")).status_code == 200


@pytest.mark.parametrize(
    "path", ["/nowhere", "/marketplace/api/state", "/webhook/yclients", "/", "/socket.ioo/"]
)
async def test_a_websocket_where_there_is_none_is_refused_like_anything_else(
    shared: Harness, refusals: Refusals, path: str
) -> None:
    async with connection(shared) as (reader, writer):
        writer.write(upgrade(path))
        answer = await asyncio.wait_for(reader.readuntil(b"}}"), timeout=10)
    assert answer.startswith(b"HTTP/1.1 4")
    assert len(refusals.told) == 1
    assert refusals.told[0][1].encode() in answer


# ----------------------------------------------------------------------------------------------- helpers


@pytest.fixture
def impatient(shared: Harness) -> Iterator[None]:
    """Let bodies take a third of a second."""
    config, door = shared.gateway.http.config, shared.gateway.door
    commands, webhooks = config[COMMANDS], door.limits
    config[COMMANDS] = BodyLimits(commands.cap_bytes, 0.3)
    door.limits = BodyLimits(webhooks.cap_bytes, 0.3)
    yield
    config[COMMANDS], door.limits = commands, webhooks


async def pour(harness: Harness, door: Door, *, at_most: int, method: str = "POST") -> tuple[int, int, bytes]:
    """Send a chunked body until the gateway answers; return bytes sent, the status and the answer."""
    chunk = b"10000\r\n" + b'{"a": "' + b"x" * (0x10000 - 7) + b"\r\n"
    sent = 0
    async with connection(harness) as (reader, writer):
        headers = _underscored(door.headers) | {"Content_Type": JSON, "Transfer_Encoding": "chunked"}
        writer.write(head(method, door.path, **headers))
        answering = asyncio.create_task(received(reader, timeout_s=20), name="answer")
        with contextlib.suppress(ConnectionError):
            while sent < at_most and not answering.done():
                writer.write(chunk)
                await writer.drain()
                sent += len(chunk)
                await asyncio.sleep(0)
        return sent, *(await answering)


def resident_mib() -> float:
    """Return how much memory this process, and the gateway in it, holds."""
    gc.collect()
    pages = int(STATM.read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def _underscored(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in headers.items()}

"""The webhook door: what proves a delivery, what does not, and what is kept of one that was let in."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from tests.support.databases import Databases
from tests.support.door import (
    Refusals,
    assert_problem,
    connection,
    head,
    received,
    refusals,
    row_counts,
    webhook_key,
)
from tests.support.harness import APPLICATION_ID, OTHER_SALON, PARTNER_TOKEN, SALON, Harness, running_harness

__all__ = ["refusals"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

PREVIOUS_TOKEN = "partner-token-of-last-year-77"
WRONG_TOKEN = "partner-token-of-somebody-else"
UNHEARD_OF = 900_001
"""A salon without an install: its webhooks are kept and change nothing, so the tests do not disturb each other."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(databases: Databases) -> Any:
    """A gateway that knows two partner tokens, with two active salons."""
    url = await databases.fresh()
    async with running_harness(url, partner_token_previous=SecretStr(PREVIOUS_TOKEN)) as made:
        for salon_id in (SALON, OTHER_SALON):
            await made.install(salon_id)
        yield made
    await databases.drop(url)


def body(**fields: Any) -> dict[str, Any]:
    """Return a webhook that changes nothing and proves nothing."""
    return {"salon_id": UNHEARD_OF, "application_id": APPLICATION_ID, "event": "uninstall"} | fields


def raw(fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def signature(content: bytes, token: str = PARTNER_TOKEN) -> str:
    return hmac.new(token.encode(), content, hashlib.sha256).hexdigest()


def signed(content: bytes, token: str = PARTNER_TOKEN, prefix: str = "") -> dict[str, str]:
    return {"X-YClients-Signature": prefix + signature(content, token)}


async def deliver(
    harness: Harness, content: bytes | dict[str, Any], *, key: str | None = None, headers: Any = None
) -> httpx.Response:
    """Post a webhook to either address."""
    sent = content if isinstance(content, bytes) else raw(content)
    given = list(headers.items() if isinstance(headers, dict) else headers or [])
    path = "/webhook/yclients" + (f"/{key}" if key else "")
    return await harness.http.post(path, content=sent, headers=[("Content-Type", "application/json"), *given])


async def accepted(harness: Harness, content: bytes | dict[str, Any], **how: Any) -> dict[str, Any]:
    """Deliver, check that it was let in as one row, and return the row."""
    before = await harness.rows("SELECT coalesce(max(id), 0) AS id FROM webhook_inbox")
    answer = await deliver(harness, content, **how)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"success": True, "received": True}
    rows = await harness.rows("SELECT * FROM webhook_inbox WHERE id > %s", before[0]["id"])
    assert len(rows) == 1
    return rows[0]


async def refused(harness: Harness, code: str, content: bytes | dict[str, Any], **how: Any) -> None:
    """Deliver and check that it was refused and nothing was kept."""
    await harness.webhooks_processed()  # what earlier tests sent
    before = await row_counts(harness)
    assert_problem(await deliver(harness, content, **how), code, 401)
    assert await row_counts(harness) == before


# ---------------------------------------------------------------------------------------------- proofs


@pytest.mark.parametrize("token", [PARTNER_TOKEN, PREVIOUS_TOKEN], ids=["current", "previous"])
@pytest.mark.parametrize("address", ["plain", "with a key"])
@pytest.mark.parametrize("shape", ["lifecycle", "entity"])
async def test_the_partner_token_in_the_body_lets_in(
    shared: Harness, token: str, address: str, shape: str
) -> None:
    fields = body(partner_token=token) if shape == "lifecycle" else entity(SALON, partner_token=token)
    if address == "plain":
        row = await accepted(shared, fields)
        assert row["proof"] == "partner_token"
    else:
        del fields[
            "salon_id" if shape == "lifecycle" else "company_id"
        ]  # it is the key's, and nothing comes of it
        row = await accepted(shared, fields, key=webhook_key(shared))
        assert row["proof"] == "install_key"
    assert row["kind"] == shape


@pytest.mark.parametrize("token", [PARTNER_TOKEN, PREVIOUS_TOKEN], ids=["current", "previous"])
@pytest.mark.parametrize("prefix", ["", "sha256=", "SHA256="])
@pytest.mark.parametrize("spelling", ["lower", "upper"])
async def test_the_signature_of_the_raw_body_lets_in(
    shared: Harness, token: str, prefix: str, spelling: str
) -> None:
    content = (
        b'{"salon_id" :  900001,\n "event": "' + "визит".encode() + b'"}  '
    )  # its bytes count, not its meaning
    headers = signed(content, token, prefix)
    if spelling == "upper":
        headers = {"X-YClients-Signature": prefix + signature(content, token).upper()}
    assert (await accepted(shared, content, headers=headers))["proof"] == "signature"


async def test_the_signature_of_the_same_meaning_in_other_bytes_does_not(shared: Harness) -> None:
    await refused(shared, "webhook_signature_invalid", b'{"event":"x"}', headers=signed(b'{"event": "x"}'))


@pytest.mark.parametrize(
    "fields", [{}, {"salon_id": SALON}, {"salon_id": str(SALON)}, {"company_id": SALON}], ids=str
)
async def test_the_installs_own_key_lets_in(shared: Harness, fields: dict[str, Any]) -> None:
    row = await accepted(shared, {"event": "visit"} | fields, key=webhook_key(shared))
    assert row["proof"] == "install_key"


async def test_no_proof_at_all_is_refused(shared: Harness) -> None:
    await refused(shared, "webhook_unauthorized", body())
    await refused(shared, "webhook_unauthorized", entity(SALON))
    await refused(shared, "webhook_unauthorized", {})


@pytest.mark.parametrize(
    "token",
    [
        WRONG_TOKEN,
        PARTNER_TOKEN.upper(),
        PARTNER_TOKEN + " ",
        PARTNER_TOKEN[:-1],
        "токен",
        "\ud800",
        "\x00",
        "x" * 10_000,
    ],
    ids=lambda token: ascii(token)[:24],
)
async def test_a_wrong_token_is_refused_whatever_else_holds(shared: Harness, token: str) -> None:
    content = json.dumps(body(partner_token=token)).encode()
    await refused(shared, "webhook_unauthorized", content)
    await refused(shared, "webhook_unauthorized", content, headers=signed(content))
    await refused(shared, "webhook_unauthorized", content, key=webhook_key(shared))


@pytest.mark.parametrize(
    "sign",
    ["", "0" * 64, "0" * 63, "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "not hex", "x" * 5_000],
    ids=lambda sign: sign[:12] or "empty",
)
async def test_a_wrong_signature_is_refused_whatever_else_holds(shared: Harness, sign: str) -> None:
    headers = {"X-YClients-Signature": sign}
    proven = body(partner_token=PARTNER_TOKEN)
    await refused(shared, "webhook_signature_invalid", proven, headers=headers)
    await refused(
        shared, "webhook_signature_invalid", {"event": "visit"}, key=webhook_key(shared), headers=headers
    )


async def test_a_signature_by_a_third_token_is_wrong(shared: Harness) -> None:
    content = raw(body(partner_token=PARTNER_TOKEN))
    await refused(shared, "webhook_signature_invalid", content, headers=signed(content, WRONG_TOKEN))


async def test_two_signatures_are_none(shared: Harness) -> None:
    """Whoever stands in front of us may believe the first and we the last."""
    content = raw(body())
    right, wrong = ("X-YClients-Signature", signature(content)), ("X-YClients-Signature", "0" * 64)
    for pair in ([right, wrong], [wrong, right], [right, right]):
        await refused(shared, "webhook_signature_invalid", content, headers=pair)


async def test_a_signature_that_is_no_text_is_refused(shared: Harness) -> None:
    content = raw(body())
    request = head(
        "POST",
        "/webhook/yclients",
        Content_Type="application/json",
        Content_Length=len(content),
        X_YClients_Signature="\xff\xfe" * 32,
        Connection="close",
    )
    async with connection(shared) as (reader, writer):
        writer.write(request + content)
        status, answer = await received(reader)
    assert status == 401
    assert b'"webhook_signature_invalid"' in answer


async def test_a_wrong_key_is_refused_even_with_the_partner_token(shared: Harness) -> None:
    proven = body(partner_token=PARTNER_TOKEN)
    for key in (
        "unknown",
        webhook_key(shared)[:-1],
        webhook_key(shared).swapcase(),
        webhook_key(shared) + "x",
    ):
        await refused(shared, "webhook_unauthorized", proven, key=key)


@pytest.mark.parametrize("name", ["salon_id", "company_id"])
async def test_a_key_of_another_salon_is_refused(shared: Harness, name: str) -> None:
    fields = {"event": "visit", name: OTHER_SALON}
    await refused(shared, "webhook_key_mismatch", fields, key=webhook_key(shared, SALON))
    await refused(
        shared, "webhook_key_mismatch", fields | {"partner_token": PARTNER_TOKEN}, key=webhook_key(shared)
    )


async def test_proofs_that_all_hold_let_in(shared: Harness) -> None:
    content = raw({"event": "visit", "salon_id": SALON, "partner_token": PREVIOUS_TOKEN})
    row = await accepted(shared, content, key=webhook_key(shared), headers=signed(content, PREVIOUS_TOKEN))
    assert row["proof"] == "install_key"


@pytest.mark.parametrize("token", ["partner_token", "Partner_Token", "partnerToken"])
async def test_only_the_field_of_its_own_name_is_a_proof(shared: Harness, token: str) -> None:
    fields = {"event": "uninstall", "data": {"partner_token": PARTNER_TOKEN}}
    if token != "partner_token":
        fields[token] = PARTNER_TOKEN
    await refused(shared, "webhook_unauthorized", fields)


# --------------------------------------------------------------------------- refusals are counted and told


async def test_refusals_are_counted_each_and_alarmed_once_a_minute(
    shared: Harness, refusals: Refusals
) -> None:
    """Goal B9: a wrong PARTNER_TOKEN must be noticed; a flood of wrong ones must not become a flood of events."""
    wrong = {"X-YClients-Signature": "0" * 64}
    codes: dict[str, dict[str, Any]] = {
        "webhook_unauthorized": {"content": body()},
        "webhook_signature_invalid": {"content": body(), "headers": wrong},
        "webhook_key_mismatch": {"content": {"salon_id": OTHER_SALON}, "key": webhook_key(shared)},
    }
    for code, delivery in codes.items():
        before = await counted(shared, code)
        for _ in range(5):
            assert_problem(await deliver(shared, **delivery), code, 401)
        assert await counted(shared, code) == before + 5
    assert [code for code, _ in refusals.told] == [code for code in codes for _ in range(5)]
    events = await shared.rows(
        "SELECT data->>'code' AS code FROM marketplace_events WHERE type = 'webhook_refused'"
    )
    assert sorted(row["code"] for row in events) == sorted(codes)


async def test_the_alarm_is_raised_again_after_a_minute(shared: Harness) -> None:
    await deliver(shared, body())
    moved = "UPDATE marketplace_events SET at = at - interval '61 seconds' WHERE type = 'webhook_refused'"
    await shared.gateway.storage.write(lambda tx: tx.count(moved))
    before = await alarms(shared, "webhook_unauthorized")
    for _ in range(3):
        await deliver(shared, body())
    assert await alarms(shared, "webhook_unauthorized") == before + 1


async def test_a_flood_that_comes_at_once_raises_one_alarm(shared: Harness) -> None:
    moved = "UPDATE marketplace_events SET at = at - interval '61 seconds' WHERE type = 'webhook_refused'"
    await shared.gateway.storage.write(lambda tx: tx.count(moved))
    before = await alarms(shared, "webhook_unauthorized")
    await asyncio.gather(*(deliver(shared, body()) for _ in range(60)))
    assert await alarms(shared, "webhook_unauthorized") == before + 1


async def test_what_is_no_json_is_no_alarm(shared: Harness) -> None:
    """Scanners post rubbish all day long; the alarm is for deliveries that look right and prove nothing."""
    before = await shared.rows("SELECT count(*) AS n FROM marketplace_events")
    assert_problem(await deliver(shared, b"rubbish"), "json_invalid", 400)
    assert await shared.rows("SELECT count(*) AS n FROM marketplace_events") == before


# -------------------------------------------------------------------------------------- reading a body


def entity(salon_id: int, **fields: Any) -> dict[str, Any]:
    """Return an entity notice as YCLIENTS posts it."""
    return {
        "company_id": salon_id,
        "resource": "record",
        "resource_id": 7,
        "status": "create",
        "data": {"id": 7},
    } | fields


@pytest.mark.parametrize("field", ["event", "event_type"])
async def test_both_names_of_the_event_are_read(shared: Harness, field: str) -> None:
    fields = {"salon_id": UNHEARD_OF, field: "freeze", "partner_token": PARTNER_TOKEN}
    row = await accepted(shared, fields)
    assert (row["event"], row["kind"]) == ("freeze", "lifecycle")


async def test_bodies_of_either_shape_are_read_on_either_address(shared: Harness) -> None:
    key = webhook_key(shared)
    shapes = [
        (body(salon_id=SALON, event="visit", partner_token=PARTNER_TOKEN), "unknown"),
        (entity(SALON), "entity"),
    ]
    for fields, kind in shapes:
        content = raw(fields)
        for how in ({"key": key}, {"headers": signed(content)}):
            row = await accepted(shared, content, **how)
            assert (row["kind"], row["salon_id"]) == (kind, SALON)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (UNHEARD_OF, UNHEARD_OF),
        (str(UNHEARD_OF), UNHEARD_OF),
        (-5, None),
        ("-5", None),
        (0, None),
        (1.5, None),
        (True, None),
        ("1e3", None),
        ("٥", None),
        ([UNHEARD_OF], None),
        ({"id": 5}, None),
        (None, None),
        (2**31, None),
        ("", None),
    ],
    ids=repr,
)
async def test_ids_are_read_as_numbers_or_text_and_anything_else_as_missing(
    shared: Harness, value: Any, read: int | None
) -> None:
    row = await accepted(shared, body(salon_id=value, application_id=value, partner_token=PARTNER_TOKEN))
    assert row["salon_id"] == read
    assert row["application_id"] == (2**31 if value == 2**31 else read)


async def test_the_sender_is_whom_the_connection_is_from_whatever_a_header_says(shared: Harness) -> None:
    headers = [("X-Forwarded-For", "6.6.6.6"), ("Forwarded", "for=6.6.6.6"), ("Remote-Addr", "6.6.6.6")]
    row = await accepted(shared, body(partner_token=PARTNER_TOKEN), headers=headers)
    assert row["peer"] == "127.0.0.1"


async def test_a_webhook_without_a_salon_is_kept(shared: Harness) -> None:
    """Incident I-34 and F23: what names no salon was lost."""
    row = await accepted(shared, {"event": "payment", "partner_token": PARTNER_TOKEN})
    assert (row["salon_id"], row["event"]) == (None, "payment")


async def test_a_huge_event_name_is_kept_short(shared: Harness) -> None:
    name = "event" * 2_000
    row = await accepted(shared, body(event=name, partner_token=PARTNER_TOKEN))
    assert (row["kind"], row["event"]) == ("unknown", name[:100])
    assert json.loads(row["body"])["event"] == name


@pytest.mark.parametrize("event", [None, 5, [], {}, "", "  ", True], ids=repr)
async def test_an_event_that_is_no_name_is_kept_as_unknown(shared: Harness, event: Any) -> None:
    row = await accepted(shared, body(event=event, partner_token=PARTNER_TOKEN))
    assert (row["kind"], row["event"]) == ("unknown", "unknown")


async def test_what_postgres_cannot_hold_is_kept_as_near_as_it_can(shared: Harness) -> None:
    content = (
        b'{"event": "visit\\u0000\\ud800", "salon_id": 900001, "resource_id": "\\udfff\\u0000",'
        b' "data": {"\\u0000": "\\ud83d", "name": "\\ud83d\\ude00 \\u041c\\u0430\\u0448\\u0430"}}'
    )
    row = await accepted(shared, content, headers=signed(content))
    assert row["event"] == "visit\ufffd\ufffd"
    assert json.loads(row["body"])["data"] == {"\ufffd": "\ufffd", "name": "😀 Маша"}


async def test_numbers_keep_the_spelling_that_payments_are_signed_over(shared: Harness) -> None:
    content = (
        b'{"event": "visit", "amount": 100.00, "id": 12345678901234567890, "partner_token": "'
        + PARTNER_TOKEN.encode()
        + b'"}'
    )
    row = await accepted(shared, content)
    assert '"amount": 100.00' in row["body"]
    assert "12345678901234567890" in row["body"]


@pytest.mark.parametrize("size", [256 * 1024], ids=["256 KiB"])
async def test_the_largest_webhook_is_kept_whole(shared: Harness, size: int) -> None:
    fields = body(partner_token=PARTNER_TOKEN, event="visit", note="")
    fields["note"] = "я" * ((size - len(raw(fields))) // 2)
    row = await accepted(shared, fields)
    assert json.loads(row["body"])["note"] == fields["note"]


# ---------------------------------------------------------------------------- the token is kept nowhere

SPELLINGS: dict[str, dict[str, Any]] = {
    "plain": {"partner_token": PARTNER_TOKEN},
    "twice": {"partner_token": PARTNER_TOKEN, "data": {"partner_token": PARTNER_TOKEN}},
    "camel": {"partner_token": PARTNER_TOKEN, "partnerToken": PARTNER_TOKEN, "PartnerToken": "anything"},
    "shouted": {"partner_token": PARTNER_TOKEN, "PARTNER-TOKEN": PARTNER_TOKEN},
    "under another name": {"partner_token": PARTNER_TOKEN, "note": f"token={PARTNER_TOKEN};"},
    "in a list": {"partner_token": PARTNER_TOKEN, "data": [[{"a": PARTNER_TOKEN}]]},
    "as a key": {"partner_token": PARTNER_TOKEN, "data": {PARTNER_TOKEN: 1}},
    "in a text of JSON": {
        "partner_token": PARTNER_TOKEN,
        "payload": json.dumps({"partner_token": PARTNER_TOKEN}),
    },
    "the previous one": {"partner_token": PREVIOUS_TOKEN, "data": PREVIOUS_TOKEN},
    "the previous beside the current": {"partner_token": PARTNER_TOKEN, "old": PREVIOUS_TOKEN},
}
STRANGE_PLACES: dict[str, dict[str, Any]] = {
    "as the event": {"partner_token": PARTNER_TOKEN, "event": PARTNER_TOKEN},
    "as the resource": {
        "partner_token": PARTNER_TOKEN,
        "event": None,
        "resource": PARTNER_TOKEN,
        "status": "create",
    },
    "as the resource's id": {
        "partner_token": PARTNER_TOKEN,
        "event": "record_create",
        "resource_id": PARTNER_TOKEN,
    },
}


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_no_partner_token_is_kept_however_it_is_spelled(shared: Harness, spelling: str) -> None:
    assert_no_token_in(await accepted(shared, body(**SPELLINGS[spelling])))


async def test_a_token_in_escapes_is_not_kept_either(shared: Harness) -> None:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in PARTNER_TOKEN).encode()
    content = b'{"event": "visit", "\\u0070artner_token": "' + escaped + b'", "note": "' + escaped + b'"}'
    row = await accepted(shared, content)
    assert json.loads(row["body"]) == {"event": "visit", "partner_token": "***", "note": "***"}


async def test_no_token_is_in_any_table_after_all_this(shared: Harness) -> None:
    await shared.webhooks_processed()
    tables = await shared.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for table in (row["tablename"] for row in tables):
        kept = str(await shared.rows(f"SELECT * FROM {table}")).lower()
        for token in (PARTNER_TOKEN, PREVIOUS_TOKEN, webhook_key(shared)):
            assert token.lower() not in kept, table


@pytest.mark.parametrize("place", STRANGE_PLACES)
async def test_no_partner_token_is_kept_in_the_columns_beside_the_body(shared: Harness, place: str) -> None:
    assert_no_token_in(await accepted(shared, body(**STRANGE_PLACES[place])))


@pytest.mark.parametrize("token", [5, True, [PARTNER_TOKEN], {"a": PARTNER_TOKEN}], ids=repr)
async def test_a_token_that_is_no_text_is_a_wrong_one(shared: Harness, token: Any) -> None:
    await refused(
        shared, "webhook_unauthorized", {"event": "visit", "partner_token": token}, key=webhook_key(shared)
    )


# ---------------------------------------------------------------------------------------------- helpers


def assert_no_token_in(row: dict[str, Any]) -> None:
    """Check every column, whatever stands between a token's letters."""
    kept = re.sub(r"[^a-z0-9]", "", " ".join(str(value) for value in row.values()).lower())
    for token in (PARTNER_TOKEN, PREVIOUS_TOKEN):
        assert re.sub(r"[^a-z0-9]", "", token) not in kept


async def counted(harness: Harness, code: str) -> float:
    """Return the counter of `/metrics`."""
    answer = await harness.http.get("/metrics")
    found = re.search(rf'^webhook_refused_total{{code="{code}"}} (\S+)$', answer.text, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def alarms(harness: Harness, code: str) -> int:
    events = await harness.rows(
        "SELECT count(*) AS n FROM marketplace_events WHERE type = 'webhook_refused' AND data->>'code' = %s",
        code,
    )
    return int(events[0]["n"])

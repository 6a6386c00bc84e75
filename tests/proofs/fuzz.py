"""Generated requests never meet a 5xx or an answer that the documents do not describe (goal B3).

Every operation of the public and of the admin interface, as a stranger and as somebody let in, with cases that keep to
the document and cases that break it; chains of operations as far as the documents tell how one leads to another; and
the two parsers that strangers reach first, with whatever bytes.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import Callable
from typing import Any

from schemathesis import GenerationMode

from gateway.domain.errors import GatewayError
from gateway.domain.signatures import verify_user_data
from gateway.domain.strict_json import parse_json_object
from gateway.domain.webhooks import parse_webhook, strip_token
from gateway.http.problems import STATUS_OF_CODE
from shared.protocol import HTTP_ROOT, OPERATIONS
from tests.proofs._proof import Proof, Proving, main
from tests.support.door import webhook_key
from tests.support.explorer import Explorer
from tests.support.harness import OTHER_SALON, PARTNER_TOKEN, SALON, WAHA_DOOR, Harness, running_harness
from tests.support.inputs import NOBODY
from tests.support.staff import member

GOAL = "B3"
BYTES_PER_CASE = 200
PARSED_PER_CASE = 1_000
CHAINS_PER_CASE = 3
PUBLIC_OPERATIONS = 11
TOKENS = (PARTNER_TOKEN.encode(), b"another-token")
SEEDS = (
    b"", b"{}", b'{"event":"uninstall","salon_id":1,"partner_token":"x"}', b'{"company_id":1,"resource":"record"}',
    b'{"event":"payment","payment":{"amount":100.00,"sign":"00"}}', b"[[[[[[", b'{"a":"\\ud800"}', b"\xef\xbb\xbf{}",
    b'{"event_type":"x","data":{"salon_id":"1"}}', b'{"salon_id":1e400}', b'{"a":1,"a":2}', '{"имя":"я"}'.encode(),
)  # fmt: skip


async def work(proving: Proving) -> None:
    """Send `runs` cases an operation, manner and credential; a thousand times as many to each parser."""
    operations = PUBLIC_OPERATIONS + sum(not each.is_for_sockets for each in OPERATIONS)
    proving.expect(4 + 2 * 2 + 2)
    _parse(proving, "verify_user_data", _user_data, PARSED_PER_CASE * proving.runs)
    _parse(proving, "the webhook parser", _webhook, PARSED_PER_CASE * proving.runs)
    url = await proving.databases.fresh()
    async with running_harness(url, waha_instances=WAHA_DOOR) as harness:
        await harness.install(SALON)
        link, staff = await harness.link(OTHER_SALON), await member(harness)
        public = (await harness.http.get("/openapi.json")).json()
        bearer = {"Authorization": f"Bearer {staff}"}
        admin = (await harness.http.get(f"{HTTP_ROOT}/openapi.json", headers=bearer)).json()
        known = {"key": webhook_key(harness), "session_id": f"company_{OTHER_SALON}", "instance": "main"}
        nobody = {"salon_id": OTHER_SALON, "staff_id": NOBODY, "call_id": NOBODY, "bulk_id": NOBODY}
        seen = set()
        for document, headers, fixed, who in (
            (public, {}, known, "a stranger"), (public, {"Authorization": f"Bearer {link}"}, known, "an owner"),
            (admin, {}, nobody, "a stranger"), (admin, bearer, nobody, "staff"),
        ):  # fmt: skip
            seen |= await _explore(proving, harness, document, headers, fixed, who)
        proving.holds(GOAL, len(seen) == operations, f"{len(seen)} of {operations} operations were met")
        proving.figure(GOAL, "operations", str(len(seen)))
    await proving.databases.drop(url)


async def _explore(
    proving: Proving,
    harness: Harness,
    document: dict[str, Any],
    headers: dict[str, str],
    fixed: dict[str, Any],
    who: str,
) -> set[str]:
    """Send every kind of case as one caller and return the operations that were met."""
    explorer = Explorer(harness.url, document, headers, proving.runs, proving.seed)
    for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
        await _checked(proving, f"{who}, {mode.name}", lambda mode=mode: explorer.explore(mode, **fixed))  # type: ignore[misc]
    if headers:
        await _checked(proving, f"{who}, chains", lambda: explorer.chain(CHAINS_PER_CASE * proving.runs))
        proving.step(f"{who}, chains")
    proving.ran(GOAL, explorer.cases)
    proving.holds(
        GOAL, all(max(seen, default=0) < 500 or seen <= {503} for seen in explorer.statuses.values()),
        f"{who}: {explorer.statuses}",
    )  # fmt: skip
    proving.step(who)
    return set(explorer.statuses)


async def _checked(proving: Proving, what: str, work: Callable[[], None]) -> None:
    try:
        await asyncio.to_thread(work)
    except BaseExceptionGroup as group:
        for error in group.exceptions:
            proving.broke(GOAL, f"{what}: {str(error)[:1500]}")
    except Exception as error:
        proving.broke(GOAL, f"{what}: {type(error).__name__}: {str(error)[:1500]}")


# ------------------------------------------------------------------------------------------------- parsers


def _parse(proving: Proving, what: str, parse: Callable[[random.Random], None], cases: int) -> None:
    for _ in range(cases):
        state = proving.chance.getstate()
        try:
            parse(proving.chance)
        except Exception as error:
            proving.broke(GOAL, f"{what}: {type(error).__name__}: {error}; state {hash(state)}")
    proving.ran(GOAL, cases)
    proving.figure(GOAL, what, f"{cases:,} cases")
    proving.step(what)


def _user_data(chance: random.Random) -> None:
    """Ask about any text: nothing raises, and nothing is taken for signed."""
    letters = [
        chance.choice(
            ("A", "=", "+", "/", "-", "_", " ", "\x00", "я", "\ud800", chr(chance.randrange(0x110000)))
        )
        for _ in range(chance.randrange(40))
    ]
    sign = chance.choice(
        ("", "0" * 64, "f" * 63, "я" * 64, "".join(chance.choices("0123456789abcdefAF", k=64)))
    )
    assert verify_user_data("".join(letters), sign, TOKENS) is None


def _webhook(chance: random.Random) -> None:
    """Parse any bytes: they are an event or are refused with a known code, and stripping them leaves no token."""
    body = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randrange(6)):
        at = chance.randrange(len(body) + 1)
        body[at:at] = chance.choice(
            (b"{", b"}", b'"', b"\\u0000", b"[", b"\xff", b",", bytes([chance.randrange(256)]), TOKENS[0])
        )
    try:
        parse_webhook(bytes(body))
    except GatewayError as error:
        assert STATUS_OF_CODE[error.code] < 500
        return
    _, kept = strip_token(bytes(body), parse_json_object(bytes(body)), [token.decode() for token in TOKENS])
    assert TOKENS[0].decode() not in json.dumps(json.loads(kept), ensure_ascii=False)


PROOF = Proof("fuzz", (GOAL,), work, runs=100, short=1)

if __name__ == "__main__":
    sys.exit(main(PROOF))

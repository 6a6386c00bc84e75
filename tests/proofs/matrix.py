"""Every credential at every door about every tenant (goal B5), printed: no cell reads or writes what is not its own.

Two owners with a salon each, staff of every role, and everything that is no credential any more or never was one. Each
asks at every route and on both sockets about either salon; a body that holds a mark of the other's is a finding, and so
is a row of the other's that has changed.
"""

from __future__ import annotations

import base64
import itertools
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import socketio

from gateway.application.links import LIFETIME_S, TOKEN_TYPE, LinkTokens, derive_key
from gateway.http.problems import STATUS_OF_CODE
from gateway.sandbox.catalogue import Salon
from shared import protocol
from shared.protocol import OPERATIONS, Operation
from shared.vocabulary import ROLE_PERMISSIONS, StaffRole
from tests.proofs._proof import Proof, Proving, main
from tests.support.door import webhook_key
from tests.support.harness import PARTNER_TOKEN, WAHA_DOOR, Harness, running_harness
from tests.support.inputs import right_input
from tests.support.moments import StillClock
from tests.support.staff import new_key, request

GOAL = "B5"
A, B = 160_001, 160_002
JWT_SECRET = "jwt-secret-for-tests-0123456789abcdef"
COMMANDS = ("request-qr", "check-status", "relink", "confirm-phone", "request-pairing-code")
OTHER_PHONE = "+79990001122"
PATIENCE_S = 20
Operations = Sequence[Operation[Any, Any]]
_STAND = """
    SELECT i.generation, i.partner_state, i.api_key_sealed, i.closed_at, i.stage, c.title,
        s.generation AS engine, s.desired, s.method, s.linked_at, s.account_phone_masked,
        (SELECT count(*) FROM partner_calls p WHERE p.install_id = i.id) AS calls,
        (SELECT count(*) FROM webhook_inbox w WHERE w.salon_id = i.salon_id) AS webhooks
    FROM installs i JOIN companies c ON c.id = i.company_id LEFT JOIN whatsapp_sessions s ON s.salon_id = i.salon_id
    WHERE i.salon_id = %s ORDER BY i.id
"""


@dataclass(frozen=True, slots=True)
class Credential:
    """Something that may be shown at a door: whose it is decides what it may see."""

    name: str
    token: str | None
    owns: int | None = None
    role: StaffRole | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of one credential at one door."""

    door: str
    credential: str
    said: str


class Tenants:
    """The two salons: what marks them in a body, and how their rows stand."""

    def __init__(self, harness: Harness) -> None:
        self._harness = harness
        self._marks: dict[int, list[str]] = {}

    async def note(self) -> None:
        """Remember what is found in no answer but the owner's or staff's."""
        for salon_id in (A, B):
            row = await self._harness.install_row(salon_id)
            key = self._harness.sandbox.market.api_keys(salon_id)[-1]
            marks = [f"МЕТКА-{salon_id}", row["support_code"], key, webhook_key(self._harness, salon_id)]
            self._marks[salon_id] = [*marks, f"Owner-{salon_id}"]

    def marks_in(self, body: str, salon_id: int) -> list[str]:
        """Return which marks of a salon a body holds."""
        return [mark for mark in self._marks[salon_id] if mark in body or json.dumps(mark)[1:-1] in body]

    async def stand(self, salon_id: int) -> list[dict[str, Any]]:
        """Return how a salon's rows stand, without what moves by itself."""
        return await self._harness.rows(_STAND, salon_id)


class Matrix:
    """Asks, judges and keeps every cell."""

    def __init__(self, proving: Proving, harness: Harness, tenants: Tenants) -> None:
        self._proving = proving
        self._harness = harness
        self._tenants = tenants
        self.cells: list[Cell] = []

    async def at(
        self,
        door: str,
        who: Credential,
        about: int,
        ask: Callable[[], Awaitable[tuple[str, str]]],
        *,
        may: bool,
    ) -> None:
        """Ask at a door about a salon; whoever may not must be refused, learn nothing and change nothing."""
        before = await self._tenants.stand(about)
        said, body = await ask()
        self.cells.append(Cell(f"{door} of {'A' if about == A else 'B'}", who.name, said))
        self._proving.ran(GOAL)
        self._proving.step(f"{who.name} at {door}")
        where = f"{who.name} at {door} about {'A' if about == A else 'B'}: {said}"
        self._proving.holds(GOAL, not said.startswith("5"), f"{where}, {body[:200]}")
        if may:
            self._proving.holds(GOAL, said not in ("401", "403"), f"{where}: kept out of its own")
            return
        self._proving.holds(GOAL, said.startswith("4") or said.startswith("no"), f"{where}: let in")
        self._proving.holds(GOAL, not self._tenants.marks_in(body, about), f"{where}: read {body[:200]}")
        self._proving.holds(GOAL, await self._tenants.stand(about) == before, f"{where}: changed rows")

    def holds(self, is_so: bool, finding: str) -> None:
        """Note a finding that belongs to no cell."""
        self._proving.holds(GOAL, is_so, finding)

    def marks_in(self, said: str, salon_id: int) -> list[str]:
        """Return which marks of a salon a text holds."""
        return self._tenants.marks_in(said, salon_id)

    def table(self) -> str:
        """Return the cells as a table: a line for each door, a column for each credential."""
        names = list(dict.fromkeys(cell.credential for cell in self.cells))
        doors = list(dict.fromkeys(cell.door for cell in self.cells))
        said = {(cell.door, cell.credential): cell.said for cell in self.cells}
        width = max(len(door) for door in doors)
        lines = [f"{number:>3} {name}" for number, name in enumerate(names, 1)]
        lines.append(" " * width + "".join(f"{number:>5}" for number in range(1, len(names) + 1)))
        for door in doors:
            cells = (said.get((door, name), "·") for name in names)
            lines.append(door.ljust(width) + "".join(f"{cell:>5}" for cell in cells))
        return "\n".join(lines)


async def work(proving: Proving) -> None:
    """Fill the matrix; `runs` is how many of staff's operations are asked for, by default every one."""
    operations = proving.chance.sample(OPERATIONS, min(proving.runs, len(OPERATIONS)))
    url = await proving.databases.fresh()
    async with running_harness(url, waha_instances=WAHA_DOOR) as harness:
        tenants, known = await _town(harness)
        matrix = Matrix(proving, harness, tenants)
        proving.expect(len(known) * 2 * (10 + len(operations)))
        proving.chance.shuffle(known)
        for who in known:
            for about in (A, B):
                await _owners_routes(matrix, harness, who, about)
                await _webhooks(matrix, harness, who, about)
                await _staff_routes(matrix, harness, who, about, operations)
            await _page_socket(matrix, harness, who)
            await _console_socket(matrix, harness, who, operations)
    await proving.databases.drop(url)
    print("\n" + matrix.table(), flush=True)
    proving.figure(GOAL, "credentials", str(len(known)))
    proving.figure(GOAL, "doors", str(len({cell.door for cell in matrix.cells})))


async def _town(harness: Harness) -> tuple[Tenants, list[Credential]]:
    """Connect both salons, A for the second time, and make every credential there is."""
    for salon_id in (A, B):
        harness.sandbox.market.add_salon(
            Salon(
                salon_id, f"Салон МЕТКА-{salon_id}", "Тверь", "", "", "Europe/Moscow",
                owner_id=salon_id, owner_name=f"Owner-{salon_id}",
            )
        )  # fmt: skip
    replayed = await harness.install(A)
    harness.sandbox.market.disconnect(A)
    await harness.reaches(replayed, "gone", A)
    good = {salon_id: await harness.install(salon_id) for salon_id in (A, B)}
    tenants = Tenants(harness)
    await tenants.note()
    return tenants, [*_links(good, replayed), *await _staff(harness), *_others(harness)]


def _links(good: Mapping[int, str], replayed: str) -> list[Credential]:
    body = good[A].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    key, now = derive_key(JWT_SECRET, "onboarding link"), datetime.now(UTC)

    def signed(
        more: Mapping[str, Any], *, by: bytes = key, algorithm: str = "HS256", typ: str = TOKEN_TYPE
    ) -> str:
        return jwt.encode(claims | more, by if algorithm != "none" else "", algorithm, {"typ": typ})

    clock = StillClock()
    clock.at = now - timedelta(seconds=LIFETIME_S + 60)
    salons = json.dumps([[B, 1]])
    parts = good[A].split(".")
    swapped = base64.urlsafe_b64encode(
        json.dumps(claims | {"salons": json.loads(salons), "sub": str(B)}).encode()
    )
    forged = {
        "expired link": LinkTokens(JWT_SECRET, clock).issue({A: 2}),
        "other audience": signed({"aud": "admin"}), "other issuer": signed({"iss": "someone"}),
        "other type": signed({}, typ="JWT"), "algorithm none": signed({}, algorithm="none"),
        "HS512": signed({}, by=key * 2, algorithm="HS512"), "other key": signed({}, by=key[::-1]),
        "staff's key": signed({}, by=derive_key(JWT_SECRET, "staff token")),
        "the secret itself": signed({}, by=JWT_SECRET.encode()),
        "salon swapped": ".".join((parts[0], swapped.decode().rstrip("="), parts[2])),
        "replayed link of an older generation": replayed,
    }  # fmt: skip
    owners = [Credential("owner A", good[A], owns=A), Credential("owner B", good[B], owns=B)]
    return owners + [Credential(name, token) for name, token in forged.items()]


async def _staff(harness: Harness) -> list[Credential]:
    staff = harness.gateway.staff
    good = [
        Credential(role.value, (await staff.add(f"a {role}", role)).token, role=role) for role in StaffRole
    ]
    revoked, ended = await staff.add("revoked", StaffRole.ADMIN), await staff.add("ended", StaffRole.ADMIN)
    await staff.revoke("revoked")
    statement = "UPDATE staff SET expires_at = now() - interval '1 day' WHERE name = 'ended'"
    await harness.gateway.storage.write(lambda tx: tx.count(statement))
    return [*good, Credential("revoked admin", revoked.token), Credential("expired admin", ended.token)]


def _others(harness: Harness) -> list[Credential]:
    return [
        Credential("none", None), Credential("garbage", "garbage"), Credential("PARTNER_TOKEN", PARTNER_TOKEN),
        Credential("webhook key of A", webhook_key(harness, A)),
        Credential("api_key of A", harness.sandbox.market.api_keys(A)[-1]),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------- HTTP


async def _owners_routes(matrix: Matrix, harness: Harness, who: Credential, about: int) -> None:
    named: Sequence[tuple[str, str, dict[str, Any] | None]] = (
        ("GET", f"/marketplace/api/state?salon_id={about}", None),
        ("GET", f"/marketplace/api/status/company_{about}", None),
        ("POST", "/marketplace/api/qr", {"salon_id": about}),
        ("POST", "/marketplace/api/pairing-code", {"salon_id": about, "phone": OTHER_PHONE}),
        ("POST", "/marketplace/api/relink", {"salon_id": about}),
        ("POST", "/marketplace/api/confirm-phone", {"salon_id": about}),
    )
    for method, path, body in named:
        if path.endswith("relink") and who.owns == about:
            continue  # it would end what the other cells ask about
        door = f"{method} {path.partition('?')[0].replace(str(about), '#')}"
        await matrix.at(door, who, about, _asking(harness, who, method, path, body), may=who.owns == about)
    if who.owns in (None, about):  # the token alone says which salon is meant
        body = {"token": who.token or ""}
        asking = _asking(harness, Credential(who.name, None), "POST", "/marketplace/activate", body)
        await matrix.at("POST /marketplace/activate", who, about, asking, may=who.owns == about)


async def _webhooks(matrix: Matrix, harness: Harness, who: Credential, about: int) -> None:
    """Show a credential where a webhook's proof belongs, about a salon that the key in the address is not of."""
    other = B if about == A else A
    body = {"event": "uninstall", "salon_id": about, "partner_token": who.token or ""}
    if who.token != PARTNER_TOKEN:
        asking = _asking(harness, Credential(who.name, None), "POST", "/webhook/yclients", body)
        await matrix.at("POST /webhook/yclients", who, about, asking, may=False)
    hint = {"id": "evt_1", "event": "session.status", "session": f"company_{about}", "timestamp": 0}
    asking = _asking(harness, who, "POST", "/whatsapp/waha/main/webhook", hint)
    await matrix.at("POST /whatsapp/waha/main/webhook", who, about, asking, may=False)
    path, named = f"/webhook/yclients/{webhook_key(harness, other)}", {"event": "x", "salon_id": about}
    await matrix.at(
        "POST /webhook/yclients/{other's key}",
        who,
        about,
        _asking(harness, who, "POST", path, named),
        may=False,
    )


async def _staff_routes(
    matrix: Matrix, harness: Harness, who: Credential, about: int, operations: Operations
) -> None:
    for operation in operations:
        if operation.is_for_sockets:
            continue
        may = who.role is not None and operation.permission in ROLE_PERMISSIONS[who.role]
        given = _given(operation, about, may=may)

        async def asks(
            operation: Operation[Any, Any] = operation, given: dict[str, Any] = given
        ) -> tuple[str, str]:
            answer = await request(harness, operation.name, who.token, given)
            return str(answer.status_code), answer.text

        await matrix.at(f"{operation.method} {operation.path}", who, about, asks, may=may)


def _given(operation: Operation[Any, Any], about: int, *, may: bool) -> dict[str, Any]:
    """Return an input about a salon; a command of somebody who may is about nobody, to leave the town as it is."""
    given = right_input(operation)
    if "salon_id" in given and not (may and operation.is_command):
        given["salon_id"] = about
    return given


def _asking(
    harness: Harness, who: Credential, method: str, path: str, body: Mapping[str, Any] | None
) -> Callable[[], Awaitable[tuple[str, str]]]:
    async def asks() -> tuple[str, str]:
        headers = {} if who.token is None else {"Authorization": f"Bearer {who.token}"}
        answer = await harness.http.request(method, path, headers=headers, json=body)
        return str(answer.status_code), answer.text

    return asks


# ---------------------------------------------------------------------------------------------- sockets


@asynccontextmanager
async def _joined(harness: Harness, who: Credential, namespace: str) -> AsyncIterator[tuple[Any, list[Any]]]:
    """Join a namespace; yields the client, None when it was refused, and what it was told."""
    client, heard = socketio.AsyncClient(reconnection=False), []
    client.on("*", lambda *told: heard.append(told), namespace=namespace)
    auth = {} if who.token is None else {"token": who.token}
    try:
        await client.connect(harness.url, auth=auth, namespaces=[namespace], transports=["websocket"])
        yield client, heard
    except socketio.exceptions.ConnectionError as error:
        yield None, [str(error)]
    finally:
        await client.disconnect()
        await client.shutdown()


async def _page_socket(matrix: Matrix, harness: Harness, who: Credential) -> None:
    async with _joined(harness, who, "/marketplace") as (client, heard):
        if client is None:
            for about in (A, B):
                await matrix.at("socket /marketplace", who, about, _told("no", heard), may=False)
            return
        other = B if who.owns == A else A
        told = matrix.marks_in(str(heard), other)
        matrix.holds(not told, f"{who.name} was told {told} by the socket")
        for about, command in itertools.product((A, B), COMMANDS):
            may = who.owns == about
            if command == "relink" and may:
                continue
            given = {"salonId": about, "phoneNumber": OTHER_PHONE}
            asks = _emitting(client, "/marketplace", command, (given,))
            await matrix.at(f"socket /marketplace {command}", who, about, asks, may=may)


async def _console_socket(matrix: Matrix, harness: Harness, who: Credential, operations: Operations) -> None:
    async with _joined(harness, who, protocol.NAMESPACE) as (client, heard):
        if client is None:
            for about in (A, B):
                await matrix.at("socket /admin", who, about, _told("no", heard), may=False)
            return
        matrix.holds(who.role is not None, f"{who.name} joined the consoles")
        for about, operation in itertools.product((A, B), operations):
            may = who.role is not None and operation.permission in ROLE_PERMISSIONS[who.role]
            meta = {"idempotency_key": new_key()} if operation.is_command else {}
            given = (_given(operation, about, may=may), meta)
            asks = _emitting(client, protocol.NAMESPACE, operation.name, given)
            await matrix.at(f"socket /admin {operation.name}", who, about, asks, may=may)


def _emitting(
    client: Any, namespace: str, event: str, given: tuple[Any, ...]
) -> Callable[[], Awaitable[tuple[str, str]]]:
    async def asks() -> tuple[str, str]:
        answer = await client.call(event, given, namespace=namespace, timeout=PATIENCE_S)
        said = json.dumps(answer, ensure_ascii=False)
        return "ok" if answer["ok"] else _as_status(answer["error"]["code"]), said

    return asks


def _as_status(code: str) -> str:
    return str(STATUS_OF_CODE[code])


def _told(said: str, heard: list[Any]) -> Callable[[], Awaitable[tuple[str, str]]]:
    async def asks() -> tuple[str, str]:
        return said, str(heard)

    return asks


PROOF = Proof("matrix", (GOAL,), work, runs=len(OPERATIONS), short=1)

if __name__ == "__main__":
    sys.exit(main(PROOF))

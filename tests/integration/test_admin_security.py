"""Staff's doors against everybody: every credential on every operation, every wrong input, every repeat."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from gateway.application.admin import desk as desk_module
from gateway.application.admin.desk import Call
from gateway.application.records import StaffMember
from gateway.bootstrap import running_gateway
from gateway.domain.errors import GatewayError
from shared import protocol
from shared.protocol import OPERATIONS, Operation
from shared.vocabulary import ROLE_PERMISSIONS, Permission, StaffRole
from tests.support.door import assert_problem, row_counts, shared
from tests.support.harness import SALON, Harness
from tests.support.inputs import NOBODY, kinds_of, right_input, wrong_inputs
from tests.support.node_clients import node_clients
from tests.support.staff import Console, member, new_key, request

__all__ = ["shared"]

on_shared = pytest.mark.asyncio(loop_scope="module")
METRICS_TOKEN = "metrics-token-for-tests"
AT_ONCE = 30
EVERY = 4
"""Each operation meets every fourth wrong credential, the next one the others; all with all meet in `prove matrix`."""
_IN_QUERY: dict[str, Any] = {"array": list, "string": str, "integer": int | str, "boolean": int | str}
OVER_HTTP = [operation for operation in OPERATIONS if not operation.is_for_sockets]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tokens(shared: Harness) -> dict[StaffRole, str]:
    """One token a role."""
    return {role: await member(shared, role) for role in StaffRole}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wrong_credentials(shared: Harness) -> dict[str, tuple[str | None, str]]:
    """Everything that is no good staff token, with the code it is refused with."""
    ended = await shared.gateway.staff.add("ended", StaffRole.ADMIN)
    revoked = await shared.gateway.staff.add("revoked", StaffRole.ADMIN)
    await shared.gateway.staff.revoke("revoked")
    statement = "UPDATE staff SET expires_at = now() WHERE name = 'ended'"
    await shared.gateway.storage.write(lambda tx: tx.count(statement))
    good = await member(shared)
    settings = shared.gateway.settings
    secrets = {
        "JWT_SECRET": settings.jwt_secret, "DATA_KEY": settings.data_key, "PARTNER_TOKEN": settings.partner_token,
    }  # fmt: skip
    foreign: dict[str, str] = {
        "garbage": "garbage", "no such token": "aiadmin_" + "A" * 43, "an owner's link": await shared.link(),
        "METRICS_TOKEN": METRICS_TOKEN, "a good one cut": good[:-1], "a good one and more": good + "x",
        "a good one in other letters": good.swapcase(), "not ASCII": "ключ", "long": "a" * 4_000,
    } | {name: secret.get_secret_value() for name, secret in secrets.items() if secret is not None}  # fmt: skip
    assert set(secrets) < set(foreign)
    known: dict[str, tuple[str | None, str]] = {
        "none": (None, "staff_token_missing"), "empty": ("", "staff_token_missing"),
        "expired": (ended.token, "staff_token_expired"), "revoked": (revoked.token, "staff_token_revoked"),
    }  # fmt: skip
    return known | {name: (token, "staff_token_invalid") for name, token in foreign.items()}


# ----------------------------------------------------------------------------------------- the table itself


@on_shared
async def test_every_operation_has_a_permission_an_input_that_forbids_the_unknown_and_somebody_who_does_it(
    shared: Harness,
) -> None:
    names = [operation.name for operation in OPERATIONS]
    assert len(set(names)) == len(names)
    for operation in OPERATIONS:
        assert isinstance(operation.permission, Permission), operation.name
        assert operation.input.model_config["extra"] == "forbid"
        assert operation.is_audited or not operation.is_command
        assert operation.is_command or not operation.is_destructive
        assert operation.method == "POST" or not operation.is_command
    assert shared.gateway.desk.operations == set(names)


def test_a_viewer_only_reads_and_only_an_administrator_does_everything() -> None:
    for operation in OPERATIONS:
        may = {role for role, held in ROLE_PERMISSIONS.items() if operation.permission in held}
        assert StaffRole.ADMIN in may
        if operation.is_command or operation.is_audited:
            assert StaffRole.VIEWER not in may, operation.name
    assert (
        ROLE_PERMISSIONS[StaffRole.VIEWER]
        < ROLE_PERMISSIONS[StaffRole.OPERATOR]
        < ROLE_PERMISSIONS[StaffRole.ADMIN]
    )


# ----------------------------------------------------------------------------- every credential, every door


@on_shared
async def test_no_other_credential_opens_any_operation_over_http(
    shared: Harness, wrong_credentials: dict[str, tuple[str | None, str]]
) -> None:
    before = await row_counts(shared)
    for place, operation in enumerate(OVER_HTTP):
        for name, (token, code) in list(wrong_credentials.items())[place % EVERY :: EVERY]:
            answer = await request(shared, operation.name, token or None, right_input(operation))
            assert answer.status_code == 401, (name, operation.name, answer.text)
            assert_problem(answer, code)
            assert answer.headers["www-authenticate"] == 'Bearer realm="staff"'
    assert await row_counts(shared) == before


@on_shared
async def test_a_good_token_in_the_wrong_place_is_none(shared: Harness, tokens: dict[StaffRole, str]) -> None:
    token, path = tokens[StaffRole.ADMIN], protocol.HTTP_ROOT + "/me"
    for address, headers in (
        (f"{path}?token={token}", {}), (f"{path}?access_token={token}", {}), (path, {"Cookie": f"token={token}"}),
        (path, {"Authorization": token}), (path, {"Authorization": f"Basic {token}"}), (path, {"X-Token": token}),
        (path, {"Authorization": f"Bearer{token}"}),
    ):  # fmt: skip
        answer = await shared.http.get(address, headers=headers)
        assert_problem(answer, "staff_token_missing", 401)
    assert (await shared.http.get(path, headers={"Authorization": f"bearer {token}"})).status_code == 200


@pytest.mark.node
@on_shared
async def test_no_other_credential_joins_the_socket(
    shared: Harness, wrong_credentials: dict[str, tuple[str | None, str]]
) -> None:
    async with node_clients(shared.url) as clients:
        for name, (token, code) in wrong_credentials.items():
            Console(clients, name).open(token)
            refused = await clients.told(name, "connect_error")
            assert (refused["data"]["code"], refused["again"]) == (code, False), name
            for operation in OPERATIONS[::EVERY]:
                clients.tell(name, operation.name, right_input(operation), {"idempotency_key": new_key()})
        assert all(clients.names(name) == ["connect_error"] for name in wrong_credentials)
    assert shared.gateway.admin.consoles == 0


@on_shared
@pytest.mark.expects_log("console_crash")
@pytest.mark.parametrize("role", list(StaffRole))
async def test_a_role_may_do_what_its_permissions_say_over_http_and_nothing_else(
    shared: Harness, tokens: dict[StaffRole, str], role: StaffRole
) -> None:
    for operation in OVER_HTTP:
        answer = await request(shared, operation.name, tokens[role], right_input(operation))
        _check(
            operation, role, answer.status_code, None if answer.is_success else answer.json()["error"]["code"]
        )


@pytest.mark.node
@on_shared
@pytest.mark.expects_log("console_crash")
@pytest.mark.parametrize("role", list(StaffRole))
async def test_a_role_may_do_what_its_permissions_say_on_the_socket_and_nothing_else(
    shared: Harness, tokens: dict[StaffRole, str], role: StaffRole
) -> None:
    async with node_clients(shared.url) as clients:
        console = await Console.joined(clients, "console", tokens[role])
        for operation in OPERATIONS:
            answer = await console.ask(operation.name, right_input(operation))
            _check(operation, role, 200, None if answer["ok"] else answer["error"]["code"])


def _check(operation: Operation[Any, Any], role: StaffRole, status: int, code: str | None) -> None:
    may = operation.permission in ROLE_PERMISSIONS[role]
    assert (code == "forbidden") is not may, (operation.name, role, code)
    assert (status == 403) is not may or status == 200, (operation.name, status)
    assert status < 500, (operation.name, code)
    assert code not in ("internal", "operation_unknown", "field_invalid", "field_missing"), operation.name


@on_shared
async def test_the_document_of_the_admin_interface_is_for_staff_and_not_in_the_public_one(
    shared: Harness, tokens: dict[StaffRole, str]
) -> None:
    path = protocol.HTTP_ROOT + "/openapi.json"
    assert_problem(await shared.http.get(path), "staff_token_missing", 401)
    bearer = {"Authorization": f"Bearer {tokens[StaffRole.VIEWER]}"}
    document = (await shared.http.get(path, headers=bearer)).json()
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert told == {(each.method, protocol.HTTP_ROOT + each.path) for each in OVER_HTTP}
    public = (await shared.http.get("/openapi.json")).text
    assert "/admin" not in public
    assert "Staff" not in public


# ------------------------------------------------------------------------------------------- wrong inputs


@on_shared
async def test_wrong_input_is_refused_with_its_code_over_http_and_stores_nothing(
    shared: Harness, tokens: dict[StaffRole, str]
) -> None:
    token, before, known = tokens[StaffRole.ADMIN], await row_counts(shared), set[str]()
    for operation in OVER_HTTP:
        for what, given in wrong_inputs(operation, known):
            if operation.method == "GET" and not _fits_a_query(operation, given):
                continue
            answer = await request(shared, operation.name, token, given)
            assert 400 <= answer.status_code < 500, (operation.name, what, answer.status_code, answer.text)
            assert answer.json()["error"]["code"] != "forbidden"
    assert await row_counts(shared) == before


@pytest.mark.node
@on_shared
async def test_wrong_input_is_refused_with_its_code_on_the_socket_and_stores_nothing(
    shared: Harness, tokens: dict[StaffRole, str]
) -> None:
    before, known = await row_counts(shared), set[str]()
    async with node_clients(shared.url) as clients:
        console = await Console.joined(clients, "console", tokens[StaffRole.ADMIN])
        for operation in OPERATIONS:
            wrong = list(wrong_inputs(operation, known))
            for some in (wrong[start : start + AT_ONCE] for start in range(0, len(wrong), AT_ONCE)):
                answers = await asyncio.gather(*(console.ask(operation.name, given) for _, given in some))
                for (what, _), answer in zip(some, answers, strict=True):
                    assert answer["ok"] is False, (operation.name, what)
                    assert answer["error"]["code"] in ("field_invalid", "field_missing"), (
                        operation.name,
                        what,
                    )
    assert await row_counts(shared) == before


def _fits_a_query(operation: Operation[Any, Any], given: dict[str, Any]) -> bool:
    """Whether an input says the same wrong thing as a query: there a list of one is a text, and nothing is nested."""
    kinds = kinds_of(operation)
    lists = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    values = [each for among in lists.values() for each in among]
    are_texts = all(
        isinstance(each, int | str) and not isinstance(each, bool) and each != "" for each in values
    )
    is_same = all(isinstance(value, _IN_QUERY[kinds.get(name, "string")]) for name, value in given.items())
    return are_texts and is_same and all(lists.values())


# ---------------------------------------------------------------------------------------------- repeats


async def acts(harness: Harness, operation: str) -> int:
    (row,) = await harness.rows("SELECT count(*) AS n FROM audit_log WHERE operation = %s", operation)
    return int(row["n"])


async def told(harness: Harness, event: str) -> int:
    (row,) = await harness.rows("SELECT count(*) AS n FROM marketplace_events WHERE type = %s", event)
    return int(row["n"])


async def test_ten_at_once_with_one_key_have_one_effect_and_one_answer(harness: Harness) -> None:
    token, victim = await member(harness), await harness.gateway.staff.add("victim", StaffRole.VIEWER)
    given, key = {"staff_id": victim.staff.staff_id, "reason": "leaves us"}, new_key()
    answers = await asyncio.gather(
        *(request(harness, "staff.revoke", token, given, Idempotency_Key=key) for _ in range(10))
    )
    assert [answer.status_code for answer in answers] == [200] * 10
    assert len({answer.text for answer in answers}) == 1
    assert (await acts(harness, "staff.revoke"), await told(harness, "staff_revoked")) == (1, 1)
    again = await request(harness, "staff.revoke", token, given, Idempotency_Key=key)
    assert again.text == answers[0].text
    assert await acts(harness, "staff.revoke") == 1


async def test_two_gateways_carry_out_one_key_once(harness: Harness) -> None:
    issued = await harness.gateway.staff.add("boss", StaffRole.ADMIN)
    victim = await harness.gateway.staff.add("victim", StaffRole.VIEWER)
    boss, key = issued.staff.member, new_key()
    given = {"staff_id": victim.staff.staff_id, "reason": "leaves us"}
    async with running_gateway(harness.gateway.settings, harness.database_url) as other:
        desks = (harness.gateway.desk, other.desk) * 4
        answers = await asyncio.gather(
            *(
                desk.run(boss, "staff.revoke", given, Call(f"request-{number}", key))
                for number, desk in enumerate(desks)
            )
        )
    assert all(answer == answers[0] for answer in answers)
    assert (await acts(harness, "staff.revoke"), await told(harness, "staff_revoked")) == (1, 1)


async def test_an_answer_that_holds_a_secret_is_not_kept_and_its_repeat_says_so(harness: Harness) -> None:
    await harness.link()
    token, key, given = await member(harness), new_key(), {"salon_id": SALON}
    answers = await asyncio.gather(
        *(request(harness, "links.create", token, given, Idempotency_Key=key) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert {answer.json()["error"]["code"] for answer in answers if answer.status_code == 409} == {
        "already_done"
    }
    assert await acts(harness, "links.create") == 1
    (row,) = await harness.rows("SELECT answer, done_at FROM staff_commands")
    assert (row["answer"], row["done_at"] is None) == (None, False)


async def test_a_key_belongs_to_one_person_one_operation_and_one_input(harness: Harness) -> None:
    await harness.link()
    first, second = await member(harness), await member(harness)
    key = new_key()
    one, other = [
        (await harness.gateway.staff.add(name, StaffRole.VIEWER)).staff.staff_id for name in ("x", "y")
    ]
    done = await request(
        harness, "staff.revoke", first, {"staff_id": one, "reason": "why not"}, Idempotency_Key=key
    )
    assert done.status_code == 200
    for operation, given in (
        ("staff.revoke", {"staff_id": other, "reason": "why not"}),
        ("staff.revoke", {"staff_id": one, "reason": "another reason"}),
        ("links.create", {"salon_id": SALON}),
    ):
        answer = await request(harness, operation, first, given, Idempotency_Key=key)
        assert_problem(answer, "idempotency_conflict", 409)
    done = await request(
        harness, "staff.revoke", second, {"staff_id": other, "reason": "why"}, Idempotency_Key=key
    )
    assert done.status_code == 200
    assert (await acts(harness, "staff.revoke"), await acts(harness, "links.create")) == (2, 0)


async def test_a_command_without_a_key_or_refused_leaves_nothing(harness: Harness) -> None:
    token, key = await member(harness), new_key()
    for wrong, code in (("", "field_invalid"), ("short", "field_invalid"), ("x" * 65, "field_invalid")):
        answer = await request(
            harness, "staff.revoke", token, right_input(protocol.STAFF_REVOKE), Idempotency_Key=wrong
        )
        assert_problem(answer, code, 422)
    answer = await harness.http.post(
        f"{protocol.HTTP_ROOT}/staff/{NOBODY}/revoke",
        json={"reason": "because"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert_problem(answer, "idempotency_key_missing", 400)
    for _ in range(2):
        answer = await request(
            harness, "staff.revoke", token, right_input(protocol.STAFF_REVOKE), Idempotency_Key=key
        )
        assert_problem(answer, "staff_not_found", 404)
    assert await harness.rows("SELECT 1 FROM staff_commands") == []
    assert await acts(harness, "staff.revoke") == 0


@pytest.mark.parametrize(
    ("claimed_for_s", "is_done", "outcome"),
    [(-1, False, "carried out"), (60, False, "command_in_progress"), (-1, True, "already_done")],
    ids=["died before the act", "still at it", "died after the act"],
)
async def test_the_repeat_of_a_command_whose_process_died_has_no_second_effect(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, claimed_for_s: int, is_done: bool, outcome: str
) -> None:
    monkeypatch.setattr(desk_module, "REPEAT_PATIENCE_S", 0.3)
    issued = await harness.gateway.staff.add("boss", StaffRole.ADMIN)
    victim = await harness.gateway.staff.add("victim", StaffRole.VIEWER)
    boss, call = issued.staff.member, Call("request-0001", new_key())
    given = {"staff_id": victim.staff.staff_id, "reason": "leaves us"}
    await _left_behind(harness, boss, call, given, claimed_for_s=claimed_for_s, is_done=is_done)
    try:
        answer = await harness.gateway.desk.run(boss, "staff.revoke", given, call)
    except GatewayError as error:
        assert error.code == outcome
        assert await acts(harness, "staff.revoke") == 0
    else:
        assert outcome == "carried out"
        assert answer["revoked_at"] is not None
        assert await acts(harness, "staff.revoke") == 1


async def _left_behind(
    harness: Harness,
    boss: StaffMember,
    call: Call,
    given: dict[str, Any],
    *,
    claimed_for_s: int,
    is_done: bool,
) -> None:
    """Leave the row of a command as a process would that was killed at that moment."""
    operation = protocol.STAFF_REVOKE
    digest = harness.gateway.desk.digest_of(operation, operation.input.model_validate(given))

    def work(tx: Any) -> None:
        tx.count(
            "INSERT INTO staff_commands (staff_id, idempotency_key, operation, input_digest, at, claimed_until, "
            "done_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            boss.staff_id, call.idempotency_key, operation.name, digest, tx.now,
            tx.now + timedelta(seconds=claimed_for_s), tx.now if is_done else None,
        )  # fmt: skip

    await harness.gateway.storage.write(work)

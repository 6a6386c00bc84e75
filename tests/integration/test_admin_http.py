"""The admin operations over HTTP: what goes in, what comes out, and that the document says so."""

from __future__ import annotations

import asyncio
import json
import tomllib
from pathlib import Path

import pytest
import pytest_asyncio
from schemathesis import GenerationMode

from gateway.http.protocol_document import protocol_markdown
from shared import protocol
from shared.version import VERSION
from shared.vocabulary import StaffRole
from tests.support.door import assert_problem, raw_exchange, shared
from tests.support.explorer import Explorer
from tests.support.harness import OTHER_SALON, SALON, Harness
from tests.support.inputs import NOBODY
from tests.support.processes import run_command
from tests.support.staff import member, new_key, request

__all__ = ["shared"]

on_shared = pytest.mark.asyncio(loop_scope="module")
ROOT = Path(__file__).resolve().parents[2]
ME = protocol.HTTP_ROOT + "/me"
BY_CHANCE_NEVER_RIGHT = (protocol.PERSONAL_DATA_FIND, protocol.OVERVIEW_REPORT)
"""No phone and no time zone are made up by chance."""
EXAMPLES, OF_STRANGERS = 2, 1
"""`prove fuzz` makes thousands; a stranger is refused before his input is looked at."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def token(shared: Harness) -> str:
    """An administrator's token of the shared gateway."""
    return await member(shared)


@on_shared
async def test_every_answer_names_the_request_and_is_never_stored(shared: Harness, token: str) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    given = await shared.http.get(ME, headers=bearer | {"X-Request-Id": "request-0001"})
    assert (given.status_code, given.headers["x-request-id"]) == (200, "request-0001")
    minted = [(await shared.http.get(ME, headers=bearer)).headers["x-request-id"] for _ in range(2)]
    assert minted[0] != minted[1]
    refused = await shared.http.get(ME)
    assert refused.headers["x-request-id"]
    wrong = await shared.http.get(ME, headers=bearer | {"X-Request-Id": "a b"})
    assert_problem(wrong, "field_invalid", 422)
    for answer in (given, refused, wrong):
        assert answer.headers["cache-control"] == "no-store"


@on_shared
async def test_an_answer_is_the_output_itself(shared: Harness, token: str) -> None:
    welcome = (await request(shared, "staff.me", token)).json()
    assert set(welcome) == set(protocol.STAFF_ME.output.model_fields)
    page = (await request(shared, "installs.list", token)).json()
    assert set(page) == set(protocol.INSTALLS_LIST.output.model_fields)


@on_shared
async def test_fixed_paths_come_before_those_with_a_number(shared: Harness, token: str) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    rows = await shared.http.get(protocol.HTTP_ROOT + "/installs/rows?ids=1&ids=2", headers=bearer)
    assert rows.json()["rows"] == []
    counts = await shared.http.get(protocol.HTTP_ROOT + "/installs/counts", headers=bearer)
    assert counts.json()["total"] == 0
    for path in ("abc", "0", "-1", "1.0", "99999999999", "%00", "1%2F2"):
        answer = await shared.http.get(f"{protocol.HTTP_ROOT}/installs/{path}", headers=bearer)
        assert answer.status_code in (404, 422), path
        assert answer.json()["error"]["code"] in ("field_invalid", "not_found")
    answer = await shared.http.get(f"{protocol.HTTP_ROOT}/installs/{NOBODY}", headers=bearer)
    assert_problem(answer, "salon_not_found", 404)


@on_shared
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=5", 200), ("limit=5&limit=6", 422), ("limit=0", 422), ("limit=201", 422), ("limit=5.0", 422),
        ("limit=+5", 422), ("limit=٥", 422), ("limit=", 422), ("limit=1_0", 422), ("stages=new&stages=active", 200),
        ("stages=new,active", 422), ("stages=NEW", 422), ("search=%D1%81%D0%B0", 200), ("search=%00", 422),
        ("search=a&search=b", 422), ("unknown=1", 422), ("lang=en", 200), ("after=nonsense", 400),
        ("&".join(["stages=new"] * 21), 422),
    ],
)  # fmt: skip
async def test_a_query_is_read_strictly_with_lists_by_repetition(
    shared: Harness, token: str, query: str, status: int
) -> None:
    answer = await shared.http.get(
        f"{protocol.HTTP_ROOT}/installs?{query}", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == status, answer.text


@on_shared
async def test_a_body_is_json_of_eight_kibibytes_at_most(shared: Harness, token: str) -> None:
    path = f"{protocol.HTTP_ROOT}/staff/{NOBODY}/revoke"
    headers = {
        "Authorization": f"Bearer {token}",
        "Idempotency-Key": new_key(),
        "Content-Type": "application/json",
    }
    for body, code, status in (
        (b'{"reason": "because"}', "staff_not_found", 404), (b"", "field_missing", 422),
        (b"[]", "json_not_object", 400),
        (b'{"reason": "because"', "json_invalid", 400), (b'{"reason": "a1", "reason": "a2"}', "json_invalid", 400),
        (b"[" * 5_000, "json_too_deep", 400), (b'{"reason": "' + b"x" * 9_000 + b'"}', "body_too_large", 413),
        (b'{"reason": "because", "staff_id": 5}', "field_invalid", 422), (b'{"reason": "\xff"}', "json_invalid", 400),
        (b'{"reason": "\\ud800\\ud800"}', "field_invalid", 422), (b'{"reason": "a\\u0000b"}', "field_invalid", 422),
    ):  # fmt: skip
        answer = await shared.http.post(path, content=body, headers=headers)
        assert_problem(answer, code, status)
    form = await shared.http.post(
        path, data={"reason": "because"}, headers=headers | {"Content-Type": "text/plain"}
    )
    assert_problem(form, "unsupported_media_type", 415)


@on_shared
async def test_other_methods_and_paths_are_none_of_it(shared: Harness, token: str) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = await shared.http.request(method, ME, headers=bearer)
        assert_problem(answer, "method_not_allowed", 405)
    for path in ("", "/", "/nothing", "/me/", "/qr/open", "/installs//rows"):
        answer = await shared.http.get(protocol.HTTP_ROOT + path, headers=bearer)
        assert_problem(answer, "not_found", 404)
    status, _ = await raw_exchange(
        shared, b"GET /admin/api/v1/../v1/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )
    assert status in (401, 404)


@on_shared
async def test_a_refusal_is_told_in_the_asked_language(shared: Harness) -> None:
    texts = {(await shared.http.get(f"{ME}?lang={lang}")).json()["error"]["message"] for lang in ("ru", "en")}
    assert len(texts) == 2


# ------------------------------------------------------------------------------------------- the documents


BOTH = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


async def explored(
    harness: Harness,
    headers: dict[str, str],
    document: dict[str, object],
    examples: int,
    modes: tuple[GenerationMode, ...] = BOTH,
) -> dict[str, set[int]]:
    """Explore the admin interface; commands meet nobody but the salon that reads look at."""
    explorer = Explorer(harness.url, document, headers, examples)
    fixed = {"salon_id": SALON, "staff_id": NOBODY, "call_id": NOBODY, "bulk_id": NOBODY, "alarm_id": NOBODY,
             "plan_id": NOBODY}  # fmt: skip
    for mode in modes:
        await asyncio.to_thread(explorer.explore, mode, **fixed)
    return explorer.statuses


@pytest.mark.slow
@pytest.mark.expects_log("console_crash")
async def test_staff_and_strangers_get_only_documented_answers(harness: Harness) -> None:
    await harness.link(SALON)
    await harness.install(OTHER_SALON)
    bearer = {"Authorization": f"Bearer {await member(harness)}"}
    path = protocol.HTTP_ROOT + "/openapi.json"
    document = (await harness.http.get(path, headers=bearer)).json()
    statuses = await explored(harness, bearer, document, EXAMPLES)
    over_http = [operation for operation in protocol.OPERATIONS if not operation.is_for_sockets]
    assert len(statuses) == len(over_http)
    for operation in over_http:
        seen = statuses[f"{operation.method} {protocol.HTTP_ROOT}{operation.path}"]
        assert not {401, 403, 404} >= seen or operation.path.count("_id}"), operation.name
        if operation not in BY_CHANCE_NEVER_RIGHT:
            assert operation.is_command or "_id}" in operation.path or 200 in seen, operation.name
    strangers = await explored(harness, {}, document, OF_STRANGERS, BOTH[:1])
    assert all(seen == {401} or seen == {401, 422} for seen in strangers.values()), strangers


@on_shared
async def test_the_document_says_what_is_required_and_who_may_come(shared: Harness, token: str) -> None:
    path = protocol.HTTP_ROOT + "/openapi.json"
    document = (await shared.http.get(path, headers={"Authorization": f"Bearer {token}"})).json()
    assert document["components"]["securitySchemes"] == {"StaffToken": {"type": "http", "scheme": "bearer"}}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            operation = protocol.BY_NAME[described["operationId"]]
            required = {each["name"] for each in described["parameters"] if each.get("required")}
            in_path = {name for name in operation.input.model_fields if "{" + name + "}" in path}
            assert described["summary"] == operation.summary
            assert described["security"] == [{"StaffToken": []}]
            assert in_path <= required
            assert ("idempotency-key" in required) is operation.is_command, (method, path)
            assert {"200", "401", "403"} <= set(described["responses"])


def test_the_protocol_s_page_is_what_the_command_prints() -> None:
    kept = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    assert kept == protocol_markdown(), "run `python -m gateway protocol --write`"
    for operation in protocol.OPERATIONS:
        assert f"| `{operation.name}`" in kept
        assert operation.summary in kept
    for name in (*protocol.PUSHED, *StaffRole):
        assert f"`{name}`" in kept or f"| {name} |" in kept


async def test_the_command_prints_the_protocol_without_any_setting(tmp_path: Path) -> None:
    done = await run_command("protocol", settings={}, folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out == protocol_markdown()
    assert json.dumps(protocol.PROTOCOL_VERSION) in done.out


def test_the_version_consoles_are_told_is_the_project_s() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION

"""The public routes are exactly these, and everything that can be refused at them can be told to anybody."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from quart import Blueprint, Quart

from gateway.domain.errors import GatewayError
from gateway.domain.partner_answers import FailureKind
from gateway.domain.sessions import SessionFault
from gateway.http.app import HttpConfig, build_app, openapi_document
from gateway.http.departure import Departure
from gateway.http.pages import Pages
from gateway.http.problems import STATUS_OF_CODE, sentence_of
from gateway.http.simulator import ACTIONS
from resources.texts import LANGUAGES, text
from shared.protocol import HTTP_ROOT, NAMESPACE, OPERATIONS
from shared.vocabulary import Permission
from tests.architecture.tree import modules_of, shown
from tests.support.harness import Harness, running_harness

DOCUMENTED = {
    ("GET", "/marketplace/api/state"),
    ("GET", "/marketplace/api/status/<session_id>"),
    ("GET", "/marketplace/health"),
    ("POST", "/marketplace/activate"),
    ("POST", "/marketplace/api/pairing-code"),
    ("POST", "/marketplace/api/qr"),
    ("POST", "/marketplace/api/relink"),
    ("POST", "/marketplace/api/confirm-phone"),
    ("POST", "/webhook/yclients"),
    ("POST", "/webhook/yclients/<key>"),
}
HIDDEN = {
    ("GET", "/auth/yclients/redirect"): "a browser's address, described by the partner's own protocol",
    ("GET", "/marketplace/onboarding"): "a browser's page",
    ("GET", "/marketplace/assets/<path:name>"): "the page's files",
    ("GET", "/openapi.json"): "the document itself",
    ("GET", "/readyz"): "for those inside",
    ("GET", "/metrics"): "for those inside",
    ("POST", "/simulator/<salon>/<action>"): "the simulated phone, on a loopback address only",
}
ADMIN = {
    (operation.method, HTTP_ROOT + re.sub(r"{(\w+)}", r"<\1>", operation.path))
    for operation in OPERATIONS
    if not operation.is_for_sockets
}
"""For staff alone, each with its permission in the one table; documented at the address below."""

ADMIN_DOCUMENT = ("GET", f"{HTTP_ROOT}/openapi.json")
SIMULATED = ("POST", "/simulator/<salon>/<action>")
PHONE_ACTS = {"scan", "enter-code", "drop", "replace", "unlink", "ban", "outdated", "crash", "mute"}
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def routes_of(app: Quart) -> set[tuple[str, str]]:
    """Return method and rule of every route, without what comes with each by itself."""
    own = {"HEAD", "OPTIONS"}
    return {
        (method, rule.rule) for rule in app.url_map.iter_rules() for method in (rule.methods or set()) - own
    }


async def test_there_are_exactly_these_routes(harness: Harness) -> None:
    """ASVS 13.4: no debug route, no collector; a new route is added here with the reason to hide it, or documented."""
    assert routes_of(harness.gateway.http) == DOCUMENTED | set(HIDDEN) | ADMIN | {ADMIN_DOCUMENT}
    assert not any(rule.websocket for rule in harness.gateway.http.url_map.iter_rules())


async def test_what_is_documented_is_what_is_not_hidden(harness: Harness) -> None:
    paths: Any = openapi_document(harness.gateway.http)["paths"]
    told = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert told == {(method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)) for method, rule in DOCUMENTED}


async def test_no_route_of_staff_answers_without_a_permission_in_the_table(harness: Harness) -> None:
    """Deny by default: what is under the admin root and not in the table is a route that nobody thought about."""
    under_root = {
        (method, rule) for method, rule in routes_of(harness.gateway.http) if rule.startswith("/admin")
    }
    assert under_root == ADMIN | {ADMIN_DOCUMENT}
    assert all(isinstance(operation.permission, Permission) for operation in OPERATIONS)
    for method, rule in sorted(under_root):
        answer = await harness.http.request(method, re.sub(r"<\w+>", "1", rule))
        assert answer.status_code == 401, (method, rule)


async def test_no_event_of_staff_is_known_to_the_page_and_none_beside_the_table_to_the_console(
    harness: Harness,
) -> None:
    namespaces = harness.gateway.live.namespace_handlers
    assert set(namespaces) == {"/marketplace", NAMESPACE}
    assert harness.gateway.desk.operations == {operation.name for operation in OPERATIONS}


async def test_the_simulated_phone_cannot_be_reached_from_outside(database_url: str) -> None:
    async with running_harness(
        database_url, bind="0.0.0.0:8080", public_url="https://ai-admin.example"
    ) as harness:
        assert routes_of(harness.gateway.http) == DOCUMENTED | set(HIDDEN) - {SIMULATED} | ADMIN | {
            ADMIN_DOCUMENT
        }
        assert (await harness.phone("scan")).status_code == 404


def test_the_simulated_phone_can_do_what_the_design_names() -> None:
    assert set(ACTIONS) >= PHONE_ACTS


# ------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize("code", sorted(STATUS_OF_CODE))
def test_every_code_has_its_own_texts_in_both_languages(code: str) -> None:
    told = {language: sentence_of(code, language) for language in LANGUAGES}
    assert CYRILLIC.search(told["ru"])
    assert not CYRILLIC.search(told["en"])
    for language in LANGUAGES:
        assert code == "internal" or told[language] != text(language, "errors.internal.text")
        assert all(text(language, f"errors.{code}.{part}") for part in ("title", "text", "action"))


def codes_raised() -> Iterator[tuple[str, str]]:
    """Yield every code the program raises by name, with the file that does."""
    for path in modules_of("gateway"):
        if "sandbox" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_bytes())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            first = node.args[0]
            if name == "GatewayError" and isinstance(first, ast.Constant):
                yield str(first.value), shown(path)


def test_every_code_that_is_raised_is_known() -> None:
    raised = list(codes_raised())
    assert len(raised) > 40
    assert [(code, path) for code, path in raised if code not in STATUS_OF_CODE] == []
    assert [kind.error_code for kind in FailureKind if kind.error_code not in STATUS_OF_CODE] == []


def test_only_what_is_our_own_fault_is_a_500() -> None:
    assert {code for code, status in STATUS_OF_CODE.items() if status == 500} == {"internal"}
    assert all(400 <= status < 600 for status in STATUS_OF_CODE.values())


@pytest.fixture(scope="module")
def refusing() -> Quart:
    """An application that refuses with whatever code it is asked for."""
    blueprint = Blueprint("refusing", __name__)

    @blueprint.get("/refuse/<code>")
    async def refuse(code: str) -> str:
        raise GatewayError(code)

    @blueprint.get("/fail")
    async def fail() -> str:
        raise ZeroDivisionError("a secret: 4711")

    pages = Pages(marketplace_url="https://market.example", support_url=None)
    return build_app(HttpConfig((), None), pages, [blueprint], Departure())


@pytest.mark.expects_log("refused")
@pytest.mark.parametrize("code", sorted(STATUS_OF_CODE))
async def test_every_code_can_be_told_to_a_program_and_to_a_browser(refusing: Quart, code: str) -> None:
    """What only happens on the phone once had no page: a browser that met it met a failure of ours instead."""
    client = refusing.test_client()
    for language in LANGUAGES:
        for accept in ("application/json", "text/html"):
            answer = await client.get(f"/refuse/{code}?lang={language}", headers={"Accept": accept})
            assert answer.status_code == STATUS_OF_CODE[code]
            said = await answer.get_data(as_text=True)
            if accept == "text/html":
                assert text(language, f"errors.{code}.title") in said
            else:
                assert sentence_of(code, language) == (await answer.get_json())["error"]["message"]


@pytest.mark.expects_log("refused", "unexpected_error")
async def test_a_failure_of_our_own_says_nothing_about_itself(refusing: Quart) -> None:
    for accept in ("application/json", "text/html"):
        answer = await refusing.test_client().get("/fail", headers={"Accept": accept})
        assert answer.status_code == 500
        said = await answer.get_data(as_text=True)
        assert text("ru", "errors.internal.text") in said
        assert "4711" not in said
        assert "ZeroDivision" not in said


@pytest.mark.expects_log("refused")
async def test_a_code_nobody_knows_is_our_own_fault(refusing: Quart) -> None:
    answer = await refusing.test_client().get("/refuse/made_up")
    assert (answer.status_code, (await answer.get_json())["error"]["code"]) == (500, "internal")


def test_what_a_session_may_be_refused_for_is_known_at_the_door() -> None:
    """Faults that are recorded in a session and never raised at a door need no status."""
    recorded_only = {fault.value for fault in SessionFault if fault.value not in STATUS_OF_CODE}
    assert recorded_only <= {
        "store_corrupt",
        "engine_missing",
        "outcome_unknown",
        "qr_expired",
        "recipient_unknown",
        "send_rejected",
    }

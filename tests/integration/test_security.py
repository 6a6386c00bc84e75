"""What an answer may carry, who may connect, what a link opens, and what a log may hold."""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import jwt
import pytest
from pydantic import SecretStr

from gateway.application.limits import Limits
from gateway.application.links import AUDIENCE, ISSUER, LIFETIME_S, TOKEN_TYPE, LinkTokens, derive_key
from gateway.bootstrap_parts import known_secrets
from gateway.config import load_settings
from gateway.live.server import build_server, with_sockets
from gateway.log_setup import set_up_logging
from resources.texts import text
from tests.support.canaries import Canaries, whole_story
from tests.support.door import (
    Refusals,
    assert_problem,
    connection,
    raw_exchange,
    reference_on,
    refusals,
    row_counts,
    shared,
    upgrade,
    webhook_key,
)
from tests.support.harness import OTHER_SALON, SALON, Harness, running_harness
from tests.support.hostile import foreign_origins
from tests.support.moments import StillClock

__all__ = ["refusals", "shared"]

on_shared = pytest.mark.asyncio(loop_scope="module")
PHONE = "+79991234567"
PUBLIC = "https://ai-admin.example"

# ---------------------------------------------------------------------------------------------- headers

PAGES = ("/auth/yclients/redirect", "/marketplace/onboarding")
PROGRAM_ADDRESSES = (
    "/marketplace/health",
    "/marketplace/api/state",
    "/marketplace/api/status/company_5",
    "/openapi.json",
    "/readyz",
    "/metrics",
    "/nowhere",
    "/webhook/yclients",
)
FIXED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "cache-control": "no-store",
}
NEVER = ("server", "x-powered-by", "set-cookie", "x-frame-options", "access-control-allow-origin", "location")


def policy(answer: httpx.Response) -> dict[str, str]:
    """Return the directives of an answer's policy."""
    (sent,) = answer.headers.get_list("content-security-policy")
    parts = (part.strip().partition(" ") for part in sent.split(";"))
    return {name: sources for name, _, sources in parts}


@on_shared
@pytest.mark.parametrize("path", PAGES + PROGRAM_ADDRESSES)
async def test_every_answer_carries_the_headers_that_protect_it(shared: Harness, path: str) -> None:
    for accept in ("*/*", "text/html"):
        answer = await shared.http.get(path, headers={"Accept": accept})
        assert {name: answer.headers.get(name) for name in FIXED} == FIXED
        assert [name for name in NEVER if name in answer.headers] == []
        assert policy(answer) == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data:",
            "connect-src": f"'self' ws://{urlsplit(shared.url).netloc}",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": shared.sandbox.market.config.public_url,
        }
        assert "strict-transport-security" not in answer.headers


async def test_https_is_demanded_for_a_year_and_the_socket_is_named_in_the_policy(database_url: str) -> None:
    async with running_harness(database_url, public_url=PUBLIC, frame_ancestors="") as harness:
        for path in (*PAGES, "/marketplace/health", "/marketplace/assets/page.js", "/nowhere"):
            answer = await harness.http.get(path)
            assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
            assert policy(answer)["connect-src"] == "'self' wss://ai-admin.example"
            assert policy(answer)["frame-ancestors"] == "'none'"


def test_by_default_only_the_partner_may_frame_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRAME_ANCESTORS", raising=False)
    assert load_settings(_env_file=None).frame_ancestors == ("https://yclients.com", "https://*.yclients.com")


@on_shared
async def test_pages_hold_no_script_or_style_of_their_own(shared: Harness) -> None:
    """Else the policy would stop them, or would have to be loosened."""
    token = await shared.link()
    for path in (f"/marketplace/onboarding?token={token}", *PAGES, "/auth/yclients/redirect?salon_id=5"):
        page = (await shared.http.get(path)).text
        assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", page) == []
        hosts = {urlsplit(address).netloc for address in re.findall(r"(?:src|href)=\"([^\"#]+)", page)}
        assert hosts <= {"", urlsplit(shared.sandbox.market.config.public_url).netloc}


@on_shared
async def test_files_are_asked_for_again_and_mostly_not_sent_again(shared: Harness) -> None:
    first = await shared.http.get("/marketplace/assets/page.js")
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["content-type"].startswith("text/javascript")
    again = await shared.http.get(
        "/marketplace/assets/page.js", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_readiness_and_metrics_do_not_exist_for_the_public(database_url: str) -> None:
    secret = SecretStr("metrics-token-0123456789")
    async with running_harness(database_url, public_url=PUBLIC, metrics_token=secret) as harness:
        for path in ("/readyz", "/metrics"):
            for header in (None, "Bearer wrong", "Bearer", "Basic metrics-token-0123456789", "Bearer \xff"):
                headers = {} if header is None else {b"Authorization": header.encode("latin-1")}
                assert_problem(await harness.http.get(path, headers=headers), "not_found", 404)
            good = {"Authorization": f"Bearer {secret.get_secret_value()}"}
            assert (await harness.http.get(path, headers=good)).status_code == 200


# ---------------------------------------------------------------------------------------------- origins


@on_shared
async def test_thirty_foreign_origins_are_refused_on_both_transports(shared: Harness) -> None:
    """Goal S4; the nearest implementation asked for a beginning only."""
    origins = foreign_origins(shared.url)
    assert len(origins) >= 30
    for origin in origins:
        polled = await shared.http.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": origin})
        assert polled.status_code == 400, origin
        assert "access-control-allow-origin" not in polled.headers
        status, _ = await raw_exchange(shared, upgrade(Origin=origin))
        assert status == 403, origin


@on_shared
async def test_our_own_origins_and_programs_without_one_may_connect(shared: Harness) -> None:
    port = urlsplit(shared.url).port
    for origin in (shared.url, f"http://127.0.0.1:{port}", f"http://localhost:{port}", None):
        headers = {} if origin is None else {"Origin": origin}
        polled = await shared.http.get("/socket.io/?EIO=4&transport=polling", headers=headers)
        assert polled.status_code == 200, origin
        async with connection(shared) as (reader, writer):
            writer.write(upgrade(**headers))
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")


@pytest.mark.parametrize(
    ("allowed", "origin", "is_let_in"),
    [
        ((), "https://evil.tld", False),
        ((), "null", False),
        (("*",), "https://evil.tld", False),
        ((PUBLIC,), PUBLIC, True),
        (("HTTPS://AI-Admin.Example:443/base/path",), PUBLIC, True),
        ((PUBLIC,), PUBLIC + ":443", False),
        (("https://ai-admin.example:8443",), "https://ai-admin.example:8443", True),
        (("https://ai-admin.example:8443",), PUBLIC, False),
        (("http://ai-admin.example:80",), "http://ai-admin.example", True),
    ],
)
async def test_allowed_origins_are_compared_as_browsers_spell_them(
    allowed: tuple[str, ...], origin: str, is_let_in: bool
) -> None:
    """An empty list allows nobody: the library takes it for «do not look»."""
    server = build_server(allowed, Limits(StillClock()))
    transport = httpx.ASGITransport(with_sockets(server, None, lambda _: {}))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        answer = await http.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": origin})
    await server.close()
    assert answer.status_code == (200 if is_let_in else 400)


# -------------------------------------------------------------------------------------------- the link's token

PAST = timedelta(seconds=LIFETIME_S + 60)
Forge = Callable[[str, dict[str, Any], str], str]


def signed(claims: dict[str, Any], secret: str, *, algorithm: str = "HS256", typ: str = TOKEN_TYPE) -> str:
    key = derive_key(secret, "onboarding link")
    return jwt.encode(
        claims, key * 2 if algorithm != "HS256" else key, algorithm=algorithm, headers={"typ": typ}
    )


def tampered(good: str, claims: dict[str, Any]) -> str:
    """Put other claims under the same signature."""
    first, _, last = good.split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{first}.{body}.{last}"


FORGERIES: dict[str, tuple[Forge, str]] = {
    "expired": (lambda _good, _claims, secret: issued(secret, ago=PAST), "token_expired"),
    "from tomorrow": (lambda _good, _claims, secret: issued(secret, ago=-PAST), "token_invalid"),
    "for another audience": (
        lambda _, claims, secret: signed(claims | {"aud": "admin"}, secret),
        "token_invalid",
    ),
    "for two audiences": (
        lambda _, claims, secret: signed(claims | {"aud": [AUDIENCE, "admin"]}, secret),
        "",
    ),
    "of another issuer": (
        lambda _, claims, secret: signed(claims | {"iss": ISSUER + "."}, secret),
        "token_invalid",
    ),
    "of another kind": (lambda _, claims, secret: signed(claims, secret, typ="JWT"), "token_invalid"),
    "signed by HS512": (lambda _, claims, secret: signed(claims, secret, algorithm="HS512"), "token_invalid"),
    "signed by nobody": (
        lambda _good, claims, _secret: jwt.encode(claims, "", algorithm="none", headers={"typ": TOKEN_TYPE}),
        "token_invalid",
    ),
    "signed by the secret itself": (
        lambda _good, claims, secret: jwt.encode(
            claims, secret, algorithm="HS256", headers={"typ": TOKEN_TYPE}
        ),
        "token_invalid",
    ),
    "signed by another secret": (lambda _, claims, secret: signed(claims, secret[::-1]), "token_invalid"),
    "for a longer life": (
        lambda good, claims, _: tampered(good, claims | {"exp": claims["exp"] + 9}),
        "token_invalid",
    ),
    "for another salon": (
        lambda good, claims, _: tampered(good, claims | {"salons": [[OTHER_SALON, 1]]}),
        "token_invalid",
    ),
    "cut short": (lambda good, _claims, _secret: good[:-1], "token_invalid"),
    "without its signature": (lambda good, _claims, _secret: good.rpartition(".")[0] + ".", "token_invalid"),
    "twice": (lambda good, _claims, _secret: f"{good} {good}", "token_invalid"),
    "in another alphabet": (lambda good, _claims, _secret: good + "я", "token_invalid"),
    "huge": (lambda good, _claims, _secret: good + "A" * 4_500, "token_invalid"),
}
REFUSED = {name: forgery for name, forgery in FORGERIES.items() if forgery[1]}


def issued(secret: str, *, ago: timedelta = timedelta(0)) -> str:
    """Return the link our gateway would have issued a while ago."""
    clock = StillClock()
    clock.at = datetime.now(UTC) - ago
    return LinkTokens(secret, clock).issue({SALON: 1})


def forged(harness: Harness, name: str) -> tuple[str, str]:
    """Return a token that must not open anything, and the code that says why."""
    forge, code = FORGERIES[name]
    good = issued(_secret(harness))
    body = good.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return forge(good, claims, _secret(harness)), code


API = (
    ("GET", "/marketplace/api/state"),
    ("GET", f"/marketplace/api/status/company_{SALON}"),
    ("POST", "/marketplace/api/qr"),
    ("POST", "/marketplace/api/pairing-code"),
    ("POST", "/marketplace/api/relink"),
    ("POST", "/marketplace/api/confirm-phone"),
)


async def call(harness: Harness, method: str, path: str, authorization: str | None) -> httpx.Response:
    headers = {} if authorization is None else {b"Authorization": authorization.encode()}
    body = {"phone": PHONE} if method == "POST" else None
    return await harness.http.request(method, path, headers=headers, json=body)


@on_shared
@pytest.mark.parametrize("name", REFUSED)
async def test_a_forged_link_opens_no_door(shared: Harness, refusals: Refusals, name: str) -> None:
    token, code = forged(shared, name)
    before = await row_counts(shared)
    for method, path in API:
        answer = await call(shared, method, path, f"Bearer {token}")
        assert_problem(answer, code, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert_problem(await shared.http.post("/marketplace/activate", json={"token": token}), code, 401)
    assert [told for told, _ in refusals.told] == [code] * (len(API) + 1)
    assert await row_counts(shared) == before


@on_shared
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer\t.", "Basic abc", "Token {good}", "{good}", "Bearer{good}"]
)
async def test_a_missing_link_opens_no_door(shared: Harness, header: str | None) -> None:
    sent = None if header is None else header.format(good=issued(_secret(shared)))
    for method, path in API:
        assert_problem(await call(shared, method, path, sent), "token_missing", 401)
    assert_problem(await shared.http.post("/marketplace/activate", json={"token": ""}), "token_missing", 401)


@on_shared
@pytest.mark.parametrize("header", ["Bearer {good}", "bearer {good}", "BEARER   {good}"])
async def test_a_good_link_opens_them(shared: Harness, header: str) -> None:
    token = await shared.link()
    answer = await call(shared, "GET", "/marketplace/api/state", header.format(good=token))
    assert answer.status_code == 200


@on_shared
@pytest.mark.parametrize("name", [*REFUSED, "missing", "empty", "twice in the query"])
async def test_the_page_of_a_stale_link_says_so_and_shows_the_way_back(
    shared: Harness, refusals: Refusals, name: str
) -> None:
    good = issued(_secret(shared))
    special = {
        "missing": ("", "token_missing"),
        "empty": ("token=", "token_missing"),
        "twice in the query": (f"token={good}&token={good}", "token_missing"),
    }
    query, code = special.get(name) or (f"token={quote(forged(shared, name)[0])}", forged(shared, name)[1])
    for language in ("ru", "en"):
        refusals.clear()
        answer = await shared.http.get(f"/marketplace/onboarding?{query}&lang={language}")
        assert answer.status_code == 401
        page = answer.text
        assert '<main id="screen" data-screen="stale">' in page
        assert text(language, "screens.stale.title") in page
        assert f'href="{shared.sandbox.market.config.public_url}"' in page
        assert refusals.told == [(code, reference_on(page))]
    assert "Ссылка устарела" in text("ru", "screens.stale.title")


@on_shared
async def test_the_page_of_a_good_link_is_not_stale(shared: Harness, refusals: Refusals) -> None:
    answer = await shared.http.get(f"/marketplace/onboarding?token={await shared.link()}")
    assert answer.status_code == 200
    assert 'data-screen="checking"' in answer.text
    assert refusals.told == []


@pytest.mark.expects_log("refused")
async def test_without_a_secret_no_link_is_stale_the_gateway_is_not_set_up(database_url: str) -> None:
    """Telling the owner to press «Подключить» again would send them round for ever."""
    async with running_harness(database_url, jwt_secret=None) as harness:
        marker = await harness.http.get("/marketplace/onboarding?token=x")
        assert marker.status_code == 503
        assert text("ru", "errors.not_configured.title") in marker.text
        answer = await call(harness, "GET", "/marketplace/api/state", "Bearer x")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not_configured")


async def test_a_link_of_an_ended_install_only_reads_and_of_an_older_one_nothing(harness: Harness) -> None:
    """Incident I-44: what was allowed yesterday."""
    old = await harness.install()
    harness.sandbox.market.disconnect(SALON)
    await harness.reaches(old, "gone")
    for method, path in API:
        answer = await call(harness, method, path, f"Bearer {old}")
        if method == "POST":
            assert_problem(answer, "install_gone", 410)
        else:
            assert answer.status_code == 200, "the page still has to say that it is gone"
    assert_problem(await harness.http.post("/marketplace/activate", json={"token": old}), "install_gone", 410)
    await harness.link()
    for method, path in API:
        assert_problem(await call(harness, method, path, f"Bearer {old}"), "install_gone", 410)
    assert_problem(await harness.http.post("/marketplace/activate", json={"token": old}), "install_gone", 410)


@on_shared
async def test_the_redirect_ends_here_whatever_the_host_header_says(shared: Harness) -> None:
    entry = urlsplit(shared.sandbox.market.connect([SALON]).redirect_url)
    for host in ("evil.tld", "evil.tld:80", "yclients.com", "a b"):
        request = f"GET {entry.path}?{entry.query} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Host: evil.tld\r\n"
        status, answer = await raw_exchange(shared, (request + "Connection: close\r\n\r\n").encode())
        assert status == 302
        (location,) = re.findall(rb"(?i)\r\nlocation: ([^\r]*)\r\n", answer)
        assert location.startswith(b"/marketplace/onboarding?token=eyJ")
        assert b"evil" not in answer


# --------------------------------------------------------------------------------------------- nothing leaks


@pytest.fixture
def debug_logs(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[Harness], None]]:
    """Set up logging as `serve` does, at its most talkative, into the captured standard error."""
    root = logging.getLogger()
    kept = (
        root.handlers[:],
        root.level,
        {name: logging.getLogger(name).level for name in root.manager.loggerDict},
    )
    yield lambda harness: set_up_logging(
        level="debug", form="json", secrets=known_secrets(harness.gateway.settings)
    )
    root.handlers, root.level = kept[:2]
    for name, level in kept[2].items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.expects_log("refused")
async def test_no_secret_and_nobody_s_data_are_in_the_log_of_a_whole_install(
    harness: Harness, debug_logs: Callable[[Harness], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Goal B6, by the road every line takes, at the level nobody runs at."""
    canaries = Canaries()
    debug_logs(harness)
    await whole_story(harness, canaries)
    said = capsys.readouterr().err
    lines = [json.loads(line) for line in said.splitlines()]
    assert {"entered", "refused"} <= {line["event"] for line in lines}
    assert len(canaries.known) >= 16
    assert canaries.found_in(said) == []


async def test_no_secret_of_a_living_install_is_in_the_database_in_clear(harness: Harness) -> None:
    token = await harness.install()
    await harness.api("POST", "relink", token)
    canaries = Canaries()
    canaries.keep("QR", (await harness.show_qr(token))["qr"])
    canaries.keep(
        "pairing code", (await harness.api("POST", "pairing-code", token, phone=PHONE)).json()["code"]
    )
    canaries.keep("phone", PHONE.removeprefix("+7"))
    canaries.keep("api key", harness.sandbox.market.api_keys(SALON)[0])
    canaries.keep("webhook key", webhook_key(harness))
    canaries.keep("link", token)
    tables = await harness.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert (await harness.rows("SELECT code_sealed IS NOT NULL AS is_there FROM whatsapp_sessions"))[0][
        "is_there"
    ]
    for table in (row["tablename"] for row in tables):
        kept = str(await harness.rows(f"SELECT * FROM {table}"))
        assert canaries.found_in(kept) == [], table


@pytest.mark.expects_log("refused")
async def test_a_link_s_token_is_in_no_header_but_the_one_that_brings_it(harness: Harness) -> None:
    seen: list[tuple[str, str]] = []

    async def note(answer: httpx.Response) -> None:
        where = answer.request.url.path
        seen.extend((where, f"{name}: {value}") for name, value in answer.headers.items())

    harness.http.event_hooks["response"].append(note)
    canaries = Canaries()
    await whole_story(harness, canaries)
    carried = {(where, line.partition(":")[0]) for where, line in seen if canaries.found_in(line)}
    assert carried == {("/auth/yclients/redirect", "location")}


@on_shared
async def test_a_refusal_repeats_nothing_of_what_was_sent(shared: Harness) -> None:
    canary = "canary-7f3a9c"
    answers = [
        await shared.http.get(f"/{canary}?{canary}={canary}", headers={"Accept": accept})
        for accept in ("*/*", "text/html")
    ]
    answers.append(await shared.http.get(f"/auth/yclients/redirect?salon_id={canary}"))
    answers.append(await shared.http.get(f"/marketplace/onboarding?token={canary}&lang={canary}"))
    answers.append(
        await shared.http.post(f"/webhook/yclients/{canary}", json={"event": canary, "partner_token": canary})
    )
    answers.append(await shared.http.post("/marketplace/activate", json={"token": canary}))
    for answer in answers:
        assert answer.status_code >= 400
        assert canary not in answer.text + str(answer.headers)


# ----------------------------------------------------------------------------------------------- helpers


def _secret(harness: Harness) -> str:
    secret = harness.gateway.settings.jwt_secret
    assert secret is not None
    return secret.get_secret_value()

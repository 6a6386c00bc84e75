"""Every screen of the onboarding page on a loopback server of its own, with made-up snapshots.

It serves the real templates and files, so that a screen can be looked at, photographed and checked without
bringing an install into that state. `python -m tests.e2e.gallery` serves until stopped and prints the
addresses.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from quart import Quart, Response, jsonify, request

from gateway.application.qr_image import qr_data_address
from resources import STATIC, TEMPLATES
from resources.texts import entry, language_of, page_context

ASSETS = "/marketplace/assets"
MARKETPLACE = "https://marketplace.example/app"
SUPPORT = "https://support.example/"
REFERENCE = "7F-2C-19"
PHONE = "+7 *** ***-12-34"
QR_TEXT = "SIM:company_4564:1:1:" + "made-up-pairing-text-" * 11

NEXT_QR_TEXT = QR_TEXT.replace(":1:1:", ":1:2:")

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One screen: the snapshot behind it (and the one that follows), what to press, and what must show."""

    screen: str
    snapshot: Callable[[], Json | None]
    press: tuple[str, ...] = ()
    waits: bool = False
    device: str | None = None
    hangs: frozenset[str] = field(default_factory=frozenset)
    then: Callable[[], Json] | None = None
    then_after_s: float = 0.1
    is_pictured: bool = True


def snapshot(
    stage: str = "linking",
    partner: str = "pending",
    whatsapp: str | None = None,
    *,
    title: str = "Салон красоты «Ёлка»",
    city: str | None = "Москва",
    **more: Any,
) -> Json:
    """Return a snapshot as the gateway sends it; keywords `wa_…` and `partner_…` set the nested fields."""
    now = datetime.now(UTC)
    wa = {key[3:]: value for key, value in more.items() if key.startswith("wa_")}
    partners = {key[8:]: value for key, value in more.items() if key.startswith("partner_")}
    branch = {"id": 4564, "title": title, "city": city, "stage": stage, "stage_since": _stamp(now)}
    return {
        "version": more.get("version", 7),
        "server_time": _stamp(now),
        "salon": {"id": 4564, "title": title, "city": city},
        "branches": more.get("branches", [branch]),
        "session_id": "company_4564",
        "generation": 1,
        "stage": stage,
        "stage_since": _stamp(now),
        "partner": {
            "state": partner,
            "since": _stamp(now),
            "delayed": False,
            "next_attempt_at": None,
            "error": None,
        }
        | partners,
        "whatsapp": {
            "state": whatsapp,
            "since": _stamp(now),
            "generation": 1,
            "method": None,
            "phone": None,
            "error": None,
            "banned_until": None,
            "pairing_until": None,
            "passkey_stage": None,
            "expected_phone": None,
        }
        | wa,
        "qr": more.get("qr"),
        "pairing_code": more.get("pairing_code"),
        "support_code": REFERENCE,
        "links": {"marketplace": MARKETPLACE, "support": more.get("support", SUPPORT)},
        "link_expires_at": _stamp(now + timedelta(minutes=55)),
    }


def with_qr(seconds: float = 52, text: str = QR_TEXT, **more: Any) -> Json:
    """Return a snapshot that shows a QR of `text` valid for so many seconds."""
    now = datetime.now(UTC)
    shown = {
        "text": text,
        "image": qr_data_address(text),
        "seq": 1,
        "issued_at": _stamp(now - timedelta(seconds=60 - seconds)),
        "expires_at": _stamp(now + timedelta(seconds=seconds)),
    }
    return snapshot("linking", "pending", "pairing", wa_method="qr", qr=shown, **more)


def with_code(seconds: float = 134, **more: Any) -> Json:
    """Return a snapshot that shows a pairing code valid for so many seconds."""
    now = datetime.now(UTC)
    shown = {
        "code": "WKXB-4M7T",
        "phone": PHONE,
        "issued_at": _stamp(now - timedelta(seconds=160 - seconds)),
        "expires_at": _stamp(now + timedelta(seconds=seconds)),
    }
    return snapshot("linking", "pending", "pairing", wa_method="code", pairing_code=shown, **more)


def branches() -> list[Json]:
    """Return several branches in different stages, one with a very long name."""
    rows = [
        (4564, "Салон красоты «Ёлка» на Тверской", "Москва", "active"),
        (
            4565,
            "Студия маникюра и педикюра «Очень длинное название без единого сокращения»",
            "Санкт-Петербург",
            "linking",
        ),
        (4566, "Barbershop №7", None, "attention"),
        (4567, "Ёлка. Химки", "Химки", "new"),
        (4568, "Ёлка. Архив", "Тверь", "frozen"),
    ]
    since = _stamp(datetime.now(UTC))
    return [
        {"id": i, "title": title, "city": city, "stage": stage, "stage_since": since}
        for i, title, city, stage in rows
    ]


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _soon(**time: float) -> str:
    return _stamp(datetime.now(UTC) + timedelta(**time))


def _linked(stage: str = "activating", partner: str = "calling", **more: Any) -> Json:
    return snapshot(stage, partner, "connected", wa_phone=PHONE, **more)


def _rest(state: str, error: str | None = None, **more: Any) -> Json:
    return snapshot("attention", "pending", state, wa_error=error, wa_phone=PHONE, **more)


_AGREE = "#screen .primary"
_SECOND = "#screen .choice:nth-child(2)"
_FIRST = "#screen .choice:nth-child(1)"

CASES: Mapping[str, Case] = {
    "checking": Case("checking", lambda: None, hangs=frozenset({"state"})),
    "checking-long": Case("checking", lambda: None, waits=True, hangs=frozenset({"state"})),
    "stale": Case("stale", lambda: None),
    "branches": Case("branches", lambda: snapshot("new", branches=branches())),
    "consent": Case("consent", lambda: snapshot("new")),
    "way-phone": Case("way", lambda: snapshot("new"), (_AGREE,), device="phone"),
    "way-desktop": Case("way", lambda: snapshot("new"), (_AGREE,), device="desktop"),
    "preparing": Case("preparing", lambda: snapshot("linking", "pending", "starting", wa_method="qr")),
    "preparing-long": Case(
        "preparing", lambda: snapshot("linking", "pending", "starting", wa_method="qr"), waits=True
    ),
    "qr": Case("qr", with_qr),
    "qr-renewing": Case("qr", lambda: with_qr(-1)),
    "qr-next": Case(
        "qr",
        lambda: with_qr(4),
        then=lambda: with_qr(18, NEXT_QR_TEXT, version=8),
        then_after_s=4,
        is_pictured=False,
    ),
    "qr-over": Case("qr_over", lambda: _rest("pairing_expired", "pairing_expired", wa_method="qr")),
    "number": Case("number", lambda: snapshot("new"), (_AGREE, "way-code")),
    "number-wrong": Case("number", lambda: snapshot("new"), (_AGREE, "way-code", "#screen .primary")),
    "code": Case("code", with_code),
    "code-over": Case("code_over", lambda: _rest("pairing_expired", "pairing_expired", wa_method="code")),
    "linking": Case("linking", lambda: snapshot("linking", "pending", "linking")),
    "awaiting-passkey": Case("awaiting_passkey", lambda: snapshot("linking", "pending", "awaiting_passkey")),
    "passkey-confirm": Case(
        "passkey_confirm",
        lambda: snapshot("linking", "pending", "awaiting_passkey", wa_passkey_stage="confirm"),
    ),
    "passkey-over": Case(
        "passkey_over", lambda: _rest("pairing_expired", "passkey_required", wa_method="qr")
    ),
    "other-phone": Case(
        "other_phone", lambda: _linked("active", "active", wa_expected_phone="+7 *** ***-56-78")
    ),
    "linked": Case("linked", lambda: _linked("linking", "pending")),
    "relink": Case("relink", lambda: _linked("linking", "pending"), ("#screen .secondary",)),
    "relinking": Case(
        "relinking",
        lambda: _linked("linking", "pending"),
        ("#screen .secondary", "#screen .secondary"),
        hangs=frozenset({"relink"}),
    ),
    "activating": Case("activating", _linked),
    "activating-long": Case("activating", _linked, waits=True),
    "delayed": Case(
        "delayed",
        lambda: _linked(partner="queued", partner_delayed=True, partner_next_attempt_at=_soon(seconds=95)),
    ),
    "active": Case("active", _linked, then=lambda: _linked("active", "active", version=8)),
    "active-next": Case(
        "active",
        lambda: _linked(branches=branches()),
        (_FIRST,),
        then=lambda: _linked("active", "active", version=8, branches=branches()),
    ),
    "already": Case("already", lambda: _linked("active", "active")),
    "reconnecting": Case("reconnecting", lambda: _rest("reconnecting")),
    "replaced": Case("replaced", lambda: _rest("replaced", "connection_replaced")),
    "logged-out": Case("logged_out", lambda: _rest("logged_out", "logged_out")),
    "restricted": Case("restricted", lambda: _rest("logged_out", "account_restricted")),
    "temp-banned": Case(
        "temp_banned", lambda: _rest("temp_banned", "temp_banned", wa_banned_until=_soon(hours=26))
    ),
    "too-many": Case("too_many", lambda: _rest("failed", "too_many_devices")),
    "unreachable": Case("unreachable", lambda: _rest("failed", "network_unreachable")),
    "away": Case("away", lambda: _rest("reconnecting", "network_unreachable", wa_since=_soon(hours=-2))),
    "outdated": Case("outdated", lambda: _rest("outdated", "client_outdated")),
    "passkey": Case("passkey", lambda: _rest("failed", "passkey_required")),
    "rejected": Case("rejected", lambda: _rest("failed", "pairing_rejected")),
    "failed": Case("failed", lambda: _rest("failed", "engine_crashed")),
    "not-requested": Case(
        "not_requested", lambda: snapshot("attention", "refused", partner_error="not_requested")
    ),
    "refused": Case("refused", lambda: _linked("attention", "refused", partner_error="aggregator_not_found")),
    "expired": Case("expired", lambda: snapshot("attention", "expired", partner_error="expired")),
    "frozen": Case("frozen", lambda: _linked("frozen", "frozen")),
    "gone": Case("gone", lambda: snapshot("gone", "uninstalled", "stopped")),
    "passive": Case("passive", lambda: snapshot("new")),
    "offline": Case("offline", lambda: None),
    "offline-qr": Case("qr", with_qr),
    "long-names": Case(
        "qr",
        lambda: with_qr(
            title="Студия красоты и здоровья «Александра Константиновна и партнёры», филиал на проспекте Мира",
            city="Петропавловск-Камчатский",
        ),
    ),
    "refusal": Case(
        "number", lambda: snapshot("new"), (_AGREE, "way-code", "type-number", "#screen .primary")
    ),
}
"""Every screen worth looking at, by the name of its picture."""

FAILURES: tuple[str, ...] = (
    "partner_token_missing",
    "not_configured",
    "salon_missing",
    "salon_invalid",
    "salons_conflict",
    "too_many_salons",
    "query_invalid",
    "signature_invalid",
    "signature_required",
    "user_data_invalid",
    "not_requested",
    "partner_unauthorized",
    "partner_forbidden",
    "partner_not_found",
    "partner_rate_limited",
    "partner_error",
    "partner_timeout",
    "partner_unreachable",
    "partner_garbled",
    "link_stale",
    "database_unavailable",
    "internal",
    "not_found",
    "request_timeout",
)
"""The failures an owner can meet as a whole page."""


class Gallery:
    """The server's app; a page's token is its case's name, and after a dot whatever tells visits apart."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.app = Quart(__name__, static_folder=str(STATIC), static_url_path=ASSETS)
        self.app.after_request(_guard)
        self.app.add_url_rule("/marketplace/onboarding", view_func=self._onboarding)
        self.app.add_url_rule("/failure/<code>", view_func=self._failure)
        self.app.add_url_rule("/already", view_func=self._already)
        self.app.add_url_rule("/marketplace/api/<name>", view_func=self._call, methods=["GET", "POST"])
        self._asked: dict[str, tuple[float, Json | None]] = {}

    async def _onboarding(self) -> str:
        return self._render("onboarding.html", stale="token" not in request.args, code="link_stale")

    async def _failure(self, code: str) -> str:
        entry("ru", f"errors.{code}")
        return self._render("failure.html", code=code, stale=False)

    async def _already(self) -> str:
        return self._render("already.html", code="already_connected", stale=False, manage_url=None)

    def _render(self, template: str, **values: object) -> str:
        lang = language_of(request.args.get("lang"))
        return self._templates.get_template(template).render(
            page_context(lang),
            assets=ASSETS,
            reference=REFERENCE,
            marketplace_url=MARKETPLACE,
            support_url=SUPPORT,
            **values,
        )

    async def _call(self, name: str) -> Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        case = CASES.get(token.partition(".")[0])
        if case is None:
            return _refusal(401, "token_invalid")
        if name in case.hangs:
            await asyncio.sleep(60)
        if request.method == "POST":
            return _refusal(422, "invalid_phone") if name == "pairing-code" else _refusal(429, "rate_limited")
        return self._state(token, case)

    def _state(self, token: str, case: Case) -> Response:
        if case.then is None:
            shown = case.snapshot()
        elif token not in self._asked:
            shown = case.snapshot()
            self._asked[token] = (time.monotonic(), shown)
        else:
            began, shown = self._asked[token]
            shown = case.then() if time.monotonic() - began > case.then_after_s else shown
        return jsonify(shown) if shown else _refusal(401, "token_expired")


async def _guard(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def _refusal(status: int, code: str) -> Response:
    response: Response = jsonify({"error": {"code": code, "message": "", "reference": REFERENCE}})
    response.status_code = status
    return response


def main() -> None:
    """Serve on 127.0.0.1:8099 and print where each screen is."""
    for name in CASES:
        sys.stdout.write(f"http://127.0.0.1:8099/marketplace/onboarding?token={name}\n")
    Gallery().app.run(host="127.0.0.1", port=8099)


if __name__ == "__main__":
    main()

"""The HTTP application: every route, one error handler, the headers of every answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial

from quart import Blueprint, Quart, Response, request
from quart_schema import HttpSecurityScheme, Info, QuartSchema
from werkzeug.exceptions import HTTPException

from gateway.application.limits import Limits
from gateway.domain.errors import GatewayError
from gateway.http.bodies import (
    COMMAND_BODY,
    COMMANDS,
    HINT_BODY,
    HINTS,
    BodyLimits,
)
from gateway.http.departure import Departure
from gateway.http.language import language_of_request
from gateway.http.onboarding_api import BEARER
from gateway.http.pages import Pages
from gateway.http.problems import problem_json, problem_page, report, wants_page
from gateway.http.security import SecurityHeaders

API_VERSION = "1.0"
DOCUMENT_PATH = "/openapi.json"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_CODE_OF_STATUS = {404: "not_found", 405: "method_not_allowed", 408: "body_timeout", 413: "body_too_large"}
_log = logging.getLogger("gateway.http")


@dataclass(frozen=True, slots=True)
class HttpConfig:
    """What the application needs to know of the settings."""

    frame_ancestors: Sequence[str]
    public_url: str | None
    commands: BodyLimits = COMMAND_BODY
    hints: BodyLimits = HINT_BODY


def build_app(
    config: HttpConfig,
    pages: Pages,
    blueprints: Sequence[Blueprint],
    departure: Departure,
    limits: Limits | None = None,
) -> Quart:
    """Return the application with the given routes."""
    app = Quart("gateway", static_folder=None)
    app.url_map.merge_slashes = (
        False  # else `//x` is answered by a redirect that repeats the address, secrets and all
    )
    limits_of = {COMMANDS: config.commands, HINTS: config.hints}
    app.config["MAX_CONTENT_LENGTH"] = max(each.cap_bytes for each in limits_of.values())
    app.config["BODY_TIMEOUT"] = max(each.timeout_s for each in limits_of.values())
    app.config |= limits_of
    QuartSchema(
        app, openapi_path=DOCUMENT_PATH, redoc_ui_path=None, swagger_ui_path=None, scalar_ui_path=None,
        conversion_preference="pydantic",
        info=Info(title="AI-Admin gateway: public interface", version=API_VERSION),
        security_schemes={BEARER: HttpSecurityScheme(scheme="bearer", bearer_format="JWT")},
    )  # fmt: skip
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # after QuartSchema, which puts its own provider there
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    provider = app.extensions["QUART_SCHEMA"].openapi_provider
    provider.schema = cache(provider.schema)  # a tenth of a second each time, and anybody may ask
    app.before_request(_refuse_other_sites)
    if limits is not None:
        app.before_request(partial(_count_reader, limits))
    _handle_errors(app, pages)
    app.after_request(SecurityHeaders(config.frame_ancestors, config.public_url).complete)
    app.after_request(departure.complete)
    return app


async def _count_reader(limits: Limits) -> None:
    """Count who reads the document: making it is dear, and nobody has to prove anything for it."""
    if request.path == DOCUMENT_PATH:
        limits.stranger(request.remote_addr)


async def _refuse_other_sites() -> None:
    """Let no page of another site act through its visitor's browser; programs do not send the header."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    if request.method not in SAFE_METHODS and site not in ("same-origin", "none"):
        raise GatewayError("cross_site")


def _handle_errors(app: Quart, pages: Pages) -> None:
    async def answer(error: GatewayError) -> Response:
        language = language_of_request()
        problem = report(error, language)
        return await problem_page(problem, pages, language) if wants_page() else problem_json(problem)

    @app.errorhandler(GatewayError)
    async def refused(error: GatewayError) -> Response:
        return await answer(error)

    @app.errorhandler(HTTPException)
    async def refused_by_framework(error: HTTPException) -> Response:
        response = await answer(GatewayError(_CODE_OF_STATUS.get(error.code or 500, "query_invalid")))
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    async def failed(error: Exception) -> Response:
        _log.error("unexpected_error", exc_info=error)
        return await answer(GatewayError("internal"))


def openapi_document(app: Quart) -> dict[str, object]:
    """Return the OpenAPI document that `/openapi.json` serves."""
    schema: dict[str, object] = app.extensions["QUART_SCHEMA"].openapi_provider.schema()
    return schema

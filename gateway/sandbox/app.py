"""Puts one sandbox together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from quart import Quart, Response, request

from gateway.sandbox import replies
from gateway.sandbox.catalogue import Salon
from gateway.sandbox.config import SandboxConfig
from gateway.sandbox.connections import Asgi, Droppable
from gateway.sandbox.control_api import ControlApi
from gateway.sandbox.market import Market
from gateway.sandbox.page import page_blueprint
from gateway.sandbox.partner_api import PartnerApi
from gateway.sandbox.phone import PhonePanel
from gateway.sandbox.problems import Problem, language_of
from gateway.sandbox.webhooks_out import TIMEOUT_S, WebhookSender

if TYPE_CHECKING:
    from gateway.application.ports import Clock

MAX_BODY = 256 * 1024
_PARTNER_PATHS = ("/marketplace", "/api/v1")
_CODES = {404: "not_found", 405: "method_not_allowed", 408: "body_timeout", 413: "body_too_large"}


class Sandbox:
    """One fake marketplace: `app` is the ASGI application, `market` its state and controls."""

    def __init__(
        self, app: Quart, market: Market, sender: WebhookSender, phone: PhonePanel, closing: asyncio.Event
    ):
        self.app = app
        self.market = market
        self._sender = sender
        self._phone = phone
        self._closing = closing

    @property
    def webhooks_busy(self) -> int:
        """How many webhooks are still on their way."""
        return self._sender.busy

    async def aclose(self) -> None:
        """End hanging calls and webhooks on their way; safe to call twice."""
        self._closing.set()
        await self._sender.aclose()
        await self._phone.aclose()


def build_sandbox(
    config: SandboxConfig,
    clock: Clock,
    *,
    salons: Iterable[Salon] | None = None,
    webhook_timeout_s: float = TIMEOUT_S,
) -> Sandbox:
    """Return a sandbox that is ready to be served; nothing runs until the first request."""
    market = Market(config, clock, salons)
    closing = asyncio.Event()
    sender = WebhookSender(market, timeout_s=webhook_timeout_s)
    market.on_webhook = sender.send
    phone = PhonePanel(config.gateway_url)
    app = Quart("gateway.sandbox", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["RESPONSE_TIMEOUT"] = None
    app.register_blueprint(PartnerApi(market, closing).blueprint())
    app.register_blueprint(ControlApi(market, sender, phone).blueprint())
    app.register_blueprint(page_blueprint(market))
    _answer_errors(app, market)
    app.asgi_app = Droppable(cast(Asgi, app.asgi_app))  # type: ignore[method-assign, assignment]
    return Sandbox(app, market, sender, phone, closing)


def _answer_errors(app: Quart, market: Market) -> None:
    """Answer what no route serves, and what failed inside, in the form of the side it was meant for."""

    async def answer(error: Any) -> Response:
        status = int(getattr(error, "code", 500) or 500)
        if request.path.startswith(_PARTNER_PATHS):
            text = market.brand.not_found if status == 404 else market.brand.failed
            return _json(replies.refusal(status, text).envelope, status)
        problem = Problem(_CODES.get(status, "internal"))
        return _json(problem.wire(language_of(request.headers.get("Accept-Language", ""))), status)

    for status in (*_CODES, 500):
        app.register_error_handler(status, answer)


def _json(body: Any, status: int) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type="application/json")

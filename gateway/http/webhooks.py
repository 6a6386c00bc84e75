"""`POST /webhook/yclients[/{key}]`: read, prove, commit, answer.

What is let in never meets the framework: its routing, request and response objects cost several times what the work
does. What is refused goes to the framework's route of the same address, which words every refusal there is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from quart import Blueprint, request
from quart_schema import document_request, document_response

from gateway.application.receive_webhook import Delivery, ReceiveWebhook
from gateway.domain.errors import GatewayError
from gateway.http.bodies import WEBHOOK_BODY, BodyLimits, is_json
from gateway.http.departure import Departure
from gateway.http.documents import AnyJsonObject, problems
from gateway.http.security import Headers
from shared.wire import WebhookAnswer

ADDRESS = "/webhook/yclients"
SIGNATURE_HEADER = b"x-yclients-signature"
REFUSAL = "ai_admin.webhook_refusal"
"""Where the door leaves in the request's scope why it refused."""

_ANSWER = WebhookAnswer(success=True, received=True).model_dump_json().encode()
_CLOSE = (b"connection", b"close")

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]


class WebhookDoor:
    """Stands before the application and answers the webhooks it lets in."""

    def __init__(
        self,
        receive: ReceiveWebhook,
        application: Application,
        departure: Departure,
        headers: Headers,
        limits: BodyLimits = WEBHOOK_BODY,
    ) -> None:
        self.limits = limits
        self._receive = receive
        self._application = application
        self._departure = departure
        length = str(len(_ANSWER)).encode()
        self._headers = [(b"content-type", b"application/json"), (b"content-length", length), *headers]

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if not _is_webhook(scope):
            await self._application(scope, receive, send)
            return
        try:
            await self._receive(await self._delivery(scope, receive))
        except _HungUpError:
            return
        except Exception as error:  # whatever it is, the application knows how to answer it
            await self._application({**scope, REFUSAL: error}, _read_already(receive), send)
            return
        is_kept = not self._departure.has_begun or scope["http_version"] == "2"
        headers = self._headers if is_kept else [*self._headers, _CLOSE]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": _ANSWER})

    async def _delivery(self, scope: Any, receive: Receive) -> Delivery:
        """Read a request. Raises GatewayError, and _HungUpError when its sender goes away halfway."""
        signatures, kind, length = [], b"", None
        for name, value in scope["headers"]:
            if name == SIGNATURE_HEADER:
                signatures.append(value)
            elif name == b"content-type":
                kind = value
            elif name == b"content-length":
                length = value
            elif name == b"sec-fetch-site" and value not in (b"same-origin", b"none"):
                raise GatewayError("cross_site")
        if not is_json(kind.partition(b";")[0].strip().lower().decode("latin-1")):
            raise GatewayError("unsupported_media_type")
        if length is not None and int(length) > self.limits.cap_bytes:
            raise GatewayError("body_too_large")
        # Sent twice it is one value that no signature equals.
        signature = b", ".join(signatures).decode("latin-1") if signatures else None
        client = scope.get("client")
        raw = await self._body(receive)
        return Delivery(raw, signature, scope["path"][len(ADDRESS) + 1 :] or None, client and str(client[0]))

    async def _body(self, receive: Receive) -> bytes:
        try:
            async with asyncio.timeout(self.limits.timeout_s):
                message = await receive()
                body: bytes = message.get("body", b"")
                while message.get("more_body"):
                    message = await receive()
                    body += message.get("body", b"")
                    if len(body) > self.limits.cap_bytes:
                        break
        except TimeoutError:
            raise GatewayError("body_timeout") from None
        if message["type"] == "http.disconnect":
            raise _HungUpError
        if len(body) > self.limits.cap_bytes:
            raise GatewayError("body_too_large")
        return body


class _HungUpError(Exception):
    """Whoever sent the request is gone: there is nobody to answer."""


def webhook_blueprint() -> Blueprint:
    """Return the two webhook routes, as the document describes them; the door comes to them to refuse."""
    blueprint = Blueprint("webhooks", __name__)

    async def _refuse() -> dict[str, object]:
        scope: Mapping[str, Any] = request.scope
        raise scope[REFUSAL]

    @blueprint.post(ADDRESS)
    @document_request(AnyJsonObject)
    @document_response(WebhookAnswer)
    @problems(400, 401, 408, 413, 415, 503)
    async def lifecycle_webhook() -> dict[str, object]:
        """Take a webhook proved by its partner_token or its signature."""
        return await _refuse()

    @blueprint.post(f"{ADDRESS}/<key>")
    @document_request(AnyJsonObject)
    @document_response(WebhookAnswer)
    @problems(400, 401, 408, 413, 415, 503)
    async def entity_webhook(key: str) -> dict[str, object]:
        """Take a webhook proved by the key of the address we registered."""
        return await _refuse()

    return blueprint


def _is_webhook(scope: Any) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    path: str = scope["path"]
    return path.startswith(ADDRESS) and (len(path) == len(ADDRESS) or _is_key(path[len(ADDRESS) :]))


def _is_key(rest: str) -> bool:
    """Whether what follows the address is one more part of a path, and not an empty one."""
    return len(rest) > 1 and rest[0] == "/" and "/" not in rest[1:]


def _read_already(receive: Receive) -> Receive:
    """Return what an application receives of a request whose body has been taken: nothing, and then its end."""
    is_told = False

    async def rest() -> Mapping[str, Any]:
        nonlocal is_told
        if not is_told:
            is_told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while (message := await receive())["type"] != "http.disconnect":
            pass  # the rest of a body that is not read
        return message

    return rest

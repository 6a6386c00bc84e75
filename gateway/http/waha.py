"""`POST /whatsapp/waha/{instance}/webhook`: read, prove, commit, answer."""

from __future__ import annotations

from quart import Blueprint, request
from quart_schema import document_request, document_response

from gateway.application.receive_hint import HintDelivery, ReceiveHint
from gateway.http.bodies import HINTS, read_raw
from gateway.http.documents import AnyJsonObject, problems
from shared.wire import WebhookAnswer

SIGNATURE_HEADER = "X-Webhook-Hmac"
ALGORITHM_HEADER = "X-Webhook-Hmac-Algorithm"


def waha_blueprint(receive: ReceiveHint) -> Blueprint:
    """Return the one route; it exists where a WAHA instance is configured."""
    blueprint = Blueprint("waha", __name__)

    @blueprint.post("/whatsapp/waha/<instance>/webhook")
    @document_request(AnyJsonObject)
    @document_response(WebhookAnswer)
    @problems(400, 401, 408, 413, 415, 422, 503)
    async def hint(instance: str) -> dict[str, object]:
        """Take a webhook of a session server, proved by the HMAC-SHA512 of its body."""
        raw = await read_raw(HINTS)
        await receive(HintDelivery(instance, raw, _once(SIGNATURE_HEADER), _once(ALGORITHM_HEADER)))
        return WebhookAnswer(success=True, received=True).model_dump()

    return blueprint


def _once(header: str) -> str:
    """Return a header's value; sent twice it is one value that proves nothing."""
    return ", ".join(request.headers.getlist(header))

"""`POST /webhook/yclients[/{key}]`: read, prove, commit, answer."""

from __future__ import annotations

from quart import Blueprint, request
from quart_schema import document_request, document_response

from gateway.application.receive_webhook import Delivery, ReceiveWebhook
from gateway.http.bodies import WEBHOOKS, read_raw
from gateway.http.documents import AnyJsonObject, problems
from shared.wire import WebhookAnswer

SIGNATURE_HEADER = "X-YClients-Signature"


def webhook_blueprint(receive: ReceiveWebhook) -> Blueprint:
    """Return the two webhook routes; they differ only in the key of the path."""
    blueprint = Blueprint("webhooks", __name__)

    async def _take(key: str | None) -> dict[str, object]:
        raw = await read_raw(WEBHOOKS)
        delivery = Delivery(raw, _signature(), key, request.remote_addr)
        await receive(delivery)
        return WebhookAnswer(success=True, received=True).model_dump()

    @blueprint.post("/webhook/yclients")
    @document_request(AnyJsonObject)
    @document_response(WebhookAnswer)
    @problems(400, 401, 408, 413, 415, 503)
    async def lifecycle_webhook() -> dict[str, object]:
        """Take a webhook proved by its partner_token or its signature."""
        return await _take(None)

    @blueprint.post("/webhook/yclients/<key>")
    @document_request(AnyJsonObject)
    @document_response(WebhookAnswer)
    @problems(400, 401, 408, 413, 415, 503)
    async def entity_webhook(key: str) -> dict[str, object]:
        """Take a webhook proved by the key of the address we registered."""
        return await _take(key)

    return blueprint


def _signature() -> str | None:
    """Return the signature header; sent twice it is one value that no signature equals."""
    sent = request.headers.getlist(SIGNATURE_HEADER)
    return ", ".join(sent) if sent else None

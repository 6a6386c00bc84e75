"""The webhook door: proof, then a disk, then the answer. Nothing is done here that could fail later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from gateway.application.accept_webhook import AcceptWebhook
from gateway.application.ports import Clock, TokenWitness
from gateway.application.records import NewWebhook
from gateway.application.webhook_keys import WebhookKeys
from gateway.domain.errors import GatewayError
from gateway.domain.signatures import (
    matches_any,
    payment_sign_matches,
    secrets_equal,
    token_problem,
    webhook_signature_matches,
)
from gateway.domain.strict_json import JsonObject, dump_json, is_storable, parse_json_object, storable
from gateway.domain.webhooks import (
    EntityEvent,
    LifecycleEvent,
    Webhook,
    digest,
    may_hold_token,
    webhook_of,
    without_token,
)

MAX_KEY_CHARS = 128


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook request as it came: raw bytes, the signature header and the key of its path, if any."""

    raw_body: bytes
    signature: str | None
    key: str | None
    peer: str | None


class ReceiveWebhook:
    """Accepts a webhook durably or refuses it with a code."""

    def __init__(
        self,
        tokens: Sequence[str | None],
        accept: AcceptWebhook,
        keys: WebhookKeys,
        witness: TokenWitness,
        clock: Clock,
        on_refused: Callable[[str], Awaitable[None]],
    ) -> None:
        self._tokens = tuple(token.encode() for token in tokens if token and token_problem(token) is None)
        self._token_texts = [token.decode() for token in self._tokens]
        self._accept = accept
        self._keys = keys
        self._witness = witness
        self._clock = clock
        self._on_refused = on_refused

    async def __call__(self, delivery: Delivery) -> None:
        """Make the webhook durable. Raises GatewayError (401 codes, JSON codes, 503 codes) and stores nothing then."""
        body = parse_json_object(delivery.raw_body)
        webhook = webhook_of(body)
        try:
            proof = await self._prove(delivery, webhook)
        except GatewayError as error:
            await self._on_refused(error.code)
            raise
        await self._accept(self._row(delivery, body, webhook, proof))

    async def _prove(self, delivery: Delivery, webhook: Webhook) -> str:
        """Return the proof that held. A proof that is present and wrong refuses, whatever else holds."""
        if not self._tokens and (delivery.key is None):
            raise GatewayError("not_configured")
        if delivery.signature is not None and not self._signature_holds(delivery):
            raise GatewayError("webhook_signature_invalid")
        if webhook.partner_token is not None and not self._token_holds(webhook.partner_token):
            raise GatewayError("webhook_unauthorized")
        if delivery.key is not None:
            await self._check_key(delivery.key, webhook)
            return "install_key"
        if webhook.partner_token is not None:
            return "partner_token"
        if delivery.signature is not None:
            return "signature"
        raise GatewayError("webhook_unauthorized")

    def _signature_holds(self, delivery: Delivery) -> bool:
        signature = delivery.signature or ""
        holds = webhook_signature_matches(delivery.raw_body, signature, self._tokens)
        if holds:
            self._witness.saw(
                "webhook_signature",
                lambda token: webhook_signature_matches(delivery.raw_body, signature, (token,)),
            )
        return holds

    def _token_holds(self, token: str) -> bool:
        given = token.encode("utf-8", "surrogatepass")
        holds = matches_any(given, self._tokens)
        if holds:
            self._witness.saw("webhook_token", lambda known: secrets_equal(given, known))
        return holds

    async def _check_key(self, key: str, webhook: Webhook) -> None:
        salon_id = None
        if len(key) <= MAX_KEY_CHARS and key.isascii():
            salon_id = await self._keys.salon_of(key)
        if salon_id is None:
            raise GatewayError("webhook_unauthorized")
        if webhook.salon_id is not None and webhook.salon_id != salon_id:
            raise GatewayError("webhook_key_mismatch")

    def _row(self, delivery: Delivery, body: JsonObject, webhook: Webhook, proof: str) -> NewWebhook:
        """Describe the webhook from its stripped body alone, so that no column can hold a token either."""
        text = delivery.raw_body.decode()
        shown, kept = webhook, text
        if may_hold_token(body, text, self._token_texts):
            stripped = without_token(body, self._tokens)
            shown, kept = webhook_of(stripped), dump_json(stripped)
        elif not is_storable(delivery.raw_body):
            kept = dump_json(body)
        kind = "entity" if isinstance(shown, EntityEvent) else "unknown"
        if isinstance(shown, LifecycleEvent):
            kind = "lifecycle"
        return NewWebhook(
            proof=proof,
            kind=kind,
            event=shown.name,
            salon_id=shown.salon_id,
            application_id=shown.application_id,
            resource_id=shown.resource_id if isinstance(shown, EntityEvent) else None,
            body=kept,
            digest=digest(delivery.raw_body),
            sign_state=self._payment_sign(webhook),
            peer=storable(delivery.peer) if delivery.peer else None,
            received_at=self._clock.now(),
        )

    def _payment_sign(self, webhook: Webhook) -> str | None:
        """Judge a payment's own signature now, while the numbers' raw text is at hand."""
        if not isinstance(webhook, LifecycleEvent) or webhook.payment is None:
            return None
        signed = webhook.payment.signed
        if signed is None:
            return "absent"
        if not payment_sign_matches(signed, self._tokens):
            return "invalid"
        self._witness.saw("payment", lambda token: payment_sign_matches(signed, (token,)))
        return "valid"

"""The door for the webhooks of session servers: proof, then the database, then the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from gateway.application.ports import Clock
from gateway.domain.errors import GatewayError
from gateway.domain.session_hints import SessionHint, parse_hint
from gateway.domain.signatures import hint_signature_matches


@dataclass(frozen=True, slots=True)
class HintDelivery:
    """One request as it came: the instance of its path, raw bytes, signature header and what it says it is."""

    instance: str
    raw_body: bytes
    signature: str
    algorithm: str


class ReceiveHint:
    """Keeps a proven hint durably or refuses it with a code."""

    def __init__(
        self,
        secrets: Mapping[str, str],
        keep: Callable[[SessionHint], Awaitable[bool]],
        clock: Clock,
        on_refused: Callable[[str], Awaitable[None]],
    ) -> None:
        """`secrets` are the webhook secrets by instance; `keep` commits a hint unless it is known."""
        self._secrets = {name: secret.encode() for name, secret in secrets.items()}
        self._keep = keep
        self._clock = clock
        self._on_refused = on_refused

    async def __call__(self, delivery: HintDelivery) -> None:
        """Make the hint durable; one that concerns nobody here is taken too, and forgotten.

        Raises GatewayError: webhook_signature_invalid (whatever was wrong with the proof), the codes of `parse_hint`,
        database_unavailable. Nothing is kept then.
        """
        secret = self._secrets.get(delivery.instance, b"")
        if not hint_signature_matches(delivery.raw_body, delivery.signature, delivery.algorithm, secret):
            await self._on_refused("webhook_signature_invalid")
            raise GatewayError("webhook_signature_invalid")
        hint = parse_hint(delivery.instance, delivery.raw_body, self._clock.now())
        if hint is not None:
            await self._keep(hint)

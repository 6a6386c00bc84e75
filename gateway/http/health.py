"""Liveness for anyone, readiness and metrics for those inside."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from quart import Blueprint, Response, jsonify, request
from quart_schema import document_response, hide

from gateway.application.ports import Clock
from gateway.domain.errors import GatewayError
from shared.wire import HealthAnswer


@dataclass(frozen=True, slots=True)
class InternalAccess:
    """Who may read `/readyz` and `/metrics`.

    Anyone on a private deployment or through the internal address, else a bearer of the token.
    """

    is_private: bool
    token: str | None
    internal_port: int | None = None

    def check(self) -> None:
        """Raise not_found for everybody else: the routes do not exist for them."""
        server = request.scope.get("server") or (None, None)
        if self.is_private or (self.internal_port is not None and server[1] == self.internal_port):
            return
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if self.token is None or not hmac.compare_digest(given, self.token.encode()):
            raise GatewayError("not_found")


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a balancer should send requests here, and how each part is."""

    is_ready: bool
    parts: dict[str, bool]


def health_blueprint(
    clock: Clock,
    ready: Callable[[], Awaitable[Readiness]],
    registry: CollectorRegistry,
    access: InternalAccess,
) -> Blueprint:
    """Return `/marketplace/health`, `/readyz` and `/metrics`."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/marketplace/health")
    @document_response(HealthAnswer)
    async def health() -> dict[str, object]:
        """Say that the gateway answers."""
        return HealthAnswer(status="ok", timestamp=clock.now()).model_dump(mode="json")

    @blueprint.get("/readyz")
    @hide
    async def readiness() -> Response:
        """Say whether requests should be sent here: 200 or 503."""
        access.check()
        readiness = await ready()
        response: Response = jsonify({"ready": readiness.is_ready, "parts": readiness.parts})
        response.status_code = 200 if readiness.is_ready else 503
        return response

    @blueprint.get("/metrics")
    @hide
    async def metrics() -> Response:
        """Return the counters in Prometheus' text form."""
        access.check()
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint

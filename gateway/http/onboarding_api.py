"""The page's REST side: the same snapshot and commands as the socket, for when there is none; and `activate`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from pydantic import BaseModel
from quart import Blueprint, jsonify, request
from quart.wrappers import Response
from quart_schema import document_querystring, document_request, document_response, security_scheme

from gateway.application.activate import RequestActivation
from gateway.application.limits import Limits
from gateway.application.links import LinkTokens, OnboardingLink
from gateway.application.onboard import Onboard
from gateway.domain.errors import GatewayError
from gateway.domain.strict_json import positive_int
from gateway.http.bodies import read_command
from gateway.http.documents import problems
from resources.texts import text
from shared.vocabulary import MAX_SALON_ID, PartnerState, salon_id_of
from shared.wire import (
    ActivateCommand,
    ActivationAnswer,
    PairingCodeAnswer,
    PairingCodeCommand,
    QrAnswer,
    SalonCommand,
    SessionStatusAnswer,
    Snapshot,
)

COMMAND_TIMEOUT_S = 20.0
BEARER = "OnboardingLink"

Answer = TypeVar("Answer")


class SalonQuery(BaseModel):
    """Which of the link's salons is meant; the first when absent."""

    salon_id: int | None = None


def onboarding_blueprint(
    links: LinkTokens, onboard: Onboard, activation: RequestActivation, limits: Limits
) -> Blueprint:
    """Return the routes under `/marketplace/api` and `POST /marketplace/activate`."""
    blueprint = Blueprint("onboarding", __name__)

    def _link() -> OnboardingLink:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return _known(token.strip() if scheme.lower() == "bearer" else None)

    def _known(token: str | None) -> OnboardingLink:
        try:
            link = links.verify(token)
        except GatewayError:
            limits.stranger(request.remote_addr)
            raise
        limits.owner(link)
        return link

    @blueprint.get("/marketplace/api/state")
    @document_querystring(SalonQuery)
    @document_response(Snapshot)
    @problems(400, 401, 403, 410, 422, 429, 503)
    @security_scheme([{BEARER: []}])
    async def state() -> dict[str, object]:
        """Return everything the page shows."""
        link = _link()
        snapshot = await onboard.snapshot(link, link.pick(_salon_in_query()))
        return snapshot.model_dump(mode="json")

    @blueprint.post("/marketplace/api/qr")
    @document_request(SalonCommand)
    @document_response(QrAnswer)
    @problems(400, 401, 403, 408, 409, 410, 413, 415, 422, 429, 503, 504)
    @security_scheme([{BEARER: []}])
    async def qr() -> dict[str, object]:
        """Start pairing by QR if needed and return the code that is valid now; waits up to ten seconds for it."""
        link = _link()
        command = await read_command(SalonCommand)
        answer = await _bounded(onboard.qr(link, link.pick(_checked(command.salon_id))))
        return answer.model_dump(mode="json")

    @blueprint.post("/marketplace/api/pairing-code")
    @document_request(PairingCodeCommand)
    @document_response(PairingCodeAnswer)
    @problems(400, 401, 403, 408, 409, 410, 413, 415, 422, 429, 503, 504)
    @security_scheme([{BEARER: []}])
    async def pairing_code() -> dict[str, object]:
        """Return a pairing code for the salon's number."""
        link = _link()
        command = await read_command(PairingCodeCommand)
        salon_id = link.pick(_checked(command.salon_id))
        answer = await _bounded(onboard.pairing_code(link, salon_id, command.phone))
        return answer.model_dump(mode="json")

    @blueprint.post("/marketplace/api/relink")
    @document_request(SalonCommand)
    @document_response(Snapshot)
    @problems(400, 401, 403, 408, 409, 410, 413, 415, 422, 429, 503, 504)
    @security_scheme([{BEARER: []}])
    async def relink() -> dict[str, object]:
        """Unlink the present phone and start over."""
        link = _link()
        command = await read_command(SalonCommand)
        salon_id = link.pick(_checked(command.salon_id))
        await _bounded(onboard.relink(link, salon_id))
        return (await onboard.snapshot(link, salon_id)).model_dump(mode="json")

    @blueprint.post("/marketplace/api/confirm-phone")
    @document_request(SalonCommand)
    @document_response(Snapshot)
    @problems(400, 401, 403, 404, 408, 409, 410, 413, 415, 422, 429, 503)
    @security_scheme([{BEARER: []}])
    async def confirm_phone() -> dict[str, object]:
        """Keep the number that was linked in place of another one."""
        link = _link()
        command = await read_command(SalonCommand)
        salon_id = link.pick(_checked(command.salon_id))
        await _bounded(onboard.confirm_phone(link, salon_id))
        return (await onboard.snapshot(link, salon_id)).model_dump(mode="json")

    @blueprint.get("/marketplace/api/status/<session_id>")
    @document_response(SessionStatusAnswer)
    @problems(401, 403, 404, 410, 429, 503)
    @security_scheme([{BEARER: []}])
    async def session_status(session_id: str) -> dict[str, object]:
        """Return whether one session is connected."""
        link = _link()
        salon_id = salon_id_of(session_id)
        if salon_id is None:
            raise GatewayError("session_not_found")
        snapshot = await onboard.snapshot(link, link.pick(salon_id))
        return onboard.status_of(snapshot).model_dump(mode="json")

    @blueprint.post("/marketplace/activate")
    @document_request(ActivateCommand)
    @document_response(ActivationAnswer, 200)
    @document_response(ActivationAnswer, 202)
    @problems(400, 401, 403, 408, 409, 410, 413, 415, 422, 429, 503)
    async def activate() -> Response:
        """Report the activation of the link's salon; the server drives it by itself."""
        command = await read_command(ActivateCommand)
        link = _known(command.token)
        salon_id = link.pick(None)
        reported = await activation(salon_id, link.generations[salon_id])
        is_active = reported.state is PartnerState.ACTIVE
        if reported.state in (PartnerState.REFUSED, PartnerState.EXPIRED):
            raise GatewayError("not_requested")
        answer = ActivationAnswer(
            success=True, status="active" if is_active else "activating", salon_id=salon_id, company_id=salon_id,
            message=text("ru", "live.active" if is_active else "live.activating"),
        )  # fmt: skip
        response: Response = jsonify(answer.model_dump(mode="json"))
        response.status_code = 200 if is_active else 202
        return response

    return blueprint


def _salon_in_query() -> int | None:
    if any(name.startswith(("salon_id[", "salon_ids")) for name in request.args):
        raise GatewayError("field_invalid")
    values = request.args.getlist("salon_id")
    if not values:
        return None
    salon_id = positive_int(values[0], at_most=MAX_SALON_ID)
    if len(values) > 1 or salon_id is None:
        raise GatewayError("field_invalid")
    return salon_id


def _checked(salon_id: int | None) -> int | None:
    if salon_id is not None and not 0 < salon_id <= MAX_SALON_ID:
        raise GatewayError("field_invalid")
    return salon_id


async def _bounded(work: Awaitable[Answer]) -> Answer:
    try:
        async with asyncio.timeout(COMMAND_TIMEOUT_S):
            return await work
    except TimeoutError:
        raise GatewayError("request_timeout") from None

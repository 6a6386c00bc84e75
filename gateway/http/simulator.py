"""`POST /simulator/{salon_id}/{action}`: the phone's part, only with the simulator and only on a loopback address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from quart import Blueprint
from quart_schema import hide

from gateway.domain.errors import GatewayError
from gateway.http.bodies import COMMAND_CAP_BYTES, COMMAND_TIMEOUT_S, read_raw
from gateway.domain.strict_json import parse_json_object, plain
from shared.vocabulary import MAX_SALON_ID

ACTIONS = ("scan", "enter-code", "drop", "replace", "unlink", "ban", "outdated", "crash", "mute", "passkey")

Act = Callable[[int, str, Mapping[str, Any]], Awaitable[dict[str, Any]]]


def simulator_blueprint(act: Act) -> Blueprint:
    """Return the phone controls; `act` answers once the deed is committed."""
    blueprint = Blueprint("simulator", __name__)

    @blueprint.post("/simulator/<salon>/<action>")
    @hide
    async def phone(salon: str, action: str) -> dict[str, Any]:
        """Play one act of the phone; an optional JSON body holds its details, such as `{"code": "ABCD-1234"}`."""
        if action not in ACTIONS or not (salon.isascii() and salon.isdigit()) or not 0 < int(salon[:11]) <= MAX_SALON_ID:
            raise GatewayError("not_found")
        raw = await read_raw(COMMAND_CAP_BYTES, COMMAND_TIMEOUT_S)
        details = plain(parse_json_object(raw)) if raw.strip() else {}
        assert isinstance(details, dict)
        return await act(int(salon), action, details)

    return blueprint

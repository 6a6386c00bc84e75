"""`POST /simulator/{salon_id}/{action}`: the phone's part, only with the simulator and only on a loopback address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from quart import Blueprint
from quart_schema import hide

from gateway.domain.errors import GatewayError
from gateway.domain.strict_json import parse_json_object, plain, positive_int
from gateway.http.bodies import COMMANDS, read_raw
from shared.vocabulary import MAX_SALON_ID

ACTIONS = (
    "scan", "enter-code", "drop", "replace", "unlink", "ban", "restrict", "outdated", "crash", "mute", "passkey",
    "receive", "receipt", "offline", "online",
)  # fmt: skip
DETAILS = frozenset({"phone", "code", "seconds", "stage", "text", "message_id", "kind"})

Act = Callable[[int, str, Mapping[str, Any]], Awaitable[dict[str, Any]]]


def simulator_blueprint(act: Act) -> Blueprint:
    """Return the phone controls; `act` answers once the deed is committed."""
    blueprint = Blueprint("simulator", __name__)

    @blueprint.post("/simulator/<salon>/<action>")
    @hide
    async def phone(salon: str, action: str) -> dict[str, Any]:
        """Play one act of the phone; an optional JSON body holds its details, such as `{"code": "ABCD-1234"}`."""
        salon_id = positive_int(salon, at_most=MAX_SALON_ID)
        if action not in ACTIONS or salon_id is None:
            raise GatewayError("not_found")
        raw = await read_raw(COMMANDS)
        fields = parse_json_object(raw) if raw.strip() else {}
        if not DETAILS.issuperset(fields):
            raise GatewayError("field_invalid")
        return await act(salon_id, action, {name: plain(value) for name, value in fields.items()})

    return blueprint

"""The phone's part, played by hand: for the sandbox page, the demo and the tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

from gateway.application.ports import Clock
from gateway.domain.errors import GatewayError
from gateway.domain.phones import normalise_phone
from gateway.domain.session_records import ReceiptKind, SessionSnapshot
from gateway.domain.sessions import PAIRING_STATES, RUNNING_STATES, CloseCause, SessionFault
from gateway.whatsapp.port import SessionPool
from gateway.whatsapp.simulator.engine import DROP_S
from gateway.whatsapp.simulator.world import Connection, SimulatedWorld
from shared.vocabulary import PasskeyStage, WhatsappState

W = WhatsappState

Choice = TypeVar("Choice", bound=StrEnum)

READY_S = 5.0
DEFAULT_BAN_S = 60.0
DEFAULT_SENDER = "79990000000"
_LOOK_S = 0.05

_PAIRING_ACTIONS = frozenset({"scan", "enter_code", "passkey", "reject"})
_LINKED_ACTIONS = frozenset({"replace", "unlink", "ban", "restrict", "receive", "receipt"})

ACTIONS = (
    _PAIRING_ACTIONS | _LINKED_ACTIONS | {"drop", "outdated", "upgrade", "crash", "mute", "offline", "online"}
)
"""Everything that can be done; a hyphen may stand for an underscore."""


class SimulatorControls:
    """Does to a session's simulated connection what its phone, the server or bad luck would do."""

    def __init__(self, pool: SessionPool, world: SimulatedWorld, clock: Clock) -> None:
        self._pool = pool
        self._world = world
        self._clock = clock

    async def act(self, salon_id: int, action: str, **params: Any) -> SessionSnapshot:
        """Do one thing and return the session after what it led to is committed.

        A session on its way to where that can happen is given 5 s. Params: `phone` (scan), `code` (enter_code;
        without it the valid one is read off), `seconds` (drop, ban), `stage` (passkey: `confirm` asks for more),
        `phone`, `text`, `message_id`, `seconds` ago (receive), `message_id` and `kind` (receipt).
        Raises GatewayError: not_found (no such action), field_invalid, invalid_phone, session_not_found, not_pairing,
        whatsapp_not_connected, pairing_rejected, pool_unavailable (the engine runs in another process, or hangs).
        """
        name = action.replace("-", "_")
        if name not in ACTIONS:
            raise GatewayError("not_found")
        await self._pool.get(salon_id)
        if name in ("offline", "online", "upgrade"):
            self._weather(salon_id, name)
        else:
            client = await self._ready(salon_id, name)
            await self._deeds(client, salon_id, params)[name]()
        return await self._pool.get(salon_id)

    def _weather(self, salon_id: int, name: str) -> None:
        if name == "offline":
            self._world.offline.add(salon_id)
        elif name == "online":
            self._world.offline.discard(salon_id)
        else:
            self._world.version += 1

    def _deeds(
        self, client: Connection, salon_id: int, params: Mapping[str, Any]
    ) -> dict[str, Callable[[], Awaitable[None]]]:
        async def ban() -> None:
            self._world.ban(salon_id, _seconds(params, DEFAULT_BAN_S))
            await client.refuse_login()

        async def outdate() -> None:
            self._world.outdate(salon_id)
            await (client.refuse_login() if client.is_open else client.close(CloseCause.OUTDATED))

        async def receive() -> None:
            sent_at = self._clock.now() - timedelta(seconds=_seconds(params, 0))
            message_id = _text(params, "message_id") or self._world.inbound_id(salon_id)
            await client.receive(
                _phone(params) or DEFAULT_SENDER, _text(params, "text") or "…", message_id, sent_at
            )

        async def acknowledge() -> None:
            message_id = _text(params, "message_id") or self._last_sent(salon_id)
            await client.acknowledge([message_id], _choice(params, "kind", ReceiptKind.DELIVERED))

        async def mute() -> None:
            client.mute()

        return {
            "scan": lambda: client.link(_phone(params)),
            "enter_code": lambda: client.enter_code(_text(params, "code")),
            "passkey": lambda: client.passkey(_choice(params, "stage", PasskeyStage.CHALLENGE)),
            "reject": lambda: client.close(CloseCause.PAIR_ERROR),
            "drop": lambda: client.drop(_seconds(params, DROP_S)),
            "replace": lambda: client.close(CloseCause.REPLACED),
            "unlink": client.unlink,
            "restrict": lambda: client.close(CloseCause.MAIN_DEVICE_GONE),
            "receive": receive,
            "receipt": acknowledge,
            "ban": ban,
            "outdated": outdate,
            "crash": lambda: client.close(CloseCause.CRASHED),
            "mute": mute,
        }

    def _last_sent(self, salon_id: int) -> str:
        """Return the id of the salon's newest message that went out. Raises not_found when there is none."""
        sent = [message.message_id for message in self._world.outbox if message.salon_id == salon_id]
        if not sent:
            raise GatewayError("not_found")
        return sent[-1]

    async def _ready(self, salon_id: int, name: str) -> Connection:
        """Return the engine once the session is in a state in which `name` can happen."""
        deadline = self._clock.monotonic() + READY_S
        while True:
            snapshot = await self._pool.get(salon_id)
            client = next(reversed(self._world.sockets(salon_id)), None)
            if client is not None and _is_ready(snapshot, client, name):
                return client
            if snapshot.state not in _awaited(name) or self._clock.monotonic() >= deadline:
                raise _refusal(snapshot, name, client)
            await self._clock.sleep(_LOOK_S)


def _awaited(name: str) -> frozenset[WhatsappState]:
    """Return the states that may still become the one in which `name` can happen."""
    if name in _PAIRING_ACTIONS:
        return PAIRING_STATES
    return RUNNING_STATES - PAIRING_STATES | {W.STARTING} if name in _LINKED_ACTIONS else RUNNING_STATES


def _is_ready(snapshot: SessionSnapshot, client: Connection, name: str) -> bool:
    if name in _PAIRING_ACTIONS:
        is_shown = snapshot.state is W.PAIRING and client.qr is not None
        is_code_there = name != "enter_code" or snapshot.pairing_code is not None
        return (is_shown and is_code_there) or (name == "passkey" and client.is_awaiting_passkey)
    if name in _LINKED_ACTIONS:
        return client.is_open and snapshot.state is W.CONNECTED
    return client.is_open or client.qr is not None or snapshot.state is W.LINKING


def _refusal(snapshot: SessionSnapshot, name: str, client: Connection | None) -> GatewayError:
    fits = snapshot.state is (W.PAIRING if name in _PAIRING_ACTIONS else W.CONNECTED)
    if fits and client is None:
        return GatewayError("pool_unavailable")
    return GatewayError(
        (SessionFault.NOT_PAIRING if name in _PAIRING_ACTIONS else SessionFault.NOT_CONNECTED).value
    )


def _phone(params: Mapping[str, Any]) -> str | None:
    phone = _text(params, "phone")
    return None if phone is None else normalise_phone(phone)


def _text(params: Mapping[str, Any], name: str) -> str | None:
    value = params.get(name)
    if value is not None and not isinstance(value, str):
        raise GatewayError("field_invalid", field=name)
    return value or None


def _choice(params: Mapping[str, Any], name: str, default: Choice) -> Choice:
    value = _text(params, name)
    try:
        return default if value is None else type(default)(value)
    except ValueError:
        raise GatewayError("field_invalid", field=name) from None


def _seconds(params: Mapping[str, Any], default: float) -> float:
    value = params.get("seconds", default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        raise GatewayError("field_invalid", field="seconds")
    return float(value)

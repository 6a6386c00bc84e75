"""All WAHA instances of the gateway: which one carries a new session, and where an old one is found again.

The name of a remote session is the salon's session id, always the same. So a start can find whatever an earlier start
has left behind and end it, no session can be there twice in one instance, and people read the same name in WAHA's
dashboard as in our console. One WAHA serves one gateway.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.application.ports import Clock
from gateway.domain.session_hints import HOOK_EVENTS
from gateway.domain.sessions import SessionFault
from gateway.whatsapp.engine import EngineError
from gateway.whatsapp.tasks import TaskBox
from gateway.whatsapp.waha.answers import RIGHT_ENGINE, RemoteSession, ServerVersion
from gateway.whatsapp.waha.client import Transport, WahaClient, WahaInstance
from gateway.whatsapp.waha.errors import WahaError
from gateway.whatsapp.waha.hints import HintStore
from shared.vocabulary import session_id_of

DEVICE_NAME = "AI-Admin"
HOOK_RETRIES = {"policy": "exponential", "delaySeconds": 2, "attempts": 15}
UNKNOWN_VERSION = "unknown"

log = logging.getLogger("gateway.whatsapp.waha")


class WahaTooOldError(Exception):
    """An instance runs a WAHA that is too old to be used; the text names instance and version."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one instance said when it was asked: its version and sessions, or why it did not."""

    instance: WahaInstance
    version: ServerVersion | None = None
    sessions: int = 0
    fault: SessionFault | None = None


class WahaFleet:
    """The configured instances, of which there is at least one."""

    def __init__(
        self,
        instances: Sequence[WahaInstance],
        hints: HintStore,
        clock: Clock,
        *,
        transport_of: Callable[[WahaInstance], Transport | None] = lambda _: None,
    ) -> None:
        self.hints = hints
        self.clock = clock
        self._clients = {each.name: WahaClient(each, clock, transport_of(each)) for each in instances}
        self._versions: dict[str, ServerVersion] = {}
        self._wakes: dict[int, Callable[[], None]] = {}
        self._unwatch = hints.watch(self._came)

    @property
    def version(self) -> str:
        """Versions and engines of the instances as last seen; another one lets outdated sessions try again."""
        seen = (self._versions.get(name) for name in sorted(self._clients))
        return "; ".join(f"{each.version} {each.engine}" if each else UNKNOWN_VERSION for each in seen)

    @property
    def clients(self) -> Sequence[WahaClient]:
        """The clients of all instances."""
        return tuple(self._clients.values())

    async def check(self) -> None:
        """Read the versions. Raises WahaTooOldError; an instance that does not answer is only told of in the log."""
        for look in await self.look():
            shown = {"instance": look.instance.name}
            if look.version is None or look.fault is not None:
                log.warning("waha_does_not_answer", extra=shown | {"code": look.fault})
            if look.version is not None and not look.version.is_supported:
                raise WahaTooOldError(f"{look.instance.name}: WAHA {look.version.version}")
            if look.version is not None and look.version.engine != RIGHT_ENGINE:
                log.warning("waha_engine_is_not_gows", extra=shown | {"engine": look.version.engine})

    async def look(self) -> Sequence[Look]:
        """Ask every instance for its version and sessions, side by side. Never raises WahaError."""
        looks = await asyncio.gather(*(look_at(client) for client in self.clients))
        self._versions |= {look.instance.name: look.version for look in looks if look.version is not None}
        return looks

    async def aclose(self) -> None:
        """Close the connections."""
        self._unwatch()
        for client in self._clients.values():
            await client.aclose()

    # ------------------------------------------------------------------------------ for the engines

    def client_named(self, instance: str) -> WahaClient:
        """Return an instance's client. Raises EngineError for one that is not configured any more."""
        client = self._clients.get(instance)
        if client is None:
            log.error("waha_instance_unknown", extra={"instance": instance})
            raise EngineError(SessionFault.ENGINE_MISSING)
        return client

    async def place(self, salon_id: int) -> WahaClient:
        """Choose the instance with the most free places for a new session, after ending what is left of an old one.

        Raises EngineError: remote_full, or why no instance answers.
        """
        name, free, faults = session_id_of(salon_id), dict[WahaClient, int](), list[SessionFault]()
        box = TaskBox()
        asked = {
            each: box.spawn(self._listed(each), f"waha:{each.instance.name}:list") for each in self.clients
        }
        try:
            await asyncio.wait(asked.values())
        finally:
            await box.close()
        for client, task in asked.items():
            try:
                sessions = task.result()
                if any(each.name == name for each in sessions):
                    await client.delete(name)
            except WahaError as error:
                faults.append(error.fault)
                continue
            free[client] = client.instance.capacity - sum(each.name != name for each in sessions)
        chosen = max(free, key=lambda client: free[client], default=None)
        if chosen is None:
            raise EngineError(faults[0])
        if free[chosen] <= 0:
            raise EngineError(SessionFault.REMOTE_FULL)
        return chosen

    def config_of(self, client: WahaClient, salon_id: int, generation: int) -> Mapping[str, Any]:
        """Return how a remote session shall be set up."""
        instance = client.instance
        return {
            "metadata": {
                "salon_id": str(salon_id), "session_id": session_id_of(salon_id), "generation": str(generation),
                "hook": hook_mark(instance),
            },
            "webhooks": [
                {
                    "url": instance.hook_url, "events": list(HOOK_EVENTS), "hmac": {"key": instance.webhook_secret},
                    "retries": HOOK_RETRIES,
                }
            ],
            "client": {"deviceName": DEVICE_NAME, "browserName": "Chrome"},
            "ignore": {"status": True, "groups": True, "channels": True},
        }  # fmt: skip

    def attend(self, salon_id: int, wake: Callable[[], None]) -> None:
        """Call `wake` when a hint about the salon comes; it takes the place of an earlier one."""
        self._wakes[salon_id] = wake

    def neglect(self, salon_id: int, wake: Callable[[], None]) -> None:
        """Call it no longer."""
        if self._wakes.get(salon_id) == wake:
            del self._wakes[salon_id]

    def _came(self, salon_id: int | None) -> None:
        for wake in self._wakes.values() if salon_id is None else filter(None, [self._wakes.get(salon_id)]):
            wake()

    async def _listed(self, client: WahaClient) -> Sequence[RemoteSession]:
        return await client.sessions()


async def look_at(client: WahaClient) -> Look:
    """Ask one instance for its version and sessions. Never raises WahaError."""
    version = None
    try:
        version = await client.version()
        return Look(client.instance, version, len(await client.sessions()))
    except WahaError as error:
        return Look(client.instance, version, fault=error.fault)


def hook_mark(instance: WahaInstance) -> str:
    """Return a mark by which a session set up for other webhooks is told, without showing the secret."""
    told = f"waha hook\x00{instance.hook_url}\x00{instance.webhook_secret}\x00{' '.join(HOOK_EVENTS)}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]

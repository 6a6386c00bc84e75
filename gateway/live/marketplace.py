"""Namespace `/marketplace`: the onboarding page's live line. Sockets only watch; the server does the work."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import socketio

from gateway.application.limits import Limits
from gateway.application.links import LinkTokens, OnboardingLink
from gateway.application.onboard import Onboard
from gateway.application.ports import Clock, DatabaseWatch
from gateway.application.records import EventRecord
from gateway.domain.errors import DatabaseUnavailableError, GatewayError
from gateway.live.server import client_address
from shared.vocabulary import MAX_SALON_ID, WhatsappState
from shared.wire import Snapshot

NAMESPACE = "/marketplace"
MESSAGE_EVENTS = "message."
"""Events that change nothing a page shows; there can be many of them."""

LOOK_EVERY_S = 0.5
LOOKS_UNTIL_TOLD = 3
_log = logging.getLogger("gateway.live")

Explain = Callable[[GatewayError], Mapping[str, str]]


@dataclass(slots=True)
class _Viewer:
    """One connected page: its link and what it was last told under the old event names."""

    link: OnboardingLink
    told: dict[int, tuple[object, object, object, object]] = field(default_factory=dict)


class MarketplaceNamespace(socketio.AsyncNamespace):  # type: ignore[misc]
    """Serves pages; a viewer gets the whole snapshot on join and on every change of its salons."""

    def __init__(
        self,
        links: LinkTokens,
        onboard: Onboard,
        limits: Limits,
        explain: Explain,
        text: Callable[[str], str],
        sentence: Callable[[str], str],
    ) -> None:
        super().__init__(NAMESPACE)
        self._sentence = sentence
        self._links = links
        self._onboard = onboard
        self._limits = limits
        self._explain = explain
        self._text = text
        self._viewers: dict[str, _Viewer] = {}
        self._by_salon: dict[int, set[str]] = defaultdict(set)
        self._commands = {
            "request-qr": self.on_request_qr, "check-status": self.on_check_status, "relink": self.on_relink,
            "confirm-phone": self.on_confirm_phone,
            "request-pairing-code": self.on_request_pairing_code,
        }  # fmt: skip

    @property
    def viewers(self) -> int:
        """How many pages are connected to this process."""
        return len(self._viewers)

    async def on_connect(self, sid: str, environ: Mapping[str, Any], auth: Any = None) -> None:
        """Let a page in that brings a good token; otherwise its connect_error says why."""
        try:
            link = self._known(environ, auth)
            await self._require_known(link)
        except GatewayError as error:
            problem = dict(self._explain(error))
            raise socketio.exceptions.ConnectionRefusedError(problem["message"], problem) from None
        self._viewers[sid] = _Viewer(link)
        for salon_id in link.salon_ids:
            self._by_salon[salon_id].add(sid)
        # Runs once the connection is confirmed to the client: nothing below waits before that.
        self.server.start_background_task(self._greet, sid)

    def _known(self, environ: Mapping[str, Any], auth: Any) -> OnboardingLink:
        try:
            link = self._links.verify(_token_of(environ, auth))
        except GatewayError:
            self._limits.stranger(client_address(environ["asgi.scope"]))
            raise
        self._limits.owner(link)
        return link

    async def on_disconnect(self, sid: str) -> None:
        """Forget a page; the work it watched goes on."""
        viewer = self._viewers.pop(sid, None)
        for salon_id in viewer.link.salon_ids if viewer else ():
            self._by_salon[salon_id].discard(sid)
            if not self._by_salon[salon_id]:
                del self._by_salon[salon_id]

    async def on_request_qr(self, sid: str, *given: Any) -> dict[str, Any]:
        """`request-qr {salonId?}`: start pairing by QR, or show the code that is valid."""
        return await self._command(sid, given, lambda link, salon_id: self._onboard.start_qr(link, salon_id))

    async def on_check_status(self, sid: str, *given: Any) -> dict[str, Any]:
        """`check-status {salonId?}`: the present snapshot."""
        return await self._command(sid, given, _nothing)

    async def on_relink(self, sid: str, *given: Any) -> dict[str, Any]:
        """`relink {salonId?}`: unlink the phone and start over."""
        return await self._command(sid, given, lambda link, salon_id: self._onboard.relink(link, salon_id))

    async def on_confirm_phone(self, sid: str, *given: Any) -> dict[str, Any]:
        """`confirm-phone {salonId?}`: keep the number that was linked in place of another one."""
        return await self._command(
            sid, given, lambda link, salon_id: self._onboard.confirm_phone(link, salon_id)
        )

    async def on_request_pairing_code(self, sid: str, *given: Any) -> dict[str, Any]:
        """`request-pairing-code {phoneNumber, salonId?}`: a code for this number."""
        data = given[0] if given else None
        phone = data.get("phoneNumber", data.get("phone")) if isinstance(data, Mapping) else data
        answer = await self._command(
            sid, given, lambda link, salon_id: self._onboard.request_code(link, salon_id, phone)
        )
        if not answer["ok"]:
            problem = answer["error"]
            told = {"message": problem["message"], "code": problem["code"]}
            await self._tell(sid, "pairing-code-error", told)
        return answer

    async def trigger_event(self, event: object, sid: str, *args: Any) -> Any:
        """Route the library's own two events and the five commands; whatever else a page may send is ignored.

        A page can name an event `connect` or `disconnect` too, so the library's are known by what the connection
        is doing.
        """
        is_joining = self.server.manager.is_pre_connected(sid, NAMESPACE)
        if event == "connect":
            return await self.on_connect(sid, *args) if is_joining else None
        if event == "disconnect":
            return None if self.server.manager.is_connected(sid, NAMESPACE) else await self.on_disconnect(sid)
        command = self._commands.get(event) if isinstance(event, str) else None
        return await command(sid, *args) if command is not None else None

    async def follow(self, events: Sequence[EventRecord]) -> None:
        """Push a fresh snapshot to the viewers of every salon that changed (a feed follower)."""
        changed = dict.fromkeys(
            event.salon_id
            for event in events
            if event.salon_id is not None and not event.type.startswith(MESSAGE_EVENTS)
        )
        # Side by side, so that what they read is read together.
        shown = [(sid, salon_id) for salon_id in changed for sid in self._by_salon.get(salon_id, ())]
        await asyncio.gather(*(self._push(sid, salon_id) for sid, salon_id in shown))

    async def watch(self, database: DatabaseWatch, clock: Clock) -> None:
        """Tell pages when Postgres is away for more than a moment, and show them how things stand when it is back."""
        looks_down, is_told = 0, False
        while True:
            await clock.sleep(LOOK_EVERY_S)
            looks_down = 0 if database.is_up else looks_down + 1
            if looks_down == LOOKS_UNTIL_TOLD:
                is_told = True
                problem = self._explain(DatabaseUnavailableError())
                await self.emit("error", {"message": problem["message"], "code": problem["code"]})
            elif is_told and not looks_down:
                is_told = False
                await asyncio.gather(*(self._greet(sid) for sid in tuple(self._viewers)))

    async def _require_known(self, link: OnboardingLink) -> None:
        """Raise install_gone when every salon of the link has been installed anew since."""
        for salon_id in link.salon_ids:
            try:
                await self._onboard.require_known(link, salon_id)
            except GatewayError as error:
                if error.code != "install_gone":
                    return
            else:
                return
        raise GatewayError("install_gone")

    async def _greet(self, sid: str) -> None:
        viewer = self._viewers.get(sid)
        for salon_id in viewer.link.salon_ids if viewer else ():
            await self._push(sid, salon_id)

    async def _push(self, sid: str, salon_id: int) -> None:
        viewer = self._viewers.get(sid)
        if viewer is None:
            return
        try:
            self._links.require_current(viewer.link)
            snapshot = await self._onboard.snapshot(viewer.link, salon_id)
        except GatewayError as error:
            await self._refuse(sid, error)
            return
        await self._tell(sid, "state", snapshot.model_dump(mode="json"))
        await self._tell_old_names(sid, viewer, snapshot)

    async def _tell(self, sid: str, event: str, data: Mapping[str, Any]) -> None:
        await self.server.tell(sid, NAMESPACE, event, data)

    async def _refuse(self, sid: str, error: GatewayError) -> None:
        """Tell a page why it gets no snapshot; one whose link has run out gets nothing ever again."""
        problem = self._explain(error)
        await self._tell(sid, "error", {"message": problem["message"], "code": problem["code"]})
        if error.code == "token_expired":
            await self.server.disconnect(sid, namespace=NAMESPACE)

    async def _tell_old_names(self, sid: str, viewer: _Viewer, snapshot: Snapshot) -> None:
        """Send what pages of the earlier system listen to, once for each new fact."""
        salon_id, whatsapp = snapshot.salon.id, snapshot.whatsapp
        qr, code = snapshot.qr, snapshot.pairing_code
        is_connected = whatsapp.state is WhatsappState.CONNECTED
        facts = (qr and qr.text, code and code.code, is_connected, whatsapp.error)
        before = viewer.told.get(salon_id, (None, None, False, None))
        viewer.told[salon_id] = facts
        if qr is not None and facts[0] != before[0]:
            left = _seconds(qr.expires_at, snapshot)
            await self._tell(sid, "qr-update", {"qr": qr.text, "expiresIn": left})
        if code is not None and facts[1] != before[1]:
            left = _seconds(code.expires_at, snapshot)
            told = {"code": code.code, "phoneNumber": code.phone, "expiresIn": left}
            await self._tell(sid, "pairing-code", told)
        if is_connected and not before[2]:
            await self._tell(sid, "whatsapp-connected", self._connected(snapshot))
        if whatsapp.error is not None and facts[3] != before[3]:
            told = {"message": self._sentence(whatsapp.error), "code": whatsapp.error}
            await self._tell(sid, "error", told)

    def _connected(self, snapshot: Snapshot) -> dict[str, object]:
        return {
            "success": True, "phone": snapshot.whatsapp.phone, "companyId": snapshot.salon.id,
            "sessionId": snapshot.session_id, "message": self._text("live.whatsapp_connected"),
        }  # fmt: skip

    async def _command(
        self, sid: str, given: Sequence[Any], act: Callable[[OnboardingLink, int], Awaitable[object]]
    ) -> dict[str, Any]:
        viewer = self._viewers.get(sid)
        try:
            if viewer is None:
                raise GatewayError("token_invalid")
            self._links.require_current(viewer.link)
            self._limits.owner(viewer.link)
            salon_id = viewer.link.pick(_salon_of(given[0] if given else None))
            await act(viewer.link, salon_id)
            snapshot = await self._onboard.snapshot(viewer.link, salon_id)
        except GatewayError as error:
            return {"ok": False, "error": dict(self._explain(error))}
        except asyncio.CancelledError:
            raise
        except Exception:
            _log.exception("command_failed")
            return {"ok": False, "error": dict(self._explain(GatewayError("internal")))}
        return {"ok": True, "state": snapshot.model_dump(mode="json")}


async def _nothing(_link: OnboardingLink, _salon_id: int) -> None:
    return None


def _token_of(environ: Mapping[str, Any], auth: Any) -> str | None:
    """Return the token of `auth`, or of an Authorization header; never one in the address."""
    if isinstance(auth, Mapping) and isinstance(auth.get("token"), str):
        return str(auth["token"])
    header = str(environ.get("HTTP_AUTHORIZATION", ""))
    return header.removeprefix("Bearer ") if header.startswith("Bearer ") else None


def _salon_of(data: Any) -> int | None:
    if not isinstance(data, Mapping):
        return None
    salon_id = data.get("salonId", data.get("salon_id"))
    if salon_id is None:
        return None
    if isinstance(salon_id, str) and salon_id.isascii() and salon_id.isdigit() and len(salon_id) <= 10:
        salon_id = int(salon_id)
    if not isinstance(salon_id, int) or isinstance(salon_id, bool) or not 0 < salon_id <= MAX_SALON_ID:
        raise GatewayError("field_invalid")
    return salon_id


def _seconds(expires_at: Any, snapshot: Snapshot) -> int:
    return max(0, int((expires_at - snapshot.server_time).total_seconds()))

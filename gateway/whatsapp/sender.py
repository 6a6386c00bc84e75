"""Sending the messages kept for one session, one after another, never one of them twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.application.ports import Clock
from gateway.domain.errors import DatabaseUnavailableError
from gateway.domain.session_records import Lease, SendRecord, SendStatus
from gateway.domain.sessions import SessionFault
from gateway.whatsapp.engine import Engine, EngineError
from gateway.whatsapp.seals import BrokenSealError, SessionSeals
from gateway.whatsapp.store import SessionStore
from gateway.whatsapp.tasks import within
from shared.vocabulary import session_id_of

SEND_WAIT_S = 20.0
"""How long a caller waits; a message not handed to the engine by then is never sent."""

ENGINE_SEND_S = 75.0
"""How long an engine may take before the outcome counts as unknown."""

_BATCH = 20
_RETRY_S = 1.0

log = logging.getLogger("gateway.whatsapp")


class Sender:
    """Works through a session's messages while it is connected.

    A message is marked `sending` before the engine gets it. One found so marked was handed over by somebody who is
    gone: nobody knows whether it arrived, so it is not sent again. Every mark is made under the owner's lease, so a
    process that was paused neither judges nor takes the messages of the owner after it.
    """

    def __init__(
        self,
        salon_id: int,
        store: SessionStore,
        seals: SessionSeals,
        clock: Clock,
        lease: Lease,
        is_held: Callable[[], bool],
    ) -> None:
        """`is_held` tells whether the lease certainly has not run out yet, without asking the database."""
        self._lease = lease
        self._is_held = is_held
        self._salon_id = salon_id
        self._store = store
        self._seals = seals
        self._clock = clock
        self._work = asyncio.Event()
        self._opened_at: datetime | None = None

    def wake(self) -> None:
        """There may be something to send."""
        self._work.set()

    def opened(self, at: datetime) -> None:
        """The connection is open since then. What was queued for an earlier one is not sent over it."""
        self._opened_at = at
        self._work.set()

    def lost(self) -> None:
        """The connection is gone: nothing more is handed over until it is open again."""
        self._opened_at = None

    async def run(self, engine: Engine) -> None:
        """Send through an open engine until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                while await self._work_off(engine):
                    pass
            except DatabaseUnavailableError:
                await self._clock.sleep(_RETRY_S)
                self._work.set()

    async def _work_off(self, engine: Engine) -> bool:
        """Settle what waits now; False when nothing does, or nothing of it is ours to settle."""
        if self._opened_at is None:
            return False
        sends = await self._store.open_sends(self._salon_id, _BATCH)
        return any([await self._settle(engine, send) for send in sends])

    async def _settle(self, engine: Engine, send: SendRecord) -> bool:
        opened_at = self._opened_at
        if send.status is SendStatus.SENDING:
            return await self._finish(send, SendStatus.UNKNOWN, error=SessionFault.OUTCOME_UNKNOWN)
        if opened_at is None or send.at < opened_at or self._is_late(send):
            return await self._finish(send, SendStatus.FAILED, error=SessionFault.NOT_CONNECTED)
        sending = replace(send, status=SendStatus.SENDING)
        is_ours = await self._store.move_send(sending, expected=SendStatus.QUEUED, lease=self._lease)
        if is_ours:
            await self._hand_over(engine, sending)
        return is_ours

    def _is_late(self, send: SendRecord) -> bool:
        return (self._clock.now() - send.at).total_seconds() > SEND_WAIT_S

    async def _hand_over(self, engine: Engine, send: SendRecord) -> None:
        try:
            to, text = self._seals.open_message(send.salon_id, send.payload_sealed or b"")
        except BrokenSealError:
            await self._finish(send, SendStatus.FAILED, error=SessionFault.STORE_CORRUPT)
            return
        if not self._is_held():  # this process slept since the mark was made
            await self._finish(send, SendStatus.FAILED, error=SessionFault.NOT_CONNECTED)
            return
        name = f"whatsapp-session:{session_id_of(send.salon_id)}:send"
        try:
            message_id = await within(
                self._clock, ENGINE_SEND_S, engine.send_text(to, text, send.client_ref), name
            )
        except EngineError as error:
            unknown = error.fault is SessionFault.OUTCOME_UNKNOWN
            await self._finish(send, SendStatus.UNKNOWN if unknown else SendStatus.FAILED, error=error.fault)
        except Exception as error:
            log.warning(
                "send_outcome_unknown", extra={"salon_id": send.salon_id, "cause": type(error).__name__}
            )
            await self._finish(send, SendStatus.UNKNOWN, error=SessionFault.OUTCOME_UNKNOWN)
        else:
            await self._finish(send, SendStatus.SENT, message_id=message_id)

    async def _finish(self, send: SendRecord, status: SendStatus, **answer: Any) -> bool:
        settled = replace(send, status=status, payload_sealed=None, **answer)
        return await self._store.move_send(settled, expected=send.status, lease=self._lease)

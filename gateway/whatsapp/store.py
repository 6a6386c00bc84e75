"""Where sessions are kept, as the pool needs it. Rules every implementation is held to by
`tests/contract/session_store_suite.py`.

* A method that changes something is one transaction; when it returns, the change is committed.
* Whoever writes names the version it read and is refused when the row moved on: `save`, `delete` and `claim` are the
  only ways a row changes, and each gives it a version it never had before.
* The lease columns are changed by `claim`, `renew` and `release` alone; `save` leaves them as they are. Only the
  store's own clock (the database's) decides whether a lease has run out.
* So a process that slept through the end of its lease can change nothing once another has claimed the row: the claim
  gave it a new version, which `save` and `delete` refuse, and a new epoch, which `move_send` refuses.
* Every implementation raises `DatabaseUnavailableError` when it cannot be reached.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.session_records import (
    Lease,
    MessageBatch,
    SendRecord,
    SendStatus,
    SessionEvent,
    SessionRecord,
    StoredEvent,
)


class SessionStore(Protocol):
    """Session rows, their events, their leases and their outgoing messages."""

    async def open(self, salon_id: int, adapter: str, now: datetime) -> SessionRecord:
        """Return the salon's row, making it first if there is none: desired and state `stopped`, not needing an owner.

        A new row's `generation`, `last_seq` and `version` continue where the salon's last removed row ended.
        Raises GatewayError("install_gone") when the salon has no open install.
        """

    async def load(self, salon_id: int) -> SessionRecord | None:
        """Return the salon's row as it is committed now."""

    async def list(self, after: int, limit: int) -> Sequence[SessionRecord]:
        """Return up to `limit` rows with a salon id above `after`, in order of salon id."""

    async def save(self, record: SessionRecord, events: Sequence[SessionEvent] = ()) -> SessionRecord | None:
        """Write every field but the lease's, and append the events, in one transaction.

        `record.version` is the version that was read. Returns the row as committed, with its new version, or None
        when the row has moved on or is gone; then nothing was written.
        """

    async def delete(self, record: SessionRecord, events: Sequence[SessionEvent] = ()) -> bool:
        """Delete the row and its messages and append the events; False when the row has moved on or is gone.

        `record.generation` and `record.last_seq` are kept for the salon's next row.
        """

    async def claim(
        self, owner: str, ttl_s: float, *, limit: int, salon_ids: Collection[int] | None = None
    ) -> Sequence[SessionRecord]:
        """Take rows that need an owner and have none, and return them with lease and version renewed.

        Such a row has `needs_owner_at` in the past and a lease that is free, has run out, or belongs to a process
        known to be dead. A row leased to `owner` itself is not taken again. The lease then is `owner`'s for `ttl_s`
        seconds and its epoch is one more. Two claims at the same moment never take the same row.
        """

    async def renew(self, owner: str, ttl_s: float) -> Mapping[int, int]:
        """Extend every lease `owner` still holds, run out or not, and return them as salon id → epoch.

        Does not change versions and wakes nobody.
        """

    async def release(self, owner: str, salon_id: int, epoch: int) -> None:
        """Give a lease back at once; nothing happens unless exactly this one is held."""

    async def last_position(self) -> int:
        """Return the position of the newest event, 0 when there is none."""

    async def events_after(self, position: int, limit: int) -> Sequence[StoredEvent]:
        """Return up to `limit` session events past a position, in order; a later call never reveals an earlier one.

        Raises EventsGoneError when some of them were cleared away.
        """

    async def keep_messages(self, record: SessionRecord, batches: Sequence[MessageBatch]) -> bool:
        """Keep messages that came in, and receipts, in one transaction with their events, in this order.

        Those known are passed over.

        Nothing of the session's row is written, so any number of them costs no other writer a retry. False, and
        nothing is kept, when the lease or the generation of `record` is not the row's any more.
        """

    async def load_content(self, salon_id: int, message_id: str) -> bytes | None:
        """Return the sealed content of a message that came in; None when it is not kept."""

    async def queue_send(
        self, send: SendRecord, *, per_minute: int, is_of_assistant: bool = True
    ) -> SendRecord:
        """Keep a message to send, unless its (salon_id, client_ref) is known; return the one that is kept.

        Raises rate_limited (`retry_after` seconds) for a new one when the salon has as many of the last minute, and
        assistant_off for a new one of the assistant while staff have switched it off.
        """

    async def load_send(self, salon_id: int, client_ref: str) -> SendRecord | None:
        """Return one message."""

    async def open_sends(self, salon_id: int, limit: int) -> Sequence[SendRecord]:
        """Return the salon's messages in `queued` or `sending`, oldest first."""

    async def move_send(self, send: SendRecord, *, expected: SendStatus, lease: Lease | None = None) -> bool:
        """Write a message's new status, payload, message id and error if it still is in `expected`.

        With a lease only while the session is held under exactly that one.
        """

    def watch(self, changed: Callable[[int | None], None]) -> Callable[[], None]:
        """Call `changed(salon_id)` after every commit of any process that touched a salon's row, events or messages.

        `changed(None)` means that some may have been missed. It is called on the event loop, must not block, and may
        come more often than needed, never less. Returns what ends the watch.
        """

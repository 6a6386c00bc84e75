"""The spool: where proven webhooks are kept on this machine's disk while Postgres is away.

All work on the file is done by one thread; webhooks that arrive while it writes are written together next, so a slow
disk costs each of them two commits at most. What is kept is sealed under DATA_KEY, for it holds people's data.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from gateway.application.records import NewWebhook, SpooledWebhook
from gateway.domain.errors import GatewayError, SpoolError
from gateway.storage.secret_box import SealError, SecretBox
from gateway.storage.spool_file import SpoolFile, SpoolFullError, SpoolLevel, SpoolRow

BATCH_ROWS = 200
BATCH_BYTES = 2 * 1024 * 1024
HOLD_S = 0.3
"""How long newcomers wait for the drain's last step: else it would never come to an end while webhooks keep coming."""

Result = TypeVar("Result")
_log = logging.getLogger("gateway.spool")


@dataclass(frozen=True, slots=True)
class SpoolCondition:
    """What staff and alarms are told: webhooks waiting, bytes used and allowed, since when the oldest waits.

    `set_aside` counts rows that cannot be read with today's keys or that Postgres refuses. `problem` is why nothing
    can be kept at present: `no_key`, `full` or `unusable`; None when all is well.
    """

    rows: int
    used_bytes: int
    limit_bytes: int
    oldest_at: datetime | None
    set_aside: int
    problem: str | None

    @property
    def is_usable(self) -> bool:
        """Whether a webhook could be kept now."""
        return self.problem is None


@dataclass(slots=True)
class _Waiting:
    row: tuple[str, float, bytes]
    kept: Future[None]


class Spool:
    """Keeps webhooks durably and hands them back in the order they came. Used by one event loop."""

    def __init__(
        self, folder: Path, box: SecretBox | None, limit_bytes: int, now: Callable[[], datetime]
    ) -> None:
        self._file = SpoolFile(folder, limit_bytes)
        self._box = box
        self._limit_bytes = limit_bytes
        self._now = now
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spool")
        self._waiting: deque[_Waiting] = deque()
        self._level = SpoolLevel()
        self._problem: str | None = None if box is not None else "no_key"
        self._free = asyncio.Event()
        self._free.set()

    @property
    def is_in_use(self) -> bool:
        """Whether webhooks wait in it, kept by whichever process of this machine."""
        return self._file.is_in_use()

    async def until_free(self) -> None:
        """Wait while the drain takes its last step, for a moment at most; whether the spool is in use is known then."""
        if not self._free.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HOLD_S):
                    await self._free.wait()

    @contextlib.contextmanager
    def finishing(self) -> Iterator[None]:
        """The drain takes what may be its last step: newcomers of this process wait for it."""
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    def condition(self) -> SpoolCondition:
        """Return how it stands, as of the last use or look (at most a second ago while the gateway runs)."""
        level = self._level
        oldest = None if level.oldest_at is None else datetime.fromtimestamp(level.oldest_at, UTC)
        return SpoolCondition(
            level.rows, level.used_bytes, self._limit_bytes, oldest, level.set_aside, self._problem
        )

    async def open(self) -> None:
        """Make the folder and the file ready now, while there are descriptors and room; a failure is only told."""
        with contextlib.suppress(SpoolError):
            await self._run(self._file.open)
            await self.look()

    async def keep(self, webhook: NewWebhook) -> None:
        """Keep a webhook; on return it is on the disk.

        Raises GatewayError: spool_full, or database_unavailable when nothing can be kept at all.
        """
        if self._box is None:
            raise GatewayError("database_unavailable")
        received_at = webhook.received_at or self._now()
        sealed = self._box.seal(_packed(webhook, received_at), _context(webhook.delivery_id.hex))
        waiting = _Waiting((webhook.delivery_id.hex, received_at.timestamp(), sealed), Future())
        self._waiting.append(waiting)
        self._thread.submit(self._keep_waiting)
        try:
            await asyncio.wrap_future(waiting.kept)
        except SpoolFullError:
            raise GatewayError("spool_full") from None
        except SpoolError:
            raise GatewayError("database_unavailable") from None

    async def oldest(self) -> Sequence[SpooledWebhook]:
        """Return the oldest webhooks; what cannot be opened with today's keys is set aside."""
        rows = await self._run(self._file.oldest, BATCH_ROWS, BATCH_BYTES)
        found = []
        for row in rows:
            webhook = self._opened(row)
            if webhook is None:
                await self.set_aside(row.row_id)
            else:
                found.append(SpooledWebhook(row.row_id, webhook))
        return found

    async def forget(self, row_ids: Sequence[int]) -> None:
        """Delete webhooks that are committed in Postgres."""
        await self._run(self._file.forget, row_ids)
        await self.look()

    async def set_aside(self, row_id: int) -> None:
        """Let the others pass one that cannot be handed on; it stays on the disk."""
        _log.error("spooled_webhook_set_aside", extra={"row": row_id})
        await self._run(self._file.set_aside, row_id)

    async def settle(self) -> bool:
        """Call it unused if nothing waits any more; returns whether that is so."""
        is_empty = await self._run(self._file.settle)
        await self.look()
        return is_empty

    async def look(self) -> None:
        """Read how full it is, and find out whether it can be used again."""
        self._level = await self._run(self._file.level)
        has_room = self._level.used_bytes < self._limit_bytes * 9 // 10
        if self._problem == "unusable" or (self._problem == "full" and has_room):
            await self._run(self._file.attempt)
            self._problem = None

    async def begin_drain(self) -> bool:
        """Become the one process of this machine that drains; False while another is."""
        return await self._run(self._file.begin_drain)

    async def end_drain(self) -> None:
        """Let another process drain."""
        await self._run(self._file.end_drain)

    async def close(self) -> None:
        """Finish what is being written and close the file."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._file.end_drain)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._file.close)
        self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Run work on the file in its thread. Raises SpoolError."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)
        except SpoolError as error:
            self._failed(error)
            raise

    def _keep_waiting(self) -> None:
        """In the thread: keep everything that waits in one commit. Later calls of the same burst find nothing."""
        batch = []
        while self._waiting:
            batch.append(self._waiting.popleft())
        if not batch:
            return
        told: list[SpoolError | None] = []
        try:
            told += self._file.keep([each.row for each in batch])
            self._level = self._file.level()
        except SpoolError as error:
            self._failed(error)
            told = [error for _ in batch]
        else:
            if any(told):
                self._failed(SpoolFullError("the limit is reached"))
        for each, failure in zip(batch, told, strict=True):
            _resolve(each.kept, failure)

    def _failed(self, error: SpoolError) -> None:
        problem = "full" if isinstance(error, SpoolFullError) else "unusable"
        if self._problem != problem:
            _log.error("spool_cannot_keep", extra={"problem": problem, "cause": str(error)})
        self._problem = problem

    def _opened(self, row: SpoolRow) -> NewWebhook | None:
        try:
            return (
                None
                if self._box is None
                else _unpacked(self._box.open(row.sealed, _context(row.delivery_id)))
            )
        except (SealError, ValueError, TypeError, KeyError):
            return None


def _resolve(kept: Future[None], failure: SpoolError | None) -> None:
    if not kept.set_running_or_notify_cancel():
        return  # who sent it has gone; it is kept all the same
    if failure is None:
        kept.set_result(None)
    else:
        kept.set_exception(failure)


def _context(delivery_id: str) -> str:
    return f"spool:{delivery_id}"


def _packed(webhook: NewWebhook, received_at: datetime) -> bytes:
    values = asdict(webhook) | {
        "delivery_id": webhook.delivery_id.hex, "digest": webhook.digest.hex(), "received_at": received_at.isoformat(),
    }  # fmt: skip
    return json.dumps(values).encode()


def _unpacked(packed: bytes) -> NewWebhook:
    values = json.loads(packed)
    return NewWebhook(
        **values | {
            "delivery_id": UUID(values["delivery_id"]), "digest": bytes.fromhex(values["digest"]),
            "received_at": datetime.fromisoformat(values["received_at"]),
        }
    )  # fmt: skip

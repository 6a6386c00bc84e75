"""Connections and transactions: every store runs its work through `Storage.write` or `Storage.read`.

Work is plain Peewee code in a function; it runs in a greenlet where each query waits for asyncpg. A connection is
held only while the work runs. Events appended by a transaction are written last, so that their order is the order
of commits (see `Transaction.flush`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import asyncpg
from peewee import InterfaceError, InternalError, OperationalError

from gateway.application.records import StaffAct
from gateway.domain.errors import DatabaseUnavailableError
from gateway.domain.installs import stage_of
from gateway.domain.search import search_text
from gateway.storage.audit_chain import mark_done, record_act
from gateway.storage.driver import PostgresDatabase
from gateway.storage.tables import Install
from shared.vocabulary import PartnerState, WhatsappState

T = TypeVar("T")

EVENT_CHANNEL = "marketplace_events"
_EVENT_ORDER_LOCK = 0x41_49_41_44_4D_49_4E  # "AIADMIN": one advisory lock for the event log's order
_acting: ContextVar[StaffAct | None] = ContextVar("acting", default=None)
_log = logging.getLogger("gateway.story")
_RETRYABLE = ("40001", "40P01")  # serialisation failure, deadlock
_ATTEMPTS = 3
CLOSE_TIMEOUT_S = 10.0
SESSION_SETTINGS = {
    "timezone": "UTC", "tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
    "idle_in_transaction_session_timeout": "15s",
}  # fmt: skip
"""Of every connection. The server notices within half a minute that one of ours is cut off, and frees what it locked:
what our other connections want to do again would wait for that. A transaction of ours never pauses."""

_CANNOT_CONNECT = (
    OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError,
    asyncpg.InvalidCatalogNameError, asyncpg.InvalidAuthorizationSpecificationError, asyncpg.TooManyConnectionsError,
)  # fmt: skip

_LOST = (asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.OperatorInterventionError)
"""What a statement under way meets when its connection ends; Peewee wraps these, `Storage.statement` does not."""


@dataclass(slots=True)
class _NewEvent:
    salon_id: int | None
    install_id: int | None
    type: str
    data: Mapping[str, Any]
    correlation: str | None
    is_note: bool


_INSERT_EVENTS = """
    INSERT INTO marketplace_events (at, salon_id, install_id, type, data, correlation)
    SELECT %s, salon_id, install_id, type, data::jsonb, correlation
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[])
        AS told (salon_id, install_id, type, data, correlation)
    RETURNING id
"""
_SET_VERSIONS = """
    UPDATE companies SET version = told.version FROM unnest(%s::bigint[], %s::bigint[]) AS told (salon_id, version)
    WHERE companies.yclients_id = told.salon_id
"""

_VERSIONED = {
    "bulk_changed": ("bulk_retries", "bulk_id"), "sweep_changed": ("sweeps", "sweep_id"),
    "fix_changed": ("fix_plans", "plan_id"),
}  # fmt: skip
"""Events about a row that is no salon's: the event's number becomes that row's version."""


@dataclass(slots=True)
class Transaction:
    """One transaction in progress: the database to query and the events to write at its end."""

    db: PostgresDatabase
    now: datetime
    act: StaffAct | None = None
    _events: list[_NewEvent] = field(default_factory=list)
    _carries_act: bool = False

    def append(
        self,
        event_type: str,
        *,
        salon_id: int | None = None,
        install_id: int | None = None,
        correlation: str | None = None,
        is_note: bool = False,
        **data: Any,
    ) -> None:
        """Tell one event of the story; `data` must be JSON and hold nothing secret or personal.

        A note tells of something that leaves the salon's state as it is, so nothing is derived anew for it.
        """
        self._events.append(_NewEvent(salon_id, install_id, event_type, data, correlation, is_note))

    def tell(
        self, *, before: Mapping[str, Any], after: Mapping[str, Any], salon_id: int | None = None
    ) -> None:
        """Say what this transaction changes for the command of staff it carries out, if it carries out one.

        The act is then written to the audit in this transaction. Values must be JSON and hold nothing secret.
        """
        if self.act is None:
            return
        self._carries_act = True
        self.act.before, self.act.after = dict(before), dict(after)
        if salon_id is not None:
            self.act.salon_id = salon_id

    def sql(self, statement: str, *parameters: Any) -> list[dict[str, Any]]:
        """Run one SQL statement (`%s` placeholders) and return its rows as dictionaries."""
        cursor = self.db.execute_sql(statement, parameters)
        return [dict(row) for row in cursor.fetchall()]

    def count(self, statement: str, *parameters: Any) -> int:
        """Run one data-changing statement and return how many rows it touched."""
        return int(self.db.execute_sql(statement, parameters).rowcount)

    @property
    def carries_act(self) -> bool:
        """Whether the audit's row of a command is part of this transaction."""
        return self._carries_act

    def flush(self) -> Sequence[_NewEvent]:
        """Write the events and what is derived of their salons, the last thing before the commit, and return them.

        Ids come from a sequence, which does not wait for commits: without care a reader could pass id 8 before a
        slower transaction commits id 7. So the writers of events queue on one advisory lock, held until the commit:
        an id is only taken once every smaller one is visible. NOTIFY serialises commits in Postgres anyway, so this
        costs no concurrency that was there to lose. Nothing may lock rows after it.
        """
        act = self.act if self._carries_act else None
        if not self._events and act is None:
            return ()
        told = {event.salon_id for event in self._events}
        moved = {event.salon_id for event in self._events if not event.is_note}
        moved.add(act.salon_id if act is not None else None)
        for salon_id in sorted(salon_id for salon_id in moved if salon_id is not None):
            refresh_derived(self, salon_id)
        self._lock_salons(sorted(salon_id for salon_id in told - moved if salon_id is not None))
        if act is not None:
            mark_done(self, act)
        self.sql("SELECT pg_advisory_xact_lock(%s)", _EVENT_ORDER_LOCK)
        if act is not None:
            self._append_act(act, record_act(self, act))
        last = self._insert_events()
        self.sql("SELECT pg_notify(%s, %s)", EVENT_CHANNEL, str(last))
        written, self._events = self._events, []
        return written

    def _append_act(self, act: StaffAct, head: bytes) -> None:
        """Tell of an act in the event log, which so holds the audit's head: rows cut off its end are missed there."""
        reason: dict[str, Any] = {"reason": act.reason} if act.reason else {}
        self.append(
            "staff_acted", salon_id=act.salon_id, operation=act.operation, staff=act.staff, staff_id=act.staff_id,
            audit=head.hex(), **reason,
        )  # fmt: skip

    def _lock_salons(self, salon_ids: list[int]) -> None:
        """Lock the rows that get a new version, in one order and before the event log, as every writer does."""
        if salon_ids:
            self.sql(
                "SELECT id FROM companies WHERE yclients_id = ANY(%s) ORDER BY yclients_id FOR UPDATE",
                salon_ids,
            )

    def _insert_events(self) -> int:
        """Write the events in their order, set the versions of what they are about, and return the last one's id."""
        events = self._events
        rows = self.sql(
            _INSERT_EVENTS, self.now, [event.salon_id for event in events], [event.install_id for event in events],
            [event.type for event in events], [json.dumps(event.data) for event in events],
            [event.correlation for event in events],
        )  # fmt: skip
        ids = [int(row["id"]) for row in rows]
        versions: dict[int, int] = {}
        for event, event_id in zip(events, ids, strict=True):
            if event.salon_id is not None:
                versions[event.salon_id] = event_id
            elif event.type in _VERSIONED:
                table, name = _VERSIONED[event.type]
                self.count(f"UPDATE {table} SET version = %s WHERE id = %s", event_id, event.data[name])
        if versions:
            self.count(_SET_VERSIONS, list(versions), list(versions.values()))
        return ids[-1]


@contextlib.contextmanager
def acting(act: StaffAct) -> Iterator[None]:
    """Within, transactions of this task (and of those it starts) may carry this act of staff into the audit."""
    token = _acting.set(act)
    try:
        yield
    finally:
        _acting.reset(token)


def refresh_derived(tx: Transaction, salon_id: int) -> None:
    """Recompute what is derived of a salon's newest install after anything of it changed: its stage, its search text.

    Locks the company's row first: the lock order of every writer is company, install, session, event log.
    """
    rows = tx.sql(
        """
        SELECT i.id, i.partner_state, i.stage, i.search_text, i.support_code, c.title, c.city,
            i.frozen_by_staff_at IS NOT NULL AS is_frozen_by_staff, s.state AS whatsapp_state, s.account_phone_masked
        FROM companies c JOIN installs i ON i.company_id = c.id AND i.is_newest
        LEFT JOIN whatsapp_sessions s ON s.install_id = i.id
        WHERE c.yclients_id = %s FOR UPDATE OF c
        """,
        salon_id,
    )
    for row in rows:
        whatsapp = WhatsappState(row["whatsapp_state"]) if row["whatsapp_state"] else None
        stage = stage_of(
            PartnerState(row["partner_state"]), whatsapp, is_frozen_by_staff=row["is_frozen_by_staff"]
        )
        found_by = search_text(
            salon_id, row["title"], row["city"], row["support_code"], row["account_phone_masked"]
        )
        changes: dict[str, Any] = {}
        if stage != row["stage"]:
            changes |= {"stage": stage.value, "stage_since": tx.now}
        if found_by != row["search_text"]:
            changes["search_text"] = found_by
        if changes:
            Install.update(**changes).where(Install.id == row["id"]).execute(tx.db)


class Storage:
    """The pool of connections to one Postgres. Raises DatabaseUnavailableError when it cannot be reached.

    Work waits for a free connection for `patience_s` seconds, and for one statement `statement_within_s`.
    """

    def __init__(
        self, url: str, *, pool_size: int, now: Callable[[], datetime], patience_s: float = 5.0,
        statement_within_s: float = 30.0,
    ) -> None:  # fmt: skip
        self._url = url
        self.now = now
        self._running: set[asyncio.Task[Any]] = set()
        self._waiting: list[float] = []
        self.is_away = False
        """Set by who watches the server: while it is known to be away, work fails at once instead of waiting."""

        self.db = PostgresDatabase(
            url, pool_size=pool_size, pool_min_size=1, acquire_timeout=patience_s,
            server_settings={"application_name": "ai-admin-gateway", **SESSION_SETTINGS},
            statement_cache_size=256, command_timeout=statement_within_s,
        )  # fmt: skip

    @property
    def url(self) -> str:
        """The connection address, for the listener's own connection."""
        return self._url

    def longest_wait_s(self) -> float:
        """Return how long the work that waits longest for a free connection has waited; 0 when none waits."""
        return time.monotonic() - min(self._waiting) if self._waiting else 0.0

    async def close(self) -> None:
        """Let the work in hand finish, then close every connection."""
        if self._running:
            await asyncio.wait(self._running, timeout=CLOSE_TIMEOUT_S)
        await self.db.close_pool()

    async def answers(self) -> None:
        """Ask the server a question over the pool, even while it is said to be away. Raises as `read` does."""
        await self._in_own_task(self._plainly, lambda tx: tx.sql("SELECT 1 AS one"))

    def drop_connections(self) -> None:
        """Give every connection up: work in hand fails now rather than when its time is over, new work connects anew.

        For when the server cannot be reached at all, and what was sent to it will never be answered.
        """
        pool, self.db._pool = self.db._pool, None
        if pool is not None:
            pool.terminate()

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction and commit it.

        It is run again after a serialisation failure, after a deadlock, and when a newer gateway has changed a table
        since a statement was prepared: the transaction did nothing then.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._guarded(self._in_transaction, work)
            except OperationalError as error:
                if attempt == _ATTEMPTS or _sqlstate(error) not in _RETRYABLE:
                    raise
            except asyncpg.InvalidCachedStatementError:
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the loop returns or raises")

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` outside a transaction: each statement sees what is committed when it starts."""
        return await self._guarded(self._plainly, work)

    def _in_transaction(self, work: Callable[[Transaction], T]) -> T:
        act = _acting.get()
        with self.db.atomic():
            tx = Transaction(self.db, self.now(), act=None if act is None or act.is_recorded else act)
            result = work(tx)
            written = tx.flush()
        if tx.carries_act and act is not None:
            act.is_recorded = True
        for (
            event
        ) in written:  # the story in the log: after the commit, so that no line tells what did not happen
            _log.info(event.type, extra={"salon_id": event.salon_id, "correlation": event.correlation})
        return result

    def _plainly(self, work: Callable[[Transaction], T]) -> T:
        return work(Transaction(self.db, self.now()))

    async def _guarded(
        self, run: Callable[[Callable[[Transaction], T]], T], work: Callable[[Transaction], T]
    ) -> T:
        if self.is_away:
            raise DatabaseUnavailableError
        return await self._in_own_task(run, work)

    async def _in_own_task(
        self, run: Callable[[Callable[[Transaction], T]], T], work: Callable[[Transaction], T]
    ) -> T:
        """Run work in a task of its own: a cancelled caller leaves, the transaction ends as it should."""
        return await asyncio.shield(self.start(self._connected(run, work)))

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run work on the database apart from whoever asks for it; `close` waits for its end."""
        task = asyncio.create_task(work, name="storage")
        self._running.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, since a cancelled caller never will

    async def statement(self, statement: str, *parameters: Any) -> Sequence[Any]:
        """Run one statement (`$1` placeholders) that is its own transaction: for what is asked thousands of times.

        A cancelled caller leaves, the statement goes on.
        """
        if self.is_away:
            raise DatabaseUnavailableError
        return await asyncio.shield(self.start(self._fetched(statement, parameters)))

    async def _fetched(self, statement: str, parameters: Sequence[Any]) -> Sequence[Any]:
        with _told_as_ours():
            return await self.db.fetch(statement, *parameters)

    async def _connect(self) -> None:
        began = time.monotonic()
        self._waiting.append(began)
        try:
            await self.db.aconnect()
        finally:
            self._waiting.remove(began)

    async def _connected(
        self, run: Callable[[Callable[[Transaction], T]], T], work: Callable[[Transaction], T]
    ) -> T:
        with _told_as_ours():
            await self._connect()
            try:
                return await self.db.run(run, work)  # type: ignore[no-any-return]
            finally:
                await self.db.aclose()


@contextlib.contextmanager
def _told_as_ours() -> Iterator[None]:
    """Within, an error that means an absent server is DatabaseUnavailableError."""
    try:
        yield
    except (OperationalError, InterfaceError, InternalError) as error:
        if is_lost_connection(error):
            raise DatabaseUnavailableError from error
        raise
    except (*_CANNOT_CONNECT, *_LOST) as error:
        raise DatabaseUnavailableError from error


def is_lost_connection(error: BaseException) -> bool:
    """Whether an error means that the server was away, not that the statement was wrong."""
    origin = getattr(error, "orig", None) or error.__cause__ or error
    if isinstance(origin, OSError | asyncpg.PostgresConnectionError | asyncpg.InterfaceError | TimeoutError):
        return True
    if isinstance(origin, asyncpg.InternalClientError):  # something was under way on it when the server left
        return True
    if isinstance(origin, asyncpg.CannotConnectNowError | asyncpg.OperatorInterventionError):
        return True
    return isinstance(error, InterfaceError) or (
        isinstance(error, OperationalError) and _sqlstate(error) is None
    )


def _sqlstate(error: BaseException) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)


class EventListener:
    """One connection that hears NOTIFYs and calls back; reconnects by itself with back-off until closed.

    It also holds the process' advisory lock, which others read as its sign of life.
    """

    def __init__(
        self, url: str, channels: Iterable[str], heard: Callable[[str, str], None], *, lock_key: int
    ) -> None:
        self._url = url
        self._lock_key = lock_key
        self._channels = tuple(channels)
        self._heard = heard

    async def run(self) -> None:
        """Listen until cancelled; after each (re)connection every channel is called once with an empty payload."""
        delay = 0.1
        while True:
            try:
                await self._listen_once()
                delay = 0.1
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                _log.warning("listener_reconnecting", extra={"cause": type(error).__name__})
            await asyncio.sleep(delay)
            delay = min(delay * 2, 5.0)

    async def _listen_once(self) -> None:
        connection = await asyncpg.connect(self._url, timeout=5, server_settings=SESSION_SETTINGS)
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.execute("SELECT pg_advisory_lock($1)", self._lock_key)
            for channel in self._channels:
                await connection.add_listener(
                    channel, lambda _c, _p, name, payload: self._heard(name, str(payload))
                )
                self._heard(channel, "")
            await lost.wait()
        finally:
            connection.terminate()

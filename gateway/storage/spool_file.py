"""The spool's file: one SQLite database in a local folder, shared by the gateway processes that use the folder.

Everything here blocks and belongs to one thread. A row that was kept is on the disk: the journal is fsynced at each
commit. Beside the file lies a marker, a folder that is there while rows are: made before the first row is committed
and removed under the same lock once none is left, so that whoever sees no marker may pass the spool by.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import fasteners

from gateway.domain.errors import SpoolError

BUSY_S = 1.0
"""How long another process of this machine may hold the file before it counts as locked."""

_PAGE_BYTES = 4096
_ROW_OVERHEAD_BYTES = 256
_JOURNAL_PAGES = 1000
_JOURNAL_SHARE = 16
"""The journal may take one part in so many of the limit: each time it is full, the disk has to be waited for thrice."""

_ATTEMPT_BYTES = 64 * 1024
_SCHEMA = """
    CREATE TABLE IF NOT EXISTS spool (
        id INTEGER PRIMARY KEY, delivery_id TEXT NOT NULL, kept_at REAL NOT NULL, sealed BLOB NOT NULL,
        set_aside INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE IF NOT EXISTS attempt (filler BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS spool_order ON spool (set_aside, id);
"""


class SpoolFullError(SpoolError):
    """There is no room for a row: the limit is reached, or the disk is full."""


@dataclass(frozen=True, slots=True)
class SpoolRow:
    """One row; among those that wait `row_id` grows in the order of acceptance, `kept_at` is Unix time in seconds."""

    row_id: int
    delivery_id: str
    kept_at: float
    sealed: bytes


@dataclass(frozen=True, slots=True)
class SpoolLevel:
    """How full the spool is: waiting rows, rows set aside, bytes on the disk, when the oldest waiting row was kept."""

    rows: int = 0
    set_aside: int = 0
    used_bytes: int = 0
    oldest_at: float | None = None


class SpoolFile:
    """One process' hold on the file. Every method but `is_in_use` raises SpoolError when the file cannot be used."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._path = folder / "spool.db"
        self._marker = folder / "in-use"
        self._marker_path = str(self._marker)  # looked at for every webhook
        self._limit_bytes = limit_bytes
        self._journal_pages = min(_JOURNAL_PAGES, limit_bytes // _PAGE_BYTES // _JOURNAL_SHARE)
        self._connection: sqlite3.Connection | None = None
        self._drain_lock: fasteners.InterProcessLock | None = None

    def is_in_use(self) -> bool:
        """Whether rows wait, kept by whichever process; costs one look at the folder and may be asked anywhere."""
        return os.path.exists(self._marker_path)

    def open(self) -> None:
        """Make the file ready, and try again what was set aside by an earlier run."""
        with self._writing() as connection:
            connection.execute("UPDATE spool SET set_aside = 0 WHERE set_aside <> 0")
            self._mark(self._has_rows(connection))

    def attempt(self) -> None:
        """Write something as large as webhooks are, and take it away again: whether it can be done is what counts."""
        with self._writing() as connection:
            connection.execute("INSERT INTO attempt (filler) VALUES (zeroblob(?))", (_ATTEMPT_BYTES,))
        with self._writing() as connection:
            connection.execute("DELETE FROM attempt")

    def keep(self, rows: Sequence[tuple[str, float, bytes]]) -> list[SpoolFullError | None]:
        """Keep rows of delivery id, time and sealed body in one commit; tell for each whether there was no room."""
        told: list[SpoolFullError | None] = []
        with self._writing() as connection:
            room = self._limit_bytes - self._used_bytes(connection)
            for delivery_id, kept_at, sealed in rows:
                cost = len(sealed) + _ROW_OVERHEAD_BYTES
                if cost + _PAGE_BYTES > room:
                    told.append(SpoolFullError("the limit is reached"))
                    continue
                statement = "INSERT INTO spool (delivery_id, kept_at, sealed) VALUES (?, ?, ?)"
                connection.execute(statement, (delivery_id, kept_at, sealed))
                room -= cost
                told.append(None)
            if not all(told):
                self._mark(True)
        return told

    def oldest(self, rows: int, size_bytes: int) -> list[SpoolRow]:
        """Return the oldest waiting rows, at least one if there is any, as far as they fit into `size_bytes`."""
        with self._using() as connection:
            found: list[SpoolRow] = []
            left = size_bytes
            statement = (
                "SELECT id, delivery_id, kept_at, sealed FROM spool WHERE set_aside = 0 ORDER BY id LIMIT ?"
            )
            for values in connection.execute(statement, (rows,)):
                row = SpoolRow(*values)
                left -= len(row.sealed)
                if found and left < 0:
                    break
                found.append(row)
            return found

    def forget(self, row_ids: Sequence[int]) -> None:
        """Delete rows that are safe elsewhere."""
        with self._writing() as connection:
            connection.executemany("DELETE FROM spool WHERE id = ?", [(each,) for each in row_ids])
            self._mark(self._has_rows(connection))

    def set_aside(self, row_id: int) -> None:
        """Let the others pass a row that cannot be worked; it is kept, and tried again by the next run."""
        with self._writing() as connection:
            connection.execute("UPDATE spool SET set_aside = 1 WHERE id = ?", (row_id,))
            self._mark(self._has_rows(connection))

    def settle(self) -> bool:
        """Take the marker away if no row waits, give the disk its space back, and return whether that is so."""
        with self._writing() as connection:
            is_empty = not self._has_rows(connection)
            self._mark(not is_empty)
        if is_empty:
            self._shrink()
        return is_empty

    def level(self) -> SpoolLevel:
        """Return how full it is."""
        with self._using() as connection:
            counts = dict(connection.execute("SELECT set_aside, count(*) FROM spool GROUP BY set_aside"))
            oldest = connection.execute(
                "SELECT kept_at FROM spool WHERE set_aside = 0 ORDER BY id LIMIT 1"
            ).fetchone()
            return SpoolLevel(
                counts.get(0, 0),
                counts.get(1, 0),
                self._used_bytes(connection),
                oldest[0] if oldest else None,
            )

    def begin_drain(self) -> bool:
        """Become the one process that drains; False while another is. A process that dies gives it back."""
        if self._drain_lock is None:
            lock = fasteners.InterProcessLock(str(self._folder / "drain.lock"))
            with _explained():
                if not lock.acquire(blocking=False):
                    return False
            self._drain_lock = lock
        return True

    def end_drain(self) -> None:
        """Let another process drain."""
        lock, self._drain_lock = self._drain_lock, None
        if lock is not None:
            lock.release()

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    @contextlib.contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        """Give the open database; after an error it is closed, so that the next use starts afresh."""
        try:
            with _explained():
                if self._connection is None:
                    self._connection = self._connected()
                yield self._connection
        except SpoolError:
            self.close()
            raise

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction under the file's one lock for writers; what it did is on the disk afterwards."""
        with self._using() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def _connected(self) -> sqlite3.Connection:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Made by us, so that nobody else may read it; the journal beside it gets the same mode from SQLite.
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None)
        try:
            for pragma in (
                f"page_size={_PAGE_BYTES}", "journal_mode=WAL", "synchronous=FULL", "fullfsync=1",
                "checkpoint_fullfsync=1", f"wal_autocheckpoint={self._journal_pages}", "journal_size_limit=0",
                f"max_page_count={self._limit_bytes // _PAGE_BYTES}",
            ):  # fmt: skip
                connection.execute(f"PRAGMA {pragma}")
            connection.executescript(_SCHEMA)
            _sync_folder(self._folder)
        except BaseException:
            connection.close()
            raise
        return connection

    def _used_bytes(self, connection: sqlite3.Connection) -> int:
        """Return what is taken on the disk: pages that hold something, and the journal."""
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        journal = self._path.with_name(self._path.name + "-wal")
        return int(pages - free) * _PAGE_BYTES + (journal.stat().st_size if journal.exists() else 0)

    def _has_rows(self, connection: sqlite3.Connection) -> bool:
        return connection.execute("SELECT 1 FROM spool WHERE set_aside = 0 LIMIT 1").fetchone() is not None

    def _mark(self, is_in_use: bool) -> None:
        """Show or hide the marker; a folder, because making one takes no file descriptor."""
        if is_in_use:
            self._marker.mkdir(exist_ok=True)
        else:
            with contextlib.suppress(FileNotFoundError):
                self._marker.rmdir()

    def _shrink(self) -> None:
        """Give back what a long outage took; another process at work is reason enough to leave it."""
        with contextlib.suppress(SpoolError), self._using() as connection:
            (free,) = connection.execute("PRAGMA freelist_count").fetchone()
            if free > self._journal_pages:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        raise (SpoolFullError if name == "SQLITE_FULL" else SpoolError)(str(name)) from error
    except OSError as error:
        raise SpoolError(error.strerror or type(error).__name__) from error


def _sync_folder(folder: Path) -> None:
    """Have the folder's entries written too: else a power cut could take the file's very name."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

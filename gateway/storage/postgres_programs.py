"""Running Postgres' own client programs: the right version, the password out of sight."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from gateway.storage.embedded import EmbeddedPostgresError, installed_programs

_SUFFIX = ".exe" if sys.platform == "win32" else ""
_KEPT = (
    "PATH",
    "HOME",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "PGPASSFILE",
    "PGSSLROOTCERT",
)


class BackupError(Exception):
    """A backup or a restore could not be done; the text says why and what to do, in Russian and English."""


@dataclass(frozen=True, slots=True)
class Programs:
    """One folder of client programs and the major version they are of."""

    folder: Path
    major: int

    def run(self, program: str, url: str, *arguments: str) -> str:
        """Run a program on a database to its end and return what it printed. Raises BackupError."""
        address, password = without_password(url)
        secret = {} if password is None else {"PGPASSWORD": password}
        return self.run_alone(program, f"--dbname={address}", *arguments, **secret)

    def run_alone(self, program: str, *arguments: str, **environment: str) -> str:
        """Run a program that needs no database. Raises BackupError."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        done = subprocess.run(
            [str(self.folder / f"{program}{_SUFFIX}"), *arguments], stdin=subprocess.DEVNULL, capture_output=True,
            check=False, env=kept | {"LC_ALL": "C"} | environment,
        )  # fmt: skip
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()[-800:]
            raise BackupError(f"{program} не справился / {program} failed ({done.returncode}): {said}")
        return done.stdout.decode(errors="replace")


def programs_for(server_version: int) -> Programs:
    """Return client programs that can read this server: of its own version if there are, else newer ones.

    An older client would write a backup that is none. Raises BackupError.
    """
    found = [programs for programs in _installed() if programs is not None]
    major = server_version // 10000
    fitting = sorted((each for each in found if each.major >= major), key=lambda each: each.major)
    if fitting:
        return fitting[0]
    there = ", ".join(str(each.major) for each in found) or "—"
    raise BackupError(
        f"Сервер Postgres {major} новее, чем pg_dump ({there}): поставьте клиент версии {major} или новее и добавьте "
        f"его в PATH / the server is Postgres {major}, newer than pg_dump ({there}): install a client of version "
        f"{major} or newer and put it on PATH"
    )


def programs_to_read_files() -> Programs | None:
    """Return the newest client programs there are, which read the files of every older one; None without any."""
    found = [programs for programs in _installed() if programs is not None]
    return max(found, key=lambda each: each.major, default=None)


def without_password(url: str) -> tuple[str, str | None]:
    """Return an address without its password, and the password: command lines can be read by others."""
    parts = urlsplit(url)
    if parts.password is None:
        return url, None
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}@{host}")), unquote(parts.password)


def database_of(url: str) -> str:
    """Return the name of the database in an address."""
    return unquote(urlsplit(url).path.removeprefix("/")) or "postgres"


def with_database(url: str, database: str) -> str:
    """Return the address of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _installed() -> tuple[Programs | None, ...]:
    on_path = shutil.which(f"pg_dump{_SUFFIX}")
    try:
        embedded: Path | None = installed_programs()
    except EmbeddedPostgresError:
        embedded = None
    return tuple(_programs(folder) for folder in (Path(on_path).parent if on_path else None, embedded))


def _programs(folder: Path | None) -> Programs | None:
    """Return the programs of a folder, None when one is missing or does not say its version."""
    if folder is None or not (folder / f"pg_restore{_SUFFIX}").exists():
        return None
    try:
        said = Programs(folder, 0).run_alone("pg_dump", "--version")
    except (BackupError, OSError):
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", said)
    return Programs(folder, int(version.group(1))) if version else None

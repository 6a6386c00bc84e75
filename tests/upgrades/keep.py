"""Keep a database of today's schema: `python -m tests.upgrades.keep 0001_initial`.

It holds one salon taken the whole way to active, so that later programs must read what this one wrote.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from gateway.storage.embedded import EmbeddedPostgres
from tests.support.databases import Databases, server_for_tests
from tests.support.harness import SALON, running_harness

DATA_KEY = bytes(range(32))
SALON_ID = SALON
TITLE = "Ёлка"
FOLDER = Path(__file__).parent / "databases"


def load(server: EmbeddedPostgres, url: str, file: Path) -> None:
    """Load a kept database into an empty one."""
    command = [
        str(server.bin_dir / "psql"),
        *_connection(url),
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-f",
        str(file),
    ]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


def dump(server: EmbeddedPostgres, url: str) -> str:
    """Return a database as SQL, without what changes from one dump to the next."""
    command = [
        str(server.bin_dir / "pg_dump"),
        *_connection(url),
        "--no-owner",
        "--no-privileges",
        "--inserts",
    ]
    text = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.decode()
    return re.sub(r"^\\(un)?restrict .*\n", "", text, flags=re.MULTILINE)


async def _keep(name: str, server: EmbeddedPostgres) -> None:
    databases = Databases(server)
    await databases.prepare()
    url = await databases.fresh()
    async with running_harness(url) as harness:
        await harness.install()
    (FOLDER / f"{name}.sql").write_text(await asyncio.to_thread(dump, server, url), encoding="utf-8")


def _connection(url: str) -> list[str]:
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    return ["-h", host, "-U", "postgres", "-d", parts.path.removeprefix("/")]


def main() -> int:
    """Keep today's database under the name given."""
    with tempfile.TemporaryDirectory() as folder, server_for_tests(Path(folder)) as server:
        asyncio.run(_keep(sys.argv[1], server))
    return 0


if __name__ == "__main__":
    sys.exit(main())

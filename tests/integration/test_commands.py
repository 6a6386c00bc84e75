"""The commands as people run them: a process, its words and its exit code."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from gateway.whatsapp.neonize.pin import is_installed
from resources.texts import text
from tests.support.databases import Databases
from tests.support.processes import (
    DATA_KEY,
    JWT_SECRET,
    Program,
    ServingGateway,
    embedded_data_dir,
    end,
    free_port,
    run_command,
    settings_of,
)
from tests.support.waiting import until

NOWHERE = "http://127.0.0.1:1"


@contextmanager
def taken_port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        yield other.getsockname()[1]


@asynccontextmanager
async def serving(folder: Path, settings: dict[str, str], port: int) -> AsyncIterator[ServingGateway]:
    """Run `serve` and kill it at the end if it still runs."""
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        gateway = ServingGateway(Program(folder, ("serve",), settings), f"http://127.0.0.1:{port}", http)
        try:
            await gateway.start()
            yield gateway
        finally:
            end(gateway.program)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A DATA_DIR of its own that is gone afterwards, with its Postgres."""
    with embedded_data_dir() as folder:
        yield folder


def no_traceback(said: str) -> bool:
    return "Traceback" not in said and "Error:" not in said


# -- demo ---------------------------------------------------------------------------------------------


async def test_the_demo_walks_one_install_in_a_fresh_folder_and_again_in_a_used_one(
    tmp_path: Path, data_dir: Path
) -> None:
    settings = {"DATA_DIR": str(data_dir)}
    for _ in range(2):
        began = time.monotonic()
        done = await run_command("demo", "--once", settings=settings, folder=tmp_path, timeout_s=120)
        assert done.code == 0, done.said
        assert done.err == ""
        steps = re.findall(r"^ *(\d+\.\d\d) с  (.+) / (.+)$", done.out, re.M)
        assert len(steps) >= 8
        times = [float(seconds) for seconds, _, _ in steps]
        assert times == sorted(times)
        assert times[-1] <= time.monotonic() - began
        assert "установка работает" in steps[-1][1]


async def test_a_step_of_the_demo_that_fails_is_named_and_fails_the_command(
    tmp_path: Path, data_dir: Path
) -> None:
    wrong = {"DATA_DIR": str(data_dir), "YCLIENTS_ACCEPT": "application/vnd.nobody.v9+json"}
    done = await run_command("demo", "--once", settings=wrong, folder=tmp_path, timeout_s=120)
    assert done.code == 1
    assert "✗ entry answered" in done.out
    assert "установка работает" not in done.out
    assert no_traceback(done.said)


def note_in(path: Path) -> dict[str, Any]:
    """Return what a demo has left for the console, empty when there is nothing."""
    with suppress(FileNotFoundError):
        note: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return note
    return {}


def is_private(path: Path) -> bool:
    """Whether nobody but its owner may read a file, where systems tell."""
    return sys.platform == "win32" or path.stat().st_mode & 0o777 == 0o600


async def note_that_lets_in(path: Path, http: httpx.AsyncClient, demo: Program) -> dict[str, Any]:
    """Wait until a demo invites and has left its note; returns the note, whose token is accepted."""

    async def look() -> dict[str, Any] | None:
        assert demo.is_running, demo.output()
        invites = demo.output().count("python3 dev.py console") == demo.starts
        note = note_in(path)
        return note if invites and note.get("pid") == demo.pid else None

    found = await until(look, timeout_s=60, what="the demo invites the console")
    assert found is not None
    assert await status_of_token(found["token"], found["url"], http) == 200
    return found


async def status_of_token(token: str, url: str, http: httpx.AsyncClient) -> int:
    answer = await http.get(f"{url}/admin/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


async def test_while_a_demo_runs_its_administrator_can_sign_in_and_no_way_in_is_left_behind(
    tmp_path: Path, data_dir: Path
) -> None:
    settings = {"DATA_DIR": str(data_dir)}
    where = await run_command("demo", "--where", settings=settings, folder=tmp_path)
    path = Path(where.out.strip())
    addresses = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    demo = Program(tmp_path, ("demo", "--bind", addresses[0], "--sandbox-bind", addresses[1]), settings)
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
            demo.launch()
            first = await note_that_lets_in(path, http, demo)
            assert first["url"] == f"http://{addresses[0]}"
            assert is_private(path)
            demo.kill()
            assert note_in(path) == first
            demo.launch()
            second = await note_that_lets_in(path, http, demo)
            assert await status_of_token(first["token"], first["url"], http) == 401
        assert await demo.stop() == 0
        assert note_in(path) == {}
        assert first["token"] not in demo.output()
        assert second["token"] not in demo.output()
    finally:
        end(demo)


@pytest.mark.parametrize("option", ["--bind", "--sandbox-bind"])
async def test_the_demo_says_when_an_address_it_was_given_is_taken(
    tmp_path: Path, data_dir: Path, option: str
) -> None:
    with taken_port() as port:
        done = await run_command(
            "demo",
            "--once",
            option,
            f"127.0.0.1:{port}",
            settings={"DATA_DIR": str(data_dir)},
            folder=tmp_path,
        )
    assert done.code == 1
    assert no_traceback(done.said)
    assert "in use" in done.err


# -- serve --------------------------------------------------------------------------------------------


async def test_serve_answers_its_health_check_and_ends_by_sigterm_in_a_few_seconds(
    tmp_path: Path, database_url: str
) -> None:
    port = free_port()
    async with serving(tmp_path, settings_of(port, NOWHERE, DATABASE_URL=database_url), port) as gateway:
        health = (await gateway.http.get(f"{gateway.url}/marketplace/health")).json()
        assert set(health) == {"status", "timestamp"}
        assert (await gateway.http.get(f"{gateway.url}/readyz")).status_code == 200
        began = time.monotonic()
        assert await gateway.stop() == 0
        assert time.monotonic() - began < 10
        said = gateway.program.output()
    assert f"http://127.0.0.1:{port}" in said
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["event"] for line in lines].count("serving") == 1
    assert JWT_SECRET not in said
    assert DATA_KEY not in said


async def test_serve_without_any_secret_starts_and_its_door_says_what_is_missing(
    tmp_path: Path, database_url: str
) -> None:
    port = free_port()
    async with serving(
        tmp_path, {"DATABASE_URL": database_url, "BIND": f"127.0.0.1:{port}"}, port
    ) as gateway:
        assert (await gateway.http.get(f"{gateway.url}/marketplace/health")).status_code == 200
        entry = await gateway.http.get(f"{gateway.url}/auth/yclients/redirect?salon_id=101001")
        assert entry.status_code == 503
        assert entry.headers["content-type"].startswith("text/html")
        assert text("ru", "errors.partner_token_missing.text") in entry.text
        refused = await gateway.http.post(
            f"{gateway.url}/webhook/yclients", json={"event": "uninstall", "salon_id": 1}
        )
        assert refused.status_code == 503, (
            "nobody can be believed without a token, and nothing is lost: try again"
        )
        assert await gateway.stop() == 0


async def test_serve_refuses_settings_it_cannot_use_names_each_and_shows_none(tmp_path: Path) -> None:
    wrong = {
        "APPLICATION_ID": "forty-two", "PUBLIC_URL": "http://gateway.example", "DATA_KEY": "c2hvcnQ=",
        "JWT_SECRET": "seventeen-letters", "BIND": "somewhere", "WHATSAPP_POOL": "telegram", "YCLIENTS_API_URL": "ftp://x.y",
    }  # fmt: skip
    done = await run_command("serve", settings=wrong, folder=tmp_path)
    assert done.code == 2
    assert done.out == ""
    assert "Настройки не подходят" in done.err
    assert no_traceback(done.err)
    for name, value in wrong.items():
        assert name in done.err
        assert value not in done.err


async def test_serve_says_in_a_sentence_that_its_port_is_taken(tmp_path: Path, database_url: str) -> None:
    with taken_port() as port:
        done = await run_command(
            "serve", settings=settings_of(port, NOWHERE, DATABASE_URL=database_url), folder=tmp_path
        )
    assert done.code == 1
    assert f"127.0.0.1:{port} занят" in done.err
    assert "cannot listen" in done.err
    assert no_traceback(done.err)


async def test_serve_says_that_the_database_does_not_answer_without_showing_its_password(
    tmp_path: Path,
) -> None:
    away = "postgresql://someone:p4ssw0rd-of-ours@127.0.0.1:1/nothing"
    done = await run_command(
        "serve", settings=settings_of(free_port(), NOWHERE, DATABASE_URL=away), folder=tmp_path
    )
    assert done.code == 1
    assert "База данных не отвечает" in done.err
    assert no_traceback(done.err)
    assert "p4ssw0rd" not in done.said


async def test_serve_says_that_a_database_of_a_newer_program_is_not_for_it(
    tmp_path: Path, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', now())")
    await connection.close()
    done = await run_command(
        "serve", settings=settings_of(free_port(), NOWHERE, DATABASE_URL=database_url), folder=tmp_path
    )
    assert done.code == 1
    assert "9999_later" in done.err
    assert no_traceback(done.err)


@pytest.mark.skipif(is_installed(), reason="the optional library is installed")
async def test_a_pool_whose_library_is_not_installed_is_refused_with_the_command(
    tmp_path: Path, database_url: str
) -> None:
    settings = settings_of(free_port(), NOWHERE, DATABASE_URL=database_url, WHATSAPP_POOL="neonize")
    done = await run_command("serve", settings=settings, folder=tmp_path)
    assert done.code == 1
    assert "engine_missing" in done.err
    assert "не установлен" in done.err
    assert "python3 dev.py install neonize" in done.err
    assert no_traceback(done.err)


async def test_serve_without_a_database_url_runs_on_its_own_postgres_and_stops_it(
    tmp_path: Path, data_dir: Path
) -> None:
    port = free_port()
    settings = settings_of(port, NOWHERE, DATA_DIR=str(data_dir))
    async with serving(tmp_path, settings, port) as gateway:
        ready = await gateway.http.get(f"{gateway.url}/readyz")
        assert ready.status_code == 200
        assert await gateway.stop() == 0
    migrated = await run_command("migrate", settings=settings, folder=tmp_path)
    assert (migrated.code, "up to date" in migrated.out) == (0, True), migrated.said


# -- migrate, sandbox, openapi ------------------------------------------------------------------------


async def test_migrate_applies_everything_once(tmp_path: Path, databases: Databases) -> None:
    empty = await databases.fresh(template="template0")
    first = await run_command("migrate", settings={"DATABASE_URL": empty}, folder=tmp_path)
    again = await run_command("migrate", settings={"DATABASE_URL": empty}, folder=tmp_path)
    await databases.drop(empty)
    assert (first.code, again.code) == (0, 0), first.err + again.err
    assert "0001_initial" in first.out.splitlines()
    assert "0001_initial" not in again.out
    assert "up to date" in again.out


async def test_migrate_says_that_the_database_does_not_answer(tmp_path: Path) -> None:
    away = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    done = await run_command("migrate", settings=away, folder=tmp_path)
    assert (done.code, "База данных не отвечает" in done.err, no_traceback(done.err)) == (1, True, True)


async def test_the_sandbox_starts_says_where_and_stops(tmp_path: Path) -> None:
    program = Program(tmp_path, ("sandbox", "--bind", "127.0.0.1:0"), {})
    try:
        program.launch()

        async def address() -> str | None:
            found = re.search(r"http://127\.0\.0\.1:\d+", program.output())
            return found[0] if found else None

        url = await until(address, what="the sandbox says its address", timeout_s=30)
        assert url is not None
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            assert (await http.get("/sandbox/api/about")).status_code == 200
        assert await program.stop() == 0
    finally:
        end(program)


@pytest.mark.parametrize(
    ("bind", "words"),
    [("0.0.0.0:9090", "loopback"), ("nonsense", "loopback"), (None, "занят")],
)
async def test_the_sandbox_says_why_it_cannot_listen(tmp_path: Path, bind: str | None, words: str) -> None:
    with taken_port() as port:
        done = await run_command(
            "sandbox", "--bind", bind or f"127.0.0.1:{port}", settings={}, folder=tmp_path
        )
    assert done.code == 1
    assert words in done.err
    assert no_traceback(done.err)


async def test_the_sandbox_says_that_an_application_is_a_number(tmp_path: Path) -> None:
    done = await run_command("sandbox", settings={"APPLICATION_ID": "seven"}, folder=tmp_path)
    assert (done.code, "APPLICATION_ID" in done.err, no_traceback(done.err)) == (1, True, True)


async def test_the_document_of_the_public_interface_is_printed_as_json(
    tmp_path: Path, database_url: str
) -> None:
    done = await run_command("openapi", settings={"DATABASE_URL": database_url}, folder=tmp_path)
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert document["openapi"].startswith("3.")
    assert {"/marketplace/health", "/webhook/yclients", "/marketplace/activate"} <= set(document["paths"])


async def test_wrong_usage_is_exit_code_two(tmp_path: Path) -> None:
    bare, unknown = await asyncio.gather(
        run_command(settings={}, folder=tmp_path), run_command("fly", settings={}, folder=tmp_path)
    )
    assert (bare.code, unknown.code) == (2, 2)
    assert "usage: python -m gateway" in unknown.err

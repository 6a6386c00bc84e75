"""The headless twin: every operation from a command line, against a real gateway, over the API that staff use."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.twin import run as twin
from gateway.twin.arguments import PATH_NAME, fields_of
from gateway.twin.line import is_safe
from shared.protocol import OPERATIONS, Operation
from shared.vocabulary import StaffRole
from tests.support.door import shared
from tests.support.harness import OTHER_SALON, SALON, Harness
from tests.support.inputs import NOBODY, right_input
from tests.support.processes import free_port, run_command
from tests.support.staff import member

__all__ = ["shared"]

on_shared = pytest.mark.asyncio(loop_scope="module")
NOT_UNDERSTOOD = {
    "operation_unknown", "not_found", "method_not_allowed", "field_invalid", "field_missing", "forbidden", "internal",
    "idempotency_key_missing", "staff_token_missing", "staff_token_invalid", "json_invalid", "json_not_object",
    "unsupported_media_type", "request_timeout",
}  # fmt: skip


@dataclass(slots=True)
class Ended:
    """What one command left behind."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """The JSON on standard output."""
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The code of a refusal, after what people are told of it was found."""
        assert self.code == twin.REFUSED, (self.out, self.err)
        assert self.err.strip()
        return str(self.answer["error"]["code"])


@dataclass(slots=True)
class Twin:
    """Runs the command in this process, as whoever the environment's token belongs to."""

    capsys: pytest.CaptureFixture[str]

    async def __call__(self, *arguments: str | int) -> Ended:
        code = await asyncio.to_thread(twin.run, [str(each) for each in arguments])
        said = self.capsys.readouterr()
        return Ended(code, said.out, said.err)

    async def done(self, *arguments: str | int) -> Any:
        """Run a command that must succeed and return its answer."""
        ended = await self(*arguments)
        assert ended.code == twin.DONE, (ended.out, ended.err)
        return ended.answer


@pytest.fixture
def sit_at(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str, str], Twin]:
    """Put a gateway's address and a token into the environment."""

    def sit(url: str, token: str) -> Twin:
        monkeypatch.setenv("AI_ADMIN_URL", url)
        monkeypatch.setenv("AI_ADMIN_TOKEN", token)
        return Twin(capsys)

    return sit


def arguments_for(operation: Operation[Any, Any]) -> list[str]:
    """Return a command line that is right in form and about nobody, as a person would type it."""
    given = right_input(operation)
    line = [operation.name, *(str(given.pop(name)) for name in PATH_NAME.findall(operation.path))]
    for field in fields_of(operation):
        values = given.get(field.name, [])
        if isinstance(values, bool):
            line.append(field.flags[0] if values else field.flags[0].replace("--", "--no-", 1))
            continue
        for value in values if isinstance(values, list) else [values]:
            line += [field.flags[-1], str(value)]
    if operation.is_destructive:
        line += ["--confirm", str(NOBODY)] if "salon_id" in operation.input.model_fields else ["--yes"]
    return line


# ------------------------------------------------------------------------------------------- the whole table


@on_shared
@pytest.mark.expects_log("console_crash")
async def test_every_operation_of_the_table_can_be_asked_for(
    shared: Harness, sit_at: Callable[[str, str], Twin]
) -> None:
    """Whoever adds an operation has its command; the gateway must understand what the command line made of it."""
    ask = sit_at(shared.url, await member(shared))
    for operation in OPERATIONS:
        ended = await ask(*arguments_for(operation))
        if operation.is_for_sockets:
            assert (ended.code, ended.out) == (twin.WRONG_USAGE, ""), operation.name
            assert "sessions.qr" in ended.err
        elif ended.code == twin.DONE:
            assert set(ended.answer) == set(operation.output.model_fields), operation.name
        else:
            assert ended.refusal not in NOT_UNDERSTOOD, (operation.name, ended.err)


def test_the_list_names_every_operation_with_its_permission(capsys: pytest.CaptureFixture[str]) -> None:
    assert twin.run(["--list"]) == twin.DONE
    lines = capsys.readouterr().out.splitlines()[1:]
    told = [line.split()[:2] for line in lines]
    assert told == [[operation.name, str(operation.permission)] for operation in OPERATIONS]
    marked = {line.split()[0] for line in lines if " destructive " in line}
    assert marked == {operation.name for operation in OPERATIONS if operation.is_destructive}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_help_says_what_an_operation_does_and_every_field_of_it(
    operation: Operation[Any, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        twin.run([operation.name, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert operation.summary in said
    in_path = set(PATH_NAME.findall(operation.path))
    for field in fields_of(operation):
        assert (field.name.upper() if field.name in in_path else field.flags[0]) in said


# ------------------------------------------------------------------------------------- one of each kind, done


async def test_a_salon_is_found_read_frozen_and_let_go_and_the_audit_tells_of_it(
    harness: Harness, sit_at: Callable[[str, str], Twin]
) -> None:
    await harness.install(SALON)
    ask = sit_at(harness.url, await member(harness))
    page = await ask.done("installs.list", "--stage", "active", "--limit", 20)
    assert [row["salon_id"] for row in page["rows"]] == [SALON]
    assert (await ask.done("installs.list", "--stage", "attention", "--stage", "new"))["rows"] == []
    generation = page["rows"][0]["generation"]
    why = ["--generation", generation, "--reason", "the salon asked"]
    assert (await ask.done("installs.freeze", SALON, *why))["row"]["is_frozen_by_staff"] is True
    thawed = await ask.done("installs.unfreeze", "--json", json.dumps(
        {"salon_id": SALON, "generation": generation, "reason": "they pay again"}
    ))  # fmt: skip
    assert thawed["row"]["is_frozen_by_staff"] is False
    told = (await ask.done("audit.list", "--salon-id", SALON, "--operation", "freeze"))["rows"]
    assert [(row["operation"], row["reason"]) for row in told] == [
        ("installs.unfreeze", "they pay again"), ("installs.freeze", "the salon asked"),
    ]  # fmt: skip


async def test_an_uninstall_wants_the_salon_s_number_and_a_command_is_done_once_for_its_key(
    harness: Harness, sit_at: Callable[[str, str], Twin]
) -> None:
    await harness.install(SALON)
    ask = sit_at(harness.url, await member(harness))
    command = ["installs.uninstall", str(SALON), "--generation", "1", "--reason", "closed for good"]
    wrong: list[list[str]] = [[], ["--confirm", str(OTHER_SALON)]]
    for answer in wrong:
        ended = await ask(*command, *answer)
        assert (ended.code, ended.out) == (twin.WRONG_USAGE, "")
        assert f"--confirm {SALON}" in ended.err
    assert await harness.rows("SELECT 1 AS one FROM partner_calls WHERE kind = 'uninstall'") == []
    first = await ask.done(*command, "--confirm", SALON, "--key", "one-key-for-two")
    again = await ask.done(*command, "--confirm", SALON, "--key", "one-key-for-two")
    assert again == first
    assert len(await harness.rows("SELECT 1 AS one FROM partner_calls WHERE kind = 'uninstall'")) == 1
    await ask.done("installs.keep", SALON)


async def test_every_page_of_a_list_is_read_as_a_row_a_line(
    harness: Harness, sit_at: Callable[[str, str], Twin]
) -> None:
    await harness.install(SALON)
    ask = sit_at(harness.url, await member(harness))
    whole = (await ask.done("timeline.list", SALON, "--limit", 200))["rows"]
    assert len(whole) > 6
    ended = await ask("timeline.list", SALON, "--limit", 3, "--all")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code == twin.DONE
    assert sorted(row["event_id"] for row in rows) == [row["event_id"] for row in whole]
    assert (await ask("staff.me", "--verbose")).err.count("\n") == 1


# ------------------------------------------------------------------------------------------ what is refused


@on_shared
async def test_a_refusal_is_json_and_a_sentence_in_both_languages(
    shared: Harness, sit_at: Callable[[str, str], Twin]
) -> None:
    ask = sit_at(shared.url, await member(shared, StaffRole.VIEWER))
    ended = await ask("calls.hold", NOBODY, "--reason", "wait for the partner")
    assert ended.refusal == "forbidden"
    russian, english, name = ended.err.splitlines()
    assert russian != english
    assert name.startswith("forbidden, request ")
    assert (await ask("installs.get", NOBODY)).refusal == "salon_not_found"
    stranger = sit_at(shared.url, "aiadmin_" + "x" * 43)
    assert (await stranger("staff.me")).refusal == "staff_token_invalid"


@on_shared
async def test_a_command_says_its_key_only_when_asked_and_a_secret_answer_is_not_repeated(
    shared: Harness, sit_at: Callable[[str, str], Twin]
) -> None:
    await shared.link(SALON)
    ask = sit_at(shared.url, await member(shared))
    made = await ask("links.create", SALON, "--verbose")
    key = made.err.split("idempotency key ")[1].strip()
    assert made.answer["url"].startswith(shared.url)
    assert (await ask("links.create", SALON, "--key", key)).refusal == "already_done"
    assert (await ask("links.create", SALON)).err == ""


@on_shared
@pytest.mark.parametrize(
    "line",
    [
        ["installs.list", "--stage", "lost"], ["installs.list", "--limit", "201"], ["installs.list", "--limit", "five"],
        ["installs.get"], ["installs.get", "-5"], ["calls.hold", "5"], ["installs.list", "--json", "[1]"],
        ["installs.list", "--json", "{}", "--limit", "5"], ["installs.get", "--json", '{"salon_id": 5, "x": 1}'],
        ["staff.me", "--timeout", "0"], ["staff.revoke", "5", "--reason", "has left"],
        ["staff.me", "--url", "http://gateway.example"], ["staff.me", "--url", "https://a:b@gateway.example"],
        ["staff.me", "--token-file", "/nowhere/at/all"],
    ],
    ids=" ".join,
)  # fmt: skip
async def test_what_does_not_fit_is_said_before_anybody_is_asked(
    shared: Harness, sit_at: Callable[[str, str], Twin], line: list[str]
) -> None:
    ended = await sit_at(shared.url, await member(shared))(*line)
    assert (ended.code, ended.out) == (twin.WRONG_USAGE, "")
    assert len(ended.err.splitlines()) >= 3


async def test_a_gateway_that_is_not_there_is_told_apart_and_the_key_to_repeat_with_is_given(
    sit_at: Callable[[str, str], Twin],
) -> None:
    ask = sit_at(f"http://127.0.0.1:{free_port()}", "aiadmin_" + "x" * 43)
    ended = await ask("staff.me")
    assert (ended.code, ended.out) == (twin.NOT_REACHED, "")
    assert "127.0.0.1" in ended.err

    async def hangs_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hangs_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        lost = await sit_at(f"http://127.0.0.1:{port}", "aiadmin_" + "x" * 43)(
            "calls.retry", 7, "--key", "a-key-to-keep"
        )
    assert lost.code == twin.NOT_REACHED
    assert "--key a-key-to-keep" in lost.err


async def test_whoever_answers_in_the_gateway_s_place_is_no_gateway(
    sit_at: Callable[[str, str], Twin],
) -> None:
    page = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 5\r\nConnection: close\r\n\r\n<p>hi"

    async def redirects(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(page)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(redirects, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        ended = await sit_at(f"http://127.0.0.1:{port}", "aiadmin_" + "x" * 43)("staff.me")
    assert (ended.code, ended.out) == (twin.NOT_REACHED, "")
    assert "302" in ended.err


def test_a_token_goes_by_https_or_stays_on_this_machine() -> None:
    good = ["https://gateway.example", "http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"]
    bad = [
        "http://gateway.example", "https://127.0.0.1@gateway.example", "ftp://127.0.0.1", "gateway.example", "",
        "http://127.0.0.1.gateway.example", "https://gateway.example/?token=1", "http://[::1",
    ]  # fmt: skip
    assert [url for url in good if not is_safe(url)] == []
    assert [url for url in bad if is_safe(url)] == []


@on_shared
async def test_it_runs_as_a_process_with_the_token_in_a_file_and_no_setting_of_a_gateway(
    shared: Harness, tmp_path: Path
) -> None:
    token = await member(shared)
    (tmp_path / "token").write_text(token + "\n", encoding="utf-8")
    done = await run_command(
        "admin", "staff.me", "--url", shared.url, "--token-file", "token", settings={}, folder=tmp_path
    )
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["staff"]["role"] == "admin"


@on_shared
@pytest.mark.parametrize("name", ["AI_ADMIN_URL", "AI_ADMIN_TOKEN"])
async def test_whoever_forgets_the_address_or_the_token_is_told_where_to_put_it(
    shared: Harness, sit_at: Callable[[str, str], Twin], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ask = sit_at(shared.url, "aiadmin_" + "x" * 43)
    monkeypatch.delenv(name)
    ended = await ask("staff.me")
    assert (ended.code, ended.out) == (twin.WRONG_USAGE, "")
    assert name in ended.err

"""The driver of the genuine library; what needs the library itself is left out where it is not installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.clock import SystemClock
from gateway.domain.sessions import CloseCause, SessionFault
from gateway.whatsapp.engine import EngineError
from gateway.whatsapp.neonize import library as library_module
from gateway.whatsapp.neonize import pipe
from gateway.whatsapp.neonize.library import Events, NeonizeLibrary, jid_text, moment
from tests.architecture.tree import ROOT
from tests.fakes.engine_sink import Notes
from tests.support.neonize_python import VARIABLE, genuine_engines, neonize_python
from tests.support.waiting import until
from tests.support.workers import workers_of

PYTHON = neonize_python()
needs_library = pytest.mark.skipif(
    PYTHON is None, reason=f"neonize is optional: {VARIABLE} names a Python that has it"
)

# ------------------------------------------------------------------------------------ without the library


@pytest.mark.skipif(sys.executable == PYTHON, reason="it is installed here")
def test_a_missing_library_is_said_to_be_missing() -> None:
    with pytest.raises(EngineError) as caught:
        NeonizeLibrary().load()
    assert caught.value.fault is SessionFault.ENGINE_MISSING


def test_a_package_without_its_shared_library_is_not_left_to_download_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(library_module, "version", lambda _name: "0.5.2")
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: spec)
    with pytest.raises(EngineError) as caught:
        NeonizeLibrary().load()
    assert caught.value.fault is SessionFault.ENGINE_MISSING


@pytest.mark.parametrize(
    ("word", "cause"),
    [
        ("timeout", "refs_exhausted"), ("passkey-request", "passkey_unsupported"),
        ("passkey-error", "passkey_unsupported"),
        ("err-client-outdated", "outdated"), ("error", "pair_error"), ("success", None), ("", None),
    ],
)  # fmt: skip
def test_the_last_word_of_the_qr_phase_is_the_cause(word: str, cause: str | None) -> None:
    reports: list[pipe.Report] = []
    events = Events()
    events.begin(reports.append, "/nowhere.db")
    events.qr_phase_ended(word)
    assert reports == ([] if cause is None else [pipe.Exit(CloseCause(cause))])


def test_qrs_last_a_minute_first_and_twenty_seconds_then() -> None:
    reports: list[Any] = []
    events = Events()
    events.begin(reports.append, "/nowhere.db")
    for text in "abc":
        events.qr(text)
    assert [(report.text, report.lifetime_s) for report in reports] == [("a", 60), ("b", 20), ("c", 20)]


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("no LID found for 7916 from server", "recipient_unknown"),
        ("failed: websocket not connected", "whatsapp_not_connected"),
        ("the store doesn't contain a device JID", "whatsapp_not_connected"),
        ("client is nil", "not_pairing"),
        ("phone number too short", "pairing_rejected"),
        ("info query timed out", "upstream_timeout"),
        ("something new", "internal"),
    ],
)
def test_what_an_error_says_is_its_fault(said: str, fault: str) -> None:
    found = library_module._fault_of(Exception(said), SessionFault.INTERNAL, SessionFault.UPSTREAM_TIMEOUT)
    assert found == fault


def test_times_are_read_in_seconds_and_in_milliseconds() -> None:
    expected = datetime(2026, 5, 28, 20, 26, 40, tzinfo=UTC)
    assert moment(1_780_000_000) == moment(1_780_000_000_000) == expected


def test_addresses_name_the_device_only_if_there_is_one() -> None:
    assert jid_text(SimpleNamespace(User="7916", Device=0, Server="s.whatsapp.net")) == "7916@s.whatsapp.net"
    assert (
        jid_text(SimpleNamespace(User="7916", Device=3, Server="s.whatsapp.net")) == "7916:3@s.whatsapp.net"
    )


# ------------------------------------------------------------------------------------ with it, offline


@needs_library
def test_every_event_of_the_genuine_library_is_understood() -> None:
    assert PYTHON is not None
    done = subprocess.run(
        [PYTHON, "-m", "tests.fakes.neonize_events"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said: dict[str, list[dict[str, Any]]] = json.loads(done.stdout.splitlines()[-1])
    jid = "79161234567:3@s.whatsapp.net"
    assert said["paired"] == [{"type": "event", "kind": "paired", "jid": jid, "name": "Салон"}]
    assert said["connected"] == [{"type": "status", "state": "opened", "jid": jid, "name": "Салон"}]
    assert said["disconnected"] == [{"type": "status", "state": "reconnecting", "cause": "dropped"}]
    assert said["overridden"] == said["word passkey-request"]
    assert said["never connected"] == said["word success"] == []
    ends = {
        name: reports[0]["cause"]
        for name, reports in said.items()
        if reports and reports[0]["type"] == "exit" and name != "overridden"
    }
    assert ends == {
        "pair error": "pair_error", "replaced": "replaced", "outdated": "outdated", "banned": "temp_banned",
        "word timeout": "refs_exhausted", "word error": "pair_error", "word passkey-request": "passkey_unsupported",
        "word passkey-error": "passkey_unsupported", "word err-client-outdated": "outdated",
        **_reasons("logged out", otherwise="logged_out"), **_reasons("refused", otherwise="dropped"),
    }  # fmt: skip
    assert said["banned"][0]["until"] == pytest.approx(SystemClock().now().timestamp() + 3600, abs=60)
    at = 1_780_000_000.0
    message = {"type": "event", "kind": "message", "id": "3EB0", "sender": jid, "text": "Привет", "at": at}
    assert said["message guest"] == [message]
    assert said["message group"] == said["message mine"] == said["receipt RETRY"] == []
    for kind in ("DELIVERED", "READ", "PLAYED"):
        receipt = {"type": "event", "kind": "receipt", "ids": ["3EB0"], "receipt": kind.lower(), "at": at}
        assert said[f"receipt {kind}"] == [receipt]


def _reasons(how: str, *, otherwise: str) -> dict[str, str]:
    known = {
        "TEMP_BANNED": "temp_banned", "MAIN_DEVICE_GONE": "main_device_gone", "UNKNOWN_LOGOUT": "main_device_gone",
        "CLIENT_OUTDATED": "outdated", "BAD_USER_AGENT": "outdated", "LOGGED_OUT": "logged_out",
    }  # fmt: skip
    others = ("GENERIC", "INTERNAL_SERVER_ERROR", "EXPERIMENTAL", "SERVICE_UNAVAILABLE")
    return {f"{how} {reason}": known.get(reason, otherwise) for reason in (*known, *others)}


@needs_library
async def test_offline_the_genuine_library_says_so_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    assert PYTHON is not None
    notes = Notes()
    engine = genuine_engines(tmp_path, PYTHON, {"HTTPS_PROXY": "http://127.0.0.1:1"}).make()
    await engine.start(101, 1, None, notes)
    begun = SystemClock().monotonic()

    async def is_told() -> bool:
        return bool(notes.told)

    await until(is_told, what="the end")
    assert notes.told == ["closed network_unreachable"]
    assert SystemClock().monotonic() - begun < 5, "usually a tenth of a second"
    await engine.stop(kill=False)
    assert workers_of(os.getpid()) == []
    assert [path.name for path in (tmp_path / "company_101").iterdir()] == ["lock"]

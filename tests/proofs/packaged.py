"""The packaged console checks itself and goes to every view of a running demo, with nothing of ours around it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from desktop.self_check import WINDOW_IS_THERE
from tests.support.processes import ROOT, Program, embedded_data_dir, end, free_port, run_command
from tests.support.waiting import until

NAME = "ai-admin-console"
STARTS = 10
ALLOWED_PACKED_MB = 60.0
PACKED_AS: Final = 3  # xz's level: its best takes minutes and saves a tenth
STATIONS = ("connected", "board", "salon", "queue", "doctor", "settings")
FOREIGN = (
    "gateway",
    "tests",
    "tkinter",
    "PySide6/QtQml",
    "PySide6/QtQuick",
    "PySide6/Qt/qml",
    "libQt6Qml",
    "libQt6Quick",
)


def main() -> int:
    """Build, prove, measure; 0 when all of it holds."""
    with tempfile.TemporaryDirectory(prefix="ai-admin-package-") as name:
        folder = Path(name)
        program = _build(folder)
        _prove_it_holds_nothing_foreign(program.parent)
        elsewhere = folder / "elsewhere"
        elsewhere.mkdir()
        _say("self-check", _run([str(program), "--self-check"], elsewhere))
        _measure(program, elsewhere)
        asyncio.run(_prove_journey(program, elsewhere))
        _prove_size(program.parent, folder / "packed.tar.xz")
    print("packaged: ok")
    return 0


def _build(folder: Path) -> Path:
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
    command += [
        "--distpath",
        str(folder / "dist"),
        "--workpath",
        str(folder / "build"),
        str(ROOT / "build.spec"),
    ]
    began = time.monotonic()
    subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": ""}, check=True)
    _say("built in", f"{time.monotonic() - began:.0f} s")
    return folder / "dist" / NAME / (f"{NAME}.exe" if sys.platform == "win32" else NAME)


def _prove_it_holds_nothing_foreign(folder: Path) -> None:
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
    assert len(names) > 50, names
    inside = [name.removeprefix("_internal/") for name in names]
    foreign = [name for name in inside if name.startswith(FOREIGN) or f"/{NAME}/tests" in name]
    assert foreign == [], foreign


def _run(command: list[str], folder: Path, stdin: str = "") -> str:
    done = subprocess.run(
        command, cwd=folder, env=_bare_environment(), input=stdin, capture_output=True, encoding="utf-8", timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command[1:]} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout.strip().splitlines()[-1]


def _bare_environment() -> Mapping[str, str]:
    """Nothing that leads to our Python, its packages or this repository."""
    kept = ("HOME", "LANG", "PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
    own = {name: os.environ[name] for name in kept if name in os.environ}
    return own | {"QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "utf-8"}


def _measure(program: Path, folder: Path) -> None:
    starts = [_seconds_and_memory(program, folder) for _ in range(STARTS)]
    times = [seconds for seconds, _ in starts]
    told = f"{statistics.median(times):.2f} s median of {STARTS}, {min(times):.2f} to {max(times):.2f}"
    _say("from start to the painted window", told)
    _say("memory then", f"{max(memory for _, memory in starts):.0f} MiB at most")


def _seconds_and_memory(program: Path, folder: Path) -> tuple[float, float]:
    """Return how long the window takes to be painted, and the memory it takes; 0 where the system does not tell."""
    began = time.monotonic()
    with subprocess.Popen(
        [str(program), "--self-check"], cwd=folder, env=_bare_environment(), stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert any(line.startswith(WINDOW_IS_THERE) for line in child.stdout)
        seconds = time.monotonic() - began
        status = Path(f"/proc/{child.pid}/status")
        resident = re.search(r"VmRSS:\s+(\d+) kB", status.read_text("utf-8")) if status.exists() else None
        child.stdout.read()
    return seconds, int(resident[1]) / 1024 if resident else 0.0


async def _prove_journey(program: Path, folder: Path) -> None:
    with _demo(folder) as demo:
        where = await run_command("demo", "--where", settings=demo.settings, folder=folder)
        note = await until(
            lambda: _note(Path(where.out.strip()), demo), timeout_s=120, what="the demo invites"
        )
        command = [
            str(program),
            "--url",
            note["url"],
            "--token-stdin",
            "--kind",
            "demo",
            "--journey",
            str(folder),
        ]
        said = await asyncio.to_thread(_run, command, folder, f"{note['token']}\n")
        assert await demo.stop() == 0
    pictures = sorted(name for name in os.listdir(folder) if name.endswith(".png"))
    assert pictures == [f"{number}-{name}.png" for number, name in enumerate(STATIONS, start=1)], pictures
    _say(f"{len(pictures)} views of the demo", said)


@contextmanager
def _demo(folder: Path) -> Iterator[Program]:
    """A demo on addresses and data of its own, gone at the end."""
    with embedded_data_dir() as data_dir:
        addresses = ("--bind", f"127.0.0.1:{free_port()}", "--sandbox-bind", f"127.0.0.1:{free_port()}")
        demo = Program(folder, ("demo", *addresses), {"DATA_DIR": str(data_dir)})
        try:
            demo.launch()
            yield demo
        finally:
            end(demo)


async def _note(path: Path, demo: Program) -> dict[str, Any]:
    assert demo.is_running, demo.output()
    if "dev.py console" not in demo.output():
        return {}
    note: dict[str, Any] = json.loads(await asyncio.to_thread(path.read_text, "utf-8"))
    return note


def _prove_size(folder: Path, packed: Path) -> None:
    size = sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()) / 1e6
    with tarfile.open(packed, "w:xz", preset=PACKED_AS) as archive:
        archive.add(folder, folder.name)
    packed_mb = packed.stat().st_size / 1e6
    _say("size", f"{size:.0f} MB, as .tar.xz {packed_mb:.1f} MB (allowed: {ALLOWED_PACKED_MB:.0f})")
    assert packed_mb <= ALLOWED_PACKED_MB


def _say(what: str, value: str) -> None:
    print(f"{what}: {value}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

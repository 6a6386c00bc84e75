"""What is kept when the console meets an error nobody expected: where it happened, never what it was about.

A report holds the error's class and the frames that led to it, by module, function and line, with versions. The
error's own text, values and paths are left out altogether: they may hold a token, a phone, a name or the person's home.
"""

from __future__ import annotations

import contextlib
import platform
import re
import secrets
import traceback
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from shared.admin_wire import MAX_CRASH_FRAMES, CrashFrame, CrashReport
from shared.protocol import PROTOCOL_VERSION
from shared.version import VERSION

KEPT: Final = 10
FOLDER: Final = "crashes"
_OURS: Final = ("desktop", "shared", "resources")
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_<>.]")


def report_of(error: BaseException, qt_version: str) -> CrashReport:
    """Return an error's report: the innermost frames last."""
    frames = [*_frames(error)][-MAX_CRASH_FRAMES:]
    return CrashReport(
        error=_fit(type(error).__name__, 80), frames=frames, console=f"{VERSION} protocol {PROTOCOL_VERSION}",
        python=platform.python_version(), qt=qt_version, system=_fit(platform.system(), 40) or "unknown",
    )  # fmt: skip


def text_of(report: CrashReport) -> str:
    """Return a report as a person reads it."""
    lines = [f"{frame.module}, {frame.function}, {frame.line}" for frame in report.frames]
    versions = f"Console {report.console}, Python {report.python}, Qt {report.qt}, {report.system}"
    return "\n".join([report.error, *lines, versions])


class CrashFolder:
    """The newest ten reports of this computer. Every call is short and never raises: it runs where things broke."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def keep(self, report: CrashReport, at: datetime) -> Path | None:
        """Write a report and return its file, or None when it could not be written."""
        path = self._folder / f"crash-{at:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_text(report.model_dump_json(indent=1), encoding="utf-8")
            path.chmod(0o600)
        except OSError:
            return None
        for old in self.files()[KEPT:]:
            self.delete(old)
        return path

    def files(self) -> list[Path]:
        """Return the files, the newest first."""
        try:
            return sorted(self._folder.glob("crash-*.json"), reverse=True)
        except OSError:
            return []

    def read(self, path: Path) -> CrashReport | None:
        """Return a report, or None when it is gone or damaged."""
        try:
            return CrashReport.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, ValidationError):
            return None

    def delete(self, path: Path) -> None:
        """Delete a report."""
        with contextlib.suppress(OSError):
            path.unlink()


def _frames(error: BaseException) -> Iterator[CrashFrame]:
    for frame, line in traceback.walk_tb(error.__traceback__):
        name = str(frame.f_globals.get("__name__") or "?")
        module = name if name.partition(".")[0] in _OURS else name.partition(".")[0]
        yield CrashFrame(module=_fit(module, 120), function=_fit(frame.f_code.co_name, 80), line=max(0, line))


def _fit(name: str, length: int) -> str:
    """Return a name as the report's form has it."""
    return _UNFIT.sub("_", name)[:length] or "_"

"""Whether the system opens `admin://` links with this program: asked, taken and given back.

What opened them before is kept where the system looks it up, behind us, and is back as soon as we give the links back.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

DESKTOP_ID: Final = "ai-admin-console.desktop"
MIME: Final = "x-scheme-handler/admin"
_SECTION: Final = "[Default Applications]"
_MAX_BYTES: Final = 1024 * 1024


class LinkScheme(Protocol):
    """The system's own list of what opens which links. Every call reads or writes at once and raises OSError."""

    def is_ours(self) -> bool:
        """Whether this program opens them."""

    def take(self) -> None:
        """Have this program open them."""

    def give_back(self) -> None:
        """Have whatever opened them before open them again."""


class LinuxScheme:
    """A `.desktop` file and a line of `mimeapps.list`, both in the person's own folders, as freedesktop.org has it."""

    def __init__(self, program: Path, environment: Mapping[str, str], home: Path) -> None:
        self._program = program
        data = _folder(environment, "XDG_DATA_HOME", home / ".local" / "share")
        config = _folder(environment, "XDG_CONFIG_HOME", home / ".config")
        self._entry = data / "applications" / DESKTOP_ID
        self._list = config / "mimeapps.list"

    def is_ours(self) -> bool:
        """Whether we are the first in the list, and the entry starts the program that runs now."""
        return self._handlers()[:1] == [DESKTOP_ID] and _read(self._entry) == self._entry_text()

    def take(self) -> None:
        """Write the entry, then put it first."""
        _write(self._entry, self._entry_text())
        self._put([DESKTOP_ID, *(one for one in self._handlers() if one != DESKTOP_ID)])

    def give_back(self) -> None:
        """Take our name off the list and remove the entry."""
        if DESKTOP_ID in (handlers := self._handlers()):
            self._put([one for one in handlers if one != DESKTOP_ID])
        with contextlib.suppress(FileNotFoundError):
            self._entry.unlink()

    def _entry_text(self) -> str:
        """Return the entry; `--` keeps whatever a link holds from being read as an option."""
        return "\n".join((
            "[Desktop Entry]", "Type=Application", "Version=1.0", "Name=AI-Admin Console", "Name[ru]=Консоль AI-Admin",
            f"Exec={_quoted(str(self._program))} -- %u", "Terminal=false", "Categories=Office;",
            f"MimeType={MIME};", "",
        ))  # fmt: skip

    def _handlers(self) -> list[str]:
        for line in _section(_read(self._list).splitlines()):
            name, _, value = line.partition("=")
            if name.strip() == MIME:
                return [one.strip() for one in value.split(";") if one.strip()]
        return []

    def _put(self, handlers: list[str]) -> None:
        """Change our line of the list and no other."""
        lines = _read(self._list).splitlines()
        if _SECTION not in [line.strip() for line in lines]:
            lines += ["", _SECTION] if lines else [_SECTION]
        start = [line.strip() for line in lines].index(_SECTION) + 1
        size = len(_section(lines))
        kept = [line for line in lines[start : start + size] if line.partition("=")[0].strip() != MIME]
        ours = [f"{MIME}={';'.join(handlers)};"] if handlers else []
        _write(self._list, "\n".join([*lines[:start], *ours, *kept, *lines[start + size :]]) + "\n")


def _folder(environment: Mapping[str, str], name: str, usual: Path) -> Path:
    """Return a folder of freedesktop.org's; a path that is not absolute is to be ignored."""
    given = Path(environment.get(name, ""))
    return given if given.is_absolute() else usual


def _section(lines: list[str]) -> list[str]:
    """Return the lines below the heading of the defaults."""
    found: list[str] | None = None
    for line in lines:
        if line.strip().startswith("["):
            if found is not None:
                break
            found = [] if line.strip() == _SECTION else None
        elif found is not None:
            found.append(line)
    return found or []


def _quoted(program: str) -> str:
    """Return a program's path as `Exec` wants it: in quotes, escaped once for them and once for the file."""
    for special in ("\\", '"', "`", "$"):
        program = program.replace(special, f"\\{special}")
    return f'"{program}"'.replace("\\", "\\\\").replace("%", "%%")


def _read(path: Path) -> str:
    """Return a file's text, empty when there is none."""
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""


def _write(path: Path, text: str) -> None:
    """Write beside and rename, through a link to where the file really is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        beside.write_bytes(text.encode("utf-8", "surrogateescape"))
        os.replace(beside, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()

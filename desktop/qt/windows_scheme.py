"""The registry's entry by which Windows opens `admin://` links with this program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSettings

from desktop.qt.links import SCHEME

_COMMAND: Final = "shell/open/command/."
_BEFORE: Final = "ai-admin-console-before"


def of_registry() -> QSettings:
    """Return the person's own part of the registry that says what opens these links."""
    return QSettings(rf"HKEY_CURRENT_USER\Software\Classes\{SCHEME}", QSettings.Format.NativeFormat)


class WindowsScheme:
    """A protocol's key of the person's own classes; the command that stood there before is kept in it."""

    def __init__(self, program: Path, key: Callable[[], QSettings] = of_registry) -> None:
        self._command = f'"{program}" -- "%1"'
        self._key = key

    def is_ours(self) -> bool:
        """Whether the key starts the program that runs now."""
        return str(self._key().value(_COMMAND, "")) == self._command

    def take(self) -> None:
        """Write the key. Raises OSError."""
        key = self._key()
        before = str(key.value(_COMMAND, ""))
        if before and before != self._command:
            key.setValue(_BEFORE, before)
        key.setValue(".", f"URL:{SCHEME}")
        key.setValue("URL Protocol", "")
        key.setValue(_COMMAND, self._command)
        _finish(key)

    def give_back(self) -> None:
        """Bring the command back that stood there before, or remove the key. Raises OSError."""
        key = self._key()
        if not self.is_ours():
            return
        before = str(key.value(_BEFORE, ""))
        if before:
            key.setValue(_COMMAND, before)
            key.remove(_BEFORE)
        else:
            key.clear()
        _finish(key)


def _finish(key: QSettings) -> None:
    key.sync()
    if key.status() is not QSettings.Status.NoError:
        raise OSError("the registry did not take it")

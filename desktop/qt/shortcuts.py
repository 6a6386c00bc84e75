"""Every key of the console, in one table: what is bound, and what the sheet under F1 shows.

No key by itself does anything that cannot be taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from PySide6.QtGui import QKeySequence

from desktop.qt.texts import marked, translate


class Scope(StrEnum):
    """Where a key works."""

    EVERYWHERE = "everywhere"
    """In the main window and in a salon's own."""
    MAIN = "main"
    LIST = "list"
    SALON = "salon"
    """Wherever a salon is open: in the main window's pane, and in a window of its own."""
    PANE = "pane"
    WINDOW = "window"
    """In a salon's own window."""
    FIELD = "field"


TOGETHER: Final = (
    (Scope.EVERYWHERE, Scope.MAIN, Scope.LIST, Scope.SALON, Scope.PANE),
    (Scope.EVERYWHERE, Scope.SALON, Scope.WINDOW),
    (Scope.FIELD,),
)
"""What works at the same time: in the main window, in a salon's own, in a field, whose own keys come before others."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A key, where it works, what it does. `standard` is the platform's own key, which wins over `keys`."""

    name: str
    keys: str
    scope: Scope
    source: str
    standard: QKeySequence.StandardKey | None = None

    def sequence(self) -> QKeySequence:
        """Return the key on this platform."""
        if self.standard is not None:
            bound = QKeySequence.keyBindings(self.standard)
            if bound:
                return bound[0]
        return QKeySequence(self.keys)

    def text(self) -> str:
        """Return what it does, in the console's language."""
        return translate("Keys", self.source)


_Standard = QKeySequence.StandardKey
_ALL: Final = (
    Shortcut("installs", "Ctrl+1", Scope.EVERYWHERE, marked("Keys", "Installs")),
    Shortcut("queue", "Ctrl+2", Scope.EVERYWHERE, marked("Keys", "Queue of calls to YCLIENTS")),
    Shortcut("doctor", "Ctrl+3", Scope.EVERYWHERE, marked("Keys", "Check of the configuration")),
    Shortcut("alarms", "Ctrl+4", Scope.EVERYWHERE, marked("Keys", "Alarms")),
    Shortcut("webhooks", "Ctrl+5", Scope.EVERYWHERE, marked("Keys", "Webhooks of YCLIENTS")),
    Shortcut("sessions", "Ctrl+6", Scope.EVERYWHERE, marked("Keys", "Sessions and processes")),
    Shortcut("consistency", "Ctrl+7", Scope.EVERYWHERE, marked("Keys", "Theirs against ours")),
    Shortcut("overview", "Ctrl+8", Scope.EVERYWHERE, marked("Keys", "Overview of a period")),
    Shortcut("audit", "Ctrl+9", Scope.EVERYWHERE, marked("Keys", "What staff did")),
    Shortcut("staff", "Ctrl+Shift+U", Scope.EVERYWHERE, marked("Keys", "Members of staff")),
    Shortcut("settings", "Ctrl+,", Scope.EVERYWHERE, marked("Keys", "Settings"), _Standard.Preferences),
    Shortcut(
        "palette", "Ctrl+K", Scope.EVERYWHERE, marked("Keys", "Find a salon or do anything, from anywhere")
    ),
    Shortcut("find", "Ctrl+F", Scope.MAIN, marked("Keys", "Search in this view"), _Standard.Find),
    Shortcut("export", "Ctrl+E", Scope.MAIN, marked("Keys", "Save this list as a table")),
    Shortcut("save_view", "Ctrl+Shift+S", Scope.MAIN, marked("Keys", "Save the view, and saved views")),
    Shortcut("refresh", "F5", Scope.EVERYWHERE, marked("Keys", "Read everything again"), _Standard.Refresh),
    Shortcut("back", "Esc", Scope.EVERYWHERE, marked("Keys", "Back: empty the field, close the salon")),
    Shortcut("help", "F1", Scope.EVERYWHERE, marked("Keys", "This sheet"), _Standard.HelpContents),
    Shortcut("help_sign", "?", Scope.EVERYWHERE, marked("Keys", "This sheet")),
    Shortcut("larger", "Ctrl++", Scope.EVERYWHERE, marked("Keys", "Larger text"), _Standard.ZoomIn),
    Shortcut("smaller", "Ctrl+-", Scope.EVERYWHERE, marked("Keys", "Smaller text"), _Standard.ZoomOut),
    Shortcut("usual_size", "Ctrl+0", Scope.EVERYWHERE, marked("Keys", "Text of the usual size")),
    Shortcut("next_pane", "F6", Scope.MAIN, marked("Keys", "To the next pane")),
    Shortcut("quit", "Ctrl+Q", Scope.EVERYWHERE, marked("Keys", "Quit"), _Standard.Quit),
    Shortcut("open", "Return", Scope.LIST, marked("Keys", "Open the salon")),
    Shortcut("fill", "Ctrl+Return", Scope.LIST, marked("Keys", "Open the salon in the whole window")),
    Shortcut("act", "Alt+Return", Scope.LIST, marked("Keys", "What the row offers: retry, QR, check")),
    Shortcut("copy_id", "Ctrl+C", Scope.LIST, marked("Keys", "Copy the salon's number"), _Standard.Copy),
    Shortcut(
        "select_all", "Ctrl+A", Scope.LIST, marked("Keys", "Select all loaded rows"), _Standard.SelectAll
    ),
    Shortcut(
        "take_back", "Ctrl+Z", Scope.SALON, marked("Keys", "Take back a pause or a disconnection, for 10 s")
    ),
    Shortcut("fill_salon", "Ctrl+Shift+Return", Scope.PANE, marked("Keys", "Salon: whole window and back")),
    Shortcut("window_salon", "Ctrl+Shift+O", Scope.PANE, marked("Keys", "Salon: in a window of its own")),
    Shortcut("close_window", "Ctrl+W", Scope.WINDOW, marked("Keys", "Close this window")),
    Shortcut("main_window", "Ctrl+Shift+M", Scope.WINDOW, marked("Keys", "To the main window")),
    Shortcut("undo", "Ctrl+Z", Scope.FIELD, marked("Keys", "Take back what was typed"), _Standard.Undo),
    Shortcut("redo", "Ctrl+Shift+Z", Scope.FIELD, marked("Keys", "Type it again"), _Standard.Redo),
    Shortcut("cut", "Ctrl+X", Scope.FIELD, marked("Keys", "Cut"), _Standard.Cut),
    Shortcut("copy", "Ctrl+C", Scope.FIELD, marked("Keys", "Copy"), _Standard.Copy),
    Shortcut("paste", "Ctrl+V", Scope.FIELD, marked("Keys", "Paste"), _Standard.Paste),
    Shortcut(
        "select_text", "Ctrl+A", Scope.FIELD, marked("Keys", "Select the whole text"), _Standard.SelectAll
    ),
)
ALL: Final = {shortcut.name: shortcut for shortcut in _ALL}
"""Every key by its name."""


def sequence(name: str) -> QKeySequence:
    """Return a key on this platform. Raises KeyError."""
    return ALL[name].sequence()


def key_text(name: str) -> str:
    """Return a key as the platform writes it."""
    return ALL[name].sequence().toString(QKeySequence.SequenceFormat.NativeText)

"""The sign in the system's tray, and the system's own notifications: one for each alarm that is news."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QSystemTrayIcon

from desktop.model.notices import Notice, NoticeLevel
from desktop.qt.notice_texts import ALARM, notice_text
from desktop.qt.texts import translate
from desktop.qt.tools import Tools

_SHOWN_FOR_MS: Final = 15_000
NAME: Final = "AI-Admin"
_Sign = QSystemTrayIcon.MessageIcon


class Tray(QObject):
    """Tells of alarms while the window is not looked at: the notices decide what is told, so it is one a cause.

    Where the system has no tray there is none, and the notices in the window are all.
    """

    opened = Signal()
    """Somebody clicked the sign or a notification."""

    def __init__(
        self,
        tools: Tools,
        icon: QIcon,
        is_looked_at: Callable[[], bool],
        *,
        make: Callable[[QIcon, QObject], QSystemTrayIcon] = QSystemTrayIcon,
        is_available: Callable[[], bool] = QSystemTrayIcon.isSystemTrayAvailable,
    ) -> None:
        super().__init__()
        self._models = tools.console.models
        self._is_looked_at = is_looked_at
        self.sign = make(icon, self) if is_available() else None
        self._watches = [
            self._models.notices.added.connect(self._on_notice_added),
            self._models.alarms.changed.connect(self._show_count),
            self._models.preferences.changed.connect(lambda _: self._show_count()),
        ]
        if self.sign is not None:
            self.sign.activated.connect(lambda _: self.opened.emit())
            self.sign.messageClicked.connect(self.opened)
            self.sign.show()
        self._show_count()

    def release(self) -> None:
        """Hear of no model any more and take the sign away."""
        for disconnect in self._watches:
            disconnect()
        self._watches.clear()
        if self.sign is not None:
            self.sign.hide()

    def _on_notice_added(self, notice: Notice) -> None:
        if self.sign is None or notice.key != ALARM or self._is_looked_at():
            return
        kind = _Sign.Critical if notice.level is NoticeLevel.ERROR else _Sign.Warning
        self.sign.showMessage(NAME, notice_text(notice), kind, _SHOWN_FOR_MS)

    def _show_count(self) -> None:
        if self.sign is not None:
            waiting = self._models.alarms.waiting
            said = translate("Tray", "%n alarms wait for somebody", "", waiting) if waiting else ""
            self.sign.setToolTip(" · ".join(filter(None, (NAME, said))))

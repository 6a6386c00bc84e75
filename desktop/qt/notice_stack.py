"""Notices in the lower right corner: they take no focus, and what went well leaves by itself."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.model.notices import Notice, NoticeLevel
from desktop.qt.notice_texts import ALARM, notice_text
from desktop.qt.texts import translate
from desktop.qt.tools import Tools
from desktop.qt.view import View
from desktop.qt.widgets.banner import Banner
from desktop.qt.widgets.basics import Tone

_SHOWN_FOR_MS: Final = {NoticeLevel.INFO: 8_000, NoticeLevel.DONE: 5_000, NoticeLevel.WARNING: 15_000}
"""Errors stay until a person puts them away."""
_TONES: Final[dict[NoticeLevel, Tone]] = {
    NoticeLevel.INFO: "info",
    NoticeLevel.DONE: "ok",
    NoticeLevel.WARNING: "warn",
    NoticeLevel.ERROR: "bad",
}
_MOST: Final = 4
_WIDTH: Final = 420


class NoticeStack(View):
    """The newest notices, over the window's corner."""

    alarms_wanted = Signal()
    """Somebody wants to see what a notice tells of."""

    def __init__(self, tools: Tools, over: QWidget) -> None:
        super().__init__(tools, over)
        self.setProperty("role", "overlay")
        self._over = over
        self._banners: dict[int, Banner] = {}
        self._texts: dict[int, Notice] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        notices = tools.console.models.notices
        self.watch(notices.added, self._on_added)
        self.watch(notices.removed, self._on_removed)
        over.installEventFilter(self)
        for notice in notices.rows:
            self._on_added(notice)
        self._place()

    def release(self) -> None:
        """Hear of no model and of no window any more."""
        super().release()
        self._over.removeEventFilter(self)

    def retranslate(self) -> None:
        """Set every text anew, in the present language."""
        for key, banner in self._banners.items():
            self._say(banner, self._texts[key])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when the window changes its size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def banners(self) -> list[Banner]:
        """Return what is shown, the oldest first."""
        return list(self._banners.values())

    def _on_added(self, notice: Notice) -> None:
        notices = self.tools.console.models.notices
        banner = Banner(self.tools.icons, _TONES[notice.level], is_closable=True, parent=self)
        banner.closed.connect(lambda: notices.remove(notice.id))
        banner.acted.connect(self.alarms_wanted)
        self._banners[notice.id], self._texts[notice.id] = banner, notice
        self._say(banner, notice)
        self._layout.addWidget(banner)
        banner.show()
        shown_for_ms = _SHOWN_FOR_MS.get(notice.level)
        if shown_for_ms is not None:
            timer = QTimer(banner, singleShot=True, interval=shown_for_ms)
            timer.timeout.connect(lambda: notices.remove(notice.id))
            timer.start()
        while len(self._banners) > _MOST:
            notices.remove(next(iter(self._banners)))
        self._place()

    def _on_removed(self, notice: Notice) -> None:
        banner = self._banners.pop(notice.id, None)
        self._texts.pop(notice.id, None)
        if banner is not None:
            self._layout.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
            self._place()

    def _say(self, banner: Banner, notice: Notice) -> None:
        banner.set_text(notice_text(notice))
        banner.setToolTip(notice.detail)
        banner.set_action(translate("Notices", "Show") if notice.key == ALARM else "")
        banner.set_close_name(translate("Notices", "Put away"))

    def _place(self) -> None:
        self.setVisible(bool(self._banners))
        if not self._banners:
            return
        room = self._over.rect()
        width = min(self.tools.theme.px(_WIDTH), room.width() - 32)
        self._layout.activate()
        height = sum(banner.heightForWidth(width) for banner in self._banners.values())
        height += self._layout.spacing() * (len(self._banners) - 1)
        self.setGeometry(room.width() - width - 16, room.height() - height - 16, width, height)
        self.raise_()

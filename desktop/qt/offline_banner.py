"""What is said while there is no connection, and the button that tries at once."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.model.connection import Connection, ConnectionState
from desktop.qt.texts import age_text, here_text, translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import trouble_text
from desktop.qt.view import View
from desktop.qt.widgets.banner import Banner


class OfflineBanner(View):
    """Shown while the connection is being made again, or was refused."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.banner = Banner(tools.icons, "warn")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 0)
        layout.addWidget(self.banner)
        self.watch(tools.console.models.connection.changed, self.refresh)
        self.banner.acted.connect(self._on_acted)
        tools.ticker.second_passed.connect(self._on_second_passed)
        self.retranslate()

    def release(self) -> None:
        """Hear of no model and no clock any more."""
        super().release()
        self.tools.ticker.second_passed.disconnect(self._on_second_passed)

    def retranslate(self) -> None:
        """Set every text anew, in the present language."""
        self.banner.set_action(translate("Offline", "Try again now"))
        self.refresh()

    def refresh(self) -> None:
        """Show what the models hold."""
        connection = self.tools.console.models.connection
        is_shown = connection.state in (ConnectionState.RECONNECTING, ConnectionState.REFUSED) or (
            connection.state is ConnectionState.CONNECTING and connection.problem is not None
        )
        self.setVisible(is_shown)
        if is_shown:
            self.banner.set_tone("bad" if connection.state is ConnectionState.REFUSED else "warn")
            self.banner.set_text(self._text(connection))

    def _text(self, connection: Connection) -> str:
        parts: list[str] = []
        if connection.problem is not None:
            parts.append(trouble_text(connection.problem))
        else:
            parts.append(translate("Offline", "The connection to the gateway is lost."))
        if connection.last_live_at is not None:
            time = here_text(connection.last_live_at, self.tools.ticker.now()).text
            parts.append(translate("Offline", "What you see is as of {time}.").format(time=time))
        if connection.next_try_at is not None:
            left_s = -self.tools.ticker.local_age_s(connection.next_try_at)
            if left_s > 0:
                parts.append(translate("Offline", "Next try in {time}.").format(time=age_text(left_s + 0.99)))
        return " ".join(parts)

    def _on_acted(self) -> None:
        self.run(self.tools.console.reconnect_now)

    def _on_second_passed(self) -> None:
        if not self.isHidden():
            self.refresh()

"""The strip at the top: which environment this is, whether it is locked, how the connection is, who is signed in."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.model.connection import ConnectionState
from desktop.model.profiles import ProfileKind
from desktop.qt import shortcuts
from desktop.qt.texts import duration_text, here_text, isolate, marked, role_word, translate
from desktop.qt.theme import KIND_COLOURS
from desktop.qt.tools import Tools
from desktop.qt.view import View
from desktop.qt.widgets.basics import ElidedLabel, button, flowing, label, name_it, row, set_look
from desktop.qt.widgets.state_word import StateWord

_KINDS: Final = {
    ProfileKind.DEMO: marked("Strip", "DEMO"),
    ProfileKind.STAGING: marked("Strip", "STAGING"),
    ProfileKind.PRODUCTION: marked("Strip", "PRODUCTION"),
}
_KIND_ICONS: Final = {
    ProfileKind.DEMO: "play",
    ProfileKind.STAGING: "terminal",
    ProfileKind.PRODUCTION: "storefront",
}
_STATES: Final = {
    ConnectionState.OFFLINE: ("offline", "text-quiet", marked("Strip", "not connected")),
    ConnectionState.CONNECTING: ("refresh", "info", marked("Strip", "connecting…")),
    ConnectionState.LIVE: ("live", "ok", marked("Strip", "live")),
    ConnectionState.RECONNECTING: ("refresh", "warn", marked("Strip", "connection lost")),
    ConnectionState.REFUSED: ("cross-circle", "bad", marked("Strip", "refused")),
}


class EnvironmentStrip(View):
    """Colour, word and icon of the environment, the lock, quick search, the connection's light, the person."""

    find_wanted = Signal()
    """Somebody wants to find a salon or an action."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.kind = StateWord(tools.icons, "strong")
        self.profile = ElidedLabel("quiet")
        self.lock_state = StateWord(tools.icons)
        self.lock = button()
        self.finder = button()
        tools.icons.dress(self.finder, "search", "text-quiet")
        self.light = StateWord(tools.icons)
        self.stamp = label("note")
        self.person_icon = QLabel()
        self.person = ElidedLabel()
        tools.icons.dress(self.person_icon, "person", "text-quiet")
        self._frame = QFrame()
        self._frame.setProperty("role", "strip")
        self._build()
        models = tools.console.models
        self.watch(models.connection.changed, self.refresh)
        self.watch(models.safety.changed, self.refresh)
        self.lock.clicked.connect(self._on_lock_clicked)
        self.finder.clicked.connect(lambda: self.find_wanted.emit())
        tools.ticker.second_passed.connect(self._on_second_passed)
        self.retranslate()

    def release(self) -> None:
        """Hear of no model and no clock any more."""
        super().release()
        self.tools.ticker.second_passed.disconnect(self._on_second_passed)

    def retranslate(self) -> None:
        """Set every text anew, in the present language."""
        self.finder.setText(translate("Strip", "Find  {key}").format(key=shortcuts.key_text("palette")))
        name_it(
            self.finder,
            translate("Strip", "Find a salon or an action"),
            translate(
                "Strip",
                "A salon by name, city, number, end of the phone or support code; an admin:// link; or anything to do",
            ),
        )
        self.refresh()

    def refresh(self) -> None:
        """Show what the models hold."""
        models = self.tools.console.models
        connection, safety = models.connection, models.safety
        kind = connection.profile.kind if connection.profile else safety.kind
        colour = KIND_COLOURS[kind]
        set_look(self._frame, tone=colour if connection.profile else "")
        self.kind.setVisible(connection.profile is not None)
        self.kind.set_state(_KIND_ICONS[kind], colour, translate("Strip", _KINDS[kind]))
        self.profile.setText(isolate(connection.profile.name) if connection.profile else "")
        self.profile.setVisible(connection.profile is not None)
        self.profile.set_tooltip(connection.profile.url if connection.profile else "")
        self._show_lock()
        self._show_light()
        welcome = connection.welcome
        self.person.setVisible(welcome is not None)
        self.person_icon.setVisible(welcome is not None)
        if welcome is not None:
            self.person.setText(f"{isolate(welcome.staff.name)} · {role_word(welcome.staff.role)}")

    def _build(self) -> None:
        self.tools.theme.fit(self.finder, max_width=360)
        self.finder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.profile.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.person.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        who = QWidget()
        who.setLayout(row(self.person_icon, self.person))
        parts = (
            self.kind, self.profile, self.lock_state, self.lock, self.finder, self.light, self.stamp,
            who,
        )  # fmt: skip
        line = QVBoxLayout(self._frame)
        line.setContentsMargins(16, 6, 16, 6)
        line.addLayout(flowing(*parts))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._frame)

    def _show_lock(self) -> None:
        models = self.tools.console.models
        safety = models.safety
        is_production = models.connection.profile is not None and safety.kind is ProfileKind.PRODUCTION
        self.lock.setVisible(is_production)
        self.lock_state.setVisible(is_production)
        if not is_production:
            return
        if safety.is_locked:
            self.lock_state.set_state("lock", "text", translate("Strip", "read-only"))
            self.lock.setText(translate("Strip", "Unlock"))
            name_it(
                self.lock,
                translate("Strip", "Unlock production for 15 minutes"),
                translate(
                    "Strip", "Commands to production are let through for 15 minutes, then it locks by itself."
                ),
            )
        else:
            left = duration_text(safety.remaining_s())
            self.lock_state.set_state(
                "unlock", "bad", translate("Strip", "unlocked, {time} left").format(time=left)
            )
            self.lock.setText(translate("Strip", "Lock"))
            name_it(self.lock, translate("Strip", "Lock production now"))

    def _show_light(self) -> None:
        connection = self.tools.console.models.connection
        icon, colour, word = _STATES[connection.state]
        self.light.set_state(icon, colour, translate("Strip", word))
        stale = connection.last_live_at if not connection.is_live else None
        self.stamp.setVisible(stale is not None)
        if stale is not None:
            when = here_text(stale, self.tools.ticker.now())
            self.stamp.setText(translate("Strip", "data as of {time}").format(time=when.text))
            self.stamp.setToolTip(when.tooltip)

    def _on_lock_clicked(self) -> None:
        safety = self.tools.console.models.safety
        if safety.is_locked:
            safety.unlock()
        else:
            safety.lock()

    def _on_second_passed(self) -> None:
        safety = self.tools.console.models.safety
        if safety.unlocked_until is not None:
            safety.tick()
            self._show_lock()

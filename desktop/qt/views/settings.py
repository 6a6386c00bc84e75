"""Settings: which gateways there are, and how the console looks and speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.model.preferences import DENSITIES, FONT_SCALES, LANGUAGES, THEMES
from desktop.model.problem import Trouble
from desktop.model.profiles import Profile
from desktop.qt.texts import LANGUAGE_NAMES, isolate, marked, translate
from desktop.qt.theme import KIND_COLOURS
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.connect_form import ConnectForm, kind_word
from desktop.qt.views.link_card import LinkCard
from desktop.qt.views.permits import permit
from desktop.qt.widgets.banner import Banner
from desktop.qt.widgets.basics import Card, button, flowing, label, name_it, row, scrolled, tool_button
from desktop.qt.widgets.state_word import StateWord
from desktop.services.link_scheme import LinkScheme

_UNDO_MS: Final = 10_000
_WIDEST: Final = 760
_LABELS: Final = 126
"""As wide as those of the form above, so that all fields begin in one line."""
_HALF_HOURS: Final = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)]
_THEME_WORDS: Final = {
    "system": marked("Settings", "As the system"),
    "light": marked("Settings", "Light"),
    "dark": marked("Settings", "Dark"),
}
_DENSITY_WORDS: Final = {
    "comfortable": marked("Settings", "Comfortable"),
    "compact": marked("Settings", "Compact"),
}


class ProfileRow(QWidget):
    """One gateway: connect, change, forget."""

    connect_wanted = Signal(object)
    edit_wanted = Signal(object)
    removal_wanted = Signal(object)

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self.profile: Profile | None = None
        self.kind = StateWord(tools.icons, "strong")
        self.kind.word.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.kind.word.setWordWrap(True)
        self.address = label("quiet", is_wrapped=True, is_selectable=True)
        self.address.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.connect_to = button()
        self.edit, self.remove = tool_button(), tool_button()
        tools.icons.dress(self.edit, "settings")
        tools.icons.dress(self.remove, "trash")
        self.connect_to.clicked.connect(lambda: self.connect_wanted.emit(self.profile))
        self.edit.clicked.connect(lambda: self.edit_wanted.emit(self.profile))
        self.remove.clicked.connect(lambda: self.removal_wanted.emit(self.profile))
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self.kind)
        texts.addWidget(self.address)
        line = row(texts, self.connect_to, self.edit, self.remove)
        line.setStretch(0, 1)
        self.setLayout(line)

    def show_profile(self, profile: Profile, *, is_current: bool, is_busy: bool) -> None:
        """Show a gateway, and whether it is the one we are connected to."""
        self.profile = profile
        name = isolate(profile.name)
        self.kind.set_state("stage-active", KIND_COLOURS[profile.kind], f"{name} · {kind_word(profile.kind)}")
        self.address.setText(profile.url)
        self.connect_to.setText(
            translate("Settings", "Connected") if is_current else translate("Settings", "Connect")
        )
        self.connect_to.setAccessibleName(translate("Settings", "Connect to {name}").format(name=name))
        busy = translate("Connect", "Waiting for the gateway…") if is_busy else None
        here = translate("Settings", "This is where we are.") if is_current else None
        permit(self.connect_to, here or busy)
        name_it(self.edit, translate("Settings", "Change {name}").format(name=name))
        name_it(self.remove, translate("Settings", "Forget {name}").format(name=name))


class SettingsView(View):
    """Gateways, language, looks. Everything takes effect at once; what was forgotten can be taken back."""

    connected = Signal(object)

    def __init__(self, tools: Tools, scheme: LinkScheme | None = None, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._models = tools.console.models
        self.links = LinkCard(tools, scheme)
        self._rows: list[ProfileRow] = []
        self._forgotten: Profile | None = None
        self._is_form_open = False
        self._asking = Asking(self, self.refresh, self._show_trouble)
        self._undo_over = QTimer(self, singleShot=True, interval=_UNDO_MS)
        self._undo_over.timeout.connect(self._forget_for_good)
        self.title = label("title")
        self.gateways, self.looks = Card(), Card()
        self.welcome = label("quiet", is_wrapped=True)
        self.trouble = TroubleBanner(tools.icons)
        self.done, self.undo = Banner(tools.icons, "ok", is_closable=True), Banner(tools.icons, "info")
        self.form = ConnectForm(tools)
        self.add, self.import_file, self.export_file = button(), button("link"), button("link")
        self.language, self.theme, self.density, self.scale = (QComboBox() for _ in range(4))
        self.hides_qr = QCheckBox()
        self.is_quiet, self.quiet_from, self.quiet_to = QCheckBox(), QComboBox(), QComboBox()
        self.quiet_hint, self.quiet_dash = label("quiet", is_wrapped=True), label("quiet")
        self.quiet_dash.setText("–")
        self._look_labels = [label() for _ in range(4)]
        self._build()
        self._connect()
        self.retranslate()

    def open_form(self, profile: Profile | None = None) -> None:
        """Add a gateway, or change one."""
        self._is_form_open = True
        self.form.show()
        self.form.begin(profile, is_first=not self._models.profiles.rows)
        self.refresh()

    def release(self) -> None:
        """Carry out what could still be taken back, then go."""
        if self._undo_over.isActive():
            self._forget_for_good()
        self.form.release()
        self.links.release()
        super().release()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.title.setText(translate("Settings", "Settings"))
        self.gateways.set_heading(translate("Settings", "Gateways"))
        self.looks.set_heading(translate("Settings", "Language and looks"))
        self.welcome.setText(
            translate(
                "Settings",
                "The console shows what a gateway knows. Its address and your personal token are enough to begin.",
            )
        )
        self.add.setText(translate("Settings", "Add a gateway"))
        self.import_file.setText(translate("Settings", "Import…"))
        self.export_file.setText(translate("Settings", "Export without tokens…"))
        self.hides_qr.setText(translate("Settings", "Hide QR codes until I ask to see them"))
        self.is_quiet.setText(translate("Settings", "Quiet hours"))
        self.quiet_hint.setText(
            translate(
                "Settings",
                "Between these hours only urgent alarms are told: salons cannot connect, or data is at risk. The "
                "others are in the view “Alarms”, and are told once the hours are over.",
            )
        )
        name_it(self.quiet_from, translate("Settings", "Quiet from"))
        name_it(self.quiet_to, translate("Settings", "Quiet to"))
        for field, name in zip(
            (self.language, self.theme, self.density, self.scale),
            (
                translate("Settings", "Language"),
                translate("Settings", "Theme"),
                translate("Settings", "Density"),
                translate("Settings", "Text size"),
            ),
            strict=True,
        ):
            self._look_labels[self._look_fields.index(field)].setText(name)
            field.setAccessibleName(name)
        self._fill_choices()
        self.trouble.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show the gateways there are."""
        rows, connection = self._models.profiles.rows, self._models.connection
        current = connection.profile.id if connection.profile and connection.is_live else None
        while len(self._rows) < len(rows):
            self._add_row()
        while len(self._rows) > len(rows):
            gone = self._rows.pop()
            self._profile_lines.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for line, profile in zip(self._rows, rows, strict=True):
            line.show_profile(
                profile, is_current=profile.id == current, is_busy=self._asking.is_busy("connect")
            )
        self.welcome.setVisible(not rows)
        is_form_shown = self._is_form_open or not rows
        if is_form_shown and self.form.isHidden():
            self.form.begin(is_first=not rows)
        self.form.setVisible(is_form_shown)
        self.add.setVisible(not is_form_shown)
        self.export_file.setVisible(bool(rows))

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        self.tools.icons.dress(self.add, "plus")
        self._profile_lines = QVBoxLayout()
        self._profile_lines.setSpacing(12)
        body = self.gateways.body
        body.addWidget(self.welcome)
        body.addLayout(self._profile_lines)
        for part in (self.undo, self.trouble, self.done, self.form):
            body.addWidget(part)
        body.addLayout(flowing(self.add, None, self.import_file, self.export_file))
        self.form.hide()
        self.undo.hide()
        self.done.hide()
        grid = QFormLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        self._look_fields = (self.language, self.theme, self.density, self.scale)
        for name, field in zip(self._look_labels, self._look_fields, strict=True):
            self.tools.theme.fit(field, min_width=200)
            name.setBuddy(field)
            self.tools.theme.fit(name, min_width=_LABELS)
            grid.addRow(name, field)
        self.looks.body.addLayout(grid)
        self.looks.body.addWidget(self.hides_qr)
        self.looks.body.addLayout(flowing(self.is_quiet, self.quiet_from, self.quiet_dash, self.quiet_to))
        self.looks.body.addWidget(self.quiet_hint)
        for edge, usual in ((self.quiet_from, "22:00"), (self.quiet_to, "08:00")):
            edge.addItems(_HALF_HOURS)
            edge.setCurrentText(usual)
        inside = QWidget()
        inside.setProperty("role", "scrolled")
        self.tools.theme.fit(inside, max_width=_WIDEST)
        lines = QVBoxLayout(inside)
        lines.setContentsMargins(0, 0, 4, 0)
        lines.setSpacing(16)
        lines.addWidget(self.gateways)
        lines.addWidget(self.looks)
        lines.addWidget(self.links)
        lines.addStretch(1)
        scroll = scrolled(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.title)
        layout.addWidget(scroll, 1)

    def _connect(self) -> None:
        self.watch(self._models.profiles.changed, self.refresh)
        self.watch(self._models.connection.changed, self._on_connection_changed)
        self.watch(self._models.preferences.changed, lambda name: self._show_choices())
        self.add.clicked.connect(lambda: self.open_form())
        self.import_file.clicked.connect(self._choose_import)
        self.export_file.clicked.connect(self._choose_export)
        self.undo.acted.connect(self._take_back)
        self.done.closed.connect(self.done.hide)
        self.form.saved.connect(lambda _: self._close_form())
        self.form.connected.connect(self.connected)
        self.form.cancelled.connect(self._close_form)
        for field, name in zip(
            self._look_fields, ("language", "theme", "density", "font_scale"), strict=True
        ):
            field.activated.connect(lambda _, field=field, name=name: self._choose(name, field.currentData()))
        self.is_quiet.clicked.connect(lambda _: self._choose_quiet_hours())
        for edge in (self.quiet_from, self.quiet_to):
            edge.activated.connect(lambda _: self._choose_quiet_hours())
        self.hides_qr.clicked.connect(lambda is_on: self._choose("hides_qr_until_asked", is_on))

    def _add_row(self) -> None:
        made = ProfileRow(self.tools)
        made.connect_wanted.connect(self.connect_to)
        made.edit_wanted.connect(self.open_form)
        made.removal_wanted.connect(self._remove)
        self._profile_lines.addWidget(made)
        self._rows.append(made)

    @property
    def rows(self) -> list[ProfileRow]:
        """The gateways shown."""
        return self._rows

    # --------------------------------------------------------------------------------------------- what is shown

    def _fill_choices(self) -> None:
        choices = (
            (self.language, [(LANGUAGE_NAMES[code], code) for code in LANGUAGES]),
            (self.theme, [(translate("Settings", _THEME_WORDS[name]), name) for name in THEMES]),
            (self.density, [(translate("Settings", _DENSITY_WORDS[name]), name) for name in DENSITIES]),
            (self.scale, [(f"{round(scale * 100)} %", scale) for scale in FONT_SCALES]),
        )
        for field, options in choices:
            with QSignalBlocker(field):
                field.clear()
                for text, value in options:
                    field.addItem(text, value)
        self._show_choices()

    def _show_choices(self) -> None:
        preferences = self._models.preferences
        for field, value in (
            (self.language, preferences.language), (self.theme, preferences.theme),
            (self.density, preferences.density), (self.scale, preferences.font_scale),
        ):  # fmt: skip
            with QSignalBlocker(field):
                field.setCurrentIndex(max(0, field.findData(value)))
        self.hides_qr.setChecked(preferences.hides_qr_until_asked)
        quiet = preferences.quiet_hours
        self.is_quiet.setChecked(quiet is not None)
        if quiet is not None:
            for edge, moment in ((self.quiet_from, quiet.begins), (self.quiet_to, quiet.ends)):
                edge.setCurrentText(f"{moment:%H:%M}")
        for edge in (self.quiet_from, self.quiet_to):
            edge.setEnabled(quiet is not None)

    # ---------------------------------------------------------------------------------------------- what is asked

    def connect_to(self, profile: Profile) -> None:
        """Connect to a gateway with the token that is remembered for it."""
        self._asking.ask(
            "connect", self.tools.console.connect, profile, done=lambda _: self.connected.emit(profile)
        )

    def _choose(self, name: str, value: object) -> None:
        changes: dict[str, Any] = {name: value}
        self.run(self.tools.console.update_preferences, **changes)

    def _choose_quiet_hours(self) -> None:
        begins, ends = (edge.currentText() for edge in (self.quiet_from, self.quiet_to))
        self._choose("quiet_hours", f"{begins}-{ends}" if self.is_quiet.isChecked() else "")

    def _close_form(self) -> None:
        self._is_form_open = False
        self.refresh()

    def _remove(self, profile: Profile) -> None:
        """Take a gateway off the list; it and its token are forgotten ten seconds later, unless taken back."""
        if self._forgotten is not None:
            self._forget_for_good()
        self._forgotten = profile
        told = translate("Settings", "{name} is forgotten in ten seconds, its token with it.")
        self.undo.set_text(told.format(name=isolate(profile.name)))
        self.undo.set_action(translate("Settings", "Take it back"))
        self.undo.show()
        self._undo_over.start()

    def _take_back(self) -> None:
        self._undo_over.stop()
        self._forgotten = None
        self.undo.hide()

    def _forget_for_good(self) -> None:
        forgotten, self._forgotten = self._forgotten, None
        self._undo_over.stop()
        self.undo.hide()
        if forgotten is not None:
            self.run(self.tools.console.remove_profile, forgotten.id)

    def _choose_import(self) -> None:
        dialog = self._file_dialog(QFileDialog.AcceptMode.AcceptOpen)
        dialog.fileSelected.connect(self.import_from)
        dialog.open()

    def _choose_export(self) -> None:
        dialog = self._file_dialog(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.fileSelected.connect(self.export_to)
        dialog.open()

    def _file_dialog(self, mode: QFileDialog.AcceptMode) -> QFileDialog:
        dialog = QFileDialog(self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(mode)
        dialog.setOption(QFileDialog.Option.ReadOnly)  # nothing is renamed or deleted on the way
        dialog.setNameFilters([translate("Settings", "Gateways (*.json)")])
        return dialog

    def import_from(self, path: str) -> None:
        """Add the gateways of a file."""
        self._asking.ask("file", self.tools.console.import_profiles, Path(path), done=self._on_imported)

    def export_to(self, path: str) -> None:
        """Write the gateways to a file; no token is in it."""
        self._asking.ask("file", self.tools.console.export_profiles, Path(path), done=self._on_exported)

    def _on_imported(self, count: int) -> None:
        self._tell(translate("Settings", "%n gateways were added; each still needs your token.", "", count))

    def _on_exported(self, count: int) -> None:
        self._tell(translate("Settings", "%n gateways were written, without tokens.", "", count))

    def _tell(self, text: str) -> None:
        self.done.set_text(text)
        self.done.set_close_name(translate("Settings", "Put this away"))
        self.done.show()

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)
        if trouble is not None:
            self.done.hide()

    def _on_connection_changed(self) -> None:
        self.refresh()

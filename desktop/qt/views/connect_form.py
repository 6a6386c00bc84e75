"""The form that leads to a gateway: address, personal token, what is at stake there. It never loses what was typed."""

from __future__ import annotations

import uuid
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.model.problem import Trouble
from desktop.model.profiles import Profile, ProfileKind
from desktop.qt.texts import isolate, marked, number_text, role_word, translate
from desktop.qt.theme import KIND_COLOURS
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit
from desktop.qt.widgets.banner import Banner
from desktop.qt.widgets.basics import button, flowing, label, name_it, row, set_look, tool_button
from desktop.services.console import ConnectionTest, SavedProfile

_LEAST_LETTERS: Final = 16
_KINDS: Final = {
    ProfileKind.PRODUCTION: marked("Connect", "Production: opens read-only"),
    ProfileKind.STAGING: marked("Connect", "Staging"),
    ProfileKind.DEMO: marked("Connect", "Demo: nothing is real"),
}


def kind_word(kind: ProfileKind) -> str:
    """Return what is at stake at a gateway, in a word or two."""
    return translate("Connect", _KINDS[kind])


class ConnectForm(View):
    """Makes a profile, or changes one. `saved` when it is kept, `connected` when it was asked to connect as well."""

    saved = Signal(object)
    connected = Signal(object)
    cancelled = Signal()

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self._profile_id: str | None = None
        self._pending: Profile | None = None
        self._asking = Asking(self, self._permit_all, self._show_trouble)
        self.name, self.url, self.token = QLineEdit(), QLineEdit(), QLineEdit()
        self.kind = QComboBox()
        self.kind.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.kind.setMinimumContentsLength(_LEAST_LETTERS)
        self.remember = QCheckBox()
        self.show_token = tool_button()
        self.trouble, self.good = TroubleBanner(tools.icons), Banner(tools.icons, "ok")
        self.test, self.save, self.connect_now, self.cancel = (
            button(),
            button(),
            button("primary"),
            button("link"),
        )
        self._labels = {name: label() for name in ("url", "token", "name", "kind")}
        self.token_hint = label("note", is_wrapped=True)
        self._build()
        self.watch(tools.console.models.connection.changed, self._on_connection_changed)
        self.retranslate()

    def begin(self, profile: Profile | None = None, *, is_first: bool = False) -> None:
        """Make a new profile, or change one. The token field is empty: an empty one keeps the token that is kept."""
        self._profile_id = profile.id if profile else None
        self._pending = None
        for field, text in (
            (self.name, profile.name if profile else ""), (self.url, profile.url if profile else ""), (self.token, ""),
        ):  # fmt: skip
            field.setText(text)
        self.kind.setCurrentIndex(self.kind.findData(profile.kind if profile else ProfileKind.PRODUCTION))
        self.remember.setChecked(True)
        self.cancel.setVisible(not is_first)
        self.trouble.show_trouble(None)
        self.good.hide()
        self.retranslate()
        self.url.setFocus()

    def retranslate(self) -> None:
        """Set every text anew."""
        for name, text, field in (
            ("url", translate("Connect", "Address of the gateway"), self.url),
            ("token", translate("Connect", "Your personal token"), self.token),
            ("name", translate("Connect", "Name, to know it by"), self.name),
            ("kind", translate("Connect", "What is at stake there"), self.kind),
        ):
            self._labels[name].setText(text)
            self._labels[name].setBuddy(field)
            field.setAccessibleName(text.replace("&", ""))
        self.url.setPlaceholderText("https://bot.example.ru")
        self.name.setPlaceholderText(translate("Connect", "Our gateway"))
        hint = (
            translate("Connect", "Leave it empty to keep the token that is remembered.")
            if self._profile_id
            else translate("Connect", "An administrator of the gateway makes it: python -m gateway staff add")
        )
        self.token_hint.setText(hint)
        self.remember.setText(translate("Connect", "Remember the token in this computer's keychain"))
        self.remember.setToolTip(self.remember.text().replace("&", ""))
        self._name_eye()
        at = self.kind.currentData()
        with QSignalBlocker(self.kind):
            for number, kind in enumerate(_KINDS):
                self.kind.setItemText(number, kind_word(kind))
            self.kind.setCurrentIndex(max(0, self.kind.findData(at)))
        self.test.setText(translate("Connect", "Test"))
        self.save.setText(translate("Connect", "Save"))
        self.connect_now.setText(translate("Connect", "Save and connect"))
        self.cancel.setText(translate("Connect", "Cancel"))
        self.trouble.retranslate()
        self._permit_all()

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        icons = self.tools.icons
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.token.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self.show_token.setCheckable(True)
        icons.dress(self.show_token, "eye")
        self.show_token.toggled.connect(self._on_show_token_toggled)
        for kind in _KINDS:
            self.kind.addItem("", kind)
        self.tools.theme.changed.connect(self._colour_kinds)
        self._colour_kinds()
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        with_eye = QWidget()
        with_eye.setLayout(row(self.token, self.show_token, spacing=4))
        for at, (name, field) in enumerate(
            (("url", self.url), ("token", with_eye), ("hint", self.token_hint),
             ("name", self.name), ("kind", self.kind), ("remember", self.remember))
        ):  # fmt: skip
            if name in self._labels:
                grid.addWidget(self._labels[name], at, 0)
            begins = 0 if field is self.remember else 1  # the longest line of all
            grid.addWidget(field, at, begins, 1, 2 - begins)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(grid)
        layout.addWidget(self.trouble)
        layout.addWidget(self.good)
        layout.addLayout(flowing(self.connect_now, self.save, self.test, self.cancel))
        self.good.hide()
        for field in (self.name, self.url, self.token):
            field.textChanged.connect(self._on_edited)
            field.returnPressed.connect(self._on_return_pressed)
        self.test.clicked.connect(self._test)
        self.save.clicked.connect(lambda: self._save(connects=False))
        self.connect_now.clicked.connect(lambda: self._save(connects=True))
        self.cancel.clicked.connect(self._on_cancel_clicked)

    # --------------------------------------------------------------------------------------------- what is shown

    def _permit_all(self) -> None:
        missing = None
        if not self.url.text().strip():
            missing = translate("Connect", "Type the gateway's address first.")
        elif not self.token.text().strip() and self._profile_id is None:
            missing = translate("Connect", "Paste your personal token first.")
        busy = translate("Connect", "Waiting for the gateway…") if self._is_busy() else None
        no_token = None if self.token.text().strip() else translate("Connect", "Paste the token to test it.")
        permit(self.connect_now, busy or missing)
        permit(self.save, busy or missing)
        permit(self.test, busy or missing or no_token)
        if busy:
            self.good.hide()

    def _is_busy(self) -> bool:
        return any(self._asking.is_busy(name) for name in ("test", "save", "connect"))

    def _on_edited(self) -> None:
        self.good.hide()
        set_look(self.url, problem="false")
        set_look(self.token, problem="false")
        self._permit_all()

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)
        if trouble is not None:
            self.good.hide()
            is_token = trouble.code.startswith("staff_token")
            set_look(self.token if is_token else self.url, problem="true")
            (self.token if is_token else self.url).setFocus()

    def _on_show_token_toggled(self, is_shown: bool) -> None:
        self.token.setEchoMode(QLineEdit.EchoMode.Normal if is_shown else QLineEdit.EchoMode.Password)
        self._name_eye()

    def _name_eye(self) -> None:
        is_shown = self.show_token.isChecked()
        name_it(
            self.show_token,
            translate("Connect", "Hide the token") if is_shown else translate("Connect", "Show the token"),
        )

    # ---------------------------------------------------------------------------------------------- what is asked

    def profile(self) -> Profile:
        """Return the profile as it is typed; without a name the address is its name."""
        url = self.url.text().strip()
        return Profile(
            id=self._profile_id or uuid.uuid4().hex, name=self.name.text().strip() or url, url=url,
            kind=ProfileKind(self.kind.currentData()),
        )  # fmt: skip

    def _on_return_pressed(self) -> None:
        if self.connect_now.isEnabled():
            self._save(connects=True)

    def _test(self) -> None:
        self._asking.ask(
            "test", self.tools.console.test_connection, self.url.text().strip(), self.token.text().strip(),
            done=self._on_tested,
        )  # fmt: skip

    def _on_tested(self, test: ConnectionTest) -> None:
        staff = test.welcome.staff
        told = translate("Connect", "It works: {name}, {role}. The gateway ({version}) answers in {ms} ms.")
        self.good.set_text(
            told.format(
                name=isolate(staff.name), role=role_word(staff.role), version=test.welcome.gateway_version,
                ms=number_text(test.latency_ms),
            )
        )  # fmt: skip
        self.good.show()

    def _save(self, *, connects: bool) -> None:
        profile, token = self.profile(), self.token.text().strip() or None
        if connects:
            self._pending = profile
            self._asking.ask(
                "connect", self.tools.console.connect, profile, token, self.remember.isChecked(),
                done=lambda _: self._on_connection_changed(),
            )  # fmt: skip
        else:
            self._save_only(profile, token if self.remember.isChecked() else None, connects=False)

    def _save_only(self, profile: Profile, token: str | None, *, connects: bool) -> None:
        def finish(_: SavedProfile) -> None:
            self._profile_id = profile.id
            self.token.clear()
            self.saved.emit(profile)
            if connects:
                self.connected.emit(profile)

        self._asking.ask("save", self.tools.console.save_profile, profile, token, done=finish)

    def _on_connection_changed(self) -> None:
        """Follow the connection that was asked for: let in, it is saved; not there yet, it is said and tried again."""
        self._permit_all()
        connection, pending = self.tools.console.models.connection, self._pending
        if pending is None or connection.profile is None or connection.profile.id != pending.id:
            return
        if connection.is_live:
            self._pending = None
            self._save_only(pending, None, connects=True)
        elif connection.problem is not None and not self._is_busy():
            self._show_trouble(connection.problem)

    def _on_cancel_clicked(self) -> None:
        if self._pending is not None:
            self._pending = None
            self.run(self.tools.console.disconnect)
        self.cancelled.emit()

    def _colour_kinds(self) -> None:
        for number, kind in enumerate(_KINDS):
            self.kind.setItemIcon(number, self.tools.icons.icon("stage-active", KIND_COLOURS[kind]))

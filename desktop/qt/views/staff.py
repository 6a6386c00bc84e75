"""The members of staff: who they are, when they were here, until when their tokens are good; adding and revoking."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.model.problem import Trouble
from desktop.qt.dialogs.confirm import Question
from desktop.qt.secret_clipboard import SecretClipboard
from desktop.qt.texts import age_text, here_text, isolate, marked, role_word, translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.absence import explain_absence
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.basics import Card, ElidedLabel, button, flowing, label, scrolled
from desktop.qt.widgets.empty import EmptyState
from desktop.qt.widgets.state_word import StateWord
from shared.admin_wire import MAX_REASON_CHARS, StaffRow, StaffToken
from shared.vocabulary import StaffRole

_WIDEST: Final = 860
_SOON_S: Final = 7 * 86_400
_NAME_CHARS: Final = 100
_TERMS: Final = (7, 30, 90, 180, 365)
"""For how many days a token may be made here; the command line knows other terms."""
_USUAL_TERM: Final = 90
_ROLE_HINTS: Final = {
    StaffRole.VIEWER: marked("Staff", "sees everything but QR codes and the audit, changes nothing"),
    StaffRole.OPERATOR: marked("Staff", "repairs calls, links phones, pauses salons, sends links"),
    StaffRole.ADMIN: marked("Staff", "also disconnects salons, reads the audit, adds and revokes staff"),
}


class MemberCard(Card):
    """One member: name and role, whether they are here, until when the token is good, and the way to take it away."""

    revocation_wanted = Signal(object)

    def __init__(self, tools: Tools) -> None:
        super().__init__(margin=12, spacing=4)
        self._tools = tools
        self.member: StaffRow | None = None
        self.name = ElidedLabel("strong")
        self.role = label("quiet")
        self.state = StateWord(tools.icons)
        self.state.word.setWordWrap(True)
        self.state.word.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.meta = label("quiet", is_wrapped=True)
        self.meta.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.revoke = button("danger")
        head = flowing(self.name, None, self.role, self.revoke)
        self.body.addLayout(head)
        self.body.addWidget(self.state)
        self.body.addWidget(self.meta)
        self.revoke.clicked.connect(lambda: self.revocation_wanted.emit(self.member))

    def show_member(self, member: StaffRow, *, is_me: bool, refusal: str | None) -> None:
        """Show a member; one's own token cannot be taken away here."""
        self.member = member
        name = isolate(member.name)
        you = translate("Staff", "{name} (you)").format(name=name)
        self.name.setText(you if is_me else name)
        self.role.setText(role_word(member.role))
        self.revoke.setText(translate("Staff", "Take the token away…"))
        self.revoke.setAccessibleName(translate("Staff", "Take the token of {name} away").format(name=name))
        self.revoke.setVisible(member.revoked_at is None)
        mine = translate("Staff", "This is your own token. Another administrator can take it away.")
        hint = translate(
            "Staff", "The token stops working at once, and every open console of theirs is closed."
        )
        permit(self.revoke, mine if is_me else refusal, hint)
        self.show_times()

    def show_times(self) -> None:
        """Show how long ago and how soon things are."""
        member = self.member
        if member is None:
            return
        self.state.set_state(*self._state_of(member))
        self.meta.setText(" · ".join(self._meta_of(member)))
        self.meta.setToolTip("" if member.last_used_at is None else here_text(member.last_used_at).tooltip)
        self.setAccessibleName(
            f"{self.name.text()}, {self.role.text()}. {self.state.word.text()}. {self.meta.text()}"
        )

    def _state_of(self, member: StaffRow) -> tuple[str, str, str]:
        ticker = self._tools.ticker
        if member.revoked_at is not None:
            at = here_text(member.revoked_at, ticker.now_here()).text
            return (
                "stage-gone",
                "text-quiet",
                translate("Staff", "the token was taken away {time}").format(time=at),
            )
        if member.ends_at is not None and ticker.age_s(member.ends_at) >= 0:
            return (
                "clock",
                "bad",
                translate("Staff", "the token has run out: revoke it and add the member anew"),
            )
        if member.consoles:
            here = translate("Staff", "here now: %n consoles open", "", member.consoles)
            return "stage-active", "ok", here
        if member.last_used_at is None:
            return "stage-new", "text-quiet", translate("Staff", "has not been here yet")
        ago = age_text(ticker.age_s(member.last_used_at))
        return "stage-new", "text-quiet", translate("Staff", "was here {age} ago").format(age=ago)

    def _meta_of(self, member: StaffRow) -> list[str]:
        now = self._tools.ticker.now_here()
        parts = [translate("Staff", "added {time}").format(time=here_text(member.created_at, now).text)]
        if member.revoked_at is None and member.ends_at is not None:
            parts.append(self._end_text(member))
        return parts

    def _end_text(self, member: StaffRow) -> str:
        assert member.ends_at is not None
        left_s = -self._tools.ticker.age_s(member.ends_at)
        day = here_text(member.ends_at, self._tools.ticker.now_here()).text
        is_by_disuse = member.expires_at is None or member.ends_at < member.expires_at
        if is_by_disuse:
            return translate("Staff", "without use the token ends {time}").format(time=day)
        if 0 < left_s < _SOON_S:
            return translate("Staff", "⚠ the token ends soon: {time}").format(time=day)
        return translate("Staff", "the token is good until {time}").format(time=day)


class NewMember(Card):
    """The form that adds a member, and after it the token, shown once."""

    wanted = Signal(str, object, int, str)
    closed = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__(margin=16, spacing=8)
        self._tools = tools
        self._secrets = SecretClipboard(self)
        self._token = ""
        self.form, self.shown = QWidget(), QWidget()
        self.name, self.reason = QLineEdit(), QLineEdit()
        self.name.setMaxLength(_NAME_CHARS)
        self.reason.setMaxLength(MAX_REASON_CHARS)
        self.role, self.days = QComboBox(), QComboBox()
        self.hint = ElidedLabel("quiet")
        self._names = [label() for _ in range(4)]
        self.trouble = TroubleBanner(tools.icons)
        self.submit, self.cancel = button("primary"), button()
        self.told, self.token = label(is_wrapped=True), QLineEdit()
        self.token.setReadOnly(True)
        self.copy, self.done = button("primary"), button()
        self.copied = label("quiet", is_wrapped=True)
        self.copied.hide()
        tools.theme.fit(self.token, size="small", is_mono=True)
        self._build()

    @property
    def is_showing_token(self) -> bool:
        """Whether a token is on the screen."""
        return bool(self._token)

    def begin(self) -> None:
        """Start with empty fields."""
        self._forget()
        self.name.clear()
        self.reason.clear()
        self.role.setCurrentIndex(self.role.findData(StaffRole.OPERATOR))
        self.days.setCurrentIndex(_TERMS.index(_USUAL_TERM))
        self.trouble.show_trouble(None)
        self._show_part()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_token(self, made: StaffToken) -> None:
        """Show the token of whoever was added: this once."""
        self._token = made.token
        self.token.setText(made.token)
        self.token.setCursorPosition(0)
        told = translate(
            "Staff", "{name} is added. This is their token: it is shown this once and kept nowhere."
        )
        self.told.setText(told.format(name=isolate(made.staff.name)))
        self._show_part()
        self.copy.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_busy(self, is_busy: bool, refusal: str | None) -> None:
        """Show whether it may be asked for now."""
        busy = translate("Staff", "Being added…") if is_busy else None
        empty = None if self.name.text().strip() else translate("Staff", "Type a name first.")
        permit(self.submit, busy or refusal or empty)

    def retranslate(self) -> None:
        """Set every text anew."""
        self.set_heading(translate("Staff", "A new member"))
        texts = (
            translate("Staff", "Name"), translate("Staff", "Role"), translate("Staff", "The token is good for"),
            translate("Staff", "Why"),
        )  # fmt: skip
        for field, name, text in zip(
            (self.name, self.role, self.days, self.reason), self._names, texts, strict=True
        ):
            name.setText(text)
            field.setAccessibleName(text)
        self.name.setPlaceholderText(translate("Staff", "As colleagues know them; it stands in the audit"))
        self.reason.setPlaceholderText(translate("Staff", "Need not be given"))
        with QSignalBlocker(self.role):
            chosen = self.role.currentData() or StaffRole.OPERATOR
            self.role.clear()
            for role in StaffRole:
                self.role.addItem(role_word(role), role)
            self.role.setCurrentIndex(self.role.findData(chosen))
        with QSignalBlocker(self.days):
            at = max(0, self.days.currentIndex()) if self.days.count() else _TERMS.index(_USUAL_TERM)
            self.days.clear()
            for days in _TERMS:
                self.days.addItem(translate("Staff", "%n days", "", days), days)
            self.days.setCurrentIndex(at)
        self._show_hint()
        self.submit.setText(translate("Staff", "Add and show the token"))
        self.cancel.setText(translate("Staff", "Cancel"))
        self.token.setAccessibleName(translate("Staff", "The new token"))
        self.copy.setText(translate("Staff", "Copy the token"))
        self.done.setText(translate("Staff", "Done, hide it"))
        self.trouble.retranslate()

    def _build(self) -> None:
        grid = QFormLayout(self.form)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        for name, field in zip(self._names, (self.name, self.role, self.days, self.reason), strict=True):
            name.setBuddy(field)
            grid.addRow(name, field)
            if field is self.role:
                grid.addRow("", self.hint)
        grid.addRow(self.trouble)
        grid.addRow(flowing(self.submit, self.cancel))
        lines = QVBoxLayout(self.shown)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(self.told)
        lines.addWidget(self.token)
        lines.addLayout(flowing(self.copy, self.done))
        lines.addWidget(self.copied)
        for part in (self.form, self.shown):
            part.setProperty("role", "scrolled")
            self.body.addWidget(part)
        self.role.currentIndexChanged.connect(lambda _: self._show_hint())
        self.submit.clicked.connect(self._on_create)
        self.name.returnPressed.connect(self._on_create)
        self.cancel.clicked.connect(self._close)
        self.copy.clicked.connect(self._on_copy)
        self.done.clicked.connect(self._close)

    def _show_part(self) -> None:
        self.form.setVisible(not self._token)
        self.shown.setVisible(bool(self._token))

    def _show_hint(self) -> None:
        role = self.role.currentData()
        self.hint.setText(translate("Staff", _ROLE_HINTS[role]) if role is not None else "")

    def _on_create(self) -> None:
        if self.submit.isEnabled():
            given = (
                self.name.text().strip(),
                self.role.currentData(),
                self.days.currentData(),
                self.reason.text().strip(),
            )
            self.wanted.emit(*given)

    def _on_copy(self) -> None:
        self._secrets.copy(self._token)
        self.copied.setText(translate("Staff", "Copied. It is taken off the clipboard in a minute."))
        self.copied.show()

    def _close(self) -> None:
        self._forget()
        self.closed.emit()

    def _forget(self) -> None:
        self._token = ""
        self.token.clear()
        self.copied.clear()
        self.copied.hide()


class StaffView(View):
    """The members by name; a form above them adds one."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._staff = tools.console.models.staff
        self._asking = Asking(self, self.refresh, self._show_refusal)
        self._cards: list[MemberCard] = []
        self.title, self.count = ElidedLabel("title"), label("quiet")
        self.revoked, self.add = QCheckBox(), button()
        self.trouble = TroubleBanner(tools.icons)
        self.new = NewMember(tools)
        self.empty = EmptyState(tools.icons, "staff")
        self._build()
        models = tools.console.models
        self.watch(self._staff.changed, self.refresh)
        self.watch(models.connection.changed, self._on_connection_changed)
        self.watch(models.safety.changed, self.refresh)
        tools.ticker.half_minute_passed.connect(self._on_half_minute)
        self.retranslate()

    @property
    def cards(self) -> Sequence[MemberCard]:
        """What is shown, in its order."""
        return tuple(self._cards)

    def showEvent(self, event: QShowEvent) -> None:
        """Read who is here when somebody comes to look."""
        super().showEvent(event)
        if not event.spontaneous():
            self._read()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.title.setText(translate("Staff", "Staff"))
        self.revoked.setText(translate("Staff", "Also those whose token was taken away"))
        self.add.setText(translate("Staff", "Add a member"))
        self.trouble.retranslate()
        self.new.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show what the models hold."""
        self.trouble.show_trouble(self._staff.problem)
        refusal = refusal_of(self.tools, "staff.list")
        rows = self._staff.rows if self._may_read() else ()
        self._place(rows)
        current = [member for member in rows if member.revoked_at is None]
        here = sum(bool(member.consoles) for member in current)
        members = translate("Staff", "%n members", "", len(current))
        present = translate("Staff", "%n here now", "", here)
        self.count.setText(f"{members} · {present}" if rows else "")
        add_refusal = refusal_of(self.tools, "staff.add")
        permit(self.add, add_refusal, translate("Staff", "Makes a personal token with a role."))
        self.new.show_busy(self._asking.is_busy("add"), add_refusal)
        self.empty.setVisible(not rows)
        if not rows:
            self._explain_emptiness(refusal)

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        self.tools.icons.dress(self.add, "plus")
        inside = QWidget()
        inside.setProperty("role", "scrolled")
        self.tools.theme.fit(inside, max_width=_WIDEST)
        self._lines = QVBoxLayout(inside)
        self._lines.setContentsMargins(0, 0, 4, 0)
        self._lines.setSpacing(12)
        self._lines.addWidget(self.new)
        self._lines.addWidget(self.empty)
        self._lines.addStretch(1)
        self.new.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        head = flowing(self.title, None, self.revoked, self.add, spacing=12)
        layout.addLayout(head)
        layout.addWidget(self.count)
        layout.addWidget(self.trouble)
        layout.addWidget(scrolled(inside), 1)
        self.revoked.toggled.connect(lambda _: self._read())
        self.add.clicked.connect(self._on_add)
        self.new.wanted.connect(self._on_new_wanted)
        self.new.closed.connect(self._on_new_closed)
        self.new.name.textChanged.connect(lambda _: self.refresh())
        self.setFocusProxy(self.revoked)

    def _place(self, members: Sequence[StaffRow]) -> None:
        while len(self._cards) < len(members):
            card = MemberCard(self.tools)
            card.revocation_wanted.connect(self._on_revocation_wanted)
            self._lines.insertWidget(self._lines.count() - 1, card)
            self._cards.append(card)
        while len(self._cards) > len(members):
            gone = self._cards.pop()
            self._lines.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        welcome = self.tools.console.models.connection.welcome
        mine = welcome.staff.id if welcome is not None else None
        refusal = refusal_of(self.tools, "staff.revoke")
        for card, member in zip(self._cards, members, strict=True):
            card.show_member(member, is_me=member.id == mine, refusal=refusal)

    # --------------------------------------------------------------------------------------------- what is shown

    def _may_read(self) -> bool:
        """Whether what was read may be shown: it stays while the line is gone, but not for another role."""
        connection = self.tools.console.models.connection
        return not connection.is_live or refusal_of(self.tools, "staff.list") is None

    def _explain_emptiness(self, refusal: str | None) -> None:
        if explain_absence(self, self.empty):
            return
        self.empty.set_icon("staff")
        if refusal is not None:
            self.empty.set_texts(translate("Staff", "The staff cannot be listed now"), refusal)
        else:
            self.empty.set_texts(
                translate("Staff", "Reading the staff…"),
                translate("Staff", "It appears as soon as the gateway answers."),
            )

    def _read(self) -> None:
        if refusal_of(self.tools, "staff.list") is None:
            self.run(self.tools.console.show_staff, self.revoked.isChecked())

    def _on_half_minute(self) -> None:
        for card in self._cards:
            card.show_times()
        if self.isVisible():
            self._read()

    def _on_connection_changed(self) -> None:
        if self.isVisible() and not self._staff.is_known:
            self._read()
        self.refresh()

    def _show_refusal(self, trouble: Trouble | None) -> None:
        self.new.trouble.show_trouble(trouble)

    # ---------------------------------------------------------------------------------------- what a person does

    def _on_add(self) -> None:
        if not self.new.is_showing_token:
            self.new.show()
            self.new.begin()
            self.refresh()

    def _on_new_wanted(self, name: str, role: StaffRole, days: int, reason: str) -> None:
        console = self.tools.console
        self._asking.ask(
            "add", console.add_member, name, role, days, reason or None, done=self.new.show_token
        )

    def _on_new_closed(self) -> None:
        self.new.hide()
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_revocation_wanted(self, member: StaffRow) -> None:
        name = isolate(member.name)
        question = Question(
            translate("Staff", "Take the token of {name} away?").format(name=name),
            _consequence_text(member), translate("Staff", "Take the token away"), is_dangerous=True, needs_reason=True,
        )  # fmt: skip
        self._asking.confirm(question, partial(self.tools.console.revoke_member, member.id))


def _consequence_text(member: StaffRow) -> str:
    text = translate(
        "Staff", "The token stops working at once and cannot be given back: a new one has to be made."
    )
    if not member.consoles:
        return text
    return f"{text} {translate('Staff', '%n open consoles are closed.', '', member.consoles)}"

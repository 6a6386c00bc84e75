"""The doctor: PARTNER_TOKEN first, then every check: what was seen, why it matters, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.qt import shortcuts
from desktop.qt.explanations import explained
from desktop.qt.texts import (
    age_text,
    has_shared_text,
    level_word,
    marked,
    shared_text,
    translate,
    when_text,
)
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.absence import explain_absence
from desktop.qt.views.backups import BackupsCard
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.views.storage import StorageCard
from desktop.qt.widgets.banner import Banner
from desktop.qt.widgets.basics import (
    Card,
    ElidedLabel,
    button,
    flowing,
    label,
    name_it,
    row,
    scrolled,
    set_look,
    tool_button,
)
from desktop.qt.widgets.copyable import copy_text
from desktop.qt.widgets.empty import EmptyState
from desktop.qt.widgets.state_word import StateWord
from shared.admin_wire import CheckView, DoctorReport, TokenView
from shared.vocabulary import CheckLevel

LEVEL_LOOKS: Final = {
    CheckLevel.OK: ("check-circle", "ok"),
    CheckLevel.WARN: ("stage-attention", "warn"),
    CheckLevel.BAD: ("cross-circle", "bad"),
}
"""The icon and the token of each level; its word stands beside it."""

_TOKEN: Final = "PARTNER_TOKEN"
_WHICH: Final = {
    "current": marked("Doctor", "Current"),
    "previous": marked("Doctor", "Previous"),
    "next": marked("Doctor", "Next"),
}
_MATCHED_BY: Final = {
    "entry": marked("Doctor", "the signature of an owner's entry"),
    "webhook_token": marked("Doctor", "the token in a webhook"),
    "webhook_signature": marked("Doctor", "the signature of a webhook"),
    "payment": marked("Doctor", "a payment notice"),
}
_WIDEST: Final = 860
_JUST_NOW_S: Final = 5


_URGENCY: Final = {CheckLevel.BAD: 0, CheckLevel.WARN: 1, CheckLevel.OK: 2}


def seen_text(check: CheckView) -> str:
    """Return what a check saw."""
    key = f"doctor.{check.code}"
    return _filled(key, check.params) if has_shared_text(key) else check.code


def why_text(check: CheckView) -> str:
    """Return why a check matters."""
    key = f"doctor_why.{check.subject}"
    return _filled(key, check.params) if has_shared_text(key) else ""


def do_text(check: CheckView) -> str:
    """Return what to do about a check; nothing when it is in order."""
    key = f"doctor_do.{check.code}"
    return _filled(key, check.params) if check.level is not CheckLevel.OK and has_shared_text(key) else ""


def _filled(key: str, params: Mapping[str, str]) -> str:
    return shared_text(key, **params)


class CheckCard(Card):
    """One check: level and subject, what was seen, why it matters, what to do."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(margin=12, spacing=6)
        self._tools = tools
        self.level = StateWord(tools.icons, "strong")
        self.subject = label("quiet", is_selectable=True)
        self.subject.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        tools.theme.fit(self.subject, size="small", is_mono=True)
        self.seen = label("strong", is_wrapped=True, is_selectable=True)
        self.why, self.what = label("quiet", is_wrapped=True), label(is_wrapped=True, is_selectable=True)
        for one in (self.seen, self.what):
            one.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.body.addLayout(flowing(self.level, self.subject))
        for part in (self.seen, self.why, self.what):
            self.body.addWidget(part)

    def show_check(self, check: CheckView) -> None:
        """Show a finding."""
        icon, colour = LEVEL_LOOKS[check.level]
        self.level.set_state(icon, colour, level_word(check.level))
        self.subject.setText(check.subject)
        self.seen.setText(seen_text(check))
        set_look(self.seen, tone="" if check.level is CheckLevel.OK else str(check.level))
        self.why.setText(why_text(check))
        self.what.setText(translate("Doctor", "What to do: {text}").format(text=do_text(check)))
        self.why.setVisible(bool(self.why.text()))
        self.what.setVisible(bool(do_text(check)))
        self.setAccessibleName(f"{check.subject}: {level_word(check.level)}. {self.seen.text()}")


class TokensTable(QWidget):
    """Each PARTNER_TOKEN beside the others: set or not, its fingerprint, when it proved something last."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(2, 1)
        self._cells: list[QWidget] = []

    def show_tokens(self, tokens: list[TokenView]) -> None:
        """Show them; never a value, only fingerprints."""
        for cell in self._cells:
            self._grid.removeWidget(cell)
            cell.hide()
            cell.deleteLater()
        self._cells = []
        for at, token in enumerate(tokens):
            name = label("strong")
            name.setText(translate("Doctor", _WHICH.get(token.which, token.which)))
            self._put(at, 0, name)
            self._put_fingerprint(at, token)
            last = label("quiet", is_wrapped=True)
            last.setText(self._last_text(token))
            last.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            if token.last_matched_at is not None:
                last.setToolTip(when_text(token.last_matched_at, None).tooltip)
            self._put(at, 2, last)

    def texts(self) -> list[str]:
        """Return what it says, cell by cell."""
        return [
            each.text()
            for cell in self._cells
            for each in (cell, *cell.findChildren(QLabel))
            if isinstance(each, QLabel)
        ]

    def _put_fingerprint(self, at: int, token: TokenView) -> None:
        made = label("quiet" if token.fingerprint is None else "text")
        if token.fingerprint is None:
            is_set = (
                translate("Doctor", "set, but unusable") if token.is_set else translate("Doctor", "not set")
            )
            made.setText(is_set)
            self._put(at, 1, made)
            return
        self._tools.theme.fit(made, size="small", is_mono=True)
        made.setText(token.fingerprint)
        copy = tool_button()
        self._tools.icons.dress(copy, "copy", "text-quiet")
        copy.clicked.connect(lambda _=False, text=token.fingerprint: copy_text(text))
        name_it(copy, translate("Doctor", "Copy the fingerprint"))
        copy.setAccessibleDescription(token.fingerprint)
        holder = QWidget()
        holder.setLayout(row(made, copy, spacing=4))
        self._put(at, 1, holder)

    def _put(self, at: int, column: int, cell: QWidget) -> None:
        self._grid.addWidget(cell, at, column)
        self._cells.append(cell)

    def _last_text(self, token: TokenView) -> str:
        if not token.is_set:
            return ""
        if token.last_matched_at is None:
            return translate("Doctor", "has proved nothing yet")
        known = _MATCHED_BY.get(token.last_matched_by or "")
        by = translate("Doctor", known) if known else token.last_matched_by or "—"
        age = age_text(self._tools.ticker.age_s(token.last_matched_at))
        return translate("Doctor", "fitted {age} ago: {by}").format(age=age, by=by)


class DoctorView(View):
    """The newest report, and the button that asks for another."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._doctor = tools.console.models.doctor
        self._cards: list[CheckCard] = []
        self.title, self.examined = ElidedLabel("title"), label("quiet")
        self.verdict = StateWord(tools.icons, "strong")
        self.again = button("primary")
        self.copy = button("link")
        self.busy = QProgressBar()
        self.trouble = TroubleBanner(tools.icons)
        self.refused = Banner(tools.icons, "bad")
        self.token = CheckCard(tools)
        self.tokens = TokensTable(tools)
        self.empty = EmptyState(tools.icons, "doctor")
        self.storage = StorageCard(tools)
        self.backups = BackupsCard(tools)
        self._build()
        self.watch(self._doctor.changed, self.refresh)
        self.watch(tools.console.models.connection.changed, self._on_connection_changed)
        tools.ticker.half_minute_passed.connect(self._show_examined)
        self.retranslate()

    @property
    def cards(self) -> list[CheckCard]:
        """The checks after PARTNER_TOKEN's."""
        return self._cards

    def examine(self) -> None:
        """Have the configuration examined, YCLIENTS asked with it."""
        if self._why_not() is None:
            self.run(self.tools.console.examine)

    def release(self) -> None:
        """Hear of no model any more."""
        super().release()
        self.storage.release()
        self.backups.release()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.title.setText(translate("Doctor", "Check of the configuration"))
        self.again.setText(translate("Doctor", "Check again"))
        self.copy.setText(translate("Doctor", "Copy the report"))
        self.busy.setAccessibleName(translate("Doctor", "The check is running"))
        self.trouble.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show the newest report."""
        report = self._doctor.report
        self.busy.setVisible(self._doctor.is_running)
        self.trouble.show_trouble(self._doctor.problem)
        self.empty.setVisible(report is None)
        for part in (self.token, self.verdict, self.copy):
            part.setVisible(report is not None)
        self._permit()
        if report is None:
            self._explain_emptiness()
            self.refused.hide()
            self._place([])
            return
        self._show_verdict(report)
        self._show_refusal(report)
        first = next((check for check in report.checks if check.subject == _TOKEN), None)
        if first is not None:
            self.token.show_check(first)
        self.token.setVisible(first is not None)
        self.tokens.show_tokens(report.tokens)
        others = [check for check in report.checks if check is not first]
        self._place(sorted(others, key=lambda check: _URGENCY[check.level]))
        self._show_examined()

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        self.again.clicked.connect(self.examine)
        self.copy.clicked.connect(lambda: copy_text(self.report_text()))
        self.tools.icons.dress(self.again, "refresh", "accent-text")
        self.busy.setMaximum(0)
        self.busy.setTextVisible(False)
        self.busy.setFixedHeight(6)
        self.token.body.addWidget(self.tokens)
        inside = QWidget()
        inside.setProperty("role", "scrolled")
        self.tools.theme.fit(inside, max_width=_WIDEST)
        self._lines = QVBoxLayout(inside)
        self._lines.setContentsMargins(0, 0, 4, 0)
        self._lines.setSpacing(12)
        for part in (self.refused, self.token, self.empty):
            self._lines.addWidget(part)
        self._lines.addWidget(self.storage)
        self._lines.addWidget(self.backups)
        self._lines.addStretch(1)
        scroll = scrolled(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        head = flowing(self.title, None, self.copy, self.again, spacing=12)
        layout.addLayout(head)
        layout.addWidget(self.examined)
        layout.addWidget(self.busy)
        layout.addWidget(self.trouble)
        layout.addLayout(row(self.verdict, None))
        layout.addWidget(scroll, 1)
        self.refused.hide()
        self.setFocusProxy(self.again)

    # --------------------------------------------------------------------------------------------- what is shown

    def report_text(self) -> str:
        """Return the report in plain text, without any secret."""
        report = self._doctor.report
        if report is None:
            return ""
        lines = [
            translate("Doctor", "Check of {time}").format(time=when_text(report.examined_at, None).tooltip)
        ]
        for check in report.checks:
            lines.append(f"[{level_word(check.level)}] {check.subject}: {seen_text(check)}")
            if do_text(check):
                lines.append(f"    {do_text(check)}")
        return "\n".join(lines)

    def _explain_emptiness(self) -> None:
        if explain_absence(self, self.empty):
            return
        self.empty.set_icon("doctor")
        if self._doctor.is_running:
            self.empty.set_texts(translate("Doctor", "The check is running…"), "")
            return
        self.empty.set_texts(
            translate("Doctor", "Nothing was checked yet"),
            translate(
                "Doctor",
                "The check looks at every setting of the gateway, PARTNER_TOKEN first, and asks YCLIENTS whether it "
                "accepts the token. Nothing is changed.",
            ),
            "" if self._why_not() else translate("Doctor", "Check now"),
            self.examine,
        )

    def _show_verdict(self, report: DoctorReport) -> None:
        bad = sum(check.level is CheckLevel.BAD for check in report.checks)
        warned = sum(check.level is CheckLevel.WARN for check in report.checks)
        if bad:
            self.verdict.set_state(
                *LEVEL_LOOKS[CheckLevel.BAD], translate("Doctor", "%n things are wrong", "", bad)
            )
        elif warned:
            told = translate("Doctor", "%n things should be looked at", "", warned)
            self.verdict.set_state(*LEVEL_LOOKS[CheckLevel.WARN], told)
        else:
            self.verdict.set_state(*LEVEL_LOOKS[CheckLevel.OK], translate("Doctor", "Everything is in order"))

    def _show_refusal(self, report: DoctorReport) -> None:
        """YCLIENTS has refused the token in earnest: activations stand still until that is mended."""
        since = report.refused_since
        self.refused.setVisible(since is not None)
        if since is not None:
            age = age_text(self.tools.ticker.age_s(since))
            why = explained(report.refused_code).title if report.refused_code else ""
            told = translate("Doctor", "YCLIENTS has refused our calls for {age}: activations wait. {why}.")
            self.refused.set_text(told.format(age=age, why=why))

    def _place(self, checks: list[CheckView]) -> None:
        while len(self._cards) < len(checks):
            card = CheckCard(self.tools)
            self._lines.insertWidget(self._lines.indexOf(self.storage), card)
            self._cards.append(card)
        while len(self._cards) > len(checks):
            gone = self._cards.pop()
            self._lines.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for card, check in zip(self._cards, checks, strict=True):
            card.show_check(check)

    def _show_examined(self) -> None:
        report = self._doctor.report
        if report is None:
            self.examined.setText("")
            return
        age_s = self.tools.ticker.age_s(report.examined_at)
        age = age_text(age_s)
        told = translate("Doctor", "Checked {age} ago, without asking YCLIENTS")
        if report.is_probed:
            told = translate("Doctor", "Checked {age} ago")
            told = translate("Doctor", "Checked just now") if age_s < _JUST_NOW_S else told
        self.examined.setText(told.format(age=age))
        self.examined.setToolTip(when_text(report.examined_at, None).tooltip)

    def _why_not(self) -> str | None:
        if self._doctor.is_running:
            return translate("Doctor", "The check is running…")
        return refusal_of(self.tools, "doctor.report")

    def _permit(self) -> None:
        permit(self.again, self._why_not(), shortcuts.key_text("refresh"))

    def _on_connection_changed(self) -> None:
        """The first report is asked for without being told to, when the view is looked at."""
        self._permit()
        if self._doctor.report is None:
            self._explain_emptiness()
        if self.isVisible() and self._doctor.report is None and self._doctor.problem is None:
            self.examine()

    def showEvent(self, event: object) -> None:
        """Have something to show."""
        super().showEvent(event)  # type: ignore[arg-type]
        if self._doctor.report is None and not self._doctor.is_running:
            self.examine()

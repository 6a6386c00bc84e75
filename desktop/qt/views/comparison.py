"""«Their data / our data»: what YCLIENTS says about a salon beside what we say, differences marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.qt.texts import age_text, marked, partner_word, phone_text, translate, whatsapp_word, when_text
from desktop.qt.tools import Tools
from desktop.qt.view import View
from desktop.qt.widgets.basics import label, row, set_look
from desktop.qt.widgets.state_word import StateWord
from shared.admin_wire import InstallDetail
from shared.vocabulary import PartnerState

_THEIR_STATUS: Final = {
    "pending": marked("Comparison", "waits to be activated"),
    "active": marked("Comparison", "active"),
    "freezed": marked("Comparison", "frozen"),
    "frozen": marked("Comparison", "frozen"),
    "uninstalled": marked("Comparison", "disconnected"),
}
_FIELDS: Final = {
    "status": marked("Comparison", "Status"),
    "partner_state": marked("Comparison", "Status"),
    "payment": marked("Comparison", "Last payment"),
    "paid_until": marked("Comparison", "Paid until"),
    "title": marked("Comparison", "Name"),
    "city": marked("Comparison", "City"),
    "timezone": marked("Comparison", "Time zone"),
}
_STATUS_FIELDS: Final = frozenset({"status", "partner_state"})
_OWN_STATES: Final = frozenset(PartnerState)


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of the table; a dash stands where a side says nothing."""

    field: str
    theirs: str
    ours: str
    is_different: bool = False


def compared(tools: Tools, detail: InstallDetail) -> list[Compared]:
    """Return the lines: the status first, every difference, then what only we know."""
    differing = {each.field: each for each in detail.differences}
    status = next((differing.pop(name) for name in _STATUS_FIELDS if name in differing), None)
    lines = [
        Compared(
            translate("Comparison", "Status"), their_status(detail.theirs.status),
            partner_word(detail.row.partner_state), status is not None,
        )
    ]  # fmt: skip
    for name, each in differing.items():
        known = _FIELDS.get(name)
        heading = translate("Comparison", known) if known else name
        lines.append(Compared(heading, each.theirs or "—", each.ours or "—", is_different=True))
    return [*lines, *_only_ours(tools, detail)]


def their_status(status: str | None) -> str:
    """Return YCLIENTS' word for a link, in ours."""
    if status is None:
        return translate("Comparison", "never read")
    known = _THEIR_STATUS.get(status)
    return translate("Comparison", known) if known else status


def _only_ours(tools: Tools, detail: InstallDetail) -> list[Compared]:
    zone, now = detail.row.timezone, tools.ticker.now()
    whatsapp = whatsapp_word(detail.whatsapp.state)
    if detail.whatsapp.phone:
        phone = phone_text(detail.whatsapp.phone).replace(" ", "\u00a0")
        whatsapp = f"{whatsapp}, {phone}"
    lines = [Compared(translate("Comparison", "WhatsApp"), "—", whatsapp)]
    for heading, moment in (
        (translate("Comparison", "Active since"), detail.activated_at),
        (translate("Comparison", "Last payment"), detail.last_payment_at),
        (translate("Comparison", "Paid until"), detail.paid_until),
    ):
        if moment is not None:
            lines.append(Compared(heading, "—", when_text(moment, zone, now).text))
    return lines


class ComparisonTable(View):
    """The table of the open salon, with when YCLIENTS was asked last."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self._salon = tools.salon.model
        self._cells: list[QWidget] = []
        self._marks: list[QLabel] = []
        self.verdict = StateWord(tools.icons, "strong")
        self.checked = label("note", is_wrapped=True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(2, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(row(self.verdict, None))
        layout.addLayout(self._grid)
        layout.addWidget(self.checked)
        self.watch(self._salon.detail_changed, self.refresh)
        tools.ticker.half_minute_passed.connect(self._show_checked)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.refresh()

    def refresh(self) -> None:
        """Show both sides."""
        detail = self._salon.detail
        self.setVisible(detail is not None)
        if detail is None:
            return
        count = len(detail.differences)
        if count:
            self.verdict.set_state("difference", "warn", translate("Comparison", "%n differences", "", count))
        elif detail.theirs.status is None:
            self.verdict.set_state("help", "text-quiet", translate("Comparison", "YCLIENTS was never asked"))
        else:
            told = translate("Comparison", "Nothing differs between the two sides")
            self.verdict.set_state("check-circle", "ok", told)
        self._fill(compared(self.tools, detail))
        self._show_checked()

    def marks(self) -> list[QLabel]:
        """Return the signs at the lines that differ."""
        return self._marks

    def _show_checked(self) -> None:
        detail = self._salon.detail
        if detail is None:
            return
        checked = detail.theirs.checked_at
        if checked is None:
            self.checked.setText(translate("Comparison", "“Compare with YCLIENTS” reads their side."))
            return
        age = age_text(self.tools.ticker.age_s(checked))
        self.checked.setText(translate("Comparison", "Their side was read {age} ago.").format(age=age))
        self.checked.setToolTip(when_text(checked, detail.row.timezone).tooltip)

    def _fill(self, lines: list[Compared]) -> None:
        for cell in self._cells:
            self._grid.removeWidget(cell)
            cell.hide()
            cell.deleteLater()
        self._cells, self._marks = [], []
        headings = ("", translate("Comparison", "Their data"), translate("Comparison", "Our data"))
        for column, text in enumerate(headings):
            self._put(0, column, text, "note")
        for number, line in enumerate(lines, start=1):
            self._put(number, 0, line.field, "quiet")
            for column, text in ((1, line.theirs), (2, line.ours)):
                made = self._put(number, column, text, "strong" if line.is_different else "text")
                if line.is_different:
                    set_look(made, tone="warn")
            if line.is_different:
                self._mark(number, line)

    def _put(self, at: int, column: int, text: str, role: str) -> QLabel:
        made = label(role, is_wrapped=True, is_selectable=column > 0 and at > 0)  # type: ignore[arg-type]
        made.setText(text)
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        made.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        if column > 0 and at > 0:
            made.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._grid.addWidget(made, at, column)
        self._cells.append(made)
        return made

    def _mark(self, at: int, line: Compared) -> None:
        """Say that the line differs by shape and word as well."""
        made = QLabel()
        self.tools.icons.dress(made, "difference", "warn")
        word = translate("Comparison", "{field}: YCLIENTS says “{theirs}”, we say “{ours}”")
        told = word.format(field=line.field, theirs=line.theirs, ours=line.ours)
        made.setToolTip(told)
        made.setAccessibleName(told)
        self._grid.addWidget(made, at, 3, Qt.AlignmentFlag.AlignTop)
        self._cells.append(made)
        self._marks.append(made)

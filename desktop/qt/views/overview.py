"""How it goes: the way to active, its time, what fails, how YCLIENTS answers, how sessions stand; over a period."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QBuffer, QDate, QIODevice, QPoint, QSignalBlocker, QSize, Qt, QTimer, QTimeZone
from PySide6.QtGui import QHideEvent, QImage, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QGridLayout,
    QHeaderView,
    QLayout,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.model.overview import Period, PeriodKind, read_period
from desktop.qt.dialogs.save import save_dialog
from desktop.qt.overview_figures import SUBJECTS, Subject, period_text
from desktop.qt.texts import here_text, isolate, marked, number_text, spoken, translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner, trouble_of
from desktop.qt.view import View
from desktop.qt.views.absence import explain_absence
from desktop.qt.views.permits import refusal_of
from desktop.qt.widgets.basics import Card, ElidedLabel, label, name_it, row, scrolled, tool_button
from desktop.qt.widgets.empty import EmptyState
from desktop.qt.widgets.flow import FlowLayout
from desktop.qt.widgets.plots import LyingBars, Plot, StandingBars
from shared.admin_wire import OverviewReport

KEPT: Final = "overview"
"""Under which name the period is kept among the filters."""

_PERIODS: Final = {
    PeriodKind.TODAY: marked("Overview", "Today"), PeriodKind.DAYS_7: marked("Overview", "Last 7 days"),
    PeriodKind.DAYS_30: marked("Overview", "Last 30 days"), PeriodKind.DAYS_90: marked("Overview", "Last 90 days"),
    PeriodKind.CHOSEN: marked("Overview", "Chosen days"),
}  # fmt: skip
_LATER_MS: Final = 400
_MOST_ROWS: Final = 9
_TWO_FROM: Final = 820
_PICTURE_SCALE: Final = 2


class OverviewView(View):
    """The plots. They are read while they are shown, at once when the period changes and on F5."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._overview = tools.console.models.overview
        self.title, self.stamp = ElidedLabel("title"), ElidedLabel("quiet")
        self.period = QComboBox()
        self.first, self.last = QDateEdit(), QDateEdit()
        self.trouble = TroubleBanner(tools.icons)
        self.cards = {subject.name: PlotCard(tools, subject) for subject in SUBJECTS}
        self.board = _Board(tools, list(self.cards.values()))
        self.empty = EmptyState(tools.icons, "overview")
        self.stack = QStackedWidget()
        self._later = QTimer(self, singleShot=True, interval=_LATER_MS)
        self._later.timeout.connect(self._ask)
        self._day = self._today()
        self._build()
        self._fill_choices()
        self._restore()
        self._connect()
        self.retranslate()

    def release(self) -> None:
        """Hear of no model any more."""
        self._later.stop()
        super().release()
        for card in self.cards.values():
            card.release()

    def showEvent(self, event: QShowEvent) -> None:
        """Read it while somebody looks."""
        super().showEvent(event)
        if not event.spontaneous():
            self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Read no more."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._later.stop()
            self.run(self.tools.console.hide_overview)

    def chosen(self) -> Period:
        """Return the period that is chosen."""
        return Period(self._kind(), _day_of(self.first), _day_of(self.last))

    def choose(self, kind: PeriodKind) -> None:
        """Choose a period, as with the field."""
        self.period.setCurrentIndex(self.period.findData(kind))
        self._on_chosen()

    # ------------------------------------------------------------------------------------------------- texts

    def retranslate(self) -> None:
        """Set every text anew."""
        self.title.setText(translate("Overview", "Overview"))
        name_it(self.period, translate("Overview", "Period"))
        name_it(self.first, translate("Overview", "From this day"))
        name_it(self.last, translate("Overview", "To this day"))
        self._fill_choices()
        self.trouble.retranslate()
        for card in self.cards.values():
            card.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show what the model holds."""
        report = self._overview.report
        self.trouble.show_trouble(self._overview.problem)
        is_chosen = self._kind() is PeriodKind.CHOSEN
        self.first.setVisible(is_chosen)
        self.last.setVisible(is_chosen)
        self.stack.setCurrentIndex(1 if report is None else 0)
        if report is None:
            self.stamp.setText("")
            self._explain_emptiness()
            return
        read = here_text(report.read_at, self.tools.ticker.now_here())
        self.stamp.setText(translate("Overview", "{period}; read at {time}").format(
            period=period_text(report), time=read.text
        ))  # fmt: skip
        self.stamp.set_tooltip(read.tooltip)
        for card in self.cards.values():
            card.show_report(report)

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        for field in (self.first, self.last):
            field.setCalendarPopup(True)
            field.setDate(QDate(self._day.year, self._day.month, self._day.day))
        choices = QWidget()
        choices.setProperty("role", "scrolled")
        flow = FlowLayout(choices, spacing=8)
        for part in (self.period, self.first, self.last):
            flow.addWidget(part)
        self.stack.addWidget(scrolled(self.board))
        self.stack.addWidget(self.empty)
        head = row(self.title, self.stamp, spacing=16)
        head.setStretch(0, 1)
        head.setStretch(1, 2)
        self.stamp.setAlignment(Qt.AlignmentFlag.AlignRight)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(choices)
        layout.addWidget(self.trouble)
        layout.addWidget(self.stack, 1)
        self.setFocusProxy(self.period)

    def _connect(self) -> None:
        self.watch(self._overview.changed, self.refresh)
        self.watch(self.tools.console.models.connection.changed, self.refresh)
        self.period.activated.connect(lambda _: self._on_chosen())
        for field in (self.first, self.last):
            field.dateChanged.connect(lambda _: self._on_days_changed())
        self.tools.ticker.half_minute_passed.connect(self._on_time_passed)
        for card in self.cards.values():
            card.failed = self._on_failed

    def _fill_choices(self) -> None:
        with QSignalBlocker(self.period):
            chosen = self.period.currentData()
            self.period.clear()
            for kind, source in _PERIODS.items():
                self.period.addItem(translate("Overview", source), kind)
            self.period.setCurrentIndex(max(0, self.period.findData(chosen)))

    def _restore(self) -> None:
        kept = read_period(self.tools.console.models.preferences.filters.get(KEPT, ""))
        self.period.setCurrentIndex(self.period.findData(kept.kind))
        if kept.kind is PeriodKind.CHOSEN:
            for field, day in ((self.first, kept.first), (self.last, kept.last)):
                field.setDate(QDate(day.year, day.month, day.day))

    def _explain_emptiness(self) -> None:
        refusal = refusal_of(self.tools, "overview.report")
        if explain_absence(self, self.empty):
            return
        self.empty.set_icon("overview")
        if refusal is not None:
            self.empty.set_texts(translate("Overview", "The figures cannot be read now"), refusal)
        elif self._overview.problem is not None:
            self.empty.set_texts(
                translate("Overview", "The figures could not be read"),
                translate("Overview", "Above is why. Read them again with F5, or choose a shorter period."),
            )
        else:
            self.empty.set_texts(
                translate("Overview", "Counting…"),
                translate("Overview", "How installs come through, what fails and how YCLIENTS answers."),
            )

    # ---------------------------------------------------------------------------------------- what a person does

    def _on_chosen(self) -> None:
        self.refresh()
        self._keep()
        self._ask()

    def _on_days_changed(self) -> None:
        if self._kind() is PeriodKind.CHOSEN:
            self._later.start()

    def _ask(self) -> None:
        if self._later.isActive() or self._kind() is PeriodKind.CHOSEN:
            self._later.stop()
            self._keep()
        self._day = self._today()
        self.run(self.tools.console.show_overview, self.chosen(), own_zone())

    def _keep(self) -> None:
        preferences, kept = self.tools.console.models.preferences, self.chosen().kept()
        if preferences.filters.get(KEPT) != kept:
            self.run(self.tools.console.update_preferences, filters={**preferences.filters, KEPT: kept})

    def _on_time_passed(self) -> None:
        """With a new day "today" is another one."""
        if self.isVisible() and self._today() != self._day:
            self._ask()

    def _on_failed(self, error: Exception) -> None:
        self.trouble.show_trouble(trouble_of(error))

    def _kind(self) -> PeriodKind:
        return PeriodKind(self.period.currentData())  # Qt hands back the bare text

    def _today(self) -> date:
        return self.tools.ticker.now_here().astimezone().date()


class PlotCard(Card):
    """One plot with its title and unit; the same as a table, as a picture and as data."""

    def __init__(self, tools: Tools, subject: Subject) -> None:
        super().__init__(margin=12, spacing=6)
        self.tools, self.subject = tools, subject
        self._report: OverviewReport | None = None
        self.failed: Callable[[Exception], None] = lambda error: None
        self.plot: Plot = (
            StandingBars(tools.theme, lambda number: number_text(round(number)))
            if subject.is_standing
            else LyingBars(tools.theme)
        )
        self.name = ElidedLabel("heading")
        self.unit, self.nothing = label("note", is_wrapped=True), label("quiet", is_wrapped=True)
        self.told = label("quiet", is_wrapped=True)
        self.saved = ElidedLabel("note")
        self.as_table, self.as_picture, self.as_data = tool_button(), tool_button(), tool_button()
        self.as_table.setCheckable(True)
        self.table = QTableWidget(0, 0)
        self._build()

    def retranslate(self) -> None:
        """Set every text anew."""
        title = translate("Overview", self.subject.title)
        self.name.setText(title)
        self.unit.setText(translate("Overview", self.subject.unit))
        self.nothing.setText(translate("Overview", self.subject.nothing))
        for control, text, told in (
            (
                self.as_table,
                translate("Overview", "As a table"),
                translate("Overview", "{title}: as a table"),
            ),
            (self.as_picture, "PNG…", translate("Overview", "{title}: save as a picture")),
            (self.as_data, "CSV…", translate("Overview", "{title}: save as a table file")),
        ):
            control.setText(text)
            name_it(control, told.format(title=title))
        self.plot.setAccessibleName(translate("Overview", "{title}, plot: arrow keys go from bar to bar").format(
            title=title
        ))  # fmt: skip
        self.table.setAccessibleName(translate("Overview", "{title}, table").format(title=title))
        if self._report is not None:
            self.show_report(self._report)

    def show_report(self, report: OverviewReport) -> None:
        """Show a report's figures."""
        self._report = report
        self.plot.show_figure(self.subject.figure(report))
        self._fill_table()
        self._show()

    def release(self) -> None:
        """Hear of no theme any more."""
        self.plot.theme.changed.disconnect(self._fit_table)

    def save_picture(self, path: str) -> None:
        """Write the plot to a file as a picture."""
        content = self.picture()
        self._save(self.tools.console.save_picture, Path(path), content)

    def save_data(self, path: str) -> None:
        """Write the figures to a file; spreadsheets of Russian systems expect semicolons."""
        figure, separator = self.plot.figure, ";" if spoken() == "ru" else ","
        self._save(self.tools.console.save_table, Path(path), figure.columns, figure.records, separator)

    def picture(self) -> bytes:
        """Return the plot with its title and period as a PNG, as large as it is on the screen, twice as fine."""
        theme, report = self.tools.theme, self._report
        at, size = self.plot.at, self.plot.size().expandedTo(self.plot.minimumSizeHint())
        margin, line = theme.px(16), theme.px(22)
        lines = (
            (self.name.text(), "text", theme.font("body", is_bold=True)),
            (self.unit.text(), "text-quiet", theme.font("note")),
            (period_text(report) if report is not None else "", "text-quiet", theme.font("note")),
        )
        above = 2 * margin + len(lines) * line
        image = QImage(
            QSize(size.width() + 2 * margin, size.height() + above + margin) * _PICTURE_SCALE,
            QImage.Format.Format_RGB32,
        )
        image.setDevicePixelRatio(_PICTURE_SCALE)
        image.fill(theme.colour("raised"))
        self.plot.mark(-1)
        painter = QPainter(image)
        for number, (text, token, font) in enumerate(lines):
            painter.setPen(theme.colour(token))
            painter.setFont(font)
            whole = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, size.width())
            painter.drawText(margin, margin + number * line + theme.px(14), whole)
        self.plot.resize(size)
        self.plot.render(painter, QPoint(margin, above), renderFlags=QWidget.RenderFlag.DrawChildren)
        painter.end()
        self.plot.mark(at)
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(buffer.data().data())

    def _build(self) -> None:
        head = row(self.name, self.as_table, self.as_picture, self.as_data, spacing=4)
        head.setStretch(0, 1)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setCornerButtonEnabled(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        self.table.hide()
        self.saved.hide()
        self.body.addLayout(head)
        for part in (self.unit, self.plot, self.table, self.nothing, self.told, self.saved):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.plot.marked.connect(lambda _: self._tell())
        self.as_table.toggled.connect(lambda _: self._show())
        self.as_picture.clicked.connect(lambda: self._choose("png"))
        self.as_data.clicked.connect(lambda: self._choose("csv"))
        self.plot.theme.changed.connect(self._fit_table)

    def _show(self) -> None:
        """Show the plot or the table; where there is nothing, say so."""
        is_empty, is_table = self.plot.figure.is_empty, self.as_table.isChecked()
        self.plot.setVisible(not is_empty and not is_table)
        self.table.setVisible(not is_empty and is_table)
        self.nothing.setVisible(is_empty)
        for control in (self.as_table, self.as_picture, self.as_data):
            control.setEnabled(not is_empty)
        self._tell()

    def _tell(self) -> None:
        """Say what the marked bar says, else what all of them come to."""
        if self._report is None:
            return
        at, bars = self.plot.at, self.plot.figure.bars
        said = bars[at].told if 0 <= at < len(bars) else self.subject.summary(self._report)
        self.told.setText(said)
        self.told.setVisible(not self.plot.figure.is_empty or self.subject.name == "budget")

    def _fill_table(self) -> None:
        figure = self.plot.figure
        self.table.setColumnCount(len(figure.headings))
        self.table.setRowCount(len(figure.rows))
        words = self.subject.words
        for column, text in enumerate(figure.headings):
            self.table.setHorizontalHeaderItem(column, _cell(text, is_number=column >= words))
            mode = (
                QHeaderView.ResizeMode.Stretch
                if column == words - 1
                else QHeaderView.ResizeMode.ResizeToContents
            )
            self.table.horizontalHeader().setSectionResizeMode(column, mode)
        for number, cells in enumerate(figure.rows):
            for column, text in enumerate(cells):
                self.table.setItem(number, column, _cell(text, is_number=column >= words))
        self._fit_table()

    def _fit_table(self) -> None:
        px, rows = self.tools.theme.px, self.table.rowCount()
        self.table.verticalHeader().setDefaultSectionSize(px(28))
        head = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(head + px(28) * min(rows, _MOST_ROWS) + 4)

    def _choose(self, ending: str) -> None:
        kind = {
            "png": translate("Overview", "Picture (*.png)"), "csv": translate("Overview", "Table (*.csv)"),
        }[ending]  # fmt: skip
        name = f"{self.subject.name}-{self.tools.ticker.now_here():%Y-%m-%d}.{ending}"
        dialog = save_dialog(self.window(), name, kind)
        dialog.fileSelected.connect(self.save_picture if ending == "png" else self.save_data)
        dialog.open()

    def _save(self, service: Callable[..., Coroutine[Any, Any, Path]], *given: object) -> None:
        self.tools.bridge.run(service, *given, done=self._on_saved, failed=lambda error: self.failed(error))

    def _on_saved(self, path: Path) -> None:
        self.saved.setText(translate("Overview", "Saved: {file}").format(file=isolate(path.name)))
        self.saved.show()


class _Board(QWidget):
    """The cards side by side, two where there is room."""

    def __init__(self, tools: Tools, cards: list[PlotCard]) -> None:
        super().__init__()
        self.setProperty("role", "scrolled")
        self._tools, self._cards, self._columns = tools, cards, 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 8, 8)
        self._grid.setSpacing(12)
        self._grid.setSizeConstraint(QLayout.SizeConstraint.SetMinAndMaxSize)
        self._place(2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Go into one column where there is no room for two."""
        super().resizeEvent(event)
        self._place(2 if self.width() >= self._tools.theme.px(_TWO_FROM) else 1)

    def _place(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for card in self._cards:
            self._grid.removeWidget(card)
        for number, card in enumerate(self._cards):
            self._grid.addWidget(card, number // columns, number % columns)
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)


def own_zone() -> str:
    """Return the IANA name of this machine's time zone."""
    return bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii", "replace")


def _day_of(field: QDateEdit) -> date:
    chosen = field.date()
    return date(chosen.year(), chosen.month(), chosen.day())


def _cell(text: str, *, is_number: bool) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setToolTip(text)
    side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
    item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    return item

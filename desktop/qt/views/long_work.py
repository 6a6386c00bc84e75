"""Long work that goes on beside: how far it is, how it came out, and the exports of lists into files."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from desktop.model.exports import Export
from desktop.model.problem import Trouble
from desktop.qt.dialogs.save import save_dialog
from desktop.qt.explanations import explained
from desktop.qt.texts import isolate, number_text, spoken, translate
from desktop.qt.tools import Tools
from desktop.qt.view import View
from desktop.qt.widgets.basics import button, name_it, row, tool_button
from desktop.qt.widgets.rolling import Rolling
from desktop.qt.widgets.state_word import StateWord
from shared.admin_wire import AdminInput

EXPORTED = ("installs", "queue", "webhooks", "sessions", "consistency")
"""The views whose lists are written to files from here; the audit's view does so itself."""


class WorkLine(View):
    """One piece of long work: an icon, a sentence, a bar, and a button that stops it or puts it away."""

    def __init__(
        self, tools: Tools, stop: Callable[[], Coroutine[Any, Any, None]], put_away: Callable[[], None]
    ) -> None:
        super().__init__(tools)
        self.setProperty("role", "scrolled")
        self._stop, self._put_away = stop, put_away
        self._is_running = False
        self._what = ""
        self.state = StateWord(tools.icons)
        self.state.word.setWordWrap(True)
        self.state.word.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        tools.theme.fit(self.bar, max_width=200)
        self.stop, self.close_work = button(), tool_button()
        tools.icons.dress(self.close_work, "cross")
        line = row(self.state, self.bar, self.stop, self.close_work)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.stop.clicked.connect(lambda: self.run(self._stop))
        self.close_work.clicked.connect(lambda: self._put_away())
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.stop.setText(translate("Audit", "Stop"))
        name_it(self.close_work, translate("Audit", "Put this away"))
        name_it(self.bar, translate("Audit", "How far it is"), "")
        self.name_after(self._what)

    def name_after(self, what: str) -> None:
        """Say what it is about in the names of its buttons: several may be seen at once."""
        self._what = what
        if not what:
            return
        for control, name in ((self.stop, self.stop.text()), (self.close_work, self.close_work.toolTip())):
            control.setAccessibleName(f"{name}: {what}")

    def show_work(
        self, icon: str, tone: str, text: str, is_running: bool, done: tuple[int, int] | None
    ) -> None:
        """Show how far it is; without an end that is known the bar only says that it goes on."""
        self.state.set_state(icon, tone, text)
        self.bar.setVisible(is_running)
        self.bar.setMaximum(1000 if done else 0)
        if done is not None:
            self.bar.setValue(done[0] * 1000 // done[1])
        self.stop.setVisible(is_running)
        self.close_work.setVisible(not is_running)


class ExportsBar(View):
    """Every list on its way into a file, seen from any view."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._model = tools.console.models.exports
        self.lines = {view: self._line_of(view) for view in EXPORTED}
        inside = QWidget()
        inside.setProperty("role", "scrolled")
        lines = QVBoxLayout(inside)
        lines.setContentsMargins(16, 8, 16, 8)
        lines.setSpacing(8)
        for line in self.lines.values():
            lines.addWidget(line)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Rolling(inside))
        self.watch(self._model.changed, self.refresh)
        self.refresh()

    def choose(self, view: str, given: AdminInput, parent: QWidget) -> QFileDialog:
        """Ask where a view's list is to be saved, and write it there."""
        name = f"{view}-{self.tools.ticker.now_here():%Y-%m-%d}"
        return choose_table(parent, name, partial(self.export_to, view, given))

    def export_to(self, view: str, given: AdminInput, path: str) -> None:
        """Write what matches a filter to a file, in the background."""
        self.run(self.tools.console.export_list, view, given, Path(path), separator())

    def release(self) -> None:
        """Hear of no model any more."""
        for line in self.lines.values():
            line.release()
        super().release()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.refresh()

    def refresh(self) -> None:
        """Show what the model holds."""
        for view, line in self.lines.items():
            export = self._model.by_view.get(view)
            line.setVisible(export is not None)
            if export is not None:
                look, tone = look_of(export.is_running, export.is_done, export.trouble is not None)
                line.show_work(look, tone, export_text(export), export.is_running, None)
                line.name_after(isolate(export.file_name))
        self.setVisible(bool(self._model.by_view))

    def _line_of(self, view: str) -> WorkLine:
        return WorkLine(
            self.tools,
            partial(self.tools.console.stop_export, view),
            lambda: self._model.export_is(view, None),
        )


def choose_table(parent: QWidget, name: str, chosen: Callable[[str], object]) -> QFileDialog:
    """Ask where a table is to be saved, as CSV or JSON; `chosen` gets the path."""
    dialog = save_dialog(parent, f"{name}.csv", translate("Audit", "Table (*.csv)"))
    dialog.setNameFilters([translate("Audit", "Table (*.csv)"), translate("Audit", "JSON file (*.json)")])
    dialog.filterSelected.connect(
        lambda kind: dialog.setDefaultSuffix("json" if kind.endswith("(*.json)") else "csv")
    )
    dialog.selectFile(name)
    dialog.fileSelected.connect(chosen)
    dialog.open()
    return dialog


def separator() -> str:
    """Return what separates the cells of CSV: spreadsheets of Russian systems expect semicolons."""
    return ";" if spoken() == "ru" else ","


def look_of(is_running: bool, is_done: bool, is_bad: bool) -> tuple[str, str]:
    if is_running:
        return "refresh", "accent"
    if is_bad:
        return "cross-circle", "bad"
    return ("check-circle", "ok") if is_done else ("stop", "text-quiet")


def export_text(export: Export) -> str:
    name, count = isolate(export.file_name), number_text(export.rows)
    if export.trouble is not None:
        return trouble_sentence(
            translate("Audit", "{file} was not written.").format(file=name), export.trouble
        )
    if export.is_running:
        return translate("Audit", "Writing {file}: {count} rows so far").format(file=name, count=count)
    if export.is_stopped:
        return translate("Audit", "The export was stopped; {file} was not written.").format(file=name)
    return translate("Audit", "{file} is written: {count} rows.").format(file=name, count=count)


def trouble_sentence(first: str, trouble: Trouble) -> str:
    known = explained(trouble.code, trouble.params)
    return f"{first} {known.title}. {known.advice}"

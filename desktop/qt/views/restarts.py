"""Restarts of many sessions on the screen: how far they are, and what became of each."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QTableWidget, QTableWidgetItem, QWidget

from desktop.model.sessions import Restart, RestartState
from desktop.qt.explanations import explained
from desktop.qt.texts import marked, number_text, salon_text, translate
from desktop.qt.tools import Tools
from desktop.qt.view import View
from desktop.qt.widgets.basics import Card, button, flowing, label, name_it, row, tool_button
from desktop.qt.widgets.state_word import StateWord

_WORDS: Final = {
    RestartState.WAITING: marked("Restarts", "waits for its turn"),
    RestartState.ASKED: marked("Restarts", "asked for"),
    RestartState.DONE: marked("Restarts", "restarted"),
    RestartState.REFUSED: marked("Restarts", "refused"),
    RestartState.LEFT: marked("Restarts", "left as it was"),
}
_URGENCY: Final = (
    RestartState.REFUSED, RestartState.LEFT, RestartState.ASKED, RestartState.WAITING, RestartState.DONE,
)  # fmt: skip
_ROWS_SHOWN: Final = 4


class RestartsPanel(View):
    """The restarts that were asked for last. Put away it goes on; it ends with this program."""

    salon_opened = Signal(int)

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self._restarts = tools.console.models.restarts
        self.card = Card(margin=12, spacing=8)
        self.state, self.told = StateWord(tools.icons, "strong"), label("quiet")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.results = QTableWidget(0, 2)
        self.stop, self.close_panel = button(), tool_button()
        tools.icons.dress(self.close_panel, "cross")
        self._build()
        self.watch(self._restarts.changed, self.refresh)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.stop.setText(translate("Restarts", "Restart no more"))
        name_it(self.close_panel, translate("Restarts", "Close the report"))
        self.results.setAccessibleName(translate("Restarts", "What became of each session"))
        self.bar.setAccessibleName(translate("Restarts", "How far the restarts are"))
        self.refresh()

    def refresh(self) -> None:
        """Show how far they are."""
        restarts = self._restarts
        self.setVisible(bool(restarts.rows))
        if not restarts.rows:
            return
        self._show_state()
        self.bar.setMaximum(len(restarts.rows))
        self.bar.setValue(restarts.settled)
        self.stop.setVisible(restarts.is_running)
        self.stop.setEnabled(not restarts.is_stopping)
        self.close_panel.setVisible(not restarts.is_running)
        self._show_results(sorted(restarts.rows, key=lambda each: _URGENCY.index(each.state)))

    def _build(self) -> None:
        header = self.results.horizontalHeader()
        header.hide()
        header.setStretchLastSection(True)
        self.results.verticalHeader().hide()
        self.results.setShowGrid(False)
        self.results.setWordWrap(False)
        self.results.setTabKeyNavigation(False)
        self.results.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.results.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.results.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.results.cellActivated.connect(self._on_activated)
        self.stop.clicked.connect(lambda: self.run(self.tools.console.stop_restarts))
        self.close_panel.clicked.connect(lambda: self.run(self.tools.console.close_restarts))
        self.card.body.addLayout(flowing(self.state, self.told, None, self.stop, self.close_panel))
        self.card.body.addWidget(self.bar)
        self.card.body.addWidget(self.results)
        layout = row(self.card)
        self.setLayout(layout)

    def _show_state(self) -> None:
        restarts = self._restarts
        refused, left = restarts.count(RestartState.REFUSED), restarts.count(RestartState.LEFT)
        if restarts.is_running:
            self.state.set_state("refresh", "accent", translate("Restarts", "Restarting"))
        elif refused or left:
            self.state.set_state("stage-attention", "warn", translate("Restarts", "Restarted, but not all"))
        else:
            self.state.set_state("check-circle", "ok", translate("Restarts", "Restarted"))
        parts = [
            translate("Restarts", "{done} of {all}").format(
                done=number_text(restarts.count(RestartState.DONE)), all=number_text(len(restarts.rows))
            ),
            translate("Restarts", "%n refused", "", refused) if refused else "",
            translate("Restarts", "%n left as they were", "", left) if left else "",
        ]
        self.told.setText(" · ".join(part for part in parts if part))

    def _show_results(self, rows: list[Restart]) -> None:
        self.results.setRowCount(len(rows))
        for at, each in enumerate(rows):
            name = QTableWidgetItem(salon_text(each.title, each.city))
            name.setData(Qt.ItemDataRole.UserRole, each.salon_id)
            name.setToolTip(f"{salon_text(each.title, each.city)}\n{each.salon_id}")
            word = translate("Restarts", _WORDS[each.state])
            if each.trouble is not None:
                known = explained(each.trouble.code, each.trouble.params)
                word = f"{word}: {known.title}"
            outcome = QTableWidgetItem(word)
            outcome.setToolTip(word)
            self.results.setItem(at, 0, name)
            self.results.setItem(at, 1, outcome)
        px = self.tools.theme.px
        self.results.verticalHeader().setDefaultSectionSize(px(26))
        self.results.setColumnWidth(0, px(300))
        self.results.setFixedHeight(px(26) * min(len(rows), _ROWS_SHOWN) + 4)

    def _on_activated(self, at: int, _: int) -> None:
        item = self.results.item(at, 0)
        if item is not None:
            self.salon_opened.emit(item.data(Qt.ItemDataRole.UserRole))

"""The board: every install, who is stuck first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QItemSelectionModel, QPoint, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QStackedLayout, QVBoxLayout, QWidget

from desktop.model.board import Board
from desktop.model.kept_filters import INSTALLS, kept_installs
from desktop.qt import shortcuts
from desktop.qt.board_table import BoardTable
from desktop.qt.install_cells import Column, InstallCells
from desktop.qt.links import link_of_salon
from desktop.qt.live_table import LiveTable
from desktop.qt.row_actions import OPERATION_OF, RETRIABLE, RowAction, action_of, action_word
from desktop.qt.texts import number_text, salons_text, stage_word, translate
from desktop.qt.theme import STAGE_COLOURS
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.absence import explain_absence
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.basics import button, flowing, label, name_it
from desktop.qt.widgets.chips import ChipRow
from desktop.qt.widgets.copyable import copy_text
from desktop.qt.widgets.empty import EmptyState
from desktop.qt.widgets.search_field import SearchField
from shared.admin_wire import MAX_SEARCH_CHARS, InstallFilter, InstallRow
from shared.vocabulary import STAGE_ORDER, Stage

_ALL: Final = "all"
_SAVE_MS: Final = 400


class InstallsView(View):
    """Counters that filter, a search, and the list; what a row offers leaves as a signal."""

    salon_opened = Signal(int)
    salon_filled = Signal(int)
    """The salon is to be shown in the whole window."""
    salon_window_wanted = Signal(int)
    """The salon is to be shown in a window of its own."""
    action_chosen = Signal(object, object)
    """A `RowAction` for an `InstallRow`."""
    bulk_retry_chosen = Signal(object)
    """Ids of the calls to retry together."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._board: Board = tools.console.models.board
        self._selected: set[int] = set()
        self._current: int | None = None
        self.title = label("title")
        self.total = label("quiet")
        self.search = SearchField(tools.icons, MAX_SEARCH_CHARS)
        self.chips = ChipRow(tools.icons)
        self.waiting = button("plain")
        self.waiting.hide()
        self.trouble = TroubleBanner(tools.icons)
        self.table = LiveTable(self._board, InstallCells(tools.ticker))
        self.list = BoardTable(tools, self.table)
        self.empty = EmptyState(tools.icons, "storefront")
        self.selection_bar = QWidget()
        self.selected = label("strong")
        self.retry_selected = button("primary")
        self.copy_selected = button()
        self.clear_selected = button("link")
        self._save_filter = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._save_widths = QTimer(self, singleShot=True, interval=_SAVE_MS)
        self._build()
        self._connect()
        self._restore()
        self.retranslate()

    # ---- what it is made of

    def _build(self) -> None:
        self.chips.add(_ALL)
        for stage in STAGE_ORDER:
            self.chips.add(stage, f"stage-{stage}", STAGE_COLOURS[stage])
        self.tools.theme.fit(self.search, min_width=240)
        head = flowing(self.title, self.total, None, self.waiting, self.search, spacing=12)
        head.setAlignment(self.total, Qt.AlignmentFlag.AlignBottom)
        self.selection_bar.setLayout(
            flowing(self.selected, self.retry_selected, self.copy_selected, self.clear_selected)
        )
        self.selection_bar.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self.chips)
        layout.addWidget(self.trouble)
        layout.addWidget(self.selection_bar)
        self._stack = QStackedLayout()
        layout.addLayout(self._stack, 1)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.empty)

    def _connect(self) -> None:
        models = self.tools.console.models
        self.watch(self._board.counts_changed, self._show_counts)
        self.watch(self._board.state_changed, self._show_state)
        self.watch(self._board.resetting, self._keep_selection)
        self.watch(self._board.reset, self._restore_selection)
        self.watch(self._board.rows_inserted, lambda first, last: self._show_state())
        self.watch(self._board.rows_removed, lambda first, last: self._show_state())
        self.watch(models.connection.changed, self._show_state)
        self.watch(models.safety.changed, self._show_selection)
        for changed in (models.safety.changed, models.connection.changed):
            self.watch(changed, self._permit_actions)
        self.table.more_wanted.connect(self._on_more_wanted)
        self.search.searched.connect(self._on_filter_chosen)
        self.chips.chosen.connect(self._on_chips_chosen)
        self.waiting.clicked.connect(self._board.show_waiting)
        self.empty.acted.connect(lambda: self.search_for(""))
        self.list.row_opened.connect(self.salon_opened)
        self.list.row_filled.connect(self.salon_filled)
        self.list.action_pressed.connect(self.act_on)
        self.list.menu_wanted.connect(self._on_menu_wanted)
        self.list.copy_wanted.connect(self.copy_ids)
        self.list.pointer_entered.connect(self._board.hold)
        self.list.pointer_left.connect(self._board.release)
        self.list.widths_changed.connect(self._save_widths.start)
        self.list.selectionModel().selectionChanged.connect(self._show_selection)
        self.retry_selected.clicked.connect(self._on_retry_selected_clicked)
        self.copy_selected.clicked.connect(self.copy_ids)
        self.clear_selected.clicked.connect(self.list.clearSelection)
        self._save_filter.timeout.connect(self._on_save_filter_timeout)
        self._save_widths.timeout.connect(self._on_save_widths_timeout)

    def release(self) -> None:
        """Hear of no model any more."""
        super().release()
        self.table.release()
        self.list.release()

    # ---- what others ask of it

    def search_for(self, search: str) -> None:
        """Show the installs that match a search, of every stage."""
        self.chips.choose([])
        self.search.put(search)
        self._on_filter_chosen()

    def show_stages(self, stages: Iterable[Stage]) -> None:
        """Show the installs of some stages, whatever they are called."""
        self.search.put("")
        self.chips.choose(list(stages))
        self._on_filter_chosen()

    def use_filter(self, kept: str) -> None:
        """Show what a kept filter says. Raises ValidationError."""
        given = InstallFilter.model_validate_json(kept)
        self.search.put(given.search)
        self.chips.choose([*given.stages] or [_ALL])
        self._on_filter_chosen()

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def current_row(self) -> InstallRow | None:
        """Return the row the cursor is on."""
        index = self.list.currentIndex()
        return self.table.row_at(index.row()) if index.isValid() else None

    def selected_rows(self) -> list[InstallRow]:
        """Return the selected rows, in the board's order."""
        numbers = sorted({index.row() for index in self.list.selectionModel().selectedRows()})
        return [self.table.row_at(number) for number in numbers]

    def select_salon(self, salon_id: int) -> None:
        """Put the cursor on a salon's row, when it is loaded."""
        number = self._board.index_of(salon_id)
        if number is not None:
            self.list.setCurrentIndex(self.table.index(number, Column.STAGE))

    def copy_ids(self) -> None:
        """Copy the numbers of the selected salons, one a line."""
        rows = self.selected_rows() or [row for row in [self.current_row()] if row is not None]
        if rows:
            copy_text("\n".join(str(row.salon_id) for row in rows))

    def retranslate(self) -> None:
        """Set every text anew, in the present language."""
        self.title.setText(translate("Board", "Installs"))
        self.search.setPlaceholderText(translate("Board", "Name, city, number, support code…"))
        name_it(self.search, translate("Board", "Search the installs"), shortcuts.key_text("find"))
        self.chips.setAccessibleName(translate("Board", "Stages"))
        self.chips.set_word(_ALL, translate("Board", "All"))
        for stage in STAGE_ORDER:
            self.chips.set_word(stage, stage_word(stage))
        self.list.setAccessibleName(translate("Board", "Installs, who is stuck first"))
        self.copy_selected.setText(translate("Board", "Copy numbers"))
        self.clear_selected.setText(translate("Board", "Clear the selection"))
        self.trouble.retranslate()
        self.table.retranslate()
        self.list.spread_columns()
        self._show_counts()
        self._show_state()
        self._show_selection()

    # ---- what it shows

    def _show_counts(self) -> None:
        counts = self._board.counts
        self.chips.set_count(_ALL, counts.total if counts else None)
        for stage in STAGE_ORDER:
            self.chips.set_count(stage, self._board.count_of(stage) if counts else None)
        total = self._board.total
        self.total.setText("" if total is None else salons_text(total))

    def _show_state(self) -> None:
        waiting = self._board.waiting_count
        self.waiting.setVisible(waiting > 0)
        if waiting:
            self.waiting.setText(translate("Board", "%n changes wait", "", waiting))
            name_it(
                self.waiting,
                self.waiting.text(),
                translate(
                    "Board", "Rows stand still while the pointer is over the list. Press to show them."
                ),
            )
        self.trouble.show_trouble(self._board.problem)
        has_rows = bool(self._board.rows)
        self._stack.setCurrentWidget(self.list if has_rows else self.empty)
        self.setFocusProxy(self.list if has_rows else self.search)
        if not has_rows:
            self._show_empty()

    def _show_empty(self) -> None:
        connection = self.tools.console.models.connection
        if explain_absence(self, self.empty):
            return
        if self._is_filtered() and self._board.counts is not None:
            self.empty.set_icon("search")
            self.empty.set_texts(
                translate("Board", "No install matches"),
                translate("Board", "Nothing fits these stages and words together. Fewer words find more."),
                translate("Board", "Clear the filter"),
            )
        elif self._board.is_complete and connection.welcome is not None:
            self.empty.set_icon("storefront")
            self.empty.set_texts(
                translate("Board", "No installs yet"),
                translate(
                    "Board",
                    "A salon appears here the moment its owner presses “Connect” in the YCLIENTS Marketplace, and"
                    " stays with its whole story. To try it, open the sandbox's page and press “Connect” there.",
                ),
            )
        else:
            self.empty.set_icon("clock")
            self.empty.set_texts(
                translate("Board", "Reading the installs…"),
                translate("Board", "The list appears as soon as the gateway answers."),
            )

    def _permit_actions(self, *_: object) -> None:
        refused = {action for action, operation in OPERATION_OF.items() if refusal_of(self.tools, operation)}
        self.list.refuse(frozenset(refused))

    def _show_selection(self, *_: object) -> None:
        rows = self.selected_rows()
        self.selection_bar.setVisible(len(rows) > 1)
        if len(rows) < 2:
            return
        retriable = len(self._retriable(rows))
        self.selected.setText(translate("Board", "%n selected", "", len(rows)))
        self.retry_selected.setText(
            translate("Board", "Retry calls ({count})").format(count=number_text(retriable))
        )
        nothing = None if retriable else translate("Board", "None of these has a call that can be retried.")
        permit(self.retry_selected, nothing or refusal_of(self.tools, "bulk.plan"))

    # ---- what a person does

    def _on_chips_chosen(self) -> None:
        chosen = [] if self.chips.last_pressed == _ALL else self.chips.chosen_keys()
        self.chips.choose([key for key in chosen if key != _ALL] or [_ALL])
        self._on_filter_chosen()

    def _on_filter_chosen(self, *_: object) -> None:
        given = InstallFilter(
            stages=[Stage(key) for key in self.chips.chosen_keys() if key != _ALL], search=self.search.text()
        )
        if not given.stages:
            self.chips.choose([_ALL])
        self._save_filter.start()
        self.run(self.tools.console.set_filter, given)

    def _on_more_wanted(self) -> None:
        if not self._board.is_loading:
            self.run(self.tools.console.load_more)

    def act_on(self, salon_id: int) -> None:
        """Do what a row offers."""
        row = self._board.find(salon_id)
        if row is None:
            return
        action = action_of(row)
        if action is RowAction.OPEN:
            self.salon_opened.emit(salon_id)
        else:
            self.action_chosen.emit(action, row)

    def _on_menu_wanted(self, salon_id: int, place: QPoint) -> None:
        row = self._board.find(salon_id)
        if row is not None:
            menu = self.menu_of(row)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(place)

    def menu_of(self, row: InstallRow) -> QMenu:
        """Return a row's menu."""
        menu = QMenu(self)
        salon_id = row.salon_id

        def add(text: str, call: object, refusal: str | None = None) -> QAction:
            made = menu.addAction(text)
            made.triggered.connect(call)
            permit(made, refusal)
            return made

        add(translate("Board", "Open"), lambda: self.salon_opened.emit(salon_id))
        add(translate("Board", "Open in the whole window"), lambda: self.salon_filled.emit(salon_id))
        add(
            translate("Board", "Open in a window of its own"), lambda: self.salon_window_wanted.emit(salon_id)
        )
        action = action_of(row)
        if action is not RowAction.OPEN:
            refusal = refusal_of(self.tools, OPERATION_OF[action])
            add(action_word(action), lambda: self.act_on(salon_id), refusal)
        menu.addSeparator()
        add(translate("Board", "Copy the salon's number"), lambda: copy_text(str(salon_id)))
        add(translate("Board", "Copy a summary"), lambda: copy_text(self.summary_of(row)))
        add(translate("Board", "Copy a link for colleagues"), lambda: copy_text(link_of_salon(salon_id)))
        return menu

    def summary_of(self, row: InstallRow) -> str:
        """Return a row in words for a message to a colleague; the phone stays masked."""
        cells = self.table.cells
        lines = [f"{cells.text(row, Column.SALON)} ({row.salon_id})"]
        for column in (Column.STAGE, Column.AGE, Column.WHATSAPP, Column.PARTNER, Column.ERROR, Column.NEXT):
            text = cells.text(row, column)
            if text:
                lines.append(f"{cells.heading(column)}: {text}")
        lines.append(translate("Board", "Support code: {code}").format(code=row.support_code))
        lines.append(link_of_salon(row.salon_id))
        return "\n".join(lines)

    def _on_retry_selected_clicked(self) -> None:
        self.bulk_retry_chosen.emit(self._retriable(self.selected_rows()))

    def _retriable(self, rows: list[InstallRow]) -> list[int]:
        return [row.call_id for row in rows if row.call_id is not None and row.call_state in RETRIABLE]

    def _is_filtered(self) -> bool:
        return bool(self.search.text().strip()) or self.chips.chosen_keys() not in ([], [_ALL])

    # ---- what is kept between runs, and over a reset

    def _restore(self) -> None:
        preferences = self.tools.console.models.preferences
        kept = kept_installs(preferences)
        self.chips.choose([*kept.stages] or [_ALL])
        self.search.put(kept.search)
        self.list.restore_widths(preferences.column_widths.get(INSTALLS, ""))

    def kept_filter(self) -> InstallFilter:
        """Return what the view is filtered by: to be asked for when the program starts."""
        stages = [Stage(key) for key in self.chips.chosen_keys() if key != _ALL]
        return InstallFilter(stages=stages, search=self.search.text())

    def _on_save_filter_timeout(self) -> None:
        kept = {
            **self.tools.console.models.preferences.filters,
            INSTALLS: self.kept_filter().model_dump_json(),
        }
        self.run(self.tools.console.update_preferences, filters=kept)

    def _on_save_widths_timeout(self) -> None:
        kept = {**self.tools.console.models.preferences.column_widths, INSTALLS: self.list.widths_text()}
        self.run(self.tools.console.update_preferences, column_widths=kept)

    def _keep_selection(self) -> None:
        current = self.current_row()
        self._current = current.salon_id if current else None
        self._selected = {row.salon_id for row in self.selected_rows()}

    def _restore_selection(self) -> None:
        flags = QItemSelectionModel.SelectionFlag
        chooser = self.list.selectionModel()
        with QSignalBlocker(chooser):
            if self._current is not None and (at := self._board.index_of(self._current)) is not None:
                chooser.setCurrentIndex(self.table.index(at, 0), flags.NoUpdate)
            for salon_id in self._selected:
                at = self._board.index_of(salon_id)
                if at is not None:
                    chooser.select(self.table.index(at, 0), flags.Select | flags.Rows)
        self.list.viewport().update()
        self._show_state()
        self._show_selection()

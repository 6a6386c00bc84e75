"""Saved views: a view's filter under a name, chosen from the menu, the palette or by a link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, cast

from pydantic import ValidationError
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop.model.saved_views import (
    MOST,
    MOST_FILTER_CHARS,
    MOST_NAME_CHARS,
    SavedView,
    find_saved,
    plain_name,
    read_saved,
    renamed,
    saved_text,
    with_saved,
    without_saved,
)
from desktop.qt.links import VIEWS, link_of_view
from desktop.qt.texts import translate
from desktop.qt.tools import Tools
from desktop.qt.widgets.basics import button, flowing, label, row
from desktop.qt.widgets.copyable import copy_text
from desktop.qt.widgets.rolling import open_at
from shared.admin_wire import AdminInput

SAVED: Final = ("installs", "queue", "webhooks", "sessions", "consistency", "audit")
"""The views whose filters can be saved."""


class Filtered(Protocol):
    """A view that is filtered."""

    def kept_filter(self) -> AdminInput:
        """Return what it is filtered by."""

    def use_filter(self, kept: str) -> None:
        """Show what a kept filter says. Raises ValidationError."""


class SavedViews:
    """The saved views of the present gateway, in the console's settings."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    @property
    def views(self) -> tuple[SavedView, ...]:
        """All of them, by name."""
        kept = self._tools.console.models.preferences.saved_views.get(self._profile_id, "")
        return tuple(one for one in read_saved(kept) if one.view in SAVED)

    def save(self, name: str, view: str, filtered: Filtered) -> str | None:
        """Keep a view's filter under a name; returns why not, or None when it is kept."""
        name = plain_name(name)
        if refusal := self._refusal_of_name(name):
            return refusal
        kept = filtered.kept_filter().model_dump_json(
            exclude_defaults=True, exclude={"since", "until", "owners", "is_unowned"}
        )
        others = without_saved(self.views, name)
        if len(others) >= MOST:
            return translate("SavedViews", "There are %n saved views already. Delete one first.", "", MOST)
        if len(kept) > MOST_FILTER_CHARS:
            return translate("SavedViews", "This filter is too long to be kept.")
        self.keep(with_saved(others, SavedView(name, view, kept)))
        return None

    def rename(self, old: str, new: str) -> str | None:
        """Give one another name; returns why not, or None when it is done."""
        new = plain_name(new)
        if refusal := self._refusal_of_name(new):
            return refusal
        taken = find_saved(self.views, new)
        if taken is not None and taken.name.casefold() != old.casefold():
            return translate("SavedViews", "Another saved view has this name.")
        self.keep(renamed(self.views, old, new))
        return None

    def keep(self, views: tuple[SavedView, ...]) -> None:
        """Keep exactly these."""
        preferences = self._tools.console.models.preferences
        kept = {**preferences.saved_views, self._profile_id: saved_text(views)}
        preferences.update(saved_views=kept)
        self._tools.bridge.run(self._tools.console.update_preferences, saved_views=kept)

    @property
    def _profile_id(self) -> str:
        profile = self._tools.console.models.connection.profile
        return profile.id if profile else ""

    @staticmethod
    def _refusal_of_name(name: str) -> str | None:
        if not name:
            return translate("SavedViews", "Give it a name.")
        if name.casefold() in VIEWS:
            return translate("SavedViews", "A view of the console has this name.")
        return None


def show_saved(one: SavedView, view: QWidget) -> bool:
    """Filter a view as one that was saved; False when its filter is none that this console understands."""
    try:
        cast(Filtered, view).use_filter(one.filter)
    except ValidationError:
        return False
    return True


class SavedViewsDialog(QDialog):
    """Saves the filter that is shown, and looks after those that are saved; what was deleted can be brought back."""

    def __init__(
        self, tools: Tools, saved: SavedViews, view: str, filtered: Filtered | None,
        opened: Callable[[SavedView], object], parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._saved, self._view, self._filtered, self._opened = saved, view, filtered, opened
        self._before: tuple[SavedView, ...] | None = None
        self._row_height = tools.theme.row_height
        self.name = QLineEdit()
        self.name.setMaxLength(MOST_NAME_CHARS)
        self.said = label("quiet", is_wrapped=True)
        self.list = QListWidget()
        self.save, self.open_it, self.rename, self.delete = (
            button("primary"),
            button(),
            button(),
            button("danger"),
        )
        self.copy, self.undo, self.leave = button(), button(), button()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(row(self.name, self.save))
        layout.addWidget(self.said)
        layout.addWidget(self.list, 1)
        layout.addLayout(
            flowing(self.open_it, self.copy, self.rename, self.delete, self.undo, None, self.leave)
        )
        self.save.clicked.connect(self._save)
        self.name.returnPressed.connect(self._save)
        self.open_it.clicked.connect(self._open)
        self.list.itemActivated.connect(lambda _: self._open())
        self.copy.clicked.connect(lambda: self._with_chosen(lambda one: copy_text(link_of_view(one.name))))
        self.rename.clicked.connect(lambda: self._with_chosen(self._rename))
        self.delete.clicked.connect(lambda: self._with_chosen(self._delete))
        self.undo.clicked.connect(self._undo)
        self.leave.clicked.connect(self.close)
        self.list.currentItemChanged.connect(lambda *_: self._permit())
        self._name_all()
        self._fill()
        open_at(self, tools.theme.px(560), tools.theme.px(420))
        self.name.setFocus()

    def _name_all(self) -> None:
        self.setWindowTitle(translate("SavedViews", "Saved views"))
        self.name.setPlaceholderText(translate("SavedViews", "Name for the filter that is shown"))
        self.name.setAccessibleName(translate("SavedViews", "Name"))
        self.list.setAccessibleName(translate("SavedViews", "Saved views"))
        self.save.setText(translate("SavedViews", "Save"))
        self.open_it.setText(translate("SavedViews", "Open"))
        self.copy.setText(translate("SavedViews", "Copy the link"))
        self.rename.setText(translate("SavedViews", "Rename"))
        self.rename.setToolTip(translate("SavedViews", "Gives the chosen one the name in the field above."))
        self.delete.setText(translate("SavedViews", "Delete"))
        self.undo.setText(translate("SavedViews", "Bring it back"))
        self.leave.setText(translate("SavedViews", "Close"))
        if not self._saved.views:
            self.said.setText(
                translate(
                    "SavedViews", "Filter a list, give it a name here, and come back to it at any time."
                )
            )

    def _fill(self) -> None:
        self.list.clear()
        for one in self._saved.views:
            item = QListWidgetItem(one.name)
            item.setData(Qt.ItemDataRole.UserRole, one.name)
            item.setSizeHint(QSize(0, self._row_height))
            item.setToolTip(one.name)
            self.list.addItem(item)
        if self.list.count():
            self.list.setCurrentRow(0)
        self._permit()

    def _permit(self) -> None:
        is_chosen = self.list.currentItem() is not None
        for control in (self.open_it, self.copy, self.rename, self.delete):
            control.setEnabled(is_chosen)
        self.save.setEnabled(self._filtered is not None)
        self.undo.setVisible(self._before is not None)
        self.said.setVisible(bool(self.said.text()))

    def _with_chosen(self, act: Callable[[SavedView], object]) -> None:
        item: Any = self.list.currentItem()
        found = find_saved(self._saved.views, item.text()) if item is not None else None
        if found is not None:
            act(found)

    def _save(self) -> None:
        if self._filtered is None:
            return
        refusal = self._saved.save(self.name.text(), self._view, self._filtered)
        self._tell(refusal or translate("SavedViews", "Saved."), is_done=refusal is None)

    def _open(self) -> None:
        self._with_chosen(lambda one: (self.close(), self._opened(one)))

    def _rename(self, one: SavedView) -> None:
        refusal = self._saved.rename(one.name, self.name.text())
        self._tell(refusal or translate("SavedViews", "Renamed."), is_done=refusal is None)

    def _delete(self, one: SavedView) -> None:
        self._before = self._saved.views
        self._saved.keep(without_saved(self._saved.views, one.name))
        self._tell(translate("SavedViews", "Deleted."), is_done=True)

    def _undo(self) -> None:
        if self._before is not None:
            self._saved.keep(self._before)
            self._before = None
            self._tell(translate("SavedViews", "It is back."), is_done=True)

    def _tell(self, text: str, *, is_done: bool) -> None:
        self.said.setText(text)
        if is_done:
            self.name.clear()
            self._fill()

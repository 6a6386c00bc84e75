"""Asking before something is done: verbs on the buttons, Cancel the default, nothing that was typed is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.model.problem import Trouble
from desktop.model.safety import is_name_typed
from desktop.qt.icons import Icons
from desktop.qt.texts import isolate, translate
from desktop.qt.troubles import TroubleBanner
from desktop.qt.widgets.basics import button, flowing, label
from desktop.qt.widgets.rolling import Rolling, open_at
from shared.admin_wire import MAX_REASON_CHARS

LEAST_REASON_CHARS: Final = 3
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `verb` is the button's text; `typed_name` has to be typed before the button can be pressed.

    `typed_label` asks for it, with the place `{name}`; without one it is the salon's name that is asked for.
    """

    title: str
    text: str
    verb: str
    is_dangerous: bool = False
    needs_reason: bool = False
    typed_name: str | None = None
    typed_label: str = ""


_LINES_WIDE: Final = 27
"""How wide a question is at least, in heights of a line of text."""


class ConfirmDialog(QDialog):
    """Asks one question. It stays open while the answer is carried out, and when that fails: `show_trouble`.

    Cancel is the default button and Enter never presses the other one of a dangerous question: only a click or the
    space bar on it does.
    """

    confirmed = Signal(str)
    """The person said yes, and why (an empty text when no reason was asked for)."""

    def __init__(self, icons: Icons, question: Question, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._question = question
        self._is_busy = False
        self.setWindowTitle(question.title)
        self.setModal(True)
        self.setMinimumWidth(440)
        self.trouble = TroubleBanner(icons)
        self.reason = self._reason_field()
        self.typed = QLineEdit()
        self.typed.textChanged.connect(self._on_edited)
        self.typed.installEventFilter(self)
        self.verb = button("danger" if question.is_dangerous else "primary")
        self.verb.setText(question.verb)
        self.verb.setAutoDefault(not question.is_dangerous)
        self.verb.clicked.connect(self._on_verb_clicked)
        self.cancel = button()
        self.cancel.setText(translate("Confirm", "Cancel"))
        self.cancel.setAutoDefault(True)
        self.cancel.setDefault(True)
        self.cancel.clicked.connect(self.reject)
        self._build()
        self._on_edited()

    def show_trouble(self, trouble: Trouble) -> None:
        """Say that it could not be done; what was typed stays, and it may be tried again."""
        self._is_busy = False
        self.trouble.show_trouble(trouble)
        self._on_edited()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin where something has to be typed, else on Cancel."""
        super().showEvent(event)
        width = max(self.width(), self.fontMetrics().height() * _LINES_WIDE)
        needed = self._lines.totalHeightForWidth(width) + self._foot.heightForWidth(width) + 28
        open_at(self, width, max(self.height(), needed))
        first = self.reason if self._question.needs_reason else self.typed
        (first if first.isVisibleTo(self) else self.cancel).setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter in the field for the name goes to the next control instead of pressing a button."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _ENTER:
            self.focusNextChild()
            return True
        return super().eventFilter(watched, event)

    def _reason_field(self) -> QPlainTextEdit:
        field = QPlainTextEdit()
        field.setTabChangesFocus(True)
        field.setFixedHeight(field.fontMetrics().lineSpacing() * 3 + 24)
        field.textChanged.connect(self._on_edited)
        return field

    def _build(self) -> None:
        inside = QWidget()
        layout = self._lines = QVBoxLayout(inside)
        layout.setContentsMargins(24, 24, 24, 4)
        layout.setSpacing(12)
        title = label("heading", is_wrapped=True)
        title.setText(self._question.title)
        text = label(is_wrapped=True)
        text.setText(self._question.text)
        text.setVisible(bool(self._question.text))
        layout.addWidget(title)
        layout.addWidget(text)
        asked_reason = self._labelled(translate("Confirm", "Why"), self.reason)
        self.reason.setPlaceholderText(translate("Confirm", "Goes into the log with your name"))
        name = isolate(self._question.typed_name or "")
        asked_name = self._labelled(
            (self._question.typed_label or translate("Confirm", "Type the salon's name: {name}")).format(
                name=name
            ),
            self.typed,
        )
        for parts, is_asked in (
            ((asked_reason, self.reason), self._question.needs_reason),
            ((asked_name, self.typed), self._question.typed_name is not None),
        ):
            for part in parts:
                part.setVisible(is_asked)
                layout.addWidget(part)
        layout.addWidget(self.trouble)
        buttons = QWidget()
        buttons.setLayout(flowing(None, self.cancel, self.verb))
        buttons.setContentsMargins(24, 0, 24, 0)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 16)
        whole.setSpacing(12)
        whole.addWidget(Rolling(inside), 1)
        whole.addWidget(buttons)
        self._foot = buttons

    def _labelled(self, text: str, field: QWidget) -> QLabel:
        made = label(is_wrapped=True)
        made.setText(text)
        made.setBuddy(field)
        field.setAccessibleName(text)
        return made

    def _on_edited(self) -> None:
        self.verb.setEnabled(self._missing() is None and not self._is_busy)
        self.verb.setToolTip(self._missing() or "")
        self.verb.setAccessibleDescription(self._missing() or "")

    def _missing(self) -> str | None:
        length = len(self._reason())
        if self._question.needs_reason and length < LEAST_REASON_CHARS:
            return translate("Confirm", "Say why first: three letters or more.")
        if length > MAX_REASON_CHARS:
            return translate("Confirm", "The reason is too long: at most 500 letters.")
        if self._question.typed_name is not None and not is_name_typed(
            self._question.typed_name, self.typed.text()
        ):
            return translate("Confirm", "Type the salon's name first.")
        return None

    def _reason(self) -> str:
        return self.reason.toPlainText().strip() if self._question.needs_reason else ""

    def _on_verb_clicked(self) -> None:
        if self._missing() is not None or self._is_busy:
            return
        self._is_busy = True
        self.trouble.show_trouble(None)
        self._on_edited()
        self.confirmed.emit(self._reason())

"""The Edit menu's acts, on whatever field has the focus."""

from __future__ import annotations

from typing import Literal

from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

Act = Literal["undo", "redo", "cut", "copy", "paste", "select_all"]


def can(act: Act) -> bool:
    """Whether the focused field can do it now."""
    field = _field()
    if isinstance(field, QLineEdit):
        return _can_line(field, act)
    if isinstance(field, QPlainTextEdit | QTextEdit):
        document = field.document()
        has_selection = field.textCursor().hasSelection()
        return {
            "undo": document.isUndoAvailable(), "redo": document.isRedoAvailable(),
            "cut": has_selection and not field.isReadOnly(), "copy": has_selection,
            "paste": field.canPaste(), "select_all": not document.isEmpty(),
        }[act]  # fmt: skip
    return (act == "select_all" and hasattr(field, "selectAll")) or (
        act == "copy" and hasattr(field, "copy_wanted")
    )


def do(act: Act) -> None:
    """Do it, where it can be done."""
    field = _field()
    if field is None or not can(act):
        return
    if isinstance(field, QLineEdit | QPlainTextEdit | QTextEdit):
        {
            "undo": field.undo, "redo": field.redo, "cut": field.cut, "copy": field.copy, "paste": field.paste,
            "select_all": field.selectAll,
        }[act]()  # fmt: skip
    elif act == "select_all":
        field.selectAll()  # type: ignore[attr-defined]
    else:
        field.copy_wanted.emit()  # type: ignore[attr-defined]


def _can_line(field: QLineEdit, act: Act) -> bool:
    is_secret = field.echoMode() != QLineEdit.EchoMode.Normal
    has_selection = field.hasSelectedText()
    return {
        "undo": field.isUndoAvailable(), "redo": field.isRedoAvailable(),
        "cut": has_selection and not is_secret and not field.isReadOnly(), "copy": has_selection and not is_secret,
        "paste": not field.isReadOnly(), "select_all": bool(field.text()),
    }[act]  # fmt: skip


def _field() -> QWidget | None:
    return QApplication.focusWidget()

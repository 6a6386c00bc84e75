"""Where to save a file: the platform's own question."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget


def save_dialog(parent: QWidget, name: str, kind: str) -> QFileDialog:
    """Return the question, not yet opened; `name` is what is proposed, `kind` a filter such as `Page (*.html)`."""
    dialog = QFileDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setOption(QFileDialog.Option.ReadOnly)  # nothing is renamed or deleted on the way
    dialog.setNameFilters([kind])
    dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
    dialog.selectFile(name)
    return dialog

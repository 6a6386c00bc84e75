"""Looking at a widget as a camera would, and pressing what a person would press."""

from __future__ import annotations

import zxingcpp
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QPlainTextEdit, QWidget


def picture_of(widget: QWidget) -> Image.Image:
    """Return what is seen of a widget."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    return Image.frombytes("RGBA", (image.width(), image.height()), bytes(image.constBits())).convert("RGB")


def settled_picture_of(widget: QWidget) -> Image.Image:
    """Return what a widget looks like once two pictures in a row are alike: what Qt does a moment later is done."""
    before = picture_of(widget)
    for _ in range(50):
        QApplication.processEvents()
        after = picture_of(widget)
        if after.tobytes() == before.tobytes():
            return after
        before = after
    raise AssertionError("it never looks the same twice")


def codes_in(widget: QWidget) -> list[str]:
    """Return the texts of the codes that a camera reads from a widget."""
    return [found.text for found in zxingcpp.read_barcodes(picture_of(widget))]


def press(
    widget: QWidget, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    """Press a key in a widget."""
    QTest.keyClick(widget, key, modifier)


def click(widget: QWidget) -> None:
    """Click into the middle of a widget."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def unnamed_controls(view: QWidget) -> list[QWidget]:
    """Return the controls to be seen that a screen reader could say nothing about."""
    found: list[QWidget] = []
    for kind in (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit):
        for control in view.findChildren(QWidget):
            if not isinstance(control, kind) or not control.isVisibleTo(view):
                continue
            has_text = isinstance(control, QAbstractButton) and bool(control.text())
            is_qts_own = control.objectName().startswith(("Scroll", "qt_")) or isinstance(
                control.parent(), QLineEdit
            )
            if not (control.accessibleName() or has_text or is_qts_own):
                found.append(control)
    return found

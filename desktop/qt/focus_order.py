"""Where the Tab key goes: in the order in which a person reads, whatever was made first.

Qt keeps the order in which widgets were made. Rows and cards come and go with what the gateway says, so that order
would lead from the end of a list to its middle, or out of the view and back.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cmp_to_key

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from desktop.qt.widgets.rolling import roll_to


def move_focus(window: QWidget, *, is_forward: bool) -> bool:
    """Give the focus to what is read next in a window, from its end to its beginning; False when Qt has to choose."""
    if QGuiApplication.styleHints().tabFocusBehavior() != Qt.TabFocusBehavior.TabFocusAllControls:
        return False  # a system on which Tab leads to some controls only
    standing = QApplication.focusWidget()
    order = list(stops(window, standing))
    if standing not in order or len(order) < 2:
        return False
    step, reason = (
        (1, Qt.FocusReason.TabFocusReason) if is_forward else (-1, Qt.FocusReason.BacktabFocusReason)
    )
    following = order[(order.index(standing) + step) % len(order)]
    following.setFocus(reason)
    roll_to(following)
    return True


def stops(inside: QWidget, standing: QWidget | None = None) -> Iterator[QWidget]:
    """Yield what Tab stops at, in the order of reading; `standing` is there even if Tab would not lead to it."""
    children = [
        one
        for one in inside.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if one.isVisible() and not one.isWindow()
    ]
    for child in sorted(children, key=cmp_to_key(_compare)):
        is_stop = bool(child.focusPolicy() & Qt.FocusPolicy.TabFocus) and child.focusProxy() is None
        if child.isEnabled() and (is_stop or child is standing):
            yield child
        yield from stops(child, standing)


def _compare(one: QWidget, other: QWidget) -> int:
    """Rows from the top, each from the left: beside each other is what shares half of the lower one's height."""
    a, b = one.geometry(), other.geometry()
    shared = min(a.bottom(), b.bottom()) - max(a.top(), b.top())
    if shared * 2 >= min(a.height(), b.height()):
        return a.left() - b.left()
    return a.top() - b.top()

"""What all views have in common.

A view is made with the tools and its models. It builds its widgets once, without texts, and calls `retranslate` at the
end of its constructor; that method alone sets texts, and is called again when the language changes. `refresh` shows
what the models hold, and is called by the view's own slots. What a person asked for leaves the view as a signal in the
past tense (`salon_opened`); what only the console has to do it asks itself, by `run`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from desktop.model.observable import Signal as ModelSignal
from desktop.qt.bridge import Job
from desktop.qt.texts import is_language_change
from desktop.qt.tools import Tools

T = TypeVar("T")


class View(QWidget):
    """The base of a view, and of a part of one that has its own models."""

    connection_wanted = Signal()
    """There is no gateway to ask, and the person wants to choose one."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tools = tools
        self._watches: list[Callable[[], None]] = []
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def retranslate(self) -> None:
        """Set every text anew, in the present language."""

    def watch(self, signal: ModelSignal[...], slot: Callable[..., object]) -> None:
        """Call a slot at every signal of a model, until `release`."""
        self._watches.append(signal.connect(slot))

    def release(self) -> None:
        """Hear of no model any more: called once, before the view goes."""
        for disconnect in self._watches:
            disconnect()
        self._watches.clear()

    def run(
        self,
        coroutine_function: Callable[..., Coroutine[Any, Any, T]],
        *args: Any,
        done: Callable[[T], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
        **named: Any,
    ) -> Job:
        """Run a service's coroutine; `done` and `failed` are not called when the view is gone by then."""
        return self.tools.bridge.run(
            coroutine_function, *args, done=self._while_here(done), failed=self._while_here(failed), **named
        )

    def changeEvent(self, event: QEvent) -> None:
        """Speak the new language."""
        super().changeEvent(event)
        if is_language_change(event):
            self.retranslate()

    def _while_here(self, call: Callable[[Any], object] | None) -> Callable[[Any], object] | None:
        if call is None:
            return None
        return lambda result: call(result) if isValid(self) else None

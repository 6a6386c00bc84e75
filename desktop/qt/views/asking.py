"""How a view asks the console for something: at once by a button, or after a question."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from desktop.model.problem import Trouble
from desktop.qt.dialogs.confirm import ConfirmDialog, Question
from desktop.qt.troubles import trouble_of
from desktop.qt.view import View

Command = Callable[..., Coroutine[Any, Any, Any]]


class Asking:
    """Asks for commands on behalf of a view, one at a time for each name, and tells the view when one begins or ends.

    `changed` is called whenever something begins or ends: the view shows it is busy, then the outcome. `failed` gets
    what went wrong.
    """

    def __init__(
        self, view: View, changed: Callable[[], None], failed: Callable[[Trouble | None], None]
    ) -> None:
        self._view, self._changed, self._failed = view, changed, failed
        self._busy: set[str] = set()

    def is_busy(self, name: str) -> bool:
        """Whether that was asked for and not answered yet."""
        return name in self._busy

    def ask(
        self,
        name: str,
        command: Command,
        *args: Any,
        done: Callable[[Any], object] | None = None,
        **named: Any,
    ) -> None:
        """Have something done. While it is on its way the same is not asked for again."""
        if name in self._busy:
            return
        self._begin(name)
        self._failed(None)

        def succeed(result: Any) -> None:
            self._end(name)
            if done is not None:
                done(result)

        def fail(error: Exception) -> None:
            self._end(name)
            self._failed(trouble_of(error))

        self._view.run(command, *args, done=succeed, failed=fail, **named)

    def confirm(
        self, question: Question, command: Callable[[str], Coroutine[Any, Any, Any]],
        done: Callable[[Any], object] | None = None,
    ) -> ConfirmDialog:  # fmt: skip
        """Ask the person first. The dialog stays open until it is done, and keeps what was typed when it fails."""
        dialog = ConfirmDialog(self._view.tools.icons, question, self._view.window())

        def succeed(result: Any) -> None:
            dialog.accept()
            if done is not None:
                done(result)

        dialog.confirmed.connect(
            lambda reason: self._view.run(
                command, reason, done=succeed, failed=lambda error: dialog.show_trouble(trouble_of(error))
            )
        )
        dialog.finished.connect(lambda _: dialog.deleteLater())
        dialog.open()
        return dialog

    def _begin(self, name: str) -> None:
        self._busy.add(name)
        self._changed()

    def _end(self, name: str) -> None:
        self._busy.discard(name)
        self._changed()

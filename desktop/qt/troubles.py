"""What went wrong, shown where it went wrong: what it is, why, what to do, who can."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.model.problem import Trouble
from desktop.qt.explanations import explained
from desktop.qt.icons import Icons
from desktop.qt.texts import translate
from desktop.qt.widgets.banner import Banner
from desktop.services.errors import ConsoleError


def trouble_of(error: Exception) -> Trouble:
    """Return what to show for an error of a service; whatever is not one of ours is our own mistake."""
    return error.trouble if isinstance(error, ConsoleError) else Trouble("internal")


def trouble_text(trouble: Trouble) -> str:
    """Return a problem in two or three sentences, the last of them the next step."""
    known = explained(trouble.code, trouble.params)
    parts = [f"{known.title}.", known.cause, known.advice]
    if trouble.reference:
        parts.append(translate("Trouble", "Reference: {reference}").format(reference=trouble.reference))
    return " ".join(part for part in parts if part)


class TroubleBanner(Banner):
    """A banner that is there while there is a problem."""

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(icons, "bad", parent=parent)
        self._trouble: Trouble | None = None
        self.hide()

    @property
    def trouble(self) -> Trouble | None:
        """The problem it shows."""
        return self._trouble

    def show_trouble(self, trouble: Trouble | None) -> None:
        """Show a problem, or go away."""
        self._trouble = trouble
        self.retranslate()
        self.setVisible(trouble is not None)

    def retranslate(self) -> None:
        """Say it in the present language."""
        if self._trouble is not None:
            self.set_text(trouble_text(self._trouble))

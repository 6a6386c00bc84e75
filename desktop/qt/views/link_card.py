"""Settings: whether links of colleagues (`admin://install/…`) are opened with this program."""

from __future__ import annotations

import asyncio

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from desktop.model.problem import Trouble
from desktop.qt.texts import translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit
from desktop.qt.widgets.basics import Card, label
from desktop.services.errors import InputInvalidError
from desktop.services.link_scheme import LinkScheme

_NAME = "links"


class LinkCard(View):
    """A box to tick; unticked, whatever opened the links before opens them again. Hidden where there is no choice."""

    def __init__(self, tools: Tools, scheme: LinkScheme | None, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self._scheme = scheme
        self._asking = Asking(self, self._permit, self._show_trouble)
        self.card = Card()
        self.is_ours = QCheckBox()
        self.hint = label("quiet", is_wrapped=True)
        self.trouble = TroubleBanner(tools.icons)
        for part in (self.is_ours, self.hint, self.trouble):
            self.card.body.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.card)
        self.is_ours.clicked.connect(self._on_clicked)
        self.setVisible(scheme is not None)
        self.retranslate()
        self.look()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.card.set_heading(translate("Links", "Links"))
        self.is_ours.setText(translate("Links", "Open admin:// links with this program"))
        self.hint.setText(
            translate(
                "Links",
                "A link such as admin://install/123 in a message then opens the salon here. It is set for you alone; "
                "without the tick, what opened such links before opens them again.",
            )
        )
        self.trouble.retranslate()
        self._permit()

    def look(self) -> None:
        """Ask the system who opens the links."""
        if self._scheme is not None:
            self.run(
                asyncio.to_thread, self._scheme.is_ours, done=self._show, failed=lambda _: self._show(False)
            )

    def _show(self, is_ours: bool) -> None:
        self.is_ours.setChecked(is_ours)

    def _on_clicked(self, is_wanted: bool) -> None:
        if self._scheme is None:
            return
        scheme = self._scheme
        change = scheme.take if is_wanted else scheme.give_back

        async def work() -> bool:
            try:
                await asyncio.to_thread(change)
                return await asyncio.to_thread(scheme.is_ours)
            except OSError:
                raise InputInvalidError("links_not_registered") from None

        self._asking.ask(_NAME, work, done=self._show)

    def _permit(self) -> None:
        is_busy = self._asking.is_busy(_NAME)
        permit(self.is_ours, translate("Links", "One moment…") if is_busy else None)

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)
        if trouble is not None:
            self.look()

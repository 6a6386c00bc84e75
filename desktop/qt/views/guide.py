"""The first minutes: what to do first, and the four jobs, each a button away. Opened by itself once, then from Help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QPushButton, QVBoxLayout, QWidget

from desktop.model.connection import ConnectionState
from desktop.qt.texts import marked, translate
from desktop.qt.tools import Tools
from desktop.qt.view import View
from desktop.qt.widgets.basics import Card, button, flowing, label, name_it, row, scrolled
from desktop.qt.widgets.copyable import copy_text
from desktop.qt.widgets.rolling import open_at

DEMO_COMMAND: Final = "python3 dev.py demo"
CONNECT, DEMO, WATCH, QR, RETRY, TOKEN = "connect", "demo", "watch", "qr", "retry", "token"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: where its button leads, the icon, heading, sentence and the button's words."""

    place: str
    icon: str
    heading: str
    text: str
    action: str
    needs_gateway: bool = True


STEPS: Final = (
    Step(
        CONNECT, "link", marked("Guide", "Connect to your gateway"),
        marked("Guide", "Paste the gateway's address and your personal token: an administrator gives you both. The "
               "token is kept in this computer's keychain. “Test” says whether they fit."),
        marked("Guide", "Enter address and token"), needs_gateway=False,
    ),
    Step(
        DEMO, "play", marked("Guide", "Or try it where nothing is real"),
        marked("Guide", "In the project's folder run the command below: it starts a gateway, a sandbox in YCLIENTS' "
               "place and simulated phones. Then run “python3 dev.py console” there: it signs in by itself."),
        marked("Guide", "Copy the command"), needs_gateway=False,
    ),
    Step(
        WATCH, "installs", marked("Guide", "Watch an install"),
        marked("Guide", "Every salon is a line, those that are stuck first. Enter opens one: its whole story, live."),
        marked("Guide", "Show the installs"),
    ),
    Step(
        QR, "qr", marked("Guide", "Show a QR"),
        marked("Guide", "Open a salon that waits for its phone, then “Show QR”. Each look is written down. The owner "
               "can also get a link, or a code by phone."),
        marked("Guide", "Show who is linking"),
    ),
    Step(
        RETRY, "refresh", marked("Guide", "Retry a failed call"),
        marked("Guide", "The queue shows what YCLIENTS refused, in words and with advice. Retry is always a new "
               "attempt and harms nothing."),
        marked("Guide", "Show the failed calls"),
    ),
    Step(
        TOKEN, "doctor", marked("Guide", "Check the token"),
        marked("Guide", "Asks YCLIENTS whether PARTNER_TOKEN is accepted and looks through the configuration; what is "
               "wrong is said with what to do."),
        marked("Guide", "Check now"),
    ),
)  # fmt: skip
"""Everything the guide leads to, in the order a person meets it."""


class GuideView(View):
    """The steps as cards; `place_wanted` when a button leads somewhere."""

    place_wanted = Signal(str)

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self.title, self.about = label("title", is_wrapped=True), label("quiet", is_wrapped=True)
        self.buttons: dict[str, QPushButton] = {}
        self.command = label(is_wrapped=True, is_selectable=True)
        self.copied = label("quiet")
        self._retranslations: list[Callable[[], None]] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(self.title)
        layout.addWidget(self.about)
        for step in STEPS:
            layout.addWidget(self._card(step))
        layout.addStretch(1)
        self.watch(tools.console.models.connection.changed, self.refresh)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.title.setText(translate("Guide", "The first minutes"))
        self.about.setText(
            translate("Guide", "Two ways to begin, then the four jobs. You find this again in the Help menu.")
        )
        self.command.setText(DEMO_COMMAND)
        self.command.setAccessibleName(translate("Guide", "Command"))
        for retranslate in self._retranslations:
            retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Let the jobs be done only where there is a gateway to do them at, and say why."""
        has_gateway = self.tools.console.models.connection.state is not ConnectionState.OFFLINE
        why = "" if has_gateway else translate("Guide", "First connect to a gateway.")
        for step in STEPS:
            control = self.buttons[step.place]
            control.setEnabled(has_gateway or not step.needs_gateway)
            control.setToolTip(why if step.needs_gateway else "")
            control.setAccessibleDescription(why if step.needs_gateway else "")

    def _card(self, step: Step) -> Card:
        card = Card(margin=12, spacing=8)
        sign, heading, text = label(), label("heading", is_wrapped=True), label("quiet", is_wrapped=True)
        self.tools.icons.dress(sign, step.icon, "text-quiet", 20)
        control = button("primary" if step.place == CONNECT else "plain")
        self.buttons[step.place] = control
        control.clicked.connect(partial(self._go, step.place))
        head = row(sign, heading, spacing=8)
        head.setStretch(1, 1)
        card.body.addLayout(head)
        card.body.addWidget(text)
        if step.place == DEMO:
            self.tools.theme.fit(self.command, size="small", is_mono=True)
            self.command.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            card.body.addWidget(self.command)
            card.body.addLayout(row(control, self.copied, None))
        else:
            card.body.addLayout(row(control, None))

        def retranslate() -> None:
            heading.setText(translate("Guide", step.heading))
            text.setText(translate("Guide", step.text))
            control.setText(translate("Guide", step.action))
            name_it(control, translate("Guide", step.action))

        self._retranslations.append(retranslate)
        return card

    def _go(self, place: str) -> None:
        if place == DEMO:
            copy_text(DEMO_COMMAND)
            self.copied.setText(translate("Guide", "Copied."))
            return
        self.place_wanted.emit(place)


class GuideDialog(QDialog):
    """The guide beside the window; not modal, Esc closes it. `dismissed` says whether it is to come by itself again."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate("Guide", "The first minutes"))
        self._tools = tools
        self.guide = GuideView(tools)
        self.again = QCheckBox(translate("Guide", "Show this at every start while no gateway is known"))
        self.again.setChecked(not tools.console.models.preferences.is_guide_dismissed)
        self.again.toggled.connect(self._on_again_toggled)
        close = button()
        close.setText(translate("Guide", "Close"))
        close.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 12)
        layout.addWidget(scrolled(self.guide), 1)
        foot = QWidget()
        foot.setLayout(flowing(self.again, None, close))
        foot.setContentsMargins(24, 0, 24, 0)
        layout.addWidget(foot)
        open_at(self, tools.theme.px(600), tools.theme.px(720))
        self.finished.connect(lambda _: self.guide.release())
        self.guide.buttons[CONNECT].setFocus()

    def _on_again_toggled(self, is_wanted: bool) -> None:
        self._tools.bridge.run(self._tools.console.update_preferences, is_guide_dismissed=not is_wanted)

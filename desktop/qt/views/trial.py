"""A test message over a salon's WhatsApp: to whom, whether it was sent, and what to do when nobody knows."""

from __future__ import annotations

import secrets

from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.model.problem import Trouble
from desktop.qt.dialogs.confirm import ConfirmDialog, Question
from desktop.qt.explanations import explained
from desktop.qt.texts import isolate, phone_text, translate, when_text
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.banner import Banner
from desktop.qt.widgets.basics import button, column, label, row
from shared.admin_wire import SessionTestOutcome
from shared.vocabulary import WhatsappState

_OPERATION = "sessions.send_test"


class TrialView(View):
    """Sends a test message and shows what became of it.

    A message keeps its reference until its outcome is known, so that asking again never sends a second one.
    """

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self._salon = tools.salon.model
        self._salon_id: int | None = None
        self._reference: str | None = None
        self._is_unknown = False
        self._to: str | None = None
        self._asking = Asking(self, self.refresh, self._show_trouble)
        self.dialog: ConfirmDialog | None = None
        self.heading, self.hint = label("heading"), label("quiet", is_wrapped=True)
        self.phone = QLineEdit()
        self.phone.setMaxLength(40)
        self.phone.returnPressed.connect(self._ask)
        self.send = button()
        tools.icons.dress(self.send, "send")
        self.send.clicked.connect(self._ask)
        self.trouble, self.outcome = TroubleBanner(tools.icons), Banner(tools.icons, is_closable=True)
        self.outcome.acted.connect(self._look_again)
        self.outcome.closed.connect(self._put_away)
        self.outcome.hide()
        parts = column(
            self.heading, self.hint, row(self.phone, self.send), self.trouble, self.outcome, None, spacing=8
        )
        parts.setContentsMargins(16, 12, 16, 16)
        self.setLayout(parts)
        for signal in (self._salon.detail_changed, self._salon.session_changed):
            self.watch(signal, self.refresh)
        self.watch(tools.console.models.connection.changed, self.refresh)
        self.watch(tools.console.models.safety.changed, self.refresh)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.heading.setText(translate("Trial", "Test message"))
        self.hint.setText(
            translate(
                "Trial",
                "Shows whether the salon's WhatsApp sends. Without a number it goes to the salon's own.",
            )
        )
        self.phone.setPlaceholderText(translate("Trial", "The salon's own number"))
        self.phone.setAccessibleName(translate("Trial", "Phone number for the test message"))
        self.send.setText(translate("Trial", "Send a test message…"))
        self.outcome.set_close_name(translate("Trial", "Put this away"))
        self.trouble.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Say whether one can be sent now."""
        if self._salon.salon_id != self._salon_id:
            self._salon_id = self._salon.salon_id
            self._forget()
            self.phone.clear()
            self.outcome.hide()
            self.trouble.show_trouble(None)
        is_connected = self._state() is WhatsappState.CONNECTED
        refusal = refusal_of(self.tools, _OPERATION)
        if refusal is None and self._asking.is_busy(_OPERATION):
            refusal = translate("Refusal", "Sent; waiting for the gateway.")
        if refusal is None and not is_connected:
            refusal = translate("Refusal", "WhatsApp is not connected, so nothing can be sent.")
        if refusal is None and self._is_unknown:
            refusal = translate("Refusal", "First find out what became of the last one.")
        permit(self.send, refusal)

    def _state(self) -> WhatsappState | None:
        return self._salon.row.whatsapp_state if self._salon.row else None

    def _ask(self) -> None:
        shown = self._salon.row
        if shown is None or not self.send.isEnabled():
            return
        typed = self.phone.text().strip() or None
        to = isolate(typed) if typed else phone_text(shown.phone)
        text = translate("Trial", "It goes from the salon's WhatsApp to {phone} and says that it is a test.")
        question = Question(
            translate("Trial", "Send a test message for {name}?").format(name=isolate(shown.title)),
            text.format(phone=to), translate("Trial", "Send it"),
        )  # fmt: skip
        if self._reference is None or typed != self._to:
            self._reference, self._to = secrets.token_hex(8), typed
        asked = (shown.salon_id, self._reference, typed)
        self.dialog = self._asking.confirm(
            question, lambda reason: self.tools.console.send_test(*asked), self._on_answered
        )

    def _look_again(self) -> None:
        """Ask what became of the very message: nothing is sent a second time."""
        if self._salon_id is not None and self._reference is not None:
            asked = (self._salon_id, self._reference, self._to)
            self._asking.ask(_OPERATION, self.tools.console.send_test, *asked, done=self._on_answered)

    def _forget(self) -> None:
        self._reference, self._is_unknown = None, False

    def _put_away(self) -> None:
        self._forget()
        self.outcome.hide()
        self.refresh()

    def _on_answered(self, answer: SessionTestOutcome) -> None:
        if answer.salon_id != self._salon_id:
            return
        self.outcome.set_action("")
        if answer.outcome == "unknown":
            self._show_unknown()
        elif answer.outcome == "sent":
            self._forget()
            self.outcome.set_tone("ok")
            self.outcome.set_text(self._sent(answer))
        else:
            self._forget()
            known = explained(answer.code)
            self.outcome.set_tone("bad")
            self.outcome.set_text(f"{known.title}. {known.advice}")
        self.outcome.show()
        self.refresh()

    def _sent(self, answer: SessionTestOutcome) -> str:
        zone = self._salon.row.timezone if self._salon.row else None
        time = when_text(answer.at, zone, self.tools.ticker.now()).text if answer.at else ""
        return translate("Trial", "WhatsApp took the test message: {time}.").format(time=time)

    def _show_unknown(self) -> None:
        self._is_unknown = True
        self.outcome.set_tone("warn")
        self.outcome.set_text(
            translate(
                "Trial",
                "WhatsApp did not confirm: it may have arrived. It will not be sent again by itself. Look at the "
                "recipient's phone; put this away to send another one.",
            )
        )
        self.outcome.set_action(translate("Trial", "Ask again"))

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)

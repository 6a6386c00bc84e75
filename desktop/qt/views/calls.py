"""A salon's partner calls: where each stands, why in words, every attempt, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QMenu,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.model.explain import Who, code_of_status
from desktop.model.problem import Trouble
from desktop.qt.dialogs.confirm import ConfirmDialog, Question
from desktop.qt.explanations import Explained, explained
from desktop.qt.texts import call_word, isolate, number_text, translate, when_text
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.handing import curl_of, support_text
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.basics import Card, button, label, name_it, row, set_look
from desktop.qt.widgets.copyable import copy_text
from desktop.qt.widgets.empty import EmptyState
from desktop.qt.widgets.flow import FlowLayout
from desktop.qt.widgets.state_word import StateWord
from shared.admin_wire import AttemptView, CallRow
from shared.vocabulary import CallState

CALL_LOOKS: Final = {
    CallState.FAILED: ("stage-attention", "bad"), CallState.HELD: ("pause", "warn"),
    CallState.WAITING: ("clock", "accent"), CallState.DONE: ("check-circle", "ok"),
    CallState.CANCELLED: ("stage-gone", "text-quiet"), CallState.RESOLVED: ("person", "text-quiet"),
}  # fmt: skip
"""The icon and the token of each state; its word stands beside it."""

_MOST_BODY_LINES: Final = 8


def kind_word(kind: str) -> str:
    """Return what a call is for."""
    if kind == "uninstall":
        return translate("Calls", "Disconnection")
    return translate("Calls", "Activation") if kind == "activate" else kind


def who_text(who: Who) -> str:
    """Return who can do something about a problem."""
    return {
        Who.NOBODY: translate("Who", "Nobody has to do anything: it mends itself."),
        Who.OWNER: translate("Who", "The salon's owner can."),
        Who.OPERATOR: translate("Who", "You can."),
        Who.ADMIN: translate("Who", "An administrator of the gateway can."),
        Who.PARTNER: translate("Who", "YCLIENTS' support can."),
    }[who]


def explained_attempt(attempt: AttemptView) -> Explained | None:
    """Return what came of an attempt, explained; None while there is no answer yet."""
    if attempt.finished_at is None:
        return None
    if attempt.http_status is None:
        return explained(f"failure_{attempt.failure}" if attempt.failure else None)
    if attempt.verdict is not None:
        return explained(f"verdict_{attempt.verdict}")
    return explained(code_of_status(attempt.http_status))


class AttemptRow(QWidget):
    """One attempt in a line; open, it shows the address, the headers and the first bytes."""

    def __init__(self, tools: Tools, call: CallRow, attempt: AttemptView) -> None:
        super().__init__()
        self._tools, self._call, self.attempt = tools, call, attempt
        self.toggle = QToolButton()
        self.toggle.setCheckable(True)
        self.toggle.setArrowType(Qt.ArrowType.RightArrow)
        self.toggle.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.toggle.toggled.connect(self._on_toggled)
        self.text = label(is_wrapped=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.numbers = label("quiet")
        self.explanation = label("quiet", is_wrapped=True, is_selectable=True)
        self.explanation.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.detail = QPlainTextEdit()
        self.detail.setReadOnly(True)
        self.detail.setTabChangesFocus(True)
        self.detail.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        tools.theme.fit(self.detail, size="note", is_mono=True)
        self.copy_curl = button("link")
        self.copy_curl.clicked.connect(lambda: copy_text(curl_of(self._call, self.attempt)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row(self.toggle, self.text, self.numbers))
        layout.addWidget(self.explanation)
        layout.addWidget(self.detail)
        layout.addWidget(self.copy_curl, 0, Qt.AlignmentFlag.AlignLeft)
        self._on_toggled(False)
        self.retranslate()

    def retranslate(self) -> None:
        """Say it in the present language."""
        attempt = self.attempt
        when = when_text(attempt.started_at, self._call.timezone, self._tools.ticker.now())
        known = explained_attempt(attempt)
        outcome = known.title if known else translate("Calls", "no answer yet")
        line = translate("Calls", "No. {number} · {time} · {outcome}")
        self.text.setText(line.format(number=attempt.number, time=when.text, outcome=outcome))
        told = (known.cause, known.advice, who_text(known.who)) if known else ()
        self.explanation.setText(" ".join(part for part in told if part))
        self.text.setToolTip(when.tooltip)
        answer = str(attempt.http_status) if attempt.http_status is not None else "—"
        took = translate("Calls", "{ms} ms").format(ms=number_text(attempt.latency_ms or 0))
        self.numbers.setText(f"{answer} · {took}")
        name_it(self.toggle, translate("Calls", "Detail of attempt {number}").format(number=attempt.number))
        self.detail.setAccessibleName(translate("Calls", "What was sent and what came back"))
        self.detail.setPlainText(self._detail_text())
        lines = min(self.detail.document().blockCount(), _MOST_BODY_LINES)
        self.detail.setFixedHeight(self.detail.fontMetrics().lineSpacing() * (lines + 1) + 20)
        self.copy_curl.setText(translate("Calls", "Copy as cURL, without secrets"))

    def _detail_text(self) -> str:
        attempt = self.attempt
        parts = [f"{attempt.method} {attempt.path}"]
        if attempt.http_status is not None:
            parts.append(f"HTTP {attempt.http_status}")
        parts += [f"{name}: {value}" for name, value in attempt.headers.items()]
        if attempt.failure:
            parts.append(f"failure: {attempt.failure}")
        if attempt.verdict:
            parts.append(f"verdict: {attempt.verdict}")
        return "\n".join([*parts, "", attempt.body_head] if attempt.body_head else parts)

    def _on_toggled(self, is_open: bool) -> None:
        self.toggle.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self.explanation.setVisible(is_open)
        self.detail.setVisible(is_open)
        self.copy_curl.setVisible(is_open)


class CallCard(Card):
    """One call: its state and reason, what to do, its attempts."""

    retried = Signal(int)
    held = Signal(int)
    released = Signal(int)
    resolved = Signal(int)
    attempts_wanted = Signal(int)

    def __init__(self, tools: Tools, call: CallRow) -> None:
        super().__init__(margin=12, spacing=8)
        self._tools, self.call = tools, call
        self._rows: list[AttemptRow] = []
        self.state = StateWord(tools.icons, "strong")
        self.what = label("quiet", is_wrapped=True)
        self.why = label("strong", is_wrapped=True, is_selectable=True)
        self.cause, self.advice, self.who = (label(is_wrapped=True, is_selectable=True) for _ in range(3))
        for one in (self.why, self.cause, self.advice, self.who):
            one.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.next_try = label("quiet", is_wrapped=True)
        self.retry = button("primary")
        self.hold, self.release_hold, self.resolve = button(), button(), button()
        self.more = QToolButton()
        self.more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        tools.icons.dress(self.more, "more")
        tools.icons.dress(self.retry, "refresh", "accent-text")
        self.copy_id, self.copy_support = QAction(self), QAction(self)
        self.attempts = button("link")
        self.attempts.setCheckable(True)
        self._attempt_box = QWidget()
        self._attempt_lines = QVBoxLayout(self._attempt_box)
        self._attempt_lines.setContentsMargins(0, 0, 0, 0)
        self._attempt_box.hide()
        self._build()
        self._connect()

    @property
    def attempt_rows(self) -> Sequence[AttemptRow]:
        """The attempts shown, the oldest first."""
        return self._rows

    def show_call(self, call: CallRow) -> None:
        """Show where the call stands."""
        self.call = call
        zone, now = call.timezone, self._tools.ticker.now()
        icon, colour = CALL_LOOKS[call.state]
        self.state.set_state(icon, colour, call_word(call.state))
        made = when_text(call.created_at, zone, now)
        self.what.setText(
            translate("Calls", "{kind} · No. {call} · {time}").format(
                kind=kind_word(call.kind), call=call.call_id, time=made.text
            )
        )
        self.what.setToolTip(made.tooltip)
        self._explain(call)
        self.next_try.setText(self._next_text(call))
        self.next_try.setVisible(bool(self.next_try.text()))
        self.attempts.setText(translate("Calls", "%n attempts", "", call.attempts))
        self.attempts.setAccessibleName(f"{self.attempts.text()}: {self._about()}")
        self.attempts.setEnabled(call.attempts > 0)

    def show_attempts(self, attempts: Sequence[AttemptView]) -> None:
        """Show every attempt; a line that is open stays open."""
        opened = {line.attempt.number for line in self._rows if line.toggle.isChecked()}
        for line in self._rows:
            self._attempt_lines.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._rows = [AttemptRow(self._tools, self.call, attempt) for attempt in attempts]
        for line in self._rows:
            self._attempt_lines.addWidget(line)
            line.toggle.setChecked(line.attempt.number in opened)

    def open_attempts(self) -> None:
        """Show the attempts, and have them read."""
        self.attempts.setChecked(True)

    def retranslate(self) -> None:
        """Set every text anew."""
        self.retry.setText(translate("Calls", "Retry"))
        self.hold.setText(translate("Calls", "Hold…"))
        self.release_hold.setText(translate("Calls", "Let it go on"))
        self.resolve.setText(translate("Calls", "Mark as dealt with…"))
        more = translate("Calls", "More about this call")
        name_it(self.more, f"{more}: {self._about()}", more)
        for control in (self.retry, self.hold, self.release_hold, self.resolve):
            control.setAccessibleName(f"{control.text()}: {self._about()}")
        self.copy_id.setText(translate("Calls", "Copy the call's number"))
        self.copy_support.setText(translate("Calls", "Copy for support"))
        for line in self._rows:
            line.retranslate()
        self.show_call(self.call)

    def permit(self, is_busy: bool) -> None:
        """Enable what can be done with the call here and now; the rest says why not, or is not there at all."""
        call = self.call
        sent = translate("Refusal", "Sent; waiting for the gateway.") if is_busy else None
        cannot = None
        if not call.can_retry:
            cannot = explained(call.cannot_retry_because).title if call.cannot_retry_because else " "
        permit(self.retry, refusal_of(self._tools, "calls.retry") or sent or cannot)
        self.retry.setVisible(
            call.state in (CallState.FAILED, CallState.HELD, CallState.WAITING) or call.can_retry
        )
        worked = translate("Refusal", "It is being sent at this moment.") if call.is_being_worked else None
        for control, operation, is_fitting in (
            (self.hold, "calls.hold", call.state is CallState.WAITING),
            (self.release_hold, "calls.release", call.state is CallState.HELD),
            (self.resolve, "calls.resolve", call.state in (CallState.FAILED, CallState.HELD)),
        ):
            control.setVisible(is_fitting)
            permit(control, refusal_of(self._tools, operation) or sent or worked)

    def _build(self) -> None:
        buttons = QWidget()
        flow = FlowLayout(buttons)
        for made in (self.retry, self.hold, self.release_hold, self.resolve, self.more):
            flow.addWidget(made)
        menu = QMenu(self)
        menu.addActions([self.copy_id, self.copy_support])
        self.more.setMenu(menu)
        self.body.addLayout(row(self.state, None))
        for part in (self.what, self.why, self.cause, self.advice, self.who, self.next_try, buttons):
            self.body.addWidget(part)
        self.body.addWidget(self.attempts, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self._attempt_box)

    def _connect(self) -> None:
        self.retry.clicked.connect(lambda: self.retried.emit(self.call.call_id))
        self.hold.clicked.connect(lambda: self.held.emit(self.call.call_id))
        self.release_hold.clicked.connect(lambda: self.released.emit(self.call.call_id))
        self.resolve.clicked.connect(lambda: self.resolved.emit(self.call.call_id))
        self.copy_id.triggered.connect(lambda: copy_text(str(self.call.call_id)))
        self.copy_support.triggered.connect(self._copy_for_support)
        self.attempts.toggled.connect(self._on_attempts_toggled)

    def _about(self) -> str:
        """Return which of the salon's calls it is, for the names of its buttons."""
        return translate("Calls", "{kind} No. {call}").format(
            kind=kind_word(self.call.kind), call=self.call.call_id
        )

    def _explain(self, call: CallRow) -> None:
        is_wrong = call.error_code is not None and call.state not in (CallState.DONE, CallState.RESOLVED)
        if is_wrong:
            known = explained(call.error_code)
            self.why.setText(known.title)
            set_look(self.why, tone="bad" if call.state is CallState.FAILED else "warn")
            said = translate("Calls", "YCLIENTS' words: “{text}”").format(text=isolate(call.error_text or ""))
            self.cause.setText(f"{known.cause} {said}" if call.error_text else known.cause)
            self.advice.setText(known.advice)
            self.who.setText(who_text(known.who))
        for part in (self.why, self.cause, self.advice, self.who):
            part.setVisible(is_wrong)

    def _next_text(self, call: CallRow) -> str:
        parts = []
        if call.is_being_worked:
            parts.append(translate("Calls", "It is being sent now."))
        elif call.state is CallState.WAITING:
            when = when_text(call.next_attempt_at, call.timezone, self._tools.ticker.now()).text
            parts.append(translate("Calls", "Next try: {time}").format(time=when))
        if call.outcome_unknown:
            parts.append(
                translate("Calls", "Whether YCLIENTS took it is not known: the status is read first.")
            )
        if call.reason:
            parts.append(translate("Calls", "Reason given: {reason}").format(reason=isolate(call.reason)))
        if not call.is_current:
            parts.append(translate("Calls", "It belongs to an earlier install of the salon."))
        return " ".join(parts)

    def _on_attempts_toggled(self, is_open: bool) -> None:
        self._attempt_box.setVisible(is_open)
        if is_open:
            self.attempts_wanted.emit(self.call.call_id)

    def _copy_for_support(self) -> None:
        copy_text(support_text(self.call, [line.attempt for line in self._rows]))


class CallsPanel(View):
    """The calls of the open salon, the newest first."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self._salon = tools.salon.model
        self._cards: dict[int, CallCard] = {}
        self._to_open: int | None = None
        self.dialog: ConfirmDialog | None = None
        self._asking = Asking(self, self._permit_all, self._show_trouble)
        self.trouble = TroubleBanner(tools.icons)
        self.empty = EmptyState(tools.icons, "queue")
        body = QWidget()
        body.setProperty("role", "scrolled")
        self._lines = QVBoxLayout(body)
        self._lines.setContentsMargins(12, 12, 12, 12)
        self._lines.setSpacing(12)
        self._lines.addWidget(self.empty)
        self._lines.addStretch(1)
        self.scroller = QScrollArea()
        self.scroller.setWidgetResizable(True)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroller.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.trouble)
        layout.addWidget(self.scroller, 1)
        self.watch(self._salon.calls_changed, self.refresh)
        self.watch(self._salon.attempts_changed, self._on_attempts_changed)
        self.watch(tools.console.models.connection.changed, self._permit_all)
        self.watch(tools.console.models.safety.changed, self._permit_all)
        self.retranslate()

    @property
    def cards(self) -> Sequence[CallCard]:
        """The calls shown, the newest first."""
        return [self._cards[row.call_id] for row in self._salon.calls if row.call_id in self._cards]

    def open_call(self, call_id: int) -> None:
        """Go to a call and show its attempts, now or as soon as it is read."""
        card = self._cards.get(call_id)
        self._to_open = None if card else call_id
        if card is not None:
            card.open_attempts()
            self.scroller.ensureWidgetVisible(card)

    def retry_newest(self) -> None:
        """Retry the newest call, as the salon's own button does."""
        if self._salon.calls:
            self._retry(self._salon.calls[0].call_id)

    def retranslate(self) -> None:
        """Set every text anew."""
        self.empty.set_texts(
            translate("Calls", "Nothing was sent to YCLIENTS yet"),
            translate(
                "Calls", "As soon as the phone is linked, the activation appears here with every attempt."
            ),
        )
        for card in self._cards.values():
            card.retranslate()
        self.trouble.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show the calls of the open salon."""
        rows = self._salon.calls
        shown = {each.call_id for each in rows}
        for call_id in [each for each in self._cards if each not in shown]:
            gone = self._cards.pop(call_id)
            self._lines.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for at, call in enumerate(rows):
            card = self._cards.get(call.call_id)
            if card is None:
                card = self._cards[call.call_id] = self._make_card(call)
            card.show_call(call)
            if self._lines.indexOf(card) != at:
                self._lines.insertWidget(at, card)
        self.empty.setVisible(not rows and not self._salon.is_loading)
        self._permit_all()
        if self._to_open in self._cards:
            self.open_call(self._to_open)

    def _make_card(self, call: CallRow) -> CallCard:
        card = CallCard(self.tools, call)
        card.retranslate()
        card.retried.connect(self._retry)
        card.held.connect(self._hold)
        card.released.connect(self._release)
        card.resolved.connect(self._resolve)
        card.attempts_wanted.connect(self._load_attempts)
        known = self._salon.attempts.get(call.call_id)
        if known:
            card.show_attempts(known)
        return card

    def _permit_all(self) -> None:
        for call_id, card in self._cards.items():
            card.permit(self._asking.is_busy(f"call {call_id}"))

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)

    def _load_attempts(self, call_id: int) -> None:
        self.run(self.tools.salon.load_attempts, call_id)

    def _on_attempts_changed(self, call_id: int) -> None:
        card = self._cards.get(call_id)
        if card is not None:
            card.show_attempts(self._salon.attempts.get(call_id, ()))

    def _retry(self, call_id: int) -> None:
        self._asking.ask(f"call {call_id}", self.tools.console.retry_call, call_id)

    def _release(self, call_id: int) -> None:
        self._asking.ask(f"call {call_id}", self.tools.console.release_call, call_id)

    def _hold(self, call_id: int) -> None:
        question = Question(
            translate("Calls", "Hold this call?"),
            translate("Calls", "It is not tried until somebody lets it go on."),
            translate("Calls", "Hold"), needs_reason=True,
        )  # fmt: skip
        self.dialog = self._asking.confirm(
            question, lambda reason: self.tools.console.hold_call(call_id, reason)
        )

    def _resolve(self, call_id: int) -> None:
        question = Question(
            translate("Calls", "Mark this call as dealt with?"),
            translate("Calls", "It leaves the queue and is not tried any more; YCLIENTS is told nothing."),
            translate("Calls", "Mark as dealt with"), needs_reason=True,
        )  # fmt: skip
        self.dialog = self._asking.confirm(
            question, lambda reason: self.tools.console.resolve_call(call_id, reason)
        )

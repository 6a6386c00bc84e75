"""One salon: where it stands, what should happen next, both sides' data, its story, its calls, its QR."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedLayout,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.model.problem import Trouble
from desktop.model.undo import waiting_disconnection
from desktop.qt.dialogs.confirm import ConfirmDialog, Question
from desktop.qt.dialogs.save import save_dialog
from desktop.qt.explanations import explained
from desktop.qt.row_actions import RowAction
from desktop.qt.texts import (
    age_text,
    isolate,
    next_step_text,
    partner_word,
    phone_text,
    salon_text,
    translate,
    whatsapp_word,
    when_text,
)
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner, trouble_text
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.calls import CallsPanel
from desktop.qt.views.comparison import ComparisonTable, their_status
from desktop.qt.views.payments import PaymentsDialog
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.views.qr import QrCard, phone_question
from desktop.qt.views.timeline import TimelineView
from desktop.qt.views.trial import TrialView
from desktop.qt.widgets.banner import Banner
from desktop.qt.widgets.basics import Card, button, label, name_it, row, tool_button
from desktop.qt.widgets.copyable import copy_text
from desktop.qt.widgets.empty import EmptyState
from desktop.qt.widgets.flow import FlowLayout
from desktop.qt.widgets.state_word import StateWord
from shared.admin_wire import CallRow, InstallDetail, InstallRow, ReconcileResult
from shared.vocabulary import CallState, NextStep, PartnerState, WhatsappState

_WIDE: Final = 900
_FACTS_WIDTH: Final = 440
_NO_LIMIT: Final = 16_777_215
_LEAST_TABS: Final = 380
_MOST_NAME: Final = 90
_PEEP: Final = 12
"""What is left to be seen above the story: enough to know that one can scroll back."""
_STORY, _QR, _CALLS, _TRIAL = range(4)
_OPEN_CALLS: Final = frozenset({CallState.FAILED, CallState.HELD, CallState.WAITING})
_GOOD_SESSION: Final = frozenset({WhatsappState.CONNECTED})
_BAD_SESSION: Final = frozenset({
    WhatsappState.REPLACED, WhatsappState.LOGGED_OUT, WhatsappState.TEMP_BANNED, WhatsappState.OUTDATED,
    WhatsappState.FAILED,
})  # fmt: skip
_BAD_PARTNER: Final = frozenset({PartnerState.REFUSED, PartnerState.EXPIRED})
_QR_STEPS: Final = frozenset({NextStep.LINK_PHONE, NextStep.FINISH_LINKING, NextStep.RELINK_PHONE})


@dataclass(frozen=True, slots=True)
class _Act:
    """One button: the operation it asks for, and why it may not be pressed in the salon's present state."""

    control: QPushButton
    operation: str | None
    why_not: Callable[[InstallRow], str | None]


class SalonHeader(View):
    """Name, number, stage, both sides' states, support code, since when."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self._salon = tools.salon.model
        self.name = label("title", is_wrapped=True, is_selectable=True)
        self.name.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.stage = StateWord(tools.icons, "strong")
        self.age = label("quiet")
        self.number = label("quiet", is_selectable=True)
        tools.theme.fit(self.number, size="small", is_mono=True)
        self.number.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.copy_number = tool_button()
        tools.icons.dress(self.copy_number, "copy", "text-quiet")
        self.copy_number.clicked.connect(lambda: copy_text(self.number.text()))
        self.whatsapp, self.partner, self.assistant = (StateWord(tools.icons) for _ in range(3))
        for state in (self.whatsapp, self.partner, self.assistant):
            state.word.setWordWrap(True)
            state.word.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.code = label("quiet")
        self.copy_code = tool_button()
        tools.icons.dress(self.copy_code, "copy", "text-quiet")
        self.copy_code.clicked.connect(self._copy_code)
        self.registered = label("quiet", is_wrapped=True)
        self.registered.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.name)
        layout.addLayout(row(self.stage, self.age, None, self.number, self.copy_number, spacing=6))
        layout.addWidget(self.whatsapp)
        layout.addWidget(self.partner)
        layout.addWidget(self.assistant)
        layout.addLayout(row(self.code, self.copy_code, self.registered, spacing=4))
        self.watch(self._salon.detail_changed, self.refresh)
        tools.ticker.second_passed.connect(self._show_ages)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text anew."""
        name_it(self.copy_code, translate("Salon", "Copy the support code"))
        name_it(self.copy_number, translate("Salon", "Copy the salon's number"))
        self.refresh()

    def refresh(self) -> None:
        """Show where the salon stands."""
        shown = self._salon.row
        if shown is None:
            return
        self.name.setText(salon_text(_shortened(shown.title), shown.city))
        self.name.setToolTip(shown.title if len(shown.title) > _MOST_NAME else "")
        self.stage.set_stage(shown.stage)
        self.number.setText(str(shown.salon_id))
        self._show_states(shown)
        self.code.setText(translate("Salon", "Support code {code}").format(code=shown.support_code))
        registered = when_text(shown.registered_at, shown.timezone, self.tools.ticker.now())
        self.registered.setText(translate("Salon", "· since {time}").format(time=registered.text))
        self.registered.setToolTip(registered.tooltip)
        self._show_ages()

    def _show_states(self, shown: InstallRow) -> None:
        session = shown.whatsapp_state
        looks = (
            ("check-circle", "ok")
            if session in _GOOD_SESSION
            else ("phone", "bad" if session in _BAD_SESSION else "text-quiet")
        )
        told = f"WhatsApp: {whatsapp_word(session)}"
        if shown.phone:
            told = f"{told}, {phone_text(shown.phone)}".replace("*** ***", "***\u00a0***")
        self.whatsapp.set_state(*looks, told)
        state = shown.partner_state
        looks = (
            ("check-circle", "ok") if state is PartnerState.ACTIVE
            else ("stage-attention", "bad") if state in _BAD_PARTNER else ("storefront", "text-quiet")
        )  # fmt: skip
        self.partner.set_state(*looks, self._partner_sentence(shown))
        self._show_assistant(shown)

    def _show_assistant(self, shown: InstallRow) -> None:
        """Said where it matters: of a salon that is connected, and of any whose assistant staff switched off."""
        self.assistant.setVisible(not shown.is_assistant_on or shown.partner_state is PartnerState.ACTIVE)
        if shown.is_assistant_on:
            self.assistant.set_state(
                "chat", "text-quiet", translate("Salon", "The assistant answers customers")
            )
            return
        detail = self._salon.detail
        since, told = (detail.assistant_off_at, detail.assistant_off_reason) if detail else (None, None)
        text = translate("Salon", "The assistant is switched off")
        if since is not None:
            when = when_text(since, shown.timezone, self.tools.ticker.now()).text
            text = translate("Salon", "The assistant is switched off since {time}: {reason}").format(
                time=when, reason=isolate(told or "—")
            )
        self.assistant.set_state("pause", "warn", text)

    def _partner_sentence(self, shown: InstallRow) -> str:
        told = f"YCLIENTS: {partner_word(shown.partner_state)}"
        theirs = self._salon.detail.theirs if self._salon.detail else None
        if theirs is not None and theirs.status is not None:
            told = translate("Salon", "{ours}; their status: {theirs}").format(
                ours=told, theirs=their_status(theirs.status)
            )
        return told

    def _show_ages(self) -> None:
        shown = self._salon.row
        if shown is not None and self.isVisible():
            age = age_text(self.tools.ticker.age_s(shown.stage_since))
            self.age.setText(translate("Salon", "for {age}").format(age=age))
            self.age.setToolTip(when_text(shown.stage_since, shown.timezone).tooltip)

    def _copy_code(self) -> None:
        if self._salon.row is not None:
            copy_text(self._salon.row.support_code)


class SalonView(View):
    """The right pane. Narrow, everything stands in a column; wide, the story, the QR and the calls stand beside it."""

    webhooks_wanted = Signal(int)
    """Somebody wants to see what YCLIENTS posted about this salon."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._salon = tools.salon.model
        self._shown_id: int | None = None
        self._asking = Asking(self, self._permit_all, self._show_trouble)
        self.header = SalonHeader(tools)
        self.trouble, self.done = TroubleBanner(tools.icons), Banner(tools.icons, "ok", is_closable=True)
        self.step = label("strong", is_wrapped=True)
        self.error = label("quiet", is_wrapped=True)
        self.primary = button("primary")
        self.retry, self.show_qr, self.reconcile, self.link = (button() for _ in range(4))
        self.keep_phone, self.relink, self.bundle = button(), button(), button()
        self.freeze, self.unfreeze, self.uninstall = button(), button(), button("danger")
        self.webhooks, self.assistant, self.payments = button(), button(), button()
        self.comparison = ComparisonTable(tools)
        self.timeline, self.qr, self.calls = TimelineView(tools), QrCard(tools), CallsPanel(tools)
        self.trial = TrialView(tools)
        self.tabs = QTabWidget()
        self.empty = EmptyState(tools.icons, "storefront")
        self._acts = self._all_acts()
        self._build()
        self._connect()
        self.retranslate()

    # ------------------------------------------------------------------------------------ what others ask of it

    def act(self, action: RowAction, of: InstallRow) -> None:
        """Do what a row of the board offers; whatever needs a look first is only shown."""
        if action is RowAction.SHOW_QR:
            self.go_to_qr()
        elif action is RowAction.RETRY and of.call_id is not None:
            self._asking.ask("calls.retry", self.tools.console.retry_call, of.call_id)
        elif action is RowAction.CHECK:
            self._asking.ask(
                "installs.reconcile", self.tools.console.reconcile, of.salon_id, done=self._on_reconciled
            )
        elif action is RowAction.UNFREEZE:
            self._ask_unfreeze(of)

    def go_to_qr(self) -> None:
        """Turn to the QR."""
        self.tabs.setCurrentIndex(_QR)
        self.qr.ask_to_show()
        QTimer.singleShot(0, self, lambda: self.scroller.ensureWidgetVisible(self.tabs, 0, 0))

    def offers(self, shown: InstallRow) -> list[tuple[QPushButton, str | None]]:
        """Return the buttons that belong to a salon's state, open or not, each with why it may not be pressed."""
        fitting = [act for act in self._acts if self._is_fitting(act.control, shown)]
        return [(act.control, self._refusal(act, shown)) for act in fitting]

    @property
    def offered(self) -> tuple[QWidget, ...]:
        """What holds those buttons, and stands for them."""
        return self._actions, self.primary

    def open_call(self, call_id: int) -> None:
        """Turn to a partner call and its attempts."""
        self.tabs.setCurrentIndex(_CALLS)
        self.calls.open_call(call_id)

    def retranslate(self) -> None:
        """Set every text anew."""
        self.retry.setText(translate("Salon", "&Retry"))
        self.show_qr.setText(translate("Salon", "Show &QR"))
        self.reconcile.setText(translate("Salon", "&Compare with YCLIENTS"))
        self.link.setText(translate("Salon", "&Link for the owner"))
        self.webhooks.setText(translate("Salon", "&Webhooks"))
        self.payments.setText(translate("Salon", "Pa&yments…"))
        self.keep_phone.setText(translate("Salon", "&Keep the new number"))
        self.relink.setText(translate("Salon", "Link a&nother phone…"))
        self.freeze.setText(translate("Salon", "&Pause…"))
        self.unfreeze.setText(translate("Salon", "Let it r&un…"))
        self.bundle.setText(translate("Salon", "Support &bundle…"))
        self._name_assistant()
        self.uninstall.setText(translate("Salon", "&Disconnect the salon…"))
        self.tabs.setTabText(_STORY, translate("Salon", "Story"))
        self.tabs.setTabText(_QR, translate("Salon", "QR and code"))
        self.tabs.setTabText(_TRIAL, translate("Salon", "Message"))
        self.tabs.setTabToolTip(_TRIAL, translate("Salon", "Test message"))
        self.tabs.setTabToolTip(_CALLS, translate("Salon", "Calls to YCLIENTS"))
        self.tabs.setAccessibleName(translate("Salon", "Story, QR, calls and test message"))
        self.empty.set_texts(
            translate("Salon", "No salon is open"),
            translate("Salon", "Choose one in the list: its whole story and what can be done appear here."),
        )
        self.trouble.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show the open salon."""
        shown = self._salon.row
        self._pages.setCurrentWidget(self.empty if shown is None else self.scroller)
        if self._salon.salon_id != self._shown_id:
            self._shown_id = self._salon.salon_id
            self.done.hide()
            self.trouble.show_trouble(None)
            self.tabs.setCurrentIndex(_STORY)
            self.scroller.verticalScrollBar().setValue(0)
        self._explain_emptiness()
        if shown is None:
            return
        self._name_assistant()
        self.step.setText(translate("Salon", "Next: {step}").format(step=next_step_text(shown.next_step)))
        self.error.setText(self._error_sentence())
        self.error.setVisible(bool(self.error.text()))
        self._show_tabs()
        self._permit_all()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the story beside the rest where there is room."""
        super().resizeEvent(event)
        is_wide = event.size().width() >= self.tools.theme.px(_WIDE)
        # In a column the story has the whole pane once it is scrolled to, and seldom needs a bar of its own.
        pane = event.size().height() - self._columns.contentsMargins().bottom() - _PEEP
        self.tabs.setMinimumHeight(max(self.tools.theme.px(_LEAST_TABS), 0 if is_wide else pane))
        way = QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        if self._columns.direction() != way:
            self._columns.setDirection(way)
            self._facts.setMinimumWidth(self.tools.theme.px(_FACTS_WIDTH) if is_wide else 0)
            self._facts.setMaximumWidth(self.tools.theme.px(_FACTS_WIDTH) if is_wide else _NO_LIMIT)

    def release(self) -> None:
        """Let every part hear of no model any more; a QR that is looked at is closed."""
        for part in (self.header, self.comparison, self.timeline, self.qr, self.calls, self.trial):
            part.release()
        super().release()

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        icons = self.tools.icons
        for control, icon in (
            (self.retry, "refresh"), (self.show_qr, "qr"), (self.reconcile, "difference"), (self.link, "link"),
            (self.keep_phone, "check-circle"), (self.relink, "phone"), (self.freeze, "pause"), (self.unfreeze, "play"),
            (self.bundle, "send"), (self.assistant, "chat"), (self.payments, "money"),
        ):  # fmt: skip
            icons.dress(control, icon)
        icons.dress(self.uninstall, "power", "bad")
        icons.dress(self.webhooks, "webhooks")
        self._actions = QWidget()
        flow = FlowLayout(self._actions)
        for act in self._acts:
            flow.addWidget(act.control)
        next_card = Card(margin=12, spacing=8)
        self.step.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        next_card.body.addLayout(row(self.step, self.primary))
        next_card.body.addWidget(self.error)
        compare_card = Card(margin=12, spacing=8)
        compare_card.body.addWidget(self.comparison)
        self._facts = QWidget()
        facts = QVBoxLayout(self._facts)
        facts.setContentsMargins(0, 0, 0, 0)
        facts.setSpacing(12)
        for part in (self.header, self.trouble, self.done, next_card, self._actions, compare_card):
            facts.addWidget(part)
        facts.addStretch(1)
        qr_scroll = _scrolling(self.qr)
        for page in (self.timeline, qr_scroll, self.calls, _scrolling(self.trial)):
            self.tabs.addTab(page, "")
        self._columns = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._columns.setSpacing(12)
        self._columns.setContentsMargins(16, 8, 16, 12)
        self._columns.addWidget(self._facts)
        self._columns.addWidget(self.tabs, 1)
        body = QWidget()
        body.setProperty("role", "scrolled")
        body.setLayout(self._columns)
        self.scroller = _scrolling(body)
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.scroller)
        self.done.hide()

    def _connect(self) -> None:
        models = self.tools.console.models
        for signal in (self._salon.detail_changed, self._salon.calls_changed, self._salon.problem_changed):
            self.watch(signal, self.refresh)
        self.watch(models.connection.changed, self._permit_all)
        self.watch(models.safety.changed, self._permit_all)
        self.retry.clicked.connect(self._retry)
        self.primary.clicked.connect(self._on_primary_clicked)
        self.show_qr.clicked.connect(self.go_to_qr)
        self.reconcile.clicked.connect(lambda: self._with_row(lambda shown: self.act(RowAction.CHECK, shown)))
        self.link.clicked.connect(self._on_link_clicked)
        self.webhooks.clicked.connect(
            lambda: self._with_row(lambda shown: self.webhooks_wanted.emit(shown.salon_id))
        )
        self.payments.clicked.connect(lambda: self._with_row(self.show_payments))
        self.keep_phone.clicked.connect(self._keep_phone)
        self.relink.clicked.connect(self.qr.ask_relink)
        self.freeze.clicked.connect(lambda: self._with_row(self._ask_freeze))
        self.unfreeze.clicked.connect(lambda: self._with_row(self._ask_unfreeze))
        self.uninstall.clicked.connect(lambda: self._with_row(self.ask_uninstall))
        self.bundle.clicked.connect(self._choose_bundle)
        self.assistant.clicked.connect(lambda: self._with_row(self.ask_assistant))
        self.done.closed.connect(self.done.hide)
        self.empty.acted.connect(self._reopen)

    def _all_acts(self) -> list[_Act]:
        gone = self._why_gone
        return [
            _Act(self.retry, "calls.retry", self._why_no_retry),
            _Act(self.keep_phone, "sessions.confirm_phone", gone),
            _Act(self.relink, "sessions.relink", gone),
            _Act(self.show_qr, "qr.open", gone),
            _Act(self.webhooks, None, lambda shown: None),
            _Act(self.link, "links.create", gone),
            _Act(self.reconcile, "installs.reconcile", lambda shown: None),
            _Act(self.payments, "payments.list", lambda shown: None),
            _Act(self.bundle, "installs.bundle", lambda shown: None),
            _Act(self.freeze, "installs.freeze", gone),
            _Act(self.unfreeze, "installs.unfreeze", gone),
            _Act(self.assistant, "installs.assistant", gone),
            _Act(self.uninstall, "installs.uninstall", self._why_no_uninstall),
        ]

    # --------------------------------------------------------------------------------------------- what is shown

    def _explain_emptiness(self) -> None:
        problem = self._salon.problem
        if self._salon.row is None and self._salon.is_loading:
            self.empty.set_texts(translate("Salon", "The salon is being read…"), "")
        elif self._salon.row is None and problem is not None:
            self.empty.set_texts(
                translate("Salon", "The salon could not be read"),
                trouble_text(problem),
                translate("Salon", "Try again"),
            )
        elif problem is not None:
            self.trouble.show_trouble(problem)

    def _error_sentence(self) -> str:
        shown = self._salon.row
        detail = self._salon.detail
        if (
            detail is not None
            and detail.whatsapp.expected_phone
            and detail.row.next_step is NextStep.CONFIRM_PHONE
        ):
            return phone_question(detail.whatsapp)
        if shown is None or shown.error_code is None:
            return ""
        known = explained(shown.error_code)
        return f"{known.title}. {known.advice}" if known.advice else known.title

    def _show_tabs(self) -> None:
        waiting = sum(call.state in _OPEN_CALLS for call in self._salon.calls)
        text = translate("Salon", "Calls")
        self.tabs.setTabText(_CALLS, f"{text} ({waiting})" if waiting else text)

    def _uninstall_on_its_way(self) -> CallRow | None:
        return waiting_disconnection(self._salon.calls, self.tools.ticker.now())

    def _permit_all(self) -> None:
        shown = self._salon.row
        if shown is None:
            return
        for act in self._acts:
            permit(act.control, self._refusal(act, shown))
        self._show_primary(shown)

    def _refusal(self, act: _Act, shown: InstallRow) -> str | None:
        if act.operation is None:
            return act.why_not(shown)
        is_busy = self._asking.is_busy(act.operation)
        sent = translate("Refusal", "Sent; waiting for the gateway.")
        return refusal_of(self.tools, act.operation) or (sent if is_busy else None) or act.why_not(shown)

    def _show_primary(self, shown: InstallRow) -> None:
        """The next step's own button stands for one of the others, and is refused for the same reason."""
        act = self._primary_act(shown)
        self.primary.setVisible(act is not None)
        for other in self._acts:
            other.control.setVisible(self._is_fitting(other.control, shown) and other is not act)
        if act is not None:
            self.primary.setText(act.control.text())
            permit(self.primary, None if act.control.isEnabled() else act.control.toolTip())

    def _is_fitting(self, control: QPushButton, shown: InstallRow) -> bool:
        """Whether a button belongs to the salon's present state at all."""
        if control in (self.keep_phone, self.relink):
            return shown.next_step is NextStep.CONFIRM_PHONE
        return control is not (self.freeze if shown.is_frozen_by_staff else self.unfreeze)

    def _primary_act(self, shown: InstallRow) -> _Act | None:
        by_control = {act.control: act for act in self._acts}
        step = shown.next_step
        if step is NextStep.RETRY_ACTIVATION:
            return by_control[self.retry]
        if step in _QR_STEPS:
            return by_control[self.show_qr]
        if step is NextStep.CONFIRM_PHONE:
            return by_control[self.keep_phone]
        if step is NextStep.UNFREEZE:
            return by_control[self.unfreeze]
        if step is NextStep.PRESS_CONNECT_AGAIN:
            return by_control[self.link]
        if step in (NextStep.PAY, NextStep.WAIT_FOR_PARTNER):
            return by_control[self.reconcile]
        return None

    # --------------------------------------------------------------------------------------------------- why not

    def _why_gone(self, shown: InstallRow) -> str | None:
        if shown.is_open:
            return None
        return translate(
            "Refusal", "The salon is disconnected; the owner has to press “Connect” in YCLIENTS."
        )

    def _why_no_retry(self, shown: InstallRow) -> str | None:
        calls = self._salon.calls if self._salon.salon_id == shown.salon_id else []
        newest = calls[0] if calls else None
        if newest is None and shown.call_id is None:
            return translate("Refusal", "Nothing was sent to YCLIENTS yet; first the phone has to be linked.")
        if newest is not None and not newest.can_retry:
            return explained(newest.cannot_retry_because).title
        return None

    def _why_no_uninstall(self, shown: InstallRow) -> str | None:
        is_open = self._salon.salon_id == shown.salon_id
        if is_open and self._uninstall_on_its_way() is not None:
            return translate("Refusal", "The disconnection is on its way already.")
        return self._why_gone(shown)

    # ---------------------------------------------------------------------------------------------- what is asked

    def _with_row(self, act: Callable[[InstallRow], object]) -> None:
        if self._salon.row is not None:
            act(self._salon.row)

    def _on_primary_clicked(self) -> None:
        shown = self._salon.row
        act = self._primary_act(shown) if shown else None
        if act is not None:
            act.control.click()

    def _retry(self) -> None:
        shown = self._salon.row
        call_id = self._salon.calls[0].call_id if self._salon.calls else shown.call_id if shown else None
        if call_id is not None:
            self._asking.ask("calls.retry", self.tools.console.retry_call, call_id, done=self._on_retried)

    def _on_link_clicked(self) -> None:
        self.tabs.setCurrentIndex(_QR)
        self.qr.copy_owner_link()

    def _keep_phone(self) -> None:
        if self._salon.salon_id is not None:
            self._asking.ask(
                "sessions.confirm_phone", self.tools.console.confirm_phone, self._salon.salon_id,
                done=lambda _: self._tell(translate("Salon", "The new number is kept.")),
            )  # fmt: skip

    def _choose_bundle(self) -> None:
        shown = self._salon.row
        if shown is None:
            return
        dialog = save_dialog(
            self.window(), f"support-{shown.salon_id}.html", translate("Salon", "Page for support (*.html)")
        )
        dialog.fileSelected.connect(lambda path: self.save_bundle(shown.salon_id, path))
        dialog.open()

    def save_bundle(self, salon_id: int, path: str) -> None:
        """Have the salon's support bundle made and written to a file."""
        self._asking.ask(
            "installs.bundle", self.tools.console.save_bundle, salon_id, Path(path),
            done=lambda saved: self._tell(
                translate("Salon", "Saved: {file}. Look through it before you hand it on.").format(
                    file=isolate(saved.name)
                )
            ),
        )  # fmt: skip

    def _reopen(self) -> None:
        if self._salon.salon_id is not None:
            self.run(self.tools.salon.open, self._salon.salon_id)

    def _ask_freeze(self, shown: InstallRow) -> ConfirmDialog:
        question = Question(
            translate("Salon", "Pause {name}?").format(name=isolate(shown.title)),
            translate("Salon", "The bot stops answering until somebody lets it run again. YCLIENTS is told nothing."),
            translate("Salon", "Pause the salon"), is_dangerous=True, needs_reason=True,
            typed_name=self._name_to_type(shown),
        )  # fmt: skip

        return self._confirm(question, self.tools.console.freeze, shown, "")

    def _ask_unfreeze(self, shown: InstallRow) -> ConfirmDialog:
        question = Question(
            translate("Salon", "Let {name} run again?").format(name=isolate(shown.title)),
            translate("Salon", "The bot answers the salon's customers again."),
            translate("Salon", "Let it run"), needs_reason=True,
        )  # fmt: skip
        return self._confirm(
            question, self.tools.console.unfreeze, shown, translate("Salon", "The bot runs again.")
        )

    def show_payments(self, shown: InstallRow) -> PaymentsDialog:
        """Show the salon's payments beside the window."""
        dialog = PaymentsDialog(self.tools, shown.salon_id, shown.title, self.window())
        dialog.show()
        return dialog

    def ask_assistant(self, shown: InstallRow) -> ConfirmDialog:
        """Ask before the assistant falls silent, or speaks again."""
        name = isolate(shown.title)
        if shown.is_assistant_on:
            question = Question(
                translate("Salon", "Switch the assistant off for {name}?").format(name=name),
                translate(
                    "Salon",
                    "WhatsApp stays linked, but the assistant hears of no message and sends none. What customers "
                    "write meanwhile it does not answer later either.",
                ),
                translate("Salon", "Switch it off"), is_dangerous=True, needs_reason=True,
            )  # fmt: skip
            told = translate("Salon", "The assistant is switched off.")
        else:
            question = Question(
                translate("Salon", "Switch the assistant on for {name}?").format(name=name),
                translate("Salon", "It answers what customers write from now on."),
                translate("Salon", "Switch it on"), needs_reason=True,
            )  # fmt: skip
            told = translate("Salon", "The assistant answers again.")
        is_on = not shown.is_assistant_on
        return self._asking.confirm(
            question,
            lambda reason: self.tools.console.switch_assistant(shown.salon_id, is_on, reason),
            lambda _: self._tell(told),
        )

    def _name_assistant(self) -> None:
        shown = self._salon.row
        is_on = shown is None or shown.is_assistant_on
        self.assistant.setText(
            translate("Salon", "&Assistant off…") if is_on else translate("Salon", "&Assistant on…")
        )

    def ask_uninstall(self, shown: InstallRow) -> ConfirmDialog:
        """Ask before the salon is disconnected; what happens then can be taken back for ten seconds."""
        question = Question(
            translate("Salon", "Disconnect {name}?").format(name=isolate(shown.title)),
            translate(
                "Salon",
                "YCLIENTS ends the connection, the bot stops and the phone's credentials are wiped. "
                "To come back, the owner has to press “Connect” again. You have ten seconds to take it back.",
            ),
            translate("Salon", "Disconnect the salon"), is_dangerous=True, needs_reason=True,
            typed_name=self._name_to_type(shown),
        )  # fmt: skip
        return self._confirm(question, self.tools.console.uninstall, shown, "")

    def _confirm(
        self, question: Question, command: Callable[[int, int, str], Any], shown: InstallRow, told: str
    ) -> ConfirmDialog:
        """Ask, then have it done for the very generation that was looked at."""

        def succeed(_: InstallDetail) -> None:
            if told:
                self._tell(told)

        return self._asking.confirm(
            question, lambda reason: command(shown.salon_id, shown.generation, reason), succeed
        )

    def _name_to_type(self, shown: InstallRow) -> str | None:
        return shown.title if self.tools.console.models.safety.needs_typed_name else None

    # ----------------------------------------------------------------------------------------------- what happened

    def _on_retried(self, _: CallRow) -> None:
        self._tell(translate("Salon", "Sent: a new attempt is on its way."))

    def _on_reconciled(self, result: ReconcileResult) -> None:
        theirs = their_status(result.theirs)
        if not result.changed:
            self._tell(
                translate("Salon", "YCLIENTS says “{theirs}”; nothing had to be changed.").format(
                    theirs=theirs
                )
            )
            return
        after = partner_word(result.after) if result.after else "—"
        self._tell(
            translate("Salon", "YCLIENTS says “{theirs}”; our state is “{ours}” now.").format(
                theirs=theirs, ours=after
            )
        )

    def _tell(self, text: str) -> None:
        self.done.set_text(text)
        self.done.set_close_name(translate("Salon", "Put this away"))
        self.done.show()

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)
        if trouble is not None:
            self.done.hide()


def _shortened(title: str) -> str:
    """Return a name that leaves room for the rest; the whole of it is said on hover."""
    return title if len(title) <= _MOST_NAME else f"{title[:_MOST_NAME].rstrip()}…"


def _scrolling(inside: QWidget) -> QScrollArea:
    made = QScrollArea()
    made.setWidgetResizable(True)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setWidget(inside)
    return made

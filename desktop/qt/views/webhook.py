"""One webhook: by what it was proved, what it changed, its body without people, and its replay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFormLayout,
    QLabel,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.model.problem import Trouble
from desktop.qt.dialogs.confirm import ConfirmDialog, Question
from desktop.qt.explanations import explained
from desktop.qt.texts import isolate, number_text, salon_text, translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.views.timeline import StoryRow
from desktop.qt.webhook_texts import (
    STATE_LOOKS,
    error_text,
    event_text,
    kind_word,
    moment_text,
    proof_word,
    result_text,
    sign_word,
    state_word,
)
from desktop.qt.widgets.basics import ElidedLabel, button, flowing, label, name_it, row, scrolled, tool_button
from desktop.qt.widgets.copyable import CopyableId, copy_text
from desktop.qt.widgets.state_word import StateWord
from shared.admin_wire import TimelineEntry, WebhookDetail, WebhookRow
from shared.vocabulary import WebhookKind

_WIDE: Final = 760
_LEAST_BODY: Final = 160
_STOPS_THE_BOT: Final = frozenset({"uninstall", "freeze"})


class WebhookPanel(View):
    """Below the list: the open webhook. Wide, its body stands beside the rest; narrow, under it."""

    closed = Signal()
    salon_opened = Signal(int)

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._opened = tools.console.models.webhook
        self._asking = Asking(self, self._permit, self._show_trouble)
        self._lines: list[StoryRow] = []
        self.state = StateWord(tools.icons, "strong")
        self.title = ElidedLabel("heading")
        self.replay, self.open_salon = button("primary"), button()
        self.copy_body, self.close_button = tool_button(), tool_button()
        self.trouble = TroubleBanner(tools.icons)
        self.result, self.error = label("strong", is_wrapped=True), label("quiet", is_wrapped=True)
        self.facts: dict[str, tuple[QLabel, QLabel]] = {}
        self.digest = CopyableId(tools.icons, tools.theme)
        self._digest_name = label("quiet")
        self.caused, self.nothing = label("strong"), label("quiet", is_wrapped=True)
        self.body_name, self.body = label("strong"), QPlainTextEdit()
        self._build()
        models = tools.console.models
        self.watch(self._opened.changed, self.refresh)
        self.watch(models.connection.changed, self._permit)
        self.watch(models.safety.changed, self._permit)
        self.retranslate()

    @property
    def row(self) -> WebhookRow | None:
        """The webhook that is shown."""
        return self._opened.detail.row if self._opened.detail else None

    @property
    def lines(self) -> Sequence[StoryRow]:
        """What the salon's story tells of the time in which it was worked."""
        return self._lines

    def retranslate(self) -> None:
        """Set every text anew."""
        self.replay.setText(translate("Webhooks", "Work it anew…"))
        self.open_salon.setText(translate("Webhooks", "Open the salon"))
        name_it(self.copy_body, translate("Webhooks", "Copy the body"))
        name_it(self.close_button, translate("Webhooks", "Close the webhook"))
        self._digest_name.setText(translate("Webhooks", "SHA-256"))
        self.caused.setText(translate("Webhooks", "The salon's story while it was worked"))
        self.body_name.setText(translate("Webhooks", "Body, without what is about people"))
        self.body.setAccessibleName(self.body_name.text())
        self.trouble.retranslate()
        for line in self._lines:
            line.show_entries(line.entries, self.row.timezone if self.row else None)
        self.refresh()

    def refresh(self) -> None:
        """Show the open webhook."""
        detail = self._opened.detail
        self.trouble.show_trouble(self._opened.problem)
        for part in (self._facts, self._right, self.state, self.replay, self.open_salon):
            part.setVisible(detail is not None)
        if detail is None:
            self.title.setText(translate("Webhooks", "The webhook is being read…"))
            return
        self._show_row(detail.row)
        self._show_facts(detail)
        self._show_caused(detail.caused)
        body = detail.body
        if detail.is_body_cut:
            body += "\n" + translate("Webhooks", "… and more: it is too long to be shown whole")
        if self.body.toPlainText() != body:
            self.body.setPlainText(body)
        self._permit()

    def ask_replay(self) -> ConfirmDialog | None:
        """Ask whether to work it anew; returns the question, None when there is nothing to ask about."""
        shown = self.row
        if shown is None or not shown.can_replay:
            return None
        console = self.tools.console
        return self._asking.confirm(
            _question(shown), lambda reason: console.replay_webhook(shown.webhook_id, reason or None)
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the body beside the rest where there is room."""
        super().resizeEvent(event)
        is_wide = event.size().width() >= self.tools.theme.px(_WIDE)
        self._columns.setDirection(
            QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        )

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        icons = self.tools.icons
        icons.dress(self.replay, "refresh", "accent-text")
        icons.dress(self.open_salon, "storefront")
        icons.dress(self.copy_body, "copy", "text-quiet")
        icons.dress(self.close_button, "cross")
        self._facts = self._built_facts()
        self._right = self._built_body()
        inside = QWidget()
        inside.setProperty("role", "scrolled")
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, inside)
        self._columns.setContentsMargins(0, 0, 4, 0)
        self._columns.setSpacing(16)
        self._columns.addWidget(self._facts, 1)
        self._columns.addWidget(self._right, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        head = flowing(self.state, self.title, None, self.replay, self.open_salon, self.close_button)
        layout.addLayout(head)
        layout.addWidget(self.trouble)
        self.scroller = scrolled(inside)
        layout.addWidget(self.scroller, 1)
        self.replay.clicked.connect(self.ask_replay)
        self.open_salon.clicked.connect(self._on_open_salon_clicked)
        self.copy_body.clicked.connect(lambda: copy_text(self.body.toPlainText()))
        self.close_button.clicked.connect(lambda: self.closed.emit())
        self.setFocusProxy(self.close_button)

    def _built_facts(self) -> QWidget:
        made = QWidget()
        made.setProperty("role", "scrolled")
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(4)
        for name in (
            "received",
            "salon",
            "kind",
            "proof",
            "sign",
            "met",
            "attempts",
            "worked",
            "next",
            "replayed",
        ):
            pair = label("quiet"), label(is_wrapped=True, is_selectable=True)
            pair[1].setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            pair[1].setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            self.facts[name] = pair
            form.addRow(*pair)
        form.addRow(self._digest_name, self.digest)
        self._form = form
        self._story = QVBoxLayout()
        self._story.setSpacing(0)
        for part in (self.result, self.error):
            part.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            column.addWidget(part)
        column.addLayout(form)
        column.addSpacing(4)
        column.addWidget(self.caused)
        column.addWidget(self.nothing)
        column.addLayout(self._story)
        column.addStretch(1)
        return made

    def _built_body(self) -> QWidget:
        made = QWidget()
        made.setProperty("role", "scrolled")
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.body.setReadOnly(True)
        self.body.setTabChangesFocus(True)
        self.body.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.tools.theme.fit(self.body, size="note", is_mono=True)
        self.body.setMinimumHeight(self.tools.theme.px(_LEAST_BODY))
        column.addLayout(row(self.body_name, None, self.copy_body))
        column.addWidget(self.body, 1)
        return made

    # --------------------------------------------------------------------------------------------- what is shown

    def _show_row(self, shown: WebhookRow) -> None:
        icon, colour = STATE_LOOKS[shown.state]
        self.state.set_state(icon, colour, state_word(shown.state))
        name = event_text(shown)
        is_named = shown.event is not None and isolate(shown.event) != name
        self.title.setText(f"{name} · {shown.event}" if is_named else name)
        self.result.setText(result_text(shown))
        self.error.setVisible(shown.error is not None)
        if shown.error is not None:
            told = translate("Webhooks", "The last attempt failed: {why}")
            self.error.setText(told.format(why=error_text(shown.error)))
        self.open_salon.setVisible(shown.title is not None)
        self.replay.setVisible(shown.kind is WebhookKind.LIFECYCLE)

    def _show_facts(self, detail: WebhookDetail) -> None:
        shown, zone, now = detail.row, detail.row.timezone, self.tools.ticker.now()
        received = moment_text(shown.received_at, zone, now)
        self._fact("received", translate("Webhooks", "Received"), received.text, received.tooltip)
        self._fact("salon", translate("Webhooks", "Salon"), _salon(shown))
        self._fact("kind", translate("Webhooks", "Kind"), kind_word(shown.kind))
        self._fact("proof", translate("Webhooks", "Proved by"), proof_word(shown.proof))
        sign = shown.payment_sign
        self._fact("sign", translate("Webhooks", "Payment's signature"), sign_word(sign) if sign else "")
        self._fact("met", translate("Webhooks", "Install"), _met(detail))
        self._fact(
            "attempts",
            translate("Webhooks", "Attempts"),
            number_text(shown.attempts) if shown.attempts else "",
        )
        for name, title, moment in (
            ("worked", translate("Webhooks", "Done with"), shown.processed_at),
            ("next", translate("Webhooks", "Next attempt"), shown.next_attempt_at),
            ("replayed", translate("Webhooks", "Worked anew by staff"), shown.replayed_at),
        ):  # fmt: skip
            when = moment_text(moment, zone, now) if moment else None
            self._fact(name, title, when.text if when else "", when.tooltip if when else "")
        self.digest.set_text(detail.digest, translate("Webhooks", "Copy the SHA-256 of the bytes that came"))

    def _fact(self, name: str, title: str, text: str, tooltip: str = "") -> None:
        heading, value = self.facts[name]
        heading.setText(title)
        value.setText(text)
        value.setToolTip(tooltip)
        self._form.setRowVisible(value, bool(text))

    def _show_caused(self, entries: Sequence[TimelineEntry]) -> None:
        zone = self.row.timezone if self.row else None
        while len(self._lines) < len(entries):
            made = StoryRow(self.tools)
            made.toggle.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._lines.append(made)
            self._story.addWidget(made)
        while len(self._lines) > len(entries):
            gone = self._lines.pop()
            self._story.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for line, entry in zip(self._lines, entries, strict=True):
            if line.entries != (entry,):
                line.show_entries((entry,), zone)
        self.nothing.setVisible(not entries)
        self.nothing.setText(translate("Webhooks", "Nothing happened to the salon on its account."))

    def _permit(self) -> None:
        shown = self.row
        refusal = refusal_of(self.tools, "webhooks.replay")
        if shown is not None and not shown.can_replay:
            refusal = explained(shown.cannot_replay_because or "").title
        hint = translate("Webhooks", "A new attempt, right away; its salon's older ones come first.")
        permit(self.replay, refusal, hint)

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)

    def _on_open_salon_clicked(self) -> None:
        if self.row is not None and self.row.salon_id is not None:
            self.salon_opened.emit(self.row.salon_id)


def _salon(shown: WebhookRow) -> str:
    if shown.salon_id is None:
        return translate("Webhooks", "names no salon")
    if shown.title is None:
        return translate("Webhooks", "{salon_id}, not one of ours").format(salon_id=shown.salon_id)
    return f"{salon_text(shown.title, shown.city)} · {shown.salon_id}"


def _met(detail: WebhookDetail) -> str:
    if detail.generation is None:
        return ""
    text = translate("Webhooks", "generation {number}").format(number=detail.generation)
    if detail.is_current_install:
        return text
    return translate("Webhooks", "{generation}, which is over").format(generation=text)


def _question(shown: WebhookRow) -> Question:
    stops = shown.event in _STOPS_THE_BOT
    text = translate(
        "Webhooks",
        "YCLIENTS' status is read again and our state follows it. The bot is stopped until the status is read; if "
        "YCLIENTS says that the salon is active, it runs on.",
    ) if stops else translate(
        "Webhooks", "YCLIENTS' status is read again and our state follows it; the payment is noted if it is the newest."
    )  # fmt: skip
    return Question(
        title=translate("Webhooks", "Work “{event}” of {salon} anew?").format(
            event=event_text(shown), salon=_salon(shown)
        ),
        text=text, verb=translate("Webhooks", "Work it anew"), is_dangerous=stops,
    )  # fmt: skip

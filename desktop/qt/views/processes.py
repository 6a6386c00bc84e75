"""The gateway's processes: each with its lights, what waits for one, and a drain before a restart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from desktop.model.problem import Trouble
from desktop.model.sessions import is_out
from desktop.qt.dialogs.confirm import ConfirmDialog, Question
from desktop.qt.running_texts import process_look, process_text, process_word, size_text
from desktop.qt.texts import age_text, here_text, isolate, translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.basics import Card, ElidedLabel, button, label, row, scrolled
from desktop.qt.widgets.flow import FlowLayout
from desktop.qt.widgets.state_word import StateWord
from shared.admin_wire import ProcessView
from shared.vocabulary import DrainState

_SHOWN_AT_ONCE: Final = 3


class ProcessLine(QWidget):
    """One process: its light and name, what it does, and the button that drains it or brings it back."""

    def __init__(self, tools: Tools, act: Callable[[ProcessView], object]) -> None:
        super().__init__()
        self._tools, self._act = tools, act
        self.process: ProcessView | None = None
        self.setProperty("role", "scrolled")
        self.state = StateWord(tools.icons, "strong")
        self.name = ElidedLabel()
        self.facts = label("quiet", is_wrapped=True)
        self.facts.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.button = button()
        self.button.clicked.connect(self._on_clicked)
        head = row(self.state, self.name, self.button)
        head.setStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.facts)

    def show_process(self, process: ProcessView, refusal: str | None) -> None:
        """Show a process; `refusal` says why its button cannot be pressed now."""
        self.process = process
        self.state.set_state(*process_look(process), process_word(process))
        self.name.setText(process_text(process.name))
        self.name.set_tooltip(process.name)
        verb = translate("Process", "Take part again") if is_out(process) else translate("Process", "Drain…")
        self.button.setText(verb)
        permit(self.button, refusal)
        self.button.setAccessibleName(f"{verb}: {process_text(process.name)}")
        self.show_facts()

    def show_facts(self) -> None:
        """Say what it does, with ages of this moment."""
        process = self.process
        if process is None:
            return
        ticker = self._tools.ticker
        parts = [
            translate("Process", "version {version}").format(version=process.version or "—"),
            translate("Process", "since {age}").format(age=age_text(ticker.age_s(process.started_at))),
            self._sessions_text(process),
            translate("Process", "%n owners are linking", "", process.pairing) if process.pairing else "",
            translate("Process", "%n connections", "", process.sockets),
            translate("Process", "%n jobs", "", process.jobs),
            size_text(process.memory_bytes),
            translate("Process", "sign of life {age} ago").format(age=age_text(ticker.age_s(process.seen_at))),
        ]  # fmt: skip
        if process.drain_by is not None:
            parts.append(translate("Process", "drained by {name}").format(name=isolate(process.drain_by)))
        self.facts.setText(" · ".join(part for part in parts if part))
        self.facts.setToolTip(here_text(process.started_at).tooltip)

    def _sessions_text(self, process: ProcessView) -> str:
        if process.drain is DrainState.ASKED:
            return translate("Process", "%n sessions still to hand over", "", process.sessions)
        return translate("Process", "%n sessions", "", process.sessions)

    def layout_height(self, width: int) -> int:
        """Return how high it is in a width: its facts may take two lines."""
        layout = self.layout()
        return self.sizeHint().height() if layout is None else layout.heightForWidth(width)

    def _on_clicked(self) -> None:
        if self.process is not None:
            self._act(self.process)


class ProcessesPanel(View):
    """Lights at the top, a warning while owners are linking, and a line for each process."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self.setProperty("role", "scrolled")
        self._processes = tools.console.models.processes
        self._asking = Asking(self, self.refresh, self._show_trouble)
        self.dialog: ConfirmDialog | None = None
        self.card = Card(margin=12, spacing=8)
        self.lights = [StateWord(tools.icons) for _ in range(5)]
        self.living, self.owned, self.calls, self.webhooks, self.pairing = self.lights
        self.trouble = TroubleBanner(tools.icons)
        self._read_trouble: Trouble | None = None
        self._fitted_to = 0
        self.lines: list[ProcessLine] = []
        self._build()
        models = tools.console.models
        self.watch(self._processes.changed, self.refresh)
        self.watch(models.connection.changed, self.refresh)
        self.watch(models.safety.changed, self.refresh)
        tools.ticker.second_passed.connect(self._show_time)
        self.retranslate()

    def retranslate(self) -> None:
        """Set every text anew."""
        self.card.setAccessibleName(translate("Process", "Processes of the gateway"))
        self.trouble.retranslate()
        self.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give the lines the height they need in a new width."""
        if event.type() == QEvent.Type.Resize and self._scroll.viewport().width() != self._fitted_to:
            self._fit()
        return super().eventFilter(watched, event)

    def refresh(self) -> None:
        """Show what the models hold."""
        found = self._processes.list
        self.setVisible(found is not None or self._processes.problem is not None)
        if self._processes.problem is not None:
            self.trouble.show_trouble(self._processes.problem)
        elif not self._asking.is_busy("process") and self.trouble.trouble == self._read_trouble:
            self.trouble.show_trouble(None)
        self._read_trouble = self._processes.problem
        if found is None:
            self._place([])
            return
        self._show_lights()
        self._place(list(found.rows))

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        lights = QWidget()
        lights.setProperty("role", "scrolled")
        flow = FlowLayout(lights, spacing=16)
        for light in self.lights:
            if light is not self.pairing:
                flow.addWidget(light)
        self.pairing.word.setWordWrap(True)
        self.pairing.word.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        inside = QWidget()
        inside.setProperty("role", "scrolled")
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, 4, 0)
        self._list.setSpacing(8)
        self._list.addStretch(1)
        self._scroll = scrolled(inside)
        self._scroll.viewport().installEventFilter(self)
        for part in (lights, self.pairing, self.trouble, self._scroll):
            self.card.body.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.card)

    def _place(self, processes: list[ProcessView]) -> None:
        while len(self.lines) < len(processes):
            line = ProcessLine(self.tools, self._act)
            self._list.insertWidget(self._list.count() - 1, line)
            self.lines.append(line)
        while len(self.lines) > len(processes):
            gone = self.lines.pop()
            self._list.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for line, process in zip(self.lines, processes, strict=True):
            line.show_process(process, self._why_not(process))
        self._fit()

    def _fit(self) -> None:
        """Show up to three processes without scrolling."""
        self._fitted_to = self._scroll.viewport().width()
        width = self._fitted_to - 4
        heights = [line.layout_height(width) for line in self.lines[:_SHOWN_AT_ONCE]]
        self._scroll.setFixedHeight(sum(heights) + 8 * max(0, len(heights) - 1) + 4 if heights else 0)
        self._scroll.setVisible(bool(heights))

    # --------------------------------------------------------------------------------------------- what is shown

    def _show_lights(self) -> None:
        found = self._processes.list
        if found is None:
            return
        silent = sum(process.is_silent for process in found.rows)
        living = len(found.rows) - silent
        told = [translate("Process", "%n processes live", "", living)]
        if silent:
            told.append(translate("Process", "%n silent", "", silent))
        self._light(self.living, not silent and living > 0, ", ".join(told))
        self._light(
            self.owned, not found.unowned,
            translate("Process", "%n sessions without a process", "", found.unowned)
            if found.unowned
            else translate("Process", "every session has its process"),
        )  # fmt: skip
        self._light(
            self.calls, not found.calls_due,
            translate("Process", "%n calls are due", "", found.calls_due)
            if found.calls_due
            else translate("Process", "no call waits for its turn"),
        )  # fmt: skip
        self._light(
            self.webhooks, not found.webhooks_pending,
            translate("Process", "%n webhooks in work", "", found.webhooks_pending)
            if found.webhooks_pending
            else translate("Process", "no webhook waits"),
        )  # fmt: skip
        pairing = self._processes.pairing
        self._light(
            self.pairing, not pairing,
            translate("Process", "%n owners are linking now: a restart would interrupt them", "", pairing)
            if pairing
            else translate("Process", "nobody is linking: a restart disturbs no owner"),
        )  # fmt: skip

    def _light(self, light: StateWord, is_well: bool, text: str) -> None:
        light.set_state(*(("check-circle", "ok") if is_well else ("stage-attention", "warn")), text)
        light.updateGeometry()

    def _show_time(self) -> None:
        if self.isVisible():
            for line in self.lines:
                line.show_facts()

    def _why_not(self, process: ProcessView) -> str | None:
        operation = "processes.take_part" if is_out(process) else "processes.drain"
        refusal = refusal_of(self.tools, operation)
        if refusal is None and self._asking.is_busy(process.name):
            refusal = translate("Refusal", "Sent; waiting for the gateway.")
        if refusal is None and not is_out(process) and not self._processes.can_take_over(process.name):
            refusal = translate("Process", "There is no other process that could take its sessions.")
        return refusal

    # ---------------------------------------------------------------------------------------------- what is asked

    def _act(self, process: ProcessView) -> None:
        if is_out(process):
            self._asking.ask(process.name, self.tools.console.let_take_part, process.name)
            return
        sessions = translate("Process", "%n sessions", "", process.sessions)
        text = translate(
            "Process",
            "It hands its sessions ({sessions}) to the other processes one by one; each is away for a moment. "
            "It takes no new ones until you let it take part again or it is started anew.",
        ).format(sessions=sessions)
        if process.pairing:
            linking = translate(
                "Process",
                "%n owners are linking there right now: their codes are made anew.",
                "",
                process.pairing,
            )
            text = f"{text}\n\n{linking}"
        question = Question(
            title=translate("Process", "Drain {name}?").format(name=process_text(process.name)),
            text=text, verb=translate("Process", "Drain"), is_dangerous=True, needs_reason=True,
        )  # fmt: skip
        self.dialog = self._asking.confirm(
            question, lambda reason: self.tools.console.drain_process(process.name, reason)
        )

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)

"""The alarms: what calls for a person, since when, who looks after it, what to do, and where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QMenu, QSizePolicy, QVBoxLayout, QWidget

from desktop.model.alarms import is_snoozed, is_waiting
from desktop.model.problem import Trouble
from desktop.qt.alarm_texts import do_text, seen_text, title_text
from desktop.qt.dialogs.snooze import SnoozeDialog, next_morning
from desktop.qt.texts import age_text, here_text, isolate, marked, translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.absence import explain_absence
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.basics import Card, ElidedLabel, button, flowing, label, scrolled
from desktop.qt.widgets.empty import EmptyState
from desktop.qt.widgets.flow import FlowLayout
from desktop.qt.widgets.state_word import StateWord
from shared.admin_wire import AlarmView
from shared.vocabulary import AlarmKind, AlarmLevel

_LOOKS: Final = {AlarmLevel.WARN: ("stage-attention", "warn"), AlarmLevel.BAD: ("cross-circle", "bad")}
_SETTLED_LOOK: Final = ("check-circle", "ok")
_LEVEL_WORDS: Final = {
    AlarmLevel.WARN: marked("Alarms", "Look at this"),
    AlarmLevel.BAD: marked("Alarms", "Urgent"),
}
STUCK, QUEUE, DOCTOR, WEBHOOKS, CONSISTENCY = "stuck", "queue", "doctor", "webhooks", "consistency"
_PLACES: Final = {
    AlarmKind.STUCK_INSTALLS: STUCK,
    AlarmKind.TOKEN_REFUSED: DOCTOR,
    AlarmKind.WEBHOOKS_REFUSED: DOCTOR,
    AlarmKind.SWEEP_DRIFT: CONSISTENCY,
    AlarmKind.SWEEP_BRAKED: CONSISTENCY,
    AlarmKind.SWEEP_FAILING: DOCTOR,
    AlarmKind.CALLS_FAILED: QUEUE,
    AlarmKind.WEBHOOKS_LAID_ASIDE: WEBHOOKS,
}
"""Where in the console something can be done about an alarm; the others are mended outside of it."""
_PLACE_WORDS: Final = {
    STUCK: marked("Alarms", "Show the installs"),
    QUEUE: marked("Alarms", "Open the queue"),
    DOCTOR: marked("Alarms", "Open the check"),
    WEBHOOKS: marked("Alarms", "Show the webhooks"),
    CONSISTENCY: marked("Alarms", "Show the differences"),
}
_WIDEST: Final = 860
_HOUR: Final = timedelta(hours=1)


class AlarmCard(Card):
    """One alarm: how bad, what, since when, what to do; who looks after it."""

    acknowledged = Signal(int)
    snoozed = Signal(int, object)
    """Somebody wants it quiet until a moment (an aware datetime), or told again (None)."""
    moment_wanted = Signal(int)
    """Somebody wants to choose until when."""
    place_wanted = Signal(str)

    def __init__(self, tools: Tools) -> None:
        super().__init__(margin=12, spacing=6)
        self._tools = tools
        self._alarm: AlarmView | None = None
        self.level = StateWord(tools.icons, "note")
        self.title = label("heading", is_wrapped=True)
        self.age = label("quiet")
        self.seen, self.what = label(is_wrapped=True, is_selectable=True), label(is_wrapped=True)
        self.seen.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.meta = label("quiet", is_wrapped=True)
        for wrapped in (self.title, self.seen, self.what, self.meta):
            wrapped.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.acknowledge, self.place = button(), button()
        self.snooze, self.wake = button(), button()
        self.menu = QMenu(self)
        self.for_hour, self.until_morning = self.menu.addAction(""), self.menu.addAction("")
        self.until_moment = self.menu.addAction("")
        self.snooze.setMenu(self.menu)
        self.buttons = QWidget()
        self.buttons.setProperty("role", "scrolled")
        flow = FlowLayout(self.buttons, spacing=8)
        flow.addWidget(self.acknowledge)
        flow.addWidget(self.snooze)
        flow.addWidget(self.wake)
        flow.addWidget(self.place)
        self.body.addLayout(flowing(self.level, None, self.age))
        for part in (self.title, self.seen, self.what, self.meta, self.buttons):
            self.body.addWidget(part)
        self.acknowledge.clicked.connect(self._on_acknowledge_clicked)
        self.place.clicked.connect(self._on_place_clicked)
        self.for_hour.triggered.connect(lambda: self._snooze_until(self._now() + _HOUR))
        self.until_morning.triggered.connect(lambda: self._snooze_until(next_morning(self._now())))
        self.until_moment.triggered.connect(self._on_moment_triggered)
        self.wake.clicked.connect(lambda: self._snooze_until(None))

    @property
    def alarm(self) -> AlarmView | None:
        """The alarm it shows."""
        return self._alarm

    def show_alarm(self, alarm: AlarmView, refusal: str | None) -> None:
        """Show an alarm; `refusal` says why it cannot be acknowledged now."""
        self._alarm = alarm
        is_open = alarm.settled_at is None
        looks, word = _LOOKS[alarm.level], translate("Alarms", _LEVEL_WORDS[alarm.level])
        self.level.set_state(*(looks if is_open else _SETTLED_LOOK), word if is_open else _settled_word())
        self.title.setText(title_text(alarm.kind))
        self.seen.setText(seen_text(alarm, self._tools.ticker.now_here()))
        self.what.setText(translate("Alarms", "What to do: {text}").format(text=do_text(alarm.kind)))
        self.what.setVisible(is_open)
        self.meta.setText(self._meta_text(alarm))
        self.show_age()
        self._show_buttons(alarm, refusal)
        for each in (self.acknowledge, self.place, self.snooze, self.wake):
            each.setAccessibleName(f"{each.text()}: {self.title.text()}. {self.seen.text()}")
        self.setAccessibleName(f"{self.level.word.text()}: {self.title.text()}. {self.seen.text()}")

    def show_age(self) -> None:
        """Show how long it stands, or how long ago it settled."""
        if self._alarm is None:
            return
        ticker, settled_at = self._tools.ticker, self._alarm.settled_at
        if settled_at is None:
            self.age.setText(age_text(ticker.age_s(self._alarm.raised_at)))
        else:
            ago = age_text(ticker.age_s(settled_at))
            self.age.setText(translate("Alarms", "settled {age} ago").format(age=ago))
        self.age.setToolTip(here_text(settled_at or self._alarm.raised_at).tooltip)

    def _show_buttons(self, alarm: AlarmView, refusal: str | None) -> None:
        self.acknowledge.setText(translate("Alarms", "Acknowledge"))
        self.acknowledge.setVisible(is_waiting(alarm))
        hint = translate("Alarms", "Others see that you look after it; it is not told again while it stands.")
        permit(self.acknowledge, refusal, hint)
        self._show_snooze(alarm, refusal)
        place = _PLACES.get(alarm.kind)
        self.place.setText(translate("Alarms", _PLACE_WORDS[place]) if place else "")
        self.place.setVisible(place is not None and alarm.settled_at is None)
        parts = (self.acknowledge, self.place, self.snooze, self.wake)
        self.buttons.setVisible(not all(part.isHidden() for part in parts))

    def _show_snooze(self, alarm: AlarmView, refusal: str | None) -> None:
        self.snooze.setText(translate("Alarms", "Snooze"))
        self.snooze.setVisible(is_waiting(alarm))
        permit(
            self.snooze,
            refusal,
            translate("Alarms", "Nobody is told of it until then, unless it gets worse."),
        )
        self.wake.setText(translate("Alarms", "Wake it"))
        self.wake.setVisible(is_snoozed(alarm))
        permit(self.wake, refusal, translate("Alarms", "It waits for somebody again, now."))
        morning = here_text(next_morning(self._now()), self._now()).text
        self.for_hour.setText(translate("Alarms", "For an hour"))
        self.until_morning.setText(translate("Alarms", "Until the morning: {time}").format(time=morning))
        self.until_moment.setText(translate("Alarms", "Until a moment…"))

    def _meta_text(self, alarm: AlarmView) -> str:
        now = self._tools.ticker.now_here()
        parts = [translate("Alarms", "Raised {time}").format(time=here_text(alarm.raised_at, now).text)]
        if alarm.settled_at is not None:
            settled = translate("Alarms", "settled {time}")
            parts.append(settled.format(time=here_text(alarm.settled_at, now).text))
        if alarm.count > 1:
            parts.append(translate("Alarms", "came %n times", "", alarm.count))
        if alarm.acknowledged_by is not None and alarm.acknowledged_at is not None:
            told = translate("Alarms", "acknowledged by {name}, {time}")
            at = here_text(alarm.acknowledged_at, now).text
            parts.append(told.format(name=isolate(alarm.acknowledged_by), time=at))
        if is_snoozed(alarm) and alarm.snoozed_until is not None:
            told = translate("Alarms", "snoozed by {name} until {time}")
            until = here_text(alarm.snoozed_until, now).text
            parts.append(told.format(name=isolate(alarm.snoozed_by or ""), time=until))
        return " · ".join(parts)

    def _now(self) -> datetime:
        return self._tools.ticker.now()

    def _snooze_until(self, moment: datetime | None) -> None:
        if self._alarm is not None:
            self.snoozed.emit(self._alarm.alarm_id, moment)

    def _on_moment_triggered(self) -> None:
        if self._alarm is not None:
            self.moment_wanted.emit(self._alarm.alarm_id)

    def _on_acknowledge_clicked(self) -> None:
        if self._alarm is not None:
            self.acknowledged.emit(self._alarm.alarm_id)

    def _on_place_clicked(self) -> None:
        if self._alarm is not None and self._alarm.kind in _PLACES:
            self.place_wanted.emit(_PLACES[self._alarm.kind])


class AlarmsView(View):
    """The open alarms, the newest first, and on request those that settled lately."""

    place_wanted = Signal(str)
    """Somebody wants to go where something can be done: `STUCK`, `QUEUE`, `DOCTOR` or `WEBHOOKS`."""

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, parent)
        self._alarms = tools.console.models.alarms
        self._asking = Asking(self, self.refresh, self._show_trouble)
        self._cards: list[AlarmCard] = []
        self.title, self.waiting = ElidedLabel("title"), label("quiet")
        self.settled = QCheckBox()
        self.trouble = TroubleBanner(tools.icons)
        self.refused = TroubleBanner(tools.icons)
        self.empty = EmptyState(tools.icons, "check-circle")
        self._build()
        models = tools.console.models
        self.watch(models.alarms.changed, self.refresh)
        self.watch(models.connection.changed, self.refresh)
        self.watch(models.safety.changed, self.refresh)
        tools.ticker.half_minute_passed.connect(self._show_ages)
        self.retranslate()

    @property
    def cards(self) -> list[AlarmCard]:
        """What is shown, in its order."""
        return list(self._cards)

    def retranslate(self) -> None:
        """Set every text anew."""
        self.title.setText(translate("Alarms", "Alarms"))
        self.settled.setText(translate("Alarms", "Also what settled within a week"))
        self.trouble.retranslate()
        self.refused.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Show what the models hold."""
        self.trouble.show_trouble(self._alarms.problem)
        shown = [*self._alarms.open, *self._alarms.settled]
        self._place(shown)
        self.waiting.setText(self._waiting_text())
        self.empty.setVisible(not shown)
        self._scroll.setVisible(bool(shown))
        self.waiting.setVisible(bool(shown))
        if not shown:
            self._explain_emptiness()

    # ------------------------------------------------------------------------------------------------- build

    def _build(self) -> None:
        inside = QWidget()
        inside.setProperty("role", "scrolled")
        self.tools.theme.fit(inside, max_width=_WIDEST)
        self._lines = QVBoxLayout(inside)
        self._lines.setContentsMargins(0, 0, 4, 0)
        self._lines.setSpacing(12)
        self._lines.addStretch(1)
        self._scroll = scrolled(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        head = flowing(self.title, None, self.settled, spacing=12)
        layout.addLayout(head)
        layout.addWidget(self.waiting)
        layout.addWidget(self.trouble)
        layout.addWidget(self.refused)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self.empty, 1)
        self.settled.toggled.connect(self._on_settled_toggled)
        self.setFocusProxy(self.settled)

    def _place(self, alarms: Sequence[AlarmView]) -> None:
        while len(self._cards) < len(alarms):
            card = AlarmCard(self.tools)
            card.acknowledged.connect(self._on_acknowledged)
            card.place_wanted.connect(self.place_wanted)
            card.snoozed.connect(self._on_snoozed)
            card.moment_wanted.connect(self._on_moment_wanted)
            self._lines.insertWidget(self._lines.count() - 1, card)
            self._cards.append(card)
        while len(self._cards) > len(alarms):
            gone = self._cards.pop()
            self._lines.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for card, alarm in zip(self._cards, alarms, strict=True):
            card.show_alarm(alarm, self._why_not(alarm))

    # --------------------------------------------------------------------------------------------- what is shown

    def _waiting_text(self) -> str:
        if not self._alarms.is_known:
            return ""
        waiting = self._alarms.waiting
        if waiting:
            return translate("Alarms", "%n wait for somebody", "", waiting)
        return translate("Alarms", "Nothing waits for anybody")

    def _explain_emptiness(self) -> None:
        if explain_absence(self, self.empty):
            return
        if not self._alarms.is_known:
            self.empty.set_icon("clock")
            self.empty.set_texts(
                translate("Alarms", "Reading the alarms…"),
                translate("Alarms", "They appear as soon as the gateway answers."),
            )
            return
        self.empty.set_icon("check-circle")
        self.empty.set_texts(
            translate("Alarms", "No alarms"),
            translate(
                "Alarms",
                "What calls for a person appears here by itself: stuck installs, a refused token, refused webhooks, "
                "a full disk. It leaves once its cause is gone. To try it, switch a fault on at the sandbox's page and "
                "press “Connect” there: a call that fails raises one.",
            ),
        )

    def _why_not(self, alarm: AlarmView) -> str | None:
        if self._asking.is_busy(str(alarm.alarm_id)):
            return translate("Alarms", "It is on its way…")
        return refusal_of(self.tools, "alarms.acknowledge")

    def _show_ages(self) -> None:
        for card in self._cards:
            card.show_age()

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.refused.show_trouble(trouble)

    # --------------------------------------------------------------------------------------- what a person does

    def _on_acknowledged(self, alarm_id: int) -> None:
        self._asking.ask(str(alarm_id), self.tools.console.acknowledge_alarm, alarm_id)

    def _on_snoozed(self, alarm_id: int, until: datetime | None) -> None:
        self._asking.ask(str(alarm_id), self.tools.console.snooze_alarm, alarm_id, until)

    def _on_moment_wanted(self, alarm_id: int) -> None:
        dialog = SnoozeDialog(self.tools.ticker.now(), self.window())
        dialog.chosen.connect(lambda until: self._on_snoozed(alarm_id, until))
        dialog.finished.connect(lambda _: dialog.deleteLater())
        dialog.open()

    def _on_settled_toggled(self, is_shown: bool) -> None:
        self.run(self.tools.console.show_settled_alarms, is_shown)


def _settled_word() -> str:
    return translate("Alarms", "Settled")

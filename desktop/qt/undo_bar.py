"""What was just done to salons and can be taken back, over whatever view is open: which salon, how long, and by what.

It stands in the window and in every salon's own window, so that no other salon and no other view hides it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.model.problem import Trouble
from desktop.model.undo import UNDO_S, Deed, Undoable
from desktop.qt import editing, shortcuts
from desktop.qt.texts import isolate, salon_text, translate
from desktop.qt.tools import Tools
from desktop.qt.troubles import TroubleBanner
from desktop.qt.view import View
from desktop.qt.views.asking import Asking
from desktop.qt.views.permits import permit, refusal_of
from desktop.qt.widgets.banner import Banner
from desktop.qt.widgets.basics import button, flowing, label, name_it, row, set_look, tool_button
from desktop.qt.widgets.countdown import CountdownRing

_MOST: Final = 3
"""How many offers are told at once; of more, the newest."""
_TOLD_MS: Final = 8000
_MOST_NAME: Final = 60
_RING: Final = 44
_OPERATIONS: Final = {Deed.PAUSE: "installs.unfreeze", Deed.DISCONNECTION: "installs.keep"}


class UndoLine(QFrame):
    """One offer: a countdown, what was done to whom, and what can be done about it."""

    taken_back = Signal()
    hurried = Signal()
    hidden = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self.one: Undoable | None = None
        self.setProperty("role", "banner")
        set_look(self, tone="warn")
        self.ring = CountdownRing(tools.theme, _RING)
        self.icon = QLabel()
        tools.icons.dress(self.icon, "stage-attention", "warn")
        self.text = label(is_wrapped=True, is_selectable=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.take_back, self.now = button("primary"), button()
        self.cross = tool_button()
        tools.icons.dress(self.cross, "cross")
        self.take_back.clicked.connect(self.taken_back)
        self.now.clicked.connect(self.hurried)
        self.cross.clicked.connect(self.hidden)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 6)
        layout.setSpacing(6)
        layout.addLayout(row(self.icon, self.ring, self.text, self.cross))
        layout.addLayout(flowing(self.take_back, self.now))

    def show_offer(
        self, one: Undoable, *, is_first: bool, refusal: str | None, now_refusal: str | None
    ) -> None:
        """Show an offer; the first one is what the key takes back. The others say why they cannot be pressed."""
        self.one = one
        name = isolate(salon_text(_shortened(one.title), one.city))
        if one.deed is Deed.PAUSE:
            told = translate("Undo", "{name} ({number}) is paused: the bot is silent.")
        else:
            told = translate(
                "Undo", "{name} ({number}) will be disconnected; nothing was sent to YCLIENTS yet."
            )
        self.text.setText(told.format(name=name, number=one.salon_id))
        self.text.setToolTip(one.title if len(one.title) > _MOST_NAME else "")
        key = f"  {shortcuts.key_text('take_back')}" if is_first else ""
        self.take_back.setText(translate("Undo", "Take it back") + key)
        self.take_back.setAccessibleName(translate("Undo", "Take back: {name}").format(name=name))
        permit(self.take_back, refusal)
        self.now.setText(translate("Undo", "Disconnect now"))
        self.now.setAccessibleName(translate("Undo", "Disconnect now: {name}").format(name=name))
        self.now.setVisible(one.deed is Deed.DISCONNECTION and one.can_hurry)
        permit(self.now, now_refusal)
        name_it(self.cross, translate("Undo", "Put this away: {name}").format(name=name))
        self.count()

    def count(self) -> None:
        """Show how much time is left."""
        if self.one is not None:
            self.ring.set_left(-self._tools.ticker.age_s(self.one.until), UNDO_S)


class UndoBar(View):
    """The offers, the newest first, then what came of the last one. `only` tells which salon's, where not all."""

    offer_changed = Signal()
    """What can be taken back here is different, or whether it may be."""

    def __init__(self, tools: Tools, only: Callable[[], int | None] | None = None) -> None:
        super().__init__(tools)
        self._model = tools.console.models.undo
        self._only = only
        self._asking = Asking(self, self.refresh, self._show_trouble)
        self.lines = [self._line() for _ in range(_MOST)]
        self._is_filtering = False
        self.trouble = TroubleBanner(tools.icons)
        self.done = Banner(tools.icons, "ok", is_closable=True)
        self._told = QTimer(self, singleShot=True, interval=_TOLD_MS)
        self._told.timeout.connect(self._put_away)
        self.done.closed.connect(self._put_away)
        self.done.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 0)
        layout.setSpacing(6)
        for part in (*self.lines, self.trouble, self.done):
            layout.addWidget(part)
        models = tools.console.models
        for signal in (self._model.changed, models.connection.changed, models.safety.changed):
            self.watch(signal, self.refresh)
        tools.ticker.second_passed.connect(self._on_second_passed)
        self.retranslate()

    @property
    def offers(self) -> list[Undoable]:
        """What can be taken back here, the newest first."""
        wanted = self._only() if self._only is not None else None
        return [one for one in self._model.rows if self._only is None or one.salon_id == wanted][:_MOST]

    def refusal(self) -> str | None:
        """Return why the newest cannot be taken back now, or None when it can."""
        offers = self.offers
        if not offers:
            return translate("Refusal", "There is nothing to take back now.")
        return self._refusal(_OPERATIONS[offers[0].deed])

    def take_back(self) -> None:
        """Take back what was done last, while that is offered."""
        if self.refusal() is None:
            self._take_back(self.offers[0])

    def release(self) -> None:
        """Hear of no model and no clock any more."""
        super().release()
        self._watch_keys(is_on=False)
        self._told.stop()
        self.tools.ticker.second_passed.disconnect(self._on_second_passed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let a field in which nothing was typed leave the key to us: by itself it would take it and do nothing."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and QKeySequence(event.keyCombination()) == shortcuts.sequence("take_back")
            and not editing.can("undo")
        ):
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def retranslate(self) -> None:
        """Set every text anew, in the present language."""
        self._put_away()

    def refresh(self) -> None:
        """Show what the models hold."""
        offers = self.offers
        now_refusal = self._refusal("installs.uninstall") or self._refusal("calls.retry")
        for number, line in enumerate(self.lines):
            line.setVisible(number < len(offers))
            if number < len(offers):
                refusal = self._refusal(_OPERATIONS[offers[number].deed])
                line.show_offer(
                    offers[number], is_first=number == 0, refusal=refusal, now_refusal=now_refusal
                )
        self._show_room()
        self._watch_keys(is_on=bool(offers))
        self.offer_changed.emit()

    def _watch_keys(self, *, is_on: bool) -> None:
        app = QApplication.instance()
        if app is None or is_on == self._is_filtering:
            return
        self._is_filtering = is_on
        if is_on:
            app.installEventFilter(self)
        else:
            app.removeEventFilter(self)

    def _line(self) -> UndoLine:
        made = UndoLine(self.tools)
        made.hide()
        made.taken_back.connect(lambda: self._with(made, self._take_back))
        made.hurried.connect(lambda: self._with(made, self._hurry))
        made.hidden.connect(lambda: self._with(made, self._model.hide))
        return made

    def _with(self, line: UndoLine, act: Callable[[Undoable], object]) -> None:
        if line.one is not None:
            act(line.one)

    def _refusal(self, operation: str) -> str | None:
        if self._asking.is_busy(operation):
            return translate("Refusal", "Sent; waiting for the gateway.")
        return refusal_of(self.tools, operation)

    def _take_back(self, one: Undoable) -> None:
        name = isolate(salon_text(_shortened(one.title), one.city))
        if one.deed is Deed.DISCONNECTION:
            told = translate("Undo", "Taken back: {name} stays; nothing was sent to YCLIENTS.")
            self._asking.ask(
                "installs.keep", self.tools.console.keep, one.salon_id,
                done=lambda _: self._tell(told.format(name=name)),
            )  # fmt: skip
            return
        told = translate("Undo", "Taken back: the bot of {name} runs again.")
        self._asking.ask(
            "installs.unfreeze", self.tools.console.unfreeze, one.salon_id, one.generation,
            translate("Undo", "Taken back at once"), done=lambda _: self._tell(told.format(name=name)),
        )  # fmt: skip

    def _hurry(self, one: Undoable) -> None:
        if one.call_id is not None:
            self._asking.ask(
                "calls.retry",
                self.tools.console.retry_call,
                one.call_id,
                done=lambda _: self._model.hide(one),
            )

    def _tell(self, text: str) -> None:
        self.done.set_text(text)
        self.done.set_close_name(translate("Undo", "Put this away"))
        self.done.show()
        self._told.start()
        self._show_room()

    def _put_away(self) -> None:
        self._told.stop()
        self.done.hide()
        self.trouble.show_trouble(None)
        self.refresh()

    def _show_trouble(self, trouble: Trouble | None) -> None:
        self.trouble.show_trouble(trouble)
        if trouble is not None:
            self._told.start()
        self._show_room()

    def _show_room(self) -> None:
        parts: list[QWidget] = [*self.lines, self.trouble, self.done]
        self.setVisible(any(not part.isHidden() for part in parts))

    def _on_second_passed(self) -> None:
        self._model.tick()
        for line in self.lines:
            if not line.isHidden():
                line.count()


def _shortened(title: str) -> str:
    return title if len(title) <= _MOST_NAME else f"{title[:_MOST_NAME].rstrip()}…"

"""Choosing until when an alarm is quiet."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final

from PySide6.QtCore import QDateTime, Signal
from PySide6.QtWidgets import QDateTimeEdit, QDialog, QVBoxLayout, QWidget

from desktop.qt.texts import translate
from desktop.qt.widgets.basics import button, label, row

LONGEST: Final = timedelta(days=7)
MORNING: Final = time(9)
_NIGHT_ENDS: Final = time(5)


def next_morning(now: datetime) -> datetime:
    """Return nine o'clock of tomorrow on this machine's clock; of today for whoever is up before five."""
    here = now.astimezone()
    day = here.date() + timedelta(days=0 if here.time() < _NIGHT_ENDS else 1)
    return datetime.combine(day, MORNING).astimezone(UTC)


class SnoozeDialog(QDialog):
    """A moment within a week. Cancel is the default button."""

    chosen = Signal(object)
    """The moment, an aware datetime."""

    def __init__(self, now: datetime, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Alarms", "Snooze until a moment"))
        self.setModal(True)
        self.text = label(is_wrapped=True)
        self.text.setText(
            translate(
                "Alarms", "Until when shall nobody be told of it? It is told before that if it gets worse."
            )
        )
        self.moment = QDateTimeEdit()
        self.moment.setCalendarPopup(True)
        self.moment.setAccessibleName(translate("Alarms", "Quiet until"))
        self.moment.setMinimumDateTime(_of_qt(now + timedelta(minutes=1)))
        self.moment.setMaximumDateTime(_of_qt(now + LONGEST - timedelta(minutes=1)))
        self.moment.setDateTime(_of_qt(now + timedelta(hours=4)))
        self.verb, self.cancel = button("primary"), button()
        self.verb.setText(translate("Alarms", "Snooze"))
        self.cancel.setText(translate("Alarms", "Cancel"))
        self.cancel.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(16)
        layout.addWidget(self.text)
        layout.addWidget(self.moment)
        layout.addLayout(row(None, self.cancel, self.verb))
        self.verb.clicked.connect(self._on_verb_clicked)
        self.cancel.clicked.connect(self.reject)

    def _on_verb_clicked(self) -> None:
        seconds = self.moment.dateTime().toSecsSinceEpoch()
        self.chosen.emit(datetime.fromtimestamp(seconds, UTC))
        self.accept()


def _of_qt(moment: datetime) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(int(moment.timestamp()))

"""What the board says about an install, column by column."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from desktop.qt.explanations import explained
from desktop.qt.row_actions import action_of, action_word
from desktop.qt.texts import (
    age_text,
    capitalised,
    marked,
    next_step_text,
    partner_word,
    phone_text,
    salon_text,
    stage_word,
    translate,
    whatsapp_word,
    when_text,
)
from desktop.qt.ticker import Ticker
from shared.admin_wire import InstallRow
from shared.vocabulary import NextStep, PartnerState, WhatsappState


class Column(IntEnum):
    """The board's columns, in their order."""

    STAGE = 0
    SALON = 1
    AGE = 2
    WHATSAPP = 3
    PARTNER = 4
    ERROR = 5
    NEXT = 6
    ACTION = 7


_HEADINGS: Final = {
    Column.STAGE: marked("Board", "Stage"),
    Column.SALON: marked("Board", "Salon"),
    Column.AGE: marked("Board", "For"),
    Column.WHATSAPP: marked("Board", "WhatsApp"),
    Column.PARTNER: marked("Board", "YCLIENTS"),
    Column.ERROR: marked("Board", "Last error"),
    Column.NEXT: marked("Board", "Next step"),
    Column.ACTION: marked("Board", "Action"),
}
_GOOD_WHATSAPP: Final = frozenset({WhatsappState.CONNECTED})
_BAD_WHATSAPP: Final = frozenset({
    WhatsappState.REPLACED, WhatsappState.LOGGED_OUT, WhatsappState.TEMP_BANNED, WhatsappState.OUTDATED,
    WhatsappState.FAILED,
})  # fmt: skip
_BAD_PARTNER: Final = frozenset({PartnerState.REFUSED, PartnerState.EXPIRED})


class InstallCells:
    """The texts of the board."""

    columns = len(Column)

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker

    def heading(self, column: int) -> str:
        """Return a column's heading."""
        return translate("Board", _HEADINGS[Column(column)])

    def text(self, row: InstallRow, column: int) -> str:
        """Return what a cell says."""
        match column:
            case Column.STAGE:
                return stage_word(row.stage)
            case Column.SALON:
                return salon_text(row.title, row.city)
            case Column.AGE:
                return age_text(self._ticker.age_s(row.stage_since))
            case Column.WHATSAPP:
                return capitalised(whatsapp_word(row.whatsapp_state))
            case Column.PARTNER:
                return capitalised(partner_word(row.partner_state))
            case Column.ERROR:
                return explained(row.error_code).title if row.error_code else ""
            case Column.NEXT:
                return self._next_step(row)
            case _:
                return action_word(action_of(row))

    def tooltip(self, row: InstallRow, column: int) -> str:
        """Return what a cell says on hover: the whole of it, and the exact moment or code behind it."""
        text = self.text(row, column)
        match column:
            case Column.SALON:
                return f"{text}\n{row.salon_id}"
            case Column.AGE:
                return when_text(row.stage_since, row.timezone).tooltip
            case Column.WHATSAPP:
                return f"{text}\n{phone_text(row.phone)}" if row.phone else text
            case Column.PARTNER:
                return f"{text}\n{when_text(row.partner_since, row.timezone).tooltip}"
            case Column.ERROR if row.error_code:
                known = explained(row.error_code)
                return "\n".join(part for part in (known.title, known.cause, known.advice) if part)
            case Column.NEXT if row.next_attempt_at is not None:
                return f"{text}\n{when_text(row.next_attempt_at, row.timezone).tooltip}"
            case _:
                return text

    def row_id(self, row: InstallRow) -> int:
        """A row is its salon's."""
        return row.salon_id

    def dated_texts(self, row: InstallRow) -> Mapping[int, str]:
        """Return the age, and how long it is until the next step."""
        dated: dict[int, str] = {Column.AGE: self.text(row, Column.AGE)}
        if row.next_attempt_at is not None:
            dated[Column.NEXT] = self._next_step(row)
        return dated

    def is_number(self, column: int) -> bool:
        """Ages are numbers."""
        return column == Column.AGE

    def _next_step(self, row: InstallRow) -> str:
        text = next_step_text(row.next_step)
        if row.is_open and not row.is_assistant_on:
            off = translate("Board", "The assistant is off")
            text = off if row.next_step is NextStep.NOTHING else f"{text} · {off}"
        if row.next_attempt_at is None:
            return text
        left_s = -self._ticker.age_s(row.next_attempt_at)
        if left_s <= 0:
            return translate("Board", "{step} · now").format(step=text)
        return translate("Board", "{step} · in {time}").format(step=text, time=age_text(left_s))


def whatsapp_tone(state: WhatsappState | None) -> str:
    """Return the token that a session's state is drawn in."""
    if state in _GOOD_WHATSAPP:
        return "ok"
    return "bad" if state in _BAD_WHATSAPP else "text-quiet"


def partner_tone(state: PartnerState) -> str:
    """Return the token that an install's state at YCLIENTS is drawn in."""
    if state is PartnerState.ACTIVE:
        return "ok"
    return "bad" if state in _BAD_PARTNER else "text-quiet"

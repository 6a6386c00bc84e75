"""Questions before something is done: nothing happens by a slip of the hand, nothing that was typed is lost."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton
from pytestqt.qtbot import QtBot

from desktop.model.problem import Trouble
from desktop.qt.dialogs.confirm import ConfirmDialog, Question
from desktop.qt.tools import Tools
from tests.gui import samples
from tests.gui.conftest import Stage
from tests.gui.seeing import press

DISCONNECT = Question(
    "Disconnect Ёлка?", "The bot stops.", "Disconnect the salon", is_dangerous=True, needs_reason=True,
    typed_name="Ёлка  &  Ко",
)  # fmt: skip


def dialog_of(tools: Tools, stage: Stage, question: Question = DISCONNECT) -> tuple[ConfirmDialog, list[str]]:
    """Open a question; returns it and the reasons it was answered with."""
    dialog = stage.show(ConfirmDialog(tools.icons, question), 460, 420)
    answers: list[str] = []
    dialog.confirmed.connect(answers.append)
    return dialog, answers


def fill(dialog: ConfirmDialog) -> None:
    """Type all that is asked for."""
    dialog.reason.setPlainText("The owner asked for it")
    dialog.typed.setText("Ёлка & Ко")


def test_buttons_say_what_they_do_and_cancel_is_the_default(tools: Tools, stage: Stage) -> None:
    dialog, _ = dialog_of(tools, stage)
    assert [dialog.cancel.text(), dialog.verb.text()] == ["Cancel", "Disconnect the salon"]
    assert dialog.cancel.isDefault()
    assert not any(each.isDefault() for each in dialog.findChildren(QPushButton) if each is not dialog.cancel)


def test_the_verb_needs_reason_and_name(tools: Tools, stage: Stage) -> None:
    dialog, answers = dialog_of(tools, stage)
    assert not dialog.verb.isEnabled()
    assert "why" in dialog.verb.accessibleDescription()
    dialog.reason.setPlainText("The owner asked for it")
    assert not dialog.verb.isEnabled()
    dialog.typed.setText("Ёлка")
    assert not dialog.verb.isEnabled()
    fill(dialog)
    assert dialog.verb.isEnabled()
    dialog.verb.click()
    assert answers == ["The owner asked for it"]


@pytest.mark.parametrize("field", ["reason", "typed", "verb", "cancel"])
def test_enter_never_confirms_what_is_dangerous(tools: Tools, stage: Stage, qtbot: QtBot, field: str) -> None:
    dialog, answers = dialog_of(tools, stage)
    fill(dialog)
    focused = getattr(dialog, field)
    focused.setFocus()
    press(focused, Qt.Key.Key_Return)
    press(focused, Qt.Key.Key_Enter)
    assert answers == []


def test_the_space_bar_on_the_verb_confirms(tools: Tools, stage: Stage, qtbot: QtBot) -> None:
    dialog, answers = dialog_of(tools, stage)
    fill(dialog)
    dialog.verb.setFocus()
    press(dialog.verb, Qt.Key.Key_Space)
    assert answers == ["The owner asked for it"]


def test_esc_cancels(tools: Tools, stage: Stage, qtbot: QtBot) -> None:
    dialog, answers = dialog_of(tools, stage)
    fill(dialog)
    press(dialog.typed, Qt.Key.Key_Escape)
    assert dialog.result() == QDialog.DialogCode.Rejected
    assert answers == []


def test_a_failure_keeps_what_was_typed_and_lets_one_try_again(tools: Tools, stage: Stage) -> None:
    dialog, answers = dialog_of(tools, stage)
    fill(dialog)
    dialog.verb.click()
    dialog.verb.click()  # while it is carried out a second press does nothing
    assert answers == ["The owner asked for it"]
    dialog.show_trouble(Trouble("generation_changed", reference="abcd1234"))
    assert dialog.isVisible()
    assert dialog.trouble.isVisible()
    assert "abcd1234" in dialog.trouble.text.text()
    assert dialog.reason.toPlainText() == "The owner asked for it"
    assert dialog.typed.text() == "Ёлка & Ко"
    dialog.verb.click()
    assert len(answers) == 2


def test_enter_goes_from_the_name_to_the_next_control(tools: Tools, stage: Stage, qtbot: QtBot) -> None:
    dialog, _ = dialog_of(tools, stage)
    fill(dialog)
    dialog.activateWindow()
    dialog.typed.setFocus()
    press(dialog.typed, Qt.Key.Key_Return)
    assert dialog.isVisible()


def test_a_reason_that_is_too_long_is_not_cut_but_refused(tools: Tools, stage: Stage) -> None:
    dialog, _ = dialog_of(tools, stage)
    fill(dialog)
    dialog.reason.setPlainText("x" * 501)
    assert not dialog.verb.isEnabled()
    assert len(dialog.reason.toPlainText()) == 501


def test_long_and_right_to_left_names_fit(tools: Tools, stage: Stage) -> None:
    for name in (samples.LONG_NAME, samples.RTL_NAME):
        dialog, _ = dialog_of(
            tools, stage, Question("Pause?", name, "Pause", is_dangerous=True, typed_name=name)
        )
        assert dialog.width() <= 700
        dialog.typed.setText(name)
        assert dialog.verb.isEnabled()


def test_every_control_has_a_name(tools: Tools, stage: Stage) -> None:
    dialog, _ = dialog_of(tools, stage)
    for control in (dialog.reason, dialog.typed):
        assert control.accessibleName()

"""Moments of the console that last no longer than a picture: menus, questions, work on its way, what is shown once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from desktop.model.exports import Export
from desktop.model.problem import Trouble
from desktop.model.quiet_hours import QuietHours
from desktop.qt.dialogs.confirm import ConfirmDialog
from desktop.qt.dialogs.snooze import SnoozeDialog
from shared.admin_wire import BulkPlanRequest, StaffToken
from shared.vocabulary import BulkState, CallState, Stage
from tests.support.console_story import ELKA, LEFT, REFUSED
from tests.support.console_window import settle, type_text, wait_until
from tests.support.stagehand import Stagehand


def _palette(stage: Stagehand) -> QWidget:
    return _palette_with(stage, "при")


def _palette_nothing(stage: Stagehand) -> QWidget:
    return _palette_with(stage, "такого салона нет")


def _palette_with(stage: Stagehand, text: str) -> QWidget:
    stage.window.show_view("installs")
    palette = stage.window.palette_desk.open()
    palette.field.setText(text)
    settle(1.0)
    return palette


def _saved_views(stage: Stagehand) -> QWidget:
    installs = stage.window.views.installs
    stage.window.show_view("installs")
    for name, stages in (("Застряли", [Stage.ATTENTION]), ("Ещё привязывают", [Stage.NEW, Stage.LINKING])):
        installs.show_stages(stages)
        assert stage.window.saved.save(name, "installs", installs) is None
    return stage.window.show_saved_views()


def _saved_menu(stage: Stagehand) -> QWidget:
    return _popped_up(stage, stage.window.menus.saved)


def _row_menu(stage: Stagehand) -> QWidget:
    stage.window.show_view("installs")
    row = stage.program.console.models.board.find(REFUSED)
    assert row is not None
    return _popped_up(stage, stage.window.views.installs.menu_of(row))


def _popped_up(stage: Stagehand, menu: QMenu) -> QWidget:
    menu.popup(stage.window.mapToGlobal(QPoint(60, 60)))
    settle(0.3)
    return menu


def _snooze(stage: Stagehand) -> QWidget:
    stage.window.show_view("alarms")
    dialog = SnoozeDialog(stage.program.console.models.connection.now(), stage.window)
    dialog.show()
    return dialog


def _snoozed(stage: Stagehand) -> None:
    console = stage.program.console
    stage.window.show_view("alarms")
    wait_until(lambda: len(console.models.alarms.open) > 1, "the alarms are there")
    first, *others = (alarm.alarm_id for alarm in console.models.alarms.open)
    stage.run(console.snooze_alarm, first, console.models.connection.now() + timedelta(hours=1))
    for other in others[-1:]:
        stage.run(console.acknowledge_alarm, other)


def _staff_token(stage: Stagehand) -> None:
    """The card of a new token, with one that opens nothing: the member in the picture is the one who looks."""
    view, welcome = stage.window.views.staff, stage.program.console.models.connection.welcome
    assert welcome is not None
    stage.window.show_view("staff")
    wait_until(lambda: stage.program.console.models.staff.rows, "the staff is there")
    view.add.click()
    someone = welcome.staff.model_copy(update={"name": "Пётр Алексеев"})
    view.new.show_token(StaffToken(staff=someone, token="staff-EXAMPLE-THIS-IS-NOT-A-TOKEN"))


def _export_running(stage: Stagehand) -> None:
    stage.window.show_view("installs")
    exports = stage.program.console.models.exports
    exports.export_is("installs", Export("installs-2026-11-27.csv", rows=12_400))


def _export_done(stage: Stagehand) -> None:
    window = stage.window
    window.show_view("installs")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "installs-2026-11-27.csv"
        window.exports.export_to("installs", window.views.installs.kept_filter(), str(path))
        wait_until(path.is_file, "the file is written")


def _undo(stage: Stagehand) -> None:
    """A pause that can be taken back; it is, once the picture is taken."""
    stage.window.show_view("installs")
    stage.open_salon(ELKA)
    wait_until(stage.salon.freeze.isEnabled, "it may be paused")
    stage.salon.freeze.click()
    wait_until(lambda: isinstance(QApplication.activeModalWidget(), ConfirmDialog), "the question")
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ConfirmDialog)
    type_text(dialog.reason, "Владелец попросил")
    dialog.verb.click()
    wait_until(lambda: not stage.window.undo.isHidden(), "it can be taken back")


def _quiet_hours(stage: Stagehand) -> None:
    hours = QuietHours(time(22), time(8))
    stage.run(stage.program.console.update_preferences, quiet_hours=hours.text)
    stage.window.show_view("settings")


def _bulk_running(stage: Stagehand) -> None:
    """A plan as it looks half way: a real one of three calls would be over before anybody sees it."""
    console = stage.program.console
    stage.window.show_view("queue")
    stage.run(console.plan_bulk, BulkPlanRequest(states=[CallState.FAILED, CallState.WAITING]))
    plan = console.models.bulk.view
    assert plan is not None
    begun = {
        "state": BulkState.RUNNING, "total": 1200, "pending": 774, "running": 5, "succeeded": 398, "failed": 14,
        "delayed": 6, "skipped": 3, "eta_s": 234.0, "per_minute": 198.0, "reason": "YCLIENTS опубликовал приложение",
        "failed_by_code": {"rejected": 11, "aggregator_not_found": 3}, "version": plan.version + 1,
        "started_at": console.models.connection.now() - timedelta(minutes=2),
    }  # fmt: skip
    console.models.bulk.set_view(plan.model_copy(update=begun))


def _keys(stage: Stagehand) -> QWidget:
    return stage.window.show_keys()


def _salon_window(stage: Stagehand) -> QWidget:
    """A salon in a window of its own, while the main window shows another."""
    windows = stage.program.salon_windows
    assert windows is not None
    made = windows.open(REFUSED)
    assert made is not None
    wait_until(lambda: made.tools.salon.model.detail is not None, "the salon is read")
    stage.quiet()
    return made


def _about(stage: Stagehand) -> QWidget:
    return stage.window.show_about()


def _purged(stage: Stagehand) -> QWidget:
    """The report of a destruction: of the salon that left, by whichever picture comes first."""
    dialog = stage.window.show_personal_data()
    view = dialog.view
    settle(0.5)
    if not view.reports.rowCount():
        view.who.setText(str(LEFT))
        view.look()
        wait_until(lambda: view.places.rowCount() > 2, "what is kept of a salon")
        view.places.selectRow(0)
        wait_until(view.purge.isEnabled, "it may be destroyed")
        question = view.ask_purge()
        assert question is not None
        type_text(question.reason, "запрос субъекта")
        type_text(question.typed, "Бьюти-бар «Полночь»")
        question.verb.click()
    wait_until(lambda: view.reports.rowCount() == 1, "the report")
    view.reports.selectRow(0)
    return dialog


def _message(stage: Stagehand) -> None:
    stage.window.show_view("installs")
    stage.open_salon(ELKA, tab=3)
    stage.salon.scroller.ensureWidgetVisible(stage.salon.tabs, 0, 0)


def _no_call(stage: Stagehand) -> None:
    stage.window.show_view("queue")
    stage.queue.search.setText("такого салона нет")
    stage.queue.search.searched.emit("такого салона нет")


MOMENTS: dict[str, Callable[[Stagehand], QWidget | None]] = {
    "palette": _palette, "palette-nothing": _palette_nothing, "saved-views": _saved_views, "saved-menu": _saved_menu,
    "row-menu": _row_menu, "snooze": _snooze, "snoozed": _snoozed, "staff-token": _staff_token,
    "export-running": _export_running, "export-done": _export_done, "undo": _undo, "quiet-hours": _quiet_hours,
    "bulk-running": _bulk_running, "keys": _keys, "about": _about, "purged": _purged, "message": _message,
    "no-call": _no_call, "salon-window": _salon_window,
}  # fmt: skip


def tidy(stage: Stagehand) -> None:
    """Bring back what a moment has changed."""
    console, window = stage.program.console, stage.window
    windows = stage.program.salon_windows
    for one in list(windows.windows.values()) if windows is not None else ():
        one.close()
    if window.undo.offers:
        window.undo.take_back()
        wait_until(lambda: not window.undo.offers, "it is taken back")
    for alarm in console.models.alarms.open:
        if alarm.snoozed_until is not None:
            stage.run(console.snooze_alarm, alarm.alarm_id, None)
    for view in list(console.models.exports.by_view):
        console.models.exports.export_is(view, None)
    if window.views.staff.new.isVisible():
        window.views.staff.new.done.click()
    stage.queue.search.clear()
    stage.run(console.update_preferences, quiet_hours="")


def lose_the_line(stage: Stagehand) -> None:
    """Have the connection lost, as far as the window knows: nothing is done with it afterwards."""
    stage.window.show_view("installs")
    stage.open_salon(ELKA)
    stage.program.console.models.connection.was_lost(Trouble("connection_lost"))
    settle(0.3)

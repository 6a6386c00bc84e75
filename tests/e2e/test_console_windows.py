"""Several windows of the console before a real gateway: each salon live in its own, a QR in two places at once."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from desktop.bootstrap import Program
from desktop.qt.main_window import MainWindow
from desktop.qt.salon_window import SalonWindow
from shared.vocabulary import Stage, WhatsappState
from tests.gui.seeing import codes_in
from tests.support.backstage import Backstage
from tests.support.console_window import wait_until
from tests.support.harness import OTHER_SALON, SALON

pytestmark = pytest.mark.qt


def opened(program: Program, window: MainWindow, salon_id: int) -> SalonWindow:
    """Open a salon as the menu does, in a window of its own, and wait until it is read."""
    assert program.salon_windows is not None
    window.open_salon(salon_id)
    wait_until(lambda: program.console.models.salon.salon_id == salon_id, "the pane shows it")
    window.menus.actions["window_salon"].trigger()
    wait_until(
        lambda: program.salon_windows and salon_id in program.salon_windows.windows, "its window is open"
    )
    made = program.salon_windows.windows[salon_id]
    wait_until(lambda: made.tools.salon.model.detail is not None, "the salon is read")
    return made


def stage_in(window: SalonWindow) -> Callable[[Stage], bool]:
    """Return what tells whether a window shows a stage."""
    model = window.tools.salon.model
    return lambda stage: model.row is not None and model.row.stage is stage


def test_two_salons_in_windows_of_their_own_are_each_live_and_one_that_is_closed_is_over(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, main = console
    harness = backstage.harness
    for salon_id in (SALON, OTHER_SALON):
        backstage.do(harness.link(salon_id))
    wait_until(lambda: len(program.console.models.board.rows) == 2, "on the board")
    first, second = (opened(program, main, salon_id) for salon_id in (SALON, OTHER_SALON))
    backstage.do(harness.install(SALON))
    wait_until(lambda: stage_in(first)(Stage.ACTIVE), "the first is active")
    assert stage_in(second)(Stage.NEW), "the other one is another salon"
    first.close()
    backstage.do(harness.install(OTHER_SALON))
    wait_until(lambda: stage_in(second)(Stage.ACTIVE), "the second goes on")
    assert program.console.open_salons == 2, "the pane and one window"


def test_a_qr_that_is_shown_twice_goes_on_in_one_place_when_the_other_is_closed(
    backstage: Backstage, console: tuple[Program, MainWindow]
) -> None:
    program, main = console
    harness = backstage.harness
    shown = backstage.do(harness.show_qr(backstage.do(harness.link(SALON)), SALON))
    wait_until(lambda: len(program.console.models.board.rows) == 1, "on the board")
    own = opened(program, main, SALON)
    pane = main.views.salon
    for salon in (pane, own.salon):
        salon.go_to_qr()
        salon.qr.open()
        wait_until(lambda card=salon.qr: card.picture.is_showing, "the QR is shown")  # type: ignore[misc]
    own.resize(1200, 1000)
    wait_until(lambda: codes_in(own.salon.qr.picture) == [shown["qr"]], "a phone can read it")
    main.close_salon()
    assert own.salon.qr.picture.is_showing
    backstage.do(harness.phone("scan", SALON))
    session = own.tools.salon.model
    wait_until(
        lambda: session.session is not None and session.session.whatsapp.state is WhatsappState.CONNECTED,
        "what only those hear who look at the QR",
    )
    wait_until(lambda: not own.salon.qr.picture.is_showing, "no code is left to be seen")
    wait_until(lambda: stage_in(own)(Stage.ACTIVE), "linked")

"""The QR card: seen by a camera in every theme, never past its time, never before somebody asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop.model.problem import Trouble
from desktop.qt.secret_clipboard import SecretClipboard
from desktop.qt.tools import Tools
from desktop.qt.views.qr import QUIET_MODULES, QrCard, QrPicture, is_phone_typed, qr_modules
from desktop.services.errors import OperationRefusedError
from shared.admin_wire import OwnerLink
from shared.vocabulary import PartnerState, StaffRole, WhatsappState
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage, StillClock, connect
from tests.gui.seeing import codes_in, picture_of, press


@pytest.fixture
def card(tools: Tools, console: AskedConsole, stage: Stage) -> QrCard:
    """Return the card of a salon whose phone is to be linked."""
    salon = console.models.salon
    salon.opened(123, samples.install())
    salon.set_detail(samples.detail(whatsapp=samples.whatsapp(state=WhatsappState.PAIRING, phone=None)))
    return stage.show(QrCard(tools), 460, 820)


def opened(card: QrCard, console: AskedConsole, **given: object) -> None:
    """Ask for the code and let the gateway send it."""
    card.open()
    console.models.salon.set_session(samples.session(**given))  # type: ignore[arg-type]


def test_nothing_is_shown_before_somebody_asks(card: QrCard, console: AskedConsole) -> None:
    card.ask_to_show()
    assert not card.is_open
    assert card.pages.currentWidget() is card.cover
    assert "log" in card.cover.text.text()
    assert "open_qr" not in console.names()


def test_show_asks_the_gateway_for_the_code(card: QrCard, console: AskedConsole, qtbot: QtBot) -> None:
    card.cover.action.click()
    qtbot.waitUntil(lambda: console.names() == ["open_qr"])
    assert console.last("open_qr") == (123,)


def test_who_does_not_want_codes_hidden_sees_them_at_once(
    card: QrCard, console: AskedConsole, qtbot: QtBot
) -> None:
    console.models.preferences.update(hides_qr_until_asked=False)
    card.ask_to_show()
    qtbot.waitUntil(lambda: console.names() == ["open_qr"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_camera_reads_the_code_in_every_theme(
    card: QrCard, console: AskedConsole, tools: Tools, theme: Literal["light", "dark"]
) -> None:
    tools.theme.apply(theme)
    opened(card, console)
    assert codes_in(card) == [samples.QR_TEXT]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_code_is_dark_on_white_with_four_modules_of_quiet(
    tools: Tools, clock: StillClock, stage: Stage, theme: Literal["light", "dark"]
) -> None:
    tools.theme.apply(theme)
    picture = stage.show(QrPicture(tools.theme, clock.now), 400, 400)
    picture.show_code(samples.QR_TEXT, samples.NOW + timedelta(seconds=20))
    seen = picture_of(picture)
    side = len(qr_modules(samples.QR_TEXT)) + 2 * QUIET_MODULES
    module = 400 // side
    start = (400 - side * module) // 2
    quiet = QUIET_MODULES * module
    ring = {seen.getpixel((start + at, start + quiet // 2)) for at in range(side * module)}
    assert ring == {(255, 255, 255)}
    inner = seen.crop((start + quiet, start + quiet, start + quiet + 7 * module, start + quiet + module))
    assert set(inner.get_flattened_data()) == {(0, 0, 0)}


def test_an_expired_code_is_never_shown(
    card: QrCard, console: AskedConsole, clock: StillClock, qtbot: QtBot
) -> None:
    opened(card, console, lives_s=18)
    clock.move(18)
    assert codes_in(card) == []  # although nothing has had time to take it away
    qtbot.waitUntil(lambda: card.pages.currentWidget() is card.waiting)


def test_a_code_that_arrives_too_late_is_not_shown(
    card: QrCard, console: AskedConsole, clock: StillClock
) -> None:
    clock.move(30)
    opened(card, console, lives_s=18)
    assert codes_in(card) == []
    assert card.pages.currentWidget() is card.waiting


def test_the_deadline_is_the_gateways_however_wrong_this_clock_is(
    card: QrCard, console: AskedConsole, clock: StillClock
) -> None:
    clock.move(600)  # this machine is ten minutes ahead of the gateway
    connect(console)
    opened(card, console, lives_s=18)
    assert card.ring.accessibleName() == "0:18"
    assert codes_in(card) == [samples.QR_TEXT]


def test_a_new_code_takes_the_place_of_the_old(card: QrCard, console: AskedConsole) -> None:
    opened(card, console)
    newer = samples.session(version=12)
    assert newer.qr is not None
    console.models.salon.set_session(
        newer.model_copy(update={"qr": newer.qr.model_copy(update={"text": "2@another,code"})})
    )
    assert codes_in(card) == ["2@another,code"]


def test_leaving_the_card_closes_it(card: QrCard, console: AskedConsole, qtbot: QtBot) -> None:
    opened(card, console)
    card.hide()
    qtbot.waitUntil(lambda: "close_qr" in console.names())
    assert not card.is_open
    assert not card.picture.is_showing


def test_another_salon_closes_it(card: QrCard, console: AskedConsole, qtbot: QtBot) -> None:
    opened(card, console)
    console.models.salon.opened(124, samples.install(124))
    qtbot.waitUntil(lambda: "close_qr" in console.names())
    assert codes_in(card) == []


def test_without_a_connection_no_code_is_shown(card: QrCard, console: AskedConsole) -> None:
    opened(card, console)
    console.models.connection.was_lost(Trouble("connection_lost"))
    assert codes_in(card) == []
    assert "No connection" in card.cover.action.toolTip()


def test_the_full_size_window_shows_the_same_code_and_esc_closes_it(
    card: QrCard, console: AskedConsole, qtbot: QtBot
) -> None:
    opened(card, console)
    card.full_size.click()
    window = card.full_window
    assert window is not None
    assert codes_in(window) == [samples.QR_TEXT]
    press(window, Qt.Key.Key_Escape)
    assert card.full_window is None
    assert card.is_open


def test_the_full_size_window_goes_with_the_card(card: QrCard, console: AskedConsole) -> None:
    opened(card, console)
    card.full_size.click()
    card.close_view()
    assert card.full_window is None


def test_the_pairing_code_is_shown_for_as_long_as_it_is_valid(
    card: QrCard, console: AskedConsole, clock: StillClock, qtbot: QtBot
) -> None:
    opened(card, console, pairing_code=samples.pairing_code(lives_s=150))
    assert card.code.text() == "ABCD-1234"
    assert card.code.accessibleName() == "A B C D - 1 2 3 4"
    assert "2:30" in card.code_left.text()
    card.copy_code.click()
    assert QGuiApplication.clipboard().text() == "ABCD-1234"
    clock.move(150)
    qtbot.waitUntil(lambda: not card.code.isVisible())


def test_a_code_is_asked_for_with_the_typed_number(card: QrCard, console: AskedConsole, qtbot: QtBot) -> None:
    card.phone.setText("8 (999) 123-45-67")
    press(card.phone, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "request_pairing_code" in console.names())
    assert console.last("request_pairing_code") == (123, "8 (999) 123-45-67")
    qtbot.waitUntil(lambda: "open_qr" in console.names())


@pytest.mark.parametrize("typed", ["", "12", "call me", "+7 999 123-45-67 ext", "1" * 16])
def test_what_is_no_number_is_not_sent_and_not_lost(card: QrCard, console: AskedConsole, typed: str) -> None:
    card.phone.setText(typed)
    card.request_code.click()
    assert console.asked == []
    assert card.phone_problem.isVisible()
    assert card.phone.text() == typed


def test_a_number_that_whatsapp_refuses_stays_in_the_field(
    card: QrCard, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["request_pairing_code"] = OperationRefusedError("invalid_phone", "…", "ref")
    card.phone.setText("+7 999 123-45-67")
    card.request_code.click()
    qtbot.waitUntil(lambda: card.phone_problem.isVisible())
    assert card.phone.text() == "+7 999 123-45-67"
    card.phone.setText("+7 999 123-45-68")
    assert not card.phone_problem.isVisible()


def test_numbers_are_taken_in_the_ways_people_write_them() -> None:
    assert all(map(is_phone_typed, ("+7 999 123-45-67", "89991234567", "+49 30 901820", "9991234567")))


def test_the_owners_link_goes_to_the_clipboard(card: QrCard, console: AskedConsole, qtbot: QtBot) -> None:
    link = OwnerLink(url="https://bot.example/o#token=abc", expires_at=samples.NOW + timedelta(hours=1))
    console.answers["create_link"] = link
    card.send_link.click()
    qtbot.waitUntil(lambda: card.done.isVisible())
    assert QGuiApplication.clipboard().text() == link.url
    assert "60" in card.done.text.text()


def test_a_secret_leaves_the_clipboard_by_itself(qtbot: QtBot) -> None:
    keeper = SecretClipboard(clears_after_s=0.05)
    keeper.copy("secret")
    assert QGuiApplication.clipboard().text() == "secret"
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() == "")


def test_what_was_copied_since_stays_on_the_clipboard(qtbot: QtBot) -> None:
    keeper = SecretClipboard(clears_after_s=60)
    keeper.copy("secret")
    QGuiApplication.clipboard().setText("something else")
    keeper.clear()
    assert QGuiApplication.clipboard().text() == "something else"


def test_a_refusal_is_explained_and_the_card_is_closed_again(
    card: QrCard, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["open_qr"] = OperationRefusedError("not_pairing")
    card.open()
    qtbot.waitUntil(lambda: card.trouble.isVisible())
    assert not card.is_open


def test_the_session_can_be_started_where_it_does_not_run(
    card: QrCard, console: AskedConsole, qtbot: QtBot
) -> None:
    assert not card.start.isEnabled()
    stopped = samples.whatsapp(state=WhatsappState.STOPPED, wanted="stopped")
    console.models.salon.set_detail(samples.detail(whatsapp=stopped, cursor=11))
    assert card.start.isEnabled()
    assert not card.restart.isEnabled()
    card.start.click()
    qtbot.waitUntil(lambda: console.names() == ["start_session", "open_qr"])


def test_stopping_the_session_asks_first_and_says_why(
    card: QrCard, console: AskedConsole, qtbot: QtBot
) -> None:
    card.stop.click()
    dialog = card.stop_dialog
    assert dialog is not None
    dialog.reason.setPlainText("The owner asked for it")
    dialog.verb.click()
    qtbot.waitUntil(lambda: console.names() == ["stop_session"])
    assert console.last("stop_session") == (123, "The owner asked for it")


def test_a_viewer_is_told_that_an_administrator_can(card: QrCard, console: AskedConsole) -> None:
    connect(console, role=StaffRole.VIEWER)
    assert not card.cover.action.isEnabled()
    assert "administrator" in card.cover.action.toolTip()
    assert card.cover.action.accessibleDescription() == card.cover.action.toolTip()


def test_a_salon_that_is_gone_gets_no_code(card: QrCard, console: AskedConsole) -> None:
    gone = samples.install(is_open=False, partner_state=PartnerState.UNINSTALLED)
    console.models.salon.set_detail(samples.detail(gone, whatsapp=samples.whatsapp(state=None), cursor=12))
    assert not card.start.isEnabled()
    assert "Connect" in card.start.toolTip()


def test_every_state_of_the_phone_has_a_sentence(card: QrCard, console: AskedConsole) -> None:
    told = set()
    for number, state in enumerate((None, *WhatsappState)):
        part = samples.whatsapp(state=state, banned_until=samples.NOW + timedelta(hours=2))
        console.models.salon.set_detail(samples.detail(whatsapp=part, cursor=20 + number))
        told.add(card.state.word.text())
    assert len(told) == len(WhatsappState) + 1

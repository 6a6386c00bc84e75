"""Settings: gateways come and go, nothing that was typed is lost, looks change at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from desktop.model.problem import Trouble
from desktop.model.profiles import Profile, ProfileKind
from desktop.qt.tools import Tools
from desktop.qt.views.settings import SettingsView
from desktop.services.console import ConnectionTest, SavedProfile
from desktop.services.errors import ConnectFailedError, ProfileInvalidError
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage, connect
from tests.gui.seeing import press, unnamed_controls

DEMO = Profile("1", "Demo", "http://127.0.0.1:8080", ProfileKind.DEMO)
OURS = Profile("2", "Боевая", "https://bot.example.ru", ProfileKind.PRODUCTION)


@pytest.fixture
def view(tools: Tools, stage: Stage) -> SettingsView:
    """Return the settings of somebody who starts for the first time."""
    return stage.show(SettingsView(tools), 900, 900)


def type_in(view: SettingsView, url: str = "https://bot.example.ru", token: str = "staff-token") -> None:
    """Type what leads to a gateway."""
    view.form.url.setText(url)
    view.form.token.setText(token)
    view.form.name.setText("Боевая")


def saves(profile: Profile, token: str | None) -> SavedProfile:
    """Answer as the console does when it saves a profile."""
    return SavedProfile(profile, is_token_kept=True)


def test_without_a_gateway_the_form_is_there(view: SettingsView) -> None:
    assert view.form.isVisible()
    assert view.welcome.isVisible()
    assert not view.form.cancel.isVisible()
    assert not view.add.isVisible()


def test_buttons_say_what_is_missing(view: SettingsView) -> None:
    assert "address" in view.form.connect_now.toolTip()
    view.form.url.setText("https://bot.example.ru")
    assert "token" in view.form.connect_now.toolTip()
    view.form.token.setText("staff-token")
    assert view.form.connect_now.isEnabled()


def test_a_new_gateway_is_production_unless_somebody_says_otherwise(view: SettingsView) -> None:
    assert view.form.profile().kind is ProfileKind.PRODUCTION


def test_the_token_is_hidden_until_asked_for(view: SettingsView) -> None:
    assert view.form.token.echoMode() is QLineEdit.EchoMode.Password
    view.form.show_token.click()
    assert view.form.token.echoMode() is QLineEdit.EchoMode.Normal
    assert view.form.show_token.accessibleName() == "Hide the token"


def test_a_test_says_who_we_are_there_and_how_fast(
    view: SettingsView, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["test_connection"] = ConnectionTest(samples.welcome(), 42)
    type_in(view)
    view.form.test.click()
    qtbot.waitUntil(lambda: view.form.good.isVisible())
    assert console.last("test_connection") == ("https://bot.example.ru", "staff-token")
    assert "42 ms" in view.form.good.text.text()
    assert "administrator" in view.form.good.text.text()


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("gateway_refused", "url"), ("address_unknown", "url"), ("tls_failed", "url"), ("not_a_gateway", "url"),
        ("address_not_secure", "url"), ("staff_token_invalid", "token"), ("staff_token_expired", "token"),
        ("staff_token_revoked", "token"), ("protocol_too_old", "url"), ("protocol_too_new", "url"),
    ],
)  # fmt: skip
def test_what_cannot_be_reached_is_named_with_the_next_step_and_nothing_typed_is_lost(
    view: SettingsView, console: AskedConsole, qtbot: QtBot, code: str, field: str
) -> None:
    console.answers["connect"] = ConnectFailedError(code, is_final=True)
    type_in(view)
    view.form.connect_now.click()
    qtbot.waitUntil(lambda: view.form.trouble.isVisible())
    assert len(view.form.trouble.text.text()) > 40
    assert [view.form.url.text(), view.form.token.text(), view.form.name.text()] == [
        "https://bot.example.ru", "staff-token", "Боевая",
    ]  # fmt: skip
    assert getattr(view.form, field).property("problem") == "true"
    assert view.form.connect_now.isEnabled()


def test_a_gateway_that_is_not_there_yet_is_said_and_saved_when_it_comes(
    view: SettingsView, console: AskedConsole, qtbot: QtBot
) -> None:
    connected: list[object] = []
    view.connected.connect(connected.append)
    console.answers["save_profile"] = saves
    connection = console.models.connection
    connection.ended()
    type_in(view)
    view.form.connect_now.click()
    qtbot.waitUntil(lambda: console.names() == ["connect"])
    asked = console.last("connect")[0]
    connection.began(asked)
    connection.waits(Trouble("gateway_refused"), 5.0)
    qtbot.waitUntil(lambda: view.form.trouble.isVisible())
    connection.welcomed(samples.welcome())
    qtbot.waitUntil(lambda: connected == [asked])
    assert console.last("save_profile") == (asked, None)


def test_enter_connects(view: SettingsView, console: AskedConsole, qtbot: QtBot) -> None:
    type_in(view)
    press(view.form.token, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "connect" in console.names())
    profile, token, remembers = console.last("connect")
    assert (profile.url, token, remembers) == ("https://bot.example.ru", "staff-token", True)


def test_a_profile_that_cannot_be_saved_stays_in_the_form(
    view: SettingsView, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["save_profile"] = ProfileInvalidError("address_invalid")
    type_in(view, url="bot.example.ru/path")
    view.form.save.click()
    qtbot.waitUntil(lambda: view.form.trouble.isVisible())
    assert view.form.url.text() == "bot.example.ru/path"


def test_changing_a_gateway_shows_what_it_is_but_never_its_token(
    view: SettingsView, console: AskedConsole
) -> None:
    console.models.profiles.replace([DEMO, OURS])
    view.rows[1].edit.click()
    assert view.form.url.text() == "https://bot.example.ru"
    assert view.form.name.text() == "Боевая"
    assert view.form.token.text() == ""
    assert view.form.profile().id == "2"
    assert view.form.save.isEnabled()


def test_the_gateway_we_are_at_is_marked(view: SettingsView, console: AskedConsole) -> None:
    console.models.profiles.replace([DEMO, OURS])
    assert view.rows[0].connect_to.text() == "Connected"
    assert not view.rows[0].connect_to.isEnabled()
    assert view.rows[1].connect_to.isEnabled()


def test_connecting_to_another_gateway(view: SettingsView, console: AskedConsole, qtbot: QtBot) -> None:
    console.models.profiles.replace([DEMO, OURS])
    view.rows[1].connect_to.click()
    qtbot.waitUntil(lambda: console.names() == ["connect"])
    assert console.last("connect") == (OURS,)


def test_a_forgotten_gateway_can_be_taken_back(view: SettingsView, console: AskedConsole) -> None:
    console.models.profiles.replace([DEMO, OURS])
    view.rows[1].remove.click()
    assert view.undo.isVisible()
    view.undo.action.click()
    assert not view.undo.isVisible()
    assert console.asked == []


def test_forgetting_is_carried_out_when_nobody_takes_it_back(
    view: SettingsView, console: AskedConsole, qtbot: QtBot
) -> None:
    console.models.profiles.replace([DEMO, OURS])
    view.rows[1].remove.click()
    view.release()
    qtbot.waitUntil(lambda: console.names() == ["remove_profile"])
    assert console.last("remove_profile") == ("2",)


@pytest.mark.parametrize(
    ("field", "index", "changes"),
    [("language", 1, "en"), ("theme", 2, "dark"), ("density", 1, "compact"), ("scale", 2, 1.5)],
)
def test_looks_change_at_once(
    view: SettingsView, console: AskedConsole, qtbot: QtBot, field: str, index: int, changes: object
) -> None:
    choice = getattr(view, field)
    choice.setCurrentIndex(index)
    choice.activated.emit(index)
    qtbot.waitUntil(lambda: console.names() == ["update_preferences"])
    assert console.last("update_preferences") == (changes,)


def test_choices_follow_changes_from_elsewhere(view: SettingsView, console: AskedConsole) -> None:
    console.models.preferences.update(theme="dark", font_scale=2.0)
    assert view.theme.currentData() == "dark"
    assert view.scale.currentData() == 2.0


def test_gateways_are_written_and_read_without_tokens(
    view: SettingsView, console: AskedConsole, qtbot: QtBot, tmp_path: Path
) -> None:
    console.models.profiles.replace([DEMO])
    console.answers |= {"export_profiles": 1, "import_profiles": 2}
    view.export_to(str(tmp_path / "gateways.json"))
    qtbot.waitUntil(lambda: view.done.isVisible())
    assert "without its token" in view.done.text.text()
    view.import_from(str(tmp_path / "gateways.json"))
    qtbot.waitUntil(lambda: "2 gateways were added" in view.done.text.text())


def test_a_file_that_cannot_be_read_is_explained(
    view: SettingsView, console: AskedConsole, qtbot: QtBot
) -> None:
    console.answers["import_profiles"] = ProfileInvalidError("import_unreadable")
    view.import_from("nowhere.json")
    qtbot.waitUntil(lambda: view.trouble.isVisible())


def test_the_form_speaks_the_new_language_and_keeps_what_was_typed(view: SettingsView, tools: Tools) -> None:
    type_in(view)
    before = view.form.connect_now.text()
    tools.language.use("ru")
    QApplication.processEvents()
    assert view.form.connect_now.text() != before
    assert view.form.url.text() == "https://bot.example.ru"
    assert view.form.token.text() == "staff-token"


def test_every_control_has_a_name(view: SettingsView, console: AskedConsole) -> None:
    assert unnamed_controls(view) == []
    console.models.profiles.replace([DEMO, OURS])
    connect(console)
    assert unnamed_controls(view) == []

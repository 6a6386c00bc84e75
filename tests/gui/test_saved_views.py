"""Saved views: a filter under a name, in menu, palette and link, for each gateway apart."""

from __future__ import annotations

import json

import pytest
from pytestqt.qtbot import QtBot

from desktop.model.profiles import Profile, ProfileKind
from desktop.model.saved_views import MOST, SavedView, find_saved, read_saved, saved_text
from desktop.qt.links import link_of_view, read_link
from desktop.qt.main_window import MainWindow
from desktop.qt.saved_views import SAVED
from desktop.qt.tools import Tools
from shared.admin_wire import InstallFilter
from shared.vocabulary import Stage
from tests.fakes.console import AskedConsole
from tests.gui import conftest
from tests.gui.windows import full_window


@pytest.fixture
def window(tools: Tools, console: AskedConsole, stage: conftest.Stage) -> MainWindow:
    return stage.show(full_window(tools, console, ProfileKind.DEMO), 1280, 800)


def test_a_saved_view_comes_back_by_menu_palette_and_link_and_is_looked_after(
    window: MainWindow, console: AskedConsole, qtbot: QtBot
) -> None:
    installs = window.views.installs
    window.show_view("installs")
    installs.show_stages([Stage.LINKING, Stage.NEW])
    installs.search.put("тверь")
    dialog = window.show_saved_views()
    dialog.name.setText("  Ждут   QR ")
    dialog.save.click()
    qtbot.waitUntil(lambda: _check("update_preferences" in console.names()))
    assert names(window) == ["Ждут QR"]
    dialog.name.setText("queue")
    dialog.save.click()
    assert dialog.said.text() == "A view of the console has this name."
    for way in ("menu", "palette", "link"):
        installs.search_for("")
        window.show_view("doctor")
        if way == "menu":
            (action,) = window.menus.saved.actions()
            action.trigger()
        elif way == "palette":
            (entry,) = (each for each in window.palette_desk.entries() if each.title == "Ждут QR")
            entry.run()
        else:
            window.follow(link_of_view("Ждут QR"))
        assert window.view_name == "installs", way
        assert installs.kept_filter() == InstallFilter(stages=[Stage.LINKING, Stage.NEW], search="тверь"), way
    dialog.name.setText("Новые")
    dialog.rename.click()
    assert [action.text() for action in window.menus.saved.actions()] == ["Новые"]
    dialog.delete.click()
    assert names(window) == []
    assert not window.menus.saved.isEnabled()
    dialog.undo.click()
    assert names(window) == ["Новые"]
    console.models.connection.began(Profile("2", "Other", "http://127.0.0.1:2", ProfileKind.DEMO))
    assert names(window) == [], "another gateway has its own"
    window.follow(link_of_view("Новые"))
    assert [notice.key for notice in console.models.notices.rows] == ["link_unreadable"]
    dialog.close()


def test_every_view_takes_back_the_filter_it_gave(window: MainWindow) -> None:
    kept = {
        "installs": {"stages": ["new"], "search": "a"},
        "queue": {"states": ["failed"], "error_codes": ["token_refused"], "search": "b"},
        "webhooks": {"salon_id": 5, "states": ["dead"], "event": "payment"},
        "sessions": {"states": ["connected"], "adapters": ["waha"], "search": "c"},
        "consistency": {"kinds": ["status_differs"], "search": "d"},
        "audit": {"staff": "Анна", "search": "why", "salon_id": 7, "operation": "installs.freeze"},
    }
    assert set(kept) == set(SAVED)
    for name, given in kept.items():
        view = getattr(window.views, name)
        view.use_filter(json.dumps(given))
        assert json.loads(view.kept_filter().model_dump_json(exclude_defaults=True)) == given, name


def test_what_makes_no_sense_in_the_settings_is_left_out(window: MainWindow, console: AskedConsole) -> None:
    good = SavedView("Хороший", "queue", "{}")
    rows = [
        *json.loads(saved_text([good])),
        {"name": 5},
        None,
        {"name": " a", "view": "queue", "filter": "{}"},
        {"name": "хороший", "view": "queue", "filter": "{}"},
        {"name": "long", "view": "queue", "filter": "x" * 5000},
    ]
    assert read_saved(json.dumps(rows)) == (good,)
    for bad in ("", "[", "{}", "null", "[" * 100_000):
        assert read_saved(bad) == ()
    many = [SavedView(f"n{number}", "queue", "{}") for number in range(MOST + 20)]
    assert len(read_saved(saved_text(many))) == MOST
    assert find_saved([good], "ХОРОШИЙ") == good
    console.models.preferences.update(
        saved_views={"1": saved_text([SavedView("odd", "queue", '{"states": ["none such"]}')])}
    )
    assert not window.open_saved("odd"), "a filter of another console's version is not followed"


def test_a_link_to_a_saved_view_reads_back_its_name() -> None:
    for name in ("Ждут QR", "a/b?c#d", "100 %", "«ёлка» 💇"):
        found = read_link(link_of_view(name))
        assert found is not None
        assert found.saved == name
    assert read_link("admin://view/" + "x" * 100) is None


def names(window: MainWindow) -> list[str]:
    return [one.name for one in window.saved.views]


def _check(is_so: bool) -> None:
    assert is_so

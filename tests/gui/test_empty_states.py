"""What every view says where it has nothing to show: over one window, with nothing read yet."""

from __future__ import annotations

from typing import Any

import pytest

from desktop.bootstrap import build_window
from desktop.model.problem import Trouble
from desktop.qt.links import VIEWS
from desktop.qt.main_window import MainWindow
from desktop.qt.tools import Tools
from shared.admin_wire import DifferenceFilter
from shared.vocabulary import DifferenceKind
from tests.fakes.console import AskedConsole
from tests.gui import conftest

SHOWING = tuple(name for name in VIEWS if name != "settings")
"""Every view that shows what a gateway knows."""


@pytest.fixture
def window(tools: Tools, stage: conftest.Stage) -> MainWindow:
    return stage.show(build_window(tools), 1280, 800)


def _said(window: MainWindow, name: str) -> tuple[str, str, str]:
    window.show_view(name)
    empty: Any = window.view.empty  # type: ignore[attr-defined]
    assert empty.isVisible(), name
    return empty.title.text(), empty.text.text(), "" if empty.action.isHidden() else empty.action.text()


def test_without_a_gateway_every_view_leads_to_one_and_without_a_line_says_what_happens_next(
    window: MainWindow, console: AskedConsole
) -> None:
    console.models.connection.ended()
    for name in SHOWING:
        title, text, action = _said(window, name)
        assert (name, title, action) == (name, "Not connected to a gateway", "Choose a gateway")
        assert "token" in text
        window.view.empty.action.click()  # type: ignore[attr-defined]
        assert (name, window.view_name) == (name, "settings")
    conftest.connect(console)
    console.models.connection.was_lost(Trouble("connection_lost"))
    for name in SHOWING:
        assert (name, *_said(window, name)) == (
            name, "No connection to the gateway",
            "It is tried again by itself, and what belongs here appears once it is back.", "",
        )  # fmt: skip
    console.models.connection.was_refused(Trouble("token_refused"))
    for name in SHOWING:
        assert (name, *_said(window, name)[::2]) == (
            name,
            "The gateway does not let us in",
            "Open the settings",
        )
    conftest.connect(console)
    for name in SHOWING:
        assert _said(window, name)[0] not in (
            "No connection to the gateway",
            "The gateway does not let us in",
        ), name


def test_a_gateway_where_nothing_has_happened_yet_says_what_will_be_where_and_a_filter_is_cleared(
    window: MainWindow, console: AskedConsole
) -> None:
    models = console.models
    for shown in (models.board, models.queue, models.sessions, models.inbox):
        shown.start((), is_complete=True)
    models.alarms.take([])
    for name in ("installs", "queue", "sessions", "webhooks", "alarms"):
        title, text, _ = _said(window, name)
        assert (name, "sandbox" in text) == (name, True)
        assert "Reading" not in title
    assert _said(window, "doctor")[2] == "Check now"
    view, model = window.views.consistency, models.consistency
    window.show_view("consistency")
    view.chips.choose([DifferenceKind.NOT_LISTED.value])
    model.set_filter(DifferenceFilter(kinds=[DifferenceKind.NOT_LISTED]))
    model.is_known = True
    view.refresh()
    assert view.empty.title.text() == "Nothing matches"
    view.empty.action.click()
    assert view.kept_filter() == DifferenceFilter()

"""The story: every event a sentence, newest last, in chapters, the machine's words one click away."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.qt.tools import Tools
from desktop.qt.views.story import KNOWN_EVENTS, chapters_of, line_of
from desktop.qt.views.timeline import FIRST_SHOWN, TimelineView
from gateway.domain.sessions import EventType
from shared.admin_wire import TimelineEntry, TimelinePage
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import Stage
from tests.gui.seeing import click, press

STORY = [
    samples.entry(1, "registration_started", minutes_ago=30, signed=True, generation=2),
    samples.entry(2, "session.starting", minutes_ago=29, seq=1, generation=1, data={"reason": "created"}),
    samples.entry(3, "session.qr", minutes_ago=28, seq=2, generation=1, data={"qr_seq": 1}),
    samples.entry(4, "session.qr", minutes_ago=27, seq=3, generation=1, data={"qr_seq": 2}),
    samples.entry(5, "session.connected", minutes_ago=26, seq=4, generation=1, data={"phone": "+7 *** ***-12-34"}),
    samples.entry(6, "activation_queued", minutes_ago=25),
    samples.entry(7, "partner_attempt", minutes_ago=24, number=1, http_status=401, latency_ms=84,
                  failure=None, verdict="token_refused"),
    samples.entry(8, "activation_refused", minutes_ago=23, code="token_refused"),
]  # fmt: skip


@pytest.fixture
def view(tools: Tools, console: AskedConsole, stage: Stage) -> TimelineView:
    """Return the story of an open salon."""
    console.models.salon.opened(123, samples.install())
    return stage.show(TimelineView(tools), 460, 500)


def tell(console: AskedConsole, entries: list[TimelineEntry], before: int | None = None) -> None:
    """Let the gateway tell a page."""
    console.models.salon.set_timeline(TimelinePage(rows=entries, next=before, cursor=entries[-1].event_id))
    QApplication.processEvents()


def test_the_story_is_told_oldest_first(view: TimelineView, console: AskedConsole) -> None:
    tell(console, STORY)
    told = [line.text.text() for line in view.rows]
    assert told[0] == "The owner came from the marketplace; the signature is right"
    assert told[-1].startswith("Activation refused: YCLIENTS does not accept our token")


def test_codes_in_a_row_are_one_line(view: TimelineView, console: AskedConsole) -> None:
    tell(console, STORY)
    assert "QR shown (2 times)" in [line.text.text() for line in view.rows]


def test_attempts_begin_chapters(tools: Tools) -> None:
    assert [chapter.heading for chapter in chapters_of(STORY)] == [
        "Entry from the marketplace", "Linking the phone", "Activation at YCLIENTS",
    ]  # fmt: skip


def test_a_retry_and_who_asked_for_it_are_one_chapter(tools: Tools) -> None:
    entries = [
        samples.entry(1, "staff_acted", minutes_ago=5, operation="calls.retry", staff="Anna"),
        samples.entry(2, "call_retried", minutes_ago=5),
    ]
    assert [len(chapter.lines) for chapter in chapters_of(entries)] == [2]


def test_a_click_shows_the_machines_words_and_another_hides_them(
    view: TimelineView, console: AskedConsole, qtbot: QtBot
) -> None:
    tell(console, STORY)
    line = view.rows[-2]
    click(line)
    assert line.is_open
    detail = line.detail_text()
    assert '"http_status": 401' in detail
    assert '"type": "partner_attempt"' in detail
    click(line)
    assert not line.is_open


def test_the_keyboard_goes_up_and_down_opens_and_copies(
    view: TimelineView, console: AskedConsole, qtbot: QtBot
) -> None:
    tell(console, STORY)
    view.activateWindow()
    view.rows[-1].setFocus()
    press(view.rows[-1], Qt.Key.Key_Up)
    assert view.focusWidget() is view.rows[-2]
    press(view.rows[-2], Qt.Key.Key_Return)
    assert view.rows[-2].is_open
    press(view.rows[-2], Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "401" in QGuiApplication.clipboard().text()
    press(view.rows[-2], Qt.Key.Key_Home)
    assert view.focusWidget() is view.rows[0]


def test_only_one_line_is_a_stop_for_the_tab_key(view: TimelineView, console: AskedConsole) -> None:
    tell(console, STORY)
    stops = [line for line in view.rows if line.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert stops == [view.rows[-1]]


def test_a_new_event_appears_at_the_end_and_open_details_stay(
    view: TimelineView, console: AskedConsole
) -> None:
    tell(console, STORY)
    opened = view.rows[-1]
    opened.set_open(True)
    tell(console, [*STORY, samples.entry(9, "call_retried", minutes_ago=1)])
    assert view.rows[-2] is opened
    assert opened.is_open
    assert view.rows[-1].text.text() == "The call is tried again"


def test_earlier_lines_are_shown_and_read_on_demand(
    view: TimelineView, console: AskedConsole, qtbot: QtBot
) -> None:
    many = [samples.entry(100 + at, "call_done", minutes_ago=500 - at) for at in range(FIRST_SHOWN + 20)]
    tell(console, many, before=100)
    assert len(view.rows) == FIRST_SHOWN
    view.earlier.click()
    assert len(view.rows) == FIRST_SHOWN + 20
    qtbot.waitUntil(lambda: console.names() == ["load_earlier"])


def test_without_anything_earlier_nothing_earlier_is_offered(
    view: TimelineView, console: AskedConsole
) -> None:
    tell(console, STORY)
    assert not view.earlier.isVisible()


def test_times_are_the_salons_with_utc_on_hover(view: TimelineView, console: AskedConsole) -> None:
    tell(console, STORY)
    assert view.rows[0].when.text() == "13:35:00"
    assert "10:35:00 UTC" in view.rows[0].when.toolTip()


def test_the_whole_story_can_be_copied(view: TimelineView, console: AskedConsole) -> None:
    tell(console, STORY)
    view.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "Activation at YCLIENTS" in copied
    assert copied.count("\n") >= len(view.rows)


def test_an_empty_story_says_what_will_be_here(view: TimelineView, console: AskedConsole) -> None:
    console.models.salon.set_loading(False)
    view.refresh()
    assert view.empty.isVisible()
    assert "sandbox" in view.empty.text.text()


def test_every_event_of_the_gateway_has_a_sentence_of_its_own(tools: Tools) -> None:
    of_sessions = {event.value for event in EventType}
    assert of_sessions <= KNOWN_EVENTS
    by_staff = {
        "frozen_by_staff",
        "unfrozen_by_staff",
        "link_issued",
        "uninstall_queued",
        "uninstall_cancelled",
    }
    assert by_staff <= KNOWN_EVENTS
    for event_type in KNOWN_EVENTS:
        assert "Event “" not in line_of([samples.entry(1, event_type)]).text


def test_an_answer_that_tells_a_status_is_no_trouble_and_one_that_refuses_is(tools: Tools) -> None:
    def tone(verdict: str, status: int) -> str:
        return line_of([samples.entry(1, "partner_attempt", http_status=status, verdict=verdict)]).tone

    assert [tone("accepted", 301), tone("status_active", 200), tone("token_refused", 401)] == ["", "", "bad"]


def test_an_event_nobody_knows_is_shown_as_it_is(tools: Tools) -> None:
    assert line_of([samples.entry(1, "something_new")]).text == "Event “something_new”"


def test_the_story_follows_the_language(view: TimelineView, console: AskedConsole, tools: Tools) -> None:
    tell(console, STORY)
    before = view.rows[0].text.text()
    tools.language.use("ru")
    QApplication.processEvents()
    assert view.rows[0].text.text() != before

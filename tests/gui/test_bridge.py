from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from desktop.qt.bridge import SLICE_S, Bridge, Job
from desktop.qt.garbage import FULL_EVERY, Garbage


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    made = Bridge()
    made.start()
    yield made
    made.stop()


async def where(answer: str) -> tuple[str, str]:
    await asyncio.sleep(0)
    return answer, threading.current_thread().name


async def fail() -> None:
    raise ValueError("as it must")


async def stay(began: threading.Event, ended: threading.Event) -> None:
    began.set()
    try:
        await asyncio.Event().wait()
    finally:
        ended.set()


def test_a_coroutine_runs_on_its_own_thread_and_its_answer_comes_to_this_one(
    bridge: Bridge, qtbot: QtBot
) -> None:
    answers: list[tuple[tuple[str, str], str]] = []
    bridge.run(where, "there", done=lambda got: answers.append((got, threading.current_thread().name)))
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [(("there", "console-io"), threading.main_thread().name)]


def test_a_failure_goes_to_who_asked(bridge: Bridge, qtbot: QtBot) -> None:
    failures: list[Exception] = []
    bridge.run(fail, failed=failures.append)
    qtbot.waitUntil(lambda: bool(failures))
    assert str(failures[0]) == "as it must"


@pytest.mark.expects_log("console_task_failed")
def test_a_failure_that_nobody_waits_for_is_reported(bridge: Bridge, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bridge.crashed) as crashed:
        bridge.run(fail)
    assert isinstance(crashed.args[0], ValueError)


@pytest.mark.expects_log("console_task_failed")
def test_a_posted_call_that_fails_is_reported_and_the_next_ones_are_made(
    bridge: Bridge, qtbot: QtBot
) -> None:
    made: list[int] = []
    with qtbot.waitSignal(bridge.crashed):
        bridge.post(lambda: made.append(1 // 0))
        bridge.post(lambda: made.append(2))
    qtbot.waitUntil(lambda: made == [2])


def test_calls_are_made_in_the_order_they_were_posted_from_any_thread(bridge: Bridge, qtbot: QtBot) -> None:
    made: list[int] = []

    def post_all() -> None:
        for number in range(500):
            bridge.post(lambda number=number: made.append(number))  # type: ignore[misc]

    thread = threading.Thread(target=post_all)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(made) == 500)
    assert made == list(range(500))


def test_the_window_gets_its_turn_between_slices_however_much_was_posted(
    bridge: Bridge, qtbot: QtBot
) -> None:
    made: list[int] = []
    turns: list[int] = []
    timer = QTimer(interval=0)
    timer.timeout.connect(lambda: turns.append(len(made)))
    timer.start()

    def work() -> None:
        end = time.perf_counter() + SLICE_S / 4
        while time.perf_counter() < end:
            pass
        made.append(1)

    for _ in range(100):
        bridge.post(work)
    qtbot.waitUntil(lambda: len(made) == 100)
    timer.stop()
    between = [count for count in turns if 0 < count < 100]
    assert len(between) >= 10


def test_who_gave_up_hears_nothing_and_the_coroutine_ends(bridge: Bridge, qtbot: QtBot) -> None:
    began, ended = threading.Event(), threading.Event()
    heard: list[object] = []
    job = bridge.run(stay, began, ended, done=heard.append, failed=heard.append)
    assert began.wait(5)
    job.cancel()
    assert ended.wait(5)
    bridge.post(lambda: heard.append("after"))
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == ["after"]


def test_stopping_ends_every_coroutine_and_the_thread(qtbot: QtBot) -> None:
    bridge = Bridge()
    bridge.start()
    began, ended = threading.Event(), threading.Event()
    bridge.run(stay, began, ended)
    assert began.wait(5)
    bridge.stop()
    assert ended.is_set()
    assert "console-io" not in [thread.name for thread in threading.enumerate()]


def test_after_stopping_nothing_is_run_and_nothing_is_posted(qtbot: QtBot) -> None:
    bridge = Bridge()
    bridge.start()
    bridge.stop()
    made: list[int] = []
    bridge.run(where, "nowhere", done=lambda _: made.append(1))
    bridge.post(lambda: made.append(2))
    bridge.stop()
    assert made == []


def test_a_bridge_that_was_never_started_can_be_stopped(qtbot: QtBot) -> None:
    Bridge().stop()


class Mortal:
    """Tells in which thread it went, as a widget would have been destroyed there."""

    def __init__(self, went: list[str]) -> None:
        self._went = went
        self.friend: Mortal | None = None

    def __del__(self) -> None:
        self._went.append(threading.current_thread().name)


async def allocate(number: int) -> int:
    """Make so many containers that Python would collect cycles many times over, in the thread it is called in."""
    kept = [[each] for each in range(number)]
    await asyncio.sleep(0)
    return len(kept)


def test_cycles_are_collected_in_the_gui_thread_alone(bridge: Bridge, qtbot: QtBot) -> None:
    went: list[str] = []
    sizes: list[int] = []
    for _ in range(50):
        one, other = Mortal(went), Mortal(went)
        one.friend, other.friend = other, one
    del one, other
    bridge.run(allocate, 200_000, done=sizes.append)
    qtbot.waitUntil(lambda: sizes == [200_000])
    assert "console-io" not in went
    gc.collect()
    assert went == [threading.main_thread().name] * 100


def test_old_cycles_are_collected_too(qtbot: QtBot) -> None:
    went: list[str] = []
    garbage = Garbage()
    garbage.start()
    one = Mortal(went)
    one.friend = one
    gc.collect()  # it is old now
    del one
    for _ in range(FULL_EVERY):
        garbage.collect()
    garbage.stop()
    assert len(went) == 1


def test_python_collects_by_itself_again_after_the_bridge_has_stopped(qtbot: QtBot) -> None:
    assert gc.isenabled()
    bridge = Bridge()
    bridge.start()
    assert not gc.isenabled()
    bridge.stop()
    assert gc.isenabled()


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_what_an_answer_hangs_on_is_let_go_in_the_gui_thread(
    bridge: Bridge, qtbot: QtBot, is_cancelled: bool
) -> None:
    went: list[str] = []

    def ask() -> Job:
        mortal = Mortal(went)
        return bridge.run(where, "there", done=lambda _: mortal.friend)

    jobs = [ask() for _ in range(200)]
    if is_cancelled:
        for job in jobs:
            job.cancel()
    qtbot.waitUntil(lambda: len(went) == 200)
    assert set(went) == {threading.main_thread().name}

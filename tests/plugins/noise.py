"""Noise is failure: a test that logs an unexpected warning or error, or leaves a task behind, fails.

A test that expects noise names it: `@pytest.mark.expects_log("job_failed", …)` with the beginnings of messages.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Iterator

import pytest

_OURS = ("gateway", "desktop", "hypercorn", "asyncio", "quart", "socketio", "engineio", "peewee")
_NEVER_NOISE = ("alarm_raised", "alarm_stands")
"""What a test does on purpose may well be what alarms are for; that and when they are raised has tests of its own."""


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.split(".")[0] in _OURS and record.getMessage() not in _NEVER_NOISE:
            self.records.append(record)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", "expects_log(*beginnings): log messages that this test is about")


@pytest.fixture(autouse=True)
def no_unexpected_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that logs a warning or an error it did not announce."""
    marker = request.node.get_closest_marker("expects_log")
    expected = tuple(marker.args) if marker else ()
    collector = _Collector()
    logging.getLogger().addHandler(collector)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(collector)
    noise = [
        record for record in collector.records if not record.getMessage().startswith(expected or ("\0",))
    ]
    if noise:
        told = "\n".join(f"{record.name}: {record.getMessage()} {record.exc_info or ''}" for record in noise)
        pytest.fail(f"unexpected log lines:\n{told}", pytrace=False)


@pytest.fixture(autouse=True)
def no_leftover_tasks(request: pytest.FixtureRequest) -> None:
    """Fail an asynchronous test that leaves tasks of its own running."""
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("leftover_tasks_checked")


@pytest.fixture
async def leftover_tasks_checked() -> AsyncIterator[None]:
    """Compare the tasks before and after the test and its other fixtures."""
    before = asyncio.all_tasks()
    yield
    left = [
        task
        for task in asyncio.all_tasks() - before
        if not task.done() and task is not asyncio.current_task()
    ]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    if left:
        pytest.fail(f"tasks left behind: {[task.get_name() for task in left]}", pytrace=False)

"""Lists on their way into files: every page, nothing twice, and no file when it is stopped or fails."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desktop.model.exports import Export, ExportsModel
from desktop.services.errors import NotConnectedError, OperationRefusedError
from desktop.services.exports import SOURCES, Exports
from desktop.services.feeds import Screen
from desktop.services.tasks import Tasks
from shared import protocol
from shared.admin_wire import InstallFilter, InstallsPage, InstallsQuery
from shared.vocabulary import Stage
from tests.fakes.clock import FakeClock
from tests.gui import samples


class Desk:
    """The exports over a gateway that answers what a test says, one answer after another."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[InstallsQuery] = []
        self.model, self.tasks = ExportsModel(), Tasks()
        self.clock = FakeClock(datetime(2026, 3, 14, tzinfo=UTC))
        self.exports = Exports(
            self.model, self._call, Screen(lambda change: change()), self.clock, self.tasks
        )

    async def _call(self, operation: Any, given: InstallsQuery) -> Any:
        assert operation is protocol.INSTALLS_LIST
        self.asked.append(given)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, asyncio.Event):
            await answer.wait()
        return answer

    @property
    def told(self) -> Export:
        return self.model.by_view.get("installs", Export(""))

    async def until(self, holds: Callable[[], bool]) -> None:
        for _ in range(500):
            if holds():
                return
            await self.clock.advance(0.1)
            await asyncio.sleep(0.001)
        raise AssertionError("it never came so")


def page(*salon_ids: int, following: str | None) -> InstallsPage:
    rows = [samples.install(salon_id) for salon_id in salon_ids]
    return InstallsPage(rows=rows, next=following, cursor=1)


async def test_every_page_is_asked_for_by_the_filter_and_a_row_that_moved_is_written_once(
    tmp_path: Path,
) -> None:
    desk = Desk(page(1, 2, following="a"), NotConnectedError(), page(2, 3, following=None))
    given = InstallFilter(stages=[Stage.ATTENTION], search="ёлка")
    await desk.exports.begin("installs", given, tmp_path / "list.json", ",")
    await desk.until(lambda: desk.told.is_done)
    rows = json.loads((tmp_path / "list.json").read_text(encoding="utf-8"))
    assert [row["salon_id"] for row in rows] == [1, 2, 3]
    assert (desk.told.rows, [one.after for one in desk.asked]) == (3, [None, "a", "a"])
    assert {(one.search, tuple(one.stages)) for one in desk.asked} == {("ёлка", (Stage.ATTENTION,))}
    await desk.tasks.close()


async def test_stopped_it_leaves_no_file_and_says_so(tmp_path: Path) -> None:
    desk = Desk(page(1, following="a"), asyncio.Event())
    await desk.exports.begin("installs", InstallFilter(), tmp_path / "list.csv", ",")
    await desk.until(lambda: len(desk.asked) == 2)
    await desk.exports.stop("installs")
    assert (desk.told.is_stopped, desk.told.is_running, desk.told.rows) == (True, False, 1)
    assert os.listdir(tmp_path) == []
    await desk.tasks.close()


async def test_refused_or_without_a_place_it_says_why_and_leaves_no_file(tmp_path: Path) -> None:
    desk = Desk(OperationRefusedError("not_permitted"))
    await desk.exports.begin("installs", InstallFilter(), tmp_path / "list.csv", ",")
    await desk.until(lambda: desk.told.trouble is not None)
    assert os.listdir(tmp_path) == []
    await desk.exports.begin("installs", InstallFilter(), tmp_path / "none" / "list.csv", ",")
    await desk.until(lambda: desk.told.trouble is not None and desk.told.trouble.code == "export_failed")
    await desk.tasks.close()


def test_every_column_is_one_of_the_rows_and_none_is_secret() -> None:
    for view, source in SOURCES.items():
        assert set(source.identity) <= set(source.columns), view
        assert not {"token", "qr", "code", "pairing_code"} & set(source.columns), view

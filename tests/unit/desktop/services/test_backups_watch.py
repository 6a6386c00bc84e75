"""The list of backups is looked at while one is being made, and again after the connection was away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from desktop.model.backups import BackupsModel
from desktop.services.backups_watch import LOOK_EVERY_S, BackupsWatch
from desktop.services.errors import NotConnectedError
from desktop.services.feeds import Screen
from desktop.services.tasks import Tasks
from shared.admin_wire import BackupList, BackupMaking
from tests.fakes.clock import FakeClock

MAKING = BackupMaking(by="Мария", since=datetime(2026, 3, 14, tzinfo=UTC), failed_at=None, failure=None)
UNDER_WAY = BackupList(files=[], is_configured=True, is_readable=True, making=MAKING)
DONE = BackupList(files=[], is_configured=True, is_readable=True)


class Gateway:
    """Answers with the list as it is, and counts how often it was asked."""

    def __init__(self) -> None:
        self.listed, self.asked, self.is_away = UNDER_WAY, 0, False

    async def call(self, *_: Any, **__: Any) -> BackupList:
        self.asked += 1
        if self.is_away:
            raise NotConnectedError
        return self.listed


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    made = Tasks()
    yield made
    await made.close()


async def test_a_backup_is_followed_to_its_end_over_a_cut_and_no_further(tasks: Tasks) -> None:
    clock, gateway, model = FakeClock(), Gateway(), BackupsModel()
    watch = BackupsWatch(model, gateway.call, Screen(lambda call: call()), clock, tasks)
    await watch.take(UNDER_WAY)
    await clock.advance(LOOK_EVERY_S)
    await clock.advance(LOOK_EVERY_S)
    assert gateway.asked == 2
    gateway.is_away = True
    await clock.advance(LOOK_EVERY_S)
    assert model.report == UNDER_WAY, "what was known stays"
    gateway.is_away = False
    watch.pause()
    await clock.advance(10 * LOOK_EVERY_S)
    assert gateway.asked == 3, "nobody is asked while there is no connection"
    watch.live()
    gateway.listed = DONE
    await clock.advance(LOOK_EVERY_S)
    assert gateway.asked == 4
    assert not model.is_being_made
    await clock.advance(10 * LOOK_EVERY_S)
    assert gateway.asked == 4, "done is done"

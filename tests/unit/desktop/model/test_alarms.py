from __future__ import annotations

from desktop.model.alarms import AlarmsModel
from desktop.model.problem import Trouble
from shared.vocabulary import AlarmKind
from tests.unit.desktop.builders import NOON, alarm

ACKNOWLEDGED = alarm(1, acknowledged_at=NOON, acknowledged_by="Мария")


def test_what_stands_at_the_first_reading_is_no_news_and_what_comes_later_is() -> None:
    alarms = AlarmsModel()
    assert alarms.take([alarm(1)]) == ()
    assert alarms.take([alarm(2, AlarmKind.SPOOL_FULL), alarm(1)]) == (alarm(2, AlarmKind.SPOOL_FULL),)
    assert alarms.take([alarm(2, AlarmKind.SPOOL_FULL), alarm(1)]) == ()


def test_an_alarm_that_is_told_again_is_news_again_unless_somebody_looks_after_it() -> None:
    alarms = AlarmsModel()
    alarms.take([alarm(1)])
    assert alarms.take([alarm(1, told=60)]) == (alarm(1, told=60),)
    assert alarms.take([alarm(1, told=120, acknowledged_at=NOON, acknowledged_by="Мария")]) == ()


def test_only_open_ones_that_nobody_acknowledged_wait() -> None:
    alarms = AlarmsModel()
    alarms.take([alarm(3), ACKNOWLEDGED, alarm(2, settled_at=NOON)])
    assert (alarms.waiting, len(alarms.open), len(alarms.settled)) == (1, 2, 1)


def test_settled_ones_leave_the_list_when_they_are_wanted_no_more() -> None:
    alarms = AlarmsModel()
    alarms.show_settled(True)
    alarms.take([alarm(2), alarm(1, settled_at=NOON)])
    alarms.show_settled(False)
    assert [each.alarm_id for each in alarms.rows] == [2]


def test_a_reading_that_failed_leaves_what_was_read_and_another_gateway_nothing() -> None:
    alarms = AlarmsModel()
    alarms.take([alarm(1)])
    alarms.failed(Trouble("request_timeout"))
    assert (alarms.waiting, alarms.problem) == (1, Trouble("request_timeout"))
    alarms.cleared()
    assert (alarms.waiting, alarms.problem, alarms.is_known) == (0, None, False)
    assert alarms.take([alarm(2)]) == ()

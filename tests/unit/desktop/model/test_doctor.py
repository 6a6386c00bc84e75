from __future__ import annotations

from desktop.model.doctor import DoctorModel
from desktop.model.problem import Trouble
from shared.admin_wire import DoctorReport
from tests.unit.desktop.builders import NOON

REPORT = DoctorReport(
    checks=[], tokens=[], refused_since=None, refused_code=None, examined_at=NOON, is_probed=True
)


def test_the_last_report_stays_while_another_is_made_and_when_that_fails() -> None:
    doctor = DoctorModel()
    doctor.began()
    doctor.reported(REPORT)
    doctor.began()
    assert (doctor.report, doctor.is_running) == (REPORT, True)
    doctor.failed(Trouble("not_connected"))
    assert (doctor.report, doctor.is_running, doctor.problem) == (REPORT, False, Trouble("not_connected"))


def test_news_of_the_token_make_a_report_outdated_until_the_next() -> None:
    doctor = DoctorModel()
    told: list[bool] = []
    doctor.changed.connect(lambda: told.append(doctor.is_outdated))
    doctor.outdate()
    doctor.reported(REPORT)
    doctor.outdate()
    doctor.reported(REPORT)
    assert told == [False, False, True, False]


def test_another_gateways_report_is_not_this_ones() -> None:
    doctor = DoctorModel()
    doctor.reported(REPORT)
    doctor.cleared()
    assert doctor.report is None

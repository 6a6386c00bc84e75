from __future__ import annotations

from desktop.model.notices import MOST, Notice, NoticeLevel, Notices


def test_notices_come_and_go_and_are_told() -> None:
    notices = Notices()
    added: list[Notice] = []
    removed: list[Notice] = []
    notices.added.connect(added.append)
    notices.removed.connect(removed.append)
    notice = notices.add(NoticeLevel.DONE, "retry_sent", {"salon": "Ёлка"})
    notices.remove(notice.id)
    notices.remove(notice.id)
    assert added == removed == [notice]
    assert notices.rows == ()


def test_the_oldest_goes_when_there_are_too_many() -> None:
    notices = Notices()
    for number in range(MOST + 3):
        notices.add(NoticeLevel.INFO, f"n{number}")
    assert len(notices.rows) == MOST
    assert notices.rows[0].key == "n3"


def test_the_same_notice_twice_in_a_row_is_one() -> None:
    notices = Notices()
    first = notices.add(NoticeLevel.ERROR, "not_connected")
    second = notices.add(NoticeLevel.ERROR, "not_connected")
    assert notices.rows == (second,)
    assert first.id != second.id
    notices.add(NoticeLevel.ERROR, "not_connected", {"salon": "Ёлка"})
    assert len(notices.rows) == 2

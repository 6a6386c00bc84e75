"""From the partner's JSON to values: every tolerated shape, and no shape that raises anything but PartnerError."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.partner_answers import (
    Company,
    FailureKind,
    PartnerAnswer,
    PartnerError,
    PartnerStatus,
    StatusReading,
)
from gateway.yclients.answers import read_company, read_salons, read_status


def answered(json: object, status: int = 200) -> PartnerAnswer:
    """Build a whole JSON answer."""
    return PartnerAnswer("read", status, 5, body_head="{…}", json=json)


def company_of(data: object) -> Company:
    """Read salon 7 from an envelope with this data."""
    return read_company(answered({"success": True, "data": data}), 7)


@pytest.mark.parametrize("salon_id", [7, "7"])
def test_ids_may_be_numbers_or_text(salon_id: object) -> None:
    assert company_of({"id": salon_id, "title": "Ёлка"}) == Company(7, "Ёлка", None, None, None)


def test_a_company_alone_in_a_list_is_read() -> None:
    assert company_of([{"id": 7, "title": "Ёлка"}]).title == "Ёлка"


@pytest.mark.parametrize("title", [None, "", "  ", [], {}, True])
def test_a_company_without_a_usable_title_has_an_empty_one(title: object) -> None:
    assert company_of({"id": 7, "title": title}).title == ""


def test_texts_are_short_and_storable() -> None:
    company = company_of({"id": 7, "title": "x" * 10_000, "city": "a\x00b\ud800", "address": 12})
    assert len(company.title) == 500
    assert company.city == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert company.address == "12"


@pytest.mark.parametrize(
    "data", [None, [], {}, "7", 7, {"id": 8}, {"id": "-7"}, {"id": 7.0}, {"id": True}, [{"id": 7}] * 2]
)
def test_anything_but_the_salon_asked_for_is_garbled(data: object) -> None:
    with pytest.raises(PartnerError) as caught:
        company_of(data)
    assert caught.value.kind is FailureKind.GARBLED


def reading_of(data: object, status: int = 200) -> StatusReading:
    """Read the status of salon 7 from an envelope with this data."""
    return read_status(answered({"data": data}, status), 7)


def test_a_reading_keeps_the_log_even_when_the_link_is_gone() -> None:
    logs = [{"changed_at": "2026-01-02 10:00:00", "status_from": "active", "status_to": "uninstalled"}]
    reading = reading_of({"logs": logs, "connection_status": None})
    assert reading.status is PartnerStatus.UNINSTALLED
    assert reading.logs[0].status_to == "uninstalled"


@pytest.mark.parametrize("rows", [None, {}, "x", 5, [None, 5, "x", []]])
def test_logs_and_payments_of_odd_shapes_are_left_out(rows: object) -> None:
    reading = reading_of({"connection_status": {"status": "active"}, "logs": rows, "payments": rows})
    assert (reading.logs, reading.payments) == ((), ())


def test_a_log_of_any_length_is_kept_up_to_a_bound() -> None:
    reading = reading_of(
        {"connection_status": {"status": "active"}, "logs": [{"status_to": "active"}] * 5_000}
    )
    assert len(reading.logs) == 200


@pytest.mark.parametrize("data", [None, {}, "x", {"data": {}}])
def test_a_list_of_salons_that_is_no_list_is_garbled(data: Any) -> None:
    with pytest.raises(PartnerError) as caught:
        read_salons(answered({"data": data}), 1, 1000)
    assert caught.value.kind is FailureKind.GARBLED


KEYS = ["data", "id", "title", "logs", "payments", "connection_status", "status"]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([7, "7", "active"])
)
SHAPES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=15,
)


@given(json=SHAPES, status=st.sampled_from([200, 404, 500]))
def test_no_shape_raises_anything_but_a_partner_error(json: object, status: int) -> None:
    answer = answered(json, status)
    for read in (
        lambda: read_company(answer, 7),
        lambda: read_status(answer, 7),
        lambda: read_salons(answer, 1, 10),
    ):
        try:
            read()
        except PartnerError as error:
            assert error.answer is answer

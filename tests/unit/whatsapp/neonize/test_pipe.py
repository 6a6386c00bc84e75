"""The worker's protocol: whole there and back, and nothing else is taken in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.session_records import InboundMessage, MessageReceipt, ReceiptKind
from gateway.domain.sessions import CloseCause, SessionFault
from gateway.whatsapp.neonize import pipe
from gateway.whatsapp.neonize.pipe import PipeError
from shared.vocabulary import PasskeyStage

AT = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
JID = "79161234567:3@s.whatsapp.net"

ORDERS: tuple[pipe.Order, ...] = (
    pipe.Hello(1, 101, "/somewhere/a.db"), pipe.PairCode(1, "79161234567"), pipe.Send(2, "79161234567", "Привет\n"),
    pipe.Logout(3), pipe.Ping(4),
)  # fmt: skip
REPORTS: tuple[pipe.Report, ...] = (
    pipe.Ready(1, "neonize 0.5.2"), pipe.Qr("https://wa.me/…", 60.0), pipe.Opened(JID, "Салон"), pipe.Opened(JID, None),
    pipe.Reconnecting(CloseCause.DROPPED), pipe.Passkey(60.0, PasskeyStage.CONFIRM), pipe.Paired(JID, None),
    InboundMessage("3EB0", JID, AT, "Привет"), InboundMessage("3EB0", JID, AT, None),
    MessageReceipt(("a", "b"), ReceiptKind.READ, AT), pipe.Result(7, "ABCD1234", None),
    pipe.Result(7, None, SessionFault.RECIPIENT_UNKNOWN), pipe.Pong(9), pipe.Exit(CloseCause.TEMP_BANNED, AT),
    pipe.Exit(SessionFault.ENGINE_MISSING),
)  # fmt: skip


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: type(order).__name__)
def test_orders_arrive_as_they_were_given(order: pipe.Order) -> None:
    assert pipe.read_order(pipe.order_line(order)) == order


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: type(report).__name__)
def test_reports_arrive_as_they_were_given(report: pipe.Report) -> None:
    line = pipe.report_line(report)
    assert line.count(b"\n") == 1
    assert pipe.read_report(line) == report


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: type(report).__name__)
@pytest.mark.parametrize("wrong", [None, [], {}, "x", True, -1, 1e300, "y" * 70_000])
def test_no_field_may_be_something_else(report: pipe.Report, wrong: Any) -> None:
    fields = json.loads(pipe.report_line(report))
    for name in fields:
        changed = json.dumps({**fields, name: wrong}).encode()
        try:
            taken = pipe.read_report(changed)
        except PipeError as error:
            assert "y" * 20 not in str(error)
        else:
            assert type(taken) is type(report), f"{name}={wrong!r} was taken for {type(taken)}"


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_garbage_is_told_apart_and_never_crashes(garbage: bytes) -> None:
    for read in (pipe.read_order, pipe.read_report):
        with pytest.raises(PipeError):
            read(garbage)


@pytest.mark.parametrize(
    "garbage", [b"[" * 60_000, b'{"type": "qr"}', b'{"type": 1}', b"null", b'"exit"', b"1e999"]
)
def test_hostile_json_is_refused(garbage: bytes) -> None:
    with pytest.raises(PipeError):
        pipe.read_report(garbage)


def test_a_long_message_is_cut_and_always_fits_a_line() -> None:
    line = pipe.report_line(InboundMessage("3EB0", JID, AT, "\N{PILE OF POO}" * 70_000))
    assert len(line) <= pipe.MAX_LINE_BYTES
    taken = pipe.read_report(line)
    assert isinstance(taken, InboundMessage)
    assert taken.text == "\N{PILE OF POO}" * pipe.MAX_TEXT_CHARS


def test_a_text_too_long_for_a_line_is_not_sent() -> None:
    with pytest.raises(ValueError, match="a line of"):
        pipe.order_line(pipe.Send(1, "79161234567", "я" * 40_000))


@pytest.mark.parametrize("cause", [SessionFault.INTERNAL, SessionFault.OUTCOME_UNKNOWN])
def test_a_worker_ends_for_no_reason_that_is_not_its_own(cause: SessionFault) -> None:
    with pytest.raises(PipeError):
        pipe.read_report(json.dumps({"type": "exit", "cause": cause}).encode())


def test_what_a_person_wrote_shows_in_no_rendering() -> None:
    shown = repr([*ORDERS, *REPORTS])
    for secret in ("79161234567", "Привет", "Салон", "wa.me", "ABCD1234"):
        assert secret not in shown

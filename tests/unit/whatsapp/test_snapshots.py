"""From a row to what may be shown of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.domain.session_records import SessionRecord
from gateway.whatsapp.seals import SessionSeals
from gateway.whatsapp.snapshots import snapshot_of
from shared.vocabulary import WhatsappState
from tests.contract.simulator_bench import PlainSealer
from tests.unit.whatsapp.builders import NOW, SALON, build_linked, build_record

W = WhatsappState
SEALS = SessionSeals(PlainSealer())
EXPIRES = NOW + timedelta(seconds=60)


def _shown(state: WhatsappState = W.PAIRING) -> SessionRecord:
    return build_record(
        state, qr_sealed=SEALS.seal_qr(SALON, "the text"), qr_seq=2, qr_issued_at=NOW, qr_expires_at=EXPIRES,
        code_sealed=SEALS.seal_code(SALON, "ABCD-1234"), code_phone_masked="+7 *** ***-45-67", code_issued_at=NOW,
        code_expires_at=EXPIRES,
    )  # fmt: skip


def test_what_is_valid_is_shown() -> None:
    session = snapshot_of(_shown(), NOW, SEALS)
    assert session.session_id == "company_42"
    assert session.qr is not None
    assert (session.qr.text, session.qr.seq, session.qr.expires_at) == ("the text", 2, EXPIRES)
    assert session.pairing_code is not None
    assert (session.pairing_code.code, session.pairing_code.phone_masked) == ("ABCD-1234", "+7 *** ***-45-67")
    assert session.pairing_until == NOW + timedelta(minutes=5)


def test_what_has_expired_is_not_shown_even_before_it_is_wiped() -> None:
    session = snapshot_of(_shown(), EXPIRES, SEALS)
    assert (session.qr, session.pairing_code) == (None, None)
    session = snapshot_of(_shown(), EXPIRES - timedelta(microseconds=1), SEALS)
    assert session.qr is not None


@pytest.mark.parametrize("state", sorted(set(WhatsappState) - {W.PAIRING}))
def test_nothing_to_scan_is_shown_outside_pairing(state: WhatsappState) -> None:
    session = snapshot_of(_shown(state), NOW, SEALS)
    assert (session.qr, session.pairing_code) == (None, None)


def test_lists_hold_no_secret() -> None:
    session = snapshot_of(_shown(), NOW, None)
    assert (session.qr, session.pairing_code) == (None, None)


def test_what_does_not_open_is_not_shown() -> None:
    foreign = SessionSeals(PlainSealer())
    record = build_record(
        W.PAIRING, qr_sealed=foreign.seal_qr(SALON + 1, "x"), qr_issued_at=NOW, qr_expires_at=EXPIRES,
        code_sealed=b"damaged", code_issued_at=NOW, code_expires_at=EXPIRES,
    )  # fmt: skip
    session = snapshot_of(record, NOW, SEALS)
    assert (session.qr, session.pairing_code) == (None, None)


def test_a_linked_session_shows_its_masked_phone_and_no_window() -> None:
    session = snapshot_of(build_linked(account_phone_masked="+7 *** ***-45-67"), NOW, SEALS)
    assert session.is_connected
    assert (session.phone_masked, session.linked_at, session.pairing_until) == ("+7 *** ***-45-67", NOW, None)


def test_a_snapshot_does_not_print_its_secrets() -> None:
    told = repr(snapshot_of(_shown(), NOW, SEALS))
    assert "the text" not in told
    assert "ABCD-1234" not in told

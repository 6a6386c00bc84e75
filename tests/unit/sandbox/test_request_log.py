"""The log: bounded, numbered, and without a secret in it."""

from __future__ import annotations

import json

import pytest

from gateway.sandbox.request_log import (
    BODY_KEPT,
    ENTRIES_KEPT,
    Entry,
    RequestLog,
    fingerprint,
    mask_body,
    mask_headers,
    mask_url,
)

SECRET = "s3cret-partner-token"


def entry(number: int = 0) -> Entry:
    return Entry("in", "2026-01-01T00:00:00+00:00", "status", number, "GET", "/x")


@pytest.mark.parametrize(
    "value", [f"Bearer {SECRET}", f"Bearer {SECRET}, User {SECRET}-2", f"bearer  {SECRET}"]
)
def test_credentials_of_a_header_become_marks(value: str) -> None:
    masked = mask_headers([("Authorization", value), ("Accept", "x")])
    assert SECRET not in masked["Authorization"]
    assert masked["Authorization"].lower().startswith("bearer ***")
    assert masked["Accept"] == "x"


def test_equal_secrets_bear_equal_marks_and_others_do_not() -> None:
    assert fingerprint("a") == fingerprint("a") != fingerprint("b")


@pytest.mark.parametrize("name", ["api_key", "partner_token", "secret_key", "sign"])
@pytest.mark.parametrize("spaces", [(",", ":"), (", ", ": ")])
def test_secret_fields_of_a_body_become_marks_and_it_stays_json(name: str, spaces: tuple[str, str]) -> None:
    body = json.dumps({"a": 1, name: SECRET + '"\\', "z": "ж"}, separators=spaces, ensure_ascii=False)
    masked = json.loads(mask_body(body.encode()))
    assert SECRET not in masked[name]
    assert (masked["a"], masked["z"]) == (1, "ж")


def test_a_number_as_key_is_masked_too() -> None:
    assert "123456789" not in mask_body(b'{"api_key": 123456789}')


def test_the_key_in_a_registered_address_is_masked() -> None:
    assert mask_url("http://h/webhook/yclients/abc123?x=1") == "http://h/webhook/yclients/***?x=1"
    body = mask_body(b'{"webhook_urls": ["http://h/webhook/yclients/abc123"], "z": 1}')
    assert "abc123" not in body
    assert json.loads(body)["z"] == 1


def test_signed_query_values_are_masked() -> None:
    masked = mask_url("/auth?salon_id=1&user_data=AbC%3D&user_data_sign=ff&x=2")
    assert masked == "/auth?salon_id=1&user_data=***&user_data_sign=***&x=2"


def test_a_long_body_is_cut_after_masking() -> None:
    masked = mask_body(
        b'{"api_key": "' + b"q" * (2 * BODY_KEPT) + b'", "tail": "' + b"w" * (2 * BODY_KEPT) + b'"}'
    )
    assert len(masked) < BODY_KEPT + 40
    assert "qqq" not in masked


def test_bytes_that_are_no_text_do_not_break_the_log() -> None:
    assert mask_body(b"\xff\xfe") != ""


def test_the_log_is_bounded_and_says_what_was_missed() -> None:
    log = RequestLog()
    for number in range(ENTRIES_KEPT + 10):
        log.add(entry(number))
    assert len(log.entries()) == ENTRIES_KEPT
    assert log.after(0)["missed"] is True
    assert log.after(10)["missed"] is False


def test_a_reader_with_a_cursor_gets_everything_once() -> None:
    log, seen, cursor = RequestLog(), [], 0
    for number in range(450):
        log.add(entry(number))
    while batch := (page := log.after(cursor))["entries"]:
        seen += [each["seq"] for each in batch]
        cursor = page["next"]
    assert seen == list(range(1, 451))
    assert log.after(cursor)["next"] == cursor == log.last_seq


def test_clearing_starts_a_new_epoch_and_keeps_counting() -> None:
    log = RequestLog()
    log.add(entry())
    before = log.after(0)["epoch"]
    log.clear()
    assert log.after(0) == {"entries": [], "next": 1, "epoch": before + 1, "missed": True}
    assert log.add(entry()).seq == 2


def test_a_cursor_from_the_future_is_brought_back() -> None:
    log = RequestLog()
    log.add(entry())
    assert log.after(99)["next"] == 1

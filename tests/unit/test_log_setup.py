"""Nothing secret reaches a log line, by any road."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from gateway.log_setup import HIDDEN, set_up_logging

CANARIES = {
    "token": "canary-partner-token-91",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI5NjIzMDIifQ.c2lnbmF0dXJlLWNhbmFyeQ",
    "key": "canary-webhook-key-5577",
    "password": "canary-password-33",
    "qr": "https://wa.me/settings/linked_devices#2@canaryqr",
}


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_json_with_its_event_level_time_and_allowed_fields(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logging(level="info", form="json", secrets=())
    logging.getLogger("gateway.test").info("entered", extra={"salon_id": 962302, "correlation": "abc"})
    (line,) = lines(capsys)
    assert line["event"] == "entered"
    assert line["level"] == "info"
    assert line["salon_id"] == 962302
    assert line["correlation"] == "abc"
    assert "timestamp" in line


def test_a_field_that_is_not_on_the_list_is_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(level="info", form="json", secrets=())
    logging.getLogger("gateway").info("x", extra={"phone": "+79990001234", "body": "…"})
    (line,) = lines(capsys)
    assert line["phone"] == line["body"] == HIDDEN


def test_no_canary_survives_in_messages_arguments_fields_or_tracebacks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logging(level="debug", form="json", secrets=[CANARIES["token"]])
    log = logging.getLogger("third.party")
    log.warning("GET /marketplace/onboarding?token=%s", CANARIES["jwt"])
    log.warning("Authorization: Bearer %s", CANARIES["key"])
    log.warning("POST /webhook/yclients/%s HTTP/1.1", CANARIES["key"])
    log.warning("connecting postgresql://admin:%s@db/x", CANARIES["password"])
    log.warning("qr %s", CANARIES["qr"])
    logging.getLogger("gateway").warning("x", extra={"cause": f"refused {CANARIES['token']}"})
    try:
        raise ValueError(f"bad token {CANARIES['token']} {CANARIES['jwt']}")
    except ValueError:
        logging.getLogger("gateway").exception("job_failed")
    text = capsys.readouterr().err
    assert text.count("\n") == 7
    for canary in CANARIES.values():
        assert canary not in text

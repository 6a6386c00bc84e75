"""What each answer of the partner means (I-01, I-02, protocol 5.2)."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.partner_answers import (
    ActivationBody,
    Failure,
    FailureKind,
    PartnerAnswer,
    PartnerError,
    PartnerStatus,
    Priority,
    Verdict,
    classify_activation,
    classify_status,
    failure_kind,
    status_word,
)

HTML = "<!DOCTYPE html><html><body>YCLIENTS</body></html>"
FAILURES: tuple[Failure, ...] = get_args(Failure)


def answer(
    status: int | None, json: object = None, *, body: str = "", failure: Failure | None = None
) -> PartnerAnswer:
    """Build an answer as the client would have kept it."""
    return PartnerAnswer("status", status, 12, body_head=body, json=json, failure=failure)


def error_envelope(message: str | None = None) -> dict[str, Any]:
    """Build the partner's error body; without a message its `meta` is the empty list some answers have."""
    return {"success": False, "data": None, "meta": {"message": message} if message else []}


def link(status: object, **data: object) -> dict[str, Any]:
    """Build the body of a status answer."""
    return {"success": True, "data": {"connection_status": {"status": status}, **data}, "meta": {}}


@pytest.mark.parametrize("status", [200, 201, 202, 204, 301, 302])
@pytest.mark.parametrize(
    ("body", "json"),
    [("", None), (HTML, None), ('{"success": tr', None), ("{}", {}), ("[]", []), ("null", None)],
)
def test_success_is_accepted_whatever_its_body(status: int, body: str, json: object) -> None:
    assert classify_activation(answer(status, json, body=body)) is Verdict.ACCEPTED


@pytest.mark.parametrize("failure", FAILURES)
def test_success_whose_body_broke_off_is_accepted_and_left_to_the_status_read(failure: Failure) -> None:
    assert classify_activation(answer(201, failure=failure)) is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (401, Verdict.TOKEN_REFUSED),
        (403, Verdict.ALREADY_INSTALLED_OR_REFUSED),
        (404, Verdict.NOT_FOUND),
        (400, Verdict.REJECTED),
        (402, Verdict.REJECTED),
        (405, Verdict.REJECTED),
        (413, Verdict.REJECTED),
        (422, Verdict.REJECTED),
        (408, Verdict.RETRY),
        (425, Verdict.RETRY),
        (429, Verdict.RATE_LIMITED),
        (300, Verdict.RETRY),
        (303, Verdict.RETRY),
        (304, Verdict.RETRY),
        (307, Verdict.RETRY),
        (308, Verdict.RETRY),
        (500, Verdict.RETRY),
        (502, Verdict.RETRY),
        (503, Verdict.RETRY),
        (504, Verdict.RETRY),
        (599, Verdict.RETRY),
    ],
)
@pytest.mark.parametrize("body", ["", HTML, "Пользователь уже установил это приложение."])
def test_activation_is_judged_by_status_and_not_by_text(status: int, verdict: Verdict, body: str) -> None:
    assert classify_activation(answer(status, body=body)) is verdict


@pytest.mark.parametrize("failure", FAILURES)
def test_activation_without_an_answer_is_tried_again(failure: Failure) -> None:
    assert classify_activation(answer(None, failure=failure)) is Verdict.RETRY


@pytest.mark.parametrize("message", ["Агрегатор не найден", "АГРЕГАТОР НЕ НАЙДЕН.", "Aggregator not found"])
def test_the_missing_aggregator_is_told_apart(message: str) -> None:
    assert classify_activation(answer(400, error_envelope(message))) is Verdict.AGGREGATOR_NOT_FOUND
    assert classify_activation(answer(422, body=f"<b>{message}</b>")) is Verdict.AGGREGATOR_NOT_FOUND
    assert classify_activation(answer(403, error_envelope(message))) is Verdict.ALREADY_INSTALLED_OR_REFUSED


@pytest.mark.parametrize("word", ["pending", "active", "freezed", "uninstalled"])
def test_status_is_read_from_the_link(word: str) -> None:
    assert classify_status(answer(200, link(word))) == PartnerStatus(word)


@pytest.mark.parametrize(
    ("word", "status"), [("frozen", "freezed"), ("Active", "active"), (" PENDING ", "pending")]
)
def test_status_words_are_read_in_any_case_and_frozen_is_freezed(word: str, status: str) -> None:
    assert status_word(word) == PartnerStatus(status)


@pytest.mark.parametrize("meta", [{}, [], None, {"message": "x"}, "junk"])
def test_meta_may_have_any_shape_or_be_absent(meta: object) -> None:
    body = link("active")
    assert classify_status(answer(200, {**body, "meta": meta})) is PartnerStatus.ACTIVE
    del body["meta"]
    assert classify_status(answer(200, body)) is PartnerStatus.ACTIVE


@pytest.mark.parametrize("body", [error_envelope(), error_envelope("Не найдено"), {}, {"meta": {}}])
def test_not_found_said_by_the_api_is_uninstalled(body: dict[str, Any]) -> None:
    assert classify_status(answer(404, body, body="{…}")) is PartnerStatus.UNINSTALLED
    assert classify_status(answer(404)) is PartnerStatus.UNINSTALLED


def test_not_found_said_by_a_web_server_ends_nobodys_install() -> None:
    assert classify_status(answer(404, body="<html>nginx</html>")) is FailureKind.GARBLED
    assert classify_status(answer(404, failure="reset")) is FailureKind.GARBLED
    assert classify_status(answer(404, ["x"], body='["x"]')) is FailureKind.GARBLED


@pytest.mark.parametrize("link_shape", [None, [], {}])
def test_uninstalled_is_read_from_the_newest_log_row(link_shape: object) -> None:
    logs = [
        {"changed_at": "2026-01-02 10:00:00", "status_from": "active", "status_to": "uninstalled"},
        {"changed_at": "2026-01-01 10:00:00", "status_from": "pending", "status_to": "active"},
    ]
    body = {"success": True, "data": {"logs": logs, "connection_status": link_shape}}
    assert classify_status(answer(200, body)) is PartnerStatus.UNINSTALLED
    logs[1]["changed_at"] = "2026-01-03 10:00:00"
    assert classify_status(answer(200, body)) is FailureKind.GARBLED


def test_the_last_of_equally_old_log_rows_counts() -> None:
    logs = [{"status_to": "active"}, "junk", {"status_to": "uninstalled"}]
    assert classify_status(answer(200, {"data": {"logs": logs}})) is PartnerStatus.UNINSTALLED
    assert classify_status(answer(200, {"data": {"logs": logs[:2]}})) is FailureKind.GARBLED


def test_the_link_outweighs_the_log() -> None:
    logs = [{"changed_at": "2026-01-02", "status_to": "uninstalled"}]
    assert classify_status(answer(200, link("pending", logs=logs))) is PartnerStatus.PENDING


@pytest.mark.parametrize(
    "json",
    [
        None,
        [],
        [1],
        {},
        {"data": None},
        {"data": []},
        {"data": "active"},
        {"data": {"connection_status": "active"}},
        {"data": {"connection_status": {"status": "deleted"}}},
        {"data": {"connection_status": {"status": None}}},
        {"data": {"connection_status": {"status": 5}}},
        {"data": {"logs": "x"}},
        {"data": {"logs": []}},
        {"data": {"logs": [1, None]}},
    ],
)
def test_a_success_of_the_wrong_shape_is_garbled(json: object) -> None:
    assert classify_status(answer(200, json, body=HTML if json is None else "…")) is FailureKind.GARBLED


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, FailureKind.UNAUTHORIZED),
        (403, FailureKind.FORBIDDEN),
        (429, FailureKind.RATE_LIMITED),
        (408, FailureKind.TIMEOUT),
        (504, FailureKind.TIMEOUT),
        (500, FailureKind.SERVER_ERROR),
        (502, FailureKind.SERVER_ERROR),
        (503, FailureKind.SERVER_ERROR),
        (301, FailureKind.GARBLED),
        (302, FailureKind.GARBLED),
        (400, FailureKind.GARBLED),
        (422, FailureKind.GARBLED),
    ],
)
def test_a_failed_read_says_why(status: int, kind: FailureKind) -> None:
    assert classify_status(answer(status, error_envelope("x"))) is kind


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        ("timeout", FailureKind.TIMEOUT),
        ("unreachable", FailureKind.UNREACHABLE),
        ("dns", FailureKind.UNREACHABLE),
        ("tls", FailureKind.UNREACHABLE),
        ("reset", FailureKind.UNREACHABLE),
        ("protocol", FailureKind.GARBLED),
        ("too_large", FailureKind.GARBLED),
    ],
)
def test_a_read_without_an_answer_or_with_half_of_one_says_why(failure: Failure, kind: FailureKind) -> None:
    assert classify_status(answer(None, failure=failure)) is kind
    assert classify_status(answer(200, failure=failure)) is kind


def test_every_failure_kind_has_a_public_code_of_the_catalogue() -> None:
    assert {kind.error_code for kind in FailureKind} == {
        "partner_unauthorized",
        "partner_forbidden",
        "partner_not_found",
        "partner_rate_limited",
        "partner_error",
        "partner_timeout",
        "partner_unreachable",
        "partner_garbled",
    }


@pytest.mark.parametrize(
    ("status", "failure", "unknown"),
    [
        (None, "timeout", True),
        (None, "reset", True),
        (None, "protocol", True),
        (None, "unreachable", False),
        (None, "dns", False),
        (None, "tls", False),
        (500, None, True),
        (503, None, True),
        (429, None, False),
        (401, None, False),
        (201, "reset", False),
    ],
)
def test_an_outcome_is_unknown_when_the_partner_may_have_acted(
    status: int | None, failure: Failure | None, unknown: bool
) -> None:
    assert answer(status, failure=failure).is_outcome_unknown is unknown


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["active", "pending"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "meta", "logs", "connection_status", "status", "status_to", "message"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(
    status=st.none() | st.integers(100, 599),
    json=SHAPES,
    body=st.text(),
    failure=st.none() | st.sampled_from(FAILURES),
)
def test_no_answer_is_without_a_meaning(
    status: int | None, json: object, body: str, failure: Failure | None
) -> None:
    given_answer = answer(status, json, body=body, failure=failure)
    assert isinstance(classify_activation(given_answer), Verdict)
    assert isinstance(classify_status(given_answer), PartnerStatus | FailureKind)
    if status is None or not 200 <= status < 300:
        assert failure_kind(given_answer) is not None


def test_values_do_not_show_secrets() -> None:
    body = ActivationBody(1, "ab" * 32, ("https://ai-admin.example/webhook/yclients/key-of-the-install",))
    shown = repr(body) + repr(answer(200, {"api_key": "secret"}, body="secret"))
    assert "abab" not in shown
    assert "key-of" not in shown
    assert "secret" not in shown
    assert str(PartnerError(FailureKind.TIMEOUT, answer(None))) == "status: timeout"


def test_activation_goes_before_status_and_status_before_sweep() -> None:
    assert sorted(Priority) == [Priority.ACTIVATION, Priority.STATUS, Priority.BACKLOG, Priority.SWEEP]

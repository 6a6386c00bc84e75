from __future__ import annotations

from typing import get_args

import pytest

import resources.texts
from desktop.model.explain import OWN, SHARED, Who, code_of_status, explain
from desktop.services.line import FINAL
from gateway.domain.partner_answers import (
    Failure,
    FailureKind,
    PartnerAnswer,
    PartnerStatus,
    Verdict,
    classify_activation,
)
from gateway.domain.sessions import SessionFault
from gateway.http.problems import STATUS_OF_CODE
from gateway.sandbox.faults import KINDS

ENDS_OF_CALLS = (
    "aggregator_not_found", "expired", "not_requested", "partner_unavailable", "rate_limited", "rejected",
    "token_refused", "unknown_outcome",
)  # fmt: skip


def is_known(code: str) -> bool:
    return code in OWN or code in SHARED


def test_no_code_is_explained_twice() -> None:
    assert not OWN.keys() & SHARED.keys()


def test_every_refusal_of_the_gateway_is_explained() -> None:
    assert [code for code in STATUS_OF_CODE if not is_known(code)] == []


@pytest.mark.parametrize("group", ["errors", "partner_errors", "whatsapp_errors"])
def test_every_error_with_a_text_is_explained(group: str) -> None:
    assert [code for code in resources.texts.entry("en", group) if not is_known(code)] == []


def test_every_code_a_call_can_end_with_is_explained_to_staff() -> None:
    assert set(ENDS_OF_CALLS) <= OWN.keys()


@pytest.mark.parametrize(
    "verdict", [*Verdict, *FailureKind, *(f"status_{status}" for status in PartnerStatus)]
)
def test_every_verdict_is_explained(verdict: str) -> None:
    assert f"verdict_{verdict}" in OWN


@pytest.mark.parametrize("failure", get_args(Failure))
def test_every_failure_of_the_line_to_the_partner_is_explained(failure: str) -> None:
    assert f"failure_{failure}" in OWN


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failed_read_is_explained(kind: FailureKind) -> None:
    assert kind.error_code in OWN


@pytest.mark.parametrize("fault", SessionFault)
def test_every_fault_of_a_session_is_explained_to_staff(fault: SessionFault) -> None:
    assert fault.value in OWN


def test_every_final_refusal_of_a_connection_is_explained() -> None:
    assert [code for code in FINAL if not is_known(code)] == []


def test_every_http_status_is_explained() -> None:
    codes = {code_of_status(status) for status in range(200, 600)}
    assert codes <= OWN.keys()
    assert "unknown" not in codes


@pytest.mark.parametrize("fault", KINDS, ids=lambda fault: fault.name)
def test_every_fault_of_the_sandbox_that_is_a_status_is_explained(fault: object) -> None:
    name = getattr(fault, "name", "")
    status = name.split("_")[0]
    if status.isdigit():
        answer = PartnerAnswer("callback", int(status), 1)
        assert code_of_status(int(status)) in OWN
        assert f"verdict_{classify_activation(answer)}" in OWN
    else:
        assert getattr(fault, "group", "") in ("network", "odd", "shape")


def test_a_code_that_nobody_knows_is_explained_as_just_that() -> None:
    found = explain("a_code_of_the_future")
    assert (found.code, found.title, found.who) == ("a_code_of_the_future", "unknown.title", Who.OPERATOR)
    assert explain(None).code == "unknown"
    assert code_of_status(99) == "unknown"


@pytest.mark.parametrize("lang", resources.texts.LANGUAGES)
def test_shared_sentences_are_there(lang: str) -> None:
    for code in SHARED:
        found = explain(code)
        assert found.is_shared
        assert all(resources.texts.text(lang, key) for key in (found.title, found.cause, found.advice))

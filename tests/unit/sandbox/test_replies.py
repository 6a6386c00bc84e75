"""Answers and how faults bend them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sandbox.brand import ALTEGIO, YCLIENTS
from gateway.sandbox.faults import KINDS, FaultBoard
from gateway.sandbox.replies import Reply, bend, refusal, success, with_meta, with_string_ids

HERE = "http://127.0.0.1/next"
TEXTS = st.text(st.characters(codec="utf-8"))


def bent(kind: str, reply: Reply, **parameters: Any) -> Reply:
    return bend(FaultBoard().put(kind, **parameters), reply, YCLIENTS, HERE)


def test_success_has_the_documented_envelope() -> None:
    assert success({"id": 1}).envelope == {"success": True, "data": {"id": 1}, "meta": {}}
    assert success([]).envelope == {"success": True, "data": [], "meta": []}
    assert success(None).envelope == {"success": True, "data": None, "meta": []}


def test_a_refusal_has_the_documented_envelope() -> None:
    assert refusal(403, "Нет").envelope == {"success": False, "data": None, "meta": {"message": "Нет"}}
    assert refusal(404, None).envelope["meta"] == {}
    assert refusal(422, "Нет", [{"field": "a", "message": "b"}]).envelope["meta"]["errors"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_fault_bends_every_answer_without_failing(kind: Any) -> None:
    for reply in (
        success({"id": 1}),
        success([]),
        Reply(201),
        Reply(204),
        refusal(404, None),
        refusal(403, "x"),
    ):
        assert isinstance(bent(kind.name, reply), Reply)


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("401", 401, "Необходима авторизация"),
        ("403_foreign", 403, "Доступ запрещен."),
        ("403_installed", 403, "Пользователь уже установил это приложение."),
        ("400_aggregator", 400, "Агрегатор не найден"),
        ("404", 404, "Произошла ошибка"),
        ("422", 422, "Произошла ошибка"),
        ("429", 429, "Слишком много запросов"),
        ("500", 500, "Произошла ошибка"),
    ],
)
def test_a_refusing_fault_says_what_the_platform_says(kind: str, status: int, message: str) -> None:
    reply = bent(kind, success({}))
    assert reply.status == status
    assert reply.envelope["meta"]["message"] == message


def test_altegio_says_it_in_english() -> None:
    reply = bend(FaultBoard().put("403_installed"), success({}), ALTEGIO, HERE)
    assert reply.envelope["meta"]["message"] == "The user has already installed this application."


@pytest.mark.parametrize(("seconds", "header"), [(0, "1"), (7.4, "7"), (120, "120")])
def test_retry_after_is_whole_seconds_and_at_least_one(seconds: float, header: str) -> None:
    assert bent("429_retry_after", success({}), seconds=seconds).headers == {"Retry-After": header}
    assert "Retry-After" not in bent("429", success({})).headers


@pytest.mark.parametrize(
    ("kind", "status", "location"), [("301_location", 301, HERE), ("302", 302, HERE), ("301_bare", 301, None)]
)
def test_redirects_lead_to_a_page_or_nowhere(kind: str, status: int, location: str | None) -> None:
    reply = bent(kind, Reply(201))
    assert (reply.status, reply.headers.get("Location")) == (status, location)
    assert reply.headers["Content-Type"].startswith("text/html")


def test_cut_json_is_no_json_any_more_but_still_says_it_is() -> None:
    reply = bent("cut_json", success({"id": 1}))
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body())
    assert reply.all_headers()["Content-Type"].startswith("application/json")
    assert bent("cut_json", Reply(201)).body() != b""


@pytest.mark.parametrize(("kind", "meta"), [("meta_object", {}), ("meta_list", [])])
def test_an_empty_meta_takes_either_form(kind: str, meta: Any) -> None:
    assert bent(kind, success({"id": 1})).envelope["meta"] == meta


def test_meta_can_be_absent_and_a_message_in_it_is_never_lost() -> None:
    assert "meta" not in bent("meta_absent", success([])).envelope
    assert with_meta(refusal(403, "Нет"), []).envelope["meta"] == {"message": "Нет"}


def test_ids_become_strings_at_any_depth_and_nothing_else_does() -> None:
    reply = with_string_ids(
        success({"id": 1, "count": 2, "list": [{"salon_id": 3, "ok": True}], "is_valid": 1})
    )
    assert reply.envelope["data"] == {
        "id": "1",
        "count": 2,
        "list": [{"salon_id": "3", "ok": True}],
        "is_valid": 1,
    }


def test_a_stalled_answer_is_the_true_one_late() -> None:
    reply = bent("stall", success({"id": 1}), seconds=4)
    assert (reply.wait_s, reply.envelope["data"]) == (4, {"id": 1})


@given(
    st.recursive(
        st.integers() | TEXTS | st.none(), lambda each: st.lists(each) | st.dictionaries(TEXTS, each)
    )
)
def test_whatever_the_data_the_body_is_its_json(data: Any) -> None:
    assert json.loads(success(data).body())["data"] == data

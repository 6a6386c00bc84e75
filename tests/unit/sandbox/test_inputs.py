"""The control API's bodies: every wrong value is named, none slips through."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.sandbox.config import Switches
from gateway.sandbox.inputs import Input
from gateway.sandbox.market import Refused
from gateway.sandbox.problems import TEXTS, Problem, language_of, problem_of
from tests.unit.sandbox.support import CONFIG


def wrong_field(call: Any, *arguments: Any) -> str:
    with pytest.raises(Problem) as caught:
        call(*arguments)
    assert (caught.value.code, caught.value.status) == ("field_invalid", 422)
    return caught.value.params["field"]


@pytest.mark.parametrize("body", [None, [], "x", 5, True])
def test_anything_but_an_object_is_no_body(body: Any) -> None:
    with pytest.raises(Problem, match="json_invalid"):
        Input(body)


def test_the_salon_of_the_address_leads_its_branches() -> None:
    assert Input({}).branches(1) == [1]
    assert Input({"branches": [2, 3]}).branches(1) == [1, 2, 3]
    assert Input({"branches": [2, 1]}).branches(1) == [2, 1]


@pytest.mark.parametrize("branches", ["1", [1, "2"], [True], list(range(101)), {"1": 1}])
def test_branches_are_a_list_of_numbers(branches: Any) -> None:
    assert wrong_field(Input({"branches": branches}).branches, 1) == "branches"


def test_an_entry_has_sensible_defaults() -> None:
    assert Input({}).entry() == {"form": "salon_id", "user_data": True, "alphabet": "urlsafe"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("form", "salons"),
        ("form", ["salon_id"]),
        ("user_data", "yes"),
        ("user_data", 1),
        ("alphabet", "base32"),
        ("alphabet", None),
    ],
)
def test_an_entry_with_an_unknown_choice_is_refused(field: str, value: Any) -> None:
    assert wrong_field(Input({field: value}).entry) == field


@pytest.mark.parametrize(
    ("given", "text"), [(990, "990"), ("990.00", "990.00"), (990.5, "990.5"), ("0", "0"), (None, None)]
)
def test_a_number_text_is_kept_as_it_was_given(given: Any, text: str | None) -> None:
    assert Input({"amount": given}).decimal_text("amount") == text


@pytest.mark.parametrize(
    "given", ["x", "", "1e5", "NaN", True, [1], "01", "1.", '1,"event":"freeze"', "-" * 3]
)
def test_nothing_but_a_plain_number_gets_into_a_body(given: Any) -> None:
    assert wrong_field(Input({"amount": given}).decimal_text, "amount") == "amount"


@pytest.mark.parametrize("value", [0, -1, 2**31, "5", True, 1.5])
def test_an_id_out_of_range_is_refused(value: Any) -> None:
    assert wrong_field(Input({"title": "x", "id": value}).salon, 7) == "id"


def test_a_new_salon_needs_a_title_and_nothing_else() -> None:
    assert wrong_field(Input({"title": "  "}).salon, 7) == "title"
    salon = Input({"title": "Новый"}).salon(7)
    assert (salon.id, salon.title, salon.city) == (7, "Новый", "Москва")


def test_switches_are_turned_all_or_none() -> None:
    switches = Switches.of(CONFIG)
    assert wrong_field(Input({"free_app": True, "private_app": "yes"}).turn, switches) == "private_app"
    assert switches.free_app is False
    assert wrong_field(Input({"unheard_of": 1}).turn, switches) == "unheard_of"
    Input(
        {"free_app": True, "pending_ttl_s": 60, "activation_body": "object", "listed_statuses": "all"}
    ).turn(switches)
    assert (switches.free_app, switches.pending_ttl_s, switches.activation_body) == (True, 60, "object")


@pytest.mark.parametrize("wrong", [{"pending_ttl_s": 0}, {"pending_ttl_s": True}, {"pending_ttl_s": None},
                                   {"activation_body": "xml"}, {"listed_statuses": 1}, {"free_app": None}])  # fmt: skip
def test_a_switch_takes_only_its_own_values(wrong: dict[str, Any]) -> None:
    assert wrong_field(Input(wrong).turn, Switches.of(CONFIG)) == next(iter(wrong))


@pytest.mark.parametrize(
    "call", [lambda body: body.number("n", 1.0, 0.0, 9.0), lambda body: body.integer("n", 1, 0, 9)]
)
@pytest.mark.parametrize("value", [-1, 10, "5", True, [5]])
def test_numbers_keep_to_their_range(call: Any, value: Any) -> None:
    assert wrong_field(call, Input({"n": value})) == "n"


def test_words_texts_and_objects_are_checked() -> None:
    assert wrong_field(Input({"w": "Record; DROP"}).word, "w", "record") == "w"
    assert wrong_field(Input({"t": "x" * 201}).text, "t", "") == "t"
    assert wrong_field(Input({"m": []}).mapping, "m") == "m"
    assert Input({"m": {"a": 1}}).mapping("m") == {"a": 1}


def test_every_refusal_has_words_in_both_languages() -> None:
    for code, (russian, english) in TEXTS.items():
        problem = Problem(code, field="x")
        assert problem.wire("ru")["error"]["message"] == russian.format(field="x")
        assert problem.wire("en")["error"]["message"] == english.format(field="x")
        assert 400 <= problem.status <= 502


def test_the_markets_refusals_are_told_by_their_own_word() -> None:
    assert problem_of(Refused("not_active")).code == "not_active"
    assert problem_of(Refused("unknown_salon")).status == 404
    assert problem_of(Refused("never_heard")).code == "internal"


@pytest.mark.parametrize(
    ("header", "language"),
    [("en-US,en;q=0.9,ru;q=0.8", "en"), ("ru,en;q=0.5", "ru"), ("", "ru"), ("de", "ru")],
)
def test_russian_unless_english_comes_first(header: str, language: str) -> None:
    assert language_of(header) == language

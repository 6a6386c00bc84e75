"""The way from the marketplace to the gateway: forms of branches, our own query, the signed person."""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from gateway.sandbox.catalogue import default_salons
from gateway.sandbox.redirects import BRANCH_FORMS, BranchForm, owner_fields, redirect_url

BASE = "https://gateway.example/auth/yclients/redirect"


@pytest.mark.parametrize(
    ("form", "query"),
    [
        ("salon_id", [("salon_id", "1")]),
        ("salon_ids[]", [("salon_ids[]", "1")]),
        ("salon_ids[n]", [("salon_ids[0]", "1")]),
        ("salon_ids_comma", [("salon_ids", "1")]),
    ],
)
def test_one_branch_can_be_named_in_every_form(form: BranchForm, query: list[tuple[str, str]]) -> None:
    assert parse_qsl(urlsplit(redirect_url(BASE, [1], form, signed=None)).query) == query


@pytest.mark.parametrize(
    ("form", "query"),
    [
        ("salon_id", [("salon_id", "5"), ("salon_id", "6")]),
        ("salon_ids[]", [("salon_ids[]", "5"), ("salon_ids[]", "6")]),
        ("salon_ids[n]", [("salon_ids[0]", "5"), ("salon_ids[1]", "6")]),
        ("salon_ids_comma", [("salon_ids", "5,6")]),
    ],
)
def test_several_branches_keep_their_order(form: BranchForm, query: list[tuple[str, str]]) -> None:
    assert parse_qsl(urlsplit(redirect_url(BASE, [5, 6], form, signed=None)).query) == query


def test_a_query_of_our_own_is_kept_before_the_platforms() -> None:
    url = redirect_url(f"{BASE}?app_id=3&x=%20y#part", [1], "salon_id", signed=("data+/=", "ab"))
    assert url == f"{BASE}?app_id=3&x=%20y&salon_id=1&user_data=data%2B%2F%3D&user_data_sign=ab"


def test_without_the_box_no_person_is_told() -> None:
    assert "user_data" not in redirect_url(BASE, [1], "salon_id", signed=None)


def test_the_forms_are_the_four_known_ones() -> None:
    assert BRANCH_FORMS == ("salon_id", "salon_ids[]", "salon_ids[n]", "salon_ids_comma")


def test_the_owner_is_told_with_the_documented_keys_and_a_phone_of_digits() -> None:
    for salon in default_salons():
        fields = owner_fields(salon, "https://assets.example")
        assert list(fields) == ["id", "name", "phone", "email", "is_approved", "avatar", "salon_name"]
        assert str(fields["phone"]).isdigit()
        assert fields["salon_name"] == salon.title


def test_signed_data_survives_the_query() -> None:
    query = parse_qs(urlsplit(redirect_url(BASE, [1], "salon_id", signed=("a-_+/=", "ff"))).query)
    assert query["user_data"] == ["a-_+/="]
    assert query["user_data_sign"] == ["ff"]

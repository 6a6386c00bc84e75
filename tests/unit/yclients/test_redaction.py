"""No spelling of a secret survives in what is kept."""

from __future__ import annotations

import json
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from gateway.yclients.redaction import Redactor, secret_parts_of_url

SECRETS = st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=6, max_size=64)


@given(secret=SECRETS, before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_secret_is_masked_in_plain_json_and_url_spelling(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    for spelled in (
        secret,
        json.dumps(secret)[1:-1],
        quote(secret, safe=""),
        json.dumps(secret).replace("/", "\\/")[1:-1],
    ):
        assert spelled not in redactor.text(before + spelled + after)


@given(
    secret=SECRETS,
    limit=st.integers(0, 200),
    text=st.text(alphabet="xyz", max_size=100),
    cut=st.integers(0, 64),
)
def test_a_cut_head_never_ends_in_the_beginning_of_a_secret(
    secret: str, limit: int, text: str, cut: int
) -> None:
    head = Redactor([secret]).head(text + secret[:cut], limit, is_cut=True)
    assert len(head) <= limit
    assert text.startswith(head) or secret in text + secret[:cut]


def test_a_head_that_is_whole_keeps_its_end() -> None:
    assert Redactor(["secret-one"]).head("all of it", 100, is_cut=False) == "all of it"
    assert Redactor([]).head("all of it", 3, is_cut=True) == "all"


def test_a_tree_is_cleaned_in_keys_lists_and_depth() -> None:
    tree = {"a": ["secret-one", {"x secret-one": 1}], "b": None, "c": 1.5}
    assert Redactor(["secret-one"]).tree(tree) == {"a": ["***", {"x ***": 1}], "b": None, "c": 1.5}


def test_a_secret_inside_another_leaves_no_rest() -> None:
    assert Redactor(["secret", "secret-longer"]).text("secret-longer secret") == "*** ***"


def test_texts_too_short_to_be_secrets_are_left_alone() -> None:
    assert Redactor(["", "1", "abc"]).text("abc 1") == "abc 1"


def test_redactor_does_not_show_what_it_hides() -> None:
    assert "secret-one" not in repr(Redactor(["secret-one"]))


def test_long_parts_of_our_webhook_address_are_secrets() -> None:
    key = "k" * 43
    assert secret_parts_of_url(f"https://ai-admin.example/webhook/yclients/{key}") == [key]
    assert secret_parts_of_url(f"https://ai-admin.example/webhook/yclients?key={key}&a=b") == [key]
    assert secret_parts_of_url("https://ai-admin.example/webhook/yclients") == []

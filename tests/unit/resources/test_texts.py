from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from gateway.domain.sessions import SessionFault
from gateway.http.problems import STATUS_OF_CODE
from resources import path_of
from resources.texts import (
    LANGUAGES,
    PAGE_ERRORS,
    entry,
    language_of,
    page_context,
    page_texts,
    plural_form,
    text,
)
from shared.vocabulary import Stage

OWNER_GROUPS = (
    "common",
    "steps",
    "screens",
    "ui",
    "partner_errors",
    "whatsapp_errors",
    "failure",
    "already",
    "errors",
)
JARGON = re.compile(
    r"сесси|токен|вебхук|сервер|\bAPI\b|JSON|\bsession\b|\btoken\b|webhook|\bserver\b", re.IGNORECASE
)
PARTNER_ERRORS = (
    "token_refused",
    "not_requested",
    "rejected",
    "aggregator_not_found",
    "partner_unavailable",
    "unknown_outcome",
    "expired",
)


def leaves(group: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a group with its dotted key."""
    for name, value in group.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from leaves(value, f"{key}.")
        else:
            yield key, value


def all_texts(lang: str) -> dict[str, str]:
    """Return every text of a language by its key."""
    groups = {name: entry(lang, name) for name in top_groups()}
    return dict(leaves(groups))


def top_groups() -> list[str]:
    """Return the names of the groups at the top of the Russian file."""
    source = path_of("texts/ru.json").read_text(encoding="utf-8")
    return re.findall(r'^  "(\w+)": \{', source, re.MULTILINE)


def test_both_languages_have_the_same_texts() -> None:
    assert all_texts("ru").keys() == all_texts("en").keys()


def test_both_languages_fill_in_the_same_names() -> None:
    ru, en = all_texts("ru"), all_texts("en")
    names = re.compile(r"\{(\w+)\}")
    differing = [key for key in ru if set(names.findall(ru[key])) != set(names.findall(en[key]))]
    assert differing == []


def test_no_text_is_empty_or_untidy() -> None:
    untidy = [
        (lang, key)
        for lang in LANGUAGES
        for key, value in all_texts(lang).items()
        if not value.strip() or value != value.strip() or "  " in value
    ]
    assert untidy == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", sorted(STATUS_OF_CODE))
def test_every_error_has_a_title_a_sentence_and_what_to_do(lang: str, code: str) -> None:
    assert set(entry(lang, f"errors.{code}")) == {"title", "text", "action"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_fault_and_stage_has_words(lang: str) -> None:
    assert {fault.value for fault in SessionFault} <= set(entry(lang, "whatsapp_errors"))
    assert set(PARTNER_ERRORS) <= set(entry(lang, "partner_errors"))
    assert set(entry(lang, "stage")) == {stage.value for stage in Stage}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_owners_read_no_jargon(lang: str) -> None:
    owners = {group: entry(lang, group) for group in OWNER_GROUPS}
    assert [(key, value) for key, value in leaves(owners) if JARGON.search(value)] == []


def test_the_words_of_the_flow_are_the_agreed_ones() -> None:
    assert text("ru", "screens.stale.title") == "Ссылка устарела"
    assert text("ru", "screens.active.title") == "Готово! Бот работает."
    assert text("ru", "screens.activating.title") == "Сообщаем YCLIENTS…"
    assert text("ru", "already.title") == "Этот филиал уже подключён"


def test_names_are_filled_in_and_a_missing_one_is_an_error() -> None:
    assert text("ru", "screens.linked.title", phone="+7") == "Подключён номер +7"
    with pytest.raises(KeyError):
        text("ru", "screens.linked.title", number="+7")


@pytest.mark.parametrize(
    "key", ["screens.linked.nothing", "nothing", "screens.linked", "screens.linked.title.more"]
)
def test_an_unknown_key_is_an_error_and_never_an_empty_text(key: str) -> None:
    with pytest.raises(KeyError):
        text("ru", key)


def test_an_unknown_language_is_an_error_but_a_person_asking_for_one_gets_russian() -> None:
    with pytest.raises(KeyError):
        text("de", "common.title")
    assert [language_of(asked) for asked in ("en", "ru", "de", "", None)] == ["en", "ru", "ru", "ru", "ru"]


@pytest.mark.parametrize(
    ("number", "form"),
    [
        (0, "many"),
        (1, "one"),
        (2, "few"),
        (4, "few"),
        (5, "many"),
        (11, "many"),
        (12, "many"),
        (21, "one"),
        (22, "few"),
        (25, "many"),
        (101, "one"),
        (111, "many"),
        (114, "many"),
        (122, "few"),
    ],
)
def test_russian_numbers_take_their_form(number: int, form: str) -> None:
    assert plural_form("ru", number) == form


def test_a_plural_text_is_chosen_by_its_number() -> None:
    assert text("ru", "screens.number.short", n=1) == "Не хватает 1 цифры"
    assert text("ru", "screens.number.short", n=3) == "Не хватает 3 цифр"
    assert text("en", "screens.number.short", n=1) == "1 digit is missing"


def test_templates_get_both_languages() -> None:
    context = page_context("en")
    look_up, other = context["t"], context["t_other"]
    assert callable(look_up)
    assert callable(other)
    assert (context["lang"], context["other_lang"]) == ("en", "ru")
    assert look_up("failure.button") == "Back to YCLIENTS"
    assert other("failure.button") == "Вернуться в YCLIENTS"


def test_the_page_carries_the_texts_of_every_error_it_can_meet_and_no_others() -> None:
    errors = page_texts("ru")["errors"]
    assert isinstance(errors, dict)
    assert set(errors) == set(PAGE_ERRORS)

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from resources import make_translations as made

_NAMES = re.compile(r"\{(\w*)\}|(%n)")
_FORMS = {"ru": 3, "en": 2}


def messages(language: str) -> Iterator[tuple[str, ElementTree.Element]]:
    """Return every message of a language with the name of its context."""
    for context in ElementTree.parse(made.ts_path(language)).getroot().iter("context"):
        for message in context.iter("message"):
            yield context.findtext("name", ""), message


def source(message: ElementTree.Element) -> str:
    return message.findtext("source", "")


def translations(message: ElementTree.Element) -> list[str]:
    """Return the plural forms of a message, or its one translation."""
    found = message.find("translation")
    assert found is not None
    return [form.text or "" for form in found.iter("numerusform")] or [found.text or ""]


@pytest.mark.parametrize("language", made.LANGUAGES)
def test_every_text_of_the_console_is_translated_and_none_is_left_over(language: str) -> None:
    unfinished = [
        f"{context}: {source(message)}"
        for context, message in messages(language)
        if message.find("translation[@type]") is not None or not all(translations(message))
    ]
    assert unfinished == []


@pytest.mark.qt
@pytest.mark.parametrize("language", made.LANGUAGES)
def test_the_files_are_the_ones_made_from_the_code(language: str, tmp_path: Path) -> None:
    made.build(tmp_path)
    assert made.ts_path(language).read_text("utf-8") == made.ts_path(language, tmp_path).read_text("utf-8")
    assert made.qm_path(language).read_bytes() == made.qm_path(language, tmp_path).read_bytes()


@pytest.mark.parametrize("language", made.LANGUAGES)
def test_a_translation_fills_in_the_same_names_as_its_source(language: str) -> None:
    different = [
        (context, source(message), text)
        for context, message in messages(language)
        for text in translations(message)
        if set(_NAMES.findall(text)) != set(_NAMES.findall(source(message)))
    ]
    assert different == []


@pytest.mark.parametrize("language", made.LANGUAGES)
def test_a_count_has_every_plural_form_of_its_language(language: str) -> None:
    plural = [message for _, message in messages(language) if message.get("numerus") == "yes"]
    assert len(plural) > 10
    assert {len(translations(message)) for message in plural} == {_FORMS[language]}


def test_a_key_of_a_menu_or_button_is_there_in_russian_too() -> None:
    """`&` marks the letter that presses a button with Alt; who has it in English has it in Russian."""
    without = [
        source(message)
        for _, message in messages("ru")
        if re.search(r"&\w", source(message)) and not all(re.search(r"&\w", t) for t in translations(message))
    ]
    assert without == []


def test_a_russian_translation_is_in_russian() -> None:
    same_in_both = {"WhatsApp", "YCLIENTS", "{text}", "{staff}: {operation}"}
    latin = [
        source(message)
        for _, message in messages("ru")
        if source(message) not in same_in_both
        and not all(re.search("[а-яё]", t, re.I) for t in translations(message))
    ]
    assert [text for text in latin if re.search(r"[A-Za-z]{4}", re.sub(r"\{\w*\}", "", text))] == []

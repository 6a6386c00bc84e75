from __future__ import annotations

import pytest

from desktop.model.matching import STRONG, score, swapped

COPY_LINK = ("Копировать ссылку для коллег", "Copy a link for colleagues")


@pytest.mark.parametrize("query", ["копи", "ссыл кол", "кол копи", "copy", "link col", "КОПИРОВАТЬ"])
def test_beginnings_of_words_find_a_name_in_either_language_and_any_order(query: str) -> None:
    fit = score(query, COPY_LINK)
    assert fit is not None
    assert fit >= STRONG


@pytest.mark.parametrize("query", ["rjgb", "ccsk rjk", "сщзн", "дштл"])
def test_the_wrong_keyboard_layout_is_understood_both_ways(query: str) -> None:
    assert score(query, COPY_LINK) is not None


def test_pieces_of_several_words_find_a_name_but_less_surely() -> None:
    fit = score("копссы", COPY_LINK)
    assert fit is not None
    assert fit < STRONG
    assert score("сскоп", COPY_LINK) is None, "the pieces follow the order of the words"


def test_every_word_has_to_fit() -> None:
    assert score("копи окно", COPY_LINK) is None
    assert score("zz", COPY_LINK) is None


def test_a_name_that_begins_so_comes_before_one_with_such_a_word() -> None:
    whole, begun, inside = score("queue", ("Queue",)), score("qu", ("Queue",)), score("qu", ("The queue",))
    assert whole is not None
    assert begun is not None
    assert inside is not None
    assert whole > begun > inside


def test_swapping_twice_gives_back_what_was_typed() -> None:
    assert swapped("ghbdtn") == "привет"
    assert swapped(swapped("ёлка")) == "ёлка"


def test_a_text_of_any_size_is_compared_soon() -> None:
    assert score("а" * 100, ("а " * 5000,)) is None

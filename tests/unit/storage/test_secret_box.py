"""Sealed values open with their key in their context, and in no other way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.storage.secret_box import SealError, SecretBox

OLD, NEW = bytes(range(32)), bytes(range(1, 33))


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_was_sealed_opens_again(plain: bytes, context: str) -> None:
    box = SecretBox(NEW)
    assert box.open(box.seal(plain, context), context) == plain


def test_the_same_value_never_looks_the_same() -> None:
    box = SecretBox(NEW)
    assert box.seal(b"key", "a") != box.seal(b"key", "a")


def test_a_value_copied_to_another_row_does_not_open() -> None:
    box = SecretBox(NEW)
    with pytest.raises(SealError, match="context"):
        box.open(box.seal(b"key", "install:1:api_key"), "install:2:api_key")


@given(st.data())
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    box = SecretBox(NEW)
    sealed = bytearray(box.seal(b"secret", "c"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealError):
        box.open(bytes(sealed), "c")


def test_values_of_an_earlier_key_still_open_while_it_is_given() -> None:
    sealed = SecretBox(OLD).seal(b"v", "c")
    assert SecretBox(NEW, previous=OLD).open(sealed, "c") == b"v"
    with pytest.raises(SealError, match="not configured"):
        SecretBox(NEW).open(sealed, "c")


@pytest.mark.parametrize("junk", [b"", b"\x01", b"\x02" + b"x" * 60, b"x" * 16])
def test_junk_is_refused_plainly(junk: bytes) -> None:
    with pytest.raises(SealError):
        SecretBox(NEW).open(junk, "c")


def test_the_key_id_tells_nothing_of_the_key() -> None:
    assert SecretBox(NEW).current_key_id not in NEW.hex()

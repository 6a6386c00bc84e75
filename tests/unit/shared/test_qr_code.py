"""A drawn QR code says what it was given, to a reader that is another program than its writer (ZXing, zint)."""

from __future__ import annotations

import base64
import hashlib

import pytest
import zxingcpp
from PIL import Image

from shared.qr_code import qr_rows

LINK = "https://wa.me/settings/linked_devices#"
LONGEST = 2953
"""Bytes that the largest code holds at error correction L."""


def text_of(length: int) -> str:
    """Return letters and digits without an order, always the same for a length."""
    parts = (hashlib.sha512(f"{length}:{part}".encode()).digest() for part in range(length // 64 + 1))
    return base64.b64encode(b"".join(parts)).decode()[:length]


def read(rows: list[str]) -> list[str]:
    """Return what an independent decoder finds in a picture of the rows, three dots a module."""
    side = len(rows) + 8
    picture = Image.new("L", (side, side), 255)
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            picture.putpixel((x + 4, y + 4), 0 if module == "1" else 255)
    found = zxingcpp.read_barcodes(picture.resize((3 * side, 3 * side), Image.Resampling.NEAREST))
    return [each.text for each in found]


# Every way of splitting into blocks, both widths of the length, with and without the version's own mark.
@pytest.mark.parametrize(
    "length", [1, 17, 18, 53, 106, 134, 154, 230, 271, 300, 367, 666, 1367, 1990, LONGEST]
)
def test_a_code_of_any_size_is_read_back_as_it_was_given(length: int) -> None:
    text = text_of(length)
    assert read(list(qr_rows(text))) == [text]


def test_a_link_as_whatsapp_makes_it_is_read_back() -> None:
    text = f"{LINK}2@{text_of(180)}==,{text_of(44)},{text_of(44)}"
    assert read(list(qr_rows(text))) == [text]


@pytest.mark.parametrize("text", ["Ёлка на Таганке", "A" * 200, "U*" * 90])
def test_texts_that_are_all_alike_or_of_another_alphabet_are_read_back(text: str) -> None:
    assert read(list(qr_rows(text))) == [text]


def test_the_code_is_as_large_as_its_text_needs() -> None:
    assert [len(qr_rows(text_of(length))) for length in (17, 18, 271, 272, LONGEST)] == [21, 25, 57, 61, 177]


@pytest.mark.parametrize("length", [0, LONGEST + 1])
def test_a_text_that_fits_no_code_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=r"empty|too long"):
        qr_rows(text_of(length))

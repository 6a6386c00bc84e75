"""The quick encoder makes the very modules that a library makes with the same mask."""

from __future__ import annotations

import random
import string

import pytest
import qrcode
from qrcode.constants import ERROR_CORRECT_L

from gateway.application.qr_code import MOST_BYTES, qr_rows

SIDE_OF_FIRST, STEP = 21, 4
FULL = (
    17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718, 792, 858,
    929, 1003, 1091, 1171, 1273, 1367, 1465, 1528, 1628, 1732, 1840, 1952, 2068, 2188, 2303, 2431, 2563, 2699,
    2809, 2953,
)  # fmt: skip
"""How many bytes fit in each version of level L, by the standard."""


def library_rows(text: str) -> list[str]:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_L, border=0, mask_pattern=0)
    code.add_data(text.encode(), optimize=0)
    code.make(fit=True)
    return ["".join("1" if is_dark else "0" for is_dark in row) for row in code.get_matrix()]


def text_of(length: int) -> str:
    chance = random.Random(length)
    return "".join(chance.choice(string.ascii_lowercase + "@,+/=9") for _ in range(length))


@pytest.mark.parametrize("version", [1, 2, 6, 7, 9, 10, 11, 14, 20, 32, 40])
def test_a_full_code_and_one_that_is_not_are_as_a_library_makes_them(version: int) -> None:
    for length in (FULL[version - 1], FULL[version - 1] - 5):
        text = text_of(length)
        assert qr_rows(text) == library_rows(text)


def test_every_version_is_used_up_to_the_last_byte() -> None:
    for number, length in enumerate(FULL):
        side = SIDE_OF_FIRST + STEP * number
        assert len(qr_rows("a" * length)) == side
        if length < MOST_BYTES:
            assert len(qr_rows("a" * (length + 1))) == side + STEP


def test_letters_beyond_ascii_are_told_in_utf_8() -> None:
    assert qr_rows("Салон «Ёлка»") == library_rows("Салон «Ёлка»")


def test_a_text_that_fits_in_no_code_is_refused() -> None:
    with pytest.raises(ValueError, match="2954 bytes"):
        qr_rows("a" * (MOST_BYTES + 1))

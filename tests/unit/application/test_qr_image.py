"""The QR picture is dark on white with four quiet modules, can be read, and is small."""

from __future__ import annotations

import base64
import io

import zxingcpp
from PIL import Image

from gateway.application.qr_image import DOTS, QUIET_MODULES, qr_data_address, qr_png

TEXT = "https://wa.me/settings/linked_devices#" + "2@" + "Ab3+" * 56


def picture() -> Image.Image:
    image = Image.open(io.BytesIO(qr_png(TEXT)))
    image.load()
    return image


def test_a_reader_finds_the_text_in_it() -> None:
    assert [found.text for found in zxingcpp.read_barcodes(picture().convert("L"))] == [TEXT]


def test_there_is_black_and_white_and_nothing_else() -> None:
    image = picture()
    assert image.mode == "1"
    assert image.width == image.height


def test_four_modules_around_the_code_stay_white() -> None:
    image = picture()
    dark = image.point(lambda dot: 255 - dot).getbbox()
    quiet = QUIET_MODULES * DOTS
    assert dark == (quiet, quiet, image.width - quiet, image.height - quiet)


def test_the_data_address_holds_the_same_picture() -> None:
    head, _, body = qr_data_address(TEXT).partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(body) == qr_png(TEXT)


def test_a_real_size_code_is_two_kilobytes_as_it_is_sent() -> None:
    assert len(qr_data_address(TEXT)) < 2_500

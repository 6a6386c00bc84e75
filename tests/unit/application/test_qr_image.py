"""The QR picture is dark on white with four quiet modules, and small."""

from __future__ import annotations

import base64
import gzip
import re

from gateway.application.qr_image import qr_data_address, qr_svg

TEXT = "https://wa.me/settings/linked_devices#" + "2@" + "Ab3+" * 56


def test_the_ground_is_white_the_modules_are_black_and_nothing_else_is_drawn() -> None:
    svg = qr_svg(TEXT)
    assert re.findall(r'fill="([^"]+)"', svg) == ["#fff", "#000"]


def test_four_modules_around_the_code_stay_empty() -> None:
    svg = qr_svg(TEXT)
    side = int(re.search(r'viewBox="0 0 (\d+) ', svg).group(1))  # type: ignore[union-attr]
    starts = [(int(x), int(y), int(width)) for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg)]
    assert min(x for x, _, _ in starts) == min(y for _, y, _ in starts) == 4
    assert max(x + width for x, _, width in starts) == max(y + 1 for _, y, _ in starts) == side - 4


def test_the_data_address_holds_the_same_svg() -> None:
    head, _, body = qr_data_address(TEXT).partition(",")
    assert head == "data:image/svg+xml;base64"
    assert base64.b64decode(body).decode() == qr_svg(TEXT)


def test_a_real_size_code_is_a_few_kilobytes_on_the_wire() -> None:
    assert len(gzip.compress(qr_svg(TEXT).encode())) < 6_000

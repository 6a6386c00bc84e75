"""The QR picture is dark on white with four quiet modules, and small."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterator

from gateway.application.qr_image import qr_data_address, qr_svg
from shared.qr_code import qr_rows

TEXT = "https://wa.me/settings/linked_devices#" + "2@" + "Ab3+" * 56


def test_the_ground_is_white_the_modules_are_black_and_nothing_else_is_drawn() -> None:
    svg = qr_svg(TEXT)
    assert re.findall(r'(fill|stroke)="([^"]+)"', svg) == [("fill", "#fff"), ("stroke", "#000")]


def test_the_lines_are_the_dark_modules_with_four_empty_ones_around() -> None:
    svg, rows = qr_svg(TEXT), qr_rows(TEXT)
    side = int(re.search(r'viewBox="0 0 (\d+) ', svg).group(1))  # type: ignore[union-attr]
    assert side == len(rows) + 8
    dark = {(x + 4, y + 4) for y, row in enumerate(rows) for x, module in enumerate(row) if module == "1"}
    assert set(_lined(svg)) == dark


def _lined(svg: str) -> Iterator[tuple[int, int]]:
    """Tell the modules under the lines."""
    for left, top, runs in re.findall(r"M(\d+) (\d+)\.5((?:m\d+ 0h\d+)*)", svg):
        x = int(left)
        for step, length in re.findall(r"m(\d+) 0h(\d+)", runs):
            start = x + int(step)
            x = start + int(length)
            yield from ((each, int(top)) for each in range(start, x))


def test_the_data_address_holds_the_same_svg() -> None:
    head, _, body = qr_data_address(TEXT).partition(",")
    assert head == "data:image/svg+xml;base64"
    assert base64.b64decode(body).decode() == qr_svg(TEXT)


def test_a_real_size_code_is_a_few_kilobytes_on_the_wire() -> None:
    assert len(gzip.compress(qr_svg(TEXT).encode())) < 6_000

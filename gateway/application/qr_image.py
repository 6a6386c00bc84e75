"""The QR picture: an SVG drawn here, dark on white with its quiet zone, so that no theme can break it."""

from __future__ import annotations

import base64
import functools

import qrcode
from qrcode.constants import ERROR_CORRECT_L

QUIET_MODULES = 4


@functools.lru_cache(maxsize=256)
def qr_data_address(text: str) -> str:
    """Return the QR code of `text` as an SVG in a data address."""
    return "data:image/svg+xml;base64," + base64.b64encode(qr_svg(text).encode()).decode()


def qr_svg(text: str) -> str:
    """Return the QR code of `text` as one SVG path on a white ground."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_L, border=0)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    side = len(rows) + 2 * QUIET_MODULES
    path = "".join(_row(row, line + QUIET_MODULES) for line, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>'
    )


def _row(row: list[bool], line: int) -> str:
    """Draw the dark runs of one row."""
    parts, column = [], 0
    while column < len(row):
        start = column
        while column < len(row) and row[column]:
            column += 1
        if column > start:
            parts.append(f"M{start + QUIET_MODULES} {line}h{column - start}v1h-{column - start}z")
        column += 1
    return "".join(parts)

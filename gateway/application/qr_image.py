"""The QR picture: a small PNG drawn here, dark on white with its quiet zone, so that no theme can break it."""

from __future__ import annotations

import base64
import functools
import struct
import zlib

from shared.qr_code import qr_rows

QUIET_MODULES = 4
DOTS = 8
"""Dots of the picture to a module: more than a screen shows, so that it is sharp however it is scaled. A module is
one byte of a line then, which is what makes drawing quick."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NEW_LINE, _LINE_LIKE_ABOVE = b"\x00", b"\x02"
_PAINT = bytes.maketrans(b"01", b"\xff\x00")
_WHITE = b"\xff"
_QUICKLY = 1


@functools.lru_cache(maxsize=256)
def qr_data_address(text: str) -> str:
    """Return the QR code of `text` as a PNG in a data address. Raises ValueError for a text that is too long."""
    return "data:image/png;base64," + base64.b64encode(qr_png(text)).decode()


def qr_png(text: str) -> bytes:
    """Return the QR code of `text` as a PNG of one bit a dot, 1 being white."""
    rows = qr_rows(text)
    modules = len(rows) + 2 * QUIET_MODULES
    edge, quiet = _WHITE * QUIET_MODULES, [_WHITE * modules] * QUIET_MODULES
    painted = [edge + row.encode().translate(_PAINT) + edge for row in rows]
    repeats = (_LINE_LIKE_ABOVE + bytes(modules)) * (DOTS - 1) + _NEW_LINE
    lines = _NEW_LINE + repeats.join([*quiet, *painted, *quiet]) + repeats[:-1]
    side = modules * DOTS
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    content = zlib.compress(lines, _QUICKLY)
    return _SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", content) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

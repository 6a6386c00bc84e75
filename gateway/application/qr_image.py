"""The QR picture: an SVG drawn here, dark on white with its quiet zone, so that no theme can break it."""

from __future__ import annotations

import base64
import functools
import re

from shared.qr_code import qr_rows

QUIET_MODULES = 4
_STEP_AND_RUN = re.compile("0*1+")


@functools.lru_cache(maxsize=256)
def qr_data_address(text: str) -> str:
    """Return the QR code of `text` as an SVG in a data address."""
    return "data:image/svg+xml;base64," + base64.b64encode(qr_svg(text).encode()).decode()


def qr_svg(text: str) -> str:
    """Return the QR code of `text` as one line for each dark run, a module thick, on a white ground."""
    rows = qr_rows(text)
    side = len(rows) + 2 * QUIET_MODULES
    path = "".join(f"M{QUIET_MODULES} {line + QUIET_MODULES}.5{_runs(row)}" for line, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path stroke="#000" d="{path}"/></svg>'
    )


def _runs(row: str) -> str:
    """Return the dark runs of one row."""
    return "".join(map(_run, _STEP_AND_RUN.findall(row)))


@functools.lru_cache(maxsize=4096)
def _run(modules: str) -> str:
    """Return the step over some light modules and the line over the dark ones after them."""
    light = modules.count("0")
    return f"m{light} 0h{len(modules) - light}"

"""Keeps Python's `None`, `True`, `False` and `NotImplemented` alive below PySide6 6.12.

Its wheels are built where these are never counted (Python 3.12 and newer), and run on 3.11 as well, where they are:
each call that returns one of them may give back a reference it never took, and after some thousands of them the
interpreter ends with "deallocating None". Python counts on from so high a number here that it never gets there; newer
ones are left alone. PySide6 6.11 does not need this.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

_NEVER_COUNTED_LATER: Final = (None, True, False, NotImplemented)


def hold_none() -> None:
    """Take more references to them than a program's life can lose; once is enough."""
    if sys.version_info >= (3, 12) or sys.getrefcount(None) > sys.maxsize // 4:
        return
    for constant in _NEVER_COUNTED_LATER:
        ctypes.c_ssize_t.from_address(id(constant)).value += sys.maxsize // 2

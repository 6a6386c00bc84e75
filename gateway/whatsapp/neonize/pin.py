"""Which library the workers are written for, and whether it is installed; asking does not import it."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

LIBRARY_VERSION = "0.5.2"


def is_installed() -> bool:
    """Whether workers can run here: on a POSIX system, with exactly the version they are written for."""
    try:
        return sys.platform != "win32" and version("neonize") == LIBRARY_VERSION
    except PackageNotFoundError:
        return False

"""Which library the workers are written for, and whether it is installed; asking does not import it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

LIBRARY_VERSION = "0.5.2"
INSTALL_COMMAND = "python3 dev.py install neonize"


def installed_version() -> str | None:
    """Return the installed version of neonize, None when there is none."""
    try:
        return version("neonize")
    except PackageNotFoundError:
        return None


def is_installed() -> bool:
    """Whether exactly the version is installed that the workers are written for."""
    return installed_version() == LIBRARY_VERSION

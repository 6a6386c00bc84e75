"""Where the genuine library is, if it is anywhere: it is optional, and the tests run without it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.clock import SystemClock
from gateway.storage.secret_box import SecretBox
from gateway.whatsapp.neonize.engine import NeonizeEngines
from gateway.whatsapp.neonize.files import FileSets
from gateway.whatsapp.neonize.pin import LIBRARY_VERSION, is_installed
from gateway.whatsapp.neonize.process import WORKER, ProcessSpawner

VARIABLE = "AI_ADMIN_NEONIZE"
"""Names a Python that has the locked packages of requirements/neonize.txt, where our own has not."""


def neonize_python() -> str | None:
    """Return a Python that can import the genuine library, None when there is none."""
    return os.environ.get(VARIABLE) or (sys.executable if is_installed() else None)


def genuine_engines(
    folder: Path, python: str, extra: Mapping[str, str] | None = None, **changes: Any
) -> NeonizeEngines:
    """Return engines over workers with the genuine library."""
    spawn = ProcessSpawner((python, *WORKER), extra)
    settings = {"version": LIBRARY_VERSION, "max_workers": 100, "quiet_hour": 0, **changes}
    return NeonizeEngines(FileSets(folder, SecretBox), spawn, SystemClock(), **settings)

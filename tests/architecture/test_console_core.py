"""The console's models and services stand without Qt."""

from __future__ import annotations

import subprocess
import sys

from resources import ROOT

_PROGRAM = """
import importlib, pkgutil, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("PySide6", "shiboken6"):
            raise ImportError(f"{name} is not to be imported here")

sys.meta_path.insert(0, Missing())
for package in ("desktop.model", "desktop.services"):
    found = importlib.import_module(package)
    for module in pkgutil.iter_modules(found.__path__, f"{package}."):
        importlib.import_module(module.name)
        print(module.name)
"""


def test_models_and_services_can_be_imported_where_there_is_no_qt() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "desktop.services.console" in done.stdout

"""Who may import whom. The contracts are in pyproject.toml; what the linter cannot say is asked here."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.tree import PRODUCT_PACKAGES, ROOT, imported_modules, is_within, modules_of, shown

LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"

MAY_IMPORT = {
    "shared": {"shared", "pydantic", "zxingcpp"},
    "resources": {"resources"},
    "desktop/model": {"desktop.model", "shared", "pydantic"},
    "desktop/services": {
        "desktop.model",
        "desktop.services",
        "shared",
        "aiohttp",
        "engineio",
        "keyring",
        "pydantic",
        "socketio",
    },
    "gateway/domain": {"gateway.domain", "shared.vocabulary", "phonenumbers"},
}
"""Beside the standard library, all that a package may import: the linter only knows names it is told."""


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_the_innermost_packages_import_nothing_foreign(package: str) -> None:
    allowed = MAY_IMPORT[package] | sys.stdlib_module_names
    foreign = {
        f"{shown(path)}: {module}"
        for path in modules_of(package)
        for module in imported_modules(path)
        if not is_within(module, allowed)
    }
    assert foreign == set()


@pytest.mark.parametrize("package", PRODUCT_PACKAGES)
def test_the_product_imports_neither_its_tests_nor_dev(package: str) -> None:
    wrong = {
        f"{shown(path)}: {module}"
        for path in modules_of(package)
        for module in imported_modules(path)
        if is_within(module, {"tests", "dev"})
    }
    assert wrong == set()

"""Our folder names are as generic as names get: here is what keeps that from hurting."""

from __future__ import annotations

import importlib.util
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT, modules_of, shown

STDLIB_NAMES_MEANT = {"gateway/http"}
"""Named by the design, and only ever imported as `gateway.http`, from the root."""


@pytest.mark.parametrize("package", PACKAGES)
def test_our_name_is_found_in_this_repository(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None, f"{package} is a folder without __init__.py: an installed one would win"
    assert Path(spec.origin).resolve() == ROOT / package / "__init__.py"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_installed_distribution_claims_our_name(package: str) -> None:
    assert package not in packages_distributions()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_with_code_is_a_regular_package(package: str) -> None:
    folders = {path.parent for path in modules_of(package)}
    inner = {parent for folder in folders for parent in [folder, *folder.parents] if ROOT in parent.parents}
    assert [shown(folder) for folder in sorted(inner) if not (folder / "__init__.py").is_file()] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_is_named_like_one_of_the_standard_library(package: str) -> None:
    modules = {path.parent if path.name == "__init__.py" else path for path in modules_of(package)}
    clashing = {shown(path) for path in modules if path.stem in sys.stdlib_module_names}
    assert clashing - STDLIB_NAMES_MEANT == set()

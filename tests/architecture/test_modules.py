"""What every module of ours has."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.tree import PRODUCT_PACKAGES, modules_of, shown


@pytest.mark.parametrize("package", PRODUCT_PACKAGES)
def test_every_module_says_what_it_is_for(package: str) -> None:
    silent = [
        shown(path) for path in modules_of(package) if not ast.get_docstring(ast.parse(path.read_bytes()))
    ]
    assert silent == []

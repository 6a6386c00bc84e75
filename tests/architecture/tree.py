"""What the architecture tests look at: the repository's files, as they would be committed."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PRODUCT_PACKAGES = ("desktop", "gateway", "resources", "shared")
"""Folders with the product's own code."""

PACKAGES = (*PRODUCT_PACKAGES, "tests")
"""Every top-level name of ours that Python can import."""

_MADE_BY_TOOLS = {
    ".git", ".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".venv",
    "__pycache__", "build", "dist", "node_modules",
}  # fmt: skip


@cache
def committed_files() -> tuple[Path, ...]:
    """Return every file that is, or would be, committed; without git, every file that is not a tool's."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        found = (path for path in ROOT.rglob("*") if not _MADE_BY_TOOLS & set(path.relative_to(ROOT).parts))
    else:
        found = (ROOT / name.decode() for name in listed.split(b"\0") if name)
    return tuple(sorted(path for path in found if path.is_file()))


@cache
def modules_of(package: str) -> tuple[Path, ...]:
    """Return the Python files of one of our packages."""
    top = ROOT / package
    return tuple(path for path in committed_files() if path.suffix == ".py" and top in path.parents)


def shown(path: Path) -> str:
    """Return a path as a person would write it: from the root, with forward slashes."""
    return path.relative_to(ROOT).as_posix()


def imported_modules(path: Path) -> set[str]:
    """Return the full names of the modules a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def is_within(module: str, allowed: frozenset[str] | set[str]) -> bool:
    """Whether a module is one of the allowed ones or inside one of them."""
    parts = module.split(".")
    return any(".".join(parts[:length]) in allowed for length in range(1, len(parts) + 1))

"""What no committed file may hold: a trace of the machine it was written on, or of a package registry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, committed_files, shown

BINARY = {".bin", ".gz", ".ico", ".jpg", ".png", ".qm", ".woff2"}

# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile(
    r"(?<![\w.~-])/(?:home|Users)/" + r"\w|(?<![\w./~-])/(?:root|work)" + r"/\w|[A-Z]:\\Users" + r"\\\w"
)
REGISTRY_HOSTS = [
    name + "." + ending
    for name, ending in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("npmmirror", "com"),
        ("yarnpkg", "com"),
        ("jsdelivr", "net"),
        ("unpkg", "com"),
        ("cdnjs", "cloudflare"),
    ]
]


def committed_texts() -> Iterator[tuple[Path, str]]:
    """Yield every committed text file with its content."""
    for path in committed_files():
        if path.suffix not in BINARY:
            yield path, path.read_text(encoding="utf-8")


def test_the_files_are_found() -> None:
    assert {"dev.py", "pyproject.toml", "requirements/run.txt"} <= {shown(path) for path in committed_files()}


def test_no_file_holds_an_absolute_path_of_the_machine_it_was_written_on() -> None:
    wrong = [
        f"{shown(path)}: {match[0]}"
        for path, text in committed_texts()
        if (match := MACHINE_PATHS.search(text)) or (match := re.search(re.escape(f"{ROOT}/"), text))
    ]
    assert wrong == []


def test_no_file_names_a_package_registry_or_a_cdn() -> None:
    wrong = [
        f"{shown(path)}: {host}"
        for path, text in committed_texts()
        for host in REGISTRY_HOSTS
        if host in text.lower()
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    ["/home/" + "ann/x", "see /root/" + "x", "C:\\Users\\" + "ann", "(/work/" + "main)", "/Users/" + "ann"],
)
def test_a_machine_path_would_be_found(text: str) -> None:
    assert MACHINE_PATHS.search(text)


@pytest.mark.parametrize(
    "text", ["/var/lib/ai-admin", "https://host/home/page", "./work/x", "~/root/x", "/usr/bin"]
)
def test_other_paths_are_not_mistaken_for_one(text: str) -> None:
    assert not MACHINE_PATHS.search(text)


def test_text_files_end_their_lines_one_way() -> None:
    assert [shown(path) for path, _ in committed_texts() if b"\r" in path.read_bytes()] == []


def test_files_that_are_no_pictures_are_text_in_utf_8() -> None:
    for path, text in committed_texts():
        assert "\0" not in text, shown(path)

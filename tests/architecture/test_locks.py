"""What is installed is what was locked: every pin has its hashes, and no file says where to fetch from."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gateway.whatsapp.neonize.pin import LIBRARY_VERSION
from tests.architecture.tree import ROOT

REQUIREMENTS = ROOT / "requirements"
LOCKED = sorted(path.name for path in REQUIREMENTS.glob("*.txt"))
PIN = re.compile(r"([a-z0-9][a-z0-9.-]*)==([^ ;]+)( ; [^\\]+?)?((?: --hash=sha256:[0-9a-f]{64})+)")
REASON = re.compile(r".*\S\s+# \S.+")


def locked_lines(name: str) -> list[str]:
    """Return a lock file's requirements, each on one line."""
    text = (REQUIREMENTS / name).read_text(encoding="utf-8")
    joined = re.sub(r" \\\n\s+", " ", text)
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def pins_of(name: str) -> dict[tuple[str, str], str]:
    """Return version by name and marker."""
    matches = [PIN.fullmatch(line) for line in locked_lines(name)]
    return {(match[1], match[3] or ""): match[2] for match in matches if match}


def versions_of(name: str) -> dict[str, set[str]]:
    """Return the versions a lock file may install of each package."""
    versions: dict[str, set[str]] = {}
    for (package, _), version in pins_of(name).items():
        versions.setdefault(package, set()).add(version)
    return versions


def strange_versions(name: str, other: str) -> dict[str, set[str]]:
    """Return the versions in one lock file that another, which has the package as well, does not know."""
    known = versions_of(other)
    strange = {
        package: versions - known[package]
        for package, versions in versions_of(name).items()
        if package in known
    }
    return {package: versions for package, versions in strange.items() if versions}


def wanted_lines(name: str) -> list[str]:
    """Return the lines of an .in file that ask for something."""
    lines = (REQUIREMENTS / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def package_lock() -> dict[str, Any]:
    """Return package-lock.json."""
    found: dict[str, Any] = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    return found


def test_each_list_of_wishes_has_its_lock_file() -> None:
    assert LOCKED == ["desktop.txt", "dev.txt", "neonize.txt", "node.txt", "run.txt"]
    assert sorted(path.stem for path in REQUIREMENTS.glob("*.in")) == [
        "desktop",
        "dev",
        "neonize",
        "node",
        "run",
    ]


@pytest.mark.parametrize("name", LOCKED)
def test_every_requirement_is_pinned_and_hashed(name: str) -> None:
    assert [line[:60] for line in locked_lines(name) if not PIN.fullmatch(line)] == []
    assert locked_lines(name) != []


@pytest.mark.parametrize("name", LOCKED)
def test_no_lock_file_holds_an_address_or_an_option(name: str) -> None:
    text = (REQUIREMENTS / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert " @ " not in text
    assert re.findall(r"^-.*", text, flags=re.MULTILINE) == []


@pytest.mark.parametrize("name", ["run.txt", "desktop.txt"])
def test_what_the_tests_run_with_is_what_the_programs_run_with(name: str) -> None:
    """A package wanted on fewer systems by one list than by another has other markers there, never other versions."""
    assert strange_versions(name, "dev.txt") == {}
    assert versions_of(name).keys() <= versions_of("dev.txt").keys()


@pytest.mark.parametrize("name", ["desktop.txt", "neonize.txt"])
def test_groups_can_share_the_gateways_environment(name: str) -> None:
    assert strange_versions(name, "run.txt") == {}


def test_the_optional_library_is_the_one_its_workers_are_written_for() -> None:
    assert versions_of("neonize.txt")["neonize"] == {LIBRARY_VERSION}
    assert [name for name in LOCKED if "neonize" in versions_of(name)] == ["neonize.txt"]
    excluded = (
        (ROOT / "build.spec").read_text(encoding="utf-8").partition("EXCLUDED = [")[2].partition("]")[0]
    )
    assert '"neonize"' in excluded
    assert '"gateway"' in excluded


@pytest.mark.parametrize("name", ["run.in", "desktop.in", "dev.in", "neonize.in", "node.in"])
def test_every_dependency_has_its_reason(name: str) -> None:
    assert [line for line in wanted_lines(name) if not REASON.fullmatch(line)] == []


@pytest.mark.parametrize("name", ["run", "desktop", "dev", "neonize", "node"])
def test_every_dependency_asked_for_is_locked(name: str) -> None:
    asked = {re.split(r"[ ;<>=\[]", line, maxsplit=1)[0].lower() for line in wanted_lines(f"{name}.in")} - {
        "-r"
    }
    assert asked - {package for package, _ in pins_of(f"{name}.txt")} == set()


def test_scripts_are_pinned_exactly_and_hashed() -> None:
    asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    versions = {**asked["dependencies"], **asked["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())
    locked = {path: entry for path, entry in package_lock()["packages"].items() if path}
    assert {name: locked[f"node_modules/{name}"]["version"] for name in versions} == versions
    assert [path for path, entry in locked.items() if not entry["integrity"].startswith("sha512-")] == []


def test_the_scripts_lock_does_not_say_where_to_fetch_from() -> None:
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert "://" not in text
    settings = (ROOT / ".npmrc").read_text(encoding="utf-8").splitlines()
    assert "omit-lockfile-registry-resolved=true" in settings
    assert "ignore-scripts=true" in settings


def test_no_script_asks_to_run_something_when_installed() -> None:
    assert [path for path, entry in package_lock()["packages"].items() if entry.get("hasInstallScript")] == []


def test_the_fonts_and_scripts_of_others_are_not_committed() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/.venv/", "/node_modules/", "/.env"} <= set(ignored)
    assert not list(Path(ROOT, "resources").rglob("socket.io*.js"))

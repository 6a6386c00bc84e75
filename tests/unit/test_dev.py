"""dev.py's decisions, taken for real in a checkout of their own; nothing is installed or fetched here."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import IO

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = (ROOT / "dev.py").read_text(encoding="utf-8")
INPUTS = ("dev.py", "package.json", "package-lock.json", ".npmrc", "requirements")

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="plays programs with shell scripts")


def load(folder: Path) -> ModuleType:
    """Import the dev.py of one checkout: its paths all follow from where it lies."""
    spec = importlib.util.spec_from_file_location("dev_under_test", folder / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_checkout(folder: Path) -> ModuleType:
    """Copy what dev.py looks at into a folder and import it from there."""
    folder.mkdir(parents=True)
    for name in INPUTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder / name)
    return load(folder)


def pretend_prepared(dev: ModuleType, *groups: str) -> None:
    """Make a .venv that looks finished, with this test's interpreter in it."""
    dev.venv_python().parent.mkdir(parents=True)
    dev.venv_python().symlink_to(sys.executable)
    (dev.site_packages() / "quart-0.22.0.dist-info").mkdir(parents=True)
    locks = {group: dev.lock_digest(group) for group in groups}
    stamp = {"root": str(dev.ROOT), "interpreter": dev.interpreter_tag(), "locks": locks}
    dev.write_stamp(dev.VENV_STAMP, {**stamp, "installed": dev.installed_packages()})


def pretend_scripts(dev: ModuleType, scope: str) -> None:
    """Make a node_modules that looks finished."""
    (dev.NODE_MODULES / "socket.io-client" / "dist").mkdir(parents=True)
    stamp = {"digest": dev.scripts_digest(), "scope": scope, "node": sys.executable}
    dev.write_stamp(dev.SCRIPTS_STAMP, stamp)


@pytest.fixture
def dev(tmp_path: Path) -> ModuleType:
    """The dev.py of a fresh checkout."""
    return make_checkout(tmp_path / "checkout")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Let a test put programs on an otherwise nearly empty PATH; each is a line of shell."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("AI_ADMIN_CHROMIUM", raising=False)

    def add(name: str, line: str) -> Path:
        (folder / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
        return folder / name

    return add


@pytest.fixture
def workshop(dev: ModuleType) -> Iterator[object]:
    """A workshop of one step that holds the lock."""
    with dev.one_at_a_time() as lock_file:
        yield dev.Workshop(1, lock_file)


def run_dev(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a checkout's dev.py as a person would."""
    return subprocess.run(
        [sys.executable, str(folder / "dev.py"), *arguments],
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **variables},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def line_of(stream: IO[str] | None) -> str:
    """Wait for the next line a process prints."""
    assert stream is not None
    return stream.readline().strip()


def wait_until(condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Wait for a fact."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


# ------------------------------------------------------------------------------------------------ the door


def test_an_old_python_can_read_the_file() -> None:
    ast.parse(SOURCE, feature_version=(3, 8))


def test_only_the_standard_library_is_imported() -> None:
    imported = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("version", [(3, 8, 18), (3, 10, 99), (2, 7, 18)])
def test_an_old_python_is_told_what_to_do(dev: ModuleType, version: tuple[int, ...]) -> None:
    assert "Python 3.11 or newer is needed" in dev.python_problem(version)


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 1), (4, 0, 0)])
def test_a_new_enough_python_is_fine(dev: ModuleType, version: tuple[int, ...]) -> None:
    assert dev.python_problem(version) == ""


@needs_posix
def test_an_old_python_names_a_newer_one_only_when_it_works(
    dev: ModuleType, programs: Callable[[str, str], Path]
) -> None:
    programs("python3.13", "exit 127")
    programs("python3.12", "echo Python 3.12.1")
    assert "python3.12 dev.py" in dev.python_problem((3, 9, 2))


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_without_a_verb_every_verb_is_listed_on_one_screen(dev: ModuleType, arguments: list[str]) -> None:
    done = run_dev(dev.ROOT, *arguments)
    assert done.returncode == 0
    assert all(f"\n  {verb} " in done.stdout for verb in dev.VERBS)
    assert len(done.stdout.splitlines()) <= 24
    assert max(len(line) for line in done.stdout.splitlines()) <= 110


def test_a_wrong_verb_is_named_and_returns_2(dev: ModuleType) -> None:
    done = run_dev(dev.ROOT, "tset")
    assert done.returncode == 2
    assert "There is no verb 'tset'." in done.stderr
    assert not dev.VENV.exists()


# ------------------------------------------------------------------------------------------ the environment


def test_a_fresh_checkout_has_no_environment(dev: ModuleType) -> None:
    assert dev.venv_problem() == "there is none"


def test_a_finished_environment_has_no_problem(dev: ModuleType) -> None:
    pretend_prepared(dev, "run")
    assert dev.venv_problem() == ""
    assert dev.packages_ready(["run"])
    assert not dev.packages_ready(["run", "dev"])


def test_an_environment_without_a_stamp_was_not_finished(dev: ModuleType) -> None:
    pretend_prepared(dev, "run")
    dev.forget(dev.VENV_STAMP)
    assert dev.venv_problem() == "the last one was not finished"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"text"'])
def test_a_garbled_stamp_counts_as_none(dev: ModuleType, text: str) -> None:
    pretend_prepared(dev, "run")
    dev.VENV_STAMP.write_text(text, encoding="utf-8")
    assert dev.venv_problem() == "the last one was not finished"


def test_a_moved_checkout_is_noticed(dev: ModuleType, tmp_path: Path) -> None:
    pretend_prepared(dev, "run")
    shutil.move(dev.ROOT, tmp_path / "elsewhere")
    assert load(tmp_path / "elsewhere").venv_problem() == "this checkout was moved or copied"


def test_a_copied_checkout_is_noticed_and_the_first_stays_good(dev: ModuleType, tmp_path: Path) -> None:
    pretend_prepared(dev, "run")
    shutil.copytree(dev.ROOT, tmp_path / "copy", symlinks=True)
    assert load(tmp_path / "copy").venv_problem() == "this checkout was moved or copied"
    assert dev.venv_problem() == ""


def test_another_python_needs_another_environment(dev: ModuleType) -> None:
    pretend_prepared(dev, "run")
    stamp = dev.read_stamp(dev.VENV_STAMP)
    dev.write_stamp(dev.VENV_STAMP, {**stamp, "interpreter": "cpython-310-linux-x86_64-64"})
    assert dev.venv_problem() == "made by another Python or for another system"


def test_an_environment_whose_python_was_uninstalled_is_noticed(dev: ModuleType) -> None:
    pretend_prepared(dev, "run")
    dev.venv_python().unlink()
    dev.venv_python().symlink_to(dev.ROOT / "gone")
    assert dev.venv_problem() == "its Python is gone"


@needs_posix
@pytest.mark.skipif(sys.platform != "win32" and os.geteuid() == 0, reason="root may look everywhere")
def test_a_python_that_may_not_be_looked_at_counts_as_gone(dev: ModuleType, tmp_path: Path) -> None:
    pretend_prepared(dev, "run")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    dev.venv_python().unlink()
    dev.venv_python().symlink_to(closed / "python")
    assert dev.venv_problem() == "its Python is gone"


def test_a_removed_package_is_noticed_and_one_more_is_not_minded(dev: ModuleType) -> None:
    pretend_prepared(dev, "run")
    (dev.site_packages() / "ipdb-1.0.dist-info").mkdir()
    assert dev.venv_problem() == ""
    (dev.site_packages() / "quart-0.22.0.dist-info").rmdir()
    assert dev.venv_problem() == "packages are missing from it"


def test_a_changed_lock_file_makes_its_group_unready(dev: ModuleType) -> None:
    pretend_prepared(dev, "run", "node")
    with (dev.ROOT / "requirements" / "run.txt").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert not dev.packages_ready(["run"])
    assert dev.packages_ready(["node"])
    assert dev.venv_problem() == ""


def test_what_the_tests_need_holds_what_the_programs_need(dev: ModuleType) -> None:
    pretend_prepared(dev, "dev")
    assert dev.packages_ready(["run"])
    assert dev.packages_ready(["desktop"])
    assert dev.packages_ready(["dev"])


def test_what_the_console_needs_is_not_there_when_only_the_gateway_was_prepared(dev: ModuleType) -> None:
    pretend_prepared(dev, "run")
    assert not dev.packages_ready(["desktop"])
    assert dev.venv_problem() == ""


def test_a_digest_follows_content_name_order_and_absence(tmp_path: Path, dev: ModuleType) -> None:
    first, second, absent = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    first.write_text("1", encoding="utf-8")
    second.write_text("1", encoding="utf-8")
    seen = {dev.digest_of(files) for files in ([first], [second], [first, second], [second, first], [absent])}
    assert len(seen) == 5
    before = dev.digest_of([first])
    first.write_text("2", encoding="utf-8")
    assert dev.digest_of([first]) != before


def test_a_folder_that_cannot_be_written_is_said_in_one_line(dev: ModuleType) -> None:
    dev.LOCK.mkdir()
    done = run_dev(dev.ROOT, "gateway")
    assert done.returncode == 1
    assert done.stderr.strip().startswith("Cannot prepare this checkout:")
    assert len(done.stderr.strip().splitlines()) == 1


# ------------------------------------------------------------------------------------------------- the plan


def titles(dev: ModuleType, needs: object) -> list[str]:
    """Return the titles of what is still to be done."""
    return [step.title for step in dev.outstanding_steps(needs)]


@needs_posix
def test_the_first_run_plans_everything(dev: ModuleType, programs: Callable[[str, str], Path]) -> None:
    assert titles(dev, dev.TO_RUN) == [
        "a new .venv (there is none)",
        "Python packages (run)",
        "JavaScript packages (npm)",
    ]


def test_nothing_is_planned_when_nothing_changed(dev: ModuleType) -> None:
    pretend_prepared(dev, "run")
    pretend_scripts(dev, "run")
    assert titles(dev, dev.TO_RUN) == []


@needs_posix
def test_tests_after_a_demo_add_only_what_they_need_more(
    dev: ModuleType, programs: Callable[[str, str], Path]
) -> None:
    pretend_prepared(dev, "run")
    pretend_scripts(dev, "run")
    assert titles(dev, dev.TO_TEST) == ["Python packages (dev)", "JavaScript packages (npm)"]


def test_a_demo_after_tests_needs_nothing(dev: ModuleType) -> None:
    pretend_prepared(dev, "dev")
    pretend_scripts(dev, "dev")
    assert titles(dev, dev.TO_RUN) == []


@needs_posix
def test_the_console_after_a_demo_adds_only_its_own_packages(
    dev: ModuleType, programs: Callable[[str, str], Path]
) -> None:
    pretend_prepared(dev, "run")
    pretend_scripts(dev, "run")
    assert titles(dev, dev.Needs(packages=("desktop",))) == ["Python packages (desktop)"]


def test_the_console_after_tests_needs_nothing(dev: ModuleType) -> None:
    pretend_prepared(dev, "dev")
    assert titles(dev, dev.Needs(packages=("run", "desktop"))) == []


def test_after_npm_failed_programs_start_and_do_not_try_again_within_the_hour(dev: ModuleType) -> None:
    pretend_prepared(dev, "dev")
    dev.remember_failure(dev.NPM_FAILED, dev.scripts_digest())
    assert titles(dev, dev.TO_RUN) == []
    assert "JavaScript packages (npm)" in titles(dev, dev.TO_TEST)


@pytest.mark.parametrize("hours", [2, -2])
def test_npm_is_tried_again_after_an_hour_or_when_the_clock_was_set_back(dev: ModuleType, hours: int) -> None:
    pretend_prepared(dev, "run")
    dev.write_stamp(dev.NPM_FAILED, {"digest": dev.scripts_digest(), "at": time.time() - 3600 * hours})
    assert dev.npm_is_worth_trying("run")


def test_npm_is_tried_again_when_its_lock_file_changed(dev: ModuleType) -> None:
    pretend_prepared(dev, "run")
    dev.remember_failure(dev.NPM_FAILED, "of another lock file")
    assert dev.npm_is_worth_trying("run")


# -------------------------------------------------------------------------------------------- the installers


@needs_posix
def test_a_uv_that_does_not_start_counts_as_none(
    dev: ModuleType, programs: Callable[[str, str], Path]
) -> None:
    programs("uv", "echo 'uv: command not found' >&2; exit 127")
    assert dev.uv_on_path() is None


@needs_posix
def test_packages_are_synced_by_uv_and_the_stamp_is_written_last(
    dev: ModuleType, workshop: object, programs: Callable[[str, str], Path]
) -> None:
    pretend_prepared(dev, "node")
    seen = dev.ROOT / "seen"
    programs("uv", f'[ "$1" = --version ] && echo uv 1 || echo "$@" {dev.VENV}/* > {seen}')
    dev.install_packages(workshop, ["dev"])
    said = seen.read_text(encoding="utf-8")
    assert said.startswith("pip sync --python")
    assert "--require-hashes" in said
    assert "dev.txt" in said
    assert "node.txt" in said
    assert "run.txt" not in said
    assert dev.VENV_STAMP.name not in said
    assert dev.packages_ready(["run", "dev", "node"])


@needs_posix
def test_packages_of_the_console_are_added_beside_the_gateways(
    dev: ModuleType, workshop: object, programs: Callable[[str, str], Path]
) -> None:
    pretend_prepared(dev, "run")
    seen = dev.ROOT / "seen"
    programs("uv", f'[ "$1" = --version ] && echo uv 1 || echo "$@" > {seen}')
    dev.install_packages(workshop, ["desktop"])
    said = seen.read_text(encoding="utf-8").split()
    assert [Path(word).name for word in said if word.endswith(".txt")] == ["desktop.txt", "run.txt"]
    assert dev.packages_ready(["run", "desktop"])
    dev.install_packages(workshop, ["dev"])
    said = seen.read_text(encoding="utf-8").split()
    assert [Path(word).name for word in said if word.endswith(".txt")] == ["dev.txt"]
    assert dev.packages_ready(["run", "desktop", "dev"])


@needs_posix
def test_when_adding_packages_fails_what_was_there_still_counts(
    dev: ModuleType, workshop: object, programs: Callable[[str, str], Path]
) -> None:
    pretend_prepared(dev, "run")
    programs("uv", '[ "$1" = --version ] && echo uv 1 && exit 0; echo no such wheel; exit 1')
    with pytest.raises(dev.Trouble, match="no such wheel"):
        dev.install_packages(workshop, ["node"])
    assert dev.packages_ready(["run"])
    assert dev.venv_problem() == ""


@needs_posix
def test_pip_alone_installs_by_hash_and_nothing_unlocked(
    dev: ModuleType, workshop: object, programs: Callable[[str, str], Path]
) -> None:
    pretend_prepared(dev)
    dev.forget(dev.VENV_STAMP)
    (dev.site_packages() / "pip").mkdir()
    seen = dev.ROOT / "seen"
    dev.venv_python().unlink()
    dev.venv_python().write_text(f'#!/bin/sh\necho "$@" > {seen}\n', encoding="utf-8")
    dev.venv_python().chmod(0o755)
    dev.install_packages(workshop, ["run"])
    said = seen.read_text(encoding="utf-8")
    assert said.startswith("-m pip install --require-hashes --no-deps")
    assert said.strip().endswith(f"-r {dev.ROOT / 'requirements' / 'run.txt'}")


def test_installers_are_not_led_elsewhere_by_the_persons_own_settings(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_USER", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, "x")
    environment = dev.installer_environment()
    assert "PIP_INDEX_URL" in environment
    assert not {"PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_USER"} & set(environment)


@needs_posix
@pytest.mark.parametrize(("version", "is_taken"), [("6.14.18", False), ("8.19.2", False), ("9.2.0", True)])
def test_an_npm_too_old_for_the_lock_file_is_passed_over(
    dev: ModuleType, programs: Callable[[str, str], Path], version: str, is_taken: bool
) -> None:
    npm = programs("npm", f"echo {version}")
    programs("node", "echo v20")
    assert dev.npm_command() == ([str(npm)] if is_taken else None)


@needs_posix
def test_npm_without_node_is_passed_over(dev: ModuleType, programs: Callable[[str, str], Path]) -> None:
    programs("npm", "echo 11.0.0")
    assert dev.npm_command() is None


def test_npm_runs_no_scripts_and_programs_get_no_test_packages(dev: ModuleType) -> None:
    assert "--ignore-scripts" in dev.npm_ci(["npm"], "run")
    assert "--omit=dev" in dev.npm_ci(["npm"], "run")
    assert "--omit=dev" not in dev.npm_ci(["npm"], "dev")


@needs_posix
def test_a_failing_npm_is_said_aloud_remembered_and_stops_nothing(
    dev: ModuleType, workshop: object, programs: Callable[[str, str], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    pretend_prepared(dev, "run")
    programs("npm", '[ "$1" = --version ] && echo 11.0.0 && exit 0; echo no network; exit 1')
    programs("node", "echo v20")
    dev.install_scripts(workshop, "run")
    assert "no network" in capfd.readouterr().err
    assert not dev.npm_is_worth_trying("run")
    assert not dev.scripts_ready("run")


@needs_posix
def test_scripts_for_the_tests_stay_when_a_program_renews_them(
    dev: ModuleType, workshop: object, programs: Callable[[str, str], Path]
) -> None:
    pretend_prepared(dev, "dev")
    pretend_scripts(dev, "dev")
    with (dev.ROOT / "package-lock.json").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert not dev.scripts_ready("run")
    programs("npm", '[ "$1" = --version ] && echo 11.0.0 || exit 0')
    programs("node", "echo v20")
    dev.install_scripts(workshop, "run")
    assert dev.scripts_ready("dev")


# --------------------------------------------------------------------------------------------- OS packages


def test_apt_updates_first_and_asks_nothing(dev: ModuleType) -> None:
    update, install = dev.apt_commands(["chromium", "fonts-dejavu-core"])
    assert update[-1] == "update"
    assert install[-5:] == ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"]


@needs_posix
def test_os_packages_are_installed_only_by_root_where_apt_is(
    dev: ModuleType, programs: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert not dev.may_install_os_packages()
    programs("apt-get", "exit 0")
    assert dev.may_install_os_packages()
    assert "chromium" in dev.os_packages_to_install(dev.TO_TEST)
    assert "chromium" not in dev.os_packages_to_install(dev.Needs(qt=("offscreen",)))
    assert dev.os_packages_to_install(dev.TO_RUN) == []
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert dev.os_packages_to_install(dev.TO_TEST) == []


@needs_posix
def test_apt_is_not_tried_again_within_the_hour_after_it_brought_nothing(
    dev: ModuleType,
    workshop: object,
    programs: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    dev.VENV.mkdir()
    programs("fc-list", "echo DejaVu Sans")
    programs("apt-get", "echo no network; exit 100")
    needs = dev.Needs(browser=True)
    assert dev.os_packages_to_install(needs) == ["chromium"]
    dev.install_os_packages(workshop, needs)
    assert "no network" in capfd.readouterr().err
    assert dev.os_packages_to_install(needs) == []


@needs_posix
@pytest.mark.parametrize("manager", ["apt-get", "dnf", "pacman", "zypper", "brew"])
def test_others_are_given_the_exact_command(
    dev: ModuleType, programs: Callable[[str, str], Path], manager: str
) -> None:
    programs(manager, "exit 0")
    assert dev.browser_advice() == dev.PACKAGE_MANAGERS[manager]


@needs_posix
def test_without_a_package_manager_the_advice_names_the_variable(
    dev: ModuleType, programs: Callable[[str, str], Path]
) -> None:
    assert "AI_ADMIN_CHROMIUM" in dev.browser_advice()


@needs_posix
def test_a_browser_that_does_not_start_is_passed_over(
    dev: ModuleType, programs: Callable[[str, str], Path]
) -> None:
    programs("chromium-browser", "echo 'this command needs a snap' >&2; exit 1")
    assert dev.find_chromium() is None
    real = programs("google-chrome", "echo Google Chrome 150")
    assert dev.find_chromium() == str(real)


@needs_posix
def test_a_browser_is_asked_once_and_again_when_it_changed(
    dev: ModuleType, programs: Callable[[str, str], Path]
) -> None:
    dev.VENV.mkdir()
    asked = dev.ROOT / "asked"
    browser = programs("chromium", f"echo . >> {asked}; echo Chromium 150")
    assert dev.find_chromium() == dev.find_chromium() == str(browser)
    assert asked.read_text(encoding="utf-8").count(".") == 1
    os.utime(browser, (1, 1))
    assert dev.find_chromium() == str(browser)
    assert asked.read_text(encoding="utf-8").count(".") == 2
    browser.unlink()
    assert dev.find_chromium() is None


def test_a_browser_the_person_names_is_taken_as_it_is(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AI_ADMIN_CHROMIUM", "/opt/browser")
    assert dev.find_chromium() == "/opt/browser"


@pytest.mark.parametrize(
    ("variables", "platform"),
    [
        ({}, "offscreen"),
        ({"DISPLAY": ":0"}, "xcb"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "wayland"),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, "offscreen"),
        ({"WAYLAND_DISPLAY": "wayland-0", "QT_QPA_PLATFORM": "xcb:option;wayland"}, "xcb"),
    ],
)
def test_qt_draws_on_what_the_person_chose_or_on_the_display_there_is(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], platform: str
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert dev.qt_platform() == platform


def test_what_qt_lacks_depends_on_where_it_draws(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(dev, "loads", lambda library: library.startswith("libX11."))
    assert dev.missing_qt_packages([]) == []
    everywhere = dev.missing_qt_packages(["offscreen"])
    assert {"libegl1", "libfontconfig1"} <= set(everywhere)
    assert "libx11-6" not in everywhere
    assert set(dev.missing_qt_packages(["xcb"])) - set(everywhere) >= {"libxcb-cursor0", "libxkbcommon-x11-0"}
    assert "libwayland-cursor0" in dev.missing_qt_packages(["xcb", "wayland"])
    monkeypatch.setattr(sys, "platform", "darwin")
    assert dev.missing_qt_packages(["native"]) == []


def test_a_library_that_nobody_has_does_not_load(dev: ModuleType) -> None:
    assert not dev.loads("libnobody-has-this.so.1")


PLATFORM_PROBE = """
import ctypes, pathlib, sys
import PySide6
from PySide6 import QtNetwork, QtSvg, QtWidgets
ctypes.CDLL(pathlib.Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms" / f"libq{sys.argv[1]}.so")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems bring what Qt needs")
@pytest.mark.parametrize("platform", ["offscreen", "xcb", "wayland"])
def test_qt_loads_exactly_when_nothing_is_missing_from_the_list(dev: ModuleType, platform: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLATFORM_PROBE, platform], capture_output=True, timeout=60, check=False
    )
    assert (done.returncode == 0) == (dev.missing_qt_packages([platform]) == [])


@needs_posix
@pytest.mark.parametrize("manager", ["apt-get", "dnf", "pacman", "zypper"])
def test_who_lacks_qts_libraries_is_given_the_exact_command(
    dev: ModuleType, programs: Callable[[str, str], Path], manager: str
) -> None:
    assert dev.qt_advice(["libegl1"]) == "install what Debian calls libegl1"
    programs(manager, "exit 0")
    assert manager in dev.qt_advice(["libegl1"])


@needs_posix
def test_the_tests_are_told_what_they_can_count_on(
    dev: ModuleType, programs: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_prepared(dev, "dev")
    pretend_scripts(dev, "dev")
    browser = programs("chromium", "echo Chromium 150")
    programs("fc-list", "echo DejaVu Sans")
    monkeypatch.setattr(dev, "loads", lambda library: True)
    for stale in ("AI_ADMIN_NODE_PROBLEM", "AI_ADMIN_BROWSER_ADVICE", "AI_ADMIN_QT_ADVICE"):
        monkeypatch.setenv(stale, "left by a run before")
    environment = dev.testing_environment()
    assert environment["AI_ADMIN_CHROMIUM"] == str(browser)
    assert environment["AI_ADMIN_NODE"] == sys.executable
    assert environment["AI_ADMIN_QT"] == "offscreen"
    assert "AI_ADMIN_NODE_PROBLEM" not in environment
    assert "AI_ADMIN_BROWSER_ADVICE" not in environment
    assert "AI_ADMIN_QT_ADVICE" not in environment
    monkeypatch.setattr(dev, "loads", lambda library: library != "libEGL.so.1")
    environment = dev.testing_environment()
    assert "libegl1" in environment["AI_ADMIN_QT_ADVICE"]
    assert "AI_ADMIN_QT" not in environment


# ------------------------------------------------------------------------------------------ running programs

GATEWAY = """
import json, os, sys, time
if sys.argv[1:] == ["stay"]:
    print("ready", flush=True)
    time.sleep(60)
print(json.dumps({"arguments": sys.argv[1:], "folder": os.getcwd(), "path": os.environ["PYTHONPATH"]}))
sys.exit(7)
"""


def with_gateway(dev: ModuleType) -> None:
    """Give a checkout a prepared environment and a little program in the gateway's place."""
    pretend_prepared(dev, "run")
    pretend_scripts(dev, "run")
    (dev.ROOT / "gateway").mkdir()
    (dev.ROOT / "gateway" / "__init__.py").touch()
    (dev.ROOT / "gateway" / "__main__.py").write_text(GATEWAY, encoding="utf-8")


@needs_posix
def test_the_program_gets_its_arguments_untouched_and_its_exit_code_comes_back(dev: ModuleType) -> None:
    with_gateway(dev)
    done = run_dev(dev.ROOT, "gateway", "serve", "--help", "a b", "", PYTHONPATH="/elsewhere")
    assert done.returncode == 7
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "arguments": ["serve", "--help", "a b", ""],
        "folder": str(dev.ROOT),
        "path": str(dev.ROOT),
    }


@needs_posix
def test_demo_is_the_gateways_demo(dev: ModuleType) -> None:
    with_gateway(dev)
    done = run_dev(dev.ROOT, "demo", "--once")
    assert json.loads(done.stdout)["arguments"] == ["demo", "--once"]


@needs_posix
def test_sigterm_reaches_the_program_itself(dev: ModuleType) -> None:
    with_gateway(dev)
    command = [sys.executable, str(dev.ROOT / "dev.py"), "gateway", "stay"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert line_of(process.stdout) == "ready"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == -signal.SIGTERM


@needs_posix
def test_every_check_runs_though_one_before_it_failed_and_the_sum_says_which(dev: ModuleType) -> None:
    pretend_prepared(dev, "dev")
    pretend_scripts(dev, "dev")
    dev.venv_python().unlink()
    for program in (dev.venv_python(), dev.venv_program("lint-imports")):
        program.write_text('#!/bin/sh\necho "ran $2 $3"\n[ "$2" != mypy ]\n', encoding="utf-8")
        program.chmod(0o755)
    done = run_dev(dev.ROOT, "check", AI_ADMIN_CHROMIUM="/opt/browser")
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if line.startswith("ran")] == [
        "ran ruff check",
        "ran ruff format",
        "ran mypy ",
        "ran  ",
        "ran pytest -n",
    ]
    outcomes = [line.split()[:2] for line in done.stderr.splitlines()[-5:]]
    assert outcomes == [
        ["ok", "lint"],
        ["ok", "format"],
        ["FAILED", "types"],
        ["ok", "borders"],
        ["ok", "tests"],
    ]


AS_EQUIPPED = {"AI_ADMIN_CHROMIUM": "/opt/browser"}


def speaking(program: Path) -> None:
    """Put a program there that says what it was asked, and fails when that names a failure."""
    program.unlink(missing_ok=True)
    program.write_text('#!/bin/sh\necho "$@"\ncase "$*" in *failing*) exit 1;; esac\n', encoding="utf-8")
    program.chmod(0o755)


@needs_posix
def test_pictures_are_taken_by_the_maker_that_is_named(dev: ModuleType) -> None:
    pretend_prepared(dev, "dev")
    pretend_scripts(dev, "dev")
    speaking(dev.venv_python())
    for arguments, said in [
        (["--help"], "-m tests.screens --help"),
        (["console", "ru"], "-m tests.console_screens ru"),
    ]:
        assert run_dev(dev.ROOT, "screens", *arguments, **AS_EQUIPPED).stdout.strip() == said


@pytest.fixture
def proofs(dev: ModuleType) -> ModuleType:
    """A checkout with three proofs, one of which fails, and programs that only say what they were asked."""
    folder = dev.ROOT / "tests" / "proofs"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    for name in ("cut", "failing", "keys"):
        (folder / f"{name}.py").write_text(f'"""The proof of {name}.\n\nMore."""\n', encoding="utf-8")
    pretend_prepared(dev, "dev")
    pretend_scripts(dev, "dev")
    speaking(dev.venv_python())
    return dev


@needs_posix
def test_every_proof_runs_though_one_before_it_failed(proofs: ModuleType) -> None:
    done = run_dev(proofs.ROOT, "prove", **AS_EQUIPPED)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [f"-m tests.proofs.{name}" for name in ("cut", "failing", "keys")]
    assert [line.split()[:2] for line in done.stderr.splitlines()[-4:-1]] == [
        ["ok", "cut"],
        ["FAILED", "failing"],
        ["ok", "keys"],
    ]
    assert done.stderr.splitlines()[-1] == "prove: FAILED: 0 runs, 0 lost, 0 double"


@needs_posix
def test_one_proof_can_be_named_and_gets_the_rest(proofs: ModuleType) -> None:
    done = run_dev(proofs.ROOT, "prove", "keys", "--seed", "7", **AS_EQUIPPED)
    assert done.returncode == 0
    assert done.stdout.strip() == "-m tests.proofs.keys --seed 7"


def test_a_proof_nobody_wrote_is_answered_with_those_there_are(proofs: ModuleType) -> None:
    done = run_dev(proofs.ROOT, "prove", "kyes", **AS_EQUIPPED)
    assert done.returncode == 1
    assert "There is no 'kyes' in tests/proofs." in done.stderr
    assert "  cut          The proof of cut." in done.stderr


def with_package(dev: ModuleType, line: str) -> None:
    """Give a checkout a PyInstaller that only says what it was asked, and what it would have made."""
    pretend_prepared(dev, "dev")
    pretend_scripts(dev, "dev")
    speaking(dev.venv_python())
    dev.packaged_program().parent.mkdir(parents=True)
    dev.packaged_program().write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    dev.packaged_program().chmod(0o755)


@needs_posix
def test_a_package_is_made_checks_itself_offscreen_and_is_measured(dev: ModuleType) -> None:
    with_package(dev, 'echo "packaged $@ $QT_QPA_PLATFORM"')
    done = run_dev(dev.ROOT, "package", **AS_EQUIPPED)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "-m PyInstaller --noconfirm --log-level WARN build.spec",
        "packaged --self-check offscreen",
    ]
    assert "dist/ai-admin-console: 0 MB" in done.stderr
    assert "from start to the painted window:" in done.stderr
    assert "(median of 10)" in done.stderr


@needs_posix
def test_a_package_that_fails_its_own_check_fails_the_command(dev: ModuleType) -> None:
    with_package(dev, "exit 3")
    done = run_dev(dev.ROOT, "package", **AS_EQUIPPED)
    assert done.returncode == 1
    assert "dist/ai-admin-console/ai-admin-console --self-check ended with 3." in done.stderr


@needs_posix
def test_a_package_that_cannot_be_made_is_not_measured(dev: ModuleType) -> None:
    with_package(dev, "echo packaged")
    done = run_dev(dev.ROOT, "package", "--failing", **AS_EQUIPPED)
    assert done.returncode == 1
    assert "PyInstaller ended with 1." in done.stderr
    assert "packaged" not in done.stdout


# --------------------------------------------------------------------------------------------- the console

DESKTOP = """
import json, os, sys
token = sys.stdin.readline().strip() if "--token-stdin" in sys.argv else None
print(json.dumps({"arguments": sys.argv[1:], "token": token, "folder": os.getcwd()}))
sys.exit(5)
"""

DEMO = """
import http.server, json, os, pathlib, signal, sys
note = pathlib.Path(__file__).parent / "demo.json"
if sys.argv[1:] == ["demo", "--where"]:
    print(note)
    sys.exit()
class Me(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        is_known = (self.path, self.headers["Authorization"]) == ("/admin/api/v1/me", "Bearer s3cret")
        self.send_response(200 if is_known else 401)
        self.end_headers()
    def log_message(self, *about): pass
def leave(number, frame):
    note.unlink()
    sys.exit()
signal.signal(signal.SIGTERM, leave)
server = http.server.HTTPServer(("127.0.0.1", 0), Me)
told = {"url": f"http://127.0.0.1:{server.server_port}", "pid": os.getpid(), "token": "s3cret"}
note.with_suffix(".new").write_text(json.dumps(told))
note.with_suffix(".new").replace(note)
print("demo is up", flush=True)
server.serve_forever()
"""


@pytest.fixture
def shown_off(dev: ModuleType) -> ModuleType:
    """A prepared checkout with a little console and a little demo in the place of the real ones."""
    pretend_prepared(dev, "run", "desktop")
    pretend_scripts(dev, "run")
    for package, source in (("gateway", DEMO), ("desktop", DESKTOP)):
        (dev.ROOT / package).mkdir()
        (dev.ROOT / package / "__init__.py").touch()
        (dev.ROOT / package / "__main__.py").write_text(source, encoding="utf-8")
    return dev


@needs_posix
def test_the_console_gets_its_arguments_and_its_exit_code_comes_back(shown_off: ModuleType) -> None:
    done = run_dev(shown_off.ROOT, "console", "--self-check", "a b", QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 5
    told = {"arguments": ["--self-check", "a b"], "token": None, "folder": str(shown_off.ROOT)}
    assert json.loads(done.stdout) == told


@needs_posix
def test_without_a_running_demo_the_console_gets_one_of_its_own_that_ends_with_it(
    shown_off: ModuleType,
) -> None:
    done = run_dev(shown_off.ROOT, "console", QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 5
    up, opened = done.stdout.splitlines()
    assert up == "demo is up"
    told = json.loads(opened)
    assert told["token"] == "s3cret"
    assert told["arguments"][0] == "--url"
    assert told["arguments"][2:] == ["--token-stdin", "--kind", "demo"]
    assert "s3cret" not in " ".join(told["arguments"])
    assert not (shown_off.ROOT / "gateway" / "demo.json").exists()


@needs_posix
def test_a_demo_that_runs_is_signed_in_to_and_left_running(shown_off: ModuleType) -> None:
    command = [sys.executable, "-m", "gateway", "demo"]
    with subprocess.Popen(command, cwd=shown_off.ROOT, stdout=subprocess.PIPE, text=True) as demo:
        try:
            assert line_of(demo.stdout) == "demo is up"
            done = run_dev(shown_off.ROOT, "console", QT_QPA_PLATFORM="offscreen")
            assert done.returncode == 5
            url = json.loads((shown_off.ROOT / "gateway" / "demo.json").read_text())["url"]
            assert json.loads(done.stdout)["arguments"][:2] == ["--url", url]
            assert demo.poll() is None
        finally:
            demo.terminate()


@needs_posix
@pytest.mark.parametrize(
    "note", ["", "{}", "[1]", '{"url": "http://127.0.0.1:1", "pid": 1, "token": "s3cret"}']
)
def test_what_a_killed_demo_left_behind_is_not_believed(shown_off: ModuleType, note: str) -> None:
    (shown_off.ROOT / "gateway" / "demo.json").write_text(note, encoding="utf-8")
    done = run_dev(shown_off.ROOT, "console", QT_QPA_PLATFORM="offscreen")
    assert done.stdout.startswith("demo is up")
    assert done.returncode == 5


@needs_posix
def test_a_demo_that_does_not_start_is_said_and_no_console_opens(shown_off: ModuleType) -> None:
    (shown_off.ROOT / "gateway" / "__main__.py").write_text("raise SystemExit(1)\n", encoding="utf-8")
    done = run_dev(shown_off.ROOT, "console", QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 1
    assert "The demo did not start" in done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_without_a_display_nothing_is_prepared_and_the_ways_to_one_are_told(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    done = run_dev(dev.ROOT, "console")
    assert done.returncode == 1
    assert "There is no display here" in done.stderr
    assert "ssh -X" in done.stderr
    assert not dev.VENV.exists()


# ------------------------------------------------------------------------------------------- one at a time

HOLDER = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("dev", sys.argv[1])
dev = importlib.util.module_from_spec(spec)
sys.modules["dev"] = dev
spec.loader.exec_module(dev)
with dev.one_at_a_time() as lock_file:
    print("holding", flush=True)
    dev.Workshop(1, lock_file).run(["/bin/sh", "-c", "echo $$ > child; exec sleep 60"])
"""


def start_holder(dev: ModuleType) -> subprocess.Popen[str]:
    """Start another process that prepares the same checkout and is long about it."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(dev.ROOT / "dev.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert line_of(process.stdout) == "holding"
    wait_until(lambda: (dev.ROOT / "child").exists() and (dev.ROOT / "child").read_text() != "")
    return process


def lock_is_free(dev: ModuleType) -> bool:
    """Whether the lock can be had at this moment."""
    with dev.LOCK.open("a+b") as file:
        return bool(dev.try_lock(file.fileno()))


@needs_posix
def test_a_second_dev_waits_for_the_first_and_says_so(dev: ModuleType) -> None:
    with start_holder(dev) as first:
        second = subprocess.Popen(
            [sys.executable, str(dev.ROOT / "dev.py"), "gateway"],
            stderr=subprocess.PIPE,
            text=True,
        )
        with second:
            assert line_of(second.stderr) == "Another dev.py is preparing this checkout; waiting for it …"
            with_gateway(dev)
            os.kill(int((dev.ROOT / "child").read_text()), signal.SIGKILL)
            assert first.wait(timeout=20) != 0
            assert second.wait(timeout=20) == 7
            assert line_of(second.stderr) == ""  # it found everything done


@needs_posix
def test_an_installer_that_outlives_a_killed_dev_still_keeps_others_out(dev: ModuleType) -> None:
    with start_holder(dev) as process:
        child = int((dev.ROOT / "child").read_text())
        process.kill()
        process.wait(timeout=20)
        assert not lock_is_free(dev)
        os.kill(child, signal.SIGKILL)
        wait_until(lambda: lock_is_free(dev))


@needs_posix
def test_sigterm_while_preparing_ends_the_installer_too(dev: ModuleType) -> None:
    slow = dev.ROOT / "bin"
    slow.mkdir()
    script = (
        f'#!/bin/sh\n[ "$1" = --version ] && echo uv 1 && exit\necho $$ > {dev.ROOT}/child; exec sleep 60\n'
    )
    (slow / "uv").write_text(script, encoding="utf-8")
    (slow / "uv").chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, str(dev.ROOT / "dev.py"), "gateway"],
        env={**os.environ, "PATH": f"{slow}{os.pathsep}{os.environ['PATH']}"},
        stderr=subprocess.DEVNULL,
    )
    child = dev.ROOT / "child"
    wait_until(lambda: child.exists() and child.read_text() != "")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 128 + signal.SIGTERM
    wait_until(lambda: lock_is_free(dev))
    with pytest.raises(ProcessLookupError):
        os.kill(int(child.read_text()), 0)
    assert dev.venv_problem() != ""


@pytest.mark.parametrize("arguments", [[], ["run"], ["neonize", "more"], ["../neonize"]])
def test_only_what_is_optional_can_be_installed_by_name(dev: ModuleType, arguments: list[str]) -> None:
    with pytest.raises(dev.Trouble, match="install neonize"):
        dev.install(arguments)

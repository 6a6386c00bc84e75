"""The table of docs/security.md names tests that exist, and leaves out no rule."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from gateway.application.limits import MAX_KEYS, LimitRates
from gateway.live import server
from tests.architecture.tree import ROOT, modules_of, shown

TABLE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
RULES = (
    "1.2.10", "1.3.6", "2.3.1",
    "2.4.1", "3.3.1", "3.4.1", "3.5.1", "3.6.1", "4.1.3", "4.4.1", "7.2.3", "8.2.2", "9.1.2",
    "9.2.1", "11.1.1", "11.2.4", "11.5.1", "13.2.4", "13.4.2", "14.1.1", "14.2.1", "14.2.6", "14.3.1", "15.3.2",
    "15.3.4", "15.3.7", "15.4.2", "16.2.5", "16.3.x", "16.4.x", "16.5.2",
)  # fmt: skip
TRAPS = ("header drip", "body drip", "body size", "compare_digest", "polling", "binary", "defaults", "clocks")
HTTP_CLIENTS = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httpcore",
    "httpx",
    "requests",
    "smtplib",
    "urllib.request",
    "urllib3",
}
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
_PLACE = re.compile(r"`((?:gateway|resources|requirements|shared|desktop)/[\w/.]+)`")


def rows() -> list[list[str]]:
    """Return the cells of the rows that name tests."""
    lines = [line for line in TABLE.splitlines() if line.startswith("|") and "tests/" in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@cache
def defined_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_bytes())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def imported_by(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_every_rule_has_a_test_that_exists_and_a_place_that_does(row: list[str]) -> None:
    named = _TEST.findall(row[-1])
    assert named
    for path, test in named:
        assert (ROOT / path).is_file(), path
        assert not test or test in defined_in(path), (path, test)
    for place in _PLACE.findall(row[-2]):
        assert (ROOT / place).exists(), place


def test_no_rule_and_no_trap_is_left_out() -> None:
    told = " ".join(row[0] for row in rows())
    assert [rule for rule in RULES if not re.search(rf"(?<![\d.]){re.escape(rule)}(?![\d.])", told)] == []
    assert [trap for trap in TRAPS if trap not in told] == []


def test_the_limits_told_are_the_limits_kept() -> None:
    rates = LimitRates()
    told = TABLE.partition("## Limits")[2]
    for first, all_of_them in (
        (rates.stranger, rates.strangers), (rates.handshake, rates.handshakes),
    ):  # fmt: skip
        assert f"{first.burst:,}; {all_of_them.burst:,} | {first.per_s:g}; {all_of_them.per_s:g} |" in told
    assert f"| link | {rates.link.burst} | {rates.link.per_s:g} |" in told
    assert f"| person | {rates.person.burst} | {rates.person.per_s:g} |" in told
    assert f"| {server.MAX_UNJOINED_OF_ADDRESS}; {server.MAX_UNJOINED:,} |" in told
    assert f"| {server.MAX_CONNECTIONS:,} |" in told
    assert f"at most {MAX_KEYS:,} keys" in told


def test_the_sockets_keep_their_bounds() -> None:
    bounds = (server.PING_INTERVAL_S, server.PING_TIMEOUT_S, server.JOIN_WITHIN_S, server.MAX_MESSAGE_BYTES)
    assert bounds == (15, 10, 10.0, 64 * 1024)
    page = (ROOT / "resources/web/page/live.js").read_text(encoding="utf-8")
    assert "LONGEST_WAIT = 30000" in page


def test_only_the_partner_s_client_speaks_http_in_production() -> None:
    """The sandbox plays the partner, and the demo's walk is a browser: neither runs in production.

    WAHA is the operator's own server, at the address that the settings name; its client follows no redirect either.
    The twin is a program of its own, run by staff: it asks the gateway that its person names.
    """
    speakers = {shown(path) for path in modules_of("gateway") if imported_by(path) & HTTP_CLIENTS}
    partner = {"gateway/yclients/client.py", "gateway/yclients/outbound.py"}
    allowed = {*partner, "gateway/whatsapp/waha/client.py", "gateway/demo.py", "gateway/twin/line.py"}
    assert {path for path in speakers if not path.startswith("gateway/sandbox/")} == allowed


def test_one_place_alone_writes_tables_for_spreadsheets() -> None:
    """It holds the rule against formulas; whoever exports something hands rows to it."""
    packages = ("gateway", "desktop", "shared")
    writers = [shown(path) for name in packages for path in modules_of(name) if "csv" in imported_by(path)]
    assert writers == ["desktop/services/table_files.py"]

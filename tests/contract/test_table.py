"""The table of the contract: what is seen, what is kept of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from gateway.domain.errors import GatewayError
from shared.vocabulary import PairingMethod
from tests.contract.simulator_bench import SimulatorBench
from tests.contract.table import METHODS, STATES, Findings, Sight, WatchedPool, adapters, recorded, table

SALON = 101


@pytest.fixture
async def bench() -> AsyncIterator[SimulatorBench]:
    """Return an empty world."""
    made = SimulatorBench()
    yield made
    await made.close()


async def test_a_call_is_seen_with_the_state_before_it_and_whether_it_was_refused(
    bench: SimulatorBench,
) -> None:
    seen: set[Sight] = set()
    pool = WatchedPool(await bench.process("first"), seen.add)
    with pytest.raises(GatewayError):
        await pool.restart(SALON)
    await pool.ensure(SALON, pairing=PairingMethod.QR)
    await pool.list()
    async with aclosing(pool.subscribe(after=0)) as events:  # type: ignore[type-var]
        await anext(events)
    assert seen == {
        Sight("restart", "none", is_refused=True),
        Sight("ensure", "none", is_refused=False),
        Sight("list", "starting", is_refused=False),
        Sight("subscribe", "starting", is_refused=False),
    }


def test_the_table_has_every_method_and_every_state_and_counts_tests() -> None:
    findings = Findings(
        tests={Sight("stop", "connected", False): {"a", "b"}, Sight("stop", "connected", True): {"b", "c"}}
    )
    head, _, *rows = table(findings).splitlines()
    assert len(head.split("|")) == len(STATES) + 3
    assert [row.split("|")[1].strip(" `") for row in rows] == list(METHODS)
    stop = next(row for row in rows if row.startswith("| `stop`"))
    assert [cell.strip() for cell in stop.split("|")[2:-1] if "·" not in cell] == ["3/2"]


def test_a_section_is_replaced_and_a_new_adapter_comes_last() -> None:
    document = "before\n<!-- end of contracts -->\nafter\n"
    once = recorded(document, "one", "old")
    both = recorded(recorded(once, "two", "second"), "one", "new")
    assert "old" not in both
    assert both.index("new") < both.index("second") < both.index("<!-- end of contracts -->")
    assert (both.startswith("before"), both.endswith("after\n")) == (True, True)


def test_the_simulator_is_held_to_the_contract_first() -> None:
    assert next(iter(adapters())) == "simulator"

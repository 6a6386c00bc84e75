"""A whole gateway with WHATSAPP_POOL=neonize: the library stays out of it, whether or not it is installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from gateway import bootstrap_parts
from gateway.whatsapp.neonize.pin import is_installed
from shared.vocabulary import PairingMethod, WhatsappState
from tests.proofs._proof import assert_holds, prove
from tests.proofs.neonize_cycles import PROOF
from tests.support.databases import Databases
from tests.support.harness import SALON, running_harness
from tests.support.waiting import until
from tests.support.workers import workers_of


async def test_the_library_is_asked_for_in_the_worker_alone(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap_parts, "is_installed", lambda: True)
    async with running_harness(database_url, whatsapp_pool="neonize") as harness:
        await harness.link(SALON)
        others = workers_of(os.getpid())
        pool = harness.gateway.sessions
        await pool.ensure(SALON, pairing=PairingMethod.QR)

        async def has_failed() -> bool:
            return (await pool.get(SALON)).state is WhatsappState.FAILED

        await until(has_failed, what="the worker says why it cannot")
        assert (await pool.get(SALON)).error == (
            "network_unreachable" if is_installed() else "engine_missing"
        )
        assert workers_of(os.getpid()) == others
    assert not {"neonize", "google.protobuf"} & sys.modules.keys()


async def test_workers_ended_at_any_moment_leave_nothing(databases: Databases, tmp_path: Path) -> None:
    assert_holds(await prove(PROOF, databases, tmp_path))

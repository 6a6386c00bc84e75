"""The public interface keeps the promises of its own document, whatever is sent to it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from schemathesis import GenerationMode

from gateway.http.onboarding_api import BEARER
from tests.support.databases import Databases
from tests.support.door import shared, webhook_key
from tests.support.explorer import Explorer
from tests.support.harness import OTHER_SALON, Harness

__all__ = ["shared"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = 8

OPERATIONS = {
    "GET /marketplace/api/state",
    "GET /marketplace/api/status/{session_id}",
    "POST /marketplace/api/qr",
    "POST /marketplace/api/pairing-code",
    "POST /marketplace/api/relink",
    "POST /marketplace/api/confirm-phone",
    "POST /marketplace/activate",
    "POST /webhook/yclients",
    "POST /webhook/yclients/{key}",
}
"""All that is documented, beside the health check."""


async def explored(harness: Harness, headers: Mapping[str, str], **fixed: Any) -> dict[str, set[int]]:
    """Explore the interface in both manners and return the statuses each operation answered with."""
    document = (await harness.http.get("/openapi.json")).json()
    explorer = Explorer(harness.url, document, headers, EXAMPLES)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        await asyncio.to_thread(explorer.explore, mode, **fixed)
    return explorer.statuses


async def test_a_stranger_gets_only_documented_answers(shared: Harness) -> None:
    statuses = await explored(shared, {})
    assert statuses.pop("GET /marketplace/health") == {200}
    assert set(statuses) == OPERATIONS
    assert all(min(seen) >= 400 for seen in statuses.values())
    assert all(401 in seen for seen in statuses.values())


async def test_an_owner_gets_only_documented_answers(shared: Harness) -> None:
    await shared.install()
    headers = {"Authorization": f"Bearer {await shared.link(OTHER_SALON)}"}
    statuses = await explored(shared, headers, key=webhook_key(shared), session_id=f"company_{OTHER_SALON}")
    let_in = {operation for operation, seen in statuses.items() if 200 in seen}
    # Nothing that can be guessed is a phone, the token of a body or the proof of a webhook.
    assert let_in >= OPERATIONS - {
        "POST /marketplace/activate",
        "POST /marketplace/api/pairing-code",
        "POST /webhook/yclients",
    }


async def test_the_document_names_every_code_s_shape_and_the_bearer(shared: Harness) -> None:
    document = (await shared.http.get("/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert operation.get("security") == ([{BEARER: []}] if "/api/" in path else None)
            for status, answer in operation["responses"].items():
                schema = answer["content"]["application/json"]["schema"]
                assert ("error" in schema["properties"]) == (int(status) >= 400), (method, path, status)


async def test_the_command_prints_the_document_that_is_served(shared: Harness, databases: Databases) -> None:
    url = await databases.fresh()
    environment = {**os.environ, "DATABASE_URL": url, "PARTNER_TOKEN": "", "JWT_SECRET": "", "DATA_KEY": ""}
    command = [sys.executable, "-m", "gateway", "openapi"]
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    await databases.drop(url)
    assert done.returncode == 0, done.stderr
    printed, served = json.loads(done.stdout), (await shared.http.get("/openapi.json")).json()
    assert printed == served
    assert json.dumps(printed, ensure_ascii=False, indent=2, sort_keys=True) == done.stdout.strip()

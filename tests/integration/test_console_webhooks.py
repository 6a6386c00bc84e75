"""The console's list of webhooks against the real gateway: live, filtered, complete after a cut, worked anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desktop.services import inbox_watch
from shared.admin_wire import WebhookFilter
from shared.vocabulary import WebhookKind, WebhookOutcome
from tests.integration.test_admin_webhooks import RECORD
from tests.integration.test_console_core import joined
from tests.integration.test_webhooks import lifecycle
from tests.support.console_core import Core, running_core
from tests.support.harness import PARTNER_TOKEN, SALON, Harness

NOTICE = RECORD | {"partner_token": PARTNER_TOKEN}


@pytest.fixture
async def core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Core]:
    """A console, not connected, that asks often for what came."""
    monkeypatch.setattr(inbox_watch, "LOOK_EVERY_S", 0.2)
    async with running_core(tmp_path) as made:
        yield made


async def test_what_comes_while_somebody_looks_is_shown_newest_first_and_only_what_matches(
    core: Core, harness: Harness
) -> None:
    await harness.install()
    await joined(core, harness)
    inbox = core.models.inbox
    await core.console.watch_inbox(True)
    await harness.webhook(NOTICE)
    await core.is_so(lambda: [row.event for row in inbox.rows] == ["record.create"], "the notice is shown")
    await harness.webhook(lifecycle("payment"))
    shown = ["payment", "record.create"]
    await core.is_so(lambda: [row.event for row in inbox.rows] == shown, "the payment is shown above it")
    await core.is_so(lambda: inbox.rows[0].outcome is WebhookOutcome.APPLIED, "what came of it is shown")
    await core.console.set_inbox_filter(WebhookFilter(kinds=[WebhookKind.LIFECYCLE], salon_id=SALON))
    await core.is_so(lambda: [row.event for row in inbox.rows] == ["payment"], "the rest is filtered away")
    await harness.webhook(NOTICE | {"resource_id": 2})
    await harness.webhook(lifecycle("payment", payment_id=2))
    await core.is_so(
        lambda: [row.event for row in inbox.rows] == ["payment"] * 2, "the next one is shown, alone"
    )


async def test_a_crowd_that_came_at_once_is_read_anew_and_nothing_is_missing(
    core: Core, harness: Harness
) -> None:
    await joined(core, harness)
    await harness.webhook(NOTICE)
    await core.console.watch_inbox(True)
    inbox = core.models.inbox
    await core.is_so(lambda: len(inbox.rows) == 1, "the first is shown")
    crowd = """
        INSERT INTO webhook_inbox (proof, kind, event, salon_id, body, digest, state, outcome)
        SELECT 'install_key', 'entity', 'record.update', %s, '{}', '\\x00', 'done', 'kept' FROM generate_series(1, 1300)
    """
    await harness.gateway.storage.write(lambda tx: tx.count(crowd, SALON))
    await core.is_so(
        lambda: len(inbox.rows) >= inbox_watch.LOOKS and inbox.rows[0].event == "record.update", "read anew"
    )
    for _ in range(8):
        await core.console.load_more_webhooks()
        await core.is_so(lambda: core.console.is_quiet, "a page more")
    assert inbox.is_complete
    rows = await harness.rows("SELECT id FROM webhook_inbox ORDER BY received_at DESC, id DESC")
    assert [row.webhook_id for row in inbox.rows] == [row["id"] for row in rows]


async def test_what_came_while_the_line_was_cut_is_there_after_it(core: Core, harness: Harness) -> None:
    await joined(core, harness)
    await core.console.watch_inbox(True)
    await harness.webhook(NOTICE)
    inbox = core.models.inbox
    await core.is_so(lambda: len(inbox.rows) == 1, "the first is shown")
    await core.console.disconnect()
    await harness.webhook(NOTICE | {"resource_id": 2})
    await joined(core, harness)
    await core.is_so(lambda: len(inbox.rows) == 2, "the second is shown")

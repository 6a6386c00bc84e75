"""Personal data: all of it is known, nothing is kept longer than needed, and what was destroyed is proven."""

from __future__ import annotations

import io
import json
import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.application.destruction import Ground, Purge, ReportSeal, canonical
from gateway.application.links import OtherSecrets
from gateway.commands import CommandError
from gateway.domain.errors import EventsGoneError
from gateway.jobs.retention import Retention, Terms
from gateway.keeping_commands import require_consent
from gateway.storage.audit_store import AuditStore
from gateway.storage.database import Storage
from gateway.storage.personal_data import OTHER, PERSONAL, SECRET
from gateway.storage.purge_store import PurgeStore, StillInstalledError
from gateway.storage.retention_store import PAGE, RetentionStore
from gateway.storage.session_store import SqlSessionStore
from shared.vocabulary import StaffRole
from tests.support.harness import OTHER_SALON, PARTNER_TOKEN, SALON, Harness
from tests.support.moments import StillClock
from tests.support.processes import DATA_KEY, JWT_SECRET, run_command
from tests.support.staff import member, request
from tests.support.waiting import until

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
TERMS = Terms(messages=30, bodies=90, events=365, purge_after=30)
PHONE = "+7 999 000-12-34"


def seal() -> ReportSeal:
    return ReportSeal(JWT_SECRET)


def retention(storage: Storage, clock: StillClock) -> Retention:
    return Retention(RetentionStore(storage), PurgeStore(storage, seal()), TERMS, clock)


class Later(StillClock):
    """A clock some days ahead whose sleeps take no time."""

    def __init__(self, days: float) -> None:
        super().__init__()
        self.at = datetime.now(UTC) + timedelta(days=days)

    async def sleep(self, seconds: float) -> None:
        """Do not."""


async def leave(harness: Harness, salon_id: int = SALON) -> None:
    """Uninstall at YCLIENTS and wait until it has taken effect."""
    harness.sandbox.market.disconnect(salon_id)

    async def is_gone() -> bool:
        rows = await harness.rows("SELECT 1 FROM whatsapp_sessions WHERE salon_id = %s", salon_id)
        return (await harness.install_row(salon_id))["closed_at"] is not None and not rows

    await until(is_gone, what="the salon has left")
    await harness.webhooks_processed()


async def test_every_column_of_the_schema_is_classified_once(storage: Storage) -> None:
    rows = await storage.read(
        lambda tx: tx.sql(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        )
    )
    classified = [
        (table, column)
        for kind in (PERSONAL, SECRET, OTHER) for table, columns in kind.items() for column in columns.split()
    ]  # fmt: skip
    assert len(classified) == len(set(classified))
    assert {(row["table_name"], row["column_name"]) for row in rows} == set(classified)


def test_the_inventory_for_people_names_exactly_the_personal_columns() -> None:
    section = OPERATIONS.read_text(encoding="utf-8").partition("## Personal data")[2].partition("\n## ")[0]
    told = {tuple(each.split(".")) for each in re.findall(r"`([a-z_]+\.[a-z_]+)`", section)}
    assert told == {(table, column) for table, columns in PERSONAL.items() for column in columns.split()}


async def test_a_salon_that_left_is_purged_after_its_term_and_not_before(harness: Harness) -> None:
    storage = harness.gateway.storage
    await harness.install()
    await harness.install(OTHER_SALON)
    kept = (await harness.install_row(OTHER_SALON))["owner_user_id"]
    await leave(harness)
    counts = await what_is_kept(harness, SALON)
    await retention(storage, Later(29)).round()
    assert await what_is_kept(harness, SALON) == counts
    await retention(storage, Later(31)).round()
    row = await harness.install_row()
    assert (row["owner_user_id"], row["error_text"]) == (None, None)
    assert row["closed_at"] is not None
    (company,) = await harness.rows("SELECT * FROM companies WHERE yclients_id = %s", SALON)
    assert (company["title"], company["city"]) == ("", None)
    left = await what_is_kept(harness, SALON)
    assert left == {
        "webhook_inbox": 0,
        "marketplace_events": 1,
        "partner_attempts": 0,
    }  # the event that tells of it
    assert (await harness.install_row(OTHER_SALON))["owner_user_id"] == kept
    (report,) = await PurgeStore(storage, seal()).reports()
    told = json.loads(report.body)["destroyed"]
    assert {table: told[table]["count"] for table in counts} == counts
    assert seal().verify(report.body, report.mac)
    with pytest.raises(EventsGoneError):  # whoever follows the sessions from before it is told
        await SqlSessionStore(storage, None).events_after(0, 10)
    await retention(storage, Later(32)).round()
    assert len(await PurgeStore(storage, seal()).reports()) == 1


async def what_is_kept(harness: Harness, salon_id: int) -> dict[str, int]:
    """Count the rows that hold something personal of a salon."""
    (row,) = await harness.rows(
        "SELECT (SELECT count(*) FROM webhook_inbox WHERE salon_id = %s) AS webhook_inbox, "
        "(SELECT count(*) FROM marketplace_events WHERE salon_id = %s) AS marketplace_events, "
        "(SELECT count(*) FROM partner_attempts a JOIN partner_calls c ON c.id = a.call_id JOIN installs i "
        "ON i.id = c.install_id WHERE i.salon_id = %s AND a.headers IS NOT NULL) AS partner_attempts",
        salon_id, salon_id, salon_id,
    )  # fmt: skip
    return row


async def test_a_salon_that_came_back_keeps_what_belongs_to_its_present_install(harness: Harness) -> None:
    await harness.install()
    await leave(harness)
    await harness.install()
    before = await harness.rows(
        "SELECT id FROM marketplace_events WHERE install_id = %s", (await harness.install_row())["id"]
    )
    await retention(harness.gateway.storage, Later(31)).round()
    row = await harness.install_row()
    assert (row["generation"], row["owner_user_id"] is not None, row["purged_at"]) == (2, True, None)
    after = await harness.rows("SELECT id FROM marketplace_events WHERE install_id = %s", row["id"])
    assert after == before
    (first,) = await harness.rows("SELECT owner_user_id, purged_at FROM installs WHERE generation = 1")
    assert first["owner_user_id"] is None
    (company,) = await harness.rows("SELECT title FROM companies WHERE yclients_id = %s", SALON)
    assert company["title"] != ""


async def test_a_salon_that_is_connected_is_not_purged(harness: Harness) -> None:
    await harness.install()
    with pytest.raises(StillInstalledError):
        await PurgeStore(harness.gateway.storage, seal()).purge(Purge(SALON, Ground.REQUEST, "cli", "asked"))


async def test_old_webhooks_answers_and_events_go_and_what_is_needed_stays(harness: Harness) -> None:
    storage = harness.gateway.storage
    await harness.install()
    await harness.gateway.staff.add("somebody", StaffRole.VIEWER)
    await storage.write(_fill)
    kept_note = "salon_id = %s AND type = 'webhook_processed' AND data ->> 'outcome' = 'kept'"
    story = await harness.rows(
        f"SELECT id FROM marketplace_events WHERE salon_id = %s AND NOT ({kept_note})", SALON, SALON
    )
    await retention(storage, Later(91)).round()
    assert await harness.rows(f"SELECT 1 FROM marketplace_events WHERE {kept_note}", SALON)
    assert await harness.rows("SELECT state FROM webhook_inbox") == [{"state": "pending"}]
    assert not await harness.rows(
        "SELECT 1 FROM partner_attempts WHERE headers IS NOT NULL OR body_head IS NOT NULL"
    )
    assert await harness.rows("SELECT 1 FROM partner_attempts WHERE http_status IS NOT NULL")
    (before,) = await harness.rows(
        "SELECT count(*) AS count FROM marketplace_events WHERE type = 'token_refused'"
    )
    assert before["count"] == PAGE + 7
    await retention(storage, Later(366)).round()
    assert not await harness.rows("SELECT 1 FROM marketplace_events WHERE type = 'token_refused'")
    assert await harness.rows("SELECT id FROM marketplace_events WHERE salon_id = %s", SALON) == story
    assert (await AuditStore(storage).verify()).is_whole


def _fill(tx: Any) -> None:
    """More than a page of webhooks and events, and one webhook that is still to be worked."""
    tx.count(
        "INSERT INTO webhook_inbox (received_at, proof, kind, body, digest, state, processed_at) SELECT now(), "
        "'partner_token', 'unknown', '{}', sha256(n::text::bytea), 'done', now() FROM generate_series(1, %s) n",
        PAGE + 7,
    )  # fmt: skip
    tx.count(
        "INSERT INTO webhook_inbox (proof, kind, body, digest, next_attempt_at) "
        "VALUES ('partner_token', 'unknown', '{}', '', now() + interval '1000 days')"
    )
    tx.append("webhook_processed", salon_id=SALON, is_note=True, event="record", outcome="kept", count=1)
    tx.count(
        "INSERT INTO marketplace_events (at, type) SELECT now(), 'token_refused' FROM generate_series(1, %s)",
        PAGE + 7,
    )


def test_a_report_that_was_altered_in_any_place_is_refused_and_one_of_a_former_secret_is_not() -> None:
    body = canonical({"report_id": 1, "destroyed": {"installs": {"count": 1}}})
    key_id, mac = seal().sign(body)
    assert seal().verify(body, mac)
    assert not seal().verify(body.replace("1", "2"), mac)
    assert not seal().verify(body, mac[:-1] + bytes([mac[-1] ^ 1]))
    assert ReportSeal("another-" + JWT_SECRET, OtherSecrets(previous=JWT_SECRET)).verify(body, mac)
    assert not ReportSeal("another-" + JWT_SECRET).verify(body, mac)
    assert JWT_SECRET not in key_id


@pytest.mark.parametrize("typed", ["", "101002", None])
def test_nothing_is_destroyed_or_replaced_without_its_name_typed(
    typed: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    with pytest.raises(CommandError):
        require_consent("101001", "ru", "en")
    monkeypatch.setattr("sys.stdin", Terminal("101001"))
    require_consent("101001", "ru", "en")


class Terminal(io.StringIO):
    """A person at a terminal, or none."""

    def __init__(self, typed: str | None) -> None:
        super().__init__(f"{typed}\n")
        self._is_there = typed is not None

    def isatty(self) -> bool:
        """Whether somebody is there."""
        return self._is_there


async def test_the_commands_find_purge_and_prove_without_printing_a_phone(
    harness: Harness, tmp_path: Path
) -> None:
    token = await harness.link()
    await harness.api("POST", "pairing-code", token, phone=PHONE)
    settings = {"DATABASE_URL": harness.database_url, "JWT_SECRET": JWT_SECRET, "DATA_KEY": DATA_KEY}
    found = await run_command("personal-data", "find", PHONE, settings=settings, folder=tmp_path)
    assert found.code == 0, found.said
    assert f"whatsapp_sessions.code_phone_sealed  {SALON}" in found.out
    assert "9990001234" not in found.said.replace(" ", "").replace("-", "")
    await harness.gateway.sessions.stop(SALON)  # nobody owns it any more
    await harness.gateway.storage.write(
        lambda tx: tx.count("UPDATE installs SET closed_at = now(), partner_state = 'uninstalled'")
    )
    file = tmp_path / "report.json"
    asked = (
        "personal-data",
        "purge",
        str(SALON),
        "--reason",
        "the owner asked",
        "--report",
        str(file),
        "--yes",
    )
    done = await run_command(*asked, settings=settings, folder=tmp_path)
    assert done.code == 0, done.said
    assert "9990001234" not in file.read_text(encoding="utf-8")
    file.write_text(
        file.read_text(encoding="utf-8").replace("the owner asked", "nobody asked"), encoding="utf-8"
    )
    assert (
        await run_command("personal-data", "verify", str(file), settings=settings, folder=tmp_path)
    ).code == 1
    (act,) = await harness.rows("SELECT * FROM audit_log WHERE operation = 'personal_data.purge'")
    assert (act["salon_id"], act["reason"], act["staff"]) == (SALON, "the owner asked", "cli")
    (report,) = await PurgeStore(harness.gateway.storage, seal()).reports(SALON)
    assert act["after"]["report_sha256"] == report.digest
    assert not await harness.rows("SELECT 1 FROM whatsapp_sessions")


async def test_people_in_webhooks_and_commands_are_on_no_wire_in_no_event_no_audit_and_no_log(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    """A customer of a booking stands in the webhook's own row alone; a phone typed by staff only sealed and masked."""
    caplog.set_level(logging.DEBUG, "gateway")
    people = (
        "Канарейкина",
        json.dumps("Канарейкина")[1:-1],
        "79161234567",
        "9161234567",
        "zoya@canary.example",
        "9990001234",
    )
    boss = await member(harness)
    await harness.install()
    customer = {"name": "Зоя Канарейкина", "phone": "79161234567", "email": "zoya@canary.example"}
    booking = {
        "company_id": SALON, "resource": "record", "resource_id": 5, "status": "create", "data": {"client": customer},
        "partner_token": PARTNER_TOKEN,
    }  # fmt: skip
    assert (await harness.webhook(booking)).status_code == 200
    await harness.webhooks_processed()
    await harness.link(OTHER_SALON)
    asked = {"salon_id": OTHER_SALON, "phone": PHONE}
    code = await request(harness, "sessions.pairing_code", boss, asked)
    assert code.status_code == 200, code.text
    (kept,) = await harness.rows("SELECT body FROM webhook_inbox WHERE kind = 'entity'")
    assert customer["email"] in kept["body"]
    seen = {"the answer with the code": code.text, "the log": caplog.text}
    for salon_id in (SALON, OTHER_SALON):
        for operation in ("installs.get", "timeline.list"):
            answer = await request(harness, operation, boss, {"salon_id": salon_id})
            assert answer.status_code == 200, answer.text
            seen[f"{operation} {salon_id}"] = answer.text
    for operation in ("installs.list", "calls.list", "audit.list", "staff.list"):
        seen[operation] = (await request(harness, operation, boss, {})).text
    for table in ("marketplace_events", "audit_log", "staff_commands", "installs", "whatsapp_sessions"):
        seen[table] = str(await harness.rows(f"SELECT t::text AS row FROM {table} t"))
    for place, text in seen.items():
        plain = text.replace(" ", "").replace("-", "")
        assert not [each for each in people if each in plain], place

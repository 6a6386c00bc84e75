"""Keys are rotated while everything runs: nobody is logged out, nothing sealed is lost, nothing is done twice."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from gateway.application.keys import JwtKeyIds
from gateway.application.links import NO_OTHERS, OtherSecrets
from gateway.bootstrap_admin import build_tokens
from gateway.bootstrap_parts import build_doctor
from gateway.clock import SystemClock
from gateway.domain.errors import GatewayError
from gateway.domain.session_records import InboundMessage, SendRecord, SendStatus
from gateway.storage.database import Storage
from gateway.storage.reseal_store import ResealStore, key_facts
from gateway.storage.sealed_columns import SEALED
from gateway.storage.secret_box import SecretBox
from gateway.storage.session_store import SqlSessionStore
from gateway.whatsapp.engine import Account
from gateway.whatsapp.seals import SessionSeals
from shared.vocabulary import StaffRole
from tests.support.harness import OTHER_SALON, SALON, Harness, running_harness
from tests.support.processes import JWT_SECRET
from tests.support.staff import member, new_key, request
from tests.support.waiting import until

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
NEW_SECRET = "another-" + JWT_SECRET


def secret(key: bytes) -> SecretStr:
    return SecretStr(base64.b64encode(key).decode())


def after_rotation(database_url: str, **settings: Any) -> AbstractAsyncContextManager[Harness]:
    """Run a gateway that has the new keys, and the former ones as previous."""
    rotated: dict[str, Any] = {
        "jwt_secret": SecretStr(NEW_SECRET), "jwt_secret_previous": SecretStr(JWT_SECRET), "data_key": secret(NEW),
        "data_key_previous": secret(OLD),
    }  # fmt: skip
    return running_harness(database_url, **(rotated | settings))


@asynccontextmanager
async def installs_locked(database_url: str) -> AsyncIterator[None]:
    """Hold the lock of every install's row."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT 1 FROM installs FOR UPDATE")
            yield
    finally:
        await connection.close()


async def findings(harness: Harness) -> dict[str, tuple[str, dict[str, str]]]:
    checks = await build_doctor(harness.gateway.settings, harness.gateway.storage, None).examine()
    return {check.subject: (check.code, check.params) for check in checks}


# -- JWT_SECRET ---------------------------------------------------------------------------------------


async def test_a_staff_token_is_carried_over_when_it_is_used_and_then_needs_the_old_secret_no_more(
    storage: Storage,
) -> None:
    old = build_tokens(storage, JWT_SECRET, SystemClock())
    rotating = build_tokens(storage, NEW_SECRET, SystemClock(), OtherSecrets(previous=JWT_SECRET))
    new = build_tokens(storage, NEW_SECRET, SystemClock())
    used, unused = await old.add("used", StaffRole.ADMIN), await old.add("unused", StaffRole.VIEWER)
    names = JwtKeyIds.of(NEW_SECRET, OtherSecrets(previous=JWT_SECRET))
    assert (await key_facts(storage, None, names)).staff_by_previous == 2
    assert (await rotating.verify(used.token)).name == "used"
    facts = await key_facts(storage, None, names)
    assert (facts.staff_by_previous, facts.staff_lost) == (1, 0)
    assert (await new.verify(used.token)).name == "used"
    with pytest.raises(GatewayError, match="staff_token_invalid"):
        await new.verify(unused.token)
    assert (await key_facts(storage, None, JwtKeyIds.of(NEW_SECRET, NO_OTHERS))).staff_lost == 1


async def test_a_process_that_only_knows_the_next_secret_does_not_carry_tokens_back(storage: Storage) -> None:
    new = build_tokens(storage, NEW_SECRET, SystemClock())
    behind = build_tokens(storage, JWT_SECRET, SystemClock(), OtherSecrets(next=NEW_SECRET))
    token = (await new.add("ahead", StaffRole.ADMIN)).token
    assert (await behind.verify(token)).name == "ahead"
    assert (await new.verify(token)).name == "ahead"


async def test_a_token_from_before_secrets_were_noted_is_counted_until_it_is_used(storage: Storage) -> None:
    old = build_tokens(storage, JWT_SECRET, SystemClock())
    token = (await old.add("early", StaffRole.ADMIN)).token
    await storage.write(lambda tx: tx.count("UPDATE staff SET key_id = NULL"))
    names = JwtKeyIds.of(NEW_SECRET, OtherSecrets(previous=JWT_SECRET))
    assert (await key_facts(storage, None, names)).staff_by_previous == 1
    rotating = build_tokens(storage, NEW_SECRET, SystemClock(), OtherSecrets(previous=JWT_SECRET))
    await rotating.verify(token)
    assert (await key_facts(storage, None, names)).staff_by_previous == 0


async def test_a_command_repeated_across_the_rotation_is_answered_as_before(database_url: str) -> None:
    key = new_key()
    async with running_harness(database_url) as harness:
        boss = await member(harness)
        victim = (await harness.gateway.staff.add("victim", StaffRole.VIEWER)).staff.staff_id
        given = {"staff_id": victim, "reason": "leaves us"}
        first = await request(harness, "staff.revoke", boss, given, Idempotency_Key=key)
        assert first.status_code == 200, first.text
    async with after_rotation(database_url) as harness:
        again = await request(harness, "staff.revoke", boss, given, Idempotency_Key=key)
        assert (again.status_code, again.json()) == (200, first.json())
        other = await request(
            harness, "staff.revoke", boss, given | {"reason": "another reason"}, Idempotency_Key=key
        )
        assert other.json()["error"]["code"] == "idempotency_conflict"
        assert len(await harness.rows("SELECT 1 FROM audit_log WHERE operation = 'staff.revoke'")) == 1


# -- DATA_KEY -----------------------------------------------------------------------------------------


async def test_everything_sealed_is_sealed_anew_beside_its_owner_and_the_old_key_can_go(
    database_url: str,
) -> None:
    async with running_harness(database_url) as harness:
        token = await harness.install()
        await harness.show_qr(await harness.link(OTHER_SALON), OTHER_SALON)
    async with after_rotation(database_url) as harness:
        link = await harness.state(token)
        assert link["stage"] == "active"

        async def all_anew() -> bool:
            return (await findings(harness))["DATA_KEY_PREVIOUS"][0] == "data_key_previous_ok"

        await until(all_anew, what="everything sealed anew")
        assert (await findings(harness))["JWT_SECRET_PREVIOUS"][0] == "jwt_secret_previous_ok"
        other = await harness.link(OTHER_SALON)
        await harness.scan(other, OTHER_SALON)
        await harness.reaches(other, "active", OTHER_SALON)
        facts = await key_facts(harness.gateway.storage, SecretBox(NEW), JwtKeyIds(None))
        assert facts.sealed_unknown == 0


async def test_a_value_that_no_key_opens_is_counted_and_left_as_it_is(harness: Harness) -> None:
    await harness.install()
    storage, rotating = harness.gateway.storage, SecretBox(NEW, previous=OLD)
    damage = "UPDATE installs SET api_key_sealed = set_byte(api_key_sealed, 40, 1 + get_byte(api_key_sealed, 40) % 200)"
    await storage.write(lambda tx: tx.count(damage))
    (before,) = await harness.rows("SELECT api_key_sealed, webhook_key_sealed FROM installs")
    assert (await ResealStore(storage, rotating).round()).unopenable == 1
    (after,) = await harness.rows("SELECT api_key_sealed, webhook_key_sealed FROM installs")
    assert bytes(after["api_key_sealed"]) == bytes(before["api_key_sealed"])
    assert bytes(after["webhook_key_sealed"]) != bytes(before["webhook_key_sealed"])
    facts = await key_facts(storage, rotating, JwtKeyIds(None))
    assert (facts.sealed_previous, facts.damaged, facts.sealed_unknown) == (1, 1, 0)
    facts = await key_facts(storage, SecretBox(NEW), JwtKeyIds(None))
    assert facts.sealed_unknown == 1


async def test_a_live_process_that_still_seals_with_the_previous_key_keeps_it_needed(
    harness: Harness,
) -> None:
    facts = await key_facts(harness.gateway.storage, SecretBox(NEW, previous=OLD), JwtKeyIds(None))
    assert facts.sealing_with_previous == 1


async def test_rows_that_are_locked_are_passed_over_and_sealed_anew_later(harness: Harness) -> None:
    """Nothing waits for the round, and the round waits for nobody."""
    await harness.install()
    storage, store = (
        harness.gateway.storage,
        ResealStore(harness.gateway.storage, SecretBox(NEW, previous=OLD)),
    )
    async with installs_locked(storage.url):
        done = (await store.round()).done
    assert done == 2  # the session's credentials and account; the install was locked
    assert (await store.round()).done == 2


async def test_a_copy_that_an_owner_read_before_does_not_bring_the_old_key_back(harness: Harness) -> None:
    await harness.install()
    storage, rotating = harness.gateway.storage, SecretBox(NEW, previous=OLD)
    await harness.gateway.sessions.stop(SALON)
    store = SqlSessionStore(storage, rotating)
    read_before = await store.load(SALON)
    assert read_before is not None
    waiting = SendRecord(
        salon_id=SALON, client_ref="c", status=SendStatus.QUEUED, at=read_before.since,
        payload_sealed=SessionSeals(SecretBox(OLD)).seal_message(SALON, "79990009901", "text"),
    )  # fmt: skip
    await store.queue_send(waiting, per_minute=9)
    assert (await ResealStore(storage, rotating).round()).done == 5
    assert await store.save(read_before) is None
    sending = replace(waiting, status=SendStatus.SENDING)
    assert await store.move_send(sending, expected=SendStatus.QUEUED)
    assert (await key_facts(storage, rotating, JwtKeyIds(None))).sealed_previous == 0


async def test_every_sealed_column_of_the_schema_is_in_the_one_list(storage: Storage) -> None:
    rows = await storage.read(
        lambda tx: tx.sql(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name LIKE '%%sealed'"
        )
    )
    there = {(row["table_name"], row["column_name"]) for row in rows}
    assert there == {(each.table, each.column) for each in SEALED}


def test_the_list_knows_what_each_value_of_a_session_is_bound_to() -> None:
    box = SecretBox(OLD)
    seals = SessionSeals(box)
    link = seals.seal_link(5, b"credentials", Account("79990009901@s.whatsapp.net", "Салон"))
    written = InboundMessage("m1", "79990009901@s.whatsapp.net", datetime.now(UTC), "text")
    sealed = {
        "credentials_sealed": link.credentials, "account_sealed": link.account, "qr_sealed": seals.seal_qr(5, "2@x"),
        "code_sealed": seals.seal_code(5, "ABCD1234"),
        "code_phone_sealed": seals.phone_for_code(5, "79990009901").sealed,
        "payload_sealed": seals.seal_message(5, "79990009901", "text"), "earlier_account_sealed": link.account,
        "content_sealed": seals.seal_content(5, written),
    }  # fmt: skip
    columns = {
        each.column: each
        for each in SEALED
        if each.table.startswith("whatsapp_") and each.table != "whatsapp_hints"
    }
    assert set(columns) == set(sealed)
    for column, value in sealed.items():
        assert box.open(value, columns[column].context({"salon_id": 5}))

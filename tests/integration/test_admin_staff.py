"""Staff's tokens: shown once, good for staff's doors alone, taken away at once; and the commands that make them."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.application.admin.staff import LIFETIME_DAYS, PREFIX, TOUCH_EVERY_S, StaffTokens
from gateway.bootstrap_admin import build_tokens
from gateway.domain.errors import GatewayError
from gateway.storage.database import Storage
from shared.vocabulary import StaffRole
from tests.support.harness import Harness
from tests.support.moments import StillClock
from tests.support.processes import (
    JWT_SECRET,
    Finished,
    embedded_data_dir,
    free_port,
    run_command,
    running_town,
    settings_of,
)
from tests.support.staff import member, request

TOKEN = re.compile(r"aiadmin_[A-Za-z0-9_-]{43}")
NOBODY = PREFIX + "A" * 43


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def still(database_url: str, clock: StillClock) -> AsyncIterator[Storage]:
    """The database at the time of the test's own clock."""
    made = Storage(database_url, pool_size=4, now=clock.now)
    yield made
    await made.close()


@pytest.fixture
def tokens(still: Storage, clock: StillClock) -> StaffTokens:
    return build_tokens(still, JWT_SECRET, clock)


async def refusal_of(tokens: StaffTokens, token: str | None) -> str:
    with pytest.raises(GatewayError) as refused:
        await tokens.verify(token)
    return refused.value.code


# -- tokens -------------------------------------------------------------------------------------------


async def test_a_token_is_long_has_its_prefix_and_is_stored_nowhere(
    tokens: StaffTokens, still: Storage
) -> None:
    issued = await tokens.add("Аня", StaffRole.OPERATOR)
    assert TOKEN.fullmatch(issued.token)
    assert issued.token not in repr(issued)
    for table in ("staff", "audit_log", "marketplace_events", "staff_commands"):
        rows = await still.read(lambda tx, table=table: tx.sql(f"SELECT t::text AS row FROM {table} t"))  # type: ignore[misc]
        assert not any(issued.token in row["row"] for row in rows)
        assert not any(issued.token.encode().hex() in row["row"] for row in rows)


async def test_a_token_is_good_for_ninety_days_unless_another_time_is_given(
    tokens: StaffTokens, clock: StillClock
) -> None:
    usual, short = (
        await tokens.add("a", StaffRole.VIEWER),
        await tokens.add("b", StaffRole.VIEWER, expires_in_days=1),
    )
    assert usual.staff.expires_at == clock.at + timedelta(days=LIFETIME_DAYS)
    clock.move(86_400 - 1)
    assert (await tokens.verify(short.token)).member == short.staff.member
    clock.move(1)
    assert await refusal_of(tokens, short.token) == "staff_token_expired"
    assert (await tokens.verify(usual.token)).role is StaffRole.VIEWER


async def test_a_token_that_nobody_used_for_thirty_days_has_ended(
    tokens: StaffTokens, clock: StillClock
) -> None:
    """ASVS 7.3: an idle limit, as long as a holiday."""
    used, idle = await tokens.add("a", StaffRole.VIEWER), await tokens.add("b", StaffRole.VIEWER)
    clock.move(29 * 86_400)
    await tokens.verify(used.token)
    clock.move(2 * 86_400)
    assert (await tokens.verify(used.token)).member == used.staff.member
    assert await refusal_of(tokens, idle.token) == "staff_token_expired"
    assert await tokens.refused([idle.staff.staff_id]) == {idle.staff.staff_id: "staff_token_expired"}


async def test_what_is_no_token_is_refused_with_the_reason(tokens: StaffTokens) -> None:
    good = (await tokens.add("a", StaffRole.ADMIN)).token
    assert await refusal_of(tokens, None) == "staff_token_missing"
    assert await refusal_of(tokens, "") == "staff_token_missing"
    wrong = [
        NOBODY, good[:-1], good + "A", good.upper(), good.removeprefix(PREFIX), " " + good, good[:-1] + "я",
        "aiadmin_", "\x00" * 51, "9" * 100_000,
    ]  # fmt: skip
    for token in wrong:
        assert await refusal_of(tokens, token) == "staff_token_invalid", token[:60]


async def test_a_token_made_under_another_secret_is_nobody_s(still: Storage, clock: StillClock) -> None:
    issued = await build_tokens(still, "another-" + JWT_SECRET, clock).add("a", StaffRole.ADMIN)
    assert await refusal_of(build_tokens(still, JWT_SECRET, clock), issued.token) == "staff_token_invalid"


async def test_without_a_secret_there_are_no_tokens(still: Storage, clock: StillClock) -> None:
    tokens = build_tokens(still, None, clock)
    assert await refusal_of(tokens, NOBODY) == "not_configured"
    with pytest.raises(GatewayError, match="not_configured"):
        await tokens.add("a", StaffRole.ADMIN)
    with pytest.raises(GatewayError, match="not_configured"):
        await tokens.revoke("a")


async def test_a_revoked_token_is_refused_and_its_name_is_free_again(tokens: StaffTokens) -> None:
    first = await tokens.add("Аня", StaffRole.VIEWER)
    with pytest.raises(GatewayError, match="staff_name_taken"):
        await tokens.add(" АНЯ ", StaffRole.ADMIN)
    revoked = await tokens.revoke("аня")
    assert revoked.revoked_at is not None
    assert await refusal_of(tokens, first.token) == "staff_token_revoked"
    again = await tokens.add("Аня", StaffRole.ADMIN)
    assert [each.staff_id for each in await tokens.list()] == [again.staff.staff_id]
    assert len(await tokens.list(include_revoked=True)) == 2
    assert (await tokens.revoke(str(first.staff.staff_id))).revoked_at == revoked.revoked_at
    for nobody in ("999", "Олег", ""):
        with pytest.raises(GatewayError, match="staff_not_found"):
            await tokens.revoke(nobody)


@pytest.mark.parametrize("name", ["", "  ", "12", "cli", "CLI", "a\nb", "a\x00", "\u202e", "я" * 101])
async def test_a_name_must_be_told_apart_from_a_number_and_the_command_line(
    tokens: StaffTokens, name: str
) -> None:
    with pytest.raises(GatewayError, match="field_invalid"):
        await tokens.add(name, StaffRole.VIEWER)
    assert await tokens.list(include_revoked=True) == []


async def test_the_last_use_is_noted_once_a_minute(tokens: StaffTokens, clock: StillClock) -> None:
    issued = await tokens.add("a", StaffRole.VIEWER)

    async def last_used() -> object:
        (record,) = await tokens.list()
        return record.last_used_at

    assert await last_used() is None
    began = clock.at
    await tokens.verify(issued.token)
    assert await last_used() == began
    clock.move(TOUCH_EVERY_S - 1)
    await tokens.verify(issued.token)
    assert await last_used() == began
    clock.move(1)
    await tokens.verify(issued.token)
    assert await last_used() == clock.at


async def test_tokens_of_staff_and_links_of_owners_open_only_their_own_doors(harness: Harness) -> None:
    staff, link = await member(harness), await harness.link()
    assert (await harness.api("GET", "state", staff)).json()["error"]["code"] == "token_invalid"
    answer = await request(harness, "staff.me", link)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "staff_token_invalid")
    assert answer.headers["www-authenticate"] == 'Bearer realm="staff"'


# -- commands -----------------------------------------------------------------------------------------


async def command(database_url: str, folder: Path, *arguments: str, **settings: str) -> Finished:
    known = {"DATABASE_URL": database_url, "JWT_SECRET": JWT_SECRET}
    return await run_command(*arguments, settings=known | settings, folder=folder)


async def test_a_member_added_by_command_is_let_in_by_a_running_gateway_until_revoked_by_command(
    harness: Harness, tmp_path: Path
) -> None:
    done = await command(harness.database_url, tmp_path, "staff", "add", "Аня", "--role", "operator")
    assert done.code == 0, done.said
    token = done.out.removesuffix("\n")
    assert TOKEN.fullmatch(token), "the token is alone on standard output"
    assert "Аня" in done.err
    assert token not in done.err
    assert (await request(harness, "staff.me", token)).json()["staff"]["role"] == "operator"

    listed = await command(harness.database_url, tmp_path, "staff", "list", "--json")
    (row,) = json.loads(listed.out)
    assert (row["name"], row["role"], row["revoked_at"]) == ("Аня", "operator", None)
    assert row["last_used_at"] is not None
    plain = await command(harness.database_url, tmp_path, "staff", "list")
    assert "Аня" in plain.out
    assert token not in listed.said + plain.said

    done = await command(harness.database_url, tmp_path, "staff", "revoke", "аня", "--reason", "ушла")
    assert done.code == 0, done.said
    answer = await request(harness, "staff.me", token)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "staff_token_revoked")
    acts = await harness.rows("SELECT staff, operation, reason FROM audit_log ORDER BY id")
    assert [tuple(act.values()) for act in acts] == [
        ("cli", "staff.add", None),
        ("cli", "staff.revoke", "ушла"),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("staff", "revoke", "nobody"), "staff_not_found"),
        (("staff", "add", "42", "--role", "viewer"), "a name has"),
    ],
)
async def test_a_command_that_cannot_be_done_says_why_and_fails(
    database_url: str, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = await command(database_url, tmp_path, *arguments)
    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "a", "--role", "king"),
        ("add", "a"),
        ("add", "a", "--role", "admin", "--expires-days", "0"),
        (),
    ],
)
async def test_wrong_usage_is_told_and_nothing_is_printed(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = await command("postgresql://nowhere/", tmp_path, "staff", *arguments)
    assert (done.code, done.out) == (2, "")
    assert "usage:" in done.err


async def test_without_the_secret_the_commands_refuse(database_url: str, tmp_path: Path) -> None:
    for arguments in (("add", "a", "--role", "admin"), ("list",), ("revoke", "a")):
        done = await command(database_url, tmp_path, "staff", *arguments, JWT_SECRET="")
        assert (done.code, done.out) == (1, "")
        assert "not_configured" in done.err
        assert "JWT_SECRET" in done.err


async def test_the_commands_share_the_embedded_database_with_a_gateway_that_runs(tmp_path: Path) -> None:
    with embedded_data_dir() as data_dir:
        async with running_town(tmp_path, DATA_DIR=str(data_dir)) as town:
            await town.gateway.start()
            settings = settings_of(free_port(), town.sandbox_url, DATA_DIR=str(data_dir))
            done = await run_command(
                "staff", "add", "a", "--role", "admin", settings=settings, folder=tmp_path
            )
            assert done.code == 0, done.said
            answer = await request(town.harness, "staff.me", done.out.strip())
            assert answer.status_code == 200
            assert (await town.gateway.stop()) == 0
        assert done.out.strip() not in town.gateway.program.output()

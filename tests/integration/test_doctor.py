"""The doctor: every finding, in both languages, from the real partner client and a real database where there is one."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import itertools
import json
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from gateway.application import doctor as doctor_module
from gateway.application.doctor import (
    Check,
    Configuration,
    Doctor,
    Level,
    NeonizeFacts,
    SessionServer,
    WebhookFacts,
    exit_code,
)
from gateway.application.keys import KeyFacts
from gateway.application.records import EntryFacts
from gateway.bootstrap_parts import build_doctor, build_partner
from gateway.clock import SystemClock
from gateway.domain.partner_answers import FailureKind, Priority, ProbeResult
from gateway.domain.signatures import PLACEHOLDER_TOKEN, fingerprint
from gateway.sandbox.app import Sandbox
from gateway.storage.budget import PartnerBudget
from gateway.storage.database import Storage
from gateway.storage.install_store import InstallStore
from gateway.storage.schema import SchemaLevel
from resources.texts import LANGUAGES, entry, text
from tests.support.databases import Databases
from tests.support.harness import APPLICATION_ID, PARTNER_TOKEN, running_sandbox, settings_for
from tests.support.processes import Finished, run_command, settings_of
from tests.unit.yclients.loopback import Hangs, loopback, says_json

LISTENING = "http://127.0.0.1:8080"


def found(checks: Sequence[Check]) -> dict[str, tuple[str, str]]:
    """Return the findings as subject → (level, code)."""
    return {check.subject: (check.level.value, check.code) for check in checks}


def by_subject(checks: Sequence[Check], subject: str) -> Check:
    return next(check for check in checks if check.subject == subject)


@asynccontextmanager
async def examined(
    partner_url: str, storage: Storage, timeout_s: float = 5, **settings: Any
) -> AsyncIterator[list[Check]]:
    """Run the doctor over complete settings with some of them changed."""
    chosen = settings_for(LISTENING, partner_url, **settings)
    clock = SystemClock()
    async with build_partner(chosen, PartnerBudget(storage, clock), clock, timeout_s=timeout_s) as partner:
        yield await build_doctor(chosen, storage, partner).examine()


@pytest.fixture
async def sandbox() -> AsyncIterator[tuple[Sandbox, str]]:
    """A sandbox YCLIENTS and its address."""
    async with running_sandbox(LISTENING) as made:
        yield made


# -- with the real client, sandbox and database -------------------------------------------------------


async def test_a_good_configuration_is_told_with_latency_fingerprint_version_and_level(
    sandbox: tuple[Sandbox, str], storage: Storage
) -> None:
    async with examined(sandbox[1], storage) as checks:
        seen = found(checks)
    assert seen["PARTNER_TOKEN"] == ("ok", "token_accepted")
    assert seen["APPLICATION_ID"] == ("ok", "application_id_set")
    assert seen["CLOCK"] == ("ok", "clock_ok")
    assert seen["JWT_SECRET"] == ("ok", "secret_set")
    assert seen["DATA_KEY"] == ("ok", "data_key_set")
    assert seen["DATABASE_URL"] == ("ok", "database_ok")
    assert seen["MIGRATIONS"] == ("ok", "migrations_ok")
    assert seen["PUBLIC_URL"] == ("warn", "public_url_loopback")
    assert seen["WHATSAPP_POOL"] == ("warn", "pool_simulator")
    assert "REQUIRE_SIGNED_ENTRY" not in seen
    assert exit_code(checks) == 0
    token = by_subject(checks, "PARTNER_TOKEN")
    assert token.params["fingerprint"] == fingerprint(PARTNER_TOKEN)
    assert 0 <= int(token.params["latency_ms"]) < 3000
    assert checks[0] is token
    assert sandbox[0].market.report()["calls"] == {"salons": 1}


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (None, "token_missing"),
        ("", "token_blank"),
        ("   ", "token_blank"),
        ('"secret-in-quotes"', "token_quoted"),
        ("«secret-in-quotes»", "token_quoted"),
        ("secret with-space", "token_whitespace"),
        ("secret-then-newline\n", "token_whitespace"),
        (PLACEHOLDER_TOKEN, "token_placeholder"),
        (PLACEHOLDER_TOKEN.upper(), "token_placeholder"),
        ("секретный-токен", "token_unprintable"),
    ],
)
async def test_a_token_that_cannot_be_real_is_told_apart_without_a_call_to_the_partner(
    sandbox: tuple[Sandbox, str], storage: Storage, token: str | None, code: str
) -> None:
    """Incident I-76: a placeholder, a blank or quotes in PARTNER_TOKEN went unnoticed for days."""
    secret = None if token is None else SecretStr(token)
    async with examined(sandbox[1], storage, partner_token=secret, partner_token_previous=secret) as checks:
        assert found(checks)["PARTNER_TOKEN"] == ("bad", code)
        previous = found(checks).get("PARTNER_TOKEN_PREVIOUS")
        assert previous in (None, ("warn", code))
    assert exit_code(checks) == 1
    assert sandbox[0].market.report()["calls"] == {}
    if code not in ("token_missing", "token_blank", "token_placeholder"):
        assert str(token).strip("\n") not in repr(checks) + told(checks)


def told(checks: Sequence[Check]) -> str:
    return "\n".join(
        text(lang, f"doctor.{check.code}", **check.params) for check in checks for lang in LANGUAGES
    )


@pytest.mark.parametrize(
    ("fault", "token", "application"),
    [
        ("401", ("bad", "token_refused_401"), ("ok", "application_id_set")),
        ("403_foreign", ("bad", "token_refused_403"), ("ok", "application_id_set")),
        ("404", ("warn", "token_unprobeable"), ("bad", "application_id_unknown")),
        ("500", ("warn", "token_unprobeable"), ("ok", "application_id_set")),
        ("200_html", ("warn", "token_unprobeable"), ("ok", "application_id_set")),
        ("429", ("warn", "token_unprobeable"), ("ok", "application_id_set")),
        ("reset_before", ("warn", "token_unprobeable"), ("ok", "application_id_set")),
        ("meta_absent", ("ok", "token_accepted"), ("ok", "application_id_set")),
        ("string_ids", ("ok", "token_accepted"), ("ok", "application_id_set")),
    ],
)
async def test_what_the_partner_says_to_the_probe_is_told_apart(
    sandbox: tuple[Sandbox, str],
    storage: Storage,
    fault: str,
    token: tuple[str, str],
    application: tuple[str, str],
) -> None:
    sandbox[0].market.faults.put(fault)
    async with examined(sandbox[1], storage) as checks:
        seen = found(checks)
    assert (seen["PARTNER_TOKEN"], seen["APPLICATION_ID"]) == (token, application)
    assert by_subject(checks, "PARTNER_TOKEN").params["fingerprint"] in told(checks)
    assert exit_code(checks) == int("bad" in (token[0], application[0]))
    assert PARTNER_TOKEN not in repr(checks) + told(checks)


async def test_a_wrong_token_and_a_foreign_application_are_found_out_by_the_real_rules(
    sandbox: tuple[Sandbox, str], storage: Storage
) -> None:
    async with examined(sandbox[1], storage, partner_token=SecretStr("another-token-0451")) as checks:
        assert found(checks)["PARTNER_TOKEN"] == ("bad", "token_refused_401")
    async with examined(sandbox[1], storage, application_id=APPLICATION_ID + 1) as checks:
        assert found(checks)["PARTNER_TOKEN"] == ("bad", "token_refused_403")


async def test_without_an_application_the_token_is_known_but_untried(
    sandbox: tuple[Sandbox, str], storage: Storage
) -> None:
    chosen = settings_for(LISTENING, sandbox[1], application_id=None)
    checks = await build_doctor(chosen, storage, None).examine()
    assert found(checks)["PARTNER_TOKEN"] == ("warn", "token_not_probed")
    assert found(checks)["APPLICATION_ID"] == ("bad", "application_id_missing")


@pytest.mark.parametrize(
    ("offset_s", "expected"),
    [(0, ("ok", "clock_ok")), (20, ("ok", "clock_ok")), (-20, ("ok", "clock_ok")), (90, ("bad", "clock_off")),
     (-3600, ("bad", "clock_off"))],
)  # fmt: skip
async def test_our_clock_is_held_against_the_partners_date_in_both_directions(
    storage: Storage, offset_s: int, expected: tuple[str, str]
) -> None:
    date = (datetime.now(UTC) + timedelta(seconds=offset_s)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    says = says_json(200, {"success": True, "data": [], "meta": []}, date=date)
    async with loopback(says) as partner, examined(partner.url, storage) as checks:
        assert found(checks)["CLOCK"] == expected
        shown = float(by_subject(checks, "CLOCK").params["seconds"])
    assert abs(shown - offset_s) <= 2
    assert exit_code(checks) == int(expected[0] == "bad")


async def test_a_partner_without_a_date_says_nothing_about_the_clock(storage: Storage) -> None:
    async with loopback(says_json(200, {"data": []})) as partner, examined(partner.url, storage) as checks:
        assert "CLOCK" not in found(checks)


async def test_a_silent_partner_costs_no_more_than_the_clients_patience(storage: Storage) -> None:
    async with loopback(Hangs()) as partner:
        began = time.monotonic()
        async with examined(partner.url, storage, timeout_s=0.5) as checks:
            assert found(checks)["PARTNER_TOKEN"] == ("warn", "token_unprobeable")
        assert 0.5 <= time.monotonic() - began < 5
    assert by_subject(checks, "PARTNER_TOKEN").params["kind"] == "timeout"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"public_url": "https://ai-admin.example"}, ("ok", "public_url_ok")),
        ({"public_url": "http://127.0.0.1:8080"}, ("warn", "public_url_loopback")),
        ({"public_url": "http://localhost:8080"}, ("warn", "public_url_loopback")),
        ({"public_url": None}, ("warn", "public_url_loopback")),
        ({"public_url": None, "bind": "0.0.0.0:8080"}, ("bad", "public_url_missing")),
    ],
)
async def test_the_public_address_must_be_https_or_this_machine(
    storage: Storage, settings: dict[str, Any], expected: tuple[str, str]
) -> None:
    chosen = settings_for(LISTENING, "http://127.0.0.1:1", **settings)
    checks = await build_doctor(chosen, storage, None).examine()
    assert found(checks)["PUBLIC_URL"] == expected


async def test_missing_secrets_are_bad_and_the_data_key_is_named_by_its_id(storage: Storage) -> None:
    bare = settings_for(LISTENING, "http://127.0.0.1:1", jwt_secret=None, data_key=None)
    checks = await build_doctor(bare, storage, None).examine()
    assert found(checks)["JWT_SECRET"] == ("bad", "jwt_secret_missing")
    assert found(checks)["DATA_KEY"] == ("bad", "data_key_missing")
    keys = {}
    for byte in (b"a", b"b"):
        value = base64.b64encode(byte * 32).decode()
        chosen = settings_for(LISTENING, "http://127.0.0.1:1", data_key=SecretStr(value))
        checks = await build_doctor(chosen, storage, None).examine()
        keys[value] = by_subject(checks, "DATA_KEY").params["key_id"]
        assert value not in told(checks)
    assert len(set(keys.values())) == 2


async def test_a_database_that_is_not_there_is_a_finding_soon(sandbox: tuple[Sandbox, str]) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        nowhere = Storage(
            f"postgresql://someone@127.0.0.1:{silent.getsockname()[1]}/x", pool_size=2, now=SystemClock().now
        )
        began = time.monotonic()
        checks = await build_doctor(settings_for(LISTENING, sandbox[1]), nowhere, None).examine()
        assert time.monotonic() - began < 10
        await nowhere.close()
    assert found(checks)["DATABASE_URL"] == ("bad", "database_unreachable")
    assert "MIGRATIONS" not in found(checks)
    assert exit_code(checks) == 1


async def test_the_migration_level_is_read_and_not_changed(
    sandbox: tuple[Sandbox, str], databases: Databases, storage: Storage
) -> None:
    url = await databases.fresh(template="template0")
    empty = Storage(url, pool_size=2, now=SystemClock().now)
    try:
        chosen = settings_for(LISTENING, sandbox[1])
        for _ in range(2):
            checks = await build_doctor(chosen, empty, None).examine()
            assert found(checks)["MIGRATIONS"] == ("warn", "migrations_pending")
            assert "0001_initial" in by_subject(checks, "MIGRATIONS").params["names"]
    finally:
        await empty.close()
        await databases.drop(url)
    await storage.write(
        lambda tx: tx.count("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', now())")
    )
    checks = await build_doctor(chosen, storage, None).examine()
    assert found(checks)["MIGRATIONS"] == ("bad", "migrations_unknown")
    assert by_subject(checks, "MIGRATIONS").params["names"] == "9999_later"


async def test_closing_unsigned_entry_is_advised_once_signed_entries_have_been_seen(storage: Storage) -> None:
    chosen = settings_for(LISTENING, "http://127.0.0.1:1")
    installs = InstallStore(storage, None)
    for signed, expected in ((False, None), (True, ("warn", "signed_entry_recommended"))):
        await installs.open_for_entry(
            EntryFacts(1, "Салон", None, None, "pending", signed=signed, owner_user_id=None)
        )
        checks = await build_doctor(chosen, storage, None).examine()
        assert found(checks).get("REQUIRE_SIGNED_ENTRY") == expected
    strict = settings_for(LISTENING, "http://127.0.0.1:1", require_signed_entry=True)
    checks = await build_doctor(strict, storage, None).examine()
    assert found(checks)["REQUIRE_SIGNED_ENTRY"] == ("ok", "signed_entry_required")


@pytest.mark.parametrize(("is_there", "level", "code"), [
    (True, "ok", "pool_neonize_set"), (False, "bad", "pool_neonize_missing"),
])  # fmt: skip
async def test_an_optional_library_that_is_missing_is_bad(is_there: bool, level: str, code: str) -> None:
    facts = NeonizeFacts("0.5.2", is_there)
    configuration = dataclasses.replace(SOUND, whatsapp_pool="neonize", neonize=facts)
    checks = await examined_alone(configuration, None, LEVEL)
    assert found(checks)["WHATSAPP_POOL"] == (level, code)


# -- every finding there is, and its words ------------------------------------------------------------

SOUND = Configuration(
    partner_token="token-of-the-walk", partner_token_previous=None, application_id=77, jwt_secret_is_set=True,
    data_key_id="0a1b2c3d", public_url="https://ai-admin.example", public_url_is_https=True,
    public_url_is_loopback=False, require_signed_entry=False, whatsapp_pool="simulator", has_socket_client=True,
)  # fmt: skip
LEVEL = SchemaLevel(180004, ("0001_initial",), (), ())


class Partner:
    """Answers the probe as it was told to."""

    def __init__(self, kind: FailureKind | None, offset_s: float | None = 0.0) -> None:
        self.result = ProbeResult(kind, 200, 12, offset_s, None)

    async def probe(self, priority: Priority) -> ProbeResult:
        return self.result


def configurations() -> list[Configuration]:
    tokens = (None, "", '"q"', "a b", PLACEHOLDER_TOKEN, "тест", "fine-token")
    changes: list[dict[str, Any]] = [
        {"partner_token": each, "partner_token_previous": each} for each in tokens
    ]
    changes += [{"application_id": None}, {"jwt_secret_is_set": False, "data_key_id": None}]
    changes += [{"public_url": None}, {"public_url_is_https": False}]
    changes += [{"public_url_is_https": False, "public_url_is_loopback": True}]
    changes += [{"require_signed_entry": True}, {"whatsapp_pool": "waha"}, {"has_socket_client": False}]
    changes += [
        {
            "whatsapp_pool": "neonize",
            "neonize": NeonizeFacts("0.5.2", is_there),
        }
        for is_there in (True, False)
    ]
    return [dataclasses.replace(SOUND, **change) for change in changes]


LEVELS: tuple[SchemaLevel | None, ...] = (
    LEVEL, None, dataclasses.replace(LEVEL, server_version=140011),
    dataclasses.replace(LEVEL, applied=(), pending=("0001_initial",)),
    dataclasses.replace(LEVEL, unknown=("9999_later",)),
)  # fmt: skip
PARTNERS = (None, *(Partner(kind, offset) for kind in (None, *FailureKind) for offset in (0.0, 600.0, None)))


MORNING = datetime(2026, 5, 1, 9, tzinfo=UTC)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
WEBHOOKS = (
    WebhookFacts(None, None, None, has_active_install=False),
    WebhookFacts(None, None, None, has_active_install=True),
    WebhookFacts(NOON, MORNING, "webhook_unauthorized", has_active_install=True),
    WebhookFacts(MORNING, NOON, "webhook_unauthorized", has_active_install=True),
)


KEYS = (
    KeyFacts(), KeyFacts(sealed_previous=3, damaged=1, sealed_unknown=2, staff_by_previous=4, staff_lost=5),
    KeyFacts(sealing_with_previous=1, signing_with_previous=1), KeyFacts(sealed_previous=1, damaged=1),
)  # fmt: skip


SERVER = SessionServer("main", 5, "2026.7.1", "GOWS", 2)
SERVERS = (
    (SERVER, dataclasses.replace(SERVER, name="other")),
    *((SERVER, dataclasses.replace(SERVER, fault=each)) for each in ("remote_auth", "remote_unreachable", "other")),
    (dataclasses.replace(SERVER, is_supported=False, version="2025.1.1"),),
    (dataclasses.replace(SERVER, engine="NOWEB"), SERVER), (dataclasses.replace(SERVER, sessions=5),),
)  # fmt: skip


async def examined_alone(
    configuration: Configuration,
    partner: Partner | None,
    level: SchemaLevel | None,
    webhooks: WebhookFacts = WEBHOOKS[0],
    keys: KeyFacts = KEYS[0],
    *,
    probe: bool = True,
    servers: Sequence[SessionServer] = (),
) -> list[Check]:
    async def database() -> SchemaLevel:
        if level is None:
            raise ConnectionRefusedError
        return level

    async def seen() -> bool:
        return True

    async def facts() -> WebhookFacts:
        return webhooks

    async def of_keys() -> KeyFacts:
        return keys

    async def of_servers() -> Sequence[SessionServer]:
        return servers

    made = Doctor(configuration, partner, database, seen, facts, of_keys, of_servers)  # type: ignore[arg-type]
    return await made.examine(probe=probe)


async def every_finding() -> list[Check]:
    """Return every finding the doctor can come to, some of them many times."""
    found = [Check("SETTING", Level.BAD, "setting_invalid", {"problem": "…"})]
    for configuration, level in itertools.chain(
        ((each, LEVEL) for each in configurations()), ((SOUND, each) for each in LEVELS)
    ):
        for partner, probe, webhooks in itertools.product(PARTNERS, (True, False), WEBHOOKS):
            checks = await examined_alone(configuration, partner, level, webhooks, probe=probe)
            assert len({check.subject for check in checks}) == len(checks)
            found += checks
    rotating = dataclasses.replace(SOUND, data_key_previous_is_set=True, jwt_secret_previous_is_set=True)
    for keys in KEYS:
        checks = await examined_alone(rotating, None, LEVEL, keys=keys)
        assert len({check.subject for check in checks}) == len(checks)
        found += checks
    remote = dataclasses.replace(SOUND, whatsapp_pool="waha")
    for servers in SERVERS:
        found += await examined_alone(remote, None, LEVEL, servers=servers)
    return found


async def test_every_finding_has_its_sentence_in_both_languages_and_every_sentence_its_finding() -> None:
    codes = {check.code: check.params for check in await every_finding()}
    codes["signatures_broken"] = {}
    for lang in LANGUAGES:
        assert set(codes) == set(entry(lang, "doctor"))
        for code, params in codes.items():
            sentence = text(lang, f"doctor.{code}", **params)
            assert "{" not in sentence
            assert "token-of-the-walk" not in sentence
            is_about_the_probe = code.startswith("token_")  # which knows more than each sentence says
            assert is_about_the_probe or all(value in sentence for value in params.values()), (
                f"{lang} {code} {params}"
            )


async def test_every_finding_says_why_it_matters_and_what_is_not_well_says_what_to_do() -> None:
    checks = await every_finding()
    subjects = {check.subject for check in checks} - {"SETTING"}
    amiss = {check.code for check in checks if check.level is not Level.OK} | {"signatures_broken"}
    for lang in LANGUAGES:
        assert subjects == set(entry(lang, "doctor_why"))
        assert amiss == set(entry(lang, "doctor_do"))
        for group in ("doctor_why", "doctor_do"):
            assert all(said.endswith(".") and "{" not in said for said in entry(lang, group).values())


async def test_a_damaged_check_of_signatures_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    for damaged in (None, b"{}"):
        monkeypatch.setattr(doctor_module, "verify_user_data", lambda *_, damaged=damaged: damaged)
        checks = await examined_alone(SOUND, None, LEVEL)
        assert found(checks)["SIGNATURES"] == ("bad", "signatures_broken")


def test_only_what_is_bad_fails_the_command() -> None:
    findings = {level: Check("X", level, "x") for level in Level}
    assert exit_code([findings[Level.OK], findings[Level.WARN]]) == 0
    assert exit_code([findings[Level.OK], findings[Level.BAD]]) == 1
    assert exit_code([]) == 0


# -- as a command -------------------------------------------------------------------------------------


async def doctor(folder: Path, *arguments: str, **settings: str) -> Finished:
    return await run_command("doctor", *arguments, settings=settings, folder=folder)


async def test_the_command_tells_a_person_in_russian_and_a_machine_in_json(
    tmp_path: Path, sandbox: tuple[Sandbox, str], database_url: str
) -> None:
    good = settings_of(8080, sandbox[1], DATABASE_URL=database_url)
    russian, machine = await asyncio.gather(
        doctor(tmp_path, **good), doctor(tmp_path, "--json", "--lang", "en", **good)
    )
    assert (russian.code, machine.code) == (0, 0), russian.err + machine.err
    assert "✓ PARTNER_TOKEN" in russian.out
    assert f"отпечаток {fingerprint(PARTNER_TOKEN)}" in russian.out
    answer = json.loads(machine.out)
    assert answer["ok"] is True
    rows = {row["subject"]: row for row in answer["checks"]}
    assert rows["PARTNER_TOKEN"]["code"] == "token_accepted"
    assert rows["PARTNER_TOKEN"]["text"].startswith("YCLIENTS accepts the token")
    assert rows["MIGRATIONS"]["level"] == "ok"
    assert (russian.err, machine.err) == ("", "")
    for said in (russian.said, machine.said):
        for name in ("PARTNER_TOKEN", "JWT_SECRET", "DATA_KEY"):
            assert good[name] not in said


async def test_the_command_says_what_is_wrong_even_without_database_and_token(
    tmp_path: Path, sandbox: tuple[Sandbox, str], databases: Databases
) -> None:
    """The probe shares its limits through the database; a database that is away or empty must not hide the token."""
    empty = await databases.fresh(template="template0")
    refused = settings_of(8080, sandbox[1]) | {"PARTNER_TOKEN": "unknown-token-7c1e"}
    away, unmigrated, bare = await asyncio.gather(
        doctor(tmp_path, "--json", **refused, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing"),
        doctor(tmp_path, "--json", **refused, DATABASE_URL=empty),
        doctor(tmp_path, DATABASE_URL=empty),
    )
    await databases.drop(empty)
    for each in (away, unmigrated):
        assert (each.code, each.err) == (1, "")
        codes = {row["subject"]: row["code"] for row in json.loads(each.out)["checks"]}
        assert codes["PARTNER_TOKEN"] == "token_refused_401"
        assert "unknown-token-7c1e" not in each.said
    assert '"database_unreachable"' in away.out
    assert '"migrations_pending"' in unmigrated.out
    assert bare.code == 1
    for subject in ("PARTNER_TOKEN", "APPLICATION_ID", "JWT_SECRET", "DATA_KEY"):
        assert f"✗ {subject}" in bare.out


async def test_settings_that_cannot_be_read_are_findings_without_their_values(
    tmp_path: Path, database_url: str
) -> None:
    wrong = {
        "APPLICATION_ID": "not-a-number", "DATA_KEY": "bm90LTMyLWJ5dGVz", "JWT_SECRET": "too-short-secret",
        "PUBLIC_URL": "http://gateway.example", "DATABASE_URL": database_url,
    }  # fmt: skip
    done = await doctor(tmp_path, **wrong)
    assert done.code == 1
    for name in ("APPLICATION_ID", "DATA_KEY", "JWT_SECRET", "PUBLIC_URL"):
        assert f"✗ {name}" in done.out
        assert wrong[name] not in done.said

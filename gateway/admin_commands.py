"""The commands about staff: who they are, whether the audit is whole, what the admin protocol is.

They run beside a gateway or without one, and what they change is audited as the act of `cli`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from gateway.application.admin.staff import (
    LIFETIME_DAYS,
    MAX_LIFETIME_DAYS,
    IssuedToken,
    StaffTokens,
    is_name,
    view_of,
)
from gateway.application.records import ChainReport, StaffRecord
from gateway.bootstrap_admin import build_tokens
from gateway.bootstrap_parts import known_secrets, other_secrets
from gateway.clock import SystemClock
from gateway.commands import CommandError, database, explained, run_async
from gateway.config import Settings, load_settings
from gateway.domain.errors import DatabaseUnavailableError, GatewayError
from gateway.http.protocol_document import protocol_markdown
from gateway.log_setup import set_up_logging
from gateway.storage.audit_store import AuditStore
from gateway.storage.database import Storage
from gateway.storage.schema import migrate
from resources.texts import text
from shared.vocabulary import StaffRole

PROTOCOL_FILE = Path(__file__).resolve().parents[1] / "docs" / "protocol.md"
_NAME_RULE = (
    "Имя: до 100 печатных знаков, не одни цифры и не cli / "
    "a name has up to 100 printable characters, is no number and not cli"
)
_PROBLEMS = {
    "altered": "её изменили / it was altered",
    "displaced": "перед ней запись убрали, вставили или переставили / a row before it was taken out, put in or moved",
    "cut_off": "записи после неё убрали / the rows after it were taken out",
    "untold": "её дописали в обход шлюза, в истории её нет / it was put in past the gateway, no event tells it",
}
Result = TypeVar("Result")


def add_arguments(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `staff`, `audit` and `protocol` to the commands."""
    staff = verbs.add_parser("staff", help="who may use the console: add, list, revoke")
    acts = staff.add_subparsers(dest="act", required=True, metavar="ACT")
    add = acts.add_parser("add", help="add a member of staff and print the token, this once")
    add.add_argument("name")
    add.add_argument("--role", required=True, choices=[role.value for role in StaffRole])
    add.add_argument(
        "--expires-days", type=_days, default=LIFETIME_DAYS, metavar="N", help=f"default {LIFETIME_DAYS}"
    )
    add.set_defaults(run=staff_add)
    listing = acts.add_parser("list", help="list the members of staff, also those whose token was revoked")
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    listing.set_defaults(run=staff_list)
    revoke = acts.add_parser("revoke", help="take a token away; open consoles are closed within five seconds")
    revoke.add_argument("who", metavar="NAME_OR_ID")
    revoke.add_argument("--reason", default=None)
    revoke.set_defaults(run=staff_revoke)
    audit = verbs.add_parser("audit", help="what staff did: verify")
    looks = audit.add_subparsers(dest="act", required=True, metavar="ACT")
    verify = looks.add_parser("verify", help="verify the audit's chain; exit code 1 when a row does not fit")
    verify.set_defaults(run=audit_verify)
    protocol = verbs.add_parser("protocol", help="print the admin protocol's document")
    protocol.add_argument("--write", action="store_true", help="write it to docs/protocol.md instead")
    protocol.set_defaults(run=print_protocol)


def staff_add(options: argparse.Namespace) -> int:
    """Add a member; the token is alone on standard output, so that it can be piped."""

    async def work(tokens: StaffTokens) -> IssuedToken:
        if not is_name(options.name):
            raise CommandError(_NAME_RULE)
        return await tokens.add(options.name, StaffRole(options.role), expires_in_days=options.expires_days)

    issued = _with_tokens(work)
    until = _day(issued.staff.expires_at)
    explain(
        f"Ключ сотрудника «{issued.staff.name}» ({issued.staff.role}) действует до {until} и показывается один раз.",
        f"The token of {issued.staff.name} ({issued.staff.role}) is good until {until} and is shown this once.",
    )
    print(issued.token, flush=True)
    return 0


def staff_list(options: argparse.Namespace) -> int:
    """List the members."""

    async def work(tokens: StaffTokens) -> Sequence[StaffRecord]:
        return await tokens.list(include_revoked=True)

    members = _with_tokens(work)
    if options.json:
        rows = [view_of(member).model_dump(mode="json") for member in members]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    if not members:
        explain(
            "Сотрудников пока нет: staff add ИМЯ --role admin.", "No staff yet: staff add NAME --role admin."
        )
    for member in members:
        print(_line(member))
    return 0


def staff_revoke(options: argparse.Namespace) -> int:
    """Take a token away."""

    async def work(tokens: StaffTokens) -> StaffRecord:
        return await tokens.revoke(options.who, reason=options.reason)

    revoked = _with_tokens(work)
    explain(f"Ключ сотрудника «{revoked.name}» отозван.", f"The token of {revoked.name} is revoked.")
    return 0


def audit_verify(_options: argparse.Namespace) -> int:
    """Verify the audit's chain and print how many rows it has and its head."""

    async def work(storage: Storage, _settings: Settings) -> ChainReport:
        return await AuditStore(storage).verify()

    report = with_storage(load_settings(), work)
    print(f"Записей, что сходятся / rows that fit: {report.count}")
    print(f"Голова цепочки / head of the chain: {report.head}")
    if report.problem is None:
        return 0
    print(f"✗ Запись / row {report.broken_at}: {_PROBLEMS[report.problem]}")
    return 1


def print_protocol(options: argparse.Namespace) -> int:
    """Print the document of the admin protocol, or write it to its place."""
    if options.write:
        PROTOCOL_FILE.write_text(protocol_markdown(), encoding="utf-8")
    else:
        print(protocol_markdown(), end="")
    return 0


def _with_tokens(work: Callable[[StaffTokens], Awaitable[Result]]) -> Result:
    settings = load_settings()
    if settings.jwt_secret is None:
        raise CommandError(f"{_sentence('not_configured')}\nJWT_SECRET не задан / JWT_SECRET is not set")

    async def with_tokens(storage: Storage, settings: Settings) -> Result:
        secret = settings.jwt_secret.get_secret_value() if settings.jwt_secret else None
        return await work(build_tokens(storage, secret, SystemClock(), other_secrets(settings)))

    return with_storage(settings, with_tokens)


def with_storage(settings: Settings, work: Callable[[Storage, Settings], Awaitable[Result]]) -> Result:
    """Run work on the configured database, migrated first. Raises CommandError for what a person can mend."""
    set_up_logging(level="error", form="console", secrets=known_secrets(settings))

    async def run(url: str) -> Result:
        storage = Storage(url, pool_size=2, now=SystemClock().now)
        try:
            await migrate(storage)
            return await work(storage, settings)
        except DatabaseUnavailableError:
            raise
        except GatewayError as error:
            raise CommandError(_sentence(error.code)) from None
        finally:
            await storage.close()

    with explained(), database(settings) as url:
        return run_async(run(url))


def explain(russian: str, english: str) -> None:
    """Say something to a person on standard error, in both languages."""
    print(f"{russian}\n{english}", file=sys.stderr, flush=True)


def _sentence(code: str) -> str:
    return f"{text('ru', f'errors.{code}.text')} / {text('en', f'errors.{code}.text')} ({code})"


def _line(member: StaffRecord) -> str:
    used = _day(member.last_used_at) if member.last_used_at else "—"
    end = (
        f"отозван / revoked {_day(member.revoked_at)}"
        if member.revoked_at
        else f"до / until {_day(member.expires_at)}"
    )
    return f"{member.staff_id:>5}  {member.role:<8}  {member.name:<30}  {end}  был / used {used}"


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment is not None else "—"


def _days(given: str) -> int:
    days = int(given)
    if not 0 < days <= MAX_LIFETIME_DAYS:
        raise argparse.ArgumentTypeError(f"1…{MAX_LIFETIME_DAYS}")
    return days

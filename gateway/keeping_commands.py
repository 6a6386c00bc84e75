"""The commands that keep the data: backup, restore, personal-data.

Each says in Russian and English what it does and what is left to do.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import secrets
import signal
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from gateway.admin_commands import explain, with_storage
from gateway.application.admin.staff import CLI
from gateway.application.destruction import DestructionReport, Ground, Purge, canonical
from gateway.application.records import ChainReport, StaffAct
from gateway.bootstrap_parts import known_secrets, report_seal, secret_box
from gateway.commands import CommandError, database, explained, run_async
from gateway.config import Settings, load_settings
from gateway.domain.errors import GatewayError
from gateway.domain.phones import mask_phone, normalise_phone
from gateway.log_setup import set_up_logging
from gateway.storage.backup import back_up
from gateway.storage.database import Storage, acting
from gateway.storage.person_finder import Found, PersonFinder
from gateway.storage.purge_store import PurgeStore, StillInstalledError
from gateway.storage.restore import RestoreReport, look_at, restore

MIB = 1 << 20
PHONE_DIGITS = 10
"""A number with as many digits is a phone; salons have fewer."""

PURGE = "personal_data.purge"
_STOPPED = 143
"""The exit code of a program that SIGTERM ended."""

Result = TypeVar("Result")


def add_arguments(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `backup`, `restore` and `personal-data` to the commands."""
    backup = verbs.add_parser(
        "backup", help="write a backup and verify it by restoring it into a scratch database"
    )
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.set_defaults(run=make_backup)
    bring_back = verbs.add_parser("restore", help="bring a backup back; stop the gateway first")
    bring_back.add_argument("file", type=Path, metavar="FILE")
    bring_back.add_argument(
        "--into", default=None, metavar="URL", help="the database (default: the configured one)"
    )
    bring_back.add_argument(
        "--replace",
        action="store_true",
        help="take the place of a database that holds data; that one is kept aside",
    )
    bring_back.add_argument("--yes", action="store_true", help="do not ask for the database's name")
    bring_back.set_defaults(run=bring_backup_back)
    personal = verbs.add_parser(
        "personal-data", help="find, purge, reports, verify: what we keep about people"
    )
    acts = personal.add_subparsers(dest="act", required=True, metavar="ACT")
    find = acts.add_parser(
        "find", help="tell where a phone or a salon is found; reads everything, prints no phone"
    )
    find.add_argument("who", metavar="PHONE_OR_SALON", help="a phone has a plus or ten digits and more")
    find.set_defaults(run=find_person)
    purge = acts.add_parser("purge", help="destroy the personal data of a salon that has left, and report it")
    purge.add_argument("salon", type=int, metavar="SALON")
    purge.add_argument(
        "--reason", required=True, help="goes into the report and the audit: nothing personal in it"
    )
    purge.add_argument("--report", type=Path, default=None, metavar="FILE", help="where to write the report")
    purge.add_argument("--yes", action="store_true", help="do not ask for the salon's number")
    purge.set_defaults(run=purge_salon)
    reports = acts.add_parser("reports", help="list the reports of destruction")
    reports.add_argument(
        "--write", type=Path, default=None, metavar="FOLDER", help="write each of them as a file"
    )
    reports.set_defaults(run=list_reports)
    verify = acts.add_parser("verify", help="verify a report's file; exit code 1 when it is not one of ours")
    verify.add_argument("file", type=Path, metavar="FILE")
    verify.set_defaults(run=verify_report)


def make_backup(options: argparse.Namespace) -> int:
    """Write a backup, verify it and print what it holds."""
    settings = load_settings()
    set_up_logging(level="error", form="console", secrets=known_secrets(settings))
    with explained(), database(settings) as url:
        try:
            report = run_async(ended_by_sigterm(back_up(url, options.file)))
        except asyncio.CancelledError:
            return _STOPPED
    print(f"{report.file}  {report.size / MIB:.1f} MiB  {report.seconds:.1f} s")
    for name, (rows, _) in report.content.tables.items():
        print(f"{rows:>12,}  {name}")
    print(f"Схема / schema: {report.content.migrations[-1]}")
    print(_audit_line(report.audit))
    explain(
        "Копия восстановлена рядом и сошлась с базой. DATA_KEY и JWT_SECRET в неё не входят: храните их отдельно.",
        "The copy was restored beside the database and equals it. Keep DATA_KEY and JWT_SECRET apart, they are not "
        "in it.",
    )
    return 0


async def ended_by_sigterm(work: Coroutine[Any, Any, Result]) -> Result:
    """Do some work that is cancelled, and so tidies up, when the program is asked to stop. Raises CancelledError."""
    task = asyncio.current_task()
    with contextlib.suppress(NotImplementedError):  # Windows ends a program without asking
        if task is not None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


def bring_backup_back(options: argparse.Namespace) -> int:
    """Bring a backup back and say what became of what was under way."""
    settings = load_settings()
    set_up_logging(level="error", form="console", secrets=known_secrets(settings))
    if not options.file.is_file():
        raise CommandError(f"{options.file}: нет такого файла / no such file")
    if options.into is not None:
        report = run_async(_restored(options, options.into))
    else:
        with explained(), database(settings) as url:
            report = run_async(_restored(options, url))
    _print_report(report)
    return 0


async def _restored(options: argparse.Namespace, url: str) -> RestoreReport:
    target = await look_at(url)
    if target.holds_data and options.replace and not options.yes:
        require_consent(
            target.database,
            f"База «{target.database}» будет заменена копией. Введите её имя, чтобы продолжить:",
            f"The database {target.database} will be replaced. Type its name to go on:",
        )
    return await restore(options.file, target, replace=options.replace)


def find_person(options: argparse.Namespace) -> int:
    """Tell where a phone or a salon is found; exit code 0 also when nowhere."""
    salon_id, digits = _person_of(options.who)

    async def work(storage: Storage, settings: Settings) -> Sequence[Found]:
        finder = PersonFinder(storage, secret_box(settings))
        return await (finder.by_phone(digits) if salon_id is None else finder.by_salon(salon_id))

    found = with_storage(load_settings(), work)
    print(mask_phone(digits) if salon_id is None else salon_id)
    for each in found:
        print(f"{each.count:>12,}  {each.place}  {each.salon_id or '—'}")
    if not found:
        explain("Ничего не найдено.", "Nothing was found.")
    return 0


def _person_of(who: str) -> tuple[int | None, str]:
    """Return the salon's number, or None and the phone's digits. Raises CommandError for what is neither."""
    if who.isascii() and who.isdigit() and len(who) < PHONE_DIGITS:
        return int(who), ""
    try:
        return None, normalise_phone(who)
    except GatewayError:
        raise CommandError("Это не номер телефона и не номер салона / neither a phone nor a salon") from None


def purge_salon(options: argparse.Namespace) -> int:
    """Destroy the personal data of a salon that has left."""
    if not options.yes:
        require_consent(
            str(options.salon),
            f"Личные данные салона {options.salon} будут уничтожены безвозвратно. Введите его номер, чтобы продолжить:",
            f"The personal data of salon {options.salon} will be destroyed for good. Type its number to go on:",
        )

    async def work(storage: Storage, settings: Settings) -> DestructionReport | None:
        act = StaffAct(
            None, CLI, CLI, PURGE, secrets.token_hex(8), salon_id=options.salon, reason=options.reason
        )
        purge = Purge(options.salon, Ground.REQUEST, CLI, options.reason)
        try:
            with acting(act):
                return await PurgeStore(storage, report_seal(settings)).purge(purge)
        except StillInstalledError:
            raise CommandError(
                f"Салон {options.salon} подключён: сначала отключите его / the salon is connected: disconnect it first"
            ) from None

    report = with_storage(load_settings(), work)
    if report is None:
        raise CommandError("Уничтожать нечего / there is nothing to destroy")
    file = options.report or Path(report.file_name)
    file.write_text(report.as_file(), encoding="utf-8")
    print(file)
    for table, told in json.loads(report.body)["destroyed"].items():
        print(f"{told['count']:>12,}  {table}")
    explain(
        "Данные уничтожены, акт записан. В резервных копиях они остаются, пока копии не удалены.",
        "The data is destroyed, the report is written. Backups hold it until they are deleted.",
    )
    return 0


def list_reports(options: argparse.Namespace) -> int:
    """List the reports, and write them if that is asked for."""

    async def work(storage: Storage, settings: Settings) -> Sequence[DestructionReport]:
        return await PurgeStore(storage, report_seal(settings)).reports()

    for report in with_storage(load_settings(), work):
        print(
            f"{report.report_id:>6}  {report.at:%Y-%m-%d %H:%M}  {report.salon_id:>10}  {report.ground}  {report.actor}"
        )
        if options.write is not None:
            options.write.mkdir(parents=True, exist_ok=True)
            (options.write / report.file_name).write_text(report.as_file(), encoding="utf-8")
    return 0


def verify_report(options: argparse.Namespace) -> int:
    """Verify a report's file by its signature, and by the gateway's own row."""
    try:
        told = json.loads(options.file.read_text(encoding="utf-8"))
        body, mac = canonical(told["report"]), bytes.fromhex(told["mac"])
        report_id = int(told["report"]["report_id"])
    except (OSError, ValueError, KeyError, TypeError):
        raise CommandError(f"{options.file}: это не акт / not a report") from None

    async def work(storage: Storage, settings: Settings) -> tuple[bool, bool]:
        seal = report_seal(settings)
        kept = await PurgeStore(storage, seal).reports()
        return seal.verify(body, mac), any(each.report_id == report_id and each.body == body for each in kept)

    is_signed, is_kept = with_storage(load_settings(), work)
    print(f"{'✓' if is_signed else '✗'} подпись / signature")
    print(f"{'✓' if is_kept else '✗'} запись в базе / the row in the database")
    if is_kept and not is_signed:
        explain(
            "Секрет, которым подписан акт, сменили; запись в базе совпадает с файлом.",
            "The secret that signed it was rotated away; the row in the database equals the file.",
        )
    return 0 if is_signed or is_kept else 1


def require_consent(name: str, russian: str, english: str) -> None:
    """Ask for the name of what is to be changed for good. Raises CommandError when it is not given."""
    if not sys.stdin.isatty():
        raise CommandError("Подтвердите ключом --yes / confirm with --yes")
    explain(russian, english)
    if input().strip() != name:
        raise CommandError("Ничего не изменено / nothing was changed")


def _print_report(report: RestoreReport) -> None:
    print(f"{report.database}: {report.rows:,} строк / rows")
    if report.newest_event_at is not None:
        print(
            f"Последнее событие копии / the copy's last event: {report.newest_event_at:%Y-%m-%d %H:%M:%S} UTC"
        )
    print(f"Обновления схемы / migrations: {', '.join(report.migrated) or '—'}")
    print(_audit_line(report.audit))
    for name, count in report.settled.items():
        print(f"{count:>12,}  {_SETTLED_WORDS[name]}")
    if report.kept_as is not None:
        explain(
            f"Прежняя база сохранена как «{report.kept_as}». Когда она больше не нужна, удалите её.",
            f"The former database is kept as {report.kept_as}. Drop it when it is not needed any more.",
        )
    explain(
        f"Запустите шлюз: сверка с YCLIENTS сама исправит то, что изменилось после копии. Проверьте сотрудников (staff "
        f"list, действующих {report.staff}): отозванные после копии снова действуют. Удалённые после копии личные "
        "данные вернулись: повторите personal-data purge по сохранённым актам.",
        f"Start the gateway: the sweep heals by itself what changed after the backup. Check the staff (staff list, "
        f"{report.staff} active): whoever was revoked after the backup is active again. Personal data destroyed after "
        "the backup is back: repeat personal-data purge for the reports you kept.",
    )


_SETTLED_WORDS = {
    "processes": "процессов снято с учёта / processes forgotten",
    "webhooks": "уведомлений освобождено / webhooks freed",
    "calls": "подключений: сначала спросим YCLIENTS / activations that ask YCLIENTS first",
    "uninstalls": "отключений ждут человека / uninstalls held for a person",
    "messages": "сообщений не отправляем повторно / messages not sent again",
    "sessions": "сеансов WhatsApp освобождено / WhatsApp sessions freed",
    "salons": "салонов с новой версией / salons with a new version",
}


def _audit_line(audit: ChainReport) -> str:
    if audit.is_whole:
        return f"Журнал сотрудников сходится / the audit is whole: {audit.count}"
    return f"✗ Журнал сотрудников не сходится / the audit is not whole: {audit.broken_at} {audit.problem}"

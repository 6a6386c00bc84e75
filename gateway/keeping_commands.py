"""The commands that keep the data: backup, restore.

Each says in Russian and English what it does and what is left to do.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gateway.admin_commands import explain
from gateway.application.records import ChainReport
from gateway.bootstrap import known_secrets
from gateway.commands import CommandError, database, explained, run_async
from gateway.config import load_settings
from gateway.log_setup import set_up_logging
from gateway.storage.backup import back_up
from gateway.storage.restore import RestoreReport, Target, look_at, restore

MIB = 1 << 20


def add_arguments(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `backup` and `restore` to the commands."""
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


def make_backup(options: argparse.Namespace) -> int:
    """Write a backup, verify it and print what it holds."""
    settings = load_settings()
    set_up_logging(level="error", form="console", secrets=known_secrets(settings))
    with explained(), database(settings) as url:
        report = run_async(back_up(url, options.file))
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
        _require_consent(target)
    return await restore(options.file, target, replace=options.replace)


def _require_consent(target: Target) -> None:
    """Ask for the name of the database that is to be replaced. Raises CommandError when it is not given."""
    if not sys.stdin.isatty():
        raise CommandError("Подтвердите заменой с --yes / confirm with --yes")
    explain(
        f"База «{target.database}» будет заменена копией. Введите её имя, чтобы продолжить:",
        f"The database {target.database} will be replaced. Type its name to go on:",
    )
    if input().strip() != target.database:
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

"""Pictures of the console, of every view with a gateway that is really used: `python3 dev.py screens console`.

Russian and English, light and dark, into `docs/screens/`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from desktop.bootstrap import Program, make_app
from desktop.model.consistency import identity_of
from desktop.model.profiles import ProfileKind
from desktop.qt.crash_dialog import CrashDialog
from desktop.qt.links import VIEWS
from desktop.qt.main_window import MainWindow
from desktop.qt.theme import Choice
from desktop.services.crashes import report_of
from gateway.application.records import EntryFacts
from gateway.storage.database import Transaction
from gateway.storage.difference_store import DifferenceStore
from shared.admin_wire import BulkPlanRequest, FixPlanRequest
from shared.vocabulary import CallState, DifferenceKind, Fix, PartnerState, Stage
from tests.gui.seeing import picture_of
from tests.support.backstage import Backstage, running_backstage
from tests.support.console_moments import MOMENTS, lose_the_line, tidy
from tests.support.console_story import (
    ELKA,
    FROZEN,
    LATIN,
    LEFT,
    LINKING,
    REFUSED,
    a_salon,
    live_through,
    post_webhooks,
)
from tests.support.console_window import running_console, settle, wait_until
from tests.support.databases import Databases, server_for_tests
from tests.support.pictures import write_small
from tests.support.stagehand import Stagehand
from tests.support.waiting import until

OUT = Path(__file__).resolve().parents[1] / "docs" / "screens"
SIZE = (1360, 860)


class Guise(NamedTuple):
    """What a console looks like: its language, its theme, how large its letters are."""

    lang: str
    theme: Choice
    scale: float = 1.0

    def __str__(self) -> str:
        """Return what ends the picture's name."""
        large = "" if self.scale == 1 else f"-{round(self.scale * 100)}"
        return f"{self.lang}-{self.theme}{large}"


THEMES: tuple[Choice, ...] = ("light", "dark")
GUISES = tuple(Guise(lang, theme) for lang in ("ru", "en") for theme in THEMES)


def _installs(stage: Stagehand) -> None:
    stage.window.show_view("installs")


def _salon(stage: Stagehand) -> None:
    stage.window.show_view("installs")
    stage.open_salon(REFUSED)


def _salon_whole(stage: Stagehand) -> None:
    stage.open_salon(REFUSED, tab=2)
    stage.window.toggle_fill()


def _qr(stage: Stagehand) -> None:
    stage.window.show_view("installs")
    stage.open_salon(LINKING)
    stage.salon.go_to_qr()
    stage.salon.qr.open()
    wait_until(lambda: stage.salon.qr.picture.is_showing, "the QR is shown")


def _paused(stage: Stagehand) -> None:
    stage.window.show_view("installs")
    stage.open_salon(FROZEN)


def _queue(stage: Stagehand) -> None:
    stage.window.show_view("queue")


def _bulk(stage: Stagehand) -> None:
    stage.window.show_view("queue")
    stage.run(stage.program.console.plan_bulk, BulkPlanRequest(states=[CallState.FAILED, CallState.WAITING]))


def _doctor(stage: Stagehand) -> None:
    stage.window.show_view("doctor")
    stage.run(stage.program.console.examine)


def _alarms(stage: Stagehand) -> None:
    stage.window.show_view("alarms")
    models = stage.program.console.models
    wait_until(lambda: len(models.alarms.open) > 1, "the alarms are there")


def _webhooks(stage: Stagehand) -> None:
    stage.window.show_view("webhooks")
    inbox = stage.program.console.models.inbox
    wait_until(lambda: len(inbox.rows) > 5, "the webhooks are there")
    row = next(row for row in inbox.rows if row.event == "uninstall")
    stage.run(stage.program.console.open_webhook, row.webhook_id)


def _webhooks_of_salon(stage: Stagehand) -> None:
    stage.open_salon(ELKA)
    stage.salon.webhooks.click()
    stage.quiet()
    row = next(row for row in stage.program.console.models.inbox.rows if row.event == "record.create")
    stage.run(stage.program.console.open_webhook, row.webhook_id)


def _webhooks_none(stage: Stagehand) -> None:
    stage.window.show_view("webhooks")
    stage.window.views.webhooks.show_salon(LATIN)


def _sessions(stage: Stagehand) -> None:
    stage.window.show_view("sessions")
    models = stage.program.console.models
    wait_until(lambda: models.sessions.rows and models.processes.rows, "sessions and processes are there")
    wait_until(lambda: any(row.engine_state for row in models.sessions.rows), "an engine has said something")
    stage.window.views.sessions.list.selectRow(0)


def _growth(stage: Stagehand) -> None:
    stage.window.show_view("doctor")
    stage.run(stage.program.console.examine)
    backups = stage.program.console.models.backups
    if backups.report is not None and not backups.report.files:
        stage.run(stage.program.console.make_backup)
    wait_until(lambda: backups.report and backups.report.files, "the backup is made")
    stage.quiet()
    for area in stage.window.views.doctor.findChildren(QScrollArea):
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())


def _consistency(stage: Stagehand) -> None:
    stage.window.show_view("consistency")
    model = stage.program.console.models.consistency
    wait_until(lambda: model.is_known and model.total > 1, "the differences are there")
    stage.window.views.consistency.choose(identity_of(model.rows[0]))


def _fixes(stage: Stagehand) -> None:
    _consistency(stage)
    request = FixPlanRequest(kind=DifferenceKind.NOT_LISTED, fix=Fix.READ_ANEW)
    stage.run(stage.program.console.plan_fixes, request)


def _personal_data(stage: Stagehand) -> QWidget:
    dialog = stage.window.show_personal_data()
    dialog.view.who.setText(str(FROZEN))
    dialog.view.look()
    wait_until(lambda: dialog.view.places.rowCount() > 2, "what is kept of a salon")
    dialog.view.places.selectRow(0)
    return dialog


def _overview(stage: Stagehand) -> None:
    stage.window.show_view("overview")
    wait_until(lambda: stage.program.console.models.overview.report, "the report is there")


def _overview_table(stage: Stagehand) -> None:
    _overview(stage)
    for card in stage.window.views.overview.cards.values():
        card.as_table.setChecked(True)


def _audit(stage: Stagehand) -> None:
    stage.window.show_view("audit")
    models = stage.program.console.models
    wait_until(lambda: models.audit.rows, "the audit is there")
    stage.run(stage.program.console.check_audit)
    wait_until(
        lambda: models.audit.check is not None and not models.audit.check.is_running, "the chain is checked"
    )


def _staff(stage: Stagehand) -> None:
    stage.window.show_view("staff")
    models = stage.program.console.models
    wait_until(lambda: models.staff.rows, "the staff is there")
    stage.window.views.staff.add.click()


def _settings(stage: Stagehand) -> None:
    stage.window.show_view("settings")


def _guide(stage: Stagehand) -> QWidget:
    return stage.window.show_guide()


def _crash(stage: Stagehand) -> QWidget:
    folder = stage.program.crashes
    try:
        raise ValueError("nothing of this is in the report")
    except ValueError as error:
        report = report_of(error, "6.9.0")
    path = folder.keep(report, stage.program.console.models.connection.now())
    assert path is not None
    dialog = CrashDialog(stage.program.tools, folder, path, report, stage.window)
    dialog.view.show_it.click()
    dialog.show()
    return dialog


def _assistant_off(stage: Stagehand) -> None:
    stage.window.show_view("installs")
    stage.open_salon(LATIN)
    stage.run(stage.program.console.switch_assistant, LATIN, False, "Владелец отвечает сам")


def _payments(stage: Stagehand) -> QWidget:
    stage.window.show_view("installs")
    stage.open_salon(ELKA)
    console = stage.program.console
    listed = stage.answer(console.payments, ELKA)
    if not listed.rows:
        paid = {"paid_on": "2026-11-20", "period_from": "2026-11-20", "period_to": "2026-12-19"}
        stage.run(console.notify_payment, ELKA, "990.00", reason="перевод 17", **paid)
    shown = stage.program.console.models.salon.row
    assert shown is not None
    dialog = stage.salon.show_payments(shown)
    wait_until(lambda: dialog.payments.table.rowCount() == 1, "the payment is listed")
    return dialog


def _nothing_found(stage: Stagehand) -> None:
    stage.window.show_view("installs")
    stage.window.views.installs.search_for("такого салона нет")


PICTURES: dict[str, Callable[[Stagehand], QWidget | None]] = {
    "installs": _installs, "salon": _salon, "salon-whole": _salon_whole, "qr": _qr, "paused": _paused, "queue": _queue,
    "bulk": _bulk, "doctor": _doctor, "alarms": _alarms, "webhooks": _webhooks, "webhooks-salon": _webhooks_of_salon,
    "webhooks-none": _webhooks_none, "sessions": _sessions, "consistency": _consistency, "fixes": _fixes,
    "personal-data": _personal_data, "growth": _growth, "overview": _overview,
    "overview-table": _overview_table, "audit": _audit, "staff": _staff, "settings": _settings,
    "nothing-found": _nothing_found, "guide": _guide, "crash": _crash, "payments": _payments,
    "assistant-off": _assistant_off, **MOMENTS,
}  # fmt: skip
EMPTY = tuple(name for name in VIEWS if name != "settings")
"""Views with something to say before anything has happened."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures whose name contains one of the words, all without words."""
    parser = argparse.ArgumentParser(prog="screens console", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--guise", nargs="*", default=[], help="such as ru-dark; all without it")
    parser.add_argument("--scale", type=float, default=1.0, help="2 has letters twice as large")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    names = [*PICTURES, "offline", "production", *(f"empty-{name}" for name in EMPTY)]
    wanted = [name for name in names if not options.only or any(word in name for word in options.only)]
    guises = [
        guise._replace(scale=options.scale)
        for guise in GUISES
        if not options.guise or str(guise) in options.guise
    ]
    app = make_app()
    with (
        tempfile.TemporaryDirectory(prefix="ai-admin-screens-") as folder,
        _databases(Path(folder)) as databases,
    ):
        if any(name in wanted for name in (*PICTURES, "offline", "production")):
            with _a_day(databases) as (token, url):
                for guise in guises:
                    _take_guise(app, Path(folder), url, token, guise, wanted, options.out)
                if "production" in wanted:
                    for guise in guises:
                        _take_production(app, Path(folder), url, token, guise, options.out)
        if any(name.startswith("empty-") for name in wanted):
            with running_backstage(databases, reconcile_every_s=1e6) as morning:
                token = morning.staff_token()
                for guise in guises:
                    _take_empty(app, Path(folder), morning.harness.url, token, guise, wanted, options.out)
    return 0


@contextmanager
def _in_guise(
    app: QApplication, folder: Path, url: str, token: str, guise: Guise, kind: ProfileKind = ProfileKind.DEMO
) -> Iterator[tuple[Program, MainWindow]]:
    named = {"language": guise.lang, "theme": guise.theme}
    with running_console(app, folder, url, token, kind=kind, **named) as (program, window):
        program.tools.theme.apply(guise.theme, guise.scale)
        yield program, window


def _take_empty(
    app: QApplication,
    folder: Path,
    url: str,
    token: str,
    guise: Guise,
    wanted: Iterable[str],
    out: Path,
) -> None:
    """A gateway where nothing has happened yet."""
    settings = folder / f"empty-{guise}"
    with _in_guise(app, settings, url, token, guise) as (program, window):
        stage = Stagehand(program, window)
        window.resize(*SIZE)
        wait_until(lambda: program.console.models.board.is_complete, "the board is read")
        for name in EMPTY:
            if f"empty-{name}" in wanted:
                window.show_view(name)
                stage.quiet()
                _save(window, out / f"console-empty-{name}-{guise}.png")


def _take_guise(
    app: QApplication,
    folder: Path,
    url: str,
    token: str,
    guise: Guise,
    wanted: Iterable[str],
    out: Path,
) -> None:
    with _in_guise(app, folder / str(guise), url, token, guise) as (program, window):
        stage = Stagehand(program, window)
        _enter(stage)
        for name in (one for one in wanted if one in PICTURES):
            shown = PICTURES[name](stage) or window
            stage.quiet()
            _save(shown, out / f"console-{name}-{guise}.png")
            if shown is not window:
                shown.close()
            _tidy(stage)
        if "offline" in wanted:
            lose_the_line(stage)
            _save(window, out / f"console-offline-{guise}.png")


def _take_production(app: QApplication, folder: Path, url: str, token: str, guise: Guise, out: Path) -> None:
    """The same gateway as if it were the real one: read-only until somebody unlocks it, and a salon's end."""
    settings = folder / f"production-{guise}"
    with _in_guise(app, settings, url, token, guise, ProfileKind.PRODUCTION) as (program, window):
        stage = Stagehand(program, window)
        _enter(stage)
        stage.open_salon(ELKA)
        _save(window, out / f"console-production-{guise}.png")
        program.console.models.safety.unlock()
        stage.quiet()
        stage.salon.uninstall.click()
        settle(0.5)
        dialog = next(one for one in app.topLevelWidgets() if one is not window and one.isVisible())
        _save(dialog, out / f"console-confirm-{guise}.png")
        dialog.close()


def _enter(stage: Stagehand) -> None:
    stage.window.resize(*SIZE)
    board = stage.program.console.models.board
    wait_until(lambda: any(row.stage is Stage.ATTENTION for row in board.rows), "the board is there")
    stage.quiet()


def _tidy(stage: Stagehand) -> None:
    tidy(stage)
    stage.salon.qr.close_view()
    stage.window.close_salon()
    stage.window.views.installs.search_for("")
    stage.window.views.webhooks.clear.click()
    stage.run(stage.program.console.close_webhook)
    stage.run(stage.program.console.close_bulk)
    stage.run(stage.program.console.close_fixes)
    stage.quiet()


def _save(widget: QWidget, path: Path) -> None:
    write_small(picture_of(widget), path)
    sys.stdout.write(f"{path.name}\n")
    sys.stdout.flush()


@contextmanager
def _databases(folder: Path) -> Iterator[Databases]:
    folder.chmod(0o755)
    with server_for_tests(folder / "postgres") as server:
        databases = Databases(server)
        asyncio.run(databases.prepare())
        yield databases


@contextmanager
def _a_day(databases: Databases) -> Iterator[tuple[str, str]]:
    """A gateway after a day's work: the token of an administrator, and its address."""
    with (
        tempfile.TemporaryDirectory(prefix="ai-admin-backups-") as folder,
        running_backstage(databases, reconcile_every_s=1e6, backup_dir=Path(folder)) as backstage,
    ):
        backstage.do(live_through(backstage.harness))
        token = backstage.staff_token()
        backstage.do(_pause_one(backstage, token))
        backstage.do(_knock(backstage))
        backstage.do(post_webhooks(backstage.harness))
        backstage.do(_leave_one(backstage))
        backstage.do(_drift(backstage))
        yield token, backstage.harness.url


async def _leave_one(backstage: Backstage) -> None:
    """An owner who tried it and disconnected: whose data may be destroyed."""
    harness = backstage.harness
    harness.sandbox.market.add_salon(a_salon(LEFT, "Бьюти-бар «Полночь»", "Омск"))
    await harness.install(LEFT)
    assert harness.sandbox.market.disconnect(LEFT)
    await harness.webhooks_processed()


async def _pause_one(backstage: Backstage, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "pause-one-salon"}
    body = {"generation": 1, "reason": "Владелец попросил паузу до понедельника"}
    answer = await backstage.harness.http.post(
        f"/admin/api/v1/installs/{FROZEN}/freeze", json=body, headers=headers
    )
    assert answer.status_code == 200, answer.text


async def _knock(backstage: Backstage) -> None:
    """A webhook with somebody else's token: what one of the alarms is about."""
    answer = await backstage.harness.webhook(
        {"salon_id": ELKA, "event": "payment", "partner_token": "not-ours"}
    )
    assert answer.status_code == 401, answer.text


def _count(statement: str, tx: Transaction) -> int:
    return tx.count(statement)


async def _drift(backstage: Backstage) -> None:
    """YCLIENTS and we disagree about a few salons: after the gateway's own first check, which would mend it."""
    harness = backstage.harness

    async def is_swept() -> bool:
        return bool(await harness.rows("SELECT id FROM sweeps WHERE finished_at IS NOT NULL"))

    await until(is_swept, what="the first check is over", timeout_s=30)
    for salon_id, title in (
        (760_001, "Студия «Контур»"),
        (760_002, "Лавка бровей на Садовой"),
        (760_003, "NailBar"),
    ):
        facts = EntryFacts(
            salon_id, title, "Казань", "Europe/Moscow", "active", signed=True, owner_user_id=None
        )
        await harness.gateway.installs.open_for_entry(facts)
    since = "partner_since = now() - interval '3 hours'"
    statements = (
        f"UPDATE installs SET partner_state = 'active', {since} WHERE salon_id IN (760001, 760002)",
        f"UPDATE installs SET partner_state = 'refused', {since} WHERE salon_id = 760003",
    )
    storage = harness.gateway.storage
    for statement in statements:
        await storage.write(partial(_count, statement))
    installs = await harness.gateway.installs.open_by_partner_state((PartnerState.ACTIVE,))
    await DifferenceStore(storage).keep_list(
        [each for each in (760_001, 760_002) if each in installs], [880_017], harness.gateway.clock.now()
    )


if __name__ == "__main__":
    sys.exit(main())

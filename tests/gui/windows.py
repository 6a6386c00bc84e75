"""The whole window before a gateway with something of everything."""

from __future__ import annotations

from datetime import timedelta

from desktop.bootstrap import build_window
from desktop.model.consistency import identity_of
from desktop.model.exports import Export
from desktop.model.problem import Trouble
from desktop.model.profiles import ProfileKind
from desktop.model.sessions import Restart, RestartState
from desktop.qt.main_window import MainWindow
from desktop.qt.tools import Tools
from desktop.services.link_scheme import LinkScheme
from shared.admin_wire import (
    AlarmView,
    CallCounts,
    CallDetail,
    CallRow,
    DifferenceRow,
    InstallCounts,
    InstallRow,
    SessionRow,
)
from shared.vocabulary import (
    AlarmKind,
    AlarmLevel,
    CallState,
    DifferenceKind,
    DrainState,
    NextStep,
    PartnerState,
    Stage,
    WhatsappState,
)
from tests.fakes.console import AskedConsole
from tests.gui import samples
from tests.gui.conftest import connect

_STATES = (
    (Stage.ATTENTION, PartnerState.REFUSED, WhatsappState.CONNECTED, NextStep.RETRY_ACTIVATION, "token_refused"),
    (Stage.ATTENTION, PartnerState.ACTIVE, WhatsappState.LOGGED_OUT, NextStep.RELINK_PHONE, "logged_out"),
    (Stage.ACTIVATING, PartnerState.QUEUED, WhatsappState.CONNECTED, NextStep.WAIT_FOR_PARTNER, "partner_unavailable"),
    (Stage.LINKING, PartnerState.PENDING, WhatsappState.PAIRING, NextStep.FINISH_LINKING, None),
    (Stage.NEW, PartnerState.PENDING, None, NextStep.LINK_PHONE, None),
    (Stage.FROZEN, PartnerState.FROZEN, WhatsappState.STOPPED, NextStep.PAY, None),
    (Stage.ACTIVE, PartnerState.ACTIVE, WhatsappState.CONNECTED, NextStep.NOTHING, None),
    (Stage.GONE, PartnerState.UNINSTALLED, WhatsappState.STOPPED, NextStep.NOTHING, None),
)  # fmt: skip
_NAMES = ("Ёлка", "Barber №7", samples.LONG_NAME[:300], samples.RTL_NAME)


def installs(count: int = 24) -> list[InstallRow]:
    """Return rows of every stage, with short, long, right-to-left and emoji names."""
    rows = []
    for number in range(count):
        stage, partner, whatsapp, step, error = _STATES[number % len(_STATES)]
        rows.append(
            samples.install(
                1000 + number, title=_NAMES[number % len(_NAMES)], stage=stage, partner_state=partner,
                whatsapp_state=whatsapp, next_step=step, error_code=error, version=number + 1,
                stage_since=samples.ago(minutes=count - number), call_id=number + 1 if error else None,
                call_state=CallState.FAILED if error else None,
                next_attempt_at=samples.NOW + timedelta(seconds=95) if stage is Stage.ACTIVATING else None,
            )
        )  # fmt: skip
    return rows


def alarms() -> list[AlarmView]:
    """Return an alarm of every kind, some acknowledged by somebody with a long name, and one that settled."""
    rows = [
        samples.alarm(number, kind, subject="worker-17") for number, kind in enumerate(AlarmKind, start=1)
    ]
    acknowledged = {"acknowledged_at": samples.ago(minutes=5), "acknowledged_by": samples.LONG_NAME[:100]}
    later = {"count": 7, "level": AlarmLevel.WARN}
    rows[4:] = [row.model_copy(update=acknowledged | later) for row in rows[4:]]
    return [*rows, samples.alarm(99, AlarmKind.DISK_LOW, subject="worker-3", settled_at=samples.ago(hours=1))]


def sessions() -> list[SessionRow]:
    """Return a session in every state, some with what is rare: an engine that disagrees, nobody that owns it."""
    rows = []
    for number, state in enumerate(WhatsappState):
        is_resting = state in RESTING
        rows.append(
            samples.session_row(
                2000 + number, title=_NAMES[number % len(_NAMES)], state=state, since=samples.ago(minutes=number),
                engine_state=None if is_resting else "open", engine_is_open=None if is_resting else True,
                owner=None if is_resting or number == 1 else samples.PROCESS, is_unowned=number == 1,
                wanted="stopped" if state is WhatsappState.STOPPED else "running",
            )
        )  # fmt: skip
    return rows


RESTING = frozenset({
    WhatsappState.REPLACED, WhatsappState.LOGGED_OUT, WhatsappState.TEMP_BANNED, WhatsappState.OUTDATED,
    WhatsappState.PAIRING_EXPIRED, WhatsappState.FAILED, WhatsappState.STOPPED,
})  # fmt: skip


def differences() -> list[DifferenceRow]:
    """Return a difference of every kind, with short, long and right-to-left names and one without any."""
    return [
        samples.difference(
            2000 + number, kind, title="" if kind is DifferenceKind.LISTED_UNKNOWN else _NAMES[number % len(_NAMES)],
            generation=None if kind is DifferenceKind.LISTED_UNKNOWN else 1, since=samples.ago(days=number),
            is_listed={0: False, 1: True, 2: True}.get(number),
        )
        for number, kind in enumerate(DifferenceKind)
    ]  # fmt: skip


def salon_calls() -> list[CallRow]:
    """Return the open salon's calls, one in each state."""
    return [samples.call(10 + number, state=state) for number, state in enumerate(CallState)]


def counts_of(rows: list[InstallRow]) -> InstallCounts:
    """Return how many of the rows stand in each stage."""
    by_stage = {stage: sum(row.stage is stage for row in rows) for stage in Stage}
    return InstallCounts(total=len(rows), by_stage=by_stage, cursor=10)


def full_window(
    tools: Tools,
    console: AskedConsole,
    kind: ProfileKind = ProfileKind.PRODUCTION,
    scheme: LinkScheme | None = None,
) -> MainWindow:
    """Return the window with every model filled, a salon open, and long work under way.

    With a scheme its settings ask about links as well.
    """
    connect(console, kind)
    models = console.models
    if models.connection.profile is not None:
        models.profiles.replace([models.connection.profile])
    window = build_window(tools, scheme)
    rows = installs()
    models.board.start(rows, is_complete=True)
    models.board.set_counts(counts_of(rows))
    models.queue.start([samples.call(7), samples.call(8, salon_id=124)], is_complete=True)
    models.queue.set_counts(
        CallCounts(by_state={CallState.FAILED: 2}, failed_by_code={"token_refused": 2}, cursor=10)
    )
    models.doctor.reported(samples.report())
    models.alarms.take(alarms())
    models.inbox.start([samples.webhook(), samples.notice(title=samples.LONG_NAME[:300])], is_complete=True)
    models.inbox.set_counts(samples.webhook_counts())
    models.webhook.opened(5)
    models.webhook.take(samples.webhook_detail())
    models.sessions.start(sessions(), is_complete=True)
    models.processes.take(samples.process_list(
        samples.process(pairing=2),
        samples.process(samples.OTHER_PROCESS, drain=DrainState.ASKED, drain_by=samples.LONG_NAME[:90]),
        unowned=3, calls_due=12, webhooks_pending=1,
    ))  # fmt: skip
    models.storage.take(samples.storage_report())
    models.overview.take(samples.overview())
    models.backups.take(samples.backups())
    models.audit.found([samples.act(2, reason=samples.LONG_NAME[:200]), samples.act()], None, is_first=True)
    models.staff.take([samples.someone(), samples.someone(3, name=samples.LONG_NAME[:90], consoles=1)])
    refused = Restart(2, samples.LONG_NAME[:200], "Москва", RestartState.REFUSED, Trouble("install_frozen"))
    models.restarts.begin([refused, Restart(3, samples.RTL_NAME)])
    rows_of_difference = differences()
    models.consistency.take(
        rows_of_difference, dict.fromkeys(DifferenceKind, 2), has_more=True, swept_at=samples.ago(minutes=4)
    )
    models.consistency.set_sweep(samples.sweep(is_braked=True))
    models.consistency.set_plan(samples.plan(sample=rows_of_difference[:1]))
    window.views.consistency.choose(identity_of(rows_of_difference[3]))
    row = samples.install()
    models.salon.opened(row.salon_id, row)
    models.salon.set_detail(samples.detail(row))
    models.salon.set_calls(salon_calls())
    models.salon.set_attempts(
        CallDetail(row=salon_calls()[0], attempts=[samples.attempt(), samples.attempt(2)])
    )
    models.bulk.set_view(samples.bulk())
    for view in ("installs", "queue", "sessions"):
        models.exports.export_is(view, Export(f"{view}.csv", 12_400))
    return window

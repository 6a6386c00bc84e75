"""Records as a gateway would send them, made up: every field has a plain value, a test says what matters to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.admin_wire import (
    ActivationTimes,
    AlarmView,
    AnswerTimes,
    AttemptView,
    AuditEntry,
    BackupList,
    BackupView,
    BulkView,
    CallRow,
    CheckView,
    Difference,
    DifferenceRow,
    DoctorReport,
    FailureCause,
    FixPlanView,
    FunnelSteps,
    Generation,
    InstallDetail,
    InstallRow,
    OverviewReport,
    PartnerPart,
    PaymentView,
    ProcessList,
    ProcessView,
    RefusedWebhooks,
    SessionRow,
    SessionView,
    StaffRow,
    StaffView,
    StorageReport,
    SweepView,
    TableView,
    TimeBar,
    TimelineEntry,
    TokenView,
    WebhookCounts,
    WebhookDetail,
    WebhookRow,
    Welcome,
    WhatsappPart,
)
from shared.vocabulary import (
    FIXES,
    AlarmKind,
    AlarmLevel,
    BulkState,
    CallState,
    CheckLevel,
    DifferenceKind,
    Fix,
    NextStep,
    PartnerState,
    Permission,
    StaffRole,
    Stage,
    SweepState,
    WebhookKind,
    WebhookOutcome,
    WebhookProof,
    WebhookState,
    WhatsappState,
)
from shared.wire import PairingCodeView, QrView

NOW = datetime(2026, 3, 14, 11, 5, tzinfo=UTC)
LONG_NAME = "Салон красоты «Ёлка» с очень длинным названием " * 7
RTL_NAME = "صالون الجمال \u202eتسقلا 💇‍♀️✨"
QR_TEXT = "2@" + "Vb7y3kq0ZtWmRkQfHs8dLxPeNc2uJaGi" * 5 + "==,abc,def,1"


def ago(**given: float) -> datetime:
    """Return a moment before `NOW`."""
    return NOW - timedelta(**given)


def install(salon_id: int = 123, **given: Any) -> InstallRow:
    """Return a row of the board."""
    values: dict[str, Any] = {
        "salon_id": salon_id, "version": 10, "generation": 2, "title": "Ёлка", "city": "Москва",
        "timezone": "Europe/Moscow", "stage": Stage.ATTENTION, "stage_since": ago(minutes=18),
        "partner_state": PartnerState.REFUSED, "partner_since": ago(minutes=18),
        "whatsapp_state": WhatsappState.CONNECTED, "phone": "+7 *** ***-12-34", "error_code": "token_refused",
        "next_step": NextStep.RETRY_ACTIVATION, "next_attempt_at": None, "call_id": 7,
        "call_state": CallState.FAILED, "is_frozen_by_staff": False, "is_open": True,
        "support_code": "7F-2C-19", "registered_at": ago(hours=2),
    }  # fmt: skip
    return InstallRow(**(values | given))


def whatsapp(**given: Any) -> WhatsappPart:
    """Return how a session stands."""
    values: dict[str, Any] = {
        "state": WhatsappState.CONNECTED, "since": ago(minutes=20), "wanted": "running", "method": "qr",
        "phone": "+7 *** ***-12-34", "generation": 1, "error": None, "error_at": None,
        "linked_at": ago(minutes=20), "banned_until": None, "pairing_until": None, "has_qr": False,
        "has_code": False,
    }  # fmt: skip
    return WhatsappPart(**(values | given))


def detail(row: InstallRow | None = None, **given: Any) -> InstallDetail:
    """Return everything about one salon."""
    row = row or install()
    values: dict[str, Any] = {
        "row": row, "entry_signed": True, "owner_user_id": 9001, "activated_at": None, "last_payment_at": None,
        "paid_until": None, "error_text": "Unauthorized", "closed_at": None, "close_reason": None,
        "frozen_by_staff_at": None, "frozen_reason": None,
        "theirs": PartnerPart(status="pending", checked_at=ago(minutes=3)), "whatsapp": whatsapp(),
        "differences": [Difference(field="status", theirs="pending", ours="refused")],
        "generations": [
            Generation(generation=2, registered_at=row.registered_at, partner_state=row.partner_state,
                       closed_at=None, close_reason=None),
        ],
        "cursor": 10,
    }  # fmt: skip
    return InstallDetail(**(values | given))


def difference(
    salon_id: int = 123, kind: DifferenceKind = DifferenceKind.STATUS_DIFFERS, **given: Any
) -> DifferenceRow:
    """Return a difference: YCLIENTS holds a salon active that we hold refused."""
    values: dict[str, Any] = {
        "kind": kind, "salon_id": salon_id, "title": "Ёлка", "city": "Москва", "timezone": "Europe/Moscow",
        "generation": 2, "since": ago(hours=3), "checked_at": ago(minutes=12), "theirs": "active", "is_listed": None,
        "partner_state": PartnerState.REFUSED, "whatsapp_state": WhatsappState.CONNECTED, "call_id": 7,
        "close_reason": None, "fixes": list(FIXES[kind]),
    }  # fmt: skip
    return DifferenceRow(**(values | given))


def sweep(state: SweepState = SweepState.DONE, **given: Any) -> SweepView:
    """Return a sweep that found a little."""
    values: dict[str, Any] = {
        "sweep_id": 5, "version": 10, "state": state, "staff": "Мария", "requested_at": ago(minutes=5),
        "started_at": ago(minutes=5), "finished_at": ago(minutes=4), "phase": "statuses", "done": 12, "total": 50,
        "listed": 1204, "held": 1210, "missing": 6, "unknown": 0, "healed": 2, "unreadable": 1, "is_braked": False,
        "failed_code": None,
    }  # fmt: skip
    return SweepView(**(values | given))


def plan(state: BulkState = BulkState.PLANNED, **given: Any) -> FixPlanView:
    """Return a plan of twelve differences."""
    values: dict[str, Any] = {
        "plan_id": 3, "version": 10, "kind": DifferenceKind.NOT_LISTED, "fix": Fix.READ_ANEW, "state": state,
        "total": 12, "pending": 12, "running": 0, "succeeded": 0, "failed": 0, "delayed": 0, "skipped": 0,
        "cancelled": 0, "eta_s": 4.0, "sample": [], "failed_by_code": {}, "reason": None, "staff": "Мария",
        "created_at": ago(minutes=1), "expires_at": NOW + timedelta(minutes=9), "started_at": None,
        "finished_at": None,
    }  # fmt: skip
    return FixPlanView(**(values | given))


def entry(event_id: int, type: str, *, minutes_ago: float = 10, **data: Any) -> TimelineEntry:
    """Return one event of a salon's story."""
    return TimelineEntry(event_id=event_id, at=ago(minutes=minutes_ago), type=type, generation=2, data=data)


def call(call_id: int = 7, **given: Any) -> CallRow:
    """Return a partner call that YCLIENTS refused."""
    values: dict[str, Any] = {
        "call_id": call_id, "version": 10, "salon_id": 123, "title": "Ёлка", "city": "Москва",
        "timezone": "Europe/Moscow", "generation": 2, "is_current": True, "kind": "activate",
        "state": CallState.FAILED, "partner_state": PartnerState.REFUSED, "attempts": 2,
        "error_code": "token_refused", "error_text": "Unauthorized", "outcome_unknown": False,
        "is_being_worked": False, "next_attempt_at": ago(minutes=17), "first_attempt_at": ago(minutes=19),
        "created_at": ago(minutes=20), "finished_at": ago(minutes=18), "last_status": 401,
        "last_latency_ms": 84, "reason": None, "can_retry": True, "cannot_retry_because": None,
    }  # fmt: skip
    return CallRow(**(values | given))


def attempt(number: int = 1, **given: Any) -> AttemptView:
    """Return one request of a call and its answer."""
    values: dict[str, Any] = {
        "number": number, "operation": "callback_redirect", "method": "POST",
        "path": "/marketplace/partner/callback/redirect", "started_at": ago(minutes=19),
        "finished_at": ago(minutes=19), "http_status": 401,
        "headers": {"content-type": "application/json", "x-request-id": "req-1"},
        "body_head": '{"success":false,"data":null,"meta":{"message":"Unauthorized"}}', "latency_ms": 84,
        "failure": None, "verdict": "token_refused",
    }  # fmt: skip
    return AttemptView(**(values | given))


def session(salon_id: int = 123, *, lives_s: float = 18, now: datetime = NOW, **given: Any) -> SessionView:
    """Return a session that is pairing, with a QR that lives for some seconds."""
    values: dict[str, Any] = {
        "salon_id": salon_id, "version": 11, "server_time": now,
        "whatsapp": whatsapp(state=WhatsappState.PAIRING, phone=None, linked_at=None, has_qr=True),
        "qr": QrView(text=QR_TEXT, image="", seq=3, issued_at=now, expires_at=now + timedelta(seconds=lives_s)),
        "pairing_code": None,
    }  # fmt: skip
    return SessionView(**(values | given))


def pairing_code(*, lives_s: float = 150, now: datetime = NOW) -> PairingCodeView:
    """Return a pairing code."""
    return PairingCodeView(
        code="ABCD-1234", phone="+7 *** ***-12-34", issued_at=now, expires_at=now + timedelta(seconds=lives_s)
    )


def bulk(**given: Any) -> BulkView:
    """Return a planned bulk retry of 240 calls."""
    values: dict[str, Any] = {
        "bulk_id": 5, "version": 20, "state": BulkState.PLANNED, "total": 240, "pending": 240, "running": 0,
        "succeeded": 0, "failed": 0, "delayed": 0, "skipped": 0, "cancelled": 0, "eta_s": 144.0,
        "per_minute": 100.0, "excluded": 3, "sample": [call(number) for number in range(1, 4)],
        "failed_by_code": {}, "reason": None, "staff": "Анна", "created_at": NOW,
        "expires_at": NOW + timedelta(minutes=15), "started_at": None, "finished_at": None,
    }  # fmt: skip
    return BulkView(**(values | given))


def report(*checks: CheckView, **given: Any) -> DoctorReport:
    """Return what the doctor found; by itself, a token that YCLIENTS refuses."""
    values: dict[str, Any] = {
        "checks": list(checks) or [
            CheckView(subject="PARTNER_TOKEN", level=CheckLevel.BAD, code="token_refused_401",
                      params={"fingerprint": "a1b2c3d4", "latency_ms": "81", "status": "401"}),
            CheckView(subject="APPLICATION_ID", level=CheckLevel.OK, code="application_id_set",
                      params={"application_id": "1777"}),
            CheckView(subject="PUBLIC_URL", level=CheckLevel.WARN, code="public_url_loopback",
                      params={"url": "http://127.0.0.1:8080"}),
        ],
        "tokens": [
            TokenView(which="current", is_set=True, fingerprint="a1b2c3d4", problem=None,
                      last_matched_at=None, last_matched_by=None),
            TokenView(which="previous", is_set=True, fingerprint="99ffee00", problem=None,
                      last_matched_at=ago(minutes=42), last_matched_by="webhook_token"),
        ],
        "refused_since": ago(minutes=20), "refused_code": "token_refused", "examined_at": NOW, "is_probed": True,
    }  # fmt: skip
    return DoctorReport(**(values | given))


def alarm(alarm_id: int = 1, kind: AlarmKind = AlarmKind.TOKEN_REFUSED, **given: Any) -> AlarmView:
    """Return an open alarm that nobody has acknowledged."""
    facts: dict[AlarmKind, dict[str, str | int]] = {
        AlarmKind.TOKEN_REFUSED: {"code": "token_refused", "since": ago(minutes=20).isoformat()},
        AlarmKind.STUCK_INSTALLS: {"count": 12, "since": ago(hours=3).isoformat(), "attention": 12},
        AlarmKind.WEBHOOKS_REFUSED: {"code": "webhook_unauthorized", "last_at": ago(minutes=1).isoformat()},
        AlarmKind.CALLS_FAILED: {"count": 1240, "since": ago(days=2).isoformat()},
        AlarmKind.SWEEP_BRAKED: {"missing": 70, "held": 100, "last_at": ago(minutes=9).isoformat()},
        AlarmKind.DISK_LOW: {"free_mb": 1200, "free_percent": 4},
    }
    values: dict[str, Any] = {
        "alarm_id": alarm_id, "kind": kind, "subject": "", "level": AlarmLevel.BAD, "facts": facts.get(kind, {}),
        "raised_at": ago(minutes=20), "seen_at": NOW, "count": 1, "told_at": ago(minutes=20),
        "acknowledged_at": None, "acknowledged_by": None, "settled_at": None,
    }  # fmt: skip
    return AlarmView(**(values | given))


def webhook(webhook_id: int = 5, **given: Any) -> WebhookRow:
    """Return an uninstall that was laid aside."""
    values: dict[str, Any] = {
        "webhook_id": webhook_id, "version": 10, "received_at": ago(days=4) + timedelta(seconds=webhook_id),
        "kind": WebhookKind.LIFECYCLE, "event": "uninstall", "proof": WebhookProof.PARTNER_TOKEN, "payment_sign": None,
        "salon_id": 123, "title": "Ёлка", "city": "Москва", "timezone": "Europe/Moscow", "resource_id": None,
        "state": WebhookState.DEAD, "outcome": None, "error": "status: server_error", "attempts": 31,
        "is_being_worked": False, "next_attempt_at": None, "processed_at": None, "replayed_at": None,
        "can_replay": True, "cannot_replay_because": None,
    }  # fmt: skip
    return WebhookRow(**(values | given))


def notice(webhook_id: int = 6, **given: Any) -> WebhookRow:
    """Return an entity notice that is kept."""
    kept: dict[str, Any] = {
        "kind": WebhookKind.ENTITY, "event": "record.create", "proof": WebhookProof.INSTALL_KEY, "error": None,
        "state": WebhookState.DONE, "outcome": WebhookOutcome.KEPT, "attempts": 0, "processed_at": ago(minutes=3),
        "received_at": ago(minutes=3), "can_replay": False, "cannot_replay_because": "webhook_not_replayable",
    }  # fmt: skip
    return webhook(webhook_id, **(kept | given))


def webhook_detail(row: WebhookRow | None = None, **given: Any) -> WebhookDetail:
    """Return a webhook with everything."""
    values: dict[str, Any] = {
        "row": row or webhook(), "body": '{\n  "salon_id": 123,\n  "event": "uninstall",\n  "user_name": "***"\n}',
        "is_body_cut": False, "digest": "5e" * 32, "application_id": 4321, "generation": None,
        "is_current_install": False, "caused": [entry(31, "webhook_laid_aside", event="uninstall")],
    }  # fmt: skip
    return WebhookDetail(**(values | given))


def webhook_counts(**given: Any) -> WebhookCounts:
    """Return counts with something of everything."""
    refused = [RefusedWebhooks(code="webhook_unauthorized", minutes=12, last_at=ago(minutes=4))]
    values: dict[str, Any] = {
        "pending": 1, "dead": 2, "unknown_lately": 3, "at_most": 1000, "refused": refused, "cursor": 10,
    }  # fmt: skip
    return WebhookCounts(**(values | given))


def welcome(role: StaffRole = StaffRole.ADMIN, *permissions: Permission, now: datetime = NOW) -> Welcome:
    """Return what the gateway says to a member of staff it lets in."""
    from shared.vocabulary import ROLE_PERMISSIONS

    staff = StaffView(id=1, name="Анна", role=role, created_at=ago(days=30), expires_at=None,
                      last_used_at=None, revoked_at=None)  # fmt: skip
    granted = permissions or tuple(sorted(ROLE_PERMISSIONS[role]))
    return Welcome(protocol=1, gateway_version="0.1.0", server_time=now, cursor=10, staff=staff,
                   permissions=list(granted), public_url="https://bot.example", is_demo=False)  # fmt: skip


PROCESS = "gateway-a:4711:0a1b2c3d"
OTHER_PROCESS = "gateway-b:92:4e5f6071"


def session_row(salon_id: int = 123, **given: Any) -> SessionRow:
    """Return a row of the list of sessions: connected, owned by `PROCESS`."""
    values: dict[str, Any] = {
        "salon_id": salon_id, "version": 10, "title": "Ёлка", "city": "Москва", "timezone": "Europe/Moscow",
        "state": WhatsappState.CONNECTED, "since": ago(hours=3), "wanted": "running", "adapter": "neonize",
        "engine_state": "open", "engine_is_open": True, "engine_memory_bytes": 61 * 2**20, "engine_at": ago(minutes=2),
        "generation": 4, "phone": "+7 *** ***-12-34", "linked_at": ago(days=3), "owner": PROCESS,
        "owner_host": "gateway-a", "owned_since": ago(hours=3), "lease_until": ago(seconds=-25),
        "owner_version": "0.5.0", "owner_is_draining": False, "is_unowned": False, "error": None,
        "last_close": "network_unreachable", "last_closed_at": ago(hours=4), "reconnects": 2, "banned_until": None,
    }  # fmt: skip
    return SessionRow(**values | given)


def process(name: str = PROCESS, **given: Any) -> ProcessView:
    """Return a gateway process in its best health."""
    values: dict[str, Any] = {
        "name": name, "host": name.split(":")[0], "version": "0.5.0", "started_at": ago(days=3),
        "seen_at": ago(seconds=1), "is_silent": False, "sessions": 120, "pairing": 0, "sockets": 14, "jobs": 19,
        "memory_bytes": 190 * 2**20, "drain": None, "drain_at": None, "drain_by": None,
    }  # fmt: skip
    return ProcessView(**values | given)


def process_list(*rows: ProcessView, **given: Any) -> ProcessList:
    """Return these processes, two healthy ones when none is given."""
    shown = list(rows) or [process(), process(OTHER_PROCESS)]
    values: dict[str, Any] = {"unowned": 0, "calls_due": 0, "webhooks_pending": 0, "server_time": NOW}
    return ProcessList(rows=shown, **values | given)


def storage_report(**given: Any) -> StorageReport:
    """Return what grows: one large table with a term, one without."""
    events = TableView(
        name="marketplace_events",
        rows=1_250_000,
        size_bytes=2 * 2**30,
        keep_days=365,
        oldest_at=ago(days=300),
    )
    salons = TableView(name="companies", rows=1248, size_bytes=3 * 2**20, keep_days=None, oldest_at=None)
    values: dict[str, Any] = {
        "tables": [events, salons], "total_bytes": 2 * 2**30 + 3 * 2**20, "retention_at": ago(minutes=20),
    }  # fmt: skip
    return StorageReport(**values | given)


def backups() -> BackupList:
    """Return two backups and a file that is none."""
    files = [
        BackupView(name="ai-admin-2026-03-13.dump", size_bytes=48 * 2**20, at=ago(hours=30), is_backup=True),
        BackupView(name="notes.txt", size_bytes=12, at=ago(hours=40), is_backup=False),
        BackupView(name="ai-admin-2026-03-12.dump", size_bytes=47 * 2**20, at=ago(hours=54), is_backup=True),
    ]
    return BackupList(files=files, is_configured=True, is_readable=True)


def member() -> StaffView:
    """Return a member of staff who was just added."""
    return StaffView(
        id=9, name="Пётр", role=StaffRole.VIEWER, created_at=NOW, expires_at=None, last_used_at=None, revoked_at=None
    )  # fmt: skip


def overview(**given: Any) -> OverviewReport:
    """Return a report on seven days of Moscow in which something of everything happened."""
    begin = datetime(2026, 3, 8, tzinfo=ZoneInfo("Europe/Moscow"))
    answers = [
        AnswerTimes(
            begins=begin + timedelta(days=day), requests=40 * day, p50_ms=100.0 + 10 * day if day else None,
            p95_ms=400.0 + 50 * day if day else None, busiest_minute=30 * day,
        )
        for day in range(7)
    ]  # fmt: skip
    edges = (0, 60, 120, 300, 600, 1800, 3600, 21600, 86400)
    bars = [
        TimeBar(from_s=a, to_s=b, count=n)
        for a, b, n in zip(edges, (*edges[1:], None), (3, 12, 9, 4, 2, 1, 0, 1, 2), strict=True)
    ]
    causes = [
        FailureCause(side="partner", code="failure_timeout", count=31),
        FailureCause(side="session", code="network_unreachable", count=12),
        FailureCause(side="partner", code="verdict_already_installed_or_refused", count=3),
        FailureCause(side="session", code="logged_out", count=1),
    ]
    values: dict[str, Any] = {
        "since": begin, "until": begin + timedelta(days=7), "zone": "Europe/Moscow", "read_at": NOW,
        "funnel": FunnelSteps(redirected=48, shown=44, linked=37, active=34),
        "activation": ActivationTimes(total=34, p50_s=131.0, p90_s=4210.0, bars=bars), "failures": causes,
        "answers": answers,
        "whole": AnswerTimes(begins=begin, requests=840, p50_ms=140.0, p95_ms=655.0, busiest_minute=180),
        "budget_used": 12, "budget_per_minute": 200,
        "sessions": {WhatsappState.CONNECTED: 1204, WhatsappState.LOGGED_OUT: 7, WhatsappState.PAIRING: 3},
    }  # fmt: skip
    return OverviewReport(**values | given)


def empty_overview() -> OverviewReport:
    """Return the same seven days in which nothing happened."""
    full = overview()
    nothing = [each.model_copy(update={"requests": 0, "p50_ms": None, "p95_ms": None, "busiest_minute": 0})
               for each in (*full.answers, full.whole)]  # fmt: skip
    bars = [bar.model_copy(update={"count": 0}) for bar in full.activation.bars]
    return overview(
        funnel=FunnelSteps(redirected=0, shown=0, linked=0, active=0),
        activation=ActivationTimes(total=0, p50_s=None, p90_s=None, bars=bars), failures=[], answers=nothing[:-1],
        whole=nothing[-1], budget_used=0, sessions=dict.fromkeys(WhatsappState, 0),
    )  # fmt: skip


def act(audit_id: int = 1, **given: Any) -> AuditEntry:
    """Return one act of staff."""
    values: dict[str, Any] = {
        "audit_id": audit_id, "at": ago(minutes=3), "staff": "Анна", "role": "operator",
        "operation": "installs.freeze", "salon_id": 101001, "before": {"frozen": False, "generation": 2},
        "after": {"frozen": True, "generation": 2}, "reason": "не платят", "request_id": "request-0001",
    }  # fmt: skip
    return AuditEntry(**(values | given))


def someone(staff_id: int = 2, **given: Any) -> StaffRow:
    """Return a member who was here ten minutes ago."""
    values: dict[str, Any] = {
        "id": staff_id, "name": "Мария", "role": StaffRole.OPERATOR, "created_at": ago(days=3),
        "expires_at": NOW + timedelta(days=87), "last_used_at": ago(minutes=10), "revoked_at": None,
        "ends_at": NOW + timedelta(days=30), "consoles": 0,
    }  # fmt: skip
    return StaffRow(**(values | given))


def payment() -> PaymentView:
    """Return a payment that YCLIENTS has."""
    return PaymentView(
        payment_id=1, salon_id=123, state="accepted", refund=None, partner_payment_id=77, amount="990.50",
        currency="RUB", paid_on=NOW.date(), period_from=NOW.date(), period_to=NOW.date() + timedelta(days=30),
        error_code=None, created_at=NOW,
    )  # fmt: skip

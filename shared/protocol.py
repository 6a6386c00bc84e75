"""The admin protocol: every operation staff's programs may ask for, declared once.

From this one table come the events of the admin socket, the routes under `/admin/api/v1`, the permission of each,
the audit, the OpenAPI document, `docs/protocol.md` and the tests over all of them.

On the socket (Socket.IO, namespace `/admin`) a client connects with `auth = {"token", "after", "protocol"}`: its
personal token, the last cursor it saw (absent or null at the first time), the version it speaks. The gateway
refuses with a `connect_error` whose data is a problem (`{"code", "message", "reference"}`), or sends `welcome`
(`Welcome`) and then `changes` (`Changes`) or `resync` (`Resync`), first for what happened since `after`, then as it
happens. Each `changes` must be acknowledged; until then the next ones are gathered. Whoever does not acknowledge
within 30 seconds, is behind by more than 5,000 events, leaves more than 5,000 things unread or was connected before the
database was restored from a backup gets a `resync`. A
client whose token ends while it is connected gets `refused` (a problem) and is disconnected.

Changes name things, they do not carry them. `install` names a salon whose install, WhatsApp session or story has
something new. `call` names the salon too: something of its partner calls may be different. `bulk` names a bulk
retry, `sweep` a sweep, `fix` differences that are fixed together, `alarm` an alarm, `staff` a member of staff (0 for
the command line). `token` (PARTNER_TOKEN was refused or is accepted again) and `process` (how far a process is with its
drain) have the id 0. `webhook` names a webhook that is worked anew, with 0 others that were worked, laid aside or
refused at the door; entity notices are told by `webhooks.newer` alone. A change of a salon is always told as
`install`; it is told as `call` as well unless it was the
phone's or a webhook's alone.

An operation is an event of its name with two arguments, the input and the call's own particulars (`CallMeta`), and
is acknowledged with `{"ok": true, "data": …, "request_id": …}` or `{"ok": false, "error": {"code", "message",
"reference"}, "request_id": …}`. Every command carries an `idempotency_key`: the same key again does nothing anew
and answers what the first one did; if that answer held a secret it was not kept, and the repeat is refused with
`already_done`. A key whose command was refused is free again. At most 8 operations of one connection run at a time
and 32 wait; more are refused with `rate_limited`.

Over HTTP an operation's input is the path, the query (lists by repetition) or the JSON body, the answer is the
output itself, the token goes into `Authorization: Bearer`, the key into `Idempotency-Key` and the request's name
into `X-Request-Id`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

from pydantic import StringConstraints

from shared import admin_wire as wire
from shared.vocabulary import Permission
from shared.wire import Problem, WireRecord

NAMESPACE: Final = "/admin"
HTTP_ROOT: Final = "/admin/api/v1"
PROTOCOL_VERSION: Final = 1
OLDEST_PROTOCOL: Final = 1
"""The oldest version of a console that this gateway still serves, and of a gateway that this console still uses."""

WELCOME: Final = "welcome"
CHANGES: Final = "changes"
RESYNC: Final = "resync"
QR: Final = "qr"
REFUSED: Final = "refused"
"""Events the gateway sends by itself: `qr` carries a `SessionView` to those who opened that salon's QR."""

PUSHED: Final[dict[str, type[WireRecord]]] = {
    WELCOME: wire.Welcome, CHANGES: wire.Changes, RESYNC: wire.Resync, QR: wire.SessionView, REFUSED: Problem,
}  # fmt: skip

CHANGE_KINDS: Final = (
    "install", "call", "bulk", "sweep", "fix", "alarm", "token", "staff", "webhook", "process",
)  # fmt: skip

I = TypeVar("I", bound=WireRecord)  # noqa: E741  the input
O = TypeVar("O", bound=WireRecord)  # noqa: E741  the output

RequestId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]


class CallMeta(wire.AdminInput):
    """What goes with every operation: a name for the log, and for commands the key that makes repeats harmless."""

    request_id: RequestId | None = None
    idempotency_key: RequestId | None = None
    lang: Literal["ru", "en"] = "ru"


@dataclass(frozen=True, slots=True)
class Operation(Generic[I, O]):
    """One thing staff can ask for. `path` is below `HTTP_ROOT`; names in braces are fields of the input.

    A command changes something, needs an idempotency key and is audited; a destructive one cannot be undone by
    pressing another button and checks the generation the person saw. `is_for_sockets` marks what makes no sense
    over HTTP.
    """

    name: str
    method: Literal["GET", "POST"]
    path: str
    input: type[I]
    output: type[O]
    permission: Permission
    summary: str
    is_command: bool = False
    is_destructive: bool = False
    is_audited: bool = False
    is_for_sockets: bool = False

    @property
    def answers_secret(self) -> bool:
        """Whether the answer holds what may not be stored: an owner's link, a QR, a pairing code, a token."""
        return self.output in (wire.OwnerLink, wire.SessionView, wire.StaffToken)


def _read(
    name: str,
    path: str,
    given: type[I],
    answer: type[O],
    summary: str,
    permission: Permission = Permission.READ,
) -> Operation[I, O]:
    return Operation(name, "GET", path, given, answer, permission, summary)


def _command(
    name: str, path: str, given: type[I], answer: type[O], permission: Permission, summary: str, **flags: bool
) -> Operation[I, O]:
    return Operation(
        name, "POST", path, given, answer, permission, summary, is_command=True, is_audited=True, **flags
    )


_P = Permission

STAFF_ME = _read(
    "staff.me", "/me", wire.Nothing, wire.Welcome, "Say who is asking and what the gateway speaks."
)
STAFF_LIST = _read(
    "staff.list", "/staff", wire.StaffQuery, wire.StaffList, "List the members of staff.", _P.MANAGE_STAFF
)
STAFF_REVOKE = _command(
    "staff.revoke", "/staff/{staff_id}/revoke", wire.StaffRevocation, wire.StaffView, _P.MANAGE_STAFF,
    "Take a member's token away and close their consoles.", is_destructive=True,
)  # fmt: skip

STAFF_ADD = _command(
    "staff.add", "/staff", wire.StaffNew, wire.StaffToken, _P.MANAGE_STAFF,
    "Add a member of staff; the token is in the answer, this once.",
)  # fmt: skip

INSTALLS_LIST = _read(
    "installs.list",
    "/installs",
    wire.InstallsQuery,
    wire.InstallsPage,
    "Read a page of the board, stuck first.",
)
INSTALLS_ROWS = _read(
    "installs.rows", "/installs/rows", wire.InstallRowsQuery, wire.InstallRows,
    "Of some salons, read the rows that match a filter.",
)  # fmt: skip
INSTALLS_COUNTS = _read(
    "installs.counts",
    "/installs/counts",
    wire.InstallFilter,
    wire.InstallCounts,
    "Count the installs in each stage.",
)
INSTALLS_GET = _read(
    "installs.get",
    "/installs/{salon_id}",
    wire.SalonQuery,
    wire.InstallDetail,
    "Read everything about one salon.",
)
TIMELINE_LIST = _read(
    "timeline.list",
    "/installs/{salon_id}/timeline",
    wire.TimelineQuery,
    wire.TimelinePage,
    "Read a salon's story.",
)
INSTALLS_RECONCILE = _command(
    "installs.reconcile", "/installs/{salon_id}/reconcile", wire.SalonCommand, wire.ReconcileResult, _P.REPAIR_CALLS,
    "Read the status at YCLIENTS now and bring our state in line with it.",
)  # fmt: skip
INSTALLS_FREEZE = _command(
    "installs.freeze", "/installs/{salon_id}/freeze", wire.InstallCommand, wire.InstallDetail, _P.FREEZE,
    "Stop the salon's bot and keep it stopped until staff let it run again.",
)  # fmt: skip
INSTALLS_UNFREEZE = _command(
    "installs.unfreeze", "/installs/{salon_id}/unfreeze", wire.InstallCommand, wire.InstallDetail, _P.FREEZE,
    "Let a bot that staff stopped run again.",
)  # fmt: skip
INSTALLS_UNINSTALL = _command(
    "installs.uninstall", "/installs/{salon_id}/uninstall", wire.InstallCommand, wire.InstallDetail, _P.UNINSTALL,
    "Disconnect the salon at YCLIENTS; sent after ten seconds, until then it can be taken back.", is_destructive=True,
)  # fmt: skip
INSTALLS_KEEP = _command(
    "installs.keep", "/installs/{salon_id}/keep", wire.SalonCommand, wire.InstallDetail, _P.UNINSTALL,
    "Take back an uninstall that was not sent yet.",
)  # fmt: skip
INSTALLS_ASSISTANT = _command(
    "installs.assistant", "/installs/{salon_id}/assistant", wire.AssistantSwitch, wire.InstallDetail, _P.FREEZE,
    "Let the assistant answer the salon's customers, or not: off, it hears of no message and sends none.",
)  # fmt: skip
LINKS_CREATE = _command(
    "links.create", "/installs/{salon_id}/link", wire.SalonCommand, wire.OwnerLink, _P.ISSUE_LINKS,
    "Make a fresh onboarding address for the owner.",
)  # fmt: skip

CALLS_LIST = _read(
    "calls.list", "/calls", wire.CallsQuery, wire.CallsPage, "Read a page of the callback queue."
)
CALLS_ROWS = _read(
    "calls.rows",
    "/calls/rows",
    wire.CallRowsQuery,
    wire.CallRows,
    "Of some salons' calls, read those that match a filter.",
)
CALLS_COUNTS = _read(
    "calls.counts", "/calls/counts", wire.CallFilter, wire.CallCounts, "Count the calls in each state."
)
CALLS_GET = _read(
    "calls.get", "/calls/{call_id}", wire.CallQuery, wire.CallDetail, "Read a call with every attempt."
)
CALLS_RETRY = _command(
    "calls.retry", "/calls/{call_id}/retry", wire.CallCommand, wire.CallRow, _P.REPAIR_CALLS,
    "Try a call again now; always a new attempt.",
)  # fmt: skip
CALLS_HOLD = _command(
    "calls.hold", "/calls/{call_id}/hold", wire.CallReasoned, wire.CallRow, _P.REPAIR_CALLS,
    "Keep a waiting call from being tried.",
)  # fmt: skip
CALLS_RELEASE = _command(
    "calls.release", "/calls/{call_id}/release", wire.CallCommand, wire.CallRow, _P.REPAIR_CALLS,
    "Let a held call go on.",
)  # fmt: skip
CALLS_RESOLVE = _command(
    "calls.resolve", "/calls/{call_id}/resolve", wire.CallReasoned, wire.CallRow, _P.REPAIR_CALLS,
    "Mark a failed or held call as dealt with by a person.",
)  # fmt: skip

BULK_PLAN = _command(
    "bulk.plan", "/bulk", wire.BulkPlanRequest, wire.BulkView, _P.REPAIR_CALLS,
    "Plan a bulk retry: how many exactly, how long, which for example.",
)  # fmt: skip
BULK_START = _command(
    "bulk.start",
    "/bulk/{bulk_id}/start",
    wire.BulkStart,
    wire.BulkView,
    _P.REPAIR_CALLS,
    "Start a planned bulk retry.",
)
BULK_CANCEL = _command(
    "bulk.cancel", "/bulk/{bulk_id}/cancel", wire.BulkQuery, wire.BulkView, _P.REPAIR_CALLS,
    "Cancel a bulk retry; what was not begun stays as it was.",
)  # fmt: skip
BULK_GET = _read(
    "bulk.get", "/bulk/{bulk_id}", wire.BulkQuery, wire.BulkView, "Read a bulk retry's progress."
)
BULK_LIST = _read("bulk.list", "/bulk", wire.BulksQuery, wire.BulkList, "List the newest bulk retries.")
BULK_ITEMS = _read(
    "bulk.items",
    "/bulk/{bulk_id}/items",
    wire.BulkItemsQuery,
    wire.BulkItems,
    "Read a bulk retry's report, call by call.",
)

SESSIONS_START = _command(
    "sessions.start", "/installs/{salon_id}/session/start", wire.SessionStart, wire.WhatsappPart, _P.CONTROL_SESSIONS,
    "Start pairing, or bring a stopped session back.",
)  # fmt: skip
SESSIONS_RESTART = _command(
    "sessions.restart", "/installs/{salon_id}/session/restart", wire.SessionRestart, wire.WhatsappPart,
    _P.CONTROL_SESSIONS, "Start the session's engine anew.",
)  # fmt: skip
SESSIONS_STOP = _command(
    "sessions.stop", "/installs/{salon_id}/session/stop", wire.SalonCommand, wire.WhatsappPart, _P.CONTROL_SESSIONS,
    "Stop the session and keep its credentials.",
)  # fmt: skip
SESSIONS_PAIRING_CODE = _command(
    "sessions.pairing_code", "/installs/{salon_id}/session/pairing-code", wire.PairingCodeRequest, wire.SessionView,
    _P.VIEW_QR, "Ask for a pairing code for a phone.",
)  # fmt: skip
SESSIONS_RELINK = _command(
    "sessions.relink", "/installs/{salon_id}/session/relink", wire.SalonCommand, wire.WhatsappPart, _P.CONTROL_SESSIONS,
    "Take our device off the linked phone and start pairing anew.",
)  # fmt: skip
SESSIONS_CONFIRM_PHONE = _command(
    "sessions.confirm_phone", "/installs/{salon_id}/session/confirm-phone", wire.SalonCommand, wire.WhatsappPart,
    _P.CONTROL_SESSIONS, "Keep the number that was linked in place of another one.",
)  # fmt: skip
SESSIONS_SEND_TEST = _command(
    "sessions.send_test", "/installs/{salon_id}/session/test-message", wire.SessionTest, wire.SessionTestOutcome,
    _P.CONTROL_SESSIONS, "Send a test message over the salon's WhatsApp and tell what became of it.",
)  # fmt: skip
SESSIONS_QR = Operation(
    "sessions.qr", "POST", "/installs/{salon_id}/session/qr", wire.SalonQuery, wire.SessionView, _P.VIEW_QR,
    "Read the QR and the code that are valid now; every view is audited.", is_audited=True,
)  # fmt: skip
QR_OPEN = Operation(
    "qr.open", "POST", "", wire.SalonQuery, wire.SessionView, _P.VIEW_QR,
    "Read the QR and the code, and get each new one until `qr.close`; every view is audited.", is_audited=True,
    is_for_sockets=True,
)  # fmt: skip
QR_CLOSE = Operation(
    "qr.close", "POST", "", wire.SalonQuery, wire.Nothing, _P.VIEW_QR, "Get no more QR codes of that salon.",
    is_for_sockets=True,
)  # fmt: skip

SESSIONS_LIST = _read(
    "sessions.list",
    "/sessions",
    wire.SessionsQuery,
    wire.SessionsPage,
    "Read a page of the WhatsApp sessions.",
)
SESSIONS_ROWS = _read(
    "sessions.rows", "/sessions/rows", wire.SessionRowsQuery, wire.SessionRows,
    "Of some salons' sessions, read those that match a filter.",
)  # fmt: skip
SESSIONS_COUNTS = _read(
    "sessions.counts", "/sessions/counts", wire.SessionFilter, wire.SessionCounts,
    "Count the sessions in each state.",
)  # fmt: skip
PROCESSES_LIST = _read(
    "processes.list", "/processes", wire.Nothing, wire.ProcessList, "List the gateway's processes."
)
PROCESSES_DRAIN = _command(
    "processes.drain", "/processes/drain", wire.ProcessCommand, wire.ProcessView, _P.MANAGE_PROCESSES,
    "Have a process hand its WhatsApp sessions to the others, one by one, and take no new ones.",
)  # fmt: skip
PROCESSES_TAKE_PART = _command(
    "processes.take_part", "/processes/take-part", wire.ProcessCommand, wire.ProcessView, _P.MANAGE_PROCESSES,
    "Let a process take WhatsApp sessions again.",
)  # fmt: skip
STORAGE_REPORT = _read(
    "storage.report", "/storage", wire.Nothing, wire.StorageReport,
    "Say how large the tables are, how long their rows are kept, and when the old ones were destroyed last.",
)  # fmt: skip
BACKUPS_LIST = _read(
    "backups.list", "/backups", wire.Nothing, wire.BackupList,
    "List the backups in BACKUP_DIR; they are brought back by a command on the gateway's machine.",
)  # fmt: skip
BACKUPS_MAKE = _command(
    "backups.make", "/backups", wire.Nothing, wire.BackupList, _P.MANAGE_PROCESSES,
    "Begin a backup in BACKUP_DIR; it gets its name once it was restored into a scratch database and compared.",
)  # fmt: skip
CONSISTENCY_LIST = _read(
    "consistency.list", "/consistency", wire.DifferencesQuery, wire.DifferencesPage,
    "Read a page of what YCLIENTS and we disagree about.",
)  # fmt: skip
CONSISTENCY_SWEEP = _read(
    "consistency.sweep", "/consistency/sweep", wire.SweepQuery, wire.SweepAnswer,
    "Read how far the newest sweep is and what it found.",
)  # fmt: skip
CONSISTENCY_CHECK = _command(
    "consistency.check", "/consistency/check", wire.Nothing, wire.SweepView, _P.REPAIR_CALLS,
    "Compare YCLIENTS' list with ours now; one request for a thousand salons.",
)  # fmt: skip
CONSISTENCY_FIX = _command(
    "consistency.fix", "/consistency/{salon_id}/fix", wire.FixRequest, wire.FixResult, _P.REPAIR_CALLS,
    "Do one of the things that can be done about a difference.", is_destructive=True,
)  # fmt: skip
FIXES_PLAN = _command(
    "fixes.plan", "/fixes", wire.FixPlanRequest, wire.FixPlanView, _P.REPAIR_CALLS,
    "Plan to fix differences of one kind: how many exactly, how long, which for example.",
)  # fmt: skip
FIXES_START = _command(
    "fixes.start", "/fixes/{plan_id}/start", wire.FixPlanStart, wire.FixPlanView, _P.REPAIR_CALLS,
    "Start to fix what was planned.",
)  # fmt: skip
FIXES_CANCEL = _command(
    "fixes.cancel", "/fixes/{plan_id}/cancel", wire.FixPlanQuery, wire.FixPlanView, _P.REPAIR_CALLS,
    "Cancel it; what was not begun stays as it was.",
)  # fmt: skip
FIXES_GET = _read("fixes.get", "/fixes/{plan_id}", wire.FixPlanQuery, wire.FixPlanView, "Read its progress.")
FIXES_LIST = _read(
    "fixes.list", "/fixes", wire.FixPlansQuery, wire.FixPlanList, "List what was fixed together lately."
)
FIXES_ITEMS = _read(
    "fixes.items", "/fixes/{plan_id}/items", wire.FixItemsQuery, wire.FixItems, "Read its report, salon by salon."
)  # fmt: skip

INSTALLS_BUNDLE = Operation(
    "installs.bundle", "POST", "/installs/{salon_id}/bundle", wire.SalonQuery, wire.SupportBundle,
    _P.COLLECT_EVIDENCE,
    "Make a page with everything support needs about an install, nothing secret in it; every one is audited.",
    is_audited=True,
)  # fmt: skip
PERSONAL_DATA_FIND = Operation(
    "personal_data.find", "POST", "/personal-data/find", wire.PersonQuery, wire.PersonFound, _P.PERSONAL_DATA,
    "Tell where a phone or a salon is found; every search is audited.", is_audited=True,
)  # fmt: skip
PERSONAL_DATA_PURGE = _command(
    "personal_data.purge", "/personal-data/{salon_id}/purge", wire.PurgeRequest, wire.DestructionView,
    _P.PERSONAL_DATA, "Destroy the personal data of a salon that has left, and report it.", is_destructive=True,
)  # fmt: skip
PERSONAL_DATA_REPORTS = _read(
    "personal_data.reports", "/personal-data/reports", wire.DestructionsQuery, wire.DestructionList,
    "List the reports of destruction.", _P.PERSONAL_DATA,
)  # fmt: skip

ALARMS_LIST = _read(
    "alarms.list", "/alarms", wire.AlarmsQuery, wire.AlarmList, "List the alarms, the open ones first."
)
ALARMS_ACKNOWLEDGE = _command(
    "alarms.acknowledge", "/alarms/{alarm_id}/acknowledge", wire.AlarmQuery, wire.AlarmView, _P.ACKNOWLEDGE_ALARMS,
    "Say that somebody looks after an alarm: it is not told again unless it gets worse, or settles and comes back.",
)  # fmt: skip

ALARMS_SNOOZE = _command(
    "alarms.snooze", "/alarms/{alarm_id}/snooze", wire.AlarmSnooze, wire.AlarmView, _P.ACKNOWLEDGE_ALARMS,
    "Keep an alarm quiet until a moment; it is told then if it still stands, and before if it gets worse.",
)  # fmt: skip
WEBHOOKS_LIST = _read(
    "webhooks.list", "/webhooks", wire.WebhooksQuery, wire.WebhooksPage, "Read a page of the inbox, the newest first."
)  # fmt: skip
WEBHOOKS_ROWS = _read(
    "webhooks.rows", "/webhooks/rows", wire.WebhookRowsQuery, wire.WebhookRows,
    "Of some webhooks, read those that match a filter.",
)  # fmt: skip
WEBHOOKS_NEWER = _read(
    "webhooks.newer", "/webhooks/newer", wire.NewWebhooksQuery, wire.NewWebhooks,
    "Say which of the webhooks that came after a number match a filter.",
)  # fmt: skip
WEBHOOKS_COUNTS = _read(
    "webhooks.counts", "/webhooks/counts", wire.Nothing, wire.WebhookCounts,
    "Count the webhooks that call for a look, and what was refused at the door within a day.",
)  # fmt: skip
WEBHOOKS_GET = _read(
    "webhooks.get", "/webhooks/{webhook_id}", wire.WebhookQuery, wire.WebhookDetail,
    "Read a webhook with its body, masked, and what it changed.",
)  # fmt: skip
WEBHOOKS_REPLAY = _command(
    "webhooks.replay", "/webhooks/{webhook_id}/replay", wire.WebhookCommand, wire.WebhookRow, _P.REPAIR_CALLS,
    "Work a webhook anew that is done or laid aside; always a new attempt.",
)  # fmt: skip

DOCTOR_REPORT = _read(
    "doctor.report",
    "/doctor",
    wire.DoctorQuery,
    wire.DoctorReport,
    "Examine the configuration, asking YCLIENTS.",
)
AUDIT_LIST = _read(
    "audit.list", "/audit", wire.AuditQuery, wire.AuditPage, "Read what staff did.", _P.READ_AUDIT
)

PAYMENTS_LIST = _read(
    "payments.list", "/installs/{salon_id}/payments", wire.SalonQuery, wire.PaymentList,
    "List the payments of a salon that YCLIENTS was told of by staff.",
)  # fmt: skip
PAYMENTS_NOTIFY = _command(
    "payments.notify", "/installs/{salon_id}/payments", wire.PaymentNotice, wire.PaymentView, _P.MANAGE_PAYMENTS,
    "Tell YCLIENTS that a salon has paid; never told twice for one sum and period.", is_destructive=True,
)  # fmt: skip
PAYMENTS_REFUND = _command(
    "payments.refund", "/installs/{salon_id}/payments/{payment_id}/refund", wire.PaymentRefund, wire.PaymentView,
    _P.MANAGE_PAYMENTS, "Tell YCLIENTS that a payment was paid back; of the running period it disables the salon.",
    is_destructive=True,
)  # fmt: skip
PAYMENTS_CHECK = _command(
    "payments.check", "/installs/{salon_id}/payments/check", wire.SalonCommand, wire.PaymentList, _P.MANAGE_PAYMENTS,
    "Settle payments of unknown outcome by YCLIENTS' own list.",
)  # fmt: skip
PAYMENTS_LINK = Operation(
    "payments.link", "POST", "/installs/{salon_id}/payments/link", wire.PaymentLinkQuery, wire.PaymentLink,
    _P.MANAGE_PAYMENTS, "Ask YCLIENTS for the address where the owner pays.", is_audited=True,
)  # fmt: skip
PAYMENTS_DISCOUNT = _command(
    "payments.discount", "/installs/{salon_id}/payments/discount", wire.DiscountOrder, wire.DiscountGiven,
    _P.MANAGE_PAYMENTS, "Give a salon a discount at YCLIENTS, in percent.",
)  # fmt: skip
CRASHES_REPORT = Operation(
    "crashes.report", "POST", "/crashes", wire.CrashReport, wire.CrashReceipt, _P.READ,
    "Write a console's crash into the gateway's log; a person chose to send it.",
)  # fmt: skip
AUDIT_CHECK = _read(
    "audit.check", "/audit/check", wire.AuditCheckQuery, wire.AuditCheck,
    "Follow the audit's chain a step further.", _P.READ_AUDIT,
)  # fmt: skip

OVERVIEW_REPORT = _read(
    "overview.report", "/overview", wire.OverviewQuery, wire.OverviewReport,
    "Report on a period: funnel, time to active, failures, the partner's answers; and the sessions now.",
)  # fmt: skip

OPERATIONS: Final[tuple[Operation[Any, Any], ...]] = (
    STAFF_ME, STAFF_LIST, STAFF_REVOKE, STAFF_ADD,
    INSTALLS_LIST, INSTALLS_ROWS, INSTALLS_COUNTS, INSTALLS_GET, TIMELINE_LIST, INSTALLS_RECONCILE, INSTALLS_FREEZE,
    INSTALLS_UNFREEZE, INSTALLS_UNINSTALL, INSTALLS_KEEP, INSTALLS_ASSISTANT, LINKS_CREATE,
    CALLS_LIST, CALLS_ROWS, CALLS_COUNTS, CALLS_GET, CALLS_RETRY, CALLS_HOLD, CALLS_RELEASE, CALLS_RESOLVE,
    BULK_PLAN, BULK_START, BULK_CANCEL, BULK_GET, BULK_LIST, BULK_ITEMS,
    SESSIONS_START, SESSIONS_RESTART, SESSIONS_STOP, SESSIONS_PAIRING_CODE, SESSIONS_RELINK, SESSIONS_CONFIRM_PHONE,
    SESSIONS_SEND_TEST, SESSIONS_QR, QR_OPEN, QR_CLOSE, SESSIONS_LIST, SESSIONS_ROWS, SESSIONS_COUNTS,
    PROCESSES_LIST, PROCESSES_DRAIN, PROCESSES_TAKE_PART, STORAGE_REPORT, BACKUPS_LIST, BACKUPS_MAKE,
    CONSISTENCY_LIST, CONSISTENCY_SWEEP, CONSISTENCY_CHECK, CONSISTENCY_FIX,
    FIXES_PLAN, FIXES_START, FIXES_CANCEL, FIXES_GET, FIXES_LIST, FIXES_ITEMS,
    INSTALLS_BUNDLE, PERSONAL_DATA_FIND, PERSONAL_DATA_PURGE, PERSONAL_DATA_REPORTS,
    ALARMS_LIST, ALARMS_ACKNOWLEDGE, ALARMS_SNOOZE,
    WEBHOOKS_LIST, WEBHOOKS_ROWS, WEBHOOKS_NEWER, WEBHOOKS_COUNTS, WEBHOOKS_GET, WEBHOOKS_REPLAY,
    PAYMENTS_LIST, PAYMENTS_NOTIFY, PAYMENTS_REFUND, PAYMENTS_CHECK, PAYMENTS_LINK, PAYMENTS_DISCOUNT,
    DOCTOR_REPORT, AUDIT_LIST, AUDIT_CHECK, OVERVIEW_REPORT, CRASHES_REPORT,
)  # fmt: skip
"""Every operation there is."""

BY_NAME: Final = {operation.name: operation for operation in OPERATIONS}

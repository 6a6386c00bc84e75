"""The records that cross the admin wire, in pydantic: what staff's programs send and receive.

Every record that can change carries `version`: the number of the last event that touched its salon (or its bulk
job). A larger version is newer, and no version is newer than the cursor of the answer it came in.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from shared.vocabulary import (
    MAX_SALON_ID,
    AlarmKind,
    AlarmLevel,
    AuditOutcome,
    BulkItemState,
    BulkState,
    CallState,
    CheckLevel,
    DifferenceKind,
    DrainState,
    Fix,
    NextStep,
    PairingMethod,
    PartnerState,
    PasskeyStage,
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
from shared.wire import PairingCodeView, QrView, WireRecord

MAX_PAGE = 200
MAX_IDS = 500
MAX_SEARCH_CHARS = 100
MAX_REASON_CHARS = 500

SalonId = Annotated[int, Field(gt=0, le=MAX_SALON_ID, description="YCLIENTS' number of the salon")]
RowId = Annotated[int, Field(gt=0, lt=2**63)]
Limit = Annotated[int, Field(ge=1, le=MAX_PAGE, description="rows a page")]
Search = Annotated[str, StringConstraints(max_length=MAX_SEARCH_CHARS, strip_whitespace=True)]
MessageRef = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=MAX_REASON_CHARS, strip_whitespace=True)]
ProcessName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
PageCursor = Annotated[str, StringConstraints(max_length=200)]


class AdminInput(WireRecord):
    """What an operation is given; a field that is not declared is refused."""

    model_config = ConfigDict(frozen=True, defer_build=True, extra="forbid")


class Nothing(AdminInput):
    """An operation that needs to be told nothing."""


# ---------------------------------------------------------------------------------------------- connection


class StaffView(WireRecord):
    """One member of staff; the token itself is shown once, when it is made, and never again."""

    id: int
    name: str
    role: StaffRole
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class Welcome(WireRecord):
    """Who is asking and what the gateway speaks: answer of `staff.me`, and sent as `welcome` on the admin socket."""

    protocol: int = Field(description="version of this protocol")
    gateway_version: str
    server_time: datetime
    cursor: int = Field(description="the newest event's number; changes after it will be sent")
    staff: StaffView
    permissions: list[Permission]
    public_url: str | None
    is_demo: bool = Field(description="whether the phone is simulated and nothing here is real")


class Change(WireRecord):
    """Something changed: what kind of thing, which one, and its new version."""

    kind: str = Field(description="install, call, bulk, sweep, fix, alarm, token, staff, webhook or process")
    id: int
    version: int


class Changes(WireRecord):
    """Changes in the order of their versions, each thing at most once; everything up to `cursor` is told."""

    cursor: int
    changes: list[Change]


class Resync(WireRecord):
    """The console was away or slow for too long to be told every change: read again what is shown."""

    cursor: int
    reason: str = Field(description="behind or slow")


class StaffQuery(AdminInput):
    """Which members of staff."""

    include_revoked: bool = False


class StaffRow(StaffView):
    """A member of staff as the list of them shows it."""

    ends_at: datetime | None = Field(
        description="when the token ends by itself: its term, or 30 days of disuse"
    )
    consoles: int = Field(description="open consoles, over all processes; a few seconds old")


class StaffList(WireRecord):
    """Members of staff, by name."""

    rows: list[StaffRow]


class StaffNew(AdminInput):
    """A new member; the name is told from a number and from the command line."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
    role: StaffRole
    expires_in_days: int = Field(default=90, ge=1, le=3650)
    reason: Reason | None = None


class StaffToken(WireRecord):
    """A new member and the token, which is shown this once and kept nowhere."""

    staff: StaffView
    token: str


class StaffRevocation(AdminInput):
    """Take a member's token away; open consoles are closed at once. One's own is refused: another administrator can."""

    staff_id: RowId
    reason: Reason


# ------------------------------------------------------------------------------------------------ installs


class InstallFilter(AdminInput):
    """Which installs; an empty list means any. Words of `search` must all be found in name, city, salon id, the end
    of the linked number or the support code.
    """

    stages: list[Stage] = Field(default=[], max_length=20)
    partner_states: list[PartnerState] = Field(default=[], max_length=20)
    whatsapp_states: list[WhatsappState] = Field(default=[], max_length=20)
    error_codes: list[Annotated[str, StringConstraints(max_length=60)]] = Field(default=[], max_length=20)
    search: Search = ""


class InstallsQuery(InstallFilter):
    """One page of the board, stuck first: by stage's urgency, then the longest in its stage, then salon id."""

    after: PageCursor | None = Field(default=None, description="`next` of the page before")
    limit: Limit = 100


class InstallRowsQuery(InstallFilter):
    """Of these salons, the rows that match the filter: what a live list asks after a change."""

    ids: list[SalonId] = Field(max_length=MAX_IDS)


class InstallRow(WireRecord):
    """One line of the board: a salon's newest install."""

    salon_id: int
    version: int
    generation: int
    title: str
    city: str | None
    timezone: str | None = Field(description="the salon's IANA time zone, as YCLIENTS names it")
    stage: Stage
    stage_since: datetime
    partner_state: PartnerState
    partner_since: datetime
    whatsapp_state: WhatsappState | None
    phone: str | None = Field(description="the linked number, masked")
    error_code: str | None = Field(description="the last error that still matters")
    next_step: NextStep
    next_attempt_at: datetime | None = Field(description="when the waiting partner call is tried next")
    call_id: int | None = Field(description="the newest partner call")
    call_state: CallState | None
    is_frozen_by_staff: bool
    is_assistant_on: bool = Field(
        default=True, description="whether the assistant may answer the salon's customers"
    )
    is_open: bool
    support_code: str
    registered_at: datetime


class InstallsPage(WireRecord):
    """A page of the board. `next` is null on the last one; `cursor` is the event number it is at least as new as."""

    rows: list[InstallRow]
    next: str | None
    cursor: int


class InstallRows(WireRecord):
    """The rows that were found, in the board's order; whoever was asked for and is not here does not match."""

    rows: list[InstallRow]
    cursor: int


class InstallCounts(WireRecord):
    """How many installs stand in each stage, of those that match the rest of the filter."""

    total: int
    by_stage: dict[Stage, int]
    cursor: int


class SalonQuery(AdminInput):
    """One salon."""

    salon_id: SalonId


class SalonCommand(SalonQuery):
    """A command to one salon, with why."""

    reason: Reason | None = None


class InstallCommand(SalonQuery):
    """A command that would be wrong for another generation of the install than the one staff looked at."""

    generation: int = Field(gt=0, description="the generation the person saw; another one now is refused")
    reason: Reason


class AssistantSwitch(SalonQuery):
    """Whether the assistant may answer a salon's customers, with why; the switch outlasts a reinstall."""

    is_on: bool
    reason: Reason


class WhatsappPart(WireRecord):
    """A salon's WhatsApp session, without QR and code."""

    state: WhatsappState | None
    since: datetime | None
    wanted: str | None = Field(description="running, stopped or removed")
    method: PairingMethod | None
    phone: str | None
    generation: int
    error: str | None
    error_at: datetime | None
    linked_at: datetime | None
    banned_until: datetime | None
    pairing_until: datetime | None
    passkey_stage: PasskeyStage | None = None
    expected_phone: str | None = Field(
        default=None,
        description="the number, masked, that was expected where another one was linked, while that is in question",
    )
    has_qr: bool
    has_code: bool


class PartnerPart(WireRecord):
    """What YCLIENTS said at the last status read."""

    status: str | None = Field(description="pending, active, freezed or uninstalled; null when never read")
    checked_at: datetime | None


class Difference(WireRecord):
    """A field in which YCLIENTS and we disagree."""

    field: str
    theirs: str | None
    ours: str | None


class Generation(WireRecord):
    """One earlier or present install of the salon."""

    generation: int
    registered_at: datetime
    partner_state: PartnerState
    closed_at: datetime | None
    close_reason: str | None


class InstallDetail(WireRecord):
    """Everything about one salon but its story."""

    row: InstallRow
    entry_signed: bool
    owner_user_id: int | None
    activated_at: datetime | None
    last_payment_at: datetime | None
    paid_until: datetime | None
    error_text: str | None = Field(description="the partner's own words about the failure")
    closed_at: datetime | None
    close_reason: str | None
    frozen_by_staff_at: datetime | None
    frozen_reason: str | None
    assistant_off_at: datetime | None = None
    assistant_off_reason: str | None = None
    theirs: PartnerPart
    whatsapp: WhatsappPart
    differences: list[Difference]
    generations: list[Generation]
    cursor: int


class TimelineQuery(SalonQuery):
    """A page of a salon's story, the newest first to be read."""

    before: RowId | None = Field(default=None, description="`next` of the page before")
    limit: Limit = 100


class TimelineEntry(WireRecord):
    """One event. `type` and `data` are the machine's words; the console makes the sentence."""

    event_id: int
    at: datetime
    type: str
    generation: int | None = Field(description="the install's generation it belongs to")
    data: dict[str, Any]


class TimelinePage(WireRecord):
    """Events, oldest first within the page; `next` leads to earlier ones."""

    rows: list[TimelineEntry]
    next: int | None
    cursor: int


class ReconcileResult(WireRecord):
    """What a status read found and changed."""

    theirs: str
    before: PartnerState | None
    after: PartnerState | None
    changed: bool


class OwnerLink(WireRecord):
    """A fresh onboarding address for the owner; it is a key, so hand it to the owner alone."""

    url: str
    expires_at: datetime


# ------------------------------------------------------------------------------------------- partner calls


class CallFilter(AdminInput):
    """Which partner calls; an empty list means any."""

    states: list[CallState] = Field(default=[], max_length=20)
    error_codes: list[Annotated[str, StringConstraints(max_length=60)]] = Field(default=[], max_length=20)
    salon_id: SalonId | None = None
    search: Search = ""


class CallsQuery(CallFilter):
    """A page of the callback queue: what needs a person first (failed, held), then by when it is due."""

    after: PageCursor | None = None
    limit: Limit = 100


class CallRowsQuery(CallFilter):
    """Of these salons' calls, the rows that match the filter."""

    salon_ids: list[SalonId] = Field(max_length=MAX_IDS)


class CallQuery(AdminInput):
    """One call."""

    call_id: RowId


class CallCommand(CallQuery):
    """A command to one call."""

    reason: Reason | None = None


class CallReasoned(CallQuery):
    """A command to one call that has to say why."""

    reason: Reason


class CallRow(WireRecord):
    """One intended effect at YCLIENTS and where it stands."""

    call_id: int
    version: int
    salon_id: int
    title: str
    city: str | None
    timezone: str | None
    generation: int
    is_current: bool = Field(description="whether it belongs to the salon's present install")
    kind: str = Field(description="activate or uninstall")
    state: CallState
    partner_state: PartnerState
    attempts: int
    error_code: str | None
    error_text: str | None
    outcome_unknown: bool
    is_being_worked: bool
    next_attempt_at: datetime
    first_attempt_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
    last_status: int | None = Field(description="HTTP status of the newest attempt")
    last_latency_ms: int | None
    reason: str | None = Field(description="why staff hold or resolved it")
    can_retry: bool
    cannot_retry_because: str | None = Field(description="an error code")


class CallsPage(WireRecord):
    """A page of the queue."""

    rows: list[CallRow]
    next: str | None
    cursor: int


class CallRows(WireRecord):
    """The calls that were found."""

    rows: list[CallRow]
    cursor: int


class CallCounts(WireRecord):
    """How many calls stand in each state, and how many of the failed for which reason."""

    by_state: dict[CallState, int]
    failed_by_code: dict[str, int]
    cursor: int


class AttemptView(WireRecord):
    """One request of a call and what came back; secrets were taken out before it was kept."""

    number: int
    operation: str = Field(description="callback_redirect, callback, status or uninstall")
    method: str
    path: str = Field(description="of the partner's interface, with the salon's number in it")
    started_at: datetime
    finished_at: datetime | None
    http_status: int | None
    headers: dict[str, str]
    body_head: str
    latency_ms: int | None
    failure: str | None
    verdict: str | None


class CallDetail(WireRecord):
    """A call with every attempt, the oldest first."""

    row: CallRow
    attempts: list[AttemptView]


# --------------------------------------------------------------------------------------------- bulk retries


class BulkPlanRequest(AdminInput):
    """Which failed, held or waiting calls to retry together; only those that can be retried are planned."""

    states: list[CallState] = Field(default=[CallState.FAILED], max_length=20)
    error_codes: list[Annotated[str, StringConstraints(max_length=60)]] = Field(default=[], max_length=20)
    search: Search = ""
    call_ids: list[RowId] = Field(
        default=[], max_length=MAX_IDS, description="only these, whatever their state"
    )


class BulkStart(AdminInput):
    """Start a planned bulk retry."""

    bulk_id: RowId
    reason: Reason


class BulkQuery(AdminInput):
    """One bulk retry."""

    bulk_id: RowId


class BulksQuery(AdminInput):
    """The newest bulk retries."""

    limit: Limit = 20


class BulkView(WireRecord):
    """A bulk retry: a plan, its progress, its report. `total` never changes after planning.

    total = pending + running + succeeded + failed + delayed + skipped + cancelled.
    """

    bulk_id: int
    version: int
    state: BulkState
    total: int
    pending: int
    running: int
    succeeded: int
    failed: int = Field(description="refused again; a person must look")
    delayed: int = Field(
        description="tried and put back: YCLIENTS did not take it yet, the gateway goes on by itself"
    )
    skipped: int = Field(description="no longer to be retried when their turn came")
    cancelled: int
    eta_s: float = Field(description="seconds the rest takes at the partner's limits")
    per_minute: float = Field(description="calls a minute the limits allow for it")
    excluded: int = Field(description="calls that match but cannot be retried now")
    sample: list[CallRow] = Field(description="up to 20 of the planned calls; only in the plan")
    failed_by_code: dict[str, int]
    reason: str | None
    staff: str
    created_at: datetime
    expires_at: datetime = Field(description="a plan that was not started by then is void")
    started_at: datetime | None
    finished_at: datetime | None


class BulkItemsQuery(AdminInput):
    """A page of a bulk retry's report."""

    bulk_id: RowId
    after: RowId | None = None
    limit: Limit = 100


class BulkItem(WireRecord):
    """One call of a bulk retry."""

    call_id: int
    salon_id: int
    title: str
    state: BulkItemState
    outcome: str | None = Field(description="an error code, when there is one")


class BulkItems(WireRecord):
    """A page of the report, by call."""

    rows: list[BulkItem]
    next: int | None


class BulkList(WireRecord):
    """The newest bulk retries, without samples."""

    rows: list[BulkView]


# ---------------------------------------------------------------------------------------- WhatsApp sessions


class SessionStart(SalonQuery):
    """Start pairing, or bring a stopped session back."""

    method: PairingMethod = PairingMethod.QR
    phone: Annotated[str, StringConstraints(max_length=40)] | None = None


class SessionRestart(SalonQuery):
    """Start a new engine now."""

    force: bool = Field(default=False, description="also when nothing speaks for it that it will help")


class PairingCodeRequest(SalonQuery):
    """A pairing code for a phone."""

    phone: Annotated[str, StringConstraints(min_length=3, max_length=40)]


class SessionTest(SalonQuery):
    """A test message over the salon's WhatsApp, with a fixed text."""

    to: Annotated[str, StringConstraints(min_length=3, max_length=40)] | None = Field(
        default=None, description="the phone; null for the salon's own number"
    )
    message_ref: MessageRef = Field(
        description="the caller's own name for the message: asked again, it is never sent twice but its outcome told"
    )
    reason: Reason | None = None


class SessionTestOutcome(WireRecord):
    """What became of a test message."""

    salon_id: int
    outcome: Literal["sent", "refused", "unknown"] = Field(
        description="unknown: it may have arrived; look at the phone before sending another"
    )
    code: str | None = Field(description="why it was refused, or why nothing is known of it")
    at: datetime | None = Field(description="when it was sent")


class SessionView(WireRecord):
    """A session with the QR and the code that are valid now. Never show either past its `expires_at`."""

    salon_id: int
    version: int
    server_time: datetime
    whatsapp: WhatsappPart
    qr: QrView | None
    pairing_code: PairingCodeView | None


class SessionFilter(AdminInput):
    """Which sessions; an empty list means any. Words of `search` are looked for as on the board."""

    states: list[WhatsappState] = Field(default=[], max_length=20)
    adapters: list[Annotated[str, StringConstraints(max_length=40)]] = Field(default=[], max_length=10)
    owners: list[ProcessName] = Field(
        default=[], max_length=200, description="processes that own the session"
    )
    is_unowned: bool = Field(
        default=False, description="only those that need an owning process and have none"
    )
    search: Search = ""


class SessionsQuery(SessionFilter):
    """A page of the sessions: what does not come back by itself first, then the longest in its state."""

    after: PageCursor | None = Field(default=None, description="`next` of the page before")
    limit: Limit = 100


class SessionRowsQuery(SessionFilter):
    """Of these salons' sessions, the rows that match the filter."""

    salon_ids: list[SalonId] = Field(max_length=MAX_IDS)


class SessionRow(WireRecord):
    """One WhatsApp session: how it stands with us, what its engine says, which process owns it.

    What an engine and a process say of themselves is as old as their last sign of life; no change is told of it.
    """

    salon_id: int
    version: int
    title: str
    city: str | None
    timezone: str | None
    state: WhatsappState
    since: datetime
    wanted: str = Field(description="running, stopped or removed")
    adapter: str = Field(description="which kind of engine carries it: simulator, waha, neonize")
    engine_state: str | None = Field(
        description="the engine's own word; null when none runs or it says nothing"
    )
    engine_is_open: bool | None = Field(description="whether the engine says that messages can be sent")
    engine_memory_bytes: int | None = Field(description="resident memory of the engine's own process")
    engine_at: datetime | None = Field(description="when the engine's word or memory was different last")
    generation: int
    phone: str | None = Field(description="the linked number, masked")
    linked_at: datetime | None
    owner: str | None = Field(description="the owning process, by its name")
    owner_host: str | None
    owned_since: datetime | None
    lease_until: datetime | None
    owner_version: str | None = Field(description="version of the gateway that owns it")
    owner_is_draining: bool
    is_unowned: bool = Field(description="whether it needs an owner and has none")
    error: str | None
    last_close: str | None = Field(description="why the connection ended last, as an error code")
    last_closed_at: datetime | None
    reconnects: int = Field(description="connections lost within the last 24 hours")
    banned_until: datetime | None


class SessionsPage(WireRecord):
    """A page of the sessions."""

    rows: list[SessionRow]
    next: str | None
    cursor: int


class SessionRows(WireRecord):
    """The sessions that were found."""

    rows: list[SessionRow]
    cursor: int


class SessionCounts(WireRecord):
    """How many sessions stand in each state and are carried by each kind of engine, each by the rest of the filter."""

    by_state: dict[WhatsappState, int]
    by_adapter: dict[str, int]
    unowned: int = Field(description="those that need an owner and have none")
    cursor: int


# ------------------------------------------------------------------------------------- processes and storage


class ProcessView(WireRecord):
    """One gateway process, as it said of itself with its last sign of life (one a second)."""

    name: str = Field(description="host, process id and a random part: a new start has a new name")
    host: str
    version: str | None
    started_at: datetime
    seen_at: datetime
    is_silent: bool = Field(description="whether signs of life are overdue")
    sessions: int = Field(description="WhatsApp sessions it holds")
    pairing: int = Field(description="of these, how many owners are linking a phone right now")
    sockets: int = Field(description="open connections of pages and consoles")
    jobs: int = Field(description="background jobs that run")
    memory_bytes: int | None
    drain: DrainState | None
    drain_at: datetime | None = Field(description="when the drain reached that state")
    drain_by: str | None


class ProcessList(WireRecord):
    """Every gateway process, the oldest first, and what waits for one."""

    rows: list[ProcessView]
    unowned: int = Field(description="sessions that need an owner and have none")
    calls_due: int = Field(description="partner calls whose time has come")
    webhooks_pending: int = Field(description="webhooks that are not dealt with")
    server_time: datetime


class ProcessCommand(AdminInput):
    """A command to one process, with why."""

    process: ProcessName = Field(description="its name")
    reason: Reason | None = None


class TableView(WireRecord):
    """One table of the database."""

    name: str
    rows: int = Field(description="about how many, by the database's own count")
    size_bytes: int = Field(description="on disk, with its indexes")
    keep_days: int | None = Field(description="after how many days rows are destroyed; null when not by age")
    oldest_at: datetime | None = Field(description="of which time the oldest row is, where rows end by age")


class StorageReport(WireRecord):
    """What grows: every table, the largest first, and when what was kept long enough was destroyed last."""

    tables: list[TableView]
    total_bytes: int
    retention_at: datetime | None = Field(description="end of the last round; each process makes one an hour")


class BackupView(WireRecord):
    """One file of the folder of backups."""

    name: str
    size_bytes: int
    at: datetime = Field(description="when it was written")
    is_backup: bool = Field(
        description="its list of contents is a gateway's; `gateway backup` names only what it verified"
    )


class BackupMaking(WireRecord):
    """A backup that the answering process makes, or the last one it was asked for when that failed."""

    by: str
    since: datetime
    failed_at: datetime | None = Field(description="null while it is being made")
    failure: str | None = Field(description="the end of what the program said")


class BackupList(WireRecord):
    """What lies in BACKUP_DIR on the machine of the gateway that answers, the newest first, at most fifty."""

    files: list[BackupView]
    is_configured: bool
    is_readable: bool
    making: BackupMaking | None = None


# ---------------------------------------------------------------------------------------------- consistency


class SweepView(WireRecord):
    """One sweep: YCLIENTS' list against ours. `done` of `total` counts what `phase` is about."""

    sweep_id: int
    version: int
    state: SweepState
    staff: str | None = Field(description="who asked for it; null for one that came by itself")
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    phase: str = Field(description="list (pages are read) or statuses (single salons are asked about)")
    done: int
    total: int | None
    listed: int | None = Field(description="salons in YCLIENTS' list")
    held: int | None = Field(description="salons that are connected by our account")
    missing: int | None = Field(description="of ours, not in the list")
    unknown: int | None = Field(description="in the list, not connected by our account")
    healed: int | None
    unreadable: int | None = Field(description="salons whose status could not be read")
    is_braked: bool = Field(description="so many are missing that the list is not believed")
    failed_code: str | None


class DifferenceFilter(AdminInput):
    """Which differences; an empty list means any kind."""

    kinds: list[DifferenceKind] = Field(default=[], max_length=20)
    search: Search = ""


class DifferencesQuery(DifferenceFilter):
    """A page of differences: by kind, then the oldest first, then by salon."""

    after: PageCursor | None = Field(default=None, description="`next` of the page before")
    limit: Limit = 100


class DifferenceRow(WireRecord):
    """One thing in which YCLIENTS and we, or two things of ours, disagree about a salon."""

    kind: DifferenceKind
    salon_id: int
    title: str
    city: str | None
    timezone: str | None
    generation: int | None = Field(description="null for a salon that never came to us")
    since: datetime = Field(description="since when it is known to be so")
    checked_at: datetime | None = Field(description="when YCLIENTS was heard last about the salon")
    theirs: str | None = Field(description="the last status read; null when it never was")
    is_listed: bool | None = Field(
        description="whether the last list had it; null when that is not in question"
    )
    partner_state: PartnerState | None
    whatsapp_state: WhatsappState | None
    call_id: int | None = Field(description="the call it is about")
    close_reason: str | None
    fixes: list[Fix] = Field(description="what can be done about it, the likeliest first")


class DifferencesPage(WireRecord):
    """A page, with how many there are of each kind whatever kinds were asked for."""

    rows: list[DifferenceRow]
    next: str | None
    by_kind: dict[DifferenceKind, int]
    sweep: SweepView | None = Field(description="the newest sweep")
    swept_at: datetime | None = Field(description="when YCLIENTS' list was read last")
    cursor: int


class SweepQuery(AdminInput):
    """The newest sweep."""


class SweepAnswer(WireRecord):
    """The newest sweep; null when there was none yet."""

    sweep: SweepView | None
    cursor: int


class FixRequest(SalonQuery):
    """One fix for one difference."""

    kind: DifferenceKind
    fix: Fix
    generation: int | None = Field(
        default=None, gt=0, description="the generation the person saw; another one now is refused"
    )
    reason: Reason


class FixResult(WireRecord):
    """What came of a fix."""

    salon_id: int
    fix: Fix
    outcome: Literal["fixed", "under_way", "remains"] = Field(
        description="remains: it was done, and the difference is still there"
    )
    theirs: str | None = Field(description="what YCLIENTS said, where it was asked")


class FixPlanRequest(AdminInput):
    """Which differences of one kind to fix together, and how; only those the fix suits are planned."""

    kind: DifferenceKind
    fix: Fix
    search: Search = ""
    salon_ids: list[SalonId] = Field(default=[], max_length=MAX_IDS, description="only these; empty for all")


class FixPlanQuery(AdminInput):
    """One plan."""

    plan_id: RowId


class FixPlanStart(FixPlanQuery):
    """Start a plan."""

    reason: Reason


class FixPlansQuery(AdminInput):
    """The newest plans."""

    limit: Limit = 20


class FixPlanView(WireRecord):
    """Differences of one kind fixed together: a plan, its progress, its report. `total` never changes.

    total = pending + running + succeeded + failed + delayed + skipped + cancelled.
    """

    plan_id: int
    version: int
    kind: DifferenceKind
    fix: Fix
    state: BulkState
    total: int
    pending: int
    running: int
    succeeded: int
    failed: int = Field(description="it could not be done, or the difference is still there")
    delayed: int = Field(description="handed to the queue of partner calls, which goes on by itself")
    skipped: int = Field(description="the difference was gone when its turn came")
    cancelled: int
    eta_s: float = Field(description="seconds the rest takes at the partner's limits")
    sample: list[DifferenceRow] = Field(description="up to 20 of the planned; only in the plan")
    failed_by_code: dict[str, int]
    reason: str | None
    staff: str
    created_at: datetime
    expires_at: datetime = Field(description="a plan that was not started by then is void")
    started_at: datetime | None
    finished_at: datetime | None


class FixItemsQuery(FixPlanQuery):
    """A page of a plan's report, by salon."""

    after: SalonId | None = None
    limit: Limit = 100


class FixItem(WireRecord):
    """What became of one planned fix."""

    salon_id: int
    title: str
    state: BulkItemState
    outcome: str | None = Field(description="an error code")


class FixItems(WireRecord):
    """A page of a report."""

    rows: list[FixItem]
    next: int | None


class FixPlanList(WireRecord):
    """The newest plans, without their samples."""

    rows: list[FixPlanView]


# --------------------------------------------------------------------------------- support bundle, personal data


class SupportBundle(WireRecord):
    """One install's evidence as a page of its own: nothing secret and no whole phone is in it."""

    salon_id: int
    file_name: str
    html: str
    made_at: datetime


class PersonQuery(AdminInput):
    """Whom to look for: a phone, or, without one, a salon."""

    phone: Annotated[str, StringConstraints(min_length=3, max_length=40)] | None = None
    salon_id: SalonId | None = None


class PersonPlace(WireRecord):
    """Where something was found, and how often."""

    place: str = Field(description="a table, or a table and its column")
    salon_id: int | None
    title: str
    count: int
    generation: int | None = Field(description="the salon's newest install")
    is_open: bool = Field(description="whether the salon is connected: its data is needed then")


class PersonFound(WireRecord):
    """What is kept of a person or a salon, place by place."""

    sought: str = Field(description="the phone, masked, or the salon's number")
    rows: list[PersonPlace]


class PurgeRequest(SalonQuery):
    """Destroy the personal data of a salon that has left."""

    generation: int = Field(gt=0, description="the generation the person saw; another one now is refused")
    reason: Reason = Field(description="goes into the report: nothing personal in it")


class DestructionView(WireRecord):
    """A report of destruction: what, when, why and by whom."""

    report_id: int
    at: datetime
    salon_id: int
    ground: str
    actor: str
    destroyed: dict[str, int] = Field(description="rows or values by table")
    file_name: str
    file: str = Field(description="the signed report as it is kept in a file")


class DestructionsQuery(AdminInput):
    """The newest reports."""

    salon_id: SalonId | None = None
    limit: Limit = 50


class DestructionList(WireRecord):
    """Reports, the newest first."""

    rows: list[DestructionView]


# --------------------------------------------------------------------------------------------------- alarms


class AlarmsQuery(AdminInput):
    """Which alarms: the open ones, and on request those that settled within the last days too."""

    include_settled: bool = False
    limit: Limit = Field(default=100, description="settled ones at most; open ones are always all there")


class AlarmQuery(AdminInput):
    """One alarm."""

    alarm_id: RowId


class AlarmSnooze(AlarmQuery):
    """Keep an alarm quiet until a moment within a week; null wakes it."""

    until: AwareDatetime | None


class AlarmView(WireRecord):
    """Something that calls for a person: what, about which, since when. Kind and facts make its sentence."""

    alarm_id: int
    kind: AlarmKind
    subject: str = Field(description="what of its kind it is about, such as a machine; often empty")
    level: AlarmLevel = Field(description="the worst it was")
    facts: dict[str, str | int]
    raised_at: datetime
    seen_at: datetime = Field(description="when its cause was seen last")
    count: int = Field(description="how often its cause came")
    told_at: datetime = Field(description="when staff were told of it last")
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    settled_at: datetime | None
    snoozed_until: datetime | None = Field(
        default=None, description="quiet until then; over once it was told at a later moment"
    )
    snoozed_by: str | None = None


class AlarmList(WireRecord):
    """The open alarms, the newest first, then the settled ones, the newest settled first."""

    rows: list[AlarmView]
    cursor: int


# ------------------------------------------------------------------------------------------------- webhooks


class WebhookFilter(AdminInput):
    """Which webhooks of the inbox; an empty list means any, and so does an empty `event`, which is a whole name."""

    salon_id: SalonId | None = None
    event: Search = ""
    kinds: list[WebhookKind] = Field(default=[], max_length=3)
    states: list[WebhookState] = Field(default=[], max_length=3)
    proofs: list[WebhookProof] = Field(default=[], max_length=3)
    outcomes: list[WebhookOutcome] = Field(default=[], max_length=10)
    since: AwareDatetime | None = Field(default=None, description="received at this moment or later")
    until: AwareDatetime | None = Field(default=None, description="received before this moment")


class WebhooksQuery(WebhookFilter):
    """A page of the inbox, the newest first."""

    after: PageCursor | None = None
    limit: Limit = 100


class WebhookRowsQuery(WebhookFilter):
    """Of these webhooks, the rows that match the filter."""

    webhook_ids: list[RowId] = Field(max_length=MAX_IDS)


class NewWebhooksQuery(WebhookFilter):
    """Of the webhooks that came after a number, which match the filter."""

    after_id: RowId


class WebhookQuery(AdminInput):
    """One webhook."""

    webhook_id: RowId


class WebhookCommand(WebhookQuery):
    """A command to one webhook."""

    reason: Reason | None = None


class WebhookRow(WireRecord):
    """One webhook that was accepted: by which proof, what it says, what came of it."""

    webhook_id: int
    version: int = Field(description="the newest event when the row was read")
    received_at: datetime
    kind: WebhookKind
    event: str | None
    proof: WebhookProof
    payment_sign: str | None = Field(description="valid, invalid or absent; null for what is no payment")
    salon_id: int | None
    title: str | None = Field(description="null when no salon of ours has this number")
    city: str | None
    timezone: str | None
    resource_id: str | None
    state: WebhookState
    outcome: WebhookOutcome | None
    error: str | None = Field(description="why the last attempt failed")
    attempts: int
    is_being_worked: bool
    next_attempt_at: datetime | None = Field(description="null when none is due")
    processed_at: datetime | None
    replayed_at: datetime | None = Field(description="when staff had it worked anew last")
    can_replay: bool
    cannot_replay_because: str | None


class WebhooksPage(WireRecord):
    """A page of the inbox. It may hold fewer rows than asked for, even none, with a `next`: nothing more matched as
    far back as `looked_back_to`, and the next page looks further.
    """

    rows: list[WebhookRow]
    next: str | None
    looked_back_to: datetime | None = Field(description="null when there is nothing beyond")
    newest_id: int = Field(
        description="what matches and is missing has a larger number: ask `webhooks.newer`"
    )
    cursor: int


class WebhookRows(WireRecord):
    """Rows by number."""

    rows: list[WebhookRow]
    cursor: int


class NewWebhooks(WireRecord):
    """Which of the webhooks that came match; `is_behind` says that more came than were looked at."""

    webhook_ids: list[int]
    newest_id: int
    is_behind: bool


class RefusedWebhooks(WireRecord):
    """Webhooks that were refused at the door for one reason and not stored; noted once a minute at most."""

    code: str
    minutes: int = Field(description="in how many minutes of the last day")
    last_at: datetime


class WebhookCounts(WireRecord):
    """What calls for a look. Each number stops at `at_most`."""

    pending: int
    dead: int
    unknown_lately: int = Field(description="unknown ones of the last day")
    at_most: int
    refused: list[RefusedWebhooks]
    cursor: int


class WebhookDetail(WireRecord):
    """One webhook with its body and what it changed. Nothing about people is in the body, and no token."""

    row: WebhookRow
    body: str = Field(description="JSON over several lines; what may be about a person is ***")
    is_body_cut: bool
    digest: str = Field(description="SHA-256 of the bytes that came, in hex")
    application_id: int | None
    generation: int | None = Field(description="the generation of the install it met; null when it met none")
    is_current_install: bool
    caused: list[TimelineEntry] = Field(description="the salon's story while it was worked, the oldest first")


# ------------------------------------------------------------------------------------------ doctor and audit


class CheckView(WireRecord):
    """One finding of the doctor: `code` finds its sentences, `params` fill them. No value of a secret is in it."""

    subject: str
    level: CheckLevel
    code: str
    params: dict[str, str]


class TokenView(WireRecord):
    """One PARTNER_TOKEN: which, what is wrong with it, and when it last proved something."""

    which: str = Field(description="current, previous, or next: told of when it is set")
    is_set: bool
    fingerprint: str | None
    problem: str | None = Field(description="missing, blank, quoted, whitespace, placeholder, unprintable")
    last_matched_at: datetime | None
    last_matched_by: str | None = Field(description="entry, webhook_token, webhook_signature or payment")


class DoctorReport(WireRecord):
    """The findings, PARTNER_TOKEN first."""

    checks: list[CheckView]
    tokens: list[TokenView]
    refused_since: datetime | None = Field(description="since when YCLIENTS refuses our token in earnest")
    refused_code: str | None
    examined_at: datetime
    is_probed: bool


class DoctorQuery(AdminInput):
    """Whether to ask YCLIENTS now."""

    probe: bool = True


class AuditQuery(AdminInput):
    """A page of what staff did, the newest first. `search` is looked for in reason and request id."""

    salon_id: SalonId | None = None
    staff: Search = ""
    operation: Search = ""
    search: Search = ""
    since: AwareDatetime | None = None
    until: AwareDatetime | None = Field(default=None, description="up to, and without, this moment")
    outcome: AuditOutcome | None = None
    before: RowId | None = None
    limit: Limit = 100


class AuditEntry(WireRecord):
    """One act: who, what, before, after, why."""

    audit_id: int
    at: datetime
    staff: str
    role: str
    operation: str
    salon_id: int | None
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str | None
    request_id: str


class AuditPage(WireRecord):
    """A page of acts."""

    rows: list[AuditEntry]
    next: int | None


class AuditCheckQuery(AdminInput):
    """One step along the audit's chain: from its beginning, or on from where the step before ended."""

    after: RowId | None = Field(default=None, description="`checked_to` of the step before")
    head: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        default=None, description="`head` of the step before"
    )


class AuditCheck(WireRecord):
    """What a step found: at most a thousand rows further. Ask again from here until `is_done`."""

    checked: int = Field(description="rows that fit, in this step")
    checked_to: int = Field(description="number of the last row that fits")
    head: str
    newest: int = Field(description="number of the newest row, to show how far it is")
    is_done: bool
    broken_at: int | None = Field(description="number of the first row that does not fit")
    problem: str | None = Field(description="altered, displaced, cut_off or untold")


# ------------------------------------------------------------------------------------------------ overview

MAX_OVERVIEW_DAYS = 366


class OverviewQuery(AdminInput):
    """Of which period, at most 366 days, and in whose days it is cut."""

    since: AwareDatetime = Field(description="the first moment of the period")
    until: AwareDatetime = Field(description="the first moment after it")
    zone: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+/-]{1,64}$")] = Field(
        "UTC", description="IANA name of the time zone whose days (or hours, up to two days) are the parts"
    )


class FunnelSteps(WireRecord):
    """Installs that were opened in the period, and how far they have come; who came to a step came to those before."""

    redirected: int = Field(description="all of them: the marketplace sent the owner to us")
    shown: int = Field(description="a QR or a pairing code was issued")
    linked: int = Field(description="a phone was linked")
    active: int = Field(description="YCLIENTS confirmed the install")


class TimeBar(WireRecord):
    """How many installs took so long to become active."""

    from_s: int
    to_s: int | None = Field(description="null: however long")
    count: int


class ActivationTimes(WireRecord):
    """How long installs that became active in the period took, from the redirect on."""

    total: int
    p50_s: float | None = Field(description="half of them took no longer; null when there are none")
    p90_s: float | None
    bars: list[TimeBar]


class FailureCause(WireRecord):
    """How often something failed for one reason."""

    side: str = Field(description="partner: a request of a partner call; session: a connection that ended")
    code: str = Field(description="failure_… or verdict_… of a request; of a session as in its `last_close`")
    count: int


class AnswerTimes(WireRecord):
    """Requests of partner calls in one part of the period; reads of lists belong to no call and are not among them."""

    begins: datetime
    requests: int
    p50_ms: float | None = Field(description="null when nothing was measured")
    p95_ms: float | None
    busiest_minute: int = Field(description="most requests in one minute of the clock")


class OverviewReport(WireRecord):
    """What happened in a period, the most frequent failures first, and how sessions and budget stand now."""

    since: datetime
    until: datetime
    zone: str
    read_at: datetime
    funnel: FunnelSteps
    activation: ActivationTimes
    failures: list[FailureCause]
    answers: list[AnswerTimes] = Field(description="every day of the period, or every hour up to two days")
    whole: AnswerTimes = Field(description="the same over the whole period")
    budget_used: int = Field(
        description="requests to YCLIENTS within the last minute, whatever they were for"
    )
    budget_per_minute: int = Field(description="how many YCLIENTS allows")
    sessions: dict[WhatsappState, int] = Field(description="WhatsApp sessions in each state, now")


# ------------------------------------------------------------------------------------------------- crashes

MAX_CRASH_FRAMES = 40
_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_<>.]{1,120}$")]
_Words = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_. +-]{1,40}$")]


class CrashFrame(AdminInput):
    """One place in the program; of libraries only the package is named."""

    module: _Name
    function: _Name
    line: int = Field(ge=0, le=1_000_000)


class CrashReport(AdminInput):
    """An error nobody expected in a console: its class and where it happened. Its text is never part of it."""

    error: _Name
    frames: list[CrashFrame] = Field(default=[], max_length=MAX_CRASH_FRAMES)
    console: _Words
    python: _Words
    qt: _Words
    system: _Words


class CrashReceipt(WireRecord):
    """The reference that finds the report in the gateway's log."""

    reference: str


# ------------------------------------------------------------------------------------------------- payments

_Sum = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?$")]
_Percent = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$")]


class PaymentNotice(SalonQuery):
    """A payment of a salon that YCLIENTS does not know of yet; the period holds both its days."""

    amount: _Sum = Field(description="in major units, such as 990.00")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "RUB"
    paid_on: date
    period_from: date
    period_to: date
    reason: Reason


class PaymentRefund(SalonQuery):
    """A payment that was paid back; its sum is typed once more."""

    payment_id: RowId
    amount: _Sum
    reason: Reason


class PaymentLinkQuery(SalonQuery):
    """For whom an address to pay at is wanted, with a discount in percent or none."""

    discount: _Percent | None = None


class DiscountOrder(SalonQuery):
    """A discount in percent for a salon's payments."""

    discount: _Percent
    reason: Reason


class PaymentView(WireRecord):
    """A payment YCLIENTS was told of. Unknown: no clear answer came; `payments.check` settles it."""

    payment_id: int
    salon_id: int
    state: Literal["sending", "accepted", "refused", "unknown"]
    refund: Literal["sending", "accepted", "refused", "unknown"] | None
    partner_payment_id: int | None = Field(description="YCLIENTS' number of it, which a refund needs")
    amount: str
    currency: str
    paid_on: date
    period_from: date
    period_to: date
    error_code: str | None
    created_at: datetime


class PaymentList(WireRecord):
    """A salon's payments, the newest first."""

    rows: list[PaymentView]


class PaymentLink(WireRecord):
    """The address at YCLIENTS where the owner pays."""

    url: str


class DiscountGiven(WireRecord):
    """The discount that holds now."""

    salon_id: int
    discount: str

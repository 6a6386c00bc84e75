"""The console's front: everything a person can ask for, as coroutines of the asyncio thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from desktop.model.clock import Clock
from desktop.model.matching import swapped
from desktop.model.models import Models
from desktop.model.notices import NoticeLevel
from desktop.model.overview import Period
from desktop.model.preferences import NAMES
from desktop.model.problem import Trouble
from desktop.model.profiles import Profile
from desktop.model.salon import SalonModel
from desktop.model.sessions import Restart
from desktop.services.alarm_watch import AlarmWatch
from desktop.services.audit_watch import AuditWatch
from desktop.services.backups_watch import BackupsWatch
from desktop.services.bulk_watch import BulkWatch
from desktop.services.client import Credentials, GatewayClient, open_line
from desktop.services.consistency_watch import ConsistencyWatch
from desktop.services.errors import (
    ConnectFailedError,
    ConsoleError,
    InputInvalidError,
    NotConnectedError,
    ReadOnlyError,
)
from desktop.services.exports import Exports
from desktop.services.feeds import Screen, board_feed, queue_feed
from desktop.services.inbox_watch import InboxWatch
from desktop.services.keychain import Keychain
from desktop.services.line import Hearer, Line
from desktop.services.overview_watch import OverviewWatch
from desktop.services.running_watch import RestartRun, RunningWatch
from desktop.services.salon_watch import OpenSalons, SalonWatch
from desktop.services.settings_store import Settings, SettingsStore, checked, export_profiles, read_profiles
from desktop.services.staff_watch import StaffWatch
from desktop.services.table_files import write_table
from desktop.services.tasks import Tasks
from shared import admin_wire as wire
from shared import protocol
from shared.protocol import Operation
from shared.vocabulary import Fix, PairingMethod, StaffRole
from shared.wire import WireRecord

I = TypeVar("I", bound=WireRecord)  # noqa: E741  the input
O = TypeVar("O", bound=WireRecord)  # noqa: E741  the output
Given = TypeVar("Given", bound=wire.AdminInput)

Post = Callable[[Callable[[], Any]], None]
EXAMINE_WITHIN_S = 35.0


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    """What a trial connection found."""

    welcome: wire.Welcome
    latency_ms: int


@dataclass(frozen=True, slots=True)
class SavedProfile:
    """A saved profile; `is_token_kept` is False when there is no keychain and the token ends with this run."""

    profile: Profile
    is_token_kept: bool


class Console:
    """Models and connection in one; give it a `post` that runs a callable on the thread that shows the models.

    Every method is run on the asyncio thread (`bridge.run(console.retry_call, 17)`). What it finds out is in the
    models; a command also returns the gateway's answer. Commands raise `OperationRefusedError`, `NotConnectedError`,
    `ReadOnlyError` and the other `ConsoleError`s, each with a code that `desktop.model.explain` explains. Reading
    never raises: its problem is in the model that it is for.
    """

    def __init__(
        self,
        models: Models,
        post: Post,
        *,
        clock: Clock,
        keychain: Keychain,
        folder: Path,
        open_line: Callable[[Hearer], Line] = open_line,
    ) -> None:
        self.models = models
        self._clock, self._keychain, self._open_line = clock, keychain, open_line
        self._screen, self._tasks = Screen(post), Tasks()
        self._store = SettingsStore(folder)
        self._settings = Settings()
        self._saving = asyncio.Lock()
        self._client = GatewayClient(clock, self, language=self._language, open_line=open_line)
        self._board = board_feed(models.board, self._client.call, self._screen, clock, self._tasks)
        self._queue = queue_feed(models.queue, self._client.call, self._screen, clock, self._tasks)
        self._salons = OpenSalons(models.board.find, self._client.call, self._screen, clock, self._tasks)
        self.salon = self._salons.make(models.salon)
        """The salon of the window's pane."""
        self._bulk = BulkWatch(models.bulk, self._client.call, self._screen, clock, self._tasks)
        self._alarms = AlarmWatch(
            models.alarms,
            models.notices,
            models.preferences,
            self._client.call,
            self._screen,
            clock,
            self._tasks,
        )
        self._inbox = InboxWatch(
            models.inbox, models.webhook, self._client.call, self._screen, clock, self._tasks
        )
        self._running = RunningWatch(
            models.sessions, models.processes, models.storage, self._client.call, self._screen, clock, self._tasks
        )  # fmt: skip
        self._restarts = RestartRun(models.restarts, self.restart_session, self._screen, clock, self._tasks)
        self._consistency = ConsistencyWatch(
            models.consistency, self._client.call, self._screen, clock, self._tasks
        )
        self._audit = AuditWatch(models.audit, self._client.call, self._screen, clock, self._tasks)
        self._staff = StaffWatch(models.staff, self._client.call, self._screen, clock, self._tasks)
        self._overview = OverviewWatch(
            models.overview, partial(self._client.call, timeout_s=EXAMINE_WITHIN_S), self._screen, clock, self._tasks
        )  # fmt: skip
        self._backups = BackupsWatch(models.backups, self._client.call, self._screen, clock, self._tasks)
        self._exports = Exports(models.exports, self._client.call, self._screen, clock, self._tasks)
        self._profile: Profile | None = None
        self._to_remember: tuple[str, str] | None = None

    # ------------------------------------------------------------------------------------------------ life

    async def start(self) -> None:
        """Read profiles and preferences from the folder; call it first."""
        await self._keychain.open()
        found = self._settings = await asyncio.to_thread(self._store.load)
        await self._screen.ask(lambda: self._show_settings(found))

    async def close(self) -> None:
        """Disconnect and end every task; call it last."""
        await self._client.close()
        self._pause()
        await self._tasks.close()

    async def connect(self, profile: Profile, token: str | None = None, remember: bool = False) -> None:
        """Connect to a profile's gateway; without a token the remembered one is used.

        Raises ConnectFailedError for what only a person can change; a gateway that is not there yet is tried again
        and again, and `connection` tells. `remember` keeps the token once it was accepted.
        """
        await self._client.close()
        self._pause()
        secret = token.strip() if token else await self._keychain.get(profile.id)
        await self._screen.ask(lambda: self._show_profile(profile))
        if self._profile is None or (self._profile.id, self._profile.url) != (profile.id, profile.url):
            await self._forget()
        self._profile = profile
        if not secret:
            error = ConnectFailedError("staff_token_missing", is_final=True)
            self.refused(error.trouble)
            raise error
        self._to_remember = (profile.id, secret) if remember else None
        await self._client.connect(Credentials(profile.url, secret))

    async def disconnect(self) -> None:
        """Close the connection; what is shown stays, stamped."""
        await self._client.close()
        self._pause()
        await self._screen.ask(self.models.connection.ended)

    async def reconnect_now(self) -> None:
        """Try again at once instead of waiting for the next moment; a live line is tested."""
        self._client.wake()

    async def test_connection(self, url: str, token: str) -> ConnectionTest:
        """Connect on the side, measure one answer and hang up. Raises ConnectFailedError."""
        trial = _Trial()
        client = GatewayClient(self._clock, trial, language=self._language, open_line=self._open_line)
        try:
            await client.connect(Credentials(url, token.strip()))
            if trial.trouble is not None or not client.is_live:
                trouble = trial.trouble or Trouble("connection_lost")
                raise ConnectFailedError(
                    trouble.code, trouble.message, trouble.reference, params=trouble.params
                )
            began = self._clock.monotonic()
            welcome = await client.call(protocol.STAFF_ME, wire.Nothing())
            return ConnectionTest(welcome, round((self._clock.monotonic() - began) * 1000))
        except NotConnectedError as error:
            raise ConnectFailedError(error.code) from None
        finally:
            await client.close()

    @property
    def is_live(self) -> bool:
        """Whether operations can be asked for now."""
        return self._client.is_live

    @property
    def is_quiet(self) -> bool:
        """Whether everything that is known to be different has been read."""
        parts = (
            self._board, self._queue, self._salons, self._bulk, self._alarms, self._inbox, self._running,
            self._consistency, self._staff, self._overview,
        )  # fmt: skip
        return all(each.is_quiet for each in parts)

    @property
    def cursor(self) -> int | None:
        """The newest change that the gateway told us of."""
        return self._client.cursor

    # ----------------------------------------------------------------------------------------------- board

    async def set_filter(self, given: wire.InstallFilter) -> None:
        """Show the installs of another filter; of several in a hurry only the last is read."""
        await self._board.set_filter(given)

    async def load_more(self) -> None:
        """Read the board's next page."""
        self._board.more()

    async def find_salons(self, text: str, limit: int) -> list[wire.InstallRow]:
        """Return the first salons that fit a text; typed in the other keyboard layout, it is understood too."""
        self._require_live()
        for one in dict.fromkeys((text, swapped(text))):
            asked = _given(wire.InstallsQuery, search=one, limit=limit)
            found: wire.InstallsPage = await self._client.call(protocol.INSTALLS_LIST, asked)
            if found.rows:
                return found.rows
        return []

    async def refresh(self) -> None:
        """Read again everything that is shown."""
        self._board.reload()
        self._queue.reload()
        self._salons.stale()
        self._bulk.stale()
        self._alarms.stale()
        self._inbox.reload()
        self._running.stale()
        self._consistency.stale()
        self._staff.stale()
        self._overview.stale()

    # ------------------------------------------------------------------------------------------- one salon

    def another_salon(self) -> SalonWatch:
        """Return another place where a salon can be open beside the window's pane; from any thread, to be closed."""
        model = SalonModel()
        self.models.undo.follow(model)
        return self._salons.make(model)

    @property
    def open_salons(self) -> int:
        """In how many places a salon is open."""
        return self._salons.count

    async def request_pairing_code(self, salon_id: int, phone: str) -> wire.SessionView:
        """Ask for a pairing code for a phone."""
        given = _given(wire.PairingCodeRequest, salon_id=salon_id, phone=phone)
        view = await self._command(protocol.SESSIONS_PAIRING_CODE, given)
        await self._salons.take_session(view)
        return self._touched(salon_id, view)

    async def start_session(
        self, salon_id: int, method: PairingMethod = PairingMethod.QR, phone: str | None = None
    ) -> wire.WhatsappPart:
        """Start pairing, or bring a stopped session back."""
        given = _given(wire.SessionStart, salon_id=salon_id, method=method, phone=phone)
        return self._touched(salon_id, await self._command(protocol.SESSIONS_START, given))

    async def restart_session(self, salon_id: int, force: bool = False) -> wire.WhatsappPart:
        """Start the session's engine anew."""
        given = _given(wire.SessionRestart, salon_id=salon_id, force=force)
        return self._touched(salon_id, await self._command(protocol.SESSIONS_RESTART, given))

    async def stop_session(self, salon_id: int, reason: str | None = None) -> wire.WhatsappPart:
        """Stop the session and keep its credentials."""
        given = _given(wire.SalonCommand, salon_id=salon_id, reason=reason)
        return self._touched(salon_id, await self._command(protocol.SESSIONS_STOP, given))

    async def relink_session(self, salon_id: int, reason: str | None = None) -> wire.WhatsappPart:
        """Take our device off the linked phone and start pairing anew."""
        given = _given(wire.SalonCommand, salon_id=salon_id, reason=reason)
        return self._touched(salon_id, await self._command(protocol.SESSIONS_RELINK, given))

    async def confirm_phone(self, salon_id: int) -> wire.WhatsappPart:
        """Keep the number that was linked in place of another one."""
        given = _given(wire.SalonCommand, salon_id=salon_id)
        return self._touched(salon_id, await self._command(protocol.SESSIONS_CONFIRM_PHONE, given))

    async def send_test(
        self, salon_id: int, message_ref: str, to: str | None = None, reason: str | None = None
    ) -> wire.SessionTestOutcome:
        """Send a test message; asked again by the same reference, it is not sent twice but its outcome told."""
        given = _given(wire.SessionTest, salon_id=salon_id, message_ref=message_ref, to=to, reason=reason)
        return self._touched(salon_id, await self._command(protocol.SESSIONS_SEND_TEST, given))

    async def create_link(self, salon_id: int, reason: str | None = None) -> wire.OwnerLink:
        """Make a fresh onboarding address for the owner. It is a key: show it, never keep it."""
        given = _given(wire.SalonCommand, salon_id=salon_id, reason=reason)
        return self._touched(salon_id, await self._command(protocol.LINKS_CREATE, given))

    async def reconcile(self, salon_id: int, reason: str | None = None) -> wire.ReconcileResult:
        """Read the status at YCLIENTS now."""
        given = _given(wire.SalonCommand, salon_id=salon_id, reason=reason)
        return self._touched(salon_id, await self._command(protocol.INSTALLS_RECONCILE, given))

    async def freeze(self, salon_id: int, generation: int, reason: str) -> wire.InstallDetail:
        """Stop the salon's bot until staff let it run again."""
        return await self._install_command(protocol.INSTALLS_FREEZE, salon_id, generation, reason)

    async def unfreeze(self, salon_id: int, generation: int, reason: str) -> wire.InstallDetail:
        """Let a bot that staff stopped run again."""
        return await self._install_command(protocol.INSTALLS_UNFREEZE, salon_id, generation, reason)

    async def switch_assistant(self, salon_id: int, is_on: bool, reason: str) -> wire.InstallDetail:
        """Let the assistant answer the salon's customers, or not."""
        given = _given(wire.AssistantSwitch, salon_id=salon_id, is_on=is_on, reason=reason)
        return await self._with_detail(await self._command(protocol.INSTALLS_ASSISTANT, given))

    async def uninstall(self, salon_id: int, generation: int, reason: str) -> wire.InstallDetail:
        """Disconnect the salon at YCLIENTS in ten seconds, unless `keep` comes first."""
        detail = await self._install_command(protocol.INSTALLS_UNINSTALL, salon_id, generation, reason)
        await self._screen.ask(lambda: self.models.undo.disconnecting(detail.row))
        return detail

    async def keep(self, salon_id: int, reason: str | None = None) -> wire.InstallDetail:
        """Take back an uninstall that was not sent yet. Never refused for being read-only."""
        given = _given(wire.SalonCommand, salon_id=salon_id, reason=reason)
        detail = await self._with_detail(await self._command(protocol.INSTALLS_KEEP, given))
        await self._screen.ask(lambda: self.models.undo.kept(salon_id))
        return detail

    # ----------------------------------------------------------------------------------------------- queue

    async def set_queue_filter(self, given: wire.CallFilter) -> None:
        """Show the calls of another filter; of several in a hurry only the last is read."""
        await self._queue.set_filter(given)

    async def load_more_calls(self) -> None:
        """Read the queue's next page."""
        self._queue.more()

    async def retry_call(self, call_id: int, reason: str | None = None) -> wire.CallRow:
        """Try a call again now; always a new attempt."""
        given = _given(wire.CallCommand, call_id=call_id, reason=reason)
        return self._with_call(await self._command(protocol.CALLS_RETRY, given))

    async def hold_call(self, call_id: int, reason: str) -> wire.CallRow:
        """Keep a waiting call from being tried."""
        given = _given(wire.CallReasoned, call_id=call_id, reason=reason)
        return self._with_call(await self._command(protocol.CALLS_HOLD, given))

    async def release_call(self, call_id: int, reason: str | None = None) -> wire.CallRow:
        """Let a held call go on."""
        given = _given(wire.CallCommand, call_id=call_id, reason=reason)
        return self._with_call(await self._command(protocol.CALLS_RELEASE, given))

    async def resolve_call(self, call_id: int, reason: str) -> wire.CallRow:
        """Mark a call as dealt with by a person."""
        given = _given(wire.CallReasoned, call_id=call_id, reason=reason)
        return self._with_call(await self._command(protocol.CALLS_RESOLVE, given))

    # ------------------------------------------------------------------------------------------------ bulk

    async def plan_bulk(self, request: wire.BulkPlanRequest) -> wire.BulkView:
        """Plan a bulk retry: how many exactly, how long, which for example. It becomes the one that is open."""
        return await self._bulk.show(await self._command(protocol.BULK_PLAN, request))

    async def start_bulk(self, bulk_id: int, reason: str) -> wire.BulkView:
        """Start the planned bulk retry."""
        given = _given(wire.BulkStart, bulk_id=bulk_id, reason=reason)
        return await self._bulk.show(await self._command(protocol.BULK_START, given))

    async def cancel_bulk(self, bulk_id: int) -> wire.BulkView:
        """Cancel it; what was not begun stays as it was. Never refused for being read-only."""
        given = _given(wire.BulkQuery, bulk_id=bulk_id)
        return await self._bulk.show(await self._command(protocol.BULK_CANCEL, given))

    async def open_bulk(self, bulk_id: int) -> None:
        """Show a bulk retry and follow its progress."""
        await self._bulk.open(bulk_id)

    async def close_bulk(self) -> None:
        """Show it no more; it goes on."""
        await self._bulk.close()

    async def load_more_items(self) -> None:
        """Read the next page of the bulk retry's report."""
        await self._bulk.load_more()

    async def load_recent_bulks(self) -> None:
        """Read the newest bulk retries into `bulk.recent`."""
        await self._bulk.load_recent()

    # ---------------------------------------------------------------------------------------------- alarms

    async def acknowledge_alarm(self, alarm_id: int) -> wire.AlarmView:
        """Say that this person looks after an alarm."""
        given = _given(wire.AlarmQuery, alarm_id=alarm_id)
        answer = await self._command(protocol.ALARMS_ACKNOWLEDGE, given)
        self._alarms.stale()
        return answer

    async def show_settled_alarms(self, is_shown: bool) -> None:
        """Show the alarms that settled lately too, or no more."""
        await self._alarms.show_settled(is_shown)

    async def snooze_alarm(self, alarm_id: int, until: datetime | None) -> wire.AlarmView:
        """Keep an alarm quiet until a moment; None wakes it."""
        given = _given(wire.AlarmSnooze, alarm_id=alarm_id, until=until)
        answer = await self._command(protocol.ALARMS_SNOOZE, given)
        self._alarms.stale()
        return answer

    # ------------------------------------------------------------------------------------- audit and staff

    async def search_audit(self, query: wire.AuditQuery) -> None:
        """Show the first page of what staff did, as far as it matches."""
        await self._audit.search(query)

    async def load_more_audit(self) -> None:
        """Read the next page of it."""
        await self._audit.more()

    async def check_audit(self) -> None:
        """Follow the audit's chain to its end; how far it is, is in `audit.check`."""
        await self._audit.check()

    async def stop_audit_check(self) -> None:
        """Follow it no further."""
        await self._audit.stop_check()

    async def export_audit(self, path: Path, separator: str) -> None:
        """Write what matches the search to a file, CSV or JSON by its ending; how far it is, is in `audit.export`."""
        await self._audit.export(path, separator)

    async def stop_audit_export(self) -> None:
        """Write no further; no file is left."""
        await self._audit.stop_export()

    async def export_list(self, view: str, given: wire.AdminInput, path: Path, separator: str) -> None:
        """Write what matches a view's filter to a file, CSV or JSON by its ending; how far it is, is in `exports`."""
        await self._exports.begin(view, given, path, separator)

    async def stop_export(self, view: str) -> None:
        """Write no further; no file is left."""
        await self._exports.stop(view)

    async def show_staff(self, is_revoked_shown: bool) -> None:
        """Read the members of staff, and again whenever one may be different."""
        await self._staff.show(is_revoked_shown)

    async def add_member(self, name: str, role: StaffRole, days: int, reason: str | None) -> wire.StaffToken:
        """Add a member. The token is a key that is shown once: show it, never keep it."""
        given = _given(wire.StaffNew, name=name, role=role, expires_in_days=days, reason=reason)
        answer = await self._command(protocol.STAFF_ADD, given)
        self._staff.stale()
        return answer

    async def revoke_member(self, staff_id: int, reason: str) -> wire.StaffView:
        """Take a member's token away and close their consoles."""
        given = _given(wire.StaffRevocation, staff_id=staff_id, reason=reason)
        answer = await self._command(protocol.STAFF_REVOKE, given)
        self._staff.stale()
        return answer

    # -------------------------------------------------------------------------------------------- webhooks

    async def set_inbox_filter(self, given: wire.WebhookFilter) -> None:
        """Show the webhooks of another filter; of several in a hurry only the last is read."""
        await self._inbox.set_filter(given)

    async def load_more_webhooks(self) -> None:
        """Read the inbox's next page, or look further back for what matches."""
        self._inbox.more()

    async def watch_inbox(self, is_watched: bool) -> None:
        """Ask for what comes while somebody looks at the inbox."""
        self._inbox.watch(is_watched)

    async def open_webhook(self, webhook_id: int) -> None:
        """Show one webhook, with its body and what it changed, and keep it live."""
        await self._inbox.open(webhook_id)

    async def close_webhook(self) -> None:
        """Show it no more."""
        await self._inbox.close()

    async def replay_webhook(self, webhook_id: int, reason: str | None = None) -> wire.WebhookRow:
        """Work a webhook anew that is done or laid aside; always a new attempt."""
        given = _given(wire.WebhookCommand, webhook_id=webhook_id, reason=reason)
        answer = await self._command(protocol.WEBHOOKS_REPLAY, given)
        self._inbox.changed((webhook_id,))
        return answer

    # ------------------------------------------------------------------------------- sessions and processes

    async def show_running(self, is_shown: bool) -> None:
        """Read sessions and processes, or no more: they are read only while somebody looks."""
        await self._running.show(is_shown)

    async def set_session_filter(self, given: wire.SessionFilter) -> None:
        """Show the sessions of another filter; of several in a hurry only the last is read."""
        await self._running.set_filter(given)

    async def load_more_sessions(self) -> None:
        """Read the next page of the sessions."""
        await self._running.load_more()

    async def look_again(self, salon_ids: Sequence[int]) -> None:
        """Read again what no change tells of: the processes, and these salons' sessions."""
        await self._running.look_again(salon_ids)

    async def restart_sessions(self, rows: Sequence[Restart]) -> None:
        """Restart many sessions, one after another; `restarts` shows how far."""
        self._require_live()
        await self._restarts.begin(rows)

    async def stop_restarts(self) -> None:
        """Restart no more of them."""
        await self._restarts.stop()

    async def close_restarts(self) -> None:
        """Show the restarts no more, once they are over."""
        await self._restarts.close()

    async def drain_process(self, process: str, reason: str) -> wire.ProcessView:
        """Have a process hand its sessions over and take no new ones."""
        return await self._process_command(protocol.PROCESSES_DRAIN, process, reason)

    async def let_take_part(self, process: str, reason: str | None = None) -> wire.ProcessView:
        """Let a process take sessions again."""
        return await self._process_command(protocol.PROCESSES_TAKE_PART, process, reason)

    # ----------------------------------------------------------------------------------------- consistency

    async def open_consistency(self) -> None:
        """Read the differences between YCLIENTS and us, and keep them."""
        await self._consistency.open()

    async def set_difference_filter(self, given: wire.DifferenceFilter) -> None:
        """Show the differences of another filter."""
        await self._consistency.set_filter(given)

    async def load_more_differences(self) -> None:
        """Read the next page of differences."""
        await self._consistency.load_more()

    async def check_all(self) -> wire.SweepView:
        """Have YCLIENTS' list compared with ours now."""
        return await self._consistency.show_sweep(
            await self._command(protocol.CONSISTENCY_CHECK, wire.Nothing())
        )

    async def fix_difference(self, row: wire.DifferenceRow, fix: Fix, reason: str) -> wire.FixResult:
        """Do one of the things that can be done about a difference."""
        given = _given(
            wire.FixRequest, salon_id=row.salon_id, kind=row.kind, fix=fix, generation=row.generation, reason=reason
        )  # fmt: skip
        result = self._touched(row.salon_id, await self._command(protocol.CONSISTENCY_FIX, given))
        self._consistency.stale()
        return result

    async def plan_fixes(self, request: wire.FixPlanRequest) -> wire.FixPlanView:
        """Plan to fix differences of one kind; it becomes the plan that is open."""
        return await self._consistency.show_plan(await self._command(protocol.FIXES_PLAN, request))

    async def start_fixes(self, plan_id: int, reason: str) -> wire.FixPlanView:
        """Start what was planned."""
        given = _given(wire.FixPlanStart, plan_id=plan_id, reason=reason)
        return await self._consistency.show_plan(await self._command(protocol.FIXES_START, given))

    async def cancel_fixes(self, plan_id: int) -> wire.FixPlanView:
        """Cancel it; what was not begun stays as it was. Never refused for being read-only."""
        given = _given(wire.FixPlanQuery, plan_id=plan_id)
        return await self._consistency.show_plan(await self._command(protocol.FIXES_CANCEL, given))

    async def close_fixes(self) -> None:
        """Show the plan no more; it goes on."""
        await self._consistency.close_plan()

    async def load_more_fix_items(self) -> None:
        """Read the next page of the plan's report."""
        await self._consistency.load_more_items()

    # ------------------------------------------------------------------------- support bundle, personal data

    async def save_bundle(self, salon_id: int, path: Path) -> Path:
        """Have the support bundle of a salon made and write it to a file."""
        self._require_live()
        given = _given(wire.SalonQuery, salon_id=salon_id)
        bundle = await self._client.call(protocol.INSTALLS_BUNDLE, given, timeout_s=EXAMINE_WITHIN_S)
        return await self.save_text(path, bundle.html)

    async def find_person(self, phone: str | None = None, salon_id: int | None = None) -> wire.PersonFound:
        """Tell where a phone, or a salon, is found; it takes as long as there is data."""
        self._require_live()
        given = _given(wire.PersonQuery, phone=phone, salon_id=salon_id)
        return await self._client.call(protocol.PERSONAL_DATA_FIND, given, timeout_s=EXAMINE_WITHIN_S)

    async def purge_person(self, salon_id: int, generation: int, reason: str) -> wire.DestructionView:
        """Destroy the personal data of a salon that has left."""
        given = _given(wire.PurgeRequest, salon_id=salon_id, generation=generation, reason=reason)
        return self._touched(salon_id, await self._command(protocol.PERSONAL_DATA_PURGE, given))

    async def destruction_reports(self) -> list[wire.DestructionView]:
        """Return the newest reports of destruction."""
        self._require_live()
        found = await self._client.call(protocol.PERSONAL_DATA_REPORTS, wire.DestructionsQuery())
        return found.rows

    async def save_text(self, path: Path, text: str) -> Path:
        """Write a text to a file whole or not at all. Raises InputInvalidError."""
        try:
            await asyncio.to_thread(_write_whole, path, text.encode())
        except OSError:
            raise InputInvalidError("export_failed") from None
        return path

    # -------------------------------------------------------------------------------------------- overview

    async def show_overview(self, period: Period, zone: str) -> None:
        """Read the report on a period, in days of a time zone, and keep it as new as it needs to be."""
        await self._overview.show(period, zone)

    async def hide_overview(self) -> None:
        """Read it no more: nobody looks."""
        await self._overview.hide()

    async def save_table(
        self, path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]], separator: str
    ) -> Path:
        """Write a table that is shown to a file, CSV or JSON by its ending. Raises InputInvalidError."""
        try:
            await asyncio.to_thread(write_table, path, columns, rows, separator)
        except OSError:
            raise InputInvalidError("export_failed") from None
        return path

    async def save_picture(self, path: Path, picture: bytes) -> Path:
        """Write a picture to a file whole or not at all. Raises InputInvalidError."""
        try:
            await asyncio.to_thread(_write_whole, path, picture)
        except OSError:
            raise InputInvalidError("export_failed") from None
        return path

    # -------------------------------------------------------------------------------------------- the rest

    async def examine(self, probe: bool = True) -> None:
        """Have the configuration examined; the report is in `doctor`, and what grows in `storage`."""
        doctor = self.models.doctor
        await self._screen.ask(doctor.began)
        try:
            report = await self._client.call(
                protocol.DOCTOR_REPORT, wire.DoctorQuery(probe=probe), timeout_s=EXAMINE_WITHIN_S
            )
        except ConsoleError as error:
            trouble = error.trouble
            await self._screen.ask(lambda: doctor.failed(trouble))
        else:
            await self._screen.ask(lambda: doctor.reported(report))
        await self._running.load_storage()
        await self._backups.load()

    async def make_backup(self) -> wire.BackupList:
        """Have the gateway begin a backup; the list tells when it is done."""
        listed = await self._command(protocol.BACKUPS_MAKE, wire.Nothing())
        await self._backups.take(listed)
        return listed

    async def save_profile(self, profile: Profile, token: str | None = None) -> SavedProfile:
        """Save a profile (one without id is new), and its token when one is given. Raises ProfileInvalidError."""
        kept = checked(profile)
        is_token_kept = (
            await self._keychain.put(kept.id, token.strip()) if token else self._keychain.is_available
        )
        await self._change_profiles(lambda: self.models.profiles.save(kept))
        return SavedProfile(kept, is_token_kept)

    async def remove_profile(self, profile_id: str) -> None:
        """Forget a profile and its token."""
        await self._keychain.remove(profile_id)
        await self._change_profiles(lambda: self.models.profiles.remove(profile_id))

    async def has_token(self, profile_id: str) -> bool:
        """Return whether a token is remembered for a profile."""
        return await self._keychain.get(profile_id) is not None

    @property
    def keeps_tokens(self) -> bool:
        """Whether a remembered token is still there at the next start."""
        return self._keychain.is_available

    async def export_profiles(self, path: Path) -> int:
        """Write the profiles without any secret to a file; returns how many. Raises ProfileInvalidError."""
        try:
            return await asyncio.to_thread(export_profiles, path, self.models.profiles.rows)
        except OSError:
            raise InputInvalidError("export_failed") from None

    async def import_profiles(self, path: Path) -> int:
        """Add the profiles of a file; returns how many. Raises ProfileInvalidError."""
        found = await asyncio.to_thread(read_profiles, path)
        await self._change_profiles(lambda: self._add_profiles(found))
        return len(found)

    async def update_preferences(self, **changes: Any) -> None:
        """Change preferences and keep them."""
        await self._screen.ask(lambda: self.models.preferences.update(**changes))
        await self._save()

    # -------------------------------------------------------------------- what the gateway tells (a Listener)

    def welcomed(self, welcome: wire.Welcome, *, is_anew: bool) -> None:
        """We are in: read what is shown, anew or what changed meanwhile."""
        self._screen.tell(lambda: self.models.connection.welcomed(welcome))
        self._board.live(is_anew=is_anew)
        self._queue.live(is_anew=is_anew)
        self._salons.live(is_anew=is_anew)
        self._bulk.live(is_anew=is_anew)
        self._alarms.live(is_anew=is_anew)
        self._inbox.live(is_anew=is_anew)
        self._running.live(is_anew=is_anew)
        self._consistency.live(is_anew=is_anew)
        self._staff.live(is_anew=is_anew)
        self._overview.live()
        self._backups.live()
        if self._to_remember is not None or self._profile is not None:
            self._tasks.start("remember", self._remember())

    def changed(self, changes: wire.Changes) -> None:
        """Pass on which salons, bulk retries and alarms are different."""
        ids: dict[str, list[int]] = {}
        for change in changes.changes:
            ids.setdefault(change.kind, []).append(change.id)
        installs, calls, bulks = (ids.get(kind, ()) for kind in ("install", "call", "bulk"))
        if installs:
            self._board.changed(installs)
            self._running.changed(installs)
        if calls:
            self._queue.changed(calls)
        self._salons.changed(installs, calls)
        self._bulk.changed(bulks)
        self._consistency.changed(installs, ids.get("sweep", ()), ids.get("fix", ()))
        if "alarm" in ids:
            self._alarms.stale()
        if "webhook" in ids:
            self._inbox.changed(ids["webhook"])
        if "process" in ids:
            self._running.processes_changed()
        if "staff" in ids:
            self._staff.stale()
        if installs or calls:
            self._overview.changed()
        if "token" in ids:
            self._screen.tell(self.models.doctor.outdate)

    def must_resync(self, resync: wire.Resync) -> None:
        """Read again everything that is shown."""
        self._board.reload()
        self._queue.reload()
        self._salons.stale()
        self._bulk.stale()
        self._alarms.stale()
        self._inbox.reload()
        self._running.stale()
        self._consistency.stale()
        self._staff.stale()
        self._overview.stale()

    def saw_session(self, view: wire.SessionView) -> None:
        """Show a new QR, if that salon's is still open."""
        self._salons.saw_session(view)

    def lost(self, trouble: Trouble) -> None:
        """Say so, and stop reading until we are back."""
        self._screen.tell(lambda: self.models.connection.was_lost(trouble))
        self._pause()

    def waits(self, trouble: Trouble, seconds: float) -> None:
        """Say when the next try is."""
        connection = self.models.connection
        self._screen.tell(lambda: connection.waits(trouble, seconds))

    def refused(self, trouble: Trouble) -> None:
        """Say so; nothing is tried any more."""
        self._screen.tell(lambda: self.models.connection.was_refused(trouble))
        self._pause()

    # -------------------------------------------------------------------------------------------- in between

    def _language(self) -> str:
        return self.models.preferences.language

    async def payments(self, salon_id: int) -> wire.PaymentList:
        """Read a salon's payments."""
        self._require_live()
        return await self._client.call(protocol.PAYMENTS_LIST, _given(wire.SalonQuery, salon_id=salon_id))

    async def notify_payment(
        self, salon_id: int, amount: str, paid_on: str, period_from: str, period_to: str, reason: str
    ) -> wire.PaymentView:
        """Tell YCLIENTS of a payment; days are written as 2026-03-14."""
        days = {"paid_on": paid_on, "period_from": period_from, "period_to": period_to}
        given = _given(wire.PaymentNotice, salon_id=salon_id, amount=amount, reason=reason, **days)
        return await self._command(protocol.PAYMENTS_NOTIFY, given)

    async def refund_payment(
        self, salon_id: int, payment_id: int, amount: str, reason: str
    ) -> wire.PaymentView:
        """Tell YCLIENTS that a payment was paid back."""
        given = _given(
            wire.PaymentRefund, salon_id=salon_id, payment_id=payment_id, amount=amount, reason=reason
        )
        return await self._command(protocol.PAYMENTS_REFUND, given)

    async def check_payments(self, salon_id: int) -> wire.PaymentList:
        """Settle what is unknown by YCLIENTS' own list."""
        return await self._command(protocol.PAYMENTS_CHECK, _given(wire.SalonCommand, salon_id=salon_id))

    async def payment_link(self, salon_id: int, discount: str | None = None) -> wire.PaymentLink:
        """Ask for the address where the owner pays."""
        self._require_live()
        given = _given(wire.PaymentLinkQuery, salon_id=salon_id, discount=discount)
        return await self._client.call(protocol.PAYMENTS_LINK, given)

    async def give_discount(self, salon_id: int, discount: str, reason: str) -> wire.DiscountGiven:
        """Give a salon a discount, in percent."""
        given = _given(wire.DiscountOrder, salon_id=salon_id, discount=discount, reason=reason)
        return await self._command(protocol.PAYMENTS_DISCOUNT, given)

    async def send_crash(self, report: wire.CrashReport) -> wire.CrashReceipt:
        """Send a crash report because a person pressed the button for it."""
        self._require_live()
        return await self._client.call(protocol.CRASHES_REPORT, report)

    async def _command(self, operation: Operation[I, O], given: I) -> O:
        """Give a command, unless this gateway is read-only here and now, or not there."""
        refusal = self.models.safety.refusal_for(operation)
        if refusal is not None:
            raise ReadOnlyError(refusal)
        self._require_live()
        return await self._client.call(operation, given)

    def _require_live(self) -> None:
        if not self._client.is_live:
            raise NotConnectedError

    async def _install_command(
        self, operation: Operation[wire.InstallCommand, wire.InstallDetail], salon_id: int, generation: int,
        reason: str,
    ) -> wire.InstallDetail:  # fmt: skip
        given = _given(wire.InstallCommand, salon_id=salon_id, generation=generation, reason=reason)
        return await self._with_detail(await self._command(operation, given))

    async def _with_detail(self, detail: wire.InstallDetail) -> wire.InstallDetail:
        await self._screen.ask(lambda: self.models.undo.saw_detail(detail))
        await self._salons.take_detail(detail)
        return self._touched(detail.row.salon_id, detail)

    def _with_call(self, row: wire.CallRow) -> wire.CallRow:
        self._salons.take_call(row)
        return self._touched(row.salon_id, row)

    def _touched(self, salon_id: int, answer: O) -> O:
        """Read at once what a command changed, without waiting to be told."""
        self._board.changed((salon_id,))
        self._queue.changed((salon_id,))
        self._salons.changed((salon_id,), (salon_id,))
        self._running.changed((salon_id,))
        return answer

    async def _process_command(
        self, operation: Operation[wire.ProcessCommand, wire.ProcessView], process: str, reason: str | None
    ) -> wire.ProcessView:  # fmt: skip
        given = _given(wire.ProcessCommand, process=process, reason=reason)
        answer = await self._command(operation, given)
        self._running.processes_changed()
        return answer

    def _pause(self) -> None:
        self._board.pause()
        self._queue.pause()
        self._salons.pause()
        self._bulk.pause()
        self._alarms.pause()
        self._inbox.pause()
        self._running.pause()
        self._consistency.pause()
        self._staff.pause()
        self._overview.pause()
        self._backups.pause()

    async def _forget(self) -> None:
        """Another gateway: nothing of the one before stays."""
        await self._board.forget()
        await self._queue.forget()
        await self._salons.close_all()
        await self._screen.ask(self.models.undo.cleared)
        await self._bulk.close()
        await self._alarms.forget()
        await self._inbox.forget()
        await self._running.forget()
        await self._screen.ask(self.models.restarts.cleared)
        await self._consistency.forget()
        await self._audit.forget()
        await self._exports.forget()
        await self._staff.forget()
        await self._overview.forget()
        await self._backups.forget()
        await self._screen.ask(self.models.doctor.cleared)

    async def _remember(self) -> None:
        """Keep the token that was just accepted, and which profile was used."""
        remembering, self._to_remember = self._to_remember, None
        if remembering is not None and not await self._keychain.put(*remembering):
            self._screen.tell(lambda: self.models.notices.add(NoticeLevel.WARNING, "token_not_kept"))
        profile = self._profile
        profiles = self.models.profiles
        if (
            profile is not None
            and profiles.get(profile.id) is not None
            and profiles.last_used_id != profile.id
        ):
            await self._change_profiles(lambda: profiles.used(profile.id))

    async def _change_profiles(self, change: Callable[[], None]) -> None:
        await self._screen.ask(change)
        await self._save()

    def _add_profiles(self, found: Sequence[Profile]) -> None:
        for profile in found:
            self.models.profiles.save(profile)

    async def _save(self) -> None:
        """Keep profiles and preferences; when that fails, the person is told and goes on."""
        async with self._saving:
            profiles, preferences = self.models.profiles, self.models.preferences
            settings = self._settings = Settings(
                profiles.rows, profiles.last_used_id, preferences.values, self._settings.unknown
            )
            try:
                await asyncio.to_thread(self._store.save, settings)
            except OSError as error:
                cause = error.strerror or type(error).__name__
                self._screen.tell(
                    lambda: self.models.notices.add(NoticeLevel.WARNING, "settings_not_saved", detail=cause)
                )

    def _show_settings(self, found: Settings) -> None:
        self.models.profiles.replace(found.profiles, found.last_used_id)
        given = {name: getattr(found.preferences, name) for name in NAMES}
        self.models.preferences.update(**given)
        if found.set_aside is not None:
            self.models.notices.add(NoticeLevel.WARNING, "settings_damaged", {"file": found.set_aside})

    def _show_profile(self, profile: Profile) -> None:
        self.models.safety.enter(profile.kind)
        self.models.connection.began(profile)


class _Trial:
    """Listens to a trial connection: only its failure is of interest."""

    def __init__(self) -> None:
        self.trouble: Trouble | None = None

    def welcomed(self, welcome: wire.Welcome, *, is_anew: bool) -> None:
        """It worked."""

    def changed(self, changes: wire.Changes) -> None:
        """Not of interest."""

    def must_resync(self, resync: wire.Resync) -> None:
        """Not of interest."""

    def saw_session(self, view: wire.SessionView) -> None:
        """Not of interest."""

    def lost(self, trouble: Trouble) -> None:
        """It was there and is gone."""
        self.trouble = trouble

    def waits(self, trouble: Trouble, seconds: float) -> None:
        """It was not there."""
        self.trouble = trouble

    def refused(self, trouble: Trouble) -> None:
        """It said no."""
        self.trouble = trouble


def _write_whole(path: Path, content: bytes) -> None:
    """Write beside it first, so that a full disk leaves no half of a file. Raises OSError."""
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _given(kind: type[Given], /, **values: Any) -> Given:
    """Return an operation's input. Raises InputInvalidError with the field that does not fit."""
    try:
        return kind(**values)
    except ValidationError as error:
        field = str(error.errors(include_url=False, include_input=False)[0]["loc"][0])
        raise InputInvalidError(
            f"{field}_invalid" if field in ("reason", "phone") else "field_invalid"
        ) from None

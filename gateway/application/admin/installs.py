"""Installs: the board, one salon with everything, its story, and what staff may do to an install."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.application.admin.board_records import (
    BoardPosition,
    BoardRecord,
    InstallSelection,
    SalonRecord,
    StoryRecord,
)
from gateway.application.admin.desk import Handler
from gateway.application.admin.session_views import part_of
from gateway.application.links import LinkTokens
from gateway.application.ports import Clock
from gateway.application.records import InstallRecord, StaffMember
from gateway.application.synchronise import SessionSwitch, Synchronise
from gateway.domain.errors import GatewayError
from gateway.domain.installs import next_step
from gateway.domain.partner_answers import PartnerError, Priority
from shared import protocol
from shared.admin_wire import (
    AssistantSwitch,
    Difference,
    Generation,
    InstallCommand,
    InstallCounts,
    InstallDetail,
    InstallFilter,
    InstallRow,
    InstallRows,
    InstallRowsQuery,
    InstallsPage,
    InstallsQuery,
    OwnerLink,
    PartnerPart,
    ReconcileResult,
    SalonCommand,
    SalonQuery,
    TimelineEntry,
    TimelinePage,
    TimelineQuery,
)
from shared.vocabulary import MAX_SALON_ID, STAGE_ORDER, PartnerState, Stage

_THEIR_WORDS = {
    PartnerState.PENDING: ("pending",), PartnerState.QUEUED: ("pending",), PartnerState.CALLING: ("pending",),
    PartnerState.REFUSED: ("pending",), PartnerState.EXPIRED: ("pending",), PartnerState.ACTIVE: ("active",),
    PartnerState.FROZEN: ("freezed",), PartnerState.UNINSTALLED: ("uninstalled", "pending"),
}  # fmt: skip
"""What YCLIENTS says of an install that stands so with us, when both agree."""


class BoardStore(Protocol):
    """Installs as staff see them; see `gateway.storage.board_store` for the promises."""

    async def page(
        self, selection: InstallSelection, after: BoardPosition | None, limit: int
    ) -> tuple[Sequence[BoardRecord], int]:
        """Return installs in the board's order and the event number they are at least as new as."""

    async def counts(self, selection: InstallSelection) -> tuple[Mapping[Stage, int], int]:
        """Count the selected installs by stage."""

    async def salon(self, salon_id: int) -> tuple[SalonRecord, int]:
        """Return everything about one salon."""

    async def story(self, salon_id: int, before: int | None, limit: int) -> tuple[Sequence[StoryRecord], int]:
        """Return a salon's events before one of them, the newest first."""


class InstallDesk(Protocol):
    """What staff do to installs; see `gateway.storage.install_desk` for the promises."""

    async def require_open(self, salon_id: int) -> InstallRecord:
        """Return the salon's open install."""

    async def freeze(self, salon_id: int, generation: int, reason: str) -> None:
        """Stop the bot and keep it stopped."""

    async def unfreeze(self, salon_id: int, generation: int) -> bool:
        """Take staff's stop away; returns whether the bot may run."""

    async def switch_assistant(self, salon_id: int, is_on: bool, reason: str) -> None:
        """Let the assistant answer the salon's customers, or not."""

    async def queue_uninstall(self, salon_id: int, generation: int, reason: str) -> None:
        """Queue the partner call that ends the install."""

    async def keep(self, salon_id: int) -> None:
        """Cancel an uninstall that was not begun."""

    async def note_link(self, salon_id: int, generation: int, expires_at: datetime) -> None:
        """Write that an owner's link was made."""


class Installs:
    """The operations on installs."""

    def __init__(
        self,
        board: BoardStore,
        desk: InstallDesk,
        synchronise: Synchronise,
        sessions: SessionSwitch,
        links: LinkTokens,
        public_url: str | None,
        clock: Clock,
    ) -> None:
        self._board = board
        self._desk = desk
        self._synchronise = synchronise
        self._sessions = sessions
        self._links = links
        self._public_url = public_url
        self._clock = clock

    async def list(self, _member: StaffMember, given: InstallsQuery) -> InstallsPage:
        """Read a page of the board. Raises cursor_invalid."""
        after = position_of(given.after)
        found, cursor = await self._board.page(selection_of(given), after, given.limit + 1)
        shown = found[: given.limit]
        more = cursor_of(shown[-1].position) if len(found) > given.limit else None
        return InstallsPage(rows=[row_of(record) for record in shown], next=more, cursor=cursor)

    async def rows(self, _member: StaffMember, given: InstallRowsQuery) -> InstallRows:
        """Of some salons, read the rows that match a filter."""
        selection = selection_of(given, salon_ids=given.ids)
        found, cursor = await self._board.page(selection, None, max(len(given.ids), 1))
        return InstallRows(rows=[row_of(record) for record in found], cursor=cursor)

    async def counts(self, _member: StaffMember, given: InstallFilter) -> InstallCounts:
        """Count the installs in each stage, whatever stages the filter names."""
        anywhere = selection_of(given.model_copy(update={"stages": []}))
        by_stage, cursor = await self._board.counts(anywhere)
        return InstallCounts(total=sum(by_stage.values()), by_stage=dict(by_stage), cursor=cursor)

    async def get(self, _member: StaffMember, given: SalonQuery) -> InstallDetail:
        """Read everything about one salon. Raises salon_not_found."""
        return await self._detail(given.salon_id)

    async def timeline(self, _member: StaffMember, given: TimelineQuery) -> TimelinePage:
        """Read a page of a salon's story, its old generations' too. Raises salon_not_found."""
        found, cursor = await self._board.story(given.salon_id, given.before, given.limit + 1)
        shown = found[: given.limit]
        rows = [
            TimelineEntry(
                event_id=each.event_id, at=each.at, type=each.type, generation=each.generation, data=dict(each.data)
            )
            for each in reversed(shown)
        ]  # fmt: skip
        return TimelinePage(
            rows=rows, next=rows[0].event_id if len(found) > given.limit else None, cursor=cursor
        )

    async def reconcile(self, _member: StaffMember, given: SalonCommand) -> ReconcileResult:
        """Read the status at YCLIENTS now and bring our state in line.

        Raises salon_not_found, and the `partner_…` code of why the status could not be read.
        """
        await self._board.salon(given.salon_id)
        try:
            status, applied = await self._synchronise(
                given.salon_id, reason="staff", priority=Priority.STATUS, is_asked_by_staff=True
            )
        except PartnerError as error:
            raise GatewayError(error.kind.error_code) from None
        return ReconcileResult(
            theirs=status.value, before=applied.before, after=applied.after, changed=applied.changed
        )

    async def freeze(self, _member: StaffMember, given: InstallCommand) -> InstallDetail:
        """Stop a salon's bot and keep it stopped. The stop is committed with the freeze; then its end is waited for.

        Raises salon_not_found, install_gone, generation_changed, already_frozen.
        """
        await self._desk.freeze(given.salon_id, given.generation, given.reason)
        try:
            await self._sessions.stop(given.salon_id)
        except GatewayError as error:
            if error.code != "pool_unavailable":  # nobody ends it just now; whoever owns it next will
                raise
        return await self._detail(given.salon_id)

    async def unfreeze(self, _member: StaffMember, given: InstallCommand) -> InstallDetail:
        """Let a bot that staff stopped run again.

        Raises salon_not_found, install_gone, generation_changed, not_frozen.
        """
        if await self._desk.unfreeze(given.salon_id, given.generation):
            await self._synchronise.resume(given.salon_id)
        return await self._detail(given.salon_id)

    async def switch_assistant(self, _member: StaffMember, given: AssistantSwitch) -> InstallDetail:
        """Let the assistant answer the salon's customers, or not. Raises salon_not_found, install_gone."""
        await self._desk.switch_assistant(given.salon_id, given.is_on, given.reason)
        return await self._detail(given.salon_id)

    async def uninstall(self, _member: StaffMember, given: InstallCommand) -> InstallDetail:
        """Disconnect a salon at YCLIENTS, in ten seconds.

        Raises salon_not_found, install_gone, generation_changed, uninstall_pending.
        """
        await self._desk.queue_uninstall(given.salon_id, given.generation, given.reason)
        return await self._detail(given.salon_id)

    async def keep(self, _member: StaffMember, given: SalonCommand) -> InstallDetail:
        """Take back an uninstall that was not begun. Raises salon_not_found, uninstall_not_pending."""
        await self._desk.keep(given.salon_id)
        return await self._detail(given.salon_id)

    async def link(self, _member: StaffMember, given: SalonCommand) -> OwnerLink:
        """Make a fresh onboarding address for the owner.

        Raises salon_not_found, install_gone, install_frozen, not_configured.
        """
        install = await self._desk.require_open(given.salon_id)
        if install.partner_state is PartnerState.FROZEN or install.is_frozen_by_staff:
            raise GatewayError("install_frozen")
        if self._public_url is None:
            raise GatewayError("not_configured")
        token = self._links.issue({install.salon_id: install.generation})
        expires_at = self._links.verify(token).expires_at
        await self._desk.note_link(install.salon_id, install.generation, expires_at)
        return OwnerLink(
            url=f"{self._public_url}/marketplace/onboarding?token={token}", expires_at=expires_at
        )

    async def _detail(self, salon_id: int) -> InstallDetail:
        salon, cursor = await self._board.salon(salon_id)
        return detail_of(salon, cursor, self._clock.now())


def handlers(
    board: BoardStore,
    desk: InstallDesk,
    synchronise: Synchronise,
    sessions: SessionSwitch,
    links: LinkTokens,
    public_url: str | None,
    clock: Clock,
) -> Mapping[str, Handler]:
    """Return what answers each operation on installs."""
    installs = Installs(board, desk, synchronise, sessions, links, public_url, clock)
    return {
        protocol.INSTALLS_LIST.name: installs.list, protocol.INSTALLS_ROWS.name: installs.rows,
        protocol.INSTALLS_COUNTS.name: installs.counts, protocol.INSTALLS_GET.name: installs.get,
        protocol.TIMELINE_LIST.name: installs.timeline, protocol.INSTALLS_RECONCILE.name: installs.reconcile,
        protocol.INSTALLS_FREEZE.name: installs.freeze, protocol.INSTALLS_UNFREEZE.name: installs.unfreeze,
        protocol.INSTALLS_UNINSTALL.name: installs.uninstall, protocol.INSTALLS_KEEP.name: installs.keep,
        protocol.LINKS_CREATE.name: installs.link, protocol.INSTALLS_ASSISTANT.name: installs.switch_assistant,
    }  # fmt: skip


def selection_of(given: InstallFilter, *, salon_ids: Sequence[int] | None = None) -> InstallSelection:
    """Return what a filter selects, of some salons only when they are given."""
    return InstallSelection(
        stages=tuple(given.stages), partner_states=tuple(given.partner_states),
        whatsapp_states=tuple(given.whatsapp_states), error_codes=tuple(given.error_codes), search=given.search,
        salon_ids=None if salon_ids is None else tuple(salon_ids),
    )  # fmt: skip


def row_of(record: BoardRecord) -> InstallRow:
    """Return an install as a line of the board."""
    step = next_step(
        record.partner_state, record.whatsapp_state, is_frozen_by_staff=record.is_frozen_by_staff,
        is_phone_in_question=record.is_phone_in_question,
    )  # fmt: skip
    return InstallRow(
        salon_id=record.salon_id, version=record.version, generation=record.generation, title=record.title,
        city=record.city, timezone=record.timezone, stage=record.stage, stage_since=record.stage_since,
        partner_state=record.partner_state, partner_since=record.partner_since,
        whatsapp_state=record.whatsapp_state, phone=record.phone_masked, error_code=record.error_code,
        next_step=step, next_attempt_at=record.next_attempt_at, call_id=record.call_id,
        call_state=record.call_state, is_frozen_by_staff=record.is_frozen_by_staff,
        is_assistant_on=record.is_assistant_on, is_open=record.is_open,
        support_code=record.support_code, registered_at=record.registered_at,
    )  # fmt: skip


def detail_of(salon: SalonRecord, cursor: int, now: datetime) -> InstallDetail:
    """Return a salon with everything, the differences between YCLIENTS and us among it."""
    return InstallDetail(
        row=row_of(salon.row), entry_signed=salon.entry_signed, owner_user_id=salon.owner_user_id,
        activated_at=salon.activated_at, last_payment_at=salon.last_payment_at, paid_until=salon.paid_until,
        error_text=salon.error_text, closed_at=salon.closed_at, close_reason=salon.close_reason,
        frozen_by_staff_at=salon.frozen_by_staff_at, frozen_reason=salon.frozen_reason,
        assistant_off_at=salon.assistant_off_at, assistant_off_reason=salon.assistant_off_reason,
        theirs=PartnerPart(status=salon.partner_status, checked_at=salon.checked_at),
        whatsapp=part_of(salon.session, now), differences=differences_of(salon.row.partner_state, salon.partner_status),
        generations=[
            Generation(
                generation=each.generation, registered_at=each.registered_at, partner_state=each.partner_state,
                closed_at=each.closed_at, close_reason=each.close_reason,
            )
            for each in salon.generations
        ],
        cursor=cursor,
    )  # fmt: skip


def differences_of(ours: PartnerState, theirs: str | None) -> list[Difference]:
    """Return where YCLIENTS and we disagree; what was never read is no disagreement."""
    if theirs is None or theirs in _THEIR_WORDS[ours]:
        return []
    return [Difference(field="partner_state", theirs=theirs, ours=ours.value)]


def cursor_of(position: BoardPosition) -> str:
    """Return a position as the opaque text a page's `next` holds."""
    said = json.dumps([position.rank, position.since.isoformat(), position.salon_id], separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def position_of(cursor: str | None) -> BoardPosition | None:
    """Read a page's `next`. Raises cursor_invalid for anything else."""
    if cursor is None:
        return None
    try:
        rank, since, salon_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        position = BoardPosition(rank, datetime.fromisoformat(since), salon_id)
        is_ours = cursor_of(position) == cursor and position.since.tzinfo is not None
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise GatewayError("cursor_invalid") from None
    if not is_ours or not _is_among(rank, len(STAGE_ORDER) - 1) or not _is_among(salon_id, MAX_SALON_ID):
        raise GatewayError("cursor_invalid")
    return position


def _is_among(value: object, largest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= largest

"""The backlog: what waits while YCLIENTS is away, and how it is made up for once it is back.

Many activations are confirmed by YCLIENTS' list of salons, a thousand a request, instead of by a read each. The list
says that a salon is connected, not how: so its word is taken only after it was shown that pending salons are not in it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.application.ports import BacklogStore, CallStore, Clock, InstallStore, PartnerApi
from gateway.application.reconcile import is_beyond_belief, listed_salons
from gateway.application.records import Unconfirmed
from gateway.domain.partner_answers import PartnerError, PartnerStatus, Priority, Verdict, meta_message
from gateway.domain.strict_json import JsonError, parse_json, plain
from shared.vocabulary import PartnerState

TICK_S = 1.0
CLAIMED_AT_MOST = 20_000
WITNESSES = 2
"""Salons of either kind whose own status is read to learn what the list holds."""

NOT_SENT_LOOKED_AT = 2_000
SETTLED_AT_ONCE = 4
_MAX_KEPT_TEXT = 500
_HELD = (PartnerState.ACTIVE, PartnerState.FROZEN)
_log = logging.getLogger("gateway.backlog")


@dataclass(slots=True)
class RollReport:
    """What one reading of the list settled, as counts."""

    unconfirmed: int = 0
    listed: int = 0
    is_proof: bool = False
    confirmed: int = 0
    sent_again: int = 0
    refused: int = 0
    left_to_single_reads: int = 0


class Backlog:
    """Looks for YCLIENTS while it is away, brings forward what waited for it, and confirms many by the list."""

    def __init__(
        self,
        store: BacklogStore,
        calls: CallStore,
        installs: InstallStore,
        partner: PartnerApi,
        clock: Clock,
    ) -> None:
        self._store = store
        self._calls = calls
        self._installs = installs
        self._partner = partner
        self._clock = clock
        self._pulled_webhooks_for: str | None = None

    async def run(self) -> None:
        """Tend the backlog for ever."""
        while True:
            await self.tend()
            await self._clock.sleep(TICK_S)

    async def tend(self) -> None:
        """Do what is due: one probe, one share of calls brought forward, one reading of the list."""
        outlook = await self._store.outlook()
        if outlook.is_away:
            if await self._store.may_probe():
                await self._partner.probe(Priority.STATUS)
            return
        if outlook.is_refused:
            return
        await self._pull(outlook.is_bulk)
        if outlook.is_bulk and await self._store.may_read_list():
            await self._roll_call()

    async def _pull(self, is_bulk: bool) -> None:
        await self._store.pull_forward(is_bulk=is_bulk)
        back_at = await self._store.back_at()
        if back_at is not None and back_at != self._pulled_webhooks_for:
            await self._store.pull_webhooks()
            self._pulled_webhooks_for = back_at

    async def _roll_call(self) -> None:
        """Settle by one reading of the list; what it cannot settle is left to single reads."""
        waiting = await self._calls.claim_unconfirmed(CLAIMED_AT_MOST)
        try:
            report = await self.confirm(waiting)
        except PartnerError as error:
            await self._give_back(waiting, error)
            return
        _log.info("confirmed_by_list", extra={name: getattr(report, name) for name in RollReport.__slots__})

    async def confirm(self, waiting: Sequence[Unconfirmed]) -> RollReport:
        """Read the list and settle these claimed calls. Raises PartnerError when the list cannot be read.

        The calls were claimed before, so that none of them is sent after the list was read.
        """
        listed = await listed_salons(self._partner, Priority.STATUS)
        is_proof = await self._is_proof(waiting, listed)
        ours = set(await self._installs.open_by_partner_state(_HELD))
        is_whole = not is_beyond_belief(len(ours - listed), len(ours))
        report = RollReport(len(waiting), len(listed), is_proof)
        gate = asyncio.Semaphore(SETTLED_AT_ONCE)

        async def settled(each: Unconfirmed) -> None:
            async with gate:
                await self._settle(each, report, is_listed=each.call.salon_id in listed, is_whole=is_whole)

        await asyncio.gather(*(settled(each) for each in waiting))
        return report

    async def _settle(
        self, each: Unconfirmed, report: RollReport, *, is_listed: bool, is_whole: bool
    ) -> None:
        call = each.call
        if is_listed and report.is_proof:
            await self._calls.settle_listed(call)
            report.confirmed += 1
        elif is_listed or each.verdict == Verdict.ACCEPTED:
            await self._calls.confirm_singly(call)
            report.left_to_single_reads += 1
        elif each.verdict != Verdict.ALREADY_INSTALLED_OR_REFUSED:
            await self._calls.send_again(
                call
            )  # should it have had its effect after all, the answer will say so
            report.sent_again += 1
        elif is_whole:
            await self._calls.settle_failed(
                call, PartnerState.REFUSED, "not_requested", _said(each.body_head)
            )
            report.refused += 1
        else:
            await self._calls.confirm_singly(call)
            report.left_to_single_reads += 1

    async def _is_proof(self, waiting: Sequence[Unconfirmed], listed: set[int]) -> bool:
        """Whether being in the list means being connected: single reads of a few salons tell.

        A listed salon that is pending disproves it. One that is pending and not listed proves it, for some hours.
        """
        unsent = await self._store.not_sent_yet(NOT_SENT_LOOKED_AT)
        theirs = [each.call.salon_id for each in waiting if each.call.salon_id in listed]
        inside = await self._statuses([*(salon for salon in unsent if salon in listed), *theirs])
        if PartnerStatus.PENDING in inside:
            await self._store.note_list(is_useful=False)
            return False
        undone = [each.call.salon_id for each in waiting if each.call.salon_id not in listed]
        # Those that we hold claimed come first: nothing is sent for them meanwhile.
        outside = await self._statuses(
            [*reversed(undone), *(salon for salon in unsent if salon not in listed)]
        )
        if PartnerStatus.PENDING in outside:
            await self._store.note_list(is_useful=True)
            return True
        return await self._store.is_list_proved()

    async def _statuses(self, salon_ids: Iterable[int]) -> set[PartnerStatus]:
        chosen = list(dict.fromkeys(salon_ids))[:WITNESSES]
        return {(await self._partner.status(salon_id, Priority.STATUS)).status for salon_id in chosen}

    async def _give_back(self, waiting: Sequence[Unconfirmed], error: PartnerError) -> None:
        """The list cannot be read: single reads must do, unless YCLIENTS is away altogether."""
        _log.warning("list_unreadable", extra={"cause": str(error)})
        if error.answer.is_heard is not False:
            await self._store.note_list(is_useful=False)
        for each in waiting:
            await self._calls.release(each.call)


def _said(body_head: str) -> str | None:
    """Return the partner's own sentence in a kept answer."""
    try:
        message = meta_message(plain(parse_json(body_head.encode())))
    except JsonError:
        message = None
    return (message or body_head)[:_MAX_KEPT_TEXT] or None

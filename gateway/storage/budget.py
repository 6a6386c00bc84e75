"""One budget of partner calls for all processes: at most 5 in any second and 200 in any minute.

YCLIENTS counts per address, so every process that shares the database shares the budget. One row keeps the times
of the last 200 calls, on the database's clock. A call arrives at some moment between its grant and the end of its
answer, so its place counts as taken later than now while it is under way, and from the end of the answer
afterwards: however late a stalled machine sends, the partner never sees more than its limit. Priorities work by
headroom: the lower the priority, the more of the budget must be free before it may take a place.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.application.admin.bulk import Pace
from gateway.application.ports import Clock
from gateway.application.records import TokenRefusal
from gateway.domain.calls import seconds_for
from gateway.domain.errors import DatabaseUnavailableError
from gateway.domain.partner_answers import Priority
from gateway.storage.database import Storage, Transaction

PER_SECOND = 5
PER_MINUTE = 200
# The partner's clock and the database's do not run alike to the millisecond.
SECOND_S = 1.02
MINUTE_S = 60.5
UNDER_WAY_S = 2.0
"""How much later than its grant a call counts as made until it is known; longer than any stall of the machine."""

LOOK_AGAIN_S = 0.1
"""How often a waiter looks whether a call that is under way has ended."""

_RESERVED = {
    Priority.ACTIVATION: (0, 0), Priority.STATUS: (1, 2), Priority.BACKLOG: (0, 4), Priority.SWEEP: (2, 60),
}  # fmt: skip
# Little need be kept free for the more urgent: whenever a place comes free they are the only ones that may take it.
_MIN_WAIT_S = 0.02
PROBE_EVERY_S = 60

AWAY_AFTER = 10
"""So many requests in a row without an answer, whoever made them, and YCLIENTS counts as away."""


_APART_S = 1e-5
"""Places are told apart by their times."""


@dataclass(slots=True, eq=False)
class _Asking:
    """Somebody who wants a place, and once it is known: the place, or how many seconds to wait before asking again."""

    priority: Priority
    answer: tuple[float | None, float] | None = None


class PartnerBudget:
    """The limiter of the YCLIENTS client (`gateway.yclients.client.Limiter`) and the memory of a refused token."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._turn = asyncio.Lock()
        self._asking: list[_Asking] = []

    async def acquire(self, priority: Priority) -> float:
        """Wait until a call of this priority may be sent, and return its place, which `settle` wants back."""
        while True:
            place, wait_s = await self._ask(priority)
            if place is not None:
                return place
            await self._clock.sleep(max(wait_s, _MIN_WAIT_S))

    async def _ask(self, priority: Priority) -> tuple[float | None, float]:
        """Ask once; one of us at a time waits for the row, with one connection, and asks for all who wait here."""
        asking = _Asking(priority)
        self._asking.append(asking)
        try:
            async with self._turn:
                if asking.answer is None:
                    unanswered = [each for each in self._asking if each.answer is None]
                    group = sorted(unanswered, key=lambda each: _RESERVED[each.priority][1])
                    wanted = [each.priority for each in group]
                    answers = await self._storage.write(lambda tx: _take(tx, wanted))
                    for each, answer in zip(group, answers, strict=True):
                        each.answer = answer
        finally:
            self._asking.remove(asking)
        assert asking.answer is not None
        return asking.answer

    async def settle(self, place: float, heard: bool | None = None) -> None:
        """Count the call of this place as made by now; one that is never settled counts a little longer.

        `heard` says whether the partner is at work: many failures in a row mean that it is away, the first answer
        that it is back.
        """
        statement = """
            UPDATE partner_budget SET granted_at = array_replace(
                granted_at, %s::float8, least(%s::float8, extract(epoch FROM clock_timestamp())::float8))
            WHERE id = 1
        """

        def work(tx: Transaction) -> None:
            tx.count(statement, place, place)
            if heard is not None:
                _note_weather(tx, heard)

        with contextlib.suppress(DatabaseUnavailableError):
            await self._storage.write(work)

    async def pause(self, seconds: float) -> None:
        """Let nobody call for `seconds`: the partner answered 429."""
        statement = """
            UPDATE partner_budget SET blocked_until =
                greatest(coalesce(blocked_until, now()), now() + make_interval(secs => %s)) WHERE id = 1
        """
        await self._storage.write(lambda tx: tx.count(statement, seconds))

    async def refuse(self, code: str, fingerprint: str) -> bool:
        """Note that the partner refuses our token; returns whether this is news (one alarm, not thousands)."""

        def work(tx: Transaction) -> bool:
            row = tx.sql("SELECT refused_fingerprint FROM partner_budget WHERE id = 1 FOR UPDATE")[0]
            is_news: bool = row["refused_fingerprint"] != fingerprint
            tx.count(
                "UPDATE partner_budget SET refused_at = CASE WHEN %s THEN now() ELSE refused_at END, "
                "refused_code = %s, refused_fingerprint = %s, refused_probe_at = now() WHERE id = 1",
                is_news, code, fingerprint,
            )  # fmt: skip
            if is_news:
                tx.append("token_refused", code=code, fingerprint=fingerprint)
            return is_news

        return await self._storage.write(work)

    async def accept(self) -> None:
        """Note that the partner accepts our token again."""

        def work(tx: Transaction) -> None:
            changed = tx.count(
                "UPDATE partner_budget SET refused_at = NULL, refused_code = NULL, refused_fingerprint = NULL, "
                "refused_probe_at = NULL, back_at = %s WHERE id = 1 AND refused_at IS NOT NULL",
                tx.now,
            )
            if changed:
                tx.append("token_accepted")

        await self._storage.write(work)

    async def may_try(self, fingerprint: str) -> bool:
        """Whether a call may be tried with this token: while it stands refused, one caller a minute may."""

        def work(tx: Transaction) -> bool:
            row = tx.sql("SELECT refused_fingerprint FROM partner_budget WHERE id = 1")[0]
            if row["refused_fingerprint"] != fingerprint:
                return True
            taken = tx.count(
                "UPDATE partner_budget SET refused_probe_at = now() WHERE id = 1 "
                "AND refused_probe_at < now() - make_interval(secs => %s)",
                PROBE_EVERY_S,
            )
            return taken == 1

        return await self._storage.write(work)

    async def refusal(self) -> TokenRefusal | None:
        """Return the standing refusal, if any."""
        statement = """
            SELECT refused_code AS code, refused_at AS at, refused_fingerprint AS fingerprint
            FROM partner_budget WHERE id = 1 AND refused_at IS NOT NULL
        """
        rows = await self._storage.read(lambda tx: tx.sql(statement))
        return TokenRefusal(**rows[0]) if rows else None


def pace_of(priority: Priority) -> Pace:
    """Return how fast calls of a priority can go when nobody else calls, with what is kept free of them left out."""
    spare_second, spare_minute = _RESERVED[priority]
    per_second, per_minute = PER_SECOND - spare_second, PER_MINUTE - spare_minute
    return Pace(
        lambda requests: seconds_for(requests, per_second, SECOND_S, per_minute, MINUTE_S),
        per_minute * 60 / MINUTE_S,
    )


def _note_weather(tx: Transaction, heard: bool) -> None:
    row = tx.sql("SELECT failures_in_row, away_since FROM partner_budget WHERE id = 1 FOR UPDATE")[0]
    if heard:
        if row["failures_in_row"]:
            tx.count("UPDATE partner_budget SET failures_in_row = 0 WHERE id = 1")
        if row["away_since"] is not None:
            tx.count("UPDATE partner_budget SET away_since = NULL, back_at = %s WHERE id = 1", tx.now)
            tx.append("partner_back", away_since=row["away_since"].isoformat())
        return
    tx.count("UPDATE partner_budget SET failures_in_row = failures_in_row + 1 WHERE id = 1")
    if row["away_since"] is None and row["failures_in_row"] + 1 >= AWAY_AFTER:
        tx.count("UPDATE partner_budget SET away_since = %s, away_probe_at = NULL WHERE id = 1", tx.now)
        tx.append("partner_away")


def _take(tx: Transaction, wanted: Sequence[Priority]) -> list[tuple[float | None, float]]:
    """Take a place for each now and return it, or return None and how many seconds to wait before asking again."""
    row = tx.sql(
        "SELECT granted_at, extract(epoch FROM clock_timestamp())::float8 AS now, "
        "extract(epoch FROM blocked_until)::float8 AS blocked FROM partner_budget WHERE id = 1 FOR UPDATE"
    )[0]
    now: float = row["now"]
    granted = sorted(at for at in row["granted_at"] if now - MINUTE_S < at <= now + UNDER_WAY_S)
    blocked: float = row["blocked"] or 0.0
    if blocked > now:
        return [(None, blocked - now)] * len(wanted)
    before, answers = len(granted), []
    for priority in wanted:
        answers.append(_take_one(granted, priority, now))
    if len(granted) > before:
        tx.count("UPDATE partner_budget SET granted_at = %s WHERE id = 1", granted)
    return answers


def _take_one(granted: list[float], priority: Priority, now: float) -> tuple[float | None, float]:
    """Add a place to those in order, or tell how long to wait."""
    spare_second, spare_minute = _RESERVED[priority]
    wait = max(
        _wait(granted, PER_SECOND - spare_second, SECOND_S, now),
        _wait(granted, PER_MINUTE - spare_minute, MINUTE_S, now),
    )
    if wait <= 0:
        place = now + UNDER_WAY_S
        if (
            granted and granted[-1] >= place
        ):  # of this very transaction, since the clock has gone on since any other
            place = granted[-1] + _APART_S
        granted.append(place)
        return place, 0.0
    return None, min(wait, LOOK_AGAIN_S) if granted[-1] > now else wait


def _wait(granted: list[float], limit: int, window_s: float, now: float) -> float:
    """Return how long until fewer than `limit` of the places (in order) lie within the window."""
    if len(granted) < limit:
        return 0.0
    return granted[-limit] + window_s - now

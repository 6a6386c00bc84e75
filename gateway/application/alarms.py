"""Alarms: what calls for a person, derived from the state of things and never from counters.

Every few seconds a process looks at what is there and says which conditions hold. A condition that has held for its
kind's `confirm_s` raises an alarm; while it holds the alarm's `seen_at` is kept fresh, by whichever process sees it;
an alarm that nobody has seen for `settle_s` is settled, by whichever process has watched without a break for that
long. So several processes may watch, one may see what another cannot, and a cause that comes and goes is one alarm.

Staff are told when an alarm is raised, when it gets worse, and again every `TELL_AGAIN_S` while it stands. One that
was acknowledged is told again only when it gets worse, or has settled and comes back; one that was snoozed, when it
gets worse or the moment has come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from gateway.application.alarm_causes import conditions_of
from gateway.application.alarm_records import AlarmRecord, Condition, Gauge, Identity, StateFacts
from gateway.application.ports import Clock
from shared.vocabulary import AlarmKind, AlarmLevel

TELL_AGAIN_S: Final = 3600
REFRESH_S: Final = 5
"""How old `seen_at` may get while the cause is there; well below every `settle_s`."""
CAME_BACK_S: Final = 20
"""Unseen for so long while somebody watched, its cause was away; before it settles, its return counts."""
BREAK_S: Final = 10
"""Who has not looked for longer than this does not know what happened meanwhile."""
CHANGE_EVERY_S: Final = 60
"""How often at most the facts of a standing alarm are written anew."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How long a condition must hold to raise an alarm, and be gone to settle it, in seconds.

    `settle_s` is well above `REFRESH_S`: another process that still sees the cause must have had its turn.
    """

    confirm_s: float = 0.0
    settle_s: float = 15.0


RULES: Final[Mapping[AlarmKind, Rule]] = {
    AlarmKind.STUCK_INSTALLS: Rule(settle_s=60),
    AlarmKind.TOKEN_REFUSED: Rule(),
    AlarmKind.WEBHOOKS_REFUSED: Rule(),
    AlarmKind.SWEEP_DRIFT: Rule(),
    AlarmKind.SWEEP_BRAKED: Rule(),
    AlarmKind.SWEEP_FAILING: Rule(),
    AlarmKind.CALLS_FAILED: Rule(confirm_s=10, settle_s=30),
    AlarmKind.WEBHOOKS_LAID_ASIDE: Rule(),
    AlarmKind.SPOOL_IN_USE: Rule(confirm_s=5, settle_s=30),
    AlarmKind.SPOOL_FULL: Rule(settle_s=60),
    AlarmKind.DISK_LOW: Rule(confirm_s=10, settle_s=120),
    AlarmKind.DESCRIPTORS_LOW: Rule(confirm_s=10, settle_s=120),
    AlarmKind.DATABASE_BUSY: Rule(confirm_s=10, settle_s=120),
}


@dataclass(frozen=True, slots=True)
class Renewal:
    """What is written of an open alarm whose cause is still there."""

    alarm_id: int
    condition: Condition
    level: AlarmLevel
    count: int
    is_changed: bool
    is_worse: bool
    is_told: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look comes to: conditions to raise, alarms to renew and to settle."""

    raised: Sequence[Condition] = ()
    renewed: Sequence[Renewal] = ()
    settled: Sequence[AlarmRecord] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be written."""
        return not (self.raised or self.renewed or self.settled)


def judge(
    open_alarms: Iterable[AlarmRecord], conditions: Iterable[Condition], now: datetime, *, watched_s: float
) -> Verdict:
    """Return what the confirmed conditions make of the open alarms.

    `watched_s` is for how long this process has looked without a break. Who has just come, or come back, cannot know
    what the others still see, and settles nothing.
    """
    known = {alarm.identity: alarm for alarm in open_alarms}
    seen = {condition.identity: condition for condition in conditions}
    renewed = [
        renewal
        for identity, condition in seen.items()
        if identity in known and (renewal := _renewal(known[identity], condition, now, watched_s)) is not None
    ]
    return Verdict(
        raised=[condition for identity, condition in seen.items() if identity not in known],
        renewed=renewed,
        settled=[
            alarm
            for identity, alarm in known.items()
            if identity not in seen and _is_over(alarm, now, watched_s)
        ],
    )


def _is_over(alarm: AlarmRecord, now: datetime, watched_s: float) -> bool:
    settle_s = RULES[alarm.kind].settle_s
    return watched_s >= settle_s and now - alarm.seen_at >= timedelta(seconds=settle_s)


def _renewal(alarm: AlarmRecord, condition: Condition, now: datetime, watched_s: float) -> Renewal | None:
    """Return what is to be written, None when nothing is new and `seen_at` is fresh. A level only gets worse."""
    unseen_s = (now - alarm.seen_at).total_seconds()
    is_worse = alarm.level is AlarmLevel.WARN and condition.level is AlarmLevel.BAD
    came_back = min(unseen_s, watched_s) >= CAME_BACK_S
    is_newer = condition.occurrence != alarm.occurrence
    is_other = is_newer or dict(condition.facts) != dict(alarm.facts)
    may_change = now - alarm.changed_at >= timedelta(seconds=CHANGE_EVERY_S)
    is_changed = is_worse or came_back or (is_other and may_change)
    is_due = alarm.acknowledged_at is None and _may_be_told_again(alarm, now)
    if not (is_changed or is_due or unseen_s >= REFRESH_S):
        return None
    return Renewal(
        alarm.alarm_id, condition, AlarmLevel.BAD if is_worse else alarm.level,
        alarm.count + (is_changed and (came_back or is_newer)), is_changed, is_worse, is_told=is_worse or is_due,
    )  # fmt: skip


def _may_be_told_again(alarm: AlarmRecord, now: datetime) -> bool:
    """Whether it is an hour since an alarm was told; of one that was snoozed, whether that is just over."""
    until = alarm.snoozed_until
    if until is not None and alarm.told_at < until:
        return now >= until
    return now - alarm.told_at >= timedelta(seconds=TELL_AGAIN_S)


class AlarmStore(Protocol):
    """The alarms and what they are derived from; see `gateway.storage.alarm_store` for the promises."""

    async def facts(self) -> StateFacts:
        """Return what the database says now."""

    async def apply(
        self, judge: Callable[[Sequence[AlarmRecord]], Verdict]
    ) -> tuple[Verdict, Sequence[AlarmRecord]]:
        """Carry out what a judge makes of the open alarms."""


class AlarmWatch:
    """Looks, waits until a condition is confirmed, and has the alarms brought in line with what was seen."""

    def __init__(
        self,
        store: AlarmStore,
        gauges: Mapping[str, Gauge],
        fingerprint: str,
        clock: Clock,
        on_gauge_failed: Callable[[str], None],
    ) -> None:
        self._store = store
        self._gauges = gauges
        self._fingerprint = fingerprint
        self._clock = clock
        self._on_gauge_failed = on_gauge_failed
        self._held_since: dict[Identity, float] = {}
        self._watching_since = self._looked_at = float("-inf")

    async def look(self) -> tuple[Verdict, Sequence[AlarmRecord]]:
        """Look once; returns what came of it and the alarms that are open now.

        Raises DatabaseUnavailableError; what the gauges say is remembered all the same.
        """
        moment = self._clock.monotonic()
        gauged = [condition for name, gauge in self._gauges.items() for condition in self._asked(name, gauge)]
        self._remember(gauged, moment, is_all=False)
        facts = await self._store.facts()
        conditions = [*gauged, *conditions_of(facts, self._fingerprint, self._clock.now())]
        self._remember(conditions, moment, is_all=True)
        if moment - self._looked_at > BREAK_S:
            self._watching_since = moment
        self._looked_at = moment
        confirmed = [each for each in conditions if self._is_confirmed(each, moment)]
        watched_s = moment - self._watching_since
        now = self._clock.now()
        return await self._store.apply(
            lambda known: self._judged(known, conditions, confirmed, now, watched_s)
        )

    def _judged(
        self,
        known: Sequence[AlarmRecord],
        conditions: Sequence[Condition],
        confirmed: Sequence[Condition],
        now: datetime,
        watched_s: float,
    ) -> Verdict:
        """What already has its alarm needs no confirming: it is the same cause, come back before it was settled."""
        standing = {alarm.identity for alarm in known}
        again = [each for each in conditions if each.identity in standing]
        new = [each for each in confirmed if each.identity not in standing]
        return judge(known, [*again, *new], now, watched_s=watched_s)

    def _asked(self, name: str, gauge: Gauge) -> Sequence[Condition]:
        try:
            return list(gauge())
        except Exception:  # one gauge that fails must not hide what the others see
            self._on_gauge_failed(name)
            return []

    def _remember(self, conditions: Iterable[Condition], moment: float, *, is_all: bool) -> None:
        held = {each.identity: self._held_since.get(each.identity, moment) for each in conditions}
        self._held_since = held if is_all else self._held_since | held

    def _is_confirmed(self, condition: Condition, moment: float) -> bool:
        return moment - self._held_since[condition.identity] >= RULES[condition.kind].confirm_s

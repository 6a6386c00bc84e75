"""Alarms: what calls for a person, derived from the state of things and never from counters.

Every few seconds a process looks at what is there and says which conditions hold. A condition that has held for its
kind's `confirm_s` raises an alarm; while it holds the alarm's `seen_at` is kept fresh, by whichever process sees it;
an alarm that nobody has seen for `settle_s` is settled, by whichever process has watched without a break for that
long. So several processes may watch, one may see what another cannot, and a cause that comes and goes is one alarm.

Staff are told when an alarm is raised, when it gets worse, and again every `TELL_AGAIN_S` while it stands. One that
was acknowledged is told again only when it gets worse, or has settled and comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeAlias

from gateway.application.ports import Clock
from gateway.application.records import TokenRefusal
from shared.vocabulary import AlarmKind, AlarmLevel, Stage

TELL_AGAIN_S: Final = 3600
REFRESH_S: Final = 5
"""How old `seen_at` may get while the cause is there; well below every `settle_s`."""
CAME_BACK_S: Final = 20
"""Unseen for so long while somebody watched, its cause was away; before it settles, its return counts."""
BREAK_S: Final = 10
"""Who has not looked for longer than this does not know what happened meanwhile."""
CHANGE_EVERY_S: Final = 60
"""How often at most the facts of a standing alarm are written anew."""

Facts: TypeAlias = Mapping[str, str | int]
Identity: TypeAlias = tuple[AlarmKind, str]


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that calls for a person and holds now. Kind and subject are its identity.

    `facts` fill the sentences staff read: nothing secret or personal. `occurrence` names the newest time the cause
    came, where it is one that comes again and again; a new one counts.
    """

    kind: AlarmKind
    level: AlarmLevel
    subject: str = ""
    facts: Facts = field(default_factory=dict)
    occurrence: str = ""

    @property
    def identity(self) -> Identity:
        """What makes two conditions the same one."""
        return self.kind, self.subject


class Gauge(Protocol):
    """What a machine or a part of this process can say of itself, beside what the database knows.

    It is asked every few seconds on the event loop, also while the database is away: it must answer at once, and
    returns every condition that holds now (`subject` is the machine's name, so that machines have alarms of their
    own). What it no longer returns settles by itself. Pass it in at `gateway.bootstrap`; nothing else is needed.
    """

    def __call__(self) -> Iterable[Condition]:
        """Return what holds now."""


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """One alarm as stored."""

    alarm_id: int
    kind: AlarmKind
    subject: str
    level: AlarmLevel
    facts: Facts
    occurrence: str
    raised_at: datetime
    seen_at: datetime
    changed_at: datetime
    told_at: datetime
    count: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    settled_at: datetime | None

    @property
    def identity(self) -> Identity:
        """What makes two alarms the same one."""
        return self.kind, self.subject


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

# ------------------------------------------------------------------------------------ what the database tells

STUCK_AFTER_S: Final[Mapping[Stage, int]] = {
    Stage.LINKING: 3600, Stage.ACTIVATING: 900, Stage.ATTENTION: 1800,
}  # fmt: skip
STUCK_LATELY_S: Final = 7 * 86_400
"""An install stuck for longer than a week is known: it stays first on the board, but is no alarm any more."""
STUCK_IS_BAD: Final = 10
REFUSED_WITHIN_S: Final = 600
DRIFT_WITHIN_S: Final = 1800
DRIFT_IS_BAD: Final = 10
LAID_ASIDE_WITHIN_S: Final = 86_400
FAILED_IS_BAD: Final = 10
SWEEP_FAILS_FOR_S: Final = 600
COUNT_AT_MOST: Final = 10_000
"""Counting stops here: more is not worse, and looking must stay cheap."""


@dataclass(frozen=True, slots=True)
class RefusedWebhooks:
    """Webhooks refused lately for one reason, at most one counted a minute."""

    code: str
    last_at: datetime


@dataclass(frozen=True, slots=True)
class StateFacts:
    """What the database says about what may call for a person."""

    stuck: Mapping[Stage, int] = field(default_factory=dict)
    stuck_since: datetime | None = None
    refusal: TokenRefusal | None = None
    refused_webhooks: Sequence[RefusedWebhooks] = ()
    drifted: int = 0
    drift_at: datetime | None = None
    braked_at: datetime | None = None
    braked_missing: int = 0
    braked_held: int = 0
    sweep_failing_since: datetime | None = None
    sweep_failed_code: str | None = None
    failed_calls: int = 0
    failed_since: datetime | None = None
    laid_aside: int = 0
    laid_aside_at: datetime | None = None


def conditions_of(facts: StateFacts, fingerprint: str, now: datetime) -> list[Condition]:
    """Return what holds, each cause once: what only follows from another one is left to that one.

    `fingerprint` is of the token this process uses: the refusal of another token is history.
    """
    found: list[Condition] = []
    is_refused = facts.refusal is not None and facts.refusal.fingerprint == fingerprint
    if facts.refusal is not None and is_refused:
        found.append(_of_refusal(facts.refusal))
    found += [_of_refused_webhooks(each) for each in facts.refused_webhooks]
    found += _of_stuck(facts, is_token_refused=is_refused)
    found += _of_sweeps(facts, now, is_token_refused=is_refused)
    if facts.failed_calls and facts.failed_since is not None:
        known: Facts = {"count": facts.failed_calls, "since": _text(facts.failed_since)}
        found.append(
            Condition(AlarmKind.CALLS_FAILED, _level(facts.failed_calls, FAILED_IS_BAD), facts=known)
        )
    if facts.laid_aside and facts.laid_aside_at is not None:
        last = _text(facts.laid_aside_at)
        known = {"count": facts.laid_aside, "last_at": last}
        found.append(Condition(AlarmKind.WEBHOOKS_LAID_ASIDE, AlarmLevel.BAD, facts=known, occurrence=last))
    return found


def _of_refusal(refusal: TokenRefusal) -> Condition:
    known: Facts = {"code": refusal.code, "fingerprint": refusal.fingerprint, "since": _text(refusal.at)}
    return Condition(AlarmKind.TOKEN_REFUSED, AlarmLevel.BAD, facts=known)


def _of_refused_webhooks(refused: RefusedWebhooks) -> Condition:
    last = _text(refused.last_at)
    known: Facts = {"code": refused.code, "last_at": last}
    return Condition(AlarmKind.WEBHOOKS_REFUSED, AlarmLevel.WARN, refused.code, known, occurrence=last)


def _of_stuck(facts: StateFacts, *, is_token_refused: bool) -> list[Condition]:
    """While the token is refused every activation waits for it: that is one alarm, not two."""
    stuck = {
        stage: count
        for stage, count in facts.stuck.items()
        if count and not (is_token_refused and stage is Stage.ACTIVATING)
    }
    total = sum(stuck.values())
    if not total or facts.stuck_since is None:
        return []
    known: dict[str, str | int] = {"count": total, "since": _text(facts.stuck_since)}
    known |= {stage.value: count for stage, count in stuck.items()}
    return [Condition(AlarmKind.STUCK_INSTALLS, _level(total, STUCK_IS_BAD), facts=known)]


def _of_sweeps(facts: StateFacts, now: datetime, *, is_token_refused: bool) -> list[Condition]:
    found: list[Condition] = []
    if facts.drifted and facts.drift_at is not None:
        last = _text(facts.drift_at)
        known: Facts = {"count": facts.drifted, "last_at": last}
        level = _level(facts.drifted, DRIFT_IS_BAD)
        found.append(Condition(AlarmKind.SWEEP_DRIFT, level, facts=known, occurrence=last))
    if facts.braked_at is not None:
        last = _text(facts.braked_at)
        known = {"missing": facts.braked_missing, "held": facts.braked_held, "last_at": last}
        found.append(Condition(AlarmKind.SWEEP_BRAKED, AlarmLevel.BAD, facts=known, occurrence=last))
    since = facts.sweep_failing_since
    if since is not None and not is_token_refused and now - since >= timedelta(seconds=SWEEP_FAILS_FOR_S):
        known = {"code": facts.sweep_failed_code or "unknown", "since": _text(since)}
        found.append(Condition(AlarmKind.SWEEP_FAILING, AlarmLevel.WARN, facts=known))
    return found


def _level(count: int, is_bad: int) -> AlarmLevel:
    return AlarmLevel.BAD if count >= is_bad else AlarmLevel.WARN


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


# ------------------------------------------------------------------------------------------- what comes of it


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
    is_due = alarm.acknowledged_at is None and now - alarm.told_at >= timedelta(seconds=TELL_AGAIN_S)
    if not (is_changed or is_due or unseen_s >= REFRESH_S):
        return None
    return Renewal(
        alarm.alarm_id, condition, AlarmLevel.BAD if is_worse else alarm.level,
        alarm.count + (is_changed and (came_back or is_newer)), is_changed, is_worse, is_told=is_worse or is_due,
    )  # fmt: skip


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

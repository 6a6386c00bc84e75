"""What of the database's state calls for a person: the bounds, and one condition for each cause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from gateway.application.alarm_records import Condition, Facts, RefusedWebhooks, StateFacts
from gateway.application.records import TokenRefusal
from shared.vocabulary import AlarmKind, AlarmLevel, Stage

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

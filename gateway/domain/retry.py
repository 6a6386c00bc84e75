"""When to try again: fixed steps that only grow, spread by chance so that a thousand do not come at once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime

HOUR_S = 3600.0
CALL_STEPS_S = (5.0, 30.0, 120.0, 600.0, 1800.0, HOUR_S)
"""Waits after the first, second, … failed partner call; the last one repeats."""

WEBHOOK_STEPS_S = (1.0, 5.0, 30.0, 120.0, 600.0, 1800.0, HOUR_S)
"""Waits after the first, second, … failed processing of a webhook; the last one repeats."""

GIVE_UP_AFTER_S = 72 * HOUR_S
"""Age at which work still failing is handed to a person."""

JITTER = 0.2
MAX_RETRY_AFTER_S = HOUR_S


def next_delay_s(attempt: int, rng: random.Random, retry_after_s: float | None = None) -> float:
    """Seconds to wait after the given failed attempt (1 is the first) of a partner call.

    The partner's Retry-After is obeyed when it asks for more, up to an hour.
    """
    delay = _spread(CALL_STEPS_S, attempt, rng)
    if retry_after_s is None:
        return delay
    return max(delay, min(retry_after_s, MAX_RETRY_AFTER_S))


def next_webhook_delay_s(attempt: int, rng: random.Random) -> float:
    """Seconds to wait after the given failed attempt (1 is the first) to process a webhook."""
    return _spread(WEBHOOK_STEPS_S, attempt, rng)


def gives_up(age_s: float) -> bool:
    """Whether work first tried that long ago is now a person's."""
    return age_s >= GIVE_UP_AFTER_S


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Read a Retry-After header, in seconds or as a date; None when there is none or it makes no sense."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), MAX_RETRY_AFTER_S)
    moment = http_date(text)
    if moment is None:
        return None
    return min(max(0.0, (moment - now).total_seconds()), MAX_RETRY_AFTER_S)


def http_date(text: str | None) -> datetime | None:
    """Read an HTTP date as an aware moment, or None."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None


def _spread(steps: Sequence[float], attempt: int, rng: random.Random) -> float:
    step = steps[min(max(attempt, 1), len(steps)) - 1]
    return step * rng.uniform(1 - JITTER, 1 + JITTER)

"""Counts what a partner did, so that a test or a trainee can see whether the partner behaved."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gateway.sandbox.limits import RateGauge

COMPLAINTS_KEPT = 200


@dataclass(slots=True)
class InstallCount:
    """One salon's one install as the platform saw it."""

    api_keys: list[str] = field(default_factory=list, repr=False)
    callback_calls: int = 0
    activations: int = 0
    refused_repeats: int = 0

    def see_key(self, api_key: str | None) -> None:
        """Remember a key that was sent, once."""
        if api_key is not None and api_key not in self.api_keys:
            self.api_keys.append(api_key)

    def wire(self, install: int) -> dict[str, Any]:
        """Return the counts without the keys."""
        return {
            "install": install,
            "api_keys": len(self.api_keys),
            "callback_calls": self.callback_calls,
            "activations": self.activations,
            "refused_repeats": self.refused_repeats,
        }


class Referee:
    """Everything counted since the last reset."""

    def __init__(self) -> None:
        self.rates = RateGauge()
        self.calls: Counter[str] = Counter()
        self.answers: Counter[int] = Counter()
        self.faults: Counter[str] = Counter()
        self.limited = 0
        self.complaints: deque[dict[str, str]] = deque(maxlen=COMPLAINTS_KEPT)
        self.complaint_count = 0
        self._installs: dict[int, dict[int, InstallCount]] = {}

    def install(self, salon_id: int, install: int) -> InstallCount:
        """Return the counts of one install of one salon, made on first use."""
        return self._installs.setdefault(salon_id, {}).setdefault(install, InstallCount())

    def api_keys(self, salon_id: int) -> list[str]:
        """Return the distinct keys seen for a salon over all its installs, in order of arrival."""
        keys = (key for count in self._installs.get(salon_id, {}).values() for key in count.api_keys)
        return list(dict.fromkeys(keys))

    def complain(self, operation: str, text: str) -> None:
        """Note something a careful partner would not have sent."""
        self.complaint_count += 1
        self.complaints.append({"operation": operation, "text": text})

    def report(self, salon_ids: Iterable[int]) -> dict[str, Any]:
        """Return all counts as plain data; no key or token is in it."""
        return {
            "salons": {str(each): self._salon(each) for each in salon_ids},
            "calls": dict(sorted(self.calls.items())),
            "calls_total": self.calls.total(),
            "answers": {str(status): count for status, count in sorted(self.answers.items())},
            "faults": dict(sorted(self.faults.items())),
            "limited": self.limited,
            "max_per_second": self.rates.max_per_second,
            "max_per_minute": self.rates.max_per_minute,
            "complaints_total": self.complaint_count,
            "complaints": list(self.complaints),
        }

    def _salon(self, salon_id: int) -> dict[str, Any]:
        counts = self._installs.get(salon_id, {})
        return {
            "installs": sum(1 for count in counts.values() if count.activations),
            "activations": sum(count.activations for count in counts.values()),
            "api_keys": len(self.api_keys(salon_id)),
            "by_install": [count.wire(install) for install, count in sorted(counts.items())],
        }

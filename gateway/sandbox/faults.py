"""The faults that can be switched on for the partner API: one table for page, control API and tests."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, Literal

from gateway.sandbox.operations import OPERATION_NAMES

ANY = "*"
MAX_SECONDS = 3600.0
MAX_MEGABYTES = 512
MAX_COUNT = 10_000
MAX_FAULTS = 200

Group = Literal["refusal", "trouble", "odd", "network", "shape"]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One way an answer can go wrong. `effect` says whether the call is carried out all the same."""

    name: str
    group: Group
    effect: bool
    ru: str
    en: str
    uses: tuple[str, ...] = ()
    """Parameters the kind takes: `seconds`, `megabytes`."""


KINDS: tuple[FaultKind, ...] = (
    FaultKind("401", "refusal", False, "401 · токен не принят", "401 · token refused"),
    FaultKind("403_foreign", "refusal", False, "403 · чужое приложение", "403 · foreign application"),
    FaultKind("403_installed", "refusal", False, "403 · «уже установил»", "403 · already installed"),
    FaultKind(
        "400_aggregator", "refusal", False, "400 · «Агрегатор не найден»", "400 · aggregator not found"
    ),
    FaultKind("404", "refusal", False, "404 · не найдено", "404 · not found"),
    FaultKind("422", "refusal", False, "422 · ошибка в данных", "422 · validation error"),
    FaultKind("429", "trouble", False, "429 · слишком часто", "429 · too many requests"),
    FaultKind(
        "429_retry_after",
        "trouble",
        False,
        "429 · с заголовком Retry-After",
        "429 · with Retry-After",
        ("seconds",),
    ),
    FaultKind("500", "trouble", False, "500 · внутренняя ошибка", "500 · internal error"),
    FaultKind("502", "trouble", False, "502 · шлюз не ответил (HTML)", "502 · bad gateway (HTML)"),
    FaultKind("503", "trouble", False, "503 · сервис недоступен (HTML)", "503 · unavailable (HTML)"),
    FaultKind(
        "hang",
        "network",
        False,
        "Молчит, потом рвёт соединение",
        "Silent, then drops the connection",
        ("seconds",),
    ),
    FaultKind(
        "stall",
        "network",
        True,
        "Исполняет, но отвечает с задержкой",
        "Does it, but answers late",
        ("seconds",),
    ),
    FaultKind(
        "reset_before",
        "network",
        False,
        "Рвёт соединение, не исполнив",
        "Drops the connection, nothing done",
    ),
    FaultKind(
        "reset_after",
        "network",
        True,
        "Исполняет и рвёт соединение без ответа",
        "Does it, then drops the connection unanswered",
    ),
    FaultKind(
        "short_body",
        "network",
        True,
        "Обрывает тело ответа на середине",
        "Breaks off half-way through the body",
    ),
    FaultKind(
        "huge_body",
        "network",
        True,
        "Отвечает огромным телом",
        "Answers with an enormous body",
        ("megabytes",),
    ),
    FaultKind(
        "200_html", "odd", True, "200 · страница HTML вместо JSON", "200 · an HTML page instead of JSON"
    ),
    FaultKind("200_json", "odd", True, "200 · JSON", "200 · JSON"),
    FaultKind("201_empty", "odd", True, "201 · пустое тело", "201 · empty body"),
    FaultKind("204", "odd", True, "204 · без тела", "204 · no content"),
    FaultKind("301_location", "odd", True, "301 · с Location", "301 · with Location"),
    FaultKind("301_bare", "odd", True, "301 · без Location", "301 · without Location"),
    FaultKind("302", "odd", True, "302 · с Location", "302 · with Location"),
    FaultKind("cut_json", "odd", True, "Обрезанный JSON", "Cut JSON"),
    FaultKind("meta_object", "shape", True, "meta: {}", "meta: {}"),
    FaultKind("meta_list", "shape", True, "meta: []", "meta: []"),
    FaultKind("meta_absent", "shape", True, "Без meta", "No meta"),
    FaultKind("string_ids", "shape", True, "Идентификаторы строками", "Ids as strings"),
)

KIND_BY_NAME = {kind.name: kind for kind in KINDS}


class FaultError(ValueError):
    """A fault that cannot be set; the text says which field is wrong."""


@dataclass(slots=True)
class Fault:
    """One fault that is switched on. `remaining` None means until it is cleared."""

    kind: FaultKind
    operation: str = ANY
    salon_id: int | None = None
    remaining: int | None = None
    effect: bool = False
    seconds: float = 30.0
    megabytes: int = 64
    id: int = 0
    taken: int = field(default=0)

    def matches(self, operation: str, salon_id: int | None) -> bool:
        """Tell whether a call of `operation` for `salon_id` meets this fault."""
        return self.operation in (ANY, operation) and self.salon_id in (None, salon_id)

    def wire(self) -> dict[str, Any]:
        """Return the fault as plain data."""
        return {
            "id": self.id,
            "kind": self.kind.name,
            "operation": self.operation,
            "salon_id": self.salon_id,
            "remaining": self.remaining,
            "effect": self.effect,
            "seconds": self.seconds,
            "megabytes": self.megabytes,
            "taken": self.taken,
        }


class FaultBoard:
    """The faults that are on, oldest first; a call meets the first that matches it."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def put(
        self,
        kind: str,
        *,
        operation: str = ANY,
        salon_id: int | None = None,
        count: int | None = None,
        effect: bool | None = None,
        seconds: float = 30.0,
        megabytes: int = 64,
    ) -> Fault:
        """Switch a fault on for `count` calls, or until cleared.

        `effect` overrides whether the call is carried out all the same; `seconds` serves `hang`, `stall` and
        `429_retry_after`; `megabytes` serves `huge_body`. Raises FaultError on anything unknown or
        out of range.
        """
        known = self._check(kind, operation, count, seconds, megabytes)
        fault = Fault(
            known,
            operation,
            salon_id,
            count,
            known.effect if effect is None else effect,
            seconds,
            megabytes,
            next(self._ids),
        )
        self._faults.append(fault)
        return fault

    def _check(
        self, kind: str, operation: str, count: int | None, seconds: float, megabytes: int
    ) -> FaultKind:
        if kind not in KIND_BY_NAME:
            raise FaultError("kind")
        if operation != ANY and operation not in OPERATION_NAMES:
            raise FaultError("operation")
        if count is not None and not 1 <= count <= MAX_COUNT:
            raise FaultError("count")
        if not 0 <= seconds <= MAX_SECONDS:
            raise FaultError("seconds")
        if not 1 <= megabytes <= MAX_MEGABYTES:
            raise FaultError("megabytes")
        if len(self._faults) >= MAX_FAULTS:
            raise FaultError("too_many")
        return KIND_BY_NAME[kind]

    def take(self, operation: str, salon_id: int | None) -> Fault | None:
        """Return the fault this call meets and use it up by one."""
        for fault in self._faults:
            if fault.matches(operation, salon_id):
                fault.taken += 1
                if fault.remaining is not None:
                    fault.remaining -= 1
                    if fault.remaining == 0:
                        self._faults.remove(fault)
                return fault
        return None

    def clear(self, fault_id: int | None = None) -> int:
        """Switch off one fault, or all; return how many went."""
        before = len(self._faults)
        self._faults = [each for each in self._faults if fault_id is not None and each.id != fault_id]
        return before - len(self._faults)

    def wire(self) -> list[dict[str, Any]]:
        """Return the faults that are on as plain data."""
        return [fault.wire() for fault in self._faults]

"""Inputs for every admin operation: one that is right in form and about nobody, and many that are wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shared.protocol import Operation

NOBODY = 999_999_999
RIGHT: dict[str, Any] = {
    "salon_id": NOBODY, "staff_id": NOBODY, "call_id": NOBODY, "bulk_id": NOBODY, "alarm_id": NOBODY, "generation": 1,
    "reason": "because", "phone": "+79991234567", "ids": [NOBODY], "salon_ids": [NOBODY], "probe": False,
    "message_ref": "a-message-of-ours", "webhook_id": NOBODY, "webhook_ids": [NOBODY], "after_id": NOBODY,
    "process": "nobody:1:00000000",
    "plan_id": NOBODY, "kind": "not_listed", "fix": "read_anew",
    "is_on": False, "payment_id": NOBODY, "amount": "990.00", "paid_on": "2026-03-14",
    "period_from": "2026-03-14", "period_to": "2026-04-13", "discount": "10",
    "error": "ValueError", "frames": [], "console": "1", "python": "3", "qt": "6", "system": "Linux",
    "name": "somebody new", "role": "viewer",
    "until": "2026-03-14T11:05:00Z", "since": "2026-03-01T00:00:00Z", "zone": "Europe/Moscow",
}  # fmt: skip
_WRONG_OF_KIND: dict[str, list[Any]] = {
    "integer": [-1, 0, 1.5, True, 10**30, "1e3", "", {}, [[]], [1]],
    "boolean": [2, "yes", {}, []],
    "array": [{}, "text", 7, [{}], [[1]], [None], ["x" * 300], [1.5], ["\x00"]],
    "string": [5, True, {}, [], "x" * 5_000, "a\x00b"],
}


def right_input(operation: Operation[Any, Any]) -> dict[str, Any]:
    """Return an input that is right in form; whom it names does not exist."""
    names = operation.input.model_fields
    return {name: value for name, value in RIGHT.items() if name in names}


def wrong_inputs(
    operation: Operation[Any, Any], known: set[str] | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield inputs that no operation may take, each with what is wrong with it.

    `known` gathers the fields that were tried with every wrong value, by name and schema: one that several operations
    have is tried with all of them at the first, and with one at the others.
    """
    right = right_input(operation)
    schema = operation.input.model_json_schema()
    yield "a field nobody knows", right | {"unknown": "1"}
    yield "another's field", right | {"__class__": "x", "is_admin": True}
    for name in schema.get("required", ()):
        yield f"no {name}", {key: value for key, value in right.items() if key != name}
    for name, kind in kinds_of(operation).items():
        values, field = _WRONG_OF_KIND[kind], f"{name} {schema['properties'][name]}"
        if known is not None and field in known:
            values = values[:1]
        elif known is not None:
            known.add(field)
        for value in values:
            yield f"{name} is {str(value)[:20]!r}", right | {name: value}
        yield f"{name} is deep", right | {name: _deep(40)}


def kinds_of(operation: Operation[Any, Any]) -> dict[str, str]:
    """Return the JSON kind of each field of an operation's input."""
    schema = operation.input.model_json_schema()
    return {name: _kind(told, schema) for name, told in schema.get("properties", {}).items()}


def _kind(told: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    for choice in told.get("anyOf", ()):
        if choice.get("type") != "null":
            return _kind(choice, schema)
    if "$ref" in told:
        return _kind(schema["$defs"][told["$ref"].rpartition("/")[2]], schema)
    return str(told["type"])


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value

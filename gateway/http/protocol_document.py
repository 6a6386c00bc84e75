"""The admin protocol as a document for people, made from the very table and records that are served."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from gateway.http.problems import STATUS_OF_CODE
from resources.texts import text
from shared import protocol
from shared.protocol import OPERATIONS, PUSHED, CallMeta, Operation
from shared.vocabulary import ROLE_PERMISSIONS, Permission

_HEADING = """\
# The admin protocol

<!-- Made by `python -m gateway protocol --write`; a test compares. Change the code, not this page. -->
"""
_BOUNDS = {
    "minimum": "≥ {}", "exclusiveMinimum": "> {}", "maximum": "≤ {}", "exclusiveMaximum": "< {}",
    "minLength": "≥ {} characters", "maxLength": "≤ {} characters", "maxItems": "≤ {} items", "pattern": "`{}`",
}  # fmt: skip


def protocol_markdown() -> str:
    """Return the document."""
    about = inspect.cleandoc(protocol.__doc__ or "").partition("\n\n")[2]
    version = (
        f"Version {protocol.PROTOCOL_VERSION}; the oldest one still served is {protocol.OLDEST_PROTOCOL}."
    )
    parts = [_HEADING, version, about, *_operations(), *_permissions(), *_pushed(), *_records(), *_codes()]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _operations() -> Iterator[str]:
    yield "## Operations"
    yield (
        "A command changes something, needs an idempotency key and is audited; ⚠ marks what no other operation can\n"
        "undo. Input and output are records, described below."
    )
    rows = [["operation", "permission", "input", "output", f"below `{protocol.HTTP_ROOT}`", "what it does"]]
    rows += [_operation_row(operation) for operation in OPERATIONS]
    yield _table(rows)


def _operation_row(operation: Operation[Any, Any]) -> list[str]:
    kind = " **command**" if operation.is_command else " audited" if operation.is_audited else ""
    route = "only on the socket" if operation.is_for_sockets else f"`{operation.method} {operation.path}`"
    return [
        f"`{operation.name}`{kind}{' ⚠' if operation.is_destructive else ''}", f"`{operation.permission}`",
        _linked(operation.input), _linked(operation.output), route, operation.summary,
    ]  # fmt: skip


def _permissions() -> Iterator[str]:
    yield "## Roles"
    rows = [["permission", *ROLE_PERMISSIONS]]
    rows += [
        [f"`{permission}`", *("yes" if permission in held else "" for held in ROLE_PERMISSIONS.values())]
        for permission in Permission
    ]
    yield _table(rows)


def _pushed() -> Iterator[str]:
    yield "## Events the gateway sends by itself"
    yield _table([["event", "record"], *([f"`{name}`", _linked(record)] for name, record in PUSHED.items())])


def _records() -> Iterator[str]:
    """Describe every record that is given, answered or sent, and what those are made of."""
    yield "## Records"
    schemas: dict[str, Mapping[str, Any]] = {}
    for model in _models():
        schema = model.model_json_schema(ref_template="{model}", mode="serialization")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    for name in sorted(schemas):
        yield from _record(name, schemas[name])


def _record(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {name}"
    yield " ".join(str(schema.get("description", "")).split())
    if "enum" in schema:
        yield "One of " + ", ".join(f"`{value}`" for value in schema["enum"]) + "."
        return
    required = set(schema.get("required", ()))
    rows = [["field", "kind", ""]]
    for field, told in schema.get("properties", {}).items():
        default = "" if field in required else f"default `{json.dumps(told.get('default'))}`"
        notes = [str(told.get("description", "")), default]
        rows.append([f"`{field}`", _kind(told), "; ".join(note for note in notes if note)])
    if len(rows) > 1:
        yield _table(rows)


def _models() -> Iterator[type[BaseModel]]:
    yield CallMeta
    for operation in OPERATIONS:
        yield operation.input
        yield operation.output
    yield from PUSHED.values()


def _kind(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(choice) for choice in schema["anyOf"])
    if "$ref" in schema:
        return _link(str(schema["$ref"]))
    if schema.get("type") == "array":
        kind = f"list of {_kind(schema['items'])}"
    elif schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        kind = f"object of {_kind(schema['additionalProperties'])}"
    else:
        kind = str(schema.get("format") or schema.get("type") or "anything")
    if "enum" in schema:
        kind = " or ".join(f"`{value}`" for value in schema["enum"])
    bounds = [said.format(schema[name]) for name, said in _BOUNDS.items() if name in schema]
    return ", ".join([kind, *bounds])


def _codes() -> Iterator[str]:
    yield "## Codes"
    yield "Whatever is refused, at whichever door, is refused with one of these; the status is that of the HTTP answer."
    rows, codes = [["code", "status", "meaning"]], sorted(STATUS_OF_CODE.items())
    rows += [[f"`{code}`", str(status), text("en", f"errors.{code}.text")] for code, status in codes]
    yield _table(rows)


def _linked(record: type[BaseModel]) -> str:
    return _link(record.__name__)


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def _table(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])

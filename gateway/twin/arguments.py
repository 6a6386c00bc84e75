"""A command line for each operation, made from the table: whoever adds an operation has its command by that."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TextIO

from pydantic import ValidationError

from shared.admin_wire import AdminInput
from shared.protocol import OPERATIONS, Operation

URL_VARIABLE: Final = "AI_ADMIN_URL"
TOKEN_VARIABLE: Final = "AI_ADMIN_TOKEN"
PATH_NAME: Final = re.compile(r"\{(\w+)\}")
CURSORS: Final = ("after", "before")
"""What a list calls the field that takes its `next`."""

_FIELD = "field:"
_WHOLE = re.compile(r"-?[0-9]+")
_ABOUT = """\
Whatever the console does, from a command line and with JSON on standard output, by the same operations and the same
audit. It needs the gateway's address (--url or AI_ADMIN_URL) and a staff token (AI_ADMIN_TOKEN or --token-file).
Exit codes: 0 done; 1 refused (the error as JSON on standard output); 2 wrong usage; 3 the gateway was not reached.
"""


class UsageError(Exception):
    """The command line cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an operation's input: how it is spelled on the command line and read from it."""

    name: str
    flags: tuple[str, ...]
    kind: str
    is_list: bool
    is_required: bool
    choices: tuple[str, ...]
    about: str

    def value(self, text: str) -> object:
        """Return what was typed in the field's kind; what does not fit stays text and is refused by the record."""
        if self.kind == "integer" and _WHOLE.fullmatch(text):
            return int(text)
        if self.kind in ("integer", "string"):
            return text
        try:
            return json.loads(text)
        except ValueError:
            return text


def fields_of(operation: Operation[Any, Any]) -> Iterator[Field]:
    """Return the fields of an operation's input, as its schema tells them."""
    schema = operation.input.model_json_schema()
    known, required = schema.get("$defs", {}), set(schema.get("required", ()))
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    for name, told in properties.items():
        kind, is_list, choices = _kind_of(told, known)
        flags = _flags(name, is_list=is_list, names=properties.keys())
        yield Field(name, flags, kind, is_list, name in required, choices, str(told.get("description", "")))


def _flags(name: str, *, is_list: bool, names: Collection[str]) -> tuple[str, ...]:
    """Return the spellings of a field's flag; a list of several can be called by the name of one, too."""
    long = "--" + name.replace("_", "-")
    has_short = is_list and name.endswith("s") and name[:-1] not in names
    return (long, long[:-1]) if has_short else (long,)


def cursor_of(operation: Operation[Any, Any]) -> str | None:
    """Return the field through which a list is read page by page; None for what is no such list."""
    if not {"rows", "next"} <= operation.output.model_fields.keys():
        return None
    return next((name for name in CURSORS if name in operation.input.model_fields), None)


def parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m gateway admin …`."""
    made = argparse.ArgumentParser(
        prog="python -m gateway admin", description=_ABOUT, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.add_argument("--list", action="store_true", help="list every operation with its permission")
    verbs = made.add_subparsers(dest="operation", metavar="OPERATION")
    for operation in OPERATIONS:
        _add_operation(verbs, operation)
    return made


def _add_operation(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], operation: Operation[Any, Any]
) -> None:
    told = f"{operation.summary} (permission: {operation.permission})".replace("%", "%%")
    verb = verbs.add_parser(operation.name, help=told, description=told, allow_abbrev=False)
    _add_common(verb, operation)
    in_path = set(PATH_NAME.findall(operation.path))
    for field in fields_of(operation):
        _add_field(verb, field, is_in_path=field.name in in_path)


def _add_common(verb: argparse.ArgumentParser, operation: Operation[Any, Any]) -> None:
    common = verb.add_argument_group("how to ask")
    common.add_argument("--url", help=f"the gateway's address (else {URL_VARIABLE})")
    common.add_argument(
        "--token-file", metavar="FILE", help=f"file that holds the staff token (else {TOKEN_VARIABLE})"
    )
    common.add_argument(
        "--json",
        metavar="INPUT",
        help="the whole input as one JSON object, or - to read it from standard input",
    )
    common.add_argument("--timeout", type=float, default=45.0, metavar="SECONDS", help="default 45")
    common.add_argument(
        "--verbose",
        action="store_true",
        help="say on standard error what is asked, the key and the request's name",
    )
    if operation.is_command:
        common.add_argument("--key", help="the idempotency key of the command that is repeated")
    if cursor_of(operation):
        common.add_argument("--all", action="store_true", help="read every page; a row a line (JSON Lines)")
    if operation.is_destructive and "salon_id" in operation.input.model_fields:
        common.add_argument(
            "--confirm", metavar="SALON_ID", help="the salon's number once more: it cannot be undone"
        )
    elif operation.is_destructive:
        common.add_argument("--yes", action="store_true", help="do not ask: it cannot be undone")


def _add_field(verb: argparse.ArgumentParser, field: Field, *, is_in_path: bool) -> None:
    about = "; ".join(filter(None, (field.about, " | ".join(field.choices)))).replace("%", "%%")
    dest = _FIELD + field.name
    if is_in_path:
        verb.add_argument(dest, nargs="?", metavar=field.name.upper(), help=about or None)
        return
    flags = [
        flag for flag in field.flags if flag not in verb._option_string_actions
    ]  # --json names it all the same
    if not flags:
        return
    about += " (required)" if field.is_required else ""
    if field.kind == "boolean" and not field.is_list:
        verb.add_argument(*flags, dest=dest, action=argparse.BooleanOptionalAction, default=None, help=about)
    else:
        metavar = field.name.upper()
        action = "append" if field.is_list else "store"
        verb.add_argument(*flags, dest=dest, action=action, metavar=metavar, help=about or None)


def given(operation: Operation[Any, Any], options: argparse.Namespace, stdin: TextIO) -> AdminInput:
    """Return the input that was typed. Raises UsageError, naming each field that does not fit."""
    typed = {
        name.removeprefix(_FIELD): value for name, value in vars(options).items() if name.startswith(_FIELD)
    }
    typed = {name: value for name, value in typed.items() if value is not None}
    if options.json is not None and typed:
        raise UsageError("--json is the whole input: leave the other fields out")
    if options.json is not None:
        text = stdin.read() if options.json == "-" else options.json
    else:
        read = {field.name: field for field in fields_of(operation)}
        text = json.dumps({name: _read(read[name], value) for name, value in typed.items()})
    try:
        record: AdminInput = operation.input.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise UsageError(_told(error, operation)) from None
    return record


def _read(field: Field, value: Any) -> object:
    if isinstance(value, list):
        return [field.value(each) for each in value]
    return value if isinstance(value, bool) else field.value(value)


def _told(error: ValidationError, operation: Operation[Any, Any]) -> str:
    in_path = set(PATH_NAME.findall(operation.path))
    lines = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        place = ".".join(str(each) for each in problem["loc"])
        first = str(problem["loc"][0]) if problem["loc"] else ""
        spelled = first.upper() if first in in_path else "--" + place.replace("_", "-") if place else "--json"
        lines.append(f"{spelled}: {problem['msg']}")
    return "\n".join(lines)


def _kind_of(told: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[str, bool, tuple[str, ...]]:
    """Return a field's JSON kind (of its items if it is a list), whether it is a list, and its words if counted."""
    for choice in told.get("anyOf", ()):
        if choice.get("type") != "null":
            return _kind_of(choice, known)
    if "$ref" in told:
        return _kind_of(known[told["$ref"].rpartition("/")[2]], known)
    if told.get("type") == "array":
        kind, _, choices = _kind_of(told["items"], known)
        return kind, True, choices
    choices = tuple(str(each) for each in _words(told))
    return str(told.get("type", "string")), False, choices


def _words(told: Mapping[str, Any]) -> Sequence[object]:
    words: Sequence[object] = told.get("enum", ())
    return words

"""Running `python -m gateway admin …`: one operation, JSON on standard output, words for people on standard error."""

from __future__ import annotations

import argparse
import json
import math
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gateway.twin.arguments import (
    TOKEN_VARIABLE,
    URL_VARIABLE,
    UsageError,
    cursor_of,
    given,
    parser,
)
from gateway.twin.line import Answer, Line, UnreachableError, is_safe
from resources.texts import text
from shared.admin_wire import AdminInput
from shared.protocol import BY_NAME, OPERATIONS, Operation

DONE: Final = 0
REFUSED: Final = 1
WRONG_USAGE: Final = 2
NOT_REACHED: Final = 3
NOBODY_READS: Final = 141
"""Whoever read our output went away, as `head` does; what shells say of it."""


def run(arguments: Sequence[str]) -> int:
    """Run one operation and return the exit code; see `parser`'s description."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # else it is flushed, and fails, once more
        return NOBODY_READS
    return code


def _run(arguments: Sequence[str]) -> int:
    made = parser()
    options = made.parse_args(arguments)
    if options.list:
        print(table())
        return DONE
    if options.operation is None:
        made.print_help(sys.stderr)
        return WRONG_USAGE
    try:
        return _asked(BY_NAME[options.operation], options)
    except UsageError as error:
        _say("Так не годится.", "This cannot be used.", str(error))
        return WRONG_USAGE


def table() -> str:
    """Return every operation with its permission and its mark, as columns."""
    rows = [("OPERATION", "PERMISSION", "KIND", "WHAT IT DOES")]
    rows += [(each.name, str(each.permission), _mark(each), each.summary) for each in OPERATIONS]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def _mark(operation: Operation[Any, Any]) -> str:
    if operation.is_for_sockets:
        return "socket only"
    if operation.is_destructive:
        return "destructive"
    return "command" if operation.is_command else "audited" if operation.is_audited else "read"


def _asked(operation: Operation[Any, Any], options: argparse.Namespace) -> int:
    if operation.is_for_sockets:
        raise UsageError(
            f"{operation.name}: only a console on the socket; sessions.qr reads what is valid now"
        )
    fields = given(operation, options, sys.stdin)
    url, token = _url(options), _token(options)
    _confirm(operation, fields, options)
    key = (options.key or secrets.token_hex(16)) if operation.is_command else None
    try:
        with Line(url, token, _timeout(options)) as line:
            if getattr(options, "all", False):
                return _every_page(line, operation, fields, options)
            return _shown(_answer(line, operation, fields, key, options))
    except UnreachableError as error:
        _say("Шлюз не ответил.", "The gateway was not reached.", f"{url}: {error}")
        if key is not None and error.is_sent:
            _say(
                f"Неизвестно, выполнена ли команда. Повторите её с --key {key}: дважды она не выполнится.",
                f"Whether the command was carried out is not known. Repeat it with --key {key}: it never runs twice.",
            )
        return NOT_REACHED


def _answer(
    line: Line,
    operation: Operation[Any, Any],
    fields: AdminInput,
    key: str | None,
    options: argparse.Namespace,
) -> Answer:
    name = secrets.token_hex(8)
    if options.verbose:
        known = f"request {name}" + (f", idempotency key {key}" if key else "")
        print(f"{operation.name}: {operation.method} {operation.path}, {known}", file=sys.stderr, flush=True)
    return line.ask(operation, fields, key, name)


def _shown(answer: Answer) -> int:
    print(json.dumps(answer.data, ensure_ascii=False, indent=2), flush=True)
    if answer.is_ok:
        return DONE
    _refused(answer)
    return REFUSED


def _refused(answer: Answer) -> None:
    problem: Mapping[str, Any] = answer.data["error"]
    code = str(problem["code"])
    try:
        russian, english = text("ru", f"errors.{code}.text"), text("en", f"errors.{code}.text")
    except KeyError:  # a newer gateway's code: its own words, then
        russian = english = str(problem.get("message", code))
    _say(russian, english, f"{code}, request {answer.request_id}")


def _every_page(
    line: Line, operation: Operation[Any, Any], fields: AdminInput, options: argparse.Namespace
) -> int:
    """Follow a list to its end, a row a line; every page moves the cursor, so it ends."""
    cursor = cursor_of(operation)
    assert cursor is not None
    largest = operation.input.model_json_schema()["properties"].get("limit", {}).get("maximum")
    if largest is not None and "limit" not in fields.model_fields_set:
        fields = fields.model_copy(update={"limit": largest})
    seen: set[object] = set()
    while True:
        answer = _answer(line, operation, fields, None, options)
        if not answer.is_ok:
            return _shown(answer)
        for row in answer.data["rows"]:
            print(json.dumps(row, ensure_ascii=False))
        sys.stdout.flush()
        next_page = answer.data["next"]
        if next_page is None:
            return DONE
        if next_page in seen:
            raise UnreachableError("the list goes in a circle", is_sent=False)
        seen.add(next_page)
        fields = fields.model_copy(update={cursor: next_page})


def _confirm(operation: Operation[Any, Any], fields: AdminInput, options: argparse.Namespace) -> None:
    """Have what cannot be undone confirmed: a salon's by its number, the rest by yes. Raises UsageError."""
    if not operation.is_destructive:
        return
    salon_id = getattr(fields, "salon_id", None)
    expected = "yes" if salon_id is None else str(salon_id)
    said = options.confirm if salon_id is not None else "yes" if options.yes else None
    if said is None and sys.stdin.isatty() and options.json != "-":
        _say(
            f"{operation.name}: это нельзя отменить. Чтобы продолжить, введите: {expected}",
            f"{operation.name}: this cannot be undone. To go on type: {expected}",
        )
        said = sys.stdin.readline().strip()
    if said != expected:
        flag = "--yes" if salon_id is None else f"--confirm {salon_id}"
        raise UsageError(f"{operation.name} cannot be undone and was not confirmed: {flag}")


def _url(options: argparse.Namespace) -> str:
    url = options.url or os.environ.get(URL_VARIABLE, "")
    if not url:
        raise UsageError(f"which gateway? --url or {URL_VARIABLE}")
    if not is_safe(url):
        raise UsageError(f"{URL_VARIABLE}: https://…, or http:// and an address of this machine")
    return str(url)


def _token(options: argparse.Namespace) -> str:
    """Return the staff token, never from an argument: those are in the list of processes for everybody to see."""
    if options.token_file is None:
        token = os.environ.get(TOKEN_VARIABLE, "")
    else:
        try:
            token = Path(options.token_file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--token-file: {getattr(error, 'strerror', None) or 'not a text'}") from None
    token = token.strip()
    if not token:
        raise UsageError(f"whose token? {TOKEN_VARIABLE} or --token-file FILE")
    if not token.isascii() or not token.isprintable():
        raise UsageError("the token holds what no token holds")
    return token


def _timeout(options: argparse.Namespace) -> float:
    timeout_s: float = options.timeout
    if not (math.isfinite(timeout_s) and 0 < timeout_s <= 600):
        raise UsageError("--timeout: 0…600")
    return timeout_s


def _say(russian: str, english: str, more: str = "") -> None:
    lines = [russian, english, *([more] if more else [])]
    print("\n".join(lines), file=sys.stderr, flush=True)

"""Structured logs: one JSON line an event, with an allow-list of fields and a scrubber for everything else.

A field that is not on the list is written as `[hidden]`, so that a secret or a person's data can only reach a log
by somebody adding its name here.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

ALLOWED_FIELDS = frozenset(
    {
        "action", "address", "application_id", "attempt", "attempts", "backoff_s", "cause", "code", "correlation",
        "count", "cursor", "database", "delay_s", "desired", "drift", "duration_ms", "engine", "epoch", "error",
        "event", "exception", "exc_info", "generation", "healed", "held", "http_status", "instance", "install_state",
        "job", "kind", "latency_ms", "level", "listed", "logger", "migrations", "missing", "name", "new_state",
        "old_state", "operation", "outcome", "owner", "pool", "proof", "reason", "reference", "released", "request_id",
        "retry_in_s", "route", "salon_id", "salons", "seq", "severity", "stack_info", "staff_id", "state", "status",
        "subject", "theirs", "timestamp", "unknown", "unreadable", "verdict", "version", "was",
    }
)  # fmt: skip
"""Fields a log line may show. None of them may ever hold a secret, a phone or a name."""

HIDDEN = "[hidden]"
_PATTERNS = (
    re.compile(r"aiadmin_[\w-]{16,}"),
    re.compile(r"eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*"),
    re.compile(r"(?i)(bearer\s+)[^\s\"',]+"),
    re.compile(r"(?i)((?:token|api_key|password|secret|user_data|user_data_sign)=)[^&\s\"']+"),
    re.compile(r"(/webhook/yclients/)[^\s\"'?]+"),
    re.compile(r"(://[^:/@\s]*:)[^@\s]+(?=@)"),
    re.compile(r"https://wa\.me/settings/linked_devices#\S+"),
)


class Scrubber:
    """Removes known secrets and everything shaped like one from text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted((secret for secret in secrets if len(secret) >= 6), key=len, reverse=True)

    def text(self, value: str) -> str:
        """Return `value` without secrets."""
        for secret in self._secrets:
            value = value.replace(secret, HIDDEN)
        for pattern in _PATTERNS:
            value = pattern.sub(lambda match: (match.group(1) if match.re.groups else "") + HIDDEN, value)
        return value

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Apply the allow-list and scrub every text of a log line (a structlog processor)."""
        return {key: self._field(key, value) for key, value in event.items()}

    def _field(self, key: str, value: Any) -> Any:
        if key.startswith("_"):  # structlog's own bookkeeping, removed before rendering
            return value
        if key not in ALLOWED_FIELDS:
            return HIDDEN
        return self.text(value) if isinstance(value, str) else value


def set_up_logging(*, level: str, form: str, secrets: Iterable[str]) -> None:
    """Send every logger of the process to standard error, structured and scrubbed."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.contextvars.merge_contextvars,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    if form == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, Scrubber(secrets), renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in (
        "httpx",
        "httpcore",
        "engineio",
        "socketio",
        "asyncio",
        "hypercorn.access",
        "hypercorn.error",
        "peewee",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)

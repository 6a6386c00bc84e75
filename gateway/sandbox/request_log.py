"""What the sandbox saw and sent: a bounded log with secrets masked before they enter it."""

from __future__ import annotations

import hashlib
import json
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

ENTRIES_KEPT = 1000
BODY_KEPT = 8 * 1024
PAGE = 200

_SECRET_FIELDS = re.compile(
    r'("(?:api_key|partner_token|secret_key|sign|user_token)"\s*:\s*)("(?:[^"\\]|\\.)*"|-?[0-9][0-9eE+.\-]*)'
)
_SECRET_PATH = re.compile(r"(/webhook/[^/?#\"\s]+/)[^/?#\"\s]+")
_SECRET_QUERY = re.compile(r"([?&](?:user_data|user_data_sign|sign|key|token|secret)=)[^&#\"\s]*")


@dataclass(slots=True)
class Entry:
    """One call received (`in`) or one webhook sent (`out`)."""

    direction: Literal["in", "out"]
    at: str
    operation: str
    salon_id: int | None
    method: str
    path: str
    peer: str = ""
    request_headers: dict[str, str] = field(default_factory=dict)
    request_body: str = ""
    status: int | None = None
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer_body: str = ""
    fault: str | None = None
    took_ms: float | None = None
    note: str = ""
    complaints: list[str] = field(default_factory=list)
    seq: int = 0


def fingerprint(secret: str) -> str:
    """Return a mark by which equal secrets can be told, and nothing else."""
    return "***" + hashlib.sha256(secret.encode()).hexdigest()[:8]


def mask_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the headers with credentials replaced; the scheme of Authorization is kept."""
    masked: dict[str, str] = {}
    for name, value in headers:
        masked[name] = _mask_header(name.lower(), value)
    return masked


def _mask_header(name: str, value: str) -> str:
    if name == "authorization":
        return re.sub(r"(?i)\b(bearer|user)\s+([^,\s]+)", lambda m: f"{m[1]} {fingerprint(m[2])}", value)
    return fingerprint(value) if name in ("cookie", "x-yclients-signature") else value


def mask_body(body: bytes) -> str:
    """Return the first part of a body as text, with the values of secret fields replaced by marks."""
    text = body.decode("utf-8", "replace")
    text = _SECRET_FIELDS.sub(lambda m: m[1] + '"' + fingerprint(m[2].strip('"')) + '"', text)
    text = mask_url(text)
    return text if len(text) <= BODY_KEPT else f"{text[:BODY_KEPT]}… (+{len(text) - BODY_KEPT})"


def mask_url(url: str) -> str:
    """Return an address with a webhook key in its path and signed query values replaced."""
    return _SECRET_QUERY.sub(r"\1***", _SECRET_PATH.sub(r"\1***", url))


def compact(value: Any) -> str:
    """Return a short JSON text for notes."""
    return json.dumps(value, ensure_ascii=False)[:400]


class RequestLog:
    """The last entries, each with a sequence number that only grows."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=ENTRIES_KEPT)
        self._seq = 0
        self._epoch = 1

    def add(self, entry: Entry) -> Entry:
        """Number an entry and keep it; the oldest gives way."""
        self._seq += 1
        entry.seq = self._seq
        self._entries.append(entry)
        return entry

    def clear(self) -> None:
        """Drop every entry; numbers go on from where they were."""
        self._entries.clear()
        self._epoch += 1

    @property
    def last_seq(self) -> int:
        """The number of the newest entry, 0 when there was none."""
        return self._seq

    def entries(self) -> list[Entry]:
        """Return everything kept, oldest first."""
        return list(self._entries)

    def after(self, seq: int, limit: int = PAGE) -> dict[str, Any]:
        """Return the entries numbered above `seq`, oldest first, with the next cursor.

        `missed` tells that entries between were already dropped; `epoch` changes when the log was cleared.
        """
        fresh = [entry for entry in self._entries if entry.seq > seq][:limit]
        first_kept = self._entries[0].seq if self._entries else self._seq + 1
        return {
            "entries": [asdict(entry) for entry in fresh],
            "next": fresh[-1].seq if fresh else self._seq,
            "epoch": self._epoch,
            "missed": seq + 1 < first_kept,
        }

"""Posts webhooks over kept connections for some seconds, each connection the next one as soon as it is answered.

Usage: python -m tests.bench._webhook_load PORT KEYS.json CONNECTIONS SECONDS. Prints one line of JSON: how many were
accepted and refused, and each one's time in ms as percentiles. No two bodies are alike.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gateway.commands import run_async
from tests.bench._machine import percentile

_FIRST_RESOURCE = 1_000_000_000
_HEAD_END = b"\r\n\r\n"


def requests_for(keys: Sequence[tuple[str, int]], port: int) -> Iterator[bytes]:
    """Yield requests without end: what YCLIENTS posts when a booking is made, of one salon after the other."""
    for number, (key, salon_id) in zip(itertools.count(_FIRST_RESOURCE), itertools.cycle(keys), strict=False):
        body = json.dumps(webhook_body(salon_id, number), ensure_ascii=False).encode()
        head = (
            f"POST /webhook/yclients/{key} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body


def webhook_body(salon_id: int, number: int) -> dict[str, Any]:
    """Return one booking's webhook, as the protocol's examples have it."""
    return {
        "company_id": salon_id, "resource": "record", "resource_id": number, "status": "create",
        "data": {
            "id": number, "company_id": salon_id, "staff_id": 1234567, "datetime": "2026-11-26T15:30:00+03:00",
            "create_date": "2026-11-26T12:01:44+0300", "seance_length": 3600, "attendance": 0, "confirmed": 1,
            "comment": "Просьба позвонить за час", "online": True, "visit_id": number + 7, "length": 3600,
            "services": [{"id": 7654321, "title": "Стрижка и укладка", "cost": 2500, "first_cost": 2500, "amount": 1}],
            "client": {"id": 55500111, "name": "Анна", "phone": "+79000000000", "success_visits_count": 3},
        },
    }  # fmt: skip


class _Sender(asyncio.Protocol):
    """One kept connection."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._transport: Any = None
        self._answer = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(_HEAD_END)
        if not end or len(body) < _length_of(head):
            return
        self._load.answered(self._answer[9:12] == b"200", (time.perf_counter() - self._sent_at) * 1000)
        self._answer = b""
        if self._load.is_over:
            self._transport.close()
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.closed(exc)

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._load.requests))


class _Load:
    """What all connections share."""

    def __init__(self, requests: Iterator[bytes], connections: int) -> None:
        self.requests = requests
        self.is_over = False
        self.ended = asyncio.Event()
        self.times_ms: list[float] = []
        self.refused = 0
        self.broken = 0
        self._open = connections

    def answered(self, is_accepted: bool, ms: float) -> None:
        if is_accepted:
            self.times_ms.append(ms)
        else:
            self.refused += 1

    def closed(self, error: Exception | None) -> None:
        self._open -= 1
        self.broken += not self.is_over or error is not None
        if not self._open:
            self.ended.set()


async def _run(
    port: int, keys: Sequence[tuple[str, int]], connections: int, seconds: float
) -> dict[str, Any]:
    load = _Load(requests_for(keys, port), connections)
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: _Sender(load), "127.0.0.1", port)
    await asyncio.sleep(max(0.0, seconds - (time.perf_counter() - began)))
    load.is_over = True
    took_s = time.perf_counter() - began
    accepted = len(load.times_ms)
    async with asyncio.timeout(30):
        await load.ended.wait()
    return {
        "accepted": len(load.times_ms), "refused": load.refused, "broken": load.broken, "per_s": accepted / took_s,
        "p50_ms": percentile(load.times_ms, 0.5), "p99_ms": percentile(load.times_ms, 0.99),
    }  # fmt: skip


def _length_of(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def main() -> int:
    """Run the load that the arguments describe."""
    port, keys, connections, seconds = sys.argv[1:]
    known = list(json.loads(Path(keys).read_text()).items())
    print(json.dumps(run_async(_run(int(port), known, int(connections), float(seconds)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())

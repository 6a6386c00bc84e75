"""The partner API over HTTP: limits, faults, the log, and the bytes of the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from quart import Blueprint, Response, request

from gateway.sandbox import connections, replies
from gateway.sandbox.calls import Call, query_of
from gateway.sandbox.faults import Fault
from gateway.sandbox.market import Market
from gateway.sandbox.operations import OPERATIONS, Operation
from gateway.sandbox.partner_rules import PartnerRules
from gateway.sandbox.replies import Reply
from gateway.sandbox.request_log import Entry, mask_body, mask_headers, mask_url
from gateway.sandbox.tasks import first_of

_CHUNK = b"x" * 65_536
_CUT_SHORT_BY = 4096
_GIVE_UP_S = 5.0
"""How long a dropped call waits for the server to notice before it ends by an error."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A call with what has been decided about it."""

    call: Call
    salon_id: int | None
    entry: Entry
    began: float


class ConnectionBroken(Exception):
    """Ends an answer on purpose, under a server whose connection cannot be dropped."""


class PartnerApi:
    """Serves the calls of one market. Hanging calls end when `closing` is set."""

    def __init__(self, market: Market, closing: asyncio.Event) -> None:
        self._market = market
        self._rules = PartnerRules(market)
        self._closing = closing

    def blueprint(self) -> Blueprint:
        """Return the routes, one per operation; a trailing slash is accepted too."""
        blueprint = Blueprint("partner", __name__)
        for operation in OPERATIONS:
            blueprint.add_url_rule(
                operation.path,
                endpoint=operation.name,
                view_func=self._view(operation),
                methods=[operation.method],
                strict_slashes=False,
            )
        return blueprint

    def _view(self, operation: Operation) -> Callable[..., Awaitable[Response]]:
        async def view(**arguments: str) -> Response:
            return await self._serve(await self._read(operation, arguments))

        return view

    async def _read(self, operation: Operation, arguments: dict[str, str]) -> Call:
        client = request.scope.get("client") or ("local", 0)
        return Call(
            operation,
            request.method,
            request.path,
            query_of(request.query_string),
            {name.lower(): value for name, value in request.headers.items()},
            cast(bytes, await request.get_data()),
            arguments,
            str(client[0]),
        )

    async def _serve(self, call: Call) -> Response:
        arrival = self._arrive(call)
        try:
            reply = self._decide(arrival)
            await self._wait(reply.wait_s)
            self._finish(arrival, reply)
            return await self._send(reply)
        finally:
            self._leave(arrival)

    # -- deciding ----------------------------------------------------------------------------------

    def _arrive(self, call: Call) -> _Arrival:
        market = self._market
        now = market.clock.monotonic()
        market.referee.rates.record(now)
        market.referee.calls[call.operation.name] += 1
        salon_id = call.salon_id()
        query = request.query_string.decode("utf-8", "replace")
        entry = Entry(
            "in",
            market.now().isoformat(),
            call.operation.name,
            salon_id,
            call.method,
            mask_url(f"{call.path}?{query}" if query else call.path),
            call.peer,
            mask_headers(request.headers.items()),
            mask_body(call.body),
        )
        return _Arrival(call, salon_id, entry, now)

    def _decide(self, arrival: _Arrival) -> Reply:
        limited = self._limit(arrival.call)
        if limited is not None:
            return limited
        fault = self._market.faults.take(arrival.call.operation.name, arrival.salon_id)
        if fault is None:
            return self._rules.answer(arrival.call)
        return self._faulty(arrival, fault)

    def _limit(self, call: Call) -> Reply | None:
        switches = self._market.switches
        if not switches.enforce_limits:
            return None
        wait = self._market.limiter.admit(call.peer, self._market.clock.monotonic())
        if wait == 0.0:
            return None
        self._market.referee.limited += 1
        reply = replies.refusal(429, self._market.brand.too_many)
        if switches.retry_after:
            reply.headers["Retry-After"] = str(int(wait) + 1)
        return reply

    def _faulty(self, arrival: _Arrival, fault: Fault) -> Reply:
        market = self._market
        arrival.entry.fault = fault.kind.name
        market.referee.faults[fault.kind.name] += 1
        true_answer = Reply(204)
        if fault.effect:
            true_answer = self._rules.answer(arrival.call)
            arrival.entry.note = f"true answer {true_answer.status}"
        return replies.bend(fault, true_answer, market.brand, self._rules.location(arrival.salon_id))

    # -- sending -----------------------------------------------------------------------------------

    async def _wait(self, seconds: float) -> None:
        """Wait on the clock, and no longer than the sandbox lives."""
        if seconds > 0:
            await first_of(self._market.clock.sleep(seconds), self._closing.wait())

    def _finish(self, arrival: _Arrival, reply: Reply) -> None:
        entry = arrival.entry
        entry.status = reply.status or None
        entry.answer_headers = reply.all_headers()
        entry.answer_body = mask_body(reply.body())
        if reply.status:
            self._market.referee.answers[reply.status] += 1

    def _leave(self, arrival: _Arrival) -> None:
        market, call = self._market, arrival.call
        arrival.entry.complaints = list(call.complaints)
        for complaint in call.complaints:
            market.referee.complain(call.operation.name, complaint)
        arrival.entry.took_ms = round((market.clock.monotonic() - arrival.began) * 1000, 1)
        market.log.add(arrival.entry)

    async def _send(self, reply: Reply) -> Response:
        if reply.delivery == "drop":
            return await _dropped()
        if reply.delivery == "huge":
            return _response(
                _flood(reply.megabytes, _scope()), reply, {"Content-Type": "application/json; charset=utf-8"}
            )
        body = reply.body()
        if reply.delivery == "short":
            length = {"Content-Length": str(len(body) + _CUT_SHORT_BY)}
            return _response(_cut_off(body, _scope()), reply, length)
        return _response(body, reply, {})


def _response(body: Any, reply: Reply, more: dict[str, str]) -> Response:
    response = Response(body, status=reply.status)
    response.headers.pop("Content-Type", None)
    response.headers.update({**reply.all_headers(), **more})
    response.timeout = None
    return response


async def _dropped() -> Response:
    """Drop the connection; the server ends this call as soon as it sees the connection gone."""
    if connections.drop(_scope()):
        await asyncio.sleep(_GIVE_UP_S)
    response = Response(_broken(), status=200, headers={"Content-Length": str(_CUT_SHORT_BY)})
    response.timeout = None
    return response


def _scope() -> connections.Scope:
    return cast(connections.Scope, request.scope)


async def _broken() -> AsyncIterator[bytes]:
    yield b" "
    raise ConnectionBroken


async def _flood(megabytes: int, scope: connections.Scope) -> AsyncIterator[bytes]:
    yield b'{"success": true, "data": "'
    for _ in range(megabytes * 16):
        if connections.gone(scope):
            return
        yield _CHUNK
    yield b'"}'


async def _cut_off(body: bytes, scope: connections.Scope) -> AsyncIterator[bytes]:
    yield body
    if connections.finish(scope):
        await asyncio.sleep(_GIVE_UP_S)
    raise ConnectionBroken

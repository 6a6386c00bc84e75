"""The only place that speaks HTTP to YCLIENTS."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import MappingProxyType, TracebackType
from typing import Protocol, Self

import httpx

from gateway.application.ports import Clock
from gateway.application.records import NewPayment
from gateway.domain.partner_answers import (
    ActivationBody,
    ActivationCall,
    Company,
    Failure,
    FailureKind,
    PartnerAnswer,
    PartnerError,
    Priority,
    ProbeResult,
    SalonPage,
    StatusReading,
    failure_kind,
)
from gateway.domain.partner_routes import route_of
from gateway.domain.retry import http_date, retry_after_s
from gateway.domain.strict_json import JsonError, parse_json, plain, storable
from gateway.yclients.answers import read_company, read_salons, read_status
from gateway.yclients.outbound import GuardedTransport
from gateway.yclients.redaction import Redactor, secret_parts_of_url

CONNECT_TIMEOUT_S = 5.0
TOTAL_TIMEOUT_S = 20.0
BODY_CAP_BYTES = 64 * 1024
SALON_LIST_CAP_BYTES = 8 * 1024 * 1024
BODY_HEAD_CHARS = 2_000
SALONS_PER_PAGE = 1_000
RATE_LIMIT_PAUSE_S = 5.0
MAX_RATE_LIMIT_PAUSE_S = 600.0
USER_AGENT = "AI-Admin-Gateway"

_KEPT_HEADERS = (
    "content-type",
    "content-length",
    "date",
    "location",
    "retry-after",
    "server",
    "x-request-id",
)
_HEADER_CHARS = 300
_BEARER = re.compile(r"[\x21-\x7e]+")
_CONNECTION_LOST = ("disconnected", "closed connection", "connectionterminated")


class Limiter(Protocol):
    """The one budget of calls that all processes share."""

    async def acquire(self, priority: Priority) -> float:
        """Wait until a call may be made and return its place; the more urgent waiters go first."""

    async def settle(self, place: float, heard: bool | None = None) -> None:
        """Note that the call of this place has been answered or given up, and whether the partner is at work."""

    async def pause(self, seconds: float) -> None:
        """Let nobody call for that many seconds from now: the partner said so."""


@dataclass(frozen=True, slots=True)
class _Call:
    operation: str
    method: str
    path: str
    priority: Priority
    body: Mapping[str, object] | None = None
    params: Mapping[str, int | str] | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    cap_bytes: int = BODY_CAP_BYTES


@dataclass(slots=True)
class _Exchange:
    """What has arrived so far, so that a broken answer is kept as far as it came."""

    status: int | None = None
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    body: bytearray = field(default_factory=bytearray)
    failure: Failure | None = None


@cache
def _tls() -> ssl.SSLContext:
    """Return what servers' certificates are checked with; reading the authorities takes 40 ms, once a process."""
    return httpx.create_ssl_context(trust_env=False)


class YclientsClient:
    """Calls of one application, made with one partner token.

    Connections are made to the base URL's host alone, and to no private address. Redirects are never followed,
    cookies never kept, proxies of the environment ignored. A call takes at most `total_timeout_s` after the limiter
    let it through, and a body is read up to a cap. The token is in the request alone: not in `repr`, answers or
    errors.
    """

    def __init__(
        self,
        *,
        base_url: str,
        token: str,
        accept: str,
        application_id: int,
        limiter: Limiter,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        total_timeout_s: float = TOTAL_TIMEOUT_S,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._accept = accept
        self._application_id = application_id
        self._limiter = limiter
        self._clock = clock
        self._total_timeout_s = total_timeout_s
        self._http = httpx.AsyncClient(
            transport=transport or GuardedTransport(self._base_url, _tls()),
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(total_timeout_s, connect=connect_timeout_s),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
        )

    def __repr__(self) -> str:
        return f"YclientsClient({self._base_url!r}, application_id={self._application_id})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections. The client cannot be used afterwards."""
        await self._http.aclose()

    async def company(self, salon_id: int, priority: Priority = Priority.STATUS) -> Company:
        """Read one salon. Raises PartnerError."""
        call = _Call("company", "GET", f"/api/v1/company/{salon_id}", priority)
        return read_company(await self._answer(call), salon_id)

    async def status(self, salon_id: int, priority: Priority = Priority.STATUS) -> StatusReading:
        """Read where the salon's link to us stands; uninstalled is a reading too. Raises PartnerError."""
        route = route_of("status", salon_id, self._application_id)
        call = _Call("status", route.method, route.path, priority)
        return read_status(await self._answer(call), salon_id)

    async def salons(
        self, page: int, priority: Priority = Priority.SWEEP, count: int = SALONS_PER_PAGE
    ) -> SalonPage:
        """Read one page, from 1, of the salons connected to our application. Raises PartnerError."""
        call = self._salons_call(page, count, priority)
        return read_salons(await self._answer(call), page, count)

    async def activate(
        self, call: ActivationCall, body: ActivationBody, priority: Priority = Priority.ACTIVATION
    ) -> PartnerAnswer:
        """Tell YCLIENTS that the salon's set-up is done, by either variant of the call.

        Every answer, time-outs included, is returned for `classify_activation`. Raises PartnerError only when
        the token cannot be sent at all.
        """
        operation = "callback_redirect" if call == "redirect" else "callback"
        route = route_of(operation, body.salon_id, self._application_id)
        url_secrets = [part for url in body.webhook_urls for part in secret_parts_of_url(url)]
        fields = self._activation_fields(call, body)
        secrets = (body.api_key, *url_secrets)
        return await self._answer(
            _Call(f"activate_{call}", route.method, route.path, priority, fields, secrets=secrets)
        )

    async def uninstall(self, salon_id: int, priority: Priority = Priority.STATUS) -> PartnerAnswer:
        """Ask YCLIENTS to end the install. Returns every answer; raises PartnerError as `activate` does."""
        route = route_of("uninstall", salon_id, self._application_id)
        return await self._answer(_Call("uninstall", route.method, route.path, priority))

    async def notify_payment(self, payment: NewPayment) -> PartnerAnswer:
        """Tell YCLIENTS of a payment. Returns every answer; raises PartnerError as `activate` does."""
        fields: dict[str, object] = {
            "salon_id": payment.salon_id, "application_id": self._application_id, "payment_sum": float(payment.amount),
            "currency_iso": payment.currency, "payment_date": f"{payment.paid_on} 00:00:00",
            "period_from": f"{payment.period_from} 00:00:00", "period_to": f"{payment.period_to} 23:59:59",
        }  # fmt: skip
        return await self._answer(
            _Call("payment", "POST", "/marketplace/partner/payment", Priority.STATUS, fields)
        )

    async def refund_payment(self, partner_payment_id: int) -> PartnerAnswer:
        """Tell YCLIENTS that a payment was paid back. Returns every answer; raises PartnerError as `activate` does."""
        path = f"/marketplace/partner/payment/refund/{partner_payment_id}"
        return await self._answer(_Call("refund", "POST", path, Priority.STATUS))

    async def payment_link(self, salon_id: int, discount: str | None) -> PartnerAnswer:
        """Ask for the address where an owner pays. Returns every answer; raises PartnerError as `activate` does."""
        params: dict[str, int | str] = {"salon_id": salon_id, "application_id": self._application_id}
        if discount is not None:
            params["discount"] = discount
        path = "/marketplace/application/payment_link"
        return await self._answer(_Call("payment_link", "GET", path, Priority.STATUS, params=params))

    async def add_discount(self, salon_ids: Sequence[int], discount: Decimal) -> PartnerAnswer:
        """Give salons a discount in percent. Returns every answer; raises PartnerError as `activate` does."""
        fields: dict[str, object] = {
            "salon_ids": list(salon_ids), "application_id": self._application_id, "discount": float(discount)
        }  # fmt: skip
        path = "/marketplace/application/add_discount"
        return await self._answer(_Call("add_discount", "POST", path, Priority.STATUS, fields))

    async def probe(self, priority: Priority = Priority.STATUS) -> ProbeResult:
        """Ask for one salon of the list: is the token accepted, and what does the partner's clock say.

        Never raises PartnerError.
        """
        try:
            answer = await self._answer(self._salons_call(1, 1, priority, operation="probe"))
        except PartnerError as error:
            return ProbeResult(error.kind, None, 0, None, None)
        kind = failure_kind(answer)
        return ProbeResult(
            kind, answer.http_status, answer.latency_ms, self._clock_offset_s(answer), answer.message
        )

    def _salons_call(self, page: int, count: int, priority: Priority, operation: str = "salons") -> _Call:
        path = f"/marketplace/application/{self._application_id}/salons"
        params = {"page": page, "count": count}
        return _Call(operation, "GET", path, priority, params=params, cap_bytes=SALON_LIST_CAP_BYTES)

    def _activation_fields(self, call: ActivationCall, body: ActivationBody) -> dict[str, object]:
        fields: dict[str, object] = {
            "salon_id": body.salon_id,
            "application_id": self._application_id,
            "api_key": body.api_key,
            "webhook_urls": list(body.webhook_urls),
        }
        if body.channels and call == "callback":
            fields["channels"] = list(body.channels)
        return fields

    def _clock_offset_s(self, answer: PartnerAnswer) -> float | None:
        """Partner's clock minus ours at the middle of the call; a Date header is cut to whole seconds."""
        partner_now = http_date(answer.headers.get("date"))
        if partner_now is None:
            return None
        midway_s = answer.latency_ms / 2_000
        return (partner_now - self._clock.now()).total_seconds() + midway_s + 0.5

    async def _answer(self, call: _Call) -> PartnerAnswer:
        """Make the call within the limits and keep what may be kept of its answer."""
        if _BEARER.fullmatch(self._token) is None:
            raise PartnerError(FailureKind.UNAUTHORIZED, PartnerAnswer(call.operation, None, 0))
        place = await self._limiter.acquire(call.priority)
        started = self._clock.monotonic()
        heard: bool | None = None
        try:
            exchange = await self._exchange(call)
            heard = PartnerAnswer(call.operation, exchange.status, 0, failure=exchange.failure).is_heard
        finally:
            await self._limiter.settle(place, heard)
        latency_ms = round((self._clock.monotonic() - started) * 1000)
        if len(exchange.body) <= BODY_CAP_BYTES:
            answer = self._kept(call, exchange, latency_ms)
        else:  # a page of a thousand salons takes long enough to parse that others would notice
            answer = await asyncio.to_thread(self._kept, call, exchange, latency_ms)
        if answer.http_status == 429:
            pause_s = RATE_LIMIT_PAUSE_S if answer.retry_after_s is None else answer.retry_after_s
            await self._limiter.pause(min(max(pause_s, 1.0), MAX_RATE_LIMIT_PAUSE_S))
        return answer

    async def _exchange(self, call: _Call) -> _Exchange:
        exchange = _Exchange()
        try:
            async with asyncio.timeout(self._total_timeout_s):
                await self._send(call, exchange)
        except TimeoutError:
            exchange.failure = exchange.failure or "timeout"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            exchange.failure = exchange.failure or _failure_of(error)
        return exchange

    async def _send(self, call: _Call, exchange: _Exchange) -> None:
        request = self._http.build_request(
            call.method,
            self._base_url + call.path,
            params=call.params,
            json=call.body,
            headers={
                "Authorization": f"Bearer {self._token}",
                "Accept": self._accept,
                "Content-Type": "application/json",
            },
        )
        response = await self._http.send(request, stream=True)
        try:
            exchange.status, exchange.headers = response.status_code, response.headers
            if response.headers.get("content-encoding", "identity") != "identity":
                exchange.failure = "protocol"
                return
            async for chunk in response.aiter_raw():
                exchange.body += chunk[: max(0, call.cap_bytes - len(exchange.body) + 1)]
                if len(exchange.body) > call.cap_bytes:
                    # Closed, not left: the iterators below end by an error instead of lingering half-way.
                    exchange.failure = "too_large"
                    await response.aclose()
        finally:
            await response.aclose()

    def _kept(self, call: _Call, exchange: _Exchange, latency_ms: int) -> PartnerAnswer:
        redactor = Redactor([self._token, *call.secrets])
        headers = {
            name: redactor.text(storable(exchange.headers[name]))[:_HEADER_CHARS]
            for name in _KEPT_HEADERS
            if name in exchange.headers
        }
        body = bytes(exchange.body)
        return PartnerAnswer(
            operation=call.operation,
            http_status=exchange.status,
            latency_ms=latency_ms,
            headers=MappingProxyType(headers),
            body_head=_body_head(body, redactor, is_broken=exchange.failure is not None),
            json=None if exchange.failure else redactor.tree(_json_in(body)),
            failure=exchange.failure,
            retry_after_s=retry_after_s(exchange.headers.get("retry-after"), self._clock.now()),
        )


def _body_head(body: bytes, redactor: Redactor, *, is_broken: bool) -> str:
    window = body[:BODY_CAP_BYTES]
    text = storable(window.decode("utf-8", "replace"))
    return redactor.head(text, BODY_HEAD_CHARS, is_cut=is_broken or len(window) < len(body))


def _json_in(body: bytes) -> object:
    """Return the body's JSON, or None for an empty body, a web page or anything cut."""
    if body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return plain(parse_json(body))
    except JsonError:
        return None


def _failure_of(error: Exception) -> Failure:
    """Name a failure by where it happened: before the request could be sent, or after."""
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "dns"
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return "tls" if any(isinstance(cause, ssl.SSLError) for cause in causes) else "unreachable"
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    if isinstance(error, httpx.RemoteProtocolError):
        said = str(error).lower()
        return "reset" if any(text in said for text in _CONNECTION_LOST) else "protocol"
    if isinstance(error, httpx.NetworkError | OSError):
        return "reset"
    return "protocol"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        pending += [current.__cause__, current.__context__]
        pending += _members(current)


def _members(error: BaseException) -> Iterable[BaseException]:
    return error.exceptions if isinstance(error, BaseExceptionGroup) else ()

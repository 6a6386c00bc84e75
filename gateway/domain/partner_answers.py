"""What YCLIENTS answered and what it means: status first, text last, for wording differs by language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Literal, TypeAlias

Failure: TypeAlias = Literal["timeout", "unreachable", "dns", "tls", "reset", "protocol", "too_large"]
ActivationCall: TypeAlias = Literal["redirect", "callback"]

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_NEVER_SENT = frozenset({"unreachable", "dns", "tls"})
_AGGREGATOR_NOT_FOUND = ("агрегатор не найден", "aggregator not found")
_RETRIED_4XX = frozenset({408, 409, 425})


class Priority(IntEnum):
    """Who goes first when calls queue for the partner's limit; the smaller the earlier."""

    ACTIVATION = 0
    STATUS = 1
    BACKLOG = 2
    SWEEP = 3


class PartnerStatus(StrEnum):
    """A salon's link to our application in YCLIENTS' own words."""

    PENDING = "pending"
    ACTIVE = "active"
    FREEZED = "freezed"
    UNINSTALLED = "uninstalled"


_STATUS_WORDS = {**{status.value: status for status in PartnerStatus}, "frozen": PartnerStatus.FREEZED}


class FailureKind(StrEnum):
    """Why a read gave nothing to rely on."""

    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    GARBLED = "garbled"

    @property
    def error_code(self) -> str:
        """The public error code of this failure."""
        return "partner_error" if self is FailureKind.SERVER_ERROR else f"partner_{self.value}"


TOKEN_REFUSALS = frozenset({FailureKind.UNAUTHORIZED, FailureKind.FORBIDDEN})
"""Reads that fail so say nothing of a salon: our token, or our application, is not accepted for any of them."""


class Verdict(StrEnum):
    """What the answer to an activation call means for the install."""

    ACCEPTED = "accepted"
    """Stored by YCLIENTS; a status read confirms it."""
    ALREADY_INSTALLED_OR_REFUSED = "already_installed_or_refused"
    """403: only a status read tells a repeated success from a missing consent. The api_key is kept."""
    TOKEN_REFUSED = "token_refused"
    """401: our configuration; pauses every activation."""
    NOT_FOUND = "not_found"
    """404: the consent is gone or the application is foreign."""
    REJECTED = "rejected"
    """400, 422 and their like: permanent, a person must look."""
    AGGREGATOR_NOT_FOUND = "aggregator_not_found"
    """400 with a known cause on YCLIENTS' side; staff write to their support, the owner does nothing."""
    RATE_LIMITED = "rate_limited"
    RETRY = "retry"
    """Nothing is known: read the status, then try again later."""


@dataclass(frozen=True, slots=True)
class PartnerAnswer:
    """One call and all that is kept of its answer; secrets are already taken out.

    `http_status` is None when no answer began; `failure` may be set beside a status when the body broke off.
    `body_head` is at most 2,000 characters and storable; `json` is None unless the whole body was JSON.
    """

    operation: str
    http_status: int | None
    latency_ms: int
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)
    body_head: str = field(default="", repr=False)
    json: object = field(default=None, repr=False)
    failure: Failure | None = None
    retry_after_s: float | None = None

    @property
    def is_outcome_unknown(self) -> bool:
        """Whether the partner may have acted although no clear answer came."""
        if self.http_status is None:
            return self.failure not in _NEVER_SENT
        return self.http_status >= 500

    @property
    def is_heard(self) -> bool | None:
        """Whether the partner is shown to be at work; False: away or out of order, None: neither is shown."""
        if self.http_status is None:
            return None if self.failure in ("protocol", "too_large") else False
        return False if self.http_status >= 500 else None if self.failure else True

    @property
    def message(self) -> str | None:
        """The partner's own sentence (`meta.message`), if there is one."""
        return meta_message(self.json)


class PartnerError(Exception):
    """A partner call gave nothing to rely on. The text names the operation and the kind, nothing secret."""

    def __init__(self, kind: FailureKind, answer: PartnerAnswer) -> None:
        super().__init__(f"{answer.operation}: {kind}")
        self.kind = kind
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Company:
    """One salon as YCLIENTS describes it to anyone."""

    id: int
    title: str
    city: str | None
    address: str | None
    timezone_name: str | None


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One row of the partner's log; times are the partner's text, whose time zone is not documented."""

    changed_at: str | None
    status_from: str | None
    status_to: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class PartnerPayment:
    """One payment in the partner's list; the sum and the times are the partner's text."""

    id: str
    payment_sum: str | None
    currency_iso: str | None
    payment_date: str | None
    period_from: str | None
    period_to: str | None
    is_refunded: bool


@dataclass(frozen=True, slots=True)
class StatusReading:
    """The truth about one install; `since` is the partner's text of when the link was made."""

    salon_id: int
    status: PartnerStatus
    since: str | None
    logs: tuple[StatusChange, ...]
    payments: tuple[PartnerPayment, ...]
    answer: PartnerAnswer = field(repr=False)


@dataclass(frozen=True, slots=True)
class SalonPage:
    """One page of the connected salons; items that made no sense are counted in `skipped`."""

    page: int
    items: tuple[Company, ...]
    skipped: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class ActivationBody:
    """What an activation call carries besides the application; `channels` only in the callback variant."""

    salon_id: int
    api_key: str = field(repr=False)
    webhook_urls: tuple[str, ...] = field(repr=False)
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """Whether the partner knows our token: `kind` is None when it does.

    `clock_offset_s` is the partner's clock minus ours, known to about a second, None without a Date header.
    """

    kind: FailureKind | None
    http_status: int | None
    latency_ms: int
    clock_offset_s: float | None
    message: str | None


def classify_activation(answer: PartnerAnswer) -> Verdict:
    """Decide what an activation answer means, by status; the text is read only to tell two 400s apart.

    A success whose body is missing, cut or HTML is still a success: only the status read has the last word.
    """
    status = answer.http_status
    if status is None:
        return Verdict.RETRY
    if 200 <= status < 300 or status in (301, 302):
        return Verdict.ACCEPTED
    known = {
        401: Verdict.TOKEN_REFUSED,
        403: Verdict.ALREADY_INSTALLED_OR_REFUSED,
        404: Verdict.NOT_FOUND,
        429: Verdict.RATE_LIMITED,
    }
    if status in known:
        return known[status]
    if 400 <= status < 500 and status not in _RETRIED_4XX:
        return Verdict.AGGREGATOR_NOT_FOUND if _names_aggregator(answer) else Verdict.REJECTED
    return Verdict.RETRY


def failure_kind(answer: PartnerAnswer) -> FailureKind | None:
    """Say why a read failed, or None when its JSON may be looked at."""
    status = answer.http_status
    if status is None or (status < 300 and answer.failure is not None):
        return _transport_kind(answer.failure)
    if 200 <= status < 300:
        return None if isinstance(answer.json, dict) else FailureKind.GARBLED
    known = {
        401: FailureKind.UNAUTHORIZED,
        403: FailureKind.FORBIDDEN,
        404: FailureKind.NOT_FOUND,
        408: FailureKind.TIMEOUT,
        429: FailureKind.RATE_LIMITED,
        504: FailureKind.TIMEOUT,
    }
    if status in known:
        return known[status]
    return FailureKind.SERVER_ERROR if status >= 500 else FailureKind.GARBLED


def classify_status(answer: PartnerAnswer) -> PartnerStatus | FailureKind:
    """Read the answer to a status call: the link's status, or why it cannot be known.

    404 means uninstalled only when the API itself said so (its JSON envelope or an empty body): the 404 page
    of some web server, from a wrong address say, must never end anybody's install.
    """
    kind = failure_kind(answer)
    if kind is FailureKind.NOT_FOUND:
        from_api = isinstance(answer.json, dict) or (answer.failure is None and not answer.body_head.strip())
        return PartnerStatus.UNINSTALLED if from_api else FailureKind.GARBLED
    if kind is not None:
        return kind
    data = envelope_data(answer.json)
    return _status_in(data) if isinstance(data, dict) else FailureKind.GARBLED


def envelope_data(body: object) -> object:
    """Return `data` of the partner's envelope, or None; `meta` may be anything."""
    return body.get("data") if isinstance(body, dict) else None


def meta_message(body: object) -> str | None:
    """Return `meta.message` of the partner's envelope, or None."""
    meta = body.get("meta") if isinstance(body, dict) else None
    message = meta.get("message") if isinstance(meta, dict) else None
    return message if isinstance(message, str) and message else None


def status_word(value: object) -> PartnerStatus | None:
    """Read one of the partner's status words in any case; `frozen` is taken for its `freezed`."""
    if not isinstance(value, str):
        return None
    return _STATUS_WORDS.get(value.strip().lower())


def _status_in(data: Mapping[str, object]) -> PartnerStatus | FailureKind:
    link = data.get("connection_status")
    if isinstance(link, dict) and link:
        return status_word(link.get("status")) or FailureKind.GARBLED
    if link or _last_logged(data.get("logs")) is not PartnerStatus.UNINSTALLED:
        return FailureKind.GARBLED
    return PartnerStatus.UNINSTALLED


def _last_logged(logs: object) -> PartnerStatus | None:
    """Return the newest logged status; rows are compared by their time text, later rows winning ties."""
    if not isinstance(logs, list):
        return None
    rows = [row for row in logs if isinstance(row, dict)]
    if not rows:
        return None
    newest = max(enumerate(rows), key=lambda item: (str(item[1].get("changed_at") or ""), item[0]))[1]
    return status_word(newest.get("status_to"))


def _transport_kind(failure: Failure | None) -> FailureKind:
    if failure == "timeout":
        return FailureKind.TIMEOUT
    if failure in ("protocol", "too_large"):
        return FailureKind.GARBLED
    return FailureKind.UNREACHABLE


def _names_aggregator(answer: PartnerAnswer) -> bool:
    said = f"{answer.message or ''} {answer.body_head}".lower()
    return any(text in said for text in _AGGREGATOR_NOT_FOUND)

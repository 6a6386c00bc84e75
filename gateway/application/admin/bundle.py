"""The support bundle of one install: everything support needs about it, nothing that may not leave the house."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from gateway.application.admin.board_records import SalonRecord, StoryRecord
from gateway.application.admin.call_records import (
    AttemptRecord,
    CallRecord,
    CallSelection,
    QueuePosition,
)
from gateway.application.admin.desk import Handler
from gateway.application.bundle_page import Page, Texts, said
from gateway.application.doctor import Check
from gateway.application.evidence import HIDDEN, shape_of
from gateway.application.ports import Clock
from gateway.application.records import StaffMember
from gateway.domain.partner_routes import route_of
from shared import protocol
from shared.admin_wire import SalonQuery, SupportBundle

EVENTS = 400
CALLS = 15
WEBHOOKS = 60
_HEAD_CHARS = 2000
_NOT_TOLD = ("staff", "staff_id", "audit", "correlation", "data", "at", "seq")


@dataclass(frozen=True, slots=True)
class WebhookRecord:
    """One webhook of the inbox as the bundle tells it."""

    received_at: datetime
    kind: str
    event: str | None
    proof: str
    state: str
    outcome: str | None
    error: str | None
    body: str


class BoardStore(Protocol):
    """The salon and its story; see `gateway.storage.board_store`."""

    async def salon(self, salon_id: int) -> tuple[SalonRecord, int]:
        """Return everything about one salon. Raises salon_not_found."""

    async def story(self, salon_id: int, before: int | None, limit: int) -> tuple[Sequence[StoryRecord], int]:
        """Return a salon's events, the newest first."""


class CallStore(Protocol):
    """Its partner calls; see `gateway.storage.call_desk`."""

    async def page(
        self, selection: CallSelection, after: QueuePosition | None, limit: int
    ) -> tuple[Sequence[CallRecord], int]:
        """Return calls."""

    async def attempts(self, call_id: int) -> Sequence[AttemptRecord]:
        """Return every attempt of a call."""


class WebhookStore(Protocol):
    """What YCLIENTS sent about it; see `gateway.storage.bundle_store`."""

    async def newest_of(self, salon_id: int, limit: int) -> Sequence[WebhookRecord]:
        """Return the newest webhooks of a salon."""


class Doctor(Protocol):
    """Who examines the configuration."""

    async def examine(self, *, probe: bool = True) -> Sequence[Check]:
        """Return the findings."""


@dataclass(frozen=True, slots=True)
class Versions:
    """What runs here."""

    gateway: str
    pool: str
    application_id: int | None


class Bundle:
    """Makes bundles. `texts` are those of `bundle` and `doctor` by whole dotted keys."""

    def __init__(
        self,
        board: BoardStore,
        calls: CallStore,
        webhooks: WebhookStore,
        doctor: Doctor,
        versions: Versions,
        texts: Texts,
        clock: Clock,
    ) -> None:
        self._board = board
        self._calls = calls
        self._webhooks = webhooks
        self._doctor = doctor
        self._versions = versions
        self._texts = texts
        self._clock = clock

    async def make(self, _member: StaffMember, given: SalonQuery) -> SupportBundle:
        """Make the page. Raises salon_not_found."""
        salon, _ = await self._board.salon(given.salon_id)
        story, _ = await self._board.story(given.salon_id, None, EVENTS)
        made_at = self._clock.now()
        page = Page(lambda lang, key: self._texts(lang, f"bundle.{key}"))
        page.title(given.salon_id, made_at)
        self._facts(page, salon)
        self._session(page, salon, story)
        await self._partner_calls(page, given.salon_id)
        await self._inbox(page, given.salon_id)
        page.section("timeline")
        page.lines([self._line(page, each) for each in reversed(story)], most=EVENTS)
        await self._examination(page)
        page.section("versions")
        page.facts((
            ("gateway", self._versions.gateway), ("protocol", protocol.PROTOCOL_VERSION),
            ("python", platform.python_version()), ("pool", self._versions.pool),
        ))  # fmt: skip
        name = f"support-{given.salon_id}-{made_at:%Y%m%d-%H%M%S}.html"
        return SupportBundle(salon_id=given.salon_id, file_name=name, html=page.html(), made_at=made_at)

    def _facts(self, page: Page, salon: SalonRecord) -> None:
        row = salon.row
        page.section("salon")
        page.facts((
            ("salon_id", row.salon_id), ("name", row.title), ("city", row.city), ("timezone", row.timezone),
            ("support_code", row.support_code), ("generation", row.generation), ("stage", row.stage),
            ("ours", row.partner_state), ("theirs", salon.partner_status), ("checked_at", salon.checked_at),
            ("registered_at", row.registered_at), ("signed", salon.entry_signed), ("activated_at", salon.activated_at),
            ("last_payment_at", salon.last_payment_at), ("paid_until", salon.paid_until),
            ("frozen_by_staff", salon.frozen_by_staff_at), ("closed_at", salon.closed_at),
            ("close_reason", salon.close_reason), ("error", row.error_code), ("error_text", salon.error_text),
        ))  # fmt: skip
        page.heading(page.both("generations"))
        page.lines(
            [
                (each.registered_at, f"{each.generation}: {said(each.partner_state)}", {
                    "closed_at": each.closed_at.isoformat() if each.closed_at else None, "reason": each.close_reason,
                })
                for each in salon.generations
            ],
            most=EVENTS,
        )  # fmt: skip

    def _session(self, page: Page, salon: SalonRecord, story: Sequence[StoryRecord]) -> None:
        session = salon.session
        page.section("session")
        page.facts((
            ("state", session.state), ("since", session.since), ("wanted", session.wanted), ("method", session.method),
            ("phone", session.phone_masked), ("starts", session.generation or None), ("linked_at", session.linked_at),
            ("error", session.error),
        ))  # fmt: skip
        page.heading(page.both("session_story"))
        told = [self._line(page, each) for each in reversed(story) if each.type.startswith("session.")]
        page.lines(told, most=EVENTS)

    def _line(self, page: Page, event: StoryRecord) -> tuple[datetime, str, Mapping[str, Any]]:
        try:
            sentence = page.both(f"events.{event.type}")
        except KeyError:
            sentence = said(event.type)
        inner = event.data.get("data")
        data = {**event.data, **inner} if isinstance(inner, Mapping) else event.data
        return event.at, sentence, {name: each for name, each in data.items() if name not in _NOT_TOLD}

    async def _partner_calls(self, page: Page, salon_id: int) -> None:
        page.section("calls")
        found, _ = await self._calls.page(CallSelection(salon_ids=(salon_id,)), None, CALLS)
        if not found:
            page.plain(page.both("nothing"))
        for call in sorted(found, key=lambda each: each.call_id):
            page.heading(
                page.both(
                    "call",
                    number=call.call_id,
                    kind=call.facts.kind,
                    state=call.facts.state,
                    attempts=call.attempts,
                )
            )
            if call.error_code or call.error_text:
                page.facts((("error", call.error_code), ("error_text", call.error_text)))
            for attempt in await self._calls.attempts(call.call_id):
                self._attempt(page, salon_id, attempt)

    def _attempt(self, page: Page, salon_id: int, attempt: AttemptRecord) -> None:
        route = route_of(attempt.operation, salon_id, self._versions.application_id or 0)
        sent = f"{route.method} {route.path}\nAuthorization: Bearer {HIDDEN}"
        if attempt.operation.startswith("callback"):
            body = {"salon_id": salon_id, "application_id": self._versions.application_id, "api_key": HIDDEN,
                    "webhook_urls": [HIDDEN]}  # fmt: skip
            sent += f"\n\n{json.dumps(body, ensure_ascii=False)}"
        answered = page.both("no_answer") if attempt.http_status is None else f"{attempt.http_status}"
        page.plain(
            f"{attempt.number}. {attempt.started_at:%Y-%m-%d %H:%M:%S} UTC · {page.both('answer')}: {answered} · "
            f"{attempt.latency_ms or 0} ms · {said(attempt.verdict or attempt.failure or '')}"
        )
        page.text(sent)
        headers = "\n".join(f"{name}: {value}" for name, value in (attempt.headers or {}).items())
        page.text(f"{headers}\n\n{(attempt.body_head or '')[:_HEAD_CHARS]}".strip() or "—")

    async def _inbox(self, page: Page, salon_id: int) -> None:
        page.section("webhooks")
        found = await self._webhooks.newest_of(salon_id, WEBHOOKS)
        if not found:
            page.plain(page.both("nothing"))
        elif len(found) >= WEBHOOKS:
            page.plain(page.both("cut", count=WEBHOOKS))
        for each in reversed(found):
            page.heading(f"{each.received_at:%Y-%m-%d %H:%M:%S} UTC · {said(each.event or each.kind)}")
            page.facts(
                (
                    ("proof", each.proof),
                    ("state", each.state),
                    ("outcome", each.outcome),
                    ("error", each.error),
                )
            )
            page.text(shape_of(each.body))

    async def _examination(self, page: Page) -> None:
        page.section("doctor")
        for check in await self._doctor.examine(probe=False):
            ru, en = (
                self._texts(lang, f"doctor.{check.code}").format_map(check.params) for lang in ("ru", "en")
            )
            page.plain(
                f'{said(check.level.value)} · {said(check.subject)}: {said(ru)} <i lang="en">{said(en)}</i>'
            )


def handlers(bundle: Bundle) -> Mapping[str, Handler]:
    """Return what answers the operation on bundles."""
    return {protocol.INSTALLS_BUNDLE.name: bundle.make}

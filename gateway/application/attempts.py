"""What every partner call has in common: each request is written down before it is sent, and so is what came back."""

from __future__ import annotations

import random
from datetime import timedelta

from gateway.application.ports import CallStore, Clock, PartnerApi, TokenMemory
from gateway.application.records import ClaimedCall
from gateway.domain.partner_answers import (
    TOKEN_REFUSALS,
    FailureKind,
    PartnerAnswer,
    PartnerError,
    PartnerStatus,
    Priority,
)
from gateway.domain.retry import gives_up, next_delay_s
from shared.vocabulary import PartnerState

PAUSED_RECHECK_S = 15.0
_MAX_KEPT_TEXT = 500


class Attempts:
    """The steps from which the work on one call is made; none raises for what the partner does."""

    def __init__(
        self,
        token_fingerprint: str,
        calls: CallStore,
        partner: PartnerApi,
        memory: TokenMemory,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._token_fingerprint = token_fingerprint
        self._calls = calls
        self._partner = partner
        self._memory = memory
        self._clock = clock
        self._rng = rng

    async def confirm(self, call: ClaimedCall, priority: Priority) -> PartnerStatus | None:
        """Read the status as an attempt of its own; None when it could not be read and the call was put back."""
        number = await self._calls.begin_attempt(call, "status")
        if number is None:
            return None
        try:
            reading = await self._partner.status(call.salon_id, priority)
        except PartnerError as error:
            await self.keep(call, number, error.answer, error.kind.value)
            if error.kind in TOKEN_REFUSALS:
                await self.token_refused(call, unknown=True, reason=error.kind)
            else:
                await self.retry(call, "unknown_outcome", error.answer.retry_after_s, unknown=True)
            return None
        await self.keep(call, number, reading.answer, f"status_{reading.status.value}")
        await self._memory.accept()
        return reading.status

    async def keep(self, call: ClaimedCall, number: int, answer: PartnerAnswer, verdict: str) -> None:
        """Keep what came back of one request."""
        await self._calls.finish_attempt(
            call, number, http_status=answer.http_status, headers=dict(answer.headers), body_head=answer.body_head,
            latency_ms=answer.latency_ms, failure=answer.failure, verdict=verdict,
        )  # fmt: skip

    async def token_refused(
        self, call: ClaimedCall, *, unknown: bool, reason: FailureKind = FailureKind.UNAUTHORIZED
    ) -> None:
        """Put the call back; what is not known of it stays unknown, for a refused read tells nothing."""
        await self._memory.refuse(reason.value, self._token_fingerprint)
        at = self._clock.now() + timedelta(seconds=PAUSED_RECHECK_S)
        await self._calls.retry_at(call, at, "token_refused", outcome_unknown=unknown)

    async def fail(self, call: ClaimedCall, code: str, answer: PartnerAnswer) -> None:
        """Hand the call to a person, with the partner's words; whatever it says here, it knows our token."""
        await self._memory.accept()
        text = (answer.message or answer.body_head)[:_MAX_KEPT_TEXT] or None
        await self._calls.settle_failed(call, PartnerState.REFUSED, code, text)

    async def retry(
        self, call: ClaimedCall, code: str, retry_after_s: float | None, *, unknown: bool
    ) -> None:
        """Put the call back for a while, or hand it to a person when it has been tried for days."""
        now = self._clock.now()
        if call.first_attempt_at is not None and gives_up((now - call.first_attempt_at).total_seconds()):
            await self._calls.settle_failed(
                call, PartnerState.EXPIRED, "expired", None, outcome_unknown=unknown
            )
            return
        delay_s = next_delay_s(call.failed_tries + 1, self._rng, retry_after_s)
        await self._calls.retry_at(call, now + timedelta(seconds=delay_s), code, outcome_unknown=unknown)

"""Activation: one claimed partner call taken as far as it goes now, and what is remembered of it.

The call is written down before it is sent. Whoever works on a call whose last outcome is unknown reads the status
first, so a crash between the partner's success and our commit ends in one install with one key.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from gateway.application.ports import CallStore, Clock, InstallStore, PartnerApi, TokenMemory
from gateway.application.records import ClaimedCall
from gateway.domain.errors import GatewayError
from gateway.domain.partner_answers import (
    ActivationBody,
    ActivationCall,
    FailureKind,
    PartnerAnswer,
    PartnerError,
    PartnerStatus,
    Priority,
    Verdict,
    classify_activation,
)
from gateway.domain.retry import gives_up, next_delay_s
from shared.vocabulary import PartnerState

REGISTRATION_LIFETIME_S = 3600
PAUSED_RECHECK_S = 15.0
_FAILED_CODES = {
    Verdict.REJECTED: "rejected",
    Verdict.AGGREGATOR_NOT_FOUND: "aggregator_not_found",
    Verdict.NOT_FOUND: "not_requested",
}
_MAX_KEPT_TEXT = 500


@dataclass(frozen=True, slots=True)
class ActivationConfig:
    """What activation needs to know of the settings."""

    first_call: ActivationCall
    webhook_base: str
    token_fingerprint: str


@dataclass(frozen=True, slots=True)
class ActivationReport:
    """Where an activation stands, for `POST /marketplace/activate`."""

    state: PartnerState
    salon_id: int


class Activator:
    """Works one claimed call; never raises for what the partner does."""

    def __init__(
        self,
        config: ActivationConfig,
        calls: CallStore,
        partner: PartnerApi,
        memory: TokenMemory,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._config = config
        self._calls = calls
        self._partner = partner
        self._memory = memory
        self._clock = clock
        self._rng = rng

    async def claim(self, limit: int) -> Sequence[ClaimedCall]:
        """Claim due calls; while our token stands refused only one a minute, to see whether it is accepted again."""
        refusal = await self._memory.refusal()
        if refusal is None or refusal.fingerprint != self._config.token_fingerprint:
            return await self._calls.claim_due(limit)
        if not await self._memory.may_try(self._config.token_fingerprint):
            return []
        return await self._calls.claim_due(1)

    async def work(self, call: ClaimedCall) -> None:
        """Take one call as far as it goes: settled, put back for later, or dropped because the claim was lost."""
        if call.outcome_unknown:
            status = await self._confirm(call)
            if status is None or await self._settled_by(call, status):
                return
        await self._send(call, self._config.first_call)

    async def _send(self, call: ClaimedCall, variant: ActivationCall) -> None:
        answer = await self._attempt(call, variant)
        if answer is None:
            return
        verdict = classify_activation(answer)
        if verdict is Verdict.ACCEPTED:
            await self._after_acceptance(call, variant)
        elif verdict is Verdict.ALREADY_INSTALLED_OR_REFUSED:
            await self._after_refusal(call, answer)
        elif verdict is Verdict.TOKEN_REFUSED:
            await self._token_refused(call, unknown=False)
        elif verdict in _FAILED_CODES:
            await self._memory.accept()  # whatever it says about this salon, it knows our token
            await self._fail(call, _FAILED_CODES[verdict], answer)
        else:
            code = "rate_limited" if verdict is Verdict.RATE_LIMITED else "partner_unavailable"
            await self._retry(call, code, answer.retry_after_s, unknown=verdict is Verdict.RETRY)

    async def _after_acceptance(self, call: ClaimedCall, variant: ActivationCall) -> None:
        """Accepted is not active: ask. Still pending after the redirect variant: say it again, server to server."""
        status = await self._confirm(call)
        if status is None or await self._settled_by(call, status):
            return
        if variant == "redirect":
            await self._send(call, "callback")
        else:
            await self._retry(call, "unknown_outcome", None, unknown=True)

    async def _after_refusal(self, call: ClaimedCall, answer: PartnerAnswer) -> None:
        """403 means «already installed» or «not allowed»; only the status tells which."""
        status = await self._confirm(call)
        if status is None or await self._settled_by(call, status):
            return
        await self._fail(call, "not_requested", answer)

    async def _settled_by(self, call: ClaimedCall, status: PartnerStatus) -> bool:
        if status is not PartnerStatus.ACTIVE:
            return False
        await self._calls.settle_active(call)
        return True

    async def _confirm(self, call: ClaimedCall) -> PartnerStatus | None:
        """Read the status as an attempt of its own; None when it could not be read and the call was put back."""
        number = await self._calls.begin_attempt(call, "status")
        if number is None:
            return None
        try:
            reading = await self._partner.status(call.salon_id, Priority.ACTIVATION)
        except PartnerError as error:
            await self._keep(call, number, error.answer, error.kind.value)
            if error.kind is FailureKind.UNAUTHORIZED:
                await self._token_refused(call, unknown=True)
            else:
                await self._retry(call, "unknown_outcome", error.answer.retry_after_s, unknown=True)
            return None
        await self._keep(call, number, reading.answer, f"status_{reading.status.value}")
        await self._memory.accept()
        return reading.status

    async def _attempt(self, call: ClaimedCall, variant: ActivationCall) -> PartnerAnswer | None:
        number = await self._calls.begin_attempt(
            call, f"callback_{variant}" if variant == "redirect" else "callback"
        )
        if number is None:
            return None
        url = f"{self._config.webhook_base}/webhook/yclients/{call.webhook_key}"
        body = ActivationBody(salon_id=call.salon_id, api_key=call.api_key, webhook_urls=(url,))
        try:
            answer = await self._partner.activate(variant, body, Priority.ACTIVATION)
        except PartnerError as error:  # the token cannot even be sent
            await self._keep(call, number, error.answer, error.kind.value)
            await self._token_refused(call, unknown=False)
            return None
        await self._keep(call, number, answer, classify_activation(answer).value)
        return answer

    async def _keep(self, call: ClaimedCall, number: int, answer: PartnerAnswer, verdict: str) -> None:
        await self._calls.finish_attempt(
            call, number, http_status=answer.http_status, headers=dict(answer.headers), body_head=answer.body_head,
            latency_ms=answer.latency_ms, failure=answer.failure, verdict=verdict,
        )  # fmt: skip

    async def _token_refused(self, call: ClaimedCall, *, unknown: bool) -> None:
        """Put the call back; what is not known of it stays unknown, for a refused read tells nothing."""
        await self._memory.refuse("unauthorized", self._config.token_fingerprint)
        at = self._clock.now() + timedelta(seconds=PAUSED_RECHECK_S)
        await self._calls.retry_at(call, at, "token_refused", outcome_unknown=unknown)

    async def _fail(self, call: ClaimedCall, code: str, answer: PartnerAnswer) -> None:
        text = (answer.message or answer.body_head)[:_MAX_KEPT_TEXT] or None
        await self._calls.settle_failed(call, PartnerState.REFUSED, code, text)

    async def _retry(
        self, call: ClaimedCall, code: str, retry_after_s: float | None, *, unknown: bool
    ) -> None:
        now = self._clock.now()
        if call.first_attempt_at is not None and gives_up((now - call.first_attempt_at).total_seconds()):
            await self._calls.settle_failed(call, PartnerState.EXPIRED, "expired", None)
            return
        delay_s = next_delay_s(call.failed_tries + 1, self._rng, retry_after_s)
        await self._calls.retry_at(call, now + timedelta(seconds=delay_s), code, outcome_unknown=unknown)


class RequestActivation:
    """`POST /marketplace/activate`: what old pages call. It only makes sure of what the server does by itself."""

    def __init__(self, installs: InstallStore, clock: Clock, wake: Callable[[], None]) -> None:
        self._installs = installs
        self._clock = clock
        self._wake = wake

    async def __call__(self, salon_id: int, generation: int) -> ActivationReport:
        """Queue if needed and report.

        Raises whatsapp_not_connected, registration_expired, install_gone, install_frozen.
        """
        install = await self._installs.newest(salon_id)
        if install is None or not install.is_open or install.generation != generation:
            raise GatewayError("install_gone")
        state = install.partner_state
        if state is PartnerState.FROZEN:
            raise GatewayError("install_frozen")
        if state is PartnerState.PENDING:
            age_s = (self._clock.now() - install.registered_at).total_seconds()
            if age_s > REGISTRATION_LIFETIME_S:
                raise GatewayError("registration_expired")
            view = await self._installs.view(salon_id)
            if view is None or view.whatsapp_state != "connected":
                raise GatewayError("whatsapp_not_connected")
            await self._installs.queue_activation(salon_id)
            self._wake()
            state = PartnerState.QUEUED
        return ActivationReport(state, salon_id)

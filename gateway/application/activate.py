"""Activation: one claimed partner call taken as far as it goes now, and what is remembered of it.

The call is written down before it is sent. Whoever works on a call whose last outcome is unknown reads the status
first, so a crash between the partner's success and our commit ends in one install with one key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.application.attempts import Attempts
from gateway.application.ports import CallStore, Clock, InstallStore, PartnerApi
from gateway.application.records import ClaimedCall
from gateway.domain.errors import GatewayError
from gateway.domain.partner_answers import (
    ActivationBody,
    ActivationCall,
    PartnerAnswer,
    PartnerError,
    PartnerStatus,
    Priority,
    Verdict,
    classify_activation,
)
from shared.vocabulary import PartnerState

REGISTRATION_LIFETIME_S = 3600
_FAILED_CODES = {
    Verdict.REJECTED: "rejected",
    Verdict.AGGREGATOR_NOT_FOUND: "aggregator_not_found",
    Verdict.NOT_FOUND: "not_requested",
}


@dataclass(frozen=True, slots=True)
class ActivationConfig:
    """What activation needs to know of the settings."""

    first_call: ActivationCall
    webhook_base: str


@dataclass(frozen=True, slots=True)
class ActivationReport:
    """Where an activation stands, for `POST /marketplace/activate`."""

    state: PartnerState
    salon_id: int


class Activator:
    """Works one claimed call; never raises for what the partner does."""

    def __init__(
        self, config: ActivationConfig, attempts: Attempts, calls: CallStore, partner: PartnerApi
    ) -> None:
        self._config = config
        self._attempts = attempts
        self._calls = calls
        self._partner = partner

    async def work(self, call: ClaimedCall) -> None:
        """Take one call as far as it goes: settled, put back for later, or dropped because the claim was lost."""
        if call.outcome_unknown:
            status = await self._attempts.confirm(call, Priority.ACTIVATION)
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
            await self._attempts.token_refused(call, unknown=False)
        elif verdict in _FAILED_CODES:
            await self._attempts.fail(call, _FAILED_CODES[verdict], answer)
        else:
            code = "rate_limited" if verdict is Verdict.RATE_LIMITED else "partner_unavailable"
            await self._attempts.retry(call, code, answer.retry_after_s, unknown=verdict is Verdict.RETRY)

    async def _after_acceptance(self, call: ClaimedCall, variant: ActivationCall) -> None:
        """Accepted is not active: ask. Still pending after the redirect variant: say it again, server to server."""
        if call.is_backlog:
            await self._calls.await_list(call)
            return
        status = await self._attempts.confirm(call, Priority.ACTIVATION)
        if status is None or await self._settled_by(call, status):
            return
        if variant == "redirect":
            await self._send(call, "callback")
        else:
            await self._attempts.retry(call, "unknown_outcome", None, unknown=True)

    async def _after_refusal(self, call: ClaimedCall, answer: PartnerAnswer) -> None:
        """403 means «already installed» or «not allowed»; only the status tells which."""
        if call.is_backlog:
            await self._calls.await_list(call)
            return
        status = await self._attempts.confirm(call, Priority.ACTIVATION)
        if status is None or await self._settled_by(call, status):
            return
        await self._attempts.fail(call, "not_requested", answer)

    async def _settled_by(self, call: ClaimedCall, status: PartnerStatus) -> bool:
        if status is not PartnerStatus.ACTIVE:
            return False
        await self._calls.settle_active(call)
        return True

    async def _attempt(self, call: ClaimedCall, variant: ActivationCall) -> PartnerAnswer | None:
        number = await self._calls.begin_attempt(
            call, f"callback_{variant}" if variant == "redirect" else "callback"
        )
        if number is None:
            return None
        url = f"{self._config.webhook_base}/webhook/yclients/{call.webhook_key}"
        body = ActivationBody(salon_id=call.salon_id, api_key=call.api_key, webhook_urls=(url,))
        try:
            priority = Priority.BACKLOG if call.is_backlog else Priority.ACTIVATION
            answer = await self._partner.activate(variant, body, priority)
        except PartnerError as error:  # the token cannot even be sent
            await self._attempts.keep(call, number, error.answer, error.kind.value)
            await self._attempts.token_refused(call, unknown=False)
            return None
        await self._attempts.keep(call, number, answer, classify_activation(answer).value)
        return answer


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

"""Uninstall: YCLIENTS is asked to end an install that staff gave up, and the install is closed once it has."""

from __future__ import annotations

from gateway.application.attempts import Attempts
from gateway.application.ports import CallStore, PartnerApi
from gateway.application.records import ClaimedCall
from gateway.application.synchronise import Synchronise
from gateway.domain.partner_answers import (
    PartnerAnswer,
    PartnerError,
    PartnerStatus,
    Priority,
    Verdict,
    classify_activation,
)

_READ_THEN_FAILED = (Verdict.ALREADY_INSTALLED_OR_REFUSED, Verdict.NOT_FOUND)
_FAILED = (Verdict.REJECTED, Verdict.AGGREGATOR_NOT_FOUND)


class Uninstaller:
    """Works one claimed uninstall; never raises for what the partner does. No key of the install is needed for it."""

    def __init__(
        self, attempts: Attempts, calls: CallStore, partner: PartnerApi, synchronise: Synchronise
    ) -> None:
        self._attempts = attempts
        self._calls = calls
        self._partner = partner
        self._synchronise = synchronise

    async def work(self, call: ClaimedCall) -> None:
        """Take one call as far as it goes: settled, put back for later, or dropped because the claim was lost."""
        if call.outcome_unknown:
            status = await self._attempts.confirm(call, Priority.STATUS)
            if status is None or await self._settled_by(call, status):
                return
        answer = await self._attempt(call)
        if answer is None:
            return
        verdict = classify_activation(answer)
        if verdict is Verdict.ACCEPTED or verdict in _READ_THEN_FAILED:
            await self._after_answer(call, answer, verdict)
        elif verdict is Verdict.TOKEN_REFUSED:
            await self._attempts.token_refused(call, unknown=False)
        elif verdict in _FAILED:
            await self._attempts.fail(call, "rejected", answer)
        else:
            code = "rate_limited" if verdict is Verdict.RATE_LIMITED else "partner_unavailable"
            await self._attempts.retry(call, code, answer.retry_after_s, unknown=verdict is Verdict.RETRY)

    async def _after_answer(self, call: ClaimedCall, answer: PartnerAnswer, verdict: Verdict) -> None:
        """Only the status tells whether the link has ended; 403 and 404 may also mean that it had ended before."""
        status = await self._attempts.confirm(call, Priority.STATUS)
        if status is None or await self._settled_by(call, status):
            return
        if verdict is Verdict.ACCEPTED:
            await self._attempts.retry(call, "unknown_outcome", None, unknown=True)
        else:
            await self._attempts.fail(call, "rejected", answer)

    async def _settled_by(self, call: ClaimedCall, status: PartnerStatus) -> bool:
        if status is not PartnerStatus.UNINSTALLED:
            return False
        await self._synchronise.follow(call.salon_id, await self._calls.settle_uninstalled(call))
        return True

    async def _attempt(self, call: ClaimedCall) -> PartnerAnswer | None:
        number = await self._calls.begin_attempt(call, "uninstall")
        if number is None:
            return None
        try:
            answer = await self._partner.uninstall(call.salon_id, Priority.STATUS)
        except PartnerError as error:  # the token cannot even be sent
            await self._attempts.keep(call, number, error.answer, error.kind.value)
            await self._attempts.token_refused(call, unknown=False)
            return None
        await self._attempts.keep(call, number, answer, classify_activation(answer).value)
        return answer

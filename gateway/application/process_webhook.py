"""What an accepted webhook changes. Events are hints: the state at YCLIENTS decides, so repeats do no harm."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone

from gateway.application.ports import Clock, InboxStore, InstallStore
from gateway.application.records import ClaimedWebhook, InstallRecord
from gateway.application.synchronise import SessionSwitch, Synchronise
from gateway.domain.errors import GatewayError
from gateway.domain.partner_answers import PartnerError, PartnerStatus, Priority
from gateway.domain.retry import gives_up, next_webhook_delay_s
from gateway.domain.webhooks import FREEZE, PAYMENT, UNINSTALL, LifecycleEvent, PaymentNotice, parse_webhook
from shared.vocabulary import PartnerState

_PARTNER_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")
# The protocol page leaves the time zone of payment times open; YCLIENTS works on Moscow time.
_PARTNER_ZONE = timezone(timedelta(hours=3))


class ProcessWebhook:
    """Works one claimed inbox row to an outcome, or puts it back for later."""

    def __init__(
        self,
        application_id: int | None,
        inbox: InboxStore,
        installs: InstallStore,
        synchronise: Synchronise,
        sessions: SessionSwitch,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._application_id = application_id
        self._inbox = inbox
        self._installs = installs
        self._synchronise = synchronise
        self._sessions = sessions
        self._clock = clock
        self._rng = rng

    async def work(self, webhook: ClaimedWebhook) -> None:
        """Process one webhook. A partner that cannot be read puts it back; other errors reach the worker."""
        install = await self._installs.newest(webhook.salon_id) if webhook.salon_id is not None else None
        try:
            outcome = await self._outcome(webhook, install)
        except PartnerError as error:
            await self.put_back(webhook, str(error))
            return
        await self._inbox.finish(webhook, outcome, install.install_id if install else None)

    async def put_back(self, webhook: ClaimedWebhook, error: str) -> None:
        """Try again later, or lay the webhook aside for staff after three days; a replay begins them anew."""
        age_s = (self._clock.now() - (webhook.replayed_at or webhook.received_at)).total_seconds()
        delay_s = next_webhook_delay_s(webhook.attempts, self._rng)
        await self._inbox.retry_later(webhook, delay_s, error, give_up=gives_up(age_s))

    async def _outcome(self, webhook: ClaimedWebhook, install: InstallRecord | None) -> str:
        if webhook.repeats is not None:
            return "repeated"
        if self._is_foreign(webhook):
            return "foreign_application"
        if install is None or not install.is_open:
            return "no_install"
        if webhook.event == PAYMENT:
            return await self._paid(webhook, install)
        if webhook.event in (UNINSTALL, FREEZE):
            return await self._ended(webhook, install)
        return "kept"

    def _is_foreign(self, webhook: ClaimedWebhook) -> bool:
        claimed = webhook.application_id
        return claimed is not None and self._application_id is not None and claimed != self._application_id

    async def _ended(self, webhook: ClaimedWebhook, install: InstallRecord) -> str:
        """Stop the bot at once (reversible), then let the status read decide; unread, it stays stopped.

        Only an event that the status bears out counts as applied: a late one that met another state must not make
        the next of its like look like a repetition.
        """
        await self._sessions.stop(install.salon_id)
        status, applied = await self._synchronise(
            install.salon_id, reason=f"webhook_{webhook.event}", priority=Priority.ACTIVATION
        )
        if status is PartnerStatus.UNINSTALLED or applied.after is PartnerState.UNINSTALLED:
            return "applied"
        if status is PartnerStatus.FREEZED:
            return "applied" if webhook.event == FREEZE else "contradicted"
        if not install.is_frozen_by_staff:
            await self._resume(install.salon_id)
        return "contradicted"

    async def _resume(self, salon_id: int) -> None:
        try:
            await self._sessions.resume(salon_id)
        except GatewayError as error:
            if error.code != "install_frozen":  # staff stopped it meanwhile
                raise

    async def _paid(self, webhook: ClaimedWebhook, install: InstallRecord) -> str:
        await self._synchronise(install.salon_id, reason="webhook_payment", priority=Priority.STATUS)
        if webhook.sign_state == "invalid":
            return "bad_sign"
        notice = _payment_of(webhook.body)
        paid_at = _moment(notice.payment_date if notice else None) or webhook.received_at
        until = _moment(notice.period_to if notice else None)
        await self._installs.record_payment(install.salon_id, paid_at, until)
        return "applied"


def _payment_of(body: str) -> PaymentNotice | None:
    parsed = parse_webhook(body.encode("utf-8"))
    return parsed.payment if isinstance(parsed, LifecycleEvent) else None


def _moment(text: str | None) -> datetime | None:
    """Read one of the partner's times, None when it is not one."""
    for form in _PARTNER_TIMES:
        try:
            return datetime.strptime(text or "", form).replace(tzinfo=_PARTNER_ZONE).astimezone(UTC)
        except ValueError:
            continue
    return None

"""The marketplace itself: salons, their links to the application, payments and what follows from them.

Knows no HTTP. Every change goes through a method here, whether it comes from the partner API, the page, the
control API or a test; webhooks are handed to `on_webhook` as intents and sent by someone else.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gateway.sandbox import events
from gateway.sandbox.brand import Brand, brand_named
from gateway.sandbox.catalogue import Salon, default_salons, default_tariffs
from gateway.sandbox.config import SandboxConfig, Switches
from gateway.sandbox.events import Webhook
from gateway.sandbox.faults import FaultBoard
from gateway.sandbox.limits import Limiter
from gateway.sandbox.links import Activation, Link, LinkStatus, Payment
from gateway.sandbox.redirects import BranchForm, redirect_url, signed_owner
from gateway.sandbox.referee import Referee
from gateway.sandbox.request_log import RequestLog
from gateway.sandbox.user_data import Alphabet

if TYPE_CHECKING:
    from gateway.application.ports import Clock

OWNER = "marketplace"
PARTNER = "partner_api"
MAX_SALONS = 20_000
MAX_CLOCK_SHIFT_S = 10 * 366 * 86400


class Refused(Exception):
    """The marketplace will not do that. `reason` is one of these words; callers map it to their own form:

    `unknown_salon`, `foreign_app`, `not_installed`, `already_installed`, `consent_missing`,
    `unknown_payment`, `already_refunded`, `not_active`, `no_tariffs`, `salon_exists`, `too_many_salons`,
    `bad_shift`, `no_branches`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Connected:
    """The outcome of «Подключить»: where the browser goes, and which branches changed."""

    redirect_url: str
    consented: tuple[int, ...]
    unchanged: tuple[int, ...]


class Market:
    """One sandbox's whole state and everything that can be done to it."""

    def __init__(self, config: SandboxConfig, clock: Clock, salons: Iterable[Salon] | None = None) -> None:
        self.config = config
        self.clock = clock
        self.brand: Brand = brand_named(config.brand)
        self.on_webhook: Callable[[Webhook], None] = lambda webhook: None
        self._first_salons = tuple(default_salons() if salons is None else salons)
        self.log = RequestLog()
        self.reset()

    # -- the whole ---------------------------------------------------------------------------------

    def reset(self) -> None:
        """Return to the state of a fresh sandbox: no links, faults, counts, shift or log."""
        self.salons: dict[int, Salon] = {salon.id: salon for salon in self._first_salons}
        self.switches = Switches.of(self.config)
        self.faults = FaultBoard()
        self.limiter = Limiter()
        self.referee = Referee()
        self.log.clear()
        self.tariffs: list[dict[str, Any]] = default_tariffs()
        self.discounts: dict[int, Decimal] = {}
        self.payments: dict[int, Payment] = {}
        self._links: dict[int, Link] = {}
        self._shift = timedelta()
        self._payment_ids = itertools.count(70001)
        self._resource_ids = itertools.count(880001)

    def now(self) -> datetime:
        """Return the platform's present moment: the clock plus the shift."""
        return self.clock.now() + self._shift

    @property
    def shift_s(self) -> float:
        """How far the platform's clock stands ahead of the machine's, in seconds."""
        return self._shift.total_seconds()

    def shift(self, seconds: float) -> None:
        """Move the platform's clock by `seconds` more; links whose deadline passed expire at once."""
        total = self.shift_s + seconds
        if not abs(total) <= MAX_CLOCK_SHIFT_S:
            raise Refused("bad_shift")
        self._shift = timedelta(seconds=total)
        self.expire_due()

    def reset_shift(self) -> None:
        """Put the platform's clock back on the machine's."""
        self._shift = timedelta()

    def report(self) -> dict[str, Any]:
        """Return the referee's counts as plain data."""
        return self.referee.report(self.salons)

    def api_keys(self, salon_id: int) -> list[str]:
        """Return the distinct api_keys this salon was ever called with. For tests: these are secrets."""
        return self.referee.api_keys(salon_id)

    # -- salons and links --------------------------------------------------------------------------

    def add_salon(self, salon: Salon) -> None:
        """Add one salon; refuses an id in use and more than MAX_SALONS."""
        if salon.id in self.salons:
            raise Refused("salon_exists")
        if len(self.salons) >= MAX_SALONS:
            raise Refused("too_many_salons")
        self.salons[salon.id] = salon

    def salon(self, salon_id: int) -> Salon:
        """Return a salon or refuse with `unknown_salon`."""
        if salon_id not in self.salons:
            raise Refused("unknown_salon")
        return self.salons[salon_id]

    def link(self, salon_id: int) -> Link:
        """Return the salon's link as of now; a salon never connected has an uninstalled one."""
        self.salon(salon_id)
        link = self._links.get(salon_id) or Link(salon_id)
        self._expire(link)
        return link

    def status(self, salon_id: int) -> LinkStatus:
        """Return where the salon stands as of now."""
        return self.link(salon_id).status

    def ever_linked(self, salon_id: int) -> bool:
        """Tell whether the owner ever consented."""
        return salon_id in self._links

    def links(self) -> list[Link]:
        """Return the links of all salons that ever had one, as of now."""
        self.expire_due()
        return list(self._links.values())

    def payments_of(self, salon_id: int) -> list[Payment]:
        """Return the salon's payments, oldest first."""
        return [payment for payment in self.payments.values() if payment.salon_id == salon_id]

    def expire_due(self) -> None:
        """End every pending link whose deadline has passed."""
        for link in self._links.values():
            self._expire(link)

    def pending_until(self, link: Link) -> datetime | None:
        """Return when a pending link ends unless activated; None when it is not pending."""
        if link.status is not LinkStatus.PENDING or link.since is None:
            return None
        return link.since + timedelta(seconds=self.switches.pending_ttl_s)

    def _expire(self, link: Link) -> None:
        deadline = self.pending_until(link)
        if deadline is not None and self.now() >= deadline:
            link.move(LinkStatus.UNINSTALLED, deadline, OWNER)

    # -- the owner's side --------------------------------------------------------------------------

    def consent(self, salon_id: int, source: str = OWNER) -> bool:
        """Record the owner's consent; False when the salon is already connected and nothing changed.

        A pending link is renewed: its deadline starts again, the install stays the same one.
        """
        link = self.link(salon_id)
        if link.status in (LinkStatus.ACTIVE, LinkStatus.FREEZED):
            return False
        self._links[salon_id] = link
        now = self.now()
        if link.status is LinkStatus.PENDING:
            link.since = link.created_at = now
            return True
        self._begin_install(link, now, source)
        return True

    def _begin_install(self, link: Link, now: datetime, source: str) -> None:
        link.install += 1
        link.created_at = now
        link.forget_settings()
        if self.switches.private_app:
            link.move(LinkStatus.ACTIVE, now, source)
            self.referee.install(link.salon_id, link.install).activations += 1
        else:
            link.move(LinkStatus.PENDING, now, source)

    def connect(
        self,
        salon_ids: int | Sequence[int],
        *,
        form: BranchForm = "salon_id",
        user_data: bool = True,
        alphabet: Alphabet = "urlsafe",
    ) -> Connected:
        """Press «Подключить» for these branches and return where the owner's browser goes.

        Connected branches stay as they are: their link is the one of the card's settings tab.
        """
        branches = self._branches(salon_ids)
        for each in branches:
            self.salon(each)
        changed = {each: self.consent(each) for each in branches}
        return Connected(
            self.entry_url(branches, form=form, user_data=user_data, alphabet=alphabet),
            tuple(each for each, did in changed.items() if did),
            tuple(each for each, did in changed.items() if not did),
        )

    def entry_url(
        self,
        salon_ids: int | Sequence[int],
        *,
        form: BranchForm = "salon_id",
        user_data: bool = True,
        alphabet: Alphabet = "urlsafe",
    ) -> str:
        """Return the Registration Redirect URL for these branches and change nothing (the settings tab)."""
        branches = self._branches(salon_ids)
        first = self.salon(branches[0])
        signed = None
        if user_data:
            signed = signed_owner(first, self.config.public_url, self.config.partner_token, alphabet)
        return redirect_url(self.config.redirect_url, branches, form, signed=signed)

    def disconnect(self, salon_id: int) -> bool:
        """Press «Отключить»: uninstalled, with the webhook; False when there was nothing to end."""
        return self._uninstall(self.link(salon_id), OWNER)

    def expire(self, salon_id: int) -> None:
        """Let the paid period end: freezed, with the webhook; refuses unless active."""
        link = self.link(salon_id)
        if link.status is not LinkStatus.ACTIVE:
            raise Refused("not_active")
        self._freeze(link)

    def pay(
        self,
        salon_id: int,
        *,
        amount: str = "990",
        signed_amount: str | None = None,
        discount: str | None = None,
        months: int = 1,
        currency_iso: str = "RUB",
        tariff_option_id: int | None = 5011,
    ) -> Payment:
        """Let the owner pay through the platform: thaws, and sends the `payment` webhook.

        `amount` and `discount` are number texts and stand in the body exactly so; the signature is made over
        `signed_amount` when it is given, because the platform's number text is not documented.
        """
        link = self.link(salon_id)
        if link.status not in (LinkStatus.ACTIVE, LinkStatus.FREEZED):
            raise Refused("not_installed")
        now = self.now()
        payment = self._add_payment(
            salon_id, Decimal(amount), currency_iso, now, now, now + timedelta(days=30 * months)
        )
        self._thaw(link, OWNER)
        self.on_webhook(
            events.payment_webhook(
                self.config,
                payment,
                amount=amount,
                signed_amount=signed_amount or amount,
                discount=discount,
                tariff_option_id=tariff_option_id,
            )
        )
        return payment

    def emit(
        self,
        salon_id: int,
        *,
        resource: str = "record",
        status: str = "create",
        resource_id: int | None = None,
        data: dict[str, Any] | None = None,
        repeat: int = 1,
    ) -> int:
        """Send an entity event to the addresses registered at activation; return how many were sent.

        `repeat` sends the same event several times over, as the platform does for one edit. Nothing is sent
        for a salon that is not active.
        """
        salon = self.salon(salon_id)
        link = self.link(salon_id)
        if link.status is not LinkStatus.ACTIVE:
            raise Refused("not_active")
        number = next(self._resource_ids) if resource_id is None else resource_id
        payload = events.entity_body(salon, resource, number, status, self.now(), data)
        for url in link.webhook_urls * repeat:
            self.on_webhook(Webhook("entity", url, payload, salon_id, f"{resource}.{status}"))
        return len(link.webhook_urls) * repeat

    # -- the partner's side ------------------------------------------------------------------------

    def check_application(self, application_id: int) -> None:
        """Refuse an application that is not the partner's own."""
        if application_id != self.config.application_id:
            raise Refused("foreign_app")

    def see_activation(self, salon_id: int, api_key: str | None) -> None:
        """Count a call that asks for activation, whatever comes of it."""
        if salon_id not in self.salons:
            return
        count = self.referee.install(salon_id, self.link(salon_id).install)
        count.callback_calls += 1
        count.see_key(api_key)

    def activate(self, salon_id: int, request: Activation) -> Link:
        """Make a pending link active with what the partner sent.

        Refuses with `already_installed` when the link is active or freezed (and changes nothing), with
        `consent_missing` when the owner has not consented or the deadline has passed.
        """
        link = self.link(salon_id)
        if link.status in (LinkStatus.ACTIVE, LinkStatus.FREEZED):
            self.referee.install(salon_id, link.install).refused_repeats += 1
            raise Refused("already_installed")
        if link.status is not LinkStatus.PENDING:
            raise Refused("consent_missing")
        link.move(LinkStatus.ACTIVE, self.now(), PARTNER)
        link.webhook_urls = request.webhook_urls
        link.channels = dict.fromkeys(request.channels, True)
        self.referee.install(salon_id, link.install).activations += 1
        return link

    def uninstall(self, salon_id: int) -> bool:
        """End the install on the partner's word; False when it had ended already."""
        if not self.ever_linked(salon_id):
            self.salon(salon_id)
            raise Refused("not_installed")
        return self._uninstall(self.link(salon_id), PARTNER)

    def report_payment(
        self,
        salon_id: int,
        payment_sum: Decimal,
        currency_iso: str,
        dates: tuple[datetime, datetime, datetime],
    ) -> Payment:
        """Record that the partner was paid: `dates` are paid at, period from and to. May thaw."""
        link = self._installed(salon_id)
        payment = self._add_payment(salon_id, payment_sum, currency_iso, *dates)
        if payment.covers(self.now()):
            self._thaw(link, PARTNER)
        return payment

    def refund(self, payment_id: int) -> None:
        """Record a refund; a link no longer paid for by any payment is freezed."""
        payment = self.payments.get(payment_id)
        if payment is None:
            raise Refused("unknown_payment")
        if payment.refunded_at is not None:
            raise Refused("already_refunded")
        now = self.now()
        was_running = payment.covers(now)
        payment.refunded_at = now
        link = self.link(payment.salon_id)
        paid = any(each.covers(now) for each in self.payments_of(payment.salon_id))
        if was_running and not paid and link.status is LinkStatus.ACTIVE:
            self._freeze(link)

    def set_short_names(self, salon_id: int, names: Sequence[str]) -> None:
        """Keep the sender names of an installed salon."""
        self._installed(salon_id).short_names = tuple(names)

    def set_channel(self, salon_id: int, slug: str, available: bool) -> None:
        """Switch one message channel of an installed salon."""
        self._installed(salon_id).channels[slug] = available

    def set_discount(self, salon_ids: Sequence[int], discount: Decimal) -> None:
        """Keep a percent discount for each of these salons; all or none."""
        for each in salon_ids:
            self.salon(each)
        self.discounts.update(dict.fromkeys(salon_ids, discount))

    def offered_tariffs(self) -> list[dict[str, Any]]:
        """Return the application's tariffs; none for a free one."""
        return [] if self.switches.free_app else self.tariffs

    def payment_link(self, salon_id: int, discount: str | None, option_id: str | None) -> str:
        """Return the platform's payment page for an installed salon; refuses a free application."""
        self._installed(salon_id)
        if not self.offered_tariffs():
            raise Refused("no_tariffs")
        return events.payment_link(self.config, self.brand.web, salon_id, discount, option_id)

    def listed(self) -> list[Salon]:
        """Return the salons the list call shows, by id."""
        wanted = {
            "active": {LinkStatus.ACTIVE},
            "connected": {LinkStatus.ACTIVE, LinkStatus.FREEZED},
            "all": {LinkStatus.PENDING, LinkStatus.ACTIVE, LinkStatus.FREEZED},
        }[self.switches.listed_statuses]
        return [
            self.salons[each.salon_id]
            for each in sorted(self.links(), key=_by_salon)
            if each.status in wanted
        ]

    # -- inside ------------------------------------------------------------------------------------

    @staticmethod
    def _branches(salon_ids: int | Sequence[int]) -> list[int]:
        branches = [salon_ids] if isinstance(salon_ids, int) else list(dict.fromkeys(salon_ids))
        if not branches:
            raise Refused("no_branches")
        return branches

    def _installed(self, salon_id: int) -> Link:
        link = self.link(salon_id)
        if not link.installed:
            raise Refused("not_installed")
        return link

    def _uninstall(self, link: Link, source: str) -> bool:
        if not link.installed:
            return False
        link.move(LinkStatus.UNINSTALLED, self.now(), source)
        link.forget_settings()
        self._lifecycle(link.salon_id, "uninstall")
        return True

    def _freeze(self, link: Link) -> None:
        link.move(LinkStatus.FREEZED, self.now(), OWNER)
        self._lifecycle(link.salon_id, "freeze")

    def _thaw(self, link: Link, source: str) -> None:
        if link.status is LinkStatus.FREEZED:
            link.move(LinkStatus.ACTIVE, self.now(), source)

    def _lifecycle(self, salon_id: int, event: str) -> None:
        self.on_webhook(events.lifecycle_webhook(self.config, salon_id, event))

    def _add_payment(
        self,
        salon_id: int,
        payment_sum: Decimal,
        currency_iso: str,
        paid_at: datetime,
        period_from: datetime,
        period_to: datetime,
    ) -> Payment:
        number = next(self._payment_ids)
        payment = Payment(number, salon_id, payment_sum, currency_iso, paid_at, period_from, period_to)
        self.payments[number] = payment
        return payment


def _by_salon(link: Link) -> int:
    return link.salon_id

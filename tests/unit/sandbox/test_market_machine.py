"""Whatever is done to a marketplace in whatever order, it stays one that could exist."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.sandbox.catalogue import default_salons
from gateway.sandbox.links import TRANSITIONS, Activation, LinkStatus
from gateway.sandbox.market import Refused
from tests.unit.sandbox.support import Bench

SALONS = st.sampled_from([101001, 101002, 101004])
KEYS = st.sampled_from(["a" * 64, "b" * 64])


class Marketplace(RuleBasedStateMachine):
    """A marketplace of three salons under random hands."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(salons=list(default_salons())[:4])
        self.market = self.bench.market
        self.told: dict[int, list[str]] = {}
        self.payment_ids: list[int] = []

    @rule(salon=SALONS, private=st.booleans())
    def consents(self, salon: int, private: bool) -> None:
        before = self.market.status(salon)
        self.market.switches.private_app = private
        done = self.market.connect(salon)
        assert bool(done.consented) is (before in (LinkStatus.UNINSTALLED, LinkStatus.PENDING))

    @rule(salon=SALONS, key=KEYS)
    def activates(self, salon: int, key: str) -> None:
        before = self.market.status(salon)
        self.market.see_activation(salon, key)
        try:
            self.market.activate(salon, Activation(key, ("https://a.example",)))
        except Refused as refused:
            assert refused.reason == (
                "consent_missing" if before is LinkStatus.UNINSTALLED else "already_installed"
            )
            assert self.market.status(salon) is before
        else:
            assert before is LinkStatus.PENDING

    @rule(salon=SALONS, by_partner=st.booleans())
    def ends(self, salon: int, by_partner: bool) -> None:
        installed = self.market.link(salon).installed
        told = len(self.bench.sent)
        if by_partner and not self.market.ever_linked(salon):
            return
        changed = self.market.uninstall(salon) if by_partner else self.market.disconnect(salon)
        assert changed is installed
        assert len(self.bench.sent) - told == int(installed)

    @rule(salon=SALONS)
    def period_ends(self, salon: int) -> None:
        active = self.market.status(salon) is LinkStatus.ACTIVE
        try:
            self.market.expire(salon)
        except Refused:
            assert not active
        else:
            assert active

    @rule(salon=SALONS)
    def owner_pays(self, salon: int) -> None:
        before = self.market.status(salon)
        try:
            self.payment_ids.append(self.market.pay(salon).id)
        except Refused:
            assert before in (LinkStatus.UNINSTALLED, LinkStatus.PENDING)
        else:
            assert self.market.status(salon) is LinkStatus.ACTIVE

    @rule(salon=SALONS, days=st.integers(-40, 40))
    def partner_reports_a_payment(self, salon: int, days: int) -> None:
        begins = self.market.now() + timedelta(days=days)
        try:
            payment = self.market.report_payment(
                salon, Decimal(5), "RUB", (begins, begins, begins + timedelta(days=30))
            )
        except Refused:
            assert not self.market.link(salon).installed
        else:
            self.payment_ids.append(payment.id)

    @rule(data=st.data())
    def refunds(self, data: st.DataObject) -> None:
        if self.payment_ids:
            number = data.draw(st.sampled_from(self.payment_ids))
            again = self.market.payments[number].refunded_at is not None
            try:
                self.market.refund(number)
            except Refused:
                assert again

    @rule(salon=SALONS)
    def emits(self, salon: int) -> None:
        active = self.market.status(salon) is LinkStatus.ACTIVE
        try:
            sent = self.market.emit(salon)
        except Refused:
            assert not active
        else:
            assert sent == len(self.market.link(salon).webhook_urls)

    @rule(seconds=st.sampled_from([1, 1800, 3599, 3600, 50_000]))
    def time_passes(self, seconds: int) -> None:
        self.bench.clock.move(seconds)

    @rule(seconds=st.sampled_from([-1800, 3600, 90_000]))
    def clock_is_shifted(self, seconds: int) -> None:
        self.market.shift(seconds)

    @invariant()
    def every_history_is_a_chain_of_legal_moves(self) -> None:
        for link in self.market.links():
            assert all((row.status_from, row.status_to) in TRANSITIONS for row in link.logs)
            assert all(before.status_to is after.status_from for before, after in pairwise(link.logs))
            assert link.logs[0].status_from is LinkStatus.UNINSTALLED
            assert link.logs[-1].status_to is link.status

    @invariant()
    def installs_are_counted_by_what_happened(self) -> None:
        report = self.market.report()["salons"]
        for link in self.market.links():
            became_active = sum(
                row.status_to is LinkStatus.ACTIVE and row.status_from is not LinkStatus.FREEZED
                for row in link.logs
            )
            assert report[str(link.salon_id)]["activations"] == became_active
            assert link.install == sum(row.status_from is LinkStatus.UNINSTALLED for row in link.logs)
            assert all(each["activations"] <= 1 for each in report[str(link.salon_id)]["by_install"])

    @invariant()
    def no_pending_link_outlives_its_deadline(self) -> None:
        for link in self.market.links():
            until = self.market.pending_until(link)
            assert until is None or until > self.market.now()

    @invariant()
    def an_ended_link_keeps_no_settings_of_a_live_one(self) -> None:
        for link in self.market.links():
            if link.status in (LinkStatus.UNINSTALLED, LinkStatus.PENDING):
                assert link.webhook_urls == ()

    @invariant()
    def the_platform_tells_each_end_and_each_freeze_once(self) -> None:
        for link in self.market.links():
            told = [webhook.event for webhook in self.bench.sent if webhook.salon_id == link.salon_id]
            assert told.count("freeze") == sum(row.status_to is LinkStatus.FREEZED for row in link.logs)
            # A pending link that runs out of time ends silently.
            ended = sum(row.status_to is LinkStatus.UNINSTALLED for row in link.logs)
            assert told.count("uninstall") <= ended


Marketplace.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestMarketplace = Marketplace.TestCase

"""The marketplace's own rules, without HTTP."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from decimal import Decimal

import pytest

from gateway.sandbox.catalogue import Salon
from gateway.sandbox.config import CODE_PENDING_TTL_S
from gateway.sandbox.links import Activation, LinkStatus
from gateway.sandbox.market import MAX_CLOCK_SHIFT_S, Refused
from tests.unit.sandbox.support import CONFIG, KEY, OTHER, SALON, Bench

PENDING, ACTIVE, FREEZED, UNINSTALLED = (
    LinkStatus.PENDING,
    LinkStatus.ACTIVE,
    LinkStatus.FREEZED,
    LinkStatus.UNINSTALLED,
)
HOOKS = ("http://127.0.0.1:8080/webhook/yclients/k1", "http://127.0.0.1:8080/webhook/yclients/k2")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def activated(bench: Bench, salon_id: int = SALON, *, urls: tuple[str, ...] = HOOKS) -> None:
    bench.market.connect(salon_id)
    bench.market.see_activation(salon_id, KEY)
    bench.market.activate(salon_id, Activation(KEY, urls))


def refusal(call: object, *arguments: object) -> str:
    with pytest.raises(Refused) as caught:
        call(*arguments)  # type: ignore[operator]
    return caught.value.reason


def month(bench: Bench, days: int = 30) -> tuple[object, object, object]:
    now = bench.market.now()
    return now, now, now + timedelta(days=days)


def test_consent_makes_a_link_pending_and_activation_makes_it_active(bench: Bench) -> None:
    assert bench.market.status(SALON) is UNINSTALLED
    bench.market.connect(SALON)
    assert bench.market.status(SALON) is PENDING
    bench.market.activate(SALON, Activation(KEY, HOOKS, ("sms",)))
    link = bench.market.link(SALON)
    assert (link.status, link.webhook_urls, link.channels) == (ACTIVE, HOOKS, {"sms": True})
    assert [(row.status_from, row.status_to, row.source) for row in link.logs] == [
        (UNINSTALLED, PENDING, "marketplace"),
        (PENDING, ACTIVE, "partner_api"),
    ]


def test_activating_twice_changes_nothing(bench: Bench) -> None:
    activated(bench)
    before = dataclasses.replace(bench.market.link(SALON))
    again = Activation("other", ("https://other.example",))
    assert refusal(bench.market.activate, SALON, again) == "already_installed"
    assert bench.market.link(SALON) == before
    bench.market.expire(SALON)
    assert refusal(bench.market.activate, SALON, again) == "already_installed"


def test_nothing_is_activated_without_consent(bench: Bench) -> None:
    assert refusal(bench.market.activate, SALON, Activation()) == "consent_missing"
    activated(bench)
    bench.market.disconnect(SALON)
    assert refusal(bench.market.activate, SALON, Activation()) == "consent_missing"


def test_a_pending_link_ends_at_its_deadline_and_not_before(bench: Bench) -> None:
    bench.market.connect(SALON)
    bench.clock.move(3599.9)
    assert bench.market.status(SALON) is PENDING
    bench.clock.move(0.1)
    assert bench.market.status(SALON) is UNINSTALLED
    assert refusal(bench.market.activate, SALON, Activation()) == "consent_missing"
    assert bench.events == []


def test_the_row_of_an_expired_link_bears_its_deadline_however_late_it_is_looked_at(bench: Bench) -> None:
    bench.market.connect(SALON)
    deadline = bench.market.now() + timedelta(hours=1)
    bench.clock.move(86400 * 3)
    assert bench.market.link(SALON).logs[-1].changed_at == deadline


def test_the_longer_deadline_of_the_platforms_code_can_be_switched_on(bench: Bench) -> None:
    bench.market.switches.pending_ttl_s = CODE_PENDING_TTL_S
    bench.market.connect(SALON)
    bench.clock.move(3600 * 11.9)
    assert bench.market.status(SALON) is PENDING
    bench.clock.move(3600)
    assert bench.market.status(SALON) is UNINSTALLED


def test_shifting_the_clock_expires_links_at_once_and_moves_stamps(bench: Bench) -> None:
    bench.market.connect(SALON)
    bench.market.shift(3600)
    assert bench.market.status(SALON) is UNINSTALLED
    assert bench.market.now() - bench.clock.now() == timedelta(hours=1)
    bench.market.reset_shift()
    assert bench.market.now() == bench.clock.now()


@pytest.mark.parametrize(
    "seconds", [MAX_CLOCK_SHIFT_S + 1.0, -MAX_CLOCK_SHIFT_S - 1.0, float("nan"), float("inf")]
)
def test_a_clock_is_not_shifted_out_of_reason(bench: Bench, seconds: float) -> None:
    assert refusal(bench.market.shift, seconds) == "bad_shift"
    assert bench.market.shift_s == 0


def test_consent_again_renews_the_deadline_of_the_same_install(bench: Bench) -> None:
    bench.market.connect(SALON)
    bench.clock.move(3000)
    assert bench.market.connect(SALON).consented == (SALON,)
    bench.clock.move(3000)
    link = bench.market.link(SALON)
    assert (link.status, link.install, len(link.logs)) == (PENDING, 1, 1)


def test_connecting_an_active_salon_gives_the_way_in_and_changes_nothing(bench: Bench) -> None:
    activated(bench)
    before = dataclasses.replace(bench.market.link(SALON))
    done = bench.market.connect([SALON, OTHER], form="salon_ids[]")
    assert (done.consented, done.unchanged) == ((OTHER,), (SALON,))
    assert done.redirect_url.startswith(CONFIG.redirect_url)
    assert bench.market.link(SALON) == before


def test_the_settings_link_consents_to_nothing(bench: Bench) -> None:
    assert "salon_id=101001" in bench.market.entry_url(SALON)
    assert bench.market.status(SALON) is UNINSTALLED


def test_connecting_with_an_unknown_branch_connects_none(bench: Bench) -> None:
    assert refusal(bench.market.connect, [SALON, 5]) == "unknown_salon"
    assert bench.market.status(SALON) is UNINSTALLED
    assert refusal(bench.market.connect, []) == "no_branches"


def test_repeated_branches_count_once(bench: Bench) -> None:
    assert bench.market.connect([SALON, SALON, OTHER]).consented == (SALON, OTHER)


def test_a_private_application_is_active_on_consent_and_then_already_installed(bench: Bench) -> None:
    bench.market.switches.private_app = True
    bench.market.connect(SALON)
    assert bench.market.status(SALON) is ACTIVE
    assert refusal(bench.market.activate, SALON, Activation(KEY)) == "already_installed"


def test_disconnecting_ends_a_link_in_any_state_and_tells_once(bench: Bench) -> None:
    bench.market.connect(SALON)
    assert bench.market.disconnect(SALON) is True
    activated(bench)
    assert bench.market.disconnect(SALON) is True
    activated(bench)
    bench.market.expire(SALON)
    assert bench.market.disconnect(SALON) is True
    assert bench.market.disconnect(SALON) is False
    assert bench.events == ["uninstall", "uninstall", "freeze", "uninstall"]
    assert bench.market.link(SALON).webhook_urls == ()


def test_the_partner_uninstalls_and_hears_of_it_too(bench: Bench) -> None:
    activated(bench)
    assert bench.market.uninstall(SALON) is True
    assert bench.market.uninstall(SALON) is False
    assert bench.events == ["uninstall"]
    assert bench.market.link(SALON).logs[-1].source == "partner_api"
    assert refusal(bench.market.uninstall, OTHER) == "not_installed"
    assert refusal(bench.market.uninstall, 5) == "unknown_salon"


def test_each_install_after_an_uninstall_counts_by_itself(bench: Bench) -> None:
    activated(bench)
    bench.market.disconnect(SALON)
    bench.market.connect(SALON)
    bench.market.see_activation(SALON, "second")
    bench.market.activate(SALON, Activation("second"))
    counted = bench.market.report()["salons"][str(SALON)]
    assert (counted["installs"], counted["api_keys"]) == (2, 2)
    assert [(each["install"], each["api_keys"], each["activations"]) for each in counted["by_install"]] == [
        (1, 1, 1),
        (2, 1, 1),
    ]
    assert bench.market.api_keys(SALON) == [KEY, "second"]


def test_a_second_key_for_one_install_is_seen_even_when_the_call_is_refused(bench: Bench) -> None:
    activated(bench)
    bench.market.see_activation(SALON, "another")
    counted = bench.market.report()["salons"][str(SALON)]["by_install"]
    assert [each["api_keys"] for each in counted] == [2]


def test_no_key_is_in_the_report(bench: Bench) -> None:
    activated(bench)
    assert KEY not in json.dumps(bench.market.report())


def test_the_period_ends_only_for_an_active_salon_and_is_told(bench: Bench) -> None:
    assert refusal(bench.market.expire, SALON) == "not_active"
    activated(bench)
    bench.market.expire(SALON)
    assert bench.market.status(SALON) is FREEZED
    assert refusal(bench.market.expire, SALON) == "not_active"
    assert bench.events == ["freeze"]


def test_paying_through_the_platform_thaws_and_tells(bench: Bench) -> None:
    assert refusal(bench.market.pay, SALON) == "not_installed"
    activated(bench)
    bench.market.expire(SALON)
    payment = bench.market.pay(SALON, amount="1500.50")
    assert bench.market.status(SALON) is ACTIVE
    assert payment.payment_sum == Decimal("1500.50")
    assert bench.events == ["freeze", "payment"]


def test_a_payment_told_by_the_partner_thaws_when_it_pays_for_now(bench: Bench) -> None:
    activated(bench)
    bench.market.expire(SALON)
    past = bench.market.now() - timedelta(days=60)
    bench.market.report_payment(SALON, Decimal(1), "RUB", (past, past, past + timedelta(days=30)))
    assert bench.market.status(SALON) is FREEZED
    bench.market.report_payment(SALON, Decimal(1), "RUB", month(bench))  # type: ignore[arg-type]
    assert bench.market.status(SALON) is ACTIVE


def test_refunding_the_running_period_freezes_unless_another_payment_covers_it(bench: Bench) -> None:
    activated(bench)
    first = bench.market.report_payment(SALON, Decimal(1), "RUB", month(bench))  # type: ignore[arg-type]
    second = bench.market.report_payment(SALON, Decimal(1), "RUB", month(bench))  # type: ignore[arg-type]
    bench.market.refund(first.id)
    assert bench.market.status(SALON) is ACTIVE
    bench.market.refund(second.id)
    assert bench.market.status(SALON) is FREEZED
    assert refusal(bench.market.refund, second.id) == "already_refunded"
    assert refusal(bench.market.refund, 1) == "unknown_payment"


def test_payments_and_settings_need_an_install(bench: Bench) -> None:
    for call in (
        lambda: bench.market.report_payment(SALON, Decimal(1), "RUB", month(bench)),  # type: ignore[arg-type]
        lambda: bench.market.set_short_names(SALON, ["AI"]),
        lambda: bench.market.set_channel(SALON, "sms", True),
        lambda: bench.market.payment_link(SALON, None, None),
    ):
        assert refusal(call) == "not_installed"


def test_a_new_install_starts_without_the_old_ones_settings(bench: Bench) -> None:
    activated(bench)
    bench.market.set_short_names(SALON, ["AI"])
    bench.market.set_channel(SALON, "whatsapp", True)
    bench.market.disconnect(SALON)
    bench.market.connect(SALON)
    link = bench.market.link(SALON)
    assert (link.short_names, link.channels, link.webhook_urls) == ((), {}, ())


def test_a_discount_is_kept_for_all_or_none(bench: Bench) -> None:
    assert refusal(bench.market.set_discount, [SALON, 5], Decimal(10)) == "unknown_salon"
    assert bench.market.discounts == {}
    bench.market.set_discount([SALON, OTHER], Decimal("15.55"))
    assert bench.market.discounts == {SALON: Decimal("15.55"), OTHER: Decimal("15.55")}


def test_a_free_application_has_neither_tariffs_nor_a_payment_link(bench: Bench) -> None:
    activated(bench)
    assert bench.market.offered_tariffs()
    assert "&sign=" in bench.market.payment_link(SALON, "15.55", None)
    bench.market.switches.free_app = True
    assert bench.market.offered_tariffs() == []
    assert refusal(bench.market.payment_link, SALON, None, None) == "no_tariffs"


def test_an_event_goes_to_every_registered_address_as_often_as_asked(bench: Bench) -> None:
    assert refusal(bench.market.emit, SALON) == "not_active"
    activated(bench)
    assert bench.market.emit(SALON, repeat=2) == 4
    assert sorted(webhook.url for webhook in bench.sent) == sorted(HOOKS * 2)
    assert len({webhook.body for webhook in bench.sent}) == 1
    assert {webhook.kind for webhook in bench.sent} == {"entity"}


def test_no_event_goes_out_without_registered_addresses_or_once_ended(bench: Bench) -> None:
    activated(bench, urls=())
    assert bench.market.emit(SALON) == 0
    bench.market.disconnect(SALON)
    assert refusal(bench.market.emit, SALON) == "not_active"


@pytest.mark.parametrize(
    ("listed", "seen"),
    [("connected", [101001, 101002]), ("active", [101001]), ("all", [101001, 101002, 101003])],
)
def test_the_list_holds_whom_the_switch_says(bench: Bench, listed: str, seen: list[int]) -> None:
    bench.market.connect(101003)
    activated(bench, 101002)
    bench.market.expire(101002)
    activated(bench, 101001)
    bench.market.switches.listed_statuses = listed  # type: ignore[assignment]
    assert [salon.id for salon in bench.market.listed()] == seen


def test_salons_can_be_added_once(bench: Bench) -> None:
    salon = Salon(5, "Новый", "Тула", "", "", "Europe/Moscow")
    bench.market.add_salon(salon)
    assert bench.market.salon(5) is salon
    assert refusal(bench.market.add_salon, salon) == "salon_exists"


def test_a_foreign_application_is_refused(bench: Bench) -> None:
    bench.market.check_application(CONFIG.application_id)
    assert refusal(bench.market.check_application, CONFIG.application_id + 1) == "foreign_app"


def test_reset_returns_to_a_fresh_sandbox(bench: Bench) -> None:
    activated(bench)
    bench.market.shift(50)
    bench.market.faults.put("500")
    bench.market.switches.free_app = True
    bench.market.add_salon(Salon(5, "Новый", "Тула", "", "", "Europe/Moscow"))
    bench.market.reset()
    assert bench.market.status(SALON) is UNINSTALLED
    assert (bench.market.shift_s, bench.market.faults.wire(), bench.market.switches.free_app) == (
        0,
        [],
        False,
    )
    assert 5 not in bench.market.salons
    assert bench.market.report()["calls_total"] == 0
    assert bench.market.api_keys(SALON) == []

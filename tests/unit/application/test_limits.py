"""Limits: who is counted by what, and that counting itself cannot be abused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from gateway.application.limits import Bucket, LimitRates, Limits, Rate, address_key
from gateway.application.links import OnboardingLink
from gateway.domain.errors import GatewayError
from tests.fakes.clock import FakeClock

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def allowed(act: Callable[[], None], at_most: int = 1_000) -> int:
    """Return how often something may be done before it is refused."""
    for times in range(at_most):
        try:
            act()
        except GatewayError as error:
            assert error.code == "rate_limited"
            assert int(error.params["retry_after"]) >= 1
            return times
    return at_most


def link(*salons: int) -> OnboardingLink:
    return OnboardingLink(dict.fromkeys(salons, 1), NOW, NOW)


async def test_so_many_at_once_and_then_so_many_a_second() -> None:
    clock = FakeClock()
    bucket = Bucket(Rate(burst=5, per_s=2), clock)
    assert [bucket.wait_s("a") for _ in range(5)] == [0.0] * 5
    assert bucket.wait_s("a") == pytest.approx(0.5)
    assert bucket.wait_s("b") == 0.0
    await clock.advance(0.5)
    assert bucket.wait_s("a") == 0.0
    assert bucket.wait_s("a") > 0
    await clock.advance(60)
    assert [bucket.wait_s("a") for _ in range(5)] == [0.0] * 5
    assert bucket.wait_s("a") > 0


async def test_refusals_cost_the_refused_nothing() -> None:
    clock = FakeClock()
    bucket = Bucket(Rate(burst=1, per_s=1), clock)
    bucket.wait_s("a")
    for _ in range(1_000):
        bucket.wait_s("a")
    await clock.advance(1)
    assert bucket.wait_s("a") == 0.0


async def test_memory_is_bounded_however_many_keys_come() -> None:
    clock = FakeClock()
    bucket = Bucket(Rate(burst=2, per_s=0.01), clock, cap=100)
    for number in range(10_000):
        bucket.wait_s(number)
        assert len(bucket) <= 100
    await clock.advance(1_000)
    bucket.wait_s("one more")
    assert len(bucket) == 1


def test_a_stranger_is_counted_by_address_and_all_together() -> None:
    limits = Limits(FakeClock(), LimitRates(stranger=Rate(3, 0.1), strangers=Rate(7, 0.1)))
    assert allowed(lambda: limits.stranger("192.0.2.1")) == 3
    assert allowed(lambda: limits.stranger("192.0.2.2")) == 3
    assert allowed(lambda: limits.stranger("192.0.2.3")) == 1


def test_whoever_has_a_link_is_counted_by_it_however_busy_its_address_is() -> None:
    limits = Limits(FakeClock(), LimitRates(stranger=Rate(3, 0.1), link=Rate(5, 0.1)))
    allowed(lambda: limits.stranger("192.0.2.1"))
    assert allowed(lambda: limits.owner(link(1))) == 5
    assert allowed(lambda: limits.owner(link(2))) == 5


def test_an_entry_is_counted_by_what_was_signed_or_else_by_address() -> None:
    rates = LimitRates(signed_entry=Rate(4, 0.1), unsigned_entry=Rate(2, 0.1), unsigned_entries=Rate(3, 0.1))
    limits = Limits(FakeClock(), rates)
    assert allowed(lambda: limits.entry("192.0.2.1", None)) == 2
    assert allowed(lambda: limits.entry("192.0.2.2", None)) == 1
    assert allowed(lambda: limits.entry("192.0.2.1", "ab" * 32)) == 4
    assert allowed(lambda: limits.entry("192.0.2.9", "AB" * 32)) == 0
    assert allowed(lambda: limits.entry("192.0.2.1", "cd" * 32)) == 4


def test_a_number_is_counted_whoever_asks_and_a_member_of_staff_alone() -> None:
    limits = Limits(FakeClock(), LimitRates(phone=Rate(2, 0.1), codes=Rate(3, 0.1), person=Rate(2, 0.1)))
    assert allowed(lambda: limits.pairing_code("79991234567")) == 2
    assert allowed(lambda: limits.pairing_code("79991234568")) == 1
    assert allowed(lambda: limits.person(1)) == 2
    assert allowed(lambda: limits.person(2)) == 2


def test_switched_off_nothing_is_counted() -> None:
    limits = Limits(FakeClock(), LimitRates(stranger=Rate(1, 0.1)), is_on=False)
    assert allowed(lambda: limits.stranger("192.0.2.1")) == 1_000
    assert limits.keys == 0


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_address_is_counted_by_what_its_owner_cannot_change(address: str, key: str) -> None:
    assert address_key(address) == key


def test_what_is_no_address_is_kept_short_and_apart() -> None:
    """Incident I-33: one bucket for everybody whose address was not known."""
    odd = ["unknown", "x" * 60_000, "192.0.2.1, 192.0.2.2", "\udcff", ""]
    assert len({address_key(each) for each in odd}) == len(odd)
    assert all(len(address_key(each)) == 16 for each in odd)
    assert address_key(None) == address_key("")


def test_thirty_salons_of_one_office_are_far_below_every_limit_beside_ten_times_their_traffic() -> None:
    """Goal B8 in numbers: polling every 2.5 s, a page and a socket a minute, an entry each three minutes."""
    rates, salons, attack = LimitRates(), 30, 10
    assert rates.link.per_s >= 10 * (1 / 2.5)
    assert rates.stranger.per_s >= (1 + attack) * salons / 60
    assert rates.handshake.per_s >= (1 + attack) * salons / 60
    assert rates.unsigned_entry.burst >= salons

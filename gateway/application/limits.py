"""How often strangers, owners, staff and phones may ask.

Whoever proves who they are is counted by that alone, so an attacker behind the same address cannot lock them out; what
proves nothing is counted by its address. Counts are kept in each process: a limit is then as many times higher as
there are processes, needs no round trip and cannot fail. What must be exact over all processes is in Postgres instead:
the partner's budget, and one pairing code a minute for each salon.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections import OrderedDict
from dataclasses import dataclass

from gateway.application.links import OnboardingLink
from gateway.application.ports import Clock
from gateway.domain.errors import GatewayError

MAX_KEYS = 20_000
IPV6_PREFIX = 64
"""One IPv6 customer has at least so much to choose addresses from."""

_ALL = "all"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and then so many a second."""

    burst: int
    per_s: float


@dataclass(frozen=True, slots=True)
class LimitRates:
    """Every limit there is. Thirty salons of one office stay far below them beside an attacker ten times as busy."""

    stranger: Rate = Rate(300, 10.0)
    strangers: Rate = Rate(3_000, 200.0)
    handshake: Rate = Rate(400, 20.0)
    handshakes: Rate = Rate(4_000, 200.0)
    link: Rate = Rate(120, 10.0)
    signed_entry: Rate = Rate(20, 0.2)
    unsigned_entry: Rate = Rate(30, 0.2)
    unsigned_entries: Rate = Rate(60, 0.5)
    phone: Rate = Rate(10, 1 / 300)
    codes: Rate = Rate(100, 10.0)
    person: Rate = Rate(500, 50.0)
    crash: Rate = Rate(10, 1 / 360)


class Bucket:
    """Counts by key; forgets who has been quiet, and never remembers more than `cap` keys.

    Of each key only one moment is kept: when it will have its whole burst again.
    """

    def __init__(self, rate: Rate, clock: Clock, cap: int = MAX_KEYS) -> None:
        self._every_s = 1 / rate.per_s
        self._tolerance_s = (rate.burst - 1) * self._every_s
        self._clock = clock
        self._cap = cap
        self._full_at: OrderedDict[object, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def wait_s(self, key: object = _ALL) -> float:
        """Count one and return 0; or count nothing and return for how many seconds the key has to wait."""
        now = self._clock.monotonic()
        full_at = max(now, self._full_at.get(key, now))
        wait_s = full_at - now - self._tolerance_s
        if wait_s > 1e-9:
            return wait_s
        self._full_at[key] = full_at + self._every_s
        self._full_at.move_to_end(key)
        self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        while self._full_at:
            key, full_at = next(iter(self._full_at.items()))
            if full_at > now and len(self._full_at) <= self._cap:
                return
            del self._full_at[key]


class Limits:
    """Every count of one process; with `is_on` false nothing is counted or refused.

    Every method raises GatewayError rate_limited with `retry_after`, in whole seconds.
    """

    def __init__(self, clock: Clock, rates: LimitRates | None = None, *, is_on: bool = True) -> None:
        self.is_on = is_on
        chosen = rates or LimitRates()
        self._buckets = {name: Bucket(getattr(chosen, name), clock) for name in LimitRates.__slots__}

    @property
    def keys(self) -> int:
        """How many keys are remembered."""
        return sum(len(bucket) for bucket in self._buckets.values())

    def stranger(self, address: str | None) -> None:
        """Count a request that proved nothing."""
        self._take(("stranger", address_key(address)), ("strangers", _ALL))

    def connects(self, address: str | None) -> None:
        """Count a connection that has not said yet who it is."""
        self._take(("handshake", address_key(address)), ("handshakes", _ALL))

    def owner(self, link: OnboardingLink) -> None:
        """Count a request that brought a good link."""
        self._take(("link", tuple(link.generations.items())))

    def entry(self, address: str | None, sign: str | None) -> None:
        """Count an entry before YCLIENTS is asked about it: by what was signed, else by address."""
        if sign is not None:
            self._take(("signed_entry", sign.lower()))
        else:
            self._take(("unsigned_entry", address_key(address)), ("unsigned_entries", _ALL))

    def pairing_code(self, digits: str) -> None:
        """Count a code for a number: whoever's phone it is is told of each."""
        self._take(("phone", hashlib.sha256(digits.encode()).digest()), ("codes", _ALL))

    def person(self, staff_id: int) -> None:
        """Count an operation of a member of staff."""
        self._take(("person", staff_id))

    def crash(self, staff_id: int) -> None:
        """Count a crash report of a member of staff's console."""
        self._take(("crash", staff_id))

    def _take(self, *wanted: tuple[str, object]) -> None:
        for name, key in wanted if self.is_on else ():
            wait_s = self._buckets[name].wait_s(key)
            if wait_s:
                raise GatewayError("rate_limited", retry_after=str(max(1, math.ceil(wait_s))))


def address_key(address: str | None) -> str:
    """Return what an address is counted by: an IPv6 one by its network, what is no address by its digest."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return hashlib.sha256((address or "").encode("utf-8", "replace")).hexdigest()[:16]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, IPV6_PREFIX), strict=False))

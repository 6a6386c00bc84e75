"""Scale: what a thousand, ten thousand, a hundred thousand and three hundred thousand salons ask of the gateway.

Arithmetic and a simulation, not a measurement: a day of webhooks by the hour and by the second, an hour in which
YCLIENTS is away, and a restart that all open pages notice at once. What things cost is read from the figures of the
other comparisons in docs/performance/*.json; where one is not recorded yet a constant stands in, and the table says so.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.config import Settings
from gateway.storage.budget import PER_MINUTE
from tests.bench._report import FIGURES, Report, command_of, finish, parser, shown
from tests.bench.door import CONNECTIONS
from tests.bench.door import OURS as DOOR

NAME = "scale"
SALONS = (1_000, 10_000, 100_000, 300_000)
DAY_S, HOUR_S, TICK_S = 86_400, 3_600, 1
HOURS = (1, 1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 18, 16, 15, 16, 17, 18, 18, 16, 12, 8, 5, 3, 2)
"""How busy each hour of the day is beside the others: salons open at nine and close at nine, Moscow time mostly."""

BURST_EVERY_S, BURST_S, BURST = 1_800, 20, 4.0
"""Every half hour appointments begin: for so many seconds so many times the hour's rate comes in."""

AWAY_FROM_S, AWAY_S, RETURN_S = 11 * HOUR_S, HOUR_S, 300
"""YCLIENTS is away in the busiest hour; what it held back it sends within five minutes."""

SHARE_FOR_SWEEP, LIST_PAGE, SWEEP_EVERY_S = 0.7, 1_000, 900
LEASE_RENEWED_EVERY_S = 10.0
CROWD = 10_000
GIVES_UP_AFTER_S, NEVER_S = 20.0, 3_600.0
CORES = 2
"""Of the machine the costs were measured on."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What something costs, and where the figure is from."""

    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Costs:
    """Everything the model needs to know of the gateway."""

    door_per_s: Cost
    postgres_us: Cost
    kib_a_page: Cost
    connects_per_s: Cost
    inbox_row: Cost
    event_row: Cost
    lease_us: Cost


@dataclass(frozen=True, slots=True)
class Day:
    """What the simulated day did to one process' door."""

    peak_per_s: float
    most_waiting: int
    longest_wait_s: float
    most_after_outage: int
    drained_after_s: float


@dataclass(slots=True)
class _Door:
    """Webhooks that wait to be accepted by one process: what came and when, oldest first, in portions."""

    per_s: float
    waiting: float = 0.0
    portions: list[tuple[float, float]] = field(default_factory=list)

    def take_in(self, now: float, rows: float) -> None:
        if rows:
            self.portions.append((now, rows))
            self.waiting += rows

    def work(self, now: float) -> float:
        """Work one tick; returns how long the oldest row that was worked had waited, in seconds."""
        left, waited = self.per_s * TICK_S, 0.0
        while self.portions and left > 0:
            came, rows = self.portions[0]
            done = min(rows, left)
            waited, left, self.waiting = max(waited, now - came), left - done, self.waiting - done
            if done < rows:
                self.portions[0] = (came, rows - done)
                break
            self.portions.pop(0)
        return waited


_PAGES = ("10000", "gateway on hypercorn")
"""Where the sockets' comparison keeps what is taken from it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute and print."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    report = Report(NAME, "Scale: arithmetic and a simulation", command_of(NAME, given))
    costs = known_costs(options)
    _tell_costs(report, costs)
    _tell_loads(report, costs, options)
    _tell_limits(report, costs, options)
    return finish(report, is_recorded=options.record)


def _parser() -> argparse.ArgumentParser:
    made = parser(NAME, __doc__)
    made.add_argument("--salons", type=int, nargs="+", default=list(SALONS))
    made.add_argument("--bookings", type=float, default=12.0, help="bookings of a salon a day")
    made.add_argument(
        "--webhooks", type=float, default=3.0, help="webhooks a booking: made, changed, the visit"
    )
    made.add_argument(
        "--joining", type=float, default=0.01, help="share of the salons that connect on one day"
    )
    made.add_argument("--minutes", type=float, default=4.0, help="for how long an owner's page is open")
    made.add_argument("--events", type=float, default=40.0, help="events of one connecting")
    made.add_argument(
        "--lifecycle", type=float, default=0.1, help="events of a salon a day: payments, reconnects"
    )
    made.add_argument("--disk", type=float, default=500.0, help="GB of disk that Postgres has")
    made.add_argument("--seed", type=int, default=1)
    return made


def known_costs(options: argparse.Namespace) -> Costs:
    """Read what was measured; what was not is said to be assumed."""
    old = "before the first release, design §8"
    return Costs(
        door_per_s=_known("door", ("rounds", DOOR, str(CONNECTIONS[-1]), "per_s"), 3_000.0, old),
        postgres_us=_known("growth", ("server_us_a_webhook",), 250.0, "bench growth on a busy machine"),
        kib_a_page=_known("sockets", (*_PAGES, "kib_a_page"), 156.0, f"305 MB for 2,000, {old}"),
        connects_per_s=_known("sockets", (*_PAGES, "connects_per_s"), 200.0, "assumed"),
        inbox_row=_known("growth", ("bytes_a_row", "webhook_inbox"), 1_000.0, "bench growth --quick, of 400 B bodies"),
        event_row=_known("growth", ("bytes_a_row", "marketplace_events"), 210.0, "bench growth --quick"),
        lease_us=_known("growth", ("lease_us",), 30.0, "assumed"),
    )  # fmt: skip


def _known(name: str, path: Sequence[str], otherwise: float, source: str) -> Cost:
    file = FIGURES / f"{name}.json"
    found: Any = json.loads(file.read_text(encoding="utf-8"))["figures"] if file.exists() else {}
    for step in path:
        if isinstance(found, list):  # the rounds of a measurement
            found = statistics.median(each[step] for each in found) if found else {}
        else:
            found = found.get(step, {}) if isinstance(found, dict) else {}
    if isinstance(found, int | float):
        return Cost(float(found), f"docs/performance/{name}.json")
    return Cost(otherwise, f"not recorded; {source}")


def simulated_day(salons: int, costs: Costs, options: argparse.Namespace) -> Day:
    """Let a day pass, second by second."""
    chance, door = random.Random(options.seed), _Door(costs.door_per_s.value)
    mean = salons * options.bookings * options.webhooks / sum(HOURS) / HOUR_S
    peak = most = longest = after_outage = held_back = 0.0
    back_at, drained_at = AWAY_FROM_S + AWAY_S, math.inf
    for now in range(0, DAY_S, TICK_S):
        arriving = _arrivals(chance, now, mean)
        if AWAY_FROM_S <= now < back_at:
            held_back, arriving = held_back + arriving, 0.0
        elif back_at <= now < back_at + RETURN_S:
            arriving += held_back / RETURN_S
        door.take_in(now, arriving)
        waited = door.work(now)
        if now < AWAY_FROM_S:
            peak, most, longest = max(peak, arriving), max(most, door.waiting), max(longest, waited)
        elif now >= back_at:
            after_outage = max(after_outage, door.waiting)
            if now >= back_at + RETURN_S and door.waiting < 1 and drained_at == math.inf:
                drained_at = now - back_at
    return Day(peak, round(most), longest, round(after_outage), drained_at)


def _arrivals(chance: random.Random, now: int, mean: float) -> float:
    """Return how many webhooks come in this second: by the hour, in bursts, and by chance."""
    in_bursts = BURST_S / BURST_EVERY_S
    calm = 1 / (1 + in_bursts * (BURST - 1))  # so that the hour's sum stays what it is
    rate = mean * HOURS[now // HOUR_S] * calm * (BURST if now % BURST_EVERY_S < BURST_S else 1.0)
    return max(0.0, round(chance.gauss(rate, math.sqrt(rate))))


def simulated_return(pages: int, connects_per_s: float, seed: int) -> float:
    """Return after how many seconds every page is back when all lose their process at once.

    Pages try again as the official client does: after a second, two, four and then five, each half more or less. A
    process that is busy answers later; a page that hears nothing for twenty seconds begins anew.
    """
    chance = random.Random(seed)
    tries = [(_pause(chance, 0), number, 0) for number in range(pages)]
    heapq.heapify(tries)
    free_at = back_at = 0.0
    while tries:
        now, number, attempt = heapq.heappop(tries)
        starts = max(now, free_at)
        if starts - now > GIVES_UP_AFTER_S:  # the connection is closed by then, and costs nothing
            heapq.heappush(tries, (now + GIVES_UP_AFTER_S + _pause(chance, attempt + 1), number, attempt + 1))
        else:
            free_at = back_at = starts + 1 / connects_per_s
        if now > NEVER_S:
            return math.inf
    return back_at


def _pause(chance: random.Random, attempt: int) -> float:
    return min(5.0, 2.0**attempt) * chance.uniform(0.5, 1.5)


def _tell_costs(report: Report, costs: Costs) -> None:
    table = report.table("What things cost", "cost", "figure", "from")
    names = {
        "door_per_s": "webhooks a process accepts durably, a second",
        "postgres_us": "of each, Postgres' processor, µs",
        "kib_a_page": "memory of an open page, KiB", "connects_per_s": "pages connected, a second",
        "inbox_row": "a kept webhook on the disk, bytes", "event_row": "an event on the disk, bytes",
        "lease_us": "a session's lease renewed: Postgres' processor, µs",
    }  # fmt: skip
    for name, words in names.items():
        cost = getattr(costs, name)
        table.add(words, cost.value, cost.source)
        report.figures.setdefault("costs", {})[name] = {"value": cost.value, "source": cost.source}


@dataclass(slots=True)
class Load:
    """What one number of salons asks for."""

    salons: int
    a_day: float
    busiest_per_s: float
    day: Day
    pages: float
    pages_back_s: float
    joining_peak_per_min: float
    list_share: float
    resync_h: float
    activate_h: float
    inbox_gb: float
    events_gb: float
    postgres_cores: float
    lease_cores: float
    commits_per_s: float


def load_of(salons: int, costs: Costs, options: argparse.Namespace) -> Load:
    """Do the sums for one number of salons."""
    terms = Settings.model_fields
    a_day = salons * options.bookings * options.webhooks
    busiest = a_day * max(HOURS) / sum(HOURS) / HOUR_S
    joining_a_day = salons * options.joining
    joining_an_hour = joining_a_day * max(HOURS) / sum(HOURS)
    pages = joining_an_hour * options.minutes / 60
    lease_cores = salons / LEASE_RENEWED_EVERY_S * costs.lease_us.value / 1e6
    accepting = busiest * costs.postgres_us.value / 1e6
    connecting = joining_an_hour / HOUR_S * options.events
    events_a_year = (joining_a_day * options.events + salons * options.lifecycle) * 365
    return Load(
        salons=salons, a_day=a_day, busiest_per_s=busiest, day=simulated_day(salons, costs, options), pages=pages,
        pages_back_s=simulated_return(max(1, round(pages)), costs.connects_per_s.value, options.seed),
        joining_peak_per_min=joining_an_hour / 60,
        list_share=math.ceil(salons / LIST_PAGE) / (PER_MINUTE * SHARE_FOR_SWEEP * SWEEP_EVERY_S / 60),
        resync_h=salons / PER_MINUTE / 60, activate_h=2 * salons / PER_MINUTE / 60,
        inbox_gb=a_day * terms["retention_days"].default * costs.inbox_row.value / 1e9,
        events_gb=events_a_year * costs.event_row.value / 1e9, postgres_cores=accepting + lease_cores,
        lease_cores=lease_cores, commits_per_s=busiest + connecting,
    )  # fmt: skip


def _tell_loads(report: Report, costs: Costs, options: argparse.Namespace) -> None:
    loads = [load_of(salons, costs, options) for salons in options.salons]
    columns = [f"{load.salons:,} salons" for load in loads]
    webhooks = report.table("Webhooks", "", *columns)
    rows: Sequence[tuple[str, Callable[[Load], float]]] = (
        ("a day", lambda load: load.a_day), ("a second in the busiest hour", lambda load: load.busiest_per_s),
        ("in the busiest second, simulated", lambda load: load.day.peak_per_s),
        ("door: processes that this takes", lambda load: math.ceil(load.day.peak_per_s / costs.door_per_s.value)),
        ("most waiting at the door on a plain day", lambda load: load.day.most_waiting),
        ("longest wait on a plain day, s", lambda load: load.day.longest_wait_s),
        ("most waiting after YCLIENTS was away for an hour", lambda load: load.day.most_after_outage),
        ("all of it is in after, min", lambda load: load.day.drained_after_s / 60),
    )  # fmt: skip
    for words, value in rows:
        webhooks.add(words, *(_said(value(load)) for load in loads))
    kib_a_page = costs.kib_a_page.value
    others = report.table("Pages, sessions, YCLIENTS, Postgres", "", *columns)
    more: Sequence[tuple[str, Callable[[Load], float]]] = (
        ("pages open at once", lambda load: load.pages),
        ("their memory, MiB", lambda load: load.pages * kib_a_page / 1024),
        ("all back after a restart, s, simulated", lambda load: load.pages_back_s),
        ("salons connecting a minute, at most (100 may)", lambda load: load.joining_peak_per_min),
        ("sessions: simulator, GiB", lambda load: load.salons * 0.2 / 1024),
        ("sessions: neonize at 47 MB, GiB", lambda load: load.salons * 47 / 1024),
        ("sessions: WAHA servers of 100", lambda load: load.salons / 100),
        ("the sweep's list: share of what the sweep may ask", lambda load: load.list_share),
        ("every status read once, h", lambda load: load.resync_h),
        ("every salon activated, h", lambda load: load.activate_h),
        ("webhooks on the disk, GB", lambda load: load.inbox_gb),
        ("events on the disk after a year, GB", lambda load: load.events_gb),
        ("commits a second in the busiest hour, at most", lambda load: load.commits_per_s),
        ("Postgres: cores for webhooks and leases", lambda load: load.postgres_cores),
        ("of these for leases", lambda load: load.lease_cores),
    )  # fmt: skip
    for words, value in more:
        others.add(words, *(_said(value(load)) for load in loads))
    crowd = simulated_return(CROWD, costs.connects_per_s.value, options.seed)
    report.note(
        f"{CROWD:,} pages, as after a campaign, are back {_said(crowd)} s after a restart of their one process; "
        f"a table's pages are those of a day on which {options.joining:.0%} of the salons connect."
    )
    report.figures["crowd_back_s"] = crowd
    report.figures["loads"] = {
        f"{load.salons}": {words: value(load) for words, value in (*rows, *more)} for load in loads
    }


def _tell_limits(report: Report, costs: Costs, options: argparse.Namespace) -> None:
    """Say what breaks at which number of salons, the first one first: every load but the simulated grows evenly."""
    one = load_of(10_000, costs, options)
    disk = (one.inbox_gb + one.events_gb) / options.disk
    listing = 10_000 / LIST_PAGE / (PER_MINUTE * SHARE_FOR_SWEEP * SWEEP_EVERY_S / 60)
    used = {
        "neonize sessions fill 16 GB of memory": 10_000 * 47 / 16_384,
        f"what is kept fills {options.disk:.0f} GB of Postgres' disk": disk,
        f"Postgres' {CORES} cores are busy in the busiest hour": one.postgres_cores / CORES,
        "one process' door cannot take the busiest hour": one.busiest_per_s / costs.door_per_s.value,
        "more salons connect than YCLIENTS lets us activate": one.joining_peak_per_min / (PER_MINUTE / 2),
        "the sweep cannot read the list in its quarter of an hour": listing,
        "one process' pages take 1.5 GB": one.pages * costs.kib_a_page.value / 1024 / 1_536,
    }
    per_salon = {words: share / 10_000 for words, share in used.items()}
    table = report.table("What breaks first, on one machine like the one measured", "limit", "at salons")
    report.figures["limits"] = {}
    for words, share in sorted(per_salon.items(), key=lambda each: -each[1]):
        table.add(words, f"{round(1 / share, -2):,.0f}")
        report.figures["limits"][words] = round(1 / share)


def _said(value: float) -> str:
    return "never" if value == math.inf else shown(float(value))


if __name__ == "__main__":
    sys.exit(main())

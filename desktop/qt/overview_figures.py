"""What each plot of the overview shows of a report: bars, the same in words, the same as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import QDate, QLocale

from desktop.qt.explanations import explained
from desktop.qt.texts import age_text, marked, number_text, translate, whatsapp_word, zone_of
from desktop.qt.widgets.plots import Bar, Figure
from shared.admin_wire import AnswerTimes, FailureCause, OverviewReport, TimeBar
from shared.vocabulary import WhatsappState

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400
_STEPS: Final = {
    "redirected": marked("Overview", "Came from the marketplace"),
    "shown": marked("Overview", "Saw a QR or a code"),
    "linked": marked("Overview", "Linked a phone"),
    "active": marked("Overview", "Became active"),
}
_SIDES: Final = {"partner": marked("Overview", "YCLIENTS"), "session": marked("Overview", "WhatsApp")}
_SIDE_TONES: Final = {"partner": "bad", "session": "warn"}
_GOOD: Final = frozenset({WhatsappState.CONNECTED})
_BAD: Final = frozenset({
    WhatsappState.FAILED, WhatsappState.REPLACED, WhatsappState.LOGGED_OUT, WhatsappState.TEMP_BANNED,
    WhatsappState.OUTDATED,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """One plot: its name in files, its title, in what it measures, what is said where there is nothing.

    `words` of the table's columns are texts, the others are numbers.
    """

    name: str
    title: str
    unit: str
    nothing: str
    is_standing: bool
    figure: Callable[[OverviewReport], Figure]
    summary: Callable[[OverviewReport], str]
    words: int = 1


def funnel(report: OverviewReport) -> Figure:
    """How far the installs came that were opened in the period."""
    counts = {step: int(getattr(report.funnel, step)) for step in _STEPS}
    whole = counts["redirected"]
    bars, rows, records = [], [], []
    for step, source in _STEPS.items():
        name, count = translate("Overview", source), counts[step]
        share = 100 * count / whole if whole else 0.0
        share_text = percent_text(share)
        told = translate("Overview", "{name}: {count}, {share} of all").format(
            name=name, count=number_text(count), share=share_text
        )
        tone = "ok" if step == "active" else "accent"
        bars.append(Bar(name, count, f"{number_text(count)} · {share_text}", told, tone=tone))
        rows.append((name, number_text(count), share_text))
        records.append({"step": step, "installs": count, "share_percent": round(share, 1)})
    headings = (
        translate("Overview", "Step"),
        translate("Overview", "Installs"),
        translate("Overview", "Share"),
    )
    return Figure(tuple(bars), headings, tuple(rows), ("step", "installs", "share_percent"), tuple(records))


def activation(report: OverviewReport) -> Figure:
    """How long the installs took that became active in the period."""
    bars, rows, records = [], [], []
    for one in report.activation.bars:
        name, count = _span_text(one), number_text(one.count)
        told = translate("Overview", "{name}: {count}").format(name=name, count=_installs(one.count))
        short = f"> {age_text(one.from_s)}" if one.to_s is None else f"≤ {age_text(one.to_s)}"
        bars.append(Bar(short, one.count, count, told))
        rows.append((name, count))
        records.append({"from_s": one.from_s, "to_s": one.to_s, "installs": one.count})
    headings = (translate("Overview", "Time"), translate("Overview", "Installs"))
    return Figure(tuple(bars), headings, tuple(rows), ("from_s", "to_s", "installs"), tuple(records))


def failures(report: OverviewReport) -> Figure:
    """What failed, by its cause."""
    bars, rows, records = [], [], []
    for cause in report.failures:
        side, reason, count = _side_of(cause), explained(cause.code).title, number_text(cause.count)
        told = translate("Overview", "{side}: {reason}, {count}").format(
            side=side, reason=reason, count=count
        )
        tone = _SIDE_TONES.get(cause.side, "bad")
        bars.append(Bar(f"{side}: {reason}", cause.count, count, told, tone=tone))
        rows.append((side, reason, count))
        records.append({"side": cause.side, "code": cause.code, "reason": reason, "count": cause.count})
    headings = (
        translate("Overview", "Where"),
        translate("Overview", "Cause"),
        translate("Overview", "Times"),
    )
    return Figure(tuple(bars), headings, tuple(rows), ("side", "code", "reason", "count"), tuple(records))


def latency(report: OverviewReport) -> Figure:
    """How quickly YCLIENTS answered."""
    bars, rows, records = [], [], []
    for part in report.answers:
        name, when = _part_texts(report, part)
        half, most, count = ms_text(part.p50_ms), ms_text(part.p95_ms), _requests(part.requests)
        told = translate("Overview", "{when}: half within {half}, 95 % within {most}; {count}").format(
            when=when, half=half, most=most, count=count
        )
        bars.append(Bar(name, part.p50_ms, half, told, outer=part.p95_ms))
        rows.append((when, half, most, number_text(part.requests)))
        records.append({
            "begins": part.begins.isoformat(), "p50_ms": _whole(part.p50_ms), "p95_ms": _whole(part.p95_ms),
            "requests": part.requests,
        })  # fmt: skip
    headings = (
        _part_heading(report), translate("Overview", "Half within"), translate("Overview", "95 % within"),
        translate("Overview", "Requests"),
    )  # fmt: skip
    columns = ("begins", "p50_ms", "p95_ms", "requests")
    return Figure(tuple(bars), headings, tuple(rows), columns, tuple(records))


def budget(report: OverviewReport) -> Figure:
    """How much of YCLIENTS' limit the busiest minute of each part took."""
    limit, bars, rows, records = report.budget_per_minute, [], [], []
    for part in report.answers:
        name, when = _part_texts(report, part)
        busiest, count = number_text(part.busiest_minute), _requests(part.requests)
        told = translate("Overview", "{when}: {busiest} in the busiest minute; {count}").format(
            when=when, busiest=busiest, count=count
        )
        tone = "warn" if part.busiest_minute * 5 >= limit * 4 else "accent"
        bars.append(Bar(name, part.busiest_minute, busiest, told, tone=tone))
        rows.append((when, busiest, number_text(part.requests)))
        records.append({
            "begins": part.begins.isoformat(), "busiest_minute": part.busiest_minute, "requests": part.requests,
            "limit_per_minute": limit,
        })  # fmt: skip
    headings = (
        _part_heading(report), translate("Overview", "Busiest minute"), translate("Overview", "Requests"),
    )  # fmt: skip
    columns = ("begins", "busiest_minute", "requests", "limit_per_minute")
    said = translate("Overview", "limit: {count} a minute").format(count=number_text(limit))
    return Figure(tuple(bars), headings, tuple(rows), columns, tuple(records), float(limit), said)


def sessions(report: OverviewReport) -> Figure:
    """How the WhatsApp sessions stand now, most of them first; states in which there is none are left out."""
    bars, rows, records = [], [], []
    for state in sorted(WhatsappState, key=lambda one: -report.sessions.get(one, 0)):
        count = report.sessions.get(state, 0)
        records.append({"state": state.value, "sessions": count})
        if not count:
            continue
        name = whatsapp_word(state)
        name, shown = f"{name[:1].upper()}{name[1:]}", number_text(count)
        told = translate("Overview", "{name}: {count}").format(name=name, count=shown)
        tone = "ok" if state in _GOOD else "bad" if state in _BAD else "info"
        bars.append(Bar(name, count, shown, told, tone=tone))
        rows.append((name, shown))
    headings = (translate("Overview", "State"), translate("Overview", "Sessions"))
    return Figure(tuple(bars), headings, tuple(rows), ("state", "sessions"), tuple(records))


# ---------------------------------------------------------------------------------------------------- in words


def length_text(seconds: float | None) -> str:
    """Return a length of time in its two largest units, or a dash."""
    if seconds is None:
        return "—"
    whole = round(seconds)
    if not _MINUTE <= whole < 2 * _DAY:
        return age_text(whole)
    unit, smaller = (_MINUTE, 1) if whole < _HOUR else (_HOUR, _MINUTE)
    rest = whole % unit // smaller * smaller
    larger = age_text(whole - whole % unit)
    return f"{larger} {age_text(rest)}" if rest else larger


def percent_text(share: float) -> str:
    """Return a share of a hundred."""
    return translate("Overview", "{number} %").format(number=number_text(round(share)))


def ms_text(milliseconds: float | None) -> str:
    """Return a latency, or a dash."""
    if milliseconds is None:
        return "—"
    return translate("Overview", "{number} ms").format(number=number_text(round(milliseconds)))


def _funnel_summary(report: OverviewReport) -> str:
    whole, active = report.funnel.redirected, report.funnel.active
    share = percent_text(100 * active / whole if whole else 0)
    return translate("Overview", "{share} of {count} became active").format(
        share=share, count=_installs(whole)
    )


def _activation_summary(report: OverviewReport) -> str:
    times = report.activation
    return translate("Overview", "Half within {half}, 90 % within {most}").format(
        half=length_text(times.p50_s), most=length_text(times.p90_s)
    )


def _failures_summary(report: OverviewReport) -> str:
    counts = {side: sum(one.count for one in report.failures if one.side == side) for side in _SIDES}
    return translate("Overview", "Requests to YCLIENTS: {requests}, ended connections: {closes}").format(
        requests=number_text(counts["partner"]), closes=number_text(counts["session"])
    )


def _latency_summary(report: OverviewReport) -> str:
    return translate("Overview", "Over the period: half within {half}, 95 % within {most}; {count}").format(
        half=ms_text(report.whole.p50_ms), most=ms_text(report.whole.p95_ms), count=_requests(report.whole.requests)
    )  # fmt: skip


def _budget_summary(report: OverviewReport) -> str:
    return translate("Overview", "Now: {used} of {limit} in the last minute, with reads of lists").format(
        used=number_text(report.budget_used), limit=number_text(report.budget_per_minute)
    )


def _sessions_summary(report: OverviewReport) -> str:
    return translate("Overview", "%n sessions", "", sum(report.sessions.values()))


def _installs(count: int) -> str:
    return translate("Overview", "%n installs", "", count)


def _requests(count: int) -> str:
    return translate("Overview", "%n requests", "", count)


def _side_of(cause: FailureCause) -> str:
    known = _SIDES.get(cause.side)
    return translate("Overview", known) if known else cause.side


def _span_text(bar: TimeBar) -> str:
    if bar.to_s is None:
        return translate("Overview", "over {time}").format(time=age_text(bar.from_s))
    until = age_text(bar.to_s)
    if bar.from_s == 0:
        return translate("Overview", "up to {time}").format(time=until)
    return translate("Overview", "{begin} to {end}").format(begin=age_text(bar.from_s), end=until)


def _part_heading(report: OverviewReport) -> str:
    return translate("Overview", "Hour") if _is_hourly(report) else translate("Overview", "Day")


def _part_texts(report: OverviewReport, part: AnswerTimes) -> tuple[str, str]:
    """Return a part's short name for the axis and its long one."""
    local = part.begins.astimezone(zone_of(report.zone))
    day = QDate(local.year, local.month, local.day)
    if _is_hourly(report):
        return f"{local:%H:%M}", f"{QLocale().toString(day, 'd MMM')}, {local:%H:%M}"
    return QLocale().toString(day, "d MMM"), QLocale().toString(day, "ddd, d MMMM")


def _is_hourly(report: OverviewReport) -> bool:
    return report.until - report.since <= timedelta(days=2)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def period_text(report: OverviewReport) -> str:
    """Return the days of a report."""
    zone = zone_of(report.zone)
    first, last = report.since.astimezone(zone), (report.until - timedelta(seconds=1)).astimezone(zone)
    said = [_day_text(first), _day_text(last)]
    return said[0] if said[0] == said[1] else " – ".join(said)


def _day_text(moment: datetime) -> str:
    return QLocale().toString(QDate(moment.year, moment.month, moment.day), "d MMM yyyy")


SUBJECTS: Final = (
    Subject(
        "funnel", marked("Overview", "From the redirect to active"),
        marked("Overview", "installs that were opened in the period"),
        marked("Overview", "Nobody came from the marketplace in these days. Press “Connect” in the sandbox to try it."),
        False, funnel, _funnel_summary,
    ),
    Subject(
        "time-to-active", marked("Overview", "Time to active"),
        marked("Overview", "installs that became active in the period, by how long they took"),
        marked("Overview", "No install became active in this period. Choose a longer one."),
        True, activation, _activation_summary,
    ),
    Subject(
        "failures", marked("Overview", "Failures by cause"),
        marked("Overview", "requests to YCLIENTS that were not accepted, WhatsApp connections that ended"),
        marked("Overview", "Nothing failed in this period."),
        False, failures, _failures_summary, 2,
    ),
    Subject(
        "latency", marked("Overview", "Answers of YCLIENTS"),
        marked("Overview", "milliseconds: filled, half of the requests; outlined, 95 % of them"),
        marked("Overview", "Nothing was asked of YCLIENTS for an install in this period."),
        True, latency, _latency_summary,
    ),
    Subject(
        "budget", marked("Overview", "Use of YCLIENTS' limit"),
        marked("Overview", "requests for installs in the busiest minute of each part"),
        marked("Overview", "Nothing was asked of YCLIENTS for an install in this period."),
        True, budget, _budget_summary,
    ),
    Subject(
        "sessions", marked("Overview", "WhatsApp sessions now"),
        marked("Overview", "sessions in each state, whatever the period"),
        marked("Overview", "No salon has a WhatsApp session yet. One begins when an owner is shown a QR."),
        False, sessions, _sessions_summary,
    ),
)  # fmt: skip
"""The plots, in the order in which they stand."""

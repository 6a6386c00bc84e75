"""What this machine can say of itself: disk, descriptors, spool, and whether its work waits for the database."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from gateway.application.alarm_records import Condition
from shared.vocabulary import AlarmKind, AlarmLevel

MEGABYTE: Final = 2**20
DISK_WARN_SHARE, DISK_WARN_BYTES = 0.10, 5 * 1024 * MEGABYTE
DISK_BAD_SHARE, DISK_BAD_BYTES = 0.03, 1024 * MEGABYTE
"""A disk is low when both too small a share and too few bytes of it are free: a tenth of a large disk is plenty."""
DESCRIPTORS_WARN_SHARE: Final = 0.80
DESCRIPTORS_BAD_SHARE: Final = 0.95
DESCRIPTORS_AT_MOST: Final = 2**20
"""No more are asked for where the system would allow any number."""


COLLECT_AFTER: Final = (5_000, 10, 20)
"""New objects until the youngest are looked through for cycles; so many such looks until the older ones are, and so
many of those until all are."""

BUSY_S: Final = 1.0
"""Work that waits longer than this for a connection makes people wait."""


class SpoolState(Protocol):
    """What a spool says of itself; see `gateway.storage.spool.SpoolCondition`."""

    @property
    def rows(self) -> int:
        """Webhooks that wait."""

    @property
    def problem(self) -> str | None:
        """Why nothing can be kept: `no_key` (the doctor tells of it), `full`, `unusable`; None when all is well."""


class Usage(NamedTuple):
    """How much there is of something, and how much of it is taken."""

    total: int
    used: int


def disk_gauge(
    host: str, folder: Path, usage_of: Callable[[Path], Usage | None] | None = None
) -> Callable[[], Iterable[Condition]]:
    """Return the gauge of the disk that holds `folder`, which need not exist yet."""
    usage_of = usage_of or disk_usage

    def look() -> Iterable[Condition]:
        usage = usage_of(folder)
        if usage is None:
            return
        free = usage.total - usage.used
        level = _disk_level(free, usage.total)
        if level is not None:
            facts = {"free_mb": _rounded(free // MEGABYTE), "free_percent": round(100 * free / usage.total)}
            yield Condition(AlarmKind.DISK_LOW, level, host, facts)

    return look


def descriptors_gauge(
    host: str, usage_of: Callable[[], Usage | None] | None = None
) -> Callable[[], Iterable[Condition]]:
    """Return the gauge of this process' open descriptors: files, sockets, connections."""
    usage_of = usage_of or descriptor_usage

    def look() -> Iterable[Condition]:
        usage = usage_of()
        if usage is None or usage.used < DESCRIPTORS_WARN_SHARE * usage.total:
            return
        level = AlarmLevel.BAD if usage.used >= DESCRIPTORS_BAD_SHARE * usage.total else AlarmLevel.WARN
        percent = 100 * usage.used // usage.total
        yield Condition(AlarmKind.DESCRIPTORS_LOW, level, host, {"percent": percent, "limit": usage.total})

    return look


def spool_gauge(host: str, condition: Callable[[], SpoolState]) -> Callable[[], Iterable[Condition]]:
    """Return the gauge of the webhooks that wait on this machine's disk."""

    def look() -> Iterable[Condition]:
        state = condition()
        if state.rows:
            yield Condition(AlarmKind.SPOOL_IN_USE, AlarmLevel.WARN, host)
        if state.problem in ("full", "unusable"):
            yield Condition(AlarmKind.SPOOL_FULL, AlarmLevel.BAD, host)

    return look


def database_gauge(host: str, waits_s: Callable[[], float]) -> Callable[[], Iterable[Condition]]:
    """Return the gauge of how long this process' work waits for a free connection."""

    def look() -> Iterable[Condition]:
        if waits_s() >= BUSY_S:
            yield Condition(AlarmKind.DATABASE_BUSY, AlarmLevel.WARN, host)

    return look


def disk_usage(folder: Path) -> Usage | None:
    """Return the size of the disk under a folder and what is not free to us, None when it cannot be read."""
    for each in (folder, *folder.parents):
        try:
            total, _, free = shutil.disk_usage(each)
        except FileNotFoundError:
            continue
        except OSError:
            return None
        return Usage(total, total - free) if total else None
    return None


def descriptor_usage() -> Usage | None:
    """Return how many descriptors this process may have and has, None where the system does not say."""
    if sys.platform == "win32":
        return None
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit in (0, resource.RLIM_INFINITY):
        return None
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return Usage(limit, len(os.listdir(folder)))
        except OSError:
            continue
    return None


def collect_rarely() -> None:
    """Have Python look for reference cycles less often: all that is there now is there to stay, and so are pages.

    A look through everything takes a second with ten thousand pages, in which nobody is answered. By itself Python
    would look a dozen times while they come; what is let go meanwhile is a few thousand closed connections.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def raise_descriptor_limit() -> int | None:
    """Let this process have as many descriptors as it may; returns how many, None where there is no such limit.

    Each open page, console and webhook takes one, and systems often begin with 1,024.
    """
    if sys.platform == "win32":
        return None
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS_AT_MOST if hard == resource.RLIM_INFINITY else hard
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return int(soft)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ValueError, OSError):  # some systems allow less than they say
        return int(soft)
    return int(wanted)


def _disk_level(free: int, total: int) -> AlarmLevel | None:
    if free < min(DISK_BAD_SHARE * total, DISK_BAD_BYTES):
        return AlarmLevel.BAD
    return AlarmLevel.WARN if free < min(DISK_WARN_SHARE * total, DISK_WARN_BYTES) else None


def _rounded(megabytes: int) -> int:
    """Two digits are enough to know, and a figure that changes with every byte would be told all the time."""
    step = int(10 ** max(0, len(str(megabytes)) - 2))
    return megabytes // step * step

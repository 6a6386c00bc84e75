"""What a process costs the machine, as Linux counts it, and where it runs."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterable
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
MIB = 2**20


def cpu_seconds(*pids: int) -> float:
    """Return the processor time these processes have used so far, user and system, threads included, in seconds.

    What their children used counts once these have ended; a process that has ended itself counts nothing.
    """
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / _TICKS_PER_S


def with_children(pid: int) -> list[int]:
    """Return a process and everything it started that still runs."""
    found, waiting = [], [pid]
    while waiting:
        each = waiting.pop()
        found.append(each)
        for listing in Path(f"/proc/{each}/task").glob("*/children"):
            waiting += [int(child) for child in listing.read_text().split()]
    return found


def resident_mib(pid: int) -> float:
    """Return the memory a process has to itself and its share of what it shares (PSS), in MiB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"the system does not tell the memory of process {pid}")


def pin(pids: Iterable[int], cores: Iterable[int]) -> None:
    """Keep every thread of these processes on these cores, those that the machine has."""
    allowed = set(cores) & set(range(os.cpu_count() or 1))
    if not allowed:
        return
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # ended meanwhile
            for task in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(task.name), allowed)


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that `share` (0 to 1) of all values do not exceed."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("nothing was measured")
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if share > 0 else ordered[0]

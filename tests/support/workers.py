"""Child processes as the system sees them."""

from __future__ import annotations

from pathlib import Path


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    return _facts(pid)[0] not in ("", "Z")


def workers_of(pid: int) -> list[int]:
    """Return the running child processes of a process."""
    numbers = [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]
    return [number for number in numbers if _facts(number)[1] == pid and is_running(number)]


def _facts(pid: int) -> tuple[str, int]:
    """Return a process' state and its parent."""
    try:
        rest = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return "", 0
    return rest[0], int(rest[1])

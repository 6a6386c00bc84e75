"""What is said of engines, processes and sizes."""

from __future__ import annotations

from typing import Final

from desktop.qt.texts import marked, number_text, translate
from shared.admin_wire import ProcessView, SessionRow
from shared.vocabulary import DrainState, WhatsappState

_ENGINE: Final = {
    "starting": marked("Engine", "starting"),
    "pairing": marked("Engine", "shows a code"),
    "passkey": marked("Engine", "asks for a passkey"),
    "connecting": marked("Engine", "connecting"),
    "open": marked("Engine", "connected"),
    "reconnecting": marked("Engine", "reconnecting"),
    "over": marked("Engine", "ended"),
    "none": marked("Engine", "unknown to the server"),
    "no answer": marked("Engine", "its server does not answer"),
}
"""Words that our engines say; a server's own, such as WAHA's WORKING, are shown as they are."""

_ADAPTERS: Final = {
    "simulator": marked("Engine", "simulated phone"),
    "waha": marked("Engine", "WAHA server"),
    "neonize": marked("Engine", "own worker (neonize)"),
}
_DRAINS: Final = {
    DrainState.ASKED: marked("Process", "hands its sessions over"),
    DrainState.DRAINED: marked("Process", "drained: takes no sessions"),
    DrainState.STAYED: marked("Process", "works; nobody took its sessions"),
}
_DRAIN_LOOKS: Final = {
    DrainState.ASKED: ("send", "warn"),
    DrainState.DRAINED: ("stage-frozen", "text-quiet"),
    DrainState.STAYED: ("stage-attention", "warn"),
}
_MB: Final = 2**20
_GB: Final = 2**30


def engine_text(row: SessionRow) -> str:
    """Return what the engine says of itself; a dash when none runs or it says nothing."""
    if row.engine_state is None:
        return "—"
    known = _ENGINE.get(row.engine_state)
    return translate("Engine", known) if known else row.engine_state


def engine_disagrees(row: SessionRow) -> bool:
    """Whether the engine says otherwise than our state: one of both is wrong, or a moment old."""
    if row.engine_is_open is None:
        return False
    return row.engine_is_open != (row.state is WhatsappState.CONNECTED)


def adapter_text(adapter: str) -> str:
    """Return a kind of engine."""
    known = _ADAPTERS.get(adapter)
    return translate("Engine", known) if known else adapter


def size_text(size_bytes: int | None) -> str:
    """Return an amount of memory or disk, in MB or GB; an empty text when it is not known."""
    if size_bytes is None:
        return ""
    if size_bytes >= _GB:
        return translate("Size", "{number} GB").format(number=number_text(size_bytes / _GB, 1))
    digits = 0 if size_bytes >= 10 * _MB else 1
    return translate("Size", "{number} MB").format(number=number_text(size_bytes / _MB, digits))


def process_word(process: ProcessView) -> str:
    """Return how a process stands."""
    if process.is_silent:
        return translate("Process", "gives no sign of life")
    if process.drain is None:
        return translate("Process", "works")
    return translate("Process", _DRAINS[process.drain])


def process_look(process: ProcessView) -> tuple[str, str]:
    """Return a process' icon and its colour."""
    if process.is_silent:
        return ("cross-circle", "bad")
    return ("check-circle", "ok") if process.drain is None else _DRAIN_LOOKS[process.drain]


def process_text(name: str) -> str:
    """Return a process' name as people tell processes apart: host and number."""
    return " · ".join(name.split(":")[:2])

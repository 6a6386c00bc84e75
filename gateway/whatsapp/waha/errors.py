"""How a call to WAHA can fail."""

from __future__ import annotations

from gateway.domain.sessions import SessionFault


class WahaError(Exception):
    """A call failed. `was_sent` is False when WAHA cannot have acted on it; `said` are its words, never to be shown."""

    def __init__(self, fault: SessionFault, *, was_sent: bool = True, said: str = "") -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.was_sent = was_sent
        self.said = said


class WrongStateError(WahaError):
    """The session is in another state than the call needs (422): read it again, never ask again."""

    def __init__(self) -> None:
        super().__init__(SessionFault.NOT_CONNECTED, was_sent=False)


class NoSuchSessionError(WahaError):
    """WAHA knows no such session (404)."""

    def __init__(self) -> None:
        super().__init__(SessionFault.NOT_CONNECTED, was_sent=False)


class BadAnswerError(WahaError):
    """WAHA answered something that its own interface does not describe."""

    def __init__(self) -> None:
        super().__init__(SessionFault.UPSTREAM_UNAVAILABLE)

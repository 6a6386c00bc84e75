"""The errors a person or a program outside can be told about: a stable code and nothing secret."""

from __future__ import annotations


class GatewayError(Exception):
    """A refusal with a stable code; `gateway.http.problems` knows its status, the texts its sentence.

    `params` fill the sentence's placeholders and are public: never put a secret or a person's data there.
    """

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class DatabaseUnavailableError(GatewayError):
    """Postgres did not answer; the work was not done and may be tried again."""

    def __init__(self) -> None:
        super().__init__("database_unavailable")


class CommandRepeatedError(GatewayError):
    """The command of this idempotency key has been carried out; this transaction did nothing."""

    def __init__(self) -> None:
        super().__init__("already_done")


class SpoolError(Exception):
    """The spool's file cannot be used; the text says why."""


class EventsGoneError(GatewayError):
    """Events after the asked position were already cleared away; read the snapshots instead."""

    def __init__(self) -> None:
        super().__init__("events_gone")

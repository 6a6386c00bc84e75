"""How a service says no. Each carries a code that `desktop.model.explain` knows."""

from __future__ import annotations

from collections.abc import Mapping

from desktop.model.problem import Trouble


class ConsoleError(Exception):
    """Something a person is told about; `trouble` is what to show."""

    def __init__(
        self, code: str, message: str = "", reference: str = "", params: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.reference = reference
        self.params = dict(params or {})

    @property
    def trouble(self) -> Trouble:
        """The same as a model holds it."""
        return Trouble(self.code, self.params, self.message, self.reference)


class OperationRefusedError(ConsoleError):
    """The gateway was asked and said no."""


class NotConnectedError(ConsoleError):
    """There is no live connection, so nothing was sent."""

    def __init__(self, code: str = "not_connected") -> None:
        super().__init__(code)


class ReadOnlyError(ConsoleError):
    """This gateway is read-only here and now, so nothing was sent."""

    def __init__(self, code: str = "read_only") -> None:
        super().__init__(code)


class ConnectFailedError(ConsoleError):
    """The gateway could not be reached or did not let us in; `is_final` when trying again cannot help."""

    def __init__(
        self, code: str, message: str = "", reference: str = "", *, params: Mapping[str, str] | None = None,
        is_final: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(code, message, reference, params)
        self.is_final = is_final


class AnswerInvalidError(ConsoleError):
    """The gateway's answer is cut short or is no answer to what was asked."""

    def __init__(self, what: str) -> None:
        super().__init__("answer_invalid", params={"what": what})


class OutcomeUnknownError(ConsoleError):
    """The command was sent, its answer did not come, and asking again with its key was not possible in time."""

    def __init__(self) -> None:
        super().__init__("command_unanswered")


class InputInvalidError(ConsoleError):
    """What was typed does not fit, so nothing was sent; the code names the field."""


class ProfileInvalidError(ConsoleError):
    """A profile that cannot be saved; the code says what is wrong with it."""

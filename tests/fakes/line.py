"""A line to a gateway that a test plays by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from desktop.services.errors import ConnectFailedError
from desktop.services.line import Hearer, LineLostError


class Question:
    """An operation that the console asked for and that waits for its answer."""

    def __init__(self, event: str, args: tuple[Any, ...]) -> None:
        self.event = event
        self.given: Mapping[str, Any] = args[0]
        self.meta: Mapping[str, Any] = args[1]
        self.answer: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()

    def reply(self, data: Any) -> None:
        """Answer it."""
        self.answer.set_result(({"ok": True, "data": data},))

    def refuse(self, code: str) -> None:
        """Refuse it."""
        problem = {"code": code, "message": "No.", "reference": "7F-2C-19"}
        self.answer.set_result(({"ok": False, "error": problem},))


class FakeLine:
    """One connection; `FakeGateway` knows them all."""

    def __init__(self, gateway: FakeGateway, hearer: Hearer) -> None:
        self._gateway, self._hearer = gateway, hearer
        self.auth: Mapping[str, Any] = {}
        self.questions: list[Question] = []
        self.is_open = False

    async def open(self, url: str, auth: Mapping[str, Any]) -> None:
        """Let the console in, or not."""
        self.auth = dict(auth)
        self._gateway.tries += 1
        if self._gateway.refusal is not None:
            raise self._gateway.refusal
        self.is_open = True
        self._gateway.lines.append(self)
        if self._gateway.welcome is not None:
            self.say("welcome", self._gateway.welcome)

    async def ask(self, event: str, *args: Any) -> asyncio.Future[tuple[Any, ...]]:
        """Take a question."""
        if not self.is_open:
            raise LineLostError
        question = Question(event, args)
        self.questions.append(question)
        return question.answer

    async def close(self) -> None:
        """Hang up."""
        self.is_open = False
        for question in self.questions:
            if not question.answer.done():
                question.answer.set_exception(LineLostError())

    def say(self, event: str, data: Any) -> None:
        """Send an event to the console."""
        self._hearer.heard(event, data)

    def break_off(self) -> None:
        """Lose the connection."""
        self.is_open = False
        for question in self.questions:
            if not question.answer.done():
                question.answer.set_exception(LineLostError())
        self._hearer.hung_up()


class FakeGateway:
    """Who answers at the other end of every line."""

    def __init__(self, welcome: Any) -> None:
        self.welcome: Any = welcome
        self.refusal: ConnectFailedError | None = None
        self.lines: list[FakeLine] = []
        self.tries = 0

    def open_line(self, hearer: Hearer) -> FakeLine:
        """Return a line for one try."""
        return FakeLine(self, hearer)

    @property
    def line(self) -> FakeLine:
        """The newest connection."""
        return self.lines[-1]

"""A console that is asked and answers what a test says, over real models; it has exactly the real one's methods."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, cast

from desktop.model.clock import Clock
from desktop.model.models import Models, build_models
from desktop.model.salon import SalonModel
from desktop.services.console import Console
from desktop.services.salon_watch import SalonWatch


class AskedConsole:
    """Writes down what it was asked for, and answers with a value, the outcome of a call, or an exception."""

    def __init__(self, clock: Clock) -> None:
        self.models: Models = build_models(clock)
        self.asked: list[tuple[str, tuple[Any, ...]]] = []
        self.answers: dict[str, Any] = {}
        self.salon = AskedSalon(self, self.models.salon)

    def another_salon(self) -> SalonWatch:
        """Return another place for a salon; what it is asked for is written down with the rest."""
        model = SalonModel()
        self.models.undo.follow(model)
        return cast(SalonWatch, AskedSalon(self, model))

    def names(self) -> list[str]:
        """Return the names of what was asked for, in their order."""
        return [name for name, _ in self.asked]

    def last(self, name: str) -> tuple[Any, ...]:
        """Return what the last call of that name was given. Raises AssertionError when there was none (yet)."""
        found = [given for asked, given in self.asked if asked == name]
        assert found, f"{name} was not asked for"
        return found[-1]

    @property
    def as_console(self) -> Console:
        """The same, for whoever wants to be handed a console."""
        return cast(Console, self)

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        if name.startswith("_") or not hasattr(Console, name):
            raise AttributeError(name)

        return self.question(name)

    def question(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        """Return what asks for something of that name."""

        async def asked(*given: Any, **named: Any) -> Any:
            self.asked.append((name, (*given, *named.values())))
            answer = self.answers.get(name)
            if callable(answer):
                answer = answer(*given)
            if isinstance(answer, Exception):
                raise answer
            return answer

        asked.__qualname__ = f"AskedConsole.{name}"
        return asked


class AskedSalon:
    """A place for a salon that asks what an `AskedConsole` writes down; `open` and `close` as those of a salon."""

    def __init__(self, console: AskedConsole, model: SalonModel) -> None:
        self._console = console
        self.model = model

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        if name.startswith("_") or not hasattr(SalonWatch, name):
            raise AttributeError(name)
        return self._console.question({"open": "open_salon", "close": "close_salon"}.get(name, name))

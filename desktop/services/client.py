"""The line to the gateway kept up: reconnects that miss nothing, and commands that happen exactly once."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from desktop.model.clock import Clock
from desktop.model.problem import Trouble
from desktop.services.errors import (
    AnswerInvalidError,
    ConnectFailedError,
    NotConnectedError,
    OperationRefusedError,
    OutcomeUnknownError,
)
from desktop.services.line import FINAL, Hearer, Line, LineLostError
from desktop.services.tasks import Tasks, end, within
from shared import protocol
from shared.admin_wire import Changes, Resync, SessionView, Welcome
from shared.protocol import OLDEST_PROTOCOL, PROTOCOL_VERSION, Operation
from shared.wire import Problem, WireRecord

I = TypeVar("I", bound=WireRecord)  # noqa: E741  the input
O = TypeVar("O", bound=WireRecord)  # noqa: E741  the output

WELCOME_WITHIN_S = 8.0
ANSWER_WITHIN_S = 15.0
SENT_AGAIN_WITHIN_S = 90.0
MOST_SENDINGS = 5
FIRST_DELAY_S = 0.5
SHORT_DELAY_S = 3.0
SHORT_FOR_S = 15 * 60.0
LONGEST_DELAY_S = 30.0
JITTER = 0.5
PROBE_AFTER_S = 10.0
_CONNECTION_LOST = Trouble("connection_lost")
_log = logging.getLogger("desktop.client")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where to connect and with what."""

    url: str
    token: str = field(repr=False)


class Listener(Protocol):
    """Who is told what happens; called on the asyncio thread, in the order it happened."""

    def welcomed(self, welcome: Welcome, *, is_anew: bool) -> None:
        """We are in. `is_anew`: nothing will be told of what was before, so read everything."""

    def changed(self, changes: Changes) -> None:
        """These things are different now."""

    def must_resync(self, resync: Resync) -> None:
        """More is different than can be told: read again what is shown."""

    def saw_session(self, view: SessionView) -> None:
        """A session whose QR is open is different now."""

    def lost(self, trouble: Trouble) -> None:
        """The connection is gone and will be tried again."""

    def waits(self, trouble: Trouble, seconds: float) -> None:
        """A try failed; the next one is in so many seconds."""

    def refused(self, trouble: Trouble) -> None:
        """We are not let in, and it is not tried again."""


def open_line(hearer: Hearer) -> Line:
    """Return a real line, not yet open.

    Its libraries are loaded with the first one: that takes a third of a second, and the window is drawn meanwhile.
    """
    from desktop.services.socket_line import SocketLine

    return SocketLine(hearer)


class GatewayClient:
    """One connection to one gateway, kept up from `connect` until `close`.

    `open_line` makes a line for each try; `chance` is a number from 0 to 1 that spreads the consoles' tries.
    """

    def __init__(
        self,
        clock: Clock,
        listener: Listener,
        *,
        language: Callable[[], str] = lambda: "ru",
        open_line: Callable[[Hearer], Line] = open_line,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._clock, self._listener, self._language = clock, listener, language
        self._open_line, self._chance = open_line, chance
        self._credentials: Credentials | None = None
        self._cursor: int | None = None
        self._visit: _Visit | None = None
        self._came = asyncio.Event()
        self._woken = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self._tasks = Tasks()

    @property
    def is_live(self) -> bool:
        """Whether operations can be asked for now."""
        return self._visit is not None and not self._visit.is_over.is_set()

    @property
    def cursor(self) -> int | None:
        """The newest change that was told."""
        return self._cursor

    async def connect(self, credentials: Credentials) -> None:
        """Connect and keep it so; returns after the first try, whether or not it succeeded.

        Raises ConnectFailedError when trying again cannot help; otherwise the listener knows how it went.
        """
        await self.close()
        self._credentials, self._cursor = credentials, None
        first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._keeping = self._tasks.start("connection", self._keep(credentials, first))
        try:
            await first
        except ConnectFailedError:
            await self.close()
            raise

    async def close(self) -> None:
        """Hang up and forget the token."""
        self._credentials = None
        keeping, self._keeping = self._keeping, None
        await end(keeping)
        self._leave()
        await self._tasks.close()

    def wake(self) -> None:
        """Try again now: the network is back, or a person asked. A live line is tested."""
        self._woken.set()

    async def call(
        self,
        operation: Operation[I, O],
        given: I,
        *,
        idempotency_key: str | None = None,
        timeout_s: float = ANSWER_WITHIN_S,
    ) -> O:
        """Ask for an operation and return its answer.

        A command whose answer did not come because the connection broke is sent again after the reconnect with the
        same key, so it happens once. Raises OperationRefusedError, NotConnectedError when nothing was sent,
        OutcomeUnknownError when a command's answer could not be had, AnswerInvalidError.
        """
        key = (idempotency_key or secrets.token_hex(16)) if operation.is_command else None
        give_up_at = self._clock.monotonic() + SENT_AGAIN_WITHIN_S
        visit = self._visit
        if visit is None or visit.is_over.is_set():
            raise NotConnectedError
        for _ in range(MOST_SENDINGS):
            try:
                return self._read(operation, await self._ask(visit, operation, given, key, timeout_s))
            except LineLostError:
                if key is None:
                    raise NotConnectedError("connection_lost") from None
            visit.hung_up()
            visit = await self._next_visit(give_up_at)
            if visit is None:
                break
        raise OutcomeUnknownError

    # ----------------------------------------------------------------------------------------------- operations

    async def _ask(
        self, visit: _Visit, operation: Operation[I, O], given: I, key: str | None, timeout_s: float
    ) -> tuple[Any, ...]:
        meta: dict[str, Any] = {"request_id": secrets.token_hex(8), "lang": self._language()}
        if key is not None:
            meta["idempotency_key"] = key
        answer = await visit.line.ask(operation.name, given.model_dump(mode="json"), meta)
        try:
            return await within(self._clock, timeout_s, answer)
        except TimeoutError:
            visit.hung_up()  # whoever does not answer is not there: better a new line than a silent one
            raise LineLostError from None
        finally:
            answer.cancel()

    def _read(self, operation: Operation[I, O], answer: tuple[Any, ...]) -> O:
        said = answer[0] if len(answer) == 1 else None
        if isinstance(said, Mapping) and said.get("ok") is True:
            try:
                return operation.output.model_validate(said.get("data"))
            except ValidationError as error:
                _log.error(
                    "answer_invalid", extra={"operation": operation.name, "errors": error.error_count()}
                )
                raise AnswerInvalidError(operation.name) from None
        problem = said.get("error") if isinstance(said, Mapping) and said.get("ok") is False else None
        if not isinstance(problem, Mapping) or not isinstance(problem.get("code"), str):
            _log.error("answer_invalid", extra={"operation": operation.name})
            raise AnswerInvalidError(operation.name)
        raise OperationRefusedError(
            problem["code"], str(problem.get("message", "")), str(problem.get("reference", ""))
        )

    async def _next_visit(self, give_up_at: float) -> _Visit | None:
        """Wait for the connection to come back; None when it does not in time or not at all."""
        while (visit := self._visit) is None or visit.is_over.is_set():
            left_s = give_up_at - self._clock.monotonic()
            if left_s <= 0 or self._keeping is None or self._keeping.done():
                return None
            came = asyncio.get_running_loop().create_task(self._came.wait(), name="console:came")
            try:
                await within(self._clock, left_s, came)
            except TimeoutError:
                return None
            finally:
                await end(came)
        return visit

    # ----------------------------------------------------------------------------------------------- connection

    async def _keep(self, credentials: Credentials, first: asyncio.Future[None]) -> None:
        """Visit the gateway again and again until it says no for good."""
        failures, lost_at = 0, self._clock.monotonic()
        try:
            while True:
                visit = _Visit(self)
                try:
                    welcome = await self._enter(visit, credentials)
                except ConnectFailedError as error:
                    await visit.close()
                    if self._is_final(error, first):
                        raise
                    failures += 1
                    delay_s = self._delay_s(failures, self._clock.monotonic() - lost_at)
                    self._listener.waits(error.trouble, delay_s)
                    _done(first)
                    await self._pause(delay_s)
                    continue
                except BaseException:
                    await visit.close()
                    raise
                failures = 0
                self._arrived(visit, welcome)
                _done(first)
                try:
                    await self._stay(visit)
                finally:
                    self._leave()
                    await visit.close()
                if visit.refusal is not None and visit.refusal.code in FINAL:
                    self._listener.refused(visit.refusal)
                    return
                lost_at = self._clock.monotonic()
                self._listener.lost(_CONNECTION_LOST)
                await self._pause(self._delay_s(1, 0.0))
        except ConnectFailedError as error:
            self._listener.refused(error.trouble)
            if not first.done():
                first.set_exception(error)
        finally:
            self._came.set()  # whoever waits for it looks again, and finds that nobody keeps it any more
            self._came.clear()
            if not first.done():
                first.cancel()

    def _is_final(self, error: ConnectFailedError, first: asyncio.Future[None]) -> bool:
        """What the gateway itself refuses is final; a wrong address or certificate only when it never was right.

        Later they may be a network's sign-in page or a gateway that is being replaced.
        """
        return error.code in FINAL or (error.is_final and not first.done())

    async def _enter(self, visit: _Visit, credentials: Credentials) -> Welcome:
        self._woken.clear()
        auth = {"token": credentials.token, "after": self._cursor, "protocol": PROTOCOL_VERSION}
        await visit.line.open(credentials.url, auth)
        try:
            welcome = await within(self._clock, WELCOME_WITHIN_S, visit.welcome)
        except TimeoutError:
            raise ConnectFailedError("gateway_timeout") from None
        if welcome.protocol > PROTOCOL_VERSION:
            raise ConnectFailedError("protocol_too_old", is_final=True)
        if welcome.protocol < OLDEST_PROTOCOL:
            raise ConnectFailedError("protocol_too_new", is_final=True)
        return welcome

    def _arrived(self, visit: _Visit, welcome: Welcome) -> None:
        is_anew = self._cursor is None
        if self._cursor is None:
            self._cursor = welcome.cursor
        self._visit = visit
        self._came.set()
        self._came.clear()
        self._listener.welcomed(welcome, is_anew=is_anew)
        visit.deliver()

    def _leave(self) -> None:
        self._visit = None

    async def _stay(self, visit: _Visit) -> None:
        """Return when the line is gone; test it now and then when somebody wakes us."""
        while not visit.is_over.is_set():
            woken = asyncio.get_running_loop().create_task(self._woken.wait(), name="console:woken")
            over = asyncio.get_running_loop().create_task(visit.is_over.wait(), name="console:over")
            try:
                await asyncio.wait({woken, over}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await end(woken)
                await end(over)
            if self._woken.is_set() and not visit.is_over.is_set():
                self._woken.clear()
                self._tasks.start("probe", self._probe(visit))

    async def _probe(self, visit: _Visit) -> None:
        """Ask something small; a line that does not answer is given up."""
        try:
            await self._ask(visit, protocol.STAFF_ME, protocol.STAFF_ME.input(), None, PROBE_AFTER_S)
        except LineLostError:
            visit.hung_up()

    async def _pause(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_task(self._woken.wait(), name="console:woken")
        try:
            await within(self._clock, seconds, woken)
        except TimeoutError:
            return
        finally:
            await end(woken)

    def _delay_s(self, failures: int, gone_for_s: float) -> float:
        """Twice as long each time, up to three seconds in the first quarter of an hour and thirty later on."""
        longest = SHORT_DELAY_S if gone_for_s < SHORT_FOR_S else LONGEST_DELAY_S
        delay_s = min(FIRST_DELAY_S * 2.0 ** min(failures - 1, 10), longest)
        return delay_s * (1 - JITTER + 2 * JITTER * self._chance())

    def take(self, event: str, data: Any) -> None:
        """Take one event of the present line; one that cannot be read means that the line cannot be trusted."""
        if event == protocol.CHANGES:
            changes = Changes.model_validate(data)
            self._cursor = max(self._cursor or 0, changes.cursor)
            self._listener.changed(changes)
        elif event == protocol.RESYNC:
            resync = Resync.model_validate(data)
            self._cursor = resync.cursor
            self._listener.must_resync(resync)
        elif event == protocol.QR:
            self._listener.saw_session(SessionView.model_validate(data))


class _Visit:
    """One connection to the gateway, from the welcome to the last word."""

    def __init__(self, client: GatewayClient) -> None:
        self.welcome: asyncio.Future[Welcome] = asyncio.get_running_loop().create_future()
        self.is_over = asyncio.Event()
        self.refusal: Trouble | None = None
        self.line = client._open_line(self)
        self._client = client
        self._early: list[tuple[str, Any]] | None = []

    def heard(self, event: str, data: Any) -> None:
        """Sort what came: the welcome, the last word, or news."""
        if event not in protocol.PUSHED:
            return
        try:
            if event == protocol.WELCOME:
                self._greeted(Welcome.model_validate(data))
            elif event == protocol.REFUSED:
                problem = Problem.model_validate(data)
                self.refusal = Trouble(problem.code, {}, problem.message, problem.reference)
                self.hung_up()
            elif self._early is not None:
                self._early.append((event, data))
            elif not self.is_over.is_set():
                self._client.take(event, data)
        except ValidationError:
            _log.error("event_invalid", extra={"event": event})
            self.refusal = Trouble("answer_invalid", {"what": event})
            self.hung_up()

    def deliver(self) -> None:
        """Hand on what came between the welcome and now."""
        early, self._early = self._early or [], None
        for event, data in early:
            self.heard(event, data)

    def hung_up(self) -> None:
        """The line is gone, or is given up."""
        self.is_over.set()
        if not self.welcome.done():
            refusal = self.refusal or _CONNECTION_LOST
            self.welcome.set_exception(
                ConnectFailedError(refusal.code, refusal.message, refusal.reference, params=refusal.params)
            )

    async def close(self) -> None:
        """Hang up."""
        await self.line.close()
        if self.welcome.done() and not self.welcome.cancelled():
            self.welcome.exception()  # seen
        self.welcome.cancel()

    def _greeted(self, welcome: Welcome) -> None:
        if not self.welcome.done():
            self.welcome.set_result(welcome)


def _done(first: asyncio.Future[None]) -> None:
    if not first.done():
        first.set_result(None)

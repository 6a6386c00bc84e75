"""A library that pretends: the simulator's connection behind the worker's own protocol, its device in a real file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime

from gateway.domain.session_records import InboundMessage, MessageReceipt
from gateway.domain.sessions import CloseCause
from gateway.whatsapp.engine import Account, EngineError
from gateway.whatsapp.neonize import pipe
from gateway.whatsapp.neonize.pipe import Tell
from gateway.whatsapp.simulator import SimulatedWorld
from gateway.whatsapp.simulator.engine import SimulatedEngine
from shared.vocabulary import PasskeyStage


class PretendLibrary:
    """Satisfies `worker.Library`; `abort` ends the process as the genuine one's aborts do."""

    def __init__(
        self,
        world: SimulatedWorld,
        number: int,
        abort: Callable[[], None],
        *,
        auto_scan_after_s: float | None = None,
    ) -> None:
        self._number = number
        self._abort = abort
        self.engine = SimulatedEngine(world, auto_scan_after_s)

    def load(self) -> str:
        """See `Library.load`."""
        return "pretended"

    async def connect(self, hello: pipe.Hello, tell: Tell) -> None:
        """See `Library.connect`."""
        device = device_in(hello.database)
        try:
            await self.engine.start(hello.salon_id, self._number, device, _Sink(hello, tell, self))
        except EngineError as error:
            tell(pipe.Exit(CloseCause(error.fault)))

    async def pair_code(self, phone: str) -> str:
        """See `Library.pair_code`."""
        return await self.engine.request_code(phone)

    async def send(self, number: int, to: str, text: str) -> str:
        """See `Library.send`."""
        return await self.engine.send_text(to, text, f"{self._number}:{number}")

    async def logout(self) -> None:
        """See `Library.logout`."""
        await self.engine.logout()

    def abort(self) -> None:
        """End without a word."""
        self._abort()


class _Sink:
    """Satisfies `EngineSink` with reports over the pipe; like the genuine library it asks for no leave."""

    def __init__(self, hello: pipe.Hello, tell: Tell, library: PretendLibrary) -> None:
        self._database = hello.database
        self._tell = tell
        self._library = library

    async def qr(self, text: str, lifetime_s: float) -> bool:
        self._tell(pipe.Qr(text, lifetime_s))
        return True

    async def passkey_required(self, lifetime_s: float, stage: PasskeyStage = PasskeyStage.CHALLENGE) -> bool:
        self._tell(pipe.Passkey(lifetime_s, stage))
        return True

    async def paired(self, credentials: bytes, account: Account) -> bool:
        keep_device(self._database, credentials)
        self._tell(pipe.Paired(account.jid, account.name))
        return True

    async def restart_required(self) -> bool:
        """The genuine library answers stream error 515 itself, on the same connection."""
        await self._library.engine.refuse_login()
        return True

    async def opened(self, account: Account) -> bool:
        self._tell(pipe.Opened(account.jid, account.name))
        return True

    async def reconnecting(self, cause: CloseCause) -> bool:
        self._tell(pipe.Reconnecting(cause))
        return True

    async def received(self, message: InboundMessage) -> bool:
        self._tell(message)
        return True

    async def receipted(self, receipt: MessageReceipt) -> bool:
        self._tell(receipt)
        return True

    async def closed(self, cause: CloseCause, until: datetime | None = None) -> bool:
        if cause is CloseCause.CRASHED:
            self._library.abort()
        else:
            self._tell(pipe.Exit(cause, until))
        return True


def keep_device(database: str, device: bytes) -> None:
    """Store the one device of a session's file."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS device (blob BLOB)")
        connection.execute("DELETE FROM device")
        connection.execute("INSERT INTO device VALUES (?)", (device,))
        connection.commit()


def device_in(database: str) -> bytes | None:
    """Return the device a session's file holds; makes the file when there is none."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS device (blob BLOB)")
        connection.commit()
        row = connection.execute("SELECT blob FROM device").fetchone()
    return None if row is None else bytes(row[0])

"""The port: what the product may ask of its WhatsApp sessions, whichever engine carries them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from gateway.domain.session_records import (
    CodeTicket,
    QrTicket,
    Removal,
    SentMessage,
    SessionSnapshot,
    StoredEvent,
)
from shared.vocabulary import PairingMethod


class SessionPool(Protocol):
    """One session a salon. Any process may be asked; the one that owns the session acts.

    Every command commits what is wanted before it returns, so a process killed at any moment loses nothing. Reads
    come from the row and never touch an engine. Refusals are GatewayErrors with the codes named below; every method
    may raise DatabaseUnavailableError, and those that wait for an owner raise `pool_unavailable` when none acted in
    time; what was asked is done later all the same.
    """

    async def ensure(
        self, salon_id: int, *, pairing: PairingMethod, phone: str | None = None
    ) -> SessionSnapshot:
        """Want the session running; idempotent, returns at once with state `starting` when it was at rest.

        A live session is never replaced. While it waits for its phone another method takes over on the same socket,
        and asking by code requests a code as `request_pairing_code` does, without waiting for it. Credentials that
        are still good are resumed without pairing. A temporary ban that runs, and an outdated engine that is still
        the same, leave everything as it is.
        Raises invalid_phone (by code without a usable number), rate_limited (`retry_after` seconds), install_gone,
        and what the sealer raises when it has no key.
        """

    async def get(self, salon_id: int) -> SessionSnapshot:
        """Return the session as it is committed. Raises session_not_found."""

    async def list(self, after: int = 0, limit: int = 100) -> Sequence[SessionSnapshot]:
        """Return up to `limit` sessions with a salon id above `after`, without QR and code."""

    async def current_qr(self, salon_id: int) -> QrTicket:
        """Return the QR that can be scanned now. Raises session_not_found, not_pairing, qr_expired."""

    async def request_pairing_code(self, salon_id: int, phone: str) -> CodeTicket:
        """Return a pairing code for a phone, waiting up to 10 s for the engine; only while pairing.

        Asking again for the same phone within a minute returns the same code; the session and its QR live on.
        Raises session_not_found, not_pairing, invalid_phone, rate_limited (one a minute and five an hour a salon;
        `retry_after` seconds), pool_unavailable, or what the engine answered (upstream_unavailable, …).
        """

    async def send_text(
        self, salon_id: int, to: str | None, text: str, *, client_ref: str, is_of_assistant: bool = True
    ) -> SentMessage:
        """Send a text to a phone, or to the salon's own number (None), waiting up to 20 s; only while connected.

        `client_ref` is the caller's own name for the message, unique in the salon: a repeat never sends twice but
        answers what became of the first. `is_of_assistant` is False for what staff or the gateway itself send: while
        staff have switched the assistant off only its own are refused (assistant_off). What waited for a connection
        that ended is never sent over the next one.
        Raises session_not_found, invalid_phone, whatsapp_not_connected, recipient_unknown, rate_limited (too many a
        minute for one salon; `retry_after` seconds), send_rejected, outcome_unknown (it may have been sent).
        """

    async def read_message(self, salon_id: int, message_id: str) -> tuple[str, str | None] | None:
        """Return who wrote a message that came in (a jid) and its text, None for what is not text.

        None altogether when it is not kept: contents are kept by setting alone, not for ever, and not while the
        assistant is switched off for the salon; nor are messages of that time told to subscribers.
        """

    async def stop(self, salon_id: int) -> SessionSnapshot | None:
        """End the engine and keep the credentials, waiting up to 5 s; idempotent, None when there is no session.

        Raises pool_unavailable.
        """

    async def resume(self, salon_id: int) -> SessionSnapshot | None:
        """Start a stopped session that holds credentials again; anything else is left as it is."""

    async def restart(self, salon_id: int, *, force: bool = False) -> SessionSnapshot:
        """Start a new engine now, whatever the state. A person's act: it also ends `replaced`.

        Raises session_not_found, temp_banned (until it is over), client_outdated (unless the engine changed or
        `force`).
        """

    async def relink(
        self, salon_id: int, *, pairing: PairingMethod = PairingMethod.QR, phone: str | None = None
    ) -> SessionSnapshot:
        """Take our device off the present phone, forget its credentials and start pairing anew.

        Raises session_not_found, invalid_phone, rate_limited.
        """

    async def confirm_phone(self, salon_id: int) -> SessionSnapshot:
        """Keep the number that was linked in place of another one; idempotent. Raises session_not_found."""

    async def remove(self, salon_id: int) -> Removal:
        """Take our device off the phone if it is connected (up to 10 s), then wipe credentials and row, always.

        Waits up to 15 s. Idempotent: an absent session counts as unlinked. Raises pool_unavailable.
        """

    def subscribe(self, after: int | None = None) -> AsyncIterator[StoredEvent]:
        """Follow the events of all sessions past a position of the log (None: from now on), in order, for ever.

        Events tell that something happened; QR text and codes are read with `get`. Raises EventsGoneError.
        """

    async def restore(self) -> None:
        """Begin to own sessions: take those without a living owner and bring back what should run."""

    async def close(self) -> None:
        """End all engines and tasks and give the leases back; what is wanted stays wanted."""

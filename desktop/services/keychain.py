"""Where tokens are kept: the system's keychain, or the memory of this run where there is none."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Protocol

SERVICE = "AI-Admin console"
_log = logging.getLogger("desktop.keychain")


class Keychain(Protocol):
    """A place for secrets."""

    @property
    def is_available(self) -> bool:
        """Whether what is put here is still there next time."""

    async def open(self) -> None:
        """Find out whether it is available."""

    async def get(self, name: str) -> str | None:
        """Return a secret, or None."""

    async def put(self, name: str, secret: str) -> bool:
        """Keep a secret; returns whether it outlives this run."""

    async def remove(self, name: str) -> None:
        """Forget a secret."""


class MemoryKeychain:
    """Keeps secrets as long as the program runs."""

    is_available = False

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    async def open(self) -> None:
        """Nothing has to be found out."""

    async def get(self, name: str) -> str | None:
        """Return a secret, or None."""
        return self._secrets.get(name)

    async def put(self, name: str, secret: str) -> bool:
        """Keep a secret for this run."""
        self._secrets[name] = secret
        return False

    async def remove(self, name: str) -> None:
        """Forget a secret."""
        self._secrets.pop(name, None)


class SystemKeychain:
    """The system's keychain by `keyring`, asked beside the event loop, for it may wait for a person.

    Where the library or a keychain is missing, locked or failing, secrets are kept for this run and never in a file.
    """

    def __init__(self, backend: Any = None) -> None:
        self._backend = backend
        self._memory = MemoryKeychain()

    @property
    def is_available(self) -> bool:
        """Whether there is a keychain; known after `open`."""
        return self._backend is not None

    async def open(self) -> None:
        """Look for the system's keychain."""
        if self._backend is None:
            self._backend = await asyncio.to_thread(_find_backend)

    async def get(self, name: str) -> str | None:
        """Return a secret, or None."""
        remembered = await self._memory.get(name)
        if remembered is not None or self._backend is None:
            return remembered
        found = await self._ask("get_password", SERVICE, name)
        return found if isinstance(found, str) else None

    async def put(self, name: str, secret: str) -> bool:
        """Keep a secret; returns whether it outlives this run."""
        if (
            self._backend is not None
            and await self._ask("set_password", SERVICE, name, secret) is not _FAILED
        ):
            await self._memory.remove(name)
            return True
        return await self._memory.put(name, secret)

    async def remove(self, name: str) -> None:
        """Forget a secret; one that is not there is forgotten already."""
        await self._memory.remove(name)
        if self._backend is not None:
            await self._ask("delete_password", SERVICE, name)

    async def _ask(self, what: str, *args: str) -> object:
        try:
            return await asyncio.to_thread(getattr(self._backend, what), *args)
        except Exception as error:  # every backend has errors of its own; none may hold the secret we passed
            _log.warning("keychain_failed", extra={"asked": what, "cause": type(error).__name__})
            return _FAILED


_FAILED = object()


def _find_backend() -> Any:
    """Return a backend that encrypts, or None."""
    try:
        import keyring
        from keyring.backends import chainer, fail, null

        backend = keyring.get_keyring()
        if isinstance(backend, fail.Keyring | null.Keyring):
            return None
        if isinstance(backend, chainer.ChainerBackend) and not backend.backends:
            return None
    except Exception as error:
        _log.info("keychain_missing", extra={"cause": type(error).__name__})
        return None
    return None if type(backend).__module__.startswith("keyrings.alt") else backend

"""Where tokens are kept: the system's keychain, or the memory of this run when there is none."""

from __future__ import annotations

from typing import Protocol


class Keychain(Protocol):
    """A place for secrets. `is_available` is whether they outlive this run."""

    @property
    def is_available(self) -> bool:
        """Whether what is put here is still there next time."""

    async def get(self, name: str) -> str | None:
        """Return a secret, or None."""

    async def put(self, name: str, secret: str) -> None:
        """Keep a secret."""

    async def remove(self, name: str) -> None:
        """Forget a secret."""


class MemoryKeychain:
    """Keeps secrets as long as the program runs."""

    is_available = False

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    async def get(self, name: str) -> str | None:
        """Return a secret, or None."""
        return self._secrets.get(name)

    async def put(self, name: str, secret: str) -> None:
        """Keep a secret for this run."""
        self._secrets[name] = secret

    async def remove(self, name: str) -> None:
        """Forget a secret."""
        self._secrets.pop(name, None)

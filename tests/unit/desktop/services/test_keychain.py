from __future__ import annotations

import threading

import pytest

from desktop.services import keychain as keychain_module
from desktop.services.keychain import MemoryKeychain, SystemKeychain


class Backend:
    """A keychain of a system."""

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}
        self.is_locked = False
        self.threads: set[int] = set()

    def _used(self) -> None:
        self.threads.add(threading.get_ident())
        if self.is_locked:
            raise RuntimeError("locked")

    def get_password(self, service: str, name: str) -> str | None:
        self._used()
        return self.secrets.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        self._used()
        self.secrets[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        self._used()
        del self.secrets[service, name]


async def test_without_a_keychain_a_secret_lives_as_long_as_the_program() -> None:
    keychain = MemoryKeychain()
    await keychain.open()
    assert not await keychain.put("a", "secret")
    assert await keychain.get("a") == "secret"
    await keychain.remove("a")
    await keychain.remove("a")
    assert await keychain.get("a") is None
    assert not keychain.is_available


async def test_the_systems_keychain_is_asked_beside_the_loop() -> None:
    backend = Backend()
    keychain = SystemKeychain(backend)
    await keychain.open()
    assert keychain.is_available
    assert await keychain.put("a", "secret")
    assert await keychain.get("a") == "secret"
    await keychain.remove("a")
    assert backend.secrets == {}
    assert threading.get_ident() not in backend.threads


@pytest.mark.expects_log("keychain_failed")
async def test_a_keychain_that_fails_is_replaced_by_memory(caplog: pytest.LogCaptureFixture) -> None:
    backend = Backend()
    keychain = SystemKeychain(backend)
    backend.is_locked = True
    assert not await keychain.put("a", "secret")
    assert await keychain.get("a") == "secret"
    assert await keychain.get("b") is None
    await keychain.remove("a")
    assert await keychain.get("a") is None
    assert "secret" not in caplog.text


@pytest.mark.expects_log("keychain_failed")
async def test_a_secret_that_is_not_there_is_forgotten_already() -> None:
    await SystemKeychain(Backend()).remove("nothing")


async def test_a_machine_without_a_keychain_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keychain_module, "_find_backend", lambda: None)
    keychain = SystemKeychain()
    await keychain.open()
    assert not keychain.is_available
    assert not await keychain.put("a", "secret")

"""Sealing secrets at rest: AES-256-GCM under DATA_KEY, with the key's id in front.

Layout of a sealed value: version (1 byte) · key id (4 bytes) · nonce (12 bytes) · ciphertext and tag. The context
(which salon, which column) is authenticated with it, so a sealed value copied to another row does not open.
"""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_HEAD_BYTES = len(_VERSION) + _KEY_ID_BYTES + _NONCE_BYTES


class SealError(Exception):
    """A sealed value cannot be opened: another key, another context, or damaged bytes."""


class SecretBox:
    """Seals with the current key; opens with that, with the previous one and with the next one.

    What is sealed under the previous key is to be sealed anew; the next key is one that other processes seal with
    already.
    """

    def __init__(self, key: bytes, *, previous: bytes | None = None, following: bytes | None = None) -> None:
        self._current = key_id(key)
        self._previous = None if previous is None or previous == key else key_id(previous)
        self._keys = {key_id(each): AESGCM(each) for each in (key, previous, following) if each is not None}

    @property
    def current_key_id(self) -> str:
        """Id of the key that seals, in hex; safe to show."""
        return self._current.hex()

    @property
    def previous_key_id(self) -> bytes | None:
        """Id of the key whose values are to be sealed anew; None when there is none."""
        return self._previous

    @property
    def known_key_ids(self) -> frozenset[bytes]:
        """Ids of every key that opens."""
        return frozenset(self._keys)

    def seal(self, plain: bytes, context: str) -> bytes:
        """Return `plain` encrypted and bound to `context`."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._keys[self._current].encrypt(nonce, plain, context.encode())
        return _VERSION + self._current + nonce + sealed

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return what was sealed. Raises SealError when key, context or bytes do not fit."""
        if len(sealed) < _HEAD_BYTES or sealed[:1] != _VERSION:
            raise SealError("not a sealed value")
        box = self._keys.get(sealed[1 : 1 + _KEY_ID_BYTES])
        if box is None:
            raise SealError("sealed with a key that is not configured")
        nonce, body = sealed[1 + _KEY_ID_BYTES : _HEAD_BYTES], sealed[_HEAD_BYTES:]
        try:
            return box.decrypt(nonce, body, context.encode())
        except InvalidTag:
            raise SealError("wrong context or damaged value") from None


def key_id(key: bytes) -> bytes:
    """Return the public name of a key: four bytes of a hash, useless for finding the key."""
    return hashlib.sha256(b"ai-admin data key id\x00" + key).digest()[:_KEY_ID_BYTES]

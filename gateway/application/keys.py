"""Rotating keys: what is still under an earlier one, and so when that one can go."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.application.links import OtherSecrets, secret_id


@dataclass(frozen=True, slots=True)
class JwtKeyIds:
    """The public names of JWT_SECRET and of what is accepted beside it."""

    current: str | None
    previous: str | None = None
    next: str | None = None

    @classmethod
    def of(cls, jwt_secret: str | None, others: OtherSecrets) -> JwtKeyIds:
        """Return the names of these secrets."""
        named = (
            None if each is None else secret_id(each) for each in (jwt_secret, others.previous, others.next)
        )
        return cls(*named)


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What the doctor asks of keys.

    `damaged` is how many of the values under the previous key no key opens, `sealed_unknown` how many name a key that
    is not configured. Tokens of staff that are by the previous secret are carried over when they are used next; one
    that is by a secret that is gone (`staff_lost`) is refused and has to be made anew.
    """

    sealed_previous: int = 0
    damaged: int = 0
    sealed_unknown: int = 0
    sealing_with_previous: int = 0
    signing_with_previous: int = 0
    staff_by_previous: int = 0
    staff_lost: int = 0

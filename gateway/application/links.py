"""The onboarding link's token: a short JWT with ids only, made at entry and checked on every request of the page."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from gateway.application.ports import Clock
from gateway.domain.errors import GatewayError
from shared.vocabulary import MAX_SALON_ID

ISSUER = "ai-admin-gateway"
AUDIENCE = "onboarding"
TOKEN_TYPE = "onboarding+jwt"
ALGORITHM = "HS256"
LIFETIME_S = 3600
LEEWAY_S = 30
MAX_TOKEN_CHARS = 4096
_REQUIRED = ["exp", "nbf", "iat", "iss", "aud", "sub", "jti", "salons"]


@dataclass(frozen=True, slots=True)
class OnboardingLink:
    """What a valid link allows: these salons, each in the generation it was issued for."""

    generations: Mapping[int, int]
    issued_at: datetime
    expires_at: datetime

    @property
    def salon_ids(self) -> tuple[int, ...]:
        """The link's salons in the order they were given."""
        return tuple(self.generations)

    def pick(self, salon_id: int | None) -> int:
        """Return the wanted salon, the first when none is named. Raises GatewayError for a foreign one."""
        if salon_id is None:
            return self.salon_ids[0]
        if salon_id not in self.generations:
            raise GatewayError("salon_not_in_token")
        return salon_id


@dataclass(frozen=True, slots=True)
class OtherSecrets:
    """What is still or already accepted beside JWT_SECRET while it is rotated; nothing is made with them."""

    previous: str | None = field(default=None, repr=False)
    next: str | None = field(default=None, repr=False)

    def keys(self, purpose: str) -> tuple[bytes, ...]:
        """Return the keys derived of them for one purpose."""
        return tuple(derive_key(secret, purpose) for secret in (self.previous, self.next) if secret)


NO_OTHERS = OtherSecrets()


class LinkTokens:
    """Issues and checks links under a key derived for this purpose alone; staff tokens use another."""

    def __init__(self, jwt_secret: str | None, clock: Clock, others: OtherSecrets = NO_OTHERS) -> None:
        self._key = None if jwt_secret is None else derive_key(jwt_secret, "onboarding link")
        self._other_keys = others.keys("onboarding link")
        self._clock = clock

    @property
    def is_configured(self) -> bool:
        """Whether there is a secret to sign with."""
        return self._key is not None

    def issue(self, generations: Mapping[int, int]) -> str:
        """Return a token for these salons, valid for an hour. Raises GatewayError without JWT_SECRET."""
        now = self._clock.now()
        claims = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": str(next(iter(generations))), "jti": secrets.token_urlsafe(12),
            "iat": now, "nbf": now, "exp": now + timedelta(seconds=LIFETIME_S),
            "salons": [[salon_id, generation] for salon_id, generation in generations.items()],
        }  # fmt: skip
        return jwt.encode(claims, self._require_key(), algorithm=ALGORITHM, headers={"typ": TOKEN_TYPE})

    def verify(self, token: str | None) -> OnboardingLink:
        """Check a token. Raises GatewayError: token_missing, token_expired or token_invalid."""
        if not token:
            raise GatewayError("token_missing")
        key = self._require_key()
        if len(token) > MAX_TOKEN_CHARS or not token.isascii():
            raise GatewayError("token_invalid")
        try:
            unverified = jwt.get_unverified_header(token)
            claims = self._opened(token, key)
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise GatewayError("token_invalid") from None
        if unverified.get("typ") != TOKEN_TYPE:
            raise GatewayError("token_invalid")
        return self._link(claims)

    def require_current(self, link: OnboardingLink) -> None:
        """Raise token_expired for a link that was good once: a socket may outlive it."""
        if self._clock.now().timestamp() >= link.expires_at.timestamp() + LEEWAY_S:
            raise GatewayError("token_expired")

    def _opened(self, token: str, key: bytes) -> dict[str, Any]:
        """Return the claims, signed with the current key or with one that is accepted beside it."""
        for other in self._other_keys:
            try:
                return self._decode(token, key)
            except jwt.InvalidSignatureError:
                key = other
        return self._decode(token, key)

    def _decode(self, token: str, key: bytes) -> dict[str, Any]:
        # Times are checked in _link against our own clock, so that they can be tested.
        options = {"require": _REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False}
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options=options,  # type: ignore[arg-type]
        )
        return claims

    def _link(self, claims: Mapping[str, Any]) -> OnboardingLink:
        times = [claims["nbf"], claims["exp"], claims["iat"]]
        pairs = claims["salons"]
        if not all(_is_int(value) for value in times) or not isinstance(pairs, list) or not pairs:
            raise GatewayError("token_invalid")
        now = self._clock.now().timestamp()
        if now < claims["nbf"] - LEEWAY_S:
            raise GatewayError("token_invalid")
        if now >= claims["exp"] + LEEWAY_S:
            raise GatewayError("token_expired")
        try:
            generations = {int(salon_id): int(generation) for salon_id, generation in pairs}
        except (TypeError, ValueError):
            raise GatewayError("token_invalid") from None
        if any(not 0 < salon_id <= MAX_SALON_ID for salon_id in generations):
            raise GatewayError("token_invalid")
        issued, expires = (datetime.fromtimestamp(claims[name], UTC) for name in ("iat", "exp"))
        return OnboardingLink(generations, issued, expires)

    def _require_key(self) -> bytes:
        if self._key is None:
            raise GatewayError("not_configured")
        return self._key


def derive_key(secret: str, purpose: str) -> bytes:
    """Derive a 32-byte key for one purpose, so that one secret never serves two audiences."""
    return hmac.new(secret.encode(), b"ai-admin " + purpose.encode(), hashlib.sha256).digest()


def secret_id(secret: str) -> str:
    """Return the public name of a JWT_SECRET: eight hex digits, useless for finding the secret."""
    return derive_key(secret, "secret id")[:4].hex()


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**40

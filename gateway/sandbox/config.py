"""What a sandbox is told when it is built, and the switches that may be turned while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

BrandName = Literal["yclients", "altegio"]
ActivationBody = Literal["empty", "null", "list", "object"]
ListedStatuses = Literal["connected", "active", "all"]

GUIDE_PENDING_TTL_S = 3600
"""The deadline the guides give: one hour from consent to activation."""

CODE_PENDING_TTL_S = 43200
"""The deadline of the platform's present code: twelve hours."""


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """Everything fixed for the life of one sandbox. Addresses carry no trailing slash."""

    partner_token: str = field(repr=False)
    application_id: int
    redirect_url: str
    """Our gateway's Registration Redirect URL, as the developer cabinet would hold it."""
    callback_url: str
    """Where lifecycle webhooks go, as the developer cabinet would hold it."""
    gateway_url: str
    """The gateway whose simulator the phone panel drives."""
    public_url: str = "http://127.0.0.1:9090"
    """The sandbox's own address, as browsers and the gateway reach it."""
    brand: BrandName = "yclients"
    pending_ttl_s: int = GUIDE_PENDING_TTL_S
    enforce_limits: bool = True
    private_app: bool = False
    partner_tokens_also: tuple[str, ...] = field(default=(), repr=False)
    """Tokens that calls may bring too, for the time of a rotation; nothing is signed with them."""


@dataclass(slots=True)
class Switches:
    """Behaviour that a person or a test may change at run time."""

    pending_ttl_s: int
    enforce_limits: bool
    private_app: bool
    retry_after: bool = False
    """Whether a 429 of the limiter carries `Retry-After`."""
    free_app: bool = False
    """A free application has no tariffs, and its payment link answers 404."""
    lose_lifecycle: bool = False
    """Lifecycle webhooks are not sent at all, as if the network had eaten them."""
    lose_entity: bool = False
    """Entity webhooks are not sent at all."""
    activation_body: ActivationBody = "empty"
    """What stands in the 201 of the activation call; the documents do not say."""
    listed_statuses: ListedStatuses = "connected"
    """Whose salons the list holds: `connected` is active and freezed."""

    @classmethod
    def of(cls, config: SandboxConfig) -> Switches:
        """Return the switches as the configuration sets them."""
        return cls(config.pending_ttl_s, config.enforce_limits, config.private_app)

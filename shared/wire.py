"""The records that cross a wire, in pydantic: what the onboarding page and the console receive."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from shared.vocabulary import PairingMethod, PartnerState, PasskeyStage, Stage, WhatsappState


class WireRecord(BaseModel):
    """A record as it is sent: JSON with RFC 3339 times in UTC.

    What checks a record is built when the first one is made: at its start a program meets few of the many kinds.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)


class SalonView(WireRecord):
    """The salon a snapshot is about."""

    id: int = Field(description="YCLIENTS' number of the salon")
    title: str
    city: str | None


class BranchView(WireRecord):
    """One salon of the link, for the list of branches."""

    id: int
    title: str
    city: str | None
    stage: Stage
    stage_since: datetime


class PartnerView(WireRecord):
    """Where the install stands with YCLIENTS."""

    state: PartnerState
    since: datetime
    delayed: bool = Field(
        description="YCLIENTS did not take the activation yet; the gateway goes on by itself"
    )
    next_attempt_at: datetime | None
    error: str | None


class WhatsappView(WireRecord):
    """Where the WhatsApp session stands; `state` is null while none was ever started."""

    state: WhatsappState | None
    since: datetime | None
    generation: int
    method: PairingMethod | None
    phone: str | None = Field(description="the linked number, masked")
    error: str | None
    banned_until: datetime | None
    pairing_until: datetime | None
    passkey_stage: PasskeyStage | None = Field(
        description="what WhatsApp waits for while it asks for a passkey: `challenge` or its confirmation"
    )
    expected_phone: str | None = Field(
        description="the number, masked, that was expected where another one was linked, while that is in question"
    )


class QrView(WireRecord):
    """The QR code that is valid now. Never show it past `expires_at`."""

    text: str
    image: str = Field(description="the code as an SVG in a data address, dark on white with its quiet zone")
    seq: int
    issued_at: datetime
    expires_at: datetime


class PairingCodeView(WireRecord):
    """The pairing code that is valid now."""

    code: str = Field(description="eight characters as XXXX-XXXX")
    phone: str = Field(description="the number it was asked for, masked")
    issued_at: datetime
    expires_at: datetime


class LinksView(WireRecord):
    """Where the owner may go next."""

    marketplace: str
    support: str | None


class Snapshot(WireRecord):
    """Everything the onboarding page shows; a newer one has a larger `version`."""

    version: int
    server_time: datetime
    salon: SalonView
    branches: list[BranchView]
    session_id: str
    generation: int = Field(description="the install's generation")
    stage: Stage
    stage_since: datetime
    partner: PartnerView
    whatsapp: WhatsappView
    qr: QrView | None
    pairing_code: PairingCodeView | None
    support_code: str
    links: LinksView
    link_expires_at: datetime


class QrAnswer(WireRecord):
    """Answer of `POST /marketplace/api/qr`."""

    success: bool
    qr: str
    qr_image: str
    session_id: str
    expires_in: int = Field(description="seconds")
    expires_at: datetime


class PairingCodeAnswer(WireRecord):
    """Answer of `POST /marketplace/api/pairing-code`."""

    success: bool
    code: str
    phone: str
    session_id: str
    expires_in: int = Field(description="seconds")
    expires_at: datetime


class SessionStatusAnswer(WireRecord):
    """Answer of `GET /marketplace/api/status/{session_id}`."""

    success: bool
    status: str
    connected: bool
    session_id: str


class ActivationAnswer(WireRecord):
    """Answer of `POST /marketplace/activate`."""

    success: bool
    status: str
    message: str
    salon_id: int
    company_id: int


class WebhookAnswer(WireRecord):
    """Answer to an accepted webhook."""

    success: bool
    received: bool


class HealthAnswer(WireRecord):
    """Answer of `GET /marketplace/health`."""

    status: str
    timestamp: datetime


class Problem(WireRecord):
    """What went wrong, with a stable code and a reference for support."""

    code: str
    message: str
    reference: str


class ProblemAnswer(WireRecord):
    """Every refusal's body."""

    error: Problem


class SalonCommand(WireRecord):
    """Body of the page's commands; without `salon_id` the link's first salon is meant."""

    salon_id: int | None = None


class PairingCodeCommand(SalonCommand):
    """Body of `POST /marketplace/api/pairing-code`."""

    phone: str = Field(description="the salon's WhatsApp number, international or Russian")


class ActivateCommand(WireRecord):
    """Body of `POST /marketplace/activate`."""

    token: str = Field(description="the onboarding link's token")

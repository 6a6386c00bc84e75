"""Rows and phones with sensible defaults."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gateway.domain.session_records import Desired, SessionRecord
from gateway.whatsapp.changes import PhoneForCode
from shared.vocabulary import WhatsappState

NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
SALON = 42


def build_record(state: WhatsappState = WhatsappState.STARTING, **fields: Any) -> SessionRecord:
    """Return a row that is wanted running, its engine started."""
    values: dict[str, Any] = {
        "salon_id": SALON, "adapter": "simulator", "desired": Desired.RUNNING, "state": state, "since": NOW,
        "created_at": NOW, "version": 5, "generation": 3, "engine_generation": 3, "last_seq": 7,
        "pairing_started_at": NOW, "needs_owner_at": NOW,
    }  # fmt: skip
    return SessionRecord(**(values | fields))


def build_linked(state: WhatsappState = WhatsappState.CONNECTED, **fields: Any) -> SessionRecord:
    """Return a row with credentials that were connected before."""
    linked = {
        "credentials_sealed": b"c",
        "account_sealed": b"a",
        "account_phone_masked": "+7",
        "linked_at": NOW,
    }
    return build_record(state, **(linked | fields))


def build_phone(name: bytes = b"phone") -> PhoneForCode:
    """Return a phone a code is asked for."""
    return PhoneForCode("+7 *** ***-45-67", name, lambda other: other == name)

"""Every column that holds sealed values, in one place, and what each value is bound to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.storage.install_store import api_key_context, webhook_key_context

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One column of sealed values; `key` are the columns of its table's primary key.

    `also` is set with every new value: a session's row has a version that its owner compares, so that it does not
    write an old copy back.
    """

    table: str
    column: str
    key: tuple[str, ...]
    context: Callable[[Row], str]
    also: str = ""


def _session(column: str, purpose: str) -> SealedColumn:
    return SealedColumn(
        "whatsapp_sessions", column, ("salon_id",), lambda row: session_context(row["salon_id"], purpose),
        also=", version = nextval('whatsapp_session_version_seq')",
    )  # fmt: skip


def session_context(salon_id: int, purpose: str) -> str:
    """What a sealed value of a session is bound to; `gateway.whatsapp.seals` says the same."""
    return f"whatsapp_session:{salon_id}:{purpose}"


def hint_context(instance: str, event_id: str) -> str:
    """What the sealed details of a session server's hint are bound to."""
    return f"whatsapp_hint:{instance}:{event_id}"


SEALED: tuple[SealedColumn, ...] = (
    SealedColumn("installs", "api_key_sealed", ("id",), lambda row: api_key_context(row["id"])),
    SealedColumn("installs", "webhook_key_sealed", ("id",), lambda row: webhook_key_context(row["id"])),
    _session("credentials_sealed", "credentials"),
    _session("account_sealed", "account"),
    _session("earlier_account_sealed", "account"),
    _session("qr_sealed", "qr"),
    _session("code_sealed", "code"),
    _session("code_phone_sealed", "phone"),
    SealedColumn(
        "whatsapp_sends", "payload_sealed", ("salon_id", "client_ref"),
        lambda row: session_context(row["salon_id"], "message"),
    ),
    SealedColumn(
        "whatsapp_hints", "details_sealed", ("instance", "event_id"),
        lambda row: hint_context(row["instance"], row["event_id"]),
    ),
    SealedColumn(
        "whatsapp_messages", "content_sealed", ("salon_id", "kind", "message_id"),
        lambda row: session_context(row["salon_id"], "inbound"),
    ),
)  # fmt: skip
"""A test fails when the schema has a `*_sealed` column that is not here."""

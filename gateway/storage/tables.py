"""The tables as Peewee models. They never leave `gateway.storage`: stores answer with domain records.

The schema itself is made by the migrations; a test compares the two. No model is bound to a database: each query
names the one it runs on, so several gateways can live in one process.
"""

from __future__ import annotations

from typing import Any

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
    UUIDField,
)
from playhouse.postgres_ext import BinaryJSONField, DateTimeTZField


class _Table(Model):
    id: Any = AutoField()

    class Meta:
        legacy_table_names = False


class Company(_Table):
    """One salon, known by its YCLIENTS number."""

    yclients_id: Any = BigIntegerField(unique=True)
    title: Any = TextField(default="")
    city: Any = TextField(null=True)
    timezone: Any = TextField(null=True)
    version: Any = BigIntegerField(default=0)
    whatsapp_generation: Any = BigIntegerField(default=0)
    whatsapp_seq: Any = BigIntegerField(default=0)
    assistant_off_at: Any = DateTimeTZField(null=True)
    assistant_off_reason: Any = TextField(null=True)
    created_at: Any = DateTimeTZField()
    updated_at: Any = DateTimeTZField()

    class Meta:
        table_name = "companies"


class Install(_Table):
    """One generation of one salon's installation."""

    company: Any = ForeignKeyField(Company, backref="installs", lazy_load=False)
    salon_id: Any = BigIntegerField()
    is_newest: Any = BooleanField(default=True)
    search_text: Any = TextField(default="")
    resume_due: Any = BooleanField(default=False)
    frozen_by_staff_at: Any = DateTimeTZField(null=True)
    frozen_reason: Any = TextField(null=True)
    generation: Any = IntegerField()
    partner_state: Any = TextField()
    partner_since: Any = DateTimeTZField()
    stage: Any = TextField()
    stage_since: Any = DateTimeTZField()
    entry_signed: Any = BooleanField(default=False)
    owner_user_id: Any = BigIntegerField(null=True)
    registered_at: Any = DateTimeTZField()
    support_code: Any = TextField()
    correlation: Any = TextField(unique=True)
    api_key_sealed: Any = BlobField(null=True)
    webhook_key_sealed: Any = BlobField(null=True)
    webhook_key_digest: Any = BlobField(null=True, unique=True)
    error_code: Any = TextField(null=True)
    error_text: Any = TextField(null=True)
    partner_status: Any = TextField(null=True)
    checked_at: Any = DateTimeTZField(null=True)
    activated_at: Any = DateTimeTZField(null=True)
    last_payment_at: Any = DateTimeTZField(null=True)
    paid_until: Any = DateTimeTZField(null=True)
    closed_at: Any = DateTimeTZField(null=True)
    close_reason: Any = TextField(null=True)
    purged_at: Any = DateTimeTZField(null=True)
    welcomed_at: Any = DateTimeTZField(null=True)
    created_at: Any = DateTimeTZField()
    updated_at: Any = DateTimeTZField()

    class Meta:
        table_name = "installs"


class MarketplaceEvent(_Table):
    """One line of an install's story; ids follow the order of commits (see `events`)."""

    at: Any = DateTimeTZField()
    salon_id: Any = BigIntegerField(null=True)
    install: Any = ForeignKeyField(Install, null=True, lazy_load=False)
    type: Any = TextField()
    data: Any = BinaryJSONField(default=dict)
    correlation: Any = TextField(null=True)

    class Meta:
        table_name = "marketplace_events"


class WebhookInbox(_Table):
    """One accepted webhook, kept whether or not anything came of it."""

    received_at: Any = DateTimeTZField()
    peer: Any = TextField(null=True)
    proof: Any = TextField()
    kind: Any = TextField()
    event: Any = TextField(null=True)
    salon_id: Any = BigIntegerField(null=True)
    application_id: Any = BigIntegerField(null=True)
    resource_id: Any = TextField(null=True)
    body: Any = TextField()
    digest: Any = BlobField()
    sign_state: Any = TextField(null=True)
    state: Any = TextField(default="pending")
    outcome: Any = TextField(null=True)
    error: Any = TextField(null=True)
    attempts: Any = IntegerField(default=0)
    next_attempt_at: Any = DateTimeTZField()
    claimed_by: Any = TextField(null=True)
    claimed_until: Any = DateTimeTZField(null=True)
    install: Any = ForeignKeyField(Install, null=True, lazy_load=False)
    processed_at: Any = DateTimeTZField(null=True)
    delivery_id: Any = UUIDField(null=True, unique=True)
    replayed_at: Any = DateTimeTZField(null=True)
    story_after: Any = BigIntegerField(null=True)

    class Meta:
        table_name = "webhook_inbox"


class PartnerCall(_Table):
    """One intended effect at YCLIENTS: the outbox."""

    install: Any = ForeignKeyField(Install, lazy_load=False)
    kind: Any = TextField()
    state: Any = TextField()
    attempts: Any = IntegerField(default=0)
    next_attempt_at: Any = DateTimeTZField()
    first_attempt_at: Any = DateTimeTZField(null=True)
    claimed_by: Any = TextField(null=True)
    claimed_until: Any = DateTimeTZField(null=True)
    outcome_unknown: Any = BooleanField(default=False)
    confirm_singly: Any = BooleanField(default=False)
    error_code: Any = TextField(null=True)
    nonce: Any = IntegerField(default=0)
    error_text: Any = TextField(null=True)
    reason: Any = TextField(null=True)
    retried_at: Any = DateTimeTZField(null=True)
    created_at: Any = DateTimeTZField()
    updated_at: Any = DateTimeTZField()
    finished_at: Any = DateTimeTZField(null=True)

    class Meta:
        table_name = "partner_calls"


class PartnerAttempt(_Table):
    """One request of a partner call and what came back."""

    call: Any = ForeignKeyField(PartnerCall, lazy_load=False)
    number: Any = IntegerField()
    operation: Any = TextField()
    started_at: Any = DateTimeTZField()
    finished_at: Any = DateTimeTZField(null=True)
    http_status: Any = IntegerField(null=True)
    headers: Any = BinaryJSONField(null=True)
    body_head: Any = TextField(null=True)
    latency_ms: Any = IntegerField(null=True)
    failure: Any = TextField(null=True)
    verdict: Any = TextField(null=True)

    class Meta:
        table_name = "partner_attempts"


class Alarm(_Table):
    """Something that calls for a person; at most one open of each kind and subject."""

    kind: Any = TextField()
    subject: Any = TextField(default="")
    level: Any = TextField()
    facts: Any = BinaryJSONField(default=dict)
    occurrence: Any = TextField(default="")
    raised_at: Any = DateTimeTZField()
    seen_at: Any = DateTimeTZField()
    changed_at: Any = DateTimeTZField()
    told_at: Any = DateTimeTZField()
    count: Any = IntegerField(default=1)
    acknowledged_at: Any = DateTimeTZField(null=True)
    acknowledged_by: Any = TextField(null=True)
    snoozed_until: Any = DateTimeTZField(null=True)
    snoozed_by: Any = TextField(null=True)
    settled_at: Any = DateTimeTZField(null=True)

    class Meta:
        table_name = "alarms"

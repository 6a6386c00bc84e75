"""Payments that staff told YCLIENTS of: committed before they are sent, with the id that a refund needs."""

from __future__ import annotations

from typing import Any

STATEMENTS = (
    """
    CREATE TABLE payments (
        id bigserial PRIMARY KEY,
        install_id bigint NOT NULL REFERENCES installs (id) ON DELETE CASCADE,
        salon_id bigint NOT NULL,
        state text NOT NULL CONSTRAINT payments_state_is_known
            CHECK (state IN ('sending', 'accepted', 'refused', 'unknown')),
        refund_state text CONSTRAINT payments_refund_state_is_known
            CHECK (refund_state IN ('sending', 'accepted', 'refused', 'unknown')),
        partner_payment_id bigint,
        amount numeric(12, 2) NOT NULL CHECK (amount > 0),
        currency text NOT NULL,
        paid_on date NOT NULL,
        period_from date NOT NULL,
        period_to date NOT NULL CHECK (period_to >= period_from),
        error_code text,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CHECK (refund_state IS NULL OR partner_payment_id IS NOT NULL)
    )
    """,
    "CREATE INDEX payments_salon_idx ON payments (salon_id, id DESC)",
    # One payment for one period: a second notice of it would be a second payment at YCLIENTS.
    """
    CREATE UNIQUE INDEX payments_once_idx ON payments (install_id, amount, currency, period_from, period_to)
        WHERE state <> 'refused' AND refund_state IS DISTINCT FROM 'accepted'
    """,
)


def up(migrator: Any, db: Any) -> None:
    """Add them; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)

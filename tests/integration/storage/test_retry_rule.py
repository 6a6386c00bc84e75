"""The one rule of what can be retried, in Python and in SQL: both say the same of every call there could be."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable

import pytest

from gateway.domain.calls import ACTIVATE, UNINSTALL, CallFacts, why_not_in_bulk, why_not_retried
from gateway.storage.call_desk import BULK_REFUSAL, RETRY_REFUSAL, facts_of
from gateway.storage.database import Storage
from shared.vocabulary import CallState, PartnerState, WhatsappState

EITHER = (False, True)
FIELDS = (
    "kind", "state", "partner_state", "whatsapp_state", "is_current", "is_superseded", "is_frozen_by_staff",
    "is_being_worked",
)  # fmt: skip
EVERY_CALL = [
    dict(zip(FIELDS, values, strict=True))
    for values in itertools.product(
        (ACTIVATE, UNINSTALL), CallState, PartnerState, (None, *WhatsappState), EITHER, EITHER, EITHER, EITHER
    )
]
SHAPE = """
    kind text, state text, partner_state text, whatsapp_state text, is_current boolean, is_superseded boolean,
    is_frozen_by_staff boolean, is_being_worked boolean
"""


@pytest.mark.parametrize(
    ("in_sql", "in_python"), [(RETRY_REFUSAL, why_not_retried), (BULK_REFUSAL, why_not_in_bulk)]
)
async def test_planning_and_retrying_apply_the_same_rule(
    storage: Storage, in_sql: str, in_python: Callable[[CallFacts], str | None]
) -> None:
    statement = f"""
        SELECT {in_sql} AS refusal FROM ROWS FROM (jsonb_to_recordset(%s::jsonb) AS ({SHAPE}))
            WITH ORDINALITY f ({", ".join(FIELDS)}, place) ORDER BY place
    """
    rows = await storage.read(lambda tx: tx.sql(statement, json.dumps(EVERY_CALL)))
    asked = {row["refusal"] for row in rows}
    assert [row["refusal"] for row in rows] == [in_python(facts_of(call)) for call in EVERY_CALL]
    assert {None, "install_not_current", "call_not_retryable", "whatsapp_not_connected"} <= asked

"""The board as staff see it: pages of installs stuck first, searches, counts, one salon with everything, its story.

All of it must be quick with a hundred thousand installs. So a page is found by ids first, in the order of
`installs_board_idx`, which also holds the text that is searched, and only the rows of that page are joined with the
rest. Words are looked for with `strpos`: it needs no escaping, and the planner, who cannot guess how many rows it
finds, reads the index in order and stops when the page is full. That is quick for words that many installs have; for
those that few have it would read everything. So a look at the first installs tells which kind the words are, and few
are found by their letters in `install_search`. Either way finds the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.application.admin.board_records import (
    BoardPosition,
    BoardRecord,
    GenerationRecord,
    InstallSelection,
    SalonRecord,
    SessionPart,
    StoryRecord,
)
from gateway.domain.errors import GatewayError
from gateway.domain.search import grams, search_words
from gateway.storage.database import Storage, Transaction
from gateway.storage.event_store import newest_event
from shared.vocabulary import (
    STAGE_ORDER,
    CallState,
    PairingMethod,
    PartnerState,
    PasskeyStage,
    Stage,
    WhatsappState,
)

_ORDER = "i.stage_rank, i.stage_since, i.salon_id"
# The last error that still matters: of a call that is not over, else of the install, else of the session.
_OPEN_CALL_ERROR = """
    (SELECT p.error_code FROM partner_calls p
     WHERE p.install_id = i.id AND p.finished_at IS NULL ORDER BY p.error_code IS NULL, p.id DESC LIMIT 1)
"""
_SESSION_ERROR = "(SELECT s.error FROM whatsapp_sessions s WHERE s.install_id = i.id)"
_ERROR = f"coalesce({_OPEN_CALL_ERROR}, i.error_code, {_SESSION_ERROR})"
_HAS_ERROR = f"""
    i.id IN (
        SELECT p.install_id FROM partner_calls p WHERE p.finished_at IS NULL AND p.error_code = ANY(%s)
        UNION ALL SELECT e.id FROM installs e WHERE e.is_newest AND e.error_code = ANY(%s)
        UNION ALL SELECT s.install_id FROM whatsapp_sessions s WHERE s.error = ANY(%s))
    AND {_ERROR} = ANY(%s)
"""
_ROW = f"""
    i.salon_id, c.version, i.generation, c.title, c.city, c.timezone, i.stage, i.stage_since, i.stage_rank,
    i.partner_state, i.partner_since, i.support_code, i.registered_at, i.closed_at IS NULL AS is_open,
    i.frozen_by_staff_at IS NOT NULL AS is_frozen_by_staff, {_ERROR} AS error_code,
    c.assistant_off_at IS NULL AS is_assistant_on,
    s.state AS whatsapp_state, s.account_phone_masked AS phone_masked,
    s.expected_phone_masked IS NOT NULL AS is_phone_in_question, n.id AS call_id, n.state AS call_state,
    (SELECT min(p.next_attempt_at) FROM partner_calls p WHERE p.install_id = i.id AND p.state = 'waiting')
        AS next_attempt_at
"""
_JOINS = """
    JOIN companies c ON c.id = i.company_id
    LEFT JOIN whatsapp_sessions s ON s.install_id = i.id
    LEFT JOIN LATERAL (
        SELECT p.id, p.state FROM partner_calls p WHERE p.install_id = i.id ORDER BY p.id DESC LIMIT 1) n ON true
"""
# Rows and event number come from one snapshot: no row is older than the number says, and none is newer.
_NEWEST_EVENT = "(SELECT coalesce(max(e.id), 0) FROM marketplace_events e) AS cursor"
_PAGE = f"""
    WITH page AS MATERIALIZED (
        SELECT i.id FROM installs i {{joins}} WHERE {{condition}} ORDER BY {_ORDER} LIMIT %s)
    SELECT n.cursor, r.* FROM (SELECT {_NEWEST_EVENT}) n
    LEFT JOIN (SELECT {_ROW} FROM page JOIN installs i ON i.id = page.id {_JOINS}) r ON true
    ORDER BY r.stage_rank, r.stage_since, r.salon_id
"""
LOOKED_AT, FREQUENT = 2_000, 10
"""Words that at least so many of so many installs have are found soonest by reading on in the board's order."""

_LOOK = f"""
    SELECT count(*) AS seen, count(*) FILTER (WHERE {{matches}}) AS matching FROM (
        SELECT i.search_text FROM installs i WHERE i.is_newest ORDER BY {_ORDER} LIMIT {LOOKED_AT}) i
"""
FOUND_BY_LETTERS = """
    JOIN (WITH found AS MATERIALIZED (
              SELECT f.install_id FROM install_search f WHERE search_grams(f.searched) @> %s::text[])
          SELECT install_id FROM found) f ON f.install_id = i.id
"""
"""Joins installs `i` with those that have all letter triples of the words, which are its value."""

_DETAIL = f"""
    SELECT {_NEWEST_EVENT}, {_ROW}, i.entry_signed, i.owner_user_id, i.activated_at, i.last_payment_at,
        i.paid_until, i.error_text, i.closed_at, i.close_reason, i.frozen_by_staff_at, i.frozen_reason,
        i.partner_status, i.checked_at, c.assistant_off_at, c.assistant_off_reason
    FROM installs i {_JOINS} WHERE i.salon_id = %s AND i.is_newest
"""
_SESSION = """
    SELECT s.state, s.since, s.desired AS wanted, s.method, s.account_phone_masked AS phone_masked, s.generation,
        s.error, s.error_at, s.linked_at, s.banned_until, s.pairing_started_at, s.qr_expires_at, s.code_expires_at,
        s.passkey_stage, s.expected_phone_masked
    FROM whatsapp_sessions s JOIN installs i ON i.id = s.install_id AND i.is_newest WHERE s.salon_id = %s
"""
_GENERATIONS = """
    SELECT generation, registered_at, partner_state, closed_at, close_reason FROM installs
    WHERE salon_id = %s ORDER BY generation DESC
"""
_STORY = """
    SELECT e.id AS event_id, e.at, e.type, i.generation, e.data FROM marketplace_events e
    LEFT JOIN installs i ON i.id = e.install_id
    WHERE e.salon_id = %s AND e.id <= %s ORDER BY e.id DESC LIMIT %s
"""


class BoardStore:
    """Reads for the board. An event number in an answer says that the answer is at least as new as that event."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def page(
        self, selection: InstallSelection, after: BoardPosition | None, limit: int
    ) -> tuple[Sequence[BoardRecord], int]:
        """Return installs in the board's order past a position, and the event number they are at least as new as."""

        def work(tx: Transaction) -> tuple[Sequence[BoardRecord], int]:
            joins, condition, values = _where(selection)
            words = search_words(selection.search)
            if are_words_rare(tx, words):
                joins, values = FOUND_BY_LETTERS + joins, [grams(words), *values]
            if after is not None:
                condition += f" AND ({_ORDER}) > (%s, %s, %s)"
                values += [after.rank, after.since, after.salon_id]
            statement = _PAGE.format(joins=joins, condition=condition)
            rows = tx.sql(statement, *values, limit)
            return [_record(row) for row in rows if row["salon_id"] is not None], int(rows[0]["cursor"])

        return await self._storage.read(work)

    async def counts(self, selection: InstallSelection) -> tuple[dict[Stage, int], int]:
        """Count the selected installs by stage, and say the event number the counts are at least as new as."""

        def work(tx: Transaction) -> tuple[dict[Stage, int], int]:
            cursor = newest_event(tx)
            joins, condition, values = _where(selection)
            rows = tx.sql(
                f"SELECT i.stage_rank, count(*) AS n FROM installs i {joins} WHERE {condition} GROUP BY i.stage_rank",
                *values,
            )
            counted = {STAGE_ORDER[row["stage_rank"]]: row["n"] for row in rows}
            return {stage: counted.get(stage, 0) for stage in STAGE_ORDER}, cursor

        return await self._storage.read(work)

    async def salon(self, salon_id: int) -> tuple[SalonRecord, int]:
        """Return everything about a salon's newest install. Raises salon_not_found."""

        def work(tx: Transaction) -> tuple[SalonRecord, int]:
            rows = tx.sql(_DETAIL, salon_id)
            if not rows:
                raise GatewayError("salon_not_found")
            return _salon(tx, rows[0]), int(rows[0]["cursor"])

        return await self._storage.read(work)

    async def session(self, salon_id: int) -> tuple[SessionPart, int]:
        """Return the session of a salon's newest install and the version it is at least as new as.

        Raises salon_not_found.
        """

        def work(tx: Transaction) -> tuple[SessionPart, int]:
            rows = tx.sql("SELECT version FROM companies WHERE yclients_id = %s", salon_id)
            if not rows:
                raise GatewayError("salon_not_found")
            return _session(tx, salon_id), int(rows[0]["version"])

        return await self._storage.read(work)

    async def story(self, salon_id: int, before: int | None, limit: int) -> tuple[Sequence[StoryRecord], int]:
        """Return a salon's events before one of them, the newest first. Raises salon_not_found."""

        def work(tx: Transaction) -> tuple[Sequence[StoryRecord], int]:
            cursor = newest_event(tx)
            if not tx.sql("SELECT 1 AS one FROM companies WHERE yclients_id = %s", salon_id):
                raise GatewayError("salon_not_found")
            newest = cursor if before is None else min(before - 1, cursor)
            return [StoryRecord(**row) for row in tx.sql(_STORY, salon_id, newest, limit)], cursor

        return await self._storage.read(work)


def are_words_rare(tx: Transaction, words: Sequence[str]) -> bool:
    """Whether few installs have the words that are looked for, and their letters can be looked up."""
    if not grams(words):
        return False
    matches = " AND ".join(["strpos(i.search_text, %s) > 0"] * len(words))
    looked = tx.sql(_LOOK.format(matches=matches), *words)[0]
    return int(looked["seen"]) == LOOKED_AT and int(looked["matching"]) < FREQUENT


def _where(selection: InstallSelection) -> tuple[str, str, list[Any]]:
    """Return joins, condition and its values: only what is asked for is in the statement."""
    joins = ""
    conditions = ["i.is_newest"]
    values: list[Any] = []
    if selection.whatsapp_states:
        joins = "JOIN whatsapp_sessions w ON w.install_id = i.id AND w.state = ANY(%s)"
        values.append([state.value for state in selection.whatsapp_states])
    if selection.salon_ids is not None:
        conditions.append("i.salon_id = ANY(%s)")
        values.append(list(selection.salon_ids))
    if selection.stages:
        conditions.append("i.stage_rank = ANY(%s)")
        values.append([STAGE_ORDER.index(stage) for stage in selection.stages])
    if selection.partner_states:
        conditions.append("i.partner_state = ANY(%s)")
        values.append([state.value for state in selection.partner_states])
    for word in search_words(selection.search):
        conditions.append("strpos(i.search_text, %s) > 0")
        values.append(word)
    if selection.error_codes:
        conditions.append(_HAS_ERROR)
        values += [list(selection.error_codes)] * 4
    return joins, " AND ".join(conditions), values


def _record(row: dict[str, Any]) -> BoardRecord:
    return BoardRecord(
        salon_id=row["salon_id"], version=row["version"], generation=row["generation"], title=row["title"],
        city=row["city"], timezone=row["timezone"], stage=Stage(row["stage"]), stage_since=row["stage_since"],
        partner_state=PartnerState(row["partner_state"]), partner_since=row["partner_since"],
        whatsapp_state=WhatsappState(row["whatsapp_state"]) if row["whatsapp_state"] else None,
        phone_masked=row["phone_masked"], is_phone_in_question=bool(row["is_phone_in_question"]),
        error_code=row["error_code"], next_attempt_at=row["next_attempt_at"],
        call_id=row["call_id"], call_state=CallState(row["call_state"]) if row["call_state"] else None,
        is_frozen_by_staff=row["is_frozen_by_staff"],
        is_assistant_on=row["is_assistant_on"], is_open=row["is_open"], support_code=row["support_code"],
        registered_at=row["registered_at"],
        position=BoardPosition(row["stage_rank"], row["stage_since"], row["salon_id"]),
    )  # fmt: skip


def _salon(tx: Transaction, row: dict[str, Any]) -> SalonRecord:
    return SalonRecord(
        row=_record(row), entry_signed=row["entry_signed"], owner_user_id=row["owner_user_id"],
        activated_at=row["activated_at"], last_payment_at=row["last_payment_at"], paid_until=row["paid_until"],
        error_text=row["error_text"], closed_at=row["closed_at"], close_reason=row["close_reason"],
        frozen_by_staff_at=row["frozen_by_staff_at"], frozen_reason=row["frozen_reason"],
        assistant_off_at=row["assistant_off_at"], assistant_off_reason=row["assistant_off_reason"],
        partner_status=row["partner_status"], checked_at=row["checked_at"], session=_session(tx, row["salon_id"]),
        generations=tuple(
            GenerationRecord(
                each["generation"], each["registered_at"], PartnerState(each["partner_state"]), each["closed_at"],
                each["close_reason"],
            )
            for each in tx.sql(_GENERATIONS, row["salon_id"])
        ),
    )  # fmt: skip


def _session(tx: Transaction, salon_id: int) -> SessionPart:
    rows = tx.sql(_SESSION, salon_id)
    if not rows:
        return SessionPart()
    stage = rows[0]["passkey_stage"]
    words = {
        "state": WhatsappState(rows[0]["state"]), "method": PairingMethod(rows[0]["method"]),
        "passkey_stage": PasskeyStage(stage) if stage else None,
    }  # fmt: skip
    return SessionPart(**rows[0] | words)

"""When each PARTNER_TOKEN last proved something; tokens are known here by their fingerprints alone."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.application.token_witness import TokenMatch
from gateway.storage.database import Storage


class TokenMatchStore:
    """One row a token, by fingerprint."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def note(self, token_fingerprint: str, match: TokenMatch) -> None:
        """Keep a match unless a later one is kept."""
        statement = """
            INSERT INTO token_matches (fingerprint, last_matched_at, last_matched_by) VALUES (%s, %s, %s)
            ON CONFLICT (fingerprint) DO UPDATE
                SET last_matched_at = excluded.last_matched_at, last_matched_by = excluded.last_matched_by
                WHERE token_matches.last_matched_at <= excluded.last_matched_at
        """
        await self._storage.write(lambda tx: tx.count(statement, token_fingerprint, match.at, match.by))

    async def matches(self, fingerprints: Iterable[str]) -> dict[str, TokenMatch]:
        """Return what is known of these tokens."""
        statement = """
            SELECT fingerprint, last_matched_at, last_matched_by FROM token_matches WHERE fingerprint = ANY(%s)
        """
        wanted = list(fingerprints)
        rows = await self._storage.read(lambda tx: tx.sql(statement, wanted))
        return {
            row["fingerprint"]: TokenMatch(row["last_matched_at"], row["last_matched_by"]) for row in rows
        }

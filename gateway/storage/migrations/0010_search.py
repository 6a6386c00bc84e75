"""Rare words are found by an index of letter triples, in a table that changes only when what is searched changes."""

from __future__ import annotations

from typing import Any

BATCH = 1000
STATEMENTS = (
    # pg_trgm would do the same, but the embedded server does not have it. `gateway.domain.search.grams` does it in
    # Python. Splitting into letters once is several times quicker than cutting out each triple.
    """
    CREATE FUNCTION search_grams(searched text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000
    AS $$
        SELECT ARRAY(SELECT letter[n] || letter[n + 1] || letter[n + 2]
                     FROM generate_series(1, cardinality(letter) - 2) AS n)
        FROM (SELECT string_to_array(searched, NULL) AS letter) s
    $$
    """,
    # Apart from the installs: those change with every step of a salon, and each change would write sixty index entries.
    """
    CREATE TABLE install_search (
        install_id bigint PRIMARY KEY REFERENCES installs (id) ON DELETE CASCADE,
        searched text COLLATE "C" NOT NULL
    )
    """,
    """
    CREATE INDEX install_search_grams_idx ON install_search USING gin (search_grams(searched))
    """,
    """
    CREATE FUNCTION install_search_follows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.search_text = '' THEN
            DELETE FROM install_search WHERE install_id = NEW.id;
        ELSE
            INSERT INTO install_search (install_id, searched) VALUES (NEW.id, NEW.search_text)
            ON CONFLICT (install_id) DO UPDATE SET searched = excluded.searched
            WHERE install_search.searched <> excluded.searched;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER install_search_follows AFTER INSERT OR UPDATE OF search_text ON installs
        FOR EACH ROW EXECUTE FUNCTION install_search_follows()
    """,
)
_NEXT = """
    WITH next AS (SELECT id, search_text FROM installs WHERE id > %s ORDER BY id LIMIT %s), kept AS (
        INSERT INTO install_search (install_id, searched) SELECT id, search_text FROM next WHERE search_text <> '')
    SELECT max(id) FROM next
"""


def up(migrator: Any, db: Any) -> None:
    """Make the table and fill it, a batch a statement; runs inside one transaction."""
    for statement in STATEMENTS:
        db.execute_sql(statement)
    last: int | None = 0
    while last is not None:
        last = db.execute_sql(_NEXT, (last, BATCH)).fetchall()[0][0]
    # Filling is quicker with a list of what is not sorted in yet; searching is quicker without.
    db.execute_sql("ALTER INDEX install_search_grams_idx SET (fastupdate = off)")
    db.execute_sql("SELECT gin_clean_pending_list('install_search_grams_idx')")

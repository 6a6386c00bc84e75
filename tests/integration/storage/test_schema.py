"""Migrations run forward on an empty database and on yesterday's, once, whoever starts together."""

from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import SystemClock
from gateway.storage import tables
from gateway.storage.database import Storage
from gateway.storage.schema import MIGRATIONS_DIR, SchemaError, migrate, schema_level
from tests.support.databases import Databases


def storage_of(url: str) -> Storage:
    return Storage(url, pool_size=2, now=SystemClock().now)


async def test_ten_processes_that_start_together_migrate_an_empty_database_once(databases: Databases) -> None:
    url = await databases.fresh(template="template0")
    pools = [storage_of(url) for _ in range(10)]
    try:
        applied = await asyncio.gather(*(migrate(pool) for pool in pools))
        names = sorted(path.stem for path in MIGRATIONS_DIR.glob("[0-9]*.py"))
        assert sorted(name for each in applied for name in each) == names
        level = await schema_level(pools[0])
        assert (list(level.applied), level.pending, level.unknown) == (names, (), ())
    finally:
        for pool in pools:
            await pool.close()
        await databases.drop(url)


async def test_a_migration_may_take_longer_than_other_statements(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0001_slow.py").write_text(
        "def up(migrator, db):\n    db.execute_sql('SELECT pg_sleep(0.5)')\n", encoding="utf-8"
    )
    monkeypatch.setattr("gateway.storage.schema.MIGRATIONS_DIR", tmp_path)
    url = await databases.fresh(template="template0")
    hasty = Storage(url, pool_size=1, now=SystemClock().now, statement_within_s=0.2)
    try:
        assert await migrate(hasty) == ("0001_slow",)
    finally:
        await hasty.close()
        await databases.drop(url)


async def test_a_database_of_a_newer_program_is_refused(storage: Storage) -> None:
    await storage.write(
        lambda tx: tx.count("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', now())")
    )
    with pytest.raises(SchemaError, match="9999_later"):
        await migrate(storage)


async def test_every_model_has_exactly_the_columns_of_its_table(storage: Storage) -> None:
    models = [value for value in vars(tables).values() if isinstance(value, type) and hasattr(value, "_meta")]
    compared = 0
    for model in models:
        meta: Any = model._meta
        if model.__name__.startswith("_") or model.__module__ != tables.__name__:
            continue
        rows = await storage.read(
            lambda tx, name=meta.table_name: tx.sql(  # type: ignore[misc]
                "SELECT column_name, is_nullable FROM information_schema.columns "
                "WHERE table_name = %s AND is_generated = 'NEVER'",
                name,
            )
        )
        assert {row["column_name"] for row in rows} == set(meta.columns), meta.table_name
        nullable = {row["column_name"] for row in rows if row["is_nullable"] == "YES"}
        assert nullable == {field.column_name for field in meta.sorted_fields if field.null}, meta.table_name
        compared += 1
    assert compared == 7


@pytest.mark.parametrize("path", sorted(MIGRATIONS_DIR.glob("[0-9]*.py")), ids=lambda path: path.stem)
def test_every_migration_says_what_it_does_and_goes_forward(path: Path) -> None:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.__doc__
    assert callable(module.up)

"""Forward migrations, applied in numeric order by `gateway.storage.schema`; a published one is never edited."""

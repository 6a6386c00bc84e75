"""The only home of Peewee and Postgres: tables, migrations, stores, the embedded server."""

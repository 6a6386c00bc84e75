"""Use cases without a database."""

"""Decisions, one module at a time: no network, no disk but a temporary folder."""

"""Pytest plugins of our own, loaded by tests/conftest.py."""

"""Proofs that take minutes: `python3 dev.py prove [NAME]`."""

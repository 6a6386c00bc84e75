"""Suites that any implementation of a port must pass, and the runs of each over what we have."""

"""Tests of parts together: real Postgres, real sockets, the sandbox and the simulated phone."""

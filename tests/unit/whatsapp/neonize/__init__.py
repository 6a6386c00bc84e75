"""Tests of the neonize adapter below the pool."""

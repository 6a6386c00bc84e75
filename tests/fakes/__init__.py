"""Doubles without any use in the product: a clock that is moved by hand, stores in memory."""

"""The rules of the product: pure functions and values, no framework, no clock, no network."""

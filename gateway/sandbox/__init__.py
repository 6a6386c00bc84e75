"""A faithful fake of the YCLIENTS marketplace and its partner API, for newcomers, tests and training."""

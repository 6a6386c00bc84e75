"""The headless twin of the console: every operation of the protocol from a command line, over the admin API."""

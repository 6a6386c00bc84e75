"""The services, each by its own twin; the gateway is played by hand at the line."""

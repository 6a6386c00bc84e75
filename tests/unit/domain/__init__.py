"""The rules of the domain, each module by its own twin."""

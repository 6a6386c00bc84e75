"""The models, each by its own twin."""

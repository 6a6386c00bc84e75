"""Parts of storage that need no server."""

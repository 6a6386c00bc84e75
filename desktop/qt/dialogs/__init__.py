"""Questions that must be answered before something is done; nothing else is modal."""

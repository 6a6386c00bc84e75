"""Questions asked of the whole repository: borders, names, lock files."""

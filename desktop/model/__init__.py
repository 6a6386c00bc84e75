"""What the console knows, as plain observable objects: no Qt, no network, no waiting.

Every model is changed on one thread only, the one that shows it; services change it through the `post` they are given.
"""

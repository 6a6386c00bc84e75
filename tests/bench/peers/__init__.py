"""What the bench compares us with: the earlier system's stack, and the floor under ours."""

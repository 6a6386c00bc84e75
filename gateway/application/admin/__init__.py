"""What staff may do: one use case a module, all of them run by the desk."""

"""The pool's parts, one by one."""

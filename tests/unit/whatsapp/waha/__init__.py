"""The adapter of WAHA, part by part, against a fake one."""

"""The fake YCLIENTS, part by part."""

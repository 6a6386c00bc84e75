"""The partner client against a scripted server on the loopback address."""

"""The use cases, one module each; they know the domain and small ports, no framework."""

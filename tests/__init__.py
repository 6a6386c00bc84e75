"""All tests; see CONTRIBUTING.md for what lives where."""

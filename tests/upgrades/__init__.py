"""Yesterday's bytes: databases of earlier schemas that today's program must open."""

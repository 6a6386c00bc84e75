"""Background work: workers over claimed rows, and the one place that starts and ends tasks."""

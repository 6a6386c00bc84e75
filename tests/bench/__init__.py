"""What is measured, by programs that print figures: `python3 dev.py bench NAME`."""

"""What both programs share, each module by its own twin."""

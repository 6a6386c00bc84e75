"""What tests of several layers share: databases, a whole gateway in process, waiting for facts."""

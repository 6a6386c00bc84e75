"""The WhatsApp sessions: the pool, the port it serves, and the engines behind it."""

"""The neonize engine, optional: one worker process for each session, never the library inside the gateway."""

"""What the gateway and the console agree on: words, wire records, protocol. Imports neither program."""

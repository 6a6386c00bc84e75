"""The only home of Socket.IO: the namespaces browsers and consoles connect to."""

"""The console: staff's own program, which watches and repairs installs through the gateway's admin socket."""

"""The console's core, without Qt: the folders mirror `desktop`."""

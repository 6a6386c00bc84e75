"""The console's face: Qt lives here and nowhere else in the console."""

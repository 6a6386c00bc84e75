"""The console's face: Qt lives here and nowhere else in the console."""

from desktop.qt.none_guard import hold_none

hold_none()

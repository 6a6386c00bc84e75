"""The peer of the stall measure: a Qt program that does nothing, on the same machine at the same time."""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QCoreApplication, QTimer

from tests.bench._pulse import Pulse


def main() -> int:
    """Tick for some seconds and print how long this program stood still at the most."""
    app = QCoreApplication(sys.argv[:1])
    pulse = Pulse()
    pulse.start()
    QTimer.singleShot(round(float(sys.argv[1]) * 1000), app.quit)
    app.exec()
    pulse.stop()
    print(
        json.dumps(
            {"idle_stall_ms": max(pulse.gaps_ms), "idle_late_ticks": sum(gap > 16 for gap in pulse.gaps_ms)}
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

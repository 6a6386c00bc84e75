"""`python -m gateway`, whose simulated phone and WhatsApp take no time of their own: what is left is the gateway's."""

from __future__ import annotations

import sys

from gateway.__main__ import main
from gateway.whatsapp.simulator import engine


def quicken() -> None:
    """Let the simulator answer at once where it otherwise pretends a network and a server."""
    engine.FIRST_QR_DELAY_S = 0.0
    engine.RESTART_DELAY_S = 0.0
    engine.LOGIN_DELAY_S = 0.0


if __name__ == "__main__":
    quicken()
    sys.exit(main())

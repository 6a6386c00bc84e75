"""A worker process with bad manners to choose from: `python -m tests.fakes.neonize_worker MODE PIPE LOCK PARENT`.

Everything but the library is the product's own worker, and even that for what it says of itself.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time

from gateway.clock import SystemClock
from gateway.domain.session_records import InboundMessage
from gateway.domain.sessions import CloseCause
from gateway.whatsapp.neonize import pipe
from gateway.whatsapp.neonize.pipe import Tell
from gateway.whatsapp.neonize.worker import main
from gateway.whatsapp.simulator import SimulatedWorld
from tests.fakes.neonize_library import PretendLibrary

SECRETS = (
    "https://wa.me/settings/linked_devices#2@abcdef",
    "79161234567@s.whatsapp.net",
    "+7 916 123-45-67",
    "ABCD-1234",
    "c2VjcmV0LWtleS1vZi10aGUtcGFpcmluZy1wcm9jZXNz",
    "'See you on Friday'",
)
"""What libraries have been seen to print, or might."""


class MisbehavingLibrary(PretendLibrary):
    """Behaves until it is connected, then as its mode says."""

    def __init__(self, mode: str, pipe_number: int) -> None:
        auto_scan_after_s = 0.05 if mode == "scan" else None
        super().__init__(SimulatedWorld(SystemClock()), 1, os.abort, auto_scan_after_s=auto_scan_after_s)
        self._mode = mode
        self._pipe = pipe_number

    def load(self) -> str:
        """Load, late or never."""
        if self._mode == "slow":
            time.sleep(0.5)
        if self._mode == "version":
            os.write(self._pipe, pipe.report_line(pipe.Ready(pipe.VERSION + 1, "newer")))
            time.sleep(60)
        return super().load()

    async def connect(self, hello: pipe.Hello, tell: Tell) -> None:
        """Connect, then do what the mode says."""
        match self._mode:
            case "abort":
                os.abort()
            case "hang":
                stand_still(self._pipe)
            case "garbage":
                os.write(self._pipe, b"\x00\xffLogin event: success\n")
            case "long":
                os.write(self._pipe, b"x" * (2 * pipe.MAX_LINE_BYTES))
            case "unknown":
                os.write(self._pipe, b'{"type": "coffee"}\n')
            case "flood":
                for number in range(4000):
                    tell(InboundMessage(f"{number}", "somebody", SystemClock().now(), "x" * 4000))
            case "states":
                for _ in range(1000):
                    tell(pipe.Qr("another", 20))
            case "pongs":
                tell(pipe.Pong(4711))
            case "facts":
                tell(pipe.Qr(json.dumps(facts()), 60))
            case "chatty":
                for secret in SECRETS:
                    print(f"fatal error: {secret} is here", flush=True)
                print("x" * 200_000, flush=True)
                print("the end", flush=True)
            case "replaced":
                tell(pipe.Exit(CloseCause.REPLACED))
            case _:
                await super().connect(hello, tell)


def stand_still(pipe_number: int) -> None:
    """Show a QR past the event loop and hold that up, as a library does whose thread never comes back."""
    os.write(pipe_number, pipe.report_line(pipe.Qr(json.dumps(facts()), 60)))
    time.sleep(60)


def facts() -> dict[str, object]:
    """Return what a worker can see of its own confinement."""
    return {
        "pid": os.getpid(),
        "environment": dict(os.environ),
        "core": resource.getrlimit(resource.RLIMIT_CORE),
        "files": resource.getrlimit(resource.RLIMIT_NOFILE),
        "umask": os.umask(0o077),
        "descriptors": len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None,
    }


if __name__ == "__main__":
    main(sys.argv[2:], MisbehavingLibrary(sys.argv[1], int(sys.argv[2])))

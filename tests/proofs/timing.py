"""How long a comparison takes says nothing about how far a guess was right (goal B4).

Guesses that agree in nothing and guesses that agree in all but the end are checked in a random order, and the times
compared by Welch's t over the faster part of them; |t| above 4.5 would be a leak. The same is done with a comparison
that does leak, byte by byte, to show that the method would notice.
"""

from __future__ import annotations

import gc
import hmac
import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from gateway.domain.signatures import matches_any, secrets_equal, webhook_signature_matches
from tests.proofs._proof import Proof, Proving, main

GOAL = "B4"
THRESHOLD = 4.5
KEPT = 0.8
"""The slowest fifth is the system's doing: interrupts, other programs, the collector."""

SECRET = b"partner-token-0123456789-abcdef-" * 2
BODY = b'{"event":"uninstall","salon_id":1}'
SIGN = hmac.digest(SECRET, BODY, "sha256").hex()


def leaking(guess: bytes, secret: bytes) -> bool:
    """Compare as no product may: it ends at the first byte that differs."""
    return all(one == other for one, other in zip(guess, secret, strict=True))


def _text(guess: bytes) -> str:
    return guess.decode("ascii")


CHECKS: dict[str, tuple[Callable[[bytes], bool], bytes]] = {
    "secrets_equal": (lambda guess: secrets_equal(guess, SECRET), SECRET),
    "matches_any": (lambda guess: matches_any(guess, (SECRET, SECRET[::-1])), SECRET),
    "webhook signature": (
        lambda guess: webhook_signature_matches(BODY, _text(guess), (SECRET,)),
        SIGN.encode(),
    ),
}
"""What is timed, each with the secret that guesses come near to."""


async def work(proving: Proving) -> None:
    """Take `runs` samples of each check, and of the one that leaks."""
    proving.expect(len(CHECKS) + 1)
    for name, (check, secret) in CHECKS.items():
        # A busy machine makes one experiment in many go astray; a leak is there each time.
        found = [welch(*samples(proving, check, secret))]
        while abs(found[-1]) > THRESHOLD and len(found) < 3:
            found.append(welch(*samples(proving, check, secret)))
        proving.ran(GOAL, proving.runs * len(found))
        proving.figure(GOAL, name, f"t = {found[-1]:+.2f}")
        proving.holds(
            GOAL, abs(found[-1]) <= THRESHOLD, f"{name} leaks: t = {', '.join(f'{t:.1f}' for t in found)}"
        )
        proving.step(name)
    leak = welch(*samples(proving, lambda guess: leaking(guess, SECRET), SECRET))
    proving.figure(GOAL, "a comparison that leaks", f"t = {leak:+.1f}")
    proving.holds(GOAL, abs(leak) > THRESHOLD, f"the method would not notice a leak: t = {leak:.1f}")
    proving.step("a comparison that leaks")


def samples(proving: Proving, check: Callable[[bytes], bool], secret: bytes) -> tuple[list[int], list[int]]:
    """Return the times of guesses that agree in nothing and of those that agree in all but the last byte."""
    far = (b"0" if secret[:1] != b"0" else b"1") + b"0" * (len(secret) - 1)
    near = secret[:-1] + (b"0" if secret[-1:] != b"0" else b"1")
    assert not check(far)
    assert not check(near)
    times: tuple[list[int], list[int]] = ([], [])
    gc.disable()
    try:
        for _ in range(proving.runs):
            is_near = proving.chance.random() < 0.5
            guess = near if is_near else far
            started = time.perf_counter_ns()
            check(guess)
            times[is_near].append(time.perf_counter_ns() - started)
    finally:
        gc.enable()
    return times


def welch(far: Sequence[int], near: Sequence[int]) -> float:
    """Return Welch's t of two series, cut at a common bound."""
    bound = sorted([*far, *near])[int(KEPT * (len(far) + len(near))) - 1]
    a, b = ([each for each in series if each <= bound] for series in (far, near))
    spread = statistics.variance(a) / len(a) + statistics.variance(b) / len(b)
    return (statistics.fmean(b) - statistics.fmean(a)) / math.sqrt(spread) if spread else 0.0


PROOF = Proof("timing", (GOAL,), work, runs=100_000, short=5_000)

if __name__ == "__main__":
    sys.exit(main(PROOF))

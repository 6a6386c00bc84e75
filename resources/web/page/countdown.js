// Time as the server has it. The phone's own clock may be wrong, so only its ticking is trusted.

/** A clock of server time: anchored by each snapshot's `server_time`, driven by the monotonic clock. */
export function makeClock(monotonic = () => performance.now(), wall = () => Date.now()) {
  let anchor = null;

  function read() {
    // A sleeping phone may stop its monotonic clock; then the wall clock has run further. The later reading
    // can only hide a code too early, never show it too late.
    return anchor.server + Math.max(monotonic() - anchor.monotonic, wall() - anchor.wall);
  }

  return {
    /** Take the server's time from a snapshot. */
    anchor(serverTime) {
      const server = Date.parse(serverTime);
      const slept = anchor && wall() - anchor.wall - (monotonic() - anchor.monotonic) > 2000;
      const known = anchor && !slept ? anchor.server + (monotonic() - anchor.monotonic) : -Infinity;
      // A snapshot is as old as its journey: of several readings the latest is the nearest to the truth.
      anchor = { server: Math.max(server, known), monotonic: monotonic(), wall: wall() };
    },
    /** Milliseconds of server time now; before the first snapshot, the wall clock's. */
    now: () => (anchor ? read() : wall()),
  };
}

/** Whole seconds left until a deadline, never negative. */
export function secondsLeft(deadline, now) {
  return Math.max(0, Math.ceil((Date.parse(deadline) - now) / 1000));
}

/** Seconds as people write them: 2:14. */
export function asMinutes(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** The mark (30 or 10 seconds) passed between two readings, or null: the only moments a countdown is spoken. */
export function markPassed(before, after, marks = [30, 10]) {
  return marks.find((mark) => before > mark && after <= mark) ?? null;
}

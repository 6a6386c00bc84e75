// How news arrives: by socket when there is one, by asking every few seconds when there is not.

import { Refusal, isLinkOver } from "./api.js";

const CLIENT = "/marketplace/assets/socket.io.esm.min.js";
const GRACE = 3000; // no socket after this long: start asking
const PACE = 2500; // between two questions
const HIDDEN_PACE = 10000; // the same while nobody looks
const TROUBLE_PACE = 3000; // the same after a refusal, and longer after each further one
const ACK_PATIENCE = 15000;
const LONGEST_WAIT = 30000; // between two attempts of the socket

/** Whether a refusal means that the fault is ours and passes by itself. */
const isTrouble = (code) => code === "database_unavailable";

/**
 * Watch one link. `on.snapshot(snapshot)` for news, `on.online(yes)` when the network goes or comes, `on.trouble(yes)`
 * when something of ours fails or works again, `on.linkOver(code)` when the link can no longer be used; `salonId()`
 * names the branch to ask about.
 */
export function makeLive({ api, token, salonId, on }) {
  const poll = makePoll({ api, salonId, on });
  let socket = null;
  let attempts = 0;
  let resting = false;

  async function open() {
    setTimeout(() => socket?.connected || poll.start(), GRACE);
    poll.once();
    await load();
  }

  async function load() {
    try {
      const again = attempts ? `?again=${attempts}` : "";
      const { io } = await import(CLIENT + again);
      join(io);
    } catch {
      poll.start();
      later(load);
    }
  }

  function join(io) {
    socket = io("/marketplace", {
      path: "/socket.io/", auth: { token }, transports: ["websocket", "polling"], tryAllTransports: true,
      reconnectionDelayMax: LONGEST_WAIT, timeout: 10000,
    });
    socket.on("connect", () => { attempts = 0; poll.stop(); on.online(true); });
    socket.on("disconnect", lost);
    socket.on("connect_error", (error) => { failed(error.data?.code); lost(); });
    socket.on("error", (problem) => failed(problem?.code));
    socket.on("state", (snapshot) => { poll.answered(); on.snapshot(snapshot); });
  }

  function failed(code) {
    if (isTrouble(code)) poll.trouble();
    if (!isLinkOver(code)) return;
    close();
    on.linkOver(code);
  }

  function lost() {
    if (!socket || resting) return;
    poll.start();
    if (!socket.active) later(() => socket?.connect());
  }

  function later(action) {
    attempts += 1;
    setTimeout(action, Math.min(LONGEST_WAIT, 1000 * 2 ** attempts) * (0.75 + Math.random() / 2));
  }

  /** Ask the server to do something; what fails by our fault is asked again, by itself, once all is well. */
  async function ask(event, payload, byHttp, isWanted) {
    for (;;) {
      try {
        return await askOnce(event, payload, byHttp);
      } catch (refusal) {
        if (!isTrouble(refusal.code)) throw refusal;
        poll.trouble();
        await poll.recovery();
        if (!isWanted()) return undefined;
      }
    }
  }

  /** Ask by socket or else by HTTP; a refusal is thrown. */
  async function askOnce(event, payload, byHttp) {
    if (!socket?.connected) {
      await byHttp();
      return poll.anew();
    }
    const answer = await socket.timeout(ACK_PATIENCE).emitWithAck(event, payload).catch(() => null);
    if (!answer) throw new Refusal("request_timeout");
    if (!answer.ok) throw new Refusal(answer.error.code, answer.error.reference);
    return on.snapshot(answer.state);
  }

  /** Catch up at once: the page has come back from the background or the network has come back. */
  function wake() {
    resting = false;
    poll.once();
    if (socket && !socket.connected) socket.connect();
  }

  /** Hang up while the page is put away; `wake` calls again if it is taken out once more. */
  function rest() {
    resting = true;
    socket?.disconnect();
    poll.rest();
  }

  function close() {
    const old = socket;
    socket = null;
    old?.disconnect();
    poll.end();
  }

  return { open, ask, wake, rest, close, refresh: poll.once };
}

function makePoll({ api, salonId, on }) {
  let timer = null;
  let running = false;
  let over = false;
  let failures = 0;
  let flight = null;
  let troubled = false;
  let waiting = []; // for the end of the trouble

  function once() {
    flight ??= question().finally(() => { flight = null; });
    return flight;
  }

  /** Ask after whatever is being asked already, whose answer may be older than what has just been done. */
  async function anew() {
    await flight;
    await once();
  }

  async function question() {
    if (over) return;
    let pace = PACE;
    try {
      const snapshot = await api.state(salonId());
      answered();
      on.online(true);
      on.snapshot(snapshot);
    } catch (refusal) {
      failures += 1;
      pace = longer(refusal.retryAfter);
      report(refusal);
    }
    next(pace);
  }

  /** How long to wait after a refusal: longer each time, and not all pages at once. */
  function longer(retryAfter) {
    const wait = Math.max(1000 * (retryAfter || 0), TROUBLE_PACE * 1.5 ** (failures - 1));
    return Math.min(LONGEST_WAIT, wait) * (0.75 + Math.random() / 2);
  }

  function report(refusal) {
    if (isLinkOver(refusal.code)) {
      end();
      on.linkOver(refusal.code);
    } else if (refusal.code === "offline" && (failures > 1 || !navigator.onLine)) {
      on.online(false);
    } else if (isTrouble(refusal.code)) {
      tell(true);
    }
  }

  /** Something of ours fails, as another way has told: ask until it does not. */
  function trouble() {
    if (over || troubled) return;
    failures ||= 1;
    tell(true);
    if (!flight) next(longer(null));
  }

  /** An answer has come, by whichever way. */
  function answered() {
    failures = 0;
    tell(false);
    if (!running) clearTimeout(timer);
  }

  function tell(yes) {
    if (troubled !== yes) on.trouble(yes);
    troubled = yes;
    if (!yes) waiting.splice(0).forEach((resolve) => resolve());
  }

  /** Wait until all is well again. */
  function recovery() {
    return troubled ? new Promise((resolve) => { waiting.push(resolve); }) : Promise.resolve();
  }

  /** While there is a socket nothing is asked, except what had no answer yet. */
  function next(pace) {
    clearTimeout(timer);
    if (over || !(running || failures)) return;
    timer = setTimeout(once, document.hidden ? Math.max(HIDDEN_PACE, pace) : pace);
  }

  function start() {
    if (running || over) return;
    running = true;
    once();
  }

  function stop() {
    running = false;
    if (!failures) clearTimeout(timer);
  }

  function rest() {
    running = false;
    clearTimeout(timer);
  }

  function end() {
    over = true;
    rest();
  }

  return { once, anew, start, stop, rest, end, trouble, answered, recovery };
}

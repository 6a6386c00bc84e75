// How news arrives: by socket when there is one, by asking every few seconds when there is not.

import { Refusal, isLinkOver } from "./api.js";

const CLIENT = "/marketplace/assets/socket.io.esm.min.js";
const GRACE = 3000; // no socket after this long: start asking
const PACE = 2500; // between two questions
const HIDDEN_PACE = 10000; // the same while nobody looks
const TROUBLE_PACE = 5000; // the same after a refusal
const ACK_PATIENCE = 15000;
const LONGEST_WAIT = 30000; // between two attempts of the socket

/**
 * Watch one link. `on.snapshot(snapshot)` for news, `on.online(yes)` when the network goes or comes,
 * `on.linkOver(code)` when the link can no longer be used; `salonId()` names the branch to ask about.
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
    socket.on("state", on.snapshot);
  }

  function failed(code) {
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

  /** Ask the server to do something, by socket or else by HTTP; a refusal is thrown. */
  async function ask(event, payload, byHttp) {
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
    poll.stop();
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
    let wait = TROUBLE_PACE;
    try {
      const snapshot = await api.state(salonId());
      failures = 0;
      on.online(true);
      on.snapshot(snapshot);
    } catch (refusal) {
      failures += 1;
      wait = Math.max(wait, 1000 * (refusal.retryAfter || 0));
      report(refusal);
    }
    next(failures ? wait : PACE);
  }

  function report(refusal) {
    if (isLinkOver(refusal.code)) {
      end();
      on.linkOver(refusal.code);
    } else if (refusal.code === "offline" && (failures > 1 || !navigator.onLine)) {
      on.online(false);
    }
    if (!running && failures === 1) timer = setTimeout(once, PACE); // the first question of all must get its answer
  }

  function next(pace) {
    if (!running) return;
    clearTimeout(timer);
    timer = setTimeout(once, document.hidden ? HIDDEN_PACE : pace);
  }

  function start() {
    if (running || over) return;
    running = true;
    once();
  }

  function stop() {
    running = false;
    clearTimeout(timer);
  }

  function end() {
    over = true;
    stop();
  }

  return { once, anew, start, stop, end };
}

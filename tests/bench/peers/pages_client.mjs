// Many onboarding pages in one process, on the official client and with the settings of the page itself.
//
// Orders come in as lines of JSON, answers go out the same way, one for each order:
//   {"do": "open", "url": "http://…", "pages": [[salon, token], …], "at_once": 100}   when all have their snapshot
//   {"do": "arrivals"}   [[salon, stamp, ms since 1970], …]: every new QR since the last time this was asked
//   {"do": "back"}       when every page has lost its line and has a snapshot again: [ms since 1970, …]
//   {"do": "missing"}    how many pages are not back, by what they are doing, while "back" has no answer yet
//   {"do": "close"}      leave for good
// A QR's text begins with `2@STAMP,`: whoever made it knows by the stamp when it was sent.

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const LONGEST_WAIT = 30000; // as in resources/web/page/live.js
const pages = [];
let arrivals = [];
let wanted = null;
let out = 0;
let refusals = {};

const answer = (line) => process.stdout.write(JSON.stringify(line) + "\n");

function open({ url, pages: given, at_once: atOnce }) {
  const began = Date.now();
  refusals = {};
  const waiting = given.values();
  let left = given.length;
  const next = () => {
    const { value, done } = waiting.next();
    if (done) return;
    join(url, value, () => {
      left -= 1;
      if (left) next();
      else answer({ seconds: (Date.now() - began) / 1000, transports: transports(), refusals });
    });
  };
  for (let each = 0; each < Math.min(atOnce, given.length); each += 1) next();
}

function join(url, [salon, token], joined) {
  const page = { salon, stamp: "", lost: false, backAt: 0, socket: null };
  pages.push(page);
  page.socket = io(url + "/marketplace", {
    path: "/socket.io/", auth: { token }, transports: ["websocket", "polling"], tryAllTransports: true,
    reconnectionDelayMax: LONGEST_WAIT, timeout: 10000, forceNew: true,
  });
  let attempts = 0;
  const lost = () => {
    if (page.socket.active) return; // it comes back by itself, else it was refused and the page calls again
    attempts += 1;
    const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** attempts) * (0.75 + Math.random() / 2);
    setTimeout(() => page.socket.connect(), wait);
  };
  page.socket.on("connect", () => { attempts = 0; });
  page.socket.on("connect_error", lost);
  page.socket.on("error", ({ code }) => ask(page, code));
  page.socket.on("state", (snapshot) => {
    const now = Date.now();
    if (joined) joined();
    joined = null;
    if (page.lost && !page.backAt) came(page, now);
    const stamp = snapshot.qr?.text.slice(2).split(",", 1)[0];
    if (stamp === undefined || stamp === page.stamp) return;
    page.stamp = stamp;
    arrivals.push([salon, stamp, now]);
  });
  page.socket.on("disconnect", () => {
    if (!page.lost || page.backAt) out += 1;
    page.lost = true;
    page.backAt = 0;
    lost();
  });
}

/** Ask for the snapshot again some time after the server has said why there is none. */
function ask(page, code) {
  refusals[code] = (refusals[code] ?? 0) + 1;
  setTimeout(() => page.socket.emit("check-status", {}, ({ ok, state, error }) => {
    if (ok) page.socket.listeners("state").forEach((heard) => heard(state));
    else ask(page, error.code);
  }), 3000 * (0.75 + Math.random() / 2));
}

function came(page, now) {
  page.backAt = now;
  out -= 1;
  look();
}

function look() {
  if (!wanted || out || !pages.every((page) => page.backAt)) return;
  wanted = null;
  answer({ at: pages.map((page) => page.backAt), transports: transports(), refusals });
  for (const page of pages) page.lost = false;
}

function transports() {
  const counts = {};
  for (const { socket } of pages) {
    const name = socket.io.engine?.transport?.name ?? "none";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const orders = {
  open,
  arrivals() {
    answer({ arrivals });
    arrivals = [];
  },
  back() {
    wanted = true;
    refusals = {};
    look();
  },
  missing() {
    const counts = {};
    for (const { lost, backAt, socket } of pages) {
      if (lost && backAt) continue;
      const doing = `${lost ? "lost" : "never lost"}, ${socket.connected ? "connected" : socket.active ? "trying" : "idle"}`;
      counts[doing] = (counts[doing] ?? 0) + 1;
    }
    wanted = null;
    answer({ counts, refusals });
  },
  close() {
    for (const page of pages) page.socket.disconnect();
    answer({});
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  orders[order.do](order);
}
process.exit(0);

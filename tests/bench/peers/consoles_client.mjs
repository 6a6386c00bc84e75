// Consoles on the official client: each acknowledges what it is told and notes when it came.
//
//   {"do": "open", "url": "http://…", "token": "…", "count": 20}   when all have their welcome
//   {"do": "told"}    [[console, cursor, changes, ms since 1970], …] since the last time, and how often one must resync
//   {"do": "close"}

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const consoles = [];
let told = [];
let resyncs = 0;

const answer = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const orders = {
  open({ url, token, count }) {
    let left = count;
    for (let number = 0; number < count; number += 1) {
      const socket = io(url + "/admin", { path: "/socket.io/", auth: { token }, transports: ["websocket"], forceNew: true });
      consoles.push(socket);
      socket.on("welcome", () => { if (!(left -= 1)) answer({}); });
      socket.on("connect_error", (error) => answer({ error: error.message }));
      socket.on("resync", () => { resyncs += 1; });
      socket.on("changes", ({ cursor, changes }, acknowledge) => {
        told.push([number, cursor, changes.length, Date.now()]);
        acknowledge();
      });
    }
  },
  told() {
    answer({ told, resyncs });
    told = [];
  },
  close() {
    for (const socket of consoles) socket.disconnect();
    answer({});
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  orders[order.do](order);
}
process.exit(0);

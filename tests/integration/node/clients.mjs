// The official Socket.IO client, driven line by line: an order in JSON comes in, a report in JSON goes out.
//
//   {"do": "open", "name": "a", "url": "http://…", "namespace": "/marketplace", "options": {"auth": {"token": "…"}}}
//       with "mute": true it acknowledges nothing that is sent to it
//   {"do": "emit", "name": "a", "event": "request-qr", "args": [{}], "id": 1}   reported as {"what": "ack", "id": 1, …}
//   {"do": "cut", "name": "a"}      the line breaks, as in a tunnel: the client comes back by itself
//   {"do": "close", "name": "a"}

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const ACK_PATIENCE = 10000;
const QUICK = { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 100, timeout: 10000 };
const sockets = new Map();

const report = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const orders = {
  open({ name, url, namespace, options, mute }) {
    const socket = io(url + namespace, { ...QUICK, ...options });
    const tell = (what, more = {}) => report({ client: name, what, ...more });
    sockets.set(name, socket);
    socket.on("connect", () => tell("connect", { transport: socket.io.engine.transport.name }));
    socket.on("disconnect", (reason) => tell("disconnect", { reason }));
    socket.on("connect_error", ({ message, data }) => tell("connect_error", { message, data, again: socket.active }));
    socket.onAny((event, ...args) => {
      const acknowledge = typeof args.at(-1) === "function" ? args.pop() : () => {};
      tell("event", { event, args });
      if (!mute) acknowledge();
    });
  },
  emit({ name, event, args, id }) {
    sockets.get(name).timeout(ACK_PATIENCE).emit(event, ...args, (error, ...values) => {
      report({ client: name, what: "ack", id, values, late: error !== null });
    });
  },
  cut({ name }) {
    sockets.get(name).io.engine.close();
  },
  close({ name }) {
    sockets.get(name).disconnect();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  orders[order.do](order);
}
for (const socket of sockets.values()) socket.disconnect();

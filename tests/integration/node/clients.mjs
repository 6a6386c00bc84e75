// The official Socket.IO client, driven line by line: one JSON order a line comes in, one JSON report a line goes out.
//
//   {"do": "open", "name": "a", "url": "http://…", "namespace": "/marketplace", "options": {"auth": {"token": "…"}}}
//   {"do": "emit", "name": "a", "event": "request-qr", "args": [{}], "id": 1}     reported as {"ack": 1, "value": …}
//   {"do": "cut" | "reopen" | "close", "name": "a"}                               cut: the line breaks, as on a train

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const ACK_PATIENCE = 15000;
const sockets = new Map();

const report = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const orders = {
  open({ name, url, namespace, options }) {
    const socket = io(url + namespace, { forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 100, ...options });
    sockets.set(name, socket);
    const tell = (what, more = {}) => report({ client: name, what, ...more });
    socket.on("connect", () => tell("connect", { transport: socket.io.engine.transport.name }));
    socket.on("disconnect", (reason) => tell("disconnect", { reason }));
    socket.on("connect_error", (error) => tell("connect_error", { message: error.message, data: error.data ?? null }));
    socket.onAny((event, ...args) => tell("event", { event, args }));
  },
  emit({ name, event, args, id, quietly }) {
    const socket = sockets.get(name);
    if (quietly) {
      socket.emit(event, ...args);
      return;
    }
    socket.timeout(ACK_PATIENCE).emit(event, ...args, (error, value) => {
      report({ client: name, what: "ack", ack: id, value: value ?? null, late: Boolean(error) });
    });
  },
  cut({ name }) {
    sockets.get(name).io.engine.close();
  },
  reopen({ name }) {
    sockets.get(name).connect();
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

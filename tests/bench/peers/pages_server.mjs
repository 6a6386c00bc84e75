// The prior stack's live line: Express and socket.io 4 in one process, a room for each salon.
//
// It checks the same token, reads the salon's row with pg when a page comes, and sends the same messages. It draws no
// picture of a QR, as the prior system did not: whatever its messages hold of one is given to it.
//
//   argument   {"port", "database_url", "key" (base64), "state" (a whole snapshot), "old" (the argument of qr-update)}
//   orders     {"do": "collect"}: garbage, so that only what is held is counted;
//              {"do": "rotate", "salons": […], "per_second": 100}, {"do": "rest"}: each answered with a line of JSON

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import express from "express";
import pg from "pg";
import { Server } from "socket.io";

const TICK = 20;
const config = JSON.parse(process.argv[2]);
const key = Buffer.from(config.key, "base64");
const database = new pg.Pool({ connectionString: config.database_url, max: 16 });
const app = express();
app.get("/marketplace/health", (_, response) => response.json({ status: "ok" }));
const server = createServer(app);
const io = new Server(server, { path: "/socket.io/", pingInterval: 25000, pingTimeout: 20000, serveClient: false });
const pages = io.of("/marketplace");
let timer = null;

const answer = (line) => process.stdout.write(JSON.stringify(line) + "\n");

/** The salon of a good token, or an error. */
function salonOf(token) {
  const [head, body, signature] = String(token).split(".");
  const expected = createHmac("sha256", key).update(`${head}.${body}`).digest();
  const given = Buffer.from(signature ?? "", "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Error("token");
  const claims = JSON.parse(Buffer.from(body, "base64url"));
  if (claims.exp * 1000 < Date.now()) throw new Error("token");
  return claims.salons[0][0];
}

pages.use((socket, next) => {
  try {
    socket.data.salon = salonOf(socket.handshake.auth.token);
    next();
  } catch (error) {
    next(error);
  }
});

pages.on("connection", async (socket) => {
  const { salon } = socket.data;
  socket.join(`company_${salon}`);
  const { rows } = await database.query("SELECT title, city FROM companies WHERE yclients_id = $1", [salon]);
  socket.emit("state", stateOf(salon, rows[0].title, "0"));
});

function stateOf(salon, title, stamp) {
  const { state } = config;
  const text = `2@${stamp},${state.qr.text}`;
  return {
    ...state, server_time: new Date().toISOString(), salon: { ...state.salon, id: salon, title },
    session_id: `company_${salon}`, qr: { ...state.qr, text },
  };
}

function show(salon) {
  const state = stateOf(salon, config.state.salon.title, String(Date.now()));
  const room = pages.to(`company_${salon}`);
  room.emit("state", state);
  room.emit("qr-update", { ...config.old, qr: state.qr.text });
}

const orders = {
  collect() {
    global.gc();
    answer({});
  },
  rotate({ salons, per_second: perSecond }) {
    const began = Date.now();
    let made = 0;
    timer = setInterval(() => {
      for (const due = Math.round(((Date.now() - began) * perSecond) / 1000); made < due; made += 1) {
        show(salons[made % salons.length]);
      }
    }, TICK);
    answer({});
  },
  rest() {
    clearInterval(timer);
    answer({});
  },
};

server.listen({ port: config.port, host: "127.0.0.1", backlog: 1024 }, () => answer({ port: server.address().port }));
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  orders[order.do](order);
}
process.exit(0);

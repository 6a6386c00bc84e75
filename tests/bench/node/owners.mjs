// Owners without a browser: each goes the page's way (HTTP, then the official Socket.IO client), and tells when.
//
// Standard input: {"url": "http://…", "atOnce": 8, "owners": [{"salon": 300001, "entry": "http://…"}, …]}
// Standard output: [{"salon": 300001, "marks": {"entered": …, …, "active": …}}, …], moments in milliseconds since 1970.

import { text } from "node:stream/consumers";
import { io } from "socket.io-client";

const PATIENCE = 60000;
const now = () => performance.timeOrigin + performance.now();

/** Watches one link as the page does, and tells when a snapshot is the first of its kind. */
function watch(url, token) {
  const socket = io(`${url}/marketplace`, { path: "/socket.io/", auth: { token }, transports: ["websocket"], forceNew: true });
  let newest = null;
  let waiting = [];
  const take = (snapshot) => {
    if (newest && snapshot.version < newest.version) return;
    newest = snapshot;
    waiting = waiting.filter(({ holds, resolve }) => !(holds(snapshot) && (resolve(now()), true)));
  };
  socket.on("state", take);
  const sees = (what, holds) => new Promise((resolve, reject) => {
    if (newest && holds(newest)) return resolve(now());
    setTimeout(() => reject(new Error(`not seen: ${what}`)), PATIENCE).unref();
    waiting.push({ holds, resolve });
  });
  const connected = new Promise((resolve) => { socket.once("connect", () => resolve()); });
  return { socket, take, sees, connected };
}

async function get(address, options = {}) {
  const answer = await fetch(address, options);
  return { answer, body: await answer.text() };
}

async function onboard(url, { salon, entry }) {
  const marks = { entered: now() };
  const { answer } = await get(entry, { redirect: "manual" });
  if (answer.status !== 302) throw new Error(`entry of ${salon}: ${answer.status}`);
  marks.redirected = now();
  const page = new URL(answer.headers.get("location"), url);
  await get(page);
  marks.page = now();
  const token = page.searchParams.get("token");
  const line = watch(url, token);
  const asked = get(`${url}/marketplace/api/state`, { headers: { Authorization: `Bearer ${token}` } });
  asked.then(({ body }) => line.take(JSON.parse(body)));
  marks.usable = await line.sees("a snapshot", () => true);
  await line.connected;
  marks.clicked = now();
  const answered = line.socket.timeout(PATIENCE).emitWithAck("request-qr", {}).then((said) => line.take(said.state));
  marks.qr = await line.sees("a QR", (snapshot) => snapshot.qr !== null);
  await answered;
  marks.scanned = now();
  const scanned = await get(`${url}/simulator/${salon}/scan`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: "{}",
  });
  if (scanned.answer.status !== 200) throw new Error(`scan of ${salon}: ${scanned.body}`);
  marks.active = await line.sees("active", (snapshot) => snapshot.stage === "active");
  line.socket.disconnect();
  return { salon, marks };
}

const { url, atOnce, owners } = JSON.parse(await text(process.stdin));
const rounds = [];
async function oneAfterTheOther() {
  for (let owner = owners.shift(); owner; owner = owners.shift()) rounds.push(await onboard(url, owner));
}
await Promise.all(Array.from({ length: atOnce }, oneAfterTheOther));
process.stdout.write(JSON.stringify(rounds));

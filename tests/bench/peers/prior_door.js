// The stack of the earlier system as a webhook door: Express 4 and `pg`, one durable insert a webhook.
//
// It checks the same proof as ours (the key of the address, in constant time over digests) and answers after its commit.
// Usage: node prior_door.js PORT DATABASE_URL KEYS.json   (KEYS: {key: salon})
"use strict";

const { createHash, timingSafeEqual } = require("node:crypto");
const { readFileSync } = require("node:fs");
const express = require("express");
const { Pool } = require("pg");

const [port, database, keysFile] = process.argv.slice(2);
const digestOf = (key) => createHash("sha256").update(key).digest();
const salons = new Map();
for (const [key, salon] of Object.entries(JSON.parse(readFileSync(keysFile, "utf8")))) {
  const digest = digestOf(key);
  salons.set(digest.toString("hex"), { digest, salon });
}
const address = new URL(database.replace("@/", "@socket/")); // a socket has no host name
const pool = new Pool({
  host: address.searchParams.get("host"), database: address.pathname.slice(1), user: address.username, max: 20,
});
const INSERT = {
  name: "keep-webhook",
  text: "INSERT INTO webhook_events (salon_id, event_type, resource_id, payload) VALUES ($1, $2, $3, $4) RETURNING id",
};

const app = express();
app.disable("x-powered-by");
app.use(express.json({ limit: "256kb" }));

app.post("/webhook/yclients/:key", async (request, response) => {
  const digest = digestOf(request.params.key);
  const known = salons.get(digest.toString("hex"));
  const body = request.body;
  if (known === undefined || !timingSafeEqual(known.digest, digest) || body.company_id !== known.salon) {
    response.status(401).json({ success: false, error: "unauthorized" });
    return;
  }
  try {
    const values = [known.salon, `${body.resource}.${body.status}`, String(body.resource_id), body];
    const kept = await pool.query({ ...INSERT, values });
    response.json({ success: true, received: true, webhook_id: kept.rows[0].id });
  } catch (error) {
    response.status(503).json({ success: false, error: error.code });
  }
});

const table = `CREATE TABLE IF NOT EXISTS webhook_events (
  id bigserial PRIMARY KEY, salon_id bigint NOT NULL, event_type text NOT NULL, resource_id text, payload jsonb NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(), processed boolean NOT NULL DEFAULT false)`;
pool.query(table)
  .then(() => pool.query("CREATE INDEX IF NOT EXISTS webhook_events_salon_idx ON webhook_events (salon_id, id)"))
  .then(() => app.listen(Number(port), "127.0.0.1", 1024, () => console.log("ready")));

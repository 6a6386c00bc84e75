// Which screen to show: one pure function of the server's snapshot and what this tab knows by itself.
// It draws nothing and keeps nothing, so every rule of the page can be tested without a browser.

/** Screens on which nothing is asked of the owner while the server works: they move and, after 10 s, explain. */
export const WAITING = new Set([
  "checking", "preparing", "relinking", "linking", "awaiting_passkey", "passkey_confirm", "reconnecting", "activating",
  "delayed",
]);

const STEP_OF = {
  checking: 1, consent: 1, branches: 1,
  linked: 3, activating: 3, delayed: 3, active: 4, already: 4,
};

/** The step of three (consent, WhatsApp, done) a screen belongs to; 4 when all are behind. */
export function stepOf(screen) {
  return STEP_OF[screen] ?? 2;
}

/** A fresh set of what a tab knows by itself. `form` is a form the owner asked for, `busy` a request under way. */
export function freshLocal() {
  return {
    link: "ok", online: true, trouble: false, passive: false, consent: false, form: null, busy: null, confirm: false,
    numberOk: false, salonId: null, met: [], now: 0,
  };
}

/** Return the name of the screen for a snapshot (or null before the first) and what the tab knows. */
export function screenOf(snapshot, local) {
  if (local.link === "stale") return "stale";
  if (!snapshot) return local.online ? "checking" : "offline";
  if (local.passive && !isDone(snapshot)) return "passive";
  if (snapshot.branches.length > 1 && local.salonId === null) return "branches";
  return partnerScreen(snapshot) ?? whatsappScreen(snapshot, local);
}

/** Whether YCLIENTS has confirmed this install and WhatsApp works: the only thing that allows «Готово». */
export function isDone(snapshot) {
  return snapshot.stage === "active" && snapshot.partner.state === "active";
}

/** Whether a QR or pairing code with this expiry may still be shown at `now` (milliseconds of server time). */
export function isFresh(secret, now) {
  return secret !== null && secret !== undefined && Date.parse(secret.expires_at) > now;
}

/** Whether `next` may replace `known`: a snapshot that is older than the one shown is ignored. */
export function isNewer(known, next) {
  if (!known) return true;
  if (next.generation !== known.generation) return next.generation > known.generation;
  if (next.version !== known.version) return next.version > known.version;
  return Date.parse(next.server_time) >= Date.parse(known.server_time);
}

/** The branches of a snapshot, each with the stage of its own snapshot in the map where that was taken later. */
export function withNewestStages({ branches, server_time: taken }, snapshots) {
  return branches.map((branch) => {
    const own = snapshots.get(branch.id);
    return own && Date.parse(own.server_time) > Date.parse(taken) ? { ...branch, stage: own.stage } : branch;
  });
}

/** Whether an answer to a request under way has come, so that waiting for it may end. */
export function isAnswered(busy, snapshot, now) {
  const answers = { qr: snapshot.qr, code: snapshot.pairing_code };
  return snapshot.whatsapp.method === busy && isFresh(answers[busy], now);
}

function partnerScreen({ stage, partner }) {
  if (stage === "gone" || partner.state === "uninstalled") return "gone";
  if (stage === "frozen" || partner.state === "frozen") return "frozen";
  if (partner.state === "expired") return "expired";
  if (partner.state !== "refused") return null;
  return partner.error === "not_requested" ? "not_requested" : "refused";
}

function whatsappScreen(snapshot, local) {
  const state = snapshot.whatsapp.state;
  if (local.busy === "relink") return "relinking";
  if (state === "connected") return connectedScreen(snapshot, local);
  if (state === "linking") return state;
  if (state === "awaiting_passkey") return snapshot.whatsapp.passkey_stage === "confirm" ? "passkey_confirm" : state;
  if (state === "reconnecting") return isAway(snapshot.whatsapp, local.now) ? "away" : "reconnecting";
  if (local.busy) return "preparing";
  if (state === null || state === "stopped") return startScreen(local);
  if (local.form) return local.form;
  if (state === "starting") return snapshot.whatsapp.phone && !snapshot.whatsapp.method ? "reconnecting" : "preparing";
  if (state === "pairing") return pairingScreen(snapshot, local);
  return restingScreen(snapshot.whatsapp);
}

function startScreen(local) {
  return local.consent ? local.form ?? "way" : "consent";
}

function connectedScreen(snapshot, local) {
  if (local.confirm) return "relink";
  if (snapshot.whatsapp.expected_phone) return "other_phone";
  if (isDone(snapshot)) return local.met.includes(snapshot.salon.id) ? "active" : "already";
  if (snapshot.partner.state === "pending" && !local.numberOk) return "linked";
  return snapshot.partner.delayed ? "delayed" : "activating";
}

function pairingScreen({ whatsapp, qr, pairing_code: code }, local) {
  if (whatsapp.method === "code") {
    if (isFresh(code, local.now)) return "code";
    return code || local.now - Date.parse(whatsapp.since) > CODE_WAIT ? "code_over" : "preparing";
  }
  return qr ? "qr" : "preparing";
}

// How long a code may be under way after pairing began before its absence means that it was used up.
const CODE_WAIT = 15000;

const RESTING = {
  replaced: "replaced", logged_out: "logged_out", temp_banned: "temp_banned", outdated: "outdated",
  pairing_expired: "qr_over", failed: "failed",
};

const BY_ERROR = {
  account_restricted: "restricted", too_many_devices: "too_many", passkey_required: "passkey",
  pairing_rejected: "rejected", connection_replaced: "replaced", logged_out: "logged_out",
  temp_banned: "temp_banned", client_outdated: "outdated", network_unreachable: "unreachable",
  upstream_timeout: "unreachable", upstream_unavailable: "unreachable", pairing_expired: "qr_over",
};

function restingScreen({ state, error, method }) {
  if (state === "pairing_expired" && error === "passkey_required") return "passkey_over";
  const screen = state === "failed" || error === "account_restricted" ? BY_ERROR[error] : undefined;
  const chosen = screen ?? RESTING[state] ?? "failed";
  return chosen === "qr_over" && method === "code" ? "code_over" : chosen;
}

// A connection that drops is usually back within seconds; only after this long is WhatsApp said to be away.
const AWAY_AFTER = 30000;

function isAway({ error, since }, now) {
  return BY_ERROR[error] === "unreachable" && now - Date.parse(since) > AWAY_AFTER;
}

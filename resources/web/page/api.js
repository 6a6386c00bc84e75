// The plain HTTP way to the gateway. It is enough for the whole flow when sockets are blocked.

const ROOT = "/marketplace/api";
const PATIENCE = 15000;

const LINK_OVER = new Set(["token_missing", "token_invalid", "token_expired", "link_stale", "install_gone"]);

/** A refusal: `code` is one of the gateway's codes, or `offline` when the network gave no answer. */
export class Refusal extends Error {
  constructor(code, reference = null, retryAfter = null) {
    super(code);
    this.code = code;
    this.reference = reference;
    this.retryAfter = retryAfter;
  }
}

/** Whether a refusal means that this link can no longer be used. */
export function isLinkOver(code) {
  return LINK_OVER.has(code);
}

/** Return the calls of the page's HTTP interface for one token. */
export function makeApi(token) {
  const call = (method, path, body) => request(token, method, path, body);
  const ask = (salonId) => (salonId === null ? "" : `?salon_id=${salonId}`);
  const of = (salonId, more = {}) => (salonId === null ? more : { ...more, salon_id: salonId });
  return {
    state: (salonId) => call("GET", `/state${ask(salonId)}`),
    qr: (salonId) => call("POST", "/qr", of(salonId)),
    pairingCode: (phone, salonId) => call("POST", "/pairing-code", of(salonId, { phone })),
    relink: (salonId) => call("POST", "/relink", of(salonId)),
    confirmPhone: (salonId) => call("POST", "/confirm-phone", of(salonId)),
  };
}

async function request(token, method, path, body) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE);
  try {
    const answer = await fetch(ROOT + path, options(token, method, body, abort.signal));
    const data = await answer.json().catch(() => ({}));
    if (answer.ok) return data;
    throw new Refusal(data.error?.code ?? nameless(answer.status), data.error?.reference, Number(answer.headers.get("Retry-After")));
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal("offline");
  } finally {
    clearTimeout(timer);
  }
}

/** The code of a refusal that has none: it comes from something before the gateway, which is away or being started. */
function nameless(status) {
  return [502, 503, 504].includes(status) ? "database_unavailable" : "internal";
}

function options(token, method, body, signal) {
  const headers = { Authorization: `Bearer ${token}`, Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  return {
    method, headers, signal, body: body && JSON.stringify(body),
    cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer",
  };
}

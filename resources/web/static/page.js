// Made from resources/web/page by `python -m resources.make_page`.
const $api = (() => {
// The plain HTTP way to the gateway. It is enough for the whole flow when sockets are blocked.

const ROOT = "/marketplace/api";
const PATIENCE = 15000;

const LINK_OVER = new Set(["token_missing", "token_invalid", "token_expired", "link_stale", "install_gone"]);

/** A refusal: `code` is one of the gateway's codes, or `offline` when the network gave no answer. */
class Refusal extends Error {
  constructor(code, reference = null, retryAfter = null) {
    super(code);
    this.code = code;
    this.reference = reference;
    this.retryAfter = retryAfter;
  }
}

/** Whether a refusal means that this link can no longer be used. */
function isLinkOver(code) {
  return LINK_OVER.has(code);
}

/** Return the calls of the page's HTTP interface for one token. */
function makeApi(token) {
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

return { Refusal, isLinkOver, makeApi };
})();

const $countdown = (() => {
// Time as the server has it. The phone's own clock may be wrong, so only its ticking is trusted.

/** A clock of server time: anchored by each snapshot's `server_time`, driven by the monotonic clock. */
function makeClock(monotonic = () => performance.now(), wall = () => Date.now()) {
  let anchor = null;

  function read() {
    // A sleeping phone may stop its monotonic clock; then the wall clock has run further. The later reading
    // can only hide a code too early, never show it too late.
    return anchor.server + Math.max(monotonic() - anchor.monotonic, wall() - anchor.wall);
  }

  return {
    /** Take the server's time from a snapshot. */
    anchor(serverTime) {
      const server = Date.parse(serverTime);
      const slept = anchor && wall() - anchor.wall - (monotonic() - anchor.monotonic) > 2000;
      const known = anchor && !slept ? anchor.server + (monotonic() - anchor.monotonic) : -Infinity;
      // A snapshot is as old as its journey: of several readings the latest is the nearest to the truth.
      anchor = { server: Math.max(server, known), monotonic: monotonic(), wall: wall() };
    },
    /** Milliseconds of server time now; before the first snapshot, the wall clock's. */
    now: () => (anchor ? read() : wall()),
  };
}

/** Whole seconds left until a deadline, never negative. */
function secondsLeft(deadline, now) {
  return Math.max(0, Math.ceil((Date.parse(deadline) - now) / 1000));
}

/** Seconds as people write them: 2:14. */
function asMinutes(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** The mark (30 or 10 seconds) passed between two readings, or null: the only moments a countdown is spoken. */
function markPassed(before, after, marks = [30, 10]) {
  return marks.find((mark) => before > mark && after <= mark) ?? null;
}

return { makeClock, secondsLeft, asMinutes, markPassed };
})();

const $dom = (() => {
// Building elements without markup strings: text is always text, so nothing from outside can become code.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element; properties starting with `on` are listeners, `class`, `aria-…` and the rest are attributes. */
function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** Make an SVG element. */
function s(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) set(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else element.setAttribute(name, value === true ? "" : value);
}

/** One of the page's line icons; it says nothing to screen readers, the words beside it do. */
function icon(name, extra = "") {
  return s("svg", { class: `icon ${extra}`.trim(), viewBox: "0 0 20 20", "aria-hidden": "true" }, s("use", { href: `#i-${name}` }));
}

/** Set an element's text if it differs, so that screen readers and selections are left alone. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

return { h, s, icon, say };
})();

const $i18n = (() => {
// Texts by key, in both languages, so that switching needs no request.

const KEPT_AS = "lang"; // the one thing this page keeps in storage

let texts = {};
let lang = "ru";

/** Take the texts of all languages and choose one: asked for in the address, else remembered, else the page's own. */
function setUpTexts(data, asked) {
  texts = data;
  lang = [asked, remembered(), document.documentElement.lang, lang].find((one) => one && one in data);
  document.documentElement.lang = lang;
}

/** The language shown now. */
function language() {
  return lang;
}

/** Change the language and remember it. */
function setLanguage(chosen) {
  lang = chosen;
  document.documentElement.lang = chosen;
  try {
    localStorage.setItem(KEPT_AS, chosen);
  } catch {
    // Storage may be closed to a page inside a frame: then the choice lasts as long as the page.
  }
}

/** Whether there is such a text. */
function has(key) {
  return find(key) !== undefined;
}

/** The text of a dotted key with its {names} filled in; plural forms are chosen by `n`. Unknown keys throw. */
function t(key, params = {}) {
  let found = find(key);
  if (found && typeof found === "object") found = found[new Intl.PluralRules(lang).select(params.n)];
  if (typeof found !== "string") throw new Error(`no text ${key}`);
  return found.replace(/\{(\w+)\}/g, (_, name) => String(params[name]));
}

function find(key) {
  return key.split(".").reduce((group, part) => group?.[part], texts[lang]);
}

function remembered() {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch {
    return null;
  }
}

return { setUpTexts, language, setLanguage, has, t };
})();

const $live = (() => {
// How news arrives: by socket when there is one, by asking every few seconds when there is not.

const { Refusal, isLinkOver } = $api;

const CLIENT = "/marketplace/assets/socket.io.esm.min.js";
const GRACE = 3000; // no socket after this long: start asking
const PACE = 2500; // between two questions
const HIDDEN_PACE = 10000; // the same while nobody looks
const TROUBLE_PACE = 3000; // the same after a refusal, and longer after each further one
const ACK_PATIENCE = 15000;
const LONGEST_WAIT = 30000; // between two attempts of the socket

/** Whether a refusal means that the fault is ours and passes by itself. */
const isTrouble = (code) => code === "database_unavailable";

/**
 * Watch one link. `on.snapshot(snapshot)` for news, `on.online(yes)` when the network goes or comes, `on.trouble(yes)`
 * when something of ours fails or works again, `on.linkOver(code)` when the link can no longer be used; `salonId()`
 * names the branch to ask about.
 */
function makeLive({ api, token, salonId, on }) {
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
    socket.on("state", (snapshot) => { poll.answered(); on.snapshot(snapshot); });
  }

  function failed(code) {
    if (isTrouble(code)) poll.trouble();
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

  /** Ask the server to do something; what fails by our fault is asked again, by itself, once all is well. */
  async function ask(event, payload, byHttp, isWanted) {
    for (;;) {
      try {
        return await askOnce(event, payload, byHttp);
      } catch (refusal) {
        if (!isTrouble(refusal.code)) throw refusal;
        poll.trouble();
        await poll.recovery();
        if (!isWanted()) return undefined;
      }
    }
  }

  /** Ask by socket or else by HTTP; a refusal is thrown. */
  async function askOnce(event, payload, byHttp) {
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
    poll.rest();
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
  let troubled = false;
  let waiting = []; // for the end of the trouble

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
    let pace = PACE;
    try {
      const snapshot = await api.state(salonId());
      answered();
      on.online(true);
      on.snapshot(snapshot);
    } catch (refusal) {
      failures += 1;
      pace = longer(refusal.retryAfter);
      report(refusal);
    }
    next(pace);
  }

  /** How long to wait after a refusal: longer each time, and not all pages at once. */
  function longer(retryAfter) {
    const wait = Math.max(1000 * (retryAfter || 0), TROUBLE_PACE * 1.5 ** (failures - 1));
    return Math.min(LONGEST_WAIT, wait) * (0.75 + Math.random() / 2);
  }

  function report(refusal) {
    if (isLinkOver(refusal.code)) {
      end();
      on.linkOver(refusal.code);
    } else if (refusal.code === "offline" && (failures > 1 || !navigator.onLine)) {
      on.online(false);
    } else if (isTrouble(refusal.code)) {
      tell(true);
    }
  }

  /** Something of ours fails, as another way has told: ask until it does not. */
  function trouble() {
    if (over || troubled) return;
    failures ||= 1;
    tell(true);
    if (!flight) next(longer(null));
  }

  /** An answer has come, by whichever way. */
  function answered() {
    failures = 0;
    tell(false);
    if (!running) clearTimeout(timer);
  }

  function tell(yes) {
    if (troubled !== yes) on.trouble(yes);
    troubled = yes;
    if (!yes) waiting.splice(0).forEach((resolve) => resolve());
  }

  /** Wait until all is well again. */
  function recovery() {
    return troubled ? new Promise((resolve) => { waiting.push(resolve); }) : Promise.resolve();
  }

  /** While there is a socket nothing is asked, except what had no answer yet. */
  function next(pace) {
    clearTimeout(timer);
    if (over || !(running || failures)) return;
    timer = setTimeout(once, document.hidden ? Math.max(HIDDEN_PACE, pace) : pace);
  }

  function start() {
    if (running || over) return;
    running = true;
    once();
  }

  function stop() {
    running = false;
    if (!failures) clearTimeout(timer);
  }

  function rest() {
    running = false;
    clearTimeout(timer);
  }

  function end() {
    over = true;
    rest();
  }

  return { once, anew, start, stop, rest, end, trouble, answered, recovery };
}

return { makeLive };
})();

const $parts = (() => {
// The pieces screens are put together from.

const { h, s, icon, say } = $dom;
const { t } = $i18n;

/** The heading of a screen; focus moves here when the screen changes. */
function heading(text) {
  return h("h1", { tabindex: "-1" }, text);
}

/** A paragraph, or nothing when there is no text. */
function paragraph(text, kind = "") {
  return text ? h("p", { class: kind || null }, text) : null;
}

/** A button. `kind` is primary, secondary or text. */
function button(kind, label, onclick, iconName = null) {
  return h("button", { type: "button", class: `button ${kind}`, onclick }, iconName && icon(iconName), h("span", {}, label));
}

/** A link that looks like a button and leaves the page (also out of a frame). */
function linkButton(kind, label, href) {
  return h("a", { class: `button ${kind}`, href, target: "_top", rel: "noreferrer" }, h("span", {}, label));
}

/** The row of a screen's actions, at thumb height on phones. */
function actions(...buttons) {
  return h("div", { class: "actions" }, ...buttons);
}

/** A large round sign above a heading; tone is ok, warn, bad, info or quiet. */
function badge(name, tone) {
  return h("div", { class: `badge ${tone}` }, icon(name));
}

/** What to do next, in a quiet box. */
function advice(text, iconName = "info") {
  return text ? h("p", { class: "advice" }, icon(iconName), h("span", {}, text)) : null;
}

/** Two ends and dots moving between them: something is on its way. */
function journey(from, to) {
  const dots = h("span", { class: "dots" }, h("i"), h("i"), h("i"));
  return h("div", { class: "journey", "aria-hidden": "true" }, h("b", {}, icon(from)), dots, h("b", {}, icon(to)));
}

/** Numbered steps, each with a small picture, a sentence and perhaps a note. */
function how(steps) {
  const line = ([picture, text, note]) => h("li", {}, icon(picture), h("span", {}, text, note && h("span", { class: "note" }, note)));
  return h("ol", { class: "how" }, steps.map(line));
}

/** The linked number, masked, with the way to another one. */
function numberLine(phone, onOther) {
  if (!phone) return null;
  const words = h("span", {}, t("ui.number_line", { phone: nowrap(phone) }));
  return h("p", { class: "number-line" }, icon("phone"), words, onOther && button("text", t("ui.other_number"), onOther));
}

/** Keep a number on one line. */
function nowrap(phone) {
  return phone.replace(/ /g, "\u00a0").replace(/-/g, "\u2011");
}

/** A ring that empties and the words beside it: `update(share, words)`. */
function countdown() {
  const rest = s("circle", { class: "rest", cx: 10, cy: 10, r: 8, pathLength: 100, "stroke-dasharray": "100 100" });
  const ring = s("svg", { class: "ring", viewBox: "0 0 20 20", "aria-hidden": "true" }, s("circle", { cx: 10, cy: 10, r: 8 }), rest);
  const words = h("span");
  return {
    node: h("p", { class: "countdown" }, ring, words),
    update(share, text) {
      rest.setAttribute("stroke-dasharray", `${Math.round(100 * share)} 100`);
      say(words, text);
    },
  };
}

/** The word and shape of a stage. */
function stageWord(stage) {
  return h("span", { class: `stage ${stage}` }, icon(`stage-${stage}`), h("span", {}, t(`stage.${stage}`)));
}

/** Copy text: by the clipboard, else the old way, which also works inside frames. Resolves to whether it worked. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text) {
  const field = h("textarea", { class: "visually-hidden", readonly: true, "aria-hidden": "true", tabindex: "-1" });
  const focused = document.activeElement;
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return done;
}

return { heading, paragraph, button, linkButton, actions, badge, advice, journey, how, numberLine, nowrap, countdown, stageWord, copyText };
})();

const $screens = (() => {
// Which screen to show: one pure function of the server's snapshot and what this tab knows by itself.
// It draws nothing and keeps nothing, so every rule of the page can be tested without a browser.

/** Screens on which nothing is asked of the owner while the server works: they move and, after 10 s, explain. */
const WAITING = new Set([
  "checking", "preparing", "relinking", "linking", "awaiting_passkey", "passkey_confirm", "reconnecting", "activating",
  "delayed",
]);

const STEP_OF = {
  checking: 1, consent: 1, branches: 1,
  linked: 3, activating: 3, delayed: 3, active: 4, already: 4,
};

/** The step of three (consent, WhatsApp, done) a screen belongs to; 4 when all are behind. */
function stepOf(screen) {
  return STEP_OF[screen] ?? 2;
}

/** A fresh set of what a tab knows by itself. `form` is a form the owner asked for, `busy` a request under way. */
function freshLocal() {
  return {
    link: "ok", online: true, trouble: false, passive: false, consent: false, form: null, busy: null, confirm: false,
    numberOk: false, salonId: null, met: [], now: 0,
  };
}

/** Return the name of the screen for a snapshot (or null before the first) and what the tab knows. */
function screenOf(snapshot, local) {
  if (local.link === "stale") return "stale";
  if (!snapshot) return local.online ? "checking" : "offline";
  if (local.passive && !isDone(snapshot)) return "passive";
  if (snapshot.branches.length > 1 && local.salonId === null) return "branches";
  return partnerScreen(snapshot) ?? whatsappScreen(snapshot, local);
}

/** Whether YCLIENTS has confirmed this install and WhatsApp works: the only thing that allows «Готово». */
function isDone(snapshot) {
  return snapshot.stage === "active" && snapshot.partner.state === "active";
}

/** Whether a QR or pairing code with this expiry may still be shown at `now` (milliseconds of server time). */
function isFresh(secret, now) {
  return secret !== null && secret !== undefined && Date.parse(secret.expires_at) > now;
}

/** Whether `next` may replace `known`: a snapshot that is older than the one shown is ignored. */
function isNewer(known, next) {
  if (!known) return true;
  if (next.generation !== known.generation) return next.generation > known.generation;
  if (next.version !== known.version) return next.version > known.version;
  return Date.parse(next.server_time) >= Date.parse(known.server_time);
}

/** The branches of a snapshot, each with the stage of its own snapshot in the map where that was taken later. */
function withNewestStages({ branches, server_time: taken }, snapshots) {
  return branches.map((branch) => {
    const own = snapshots.get(branch.id);
    return own && Date.parse(own.server_time) > Date.parse(taken) ? { ...branch, stage: own.stage } : branch;
  });
}

/** Whether an answer to a request under way has come, so that waiting for it may end. */
function isAnswered(busy, snapshot, now) {
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

return { WAITING, stepOf, freshLocal, screenOf, isDone, isFresh, isNewer, withNewestStages, isAnswered };
})();

const $tabs = (() => {
// Two tabs of the same salon: the newer drives, the older says so and can take over.

/** Watch for other tabs; `onPassive(yes)` tells whether another one drives. Returns `take()` and `close()`. */
function makeTabs(name, onPassive) {
  if (!("BroadcastChannel" in globalThis)) return { take() {}, close() {} };
  const me = Math.random().toString(36).slice(2);
  const channel = new BroadcastChannel(name);
  let driver = me;
  let driverGone = false;

  function take() {
    driver = me;
    driverGone = false;
    channel.postMessage({ type: "drive", id: me });
    onPassive(false);
  }

  function heard({ data }) {
    if (data.type === "drive") {
      driver = data.id;
      driverGone = false;
      onPassive(true);
    } else if (data.type === "bye" && data.id === driver) {
      driverGone = true;
      takeIfSeen();
    }
  }

  // Of several tabs left behind only the one in front takes over, so they do not fight for it.
  function takeIfSeen() {
    if (driverGone && driver !== me && !document.hidden) take();
  }

  function leave() {
    channel.postMessage({ type: "bye", id: me });
  }

  channel.addEventListener("message", heard);
  document.addEventListener("visibilitychange", takeIfSeen);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => event.persisted && take());
  take();
  return { take, close: () => channel.close() };
}

return { makeTabs };
})();

const $texts = (() => {
const TEXTS = {
 "ru": {
  "stage": {
   "new": "Новая",
   "linking": "Привязка",
   "activating": "Активация",
   "active": "Работает",
   "attention": "Нужна помощь",
   "frozen": "Приостановлена",
   "gone": "Отключена"
  },
  "common": {
   "title": "Подключение WhatsApp — AI-Admin",
   "language": "Язык",
   "support_code": "Код поддержки",
   "support_hint": "Назовите его, если будете писать нам: так мы сразу найдём ваше подключение.",
   "support_link": "Написать нам",
   "to_marketplace": "Открыть YCLIENTS",
   "back": "Вернуться в YCLIENTS",
   "meta": "WhatsApp принадлежит компании Meta, которая признана экстремистской организацией; её деятельность запрещена на территории РФ.",
   "noscript": "Чтобы подключить WhatsApp, включите JavaScript в браузере и обновите страницу."
  },
  "steps": {
   "label": "Шаги подключения",
   "consent": "Согласие",
   "whatsapp": "WhatsApp",
   "done": "Готово"
  },
  "screens": {
   "checking": {
    "title": "Проверяем подключение к YCLIENTS…",
    "text": "Это займёт пару секунд.",
    "more": "Проверяем дольше обычного. Посмотрите, есть ли интернет: как только он появится, мы продолжим."
   },
   "offline": {
    "title": "Нет связи",
    "text": "Продолжим, как только она появится."
   },
   "stale": {
    "title": "Ссылка устарела",
    "text": "Откройте приложение в YCLIENTS и нажмите «Подключить» ещё раз.",
    "text_linked": "WhatsApp уже подключён. Дальше мы закончим сами, эту страницу можно закрыть.",
    "next": "Ссылка действует один час. Всё, что вы успели сделать, сохранено."
   },
   "passive": {
    "title": "Подключение открыто в другой вкладке",
    "text": "Продолжайте там. Эту вкладку можно закрыть.",
    "primary": "Продолжить здесь"
   },
   "branches": {
    "title": "Какой филиал подключаем?",
    "text": "У каждого филиала свой номер WhatsApp. Подключайте по очереди, в любом порядке.",
    "done": {
     "one": "Подключён {n} филиал из {total}",
     "few": "Подключено {n} филиала из {total}",
     "many": "Подключено {n} филиалов из {total}",
     "other": "Подключено {n} из {total}"
    },
    "all": "Все филиалы"
   },
   "consent": {
    "title": "Подключим WhatsApp салона?",
    "device": "Мы подключимся как связанное устройство",
    "device_note": "Как WhatsApp на компьютере. Телефон работает по‑прежнему.",
    "bot": "Переписку видит бот",
    "bot_note": "Чтобы отвечать клиентам и записывать их.",
    "off": "Отключить можно в любой момент",
    "off_note": "В WhatsApp, в разделе «Связанные устройства».",
    "risk": "О риске. WhatsApp официально не поддерживает сторонние программы и иногда ограничивает номера, особенно новые и с массовыми рассылками. Подключайте номер салона, а не личный.",
    "primary": "Продолжить"
   },
   "way": {
    "title_phone": "Где WhatsApp салона?",
    "title_desktop": "Как подключить?",
    "phone_code": "С этого телефона",
    "phone_code_note": "Покажем короткий код, введёте его в WhatsApp",
    "phone_qr": "С другого телефона",
    "phone_qr_note": "Покажем QR-код, наведёте на него камеру того телефона",
    "desktop_qr": "По QR-коду",
    "desktop_qr_note": "Наведёте на экран камеру телефона",
    "desktop_code": "По номеру телефона",
    "desktop_code_note": "Введёте короткий код в WhatsApp, камера не нужна"
   },
   "preparing": {
    "title": "Готовим код, обычно до 5 секунд",
    "text": "Возьмите телефон салона и откройте WhatsApp.",
    "more": "Готовим дольше обычного. Можно подождать или начать заново.",
    "secondary": "Начать заново"
   },
   "qr": {
    "title": "Наведите камеру WhatsApp на код",
    "step_open": "Откройте WhatsApp на телефоне салона",
    "step_devices": "Зайдите в «Связанные устройства»",
    "step_devices_note": "iPhone: настройки. Android: меню ⋮",
    "step_scan": "Нажмите «Привязка устройства» и наведите камеру на этот код",
    "alt": "QR-код для WhatsApp. Если экран не видно, подключите WhatsApp по номеру телефона.",
    "renews": "Обновится через {seconds} с",
    "renewing": "Обновляем код…",
    "said": {
     "one": "Код обновится через {n} секунду",
     "few": "Код обновится через {n} секунды",
     "many": "Код обновится через {n} секунд",
     "other": "Код обновится через {n} секунды"
    },
    "switch_phone": "Подключить с этого телефона",
    "switch_desktop": "Подключить по номеру телефона"
   },
   "qr_over": {
    "title": "Код больше не действует",
    "text": "Покажем новый, когда будете готовы.",
    "next": "Заранее откройте в WhatsApp «Связанные устройства» → «Привязка устройства».",
    "primary": "Показать новый код"
   },
   "number": {
    "title": "Номер WhatsApp салона",
    "text": "По номеру WhatsApp поймёт, какой телефон подключаем.",
    "label": "Номер телефона",
    "hint": "Другая страна? Начните с +, например +375",
    "short": {
     "one": "Не хватает {n} цифры",
     "few": "Не хватает {n} цифр",
     "many": "Не хватает {n} цифр",
     "other": "Не хватает {n} цифры"
    },
    "wrong": "Похоже, в номере ошибка. Проверьте код страны и цифры.",
    "primary": "Получить код",
    "switch": "Показать QR-код"
   },
   "code": {
    "title": "Введите код в WhatsApp",
    "for_phone": "Для номера {phone}",
    "copy": "Скопировать код",
    "copied": "Скопировано",
    "copy_failed": "Не получилось скопировать. Выделите код и скопируйте сами.",
    "spelled": "Код по знакам: {letters}",
    "dash": "дефис",
    "valid": "Действует ещё {time}",
    "said": {
     "one": "Код действует ещё {n} секунду",
     "few": "Код действует ещё {n} секунды",
     "many": "Код действует ещё {n} секунд",
     "other": "Код действует ещё {n} секунды"
    },
    "keep": "Страницу можно свернуть — код не пропадёт",
    "step_open": "Откройте WhatsApp → «Связанные устройства»",
    "step_open_note": "iPhone: настройки. Android: меню ⋮",
    "step_number": "Нажмите «Привязка устройства» → «Связать по номеру телефона»",
    "step_enter": "Введите этот код",
    "step_enter_note": "Если придёт уведомление WhatsApp, можно нажать на него",
    "secondary": "Получить новый код",
    "switch": "Показать QR-код"
   },
   "code_over": {
    "title": "Код больше не действует",
    "text": "Дадим новый, когда будете готовы.",
    "next": "Заранее откройте в WhatsApp «Связанные устройства» → «Привязка устройства» → «Связать по номеру телефона».",
    "primary": "Получить новый код"
   },
   "linking": {
    "title": "Код принят, WhatsApp подключается…",
    "text": "Не закрывайте WhatsApp на телефоне.",
    "more": "Ещё немного. Держите WhatsApp открытым и проверьте, что на телефоне есть интернет."
   },
   "reconnecting": {
    "title": "WhatsApp подключается снова…",
    "text": "Связь прервалась, восстанавливаем её сами.",
    "more": "Проверьте, что телефон салона включён и на нём есть интернет. Страницу можно закрыть."
   },
   "linked": {
    "title": "Подключён номер {phone}",
    "title_plain": "WhatsApp подключён",
    "text": "Это номер салона?",
    "primary": "Да",
    "secondary": "Другой номер"
   },
   "relink": {
    "title": "Отключить этот номер?",
    "text": "Номер {phone} отвяжем от бота и покажем новый код, чтобы подключить другой.",
    "text_plain": "Отвяжем этот номер от бота и покажем новый код, чтобы подключить другой.",
    "primary": "Отключить номер",
    "secondary": "Оставить как есть"
   },
   "relinking": {
    "title": "Отключаем прежний номер…",
    "text": "Обычно до 10 секунд.",
    "more": "Отключаем дольше обычного. Ничего делать не нужно, скоро продолжим."
   },
   "other_phone": {
    "title": "Подключён другой номер: {phone}",
    "text": "Ожидался номер {phone}. Оставить новый?",
    "next": "Пока вы не ответите, всё остаётся как есть: бот работает с нового номера, ничего не удаляется.",
    "primary": "Оставить новый",
    "secondary": "Подключить прежний"
   },
   "activating": {
    "title": "Сообщаем YCLIENTS…",
    "text": "WhatsApp подключён. Ждём подтверждения от YCLIENTS, обычно несколько секунд.",
    "more": "YCLIENTS отвечает дольше обычного. Ничего делать не нужно: мы закончим сами, страницу можно закрыть."
   },
   "delayed": {
    "title": "YCLIENTS не отвечает",
    "text": "Мы закончим сами, страницу можно закрыть.",
    "retry": "Следующая попытка через {time}",
    "now": "Пробуем прямо сейчас…"
   },
   "active": {
    "title": "Готово! Бот работает.",
    "text": "Он уже отвечает клиентам салона в WhatsApp.",
    "primary_next": "Следующий филиал"
   },
   "already": {
    "title": "Этот филиал уже подключён",
    "text": "Бот работает, делать ничего не нужно."
   },
   "replaced": {
    "title": "WhatsApp открыт в другом сервисе",
    "text": "Отключите его там или подключите заново. Пока бот молчит.",
    "next": "Если заново не помогает, откройте в WhatsApp «Связанные устройства» и удалите лишнее.",
    "primary": "Подключить заново"
   },
   "logged_out": {
    "title": "Связь отключена на телефоне",
    "text": "Бот молчит. На сообщения, которые придут за это время, он сам отвечать не станет.",
    "next": "Если отключили случайно, подключите WhatsApp ещё раз: это минута.",
    "primary": "Подключить заново"
   },
   "restricted": {
    "title": "WhatsApp ограничил этот номер",
    "text": "Не подключайте повторно, напишите нам.",
    "next": "Откройте WhatsApp на телефоне: там может быть кнопка «Запросить проверку». Мы подскажем, что делать дальше."
   },
   "temp_banned": {
    "title": "WhatsApp временно ограничил номер",
    "text": "Снова подключить его можно {time}. Раньше не стоит: ограничение станет дольше.",
    "text_plain": "Пока ограничение не снимут, подключать номер нельзя: оно станет дольше.",
    "next": "Телефоном можно пользоваться. Вернитесь на эту страницу через YCLIENTS, когда срок пройдёт.",
    "over": "Срок прошёл, можно пробовать.",
    "primary": "Подключить заново"
   },
   "too_many": {
    "title": "На телефоне уже 4 связанных устройства",
    "text": "Удалите одно, и мы подключимся.",
    "next": "WhatsApp → «Связанные устройства» → выберите ненужное → «Выйти».",
    "primary": "Попробовать ещё раз"
   },
   "unreachable": {
    "title": "WhatsApp сейчас недоступен",
    "text": "Связи с WhatsApp нет с {time}. Дело в сети или в самом WhatsApp, не в вашем салоне: в России он открывается не всегда.",
    "next": "Ничего не потеряно. Проверьте, открывается ли WhatsApp на телефоне, и попробуйте через несколько минут.",
    "primary": "Попробовать ещё раз"
   },
   "away": {
    "title": "WhatsApp сейчас недоступен",
    "text": "Связи с WhatsApp нет с {time}. Дело в сети или в самом WhatsApp, не в вашем салоне: в России он открывается не всегда.",
    "next": "Ничего не потеряно: номер привязан, мы сами пробуем снова каждые несколько минут. Страницу можно закрыть. Если WhatsApp не открывается и на телефоне, подключите телефон к другому интернету."
   },
   "outdated": {
    "title": "WhatsApp обновился, догоняем",
    "text": "WhatsApp не принимает прежнюю версию подключения. Нам нужно обновить свою.",
    "next": "Делать ничего не нужно. Зайдите снова через YCLIENTS чуть позже."
   },
   "passkey": {
    "title": "WhatsApp просит ключ доступа",
    "text": "Этот номер защищён ключом доступа, и подключить его здесь пока нельзя.",
    "next": "Напишите нам: поможем подключить его иначе. Или подключите другой номер.",
    "primary": "Другой номер"
   },
   "awaiting_passkey": {
    "title": "WhatsApp просит ключ доступа",
    "text": "Так WhatsApp проверяет, что номер ваш. Если на телефоне появился запрос, подтвердите его отпечатком, лицом или кодом блокировки.",
    "more": "Запроса нет? Откройте WhatsApp и подождите. Если он так и не появится, напишите нам: на подтверждение даётся около минуты, потом можно начать снова."
   },
   "passkey_confirm": {
    "title": "Осталось подтвердить на телефоне",
    "text": "Ключ доступа принят. WhatsApp просит подтвердить подключение: ответьте на его вопрос на телефоне.",
    "more": "Вопроса нет? Откройте WhatsApp на телефоне и подождите несколько секунд."
   },
   "passkey_over": {
    "title": "Ключ доступа не подтвердили вовремя",
    "text": "WhatsApp ждал подтверждения около минуты. Номер не подключён, ничего не потеряно.",
    "next": "Попробуйте ещё раз и держите телефон под рукой. Если запроса на телефоне не было, напишите нам: поможем.",
    "primary": "Попробовать ещё раз"
   },
   "rejected": {
    "title": "WhatsApp не принял код",
    "text": "Так бывает, если код успел смениться или введён с ошибкой.",
    "next": "Получите новый и введите его сразу.",
    "primary": "Получить новый код"
   },
   "failed": {
    "title": "Не получилось подключить WhatsApp",
    "text": "Ошибка на нашей стороне. Ваши данные сохранены.",
    "next": "Попробуйте ещё раз. Если не поможет, напишите нам и назовите код поддержки.",
    "primary": "Попробовать ещё раз"
   },
   "not_requested": {
    "title": "YCLIENTS пока не подтвердил заявку этого филиала",
    "text": "Так бывает, если кнопку «Подключить» нажали давно или в другом филиале.",
    "next": "Нажмите «Подключить» в YCLIENTS ещё раз.",
    "secondary": "Проверить ещё раз"
   },
   "refused": {
    "title": "YCLIENTS не принял подключение",
    "text": "WhatsApp сохранён, подключать его заново не нужно.",
    "next": "Напишите нам и назовите код поддержки: мы разберёмся и закончим подключение."
   },
   "expired": {
    "title": "Время на подключение вышло",
    "text": "С нажатия «Подключить» прошло больше часа.",
    "next": "Откройте приложение в YCLIENTS и нажмите «Подключить» ещё раз."
   },
   "frozen": {
    "title": "Подписка приостановлена в YCLIENTS",
    "text": "Бот молчит, номер и настройки сохранены.",
    "next": "После оплаты бот включится сам.",
    "primary": "Оплатить в YCLIENTS"
   },
   "gone": {
    "title": "Приложение отключено в YCLIENTS",
    "text": "Бот больше не отвечает клиентам этого филиала.",
    "next": "Чтобы вернуть его, нажмите «Подключить» в YCLIENTS."
   }
  },
  "ui": {
   "number_line": "Номер WhatsApp: {phone}",
   "other_number": "Другой номер",
   "retry": "Попробовать ещё раз",
   "offline": "Нет связи. Продолжим, как только она появится.",
   "trouble": "У нас техническая неполадка. Ваши данные сохранены, продолжим сами.",
   "back_online": "Связь восстановилась",
   "close": "Закрыть"
  },
  "partner_errors": {
   "token_refused": "YCLIENTS не принял наш ключ: это наша ошибка.",
   "not_requested": "YCLIENTS не видит заявки этого филиала.",
   "rejected": "YCLIENTS отклонил подключение этого филиала.",
   "aggregator_not_found": "YCLIENTS не нашёл наше приложение: это наша ошибка.",
   "partner_unavailable": "YCLIENTS долго не отвечает.",
   "unknown_outcome": "YCLIENTS не сообщил, принял ли он подключение. Проверяем.",
   "expired": "Заявка на подключение устарела."
  },
  "errors": {
   "database_unavailable": {
    "title": "У нас техническая неполадка",
    "text": "Сервис временно недоступен. Ваши данные сохранены.",
    "action": "Ничего делать не нужно: как только всё заработает, страница продолжит сама."
   },
   "install_frozen": {
    "title": "Подписка приостановлена в YCLIENTS",
    "text": "Пока подписка приостановлена, подключить WhatsApp нельзя.",
    "action": "Оплатите подписку в YCLIENTS."
   },
   "install_gone": {
    "title": "Приложение отключено в YCLIENTS",
    "text": "Для этого филиала приложение отключили.",
    "action": "Чтобы вернуть его, нажмите «Подключить» в YCLIENTS."
   },
   "internal": {
    "title": "Что-то сломалось у нас",
    "text": "Это наша ошибка, не ваша.",
    "action": "Попробуйте ещё раз. Если повторится, напишите нам и назовите код поддержки."
   },
   "invalid_phone": {
    "title": "Проверьте номер",
    "text": "WhatsApp не узнаёт такой номер.",
    "action": "Проверьте код страны и цифры."
   },
   "not_pairing": {
    "title": "Код сейчас получить нельзя",
    "text": "WhatsApp уже подключается или подключён.",
    "action": "Подождите несколько секунд: страница обновится сама."
   },
   "pool_unavailable": {
    "title": "WhatsApp сейчас недоступен",
    "text": "Не получилось начать подключение. Ваши данные сохранены.",
    "action": "Попробуйте через минуту."
   },
   "rate_limited": {
    "title": "Слишком часто",
    "text": "Подряд пришло слишком много запросов.",
    "action": "Подождите минуту и попробуйте снова."
   },
   "request_timeout": {
    "title": "Мы не успели ответить",
    "text": "Ответ занял слишком много времени.",
    "action": "Попробуйте ещё раз через минуту."
   },
   "salon_not_in_token": {
    "title": "Это другой филиал",
    "text": "Ссылка выдана для другого филиала.",
    "action": "Нажмите «Подключить» в YCLIENTS для нужного филиала."
   },
   "session_not_found": {
    "title": "Подключение не найдено",
    "text": "Мы не нашли подключение этого филиала.",
    "action": "Нажмите «Подключить» в YCLIENTS ещё раз."
   }
  }
 },
 "en": {
  "stage": {
   "new": "New",
   "linking": "Linking",
   "activating": "Activating",
   "active": "Active",
   "attention": "Needs help",
   "frozen": "Frozen",
   "gone": "Removed"
  },
  "common": {
   "title": "Connect WhatsApp — AI-Admin",
   "language": "Language",
   "support_code": "Support code",
   "support_hint": "Tell us this code when you write, and we will find your connection at once.",
   "support_link": "Write to us",
   "to_marketplace": "Open YCLIENTS",
   "back": "Back to YCLIENTS",
   "meta": "WhatsApp belongs to Meta, which is designated an extremist organisation and banned in the Russian Federation.",
   "noscript": "To connect WhatsApp, turn on JavaScript in your browser and reload the page."
  },
  "steps": {
   "label": "Connection steps",
   "consent": "Consent",
   "whatsapp": "WhatsApp",
   "done": "Done"
  },
  "screens": {
   "checking": {
    "title": "Checking with YCLIENTS…",
    "text": "This takes a couple of seconds.",
    "more": "This is taking longer than usual. Check your internet: once it is back, we carry on."
   },
   "offline": {
    "title": "No connection",
    "text": "We carry on as soon as it is back."
   },
   "stale": {
    "title": "This link is out of date",
    "text": "Open the app in YCLIENTS and press “Connect” again.",
    "text_linked": "WhatsApp is connected. We finish the rest ourselves, so you can close this page.",
    "next": "A link works for one hour. Everything you have done so far is kept."
   },
   "passive": {
    "title": "Open in another tab",
    "text": "Carry on there. You can close this tab.",
    "primary": "Carry on here"
   },
   "branches": {
    "title": "Which branch do we connect?",
    "text": "Each branch has its own WhatsApp number. Connect them one by one, in any order.",
    "done": {
     "one": "{n} of {total} branches connected",
     "few": "{n} of {total} branches connected",
     "many": "{n} of {total} branches connected",
     "other": "{n} of {total} branches connected"
    },
    "all": "All branches"
   },
   "consent": {
    "title": "Connect the salon’s WhatsApp?",
    "device": "We join as a linked device",
    "device_note": "Like WhatsApp on a computer. The phone works as before.",
    "bot": "The bot sees the chats",
    "bot_note": "So that it can answer clients and book them.",
    "off": "You can switch it off at any time",
    "off_note": "In WhatsApp, under “Linked devices”.",
    "risk": "About the risk. WhatsApp does not officially support third-party programs and sometimes restricts numbers, above all new ones and those that send bulk messages. Connect the salon’s number, not a personal one.",
    "primary": "Continue"
   },
   "way": {
    "title_phone": "Where is the salon’s WhatsApp?",
    "title_desktop": "How do we connect?",
    "phone_code": "On this phone",
    "phone_code_note": "You get a short code to type into WhatsApp",
    "phone_qr": "On another phone",
    "phone_qr_note": "You get a QR code to point that phone’s camera at",
    "desktop_qr": "With a QR code",
    "desktop_qr_note": "Point the phone’s camera at this screen",
    "desktop_code": "With a phone number",
    "desktop_code_note": "Type a short code into WhatsApp, no camera needed"
   },
   "preparing": {
    "title": "Preparing a code, usually under 5 seconds",
    "text": "Take the salon’s phone and open WhatsApp.",
    "more": "This is taking longer than usual. You can wait or start over.",
    "secondary": "Start over"
   },
   "qr": {
    "title": "Point WhatsApp’s camera at the code",
    "step_open": "Open WhatsApp on the salon’s phone",
    "step_devices": "Go to “Linked devices”",
    "step_devices_note": "iPhone: Settings. Android: ⋮ menu",
    "step_scan": "Tap “Link a device” and point the camera at this code",
    "alt": "QR code for WhatsApp. If you cannot see the screen, connect with a phone number instead.",
    "renews": "Renews in {seconds} s",
    "renewing": "Renewing the code…",
    "said": {
     "one": "The code renews in {n} second",
     "few": "The code renews in {n} seconds",
     "many": "The code renews in {n} seconds",
     "other": "The code renews in {n} seconds"
    },
    "switch_phone": "Connect from this phone",
    "switch_desktop": "Connect with a phone number"
   },
   "qr_over": {
    "title": "This code no longer works",
    "text": "We show a new one when you are ready.",
    "next": "First open “Linked devices” → “Link a device” in WhatsApp.",
    "primary": "Show a new code"
   },
   "number": {
    "title": "The salon’s WhatsApp number",
    "text": "It tells WhatsApp which phone we are connecting.",
    "label": "Phone number",
    "hint": "Another country? Start with +, for example +375",
    "short": {
     "one": "{n} digit is missing",
     "few": "{n} digits are missing",
     "many": "{n} digits are missing",
     "other": "{n} digits are missing"
    },
    "wrong": "There seems to be a mistake. Check the country code and the digits.",
    "primary": "Get a code",
    "switch": "Show a QR code"
   },
   "code": {
    "title": "Type the code into WhatsApp",
    "for_phone": "For {phone}",
    "copy": "Copy the code",
    "copied": "Copied",
    "copy_failed": "Copying did not work. Select the code and copy it yourself.",
    "spelled": "The code, letter by letter: {letters}",
    "dash": "dash",
    "valid": "Valid for {time}",
    "said": {
     "one": "The code is valid for {n} more second",
     "few": "The code is valid for {n} more seconds",
     "many": "The code is valid for {n} more seconds",
     "other": "The code is valid for {n} more seconds"
    },
    "keep": "You can leave this page for a while: the code stays",
    "step_open": "Open WhatsApp → “Linked devices”",
    "step_open_note": "iPhone: Settings. Android: ⋮ menu",
    "step_number": "Tap “Link a device” → “Link with phone number instead”",
    "step_enter": "Type this code",
    "step_enter_note": "If WhatsApp sends a notification, you can tap that",
    "secondary": "Get a new code",
    "switch": "Show a QR code"
   },
   "code_over": {
    "title": "This code no longer works",
    "text": "We give you a new one when you are ready.",
    "next": "First open “Linked devices” → “Link a device” → “Link with phone number instead” in WhatsApp.",
    "primary": "Get a new code"
   },
   "linking": {
    "title": "Code accepted, WhatsApp is connecting…",
    "text": "Keep WhatsApp open on the phone.",
    "more": "Almost there. Keep WhatsApp open and check that the phone has internet."
   },
   "reconnecting": {
    "title": "WhatsApp is reconnecting…",
    "text": "The connection dropped; we are restoring it ourselves.",
    "more": "Check that the salon’s phone is on and has internet. You can close this page."
   },
   "linked": {
    "title": "Connected: {phone}",
    "title_plain": "WhatsApp is connected",
    "text": "Is this the salon’s number?",
    "primary": "Yes",
    "secondary": "Another number"
   },
   "relink": {
    "title": "Disconnect this number?",
    "text": "We unlink {phone} from the bot and show a new code to connect another one.",
    "text_plain": "We unlink this number from the bot and show a new code to connect another one.",
    "primary": "Disconnect the number",
    "secondary": "Keep it"
   },
   "relinking": {
    "title": "Disconnecting the old number…",
    "text": "Usually under 10 seconds.",
    "more": "This is taking longer than usual. There is nothing to do; we carry on soon."
   },
   "other_phone": {
    "title": "Another number is connected: {phone}",
    "text": "{phone} was expected. Keep the new one?",
    "next": "Until you answer everything stays as it is: the bot works from the new number, and nothing is deleted.",
    "primary": "Keep the new one",
    "secondary": "Connect the earlier one"
   },
   "activating": {
    "title": "Telling YCLIENTS…",
    "text": "WhatsApp is connected. We are waiting for YCLIENTS to confirm, usually a few seconds.",
    "more": "YCLIENTS is taking longer than usual. There is nothing to do: we finish ourselves, so you can close this page."
   },
   "delayed": {
    "title": "YCLIENTS is not answering",
    "text": "We finish ourselves, so you can close this page.",
    "retry": "Next try in {time}",
    "now": "Trying right now…"
   },
   "active": {
    "title": "Done! The bot is working.",
    "text": "It is already answering the salon’s clients in WhatsApp.",
    "primary_next": "Next branch"
   },
   "already": {
    "title": "This branch is already connected",
    "text": "The bot is working; there is nothing to do."
   },
   "replaced": {
    "title": "WhatsApp is open in another service",
    "text": "Disconnect it there or connect again. Until then the bot is silent.",
    "next": "If connecting again does not help, open “Linked devices” in WhatsApp and remove what you do not need.",
    "primary": "Connect again"
   },
   "logged_out": {
    "title": "Disconnected on the phone",
    "text": "The bot is silent. It will not answer messages that arrive in the meantime.",
    "next": "If that was not intended, connect WhatsApp again: it takes a minute.",
    "primary": "Connect again"
   },
   "restricted": {
    "title": "WhatsApp has restricted this number",
    "text": "Do not connect again; write to us.",
    "next": "Open WhatsApp on the phone: there may be a “Request a review” button. We will tell you what to do next."
   },
   "temp_banned": {
    "title": "WhatsApp has restricted the number for a while",
    "text": "It can be connected again on {time}. Earlier would only make the restriction longer.",
    "text_plain": "Do not connect the number until the restriction is lifted: it would get longer.",
    "next": "The phone itself can be used. Come back to this page from YCLIENTS when the time has passed.",
    "over": "The time has passed, you can try now.",
    "primary": "Connect again"
   },
   "too_many": {
    "title": "The phone already has 4 linked devices",
    "text": "Remove one and we can join.",
    "next": "WhatsApp → “Linked devices” → choose one you do not need → “Log out”.",
    "primary": "Try again"
   },
   "unreachable": {
    "title": "WhatsApp cannot be reached now",
    "text": "There is no connection to WhatsApp since {time}. The cause is the network or WhatsApp itself, not your salon: in Russia it does not always open.",
    "next": "Nothing is lost. Check that WhatsApp opens on the phone, and try again in a few minutes.",
    "primary": "Try again"
   },
   "away": {
    "title": "WhatsApp cannot be reached now",
    "text": "There is no connection to WhatsApp since {time}. The cause is the network or WhatsApp itself, not your salon: in Russia it does not always open.",
    "next": "Nothing is lost: the number stays linked, and we try again by ourselves every few minutes. You can close this page. If WhatsApp does not open on the phone either, connect the phone to another internet."
   },
   "outdated": {
    "title": "WhatsApp has changed, we are catching up",
    "text": "WhatsApp no longer accepts the earlier version of the connection. We need to update ours.",
    "next": "There is nothing to do. Come back from YCLIENTS a little later."
   },
   "passkey": {
    "title": "WhatsApp asks for a passkey",
    "text": "This number is protected by a passkey and cannot be connected here yet.",
    "next": "Write to us, and we will help you connect it another way. Or connect another number.",
    "primary": "Another number"
   },
   "awaiting_passkey": {
    "title": "WhatsApp asks for a passkey",
    "text": "This is how WhatsApp checks that the number is yours. If the phone shows a request, confirm it with fingerprint, face or screen lock.",
    "more": "No request? Open WhatsApp and wait. If none appears, write to us: there is about a minute to confirm, then you can start again."
   },
   "passkey_confirm": {
    "title": "Now confirm on the phone",
    "text": "The passkey is accepted. WhatsApp asks you to confirm the connection: answer its question on the phone.",
    "more": "No question? Open WhatsApp on the phone and wait a few seconds."
   },
   "passkey_over": {
    "title": "The passkey was not confirmed in time",
    "text": "WhatsApp waited about a minute for it. The number is not connected, nothing is lost.",
    "next": "Try again and keep the phone at hand. If the phone showed no request, write to us, and we will help.",
    "primary": "Try again"
   },
   "rejected": {
    "title": "WhatsApp did not accept the code",
    "text": "This happens when the code has just changed or was mistyped.",
    "next": "Get a new one and use it right away.",
    "primary": "Get a new code"
   },
   "failed": {
    "title": "WhatsApp could not be connected",
    "text": "The fault is on our side. Your data is kept.",
    "next": "Try again. If that does not help, write to us and tell us the support code.",
    "primary": "Try again"
   },
   "not_requested": {
    "title": "YCLIENTS has not confirmed this branch’s request yet",
    "text": "This happens when “Connect” was pressed long ago or for another branch.",
    "next": "Press “Connect” in YCLIENTS again.",
    "secondary": "Check again"
   },
   "refused": {
    "title": "YCLIENTS did not accept the connection",
    "text": "WhatsApp is kept; there is no need to connect it again.",
    "next": "Write to us and tell us the support code: we will sort it out and finish the connection."
   },
   "expired": {
    "title": "The time to connect is over",
    "text": "More than an hour has passed since you pressed “Connect”.",
    "next": "Open the app in YCLIENTS and press “Connect” again."
   },
   "frozen": {
    "title": "The subscription is paused in YCLIENTS",
    "text": "The bot is silent; the number and settings are kept.",
    "next": "Once it is paid, the bot switches itself on.",
    "primary": "Pay in YCLIENTS"
   },
   "gone": {
    "title": "The app was removed in YCLIENTS",
    "text": "The bot no longer answers this branch’s clients.",
    "next": "To bring it back, press “Connect” in YCLIENTS."
   }
  },
  "ui": {
   "number_line": "WhatsApp number: {phone}",
   "other_number": "Another number",
   "retry": "Try again",
   "offline": "No connection. We carry on as soon as it is back.",
   "trouble": "We have a technical problem. Your data is kept; we carry on by ourselves.",
   "back_online": "The connection is back",
   "close": "Close"
  },
  "partner_errors": {
   "token_refused": "YCLIENTS did not accept our key: the fault is ours.",
   "not_requested": "YCLIENTS sees no request from this branch.",
   "rejected": "YCLIENTS declined to connect this branch.",
   "aggregator_not_found": "YCLIENTS did not find our app: the fault is ours.",
   "partner_unavailable": "YCLIENTS has not answered for a long time.",
   "unknown_outcome": "YCLIENTS did not say whether it accepted the connection. We are checking.",
   "expired": "The request to connect is out of date."
  },
  "errors": {
   "database_unavailable": {
    "title": "We have a technical problem",
    "text": "The service is away for a moment. Your data is kept.",
    "action": "There is nothing to do: the page carries on by itself as soon as it works."
   },
   "install_frozen": {
    "title": "The subscription is paused in YCLIENTS",
    "text": "While it is paused, WhatsApp cannot be connected.",
    "action": "Pay for the subscription in YCLIENTS."
   },
   "install_gone": {
    "title": "The app was removed in YCLIENTS",
    "text": "The app was removed for this branch.",
    "action": "To bring it back, press “Connect” in YCLIENTS."
   },
   "internal": {
    "title": "Something broke on our side",
    "text": "The fault is ours, not yours.",
    "action": "Try again. If it happens again, write to us and tell us the support code."
   },
   "invalid_phone": {
    "title": "Check the number",
    "text": "WhatsApp does not know such a number.",
    "action": "Check the country code and the digits."
   },
   "not_pairing": {
    "title": "No code can be given now",
    "text": "WhatsApp is connecting or already connected.",
    "action": "Wait a few seconds: the page updates itself."
   },
   "pool_unavailable": {
    "title": "WhatsApp cannot be reached now",
    "text": "The connection could not be started. Your data is kept.",
    "action": "Try again in a minute."
   },
   "rate_limited": {
    "title": "Too often",
    "text": "Too many requests came one after another.",
    "action": "Wait a minute and try again."
   },
   "request_timeout": {
    "title": "We did not answer in time",
    "text": "The answer took too long.",
    "action": "Try again in a minute."
   },
   "salon_not_in_token": {
    "title": "This is another branch",
    "text": "The link was made for a different branch.",
    "action": "Press “Connect” in YCLIENTS for the branch you need."
   },
   "session_not_found": {
    "title": "No such connection",
    "text": "We found no connection for this branch.",
    "action": "Press “Connect” in YCLIENTS again."
   }
  }
 }
};
return { TEXTS };
})();

const $token = (() => {
// The link's token: taken out of the address's query at once, kept in the fragment (which is sent to no one) and nowhere else.

/** Return the token of this page or null, moving it from the query to the fragment without a new history entry. */
function takeToken(location, history) {
  const url = new URL(location.href);
  const inQuery = url.searchParams.get("token");
  const token = inQuery || new URLSearchParams(url.hash.slice(1)).get("token");
  if (inQuery !== null) {
    url.searchParams.delete("token");
    url.hash = token ? `token=${encodeURIComponent(token)}` : "";
    history.replaceState(history.state, "", url);
  }
  return token || null;
}

/** Drop `?lang=` from the address, once the owner has chosen a language on the page. */
function dropLanguage(location, history) {
  const url = new URL(location.href);
  if (!url.searchParams.has("lang")) return;
  url.searchParams.delete("lang");
  history.replaceState(history.state, "", url);
}

return { takeToken, dropLanguage };
})();

const $phone = (() => {
// The phone number field: +7 by default, any other country when the owner writes it with a plus.

const HOME = "7";
const HOME_LENGTH = 11;
const SHORTEST = 8;
const LONGEST = 15;

/** The digits of what was typed, in international form; «8 999…», «999…» and «9+7» are taken as Russian. */
function digitsOf(typed) {
  const last = typed.lastIndexOf("+");
  const digits = typed.slice(last + 1).replace(/\D/g, "");
  if (last < 0) return withHome(digits);
  const before = typed.slice(0, last);
  if (digits === HOME && /^\D*\d+\D*$/.test(before) && !before.includes("+")) return HOME + before.replace(/\D/g, "");
  return digits.length > HOME_LENGTH && /^7[78]9/.test(digits) ? HOME + digits.slice(2) : digits;
}

function withHome(digits) {
  if (digits.startsWith("8") && digits.length <= HOME_LENGTH) return HOME + digits.slice(1);
  return digits.startsWith("9") && digits.length < HOME_LENGTH ? HOME + digits : digits;
}

/** The number as people write it: +7 999 123-45-67, other countries in threes. */
function formatted(typed) {
  const digits = digitsOf(typed).slice(0, LONGEST);
  if (digits === "") return typed.includes("+") ? "+" : "";
  return digits.startsWith(HOME) ? home(digits.slice(0, HOME_LENGTH)) : `+${inThrees(digits)}`;
}

function home(digits) {
  const [area, one, two, three] = [digits.slice(1, 4), digits.slice(4, 7), digits.slice(7, 9), digits.slice(9, 11)];
  return ["+7", area && ` ${area}`, one && ` ${one}`, two && `-${two}`, three && `-${three}`].join("");
}

function inThrees(digits) {
  return (digits.match(/.{1,3}/g) ?? []).join(" ");
}

/** How many digits are missing (0 when it could be a number); -1 when no digits added can make it one. */
function missing(typed) {
  const digits = digitsOf(typed);
  if (digits.startsWith("0")) return -1;
  if (digits.startsWith(HOME) || digits === "") return Math.max(0, HOME_LENGTH - Math.max(1, digits.length));
  return digits.length > LONGEST ? -1 : Math.max(0, SHORTEST - digits.length);
}

/** Rewrite a field as the mask has it, keeping the caret after the same digit. */
function mask(field) {
  const before = field.value.slice(0, field.selectionStart ?? field.value.length).replace(/\D/g, "").length;
  const atEnd = field.selectionStart === null || field.selectionStart === field.value.length;
  field.value = formatted(field.value);
  const caret = atEnd ? field.value.length : positionAfter(field.value, before);
  field.setSelectionRange?.(caret, caret);
}

function positionAfter(text, digits) {
  let seen = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (seen === digits) return index;
    if (/\d/.test(text[index])) seen += 1;
  }
  return text.length;
}

return { digitsOf, formatted, missing, mask };
})();

const $views = (() => {
// Drawing: one function per screen. Each returns {node} and, where something changes in place, tick(context).
// A context is {snapshot, local, now, phone, do, support, marketplace}; `do` holds what the owner can ask for.

const { h, icon, say } = $dom;
const { has, language, t } = $i18n;
const { asMinutes, markPassed, secondsLeft } = $countdown;
const { digitsOf, formatted, mask, missing } = $phone;
const { actions, advice, badge, button, copyText, countdown, heading, how, journey, linkButton, nowrap, numberLine, paragraph, stageWord } = $parts;
const { isDone, isFresh } = $screens;

/** Draw a screen by its name. */
function draw(screen, context) {
  const view = VIEWS[screen] ?? ((context) => message(screen, context, MESSAGES[screen]));
  const drawn = view(context, screen);
  return drawn instanceof Node ? { node: drawn, tick() {} } : drawn;
}

/** The heading of a screen as text, for the window's title. */
function titleOf(node) {
  return node.querySelector("h1").textContent;
}

const box = (...children) => h("div", { class: "screen" }, ...children);

const text = (screen, part, params) => (has(`screens.${screen}.${part}`) ? t(`screens.${screen}.${part}`, params) : null);

// -- screens that say what happened, what to do, and offer one thing ------------------------------------------------

const again = (context) => context.do.again();

const MESSAGES = {
  offline: { sign: "offline", tone: "quiet" },
  stale: { sign: "link", tone: "quiet", leave: "to_marketplace" },
  passive: { sign: "tabs", tone: "quiet", act: (context) => context.do.takeOver() },
  not_requested: { sign: "clock", tone: "info", leave: "to_marketplace", second: (context) => context.do.refresh() },
  expired: { sign: "clock", tone: "quiet", leave: "to_marketplace" },
  gone: { sign: "stage-gone", tone: "quiet", leave: "to_marketplace" },
  frozen: { sign: "stage-frozen", tone: "warn", leave: "screens.frozen.primary" },
  refused: { sign: "stage-attention", tone: "bad", write: true, number: true },
  qr_over: { sign: "refresh", tone: "info", act: (context) => context.do.showQr() },
  code_over: { sign: "refresh", tone: "info", act: (context) => context.do.newCode() },
  replaced: { sign: "devices", tone: "warn", act: (context) => context.do.showQr() },
  logged_out: { sign: "power", tone: "warn", act: again },
  restricted: { sign: "stage-gone", tone: "bad", write: true },
  too_many: { sign: "devices", tone: "warn", act: again },
  unreachable: { sign: "offline", tone: "warn", act: again, write: true },
  away: { sign: "offline", tone: "warn", leave: "back", write: true },
  outdated: { sign: "refresh", tone: "info", leave: "back" },
  passkey: { sign: "key", tone: "warn", act: again, write: true },
  passkey_over: { sign: "key", tone: "warn", act: again, write: true },
  rejected: { sign: "keypad", tone: "warn", act: again },
  failed: { sign: "stage-attention", tone: "bad", act: again },
};

function message(screen, context, { sign, tone, act, second, leave, write, number }) {
  const first = act && button("primary", text(screen, "primary"), () => act(context));
  const out = leave && linkButton("primary", leaveLabel(leave), context.marketplace);
  return box(
    badge(sign, tone),
    heading(text(screen, "title")),
    paragraph(messageText(screen, context)),
    advice(text(screen, "next")),
    number && numberLine(context.snapshot.whatsapp.phone),
    actions(
      first, out,
      write && writeToUs(context, !act && !leave),
      second && button("secondary", text(screen, "secondary"), () => second(context)),
    ),
  );
}

function leaveLabel(key) {
  return t(key.includes(".") ? key : `common.${key}`);
}

function messageText(screen, { snapshot }) {
  if (screen === "away" || screen === "unreachable") return text(screen, "text", { time: asDate(snapshot.whatsapp.since) });
  if (screen === "stale" && snapshot?.whatsapp.state === "connected") return text("stale", "text_linked");
  const cause = screen === "refused" && snapshot.partner.error;
  const sentence = cause && has(`partner_errors.${cause}`) ? `${t(`partner_errors.${cause}`)} ` : "";
  return sentence + text(screen, "text");
}

function writeToUs({ support, marketplace }, isFirst) {
  const kind = isFirst ? "primary" : "secondary";
  if (support) return linkButton(kind, t("common.support_link"), support);
  return isFirst ? linkButton(kind, t("common.back"), marketplace) : null;
}

// -- waiting ---------------------------------------------------------------------------------------------------------

const PATIENCE = 10000; // after this long a waiting screen says what to do

const JOURNEYS = {
  checking: ["bot", "salon"], preparing: ["bot", "chat"], relinking: ["bot", "phone"], linking: ["phone", "bot"],
  awaiting_passkey: ["phone", "key"],
  passkey_confirm: ["phone", "bot"], reconnecting: ["phone", "bot"], activating: ["bot", "salon"],
};

function waiting(context, screen) {
  const more = h("p", { class: "advice", role: "status" });
  const retry = screen === "preparing" && button("secondary", text(screen, "secondary"), () => context.do.again());
  const row = actions(retry);
  row.hidden = true;
  const node = box(
    journey(...JOURNEYS[screen]),
    heading(text(screen, "title")),
    paragraph(text(screen, "text")),
    screen === "activating" && linkedNumber(context),
    more, row,
  );
  return { node, tick: ({ waited }) => explain(more, row, screen, waited) };
}

function explain(more, row, screen, waited) {
  if (waited < PATIENCE || more.childElementCount) return;
  more.append(icon("clock"), h("span", {}, text(screen, "more")));
  row.hidden = false;
}

function delayed(context) {
  const when = h("p", { class: "quiet" });
  const node = box(
    journey("bot", "salon"),
    heading(text("delayed", "title")),
    paragraph(text("delayed", "text")),
    when,
    linkedNumber(context),
    actions(linkButton("primary", t("common.back"), context.marketplace)),
  );
  return { node, tick: ({ snapshot, now }) => say(when, nextTry(snapshot.partner.next_attempt_at, now)) };
}

function nextTry(at, now) {
  const left = at ? secondsLeft(at, now) : 0;
  return left > 0 ? text("delayed", "retry", { time: asMinutes(left) }) : text("delayed", "now");
}

function linkedNumber({ snapshot, do: doing }) {
  return numberLine(snapshot.whatsapp.phone, () => doing.askAnotherNumber());
}

// -- consent and choices ---------------------------------------------------------------------------------------------

function consent({ do: doing }) {
  const point = (name, sign) => h("li", {}, icon(sign), h("div", {}, h("strong", {}, text("consent", name)), " ", paragraph(text("consent", `${name}_note`), "quiet")));
  return box(
    heading(text("consent", "title")),
    h("ul", { class: "points" }, point("device", "devices"), point("bot", "chat"), point("off", "power")),
    advice(text("consent", "risk"), "stage-attention"),
    actions(button("primary", text("consent", "primary"), doing.agree)),
  );
}

function way({ phone, do: doing }) {
  const device = phone ? "phone" : "desktop";
  const code = choice(`${device}_code`, phone ? "phone" : "keypad", doing.askNumber);
  const qr = choice(`${device}_qr`, phone ? "devices" : "qr", doing.showQr);
  return box(
    heading(text("way", `title_${device}`)),
    h("div", { class: "choices" }, phone ? [code, qr] : [qr, code]),
  );
}

function choice(name, sign, onclick) {
  const words = h("span", {}, h("strong", {}, text("way", name)), h("span", { class: "quiet" }, text("way", `${name}_note`)));
  return h("button", { type: "button", class: "choice", onclick }, icon(sign), words, icon("chevron", "end"));
}

function branches({ snapshot, do: doing }) {
  const done = snapshot.branches.filter((branch) => branch.stage === "active").length;
  return box(
    heading(text("branches", "title")),
    paragraph(text("branches", "text")),
    h("ul", { class: "branches" }, snapshot.branches.map((branch) => h("li", {}, branchRow(branch, doing)))),
    paragraph(text("branches", "done", { n: done, total: snapshot.branches.length }), "quiet"),
  );
}

function branchRow(branch, doing) {
  const name = h("span", { class: "name" }, h("strong", {}, branch.title), branch.city && h("span", { class: "quiet" }, branch.city));
  return h("button", { type: "button", class: "choice", onclick: () => doing.choose(branch.id) }, name, stageWord(branch.stage), icon("chevron", "end"));
}

// -- QR ----------------------------------------------------------------------------------------------------------------

function qr(context) {
  const image = h("img", { class: "qr-image", width: 264, height: 264, alt: text("qr", "alt") });
  const wait = h("span", { class: "spinner", "aria-hidden": "true" });
  const frame = h("div", { class: "qr-box" }, image, wait);
  const left = countdown();
  const steps = how([step("phone", "qr", "step_open"), step("devices", "qr", "step_devices"), step("camera", "qr", "step_scan")]);
  const node = box(
    heading(text("qr", "title")),
    h("div", { class: "qr-layout" }, h("div", { class: "qr-column" }, frame, left.node), steps),
    actions(button("secondary", text("qr", context.phone ? "switch_phone" : "switch_desktop"), context.do.askNumber)),
  );
  return { node, tick: (latest) => tickQr(image, wait, left, latest) };
}

function step(picture, screen, name) {
  return [picture, text(screen, name), text(screen, `${name}_note`)];
}

function tickQr(image, wait, left, { snapshot, now, announce }) {
  const code = isFresh(snapshot.qr, now) ? snapshot.qr : null;
  image.hidden = !code;
  wait.hidden = Boolean(code);
  if (!code) {
    image.removeAttribute("src");
    return left.update(0, text("qr", "renewing"));
  }
  if (image.getAttribute("src") !== code.image) image.setAttribute("src", code.image);
  return showLeft(left, code, now, "qr.renews", announce);
}

function showLeft(left, secret, now, key, announce) {
  const seconds = secondsLeft(secret.expires_at, now);
  const whole = Math.max(1, secondsLeft(secret.expires_at, Date.parse(secret.issued_at)));
  left.update(Math.min(1, seconds / whole), t(`screens.${key}`, { seconds, time: asMinutes(seconds) }));
  announce(key.split(".")[0], secret.expires_at, seconds);
}

// -- number and pairing code ---------------------------------------------------------------------------------------

function number({ local, do: doing }) {
  const field = h("input", {
    id: "phone", name: "phone", type: "tel", inputmode: "tel", autocomplete: "tel", maxlength: 24,
    "aria-describedby": "phone-hint phone-wrong", required: true,
  });
  const wrong = h("p", { id: "phone-wrong", class: "wrong", role: "alert" });
  field.value = formatted(local.phone || "+7") + (local.phone ? "" : " ");
  field.addEventListener("input", () => {
    mask(field);
    doing.typed(field.value);
    say(wrong, "");
    field.removeAttribute("aria-invalid");
  });
  // A tap on the left of the field must not put the digits before the country code.
  field.addEventListener("focus", () => setTimeout(() => field.value.length <= 3 && field.setSelectionRange(9, 9)));
  const form = h("form", { class: "screen", novalidate: true, onsubmit: (event) => submitNumber(event, field, wrong, doing) },
    heading(text("number", "title")),
    paragraph(text("number", "text")),
    h("label", { for: "phone" }, text("number", "label")),
    field,
    h("p", { id: "phone-hint", class: "quiet" }, text("number", "hint")),
    wrong,
    actions(
      h("button", { type: "submit", class: "button primary" }, h("span", {}, text("number", "primary"))),
      button("secondary", text("number", "switch"), doing.showQr),
    ),
  );
  return { node: form, tick: ({ local: latest }) => latest.phoneWrong && tellWrong(field, wrong, latest.phoneWrong) };
}

function submitNumber(event, field, wrong, doing) {
  event.preventDefault();
  const short = missing(field.value);
  if (short === 0) return doing.getCode(digitsOf(field.value));
  tellWrong(field, wrong, short < 0 ? text("number", "wrong") : text("number", "short", { n: short }));
  return field.focus();
}

function tellWrong(field, wrong, words) {
  say(wrong, words);
  field.setAttribute("aria-invalid", "true");
}

function code(context) {
  const shown = h("p", { class: "code" });
  const forPhone = h("p", { class: "quiet" });
  const left = countdown();
  const copy = copyButton(() => shown.dataset.code);
  const steps = [step("devices", "code", "step_open"), step("link", "code", "step_number"), step("keypad", "code", "step_enter")];
  const node = box(
    heading(text("code", "title")),
    forPhone,
    h("div", { class: "code-box" }, shown, copy, left.node),
    paragraph(text("code", "keep"), "centre"),
    how(steps),
    actions(
      button("secondary", text("code", "secondary"), context.do.newCode),
      button("text", text("code", "switch"), context.do.showQr),
    ),
  );
  return { node, tick: (latest) => tickCode(shown, forPhone, left, latest) };
}

function tickCode(shown, forPhone, left, { snapshot, now, announce }) {
  const issued = snapshot.pairing_code;
  if (!isFresh(issued, now)) return shown.replaceChildren();
  if (shown.dataset.code !== issued.code || !shown.childElementCount) shown.replaceChildren(...spelled(issued.code));
  shown.dataset.code = issued.code;
  say(forPhone, text("code", "for_phone", { phone: nowrap(issued.phone) }));
  return showLeft(left, issued, now, "code.valid", announce);
}

function spelled(word) {
  const letters = [...word].map((letter) => (letter === "-" ? text("code", "dash") : letter)).join(", ");
  const half = (part) => h("span", { class: "half" }, [...part].map((letter) => h("span", {}, letter)));
  const [first, second] = word.split("-");
  return [
    h("span", { class: "visually-hidden" }, text("code", "spelled", { letters })),
    h("span", { class: "letters", "aria-hidden": "true" }, half(first), h("span", { class: "dash" }, "-"), half(second ?? "")),
  ];
}

function copyButton(word) {
  const label = h("span", { "aria-live": "polite" }, text("code", "copy"));
  const sign = h("span", { class: "sign" }, icon("copy"));
  const node = h("button", { type: "button", class: "button primary" }, sign, label);
  node.addEventListener("click", async () => {
    const done = await copyText(word());
    sign.replaceChildren(icon(done ? "check" : "copy"));
    say(label, text("code", done ? "copied" : "copy_failed"));
    if (!done) getSelection().selectAllChildren(node.parentElement.querySelector(".letters"));
    setTimeout(() => { sign.replaceChildren(icon("copy")); say(label, text("code", "copy")); }, 4000);
  });
  return node;
}

// -- linked and done ---------------------------------------------------------------------------------------------------

function linked({ snapshot, do: doing }) {
  const phone = snapshot.whatsapp.phone;
  return box(
    badge("check", "ok"),
    heading(phone ? text("linked", "title", { phone: nowrap(phone) }) : text("linked", "title_plain")),
    paragraph(text("linked", "text")),
    actions(
      button("primary", text("linked", "primary"), doing.numberIsRight),
      button("secondary", text("linked", "secondary"), doing.askAnotherNumber),
    ),
  );
}

function relink({ snapshot, do: doing }) {
  const phone = snapshot.whatsapp.phone;
  return box(
    badge("phone", "warn"),
    heading(text("relink", "title")),
    paragraph(phone ? text("relink", "text", { phone: nowrap(phone) }) : text("relink", "text_plain")),
    actions(
      button("primary", text("relink", "secondary"), doing.keepNumber),
      button("secondary", text("relink", "primary"), doing.relink),
    ),
  );
}

function otherPhone({ snapshot, do: doing }) {
  const { phone, expected_phone: expected } = snapshot.whatsapp;
  return box(
    badge("phone", "warn"),
    heading(text("other_phone", "title", { phone: nowrap(phone) })),
    paragraph(text("other_phone", "text", { phone: nowrap(expected) })),
    advice(text("other_phone", "next")),
    actions(
      button("primary", text("other_phone", "primary"), doing.keepPhone),
      button("secondary", text("other_phone", "secondary"), doing.relink),
    ),
  );
}

function done(context, screen) {
  const next = context.snapshot.branches.find((branch) => branch.id !== context.snapshot.salon.id && !isSettled(branch));
  return box(
    h("div", { class: "success" }, icon("check")),
    heading(text(screen, "title")),
    paragraph(text(screen, "text"), "centre"),
    linkedNumber(context),
    actions(
      next && button("primary", text("active", "primary_next"), () => context.do.choose(next.id)),
      linkButton(next ? "secondary" : "primary", t("common.back"), context.marketplace),
    ),
  );
}

function isSettled(branch) {
  return branch.stage === "active" || branch.stage === "gone" || branch.stage === "frozen";
}

function tempBanned(context) {
  const until = context.snapshot.whatsapp.banned_until;
  const over = until && secondsLeft(until, context.now) === 0;
  const words = until ? text("temp_banned", "text", { time: asDate(until) }) : text("temp_banned", "text_plain");
  const retry = () => button("primary", text("temp_banned", "primary"), () => context.do.again());
  return box(
    badge("clock", "warn"),
    heading(text("temp_banned", "title")),
    paragraph(over ? text("temp_banned", "over") : words),
    over ? null : advice(text("temp_banned", "next")),
    actions(over ? retry() : writeToUs(context, true)),
  );
}

function asDate(moment) {
  const shape = { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(language() === "en" ? "en-GB" : "ru-RU", shape).format(new Date(moment));
}

const VIEWS = {
  checking: waiting, preparing: waiting, relinking: waiting, linking: waiting, awaiting_passkey: waiting,
  passkey_confirm: waiting, other_phone: otherPhone, reconnecting: waiting, activating: waiting, delayed, branches, consent, way, qr, number, code, linked, relink,
  active: done, already: done, temp_banned: tempBanned,
};

/** The names of all screens there are. */
const SCREENS = [...Object.keys(VIEWS), ...Object.keys(MESSAGES)];

/** What a screen depends on besides the clock: when it changes, the screen is drawn anew. */
function keyOf(screen, { snapshot, phone, local, now }) {
  const parts = [screen, language(), phone, snapshot?.salon.id, snapshot?.whatsapp.phone, snapshot?.partner.error];
  if (screen === "other_phone") parts.push(snapshot.whatsapp.expected_phone);
  if (screen === "away" || screen === "unreachable") parts.push(snapshot.whatsapp.since);
  if (screen === "branches" || screen === "active" || screen === "already") parts.push(JSON.stringify(snapshot.branches));
  if (screen === "temp_banned") parts.push(snapshot.whatsapp.banned_until, secondsLeft(snapshot.whatsapp.banned_until ?? 0, now) === 0);
  if (screen === "stale") parts.push(snapshot ? isDone(snapshot) : local.link);
  return parts.join("|");
}

/** A speaker of countdowns: says 30 and 10 seconds once for each deadline, through `speak(text)`. */
function makeAnnouncer(speak) {
  let last = { deadline: null, seconds: 0 };
  return (screen, deadline, seconds) => {
    const before = last.deadline === deadline ? last.seconds : seconds;
    last = { deadline, seconds };
    const mark = markPassed(before, seconds);
    if (mark !== null) speak(t(`screens.${screen}.said`, { n: mark }));
  };
}

return { draw, titleOf, SCREENS, keyOf, makeAnnouncer };
})();

const $main = (() => {
// The page: takes the link's token, watches the server and draws the screen that snapshot and owner call for.

const { Refusal, makeApi } = $api;
const { makeClock } = $countdown;
const { h, icon, say } = $dom;
const { has, language, setLanguage, setUpTexts, t } = $i18n;
const { makeLive } = $live;
const { button } = $parts;
const { freshLocal, isAnswered, isDone, isNewer, screenOf, stepOf, withNewestStages } = $screens;
const { makeTabs } = $tabs;
const { TEXTS } = $texts;
const { dropLanguage, takeToken } = $token;
const { draw, keyOf, makeAnnouncer, titleOf } = $views;

const TICK = 250;
const LATE = 700; // a QR this long past its end and no news: ask

const LASTING = new Set(["offline", "trouble"]); // notices that go by themselves

const WITHOUT_STEPS = new Set(["stale", "offline", "passive", "expired", "gone", "not_requested"]);

const at = (id) => document.getElementById(id);
const page = document.querySelector(".page");
const token = takeToken(location, history);
const api = makeApi(token);
const clock = makeClock();
const snapshots = new Map(); // by salon id
const local = { ...freshLocal(), phone: "", phoneWrong: "", notice: null };
const announce = makeAnnouncer((words) => say(at("spoken"), words));

let first = null; // the salon the link opens with
let live = null;
let tabs = null;
let shown = { key: null, screen: null, since: 0, view: null };
let askedFor = null;

function begin() {
  setUpTexts(TEXTS, new URLSearchParams(location.search).get("lang"));
  remember();
  listen();
  if (!token) local.link = "stale";
  show();
  if (token) follow();
  setInterval(tick, TICK);
}

function follow() {
  const on = { snapshot: take, online, trouble, linkOver };
  live = makeLive({ api, token, salonId: () => local.salonId, on });
  live.open();
}

// -- news ----------------------------------------------------------------------------------------------------------------

function take(snapshot) {
  if (local.link === "stale" || !isNewer(snapshots.get(snapshot.salon.id), snapshot)) return;
  clock.anchor(snapshot.server_time);
  snapshots.set(snapshot.salon.id, snapshot);
  first ??= snapshot.branches[0]?.id ?? snapshot.salon.id;
  tabs ??= makeTabs(`onboarding-${first}`, passive);
  if (isCurrent(snapshot)) settle(snapshot);
  show();
}

function isCurrent(snapshot) {
  return snapshot.salon.id === (local.salonId ?? first);
}

function settle(snapshot) {
  if (isAnswered(local.busy, snapshot, clock.now())) local.busy = null;
  const state = snapshot.whatsapp.state;
  if (state === "linking" || state === "connected") local.form = null;
  if (state !== "connected") Object.assign(local, { confirm: false, numberOk: false });
  if (!isDone(snapshot)) meet(snapshot.salon.id);
}

/** Remember that this tab saw the salon before it was ready: it may then say «Готово» rather than «уже подключён». */
function meet(salonId) {
  if (local.met.includes(salonId)) return;
  local.met = [...local.met, salonId];
  keep();
}

function online(yes) {
  if (local.online === yes) return;
  local.online = yes;
  show();
}

function trouble(yes) {
  local.trouble = yes;
  show();
}

function linkOver() {
  local.link = "stale";
  live.close();
  show();
}

function passive(yes) {
  local.passive = yes;
  show();
}

// -- what the owner asks for -------------------------------------------------------------------------------------------

const doing = {
  agree: () => change({ consent: true }),
  askNumber: () => change({ form: "number" }),
  typed: (value) => Object.assign(local, { phone: value, phoneWrong: "" }),
  showQr: () => ask("qr", "request-qr", {}, (salonId) => api.qr(salonId)),
  getCode(phone) {
    local.phone = `+${phone}`;
    ask("code", "request-pairing-code", { phoneNumber: local.phone }, (salonId) => api.pairingCode(local.phone, salonId));
  },
  newCode: () => (local.phone ? doing.getCode(local.phone.replace(/\D/g, "")) : doing.askNumber()),
  again: () => change({ form: "way", consent: true }),
  askAnotherNumber: () => change({ confirm: true }),
  keepNumber: () => change({ confirm: false, numberOk: true }),
  numberIsRight: () => change({ numberOk: true }),
  relink() {
    local.phone = "";
    meet(current().salon.id);
    Object.assign(local, { confirm: false, consent: true });
    ask("relink", "relink", {}, (salonId) => api.relink(salonId).then(take));
  },
  keepPhone() {
    local.numberOk = true;
    ask("keep", "confirm-phone", {}, (salonId) => api.confirmPhone(salonId).then(take));
  },
  choose(salonId) {
    change({ salonId, form: null, confirm: false, numberOk: false, phone: "" });
    if (!snapshots.has(salonId)) live.refresh();
  },
  refresh: () => live.refresh(),
  takeOver: () => tabs.take(),
};

function change(more) {
  Object.assign(local, more, { notice: null });
  keep();
  show();
}

async function ask(busy, event, payload, byHttp) {
  const salonId = local.salonId;
  change({ busy, consent: true });
  const mine = (askedFor = {});
  try {
    await live.ask(event, salonId === null ? payload : { ...payload, salonId }, () => byHttp(salonId), () => mine === askedFor);
    if (mine === askedFor) Object.assign(local, { form: null });
  } catch (refusal) {
    if (mine === askedFor) refused(refusal);
  }
  if (mine !== askedFor) return;
  local.busy = null;
  keep();
  show();
}

function refused(refusal) {
  if (!(refusal instanceof Refusal)) throw refusal;
  if (refusal.code === "invalid_phone") {
    Object.assign(local, { form: "number", phoneWrong: `${t("errors.invalid_phone.text")} ${t("errors.invalid_phone.action")}` });
  } else if (refusal.code !== "not_pairing" || !isConnecting()) {
    local.notice = refusal.code;
  }
}

/** The phone was quicker than the request: then its refusal is no news. */
function isConnecting() {
  return ["linking", "connected"].includes(current()?.whatsapp.state);
}

// -- what survives a reload: not in storage, only in this tab's history entry ------------------------------------------

function keep() {
  const { consent, form, salonId, met } = local;
  history.replaceState({ ...history.state, onboarding: { consent, form, salonId, met } }, "");
}

function remember() {
  Object.assign(local, history.state?.onboarding ?? {});
}

// -- drawing -------------------------------------------------------------------------------------------------------------

function current() {
  const snapshot = snapshots.get(local.salonId ?? first);
  return snapshot ? { ...snapshot, branches: withNewestStages(snapshot, snapshots) } : null;
}

function context() {
  const snapshot = current();
  local.now = clock.now() + TICK; // what ends before the next look has ended: an old code is never seen
  return {
    snapshot, local, now: local.now, phone: isPhone(), do: doing, announce,
    marketplace: snapshot?.links.marketplace ?? page.dataset.marketplace,
    support: snapshot?.links.support ?? page.dataset.support ?? null,
    waited: waitedFor(snapshot, local.now),
  };
}

/** How long the screen shown has been waiting: since the server's change, so that a reload does not start anew. */
function waitedFor(snapshot, now) {
  const here = performance.now() - shown.since;
  const since = { activating: snapshot?.partner.since, linking: snapshot?.whatsapp.since }[shown.screen];
  return since ? Math.max(here, now - Date.parse(since)) : here;
}

function isPhone() {
  const handheld = /Android|iPhone|iPad|iPod|Mobile/i.test(navigator.userAgent);
  return handheld || innerWidth < 600 || matchMedia("(hover: none) and (pointer: coarse)").matches;
}

function show() {
  const latest = context();
  const screen = screenOf(latest.snapshot, local);
  const key = keyOf(screen, latest);
  if (key !== shown.key) put(screen, key, latest);
  frame(screen, latest);
  shown.view.tick(context());
}

function put(screen, key, latest) {
  const isNew = screen !== shown.screen;
  const isFirst = shown.key === null;
  const view = draw(screen, latest);
  const focused = isNew ? -1 : controls().indexOf(document.activeElement);
  at("screen").replaceChildren(view.node);
  controls()[focused]?.focus();
  shown = { key, screen, view, since: isNew ? performance.now() : shown.since };
  document.title = `${titleOf(view.node)} — AI-Admin`;
  at("screen").dataset.screen = screen;
  if (isNew && !isFirst) moveTo(view.node.querySelector("h1"));
}

function controls() {
  return [...at("screen").querySelectorAll("button, a, input")];
}

function moveTo(title) {
  scrollTo(0, 0);
  title.focus({ preventScroll: true });
}

function frame(screen, { snapshot, support }) {
  const several = snapshot && snapshot.branches.length > 1 && local.salonId !== null && screen !== "stale";
  at("all-branches").hidden = !several;
  if (snapshot) {
    say(at("salon"), screen === "branches" ? "" : [snapshot.salon.title, snapshot.salon.city].filter(Boolean).join(", "));
    say(at("support-code"), snapshot.support_code);
  }
  at("support-link").hidden = !support;
  if (support) at("support-link").href = support;
  at("steps").hidden = WITHOUT_STEPS.has(screen);
  markSteps(stepOf(screen));
  notices(screen);
}

function markSteps(step) {
  [...at("steps").children].forEach((item, index) => {
    item.dataset.state = index + 1 < step ? "past" : index + 1 === step ? "now" : "ahead";
    if (index + 1 === step) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  });
}

function notices(screen) {
  const isOffline = !local.online && screen !== "offline" && screen !== "stale";
  const isTrouble = local.trouble && local.online && screen !== "stale";
  const code = isOffline || local.notice === "offline" ? "offline" : isTrouble ? "trouble" : local.notice;
  const wanted = code ? `${code}|${language()}` : "";
  const place = at("notice");
  if (place.dataset.shown === wanted) return;
  place.dataset.shown = wanted;
  place.replaceChildren(...(code ? noticeParts(code, isOffline || isTrouble) : []));
}

function noticeParts(code, lasting) {
  const known = has(`errors.${code}`) ? code : "internal";
  const words = LASTING.has(code) ? t(`ui.${code}`) : `${t(`errors.${known}.title`)}. ${t(`errors.${known}.text`)} ${t(`errors.${known}.action`)}`;
  const close = lasting ? null : button("text", t("ui.close"), () => change({ notice: null }));
  return [icon(code === "offline" ? "offline" : "stage-attention"), h("span", {}, words), close].filter(Boolean);
}

let lateFor = null;

function tick() {
  const latest = context();
  const secret = latest.snapshot?.qr ?? latest.snapshot?.pairing_code;
  if (live && secret && lateFor !== secret.expires_at && latest.now > Date.parse(secret.expires_at) + LATE) {
    lateFor = secret.expires_at;
    live.refresh();
  }
  show();
}

// -- the frame's own controls ------------------------------------------------------------------------------------------

function listen() {
  for (const link of document.querySelectorAll("[data-lang]")) link.addEventListener("click", switchLanguage);
  at("all-branches").addEventListener("click", () => change({ salonId: null, form: null, confirm: false }));
  document.addEventListener("visibilitychange", () => document.hidden || live?.wake());
  addEventListener("pageshow", (event) => event.persisted && live?.wake());
  addEventListener("pagehide", () => live?.rest());
  addEventListener("online", () => live?.wake());
  addEventListener("offline", () => online(false));
  translateFrame();
}

function switchLanguage(event) {
  event.preventDefault();
  setLanguage(event.currentTarget.dataset.lang);
  dropLanguage(location, history);
  translateFrame();
  show();
}

function translateFrame() {
  for (const element of document.querySelectorAll("[data-text]")) say(element, t(element.dataset.text));
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
  for (const link of document.querySelectorAll("[data-lang]")) {
    if (link.dataset.lang === language()) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

begin();

return {  };
})();

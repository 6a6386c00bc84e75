// The page: takes the link's token, watches the server and draws the screen that snapshot and owner call for.

import { Refusal, makeApi } from "./api.js";
import { makeClock } from "./countdown.js";
import { h, icon, say } from "./dom.js";
import { has, language, setLanguage, setUpTexts, t } from "./i18n.js";
import { makeLive } from "./live.js";
import { button } from "./parts.js";
import { freshLocal, isAnswered, isDone, isNewer, screenOf, stepOf, withNewestStages } from "./screens.js";
import { makeTabs } from "./tabs.js";
import { TEXTS } from "./texts.js";
import { dropLanguage, takeToken } from "./token.js";
import { draw, keyOf, makeAnnouncer, titleOf } from "./views.js";

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

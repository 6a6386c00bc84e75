// Drawing: one function per screen. Each returns {node} and, where something changes in place, tick(context).
// A context is {snapshot, local, now, phone, do, support, marketplace}; `do` holds what the owner can ask for.

import { h, icon, say } from "./dom.js";
import { has, language, t } from "./i18n.js";
import { asMinutes, markPassed, secondsLeft } from "./countdown.js";
import { digitsOf, formatted, mask, missing } from "./phone.js";
import {
  actions, advice, badge, button, copyText, countdown, heading, how, journey, linkButton, nowrap, numberLine,
  paragraph, stageWord,
} from "./parts.js";
import { isDone, isFresh } from "./screens.js";

/** Draw a screen by its name. */
export function draw(screen, context) {
  const view = VIEWS[screen] ?? ((context) => message(screen, context, MESSAGES[screen]));
  const drawn = view(context, screen);
  return drawn instanceof Node ? { node: drawn, tick() {} } : drawn;
}

/** The heading of a screen as text, for the window's title. */
export function titleOf(node) {
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
export const SCREENS = [...Object.keys(VIEWS), ...Object.keys(MESSAGES)];

/** What a screen depends on besides the clock: when it changes, the screen is drawn anew. */
export function keyOf(screen, { snapshot, phone, local, now }) {
  const parts = [screen, language(), phone, snapshot?.salon.id, snapshot?.whatsapp.phone, snapshot?.partner.error];
  if (screen === "other_phone") parts.push(snapshot.whatsapp.expected_phone);
  if (screen === "away" || screen === "unreachable") parts.push(snapshot.whatsapp.since);
  if (screen === "branches" || screen === "active" || screen === "already") parts.push(JSON.stringify(snapshot.branches));
  if (screen === "temp_banned") parts.push(snapshot.whatsapp.banned_until, secondsLeft(snapshot.whatsapp.banned_until ?? 0, now) === 0);
  if (screen === "stale") parts.push(snapshot ? isDone(snapshot) : local.link);
  return parts.join("|");
}

/** A speaker of countdowns: says 30 and 10 seconds once for each deadline, through `speak(text)`. */
export function makeAnnouncer(speak) {
  let last = { deadline: null, seconds: 0 };
  return (screen, deadline, seconds) => {
    const before = last.deadline === deadline ? last.seconds : seconds;
    last = { deadline, seconds };
    const mark = markPassed(before, seconds);
    if (mark !== null) speak(t(`screens.${screen}.said`, { n: mark }));
  };
}

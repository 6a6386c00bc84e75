// The pieces screens are put together from.

import { h, s, icon, say } from "./dom.js";
import { t } from "./i18n.js";

/** The heading of a screen; focus moves here when the screen changes. */
export function heading(text) {
  return h("h1", { tabindex: "-1" }, text);
}

/** A paragraph, or nothing when there is no text. */
export function paragraph(text, kind = "") {
  return text ? h("p", { class: kind || null }, text) : null;
}

/** A button. `kind` is primary, secondary or text. */
export function button(kind, label, onclick, iconName = null) {
  return h("button", { type: "button", class: `button ${kind}`, onclick }, iconName && icon(iconName), h("span", {}, label));
}

/** A link that looks like a button and leaves the page (also out of a frame). */
export function linkButton(kind, label, href) {
  return h("a", { class: `button ${kind}`, href, target: "_top", rel: "noreferrer" }, h("span", {}, label));
}

/** The row of a screen's actions, at thumb height on phones. */
export function actions(...buttons) {
  return h("div", { class: "actions" }, ...buttons);
}

/** A large round sign above a heading; tone is ok, warn, bad, info or quiet. */
export function badge(name, tone) {
  return h("div", { class: `badge ${tone}` }, icon(name));
}

/** What to do next, in a quiet box. */
export function advice(text, iconName = "info") {
  return text ? h("p", { class: "advice" }, icon(iconName), h("span", {}, text)) : null;
}

/** Two ends and dots moving between them: something is on its way. */
export function journey(from, to) {
  const dots = h("span", { class: "dots" }, h("i"), h("i"), h("i"));
  return h("div", { class: "journey", "aria-hidden": "true" }, h("b", {}, icon(from)), dots, h("b", {}, icon(to)));
}

/** Numbered steps, each with a small picture, a sentence and perhaps a note. */
export function how(steps) {
  const line = ([picture, text, note]) => h("li", {}, icon(picture), h("span", {}, text, note && h("span", { class: "note" }, note)));
  return h("ol", { class: "how" }, steps.map(line));
}

/** The linked number, masked, with the way to another one. */
export function numberLine(phone, onOther) {
  if (!phone) return null;
  const words = h("span", {}, t("ui.number_line", { phone: nowrap(phone) }));
  return h("p", { class: "number-line" }, icon("phone"), words, onOther && button("text", t("ui.other_number"), onOther));
}

/** Keep a number on one line. */
export function nowrap(phone) {
  return phone.replace(/ /g, "\u00a0").replace(/-/g, "\u2011");
}

/** A ring that empties and the words beside it: `update(share, words)`. */
export function countdown() {
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
export function stageWord(stage) {
  return h("span", { class: `stage ${stage}` }, icon(`stage-${stage}`), h("span", {}, t(`stage.${stage}`)));
}

/** Copy text: by the clipboard, else the old way, which also works inside frames. Resolves to whether it worked. */
export async function copyText(text) {
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

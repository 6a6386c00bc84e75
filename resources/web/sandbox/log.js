// The log: every call received and every webhook sent, newest first.

import { fill, h, select } from "./dom.js";
import { moment, own, t } from "./texts.js";

const ROWS_KEPT = 300;

/** Build the section. */
export function logSection(root, about) {
  const operations = new Map(about.operations.map((each) => [each.name, each]));
  const rows = h("div", { class: "rows" });
  const empty = h("p", { class: "empty" });
  const filter = select([["", t("log_all")]], { "aria-label": t("log_filter") });
  let known = "";

  fill(root, h("div", { class: "section-head" }, h("h2", { id: "log-title" }, t("log")), filter), empty, rows);
  filter.addEventListener("change", sift);

  function sift() {
    for (const row of rows.children) row.hidden = Boolean(filter.value) && row.dataset.salon !== filter.value;
    const any = [...rows.children].some((row) => !row.hidden);
    empty.hidden = any;
    empty.textContent = rows.children.length ? t("log_empty_filter") : t("log_empty");
  }

  function offer(salons) {
    const now = JSON.stringify(salons.map((salon) => [salon.id, salon.title]));
    if (now === known) return;
    known = now;
    const before = filter.value;
    fill(filter, [["", t("log_all")], ...salons.map((salon) => [salon.id, salon.title])].map(([value, text]) => h("option", { value }, text)));
    filter.value = [...filter.options].some((each) => each.value === before) ? before : "";
  }

  sift();
  return {
    update(data) {
      offer(data.salons);
      for (const entry of data.log.entries) rows.prepend(logRow(entry, operations));
      while (rows.children.length > ROWS_KEPT) rows.lastElementChild.remove();
      if (data.log.entries.length) sift();
    },
    clear() {
      fill(rows);
      sift();
    },
  };
}

function logRow(entry, operations) {
  const known = operations.get(entry.operation);
  const name = known ? own(known) : t(entry.operation);
  const details = h(
    "details",
    { class: `entry ${entry.direction}`, "data-salon": entry.salon_id ?? "" },
    h(
      "summary",
      {},
      h("time", { datetime: entry.at }, moment(entry.at)),
      h("span", { class: "arrow", role: "img", title: t(`log_${entry.direction}`), "aria-label": t(`log_${entry.direction}`) }, entry.direction === "in" ? "→" : "←"),
      h("span", { class: "what" }, h("span", { class: "op" }, name), tags(entry)),
      h("span", { class: "salon-id" }, entry.salon_id ? String(entry.salon_id) : ""),
      h("span", { class: `status ${tone(entry.status)}` }, entry.status === null ? t("no_answer") : String(entry.status)),
      h("span", { class: "took" }, entry.took_ms === null ? "" : t("ms", { value: Math.round(entry.took_ms) })),
    ),
  );
  // Bodies are drawn when somebody looks.
  details.addEventListener("toggle", () => details.open && details.children.length === 1 && details.append(inside(entry)));
  return details;
}

function tags(entry) {
  const marks = [];
  if (entry.fault) marks.push(h("span", { class: "tag warn" }, t("fault_tag", { name: entry.fault })));
  if (entry.complaints.length) marks.push(h("span", { class: "tag bad" }, t("complaints")));
  if (entry.direction === "out" && entry.note) marks.push(h("span", { class: "tag" }, entry.note));
  return marks;
}

function tone(status) {
  if (status === null || status >= 500) return "bad";
  return status >= 400 ? "warn" : "ok";
}

function inside(entry) {
  const headers = (record) => Object.entries(record).map(([name, value]) => `${name}: ${value}`).join("\n");
  const block = (title, head, body) =>
    h("div", { class: "block" }, h("h4", {}, title), head ? h("pre", {}, head) : null, body ? h("pre", {}, pretty(body)) : h("p", { class: "quiet note" }, t("empty_body")));
  const facts = [
    entry.peer ? `${t("peer")}: ${entry.peer}` : null,
    entry.note && entry.direction === "in" ? `${t("details_note")}: ${entry.note}` : null,
    entry.complaints.length ? `${t("complaints")}: ${entry.complaints.join("; ")}` : null,
  ].filter(Boolean);
  return h(
    "div",
    { class: "inside" },
    h("p", { class: "path" }, h("code", {}, `${entry.method} ${entry.path}`)),
    facts.length ? h("p", { class: "quiet note" }, facts.join(" · ")) : null,
    block(t("request"), headers(entry.request_headers), entry.request_body),
    block(t("answer"), headers(entry.answer_headers), entry.answer_body),
  );
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// The side column: faults, the clock, the rules, the counters.

import * as api from "./api.js";
import { checkbox, field, fill, h, select } from "./dom.js";
import { duration, moment, own, t } from "./texts.js";

const GROUPS = ["refusal", "trouble", "odd", "network", "shape"];
const COUNTS = [1, 2, 3, 5, 10];
const SURE_MS = 4000;

/** Build the column; `refresh` asks for a new overview at once. */
export function toolsColumn(root, about, refresh) {
  const [faults, rules, clock, report] = [faultPanel(about, refresh), rulePanel(about, refresh), clockPanel(refresh), reportPanel()];
  const parts = [faults, rules, clock, report];
  fill(root, faults.element, rules.element, h("div", { class: "pile" }, clock.element, report.element), resetButton(refresh));
  return { update: (data) => parts.forEach((part) => part.update(data)) };
}

function panel(id, title, ...body) {
  return h("section", { class: "panel", id, "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title` }, title), h("div", { class: "panel-body" }, ...body));
}

/** Remember what was drawn, so that a poll that brings nothing new touches nothing. */
function once(draw) {
  let shown = null;
  return (value, ...rest) => {
    const now = JSON.stringify(value);
    if (now !== shown) {
      shown = now;
      draw(value, ...rest);
    }
  };
}

function guarded(result, work, refresh) {
  return async (event) => {
    event?.preventDefault?.();
    result.textContent = "";
    try {
      await work(event);
    } catch (error) {
      result.className = "result bad";
      result.textContent = t("failed", { reason: error.message });
    }
    await refresh();
  };
}

function faultPanel(about, refresh) {
  const kinds = new Map(about.fault_kinds.map((kind) => [kind.name, kind]));
  const operations = new Map(about.operations.map((each) => [each.name, each]));
  const kind = select(GROUPS.map((group) => [t(`group_${group}`), about.fault_kinds.filter((each) => each.group === group).map((each) => [each.name, own(each)])]));
  const operation = select(about.operations.map((each) => [each.name, own(each)]));
  const salon = h("select");
  const count = select([["", t("fault_count_forever")], ...COUNTS.map((each) => [each, t("fault_times", { count: each })])]);
  count.value = "1";
  const seconds = h("input", { type: "number", min: 0, max: 3600, value: 30 });
  const megabytes = h("input", { type: "number", min: 1, max: 512, value: 64 });
  const effect = checkbox(t("fault_effect"));
  const secondsField = field(t("fault_seconds"), seconds);
  const megabytesField = field(t("fault_megabytes"), megabytes);
  const result = h("p", { class: "result", role: "status" });
  const on = h("ul", { class: "faults-on" });

  const show = () => {
    const chosen = kinds.get(kind.value);
    secondsField.hidden = !chosen.uses.includes("seconds");
    megabytesField.hidden = !chosen.uses.includes("megabytes");
    effect.querySelector("input").checked = chosen.effect;
  };
  kind.addEventListener("change", show);
  show();

  const put = guarded(
    result,
    () =>
      api.putFault({
        kind: kind.value,
        operation: operation.value,
        salon_id: salon.value ? Number(salon.value) : null,
        count: count.value ? Number(count.value) : null,
        effect: effect.querySelector("input").checked,
        seconds: Number(seconds.value),
        megabytes: Number(megabytes.value),
      }),
    refresh,
  );
  const clear = (id) => guarded(result, () => api.clearFaults(id), refresh);

  const row = (fault) =>
    h(
      "li",
      { class: "fault" },
      h(
        "div",
        {},
        h("strong", {}, own(kinds.get(fault.kind))),
        h(
          "p",
          { class: "quiet note" },
          [
            own(operations.get(fault.operation)),
            fault.salon_id ? `id ${fault.salon_id}` : null,
            fault.remaining === null ? t("fault_forever") : t("fault_remaining", { count: fault.remaining }),
            t("fault_taken", { count: fault.taken }),
            t(fault.effect ? "fault_does" : "fault_does_not"),
          ]
            .filter(Boolean)
            .join(" · "),
        ),
      ),
      h("button", { type: "button", class: "button small-button", onclick: clear(fault.id) }, t("fault_off")),
    );

  const drawFaults = once((faults) => {
    fill(on, faults.length ? faults.map(row) : h("li", { class: "quiet" }, t("faults_none")));
    clearAll.hidden = faults.length < 2;
  });
  const drawSalons = once((salons) => {
    const before = salon.value;
    fill(salon, [["", t("log_all")], ...salons].map(([value, text]) => h("option", { value }, text)));
    salon.value = [...salon.options].some((each) => each.value === before) ? before : "";
  });
  const clearAll = h("button", { type: "button", class: "button quiet-button", hidden: true, onclick: clear(undefined) }, t("fault_clear"));

  return {
    element: panel(
      "faults",
      t("faults"),
      on,
      clearAll,
      h(
        "form",
        { class: "stack", onsubmit: put },
        h(
          "div",
          { class: "row pairs" },
          field(t("fault_kind"), kind, "field wide"),
          field(t("fault_operation"), operation, "field wide"),
          field(t("fault_salon"), salon),
          field(t("fault_count"), count),
          secondsField,
          megabytesField,
        ),
        effect,
        h("button", { type: "submit", class: "button" }, t("fault_on")),
        result,
      ),
    ),
    update(data) {
      drawFaults(data.faults);
      drawSalons(data.salons.map((each) => [each.id, each.title]));
    },
  };
}

function clockPanel(refresh) {
  const now = h("time", { class: "clock" });
  const shift = h("span", { class: "quiet" });
  const result = h("p", { class: "result", role: "status" });
  const button = (word, body) => h("button", { type: "button", class: "button small-button", onclick: guarded(result, () => api.shiftClock(body), refresh) }, t(word));
  const back = button("clock_reset", { reset: true });
  const options = { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", second: "2-digit" };
  return {
    element: panel(
      "clock",
      t("clock"),
      h("p", { class: "clock-line" }, now, " ", shift),
      h("div", { class: "buttons small" }, button("clock_hour", { shift_s: 3600 }), button("clock_half_day", { shift_s: 43200 }), button("clock_month", { shift_s: 2592000 }), back),
      result,
    ),
    update({ clock }) {
      now.textContent = moment(clock.now, options);
      now.dateTime = clock.now;
      const moved = clock.shift_s;
      shift.textContent = moved ? t("clock_shift", { time: (moved > 0 ? "+" : "−") + duration(Math.abs(moved)) }) : t("clock_exact");
      back.disabled = !moved;
    },
  };
}

function rulePanel(about, refresh) {
  const result = h("p", { class: "result", role: "status" });
  const controls = new Map();
  const turn = (name, read) => guarded(result, () => api.turn({ [name]: read() }), refresh);

  const flags = ["enforce_limits", "retry_after", "private_app", "free_app", "lose_lifecycle", "lose_entity"].map((name) => {
    const label = checkbox(t(`switch_${name}`), { "data-switch": name });
    const box = label.querySelector("input");
    box.addEventListener("change", turn(name, () => box.checked));
    controls.set(name, (value) => (box.checked = value));
    return label;
  });
  const choice = (name, options, read) => {
    const control = select(options, { "data-switch": name });
    control.addEventListener("change", turn(name, () => read(control.value)));
    controls.set(name, (value) => {
      if (![...control.options].some((each) => each.value === String(value))) control.append(h("option", { value }, t("ttl_other", { seconds: value })));
      control.value = String(value);
    });
    return field(t(`switch_${name}`), control);
  };
  const choices = [
    choice("pending_ttl_s", about.pending_ttls.map((each) => [each, t("ttl_hours", { hours: each / 3600 })]), Number),
    choice("activation_body", ["empty", "null", "list", "object"].map((each) => [each, t(`body_${each}`)]), String),
    choice("listed_statuses", ["connected", "active", "all"].map((each) => [each, t(`listed_${each}`)]), String),
  ];
  const draw = once((switches) => Object.entries(switches).forEach(([name, value]) => controls.get(name)?.(value)));
  return {
    element: panel("rules", t("switches"), h("div", { class: "stack" }, flags, choices), result),
    update: (data) => draw(data.switches),
  };
}

function reportPanel() {
  const numbers = h("dl", { class: "numbers" });
  const table = h("div", { class: "table-box" });
  const draw = once((report, salons) => {
    const lines = [
      ["report_calls", report.calls_total],
      ["report_second", report.max_per_second],
      ["report_minute", report.max_per_minute],
      ["report_limited", report.limited],
      ["report_complaints", report.complaints_total],
    ];
    fill(numbers, lines.map(([key, value]) => h("div", {}, h("dt", {}, t(key)), h("dd", {}, String(value)))));
    const seen = salons.filter((salon) => report.salons[salon.id]?.by_install.length);
    fill(table, seen.length ? salonTable(seen, report.salons) : h("p", { class: "quiet" }, t("report_empty")));
  });
  return {
    element: panel("report", t("report"), numbers, table),
    update: (data) => draw(data.report, data.salons),
  };
}

function salonTable(salons, counts) {
  const heads = ["report_salon", "report_installs", "report_keys"];
  return [
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, heads.map((key) => h("th", { scope: "col" }, t(key))))),
      h(
        "tbody",
        {},
        salons.map((salon) => {
          const count = counts[salon.id];
          const bad = count.by_install.some((each) => each.api_keys > 1);
          return h(
            "tr",
            {},
            h("th", { scope: "row", title: salon.title }, salon.title),
            h("td", {}, String(count.installs)),
            h("td", { class: bad ? "bad" : "" }, bad ? `▲ ${count.api_keys}` : String(count.api_keys)),
          );
        }),
      ),
    ),
    h("p", { class: "quiet note" }, t("report_hint")),
  ];
}

function resetButton(refresh) {
  let sure = null;
  const button = h("button", { type: "button", class: "button danger" }, t("reset"));
  const calm = () => {
    clearTimeout(sure);
    sure = null;
    button.textContent = t("reset");
  };
  button.addEventListener("click", async () => {
    if (sure === null) {
      button.textContent = t("reset_sure");
      sure = setTimeout(calm, SURE_MS);
      return;
    }
    calm();
    try {
      await api.reset();
    } finally {
      await refresh();
    }
  });
  return h("div", { class: "reset" }, button);
}

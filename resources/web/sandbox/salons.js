// The salon cards: where each stands, what its owner can press, and its phone.

import * as api from "./api.js";
import { checkbox, field, fill, h, icon, select } from "./dom.js";
import { duration, moment, t } from "./texts.js";

const RING = { cx: 8, cy: 8, r: 6, fill: "none", stroke: "currentColor", "stroke-width": 1.75 };
const SHAPES = {
  uninstalled: [RING],
  pending: [RING, { d: "M8 2a6 6 0 0 1 0 12Z", fill: "currentColor" }],
  active: [{ ...RING, fill: "currentColor" }],
  freezed: [{ d: "M5 3v10M11 3v10", fill: "none", stroke: "currentColor", "stroke-width": 2.5, "stroke-linecap": "round" }],
};
const TROUBLES = ["drop", "replace", "unlink", "ban", "outdated", "crash", "mute", "passkey"];

/** Build the section; `refresh` asks for a new overview at once. */
export function salonsSection(root, about, refresh) {
  const cards = new Map();
  const list = h("div", { class: "cards" });
  const options = connectOptions(about);
  fill(
    root,
    h("div", { class: "section-head" }, h("h2", { id: "salons-title" }, t("salons")), adder(refresh)),
    options.element,
    list,
  );

  return {
    update(data) {
      options.update(data.salons);
      for (const [id, card] of cards) {
        if (!data.salons.some((salon) => salon.id === id)) {
          card.element.remove();
          cards.delete(id);
        }
      }
      for (const salon of data.salons) {
        if (!cards.has(salon.id)) {
          cards.set(salon.id, salonCard(salon, options, refresh));
          list.append(cards.get(salon.id).element);
        }
        cards.get(salon.id).update(salon, data.clock);
      }
    },
  };
}

function adder(refresh) {
  const title = h("input", { type: "text", maxlength: 200, required: true });
  const city = h("input", { type: "text", maxlength: 200 });
  const box = h("details", { class: "popover" }, h("summary", { class: "button quiet-button" }, t("add_salon")));
  const result = h("p", { class: "result", role: "status" });
  const submit = async (event) => {
    event.preventDefault();
    try {
      await api.addSalon({ title: title.value, ...(city.value ? { city: city.value } : {}) });
      event.target.reset();
      box.open = false;
      await refresh();
    } catch (error) {
      say(result, t("failed", { reason: error.message }), "bad");
    }
  };
  box.append(
    h(
      "form",
      { class: "popover-body", onsubmit: submit },
      field(t("add_title"), title),
      field(t("add_city"), city),
      h("button", { class: "button primary", type: "submit" }, t("add")),
      result,
    ),
  );
  return box;
}

function connectOptions(about) {
  const userData = checkbox(t("option_user_data"), { checked: true });
  const form = select(about.branch_forms.map((each) => [each, t(`form_${each}`)]));
  const alphabet = select(about.alphabets.map((each) => [each, t(`alphabet_${each}`)]));
  alphabet.value = "urlsafe";
  const branches = h("div", { class: "branches" });
  let shown = "";

  const ticked = () => [...branches.querySelectorAll("input:checked")].map((box) => Number(box.value));
  // One branch can be named in every form, several only in the list forms.
  branches.addEventListener("change", () => {
    if (ticked().length > 1 && form.value === "salon_id") form.value = "salon_ids[]";
  });

  const element = h(
    "details",
    { class: "panel options" },
    h("summary", {}, t("options")),
    h(
      "div",
      { class: "panel-body" },
      userData,
      h("div", { class: "row roomy" }, field(t("option_form"), form), field(t("option_alphabet"), alphabet)),
      h("fieldset", {}, h("legend", {}, t("option_branches")), branches, h("p", { class: "quiet note" }, t("option_branches_hint"))),
    ),
  );
  return {
    element,
    update(salons) {
      const now = JSON.stringify(salons.map((salon) => [salon.id, salon.title]));
      if (now === shown) return;
      shown = now;
      const before = new Set(ticked());
      fill(branches, salons.map((salon) => checkbox(salon.title, { value: salon.id, checked: before.has(salon.id) })));
    },
    body: (id) => ({
      branches: [...new Set([id, ...ticked()])],
      form: form.value,
      user_data: userData.querySelector("input").checked,
      alphabet: alphabet.value,
    }),
  };
}

function salonCard(first, options, refresh) {
  const id = first.id;
  const badge = h("p", { class: "badge" });
  const left = h("span", { class: "quiet left" });
  const buttons = h("div", { class: "buttons" });
  const result = h("p", { class: "result", role: "status" });
  const history = h("ol", { class: "history" });
  const phone = phonePanel(id, refresh);
  const more = h(
    "div",
    { class: "fold", hidden: true },
    h("div", { class: "buttons small" }, ["pay", "expire", "emit"].map((action) => actionButton(action))),
    h("h4", {}, t("history")),
    history,
  );
  const phoneToggle = toggle("phone", t("phone"), phone.element);
  const element = h(
    "article",
    { class: "card", "data-salon": id },
    h(
      "div",
      { class: "card-head" },
      h("span", { class: "letter", "aria-hidden": "true" }, [...first.title][0] ?? "?"),
      h(
        "div",
        { class: "names" },
        h("h3", { title: first.title }, first.title),
        h("p", { class: "quiet" }, [first.city, first.address].filter(Boolean).join(", ") || "—", " · ", h("span", { class: "id" }, `id ${id}`)),
      ),
      buttons,
    ),
    h(
      "div",
      { class: "standing" },
      badge,
      left,
      h("span", { class: "toggles" }, phoneToggle.element, toggle("more", t("more"), more).element),
    ),
    result,
    phone.element,
    more,
  );
  let shown = "";

  function actionButton(action, className = "", word = action) {
    return h("button", { type: "button", class: `button ${className}`, "data-action": action, onclick: () => run(action) }, t(word));
  }

  async function run(action) {
    const entering = action === "connect" || action === "open";
    // The tab must be opened by the click itself, or the browser takes it for an unwanted one.
    const tab = entering ? window.open("", "_blank") : null;
    say(result, t("working"), "quiet");
    try {
      const answer = await api.salonAction(id, action, entering ? options.body(id) : {});
      if (entering) enter(tab, answer.redirect_url);
      else if (action === "emit") say(result, answer.sent ? t("sent", { count: answer.sent }) : t("sent_none"), answer.sent ? "ok" : "warn");
      else say(result, t("done"), "ok");
    } catch (error) {
      tab?.close();
      say(result, t("failed", { reason: error.message }), "bad");
    }
    await refresh();
  }

  function enter(tab, url) {
    if (tab) {
      tab.opener = null;
      tab.location.replace(url);
      say(result, t("opened"), "ok");
    } else {
      say(result, t("popup"), "warn");
      result.append(" ", h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, t("popup_link")));
    }
  }

  function draw(salon) {
    badge.className = `badge ${salon.status}`;
    fill(badge, icon(SHAPES[salon.status]), h("span", { title: salon.status }, t(`status_${salon.status}`)));
    fill(buttons, mainButtons(salon.status));
    more.querySelector("[data-action=pay]").disabled = !["active", "freezed"].includes(salon.status);
    for (const name of ["expire", "emit"]) more.querySelector(`[data-action=${name}]`).disabled = salon.status !== "active";
    fill(history, salon.logs.length ? salon.logs.toReversed().map(historyRow) : h("li", { class: "quiet" }, t("history_empty")));
  }

  function mainButtons(status) {
    if (status === "uninstalled") return [actionButton("connect", "primary")];
    const first = { pending: ["connect", "primary", "continue"], active: ["open", "", "settings"], freezed: ["pay", "primary"] }[status];
    return [actionButton(...first), actionButton("disconnect", "danger")];
  }

  return {
    element,
    update(salon, clock) {
      const { status, logs } = salon;
      const now = JSON.stringify([status, logs]);
      if (now !== shown) {
        const focused = buttons.contains(document.activeElement);
        draw(salon);
        if (focused) buttons.querySelector("button")?.focus();
        // The phone comes out by itself when it is the next thing to press.
        if (status === "pending") phoneToggle.show(true);
        // Once it works, the way there need not be told any more.
        if (status === "active") say(result, "", "quiet");
        shown = now;
      }
      left.textContent = salon.pending_until
        ? t("left", { time: duration((Date.parse(salon.pending_until) - Date.parse(clock.now)) / 1000) })
        : "";
    },
  };
}

function historyRow(row) {
  return h(
    "li",
    {},
    h("time", { datetime: row.changed_at }, moment(row.changed_at)),
    h("span", {}, `${t(`status_${row.status_from}`)} → ${t(`status_${row.status_to}`)}`),
    h("code", { class: "quiet" }, row.source),
  );
}

function phonePanel(id, refresh) {
  const code = h("input", { type: "text", maxlength: 9, placeholder: t("code_hint"), "aria-label": t("code"), autocomplete: "off", spellcheck: "false" });
  const result = h("p", { class: "result", role: "status" });
  let latest = 0;
  const play = async (action) => {
    const turn = ++latest;
    // An act may wait for the session to be ready for it; only the last one pressed is told of.
    const tell = (...words) => turn === latest && say(result, ...words);
    tell(t("working"), "quiet");
    try {
      const body = action === "enter-code" && code.value.trim() ? { code: code.value.trim().toUpperCase() } : {};
      const answer = await api.phone(id, action, body);
      const good = answer.status < 400;
      const words = answer.body?.error?.message ?? answer.body?.message;
      tell([`${t(`phone_${action}`)}: ${good ? t("done") : answer.status}`, words].filter(Boolean).join(" · "), good ? "ok" : "bad");
    } catch (error) {
      tell(t("failed", { reason: error.message }), "bad");
    }
    await refresh();
  };
  const button = (action, className = "") =>
    h("button", { type: "button", class: `button ${className}`, "data-phone": action, onclick: () => play(action) }, t(`phone_${action}`));
  const byCode = h(
    "form",
    {
      class: "by-code",
      onsubmit: (event) => {
        event.preventDefault();
        play("enter-code");
      },
    },
    code,
    h("button", { type: "submit", class: "button", "data-phone": "enter-code" }, t("phone_enter-code")),
  );
  return {
    element: h(
      "div",
      { class: "fold phone", hidden: true },
      h("div", { class: "buttons" }, button("scan", "primary"), byCode),
      h("div", { class: "buttons small" }, TROUBLES.map((action) => button(action))),
      result,
    ),
  };
}

function toggle(name, text, body) {
  const show = (open) => {
    body.hidden = !open;
    element.setAttribute("aria-expanded", String(open));
  };
  const element = h("button", { type: "button", class: "toggle", "aria-expanded": "false", "data-toggle": name, onclick: () => show(body.hidden) }, text);
  return { element, show };
}

function say(element, text, tone) {
  element.className = `result ${tone}`;
  element.textContent = text;
}

// The sandbox page: draws everything once, then keeps it fresh by asking every second.

import * as api from "./api.js";
import { fill, h } from "./dom.js";
import { logSection } from "./log.js";
import { salonsSection } from "./salons.js";
import { currentLanguage, loadTexts, setLanguage, t } from "./texts.js";
import { toolsColumn } from "./tools.js";

const EVERY_MS = 1000;
const byId = (id) => document.getElementById(id);

let about = null;
let parts = [];
let log = null;
let cursor = 0;
let epoch = null;
let asking = Promise.resolve();

function draw() {
  document.title = t("title", { brand: about.brand });
  byId("title").textContent = t("title", { brand: about.brand });
  byId("subtitle").textContent = t("subtitle");
  byId("languages").setAttribute("aria-label", t("language"));
  fill(byId("steps"), ["step1", "step2", "step3"].map((key) => h("li", {}, t(key))));
  for (const button of byId("languages").children) {
    button.setAttribute("aria-pressed", String(button.dataset.lang === currentLanguage()));
  }
  log = logSection(byId("log"), about);
  parts = [salonsSection(byId("salons"), about, refresh), log, toolsColumn(byId("tools"), about, refresh)];
  cursor = 0;
}

async function ask() {
  try {
    const data = await api.overview(cursor);
    if (epoch !== data.log.epoch) log.clear();
    epoch = data.log.epoch;
    cursor = data.log.next;
    parts.forEach((part) => part.update(data));
    live(true);
  } catch (error) {
    console.error(error);
    live(false);
  }
}

function live(well) {
  const line = byId("live");
  const text = well ? t("live") : t("lost");
  if (line.textContent !== text) line.textContent = text;
  line.className = well ? "live ok" : "live bad";
}

/** Ask for news, one question after another: two at once would bring the same entries twice. */
function refresh() {
  asking = asking.then(ask);
  return asking;
}

async function keepFresh() {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

async function start() {
  await loadTexts();
  for (;;) {
    try {
      about = await api.about();
      break;
    } catch {
      live(false);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }
  draw();
  byId("languages").addEventListener("click", async (event) => {
    const chosen = event.target.dataset.lang;
    if (!chosen || chosen === currentLanguage()) return;
    setLanguage(chosen);
    asking = asking.then(draw);
    await refresh();
  });
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  await keepFresh();
}

start();

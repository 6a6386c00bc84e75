// Texts by key, in both languages, so that switching needs no request.

const KEPT_AS = "lang"; // the one thing this page keeps in storage

let texts = {};
let lang = "ru";

/** Take the texts of all languages and choose one: asked for in the address, else remembered, else the page's own. */
export function setUpTexts(data, asked) {
  texts = data;
  lang = [asked, remembered(), document.documentElement.lang, lang].find((one) => one && one in data);
  document.documentElement.lang = lang;
}

/** The language shown now. */
export function language() {
  return lang;
}

/** Change the language and remember it. */
export function setLanguage(chosen) {
  lang = chosen;
  document.documentElement.lang = chosen;
  try {
    localStorage.setItem(KEPT_AS, chosen);
  } catch {
    // Storage may be closed to a page inside a frame: then the choice lasts as long as the page.
  }
}

/** Whether there is such a text. */
export function has(key) {
  return find(key) !== undefined;
}

/** The text of a dotted key with its {names} filled in; plural forms are chosen by `n`. Unknown keys throw. */
export function t(key, params = {}) {
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

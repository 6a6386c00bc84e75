// The page's words, Russian first. Loaded once; the choice is remembered as `lang`.

const LANGUAGES = ["ru", "en"];
let words = { ru: {}, en: {} };
let language = "ru";

/** Load the words and settle the language: the query, then what was chosen before, then Russian. */
export async function loadTexts() {
  const answer = await fetch("/sandbox/files/texts.json");
  words = await answer.json();
  const asked = new URLSearchParams(location.search).get("lang");
  language = [asked, remembered(), "ru"].find((each) => LANGUAGES.includes(each));
  document.documentElement.lang = language;
}

function remembered() {
  try {
    return localStorage.getItem("lang");
  } catch {
    return null;
  }
}

/** Change the language and remember it. */
export function setLanguage(chosen) {
  language = LANGUAGES.includes(chosen) ? chosen : "ru";
  document.documentElement.lang = language;
  try {
    localStorage.setItem("lang", language);
  } catch {
    // A browser that keeps nothing still shows the page.
  }
}

export const currentLanguage = () => language;

/** Return a text with its `{name}` places filled. */
export function t(key, values = {}) {
  const text = words[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Return the text of a record that brings its own `ru` and `en`. */
export const own = (record) => record[language] ?? record.ru;

/** Return a length of time in words: the two largest parts. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 86400), "day"],
    [Math.floor((whole % 86400) / 3600), "hour"],
    [Math.floor((whole % 3600) / 60), "minute"],
    [whole % 60, "second"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  const shown = (first < 0 ? parts.slice(3) : parts.slice(first, first + 2)).filter(([count], index) => count > 0 || index === 0);
  return shown.map(([count, unit]) => `${count} ${t(unit)}`).join(" ");
}

/** Return a moment on the platform's own clock, which is Moscow's. */
export function moment(iso, options = { hour: "2-digit", minute: "2-digit", second: "2-digit" }) {
  return new Date(iso).toLocaleString(language === "en" ? "en-GB" : "ru-RU", { timeZone: "Europe/Moscow", ...options });
}

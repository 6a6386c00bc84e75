// On pages that hold both languages: show the one chosen before, remember a new choice. All else works without script.

const KEPT_AS = "lang";

function remembered() {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch {
    return null;
  }
}

function remember(lang) {
  try {
    localStorage.setItem(KEPT_AS, lang);
  } catch {
    // Storage may be closed to a page inside a frame: the fragment still holds the choice.
  }
}

const chosen = remembered();
const asked = new URLSearchParams(location.search).has("lang");
if (chosen && !asked && !location.hash && document.getElementById(chosen)) location.replace(`#${chosen}`);

for (const link of document.querySelectorAll("[data-lang]")) {
  link.addEventListener("click", () => {
    remember(link.dataset.lang);
    document.documentElement.lang = link.dataset.lang;
  });
}

// The link's token: taken out of the address's query at once, kept in the fragment (which is sent to no one) and nowhere else.

/** Return the token of this page or null, moving it from the query to the fragment without a new history entry. */
export function takeToken(location, history) {
  const url = new URL(location.href);
  const inQuery = url.searchParams.get("token");
  const token = inQuery || new URLSearchParams(url.hash.slice(1)).get("token");
  if (inQuery !== null) {
    url.searchParams.delete("token");
    url.hash = token ? `token=${encodeURIComponent(token)}` : "";
    history.replaceState(history.state, "", url);
  }
  return token || null;
}

/** Drop `?lang=` from the address, once the owner has chosen a language on the page. */
export function dropLanguage(location, history) {
  const url = new URL(location.href);
  if (!url.searchParams.has("lang")) return;
  url.searchParams.delete("lang");
  history.replaceState(history.state, "", url);
}

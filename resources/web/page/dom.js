// Building elements without markup strings: text is always text, so nothing from outside can become code.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element; properties starting with `on` are listeners, `class`, `aria-…` and the rest are attributes. */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** Make an SVG element. */
export function s(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) set(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else element.setAttribute(name, value === true ? "" : value);
}

/** One of the page's line icons; it says nothing to screen readers, the words beside it do. */
export function icon(name, extra = "") {
  return s("svg", { class: `icon ${extra}`.trim(), viewBox: "0 0 20 20", "aria-hidden": "true" }, s("use", { href: `#i-${name}` }));
}

/** Set an element's text if it differs, so that screen readers and selections are left alone. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

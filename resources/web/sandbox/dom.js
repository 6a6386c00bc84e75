// Small helpers that build the page; nothing here knows the sandbox.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element: attributes (`on…` are listeners, `class`, `data-…`, booleans), then children. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  setAll(element, attributes);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

function setAll(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
}

/** Make an SVG icon of 16 px from path data; it says nothing to screen readers. */
export function icon(paths, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 16 16", width: 16, height: 16, class: className, "aria-hidden": "true" })) {
    svg.setAttribute(name, value);
  }
  for (const attributes of paths) {
    const shape = document.createElementNS(SVG, attributes.d ? "path" : "circle");
    for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
    svg.append(shape);
  }
  return svg;
}

/** Put `children` in place of what `element` holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Make a labelled field. */
export function field(label, control, className = "field") {
  return h("label", { class: className }, h("span", { class: "label" }, label), control);
}

/** Make a select from `[value, text]` pairs, or from `[group, pairs]` when a second entry is a list. */
export function select(options, attributes = {}) {
  const one = ([value, text]) => h("option", { value }, text);
  const many = ([label, pairs]) => h("optgroup", { label }, pairs.map(one));
  return h("select", attributes, options.map((each) => (Array.isArray(each[1]) ? many(each) : one(each))));
}

/** Make a check-box with its text at the right. */
export function checkbox(text, attributes = {}) {
  return h("label", { class: "check" }, h("input", { type: "checkbox", ...attributes }), h("span", {}, text));
}

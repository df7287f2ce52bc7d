// Makes elements. Text is always text.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const button = (text, act, attributes = {}) => make("button", { type: "button", class: "button", onclick: act, ...attributes }, text);

// Paint anew and leave the focus and the place on the page where they were.
export function swap(parent, ...children) {
  const key = parent.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  const at = window.scrollY;
  parent.replaceChildren(...children.flat().filter(Boolean));
  if (key) parent.querySelector(`[data-focus="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  window.scrollTo({ top: at, behavior: "instant" });
}

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

// Its name is what the focus finds it by again once it is painted anew.
export const button = (text, act, attributes = {}) => make("button", { type: "button", class: "button", onclick: act, "data-focus": attributes["aria-label"] ?? text, ...attributes }, text);

export function focusOn(parent, key) {
  const found = key && parent.querySelector(`[data-focus="${CSS.escape(key)}"]`);
  found?.focus({ preventScroll: true });
  return Boolean(found);
}

// Paint anew and leave the focus and the place on the page where they were. Beside somebody's name is their name, when the button is gone.
export function swap(parent, ...children) {
  const key = parent.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  const at = window.scrollY;
  parent.replaceChildren(...children.flat().filter(Boolean));
  if (key && !focusOn(parent, key)) focusOn(parent, key.replace(/^(act|sign)-/, "open-"));
  window.scrollTo({ top: at, behavior: "instant" });
}

// Paint anew what would look another way, and else leave it: a list that is open and words half typed stay as they are.
export function settle(parent, ...children) {
  const fresh = children.flat().filter(Boolean);
  const isSame = fresh.length === parent.children.length && fresh.every((child, number) => child.isEqualNode(parent.children[number]));
  if (!isSame) swap(parent, ...fresh);
}

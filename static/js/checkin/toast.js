// The line at the foot of the screen, where the thumb is: what was done just now, and what can be done about it.

import { make, swap } from "./paint.js";
import { atRest } from "./press.js";

const STAYS_MS = 12_000;
const LINGERS_MS = 4_000;
const line = document.querySelector("[data-toast]");
const hovers = window.matchMedia("(hover: hover)"); // elsewhere a tap leaves :hover behind

let leaving;

export function show(sentence, acts) {
  clearTimeout(leaving);
  atRest("toast", () => {
    swap(line, make("span", {}, sentence), acts.length > 0 && make("span", { class: "checkin-toast__acts" }, acts));
    line.hidden = false;
    stay(STAYS_MS);
  });
}

export function clear() {
  clearTimeout(leaving);
  line.hidden = true;
  line.replaceChildren();
}

function stay(ms) {
  clearTimeout(leaving);
  leaving = setTimeout(leave, ms);
}

// Not while somebody points at it, presses in it, or has the focus there.
function leave() {
  if (line.matches(":focus-within") || (hovers.matches && line.matches(":hover"))) return stay(LINGERS_MS);
  atRest("toast", () => (line.hidden = true));
}

// What a page asks for by itself waits while somebody presses: the click on a button that is replaced in between is lost. The next answer is shown.
const CLICK_COMES_MS = 500; // a touch's click is a moment later than its release
const LONGEST_MS = 20_000; // nobody hears of a release over a list of the system's own

let press = null;

const begin = () => (press = { at: Date.now() });
const end = (after) => {
  const ended = press;
  setTimeout(() => press === ended && (press = null), after);
};
const listen = (name, act) => window.addEventListener(name, act, { capture: true, passive: true });

listen("pointerdown", (event) => event.button === 0 && begin());
listen("pointerup", () => end(CLICK_COMES_MS));
listen("keydown", (event) => event.key === " " && begin());
for (const name of ["keyup", "click", "pointercancel", "contextmenu"]) listen(name, () => end(0));

document.addEventListener("htmx:beforeSwap", (event) => {
  const isPolled = !event.detail.requestConfig.triggeringEvent;
  if (isPolled && press && Date.now() - press.at < LONGEST_MS) event.detail.shouldSwap = false;
});

// Whether somebody presses just now: a finger, the mouse or the space bar is down, or its click is still to come. What the page shows
// stays meanwhile: the click on a button that was replaced is lost, and the one on a button that moved is somebody else's.

const CLICK_COMES_MS = 500; // a touch's click is a moment later than its release
const LONGEST_MS = 20_000; // nobody hears of a release over a list of the system's own

const down = new Set();
const waiting = new Map();
let isPressed = false;
let ending;

// Do `act` as soon as nobody presses. Of what waits under one name, the newest is done.
export function atRest(name, act) {
  if (!isPressed) return void act();
  waiting.delete(name);
  waiting.set(name, act);
}

function press(id) {
  down.add(id);
  isPressed = true;
  endIn(LONGEST_MS);
}

function release(id, after) {
  if (down.delete(id) && !down.size) endIn(after);
}

function endIn(ms) {
  clearTimeout(ending);
  ending = setTimeout(end, ms);
}

function end() {
  down.clear();
  isPressed = false;
  const acts = [...waiting.values()];
  waiting.clear();
  for (const act of acts) act();
}

function letGo() {
  down.clear();
  if (isPressed) endIn(0);
}

const listen = (name, act) => window.addEventListener(name, act, { capture: true, passive: true });

listen("pointerdown", (event) => event.button === 0 && press(event.pointerId));
listen("pointerup", (event) => release(event.pointerId, CLICK_COMES_MS));
listen("pointercancel", (event) => release(event.pointerId, 0));
listen("pointermove", (event) => event.buttons === 0 && release(event.pointerId, 0)); // it was let go where the page could not see it
listen("keydown", (event) => event.key === " " && press("space"));
listen("keyup", (event) => event.key === " " && release("space", 0));
listen("click", () => isPressed && !down.size && endIn(0)); // whoever listens has heard it by then
listen("contextmenu", letGo);
listen("blur", (event) => event.target === window && letGo());
document.addEventListener("visibilitychange", letGo);

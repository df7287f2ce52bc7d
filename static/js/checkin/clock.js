// How far this phone's clock is ahead of the school's. Measured whenever the school answers; followed while the page stays open.

let wall = Date.now();
let mono = performance.now();
document.addEventListener("visibilitychange", () => restart()); // a sleeping page's other clock may have stood still

function restart() {
  wall = Date.now();
  mono = performance.now();
}

// From an answer: `sent` and `now` by this phone's clock, `server` by the school's, read in between.
export function measure(sent, server) {
  const now = Date.now();
  restart();
  return Math.round((sent + now) / 2 - server);
}

// `skew` as it is at this moment: whoever turns the clock while the page is open moves it by as much.
export function followed(skew) {
  const jump = Date.now() - wall - (performance.now() - mono);
  return skew === null || Math.abs(jump) < 5000 ? skew : Math.round(skew + jump);
}

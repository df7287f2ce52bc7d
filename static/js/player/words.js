// Times and sentences as the player shows them.

/** `1:05:09`, `0:40`. */
export function clock(ms) {
  const total = Math.floor(ms / 1000);
  const pad = (number) => String(number).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`;
}

/** Puts `values` into the places of `text` that are named in braces. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });

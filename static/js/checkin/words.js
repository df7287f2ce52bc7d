// The page's own sentences, in its language: they stand in its template, so that they are translated with everything else.

const known = new Map();
for (const word of document.querySelector("template[data-words]").content.querySelectorAll("[data-word]")) known.set(word.dataset.word, word.textContent);

export function say(name, values = {}) {
  return (known.get(name) ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole).replace(/([ap]\.m\.)\./gu, "$1"); // no second full stop after “a.m.”
}

const clocks = new Map();

// A time of day in the venue's zone, written as the site writes it: 9:00 a.m.
export function timeOfDay(ms, zone) {
  if (!clocks.has(zone)) clocks.set(zone, new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: zone, hour: "numeric", minute: "2-digit" }));
  return clocks.get(zone).format(ms).replace(/\s?([AP])M$/u, (_all, half) => `\u00a0${half.toLowerCase()}.m.`);
}

export function dayOf(ms, zone) {
  return new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: zone, weekday: "short", month: "short", day: "numeric" }).format(ms);
}

// The instant nearest to `near` at which clocks in `zone` show "HH:MM".
export function instantOf(text, near, zone) {
  const [hours, minutes] = text.split(":").map(Number);
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(near);
  const shown = (type) => Number(parts.find((part) => part.type === type).value);
  const off = ((hours - shown("hour")) * 60 + minutes - shown("minute")) * 60_000;
  const whole = near - (near % 60_000) + off;
  const day = 86_400_000;
  return [whole, whole - day, whole + day].sort((one, other) => Math.abs(one - near) - Math.abs(other - near))[0];
}

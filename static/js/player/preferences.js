// How a person likes to watch, kept on this machine for that person; and where this tab was, for this sign-in alone.

const DEFAULTS = {
  speed: 1,
  volume: 1,
  muted: false,
  quality: "",
  captions: null, // nothing chosen; "" is none
  captionSize: "medium",
  captionBackground: "solid",
  captionPosition: "bottom",
  mirror: false,
  shortcuts: true,
  transcript: false,
};

function read(storage, key) {
  try {
    return JSON.parse(storage().getItem(key));
  } catch {
    return null; // storage is closed to pages, or holds what somebody else wrote
  }
}

function write(storage, key, value) {
  try {
    storage().setItem(key, JSON.stringify(value));
  } catch {
    // Full or closed: the choice holds for this page.
  }
}

const local = () => window.localStorage;
const session = () => window.sessionStorage;

export class Preferences {
  constructor({ person, sitting, grant }) {
    this.key = person ? `smrt-player:${person}` : "";
    this.positionKey = sitting && grant !== null ? `smrt-position:${sitting}:${grant}` : "";
    const saves = navigator.connection?.saveData === true || window.matchMedia("(prefers-reduced-data: reduce)").matches;
    const kept = this.key ? read(local, this.key) : null;
    this.values = { ...DEFAULTS, lowData: saves, ...kept };
    this.isFirst = kept === null;
  }

  get(name) {
    return this.values[name];
  }

  set(name, value) {
    if (this.values[name] === value) return;
    this.values[name] = value;
    if (this.key) write(local, this.key, { ...read(local, this.key), [name]: value });
  }

  /** Milliseconds, after a reload of this tab; null otherwise. */
  get position() {
    const [navigation] = performance.getEntriesByType("navigation");
    if (!this.positionKey || !["reload", "back_forward"].includes(navigation?.type)) return null;
    const ms = read(session, this.positionKey);
    return Number.isFinite(ms) ? ms : null;
  }

  set position(ms) {
    if (this.positionKey) write(session, this.positionKey, ms);
  }
}

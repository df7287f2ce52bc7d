// The words of the film beside it: searched, followed, and a way to any moment. In the language of the captions.

import { ask } from "./server.js";
import { clock, fill } from "./words.js";

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export class Transcript {
  constructor({ root, video, settings, captions, preferences, jump }) {
    this.panel = root.querySelector("[data-player-transcript]");
    if (!this.panel) return;
    Object.assign(this, { video, settings, captions, preferences, jump, text: root.dataset });
    this.list = this.panel.querySelector("[data-transcript-list]");
    this.search = this.panel.querySelector("[data-transcript-search]");
    this.count = this.panel.querySelector("[data-transcript-count]");
    this.loaded = new Map();
    this.cues = [];
    this.panel.open = preferences.get("transcript");
    this.panel.addEventListener("toggle", () => {
      preferences.set("transcript", this.panel.open);
      this.show();
    });
    captions.addEventListener("language", () => this.show());
    video.addEventListener("timeupdate", () => this.follow());
    video.addEventListener("seeked", () => this.follow());
    this.search.addEventListener("input", () => this.filter());
    this.list.addEventListener("keydown", (event) => this.step(event));
    this.show();
  }

  toggle() {
    if (!this.panel) return;
    this.panel.open = !this.panel.open;
    if (this.panel.open) this.search.focus({ preventScroll: true });
  }

  /** Fills the panel, once it is open, with the words in the language that is on. */
  async show() {
    const language = this.captions.preferred;
    if (!this.panel.open || !language || language === this.language) return;
    try {
      if (!this.loaded.has(language)) {
        const address = new URL(this.settings.transcript, location.href);
        address.searchParams.set("language", language);
        this.loaded.set(language, (await ask(address)).cues);
      }
    } catch {
      this.count.textContent = this.text.textNoTranscript;
      return;
    }
    if (language !== this.captions.preferred) return;
    this.language = language;
    this.cues = this.loaded.get(language);
    this.list.lang = language;
    this.list.replaceChildren(...this.cues.map((cue) => this.row(cue)));
    this.rows = [...this.list.querySelectorAll("button")];
    this.current = null;
    this.filter();
    this.follow();
  }

  row(cue) {
    const [item, button, moment, words] = ["li", "button", "span", "span"].map((name) => document.createElement(name));
    Object.assign(button, { type: "button", className: "player__cue", tabIndex: -1 });
    Object.assign(moment, { className: "player__cue-clock", textContent: clock(cue.start_ms) });
    words.textContent = cue.text;
    button.append(moment, " ", words);
    button.addEventListener("click", () => this.jump(cue.start_ms / 1000));
    item.append(button);
    return item;
  }

  filter() {
    const wanted = plain(this.search.value.trim());
    let found = 0;
    this.cues.forEach((cue, n) => {
      const isShown = !wanted || plain(cue.text).includes(wanted);
      this.rows[n].parentNode.hidden = !isShown;
      found += isShown;
    });
    this.count.textContent = wanted ? fill(this.text.textFound, { count: found }) : "";
    this.letIn();
  }

  /** The words that are being said, marked and kept in view; the page itself stays where it is. */
  follow() {
    if (!this.panel.open || !this.cues.length) return;
    const at = this.video.currentTime * 1000 + 50;
    const n = this.cues.findLastIndex((cue) => cue.start_ms <= at);
    const row = n < 0 ? null : this.rows[n];
    if (row === this.current) return;
    this.current?.removeAttribute("aria-current");
    this.current = row;
    row?.setAttribute("aria-current", "true");
    this.letIn();
    const isInUse = this.list.contains(document.activeElement) || this.list.matches(":hover") || this.search.value;
    if (row && !isInUse) this.list.scrollTop = row.offsetTop - this.list.clientHeight / 3;
  }

  /** One of the rows is reached by Tab, the others by arrows: hundreds of stops would bar the way through the page. */
  letIn() {
    const shown = this.shown;
    const door = shown.includes(this.current) ? this.current : shown[0];
    for (const row of this.rows ?? []) row.tabIndex = row === door ? 0 : -1;
  }

  get shown() {
    return (this.rows ?? []).filter((row) => !row.parentNode.hidden);
  }

  step(event) {
    const { shown } = this;
    const at = shown.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    shown[Math.min(Math.max(to, 0), shown.length - 1)].focus();
  }
}

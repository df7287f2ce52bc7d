// What still counts: the strip, the sentence and the stretches still to watch, as the server last told them.

import { clock, fill } from "./words.js";

const SHORTEST_SHOWN_MS = 1000;
const MOST_SHOWN = 12;

export class Coverage {
  constructor({ root, settings, jump }) {
    this.panel = root.querySelector("[data-player-coverage]");
    this.text = root.dataset;
    this.needed = Math.round(settings.needed * 100);
    this.jump = jump;
    this.missing = settings.missing;
    this.show({ covered_ms: settings.coveredMs, duration_ms: settings.durationMs, missing: settings.missing });
  }

  /** Where the first stretch worth a jump begins, in milliseconds. */
  get firstMissing() {
    return this.missing.find(([from, to]) => to - from >= SHORTEST_SHOWN_MS)?.[0] ?? 0;
  }

  show({ covered_ms, duration_ms, missing }) {
    if (!duration_ms) return;
    this.missing = missing;
    if (!this.panel) return;
    const { needed, text, panel } = this;
    const counted = Math.floor((covered_ms * 100) / duration_ms);
    const words = covered_ms >= duration_ms ? text.textAll : counted >= needed ? text.textEnough : text.textCounted;
    const summary = panel.querySelector("[data-player-summary]");
    const sentence = fill(words, { counted, needed });
    if (summary.textContent !== sentence) summary.textContent = sentence;
    panel.querySelector("[data-player-strip]").replaceChildren(...missing.map(([from, to]) => {
      const part = document.createElement("span");
      part.style.insetInlineStart = `${(from * 100) / duration_ms}%`;
      part.style.inlineSize = `${((to - from) * 100) / duration_ms}%`;
      return part;
    }));
    this.listStretches(panel.querySelector("[data-player-missing]"), missing);
  }

  listStretches(list, missing) {
    const long = missing.filter(([from, to]) => to - from >= SHORTEST_SHOWN_MS);
    const shown = (long.length ? long : missing).slice(0, MOST_SHOWN);
    const key = JSON.stringify(shown.map((pair) => pair.map((ms) => Math.floor(ms / 1000))));
    if (list.dataset.key === key) return;
    list.dataset.key = key;
    const focused = [...list.querySelectorAll("button")].indexOf(document.activeElement);
    list.replaceChildren(...shown.map(([from, to]) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "player__stretch";
      button.textContent = `${clock(from)}–${clock(to)}`;
      button.setAttribute("aria-label", fill(this.text.textJump, { start: clock(from), end: clock(to) }));
      button.addEventListener("click", () => this.jump(from / 1000));
      item.append(button);
      return item;
    }));
    if (long.length > shown.length) {
      const more = document.createElement("li");
      more.textContent = fill(this.text.textMore, { count: long.length - shown.length });
      list.append(more);
    }
    if (focused >= 0) list.querySelectorAll("button")[Math.min(focused, shown.length - 1)]?.focus();
  }
}

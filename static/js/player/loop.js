// A–B loop: a technique again and again. What is played twice is counted once, so that practice costs nothing.

import { clock, fill } from "./words.js";

const SHORTEST_S = 0.5;

export class Loop {
  constructor({ root, video, tell }) {
    Object.assign(this, { root, video, tell, text: root.dataset });
    this.a = null;
    this.b = null;
    this.band = root.querySelector("[data-player-loop]");
    for (const name of ["a", "b", "clear"]) root.querySelector(`[data-player-loop-${name}]`).addEventListener("click", () => this[name === "clear" ? "clear" : "set"](name));
    video.addEventListener("seeking", () => { this.isBeyond = this.isOn && video.currentTime > this.b; });
    video.addEventListener("timeupdate", () => this.turn());
    video.addEventListener("ended", () => this.turn());
    video.addEventListener("durationchange", () => this.show());
    if ("requestVideoFrameCallback" in video) {
      const frame = () => { this.turn(); video.requestVideoFrameCallback(frame); };
      video.requestVideoFrameCallback(frame);
    }
    this.show();
  }

  get isOn() {
    return this.a !== null && this.b !== null;
  }

  /** Sets the start or the end to this moment. An end before the start becomes the start. */
  set(name) {
    const now = this.video.currentTime;
    this[name] = now;
    this.isBeyond = false;
    if (this.isOn && this.a > this.b) [this.a, this.b] = [this.b, this.a];
    if (this.isOn && this.b - this.a < SHORTEST_S) this.b = Math.min(this.a + SHORTEST_S, this.video.duration || Infinity);
    this.show();
    const [from, to] = [this.a, this.b].map((at) => (at === null ? "" : clock(at * 1000)));
    this.tell(fill(this.isOn ? this.text.textLoop : name === "a" ? this.text.textLoopA : this.text.textLoopB, { from, to }));
  }

  clear() {
    if (this.a === null && this.b === null) return;
    this.a = null;
    this.b = null;
    this.show();
    this.tell(this.text.textLoopOff);
  }

  turn() {
    const { video } = this;
    if (!this.isOn || video.seeking || video.currentTime < this.b) return;
    // Someone who went on beyond the loop by the bar stays there; the loop takes hold where its end is passed by playing,
    // however late a busy page comes to look.
    if (this.isBeyond && !video.ended) return;
    const wasEnded = video.ended;
    video.currentTime = this.a;
    if (wasEnded) video.play().catch(() => {});
  }

  show() {
    const { duration } = this.video;
    for (const name of ["a", "b"]) {
      const button = this.root.querySelector(`[data-player-loop-${name}]`);
      button.setAttribute("aria-pressed", String(this[name] !== null));
      button.querySelector("[data-moment]").textContent = this[name] === null ? "" : clock(this[name] * 1000);
    }
    this.root.querySelector("[data-player-loop-clear]").disabled = this.a === null && this.b === null;
    this.band.hidden = !duration || (this.a === null && this.b === null);
    if (this.band.hidden) return;
    const [from, to] = [this.a ?? this.b, this.b ?? this.a];
    this.band.style.insetInlineStart = `${(from * 100) / duration}%`;
    this.band.style.inlineSize = `${((to - from) * 100) / duration}%`;
  }
}

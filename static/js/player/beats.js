// Reports to the server: a session opened by the first play, and every ten seconds a beat with what was really played.
// Beats go one after another and are numbered; what could not be sent goes with the next one, so that nothing is lost
// while the connection is gone for less than the session's window, and nothing is claimed twice.

import { ask, Refusal } from "./server.js";

const BEAT_EVERY_MS = 10_000;
const TICK_MS = 1000;

export class Beats extends EventTarget {
  /** Events: "opened" and "answer" with what the server said, "offline", "refused" with the error. A preview never reports. */
  constructor({ video, played, open, isSeen, isReporting }) {
    super();
    Object.assign(this, { video, played, open, isSeen });
    this.session = null;
    this.stopped = !isReporting;
    this.seq = 0;
    this.sentAt = 0;
    this.heardAt = 0;
    this.sending = null;
    video.addEventListener("pause", () => this.beat());
    video.addEventListener("ended", () => this.beat());
    window.addEventListener("online", () => this.beat());
    setInterval(() => this.tick(), TICK_MS);
  }

  announce(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // The session

  /** Opens the session unless it is open: by the first play, so that a page that is merely open takes nothing from another tab. */
  async begin() {
    if (this.session || this.stopped) return;
    try {
      await this.openSession();
    } catch (error) {
      this.fail(error);
    }
  }

  openSession() {
    this.opening ??= this.open()
      .then((session) => {
        this.session = session;
        this.seq = 0;
        this.sentAt = performance.now();
        this.heardAt = this.sentAt;
        this.announce("opened", session);
        if (this.video.paused && this.played.done.length) this.beat(); // a pause that came before the answer
      })
      .finally(() => { this.opening = null; });
    return this.opening;
  }

  forget() {
    this.session = null;
    this.stopped = false;
  }

  // Beats

  tick() {
    this.lastPosition = this.position;
    const isDue = performance.now() - this.sentAt >= BEAT_EVERY_MS;
    if (this.stopped || !isDue || (this.video.paused && !this.played.done.length)) return;
    this.sentAt = performance.now();
    if (this.session) this.beat();
    else this.begin(); // opening failed before, for want of a connection
  }

  async beat() {
    if (!this.session || this.stopped) return;
    if (this.sending) {
      await this.sending;
      if (!this.played.done.length) return;
    }
    this.sending = this.send().finally(() => { this.sending = null; });
    await this.sending;
  }

  async send() {
    if (!this.session || this.stopped) return;
    const { session } = this;
    const ranges = this.played.take();
    this.sentAt = performance.now();
    try {
      const answer = await ask(session.beats, { method: "POST", body: this.payload(ranges), keepalive: true });
      this.heardAt = performance.now();
      this.announce("answer", answer);
    } catch (error) {
      const isFinal = error instanceof Refusal && error.status < 500 && error.status !== 429;
      if (!isFinal) this.played.giveBack(ranges);
      if (!isFinal || error.status !== 400) this.fail(error);
    }
  }

  payload(ranges) {
    this.seq += 1;
    return {
      key: this.session.key,
      seq: this.seq,
      ranges,
      position_ms: this.position,
      rate: this.video.playbackRate,
      visible: ranges.length > 0 || this.isSeen(),
    };
  }

  /** Where the person is; while the film is loaded anew, where they were. */
  get position() {
    if (this.video.readyState > 0) this.lastPosition = Math.max(0, Math.round(this.video.currentTime * 1000));
    return this.lastPosition ?? 0;
  }

  /** Whether more time has passed unheard than the server still counts. */
  get isPastWindow() {
    return performance.now() - this.heardAt > (this.session?.window_s ?? 60) * 1000;
  }

  fail(error) {
    if (error instanceof Refusal) this.announce("refused", error);
    else this.announce("offline");
  }

  /** The page goes away: the last beat leaves by itself. A page that comes back sends the same again; it is counted once. */
  farewell() {
    if (!this.session || this.stopped) return;
    const ranges = this.played.take();
    const body = this.payload(ranges);
    const beacon = new Blob([JSON.stringify(body)], { type: "application/json" });
    if (!navigator.sendBeacon(this.session.beats, beacon)) ask(this.session.beats, { method: "POST", body, keepalive: true }).catch(() => {});
    this.played.giveBack(ranges);
  }
}

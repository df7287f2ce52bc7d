// Speed, rung, mirror, slow motion, single frames, volume: the controls beside the bar, and what is remembered of them.

import { fill } from "./words.js";

const SLOWEST = 0.25;
const FASTEST = 2;
const USUAL_FPS = 25;

export class Controls {
  constructor({ root, video, source, preferences, settings, tell, untell, play }) {
    Object.assign(this, { root, video, source, preferences, settings, tell, untell, play, text: root.dataset });
    this.speed = root.querySelector("[data-player-speed]");
    this.quality = root.querySelector("[data-player-quality]");
    this.speeds = [...this.speed.options].map((option) => Number(option.value));
    this.listen();
    this.restore();
  }

  listen() {
    const { root, video, source } = this;
    const click = (name, act) => root.querySelector(`[data-player-${name}]`).addEventListener("click", act);
    this.speed.addEventListener("change", () => this.setSpeed(Number(this.speed.value)));
    video.addEventListener("ratechange", () => this.showSpeed());
    this.quality.addEventListener("change", () => {
      source.choose(this.quality.value);
      this.preferences.set("quality", this.quality.value);
    });
    source.addEventListener("rungs", () => this.listRungs());
    source.addEventListener("rung", () => this.nameRung());
    for (const button of root.querySelectorAll("[data-player-slow]")) button.addEventListener("click", () => this.slow(Number(button.dataset.playerSlow)));
    click("mirror", () => this.mirror());
    click("frame-back", () => this.step(-1));
    click("frame-on", () => this.step(1));
    video.addEventListener("volumechange", () => {
      this.preferences.set("volume", video.volume);
      this.preferences.set("muted", video.muted);
    });
    const saving = root.querySelector("[data-player-low-data]");
    saving.checked = this.preferences.get("lowData");
    saving.addEventListener("change", () => {
      this.preferences.set("lowData", saving.checked);
      source.saveData(saving.checked);
    });
  }

  restore() {
    const { video, preferences } = this;
    video.volume = preferences.get("volume");
    video.muted = preferences.get("muted");
    video.defaultPlaybackRate = preferences.get("speed"); // a source that is loaded anew begins with it
    video.playbackRate = preferences.get("speed");
    this.showSpeed();
    this.flip(preferences.get("mirror"));
    this.listRungs();
  }

  // Speed

  setSpeed(speed) {
    this.video.defaultPlaybackRate = speed;
    this.video.playbackRate = speed;
    this.preferences.set("speed", speed);
  }

  /** To the next faster or slower of the speeds in the list. */
  shiftSpeed(by) {
    const { playbackRate } = this.video;
    const next = by > 0 ? this.speeds.find((speed) => speed > playbackRate) : this.speeds.findLast((speed) => speed < playbackRate);
    this.setSpeed(Math.min(Math.max(next ?? playbackRate, SLOWEST), FASTEST));
    this.tell(fill(this.text.textSpeed, { speed: this.video.playbackRate }));
  }

  /** Slow motion, and back to the usual speed. */
  slow(speed) {
    this.setSpeed(this.video.playbackRate === speed ? 1 : speed);
  }

  showSpeed() {
    const { playbackRate } = this.video;
    this.speed.value = String(playbackRate);
    for (const button of this.root.querySelectorAll("[data-player-slow]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.playerSlow) === playbackRate));
    }
    const cap = this.settings.rateCap;
    const sentence = fill(this.text.textFast, { cap });
    if (cap && playbackRate > cap) this.tell(sentence, { stays: true });
    else this.untell(sentence);
  }

  // Quality

  listRungs() {
    const { rungs } = this.source;
    const chosen = rungs.includes(Number(this.preferences.get("quality"))) ? this.preferences.get("quality") : "";
    this.auto ??= this.quality.options[0];
    this.quality.replaceChildren(this.auto, ...rungs.map((rung) => new Option(`${rung}p`, String(rung))));
    this.quality.value = chosen;
    this.quality.disabled = rungs.length < 2;
    if (rungs.length) this.source.choose(chosen);
    this.nameRung();
  }

  nameRung() {
    const rung = this.source.currentRung;
    this.auto.textContent = rung && !this.quality.value ? fill(this.text.textAutoRung, { rung }) : this.text.textAuto;
  }

  // Picture

  mirror() {
    this.flip(!this.preferences.get("mirror"));
    this.tell(this.preferences.get("mirror") ? this.text.textMirrored : this.text.textUnmirrored);
  }

  flip(isOn) {
    this.preferences.set("mirror", isOn);
    this.video.classList.toggle("player__video--mirrored", isOn);
    this.root.querySelector("[data-player-mirror]").setAttribute("aria-pressed", String(isOn));
  }

  step(frames) {
    this.video.pause();
    this.seekTo(this.video.currentTime + frames / (this.settings.fps || USUAL_FPS));
  }

  seekTo(seconds) {
    this.video.currentTime = Math.min(Math.max(seconds, 0), this.video.duration || 0);
  }

  seekBy(seconds) {
    this.seekTo(this.video.currentTime + seconds);
  }

  louder(step) {
    this.video.volume = Math.min(Math.max(this.video.volume + step, 0), 1);
    if (step > 0) this.video.muted = false;
  }

  toChapter(by) {
    const { chapters } = this.settings;
    const now = this.video.currentTime * 1000;
    const found = by > 0 ? chapters.find(({ start_ms }) => start_ms > now + 250) : chapters.findLast(({ start_ms }) => start_ms < now - 2000);
    if (found) this.seekTo(found.start_ms / 1000);
    else if (by < 0) this.seekTo(0);
  }
}

// The video player: [data-player]. Plays adaptive HLS, reports what was really played, and shows what still counts. The
// server alone decides what counts (docs/decisions/0005-watch-evidence.md); its answer to each beat is announced as the
// DOM event "smrt:coverage" on the player. docs/decisions/0025-player.md says how the parts belong together.

import { Address } from "./address.js";
import { Beats } from "./beats.js";
import { Captions } from "./captions.js";
import { Controls } from "./controls.js";
import { Coverage } from "./coverage.js";
import { followEdition } from "./edition.js";
import { Played } from "./evidence.js";
import { Keys } from "./keys.js";
import { Loop } from "./loop.js";
import { Mark } from "./mark.js";
import { Notices } from "./notices.js";
import { Preferences } from "./preferences.js";
import { ask, Refusal } from "./server.js";
import { Source } from "./source.js";
import { showChapters, Storyboard } from "./timeline.js";
import { Transcript } from "./transcript.js";
import { keepAwake } from "./wake.js";

const NEAR_THE_END_MS = 2000;

class Player {
  constructor(root) {
    this.root = root;
    this.text = root.dataset;
    this.settings = JSON.parse(root.dataset.player);
    this.video = root.querySelector("video");
    this.frame = root.querySelector(".player__frame");
    this.stopped = false;
    this.frame.style.setProperty("--ratio", this.frame.dataset.ratio);

    const { settings, video } = this;
    this.notices = new Notices(root);
    this.preferences = new Preferences(settings);
    this.address = new Address({ base: settings.base, ttlS: settings.ttlS, renew: () => this.renewAddress() });
    this.source = new Source({ video, address: this.address, lowData: this.preferences.get("lowData"), rung: this.preferences.get("quality") });
    this.coverage = new Coverage({ root, settings, jump: (seconds) => this.jump(seconds) });
    this.played = new Played(video, () => this.isSeen());
    this.beats = new Beats({ video, played: this.played, open: () => this.openSession(), isSeen: () => this.isSeen(), isReporting: this.isReporting });
    this.addControls();
    this.mark = new Mark(this.frame);
    this.showMark(settings.viewerMark);
    this.listen();
    this.source.load(this.resumeAt());
    if (!video.paused) this.begin(); // the button was pressed before this module had come
    followEdition({ settings, source: this.source, address: this.address });
  }

  addControls() {
    const { root, video, settings, source, address, preferences } = this;
    const tell = (...words) => this.notices.tell(...words);
    const untell = (sentence) => this.notices.untell(sentence);
    const jump = (seconds) => this.jump(seconds);
    this.controls = new Controls({ root, video, source, preferences, settings, tell, untell });
    this.captions = new Captions({ root, video, settings, address, preferences, isNative: !source.usesHls });
    this.transcript = new Transcript({ root, video, settings, captions: this.captions, preferences, jump });
    this.loop = new Loop({ root, video, tell });
    showChapters(video, settings.chapters);
    new Storyboard({ root, video, path: settings.storyboard, address, isSparing: preferences.get("lowData") });
    this.keys = new Keys({ root, preferences, actions: this.actions() });
    keepAwake(video);
    customElements.whenDefined("media-controller").then(() => { root.querySelector("media-controller").fullscreenElement = root.querySelector("[data-player-stage]"); });
    for (const button of root.querySelectorAll("[data-player-seek]")) {
      button.addEventListener("click", () => this.jump(Number(button.dataset.playerSeek) / 1000));
    }
  }

  actions() {
    const { video, controls, loop } = this;
    const press = (name) => this.root.querySelector(name)?.click();
    const toggle = () => (video.paused ? this.play() : video.pause());
    const actions = {
      " ": toggle,
      k: toggle,
      j: () => controls.seekBy(-10),
      l: () => controls.seekBy(10),
      arrowleft: () => controls.seekBy(-5),
      arrowright: () => controls.seekBy(5),
      arrowup: () => controls.louder(0.05),
      arrowdown: () => controls.louder(-0.05),
      home: () => controls.seekTo(0),
      end: () => controls.seekTo(video.duration),
      m: () => { video.muted = !video.muted; },
      f: () => press("media-fullscreen-button"),
      p: () => press("media-pip-button"),
      c: () => this.captions.toggle(),
      t: () => this.transcript.toggle(),
      n: () => controls.toChapter(1),
      b: () => controls.toChapter(-1),
      "<": () => controls.shiftSpeed(-1),
      ">": () => controls.shiftSpeed(1),
      s: () => controls.slow(0.5),
      ",": () => controls.step(-1),
      ".": () => controls.step(1),
      "[": () => loop.set("a"),
      "]": () => loop.set("b"),
      "\\": () => loop.clear(),
      x: () => controls.mirror(),
      "?": () => this.keys.open(),
    };
    for (let tenth = 0; tenth < 10; tenth += 1) actions[tenth] = () => controls.seekTo((video.duration * tenth) / 10);
    return actions;
  }

  get isReporting() {
    return this.settings.grant !== null;
  }

  isSeen() {
    return document.visibilityState === "visible" || document.pictureInPictureElement === this.video;
  }

  /** Where to start, in seconds: where this tab was, else the moment named in the page's address, else where the person was last. */
  resumeAt() {
    const named = Number(new URLSearchParams(location.search).get("t") ?? new URLSearchParams(location.hash.slice(1)).get("t"));
    let ms = this.preferences.position ?? (named > 0 ? named * 1000 : this.settings.positionMs);
    if (ms >= this.settings.durationMs - NEAR_THE_END_MS) ms = this.coverage.firstMissing;
    return ms / 1000;
  }

  // Permission: a session, and an address that is renewed while permission lasts.

  openSession() {
    const body = { grant: this.settings.grant, native: !this.source.usesHls };
    return ask(this.settings.sessions, { method: "POST", body, csrf: this.text.csrf });
  }

  async renewAddress() {
    if (!this.isReporting) return;
    try {
      if (!this.beats.session) await this.beats.openSession();
      else this.address.use(await ask(this.beats.session.address + (this.source.usesHls ? "" : "?native=true")));
    } catch (error) {
      if (error instanceof Refusal) this.refuse(error);
    }
  }

  showMark(text) {
    this.mark.show(text);
    if (!this.mark.isOn) return;
    // Neither a window of its own nor an iPhone's full screen shows more than the bare film.
    this.video.disablePictureInPicture = true;
    this.root.querySelector("media-pip-button")?.remove();
    if (!document.fullscreenEnabled) this.root.querySelector("media-fullscreen-button")?.remove();
  }

  async begin() {
    if (this.stopped) this.video.pause();
    else if (this.isReporting) await this.beats.begin();
  }

  async play() {
    try {
      await this.video.play();
    } catch (error) {
      if (error.name === "NotSupportedError") this.notices.say(this.text.textBroken);
    }
  }

  jump(seconds) {
    this.video.currentTime = seconds;
    this.play();
  }

  async takeOver() {
    this.stopped = false;
    this.beats.forget();
    this.notices.hide();
    await this.begin();
    if (this.stopped) return;
    this.source.restart();
    await this.play();
  }

  // What the server says

  hear(answer) {
    this.notices.untell(this.text.textOffline);
    this.notices.untell(this.text.textLate);
    this.coverage.show(answer);
    if (answer.stop) this.stop(answer.state, answer.message);
    else if (answer.state !== "replay") this.hearRemark(answer.message);
    this.root.dispatchEvent(new CustomEvent("smrt:coverage", { bubbles: true, detail: answer }));
  }

  hearRemark(message) {
    if (message) this.notices.tell(message);
    else if (this.remark) this.notices.untell(this.remark);
    this.remark = message;
  }

  offline() {
    this.notices.tell(this.beats.isPastWindow ? this.text.textLate : this.text.textOffline, { stays: true });
  }

  refuse(error) {
    if (error.status === 401 || error.status === 403) this.stop("signed_out", this.text.textSignedOut);
    else if (error.status === 429 || error.status >= 500) this.notices.tell(this.text.textWaiting, { stays: true });
    else this.stop(error.code, error.message);
  }

  /** The player stops with a sentence. One that may go on here keeps what it has loaded; from any other the film is taken. */
  stop(state, sentence) {
    this.stopped = true;
    this.beats.stopped = true;
    this.video.pause();
    if (document.pictureInPictureElement === this.video) document.exitPictureInPicture();
    const again = { replaced: this.text.textHere, session_closed: this.text.textHere, closed: this.text.textAgain }[state];
    if (again) this.source.stop();
    else this.source.free();
    if (again) this.notices.say(state === "replaced" ? `${this.text.textReplaced} ${sentence}` : sentence, again, () => this.takeOver());
    else if (["signed_out", "unknown_session"].includes(state)) this.notices.say(sentence, this.text.textReload, () => location.reload());
    else this.notices.say(sentence);
  }

  // Listening

  listen() {
    const { video, beats, source, notices, text } = this;
    video.addEventListener("play", () => this.begin());
    video.addEventListener("playing", () => notices.untell(text.textHidden));
    beats.addEventListener("opened", ({ detail }) => {
      this.address.use(detail);
      source.settleNative();
      this.showMark(detail.viewer_mark);
      this.coverage.show(detail);
    });
    beats.addEventListener("answer", ({ detail }) => this.hear(detail));
    beats.addEventListener("offline", () => this.offline());
    beats.addEventListener("refused", ({ detail }) => this.refuse(detail));
    source.addEventListener("waiting", () => notices.tell(text.textWaiting, { stays: true }));
    source.addEventListener("flowing", () => notices.untell(text.textWaiting));
    source.addEventListener("broken", () => notices.say(text.textBroken));
    source.addEventListener("reloading", () => this.coverPicture());
    window.addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => this.hide());
  }

  leave() {
    if (!this.isReporting) return;
    this.preferences.position = Math.round(this.video.currentTime * 1000);
    this.beats.farewell();
  }

  /** Out of sight nothing counts, so nothing is played to nobody. What was played until now leaves at once: the tab may be put to sleep. */
  hide() {
    if (this.isSeen()) return;
    this.played.end();
    if (!this.isReporting) return;
    if (this.video.paused) {
      if (this.played.done.length) this.beats.beat();
      return;
    }
    this.video.pause();
    this.notices.tell(this.text.textHidden, { stays: true });
  }

  /** The last picture stays until the newly loaded source shows its own. */
  coverPicture() {
    const { video } = this;
    if (!video.videoWidth) return;
    const still = document.createElement("canvas");
    Object.assign(still, { className: video.className, width: video.videoWidth, height: video.videoHeight });
    still.classList.add("player__still");
    still.getContext("2d").drawImage(video, 0, 0);
    this.frame.querySelector(".player__still")?.remove();
    this.frame.append(still);
    video.addEventListener("seeked", () => still.remove(), { once: true });
    video.addEventListener("playing", () => still.remove(), { once: true });
  }
}

for (const root of document.querySelectorAll("[data-player]")) new Player(root);

// Where the picture comes from: hls.js, or the browser's own HLS player (an iPhone's). Keeps it coming: through a lost
// connection, an address that ended, a stall, a release that grew.

import { wait } from "./words.js";

const STALLED_AFTER_MS = 8000;
const WATCH_EVERY_MS = 1000;
const ASK_AGAIN_AFTER_MS = 5000;
const LONGEST_WAIT_MS = 10_000;
const MOST_FAILURES = 6; // of the browser's own player, which cannot say what failed
const LOW_DATA_RUNG = 360;
const SPENT = [401, 403, 410];
const OWN_HLS = "application/vnd.apple.mpegurl";

/** The short side, by which a rung is called: portrait films have the same names. */
export const rungOf = ({ width, height }) => Math.min(width || height, height);

export class Source extends EventTarget {
  /** Events: "rungs", "rung", "waiting", "flowing", "reloading", "broken". */
  constructor({ video, address, lowData, rung }) {
    super();
    Object.assign(this, { video, address, lowData, rung });
    this.stopped = false;
    this.failures = 0;
    this.mediaFailures = 0;
    video.addEventListener("playing", () => { this.mediaFailures = 0; });
    window.addEventListener("online", () => this.resume());
    this.watching = setInterval(() => this.watch(), WATCH_EVERY_MS);
  }

  announce(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  get usesHls() {
    return Boolean(window.Hls?.isSupported());
  }

  get master() {
    return this.address.of("master.m3u8");
  }

  load(at) {
    if (this.usesHls) this.loadHls(at);
    else if (this.video.canPlayType(OWN_HLS)) this.loadNative(at);
    else this.announce("broken");
  }

  // hls.js

  loadHls(at) {
    const { Hls } = window;
    this.hls = new Hls({
      startPosition: at, // a film that grows would begin at its end
      autoStartLoad: !this.lowData,
      capLevelToPlayerSize: true,
      maxBufferLength: this.lowData ? 20 : 40,
      backBufferLength: 60,
      // Captions lie beside the film and are loaded by the player itself: chosen, styled and searched in one way.
      subtitleTrackController: undefined,
      subtitleStreamController: undefined,
      timelineController: undefined,
      xhrSetup: async (request, url) => {
        await this.address.keepGood();
        request.open("GET", this.address.current(url), true);
      },
      ...this.policies(Hls.DefaultConfig),
    });
    this.hls.on(Hls.Events.ERROR, (_, data) => this.recover(data));
    this.hls.on(Hls.Events.FRAG_BUFFERED, () => this.flow());
    this.hls.on(Hls.Events.MANIFEST_LOADED, (_, { networkDetails }) => { this.manifest = networkDetails?.responseText; });
    this.hls.on(Hls.Events.MANIFEST_PARSED, () => {
      this.announce("rungs");
      this.choose(this.rung);
    });
    this.hls.on(Hls.Events.LEVEL_SWITCHED, () => this.announce("rung"));
    this.hls.loadSource(this.master);
    this.hls.attachMedia(this.video);
    if (this.lowData) this.video.addEventListener("play", () => this.hls?.startLoad(this.video.currentTime || at), { once: true });
  }

  /** hls.js' own, but an address that was refused is renewed and asked again instead of being given up. */
  policies(defaults) {
    const names = ["manifestLoadPolicy", "playlistLoadPolicy", "fragLoadPolicy"];
    return Object.fromEntries(names.map((name) => {
      const policy = structuredClone(defaults[name].default);
      policy.errorRetry = {
        ...policy.errorRetry,
        retryDelayMs: 500,
        shouldRetry: (_, count, isTimeout, response, usually) => {
          if (!SPENT.includes(response?.code)) return usually;
          this.address.spend();
          return count < 3 && !this.stopped;
        },
      };
      return [name, { default: policy }];
    }));
  }

  async recover({ type, details, fatal }) {
    if (!fatal || this.stopped) return;
    const { ErrorTypes, ErrorDetails } = window.Hls;
    if (type === ErrorTypes.MEDIA_ERROR && this.mediaFailures < 3) {
      this.mediaFailures += 1;
      this.hls.recoverMediaError();
    } else if (type === ErrorTypes.NETWORK_ERROR) {
      this.announce("waiting");
      this.needsMaster = [ErrorDetails.MANIFEST_LOAD_ERROR, ErrorDetails.MANIFEST_LOAD_TIMEOUT].includes(details);
      this.isDown = true;
      this.failures += 1;
      await wait(Math.min(500 * 2 ** this.failures, LONGEST_WAIT_MS));
      this.resume();
    } else {
      this.announce("broken");
    }
  }

  /** Goes on loading after a failure, at once when the connection is back. */
  resume() {
    if (!this.isDown || this.stopped) return;
    this.isDown = false;
    if (this.needsMaster) this.hls.loadSource(this.master);
    else this.hls.startLoad();
  }

  flow() {
    this.failures = 0;
    this.announce("flowing");
  }

  // Rungs

  get rungs() {
    return [...new Set((this.hls?.levels ?? []).map(rungOf))].sort((one, other) => other - one);
  }

  get currentRung() {
    const level = this.hls?.levels[this.hls.currentLevel];
    return level ? rungOf(level) : null;
  }

  /** A rung by its short side; "" lets the connection decide, in low-data mode among the small ones. */
  choose(rung) {
    this.rung = rung;
    if (!this.hls?.levels.length) return;
    this.hls.nextLevel = rung ? this.hls.levels.findIndex((level) => rungOf(level) === Number(rung)) : -1;
    const small = this.hls.levels.findLastIndex((level) => rungOf(level) <= LOW_DATA_RUNG);
    this.hls.autoLevelCapping = this.lowData ? Math.max(small, 0) : -1;
  }

  saveData(isOn) {
    this.lowData = isOn;
    if (!this.hls) return;
    this.hls.config.maxBufferLength = isOn ? 20 : 40;
    this.choose(this.rung);
  }

  // The browser's own player cannot change addresses on its way. It gets one that stays, and the pass in a cookie that
  // is renewed while it plays; the first play opens the session that hands out both.

  loadNative(at) {
    this.isNative = true;
    this.playNative(this.master, at, false);
    this.video.addEventListener("error", () => this.reloadNative());
    this.video.addEventListener("playing", () => { this.failures = 0; });
  }

  playNative(url, at, isPlaying) {
    this.video.src = url;
    this.video.addEventListener("loadedmetadata", () => {
      if (at) this.video.currentTime = at;
      if (isPlaying) this.video.play().catch(() => {});
    }, { once: true });
  }

  /** Plays on under the address that lasts. */
  settleNative() {
    if (!this.isNative || new URL(this.video.currentSrc || this.master, location.href).pathname === this.master) return;
    this.playNative(this.master, this.video.currentTime, !this.video.paused);
  }

  async reloadNative() {
    if (this.stopped || this.isReloading) return;
    this.isReloading = true;
    const [at, isPlaying] = [this.video.currentTime, !this.video.paused];
    this.failures += 1;
    if (this.failures > MOST_FAILURES) {
      this.announce("broken");
      return;
    }
    this.announce("waiting");
    await wait(Math.min(500 * 2 ** this.failures, LONGEST_WAIT_MS));
    this.address.spend();
    await this.address.keepGood();
    this.isReloading = false;
    if (!this.stopped) this.playNative(this.master, at, isPlaying);
  }

  // More of the film is there than when it was loaded: the same second of the new edition, without a black picture between.

  reload() {
    if (this.stopped) return;
    const { video } = this;
    const [at, isPlaying] = [video.currentTime, !video.paused && !video.ended];
    if (this.isNative) {
      this.playNative(this.master, at, isPlaying);
      return;
    }
    this.announce("reloading");
    this.hls.destroy();
    this.loadHls(at);
    if (this.lowData) this.hls.startLoad(at);
    if (isPlaying) video.play().catch(() => {});
  }

  // The watchdog: a picture that should move and does not.

  watch() {
    const { video } = this;
    if (!this.stopped) this.keepAhead();
    if (this.stopped || video.paused || video.ended || video.seeking || video.currentTime !== this.lastTime) {
      this.lastTime = video.currentTime;
      this.movedAt = performance.now();
      return;
    }
    if (performance.now() - this.movedAt < STALLED_AFTER_MS) return;
    this.movedAt = performance.now();
    if (this.isAtGrowingEnd) return;
    this.announce("waiting");
    if (this.isNative) this.reloadNative();
    else if (this.isBuffered(video.currentTime)) this.hls.recoverMediaError();
    else this.hls.startLoad(video.currentTime);
  }

  isBuffered(at) {
    const { buffered } = this.video;
    return Array.from({ length: buffered.length }, (_, n) => n).some((n) => buffered.start(n) <= at && buffered.end(n) > at + 1);
  }

  /** Whether all has been played that is made so far: more comes by itself. */
  get isAtGrowingEnd() {
    return Boolean(this.hls?.latestLevelDetails?.live) && this.video.duration - this.video.currentTime < 1;
  }

  /** A playing film never waits for an address: it is renewed before anything asks for it. */
  keepAhead() {
    if (this.video.paused || !this.address.isDue || !navigator.onLine || performance.now() < (this.askAgainAt ?? 0)) return;
    this.askAgainAt = performance.now() + ASK_AGAIN_AFTER_MS;
    this.address.keepGood();
  }

  // Stopping

  /** Loads nothing more; what is loaded stays for one who may go on. */
  stop() {
    this.stopped = true;
    this.hls?.stopLoad();
  }

  restart() {
    this.stopped = false;
    this.hls?.startLoad();
  }

  /** Gives the film out of its hands. */
  free() {
    this.stop();
    clearInterval(this.watching);
    this.hls?.destroy();
    this.hls = null;
    this.video.removeAttribute("src");
    this.video.load();
  }
}

// The video player: [data-player]. Plays adaptive HLS, reports what was really played every ten seconds, and shows
// what still counts. The server alone decides what counts (docs/decisions/0005-watch-evidence.md); its answer to each
// beat is announced as the DOM event "smrt:coverage" on the player.

const BEAT_EVERY_MS = 10_000;
const MOST_RANGES = 50;
const RENEW_BEFORE_MS = 45_000;
const SHORTEST_SHOWN_MS = 1000;
const MOST_SHOWN = 12;

const clock = (ms) => {
  const total = Math.floor(ms / 1000);
  const pad = (number) => String(number).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`;
};
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** A refusal in the server's words. */
class Refusal extends Error {
  constructor(status, body) {
    super(body?.detail || "");
    this.status = status;
    this.code = body?.code || "";
  }
}

async function ask(url, { method = "GET", body, csrf, keepalive = false } = {}) {
  const headers = { accept: "application/json" };
  if (body) headers["content-type"] = "application/json";
  if (csrf) headers["x-csrftoken"] = csrf;
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body), keepalive, credentials: "same-origin" });
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
}

/** The stretches of media that were really played, in order, measured on the media's own clock. */
class Played {
  constructor(video, counts) {
    this.video = video;
    this.counts = counts;
    this.done = [];
    this.open = null;
    this.lastEnd = null; // where the last stretch ended, unless the person has jumped since
    for (const name of ["play", "playing", "seeked", "timeupdate"]) video.addEventListener(name, () => this.mark());
    video.addEventListener("pause", () => { this.mark(); this.end(); });
    video.addEventListener("seeking", () => { this.end(); this.lastEnd = null; });
    video.addEventListener("ended", () => { this.mark(); this.reachEnd(); this.end(); });
    if ("requestVideoFrameCallback" in video) {
      const frame = () => { this.mark(); video.requestVideoFrameCallback(frame); };
      video.requestVideoFrameCallback(frame);
    }
  }

  mark() {
    const { video } = this;
    if (video.seeking || video.readyState < 2 || !this.counts()) return this.end();
    const now = video.currentTime * 1000;
    const at = performance.now();
    if (this.open) {
      const moved = now - this.open.last;
      const possible = (at - this.open.at) * Math.max(video.playbackRate, 1) * 1.5 + 1000;
      if (moved >= 0 && moved <= possible) Object.assign(this.open, { last: now, at });
      else this.end();
    }
    if (!this.open && !video.paused && !video.ended) {
      // The clock is read some hundredths of a second after the media moves on: without a jump, nothing was left out.
      const gap = this.lastEnd === null ? -1 : now - this.lastEnd;
      this.open = { first: gap >= 0 && gap < 300 ? this.lastEnd : now < 300 ? 0 : now, last: now, at };
    }
    return undefined;
  }

  reachEnd() {
    // The picture's last frame, the sound's last sample and the stated length differ by a few hundredths of a second.
    if (this.open) this.open.last += 500;
  }

  end() {
    if (!this.open) return;
    this.keep();
    this.lastEnd = this.open.last;
    this.open = null;
  }

  keep() {
    const stretch = [Math.round(this.open.first), Math.round(this.open.last)];
    const before = this.done.at(-1);
    if (stretch[0] >= stretch[1]) return;
    if (before && before[1] === stretch[0]) before[1] = stretch[1];
    else this.done.push(stretch);
  }

  /** Takes what has been played since the last call. */
  take() {
    if (this.open) {
      this.keep();
      this.open.first = this.open.last;
    }
    return this.done.splice(0, MOST_RANGES);
  }

  giveBack(stretches) {
    this.done.unshift(...stretches);
  }
}

class Player {
  constructor(root) {
    this.root = root;
    this.text = root.dataset;
    this.settings = JSON.parse(root.dataset.player);
    this.video = root.querySelector("video");
    this.status = root.querySelector("[data-player-status]");
    this.notice = root.querySelector(".player__notice");
    this.noticeButton = this.notice.querySelector("button");
    this.base = this.settings.base;
    this.goodUntil = performance.now() + this.settings.ttlS * 1000;
    this.session = null;
    this.stopped = false;
    this.seq = 0;
    this.lastSent = 0;
    this.sending = null;
    this.failures = 0;
    this.mediaFailures = 0;
    root.querySelector(".player__frame").style.setProperty("--ratio", root.querySelector(".player__frame").dataset.ratio);
    this.played = new Played(this.video, () => this.isSeen());
    this.listen();
    this.showCaptions();
    this.showCoverage({ covered_ms: this.settings.coveredMs, duration_ms: this.settings.durationMs, missing: this.settings.missing });
    this.load(this.resumeAt());
  }

  get isReporting() {
    return this.settings.grant !== null;
  }

  isSeen() {
    return document.visibilityState === "visible" || document.pictureInPictureElement === this.video;
  }

  // Where to start: after a reload of this tab the tab knows best, else the server does.

  get positionKey() {
    return `smrt-player-${this.settings.grant}`;
  }

  resumeAt() {
    let ms = this.settings.positionMs;
    const [navigation] = performance.getEntriesByType("navigation");
    if (this.isReporting && ["reload", "back_forward"].includes(navigation?.type)) ms = Number(sessionStorage.getItem(this.positionKey) ?? ms);
    const wanted = Number(new URLSearchParams(location.hash.slice(1)).get("t"));
    if (wanted > 0) ms = wanted * 1000;
    if (ms >= this.settings.durationMs - 2000) ms = this.settings.missing.find(([from, to]) => to - from >= SHORTEST_SHOWN_MS)?.[0] ?? 0;
    return ms / 1000;
  }

  // Loading. Every request goes to the address that is good now, whatever address the playlist was read from.

  load(at) {
    const master = `${this.base}master.m3u8`;
    if (window.Hls?.isSupported()) {
      this.hls = new window.Hls({
        startPosition: at || -1,
        capLevelToPlayerSize: true,
        maxBufferLength: 40,
        backBufferLength: 60,
        xhrSetup: async (request, url) => {
          await this.keepAddressGood();
          request.open("GET", this.currentAddress(url), true);
        },
      });
      this.hls.on(window.Hls.Events.ERROR, (_, data) => this.recover(data));
      this.hls.on(window.Hls.Events.FRAG_BUFFERED, () => this.clearTrouble());
      this.hls.loadSource(master);
      this.hls.attachMedia(this.video);
    } else if (this.video.canPlayType("application/vnd.apple.mpegurl")) {
      this.loadNatively(at, false);
      this.video.addEventListener("error", () => this.reloadNatively());
    } else {
      this.say(this.text.textBroken);
    }
  }

  loadNatively(at, play) {
    this.video.src = `${this.base}master.m3u8`;
    this.video.addEventListener("loadedmetadata", () => {
      if (at) this.video.currentTime = at;
      if (play) this.play();
    }, { once: true });
  }

  /** The browser's own HLS player cannot change addresses on its way: it is given the new one at the same position. */
  async reloadNatively() {
    if (this.stopped) return;
    const [at, play] = [this.video.currentTime, !this.video.paused];
    this.failures += 1;
    if (this.failures > 6) {
      this.say(this.text.textBroken);
      return;
    }
    await wait(Math.min(500 * 2 ** this.failures, 8000));
    await this.renewAddress();
    if (!this.stopped) this.loadNatively(at, play);
  }

  currentAddress(url) {
    const path = new URL(url, location.href).pathname;
    return path.startsWith("/v/") ? this.base + path.split("/").slice(6).join("/") : url;
  }

  async keepAddressGood() {
    if (this.isReporting && this.goodUntil - performance.now() < RENEW_BEFORE_MS) await this.renewAddress();
  }

  renewAddress() {
    this.renewing ??= this.askForAddress().finally(() => { this.renewing = null; });
    return this.renewing;
  }

  async askForAddress() {
    if (!this.isReporting) return;
    try {
      if (!this.session) await this.openSession();
      else this.useAddress(await ask(this.session.address));
    } catch (error) {
      this.refuse(error);
    }
  }

  useAddress({ base, ttl_s }) {
    this.base = base;
    this.goodUntil = performance.now() + ttl_s * 1000;
  }

  async recover(data) {
    const { ErrorTypes } = window.Hls;
    if ([401, 403, 410].includes(data.response?.code)) await this.renewAddress();
    if (!data.fatal || this.stopped) return;
    if (data.type === ErrorTypes.MEDIA_ERROR && this.mediaFailures < 3) {
      this.mediaFailures += 1;
      this.hls.recoverMediaError();
    } else if (data.type === ErrorTypes.NETWORK_ERROR) {
      this.tell(this.text.textWaiting);
      this.failures += 1;
      await Promise.race([wait(Math.min(1000 * 2 ** this.failures, 10_000)), new Promise((back) => window.addEventListener("online", back, { once: true }))]);
      if (this.stopped) return;
      if (data.details === "manifestLoadError" || data.details === "manifestLoadTimeOut") this.hls.loadSource(`${this.base}master.m3u8`);
      else this.hls.startLoad();
    } else {
      this.say(this.text.textBroken);
    }
  }

  clearTrouble() {
    this.failures = 0;
    if (this.status.textContent === this.text.textWaiting) this.tell("");
  }

  // The session: opened by the first play, so that a page that is merely open takes nothing from another tab.

  openSession() {
    this.opening ??= ask(this.settings.sessions, { method: "POST", body: { grant: this.settings.grant }, csrf: this.text.csrf })
      .then((session) => {
        this.session = session;
        this.seq = 0;
        this.lastSent = performance.now();
        this.useAddress(session);
        this.showCoverage(session);
      })
      .finally(() => { this.opening = null; });
    return this.opening;
  }

  async play() {
    try {
      await this.video.play();
    } catch (error) {
      if (error.name === "NotSupportedError") this.say(this.text.textBroken);
    }
  }

  async begin() {
    if (this.stopped) {
      this.video.pause();
      return;
    }
    if (!this.isReporting || this.session) return;
    try {
      await this.openSession();
    } catch (error) {
      this.refuse(error);
    }
  }

  async takeOver() {
    this.stopped = false;
    this.session = null;
    this.hideNotice();
    await this.begin();
    if (!this.stopped) {
      this.hls?.startLoad();
      await this.play();
    }
  }

  // Beats.

  payload(ranges) {
    this.seq += 1;
    return {
      key: this.session.key,
      seq: this.seq,
      ranges,
      position_ms: Math.max(0, Math.round(this.video.currentTime * 1000)),
      rate: this.video.playbackRate,
      visible: ranges.length > 0 || this.isSeen(),
    };
  }

  /** Sends what was played. Beats go one after another; what could not be sent goes with the next one. */
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
    const ranges = this.played.take();
    this.lastSent = performance.now();
    try {
      const answer = await ask(this.session.beats, { method: "POST", body: this.payload(ranges), keepalive: true });
      this.hear(answer);
    } catch (error) {
      if (error instanceof Refusal && error.status < 500 && error.status !== 429) {
        if (error.status !== 400) this.refuse(error);
        return;
      }
      this.played.giveBack(ranges);
      if (!(error instanceof Refusal)) this.tell(this.text.textOffline);
    }
  }

  hear(answer) {
    if (this.status.textContent === this.text.textOffline) this.tell("");
    this.showCoverage(answer);
    if (answer.message && !answer.stop && answer.state !== "replay") this.tell(answer.message);
    if (answer.stop) this.stop(answer.state, answer.message);
    this.root.dispatchEvent(new CustomEvent("smrt:coverage", { bubbles: true, detail: answer }));
  }

  /** The page goes away: the last beat leaves by itself. */
  farewell() {
    if (!this.isReporting) return;
    sessionStorage.setItem(this.positionKey, String(Math.round(this.video.currentTime * 1000)));
    if (!this.session || this.stopped) return;
    const ranges = this.played.take();
    const body = new Blob([JSON.stringify(this.payload(ranges))], { type: "application/json" });
    if (!navigator.sendBeacon(this.session.beats, body)) ask(this.session.beats, { method: "POST", body: this.payload(ranges), keepalive: true }).catch(() => {});
    this.played.giveBack(ranges); // A page that comes back sends them again; what is counted is not counted twice.
  }

  // Stopping, in words.

  refuse(error) {
    if (!(error instanceof Refusal)) {
      this.tell(this.text.textOffline);
      return;
    }
    if (error.status === 401 || error.status === 403) this.stop("signed_out", this.text.textSignedOut);
    else if (error.status === 429 || error.status >= 500) this.tell(this.text.textWaiting);
    else this.stop(error.code, error.message);
  }

  stop(state, sentence) {
    this.stopped = true;
    this.video.pause();
    this.hls?.stopLoad();
    if (document.pictureInPictureElement === this.video) document.exitPictureInPicture();
    const again = { replaced: this.text.textHere, session_closed: this.text.textHere, closed: this.text.textAgain }[state];
    if (again) this.say(state === "replaced" ? `${this.text.textReplaced} ${sentence}` : sentence, again, () => this.takeOver());
    else if (["signed_out", "unknown_session"].includes(state)) this.say(sentence, this.text.textReload, () => location.reload());
    else this.say(sentence);
  }

  say(sentence, button, action) {
    this.notice.querySelector(".player__notice-text").textContent = sentence;
    this.noticeButton.hidden = !button;
    this.noticeButton.textContent = button || "";
    this.noticeButton.onclick = action || null;
    this.notice.hidden = false;
    if (document.fullscreenElement) document.exitFullscreen();
  }

  hideNotice() {
    this.notice.hidden = true;
  }

  tell(sentence) {
    if (this.status.textContent !== sentence) this.status.textContent = sentence;
  }

  // What still counts.

  showCoverage({ covered_ms, duration_ms, missing }) {
    const panel = this.root.querySelector("[data-player-coverage]");
    if (!panel || !duration_ms) return;
    this.settings.missing = missing;
    const needed = Math.round(this.settings.needed * 100);
    const counted = Math.floor((covered_ms * 100) / duration_ms);
    const text = covered_ms >= duration_ms ? this.text.textAll : counted >= needed ? this.text.textEnough : this.text.textCounted;
    const summary = panel.querySelector("[data-player-summary]");
    const sentence = fill(text, { counted, needed });
    if (summary.textContent !== sentence) summary.textContent = sentence;

    const strip = panel.querySelector("[data-player-strip]");
    strip.replaceChildren(...missing.map(([from, to]) => {
      const part = document.createElement("span");
      part.style.insetInlineStart = `${(from * 100) / duration_ms}%`;
      part.style.inlineSize = `${((to - from) * 100) / duration_ms}%`;
      return part;
    }));
    this.listMissing(panel.querySelector("[data-player-missing]"), missing);
  }

  listMissing(list, missing) {
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

  jump(seconds) {
    this.video.currentTime = seconds;
    this.play();
  }

  // Captions are fetched once, so that an address that ends cannot take them away.

  async showCaptions() {
    const menu = this.root.querySelector("[data-player-captions]");
    if (this.settings.captions.length) await this.keepAddressGood();
    for (const { language, label, path } of this.settings.captions) {
      const response = await fetch(this.base + path).catch(() => null);
      if (!response?.ok) continue;
      const track = document.createElement("track");
      Object.assign(track, { kind: "subtitles", srclang: language, label, src: URL.createObjectURL(new Blob([await response.text()], { type: "text/vtt" })) });
      this.video.append(track);
    }
    const button = this.root.querySelector("[data-player-cc]");
    menu?.addEventListener("change", () => this.chooseCaptions(menu.value));
    button?.addEventListener("click", () => this.toggleCaptions());
    this.video.textTracks.addEventListener("change", () => {
      const language = [...this.video.textTracks].find((track) => track.mode === "showing")?.language ?? "";
      if (menu) menu.value = language;
      button?.setAttribute("aria-pressed", String(Boolean(language)));
    });
  }

  chooseCaptions(language) {
    for (const track of this.video.textTracks) track.mode = track.language === language ? "showing" : "disabled";
  }

  toggleCaptions() {
    const tracks = [...this.video.textTracks];
    this.chooseCaptions(tracks.some((track) => track.mode === "showing") ? "" : tracks[0]?.language);
  }

  // Listening.

  listen() {
    const { video, root } = this;
    video.addEventListener("play", () => this.begin());
    video.addEventListener("pause", () => this.beat());
    video.addEventListener("ended", () => this.beat());
    setInterval(() => {
      const due = performance.now() - this.lastSent >= BEAT_EVERY_MS;
      if (!due || (video.paused && !this.played.done.length)) return;
      this.lastSent = performance.now();
      if (this.session) this.beat();
      else this.begin(); // opening failed before, for want of a connection
    }, 1000);
    window.addEventListener("online", () => this.beat());
    window.addEventListener("pagehide", () => this.farewell());
    document.addEventListener("visibilitychange", () => {
      if (this.isSeen() || video.paused) return;
      this.played.end();
      if (this.isReporting) {
        video.pause();
        this.tell(this.text.textHidden);
      }
    });
    video.addEventListener("playing", () => {
      this.failures = 0;
      if (this.status.textContent === this.text.textHidden) this.tell("");
    });

    const speed = root.querySelector("[data-player-speed]");
    speed.addEventListener("change", () => { video.playbackRate = Number(speed.value); });
    video.addEventListener("ratechange", () => {
      speed.value = String(video.playbackRate);
      const cap = this.settings.rateCap;
      if (cap && video.playbackRate > cap) this.tell(fill(this.text.textFast, { cap }));
      else if (this.status.textContent === fill(this.text.textFast, { cap })) this.tell("");
    });
    for (const button of root.querySelectorAll("[data-player-seek]")) {
      button.addEventListener("click", () => this.jump(Number(button.dataset.playerSeek) / 1000));
    }
    document.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    const isHere = target === document.body || this.root.contains(event.target) || event.target.id === "main";
    if (!isHere || target.closest?.("input:not([type=range]), textarea, select, [contenteditable]")) return;
    const isRange = target.matches?.("input[type=range]");
    const isPressable = event.target.closest?.("button, summary, a, [role=button], media-play-button, media-mute-button, media-seek-backward-button, media-seek-forward-button, media-chrome-button, media-pip-button, media-fullscreen-button");
    const { video } = this;
    const press = (name) => this.root.querySelector(name)?.click();
    const by = (seconds) => { video.currentTime = Math.min(Math.max(video.currentTime + seconds, 0), video.duration || 0); };
    const louder = (step) => { video.volume = Math.min(Math.max(video.volume + step, 0), 1); };
    const actions = {
      k: () => (video.paused ? this.play() : video.pause()),
      j: () => by(-10),
      l: () => by(10),
      m: () => { video.muted = !video.muted; },
      f: () => press("media-fullscreen-button"),
      c: () => this.toggleCaptions(),
    };
    if (!isPressable) actions[" "] = actions.k;
    if (!isRange) Object.assign(actions, { arrowleft: () => by(-5), arrowright: () => by(5), arrowup: () => louder(0.05), arrowdown: () => louder(-0.05) });
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  }
}

for (const root of document.querySelectorAll("[data-player]")) new Player(root);

// Captions: fetched when they are wanted, shown by the browser, in the size, ground and place the person likes.
// The browser's own HLS player brings them with the film instead.

const TOP_LINE = 0;
const isCaptions = (track) => ["subtitles", "captions"].includes(track.kind);

export class Captions extends EventTarget {
  /** Event: "language" whenever another one shows, "" for none. */
  constructor({ root, video, settings, address, preferences, isNative }) {
    super();
    Object.assign(this, { root, video, address, preferences, isNative, all: settings.captions });
    this.tracks = new Map();
    this.language = "";
    this.menu = root.querySelector("[data-player-captions]");
    this.button = root.querySelector("[data-player-cc]");
    this.menu?.addEventListener("change", () => this.choose(this.menu.value));
    this.button?.addEventListener("click", () => this.toggle());
    video.textTracks.addEventListener("change", () => this.follow());
    video.textTracks.addEventListener("addtrack", () => { if (isNative) this.show(this.wanted); });
    for (const name of ["captionSize", "captionBackground", "captionPosition"]) this.style(name);
    this.wanted = this.atFirst;
    if (this.wanted) this.show(this.wanted);
  }

  /** The person's choice; where nothing is chosen, or not in that language, what staff marked to be shown first. */
  get atFirst() {
    const chosen = this.preferences.get("captions");
    if (chosen === "") return "";
    const found = this.all.find(({ language }) => language === chosen) ?? this.all.find(({ isDefault }) => isDefault);
    return found?.language ?? "";
  }

  /** The language of choice even while captions are off. */
  get preferred() {
    return this.language || this.lastLanguage || this.all.find(({ language }) => language === this.preferences.get("captions"))?.language || this.all[0]?.language;
  }

  choose(language) {
    this.preferences.set("captions", language);
    return this.show(language);
  }

  async show(language) {
    this.wanted = language;
    if (language && !this.isNative && !this.tracks.has(language)) await this.fetch(language);
    if (this.wanted !== language) return; // another was chosen meanwhile
    for (const track of this.video.textTracks) {
      if (isCaptions(track)) track.mode = track.language === language ? "showing" : "disabled";
    }
    this.place();
    this.follow();
  }

  toggle() {
    return this.choose(this.language ? "" : this.preferred ?? "");
  }

  async fetch(language) {
    const found = this.all.find((caption) => caption.language === language);
    if (!found) return;
    await this.address.keepGood();
    const response = await fetch(this.address.of(found.path)).catch(() => null);
    if (!response?.ok || this.tracks.has(language)) return;
    const track = document.createElement("track");
    const src = URL.createObjectURL(new Blob([await response.text()], { type: "text/vtt" }));
    Object.assign(track, { kind: "subtitles", srclang: language, label: found.label, src });
    track.addEventListener("load", () => this.place());
    this.tracks.set(language, track);
    this.video.append(track);
  }

  /** What shows now, by whatever menu it was chosen. */
  follow() {
    const language = [...this.video.textTracks].find((track) => isCaptions(track) && track.mode === "showing")?.language ?? "";
    if (this.menu) this.menu.value = language;
    this.button?.setAttribute("aria-pressed", String(Boolean(language)));
    if (language === this.language) return;
    if (this.language) this.lastLanguage = this.language;
    this.language = language;
    this.dispatchEvent(new CustomEvent("language", { detail: language }));
  }

  style(name) {
    const menu = this.root.querySelector(`[data-player-preference="${name}"]`);
    const apply = () => {
      this.root.dataset[name] = this.preferences.get(name);
      if (name === "captionPosition") this.place();
    };
    if (menu) {
      menu.value = this.preferences.get(name);
      menu.addEventListener("change", () => {
        this.preferences.set(name, menu.value);
        apply();
      });
    }
    apply();
  }

  place() {
    const line = this.preferences.get("captionPosition") === "top" ? TOP_LINE : "auto";
    for (const track of this.video.textTracks) {
      if (isCaptions(track)) for (const cue of track.cues ?? []) if (cue.line === "auto" || cue.line === TOP_LINE) cue.line = line;
    }
  }
}

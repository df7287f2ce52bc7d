// Chapters and small pictures on the time bar.

const CUE = /(?:(\d+):)?(\d\d):(\d\d)\.(\d\d\d) --> (?:(\d+):)?(\d\d):(\d\d)\.(\d\d\d)[^\n]*\n([^\n]+)/g;
const seconds = (hours, minutes, rest, ms) => Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(rest) + Number(ms) / 1000;

/** Chapters, so that media-chrome divides its bar and names the one under the pointer. */
export function showChapters(video, chapters) {
  if (!chapters.length) return;
  const track = video.addTextTrack("chapters");
  track.mode = "hidden";
  for (const { start_ms, end_ms, title } of chapters) track.addCue(new VTTCue(start_ms / 1000, end_ms / 1000, title));
}

/** Pictures of the place under the pointer, loaded when the bar is first touched; ahead of that only where data is no matter. */
export class Storyboard {
  constructor({ root, video, path, address, isSparing }) {
    if (!path) return;
    Object.assign(this, { video, path, address });
    const bar = root.querySelector("media-time-range");
    for (const name of ["pointerenter", "pointerdown", "focusin"]) bar.addEventListener(name, () => this.show());
    if (!isSparing) video.addEventListener("playing", () => this.show(), { once: true });
  }

  async show() {
    this.loading ??= this.load().catch(() => { this.loading = null; });
    await this.loading;
    if (!this.track || this.base === this.address.base) return;
    this.base = this.address.base;
    const folder = new URL(this.address.of(this.path), location.href);
    for (const cue of this.track.cues) cue.text = new URL(cue.id, folder).href;
  }

  async load() {
    await this.address.keepGood();
    const response = await fetch(this.address.of(this.path));
    if (!response.ok) throw new Error("no storyboard");
    const text = (await response.text()).replaceAll("\r\n", "\n");
    const track = this.video.addTextTrack("metadata", "thumbnails");
    track.mode = "hidden";
    for (const [, h1, m1, s1, ms1, h2, m2, s2, ms2, picture] of text.matchAll(CUE)) {
      const cue = new VTTCue(seconds(h1, m1, s1, ms1), seconds(h2, m2, s2, ms2), "");
      cue.id = picture.trim();
      track.addCue(cue);
    }
    this.track = track;
  }
}

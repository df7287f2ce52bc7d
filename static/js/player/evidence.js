// What was really played, for the beats.

const MOST_RANGES = 50;

/** The stretches of media that were really played, in order, measured on the media's own clock. */
export class Played {
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

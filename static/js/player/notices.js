// What the player says: a sentence over the picture, read out once (`tell`), or one that takes its place (`say`).

const SHOWN_MS = 8000;

export class Notices {
  constructor(root) {
    this.status = root.querySelector("[data-player-status]");
    this.notice = root.querySelector(".player__notice");
    this.button = this.notice.querySelector("button");
    this.sentence = "";
  }

  /** Shows a sentence over the picture: for some seconds, or until it is taken back when it `stays`. The same one is said once. */
  tell(sentence, { stays = false } = {}) {
    if (this.sentence === sentence) return;
    this.sentence = sentence;
    this.status.textContent = sentence;
    clearTimeout(this.fading);
    if (sentence && !stays) this.fading = setTimeout(() => { this.status.textContent = ""; }, SHOWN_MS);
  }

  /** Takes `sentence` back, if it is the one that was told last. */
  untell(sentence) {
    if (this.sentence === sentence) this.tell("");
  }

  /** Covers the picture with a sentence and, if there is something to do, a button. */
  say(sentence, button, action) {
    this.tell("");
    this.notice.querySelector(".player__notice-text").textContent = sentence;
    this.button.hidden = !button;
    this.button.textContent = button || "";
    this.button.onclick = action || null;
    this.notice.hidden = false;
  }

  hide() {
    this.notice.hidden = true;
  }
}

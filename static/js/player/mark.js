// The viewer's mark: who watches, faint over the picture, now here, now there. A recording then says whose it is.
// It is no lock: who can edit the page can edit the mark. It is put back when it is taken away.

const MOVES_EVERY_MS = 15_000;
const PLACES = [[8, 12], [58, 18], [30, 44], [62, 62], [10, 70], [40, 26], [20, 56], [55, 40]]; // in % of the picture

export class Mark {
  constructor(frame) {
    this.frame = frame;
    this.place = 0;
    this.observer = new MutationObserver(() => this.keep());
  }

  show(text) {
    if (!text || text === this.text) return;
    this.text = text;
    this.keep();
    this.moving ??= setInterval(() => this.move(), MOVES_EVERY_MS);
  }

  get isOn() {
    return Boolean(this.text);
  }

  move() {
    this.place = (this.place + 1) % PLACES.length;
    this.keep();
  }

  /** As it should be, whatever was done to it. */
  keep() {
    this.observer.disconnect();
    const found = this.frame.querySelectorAll(":scope > .player__mark");
    const mark = found.length === 1 ? found[0] : document.createElement("div");
    if (found.length !== 1) for (const other of found) other.remove();
    for (const name of mark.getAttributeNames()) mark.removeAttribute(name);
    mark.className = "player__mark";
    mark.setAttribute("aria-hidden", "true");
    if (mark.textContent !== this.text) mark.textContent = this.text;
    const [x, y] = PLACES[this.place];
    mark.style.insetInlineStart = `${x}%`;
    mark.style.insetBlockStart = `${y}%`;
    if (mark.parentNode !== this.frame) this.frame.append(mark);
    this.observer.observe(this.frame, { childList: true });
    this.observer.observe(mark, { attributes: true, childList: true, characterData: true, subtree: true });
  }
}

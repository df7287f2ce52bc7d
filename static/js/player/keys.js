// The keyboard. Single keys work only while the focus is in the player, and can be switched off (WCAG 2.1.4); "?" lists them.

const TYPED = "input:not([type=range], [type=checkbox]), textarea, select, [contenteditable]";
const PRESSED = "button, summary, a, input, [role=button], media-chrome-button, media-play-button, media-mute-button, media-seek-backward-button, media-seek-forward-button, media-pip-button, media-fullscreen-button";
const MOVED = "[role=slider], input[type=range]";

export class Keys {
  /** `actions`: what each key does, by its `event.key` in lower case. */
  constructor({ root, actions, preferences }) {
    Object.assign(this, { root, actions, preferences });
    this.dialog = root.querySelector("[data-player-keys]");
    const opener = root.querySelector("[data-player-keys-open]");
    opener.addEventListener("click", () => this.open());
    this.dialog.querySelector("[data-player-keys-close]").addEventListener("click", () => this.dialog.close());
    const choice = root.querySelector("[data-player-shortcuts]");
    choice.checked = preferences.get("shortcuts");
    choice.addEventListener("change", () => preferences.set("shortcuts", choice.checked));
    root.addEventListener("keydown", (event) => this.hear(event));
    root.querySelector(".player__frame").addEventListener("pointerdown", (event) => {
      if (!event.target.closest("button, select, input")) root.querySelector(".player__frame").focus({ preventScroll: true });
    });
  }

  open() {
    this.dialog.showModal();
  }

  hear(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || this.dialog.open) return;
    if (!this.preferences.get("shortcuts")) return;
    const target = event.composedPath()[0];
    if (target.closest?.(TYPED)) return;
    const key = event.key.toLowerCase();
    if ([" ", "enter"].includes(key) && event.composedPath().some((part) => part.matches?.(PRESSED))) return;
    if (/^(arrow|home|end|page)/.test(key) && event.composedPath().some((part) => part.matches?.(MOVED))) return;
    const action = this.actions[key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}

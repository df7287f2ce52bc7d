// The caption editor: [data-caption-editor]. All captions are in one hidden field; this module edits them there, beside
// the player, and the form saves the field. Rows are plain buttons; only the one being edited has fields.

const MOST_UNDO = 200;
const TIME = /^(?:(\d{1,4}):)?(\d{1,2}):([0-5]?\d)(?:[.,](\d{1,9}))?$/;

const milliseconds = (time) => {
  const found = TIME.exec(time.trim());
  if (!found) return null;
  const [, hours, minutes, seconds, fraction] = found;
  return ((Number(hours || 0) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number((fraction || "0").padEnd(3, "0").slice(0, 3));
};
const stamp = (ms) => {
  const pad = (number, digits = 2) => String(number).padStart(digits, "0");
  const whole = Math.max(0, Math.round(ms));
  return `${pad(Math.floor(whole / 3600000))}:${pad(Math.floor(whole / 60000) % 60)}:${pad(Math.floor(whole / 1000) % 60)}.${pad(whole % 1000, 3)}`;
};
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

class Editor {
  constructor(form) {
    this.form = form;
    this.text = form.dataset;
    this.field = form.querySelector("[name=cues]");
    this.list = form.querySelector("[data-cue-list]");
    this.status = form.querySelector("[data-cue-status]");
    this.fields = form.querySelector("[data-cue-fields]");
    this.video = document.querySelector("[data-player] video");
    this.cues = JSON.parse(this.field.value);
    this.past = [];
    this.future = [];
    this.saved = document.querySelector("[data-caption-problems]") ? "" : JSON.stringify(this.cues); // refused: not saved yet
    this.open = null; // the number of the one being edited, from 0
    this.stop = 0; // the one row the Tab key reaches
    this.current = -1;
    form.querySelector("[data-cue-plain]").remove();
    for (const tool of form.querySelectorAll("[data-cue-tools]")) tool.hidden = false;
    this.draw();
    this.listen();
    this.openFromAddress();
  }

  // Drawing.

  draw() {
    this.list.replaceChildren(...this.cues.map((_, index) => this.row(index)));
    this.current = -1;
    this.follow(false);
    this.say();
  }

  row(index) {
    const item = document.createElement("li");
    item.className = "cue";
    item.id = `cue-${index + 1}`;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "cue__line";
    const when = document.createElement("span");
    when.className = "cue__when";
    const said = document.createElement("span");
    said.className = "cue__said";
    button.append(when, said);
    item.append(button);
    this.fillRow(item, index);
    if (index === this.open) this.addFields(item, index);
    return item;
  }

  fillRow(item, index) {
    const [start, end, text] = this.cues[index];
    const button = item.querySelector(".cue__line");
    button.tabIndex = index === this.stop ? 0 : -1;
    button.setAttribute("aria-expanded", String(index === this.open));
    const when = fill(this.text.textCue, { number: index + 1, start, end });
    const said = text || this.text.textEmpty;
    if (item.querySelector(".cue__when").textContent !== when) item.querySelector(".cue__when").textContent = when;
    if (item.querySelector(".cue__said").textContent !== said) item.querySelector(".cue__said").textContent = said;
    const [from, to] = [milliseconds(start), milliseconds(end)];
    item.classList.toggle("is-wrong", from === null || to === null || to <= from);
    item.classList.toggle("is-open", index === this.open);
  }

  addFields(item, index) {
    item.append(this.fields.content.cloneNode(true));
    const [start, end, text] = this.cues[index];
    item.querySelector("[data-start]").value = start;
    item.querySelector("[data-end]").value = end;
    item.querySelector("[data-text]").value = text;
    item.querySelector("[data-join]").disabled = index === this.cues.length - 1;
  }

  say() {
    const changed = JSON.stringify(this.cues) !== this.saved;
    const count = fill(this.text.textCount, { count: this.cues.length });
    const words = changed ? `${count}. ${this.text.textChanged}` : count;
    if (this.status.textContent !== words) this.status.textContent = words;
    this.form.querySelector("[data-undo]").disabled = !this.past.length;
    this.form.querySelector("[data-redo]").disabled = !this.future.length;
    return changed;
  }

  item(index) {
    return this.list.children[index];
  }

  // Moving about.

  openFromAddress() {
    const number = Number(/^#cue-(\d+)$/.exec(location.hash)?.[1]);
    if (number >= 1 && number <= this.cues.length) this.edit(number - 1);
  }

  focusRow(index) {
    if (!this.cues.length) return;
    const before = this.item(this.stop);
    this.stop = Math.min(Math.max(index, 0), this.cues.length - 1);
    if (before) before.querySelector(".cue__line").tabIndex = -1;
    const button = this.item(this.stop).querySelector(".cue__line");
    button.tabIndex = 0;
    button.focus();
  }

  edit(index, { seek = true } = {}) {
    this.close();
    this.open = index;
    const before = this.item(this.stop);
    if (before) before.querySelector(".cue__line").tabIndex = -1;
    this.stop = index;
    const item = this.item(index);
    this.fillRow(item, index);
    this.addFields(item, index);
    item.scrollIntoView({ block: "nearest" });
    item.querySelector("[data-text]").focus({ preventScroll: true });
    const start = milliseconds(this.cues[index][0]);
    if (seek && this.video && start !== null) this.video.currentTime = start / 1000;
  }

  close() {
    if (this.open === null) return;
    const index = this.open;
    this.open = null;
    const item = this.item(index);
    item?.querySelector(".cue__fields")?.remove();
    if (item) this.fillRow(item, index);
  }

  follow(scroll = true) {
    if (!this.video) return;
    const now = this.video.currentTime * 1000;
    const index = this.cues.findIndex(([start, end]) => milliseconds(start) <= now && now < milliseconds(end));
    if (index === this.current) return;
    const before = this.item(this.current);
    before?.classList.remove("is-current");
    before?.querySelector(".cue__line").removeAttribute("aria-current");
    this.current = index;
    if (index < 0) return;
    const item = this.item(index);
    item.classList.add("is-current");
    item.querySelector(".cue__line").setAttribute("aria-current", "true");
    if (scroll && this.form.querySelector("[data-follow]").checked && !this.list.contains(document.activeElement)) item.scrollIntoView({ block: "nearest" });
  }

  // Changing. Every change keeps what was before it.

  keep() {
    this.past.push(JSON.stringify(this.cues));
    if (this.past.length > MOST_UNDO) this.past.shift();
    this.future = [];
  }

  undo(from, to) {
    if (!from.length) return;
    to.push(JSON.stringify(this.cues));
    this.cues = JSON.parse(from.pop());
    this.open = null;
    this.stop = Math.min(this.stop, Math.max(0, this.cues.length - 1));
    this.typing = null;
    this.draw();
  }

  set(index, place, value) {
    const what = `${index}:${place}`;
    if (this.typing !== what) this.keep();
    this.typing = what; // one step back for all that is typed into one field
    this.cues[index][place] = value;
    this.fillRow(this.item(index), index);
    this.say();
  }

  setTime(index, place, ms) {
    this.typing = null;
    const value = stamp(ms);
    this.set(index, place, value);
    this.typing = null;
    this.item(index).querySelector(place === 0 ? "[data-start]" : "[data-end]").value = value;
  }

  replace(index, remove, cues, next) {
    this.keep();
    this.typing = null;
    this.cues.splice(index, remove, ...cues);
    this.open = null;
    this.stop = Math.min(next, Math.max(0, this.cues.length - 1));
    this.draw();
    if (this.cues.length) this.edit(this.stop, { seek: false });
  }

  add(after) {
    const now = this.video ? this.video.currentTime * 1000 : 0;
    const at = after ?? this.cues.filter(([start]) => milliseconds(start) <= now).length - 1;
    const from = after === undefined ? now : Math.max(milliseconds(this.cues[after][1]) ?? now, 0);
    const next = this.cues[at + 1] ? milliseconds(this.cues[at + 1][0]) : null;
    const to = next !== null && next > from + 300 ? Math.min(from + 2000, next) : from + 2000;
    this.replace(at + 1, 0, [[stamp(from), stamp(to), "", ""]], at + 1);
  }

  split(index) {
    const [start, end, text, settings] = this.cues[index];
    const [from, to] = [milliseconds(start), milliseconds(end)];
    if (from === null || to === null || to - from < 2) return;
    const field = this.item(index).querySelector("[data-text]");
    const caret = field.selectionStart > 0 && field.selectionStart < text.length ? field.selectionStart : Math.max(text.indexOf(" ", text.length / 2), Math.floor(text.length / 2));
    const now = this.video ? this.video.currentTime * 1000 : 0;
    const cut = now > from + 1 && now < to - 1 ? now : from + ((to - from) * (caret || 1)) / (text.length || 2);
    this.replace(index, 1, [[start, stamp(cut), text.slice(0, caret).trim(), settings], [stamp(cut), end, text.slice(caret).trim(), settings]], index + 1);
  }

  join(index) {
    const [[start, end, text, settings], next] = [this.cues[index], this.cues[index + 1]];
    if (!next) return;
    const last = (milliseconds(next[1]) ?? 0) > (milliseconds(end) ?? 0) ? next[1] : end;
    this.replace(index, 2, [[start, last, [text, next[2]].filter(Boolean).join("\n"), settings]], index);
  }

  // Listening.

  act(button) {
    const index = this.open;
    if (button.matches("[data-undo]")) this.undo(this.past, this.future);
    else if (button.matches("[data-redo]")) this.undo(this.future, this.past);
    else if (button.matches("[data-add]")) this.add();
    else if (button.matches("[data-below]")) this.add(index);
    else if (button.matches("[data-split]")) this.split(index);
    else if (button.matches("[data-join]")) this.join(index);
    else if (button.matches("[data-delete]")) this.replace(index, 1, [], index);
    else if (button.matches("[data-now]")) this.now(button.dataset.now);
    else if (button.matches("[data-nudge]")) {
      const [side, by] = button.dataset.nudge.split(":");
      const place = side === "start" ? 0 : 1;
      const ms = milliseconds(this.cues[index][place]);
      if (ms !== null) this.setTime(index, place, ms + Number(by));
    }
  }

  now(side) {
    if (this.open !== null && this.video) this.setTime(this.open, side === "start" ? 0 : 1, this.video.currentTime * 1000);
  }

  key(event) {
    const key = event.key.toLowerCase();
    const line = event.target.closest?.(".cue__line");
    const typing = event.target.closest?.("input, textarea");
    const index = line ? [...this.list.children].indexOf(line.parentElement) : null;
    const control = event.ctrlKey || event.metaKey;
    let action = null;
    if (control && key === "s") action = () => this.form.requestSubmit(this.form.querySelector("[data-save]"));
    else if (control && !typing && key === "z" && !event.shiftKey) action = () => this.undo(this.past, this.future);
    else if (control && !typing && (key === "y" || (key === "z" && event.shiftKey))) action = () => this.undo(this.future, this.past);
    else if (event.altKey && event.code === "KeyP" && this.video) action = () => (this.video.paused ? this.video.play() : this.video.pause());
    else if (event.altKey && event.code === "Digit1") action = () => this.now("start");
    else if (event.altKey && event.code === "Digit2") action = () => this.now("end");
    else if (event.altKey && key === "arrowdown" && this.open !== null && this.open + 1 < this.cues.length) action = () => this.edit(this.open + 1);
    else if (event.altKey && key === "arrowup" && this.open) action = () => this.edit(this.open - 1);
    else if (key === "escape" && this.open !== null) action = () => { const last = this.open; this.close(); this.focusRow(last); };
    else if (line && !event.altKey && key === "arrowdown") action = () => this.focusRow(index + 1);
    else if (line && !event.altKey && key === "arrowup") action = () => this.focusRow(index - 1);
    else if (line && key === "home") action = () => this.focusRow(0);
    else if (line && key === "end") action = () => this.focusRow(this.cues.length - 1);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  listen() {
    this.form.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.matches(".cue__line")) {
        const index = [...this.list.children].indexOf(button.parentElement);
        if (index === this.open) { this.close(); this.focusRow(index); } else this.edit(index);
      } else if (button.type === "button") this.act(button);
    });
    this.list.addEventListener("input", (event) => {
      const place = ["[data-start]", "[data-end]", "[data-text]"].findIndex((name) => event.target.matches(name));
      if (place >= 0) this.set(this.open, place, event.target.value);
    });
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.target.closest?.("[data-player]")) return;
      this.key(event);
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest("[data-cue-link]");
      if (!link || Number(link.dataset.cueLink) > this.cues.length) return;
      event.preventDefault();
      this.edit(Number(link.dataset.cueLink) - 1);
    });
    this.video?.addEventListener("timeupdate", () => this.follow());
    this.video?.addEventListener("seeked", () => this.follow());
    this.form.addEventListener("submit", () => {
      this.field.value = JSON.stringify(this.cues);
      this.sending = true;
    });
    window.addEventListener("beforeunload", (event) => {
      if (!this.sending && JSON.stringify(this.cues) !== this.saved) event.preventDefault();
    });
  }
}

for (const form of document.querySelectorAll("[data-caption-editor]")) new Editor(form);

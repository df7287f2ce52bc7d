// Sends files in pieces, several files one after another, and goes on where it stopped. Attached to the form with
// data-upload, whose value is the address that begins an upload; the answer says where pieces go: to this site, or straight
// to the bucket. Without this module, or without the browser's checksums, the form posts one file in one request.

const RUNNING_AT_ONCE = 2;
const LANES_TO_A_BUCKET = 3;
const FIRST_WAIT_S = 1;
const LONGEST_WAIT_S = 30;
const SILENCE_MS = 60_000;
const SPEED_OVER_MS = 10_000;
const END_BYTES = 1024 * 1024; // streaming/services/duplicates.py says the same
const HEAD_BYTES = 1024;

class Refusal extends Error {}
class Lost extends Error {} // worth another try
class Halted extends Error {}
class Gone extends Error {} // the place forgot the upload: open it again

function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = Math.min(3, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const shown = { style: "unit", unit: units[step], unitDisplay: step ? "short" : "long", maximumFractionDigits: step > 1 ? 1 : 0 };
  return new Intl.NumberFormat(document.documentElement.lang, shown).format(bytes / 1000 ** step);
}

function time(seconds) {
  const [unit, value] = seconds < 90 ? ["second", Math.ceil(seconds)] : ["minute", Math.round(seconds / 60)];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" }).format(value);
}

async function sha256(data) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Hasher {
  constructor(address) {
    this.address = address;
    this.waiting = new Map();
  }

  md5(buffer) {
    if (!this.worker) {
      this.worker = new Worker(this.address);
      this.worker.onmessage = ({ data }) => {
        this.waiting.get(data.id)(data.md5);
        this.waiting.delete(data.id);
      };
    }
    return new Promise((resolve) => {
      const id = (this.last = (this.last ?? 0) + 1);
      this.waiting.set(id, resolve);
      this.worker.postMessage({ id, buffer }, [buffer]);
    });
  }
}

class Row {
  constructor(queue, file) {
    this.queue = queue;
    this.file = file;
    this.state = "waiting";
    this.anyway = false;
    this.element = queue.blank.content.firstElementChild.cloneNode(true);
    this.bar = this.part("bar");
    this.bar.setAttribute("aria-label", file.name);
    this.part("name").textContent = file.name;
    this.part("size").textContent = size(file.size);
    for (const name of this.element.querySelectorAll("[data-of]")) name.textContent = ` ${file.name}`;
    this.on("pause", () => this.halt("paused"));
    this.on("resume", () => queue.again(this));
    this.on("cancel", () => this.cancel());
    this.on("anyway", () => {
      this.anyway = true;
      queue.again(this);
    });
    this.on("use", () => this.finish(this.known, "Here"));
    this.on("remove", () => queue.remove(this));
    queue.list.append(this.element);
    this.show("waiting");
  }

  part(name) {
    return this.element.querySelector(`[data-${name}]`);
  }

  on(name, act) {
    this.part(name).addEventListener("click", act);
  }

  // Which buttons belong to a state is said by the template; a button that vanishes under the focus hands it on.
  show(state, sentence = this.queue.text(state[0].toUpperCase() + state.slice(1)), { aloud = true } = {}) {
    this.state = state;
    this.element.dataset.state = state;
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    for (const button of this.element.querySelectorAll("[data-when]")) button.hidden = !button.dataset.when.split(" ").includes(state);
    if (focused?.hidden) (this.element.querySelector("[data-when]:not([hidden])") ?? this.queue.input).focus();
    this.bar.hidden = ["asking", "refused"].includes(state);
    const isBad = state === "refused";
    this.part("error").hidden = !isBad;
    this.part("says").hidden = isBad;
    this.part(isBad ? "error" : "says").textContent = sentence;
    if (aloud) this.queue.announce(`${this.file.name}: ${sentence}`);
  }

  get isRunning() {
    return ["checking", "sending", "lost", "finishing"].includes(this.state);
  }

  async run() {
    this.halted = null;
    this.requests = new Set();
    try {
      for (;;) {
        try {
          return await this.attempt();
        } catch (error) {
          if (!(error instanceof Gone)) throw error;
        }
      }
    } catch (error) {
      this.stopRequests();
      if (this.halted === "paused") this.show("paused");
      else if (this.halted) return;
      else if (error instanceof Refusal) this.show("refused", error.message);
      else if (error instanceof DOMException) this.show("refused", this.queue.text("Unreadable"));
      else throw error;
    }
  }

  async attempt() {
    this.show("checking", undefined, { aloud: false });
    const { body, fingerprint } = await this.opening();
    if (this.queue.rows.some((row) => row !== this && row.isRunning && row.fingerprint === fingerprint)) throw new Refusal(this.queue.text("Twice"));
    this.fingerprint = fingerprint;
    const upload = await this.persist(() => this.send("POST", this.queue.form.dataset.upload, body));
    if (upload.known) return this.ask(upload.known);
    this.upload = upload;
    this.queue.forget(upload.address);
    this.takeStock(upload.missing);
    this.most = upload.piece_bytes;
    this.samples = [];
    this.quarter = Math.floor((4 * this.kept) / this.file.size);
    this.show("sending", this.kept ? this.queue.text("Resumed", { sent: size(this.kept), all: size(this.file.size) }) : undefined);
    await Promise.all(Array.from({ length: upload.direct ? LANES_TO_A_BUCKET : 1 }, () => this.lane()));
    this.bar.value = 100;
    this.show("finishing", undefined, { aloud: false });
    this.finish(await this.persist(() => this.send("POST", upload.finish)));
  }

  async opening() {
    const { file } = this;
    const ends = [file.slice(0, END_BYTES), file.slice(Math.max(0, file.size - END_BYTES))];
    const fingerprint = await sha256(await new Blob([`${file.size}:`, ...ends]).arrayBuffer());
    const head = String.fromCharCode(...new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
    const title = file.name.replace(/\.[^.]+$/, "").replace(/[_-]+/g, " ");
    const body = new FormData();
    const values = { title, name: file.name, size: file.size, fingerprint, head: btoa(head), anyway: this.anyway ? "on" : "" };
    for (const [name, value] of Object.entries(values)) body.set(name, value);
    return { body, fingerprint };
  }

  ask(known) {
    this.known = known;
    this.show("asking", known.message);
    this.part("use").focus({ preventScroll: true });
  }

  finish(done, text = "Done") {
    const link = this.part("link");
    link.href = done.location;
    this.bar.value = 100;
    this.show("done", this.queue.text(text));
  }

  takeStock(missing) {
    this.missing = missing;
    this.kept = this.file.size - missing.reduce((sum, [start, end]) => sum + end - start, 0);
    this.inFlight = new Map();
  }

  take() {
    const stretch = this.missing[0];
    if (!stretch) return null;
    const [start, end] = stretch;
    const whole = this.upload.piece_bytes;
    const cut = Math.min(end, start - (start % whole) + whole, start + this.most);
    if (cut < end) stretch[0] = cut;
    else this.missing.shift();
    return [start, cut];
  }

  // Sends one missing piece after another. What fails is put back and cut smaller where the place allows: a slow line
  // gets through with less. The wait doubles, and ends early when the network comes back.
  async lane() {
    let wait = FIRST_WAIT_S;
    for (let piece; (piece = this.take()); ) {
      try {
        await this.sendPiece(piece);
        wait = FIRST_WAIT_S;
        this.most = Math.min(this.upload.piece_bytes, this.most * 2);
        if (this.state === "lost") this.show("sending", this.queue.text("Back"));
      } catch (error) {
        this.inFlight.delete(piece);
        this.missing.unshift(piece);
        if (!(error instanceof Lost)) throw error;
        this.most = Math.max(this.upload.smallest_bytes, Math.floor(this.most / 2));
        await this.rest(wait, error);
        wait = Math.min(LONGEST_WAIT_S, wait * 2);
      }
    }
  }

  async sendPiece(piece) {
    const [start, end] = piece;
    const blob = this.file.slice(start, end);
    const data = await blob.arrayBuffer();
    const onSent = (sent) => {
      this.inFlight.set(piece, sent);
      this.progress();
    };
    let answer;
    if (this.upload.direct) {
      const body = new FormData();
      const values = { offset: start, length: end - start, md5: await this.queue.hasher.md5(data) };
      for (const [name, value] of Object.entries(values)) body.set(name, value);
      answer = await this.send("POST", this.upload.direct, body);
      if (answer.url) await this.send("PUT", answer.url, blob, { headers: answer.headers, onSent, isBucket: true });
    } else {
      answer = await this.send("PUT", `${this.upload.address}?offset=${start}&sha256=${await sha256(data)}`, blob, { onSent });
    }
    this.inFlight.delete(piece);
    if (answer.missing) this.takeStock(answer.missing); // it had arrived before the connection was lost
    else this.kept += end - start;
    this.progress();
  }

  async persist(work) {
    for (let wait = FIRST_WAIT_S; ; wait = Math.min(LONGEST_WAIT_S, wait * 2)) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Lost)) throw error;
        await this.rest(wait, error);
      }
    }
  }

  rest(seconds, error) {
    this.samples = [];
    return new Promise((resolve, reject) => {
      let left = seconds;
      const end = () => {
        clearInterval(tick);
        window.removeEventListener("online", end);
        this.wake = null;
        if (this.halted) reject(new Halted());
        else resolve();
      };
      const say = (aloud) => this.show("lost", `${error.message || this.queue.text("Lost")} ${this.queue.text("Again", { seconds: left })}`, { aloud });
      const tick = setInterval(() => (--left > 0 ? say(false) : end()), 1000);
      const before = this.wake;
      this.wake = () => {
        before?.();
        end();
      };
      window.addEventListener("online", end);
      say(this.state !== "lost");
    });
  }

  send(method, address, body = null, { headers = {}, onSent = null, isBucket = false, always = false } = {}) {
    return new Promise((resolve, reject) => {
      if (this.halted && !always) return reject(new Halted());
      const request = new XMLHttpRequest();
      if (!always) this.requests.add(request);
      let silence;
      const heard = () => {
        clearTimeout(silence);
        silence = setTimeout(() => request.abort(), SILENCE_MS);
      };
      request.open(method, address);
      if (!isBucket) {
        request.responseType = "json";
        request.setRequestHeader("Accept", "application/json");
        request.setRequestHeader("X-CSRFToken", this.queue.form.elements.csrfmiddlewaretoken.value);
      }
      if (method === "PUT") request.setRequestHeader("Content-Type", "application/octet-stream");
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = (event) => {
        heard();
        onSent?.(event.loaded);
      };
      request.onloadend = () => {
        clearTimeout(silence);
        this.requests.delete(request);
        if (this.halted && !always) return reject(new Halted());
        const { status } = request;
        if (isBucket) {
          if (status >= 200 && status < 300) resolve({});
          else if (status === 404) reject(new Gone());
          else reject(new Lost(this.queue.text("Bucket")));
          return;
        }
        const answer = request.response;
        if (status >= 200 && status < 300 && answer) resolve(answer);
        else if (answer?.code === "same_file") resolve({ known: answer });
        else if (answer?.code === "wrong_offset") resolve(answer);
        else if (["upload_busy", "piece_damaged", "store_away"].includes(answer?.code)) reject(new Lost(answer.message));
        else if (answer?.code === "upload_incomplete") reject(new Gone());
        else if (status === 0 || status >= 500 || status === 429 || answer?.code === "interrupted") reject(new Lost());
        else if (status === 404) reject(new Refusal(this.queue.text("Discarded")));
        else reject(new Refusal(answer?.message ?? this.queue.text("Refused")));
      };
      heard();
      request.send(body);
    });
  }

  progress() {
    const now = performance.now();
    const all = this.file.size;
    const sent = [...this.inFlight.values()].reduce((sum, bytes) => sum + bytes, this.kept);
    this.bar.value = Math.max(this.bar.value, Math.min(100, (100 * sent) / all));
    this.samples.push([now, sent]);
    while (this.samples.length > 2 && now - this.samples[0][0] > SPEED_OVER_MS) this.samples.shift();
    if (this.state !== "sending" || now - (this.saidAt ?? 0) < 500) return;
    this.saidAt = now;
    const [since, from] = this.samples[0];
    const speed = now > since + 900 ? ((sent - from) * 1000) / (now - since) : 0;
    const values = { sent: size(Math.min(sent, all)), all: size(all), speed: size(speed), left: speed > 0 ? time((all - sent) / speed) : "" };
    const quarter = Math.floor((4 * sent) / all); // read out at each quarter only
    this.show("sending", this.queue.text(speed > 0 ? "Speed" : "Starting", values), { aloud: quarter > this.quarter });
    this.quarter = Math.max(quarter, this.quarter);
  }

  stopRequests() {
    for (const request of this.requests ?? []) request.abort();
  }

  halt(why) {
    this.halted = why;
    if (!this.isRunning) this.show("paused");
    this.stopRequests();
    this.wake?.();
  }

  async cancel() {
    this.halt("cancelled");
    const { upload } = this;
    this.upload = null;
    this.queue.remove(this);
    let said = "Cancelled";
    try {
      if (upload) await this.send("POST", upload.discard, null, { always: true });
    } catch {
      said = "Kept"; // offline: it stays in the list of unfinished uploads
    }
    this.queue.announce(`${this.file.name}: ${this.queue.text(said)}`);
  }
}

class Queue {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input[type=file]");
    this.blank = document.querySelector("[data-upload-row]");
    this.list = document.querySelector("[data-upload-rows]");
    this.live = document.querySelector("[data-upload-live]");
    this.hasher = new Hasher(form.dataset.hasher);
    this.rows = [];
    form.classList.add("upload-drop");
    form.noValidate = true;
    for (const only of form.querySelectorAll("[data-without-js], .field:not(:has(input[type=file]))")) only.hidden = true;
    for (const only of form.querySelectorAll("[data-with-js]")) only.hidden = false;
    this.input.multiple = true;
    const chosenEarly = [...this.input.files]; // before this module had come
    this.input.value = "";
    const [navigation] = performance.getEntriesByType("navigation");
    if (navigation?.type === "navigate") this.add(chosenEarly); // what a reloaded page remembers was not chosen now
    this.input.addEventListener("change", () => {
      this.add(this.input.files);
      this.input.value = "";
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const name of ["dragenter", "dragover"]) form.addEventListener(name, (event) => this.over(event, true));
    form.addEventListener("dragleave", (event) => form.contains(event.relatedTarget) || this.over(event, false));
    form.addEventListener("drop", (event) => {
      this.over(event, false);
      this.add(event.dataTransfer.files);
    });
    window.addEventListener("beforeunload", (event) => this.rows.some((row) => row.isRunning || row.state === "waiting") && event.preventDefault());
  }

  over(event, isOver) {
    event.preventDefault();
    this.form.classList.toggle("upload-drop--over", isOver);
  }

  text(name, values = {}) {
    return (this.form.dataset[`text${name}`] ?? "").replace(/\{(\w+)\}/g, (_, key) => values[key]);
  }

  announce(sentence) {
    this.live.textContent = sentence;
  }

  add(files) {
    for (const file of files) this.rows.push(new Row(this, file));
    this.pump();
  }

  again(row) {
    row.show("waiting");
    this.pump();
  }

  remove(row) {
    this.rows = this.rows.filter((other) => other !== row);
    row.element.remove();
    this.input.focus({ preventScroll: true });
    this.pump();
  }

  forget(address) {
    document.querySelector(`[data-unfinished="${address}"]`)?.remove();
    const unfinished = document.querySelector("[data-unfinished-list]");
    if (unfinished && !unfinished.querySelector("[data-unfinished]")) unfinished.hidden = true;
  }

  pump() {
    for (const row of this.rows) {
      if (this.rows.filter((other) => other.isRunning).length >= RUNNING_AT_ONCE) return;
      if (row.state === "waiting") row.run().finally(() => this.pump());
    }
  }
}

if (globalThis.crypto?.subtle) for (const form of document.querySelectorAll("form[data-upload]")) new Queue(form);

// Sends a large file in pieces and goes on where it stopped. Attached to forms with data-upload, whose value is the
// address that begins an upload. Without this module the form posts the file in one request.

const FIRST_WAIT_S = 1;
const LONGEST_WAIT_S = 30;
const SPEED_OVER_MS = 10_000;
const SMALLEST_PIECE = 256 * 1024;

class Refusal extends Error {}
class Lost extends Error {}

function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = Math.min(3, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const shown = { style: "unit", unit: units[step], maximumFractionDigits: step > 1 ? 1 : 0 };
  return new Intl.NumberFormat(document.documentElement.lang, shown).format(bytes / 1000 ** step);
}

function time(seconds) {
  const [unit, value] = seconds < 90 ? ["second", Math.ceil(seconds)] : ["minute", Math.round(seconds / 60)];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" }).format(value);
}

class Upload {
  constructor(form) {
    this.form = form;
    this.file = form.querySelector("input[type=file]");
    this.state = form.querySelector("[data-upload-state]");
    this.bar = this.state.querySelector("progress");
    this.line = form.querySelector("[data-upload-says]");
    this.refused = form.querySelector("[data-upload-refused]");
    this.stop = form.querySelector("[data-upload-stop]");
    this.submit = form.querySelector("button:not([type=button])");
    this.running = false;
    this.samples = [];
    this.saidAt = 0;
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.running) this.run();
    });
    this.stop.addEventListener("click", () => this.halt());
    this.file.addEventListener("change", () => this.suggestTitle());
    window.addEventListener("beforeunload", (event) => this.running && event.preventDefault());
  }

  text(name, values = {}) {
    return this.form.dataset[`text${name}`].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  }

  suggestTitle() {
    const title = this.form.elements.title;
    if (!title.value && this.file.files[0]) title.value = this.file.files[0].name.replace(/\.[^.]+$/, "").replace(/[_-]+/g, " ");
  }

  async run() {
    const file = this.file.files[0];
    if (!file) {
      this.refuse(this.text("Choose"));
      this.file.focus();
      return;
    }
    this.show(true);
    try {
      const upload = await this.persist(() => this.send("POST", this.form.dataset.upload, this.opening(file)));
      if (upload.offset > 0) this.line.textContent = this.text("Resumed", { sent: size(upload.offset), all: size(file.size) });
      await this.sendPieces(file, upload);
      this.bar.value = 100;
      this.line.textContent = this.text("Finishing");
      const done = await this.persist(() => this.send("POST", upload.finish));
      this.running = false;
      window.location.assign(done.location);
    } catch (error) {
      this.show(false);
      if (this.halted) this.refuse(this.text("Stopped"));
      else if (error instanceof Refusal) this.refuse(error.message);
      else throw error;
    }
  }

  opening(file) {
    const body = new FormData();
    body.set("title", this.form.elements.title.value);
    body.set("name", file.name);
    body.set("size", file.size);
    return body;
  }

  async sendPieces(file, upload) {
    let offset = upload.offset;
    let most = upload.piece_bytes; // halved when a piece does not get through: a slow line gets smaller ones
    while (offset < file.size) {
      const answer = await this.persist(async (again) => {
        if (again) {
          most = Math.max(SMALLEST_PIECE, most / 2);
          offset = (await this.send("GET", upload.address)).offset;
        }
        if (offset >= file.size) return { offset };
        const piece = file.slice(offset, offset + most);
        return this.send("PUT", `${upload.address}?offset=${offset}`, piece, (sent) => this.progress(offset + sent, file.size));
      });
      offset = answer.offset;
      most = Math.min(upload.piece_bytes, most * 2);
      this.progress(offset, file.size);
    }
  }

  // Repeats `work` until it is answered; the wait doubles, and ends early when the network comes back.
  async persist(work) {
    let wait = FIRST_WAIT_S;
    for (let again = false; ; again = true) {
      try {
        if (this.halted) throw new Lost();
        return await work(again);
      } catch (error) {
        if (!(error instanceof Lost) || this.halted) throw error;
        this.samples = [];
        await this.pause(wait);
        wait = Math.min(LONGEST_WAIT_S, wait * 2);
      }
    }
  }

  pause(seconds) {
    return new Promise((resolve) => {
      let left = seconds;
      const go = () => {
        clearInterval(tick);
        window.removeEventListener("online", go);
        this.wake = null;
        resolve();
      };
      const say = () => (this.line.textContent = this.text("Lost", { seconds: left }));
      const tick = setInterval(() => (--left > 0 ? say() : go()), 1000);
      this.wake = go;
      window.addEventListener("online", go);
      say();
    });
  }

  send(method, address, body = null, onSent = null) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      this.request = request;
      request.open(method, address);
      request.responseType = "json";
      request.timeout = 120_000;
      request.setRequestHeader("X-CSRFToken", this.form.elements.csrfmiddlewaretoken.value);
      if (method === "PUT") request.setRequestHeader("Content-Type", "application/octet-stream");
      if (onSent) request.upload.onprogress = (event) => onSent(event.loaded);
      request.onerror = request.ontimeout = request.onabort = () => reject(new Lost());
      request.onload = () => {
        const answer = request.response;
        if (request.status < 300 && answer) resolve(answer);
        else if (request.status === 409 && ["wrong_offset", "upload_busy"].includes(answer?.code)) reject(new Lost());
        else if (request.status >= 500 || request.status === 429 || answer?.code === "interrupted") reject(new Lost());
        else reject(new Refusal(answer?.message ?? this.text("Refused")));
      };
      request.send(body);
    });
  }

  progress(sent, all) {
    const now = performance.now();
    this.bar.value = (100 * sent) / all;
    this.samples.push([now, sent]);
    while (this.samples.length > 2 && now - this.samples[0][0] > SPEED_OVER_MS) this.samples.shift();
    if (now - this.saidAt < 500) return;
    this.saidAt = now;
    const [since, from] = this.samples[0];
    const speed = now > since + 900 ? ((sent - from) * 1000) / (now - since) : 0;
    const values = { sent: size(sent), all: size(all), speed: size(speed), left: speed ? time((all - sent) / speed) : "" };
    this.line.textContent = this.text(speed ? "Sending" : "Starting", values);
  }

  halt() {
    this.halted = true;
    this.request?.abort();
    this.wake?.();
  }

  show(running) {
    this.running = running;
    if (running) this.halted = false;
    this.state.hidden = !running;
    this.stop.hidden = !running;
    this.submit.disabled = running;
    this.file.disabled = running;
    this.refused.hidden = true;
  }

  refuse(sentence) {
    this.refused.textContent = sentence;
    this.refused.hidden = false;
  }
}

for (const form of document.querySelectorAll("form[data-upload]")) new Upload(form);

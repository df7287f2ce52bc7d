// Reads QR codes with the camera: by the browser's own detector where there is one, else by ZXing, which is fetched on first use.

import { button, make } from "./paint.js";
import { say } from "./words.js";

const LOOK_EVERY_MS = 150;
const SAME_CODE_MS = 3500;

function script(url) {
  return new Promise((resolve, reject) => document.head.append(make("script", { src: url, onload: resolve, onerror: reject })));
}

async function reader() {
  const formats = "BarcodeDetector" in window ? await BarcodeDetector.getSupportedFormats().catch(() => []) : [];
  if (formats.includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video).catch(() => []))[0]?.rawValue ?? null;
  }
  if (!window.ZXingBrowser) await script(document.querySelector("[data-scanner]").dataset.scanner);
  const zxing = new window.ZXingBrowser.BrowserQRCodeReader();
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    pen.drawImage(video, 0, 0);
    try {
      return zxing.decodeFromCanvas(canvas).getText();
    } catch {
      return null; // no code in this picture
    }
  };
}

// Open the camera over the page until it is closed. `found(text)` says what to show of a code: {text, good, close}.
export async function scan(found) {
  const video = make("video", { class: "checkin-camera__picture", playsinline: true, muted: true });
  video.muted = true;
  const status = make("p", { class: "checkin-camera__status", role: "status" }, say("camera_wait"));
  const light = button(say("torch"), () => {}, { hidden: true, "aria-pressed": "false" });
  const title = make("h2", { id: "camera-title" }, say("camera_title"));
  const dialog = make("dialog", { class: "checkin-camera", "aria-labelledby": "camera-title" }, title, video, status, make("div", { class: "cluster" }, light, button(say("close"), () => dialog.close())));
  let stream;
  dialog.addEventListener("close", () => {
    stream?.getTracks().forEach((track) => track.stop());
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
    if (!dialog.open) return stream.getTracks().forEach((track) => track.stop());
    video.srcObject = stream;
    await video.play();
    const track = stream.getVideoTracks()[0];
    if (track.getCapabilities?.().torch) {
      light.hidden = false;
      light.addEventListener("click", () => {
        const on = light.getAttribute("aria-pressed") !== "true";
        track.applyConstraints({ advanced: [{ torch: on }] }).then(() => light.setAttribute("aria-pressed", String(on)));
      });
    }
    const read = await reader();
    status.textContent = "";
    await look(dialog, video, status, read, found);
  } catch {
    if (dialog.open) status.textContent = say("camera_none");
  }
}

async function look(dialog, video, status, read, found) {
  let last = "";
  let lastAt = 0;
  while (dialog.open) {
    const text = video.videoWidth ? await read(video) : null;
    if (text && (text !== last || Date.now() - lastAt > SAME_CODE_MS)) {
      last = text;
      const shown = await found(text);
      lastAt = Date.now();
      if (shown.close) return dialog.close();
      status.textContent = shown.text;
      dialog.dataset.found = shown.good ? "good" : "bad";
      navigator.vibrate?.(shown.good ? 80 : [60, 60, 60]);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

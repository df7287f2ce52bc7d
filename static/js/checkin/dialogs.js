// Questions that lie over the page: sign here, are you sure, who came without a seat, one person's own page.

import { button, focusOn, make } from "./paint.js";
import { say, timeOfDay } from "./words.js";

let count = 0;

// A dialog with a heading. `fill(close)` makes its content; resolves to what `close` was given, undefined when it was left.
export function ask(title, fill, { wide = false } = {}) {
  return new Promise((resolve) => {
    const id = `dialog-${(count += 1)}`;
    const dialog = make("dialog", { class: wide ? "checkin-dialog checkin-dialog--wide" : "checkin-dialog", "aria-labelledby": id }, make("h2", { id }, title));
    const from = document.activeElement?.dataset.focus;
    let given;
    const close = (value) => {
      given = value;
      dialog.close();
    };
    dialog.append(...fill(close, dialog).filter(Boolean));
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (document.activeElement === document.body) focusOn(document, from); // what was there may be painted anew
      resolve(given);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function confirmed(question, more = "") {
  return ask(question, (close) => [
    more && make("p", {}, more),
    make("div", { class: "cluster" }, button(say("yes"), () => close(true), { class: "button button--primary" }), button(say("cancel"), () => close(false))),
  ]);
}

async function pad(canvas) {
  if (!window.SignaturePad) {
    const url = document.querySelector("[data-pad]").dataset.pad;
    await new Promise((resolve, reject) => document.head.append(make("script", { src: url, onload: resolve, onerror: reject })));
  }
  return new window.SignaturePad(canvas, { minDistance: 3, penColor: "#1a1a1a", backgroundColor: "#fffdf8" });
}

// {signature}, {later}, {paper}, or undefined when the person walked away. The drawing is kept as lines of whole dots.
export function signature(name, boards) {
  return ask(
    say("sign_title", { name }),
    (close, dialog) => {
      const canvas = make("canvas", { class: "checkin-pad", role: "img", "aria-label": say("sign_area"), tabindex: "0" });
      const wrong = make("p", { class: "checkin-wrong", role: "alert" });
      let drawing;
      requestAnimationFrame(async () => {
        [canvas.width, canvas.height] = [canvas.clientWidth, canvas.clientHeight];
        drawing = await pad(canvas);
        dialog.dataset.ready = "";
      });
      const save = () => {
        const strokes = (drawing?.toData() ?? []).map((line) => line.points.map(({ x, y }) => [within(x, canvas.width), within(y, canvas.height)]));
        if (!isEnough(strokes)) return void (wrong.textContent = say("sign_empty"));
        close({ signature: { width: canvas.width, height: canvas.height, strokes } });
      };
      return [
        make("p", {}, say("sign_why", { boards: boards.join(", ") })),
        canvas,
        wrong,
        make("div", { class: "cluster" }, button(say("sign_save"), save, { class: "button button--primary" }), button(say("sign_clear"), () => drawing?.clear())),
        make("div", { class: "cluster" },
          button(say("sign_later"), () => close({ later: true })), button(say("sign_paper"), () => close({ paper: true })), button(say("cancel"), () => close())),
      ];
    },
    { wide: true },
  );
}

const within = (value, most) => Math.min(most, Math.max(0, Math.round(value)));

// The school refuses less: a dot is a slip of the finger.
function isEnough(strokes) {
  const points = strokes.flat();
  const span = (axis) => Math.max(...points.map((point) => point[axis])) - Math.min(...points.map((point) => point[axis]));
  return points.length > 2 && Math.max(span(0), span(1)) >= 12;
}

function field(label, input) {
  return make("p", { class: "field" }, make("label", { for: input.id }, label), input);
}

export function walkIn() {
  return ask(say("walk_in"), (close) => {
    const name = make("input", { id: "walk-in-name", required: true, maxlength: "120", autocomplete: "off" });
    const email = make("input", { id: "walk-in-email", type: "email", autocomplete: "off" });
    const note = make("input", { id: "walk-in-note", maxlength: "200", autocomplete: "off" });
    const submit = (event) => {
      event.preventDefault();
      if (name.value.trim()) close({ name: name.value.trim(), email: email.value.trim(), note: note.value.trim() });
    };
    return [
      make("p", {}, say("walk_in_text")),
      make("form", { class: "form stack", onsubmit: submit },
        field(say("walk_in_name"), name), field(say("walk_in_email"), email), field(say("walk_in_note"), note),
        make("div", { class: "cluster" }, make("button", { class: "button button--primary" }, say("walk_in_save")), button(say("cancel"), () => close()))),
    ];
  });
}

// One person in one block: what was noted, and {act: "in" | "out" | "undo" | "sign", at?, line?}.
export function person(seat, now, zone) {
  return ask(seat.name, (close) => {
    const time = make("input", { id: "person-time", type: "time" });
    const noted = now.lines.map((line) => make("li", { class: "checkin-line" },
      make("span", {}, say(`line_${line.kind}`, { name: seat.name, time: timeOfDay(line.at_ms, zone) }),
        line.source && ` ${say("from_device", { name: line.source })}`, line.is_unsent && ` · ${say("unsent")}`),
      !seat.is_decided && button(say("undo"), () => close({ act: "undo", line }), {
        class: "button button--small", "aria-label": say("undo_line", { what: say(`line_${line.kind}`, { name: seat.name, time: timeOfDay(line.at_ms, zone) }) }),
      })));
    const act = now.state === "in" ? "out" : "in";
    return [
      seat.is_decided && make("p", { class: "notice" }, say("is_decided", { name: seat.name })),
      !seat.is_decided && make("div", { class: "cluster" },
        button(say(act), () => close({ act }), { class: "button button--primary" }),
        (now.unsigned ?? now.onPaper) && button(say("sign_now"), () => close({ act: "sign", line: now.unsigned ?? now.onPaper }))),
      !seat.is_decided && field(say("at_time"), time),
      !seat.is_decided && make("div", { class: "cluster" },
        button(say("in"), () => time.value && close({ act: "in", at: time.value })), button(say("out"), () => time.value && close({ act: "out", at: time.value }))),
      make("h3", {}, say("history")),
      noted.length ? make("ul", { class: "checkin-lines", role: "list" }, noted) : make("p", { class: "muted" }, say("nothing_noted")),
      button(say("close"), () => close()),
    ];
  });
}

// A map in [data-outline-map]; the text beside it says the same. Where a button beside it asks, it is drawn when somebody presses
// that: with all its parts a map outweighs the page of a first visit. Until then the picture from the server stands there, if the
// page has one. What draws is another module.

for (const box of document.querySelectorAll("[data-outline-map]")) {
  const ask = box.parentElement.querySelector("[data-map-ask]");
  if (!ask) {
    draw(box).catch(() => fail(box));
    continue;
  }
  joinPins(box);
  ask.addEventListener("click", () => answer(box, ask));
  ask.dataset.ready = "";
}

async function draw(box) {
  const module = await import(box.dataset.module);
  await module.draw(box, tell);
}

async function answer(box, ask) {
  if (box.ariaBusy === "true") return;
  box.ariaBusy = "true";
  say(box, "");
  try {
    await draw(box);
    box.classList.remove("outline-map--waits");
    if (box.contains(ask)) ask.remove();
    else delete ask.dataset.ready; // its room stays, so that nothing moves
    box.querySelector(".drawn-map")?.remove();
    box.focus();
  } catch {
    fail(box);
  }
  box.ariaBusy = "false";
}

function say(box, words) {
  const status = box.parentElement.querySelector("[data-map-status]");
  if (status) status.textContent = words;
  return Boolean(status);
}

// A picture that is there stays; the button may be pressed again.
function fail(box) {
  box.map?.remove();
  box.map = null;
  if (say(box, box.dataset.wordFailed)) return;
  box.textContent = box.dataset.wordFailed;
  box.classList.add("outline-map--failed");
}

// A card of the list and its pin on the picture tell of each other.
function joinPins(box) {
  for (const card of document.querySelectorAll("[data-map-key]")) {
    const drawn = box.querySelector(`[data-pin~="${CSS.escape(card.dataset.mapKey)}"]`);
    if (!drawn) continue;
    tell(card, (on) => drawn.classList.toggle("map-pin--shown", on));
    tell(drawn, (on) => card.classList.toggle("near-item--shown", on));
  }
}

function tell(element, mark) {
  for (const event of ["pointerenter", "focusin"]) element.addEventListener(event, () => mark(true));
  for (const event of ["pointerleave", "focusout"]) element.addEventListener(event, () => mark(false));
}

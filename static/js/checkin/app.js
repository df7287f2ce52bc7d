// The check-in page itself. What a person does is kept on the phone first and shown then; sending goes on beside it.

import { blockAt, linesOf, standing } from "./board.js";
import { scan } from "./camera.js";
import { followed } from "./clock.js";
import * as dialogs from "./dialogs.js";
import { codeIn, plain, seatOfTicket } from "./names.js";
import { button, make, settle, swap } from "./paint.js";
import { atRest } from "./press.js";
import { ask, codeOf, fetchRoster, join, Refused } from "./rooms.js";
import { send, WAITING } from "./sending.js";
import * as store from "./store.js";
import * as toast from "./toast.js";
import { dayOf, instantOf, say, timeOfDay } from "./words.js";

const SEND_EVERY_MS = 20_000;
const SKEW_SHOWN_MS = 120_000;
const [title, net, alerts] = ["title", "net", "alerts"].map((name) => document.querySelector(`[data-${name}]`));
const windows = "BroadcastChannel" in window ? new BroadcastChannel("smrt-checkin") : null;

let main;
let all = []; // every workshop of this phone
let room = null; // the one that is open
let entries = [];
let block = null;
let mode = "in";
let words = "";
let link = { state: "unknown", sending: 0 };

export async function start(element) {
  main = element;
  window.addEventListener("online", sync);
  window.addEventListener("offline", () => told("offline"));
  window.addEventListener("hashchange", takeLink);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sync());
  windows?.addEventListener("message", reload);
  setInterval(sync, SEND_EVERY_MS);
  try {
    all = await store.rooms();
  } catch (error) {
    return alarm(error.message === "blocked" ? say("outdated") : say("full"));
  }
  const last = Number(sessionStorage.getItem("checkin-room"));
  room = all.find((one) => one.id === last) ?? (all.length === 1 ? all[0] : null);
  await reload();
  if (!(await takeLink())) sync();
}

async function takeLink() {
  const code = codeOf(window.location.hash);
  if (!code) return false;
  history.replaceState(null, "", window.location.pathname);
  await enrol(code);
  return true;
}

async function enrol(code) {
  quiet();
  main.dataset.view = ""; // whatever comes of it, the page is painted whole
  swap(main, make("p", { role: "status" }, say("enrolling")));
  try {
    room = await join(code);
    sessionStorage.setItem("checkin-room", room.id);
    block = null;
  } catch (error) {
    alarm(error instanceof Refused ? error.message : say("need_network"));
  }
  await reload();
  sync();
}

async function reload() {
  all = await store.rooms();
  if (room) room = all.find((one) => one.id === room.id) ?? null;
  entries = room ? await store.entriesOf(room.id) : [];
  if (room?.roster && !room.roster.blocks.some((one) => one.id === block)) block = blockAt(room.roster.blocks, schoolNow());
  paint();
}

function told(state, sending = 0) {
  link = { state, sending };
  paintNet();
}

let syncing = null;
let again = false;

// One round at a time; who asks meanwhile gets another round.
async function sync() {
  if (!room || room.blocked) return paintNet();
  if (syncing) return void (again = true);
  told("sending", waiting().length);
  syncing = send(room.id);
  const came = await syncing.catch(() => "offline");
  syncing = null;
  await reload();
  told(came);
  windows?.postMessage("changed");
  if (again) {
    again = false;
    if (waiting().length && came === "sent") sync();
  }
}

const waiting = () => entries.filter((entry) => entry.state === WAITING);
const skew = () => followed(room.skew);
const schoolNow = () => Date.now() - (room?.skew ?? 0);
const zone = () => room.roster.workshop.zone;
const seatBy = (id) => room.roster.seats.find((seat) => seat.id === id);

function alarm(text) {
  atRest("alerts", () => alerts.replaceChildren(make("p", { class: "notice notice--bad" }, text)));
}

function quiet() {
  atRest("alerts", () => alerts.replaceChildren());
}

// Keep what was done. Only when the disk has it does the page say so.
async function note(made, sentence, undo = [], more = null) {
  try {
    await store.keep(made);
  } catch {
    alarm(say("full"));
    return false;
  }
  quiet();
  await reload();
  windows?.postMessage("changed");
  announce(sentence, undo, more);
  sync();
  return true;
}

function entry(kind, values, at = null) {
  const ahead = skew();
  const made = at === null ? Date.now() : at + (ahead ?? 0);
  return { nonce: crypto.randomUUID(), room: room.id, state: WAITING, kind, made_ms: made, skew_ms: ahead, at_ms: made - (ahead ?? 0), ...values };
}

// `more` is a button for what is still to do.
function announce(sentence, undo, more = null) {
  toast.show(sentence, [more, undo.length > 0 && button(say("undo"), () => takeBack(undo))].filter(Boolean));
}

function takeBack(lines) {
  return note(lines.map((line) => entry("annul", { annuls: line.nonce, seat: line.seat, block: line.block })), say("undone"));
}

// Sign one person in or out. Answers what to show: {text, good}.
async function sign(seat, kind, at = null) {
  const now = standing(linesOf(room.roster, entries), seat, block);
  if (seat.is_decided) return { text: say("is_decided", { name: seat.name }), good: false };
  if (at === null && kind === "in" && now.state === "in") return { text: say("is_in", { name: seat.name, time: timeOfDay(now.at_ms, zone()) }), good: true };
  if (at === null && kind === "out" && now.state !== "in") return { text: say("is_out", { name: seat.name }), good: false };
  const values = { seat: seat.id, block };
  let isLater = false;
  if (kind === "in" && seat.signs) {
    const signed = await dialogs.signature(seat.name, room.roster.workshop.signature_boards);
    if (!signed) return { text: "", good: false };
    if (signed.signature) values.signature = signed.signature;
    if (signed.paper) values.on_paper = true;
    isLater = Boolean(signed.later);
  }
  const made = entry(kind, values, at);
  const did = isLater ? "did_in_unsigned" : values.on_paper ? "did_in_paper" : kind === "in" ? "did_in" : "did_out";
  const text = say(did, { name: seat.name, time: timeOfDay(made.at_ms, zone()) });
  const done = await note([made], text, [made], isLater && signButton(seat, made));
  return { text: done ? text : say("full"), good: done };
}

const signButton = (seat, line, focus = {}) => button(say("sign_now"), () => signLater(seat, line), { "aria-label": say("sign_now_name", { name: seat.name }), ...focus });

// A signature that was missing: the same time again, with it, or with the word that it is on paper.
async function signLater(seat, line) {
  const signed = await dialogs.signature(seat.name, room.roster.workshop.signature_boards);
  if (!signed?.signature && !(signed?.paper && !line.on_paper)) return;
  const back = entry("annul", { annuls: line.nonce, seat: seat.id, block: line.block });
  const how = signed.paper ? { on_paper: true } : { signature: signed.signature };
  const anew = entry("in", { seat: seat.id, block: line.block, ...how }, line.at_ms);
  await note([back, anew], say(signed.paper ? "did_in_paper" : "did_in", { name: seat.name, time: timeOfDay(line.at_ms, zone()) }));
}

async function everyone() {
  const lines = linesOf(room.roster, entries);
  const wanted = room.roster.seats.filter((seat) => !seat.is_decided && (standing(lines, seat, block).state === "in") === (mode === "out"));
  if (!wanted.length) return announce(say("everyone_none"), []);
  const unsigned = mode === "in" ? wanted.filter((seat) => seat.signs).length : 0;
  const question = say(`everyone_ask_${mode}`, { n: wanted.length });
  if (!(await dialogs.confirmed(question, unsigned ? say("everyone_unsigned", { n: unsigned }) : ""))) return;
  const made = wanted.map((seat) => entry(mode, { seat: seat.id, block }));
  await note(made, say(unsigned ? "everyone_did_unsigned" : "everyone_did", { n: made.length, unsigned }), made);
}

async function open(seat) {
  const now = standing(linesOf(room.roster, entries), seat, block);
  const chosen = await dialogs.person(seat, now, zone());
  if (!chosen) return;
  if (chosen.act === "undo") return takeBack([chosen.line]);
  if (chosen.act === "sign") return signLater(seat, chosen.line);
  const stretch = room.roster.blocks.find((one) => one.id === block);
  const at = chosen.at ? instantOf(chosen.at, Math.min(schoolNow(), stretch.ends_ms), zone()) : null;
  if (at !== null && at > schoolNow() + 60_000) return announce(say("at_ahead"), []);
  const shown = await sign(seat, chosen.act, at);
  if (!shown.good && shown.text) announce(shown.text, []);
}

async function walkIn() {
  const who = await dialogs.walkIn();
  if (!who) return;
  const made = entry("walk_in", { ...who, block });
  await note([made], say("walk_in_did", { name: who.name }), [made]);
}

const scanTickets = () => scan(async (text) => {
  const seat = await seatOfTicket(text, room.roster);
  return seat ? sign(seat, mode) : { text: say("no_ticket"), good: false };
});

const scanLink = () => scan(async (text) => {
  const code = codeOf(text);
  if (!code) return { text: say("bad_link"), good: false };
  enrol(code);
  return { close: true };
});

async function decide(conflict, to) {
  try {
    const body = { to, note: to === "set_aside" ? say("drop_mine") : "" };
    await ask(`conflicts/${conflict.nonce}/settle/`, { body, token: room.token });
    room = await fetchRoster(room);
    quiet();
  } catch (error) {
    alarm(error instanceof Refused ? error.message : say("need_network"));
  }
  await reload();
}

function saveFile() {
  const kept = entries.filter((one) => one.state === WAITING || one.state === "refused");
  const about = { workshop: room.id, saved_at: new Date().toISOString(), entries: kept };
  const url = URL.createObjectURL(new Blob([JSON.stringify(about, null, 2)], { type: "application/json" }));
  make("a", { href: url, download: `check-in-${room.id}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function forget() {
  if (waiting().length) return alarm(say("forget_kept", { n: waiting().length }));
  if (!(await dialogs.confirmed(say("forget"), say("forget_ask")))) return;
  await store.drop(entries.map((one) => one.order));
  await store.dropRoom(room.id);
  room = null;
  await reload();
}

const paintNet = () => atRest("net", showNet);
const paint = () => atRest("page", show);

function showNet() {
  const n = waiting().length;
  const offline = link.state === "offline" || !navigator.onLine;
  const state = !room || room.blocked ? "" : offline ? (n ? "kept" : "offline") : link.state === "sending" && n ? "sending" : link.state === "sent" && !n ? "all_sent" : n ? "sending" : "";
  const text = state ? say(state, { n }) : "";
  if (net.textContent !== text) net.textContent = text;
  net.dataset.state = state;
}

function show() {
  paintNet();
  title.textContent = room?.roster?.workshop.title ?? room?.blocked?.title ?? document.title.split(" · ")[0];
  const view = room?.roster && !room.blocked ? `room-${room.id}` : "";
  if (!view) {
    main.dataset.view = "";
    toast.clear();
    return room ? settle(main, blocked()) : settle(main, all.length ? chooser() : null, enrolment(all.length > 0));
  }
  // The parts stay where they are, so that a keyboard that is open over the search is not closed by news.
  if (main.dataset.view !== view) {
    parts = Object.fromEntries(["top", "tools", "people", "rest"].map((name) => [name, make("div", { class: "checkin-stack" })]));
    main.replaceChildren(...Object.values(parts));
    main.dataset.view = view;
    words = "";
    parts.tools.append(...tools());
  }
  settle(parts.top, notices(), blockBar());
  paintPeople();
  swap(parts.rest, conflicts(), refusals(), walkIns(), more());
}

let parts;

function paintPeople() {
  const lines = linesOf(room.roster, entries);
  swap(parts.people, tally(lines), people(lines));
}

function chooser() {
  const items = all.map((one) => make("li", {}, button(one.roster?.workshop.title ?? one.blocked?.title ?? `#${one.id}`, () => {
    room = one;
    block = null;
    sessionStorage.setItem("checkin-room", one.id);
    reload().then(sync);
  }, { class: "button checkin-room" }), one.roster && make("p", { class: "muted" }, `${dayOf(one.roster.workshop.starts_ms, one.roster.workshop.zone)} · ${one.roster.workshop.place}`)));
  return make("section", { class: "stack" }, make("h2", {}, say("choose")), make("ul", { class: "checkin-lines", role: "list" }, items));
}

function enrolment(isMore) {
  const input = make("input", { id: "join-link", autocomplete: "off", inputmode: "url", "data-focus": "join" });
  const submit = (event) => {
    event.preventDefault();
    const code = codeOf(input.value);
    if (code) enrol(code);
    else alarm(say("bad_link"));
  };
  return make("section", { class: "stack" },
    make("h2", {}, say(isMore ? "add_another" : "none_title")), make("p", {}, say("none_text")),
    button(say("scan_link"), scanLink),
    make("form", { class: "form stack", onsubmit: submit },
      make("p", { class: "field" }, make("label", { for: "join-link" }, say("link_label")), input),
      make("p", {}, make("button", { class: "button button--primary" }, say("enrol")))));
}

function blocked() {
  const n = waiting().length;
  return make("section", { class: "stack" },
    make("h2", {}, say("blocked_title")), make("p", { class: "notice notice--warn" }, room.blocked?.detail ?? ""),
    n > 0 && make("p", {}, say("blocked_kept", { n })),
    n > 0 && button(say("export"), saveFile),
    enrolment(true),
    button(say("other_workshops"), leave), button(say("forget"), forget, { class: "button button--danger" }));
}

function leave() {
  sessionStorage.removeItem("checkin-room");
  room = null;
  quiet();
  reload();
}

function notices() {
  const off = Math.round(Math.abs(room.skew ?? 0) / 60_000);
  return [
    room.roster.workshop.is_cancelled && make("p", { class: "notice notice--warn" }, say("cancelled")),
    Math.abs(room.skew ?? 0) > SKEW_SHOWN_MS && make("p", { class: "notice" }, say("clock_wrong", { n: off })),
  ];
}

function blockBar() {
  const options = room.roster.blocks.map((one) => {
    const text = `${dayOf(one.starts_ms, zone())}, ${timeOfDay(one.starts_ms, zone())} – ${timeOfDay(one.ends_ms, zone())}${one.topic ? ` · ${one.topic}` : ""}`;
    return make("option", { value: one.id, selected: one.id === block }, text);
  });
  const choose = make("select", { id: "checkin-block", "data-focus": "block", onchange: (event) => {
    block = Number(event.target.value);
    paint();
  } }, options);
  const side = (value) => make("label", { class: "checkin-mode__side" },
    make("input", { type: "radio", name: "mode", value, checked: mode === value, "data-focus": `mode-${value}`, onchange: () => {
      mode = value;
      paint();
    } }), make("span", {}, say(`mode_${value}`)));
  return [
    make("p", { class: "field" }, make("label", { for: "checkin-block" }, say("block")), choose),
    make("fieldset", { class: "checkin-mode" }, make("legend", { class: "visually-hidden" }, say("mode")), side("in"), side("out")),
  ];
}

function tools() {
  const search = make("input", { type: "search", id: "checkin-search", autocomplete: "off", oninput: (event) => {
    words = event.target.value;
    paintPeople();
  } });
  return [
    button(say("scan"), scanTickets, { class: "button button--primary checkin-scan" }),
    make("p", { class: "field" }, make("label", { for: "checkin-search" }, say("search")), search),
  ];
}

function tally(lines) {
  const states = room.roster.seats.map((seat) => standing(lines, seat, block).state);
  const count = (state) => states.filter((one) => one === state).length;
  return make("p", { class: "checkin-tally", role: "status" }, say("count", { in: count("in"), out: count("out"), none: count("none") }));
}

let typed = { code: "", seat: null };

function people(lines) {
  const code = codeIn(words);
  if (code && typed.code !== code) {
    typed = { code, seat: null };
    seatOfTicket(words, room.roster).then((seat) => {
      typed.seat = seat;
      paint();
    });
  }
  const wanted = plain(words.trim());
  const found = code && typed.seat ? [typed.seat] : room.roster.seats.filter((seat) => plain(seat.name).includes(wanted));
  const heading = make("h2", { class: "visually-hidden" }, say("people"));
  if (!room.roster.seats.length) return [heading, make("p", { class: "notice" }, say("nobody"))];
  if (!found.length) return [heading, make("p", {}, say(code ? "no_ticket" : "no_match"))];
  return [heading, make("ul", { class: "checkin-people", role: "list" }, found.map((seat) => row(seat, lines)))];
}

const signing = new Set();

function row(seat, lines) {
  const now = standing(lines, seat, block);
  const text = now.state === "none" ? say("not_seen") : say(now.state === "in" ? "in_since" : "out_at", { time: timeOfDay(now.at_ms, zone()) });
  const act = async () => {
    if (signing.has(seat.id)) return; // a second tap on the same name
    signing.add(seat.id);
    const shown = await sign(seat, mode).finally(() => signing.delete(seat.id));
    if (!shown.good && shown.text) announce(shown.text, []);
  };
  const fits = !seat.is_decided && (now.state === "in") === (mode === "out");
  return make("li", { class: "checkin-person", "data-state": now.state },
    make("button", { type: "button", class: "checkin-person__name", onclick: () => open(seat), "data-focus": `open-${seat.id}`, "aria-haspopup": "dialog" },
      make("strong", {}, seat.name), make("span", { class: "checkin-person__state" }, text),
      make("span", { class: "cluster" },
        seat.is_remote && make("span", { class: "badge badge--muted" }, say("remote")),
        seat.is_decided && make("span", { class: "badge badge--muted" }, say("decided")),
        now.unsigned && make("span", { class: "badge badge--warn" }, say("unsigned")),
        !now.unsigned && now.onPaper && make("span", { class: "badge" }, say("sign_paper")),
        now.is_unsent && make("span", { class: "badge" }, say("unsent")))),
    make("span", { class: "checkin-person__acts" },
      now.unsigned && !seat.is_decided && signButton(seat, now.unsigned, { "data-focus": `sign-${seat.id}` }),
      fits && button(say(mode), act, { "aria-label": say(`${mode}_name`, { name: seat.name }), "data-focus": `act-${seat.id}` })));
}

function section(heading, ...content) {
  return make("section", { class: "stack checkin-part" }, make("h2", {}, heading), ...content);
}

const lineText = (line, name) => say(`line_${line.kind}`, { name, time: timeOfDay(line.at_ms, zone()) });

function conflicts() {
  const open = room.roster.conflicts;
  if (!open.length) return null;
  return section(say("conflicts"), make("p", { class: "muted" }, say("leave_it")), make("ul", { class: "checkin-lines", role: "list" }, open.map((one) => {
    const text = lineText(one, one.name);
    return make("li", { class: "notice notice--warn" }, make("p", {}, make("strong", {}, text)), make("p", {}, one.detail), make("div", { class: "cluster" },
      button(say("take_mine"), () => decide(one, "recorded"), { class: "button button--small", "aria-label": `${say("take_mine")}: ${text}` }),
      button(say("drop_mine"), () => decide(one, "set_aside"), { class: "button button--small", "aria-label": `${say("drop_mine")}: ${text}` })));
  })));
}

function refusals() {
  const refused = entries.filter((one) => one.state === "refused");
  if (!refused.length) return null;
  return section(say("refused"), make("ul", { class: "checkin-lines", role: "list" }, refused.map((one) => make("li", { class: "notice notice--bad" },
    make("p", {}, make("strong", {}, lineText(one, one.name || seatBy(one.seat)?.name || `#${one.seat}`))), make("p", {}, one.detail),
    button(say("dismiss"), async () => {
      if (await dialogs.confirmed(say("dismiss_ask"))) await store.drop([one.order]);
      await reload();
    }, { class: "button button--small", "data-focus": `dismiss-${one.order}` })))));
}

function walkIns() {
  const fetched = new Set(room.roster.walk_ins.map((one) => one.nonce));
  const gone = new Set(entries.filter((one) => one.kind === "annul").map((one) => one.annuls));
  const own = entries.filter((one) => one.kind === "walk_in" && one.state !== "refused" && !fetched.has(one.nonce));
  const noted = [...room.roster.walk_ins, ...own].filter((one) => !gone.has(one.nonce));
  return section(say("walk_ins"),
    noted.length > 0 && make("ul", { class: "checkin-lines", role: "list" }, noted.map((one) => make("li", { class: "checkin-line" }, `${one.name}, ${timeOfDay(one.at_ms, zone())}${one.note ? ` · ${one.note}` : ""}`))),
    button(say("walk_in"), walkIn, { "data-focus": "walk-in" }));
}

function more() {
  const refresh = async () => {
    await sync();
    announce(say(link.state === "sent" ? "refreshed" : "offline"), []);
  };
  return section(say("tools"),
    make("div", { class: "checkin-tools" },
      button(say(`everyone_${mode}`), everyone, { "data-focus": "everyone" }), button(say("refresh"), refresh, { "data-focus": "refresh" }),
      waiting().length > 0 && button(say("export"), saveFile), button(say("other_workshops"), leave), button(say("forget"), forget, { class: "button button--danger" })),
    room.fetchedAt && make("p", { class: "muted" }, say("fetched", { time: timeOfDay(room.fetchedAt - (room.skew ?? 0), zone()) })));
}

// Enrolling for a workshop, and fetching its roster. A room is a workshop as this phone knows it.

import { measure } from "./clock.js";
import { claimNumber, putRoom, room as kept } from "./store.js";

const base = document.querySelector("[data-api]").dataset.api.replace(/sync\/$/, "");
const PATIENCE_MS = 20_000;

export class Refused extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

// The school's answer. Throws Refused when it says no, and anything else when there is no network.
export async function ask(path, { body, token } = {}) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Device ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  const options = { method: body ? "POST" : "GET", headers, credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) };
  const response = await fetch(base + path, body ? { ...options, body: JSON.stringify(body) } : options);
  const said = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, said.code ?? "", said.detail ?? response.statusText);
  return said;
}

export function codeOf(link) {
  return /#join=([^\s&]+)/.exec(link)?.[1] ?? null;
}

// Become the device a link names. A second enrolment for the same workshop takes over what the first one kept.
export async function join(code) {
  const claimed = await ask("claim/", { body: { code: decodeURIComponent(code), claim: await claimNumber(code) } });
  const before = await kept(claimed.workshop);
  const room = { skew: null, roster: null, ...before, id: claimed.workshop, token: claimed.token, blocked: null };
  await putRoom(room);
  navigator.storage?.persist?.();
  return fetchRoster(room);
}

export async function fetchRoster(room) {
  const sent = Date.now();
  const roster = await ask("roster/", { token: room.token });
  const fresh = { ...room, roster, skew: measure(sent, roster.server_ms), blocked: null, fetchedAt: Date.now() };
  await putRoom(fresh);
  return fresh;
}

// The phone was taken off, or its time is over: names go, entries stay.
export async function block(room, refusal) {
  const blocked = { ...room, blocked: { code: refusal.code, detail: refusal.message, title: room.roster?.workshop.title ?? room.blocked?.title ?? "" }, roster: null };
  await putRoom(blocked);
  return blocked;
}

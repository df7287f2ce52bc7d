// Sends what is kept, in its order, again and again until the school has answered for each entry; then fetches the roster anew.
// The school knows entries by their numbers, so sending twice does no harm; a lock keeps two windows from doing it all the time.

import { measure } from "./clock.js";
import { ask, block, fetchRoster, Refused } from "./rooms.js";
import { answer, drop, entriesOf, putRoom, room as kept } from "./store.js";

const AT_ONCE = 25;
export const WAITING = "kept";
const DONE = new Set(["recorded", "already", "set_aside", "conflict"]); // the roster shows these from now on
const FIELDS = ["nonce", "kind", "made_ms", "skew_ms", "seat", "block", "annuls", "note", "signature", "on_paper", "name", "email"];

// What came of it: "sent", "offline", or "blocked".
export async function send(id) {
  const turn = (act) => (navigator.locks ? navigator.locks.request(`checkin-send-${id}`, act) : act());
  return turn(() => sendAll(id));
}

async function sendAll(id) {
  let room = await kept(id);
  if (!room?.token || room.blocked) return "blocked";
  try {
    for (;;) {
      const waiting = (await entriesOf(id)).filter((entry) => entry.state === WAITING);
      if (!waiting.length) break;
      const batch = waiting.slice(0, AT_ONCE);
      const sent = Date.now();
      const body = { device_ms: sent, unsent: waiting.length - batch.length, entries: batch.map(shape) };
      const said = await ask("sync/", { body, token: room.token });
      await answer(said.answers.filter((given) => given.nonce));
      room = { ...room, skew: measure(sent, said.server_ms) };
      await putRoom(room);
    }
    const answered = (await entriesOf(id)).filter((entry) => DONE.has(entry.state)).map((entry) => entry.order);
    await fetchRoster(room);
    await drop(answered);
    return "sent";
  } catch (error) {
    if (error instanceof Refused && [401, 403].includes(error.status)) {
      await block(room, error);
      return "blocked";
    }
    return "offline";
  }
}

function shape(entry) {
  return Object.fromEntries(FIELDS.filter((name) => entry[name] !== undefined).map((name) => [name, entry[name]]));
}

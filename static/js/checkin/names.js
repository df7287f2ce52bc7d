// Tickets: what a code is, whether scanned as an address or typed with dashes, and whose it is. The roster knows them as hashes alone.

const ALPHABET = /^[2-9A-HJKMNP-Z]{17,30}$/;

export function codeIn(text) {
  const last = text.trim().replace(/[?#].*$/, "").replace(/\/+$/, "").split("/").pop();
  const code = last.replace(/[\s-]+/g, "").toUpperCase();
  return ALPHABET.test(code) ? code : null;
}

export async function seatOfTicket(text, roster) {
  const code = codeIn(text);
  if (!code) return null;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code)));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return roster.seats.find((seat) => seat.ticket === hash) ?? null;
}

// Letters without their accents, so that “Zoe” finds “Zoë”.
export function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

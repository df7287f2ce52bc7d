// Who is where: the school's log and what this phone noted since, put together. Nothing here touches the page or the disk.

const STANDS = new Set(["kept", "recorded"]);

// The lines that stand, oldest first: {nonce, seat, block, kind, at_ms, is_signed, on_paper, is_unsent, source}.
export function linesOf(roster, entries) {
  const gone = new Set(entries.filter((entry) => entry.kind === "annul" && STANDS.has(entry.state)).map((entry) => entry.annuls));
  const own = entries.filter((entry) => (entry.kind === "in" || entry.kind === "out") && STANDS.has(entry.state));
  const fetched = new Set(roster.log.map((line) => line.nonce));
  const added = own.filter((entry) => !fetched.has(entry.nonce)).map((entry) => ({
    nonce: entry.nonce,
    seat: entry.seat,
    block: entry.block,
    kind: entry.kind,
    at_ms: entry.at_ms,
    is_signed: Boolean(entry.signature),
    on_paper: Boolean(entry.on_paper),
    is_unsent: entry.state === "kept",
    note: entry.note,
    source: "",
  }));
  return [...roster.log, ...added].filter((line) => !gone.has(line.nonce)).sort((one, other) => one.at_ms - other.at_ms);
}

// What one person is in one block: {state: "none" | "in" | "out", at_ms, lines, last, unsigned, onPaper, is_unsent}.
export function standing(lines, seat, block) {
  const mine = lines.filter((line) => line.seat === seat.id && line.block === block);
  const last = mine.at(-1);
  const unsigned = seat.signs ? mine.filter((line) => line.kind === "in" && !line.is_signed) : [];
  return {
    state: last?.kind ?? "none",
    at_ms: last?.at_ms,
    lines: mine,
    last,
    unsigned: unsigned.find((line) => !line.on_paper),
    onPaper: unsigned.find((line) => line.on_paper),
    is_unsent: mine.some((line) => line.is_unsent),
  };
}

// The block that runs now, else the next one, else the last.
export function blockAt(blocks, now) {
  const begun = blocks.filter((block) => block.starts_ms - 30 * 60_000 <= now);
  return (begun.find((block) => now < block.ends_ms + 10 * 60_000) ?? blocks.find((block) => block.starts_ms > now) ?? blocks.at(-1))?.id;
}

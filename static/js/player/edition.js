// A film that is still being made: more sizes and the sound join while it is watched.

import { ask } from "./server.js";

const ASKED_EVERY_MS = 5000;
const WORDS = /^#EXT-X-MEDIA:.*TYPE=SUBTITLES.*\n?|,?SUBTITLES="[^"]*"/gm;

/** Reloads the source at the same second whenever its playlist names more than what is loaded. */
export function followEdition({ settings, source, address }) {
  if (!settings.editionUrl) return;
  let { edition } = settings;

  const look = async () => {
    if (document.visibilityState !== "visible") return;
    const answer = await ask(settings.editionUrl).catch(() => null);
    if (!answer || source.stopped) return;
    if (answer.edition > edition) {
      edition = answer.edition;
      await address.keepGood();
      const response = await fetch(address.of("master.m3u8"), { cache: "no-store" }).catch(() => null);
      if (response?.ok && (await response.text()).replace(WORDS, "") !== source.manifest?.replace(WORDS, "")) source.reload();
    }
    if (!["queued", "processing"].includes(answer.state)) clearInterval(asking);
  };
  const asking = setInterval(look, ASKED_EVERY_MS);
}

// The address of the video's files. It lives some minutes and is renewed as long as the person may watch.

const RENEW_BEFORE_MS = 45_000;
const RENEW_AT_SHARE = 0.4; // of a life so short that 45 seconds are most of it

/** The folder above the release: what changes when an address is renewed. */
const above = (base) => base.replace(/[^/]+\/$/, "");

export class Address {
  /** `renew` asks the server and calls `use` with its answer; it throws nothing. */
  constructor({ base, ttlS, renew }) {
    this.renew = renew;
    this.folders = new Set();
    this.use({ base, ttl_s: ttlS });
  }

  use({ base, ttl_s }) {
    this.base = base;
    this.folders.add(above(base));
    const life = ttl_s * 1000;
    this.dueAt = performance.now() + life - Math.min(RENEW_BEFORE_MS, Math.max(life, 0) * RENEW_AT_SHARE);
  }

  get isDue() {
    return performance.now() >= this.dueAt;
  }

  /** The server has refused this address: the next request waits for another. */
  spend() {
    this.dueAt = 0;
  }

  async keepGood() {
    if (!this.isDue) return;
    this.renewing ??= this.renew().finally(() => { this.renewing = null; });
    await this.renewing;
  }

  /** `url` under the address that is good now, whatever address the playlist that names it was read from. */
  current(url) {
    const { origin, pathname } = new URL(url, location.href);
    if (origin !== location.origin) return url;
    const folder = [...this.folders].find((one) => pathname.startsWith(one));
    return folder ? above(this.base) + pathname.slice(folder.length) : url;
  }

  of(path) {
    return this.base + path;
  }
}

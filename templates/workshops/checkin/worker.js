// Keeps the check-in page on the phone. Its scope is that page alone; what the page asks of the API goes to the network.
const VERSION = {{ version|safe }};
const PAGE = {{ page|safe }};
const FILES = {{ files|safe }};
const CACHE = `checkin-${VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(CACHE)
      .then((cache) => cache.addAll([PAGE, ...FILES].map((url) => new Request(url, { cache: "no-cache", credentials: "omit" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const drop = (names) => Promise.all(names.filter((name) => name.startsWith("checkin-") && name !== CACHE).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(drop).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  const isPage = event.request.mode === "navigate" && url.pathname === PAGE;
  if (!isPage && !FILES.includes(url.pathname)) return;
  event.respondWith(
    caches.open(CACHE).then((cache) => cache.match(isPage ? PAGE : url.pathname)).then((kept) => kept ?? fetch(event.request)),
  );
});

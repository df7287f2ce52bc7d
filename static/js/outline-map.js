// A map of packaged outlines in [data-outline-map]: points with clusters, or one position. The text beside it says the same.
// Leaflet (L), its clusters and topojson are plain scripts, loaded when a map is drawn. One that waits is drawn when it is asked
// for, and at once ever after: with all its parts it outweighs the page of a first visit.

const BORDERS_FROM = 3; // the zoom from which the borders of states show
const FINE_FROM = 5; // the zoom from which coasts need the finer outlines, six times as heavy
const LETTER_PX = 7; // a name shows where its shape is as wide as the name
const CLOSEST = 11; // outlines know nothing finer

const WANTED = "map-wanted"; // where the browser keeps that somebody asked for a map

for (const box of document.querySelectorAll("[data-outline-map]")) {
  if ("waits" in box.dataset && !isWanted()) offer(box);
  else draw(box);
}

function offer(box) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = box.dataset.wordShow;
  button.addEventListener("click", () => {
    try { localStorage.setItem(WANTED, "yes"); } catch { /* a browser that keeps nothing asks again */ }
    button.remove();
    box.classList.remove("outline-map--waits");
    draw(box).then(() => box.focus());
  });
  box.classList.add("outline-map--waits");
  box.append(button);
}

function isWanted() {
  try { return localStorage.getItem(WANTED) === "yes"; } catch { return false; }
}

async function draw(box) {
  try {
    for (const address of box.dataset.parts.split(" ")) await script(address); // each stands on the one before
    await start(box);
  } catch {
    box.textContent = box.dataset.wordFailed;
    box.classList.add("outline-map--failed");
  }
}

function script(address) {
  const known = document.querySelector(`script[src="${address}"]`);
  if (known) return known.loaded;
  const element = document.createElement("script");
  element.src = address;
  element.loaded = new Promise((done, failed) => { element.onload = done; element.onerror = failed; });
  document.head.append(element);
  return element.loaded;
}

async function start(box) {
  const { L } = window;
  const words = { lat: Number(box.dataset.lat), lng: Number(box.dataset.lng) };
  const here = box.dataset.lat ? [words.lat, words.lng] : null;
  const map = L.map(box, {
    attributionControl: Boolean(box.dataset.tiles),
    zoomControl: false,
    minZoom: 1,
    maxZoom: box.dataset.tiles ? 18 : CLOSEST,
    scrollWheelZoom: false, // the page scrolls; two fingers and the buttons zoom
    dragging: !L.Browser.mobile, // one finger scrolls the page, two move the map
    worldCopyJump: true,
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  map.setView(here ?? [39, -96], here ? Number(box.dataset.zoom ?? 8) : 3);
  L.control.zoom({ zoomInTitle: box.dataset.wordZoomIn, zoomOutTitle: box.dataset.wordZoomOut }).addTo(map);
  map.on("focus", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());
  map.attributionControl?.setPrefix("");
  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles, { attribution: box.dataset.tilesCredit, maxZoom: 18 }).addTo(map);

  const points = box.dataset.points ? await json(box.dataset.points) : null;
  const markers = points ? addPoints(map, box, points) : null;
  if (here) addHere(map, box, here, markers);
  else if (markers && markers.getLayers().length) fit(map, markers.getBounds());
  if (!box.dataset.tiles) await addOutlines(map, box);
}

function addPoints(map, box, points) {
  const { L } = window;
  const markers = L.markerClusterGroup({
    showCoverageOnHover: false,
    maxClusterRadius: 44,
    animate: false,
    spiderLegPolylineOptions: { className: "outline-map__leg" },
    iconCreateFunction: (cluster) => {
      const total = cluster.getAllChildMarkers().reduce((sum, marker) => sum + (marker.options.number ?? 1), 0);
      return icon("outline-map__cluster", String(total), diameter(total, 36));
    },
  });
  markers.on("layeradd animationend", () => nameClusters(box));
  map.on("zoomend moveend layeradd", () => nameClusters(box));
  const byKey = new Map();
  for (const feature of points.features) {
    const [lng, lat] = feature.geometry.coordinates;
    const { title, url, key, lines, number } = feature.properties; // a point with a number is a circle that grows with it
    const shape = number ? icon("outline-map__point outline-map__point--number", String(number), diameter(number, 26)) : icon("outline-map__point", "", 22);
    const marker = L.marker([lat, lng], { icon: shape, number, title, alt: [title, ...lines].join(", "), riseOnHover: true });
    marker.bindPopup(() => popup(title, url, lines));
    markers.addLayer(marker);
    byKey.set(key, marker);
  }
  map.addLayer(markers);
  joinList(markers, byKey);
  return markers;
}

// A card of the list and its point tell of each other.
function joinList(markers, byKey) {
  for (const card of document.querySelectorAll("[data-map-key]")) {
    const marker = byKey.get(card.dataset.mapKey);
    if (!marker) continue;
    const mark = (on) => {
      const shown = markers.getVisibleParent(marker) ?? marker;
      shown.getElement?.()?.classList.toggle("outline-map__shown", on);
    };
    card.addEventListener("pointerenter", () => mark(true));
    card.addEventListener("pointerleave", () => mark(false));
    card.addEventListener("focusin", () => mark(true));
    card.addEventListener("focusout", () => mark(false));
    marker.on("popupopen", () => card.classList.add("near-item--shown"));
    marker.on("popupclose", () => card.classList.remove("near-item--shown"));
  }
}

function nameClusters(box) {
  for (const element of box.querySelectorAll(".outline-map__cluster")) {
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", box.dataset.wordMany.replace("%s", element.textContent));
  }
}

function addHere(map, box, here, markers) {
  const { L } = window;
  const radius = Number(box.dataset.radiusM);
  const circle = box.dataset.radiusM ? L.circle(here, { radius, className: "outline-map__circle", interactive: false }).addTo(map) : null;
  if (markers || circle) {
    L.marker(here, { icon: icon("outline-map__here", "", 16), title: box.dataset.wordHere, alt: box.dataset.wordHere, keyboard: false, interactive: false, zIndexOffset: -1000 }).addTo(map);
  } else {
    L.marker(here, { icon: icon("outline-map__point", "", 22), alt: box.getAttribute("aria-label"), keyboard: false, interactive: false }).addTo(map);
  }
  const found = markers?.getLayers().length ? markers.getBounds() : null;
  if (circle && radius < 5_000_000) fit(map, circle.getBounds());
  else if (found) fit(map, nearest(markers, here));
}

// Where no distance was asked for: the ten nearest points and oneself.
function nearest(markers, here) {
  const { L } = window;
  const centre = L.latLng(here);
  const places = markers.getLayers().map((marker) => marker.getLatLng()).sort((a, b) => centre.distanceTo(a) - centre.distanceTo(b));
  return L.latLngBounds([centre, ...places.slice(0, 10)]);
}

function fit(map, bounds) {
  map.fitBounds(bounds, { padding: [24, 24], maxZoom: 9, animate: false });
}

async function addOutlines(map, box) {
  const { L, topojson } = window;
  map.createPane("land").style.zIndex = 200;
  map.createPane("names").style.zIndex = 250;
  const still = { pane: "land", interactive: false };
  const isNear = () => map.getZoom() >= FINE_FROM;
  let isFine = isNear();
  const [world, states] = await Promise.all([json(isFine ? box.dataset.worldFine : box.dataset.world), json(box.dataset.states)]);
  const land = L.geoJSON(null, { ...still, style: { className: "outline-map__land", weight: 1 } }).addTo(map);
  const draw = (countries) => land.clearLayers().addData(topojson.feature(countries, countries.objects.countries)).bringToBack();
  draw(world);
  const borders = L.geoJSON(topojson.mesh(states, states.objects.states, (a, b) => a !== b), { ...still, style: { className: "outline-map__border", weight: 1, fill: false } });
  const shapes = topojson.feature(states, states.objects.states).features;
  const countries = topojson.feature(world, world.objects.countries).features;
  const names = [...shapes, ...countries.filter((shape) => shape.properties.name !== "United States of America")].map(nameOf);
  const show = () => {
    const degrees = 256 * 2 ** map.getZoom() / 360;
    toggle(map, borders, map.getZoom() >= BORDERS_FROM);
    for (const { marker, width, letters } of names) toggle(map, marker, width * degrees > letters * LETTER_PX);
  };
  const refine = () => {
    if (isFine || !isNear()) return;
    isFine = true;
    json(box.dataset.worldFine).then(draw).catch(() => { isFine = false; }); // the coarse ones stay; the next zoom tries again
  };
  map.on("zoomend", show);
  map.on("zoomend", refine);
  show();
  refine(); // a zoom while the outlines were on their way
}

function nameOf(shape) {
  const { L } = window;
  const { lat, lng, width } = middle(shape.geometry);
  const text = document.createElement("span");
  text.textContent = shape.properties.name;
  const icon = L.divIcon({ className: "outline-map__name", html: text, iconSize: [0, 0] });
  const marker = L.marker([lat, lng], { icon, interactive: false, keyboard: false, pane: "names" });
  return { marker, width, letters: shape.properties.name.length };
}

// The middle of a shape's largest ring, by area, and how many degrees wide it is.
function middle(geometry) {
  const rings = (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates).map((polygon) => polygon[0]);
  let best = { lat: 0, lng: 0, width: 0, area: 0 };
  for (const ring of rings) {
    let area = 0, x = 0, y = 0;
    for (let i = 0; i + 1 < ring.length; i += 1) {
      const cross = ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
      area += cross; x += (ring[i][0] + ring[i + 1][0]) * cross; y += (ring[i][1] + ring[i + 1][1]) * cross;
    }
    if (Math.abs(area) <= best.area) continue;
    const lngs = ring.map((point) => point[0]);
    best = { lat: y / (3 * area), lng: x / (3 * area), width: Math.max(...lngs) - Math.min(...lngs), area: Math.abs(area) };
  }
  return best;
}

function toggle(map, layer, on) {
  if (on) map.addLayer(layer);
  else map.removeLayer(layer);
}

function icon(className, text, size) {
  const inner = document.createElement("span");
  inner.textContent = text;
  return window.L.divIcon({ className, html: inner, iconSize: [size, size] });
}

// The area follows the number, up to a size that leaves the map to be seen.
function diameter(number, least) {
  return Math.round(Math.min(72, Math.max(least, 9 * Math.sqrt(number))));
}

function popup(title, url, lines) {
  const box = document.createElement("div");
  const link = document.createElement("a");
  link.href = url;
  link.textContent = title;
  box.append(link);
  for (const line of lines) {
    const row = document.createElement("p");
    row.textContent = line;
    box.append(row);
  }
  return box;
}

async function json(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

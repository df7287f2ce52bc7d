// The map that one can move: packaged outlines, points with clusters, or one position. It takes the place of the server's picture
// and begins where that is. Leaflet (L), its clusters and topojson are plain scripts, loaded when the first map is drawn.

// Drawn state by state: the United States, Puerto Rico, the US Virgin Islands, Guam, the Northern Marianas, American Samoa.
const BY_STATES = new Set(["840", "630", "850", "316", "580", "016"]);
const LAKE_PX = 12; // a lake that is narrower is left out
const FINE_FROM = 5; // the zoom from which coasts need the finer outlines, six times as heavy
const LETTER_PX = 7; // a name shows where its shape is as wide as the name
const CLOSEST = 11; // outlines know nothing finer

export async function draw(box, tell) {
  await Promise.all(box.dataset.styles.split(" ").map(style));
  for (const address of box.dataset.parts.split(" ")) await script(address); // each stands on the one before
  await start(box, box.dataset.points ? await json(box.dataset.points) : null, tell);
}

function style(address) {
  const element = document.createElement("link");
  element.rel = "stylesheet";
  element.href = address;
  return load(element, (link) => document.querySelector("[data-map-styles]").before(link));
}

function script(address) {
  const element = document.createElement("script");
  element.src = address;
  return load(element, (part) => document.head.append(part));
}

// What another map of the page loads is not loaded twice; what failed is tried again.
function load(element, add) {
  const address = element.href ?? element.src;
  const known = [...document.querySelectorAll("link, script")].find((other) => other.loaded && (other.href ?? other.src) === address);
  if (known) return known.loaded;
  element.loaded = new Promise((done, failed) => {
    element.onload = done;
    element.onerror = () => { element.remove(); failed(new Error(address)); };
  });
  add(element);
  return element.loaded;
}

async function start(box, points, tell) {
  const { L } = window;
  const view = viewOf(box);
  const near = view?.lng ?? Number(box.dataset.lng ?? -96);
  const here = box.dataset.lat ? [Number(box.dataset.lat), turned(Number(box.dataset.lng), near)] : null;
  const map = L.map(box, {
    attributionControl: Boolean(box.dataset.tiles),
    zoomControl: false,
    minZoom: 0,
    zoomSnap: view ? 0 : 1, // the picture's own measure, until somebody zooms
    maxZoom: box.dataset.tiles ? 18 : CLOSEST,
    scrollWheelZoom: false, // the page scrolls; two fingers and the buttons zoom
    dragging: !L.Browser.mobile, // one finger scrolls the page, two move the map
    worldCopyJump: !isAtDateLine(near),
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  box.map = map;
  if (view) map.setView([view.lat, view.lng], view.zoom);
  else map.setView(here ?? [39, -96], here ? Number(box.dataset.zoom ?? 8) : 3);
  map.options.zoomSnap = 1;
  L.control.zoom({ zoomInTitle: box.dataset.wordZoomIn, zoomOutTitle: box.dataset.wordZoomOut }).addTo(map);
  map.on("focus", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());
  map.attributionControl?.setPrefix("");
  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles, { attribution: box.dataset.tilesCredit, maxZoom: 18 }).addTo(map);

  const markers = points ? addPoints(map, box, points, near, tell) : null;
  if (here) addHere(map, box, here, markers);
  else if (!view && markers && markers.getLayers().length) fit(map, markers.getBounds());
  if (box.dataset.tiles) return;
  await addOutlines(map, box, near);
  addTowns(map, box);
}

// Where the picture is: its middle, and the zoom at which the world is as wide as in it.
function viewOf(box) {
  if (!box.dataset.viewLat) return null;
  const { viewLat, viewLng, viewWidths } = box.dataset;
  return { lat: Number(viewLat), lng: Number(viewLng), zoom: Math.log2(Number(viewWidths) * box.clientWidth / 256) };
}

// There, land and points of both sides are drawn, instead of a jump to the other.
function isAtDateLine(lng) {
  return Math.abs(lng) > 150;
}

// The same longitude on the turn of the earth that is nearest to `near`.
function turned(lng, near) {
  return lng + 360 * Math.round((near - lng) / 360);
}

function addPoints(map, box, points, near, tell) {
  const { L } = window;
  const markers = L.markerClusterGroup({
    showCoverageOnHover: false,
    maxClusterRadius: 44,
    animate: false,
    spiderLegPolylineOptions: { className: "outline-map__leg" },
    iconCreateFunction: (cluster) => {
      const children = cluster.getAllChildMarkers();
      const entries = children.map((marker) => marker.options.entry).filter(Boolean);
      if (entries.length) return pin(entries.sort((a, b) => a - b), children.length);
      const total = children.reduce((sum, marker) => sum + (marker.options.number ?? 1), 0);
      return icon("outline-map__cluster", String(total), diameter(total, 36), total);
    },
  });
  markers.on("layeradd animationend", () => nameClusters(box));
  map.on("zoomend moveend layeradd", () => nameClusters(box));
  const byKey = new Map();
  for (const feature of points.features) {
    const [lng, lat] = feature.geometry.coordinates;
    const { title, url, key, lines, number } = feature.properties; // a point with a number is a circle that grows with it
    const entry = Number(document.querySelector(`[data-map-key="${CSS.escape(key)}"]`)?.dataset.mapNumber ?? 0);
    const shape = shapeOf(number, entry);
    const marker = L.marker([lat, turned(lng, near)], { icon: shape, number, entry, title, alt: [title, ...lines].join(", "), riseOnHover: true });
    marker.bindPopup(() => popup(title, url, lines));
    markers.addLayer(marker);
    byKey.set(key, marker);
  }
  map.addLayer(markers);
  joinList(map, box, markers, byKey, tell);
  return markers;
}

// A circle with a number for it to grow with, an entry of the list with its number there, or a dot.
function shapeOf(number, entry) {
  if (number) return icon("outline-map__point outline-map__point--number", String(number), diameter(number, 26));
  return entry ? pin([entry], 1) : icon("outline-map__point", "", 22);
}

// Of `total` points those that are entries of the list by their numbers: “1–3,7”, or the first and how many more: “1 +6”.
function pin(entries, total) {
  const ranges = [];
  for (const entry of entries) {
    const last = ranges.at(-1);
    if (last && entry === last[1] + 1) last[1] = entry;
    else ranges.push([entry, entry]);
  }
  const whole = ranges.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(",");
  const text = whole.length <= 6 && entries.length === total ? whole : `${entries[0]} +${total - 1}`;
  return icon("outline-map__pin", text, [Math.max(30, text.length * 8 + 14), 30], total > 1 ? total : 0);
}

// A card of the list and its point tell of each other; `tell(element, mark)` calls `mark` when somebody is at the element and when not.
function joinList(map, box, markers, byKey, tell) {
  for (const card of document.querySelectorAll("[data-map-key]")) {
    const marker = byKey.get(card.dataset.mapKey);
    if (!marker) continue;
    const mark = (on) => {
      const shown = markers.getVisibleParent(marker) ?? marker;
      shown.getElement?.()?.classList.toggle("outline-map__shown", on);
    };
    tell(card, mark);
    card.querySelector("[data-map-link]")?.addEventListener("click", (event) => {
      event.preventDefault();
      lead(map, box, markers, marker);
    });
    marker.on("popupopen", () => card.classList.add("near-item--shown"));
    marker.on("popupclose", () => card.classList.remove("near-item--shown"));
  }
}

// From the list to its point, or to the cluster that holds it.
function lead(map, box, markers, marker) {
  if (!map.getBounds().pad(-0.1).contains(marker.getLatLng())) map.setView(marker.getLatLng(), map.getZoom(), { animate: false });
  const shown = markers.getVisibleParent(marker) ?? marker;
  box.scrollIntoView({ block: "nearest" });
  shown.getElement()?.focus({ preventScroll: true });
  if (shown === marker) marker.openPopup();
}

function nameClusters(box) {
  for (const inner of box.querySelectorAll("span[data-count]")) {
    inner.parentElement.setAttribute("role", "button");
    const words = box.dataset.wordMany.replace("%s", inner.dataset.count);
    inner.parentElement.setAttribute("aria-label", inner.textContent === inner.dataset.count ? words : `${inner.textContent}: ${words}`);
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
  if (circle && !box.dataset.viewLat && radius < 5_000_000) fit(map, circle.getBounds());
}

function fit(map, bounds) {
  map.fitBounds(bounds, { padding: [24, 24], maxZoom: 9, animate: false });
}

// Countries, over them lakes, and over those the states of the US, whose shores are drawn to the lakes: as the server's picture does.
async function addOutlines(map, box, near) {
  const { topojson } = window;
  map.createPane("land").style.zIndex = 200;
  map.createPane("names").style.zIndex = 250;
  map.createPane("towns").style.zIndex = 450;
  const isNear = () => map.getZoom() >= FINE_FROM;
  let isFine = isNear();
  const addresses = [isFine ? box.dataset.worldFine : box.dataset.world, box.dataset.states, box.dataset.lakes];
  const [world, states, lakes] = await Promise.all(addresses.map(json));
  const featuresOf = (topology, name) => topojson.feature(topology, topology.objects[name]).features;
  const countriesOf = (topology) => featuresOf(topology, "countries").filter((shape) => !BY_STATES.has(shape.id));
  const layer = (features, className) => shapes(map, features, className, near);
  const countries = countriesOf(world);
  let land = layer(countries, "outline-map__land");
  const waters = featuresOf(lakes, "lakes").map((lake) => ({ water: layer([lake], "outline-map__water"), width: middle(lake.geometry).width }));
  const own = featuresOf(states, "states");
  layer(own, "outline-map__land");
  const names = [...own, ...countries].map(nameOf);
  const show = () => {
    const degrees = 256 * 2 ** map.getZoom() / 360;
    for (const { water, width } of waters) water.setStyle({ stroke: width * degrees > LAKE_PX, fill: width * degrees > LAKE_PX });
    for (const { marker, width, letters } of names) toggle(map, marker, width * degrees > letters * LETTER_PX);
  };
  const refine = () => {
    if (isFine || !isNear()) return;
    isFine = true;
    json(box.dataset.worldFine).then((fine) => {
      land.remove();
      land = layer(countriesOf(fine), "outline-map__land");
      land.bringToBack();
    }).catch(() => { isFine = false; }); // the coarse ones stay; the next zoom tries again
  };
  map.on("zoomend", show);
  map.on("zoomend", refine);
  show();
  refine(); // a zoom while the outlines were on their way
}

function shapes(map, features, className, near) {
  const { L } = window;
  const all = isAtDateLine(near) ? [...features, ...features.map((shape) => moved(shape, Math.sign(near) * 360))] : features;
  return L.geoJSON(all.flatMap(unrolled), { pane: "land", interactive: false, style: { className, weight: 1 } }).addTo(map);
}

// A shape across the date line goes on beyond 180 degrees, so that no edge runs around the earth, and stands on the other side too.
function unrolled(shape) {
  const polygons = shape.geometry.type === "Polygon" ? [shape.geometry.coordinates] : shape.geometry.coordinates;
  let isAcross = false;
  const coordinates = polygons.map((rings) => rings.map((ring) => {
    let last = ring[0][0];
    return ring.map(([lng, lat]) => {
      const on = turned(lng, last);
      isAcross ||= on !== lng;
      last = on;
      return [on, lat];
    });
  }));
  if (!isAcross) return [shape];
  const whole = { ...shape, geometry: { type: "MultiPolygon", coordinates } };
  return [whole, moved(whole, -360), moved(whole, 360)];
}

function moved(shape, degrees) {
  const polygons = shape.geometry.type === "Polygon" ? [shape.geometry.coordinates] : shape.geometry.coordinates;
  const coordinates = polygons.map((rings) => rings.map((ring) => ring.map(([lng, lat]) => [lng + degrees, lat])));
  return { ...shape, geometry: { type: "MultiPolygon", coordinates } };
}

// The towns of the picture that the map takes the place of, each where it was.
function addTowns(map, box) {
  const { L } = window;
  const drawn = box.querySelector(".drawn-map");
  if (!drawn) return;
  const scale = box.clientWidth / drawn.viewBox.baseVal.width;
  for (const text of drawn.querySelectorAll("circle + text")) {
    const [x, y] = ["cx", "cy"].map((name) => Number(text.previousElementSibling.getAttribute(name)));
    const name = document.createElement("span");
    name.className = `outline-map__${text.getAttribute("text-anchor")}`;
    name.textContent = text.textContent;
    name.style.left = `${(Number(text.getAttribute("x")) - x) * scale + 3}px`; // 3: the middle of the dot
    name.style.top = `${(Number(text.getAttribute("y")) - y) * scale + 3}px`;
    const icon = L.divIcon({ className: "outline-map__town", html: name, iconSize: [6, 6] });
    L.marker(map.containerPointToLatLng([x * scale, y * scale]), { icon, interactive: false, keyboard: false, pane: "towns" }).addTo(map);
  }
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

function icon(className, text, size, count = 0) {
  const inner = document.createElement("span");
  inner.textContent = text;
  if (count) inner.dataset.count = count;
  return window.L.divIcon({ className, html: inner, iconSize: Array.isArray(size) ? size : [size, size] });
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

// What the phone keeps: the workshops it is enrolled for, and every entry until the school has answered for it.
// An entry counts as noted only when the browser says that it lies on the disk.

const NAME = "smrt-checkin";
let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("rooms", { keyPath: "id" });
      const entries = request.result.createObjectStore("entries", { keyPath: "order", autoIncrement: true });
      entries.createIndex("room", "room");
      entries.createIndex("nonce", "nonce", { unique: true });
      request.result.createObjectStore("self", { keyPath: "id" });
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
  opened.catch(() => (opened = undefined));
  return opened;
}

async function work(names, mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(names, mode, { durability: "strict" });
    let result;
    transaction.oncomplete = () => resolve(result instanceof IDBRequest ? result.result : undefined);
    transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    transaction.onerror = () => reject(transaction.error);
    result = act(...[names].flat().map((name) => transaction.objectStore(name)));
  });
}

export const rooms = () => work("rooms", "readonly", (store) => store.getAll());
export const room = (id) => work("rooms", "readonly", (store) => store.get(id));
export const putRoom = (value) => work("rooms", "readwrite", (store) => store.put(value));
export const dropRoom = (id) => work("rooms", "readwrite", (store) => store.delete(id));
export const entriesOf = (id) => work("entries", "readonly", (store) => store.index("room").getAll(id));

// Several entries of one gesture are kept together or not at all.
export function keep(entries) {
  return work("entries", "readwrite", (store) => {
    for (const entry of entries) store.add(entry);
  });
}

// Write the school's answers beside the entries they belong to.
export function answer(answers) {
  return work("entries", "readwrite", (store) => {
    const byNonce = store.index("nonce");
    for (const given of answers) {
      const found = byNonce.get(given.nonce);
      found.onsuccess = () => found.result && store.put({ ...found.result, state: given.state, code: given.code, detail: given.detail });
    }
  });
}

export function drop(orders) {
  return work("entries", "readwrite", (store) => {
    for (const order of orders) store.delete(order);
  });
}

// The number this phone gives itself when it claims a link: the same one after a lost answer.
export async function claimNumber(code) {
  const kept = await work("self", "readonly", (store) => store.get(code));
  if (kept) return kept.number;
  const number = crypto.randomUUID();
  await work("self", "readwrite", (store) => store.put({ id: code, number }));
  return number;
}

// The check-in page: keeps itself on the phone, opens what is kept there, and takes the link it was opened by.

import { start } from "./app.js";

const main = document.querySelector("[data-checkin]");
navigator.serviceWorker?.register(main.dataset.worker, { scope: main.dataset.scope }).catch(() => {}); // a browser without it needs network
start(main);

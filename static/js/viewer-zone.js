// Adds the visitor's own time to a schedule when their clock differs from the venue's; without JavaScript the venue's time stands alone.
const form = { weekday: "short", hour: "numeric", minute: "2-digit" };

// Minutes by which the visitor's clock is ahead of UTC at an instant, and those an ISO time was written with.
const own = (text) => -new Date(text).getTimezoneOffset();
const written = (text) => {
  const [, sign, hours, minutes] = /([+-])(\d{2}):(\d{2})$/.exec(text) ?? [null, "+", "0", "0"];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
};

for (const table of document.querySelectorAll("[data-viewer-zone]")) {
  for (const row of table.querySelectorAll("tbody tr")) {
    const [start, end] = [...row.querySelectorAll("time")].map((time) => time.dateTime);
    const yours = row.querySelector(".schedule__yours");
    if (!start || !end || !yours || own(start) === written(start)) continue;
    const language = document.documentElement.lang;
    const from = new Intl.DateTimeFormat(language, form).format(new Date(start));
    const sameDay = new Date(start).toDateString() === new Date(end).toDateString();
    const to = new Intl.DateTimeFormat(language, { ...form, weekday: sameDay ? undefined : "short", timeZoneName: "short" }).format(new Date(end));
    yours.querySelector(".schedule__yours-time").textContent = `${from} – ${to}`;
    yours.hidden = false;
  }
}

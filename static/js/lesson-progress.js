// The current lesson's line in the list of lessons, [data-lesson-progress]: follows what the player reports as counted.

const line = document.querySelector("[data-lesson-progress]");

if (line) {
  document.addEventListener("smrt:coverage", ({ detail }) => {
    if (!detail?.duration_ms) return;
    const isEnough = detail.covered_ms >= Number(line.dataset.needed) * detail.duration_ms;
    const percent = Math.min(100, Math.floor((detail.covered_ms * 100) / detail.duration_ms));
    const words = isEnough ? `✓ ${line.dataset.textDone}` : line.dataset.textWatched.replace("{percent}", percent);
    line.textContent = `${words} · ${line.dataset.length}`;
    line.closest("li")?.classList.toggle("lesson-list__item--done", isEnough);
  });
}

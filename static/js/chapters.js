// Buttons that write the player's present moment into a row of the chapters form: [data-chapters]. Without this module
// the times are typed.

function clock(seconds) {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(rest).padStart(2, "0")}`;
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

for (const form of document.querySelectorAll("[data-chapters]")) {
  const video = document.querySelector("[data-player] video");
  if (!video) continue;
  for (const button of form.querySelectorAll("[data-chapter-now]")) {
    const row = button.closest("tr");
    button.hidden = false;
    button.addEventListener("click", () => {
      row.querySelector("input[name$='-start']").value = clock(video.currentTime);
      row.querySelector("input[name$='-title']").focus();
    });
  }
}

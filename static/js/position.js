// “Use my position” in a form with [data-position]: asks the device, keeps about a kilometre of it, and looks. Without JavaScript a town is typed.
// A form that asks for more than a place says [data-position-stays]: there the rest is filled in before it is sent.

for (const form of document.querySelectorAll("form[data-position]")) {
  const button = form.querySelector("[data-position-button]");
  const status = form.querySelector("[data-position-status]");
  const { place, lat, lng } = form.elements;
  if (!button || !lat || !lng || !("geolocation" in navigator)) continue;
  button.hidden = false;
  // A position belongs to its label: whoever types another town means that town.
  place?.addEventListener("input", () => { lat.value = lng.value = ""; });
  button.addEventListener("click", () => {
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        lat.value = coords.latitude.toFixed(2);
        lng.value = coords.longitude.toFixed(2);
        if (place) place.value = button.dataset.label;
        if ("positionStays" in form.dataset) {
          button.disabled = false;
          if (status) status.textContent = button.dataset.found ?? "";
        } else form.requestSubmit();
      },
      () => {
        button.disabled = false;
        if (status) status.textContent = button.dataset.refused;
      },
      { maximumAge: 600_000, timeout: 15_000 },
    );
  });
}

// Chooses the browser's time zone in a select that the person has not touched; without JavaScript the school's stays chosen.
for (const select of document.querySelectorAll("select[data-time-zone-guess]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const untouched = [...select.options].every((option) => option.selected === option.defaultSelected);
  if (untouched && !select.form?.querySelector(".field__error") && [...select.options].some((option) => option.value === zone)) select.value = zone;
}

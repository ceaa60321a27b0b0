// Lets the days of a filter be those of the browser's own zone, like the times
// that the page shows. The server is told the zone together with a day only.

export function filterByLocalDays() {
  for (const zone of document.querySelectorAll("input[data-days]")) {
    const days = zone.form.querySelectorAll("input[type=date]");
    const given = zone.value;
    const tell = () => (zone.disabled = [...days].every((day) => day.value === ""));
    zone.value = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    zone.form.addEventListener("input", tell, true);
    tell();
    // The address may come from somebody in another zone.
    if (!zone.disabled && given !== zone.value) zone.form.requestSubmit();
  }
}

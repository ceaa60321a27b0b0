// Turns times into the browser's own zone, in the form that the server wrote
// them in, so that nothing moves.

const two = (n) => String(n).padStart(2, "0");
const clock = (t) => `${two(t.getHours())}:${two(t.getMinutes())}`;

/**
 * Returns what writes times in a language.
 * @param {string} language
 */
export function timesIn(language) {
  const name = new Intl.DateTimeFormat(language, { month: "short", timeZone: "UTC" });
  const months = Array.from({ length: 12 }, (_, month) => name.format(Date.UTC(2000, month)));
  const zoned = new Intl.DateTimeFormat(language, { timeZoneName: "short" });
  return {
    short: (t) => `${two(t.getDate())} ${months[t.getMonth()]} ${clock(t)}`,
    long: (t) => `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${clock(t)}:${two(t.getSeconds())}`,
    zone: zoned.formatToParts(new Date()).find((part) => part.type === "timeZoneName").value,
  };
}

let times; // in the page's language

/** @param {ParentNode} root */
export function showLocalTimes(root) {
  times ??= timesIn(document.documentElement.lang);
  if (root === document) document.documentElement.style.setProperty("--zone", JSON.stringify(times.zone));
  for (const element of root.querySelectorAll("time")) {
    const t = new Date(element.dateTime);
    element.textContent = /^\d{4}/.test(element.textContent) ? times.long(t) : times.short(t);
  }
  for (const element of root.querySelectorAll("[data-zone]")) element.textContent = times.zone;
}

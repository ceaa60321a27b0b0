// Turns times into the browser's own zone, in the form that the server wrote
// them in, so that nothing moves.

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n) => String(n).padStart(2, "0");

const short = (t) => `${two(t.getDate())} ${months[t.getMonth()]} ${two(t.getHours())}:${two(t.getMinutes())}`;
const long = (t) =>
  `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ` +
  `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;

const zone =
  new Intl.DateTimeFormat("en", { timeZoneName: "short" })
    .formatToParts(new Date())
    .find((part) => part.type === "timeZoneName")?.value ?? "local";

/** @param {ParentNode} root */
export function showLocalTimes(root) {
  for (const element of root.querySelectorAll("time")) {
    const t = new Date(element.dateTime);
    element.textContent = /^\d{4}/.test(element.textContent) ? long(t) : short(t);
  }
  for (const element of root.querySelectorAll("[data-zone]")) element.textContent = zone;
}

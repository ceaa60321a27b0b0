// The banner that says that new accounts come in a wave: kept up to date, told to
// screen readers once for each wave, and gone when somebody dismisses it.

import { renew } from "./renew.js";
import { showLocalTimes } from "./times.js";
import { announce, plain } from "./words.js";

const memory = "muckick-wave"; // of the wave that was told last, in the session's storage
const same = 60_000; // milliseconds in which waves that begin count as one

/**
 * Returns the handler of "wave" events.
 * @param {() => void} left is called when the banner goes that had the focus
 */
export function followWaves(left) {
  const banner = document.getElementById("wave");
  if (!banner) return () => {};
  const words = banner.firstElementChild;
  let dismissed = 0;

  const hasFocus = () => banner.contains(document.activeElement);

  // Focused is whether the banner has the focus, or had it until its words changed.
  function show(focused = hasFocus()) {
    const newest = Number(words.dataset.wave);
    banner.hidden = newest <= dismissed;
    if (focused && (banner.hidden || !hasFocus())) left();
    if (banner.hidden || newest <= Number(sessionStorage.getItem(memory) ?? 0) + same) return;
    sessionStorage.setItem(memory, newest);
    announce(plain(words.querySelector("strong")));
  }

  banner.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const newest = Number(words.dataset.wave);
    const response = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => null);
    if (response?.type !== "opaqueredirect") {
      form.submit(); // which shows what is wrong
      return;
    }
    dismissed = newest + same;
    show();
    announce(banner.dataset.dismissed);
  });

  show();
  return (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    showLocalTimes(template.content);
    const focused = hasFocus();
    renew(words, template.content.firstElementChild);
    show(focused);
  };
}

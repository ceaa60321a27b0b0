// Keeps the page of a job up to date.

import { refresh, renew } from "./renew.js";
import { isShut } from "./shut.js";
import { showLocalTimes } from "./times.js";

const again = 3_000; // milliseconds before asking anew when no answer came

let timer;

/** @param {string} html the data of a "job" event */
export function followJob(html) {
  if ("ended" in refresh("progress", html).dataset) showEnd();
}

// What became of each, and what can be done then, is on the job's page.
async function showEnd() {
  clearTimeout(timer);
  let fresh;
  try {
    const response = await fetch(location.href, { redirect: "manual" });
    if (isShut(response)) {
      location.reload(); // leads to the sign-in page and back here, or says why not
      return;
    }
    if (!response.ok) throw new Error(`status ${response.status}`);
    fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("main");
    if (!fresh) throw new Error("another page came");
  } catch {
    // A request also fails because somebody leaves the page, and must then not take
    // them back.
    timer = setTimeout(showEnd, again);
    return;
  }
  showLocalTimes(fresh);
  const focused = document.activeElement;
  renew(document.getElementById("main"), fresh);
  if (focused !== document.body && !(focused.isConnected && focused.checkVisibility())) document.getElementById("progress").focus();
}

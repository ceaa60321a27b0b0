// Keeps the page of a job up to date.

import { refresh, renew } from "./renew.js";
import { showLocalTimes } from "./times.js";

/** @param {string} html the data of a "job" event */
export async function followJob(html) {
  if (!("ended" in refresh("progress", html).dataset)) return;
  // What became of each, and what can be done then, is on the job's page.
  const main = document.getElementById("main");
  const focused = document.activeElement;
  const fresh = await look();
  if (!fresh) {
    location.reload();
    return;
  }
  renew(main, fresh);
  if (focused !== document.body && !(focused.isConnected && focused.checkVisibility())) document.getElementById("progress").focus();
}

// Returns what the page holds now, if it can be had.
async function look() {
  try {
    const response = await fetch(location.href, { redirect: "error" });
    if (!response.ok) return null;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const main = page.getElementById("main");
    showLocalTimes(main);
    return main;
  } catch {
    return null;
  }
}

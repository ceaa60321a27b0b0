// Keeps the page of a job up to date.

import { renew } from "./renew.js";
import { showLocalTimes } from "./times.js";

/** @param {string} html the data of a "job" event */
export function followJob(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  showLocalTimes(template.content);
  const progress = template.content.firstElementChild;
  // What can be done about a job that has ended is on its page.
  if ("ended" in progress.dataset) location.reload();
  else renew(document.getElementById("progress"), progress);
}

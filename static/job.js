// Keeps the page of a job up to date.

import { refresh } from "./renew.js";

/** @param {string} html the data of a "job" event */
export function followJob(html) {
  // What can be done about a job that has ended is on its page.
  if ("ended" in refresh("progress", html).dataset) location.reload();
}

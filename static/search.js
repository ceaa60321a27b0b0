// What the attributes for htmx cannot say about a search form that answers
// while one types (see views/search.go).

import { showLocalTimes } from "./times.js";
import { loadCounts } from "./counts.js";

export function searchWhileTyping() {
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    for (const [name, value] of Object.entries(detail.parameters)) if (value === "") delete detail.parameters[name];
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, serverResponse, pathInfo } = event.detail;
    const page = new DOMParser().parseFromString(serverResponse, "text/html");
    if (page.getElementById(target.id)) return;
    // Another page has come, such as that for signing in.
    event.preventDefault();
    location.assign(pathInfo.finalRequestPath);
  });
  document.addEventListener("htmx:sendError", ({ detail }) => {
    location.assign(detail.pathInfo.finalRequestPath); // the browser says best what is wrong
  });
  document.addEventListener("htmx:afterSwap", () => {
    showLocalTimes(document);
    loadCounts();
  });
}

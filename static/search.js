// Search forms answer while one types: the page is fetched as a submit would
// fetch it, and its [data-swap] elements take the place of ours.

import { showLocalTimes } from "./times.js";
import { loadCounts } from "./counts.js";

const pause = 200; // milliseconds without a key before the search starts

export function searchWhileTyping() {
  for (const form of document.querySelectorAll("form[data-search]")) {
    let timer;
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(() => swap(addressOf(form)), pause);
    };
    form.addEventListener("input", soon);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(timer);
      swap(addressOf(form));
    });
  }
}

function addressOf(form) {
  const query = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...query]) if (value === "") query.delete(name);
  return form.getAttribute("action") + (query.size ? `?${query}` : "");
}

let running = new AbortController();

async function swap(address) {
  running.abort();
  running = new AbortController();
  const parts = [...document.querySelectorAll("[data-swap]")];
  for (const part of parts) part.setAttribute("aria-busy", "true");
  let page;
  try {
    const response = await fetch(address, { signal: running.signal });
    page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!parts.every((part) => page.getElementById(part.id))) throw new Error("another page");
  } catch (error) {
    if (error.name === "AbortError") return;
    location.assign(address); // the browser says best what is wrong
    return;
  }
  for (const part of parts) replace(part, page.getElementById(part.id));
  history.replaceState(null, "", address);
  loadCounts();
}

// A live region speaks only if it stays in the page while its text changes.
function replace(part, fresh) {
  part.replaceChildren(...fresh.childNodes);
  part.removeAttribute("aria-busy");
  showLocalTimes(part);
}

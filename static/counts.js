// Numbers of occupants are asked for room by room as rooms come into view, a
// handful at a time, because each costs the chat server a request.

import { word } from "./words.js";

const pause = 100; // milliseconds in which rooms are gathered into one request
const longest = 1500; // characters of a query; servers refuse very long ones

const waiting = [];
let timer;

const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      observer.unobserve(entry.target);
      waiting.push(entry.target);
    }
    clearTimeout(timer);
    timer = setTimeout(askForAll, pause);
  },
  { rootMargin: "200px" },
);

export function loadCounts() {
  for (const place of document.querySelectorAll("[data-count-of]")) observer.observe(place);
}

function askForAll() {
  while (waiting.length > 0) {
    const query = new URLSearchParams();
    const places = [];
    do {
      const place = waiting.shift();
      if (!place.isConnected) continue;
      query.append("address", place.dataset.countOf);
      places.push(place);
    } while (waiting.length > 0 && query.toString().length < longest);
    if (places.length > 0) ask(query, places);
  }
}

async function ask(query, places) {
  let counts = {};
  try {
    const response = await fetch(`/rooms/counts?${query}`);
    if (response.ok) counts = await response.json();
  } catch {
    // What could not be had is shown as unknown below.
  }
  for (const place of places) {
    const n = counts[place.dataset.countOf];
    place.textContent = typeof n === "number" ? word("occupants", { n }) : word("occupants-unknown");
    delete place.dataset.countOf;
  }
}

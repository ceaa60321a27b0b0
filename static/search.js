// Lets a form[data-search] answer while one types. The attribute names the
// elements, by id, whose content the same elements of the answer replace; the
// first of them is the list. The page's address follows the form.

import { loadCounts } from "./counts.js";
import { isShut } from "./shut.js";
import { showLocalTimes } from "./times.js";

const pause = 200; // milliseconds after a key before the server is asked
const again = 3_000; // milliseconds before asking anew when no answer came

export function searchWhileTyping() {
  for (const form of document.querySelectorAll("form[data-search]")) new Search(form);
}

class Search {
  #form;
  #ids;
  #timer;
  #asking = new AbortController();

  constructor(form) {
    this.#form = form;
    this.#ids = form.dataset.search.split(" ");
    form.addEventListener("input", () => this.#askIn(pause));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#askIn(0);
    });
  }

  #askIn(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), milliseconds);
  }

  async #ask() {
    this.#asking.abort();
    const { signal } = (this.#asking = new AbortController());
    const address = addressOf(this.#form);
    const list = document.getElementById(this.#ids[0]);
    list.ariaBusy = "true";
    try {
      // A page that only those who are signed in can see redirects others.
      const response = await fetch(address, { signal, redirect: "manual", headers: { Accept: "text/html" } });
      if (isShut(response)) {
        location.assign(address);
        return;
      }
      if (response.status >= 500) throw new Error(`status ${response.status}`);
      this.#show(new DOMParser().parseFromString(await response.text(), "text/html"));
    } catch {
      if (signal.aborted) return; // the next search is under way
      this.#fail(true);
      this.#askIn(again);
      list.ariaBusy = null;
      return;
    }
    list.ariaBusy = null;
    this.#fail(false);
    history.replaceState(null, "", address);
  }

  #show(page) {
    const fresh = this.#ids.map((id) => page.getElementById(id));
    if (fresh.includes(null)) throw new Error("another page came");
    for (const element of fresh) {
      showLocalTimes(element);
      document.getElementById(element.id).replaceChildren(...element.childNodes);
    }
    loadCounts();
  }

  #fail(failed) {
    this.#form.querySelector("[data-search-failed]").hidden = !failed;
  }
}

/** @returns {string} where the form leads, without the fields that are empty */
export function addressOf(form) {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
  const path = form.getAttribute("action");
  return query.size > 0 ? `${path}?${query}` : path;
}

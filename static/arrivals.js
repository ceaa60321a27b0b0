// The page of arrivals: kept up to date, and still while somebody ticks people,
// holds a button down on them, or asked for a pause.

import { chatIsOnline } from "./chat.js";
import { Hold } from "./hold.js";
import { renew } from "./renew.js";
import { showLocalTimes } from "./times.js";
import { ToldState } from "./told.js";
import { counted, word } from "./words.js";

export class Arrivals {
  #form = document.getElementById("arriving");
  #place = document.getElementById("arrivals");
  #live = document.getElementById("live");
  #pause = document.getElementById("pause");
  #hold;
  #connection = "";
  #waiting = 0; // arrivals that are not shown
  #held = ""; // the latest groups
  #stale = false; // the list lacks what came while it was held
  #looking = false;
  #told = new ToldState();

  constructor() {
    this.#hold = new Hold(this.#place, () => this.#release());
    this.#pause.addEventListener("click", () => this.#setPause(!this.#hold.paused));
    this.#pause.hidden = false;
    this.#form.addEventListener("change", (event) => this.#ticked(event.target));
    addEventListener("pageshow", () => this.#count()); // a browser restores ticks
    document.addEventListener("muckick:chat", () => this.#show());
  }

  /** What to do with events, by their names. */
  get handlers() {
    return {
      arrived: (html) => this.#arrived(html),
      arrivals: (html) => this.#groups(html),
      stale: () => this.#look(),
    };
  }

  /** @param {"live" | "lost"} state */
  connection(state) {
    this.#connection = state;
    this.#show();
  }

  #arrived(html) {
    const rows = parse(html);
    const known = (row) => row.id && document.getElementById(row.id);
    const fresh = [...rows.children].filter((row) => !known(row));
    if (this.#hold.on) {
      this.#waiting += fresh.reduce((sum, row) => sum + arrivalsOf(row), 0);
      this.#stale ||= fresh.length > 0;
    } else {
      this.#add(fresh);
      if (this.#stale) this.#look();
    }
    this.#show();
  }

  #add(fresh) {
    const list = document.getElementById("arrived");
    list.prepend(...fresh);
    const most = Number(this.#form.dataset.shown);
    while (list.children.length > most) list.lastElementChild.remove();
    const summary = document.getElementById("summary");
    const total = Number(summary.dataset.total) + fresh.reduce((sum, row) => sum + arrivalsOf(row), 0);
    summary.dataset.total = total;
    const shown = list.querySelectorAll(":scope > [id]").length;
    summary.textContent = counted("arrivals", total) + (shown < total ? word("newest", { shown }) : "");
  }

  #groups(html) {
    if (this.#hold.on) {
      const shown = Number(document.getElementById("summary").dataset.total);
      this.#held = html;
      this.#waiting = Math.max(0, Number(parse(html).querySelector("#summary").dataset.total) - shown);
    } else this.#replace(parse(html));
    this.#show();
  }

  #replace(content) {
    const fresh = this.#place.cloneNode();
    fresh.append(content);
    const ticked = new Set([...this.#boxes()].filter((box) => box.checked).map((box) => box.value));
    renew(this.#place, fresh);
    for (const box of this.#boxes()) box.checked = ticked.has(box.value);
    this.#count();
  }

  // What came while the list was held is shown, if there was too much of it by
  // asking for the page again.
  #release() {
    this.#waiting = 0;
    if (this.#held) this.#replace(parse(this.#held));
    this.#held = "";
    if (this.#stale) this.#look();
    this.#show();
  }

  async #look() {
    if (this.#hold.on || this.#looking) {
      this.#stale = true;
      return;
    }
    this.#stale = false;
    this.#looking = true;
    try {
      const response = await fetch(location.href);
      if (!response.ok || response.redirected) throw new Error(response.statusText);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const content = page.getElementById("arrivals");
      showLocalTimes(content);
      if (this.#hold.on) this.#stale = true;
      else this.#replace(wrapped(content));
    } catch {
      this.#stale = true; // asked again with the next event
    } finally {
      this.#looking = false;
    }
  }

  #setPause(on) {
    this.#hold.paused = on;
    this.#pause.textContent = word(on ? "resume" : "pause");
    this.#show();
  }

  // Whoever ticks somebody wants the list to stay as it is.
  #ticked(box) {
    if (box.type !== "checkbox") return;
    this.#count();
    if (box.checked && !this.#hold.paused) this.#setPause(true);
  }

  #count() {
    const n = [...this.#boxes()].filter((box) => box.checked).length;
    const ticked = document.getElementById("ticked");
    if (!ticked) return;
    ticked.hidden = n === 0;
    ticked.textContent = counted("ticked", n);
  }

  #boxes() {
    return this.#place.querySelectorAll("input[type=checkbox]");
  }

  #show() {
    if (this.#connection === "") return;
    const state = this.#connection === "lost" ? "lost" : !chatIsOnline() ? "offline" : this.#hold.paused ? "paused" : "live";
    const text = [word(state), this.#waiting > 0 ? counted("waiting", this.#waiting) : ""].filter(Boolean).join(": ");
    if (this.#live.textContent !== text) this.#live.textContent = text;
    this.#live.dataset.state = state;
    if (state === "offline") this.#told.note(state); // the banner is an alert
    else this.#told.tell(state, word(state));
  }
}

const arrivalsOf = (row) => (row.id ? 1 : Number(row.dataset.unlisted ?? 0));

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  showLocalTimes(template.content);
  return template.content;
}

function wrapped(element) {
  const fragment = document.createDocumentFragment();
  fragment.append(...element.childNodes);
  return fragment;
}

// Keeps the list of occupants where it is on the screen, for whoever points at a row or
// is in it, while others come and go.

import { shownBeside } from "./blocks.js";

export class Place {
  #list;
  #gap = 0; // pixels left free above the list, where the page cannot scroll so far up
  #spare = 0; // pixels below the page, so that it can scroll so far down
  #touched = false; // by a finger, which is nowhere in between
  #open; // the row above which another went that was pointed at

  /** @param {HTMLTableElement} list whose rows and head nothing else gives a style */
  constructor(list) {
    this.#list = list;
    list.addEventListener("pointerover", (event) => {
      this.#touched = event.pointerType === "touch";
      if (event.target.closest("thead")) this.#close();
    });
    list.addEventListener("pointerleave", () => this.#close());
    addEventListener("scroll", () => this.#shrink(), { passive: true });
  }

  /** @param {() => void} change moves, adds and removes rows */
  keep(change) {
    const pointed = this.#touched ? null : (this.#list.querySelector("tbody tr:hover") ?? this.#opened());
    const row = pointed ?? this.#list.querySelector("tbody tr:focus-within");
    if (!row) {
      change();
      return;
    }
    const before = row.getBoundingClientRect();
    const next = pointed && shownBeside(row, "next");
    const below = next?.getBoundingClientRect();
    change();
    if (isShown(row)) this.#restore(row, before.top, pointed);
    else if (next && isShown(next)) {
      // The place of who has gone stays free, so that nobody is pointed at instead.
      next.style.marginTop = `${marginOf(row) + before.height + marginOf(next)}px`;
      this.#open = next;
      this.#restore(next, below.top, pointed);
    }
  }

  // The row that stands in for one that went and was pointed at.
  #opened() {
    return this.#open && isShown(this.#open) && this.#list.matches(":hover:not(:has(thead:hover))") ? this.#open : null;
  }

  #restore(row, top, pointed) {
    const off = () => row.getBoundingClientRect().top - top;
    const down = off();
    if (down > 0 && this.#gap > 0) this.#setGap(Math.max(0, this.#gap - down));
    scrollBy({ top: off(), behavior: "instant" });
    if (!pointed) return;
    const rest = off();
    if (rest <= -1) this.#setGap(this.#gap - rest);
    if (rest >= 1) {
      this.#setSpare(this.#missing() + rest);
      scrollBy({ top: off(), behavior: "instant" });
    }
  }

  // By how much the page without what is spare is shorter than what is seen of it.
  #missing() {
    return scrollY + innerHeight - (document.documentElement.getBoundingClientRect().height - this.#spare);
  }

  #close() {
    this.#setGap(0);
    if (!this.#open) return;
    for (const row of this.#list.querySelectorAll("tbody tr[style]")) row.removeAttribute("style");
    this.#open = undefined;
  }

  // What is spare goes without moving anything, as it is not needed any more.
  #shrink() {
    if (this.#spare > 0) this.#setSpare(Math.min(this.#spare, Math.max(0, this.#missing())));
  }

  #setGap(pixels) {
    this.#gap = pixels;
    this.#list.tHead.style.marginBottom = pixels > 0 ? `${pixels}px` : "";
  }

  #setSpare(pixels) {
    this.#spare = pixels;
    document.body.style.paddingBottom = pixels > 0 ? `${pixels}px` : "";
  }
}

const marginOf = (row) => Number.parseFloat(row.style.marginTop) || 0;

const isShown = (row) => row.isConnected && !row.hidden;

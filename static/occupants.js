// The list of occupants: changes as they happen, filter and order.

import { noteInAddress } from "./address.js";
import { Blocks, beside, shownBeside } from "./blocks.js";
import { Hold } from "./hold.js";
import { Notes } from "./notes.js";
import { comparator, keyOf, matches } from "./order.js";
import { Place } from "./place.js";
import { renew } from "./renew.js";
import { showLocalTimes } from "./times.js";
import { announce, plain, word } from "./words.js";

const typing = 600; // milliseconds after a keystroke before its effect is announced
const noting = 200; // milliseconds after a keystroke before it is in the address, which browsers let change only so often

export class OccupantTable {
  #list = document.getElementById("occupants");
  #blocks = new Blocks(this.#list);
  #filter = document.getElementById("filter");
  #nobody = document.getElementById("nobody");
  #rows = new Map(); // by nick
  #shown; // how many of them
  #notes = new Notes();
  #keys = new WeakMap(); // of rows, for order and filter
  #compare; // compares keys
  #waiting = new Map(); // while the list is held: the new row by nick, or null for who is gone
  #hold = new Hold(this.#list, () => this.#settle());
  #place = new Place(this.#list);
  #current; // the row where somebody is, or was before it went
  #typed;
  #noted;

  constructor() {
    for (const row of this.#blocks) this.#rows.set(row.dataset.nick, row);
    this.#setOrder();
    this.#listen();
    // Of those whom the filter does not find the page only has the number.
    if (this.#filter.value === "") this.#showMatches();
    else this.#blocks.settle();
  }

  /** @param {string} html rows to add, replace or take away */
  change(html) {
    const nicks = [];
    for (const row of this.#rowsOf(html)) {
      this.#waiting.set(row.dataset.nick, "gone" in row.dataset ? null : row);
      nicks.push(row.dataset.nick);
    }
    this.#hear(nicks);
  }

  /** @param {string} html all rows, in blocks */
  reset(html) {
    const known = new Set([...this.#rows.keys(), ...this.#waiting.keys()]);
    this.#waiting = new Map([...this.#rows.keys()].map((nick) => [nick, null]));
    for (const row of this.#rowsOf(html)) {
      this.#waiting.set(row.dataset.nick, row);
      known.add(row.dataset.nick);
    }
    this.#hear([...known]);
  }

  /** The latest row of a nick, whether it is on the list yet or not. */
  row(nick) {
    const waiting = this.#waiting.get(nick);
    return waiting === undefined ? this.#rows.get(nick) : (waiting ?? undefined);
  }

  /** All latest rows. */
  *latest() {
    for (const nick of new Set([...this.#rows.keys(), ...this.#waiting.keys()])) {
      const row = this.row(nick);
      if (row) yield row;
    }
  }

  remove(nick) {
    this.#waiting.set(nick, null);
    this.#hear([nick]);
  }

  /** The rows of the list, in their order. */
  get rows() {
    return this.#blocks;
  }

  /** How many changes wait, because the list is held. */
  get waiting() {
    return this.#waiting.size;
  }

  get paused() {
    return this.#hold.paused;
  }

  set paused(value) {
    this.#hold.paused = value;
    this.#changed();
  }

  /** Makes a row the one where somebody is. */
  enter(row) {
    this.#current = row;
  }

  /**
   * Puts the focus where somebody is on the list, on a name: Enter does nothing there.
   * @param {FocusOptions} [options]
   */
  focus(options) {
    const row = this.#current;
    if (row && !row.hidden && row.isConnected) nameOf(row).focus(options);
    else if (!this.#nobody.hidden) this.#nobody.focus(options);
    else nameOf([...this.#blocks].find((row) => !row.hidden))?.focus(options);
  }

  #rowsOf(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    showLocalTimes(template.content);
    const rows = [...template.content.querySelectorAll("tr")];
    for (const row of rows) if (!("gone" in row.dataset)) this.#notes.addTo(row);
    return rows;
  }

  // Tells of which nicks something new is known, whether it is on the list yet or
  // not.
  #hear(nicks) {
    this.#list.dispatchEvent(Object.assign(new Event("muckick:news"), { nicks }));
    this.#settle();
  }

  // Carries out what waits, unless the list is held.
  #settle() {
    for (const [nick, row] of this.#waiting) {
      const shown = this.#rows.get(nick);
      if (row && shown) row.hidden = shown.hidden;
      if (row ? shown?.isEqualNode(row) : !shown) this.#waiting.delete(nick);
    }
    if (!this.#hold.on && this.#waiting.size > 0) {
      const changes = this.#waiting;
      this.#waiting = new Map();
      this.#place.keep(() => this.#apply(changes));
    }
    this.#changed();
  }

  #apply(changes) {
    const focused = this.#list.contains(document.activeElement) ? document.activeElement : null;
    const moved = new Set();
    for (const [nick, row] of changes) {
      if (row) moved.add(this.#put(nick, row));
      else this.#take(nick);
    }
    this.#arrange(moved);
    this.#count();
    if (!focused) return;
    // Moving an element takes the focus from it.
    if (isUsable(focused)) focused.focus({ preventScroll: true });
    else this.focus();
  }

  #put(nick, fresh) {
    const row = this.#rows.get(nick) ?? fresh;
    if (row === fresh) this.#rows.set(nick, row);
    else renew(row, fresh);
    this.#keys.delete(row);
    row.hidden = !this.#matches(row);
    if (row.hidden && row === this.#current) this.#current = neighbour(row);
    return row;
  }

  #take(nick) {
    const row = this.#rows.get(nick);
    if (row === this.#current) this.#current = neighbour(row);
    this.#rows.delete(nick);
    row.remove();
  }

  // Puts the rows in order, where only the given ones can be out of it.
  #arrange(moved) {
    let at = this.#blocks.first;
    for (const row of this.#sorted()) {
      while (at && at !== row && moved.has(at)) at = beside(at, "next");
      if (at === row) at = beside(at, "next");
      else this.#blocks.insert(row, at);
    }
  }

  #sorted() {
    return [...this.#rows.values()].sort((a, b) => this.#compare(this.#key(a), this.#key(b)));
  }

  #key(row) {
    let key = this.#keys.get(row);
    if (!key) {
      const { nick, jid = "", role, affiliation, since = "" } = row.dataset;
      const words = [...row.querySelectorAll(".role, .affiliation")].flatMap(wordsIn);
      key = keyOf({ nick, jid, role, affiliation, since, words });
      this.#keys.set(row, key);
    }
    return key;
  }

  #matches(row) {
    return matches(this.#key(row), this.#filter.value);
  }

  #listen() {
    // What is disabled loses the focus, to nowhere.
    document.addEventListener("muckick:chat", ({ focused }) => {
      if (this.#list.contains(focused) && !isUsable(focused)) this.focus();
    });
    this.#list.addEventListener("focusin", (event) => {
      const row = event.target.closest("tbody tr");
      if (row) this.enter(row);
    });
    this.#filter.addEventListener("input", () => {
      this.#showMatches();
      clearTimeout(this.#typed);
      this.#typed = setTimeout(() => announce(this.#summary()), typing);
      clearTimeout(this.#noted);
      this.#noted = setTimeout(() => this.#noteFilter(), noting);
    });
    this.#filter.addEventListener("change", () => this.#noteFilter()); // before a link is followed
    this.#filter.form.addEventListener("submit", (event) => event.preventDefault());
    this.#list.tHead.addEventListener("click", (event) => {
      const link = event.target.closest("[data-sort]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#sortBy(link);
    });
  }

  #sortBy(link) {
    const column = link.closest("th");
    const { sort, natural } = link.dataset;
    const direction = column.ariaSort === natural ? opposite[natural] : natural;
    this.#list.tHead.querySelector("[aria-sort]")?.removeAttribute("aria-sort");
    column.ariaSort = direction;
    this.#setOrder();
    this.#blocks.fill(this.#sorted());
    noteInAddress("sort", `${direction === natural ? "" : "-"}${sort}`);
  }

  // Keeps the filter for who reloads the page, or comes back to it.
  #noteFilter() {
    clearTimeout(this.#noted);
    noteInAddress("filter", this.#filter.value);
  }

  #setOrder() {
    const column = this.#list.tHead.querySelector("[aria-sort]");
    const { sort, order = "" } = column.querySelector("[data-sort]").dataset;
    this.#compare = comparator(sort, column.ariaSort === "descending", order.split(" ").filter(Boolean));
  }

  #showMatches() {
    for (const row of this.#rows.values()) row.hidden = !this.#matches(row);
    this.#count();
  }

  #changed() {
    this.#list.dispatchEvent(new Event("muckick:changed"));
  }

  #count() {
    this.#shown = this.#blocks.settle();
    setText(document.getElementById("shown"), this.#listed());
    this.#nobody.hidden = this.#shown > 0;
    setText(this.#nobody, word(this.#rows.size > 0 ? "none-matches" : "none-listed"));
  }

  #listed() {
    const [shown, all] = [this.#shown, this.#rows.size];
    return shown === all ? word("listed", { all }) : word("some-listed", { shown, all });
  }

  // What somebody hears who does not see the list.
  #summary() {
    return this.#nobody.hidden ? this.#listed() : plain(this.#nobody);
  }
}

const opposite = { ascending: "descending", descending: "ascending" };

const nameOf = (row) => row?.querySelector(".nick");

const isUsable = (element) => element.isConnected && !element.matches(":disabled") && element.checkVisibility();

// A word of the protocol, and what it means in brackets.
const wordsIn = (cell) => [...cell.childNodes].map((node) => plain(node).replace(/^\(|\)$/g, ""));

function setText(element, text) {
  if (plain(element) !== text) element.textContent = text;
}

const neighbour = (row) => shownBeside(row, "next") ?? shownBeside(row, "previous");

// Lets rows of the list be ticked, one by one or many at once, and asks for a plan
// of what is to be done with those who are.

import { shownBeside } from "./blocks.js";
import { canBeSame, isSurelySame, personOf } from "./person.js";
import { Ticked } from "./ticked.js";
import { announce, counted, word } from "./words.js";

const quiet = 400; // milliseconds after a tick before their number is announced

export class Ticks {
  #list = document.getElementById("occupants");
  #bar = document.getElementById("tick-bar");
  #form;
  #text = document.getElementById("ticked");
  #tools = document.getElementById("tick-tools");
  #table;
  #ticked = new Ticked();
  #stale = new Set(); // nicks whose rows may show a tick that is none, or none that is one
  #anchor; // the nick of the row from which a range goes
  #shift = false; // whether the last key was pressed with it
  #left = 0; // how many have left since that was last announced
  #announcing;
  #skew; // milliseconds by which muckick's clock is ahead of the browser's

  /** @param {import("./occupants.js").OccupantTable} table */
  constructor(table) {
    this.#table = table;
    this.#skew = Date.parse(this.#tools.dataset.now) - Date.now();
    this.#form = this.#unwrap();
    this.#form.addEventListener("formdata", (event) => {
      for (const nick of this.#ticked.nicks()) {
        const row = table.row(nick);
        if (row) event.formData.append("pick", boxOf(row).value);
      }
    });
    this.#listen();
    this.#clear();
    this.#tools.hidden = false;
  }

  // The form around the list is for pages without scripts. With it, each row that
  // comes or goes makes the browser look through all fields of the form.
  #unwrap() {
    const form = document.getElementById("kick-form");
    const fields = form.querySelectorAll(":scope > input");
    form.replaceWith(...form.children);
    this.#bar.replaceWith(form);
    form.append(...fields, this.#bar);
    form.action = "/plans";
    form.className = "bare";
    return form;
  }

  #listen() {
    const list = this.#list;
    list.addEventListener("mousedown", (event) => {
      // With the shift key it would select what stands between.
      if (event.shiftKey && event.target.closest(".pick")) event.preventDefault();
    });
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("click", (event) => this.#click(event));
    list.addEventListener("muckick:news", (event) => this.#follow(event.nicks));
    list.addEventListener("muckick:changed", () => this.#settle());
    document.getElementById("filter").addEventListener("input", () => this.#say());
    this.#tools.addEventListener("click", (event) => this.#many(event.target.closest("[data-tick]")));
    // A browser that leads back to the page may have kept its fields.
    addEventListener("pageshow", () => this.#sync(this.#table.rows));
  }

  #click(event) {
    const cell = event.target.closest("td.pick");
    if (!cell) return;
    const row = cell.parentElement;
    const box = boxOf(row);
    if (box.matches(":disabled")) return;
    if (event.target !== box) {
      box.checked = !box.checked; // beside it is as good, on a phone
      box.focus({ preventScroll: true });
    }
    // A key makes a click too, in some browsers without its modifiers.
    const range = event.shiftKey || (event.detail === 0 && this.#shift);
    this.#tickTo(row, box.checked, range);
  }

  #key(event) {
    this.#shift = event.shiftKey;
    const row = event.target.closest(".pick")?.parentElement;
    const way = { ArrowDown: "next", ArrowUp: "previous" }[event.key];
    if (!row || !way || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const next = shownBeside(row, way);
    if (!next) return;
    boxOf(next).focus();
    if (event.shiftKey) this.#tickTo(next, boxOf(row).checked, false);
  }

  // Ticks a row or not, or all from the last one to it.
  #tickTo(row, on, range) {
    const from = range && this.#anchor !== undefined ? this.#table.row(this.#anchor) : undefined;
    const rows = from?.isConnected && !from.hidden ? between(from, row) : [row];
    for (const each of rows) this.#tick(each, on);
    this.#anchor = row.dataset.nick;
    this.#told();
  }

  #tick(row, on) {
    const { nick } = row.dataset;
    if (!on) this.#ticked.remove(nick);
    else if (!this.#ticked.has(nick)) {
      const now = this.#now(personOf(row));
      if (now) this.#ticked.add(now);
    }
    boxOf(row).checked = this.#ticked.has(nick);
  }

  // Who somebody on the list is now: while it is held, it shows what was.
  #now(person) {
    const bearer = this.#bearer(person.nick);
    if (bearer && canBeSame(person, bearer)) return bearer;
    for (const row of this.#table.latest()) {
      const other = personOf(row);
      if (isSurelySame(person, other)) {
        this.#stale.add(other.nick);
        return other;
      }
    }
    return undefined;
  }

  #bearer(nick) {
    const row = this.#table.row(nick);
    return row && personOf(row);
  }

  #many(button) {
    if (!button) return;
    const { tick, seconds } = button.dataset;
    if (tick === "none") this.#clear();
    else {
      const since = tick === "joined" ? new Date(Date.now() + this.#skew - 1000 * seconds).toISOString() : "";
      for (const row of this.#table.rows) {
        if (!row.hidden && (since === "" || (row.dataset.since ?? "") >= since)) this.#tick(row, true);
      }
    }
    this.#told();
  }

  #clear() {
    this.#ticked = new Ticked();
    this.#anchor = undefined;
    this.#sync(this.#table.rows);
  }

  #follow(nicks) {
    if (this.#ticked.size > 0) this.#left += this.#ticked.follow(nicks, (nick) => this.#bearer(nick));
    for (const nick of nicks) this.#stale.add(nick);
  }

  // Makes the rows show their ticks, once they are the latest.
  #settle() {
    if (this.#table.waiting > 0) return;
    for (const nick of this.#stale) {
      const row = this.#table.row(nick);
      if (row) this.#sync([row]);
    }
    this.#stale.clear();
    if (this.#left > 0) this.#told();
    else this.#say();
  }

  #sync(rows) {
    for (const row of rows) {
      const box = boxOf(row);
      const on = this.#ticked.has(row.dataset.nick);
      if (box.checked !== on) box.checked = on;
    }
    this.#say();
  }

  // Says how many are ticked, and shows what can be done with them.
  #say() {
    const text = this.#summary();
    if (this.#text.textContent !== text) this.#text.textContent = text;
    const any = this.#ticked.size > 0;
    if (!any && this.#bar.hasAttribute("data-any")) this.#leave();
    this.#bar.toggleAttribute("data-any", any);
    const members = [...this.#ticked.people()].some((person) => person.affiliation === "member");
    this.#bar.querySelector(".members").hidden = !members;
  }

  // The bar goes when nobody is ticked any more. What was said of those who were is
  // not meant for others.
  #leave() {
    this.#form.reset();
    if (this.#bar.contains(document.activeElement)) this.#table.focus();
  }

  #summary() {
    if (this.#ticked.size === 0) return word("ticked-none");
    let hidden = 0;
    for (const nick of this.#ticked.nicks()) if (this.#table.row(nick)?.hidden) hidden++;
    const text = counted("ticked", this.#ticked.size);
    return hidden > 0 ? `${text}, ${word("ticked-hidden", { n: hidden })}` : text;
  }

  #told() {
    this.#say();
    clearTimeout(this.#announcing);
    this.#announcing = setTimeout(() => {
      const left = this.#left > 0 ? `${counted("ticked-left", this.#left)} ` : "";
      this.#left = 0;
      announce(left + this.#summary());
    }, quiet);
  }
}

// A simple selector, since it is asked of thousands of rows at once.
const boxOf = (row) => row.querySelector(".pick").firstElementChild;

// The rows from one to another that are shown, in either direction.
function between(from, to) {
  const way = from.compareDocumentPosition(to) & Node.DOCUMENT_POSITION_FOLLOWING ? "next" : "previous";
  const rows = [from];
  for (let row = from; row && row !== to; ) {
    row = shownBeside(row, way);
    if (row) rows.push(row);
  }
  return rows;
}

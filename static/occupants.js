// The list of occupants: changes as they happen, filter and order.

import { showLocalTimes } from "./times.js";

const roles = ["moderator", "participant", "visitor"];
const affiliations = ["owner", "admin", "member", "none", "outcast"];

const place = (order, value) => (order.includes(value) ? order.indexOf(value) : order.length);
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const lower = (s) => s.toLowerCase();
const jid = (row) => lower(row.cells[3].textContent.trim());
const since = (row) => row.querySelector("time")?.dateTime ?? "";

// The same orders as SortOccupants in views/room.go.
const orders = {
  nick: () => 0,
  role: (a, b) => place(roles, a.dataset.role) - place(roles, b.dataset.role),
  affiliation: (a, b) => place(affiliations, a.dataset.affiliation) - place(affiliations, b.dataset.affiliation),
  jid: (a, b) => compare(!jid(a), !jid(b)) || compare(jid(a), jid(b)),
  since: (a, b) => compare(since(b), since(a)),
};

export class OccupantTable {
  #body = document.getElementById("occupants");
  #rows = new Map(); // by nick
  #order;
  #filter = document.getElementById("filter");
  #held = null; // changes that wait for a finger to lift

  constructor() {
    this.#order = orderOf(document.querySelector("[aria-sort] [data-sort]"));
    for (const row of this.#body.rows) this.#rows.set(row.dataset.nick, row);
    this.#listen();
    this.#showMatches();
  }

  /** @param {string} html rows to add, replace or take away */
  change(html) {
    if (this.#held) {
      this.#held.push(html);
      return;
    }
    for (const row of [...rowsOf(html)]) this.#put(row);
    this.#changed();
  }

  /** @param {string} html a whole body of rows */
  reset(html) {
    this.#held &&= [];
    const focused = this.#focusedNick();
    const rows = [...rowsOf(html)];
    this.#rows = new Map(rows.map((row) => [row.dataset.nick, row]));
    this.#body.replaceChildren(...rows.sort((a, b) => this.#compare(a, b)));
    this.#showMatches();
    if (focused !== undefined) focusKick(this.#rows.get(focused));
  }

  /** @returns {HTMLTableRowElement | undefined} */
  row(nick) {
    return this.#rows.get(nick);
  }

  remove(nick) {
    this.#take(nick);
    this.#changed();
  }

  #take(nick) {
    const row = this.#rows.get(nick);
    if (!row) return;
    const neighbour = row.contains(document.activeElement) ? nextShown(row) : null;
    this.#rows.delete(nick);
    row.remove();
    if (neighbour) focusKick(neighbour);
  }

  #put(row) {
    const nick = row.dataset.nick;
    if ("gone" in row.dataset) {
      this.#take(nick);
      return;
    }
    const old = this.#rows.get(nick);
    const focused = old?.contains(document.activeElement);
    old?.remove();
    this.#rows.set(nick, row);
    row.hidden = !this.#matches(row);
    this.#body.insertBefore(row, this.#after(row));
    if (focused) focusKick(row);
  }

  // The first row that belongs after the given one.
  #after(row) {
    const rows = this.#body.rows;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(rows[middle], row) < 0) low = middle + 1;
      else high = middle;
    }
    return rows[low] ?? null;
  }

  #compare(a, b) {
    return (
      orders[this.#order](a, b) ||
      compare(lower(a.dataset.nick), lower(b.dataset.nick)) ||
      compare(a.dataset.nick, b.dataset.nick)
    );
  }

  #listen() {
    this.#filter.addEventListener("input", () => this.#showMatches());
    this.#filter.form.addEventListener("submit", (event) => event.preventDefault());
    const head = this.#body.closest("table").tHead;
    head.addEventListener("click", (event) => {
      const link = event.target.closest("[data-sort]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#sort(link, head);
    });
    // Rows must not move between a finger's touch and its lifting.
    this.#body.addEventListener("pointerdown", () => (this.#held ??= []));
    for (const end of ["pointerup", "pointercancel"]) {
      addEventListener(end, () => setTimeout(() => this.#release()), true);
    }
  }

  #release() {
    const held = this.#held ?? [];
    this.#held = null;
    for (const html of held) this.change(html);
  }

  #sort(link, head) {
    this.#order = orderOf(link);
    for (const cell of head.rows[0].cells) cell.removeAttribute("aria-sort");
    link.closest("th").setAttribute("aria-sort", this.#order === "since" ? "descending" : "ascending");
    this.#body.replaceChildren(...[...this.#body.rows].sort((a, b) => this.#compare(a, b)));
    history.replaceState(null, "", link.href);
  }

  #matches(row) {
    const text = lower(this.#filter.value.trim());
    return text === "" || lower(row.dataset.nick).includes(text) || lower(found(row)).includes(text);
  }

  #showMatches() {
    for (const row of this.#rows.values()) row.hidden = !this.#matches(row);
    this.#changed();
  }

  #changed() {
    this.#count();
    this.#body.dispatchEvent(new Event("muckick:changed"));
  }

  #count() {
    const all = this.#rows.size;
    let shown = 0;
    for (const row of this.#rows.values()) if (!row.hidden) shown++;
    const text = `${shown === all ? "" : `${shown.toLocaleString("en")} of `}${all.toLocaleString("en")} listed`;
    const element = document.getElementById("shown");
    if (element.textContent !== text) element.textContent = text;
    const nobody = document.getElementById("nobody");
    nobody.hidden = shown > 0;
    nobody.firstElementChild.textContent = all > 0 ? "No occupant matches the filter." : "No occupants are listed.";
  }

  #focusedNick() {
    return this.#body.contains(document.activeElement) ? document.activeElement.closest("tr").dataset.nick : undefined;
  }
}

const orderOf = (link) => (link && link.dataset.sort in orders ? link.dataset.sort : "nick");

// What the filter looks at: not the words on the buttons.
const found = (row) => [1, 2, 3].map((i) => row.cells[i].textContent).join(" ");

function rowsOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  showLocalTimes(template.content);
  return template.content.querySelectorAll("tr");
}

function nextShown(row) {
  let next = row.nextElementSibling;
  while (next?.hidden) next = next.nextElementSibling;
  return next;
}

const focusKick = (row) => row?.querySelector("button.kick:enabled")?.focus();

// What was done lately to people, beside their rows. Rows that come by an event are
// the same for all readers, and bring no notes.

export class Notes {
  #accounts = new Map();
  #nicks = new Map();

  constructor() {
    for (const note of document.getElementById("notes")?.content.children ?? []) {
      const { account, nick } = note.dataset;
      if (account === undefined) this.#nicks.set(nick, note.textContent);
      else this.#accounts.set(account, note.textContent);
    }
  }

  /** @param {HTMLTableRowElement} row that came by an event */
  addTo(row) {
    const { nick, jid } = row.dataset;
    const text = jid ? this.#accounts.get(jid.split("/")[0]) : this.#nicks.get(nick);
    if (text === undefined) return;
    const note = document.createElement("small");
    note.className = "note";
    note.textContent = text;
    row.querySelector(".nick").append(note);
  }
}

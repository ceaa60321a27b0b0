// Who is ticked. A tick is on a person, not on a nick: it goes with them to another
// nick, and ends when they leave.

import { canBeSame, isSurelySame } from "./person.js";

/** @typedef {ReturnType<typeof import("./person.js").personOf>} Person */

export class Ticked {
  #people = new Map(); // by the nick that they bear now

  get size() {
    return this.#people.size;
  }

  has(nick) {
    return this.#people.has(nick);
  }

  nicks() {
    return this.#people.keys();
  }

  people() {
    return this.#people.values();
  }

  /** @param {Person} person */
  add(person) {
    this.#people.set(person.nick, person);
  }

  remove(nick) {
    this.#people.delete(nick);
  }

  /**
   * Takes over what happened to the bearers of some nicks. Who took another nick
   * is among them by both.
   * @param {string[]} nicks
   * @param {(nick: string) => Person | undefined} bearer tells who bears a nick now
   * @returns {number} how many of those who were ticked have left
   */
  follow(nicks, bearer) {
    const lost = new Lost();
    for (const nick of nicks) {
      const person = this.#people.get(nick);
      if (!person) continue;
      const now = bearer(nick);
      if (now && canBeSame(person, now)) {
        this.#people.set(nick, now);
      } else {
        this.#people.delete(nick);
        lost.add(person);
      }
    }
    if (lost.size === 0) return 0;
    for (const nick of nicks) {
      const now = this.#people.has(nick) ? undefined : bearer(nick);
      if (now && lost.takeSame(now)) this.#people.set(nick, now);
    }
    return lost.size;
  }
}

// Those whose nick is another's or nobody's now.
class Lost {
  #people = new Set();
  #byId = new Map();
  #byJid = new Map();

  get size() {
    return this.#people.size;
  }

  add(person) {
    this.#people.add(person);
    if (person.occupantId) this.#byId.set(person.occupantId, person);
    if (person.jid) this.#byJid.set(person.jid, person);
  }

  // Takes out who surely is the same person, and reports whether anybody is.
  takeSame(now) {
    const before = (now.occupantId && this.#byId.get(now.occupantId)) || (now.jid && this.#byJid.get(now.jid));
    return Boolean(before) && isSurelySame(before, now) && this.#people.delete(before);
  }
}

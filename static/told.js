// Tells a screen reader in which state a list is: once it has lasted, and is another
// than was told last.

import { announce } from "./words.js";

const settling = 1_000; // milliseconds that a state has to last before it is told

export class ToldState {
  #told = "live"; // what one expects of a page need not be said
  #next;
  #text;
  #timer;

  /**
   * @param {string} state
   * @param {string} text what is said of it
   */
  tell(state, text) {
    // A page in the background is not connected. Who comes back to it finds it as before.
    if (state === this.#told || document.hidden) {
      this.drop();
      return;
    }
    this.#text = text;
    if (state === this.#next) return;
    this.drop();
    this.#next = state;
    this.#timer = setTimeout(() => {
      this.drop();
      if (document.hidden) return;
      this.#told = state;
      announce(this.#text);
    }, settling);
  }

  /** Notes a state that something else tells. */
  note(state) {
    this.drop();
    this.#told = state;
  }

  /** Says nothing of the state that was to be told. */
  drop() {
    clearTimeout(this.#timer);
    this.#next = undefined;
  }
}

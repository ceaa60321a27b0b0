// Keeps the list of occupants still: while somebody asked for a pause, and from
// when a button goes down on it until it comes up.

const longest = 1_000; // milliseconds that a press holds the list

export class Hold {
  #paused = false;
  #pressed = false;
  #timer;
  #released;

  /**
   * @param {Element} list
   * @param {() => void} released is called when the list may move again
   */
  constructor(list, released) {
    this.#released = released;
    list.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && event.isPrimary) this.#press();
    });
    // The click that a press ends in comes after its pointerup.
    for (const end of ["pointerup", "pointercancel", "contextmenu"]) {
      addEventListener(end, () => setTimeout(() => this.#lift(), 0), true);
    }
  }

  get on() {
    return this.#paused || this.#pressed;
  }

  get paused() {
    return this.#paused;
  }

  set paused(value) {
    this.#paused = value;
    if (!this.on) this.#released();
  }

  #press() {
    this.#pressed = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lift(), longest);
  }

  #lift() {
    if (!this.#pressed) return;
    clearTimeout(this.#timer);
    this.#pressed = false;
    if (!this.on) this.#released();
  }
}

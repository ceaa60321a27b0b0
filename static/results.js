// Says what became of kicks, one below the other.

import { announce, plain, word } from "./words.js";

export class Results {
  #element = document.getElementById("results");
  #left;

  /** @param {() => void} left is called when a result goes that had the focus */
  constructor(left) {
    this.#left = left;
  }

  /**
   * Shows that something is under way.
   * @param {string} template says what
   * @param {Node[]} name of whom
   * @returns {(answer: Element | string) => void} what shows how it ended: a
   *   message, or a template that says what is known
   */
  show(template, name) {
    const result = document.createElement("div");
    result.className = "result";
    result.append(fill(template, name));
    // What went well need not be dismissed by hand.
    for (const good of this.#element.querySelectorAll("[data-outcome=done]")) this.#drop(good.closest(".result"));
    this.#element.prepend(result);
    announce(plain(result));
    return (answer) => {
      result.replaceChildren(answer instanceof Element ? answer : fill(answer, name));
      announce(plain(result));
      result.append(this.#dismissal(result));
      result.scrollIntoView({ block: "nearest" });
    };
  }

  #dismissal(result) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "dismiss";
    button.textContent = "×";
    button.setAttribute("aria-label", word("dismiss"));
    button.addEventListener("click", () => this.#drop(result));
    return button;
  }

  #drop(result) {
    const focused = result.contains(document.activeElement);
    result.remove();
    if (focused) this.#left();
  }
}

function fill(template, name) {
  const content = document.getElementById(template).content.cloneNode(true);
  const subject = document.createElement("span");
  subject.className = "clamp";
  subject.append(...name.map((node) => node.cloneNode(true)));
  content.querySelector("strong").append(": ", subject);
  return content;
}

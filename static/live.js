// Says whether the list of occupants is live. It takes three: the connection to
// muckick, muckick's to the chat server, and a room that reports its changes.

import { chatIsOnline } from "./chat.js";
import { showLocalTimes } from "./times.js";

export class LiveSign {
  #element = document.getElementById("live");
  #state = "";

  constructor() {
    if (this.#element) document.addEventListener("muckick:chat", () => this.#show());
  }

  /** @param {"live" | "lost"} state */
  connection(state) {
    this.#state = state;
    this.#show();
  }

  /** @param {string} html the data of a "header" event */
  header(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    showLocalTimes(template.content);
    const old = document.getElementById("room");
    template.content.querySelector("details").open = old.querySelector("details").open;
    old.replaceWith(template.content);
    this.#show();
  }

  /** Whether changes of the list reach this page. */
  get hears() {
    return this.#state === "live" && chatIsOnline();
  }

  #show() {
    if (!this.#element || this.#state === "") return;
    const [state, text] = this.#words();
    if (this.#element.textContent === text) return;
    this.#element.dataset.state = state;
    this.#element.textContent = text;
  }

  #words() {
    if (this.#state === "lost") return ["lost", "Reconnecting…"];
    if (!chatIsOnline()) return ["lost", "Chat server unreachable"];
    if (!("live" in document.getElementById("room").dataset)) return ["still", "Updated now and then"];
    return ["live", "List is live"];
  }
}

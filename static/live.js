// Says whether the list of occupants is live. It takes four: the connection to
// muckick, muckick's to the chat server, a room that reports its changes, and
// nobody who holds the list.

import { chatIsOnline } from "./chat.js";
import { renew } from "./renew.js";
import { showLocalTimes } from "./times.js";
import { ToldState } from "./told.js";
import { counted, word } from "./words.js";

export class LiveSign {
  #element = document.getElementById("live");
  #pause = document.getElementById("pause");
  #table;
  #connection = "";
  #told = new ToldState();

  /** @param {import("./occupants.js").OccupantTable} table */
  constructor(table) {
    this.#table = table;
    document.addEventListener("muckick:chat", () => this.#show());
    document.getElementById("occupants").addEventListener("muckick:changed", () => this.#show());
    this.#pause.addEventListener("click", () => {
      table.paused = !table.paused;
      this.#pause.textContent = word(table.paused ? "resume" : "pause");
    });
    this.#pause.hidden = false;
  }

  /** @param {"live" | "lost"} state */
  connection(state) {
    this.#connection = state;
    this.#show();
  }

  /** @param {string} html the data of a "header" event */
  header(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    showLocalTimes(template.content);
    renew(document.getElementById("room"), template.content.firstElementChild);
    this.#show();
  }

  /** Whether changes of the list reach this page. */
  get hears() {
    return this.#connection === "live" && chatIsOnline();
  }

  #show() {
    if (this.#connection === "") return;
    const state = this.#state();
    const waiting = this.#table.waiting > 0 ? counted("waiting", this.#table.waiting) : "";
    const text = [state === "held" ? "" : word(state), waiting].filter(Boolean).join(": ");
    if (this.#element.textContent !== text) this.#element.textContent = text;
    this.#element.dataset.state = state;
    this.#tell(state, text);
  }

  #state() {
    if (this.#connection === "lost") return "lost";
    if (!chatIsOnline()) return "offline";
    if (this.#table.paused) return "paused";
    if (this.#table.waiting > 0) return "held";
    return "live" in document.getElementById("room").dataset ? "live" : "still";
  }

  #tell(state, text) {
    if (state === "held") this.#told.drop();
    else if (state === "offline") this.#told.note(state); // the banner is an alert
    else this.#told.tell(state, text);
  }
}

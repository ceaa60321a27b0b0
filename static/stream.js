// One connection for a page's Server-Sent Events, which says truthfully whether
// it still hears the server.

import { isShut } from "./shut.js";

const patience = 40_000; // milliseconds without an event before the connection counts as lost
const again = 3_000; // milliseconds before connecting anew after the browser gave up

export class Stream {
  #address;
  #handlers;
  #report;
  #source;
  #heard = 0;
  #last = "";
  #retry;

  /**
   * @param {string} address
   * @param {Object<string, (data: string) => void>} handlers by event
   * @param {(state: "live" | "lost") => void} report
   */
  constructor(address, handlers, report) {
    this.#address = address;
    this.#handlers = handlers;
    this.#report = report;
    this.#connect();
    setInterval(() => this.#check(), 5_000);
    document.addEventListener("visibilitychange", () => this.#reconnect());
    addEventListener("offline", () => this.#reconnect());
    addEventListener("online", () => this.#reconnect());
    addEventListener("pagehide", () => this.#source?.close());
    addEventListener("pageshow", (event) => event.persisted && this.#reconnect());
  }

  #connect() {
    clearTimeout(this.#retry);
    this.#source?.close();
    // Over HTTP/1.1 a browser has six connections to a server, for all its tabs
    // together. Those in the background must not hold them.
    if (document.hidden) return;
    this.#heard = Date.now();
    const source = new EventSource(this.#resumed());
    this.#source = source;
    for (const [type, handle] of Object.entries(this.#handlers)) {
      source.addEventListener(type, (event) => {
        this.#note(event);
        handle(event.data);
      });
    }
    source.addEventListener("beat", (event) => {
      this.#note(event);
      this.#report("live");
    });
    source.addEventListener("error", () => {
      this.#report("lost");
      if (source.readyState === EventSource.CLOSED && source === this.#source) this.#startOver(source);
    });
  }

  // The browser gives up when the answer is anything but events.
  async #startOver(source) {
    try {
      if (isShut(await fetch(location.href, { method: "HEAD", redirect: "manual" }))) {
        location.reload(); // leads to the sign-in page and back here, or says why not
        return;
      }
    } catch {
      // No connection: nothing is known.
    }
    if (source !== this.#source) return; // connected anew meanwhile
    this.#retry = setTimeout(() => this.#connect(), again);
  }

  // A new EventSource does not know what the one before has heard last.
  #resumed() {
    if (!this.#last) return this.#address;
    const address = new URL(this.#address, location.href);
    address.searchParams.set("last", this.#last);
    return address.href;
  }

  #note(event) {
    this.#heard = Date.now();
    this.#last = event.lastEventId;
  }

  #check() {
    if (!this.#source || this.#source.readyState === EventSource.CLOSED) return;
    if (Date.now() - this.#heard > patience) this.#reconnect();
  }

  #reconnect() {
    this.#report("lost");
    this.#connect();
  }
}

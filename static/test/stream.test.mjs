import assert from "node:assert/strict";
import { test } from "node:test";

import { network, open, settle } from "./page.mjs";

// Each EventSource takes one of the six connections that a browser has.
test("an online event during the sign-out check leaves one connection", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const page = open("");
  const sources = [];
  globalThis.EventSource = class extends page.EventTarget {
    static CLOSED = 2;
    readyState = 1;
    constructor() {
      super();
      sources.push(this);
    }
    close() {
      this.readyState = EventSource.CLOSED;
    }
  };
  const requests = network(t);
  const { Stream } = await import("../stream.js");
  Object.defineProperty(page.document, "hidden", { value: false });
  new Stream("/events", {}, () => {});
  sources[0].close();
  sources[0].dispatchEvent(new page.Event("error"));
  assert.equal(requests.length, 1, "whether one is signed out is asked");

  page.dispatchEvent(new page.Event("online"));
  requests[0].answer("");
  await settle();
  t.mock.timers.tick(10_000);
  const connected = sources.filter((source) => source.readyState !== EventSource.CLOSED);
  assert.deepEqual([sources.length, connected.length], [2, 1]);
});

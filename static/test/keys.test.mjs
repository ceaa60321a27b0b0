import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./page.mjs";

test("of a key that is held down, Enter counts once and arrows go on", async () => {
  const page = open("<button>Kick</button>");
  const { ignoreHeldEnter } = await import("../keys.js");
  ignoreHeldEnter();
  const press = (key, repeat) =>
    document.querySelector("button").dispatchEvent(new page.KeyboardEvent("keydown", { key, repeat, bubbles: true, cancelable: true }));
  assert.deepEqual([press("Enter", false), press("Enter", true), press("ArrowDown", true)], [true, false, true]);
});

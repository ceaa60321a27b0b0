import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./page.mjs";

process.env.TZ = "Asia/Kolkata";

test("times are the browser's, in the form that they had, and so is the zone's name", async () => {
  const { document } = open(`
    <time datetime="2026-01-02T20:04:05Z">02 Jan 20:04</time>
    <time datetime="2026-01-02T20:04:05Z">2026-01-02 20:04:05</time>
    <span data-zone>UTC</span>`);
  const { showLocalTimes } = await import("../times.js");
  showLocalTimes(document);
  showLocalTimes(document); // which must change nothing
  assert.deepEqual([...document.body.children].map((e) => e.textContent), ["03 Jan 01:34", "2026-01-03 01:34:05", "GMT+5:30"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { network, open, settle } from "./page.mjs";

test("numbers that come are shown, others are said to be unknown, in the page's words", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  open(`
    <span data-count-of="a@x">…</span><span data-count-of="b@x">…</span>
    <template id="words"><i data-word="occupants">{n}</i><i data-word="occupants-unknown">–</i></template>`);
  const requests = network(t);
  const { loadCounts } = await import("../counts.js");
  loadCounts();
  t.mock.timers.tick(100);
  assert.deepEqual(requests.map((r) => r.address), ["/rooms/counts?address=a%40x&address=b%40x"]);
  requests[0].answer('{"a@x": 5000}');
  await settle();
  assert.deepEqual([...document.querySelectorAll("span")].map((e) => e.textContent), ["5,000", "–"]);
});

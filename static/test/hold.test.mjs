import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./page.mjs";

const { Hold } = await import("../hold.js");

function start(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const page = open("<ul></ul>");
  const list = document.querySelector("ul");
  let released = 0;
  const hold = new Hold(list, () => released++);
  const fire = (type, details = {}) =>
    list.dispatchEvent(Object.assign(new page.Event(type, { bubbles: true }), { button: 0, isPrimary: true, ...details }));
  return { hold, fire, released: () => released, tick: (milliseconds) => t.mock.timers.tick(milliseconds) };
}

test("a press holds the list until after the click", (t) => {
  const s = start(t);
  s.fire("pointerdown");
  assert.equal(s.hold.on, true);
  s.fire("pointerup");
  assert.equal(s.hold.on, true);
  s.tick(1);
  assert.equal(s.hold.on, false);
  assert.equal(s.released(), 1);
});

test("a press holds it for a second at most", (t) => {
  const s = start(t);
  s.fire("pointerdown");
  s.tick(999);
  assert.equal(s.hold.on, true);
  s.tick(1);
  assert.equal(s.hold.on, false);
  s.fire("pointerup");
  s.tick(1);
  assert.equal(s.released(), 1);
});

for (const [name, details] of [["the secondary button", { button: 2 }], ["a second finger", { isPrimary: false }]]) {
  test(`${name} does not hold it`, (t) => {
    const s = start(t);
    s.fire("pointerdown", details);
    assert.equal(s.hold.on, false);
  });
}

test("a pause lasts, whatever is pressed", (t) => {
  const s = start(t);
  s.hold.paused = true;
  s.fire("pointerdown");
  s.fire("pointercancel");
  s.tick(2_000);
  assert.equal(s.hold.on, true);
  assert.equal(s.released(), 0);
  s.hold.paused = false;
  assert.equal(s.hold.on, false);
  assert.equal(s.released(), 1);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./page.mjs";

const row = (n) => `<tr id="r${n}"></tr>`;
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

// Makes a list of rows, divided as given.
async function start(...blocks) {
  open(`<table><thead><tr id="head"></tr></thead>${blocks.map((rows) => `<tbody>${rows.map(row).join("")}</tbody>`).join("")}</table>`);
  const { Blocks, beside, shownBeside } = await import("../blocks.js");
  const table = document.querySelector("table");
  const list = new Blocks(table);
  const bodies = () => [...table.tBodies];
  return {
    list, beside, shownBeside, bodies,
    row: (n) => document.getElementById(`r${n}`),
    order: () => [...list].map((each) => Number(each.id.slice(1))),
    counts: () => bodies().map((block) => block.rows.length).join(" "),
  };
}

test("a block that grows to twice its size is split, and all keep their order", async () => {
  const s = await start(range(1, 99), range(100, 120));
  s.list.settle();
  assert.equal(s.counts(), "99 21");
  const added = document.createElement("tr");
  added.id = "r99.5";
  s.list.insert(added, s.row(99));
  assert.equal(s.list.settle(), 121);
  assert.equal(s.counts(), "50 50 21");
  assert.deepEqual(s.order(), [...range(1, 98), 99.5, ...range(99, 120)]);
});

test("a block on the screen is split into parts of the height that their shown rows have", async () => {
  const s = await start(range(1, 120));
  const [block] = s.bodies();
  block.dispatchEvent(Object.assign(new Event("contentvisibilityautostatechange"), { skipped: false }));
  for (const n of range(1, 120)) {
    const hidden = n % 10 !== 5; // the first and the last row of each part, too
    s.row(n).hidden = hidden;
    const top = hidden ? 0 : 300 + 44 * Math.floor(n / 10);
    s.row(n).getBoundingClientRect = () => ({ top, bottom: hidden ? 0 : top + 44 });
  }
  s.list.settle();
  assert.equal(s.counts(), "50 50 20");
  assert.deepEqual(s.bodies().slice(1).map((part) => part.style.containIntrinsicHeight), ["auto 220px", "auto 88px"]);
});

test("an empty block goes, but for the last one, which takes who comes", async () => {
  const s = await start([1], [2]);
  s.row(1).remove();
  s.list.settle();
  assert.equal(s.counts(), "1");
  const last = s.row(2);
  last.remove();
  assert.equal(s.list.settle(), 0);
  assert.equal(s.counts(), "0");
  assert.equal(s.bodies()[0].hidden, true);
  s.list.insert(last);
  assert.equal(s.list.settle(), 1);
  assert.equal(s.bodies()[0].hidden, false);
});

test("rows are put into another order, in as many blocks as they need", async () => {
  const s = await start(range(1, 90), range(91, 120), range(121, 130));
  s.list.fill([...s.list].reverse());
  assert.deepEqual(s.order(), range(1, 130).reverse());
  assert.equal(s.counts(), "50 50 30");
  s.list.fill(range(1, 40).map(s.row));
  assert.equal(s.bodies()[0].rows.length, 40);
});

test("a block far away of which many rows hide is another, as browsers remember how high it was", async () => {
  const s = await start(range(1, 50), range(51, 100), range(101, 150));
  const [near, seen, unseen] = s.bodies();
  const see = (block, skipped) => block.dispatchEvent(Object.assign(new Event("contentvisibilityautostatechange"), { skipped }));
  see(near, false);
  see(seen, false);
  see(seen, true);
  s.list.settle();
  const show = (yes, ...rows) => {
    for (const n of rows) s.row(n).hidden = !yes;
    s.list.settle();
  };
  const told = () => s.bodies().map((block) => block.style.getPropertyValue("--rows")).join(" ");
  show(false, 1, 51, 101);
  assert.equal(told(), "49 49 49");
  assert.deepEqual(s.bodies(), [near, seen, unseen]);
  // One by one they are many, too.
  for (let i = 2; i <= 10; i++) show(false, i, 50 + i, 100 + i);
  assert.equal(told(), "40 40 40");
  const [, other] = s.bodies();
  assert.deepEqual(s.bodies(), [near, other, unseen]);
  assert.notEqual(other, seen);
  assert.equal(other.getAttribute("role"), "rowgroup");
  assert.deepEqual(s.order(), range(1, 150));
  // What was not shown at all comes back as it was, or as another.
  show(false, ...range(1, 50));
  show(true, ...range(1, 49));
  assert.equal(s.bodies()[0].hidden, false);
  show(false, ...range(1, 50));
  show(true, 7);
  assert.notEqual(s.bodies()[0], near);
  assert.equal(s.bodies()[0].style.getPropertyValue("--rows"), "1");
});

test("a block of which nobody is shown is not shown", async () => {
  const s = await start([1], [2]);
  s.row(1).hidden = true;
  s.list.settle();
  assert.deepEqual(s.bodies().map((block) => block.hidden), [true, false]);
  s.row(1).hidden = false;
  s.list.settle();
  assert.deepEqual(s.bodies().map((block) => block.hidden), [false, false]);
});

test("the row beside another is found across blocks, and the head is none", async () => {
  const s = await start([1, 2], [], [3, 4], [5]);
  for (const n of [3, 4]) s.row(n).hidden = true;
  const id = (found) => found?.id ?? "";
  for (const [n, way, next, shown] of [
    [1, "next", "r2", "r2"], [2, "next", "r3", "r5"], [5, "next", "", ""],
    [5, "previous", "r4", "r2"], [3, "previous", "r2", "r2"], [1, "previous", "", ""],
  ]) {
    assert.equal(id(s.beside(s.row(n), way)), next, `${way} of ${n}`);
    assert.equal(id(s.shownBeside(s.row(n), way)), shown, `${way} of ${n} that is shown`);
  }
});

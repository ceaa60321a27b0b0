import assert from "node:assert/strict";
import { test } from "node:test";
import { network, open, settle } from "./page.mjs";

const word = (name, text) => `<span data-word="${name}">${text}</span>`;
const words = `<template id="words">${[
  ["live", "Live"], ["paused", "Paused"], ["pause", "Pause"], ["resume", "Go on"],
  ["waiting-one", "{n} more has come"], ["waiting-other", "{n} more have come"],
  ["ticked-one", "{n} ticked"], ["ticked-other", "{n} ticked"],
  ["arrivals-one", "{n} arrival"], ["arrivals-other", "{n} arrivals"], ["newest", ", of which {shown} are shown"],
].map(([name, text]) => word(name, text)).join("")}</template>`;

const row = (n) => `<li id="a${n}"><input type="checkbox" name="pick" value="${n}"></li>`;
const unlisted = (n) => `<li data-unlisted="${n}">and more</li>`;
const list = (total, ...rows) => `<p id="summary" data-total="${total}"></p><ul id="arrived">${rows.join("")}</ul>`;

async function start(t, content, shown = 3) {
  const page = open(`<p id="announcement"></p><p id="live"></p><button id="pause" hidden></button><output id="ticked" hidden></output>
    <form id="arriving" data-shown="${shown}"><div id="arrivals">${content}</div></form>${words}`, "/arrivals");
  const requests = network(t);
  const { Arrivals } = await import("../arrivals.js");
  const arrivals = new Arrivals();
  arrivals.connection("live");
  const text = (id) => document.getElementById(id).textContent;
  return {
    ...arrivals.handlers, requests, text,
    shown: () => [...document.querySelectorAll("#arrived > [id]")].map((each) => each.id).join(" "),
    pause: () => document.getElementById("pause").click(),
    tick: (n) => {
      const box = document.querySelector(`#arrivals input[value="${n}"]`);
      box.checked = !box.checked;
      box.dispatchEvent(new page.Event("change", { bubbles: true }));
    },
    ticked: () => [...document.querySelectorAll("#arrivals input:checked")].map((box) => box.value).join(" "),
    answer: async (body) => {
      requests.shift().answer(`<!DOCTYPE html><body><div id="arrivals">${body}</div>`);
      await settle();
    },
  };
}

test("who comes is put first, once, and the oldest make room", async (t) => {
  const s = await start(t, list(2, row(2), row(1)));
  s.arrived(row(3) + row(2));
  assert.equal(s.shown(), "a3 a2 a1");
  assert.equal(s.text("summary"), "3 arrivals");
  s.arrived(row(5) + row(4));
  assert.equal(s.shown(), "a5 a4 a3");
  assert.equal(s.text("summary"), "5 arrivals, of which 3 are shown");
});

test("a row for many counts as many", async (t) => {
  const s = await start(t, list(1, row(1)));
  s.arrived(row(2) + unlisted(400));
  assert.equal(s.text("summary"), "402 arrivals, of which 2 are shown");
});

test("a pause keeps the list, counts who comes, and asks for the page at its end", async (t) => {
  const s = await start(t, list(1, row(1)));
  s.pause();
  assert.equal(s.text("live"), "Paused");
  s.arrived(row(2));
  assert.equal(s.text("live"), "Paused: 1 more has come");
  s.arrived(row(3) + row(1) + unlisted(10));
  assert.equal(s.text("live"), "Paused: 12 more have come");
  assert.equal(s.requests.length, 0);
  assert.equal(s.shown(), "a1");
  s.pause();
  assert.equal(s.text("live"), "Live");
  await s.answer(list(13, row(13), row(12), row(11)));
  assert.equal(s.shown(), "a13 a12 a11");
  assert.equal(s.requests.length, 0);
});

test("a pause without anybody asks for nothing", async (t) => {
  const s = await start(t, list(1, row(1)));
  s.pause();
  s.pause();
  assert.equal(s.requests.length, 0);
  s.arrived(row(2));
  assert.equal(s.shown(), "a2 a1");
});

test("a page that does not come is asked for again", async (t) => {
  const s = await start(t, list(1, row(1)));
  s.stale();
  s.requests.shift().fail();
  await settle();
  assert.equal(s.shown(), "a1");
  s.arrived(row(3)); // what comes tells that the way is open again
  await s.answer(list(3, row(3), row(2), row(1)));
  assert.equal(s.shown(), "a3 a2 a1");
  s.arrived(row(4));
  assert.equal(s.requests.length, 0);
});

test("one page at a time is asked for", async (t) => {
  const s = await start(t, list(1, row(1)));
  s.stale();
  s.stale();
  assert.equal(s.requests.length, 1);
  await s.answer(list(2, row(2), row(1)));
  s.arrived(row(3));
  await s.answer(list(3, row(3), row(2), row(1))); // it may lack what made the list stale again
  assert.equal(s.requests.length, 0);
});

test("a pause puts off what is to be asked for", async (t) => {
  const s = await start(t, list(1, row(1)));
  s.pause();
  s.stale();
  assert.equal(s.requests.length, 0);
  s.pause();
  await s.answer(list(2, row(2), row(1)));
  assert.equal(s.shown(), "a2 a1");
});

test("a page that comes into a pause waits for its end", async (t) => {
  const s = await start(t, list(1, row(1)));
  s.stale();
  s.pause();
  await s.answer(list(2, row(2), row(1)));
  assert.equal(s.shown(), "a1");
  s.pause();
  await s.answer(list(3, row(3), row(2), row(1)));
  assert.equal(s.shown(), "a3 a2 a1");
});

test("groups take each other's place, and keep their ticks", async (t) => {
  const s = await start(t, list(3, row(1)));
  s.tick(1);
  assert.equal(s.text("live"), "Paused"); // for whoever ticks
  assert.equal(s.text("ticked"), "1 ticked");
  s.arrivals(list(5, row(2), row(1)));
  s.arrivals(list(9, row(3), row(2), row(1)));
  assert.equal(s.shown(), "a1");
  assert.equal(s.text("live"), "Paused: 6 more have come");
  s.pause();
  assert.equal(s.shown(), "a3 a2 a1");
  assert.equal(s.ticked(), "1");
  s.arrivals(list(9, row(2)));
  assert.equal(s.ticked(), "");
  assert.equal(document.getElementById("ticked").hidden, true);
});

test("who is ticked no more does not pause the list again", async (t) => {
  const s = await start(t, list(1, row(1)));
  s.tick(1);
  s.pause();
  s.tick(1);
  assert.equal(s.text("live"), "Live");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { network, open, settle } from "./page.mjs";

const words = (newest, room = "") => `<div data-wave="${newest}"><strong>A wave</strong><a href="/arrivals">See them</a>${room}</div>`;

async function start(t, newest = 1_000_000) {
  const page = open(`<main><h1>Rooms</h1></main><p id="announcement"></p>
    <section id="wave" data-dismissed="Dismissed.">${words(newest)}<form action="/arrivals/dismiss"><button>Dismiss</button></form></section>`);
  globalThis.sessionStorage = page.sessionStorage;
  const requests = network(t);
  let left = 0;
  const { followWaves } = await import("../wave.js");
  const hear = followWaves(() => left++);
  const banner = document.getElementById("wave");
  return {
    requests, banner, hear,
    left: () => left,
    button: banner.querySelector("button"),
    says: () => document.getElementById("announcement").textContent,
  };
}

for (const [name, stay, left] of [["where somebody is still in the banner", true, 1], ["where somebody went on meanwhile", false, 0]]) {
  test(`a dismissed wave goes, is told, and the focus goes on, ${name}`, async (t) => {
    const s = await start(t);
    assert.equal(s.says(), "A wave");
    s.button.focus();
    s.button.click();
    if (!stay) s.button.blur();
    assert.equal(s.banner.hidden, false); // nothing is known yet
    s.requests.shift().answer("", { type: "opaqueredirect", status: 0 });
    await settle();
    assert.equal(s.banner.hidden, true);
    assert.equal(s.left(), left);
    assert.equal(s.says(), "Dismissed.");
    s.hear(words(1_030_000)); // the same wave
    assert.equal(s.banner.hidden, true);
    s.hear(words(1_100_000));
    assert.equal(s.banner.hidden, false);
    assert.equal(s.says(), "A wave");
  });
}

test("the focus goes on from a banner that goes by itself, and from a link that does", async (t) => {
  const s = await start(t);
  s.hear(words(1_000_000, '<p><a href="/rooms/a">a</a></p>'));
  s.banner.querySelector("p a").focus();
  s.hear(words(1_000_000));
  assert.equal(s.left(), 1);
  s.button.focus();
  s.hear(words(1_010_000));
  assert.equal(s.left(), 1);
  s.hear(words(""));
  assert.equal(s.banner.hidden, true);
  assert.equal(s.left(), 2);
});

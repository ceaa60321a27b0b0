import assert from "node:assert/strict";
import { test } from "node:test";

import { network, open, settle } from "./page.mjs";

const progress = (ended, text) => `<div id="progress" tabindex="-1"${ended ? " data-ended" : ""}>${text}</div>`;
const main = (content) => `<main id="main">${content}</main>`;

async function start(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  open(main(`${progress(false, "1 of 2")}<p>Stop</p>`), "/jobs/7");
  let reloads = 0;
  globalThis.location = { href: location.href, reload: () => reloads++ };
  const requests = network(t);
  const { followJob } = await import("../job.js");
  return { followJob, requests, reloads: () => reloads, text: () => document.getElementById("main").textContent };
}

const whole = main(`${progress(true, "2 of 2")}<p>Undo</p>`);

test("a job that goes on shows its progress, and one that has ended the whole page", async (t) => {
  const s = await start(t);
  s.followJob(progress(false, "2 of 2"));
  assert.equal(s.text(), "2 of 2Stop");
  assert.equal(s.requests.length, 0);
  s.followJob(progress(true, "2 of 2"));
  assert.equal(s.requests.length, 1);
  s.requests[0].answer(whole);
  await settle();
  assert.equal(s.text(), "2 of 2Undo");
  t.mock.timers.tick(60_000);
  assert.equal(s.requests.length, 1);
  assert.equal(s.reloads(), 0);
});

// A request fails when the network does, and when its page is left.
test("a page that cannot be had is asked for again, and nobody is taken elsewhere", async (t) => {
  const s = await start(t);
  s.followJob(progress(true, "2 of 2"));
  s.requests[0].fail();
  await settle();
  t.mock.timers.tick(10_000);
  assert.equal(s.requests.length, 2);
  s.requests[1].answer("", { status: 503 });
  await settle();
  t.mock.timers.tick(10_000);
  s.requests[2].answer("<p>busy</p>"); // from a proxy
  await settle();
  s.followJob(progress(true, "2 of 2")); // the events come anew, too
  s.requests[3].answer(whole);
  await settle();
  t.mock.timers.tick(60_000);
  assert.equal(s.requests.length, 4);
  assert.equal(s.text(), "2 of 2Undo");
  assert.equal(s.reloads(), 0);
});

test("who is signed out is taken to the page for signing in", async (t) => {
  const s = await start(t);
  s.followJob(progress(true, "2 of 2"));
  s.requests[0].answer("", { status: 0, type: "opaqueredirect" });
  await settle();
  assert.equal(s.reloads(), 1);
});

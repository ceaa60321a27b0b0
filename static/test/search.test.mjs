import assert from "node:assert/strict";
import { test } from "node:test";
import { network, open, settle, type } from "./page.mjs";

const page = (rooms, summary) => `
  <form action="/rooms" data-search="rooms summary">
    <input name="q"><input type="hidden" name="sort" value="">
    <p data-search-failed hidden>No answer.</p>
  </form>
  <p id="summary">${summary}</p><div id="rooms">${rooms}</div>`;

async function start(t) {
  const window = open(page("<b>all</b>", "2 rooms."), "/rooms");
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const requests = network(t);
  const { searchWhileTyping } = await import("../search.js");
  searchWhileTyping();
  return {
    requests,
    field: document.querySelector("[name=q]"),
    rooms: document.getElementById("rooms"),
    summary: document.getElementById("summary"),
    failed: document.querySelector("[data-search-failed]"),
    path: () => window.location.pathname + window.location.search,
    tick: async (milliseconds) => {
      t.mock.timers.tick(milliseconds);
      await settle();
    },
  };
}

test("the answer replaces the list, and the address follows", async (t) => {
  const s = await start(t);
  type(s.field, "sn");
  await s.tick(100);
  type(s.field, "snug");
  await s.tick(199);
  assert.equal(s.requests.length, 0, "a request before the pause was over");
  await s.tick(1);
  assert.deepEqual(s.requests.map((r) => r.address), ["/rooms?q=snug"]);
  assert.equal(s.rooms.ariaBusy ?? s.rooms.getAttribute("aria-busy"), "true");
  s.requests[0].answer(page("<b>snuggery</b>", "1 room matches."));
  await settle();
  assert.equal(s.rooms.innerHTML, "<b>snuggery</b>");
  assert.equal(s.summary.textContent, "1 room matches.");
  assert.equal(s.path(), "/rooms?q=snug");
  assert.equal(s.rooms.ariaBusy, null);
});

test("without a connection the page stays, says so, and asks again", async (t) => {
  const s = await start(t);
  type(s.field, "snug");
  await s.tick(200);
  s.requests[0].fail();
  await settle();
  assert.equal(s.rooms.innerHTML, "<b>all</b>");
  assert.equal(s.failed.hidden, false);
  assert.equal(s.path(), "/rooms");
  await s.tick(3000);
  assert.equal(s.requests.length, 2);
  s.requests[1].answer(page("<b>snuggery</b>", ""));
  await settle();
  assert.equal(s.failed.hidden, true);
  assert.equal(s.rooms.innerHTML, "<b>snuggery</b>");
});

test("a server in trouble is asked again, and its error page not shown", async (t) => {
  const s = await start(t);
  type(s.field, "snug");
  await s.tick(200);
  s.requests[0].answer(page("<b>an error</b>", ""), { status: 503 });
  await settle();
  assert.equal(s.rooms.innerHTML, "<b>all</b>");
  assert.equal(s.failed.hidden, false);
});

test("only the latest search counts", async (t) => {
  const s = await start(t);
  type(s.field, "a");
  await s.tick(200);
  type(s.field, "b");
  await s.tick(200);
  assert.equal(s.requests[0].options.signal.aborted, true);
  s.requests[1].answer(page("<b>b</b>", ""));
  s.requests[0].answer(page("<b>a</b>", ""));
  await settle();
  assert.equal(s.rooms.innerHTML, "<b>b</b>");
  assert.equal(s.failed.hidden, true);
});

test("an empty field is not part of the address", async (t) => {
  const s = await start(t);
  type(s.field, "");
  await s.tick(200);
  assert.equal(s.requests[0].address, "/rooms");
});

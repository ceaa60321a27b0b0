import assert from "node:assert/strict";
import { test } from "node:test";
import { open, type } from "./page.mjs";

process.env.TZ = "Asia/Kolkata";

const form = (day, zone) => `
  <form action="/audit"><input type="date" name="from" value="${day}"><input name="nick">
  <input type="hidden" name="zone" value="${zone}" data-days></form>`;

async function start(day, zone) {
  open(form(day, zone));
  let sent = 0;
  document.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    sent++;
  });
  const { filterByLocalDays } = await import("../days.js");
  filterByLocalDays();
  const fields = () => new URLSearchParams(new FormData(document.querySelector("form"))).toString();
  return { sent: () => sent, fields };
}

test("the zone goes with a day only", async () => {
  const s = await start("", "");
  assert.equal(s.fields(), "from=&nick=");
  type(document.querySelector("[type=date]"), "2026-01-02");
  assert.equal(s.fields(), "from=2026-01-02&nick=&zone=Asia%2FCalcutta");
  assert.equal(s.sent(), 0);
});

test("days of another zone are asked for anew", async () => {
  assert.equal((await start("2026-01-02", "Europe/Lisbon")).sent(), 1);
  assert.equal((await start("2026-01-02", "Asia/Calcutta")).sent(), 0);
});

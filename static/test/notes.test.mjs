import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "./page.mjs";
import { Notes } from "../notes.js";

const cases = [
  ["by account", "Bob", "bob@x/1", "kicked 3 times"],
  ["by account, whatever the nick", "Hidden", "bob@x/2", "kicked 3 times"],
  ["by nick of a hidden account", "Hidden", undefined, "kicked once"],
  ["another account under the nick", "Hidden", "eve@x/1", undefined],
  ["nothing is known", "Carol", "carol@x/1", undefined],
];
for (const [name, nick, jid, want] of cases) {
  test(name, () => {
    open(`<template id="notes"><small data-account="bob@x">kicked 3 times</small><small data-nick="Hidden">kicked once</small></template>
      <table><tr><th class="nick">${nick}</th></tr></table>`);
    const row = document.querySelector("tr");
    Object.assign(row.dataset, jid ? { nick, jid } : { nick });
    new Notes().addTo(row);
    assert.equal(row.querySelector(".note")?.textContent, want);
  });
}

test("a page without notes", () => {
  open("<table><tr data-nick=Bob><th class=nick>Bob</th></tr></table>");
  new Notes().addTo(document.querySelector("tr"));
  assert.equal(document.querySelector(".note"), null);
});

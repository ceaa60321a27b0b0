import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./page.mjs";

const row = (nick) => `<tr data-nick="${nick}"><td class="pick"></td><th class="nick">${nick}</th></tr>`;

// Opens a page that the server has filtered, with what it says of that.
async function start({ filter, nicks, shown, nobody = "" }) {
  open(`<form><input id="filter" value="${filter}"></form><p id="shown">${shown}</p>
    <table id="occupants"><thead><tr><th aria-sort="ascending"><a data-sort="nick">Nick</a></th></tr></thead><tbody>${nicks.map(row).join("")}</tbody></table>
    <p id="nobody" ${nobody ? "" : "hidden"}>${nobody}</p><p id="announcement"></p>
    <template id="words"><span data-word="listed">{all} listed</span><span data-word="some-listed">{shown} of {all} listed</span>
      <span data-word="none-matches">None matches</span><span data-word="none-listed">None listed</span></template>`);
  const { OccupantTable } = await import("../occupants.js");
  return new OccupantTable();
}

const says = () => ["shown", "nobody"].map((id) => document.getElementById(id)).filter((each) => !each.hidden).map((each) => each.textContent).join(" ");

for (const [name, page, want] of [
  ["some are found", { filter: "ro", nicks: ["Carol"], shown: "1 of 2 listed" }, "1 of 2 listed"],
  ["nobody is found", { filter: "x", nicks: [], shown: "0 of 2 listed", nobody: "None matches" }, "0 of 2 listed None matches"],
]) {
  test(`a page that the server has filtered is not taken for the whole list: ${name}`, async () => {
    const table = await start(page);
    assert.equal(says(), want);
    table.reset(`<tbody>${row("Bob")}${row("Carol")}</tbody>`);
    assert.equal(says(), want);
    assert.deepEqual([...table.rows].filter((each) => !each.hidden).map((each) => each.dataset.nick), page.nicks);
  });
}

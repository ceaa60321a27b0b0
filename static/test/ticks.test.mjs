import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./page.mjs";

const words = ["none|None ticked", "one|1 ticked", "other|{n} ticked", "hidden|{n} of them not shown", "left-one|1 has left.", "left-other|{n} have left."]
  .map((text) => text.split("|")).map(([name, text]) => `<span data-word="ticked-${name}">${text}</span>`).join("");

const row = (nick, { hidden = false, disabled = false, ...known } = {}) =>
  `<tr data-nick="${nick}" ${Object.entries(known).map(([name, value]) => `data-${name}="${value}"`).join(" ")} ${hidden ? "hidden" : ""}>
    <td class="pick"><input type="checkbox" value="${nick}" ${disabled ? "disabled" : ""}></td><th tabindex="-1">${nick}</th></tr>`;

// What Ticks needs of the table of occupants.
class Table {
  waiting = 0;
  held = new Map(); // what is known and not shown: a row by nick, or null
  list = document.getElementById("occupants");
  shown = (nick) => [...this.list.rows].find((each) => each.dataset.nick === nick);
  get rows() {
    return this.list.rows;
  }

  focus = () => this.list.querySelector("th").focus();
  row = (nick) => (this.held.has(nick) ? (this.held.get(nick) ?? undefined) : this.shown(nick));
  *latest() {
    for (const nick of new Set([...[...this.list.rows].map((each) => each.dataset.nick), ...this.held.keys()])) {
      const latest = this.row(nick);
      if (latest) yield latest;
    }
  }
}

async function start(t, ...rows) {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse("2026-01-02T12:00:00Z") });
  const page = open(`<p id="announcement"></p><input id="filter">
    <div id="tick-tools" data-now="2026-01-02T12:00:30.000000000Z" hidden>
      <button data-tick="shown"></button><button data-tick="joined" data-seconds="60"></button><button data-tick="none"></button></div>
    <form id="kick-form"><input type="hidden" name="csrf" value="c"><table id="occupants"><tbody>${rows.join("")}</tbody></table>
      <div id="tick-bar"><p id="ticked"></p><input name="reason"><p class="members"><input type="checkbox" name="members"></p></div></form><template id="words">${words}</template>`);
  const { Ticks } = await import("../ticks.js");
  const table = new Table();
  new Ticks(table);
  const boxOf = (nick) => table.shown(nick).querySelector("input");
  const fire = (target, type, details) => target.dispatchEvent(Object.assign(new page.Event(type, { bubbles: true, cancelable: true }), details));
  return {
    table,
    click: (nick, shiftKey = false) => boxOf(nick).dispatchEvent(new page.MouseEvent("click", { bubbles: true, cancelable: true, shiftKey, detail: 1 })),
    beside: (nick) => table.shown(nick).cells[0].dispatchEvent(new page.MouseEvent("click", { bubbles: true, detail: 1 })),
    key: (nick, key, shiftKey = false) => fire(boxOf(nick), "keydown", { key, shiftKey }),
    many: (tick) => document.querySelector(`[data-tick=${tick}]`).click(),
    // Tells of what became of nicks, which is shown unless it is held.
    news: (changes, held = false) => {
      for (const [nick, html] of Object.entries(changes)) {
        const template = document.createElement("template");
        template.innerHTML = html ?? "";
        const fresh = template.content.querySelector("tr");
        if (held) table.held.set(nick, fresh);
        else {
          table.shown(nick)?.remove();
          if (fresh) table.list.append(fresh);
        }
      }
      table.waiting = held ? table.held.size : 0;
      fire(table.list, "muckick:news", { nicks: Object.keys(changes) });
      fire(table.list, "muckick:changed");
    },
    ticked: () => [...table.list.rows].filter((each) => each.querySelector("input").checked).map((each) => each.dataset.nick).join(" "),
    says: () => document.getElementById("ticked").textContent,
    announced: () => {
      t.mock.timers.tick(400);
      return document.getElementById("announcement").textContent;
    },
  };
}

test("one is ticked by their box or beside it, and the bar says how many", async (t) => {
  const s = await start(t, row("Ann"), row("Bob"), row("Eve", { disabled: true }));
  assert.equal(s.says(), "None ticked");
  s.click("Ann");
  s.beside("Bob");
  s.beside("Eve");
  assert.equal(s.ticked(), "Ann Bob");
  assert.equal(s.says(), "2 ticked");
  assert.equal(document.getElementById("tick-bar").hasAttribute("data-any"), true);
  s.click("Ann");
  assert.equal(s.says(), "1 ticked");
  s.many("none");
  assert.equal(s.ticked(), "");
  assert.equal(s.announced(), "None ticked");
  assert.equal(document.getElementById("tick-bar").hasAttribute("data-any"), false);
});

for (const [from, to] of [["Bob", "Eve"], ["Eve", "Bob"]]) {
  test(`a range from ${from} to ${to} is of those who are shown`, async (t) => {
    const s = await start(t, row("Ann"), row("Bob"), row("Cat", { hidden: true }), row("Dan"), row("Eve"), row("Fay"));
    s.click(from);
    s.click(to, true);
    assert.equal(s.ticked(), "Bob Dan Eve");
    s.click("Dan", true); // which takes the ticks between away again
    assert.equal(s.ticked(), { Bob: "Bob", Eve: "Eve" }[from]);
  });
}

test("a range from who is not shown any more is one tick", async (t) => {
  const s = await start(t, row("Ann"), row("Bob"), row("Cat"));
  s.click("Ann");
  s.table.shown("Ann").hidden = true;
  s.click("Cat", true);
  assert.equal(s.ticked(), "Ann Cat");
  assert.equal(s.says(), "2 ticked, 1 of them not shown");
});

test("arrows go along the boxes, and tick with shift", async (t) => {
  const s = await start(t, row("Ann"), row("Bob", { hidden: true }), row("Cat"));
  s.key("Ann", "ArrowDown");
  assert.equal(document.activeElement.value, "Cat");
  assert.equal(s.ticked(), "");
  s.click("Cat");
  s.key("Cat", "ArrowUp", true);
  assert.equal(document.activeElement.value, "Ann");
  assert.equal(s.ticked(), "Ann Cat");
  s.key("Ann", "ArrowUp"); // nobody is there
  assert.equal(document.activeElement.value, "Ann");
});

test("all who are shown, and all who joined lately by muckick's clock", async (t) => {
  const s = await start(t, row("Ann"), row("Bob", { since: "2026-01-02T11:59:29.000000000Z" }), row("Cat", { since: "2026-01-02T11:59:31.000000000Z" }),
    row("Dan", { since: "2026-01-02T12:00:20.000000000Z", hidden: true }));
  s.many("joined");
  assert.equal(s.ticked(), "Cat");
  s.many("shown");
  assert.equal(s.ticked(), "Ann Bob Cat");
});

test("a tick goes with the person, and ends when they leave", async (t) => {
  const s = await start(t, row("Ann", { jid: "a@x/1" }), row("Bob", { jid: "b@x/1" }), row("Cat", { jid: "c@x/1" }));
  s.many("shown");
  s.news({ Ann: null, Anna: row("Anna", { jid: "a@x/1" }) });
  assert.equal(s.ticked(), "Bob Cat Anna");
  s.news({ Bob: row("Bob", { jid: "e@x/1" }), Cat: null });
  assert.equal(s.ticked(), "Anna");
  assert.equal(s.announced(), "2 have left. 1 ticked");
});

test("on a held list a tick is on who is shown there, whatever they are called now", async (t) => {
  const s = await start(t, row("Ann", { jid: "a@x/1" }), row("Bob", { jid: "b@x/1" }));
  s.news({ Ann: row("Ann", { jid: "b@x/1" }), Bob: null }, true); // Ann has left, and Bob is called so
  s.click("Ann");
  assert.equal(s.ticked(), "");
  assert.equal(s.says(), "None ticked");
  s.click("Bob");
  assert.equal(s.says(), "1 ticked");
  s.table.held.clear();
  s.news({ Ann: row("Ann", { jid: "b@x/1" }), Bob: null });
  assert.equal(s.ticked(), "Ann");
});

test("members are asked about once one is ticked", async (t) => {
  const s = await start(t, row("Ann", { affiliation: "none" }), row("Bob", { affiliation: "member" }));
  const asks = () => !document.querySelector("#tick-bar .members").hidden;
  s.click("Ann");
  assert.equal(asks(), false);
  s.click("Bob");
  assert.equal(asks(), true);
});

for (const [name, field, empty] of [["a reason", "reason", (e) => e.value === ""], ["members too", "members", (e) => !e.checked]]) {
  test(`${name} is of those who are ticked, and of nobody after them`, async (t) => {
    const s = await start(t, row("Ann"), row("Bob"), row("Cat", { affiliation: "member" }));
    const input = document.querySelector(`#tick-bar [name=${field}]`);
    const give = () => {
      if (input.type === "checkbox") input.checked = true;
      else input.value = "half a rea";
      input.focus();
    };
    s.click("Ann");
    s.click("Cat");
    give();
    s.news({ Ann: null });
    assert.equal(empty(input), false); // Cat is ticked still
    assert.equal(document.activeElement, input);
    s.news({ Cat: null });
    assert.equal(document.activeElement.textContent, "Bob");
    assert.equal(s.announced(), "2 have left. None ticked");
    assert.equal(empty(input), true);

    s.click("Bob");
    give();
    s.many("none");
    s.click("Bob");
    assert.equal(empty(input), true);
    assert.equal(document.querySelector("[name=csrf]").value, "c");
  });
}

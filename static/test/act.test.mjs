import assert from "node:assert/strict";
import { test } from "node:test";
import { network, open, settle } from "./page.mjs";

const row = (nick, { jid = "", role = "participant", affiliation = "none", kick = "", ...known } = {}) => {
  const data = Object.entries({ nick, role, affiliation, ...(jid && { jid }), ...known }).map(([name, value]) => `data-${name}="${value}"`).join(" ");
  return `<tr ${data}><th class="nick" tabindex="-1"><bdi>${nick}</bdi><small class="note">banned before</small></th>
    <td class="role">${role} <small>(can
    talk)</small></td><td class="affiliation">${affiliation}</td><td class="jid">${jid && `<a><bdi>${jid}</bdi></a>`}</td>
    <td><button class="kick" ${kick && `disabled title="${kick}"`}>Kick</button></td></tr>`;
};

const body = (rows, room) => `<p id="announcement"></p><div id="chat"></div><div id="room">${room}</div><table id="occupants"><tbody>${rows.join("")}</tbody></table>
  <div id="results"></div>
  <dialog id="kick-dialog"><form action="/muc_kick">
    <input type="hidden" name="muc" value="r@x"><input type="hidden" name="nickname"><input type="hidden" name="jid">
    <input type="hidden" name="occupant_id"><input type="hidden" name="since">
    <h2 id="kick-title" tabindex="-1"><span data-kick="nick"></span></h2><p data-kick="jid"></p><p data-kick="standing"></p><input name="reason">
    <p><button type="button" data-kick="last" data-reason="" hidden></button><button type="button" data-reason="Spam">Spam</button></p>
    ${["renamed", "gone", "taken", "no-kick", "no-ban"].map((name) => `<p data-kick="${name}" hidden></p>`).join("")}
    <button class="danger" name="action" value="kick">Kick</button><button formmethod="dialog">Cancel</button>
    <details><span data-kick="mute"></span><button name="action" value="mute" formaction="/act">Mute</button><button name="action" value="ban" formaction="/act">Ban</button></details>
  </form></dialog>
  ${["kick", "mute", "ban"].flatMap((kind) => ["pending", "denied", "unanswered"].map((how) => `<template id="${kind}-${how}"><div><strong>${kind} ${how}</strong></div></template>`)).join("")}
  <template id="words"><span data-word="not-known">not known</span><span data-word="hidden">hidden from muckick</span><span data-word="owner">an owner</span><span data-word="dismiss">Dismiss</span></template>`;

async function start(t, { rows, room = "", hears = true }) {
  const page = open(body(rows, room));
  page.HTMLDialogElement.prototype.showModal = function showModal() { this.open = true; };
  page.HTMLDialogElement.prototype.close = function close() {
    this.open = false;
    this.dispatchEvent(new page.Event("close"));
  };
  page.Element.prototype.scrollIntoView = () => {};
  globalThis.matchMedia = () => ({ matches: false });
  globalThis.sessionStorage = page.sessionStorage;
  const requests = network(t);
  const removed = [];
  const list = document.getElementById("occupants");
  const table = {
    enter: () => {},
    focus: () => {},
    row: (nick) => [...list.rows].find((each) => each.dataset.nick === nick),
    latest: () => list.rows,
    remove: (nick) => removed.push(nick),
  };
  const { offerActions } = await import("../act.js");
  offerActions(table, { hears });
  const dialog = document.getElementById("kick-dialog");
  const part = (name) => dialog.querySelector(`[data-kick=${name}]`);
  return {
    page, requests, dialog, removed,
    open: (nick) => table.row(nick).querySelector(".kick").click(),
    // Puts other rows on the list, as events do.
    become: (...fresh) => {
      const template = document.createElement("template");
      template.innerHTML = fresh.join("");
      list.replaceChildren(...template.content.children);
      list.dispatchEvent(new page.Event("muckick:changed"));
    },
    says: (name) => part(name).textContent,
    shown: () => ["renamed", "gone", "taken", "no-kick", "no-ban"].filter((name) => !part(name).hidden).join(" "),
    fields: () => Object.fromEntries(["nickname", "jid", "occupant_id", "since"].map((name) => [name, dialog.querySelector(`[name=${name}]`).value])),
    possible: () => [...dialog.querySelectorAll("[name=action]:enabled")].map((button) => button.value).join(" "),
    reasons: () => [...dialog.querySelectorAll("[data-reason]")].filter((button) => !button.hidden).map((button) => button.textContent),
    send: (action) => dialog.querySelector("form").requestSubmit(dialog.querySelector(`[value=${action}]`)),
  };
}

const bob = { jid: "b@x/1", "occupant-id": "o1", since: "2026-01-02T03:04:05.000000000Z" };

test("a dialog is about the occupant of a row", async (t) => {
  const s = await start(t, { rows: [row("Ann"), row("Bob", { ...bob, affiliation: "member" })] });
  s.open("Bob");
  assert.equal(s.dialog.open, true);
  assert.deepEqual(s.fields(), { nickname: "Bob", jid: "b@x/1", occupant_id: "o1", since: bob.since });
  assert.equal(s.says("nick"), "Bob");
  assert.equal(s.says("jid"), "b@x/1");
  assert.equal(s.says("standing"), "participant (can talk), member");
  assert.equal(s.possible(), "kick mute ban");
  s.dialog.close();
  s.open("Ann"); // nothing of Bob is left
  assert.deepEqual(s.fields(), { nickname: "Ann", jid: "", occupant_id: "", since: "" });
  assert.equal(s.says("jid"), "not known");
  assert.equal(s.says("standing"), "participant (can talk), none");
});

const obstacles = [
  ["nothing", {}, "", "kick mute ban", ""],
  ["a hidden account", { jid: "" }, "", "kick mute", "hidden from muckick"],
  ["an owner", { affiliation: "owner" }, "", "kick mute", "an owner"],
  ["a room that lets nobody be banned", {}, "<p data-ban>no admin here</p>", "kick mute", "no admin here"],
];
for (const [name, known, room, possible, why] of obstacles) {
  test(`what stands in the way: ${name}`, async (t) => {
    const s = await start(t, { rows: [row("Bob", { ...bob, ...known })], room });
    s.open("Bob");
    assert.equal(s.possible(), possible);
    assert.equal(s.says("no-ban"), why);
    assert.equal(s.shown(), why && "no-ban");
  });
}

// What is on the list then, whom the dialog is about, what it says, and what it offers.
const changes = [
  ["who changes", [row("Bob", { ...bob, affiliation: "owner" })], "Bob", "no-ban", "kick mute"],
  ["who is protected", [row("Bob", { ...bob, kick: "outranks" })], "Bob", "no-kick no-ban", ""],
  ["who leaves", [], "Bob", "gone", "ban"],
  ["who is renamed", [row("Rob", bob)], "Rob", "renamed", "kick mute ban"],
  ["who is renamed, and another takes the nick", [row("Bob", { jid: "e@x/1" }), row("Rob", bob)], "Rob", "renamed", "kick mute ban"],
  ["another takes the nick", [row("Bob", { jid: "e@x/1" })], "Bob", "taken", "ban"],
  ["another session of the account", [row("Bob2", { jid: "b@x/2" })], "Bob", "gone", "ban"],
];
for (const [name, rows, nick, shown, possible] of changes) {
  test(`an open dialog follows: ${name}`, async (t) => {
    const s = await start(t, { rows: [row("Bob", bob)] });
    s.open("Bob");
    s.become(...rows);
    assert.equal(s.fields().nickname, nick);
    assert.equal(s.fields().jid, "b@x/1");
    assert.equal(s.shown(), shown);
    assert.equal(s.possible(), possible);
  });
}

test("what a dialog says stays in its place while the list changes, for who reads or copies it", async (t) => {
  const s = await start(t, { rows: [row("Bob", bob)] });
  s.open("Bob");
  const link = s.dialog.querySelector("[data-kick=jid] a");
  s.become(row("Ann"), row("Bob", bob));
  assert.equal(s.dialog.querySelector("[data-kick=jid] a"), link);
  s.become(row("Bob", { ...bob, jid: "b@x/2" }));
  assert.equal(s.says("jid"), "b@x/2");
});

test("while the chat server is away, nothing is offered, and no dialog opens", async (t) => {
  const s = await start(t, { rows: [row("Bob", bob)] });
  s.open("Bob");
  const offline = document.createElement("p");
  offline.dataset.chat = "offline";
  document.getElementById("chat").append(offline);
  document.dispatchEvent(new Event("muckick:chat"));
  assert.equal(s.possible(), "");
  s.dialog.close();
  s.open("Bob");
  assert.equal(s.dialog.open, false);
});

for (const [hears, removed] of [[true, []], [false, ["Bob"]]]) {
  test(`a kick, on a list that ${hears ? "hears" : "does not hear"} of changes`, async (t) => {
    const s = await start(t, { rows: [row("Bob", bob)], hears });
    s.open("Bob");
    s.send("kick");
    assert.equal(s.dialog.open, false);
    assert.equal(document.querySelector("#results strong").textContent, "kick pending: Bob");
    const request = s.requests.shift();
    assert.equal(request.address, "/muc_kick");
    assert.deepEqual(Object.fromEntries(request.options.body),
      { muc: "r@x", nickname: "Bob", jid: "b@x/1", occupant_id: "o1", since: bob.since, reason: "", action: "kick" });
    assert.deepEqual(s.removed, []);
    request.answer('<div data-outcome="done"><strong>Kicked</strong></div>');
    await settle();
    assert.equal(document.querySelector("#results strong").textContent, "Kicked");
    assert.deepEqual(s.removed, removed);
  });
}

for (const [name, answer, said] of [
  ["no answer", (request) => request.fail(), "kick unanswered: Bob"],
  ["an answer of somebody else", (request) => request.answer("<p>nginx"), "kick unanswered: Bob"],
  ["an answer that says that it is not known", (request) => request.answer('<div data-outcome="unknown"><strong>Not known</strong></div>'), "Not known"],
  ["a refusal before it was sent", (request) => request.answer("", { status: 403 }), "kick denied: Bob"],
]) {
  test(`no kick is claimed: ${name}`, async (t) => {
    const s = await start(t, { rows: [row("Bob", bob)], hears: false });
    s.open("Bob");
    s.send("kick");
    answer(s.requests.shift());
    await settle();
    assert.equal(document.querySelector("#results strong").textContent, said);
    assert.deepEqual(s.removed, []);
  });
}

test("the last reason is offered once, and never chosen by itself", async (t) => {
  const s = await start(t, { rows: [row("Bob", bob)] });
  const field = s.dialog.querySelector("[name=reason]");
  for (const [given, offered] of [["crumbs", ["crumbs", "Spam"]], ["Spam", ["Spam"]], ["", ["Spam"]]]) {
    s.open("Bob");
    field.value = given;
    s.send("ban");
    assert.equal(s.requests.shift().address, "/act");
    s.open("Bob");
    assert.equal(field.value, "");
    assert.deepEqual(s.reasons(), offered);
  }
});

test("what is invisible in the last reason is named, and given as it is", async (t) => {
  const s = await start(t, { rows: [row("Bob", bob)] });
  const field = s.dialog.querySelector("[name=reason]");
  s.open("Bob");
  field.value = "abc\u202Edef";
  s.send("kick");
  s.requests.shift();
  s.open("Bob");
  const [offered] = s.dialog.querySelectorAll("[data-reason]");
  assert.deepEqual([...offered.querySelectorAll("bdi, bdi i")].map((each) => each.textContent), ["abcU+202Edef", "U+202E"]);
  offered.click();
  assert.equal(field.value, "abc\u202Edef");
});

// The second click by what the browser says of it, and where it comes, and what it does
// in the dialog then.
const seconds = [
  ["counted", { detail: 2, after: 600 }, "nothing"],
  ["not counted", { detail: 1, after: 499, x: 115, y: 112 }, "nothing"],
  ["later", { detail: 1, after: 500 }, "something"],
  ["elsewhere", { detail: 1, after: 100, x: 130 }, "something"],
  ["by a key", { detail: 0, after: 100 }, "something"],
];
for (const [name, second, does] of seconds) {
  test(`of two clicks on a row's button, the second, ${name}, does ${does} in the dialog`, async (t) => {
    const s = await start(t, { rows: [row("Bob", bob)] });
    const click = (target, { detail = 1, after = 0, x = 100, y = 100 } = {}) => {
      for (const type of ["pointerdown", "mousedown", "click"]) {
        const event = new s.page.MouseEvent(type, { bubbles: true, cancelable: true, detail: type === "pointerdown" ? 0 : detail, clientX: x, clientY: y });
        Object.defineProperty(event, "timeStamp", { value: 1000 + after });
        target.dispatchEvent(event);
      }
    };
    const kick = document.querySelector("button.kick");
    const part = (selector) => s.dialog.querySelector(selector);
    s.dialog.getBoundingClientRect = () => ({ left: 200, right: 300, top: 200, bottom: 300 });
    for (const [target, done] of [
      [part("[data-reason=Spam]"), () => part("[name=reason]").value === "Spam"],
      [part("[value=kick]"), () => {
        const request = s.requests.shift();
        request?.fail();
        return request !== undefined;
      }],
      [s.dialog, () => !s.dialog.open],
    ]) {
      click(kick);
      assert.equal(s.dialog.open, true);
      click(target, second);
      assert.equal(done(), does === "something", target.nodeName);
      s.dialog.close();
      await settle();
    }
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";

import { Ticked } from "../ticked.js";

const who = (nick, known = {}) => ({ nick, jid: "", occupantId: "", since: "", affiliation: "none", ...known });

// Each tells who is ticked before, what is known of nicks afterwards (null: nobody
// bears it), who is ticked then, and how many have left.
const changes = [
  ["nothing changes", [who("Bob")], { Eve: who("Eve") }, ["Bob"], 0],
  ["who is ticked changes", [who("Bob", { jid: "b@x/1" })], { Bob: who("Bob", { jid: "b@x/1", affiliation: "member" }) }, ["Bob"], 0],
  ["who is ticked leaves", [who("Bob")], { Bob: null }, [], 1],
  ["another takes the nick", [who("Bob", { jid: "b@x/1" })], { Bob: who("Bob", { jid: "e@x/1" }) }, [], 1],
  ["somebody whose address is hidden takes the nick", [who("Bob")], { Bob: who("Bob", { since: "2026-01-02" }) }, [], 1],
  ["a rename", [who("Bob", { jid: "b@x/1" })], { Bob: null, Bobby: who("Bobby", { jid: "b@x/1" }) }, ["Bobby"], 0],
  ["a rename by occupant-id", [who("Bob", { occupantId: "1" })], { Bob: null, Bobby: who("Bobby", { occupantId: "1" }) }, ["Bobby"], 0],
  ["a rename of somebody of whom nothing is known", [who("Bob")], { Bob: null, Bobby: who("Bobby") }, [], 1],
  ["two swap nicks, and one is ticked", [who("Bob", { jid: "b@x/1" })],
    { Bob: who("Bob", { jid: "e@x/1" }), Eve: who("Eve", { jid: "b@x/1" }) }, ["Eve"], 0],
  ["two swap nicks, and both are ticked", [who("Bob", { jid: "b@x/1" }), who("Eve", { jid: "e@x/1" })],
    { Bob: who("Bob", { jid: "e@x/1" }), Eve: who("Eve", { jid: "b@x/1" }) }, ["Bob", "Eve"], 0],
  ["who leaves makes place for who is renamed", [who("Bob", { jid: "b@x/1" }), who("Eve", { jid: "e@x/1" })],
    { Bob: who("Bob", { jid: "e@x/1" }), Eve: null }, ["Bob"], 1],
  ["another session of the account under another nick", [who("Bob", { jid: "b@x/1" })],
    { Bob: null, Bob2: who("Bob2", { jid: "b@x/2" }) }, [], 1],
];
for (const [name, before, after, want, left] of changes) {
  test(name, () => {
    const ticked = new Ticked();
    for (const person of before) ticked.add(person);
    const got = ticked.follow(Object.keys(after), (nick) => after[nick] ?? undefined);
    assert.deepEqual([...ticked.nicks()].sort(), want);
    assert.equal(got, left);
    for (const person of ticked.people()) {
      if (after[person.nick]) assert.equal(person, after[person.nick], "what is known of them is the latest");
    }
  });
}

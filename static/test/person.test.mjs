import assert from "node:assert/strict";
import { test } from "node:test";

import { canBeSame, isSurelySame } from "../person.js";

const who = (known) => ({ nick: "Bob", jid: "", occupantId: "", since: "", ...known });

const pairs = [
  ["nothing is known", {}, {}, true, false],
  ["the same occupant-id", { occupantId: "1" }, { occupantId: "1", jid: "b@x/1" }, true, true],
  ["another occupant-id", { occupantId: "1" }, { occupantId: "2", jid: "a@x/1" }, false, false],
  ["another occupant-id after a restart", { occupantId: "1", jid: "a@x/1" }, { occupantId: "2", jid: "a@x/2" }, true, false],
  ["the same session, another occupant-id", { occupantId: "1", jid: "a@x/1" }, { occupantId: "2", jid: "a@x/1" }, true, true],
  ["the same occupant-id of another account", { occupantId: "1", jid: "a@x/1" }, { occupantId: "1", jid: "b@x/1" }, false, false],
  ["another resource of the account", { jid: "a@x/1" }, { jid: "a@x/2" }, true, false],
  ["the same session", { jid: "a@x/1" }, { jid: "a@x/1" }, true, true],
  ["another account", { jid: "a@x/1" }, { jid: "b@x/1" }, false, false],
  ["an account without a resource", { jid: "a@x" }, { jid: "a@x" }, true, false],
  ["joined later", { since: "" }, { since: "2026-01-02T00:00:00Z" }, false, false],
  ["joined at the same time", { since: "2026-01-02T00:00:00Z" }, { since: "2026-01-02T00:00:00Z" }, true, false],
];
for (const [name, before, after, can, surely] of pairs) {
  test(name, () => {
    assert.equal(canBeSame(who(before), who(after)), can);
    assert.equal(isSurelySame(who(before), who(after)), surely);
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./page.mjs";

const { renew } = await import("../renew.js");

function element(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

const changes = [
  ["text", "<p>one</p>", "<p>two</p>"],
  ["an attribute comes, one goes", '<p class="a">x</p>', '<p class="a" title="b">x</p>'],
  ["an element comes before", "<p><b>x</b></p>", "<p><i>y</i><b>x</b></p>"],
  ["an element goes", "<p><i>y</i><b>x</b></p>", "<p><b>x</b></p>"],
  ["everything", "<p>x</p>", "<p><b>y</b> z</p>"],
  ["a row", '<tr data-nick="a"><td class="role">visitor</td></tr>', '<tr data-nick="a" data-jid="b"><td class="role">none <small>(x)</small></td></tr>'],
];
for (const [name, before, after] of changes) {
  test(`becomes the same: ${name}`, () => {
    open("");
    const old = element(before);
    renew(old, element(after));
    assert.ok(old.isEqualNode(element(after)), new XMLSerializer().serializeToString(old));
  });
}

test("what stays keeps its focus, and what the reader opened stays open", () => {
  open('<div><p>1 occupant</p><a href="#x">History</a><details open><summary>About</summary>old</details></div>');
  const [old] = document.body.children;
  const link = document.querySelector("a");
  link.focus();
  renew(old, element('<div><p>2 occupants</p><p>new</p><a href="#x">History</a><details><summary>About</summary>news</details></div>'));
  assert.equal(document.activeElement, link);
  assert.equal(document.querySelector("details").open, true);
  assert.equal(document.body.textContent.replace(/\s+/g, " ").trim(), "2 occupantsnewHistoryAboutnews");
});

// Makes an element equal to another by touching only what differs. What stays
// the same keeps its focus, its selection and its place.

import { showLocalTimes } from "./times.js";

// Attributes that scripts or the browser set, not the server.
const own = new Set(["hidden", "open", "style"]);

/**
 * Renews an element of the page.
 * @param {string} id of the element
 * @param {string} html what it is to be
 * @returns {Element} as it is in the page then
 */
export function refresh(id, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  showLocalTimes(template.content);
  renew(document.getElementById(id), template.content.firstElementChild);
  return document.getElementById(id);
}

/**
 * @param {Node} old in the page
 * @param {Node} fresh of the same kind; parts of it are moved into the page
 */
export function renew(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (!(old instanceof Element)) {
    old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!own.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!own.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  let at = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    let match = at;
    while (match && !isLike(match, child)) match = match.nextSibling;
    if (match) {
      at = removeUntil(at, match).nextSibling;
      renew(match, child);
    } else old.insertBefore(child, at);
  }
  removeUntil(at, null);
}

const isLike = (a, b) => a.nodeName === b.nodeName && a.className === b.className && a.id === b.id;

function removeUntil(node, end) {
  while (node !== end) {
    const next = node.nextSibling;
    node.remove();
    node = next;
  }
  return node;
}

// Makes an element equal to another by touching only what differs. What stays
// the same keeps its focus, its selection and its place.

// Attributes that scripts or the browser set, not the server.
const own = new Set(["hidden", "open"]);

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

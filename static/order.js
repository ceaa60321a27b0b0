// The order of occupants, and what a filter finds: the same as in
// views/order.go. A test holds both to the same results.

/**
 * What an occupant is ordered and found by.
 * @typedef {{nick: string, jid: string, role: string, affiliation: string, since: string, words: string[]}} Occupant
 */

/** Makes texts equal that differ in case only, looking at one character at a time. */
export function fold(text) {
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
  return Array.from(text, foldOne).join("");
}

function foldOne(character) {
  if (character === "İ") return "i"; // else two characters
  return character.toLowerCase();
}

/** Compares texts by their code points. JavaScript's own order is by halves of them. */
export function compareTexts(a, b) {
  if (a === b) return 0;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return (a.codePointAt(i) ?? -1) - (b.codePointAt(i) ?? -1);
}

/**
 * Returns what compares two keys.
 * @param {string} by the column
 * @param {boolean} descending
 * @param {string[]} words the column's values in their order; empty for a column of texts
 */
export function comparator(by, descending, words) {
  const sign = descending ? -1 : 1;
  const unknown = words.length > 0 ? (key) => !words.includes(key[by]) : (key) => key[by] === "";
  const known = words.length > 0
    ? (a, b) => words.indexOf(a[by]) - words.indexOf(b[by])
    : by === "nick" ? compareNicks
    : (a, b) => compareTexts(a[by], b[by]);
  return (a, b) => unknown(a) - unknown(b) || sign * known(a, b) || compareNicks(a, b);
}

const compareNicks = (a, b) => compareTexts(a.nick, b.nick) || compareTexts(a.exactNick, b.exactNick);

/** @param {Occupant} occupant */
export function keyOf(occupant) {
  return {
    ...occupant,
    nick: fold(occupant.nick),
    exactNick: occupant.nick,
    jid: fold(occupant.jid),
    words: [occupant.nick, occupant.jid, ...occupant.words].map(fold),
  };
}

/** Whether a filter finds the occupant of a key. */
export function matches(key, filter) {
  const text = fold(filter.trim());
  return text === "" || key.words.some((word) => word.includes(text));
}

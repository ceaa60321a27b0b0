// Shows a text of others with what is invisible in it named, as views/text.go does. A
// test holds both to the same marks, but for a joiner between letters: no browser says
// where a script needs one, and so each is named.

const none = /^[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}\p{Variation_Selector}\p{Default_Ignorable_Code_Point}]$|^[\u2800\u{1D159}]$|^\u{16FE4}$/u;
const textPicture = /^(?=[^\0-\x7f])(?=\p{Emoji})\P{Emoji_Presentation}$/u; // drawn as text, unless the style follows
const sign = /^(?=[^\0-\xff])\p{So}$/u;
const skinTone = /^[\u{1F3FB}-\u{1F3FF}]$/u;
const joiner = "\u200D";
const style = "\uFE0F";
const keycap = "\u20E3";

/**
 * Splits a text into what can be shown and what has to be named. A run of one invisible
 * character is named once, with its length.
 * @param {string} text
 * @returns {{text: string, invisible: boolean}[]}
 */
export function segments(text) {
  const characters = Array.from(text);
  const out = [];
  for (let i = 0; i < characters.length; ) {
    const invisible = isInvisible(characters, i);
    let end = i + 1;
    const same = () => isInvisible(characters, end) === invisible && (!invisible || characters[end] === characters[i]);
    while (end < characters.length && same()) end++;
    out.push({ text: invisible ? nameOf(characters[i], end - i) : characters.slice(i, end).join(""), invisible });
    i = end;
  }
  return out;
}

/** An element with a text that is isolated from the direction of the text around it. */
export function foreign(text) {
  const out = document.createElement("bdi");
  for (const each of segments(text)) {
    if (!each.invisible) out.append(each.text);
    else out.appendChild(document.createElement("i")).textContent = each.text;
  }
  return out;
}

function nameOf(character, n) {
  const name = `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  return n > 1 ? `${name} ×${n}` : name;
}

// Beside a space, or at an end, a space cannot be seen.
function isInvisible(characters, i) {
  const [before, character, after] = [characters[i - 1], characters[i], characters[i + 1]];
  if (character === " ") return [undefined, " "].includes(before) || [undefined, " "].includes(after);
  if (character === joiner && joins(before, after)) return false;
  if (character === style && styles(before, after)) return false;
  return none.test(character);
}

const isPicture = (character) => textPicture.test(character) || sign.test(character);

const joins = (before = "", after = "") => isPicture(after) && (isPicture(before) || before === style || skinTone.test(before));

const styles = (before = "", after = "") => (after === keycap ? /^[#*0-9]$/.test(before) : textPicture.test(before));

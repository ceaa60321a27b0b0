// What the scripts say stands in the page's template "words".

const language = () => document.documentElement.lang;

/**
 * @param {string} name of a word
 * @param {Object<string, number>} counts what stands for the names in braces
 */
export function word(name, counts = {}) {
  const text = document.getElementById("words").content.querySelector(`[data-word=${name}]`).textContent;
  return text.replace(/\{(\w+)\}/g, (_, count) => counts[count].toLocaleString(language()));
}

/**
 * The word for a number of something, which has a form for one and one for others.
 * @param {string} name
 * @param {number} n
 */
export const counted = (name, n) => word(`${name}-${new Intl.PluralRules(language()).select(n)}`, { n });

/** Tells a screen reader, once, what others can see. */
export function announce(text) {
  document.getElementById("announcement").textContent = text;
}

/** The text of an element in one line. */
export const plain = (element) => element.textContent.trim().replace(/\s+/g, " ");

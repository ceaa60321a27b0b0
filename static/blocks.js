// The rows of a long list in blocks. What is far from the screen costs a browser
// nothing then, neither to style nor to lay out nor to paint: it passes over a whole
// block, of which it has to know the height alone.

const size = 50; // rows of a block, as views.OccupantBlocks makes them; one that grows to twice as many is split
const few = 5; // rows by which a block can change without being of another height, about

const ends = { next: "firstElementChild", previous: "lastElementChild" };

export class Blocks {
  #table;
  #shown = new WeakMap(); // how many rows of a block are shown
  #seen = new WeakSet(); // blocks that were near the screen: the browser remembers how high they were
  #near = new WeakSet(); // those that are

  /** @param {HTMLTableElement} table with one block at least, which may be empty */
  constructor(table) {
    this.#table = table;
    table.addEventListener("contentvisibilityautostatechange", ({ target, skipped }) => {
      if (skipped) this.#near.delete(target);
      else {
        this.#near.add(target);
        this.#seen.add(target);
      }
    });
  }

  /** All rows, in their order. */
  *[Symbol.iterator]() {
    for (const block of this.#table.tBodies) yield* block.rows;
  }

  get first() {
    for (const row of this) return row;
    return undefined;
  }

  /** @param {Element[]} rows all that there are, in their order */
  fill(rows) {
    let block = this.#table.tBodies[0];
    for (let i = 0; i < rows.length; i += size) {
      if (i > 0) block = block.nextElementSibling ?? this.#addAfter(block);
      block.replaceChildren(...rows.slice(i, i + size));
      this.#shown.delete(block);
    }
    this.settle();
  }

  /**
   * @param {Element} row
   * @param {Element} [before] the row before which it is put; without, it is the last
   */
  insert(row, before) {
    if (before) before.before(row);
    else [...this.#table.tBodies].at(-1).append(row);
  }

  /**
   * Has to be called when rows have come, gone, been shown or hidden.
   * @returns {number} how many are shown
   */
  settle() {
    let total = 0;
    for (const block of [...this.#table.tBodies]) {
      if (block.rows.length === 0 && this.#table.tBodies.length > 1) block.remove();
      else total += block.rows.length < 2 * size ? this.#measure(block) : this.#split(block);
    }
    return total;
  }

  #split(block) {
    const rows = [...block.rows];
    let total = 0;
    let last = block;
    for (let i = size; i < rows.length; i += size) {
      last = this.#addAfter(last);
      last.append(...rows.slice(i, i + size));
      total += this.#measure(last);
    }
    return total + this.#measure(block);
  }

  #addAfter(block) {
    const added = block.cloneNode();
    added.removeAttribute("style");
    block.after(added);
    return added;
  }

  // Says how many rows of a block are shown, by which it is guessed how high it is.
  #measure(block) {
    let shown = 0;
    for (const row of block.rows) if (!row.hidden) shown++;
    const before = this.#shown.get(block);
    if (shown === before) return shown;
    this.#shown.set(block, shown);
    block.hidden = shown === 0;
    block.style.setProperty("--rows", shown);
    if (Math.abs(shown - before) > few && this.#seen.has(block) && !this.#near.has(block)) this.#forget(block);
    return shown;
  }

  // Makes the browser guess anew how high a block is. It remembers the height until a
  // frame in which the style does not ask for that.
  #forget(block) {
    this.#seen.delete(block);
    block.dataset.height = "forget";
    requestAnimationFrame(() => requestAnimationFrame(() => delete block.dataset.height));
  }
}

/**
 * The row next to another, in whichever block.
 * @param {Element} row
 * @param {"next" | "previous"} way
 * @returns {Element | undefined}
 */
export function beside(row, way) {
  const sibling = `${way}ElementSibling`;
  if (row[sibling]) return row[sibling];
  for (let block = row.parentElement[sibling]; block?.nodeName === "TBODY"; block = block[sibling]) {
    if (block[ends[way]]) return block[ends[way]];
  }
  return undefined;
}

/** The same, but of the rows that are shown. */
export function shownBeside(row, way) {
  let next = beside(row, way);
  while (next?.hidden) next = beside(next, way);
  return next;
}

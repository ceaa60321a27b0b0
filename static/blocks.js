// The rows of a long list in blocks. What is far from the screen costs a browser
// nothing then, neither to style nor to lay out nor to paint: it passes over a whole
// block, of which it has to know the height alone.

const size = 50; // rows of a block, as views.OccupantBlocks makes them; one that grows to twice as many is split
const few = 5; // rows by which a block can change without being of another height, about

const ends = { next: "firstElementChild", previous: "lastElementChild" };

export class Blocks {
  #table;
  #shown = new WeakMap(); // how many rows of a block are shown
  #near = new WeakSet(); // blocks near the screen, which are laid out
  #seen = new WeakMap(); // how many rows those showed last that were: the browser goes on to take them for as high

  /** @param {HTMLTableElement} table with one block at least, which may be empty */
  constructor(table) {
    this.#table = table;
    // In Firefox the event does not bubble.
    table.addEventListener("contentvisibilityautostatechange", ({ target, skipped }) => this.#see(target, !skipped), true);
    for (const block of table.tBodies) {
      // What is near when the page comes may have been told before.
      if (block.rows[0]?.checkVisibility?.({ contentVisibilityAuto: true })) this.#see(block, true);
    }
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
      else total += block.rows.length < 2 * size ? this.#count(block) : this.#split(block);
    }
    return total;
  }

  #split(block) {
    const rows = [...block.rows];
    let total = 0;
    let last = block;
    for (let i = size; i < rows.length; i += size) {
      const part = rows.slice(i, i + size);
      const height = this.#near.has(block) && heightOf(part);
      last = this.#addAfter(last);
      last.append(...part);
      total += this.#count(last);
      // Nobody's row moves because of a guess.
      if (height) last.style.containIntrinsicHeight = `auto ${height}px`;
    }
    return total + this.#count(block);
  }

  #addAfter(block) {
    const added = document.createElement("tbody");
    added.setAttribute("role", "rowgroup");
    block.after(added);
    return added;
  }

  #see(block, near) {
    if (near) this.#near.add(block);
    else this.#near.delete(block);
    this.#seen.set(block, this.#shown.get(block) ?? block.rows.length);
  }

  // Counts the rows of a block that are shown, by which it is guessed how high it is.
  #count(block) {
    let shown = 0;
    for (const row of block.rows) if (!row.hidden) shown++;
    if (shown === this.#shown.get(block)) return shown;
    this.#shown.set(block, shown);
    block.hidden = shown === 0;
    block.style.containIntrinsicHeight = "";
    block.style.setProperty("--rows", shown);
    if (shown === 0) this.#near.delete(block); // of which it is not told
    else if (this.#near.has(block)) this.#seen.set(block, shown);
    else if (Math.abs(shown - this.#seen.get(block)) > few) this.#replace(block, shown);
    return shown;
  }

  // Puts a block that the browser does not remember in the place of one that it takes
  // for too high or too low.
  #replace(block, shown) {
    const fresh = this.#addAfter(block);
    fresh.append(...block.rows);
    block.remove();
    this.#shown.set(fresh, shown);
    fresh.style.setProperty("--rows", shown);
  }
}

// How high rows that follow one another are together; those that are hidden have no place.
function heightOf(rows) {
  const shown = rows.filter((row) => !row.hidden);
  return shown.length > 0 && shown.at(-1).getBoundingClientRect().bottom - shown[0].getBoundingClientRect().top;
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

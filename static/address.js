// Keeps in the page's address what a page is like, for who reloads it or comes back.

const longest = 1_000; // characters of a name and its value, since servers read only so much of an address

/**
 * Sets a value of the address's query, or takes it away if it is empty or too long.
 * @param {string} name
 * @param {string} value
 */
export function noteInAddress(name, value) {
  const address = new URL(location.href);
  if (value === "" || String(new URLSearchParams({ [name]: value })).length > longest) address.searchParams.delete(name);
  else address.searchParams.set(name, value);
  if (address.href !== location.href) history.replaceState(null, "", address);
}

// Sorts and filters what comes on standard input with the page's own script.

import { readFileSync } from "node:fs";

const source = readFileSync("../static/order.js", "utf8");
const { comparator, keyOf, matches } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const asked = JSON.parse(readFileSync(0, "utf8"));
const compare = comparator(asked.Order.By, asked.Descending, asked.Words ?? []);
const keys = asked.Occupants.map(keyOf);
const found = (filter) => keys.filter((key) => matches(key, filter)).sort(compare).map((key) => key.exactNick);
console.log(JSON.stringify(Object.fromEntries(asked.Filters.map((filter) => [filter, found(filter)]))));

// Marks the texts that come on standard input with the page's own script.

import { readFileSync } from "node:fs";

const source = readFileSync("../static/foreign.js", "utf8");
const { segments } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const marked = (text) => segments(text).map((each) => (each.invisible ? `⟨${each.text}⟩` : each.text)).join("");
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(marked)));

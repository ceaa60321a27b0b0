// Writes the times that come on standard input with the page's own script.

import { readFileSync } from "node:fs";

const source = readFileSync("../static/times.js", "utf8");
const { timesIn } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const asked = JSON.parse(readFileSync(0, "utf8"));
const { short, long, zone } = timesIn(asked.Language);
console.log(JSON.stringify({ Short: asked.Times.map((t) => short(new Date(t))), Long: asked.Times.map((t) => long(new Date(t))), Zone: zone }));

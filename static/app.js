// What the scripts add to the pages; each page works without them. What they
// find in a page, and what its events are, is described in views/doc.go.

import { showLocalTimes } from "./times.js";
import { ignoreHeldEnter } from "./keys.js";
import { searchWhileTyping } from "./search.js";
import { filterByLocalDays } from "./days.js";
import { loadCounts } from "./counts.js";
import { Stream } from "./stream.js";
import { followChat } from "./chat.js";
import { OccupantTable } from "./occupants.js";
import { forgetReasons, offerActions } from "./act.js";
import { LiveSign } from "./live.js";
import { Arrivals } from "./arrivals.js";
import { Ticks } from "./ticks.js";
import { followJob } from "./job.js";
import { followWaves } from "./wave.js";
import { measureNotices } from "./notices.js";
import { refresh } from "./renew.js";

ignoreHeldEnter();
showLocalTimes(document);
searchWhileTyping();
filterByLocalDays();
loadCounts();
measureNotices();

const address = document.body.dataset.events;
let table;
const handlers = {
  status: followChat(),
  wave: followWaves(() => focusContent()),
  may: (words) => (document.body.dataset.may = words),
};
if (document.getElementById("progress")) handlers.job = followJob;
else handlers.jobs = (html) => (refresh("running", html).hidden = !html.includes("<p>"));
if (document.getElementById("now")) handlers.person = (html) => refresh("now", html);
let sign;
if (document.getElementById("occupants")) {
  table = new OccupantTable();
  sign = new LiveSign(table);
  new Ticks(table);
  offerActions(table, sign);
  handlers.change = (html) => table.change(html);
  handlers.reset = (html) => table.reset(html);
  handlers.header = (html) => sign.header(html);
}
if (document.getElementById("arrivals")) {
  sign = new Arrivals();
  Object.assign(handlers, sign.handlers);
}

if (address) new Stream(address, handlers, (state) => sign?.connection(state));
else forgetReasons(); // nobody is signed in

// Puts the focus where somebody reads on who was in what is gone: the page stays where
// it is, and no key does anything there.
function focusContent() {
  if (table) {
    table.focus({ preventScroll: true });
    return;
  }
  const heading = document.querySelector("main h1");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

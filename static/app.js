// What the scripts add to the pages; each page works without them. What they
// find in a page, and what its events are, is described in views/doc.go.

import { showLocalTimes } from "./times.js";
import { searchWhileTyping } from "./search.js";
import { filterByLocalDays } from "./days.js";
import { loadCounts } from "./counts.js";
import { Stream } from "./stream.js";
import { followChat } from "./chat.js";
import { OccupantTable } from "./occupants.js";
import { offerKicks } from "./kick.js";
import { LiveSign } from "./live.js";

showLocalTimes(document);
searchWhileTyping();
filterByLocalDays();
loadCounts();

const handlers = { status: followChat() };
const sign = new LiveSign();
if (document.getElementById("occupants")) {
  const table = new OccupantTable();
  offerKicks(table, sign);
  handlers.change = (html) => table.change(html);
  handlers.reset = (html) => table.reset(html);
  handlers.header = (html) => sign.header(html);
}

const address = document.body.dataset.events;
if (address) new Stream(address, handlers, (state) => sign.connection(state));

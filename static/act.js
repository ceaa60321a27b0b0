// Asks for the reason of a kick, a mute or a ban in a dialog, and sends it. An
// open dialog follows the person whom it was opened for.

import { chatIsOnline } from "./chat.js";
import { foreign } from "./foreign.js";
import { canBeSame, isSurelySame, personOf } from "./person.js";
import { renew } from "./renew.js";
import { Results } from "./results.js";
import { send } from "./send.js";
import { plain, word } from "./words.js";

const memories = "muckick.reason."; // of the last reason, in the tab's storage, by the session
const memory = memories + document.body.dataset.session;
const twice = 500; // milliseconds in which people press again who press twice
const still = 24; // pixels by which their finger moves meanwhile, at most

export function offerActions(table, sign) {
  const list = document.getElementById("occupants");
  const dialog = document.getElementById("kick-dialog");
  const form = dialog.querySelector("form");
  const part = (name) => dialog.querySelector(`[data-kick=${name}]`);
  const results = new Results(() => table.focus());
  const other = dialog.querySelector("details");
  let person; // whom the dialog is about
  let opener; // the click that opened it
  forgetReasons();

  list.addEventListener("click", (event) => {
    const row = event.target.closest("button.kick")?.closest("tr");
    if (row && chatIsOnline()) {
      open(row);
      opener = event;
    }
  });

  function open(row) {
    table.enter(row);
    about(row);
    for (const name of ["renamed", "gone", "taken"]) part(name).hidden = true;
    form.elements.reason.value = "";
    other.open = false;
    part("mute").textContent = document.querySelector("#room [data-mute]")?.textContent ?? "";
    suggest(part("last"), sessionStorage.getItem(memory));
    follow();
    dialog.showModal();
    // A field in focus would cover half of a phone with its keyboard.
    (matchMedia("(pointer: coarse)").matches ? form.querySelector(".danger") : form.elements.reason).focus();
  }

  // Makes the dialog be about the occupant of a row.
  function about(row) {
    person = personOf(row);
    form.elements.nickname.value = person.nick;
    form.elements.jid.value = person.jid;
    form.elements.occupant_id.value = person.occupantId;
    form.elements.since.value = person.since;
    const cell = (name) => row.querySelector(`.${name}`);
    fill("nick", cell("nick").querySelector("bdi").cloneNode(true));
    fill("jid", ...(person.jid ? copy(cell("jid")) : [word("not-known")]));
    fill("standing", `${plain(cell("role"))}, ${plain(cell("affiliation"))}`);
  }

  // Whoever reads, or copies an address, goes on where they were.
  function fill(name, ...content) {
    const fresh = part(name).cloneNode();
    fresh.append(...content);
    renew(part(name), fresh);
  }

  // Why the person cannot be banned; empty if they can, as far as we know.
  function noBan() {
    const here = document.querySelector("#room [data-ban]");
    if (here) return plain(here);
    if (person.jid === "") return word("hidden");
    return person.affiliation === "owner" ? word("owner") : "";
  }

  // Why they cannot be kicked or muted now. They could when the dialog opened.
  function noKick(row) {
    const button = row?.querySelector(".kick[disabled]");
    return button ? button.title : "";
  }

  // Focused is what has the focus, or had it until it was disabled.
  function follow(focused = document.activeElement) {
    const bearer = table.row(person.nick);
    const taken = bearer !== undefined && !canBeSame(person, personOf(bearer));
    const renamed = bearer && !taken ? undefined : [...table.latest()].find((row) => isSurelySame(person, personOf(row)));
    const there = taken ? renamed : (bearer ?? renamed);
    if (there) about(there);
    if (renamed) part("renamed").hidden = false;
    const protectedNow = noKick(there);
    part("no-kick").textContent = protectedNow;
    part("no-kick").hidden = protectedNow === "";
    const obstacle = noBan() || protectedNow;
    part("no-ban").textContent = obstacle;
    part("no-ban").hidden = obstacle === "";
    part("gone").hidden = Boolean(there || taken);
    part("taken").hidden = Boolean(there || !taken);
    for (const button of form.querySelectorAll("[name=action]")) {
      // A ban is of the account, which need not be there.
      const possible = button.value === "ban" ? part("no-ban").hidden : Boolean(there) && protectedNow === "";
      button.disabled = !possible || !chatIsOnline();
    }
    for (const words of dialog.querySelectorAll("[data-kick=still-ban]")) words.hidden = !part("no-ban").hidden;
    if (form.contains(focused) && focused.matches(":disabled")) document.getElementById("kick-title").focus();
  }

  for (const [target, event] of [[list, "muckick:changed"], [document, "muckick:chat"]]) {
    target.addEventListener(event, ({ focused }) => {
      if (dialog.open) follow(focused);
    });
  }

  // The second click of two that opened the dialog is not meant for it.
  dialog.addEventListener("click", (event) => {
    if (!isSecond(opener, event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  dialog.addEventListener("mousedown", (event) => {
    // Beside the dialog it would take the focus from it.
    if (event.target === dialog && isSecond(opener, event)) event.preventDefault();
  });
  dialog.addEventListener("click", (event) => {
    const suggested = event.target.closest("[data-reason]");
    if (suggested) form.elements.reason.value = suggested.dataset.reason;
  });
  closeFromOutside(dialog);

  // The browser leads back to the button that opened the dialog, if it is there.
  dialog.addEventListener("close", () => {
    if (!list.contains(document.activeElement)) table.focus();
  });

  form.addEventListener("submit", async (event) => {
    if (event.submitter?.formMethod === "dialog") return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, event.submitter));
    const action = event.submitter.value;
    const name = copy(part("nick"));
    sessionStorage.setItem(memory, fields.get("reason"));
    dialog.close();
    table.focus();
    const conclude = results.show(`${action}-pending`, name);
    const answer = await send(event.submitter.getAttribute("formaction") ?? form.getAttribute("action"), fields);
    conclude(answer instanceof Element ? answer : `${action}-${answer}`);
    // A list that hears of changes has taken the nick off by itself, and may
    // already show somebody who joined under it since.
    if (action !== "mute" && !sign.hears && answer instanceof Element && answer.dataset.outcome === "done") table.remove(fields.get("nickname"));
  });
}

// Whoever signs out leaves no reason behind for the next, in no tab.
export function forgetReasons() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(memories) && key !== memory) sessionStorage.removeItem(key);
  }
}

function suggest(button, reason) {
  button.hidden = !reason || [...button.parentElement.children].some((b) => b !== button && b.dataset.reason === reason);
  button.dataset.reason = reason ?? "";
  button.replaceChildren(foreign(button.dataset.reason));
}

// Whether an event of the mouse belongs to the second of two clicks. Some browsers
// count no taps: then it is by time and place. What a key clicks counts as none.
function isSecond(first, event) {
  if (event.detail > 1) return true;
  return first.detail > 0 && event.detail > 0 && event.timeStamp - first.timeStamp < twice &&
    Math.hypot(event.clientX - first.clientX, event.clientY - first.clientY) < still;
}

// Closes a dialog by a click beside it. A press that began inside, such as
// selecting text, does not count, wherever it ends.
function closeFromOutside(dialog) {
  const isOutside = ({ target, clientX: x, clientY: y }) => {
    const box = dialog.getBoundingClientRect();
    return target === dialog && (x < box.left || x > box.right || y < box.top || y > box.bottom);
  };
  let began = false;
  dialog.addEventListener("pointerdown", (event) => {
    began = isOutside(event);
  });
  dialog.addEventListener("click", (event) => {
    if (began && isOutside(event)) dialog.close();
  });
}

const copy = (element) => [...element.childNodes].map((node) => node.cloneNode(true));

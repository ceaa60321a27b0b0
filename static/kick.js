// Asks for the reason of a kick in a dialog, sends it, and says what became of it.

import { chatIsOnline } from "./chat.js";

const memory = "muckick.reason"; // of the last reason, in the browser's storage
const patience = 60_000; // milliseconds to wait for an answer before calling it unknown

export function offerKicks(table, sign) {
  const dialog = document.getElementById("kick-dialog");
  const form = dialog.querySelector("form");
  const part = (name) => dialog.querySelector(`[data-kick=${name}]`);

  // The form around the list is for pages without scripts. With it, each row
  // that comes or goes makes the browser look through all buttons of the form.
  const plain = document.getElementById("kick-form");
  plain.replaceWith(...plain.children);

  document.getElementById("occupants").addEventListener("click", (event) => {
    const row = event.target.closest("button.kick")?.closest("tr");
    if (row && chatIsOnline()) open(row);
  });

  function open(row) {
    form.elements.nickname.value = row.dataset.nick;
    part("nick").replaceChildren(...copy(row.cells[0]));
    part("jid").replaceChildren(...(row.cells[3].textContent.trim() ? copy(row.cells[3]) : ["not known"]));
    part("standing").textContent = `${words(row.cells[1])}, ${words(row.cells[2])}`;
    part("gone").hidden = true;
    form.elements.reason.value = recall();
    dialog.showModal();
    // A field in focus would cover half of a phone with its keyboard.
    if (matchMedia("(pointer: coarse)").matches) form.querySelector(".danger").focus();
    else {
      form.elements.reason.focus();
      form.elements.reason.select();
    }
  }

  document.getElementById("occupants").addEventListener("muckick:changed", () => {
    part("gone").hidden = !dialog.open || Boolean(table.row(form.elements.nickname.value));
  });

  dialog.addEventListener("click", (event) => {
    const preset = event.target.closest("[data-reason]");
    if (preset) form.elements.reason.value = preset.dataset.reason;
    else if (event.target === dialog) dialog.close();
  });

  form.addEventListener("submit", (event) => {
    if (event.submitter?.formMethod === "dialog") return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form));
    const name = copy(table.row(fields.get("nickname"))?.cells[0] ?? part("nick"));
    remember(fields.get("reason"));
    dialog.close();
    kick(fields, name);
  });

  async function kick(fields, name) {
    const result = show("kick-pending", name);
    const answer = await send(form.getAttribute("action"), fields);
    if (answer instanceof Element) result.replaceChildren(answer);
    else result.replaceChildren(fill(answer, name));
    result.append(dismissal(result));
    // A list that hears of changes has taken the nick off by itself, and may
    // already show somebody who joined under it since.
    if (!sign.hears && result.querySelector("[data-outcome=kicked]")) table.remove(fields.get("nickname"));
  }

  function show(template, name) {
    const results = document.getElementById("results");
    const result = document.createElement("div");
    result.className = "result";
    result.append(fill(template, name));
    // What went well need not be dismissed by hand.
    for (const good of results.querySelectorAll("[data-outcome=kicked]")) good.closest(".result").remove();
    results.prepend(result);
    return result;
  }
}

// Sends a kick. Returns the server's message, or the name of the template that
// says what is known without one.
async function send(address, fields) {
  let response, html;
  try {
    response = await fetch(address, {
      method: "POST",
      body: fields,
      headers: { Accept: "text/html", "Muckick-Fragment": "kick" },
      redirect: "manual",
      keepalive: true, // a kick that was asked for outlives the page
      signal: AbortSignal.timeout(patience),
    });
    html = await response.text();
  } catch {
    return "kick-unanswered";
  }
  const template = document.createElement("template");
  template.innerHTML = html;
  const message = template.content.querySelector("[data-outcome]");
  if (message) return message;
  // Both are answered before anything is sent to the chat server.
  if (response.status === 401 || response.status === 403) return "kick-denied";
  return "kick-unanswered";
}

function fill(template, name) {
  const content = document.getElementById(template).content.cloneNode(true);
  const subject = document.createElement("span");
  subject.className = "clamp";
  subject.append(...name.map((node) => node.cloneNode(true)));
  content.querySelector("strong").append(": ", subject);
  return content;
}

function dismissal(result) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "dismiss";
  button.textContent = "×";
  button.setAttribute("aria-label", "Dismiss");
  button.addEventListener("click", () => result.remove());
  return button;
}

const copy = (element) => [...element.childNodes].map((node) => node.cloneNode(true));
const words = (cell) => cell.textContent.trim().replace(/\s+/g, " ");

function recall() {
  try {
    return localStorage.getItem(memory) ?? "";
  } catch {
    return ""; // storage may be switched off
  }
}

function remember(reason) {
  try {
    localStorage.setItem(memory, reason);
  } catch {
    // Then the next dialog begins without it.
  }
}

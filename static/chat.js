// Follows whether the chat server can be reached: shows the banner, and
// disables what would need the server. What is disabled loses the focus, which then
// goes to what is around it.

import { renew } from "./renew.js";
import { showLocalTimes } from "./times.js";

/** @returns {(html: string) => void} what to do with a "status" event */
export function followChat() {
  return (html) => {
    const chat = document.getElementById("chat");
    if (!chat) return;
    const template = document.createElement("template");
    template.innerHTML = html;
    showLocalTimes(template.content);
    const fresh = chat.cloneNode();
    fresh.append(template.content);
    const before = chatIsOnline();
    renew(chat, fresh);
    const offline = !chatIsOnline();
    if (before && offline) chat.parentElement.scrollTop = chat.offsetTop; // other notices may need all the room
    const focused = document.activeElement;
    for (const element of document.querySelectorAll("[data-needs-chat]")) element.disabled = offline;
    for (const element of document.querySelectorAll("[data-when-offline]")) element.hidden = !offline;
    // Who hears it may know where the focus goes.
    document.dispatchEvent(Object.assign(new Event("muckick:chat"), { focused }));
    const lost = [focused, document.body].includes(document.activeElement);
    if (lost && focused.matches(":disabled")) (focused.closest("[tabindex='-1']") ?? chat).focus();
  };
}

export function chatIsOnline() {
  return document.querySelector("#chat [data-chat=offline]") === null;
}

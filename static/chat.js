// Follows whether the chat server can be reached: shows the banner, and
// disables what would need the server.

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
    for (const element of document.querySelectorAll("[data-needs-chat]")) element.disabled = offline;
    for (const element of document.querySelectorAll("[data-when-offline]")) element.hidden = !offline;
    document.dispatchEvent(new Event("muckick:chat"));
  };
}

export function chatIsOnline() {
  return document.querySelector("#chat [data-chat=offline]") === null;
}

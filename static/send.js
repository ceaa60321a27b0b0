const patience = 60_000; // milliseconds to wait for an answer before calling it unknown

/**
 * Sends a kick.
 * @param {string} address
 * @param {URLSearchParams} fields
 * @returns {Promise<Element | string>} the server's message, or the name of the
 *   template that says what is known without one
 */
export async function send(address, fields) {
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

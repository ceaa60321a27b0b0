const patience = 60_000; // milliseconds to wait for an answer before calling it unknown

/**
 * Sends an action.
 * @param {string} address
 * @param {URLSearchParams} fields
 * @returns {Promise<Element | string>} the server's message, or what is
 *   known without one: "denied" or "unanswered"
 */
export async function send(address, fields) {
  let response, html;
  try {
    response = await fetch(address, {
      method: "POST",
      body: fields,
      headers: { Accept: "text/html", "Muckick-Fragment": "kick" },
      redirect: "manual",
      keepalive: true, // what was asked for outlives the page
      signal: AbortSignal.timeout(patience),
    });
    html = await response.text();
  } catch {
    return "unanswered";
  }
  const template = document.createElement("template");
  template.innerHTML = html;
  const message = template.content.querySelector("[data-outcome]");
  if (message) return message;
  // Both are answered before anything is sent to the chat server.
  if (response.status === 401 || response.status === 403) return "denied";
  return "unanswered";
}

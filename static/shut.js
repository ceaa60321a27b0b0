/**
 * Whether this page, or another one, is not for its reader any more: the session has
 * ended, or what they may see became less.
 * @param {Response} response to a request with `redirect: "manual"`
 */
export const isShut = (response) => response.type === "opaqueredirect" || [401, 403, 404].includes(response.status);

// A page for the tests of scripts: jsdom's, with a clock and a network that the
// test holds in its hands.

import { createRequire } from "node:module";

// What the checks need from the npm registry is in .ci.
const { JSDOM } = createRequire(new URL("../../.ci/", import.meta.url))("jsdom");

const names = ["document", "location", "history", "FormData", "DOMParser", "XMLSerializer", "Event", "Node", "Element"];

/**
 * Opens a page and makes what scripts take for granted global.
 * @param {string} html the body's content
 * @param {string} path
 */
export function open(html, path = "/") {
  const dom = new JSDOM(`<!DOCTYPE html><html lang="en"><body>${html}`, { url: `https://muckick.example${path}` });
  for (const name of names) globalThis[name] = dom.window[name];
  globalThis.addEventListener = dom.window.addEventListener.bind(dom.window);
  globalThis.IntersectionObserver = class {
    constructor(seen) {
      this.observe = (target) => seen([{ target, isIntersecting: true }]);
      this.unobserve = () => {};
    }
  };
  return dom.window;
}

/**
 * Takes the place of the network until the test ends. Each request waits in the
 * list until the test answers or fails it.
 */
export function network(t) {
  const requests = [];
  t.mock.method(globalThis, "fetch", (address, options = {}) => {
    const { promise, resolve, reject } = resolvers();
    options.signal?.addEventListener("abort", () => reject(options.signal.reason));
    requests.push({
      address: String(address),
      options,
      fail: () => reject(new TypeError("no connection")),
      answer: (body, { status = 200, type = "basic" } = {}) =>
        resolve({ status, type, ok: status < 300, text: async () => body, json: async () => JSON.parse(body) }),
    });
    return promise;
  });
  return requests;
}

/** Lets promises that are settled run what waits for them. */
export async function settle() {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

/** Types into a field. */
export function type(field, text) {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function resolvers() {
  const out = {};
  out.promise = new Promise((resolve, reject) => Object.assign(out, { resolve, reject }));
  return out;
}


import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./page.mjs";

const words = ["live", "lost", "paused", "still", "pause", "resume", "waiting-one"].map((name) => `<span data-word="${name}">${name}</span>`).join("");

// Both pages with a list say in which state it is.
async function start(t, kind) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  open(`<p id="announcement"></p><div id="chat"></div><p id="live"></p><button id="pause"></button><div id="room" data-live></div><table id="occupants"></table>
    <form id="arriving"><div id="arrivals"></div></form><template id="words">${words}</template>`);
  const signs = {
    room: async () => {
      const { LiveSign } = await import("../live.js");
      const list = document.getElementById("occupants");
      let paused = false;
      return new LiveSign({
        waiting: 0,
        get paused() {
          return paused;
        },
        set paused(value) {
          paused = value;
          list.dispatchEvent(new Event("muckick:changed"));
        },
      });
    },
    arrivals: async () => {
      const { Arrivals } = await import("../arrivals.js");
      return new Arrivals();
    },
  };
  const sign = await signs[kind]();
  const announcement = document.getElementById("announcement");
  const hide = (hidden) => Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  hide(false);
  sign.connection("live");
  return {
    hide,
    pause: () => document.getElementById("pause").click(),
    become: (state) => sign.connection(state),
    changed: () => document.dispatchEvent(new Event("muckick:chat")),
    pass: (milliseconds) => t.mock.timers.tick(milliseconds),
    // What was said since it was last asked.
    said: () => {
      t.mock.timers.tick(1_000);
      const text = announcement.textContent;
      announcement.textContent = "";
      return text;
    },
  };
}

for (const kind of ["room", "arrivals"]) {
  test(`a state that lasts is told once, on the page: ${kind}`, async (t) => {
    const s = await start(t, kind);
    assert.equal(s.said(), "");
    s.become("lost");
    s.become("live");
    assert.equal(s.said(), "");
    s.become("lost");
    assert.equal(s.said(), "lost");
    s.become("lost");
    assert.equal(s.said(), "");
    s.become("live");
    assert.equal(s.said(), "live");
    s.pause();
    assert.equal(s.said(), "paused");
  });

  test(`nothing is told of a page in the background, nor when somebody is back and all is as before: ${kind}`, async (t) => {
    const s = await start(t, kind);
    s.hide(true);
    s.become("lost");
    assert.equal(s.said(), "");
    s.hide(false);
    s.become("lost"); // as it connects again
    s.become("live");
    assert.equal(s.said(), "");

    s.hide(true);
    s.become("lost");
    s.hide(false);
    s.become("lost");
    assert.equal(s.said(), "lost"); // which is new to who looks
    s.hide(true);
    s.become("lost");
    s.hide(false);
    s.become("live");
    assert.equal(s.said(), "live");

    s.become("lost");
    s.hide(true); // meanwhile
    assert.equal(s.said(), "");
  });

  test(`a list that changes all the time still has its state told: ${kind}`, async (t) => {
    const s = await start(t, kind);
    s.become("lost");
    s.pass(900);
    s.changed();
    s.pass(100);
    assert.equal(document.getElementById("announcement").textContent, "lost");
  });
}

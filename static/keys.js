// A key that is held down repeats. What Enter opens or sends, it does at the
// first stroke: the others would fall on whatever has come into focus since.

export function ignoreHeldEnter() {
  addEventListener(
    "keydown",
    (event) => {
      if (event.repeat && event.key === "Enter") event.preventDefault();
    },
    { capture: true },
  );
}

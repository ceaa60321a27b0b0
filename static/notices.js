// Tells the style sheet how high that is which stays at the bottom of the window, so
// that nothing in focus is behind it (WCAG 2.4.11), and nothing of it behind the rest.

/** Goes on telling it for as long as the page is there. */
export function measureNotices() {
  const bar = document.getElementById("tick-bar");
  const told = [document.documentElement, bar].filter(Boolean);
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const name = target === bar ? "--tickbar" : "--notices";
      for (const element of told) element.style.setProperty(name, `${target.offsetHeight}px`);
    }
  });
  for (const element of [document.querySelector(".notices"), bar]) if (element) observer.observe(element);
}

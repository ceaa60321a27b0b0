package browsertest

import (
	"encoding/json"
	"fmt"
)

// An element is an expression for an element of the page, or for nothing.
type element string

// css is the first element that a selector finds.
func css(selector string) element {
	return element("document.querySelector(" + quote(selector) + ")")
}

// link is the link, and button the button, that people see under a name.
func link(name string) element   { return named("a", name) }
func button(name string) element { return named("button, summary", name) }

func named(selector, name string) element {
	return element(fmt.Sprintf(
		`[...document.querySelectorAll(%s)].find(e => (e.getAttribute("aria-label") ?? e.textContent).trim().replace(/\s+/g, " ") === %s && e.checkVisibility())`,
		quote(selector), quote(name)))
}

// field is the form field with a label.
func field(label string) element {
	return element(fmt.Sprintf(
		`[...document.querySelectorAll("input, select")].find(e => e.checkVisibility() && [...e.labels].some(l => l.textContent.trim() === %s))`,
		quote(label)))
}

// row is an occupant's row in the list.
func row(nick string) element {
	return element(fmt.Sprintf(`[...document.querySelectorAll("#occupants tbody tr")].find(r => r.dataset.nick === %s)`, quote(nick)))
}

// in is the element that a selector finds inside of e.
func (e element) in(selector string) element {
	return element(fmt.Sprintf("%s?.querySelector(%s)", e, quote(selector)))
}

// do is the expression for what a function makes of e; null without e.
func (e element) do(function string) string {
	return fmt.Sprintf("(e => e ? (%s)(e) : null)(%s)", function, e)
}

// is is whether a selector fits e.
func (e element) is(selector string) string {
	return e.do("e => e.matches(" + quote(selector) + ")")
}

// shows is whether e can be seen and its text contains a text.
func (e element) shows(text string) string {
	return e.do(`e => e.checkVisibility() && e.textContent.replace(/\s+/g, " ").includes(` + quote(text) + ")")
}

// none is whether there is no such element.
func (e element) none() string { return fmt.Sprintf("!(%s)", e) }

// point is where to click e: its middle, scrolled into view and drawn, since rows
// move until they were. It is null while e is disabled, or something else is in
// front of it, or it moves. Without scripts nothing moves, and no page is told when
// it is drawn.
func (e element) point(scripts bool) string {
	drawn := "await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));"
	if !scripts {
		drawn = ""
	}
	return e.do(`async e => {
		if (e.matches(":disabled") || !e.checkVisibility()) return null;
		e.scrollIntoView({ block: "center", behavior: "instant" });
		const middle = () => {
			const box = e.getClientRects()[0] ?? new DOMRect();
			return [box.x + box.width / 2, box.y + box.height / 2];
		};
		const before = middle();
		` + drawn + `
		const [x, y] = middle();
		if (x !== before[0] || y !== before[1]) return null;
		const hit = document.elementFromPoint(x, y);
		return e.contains(hit) || hit?.closest("label")?.control === e ? [x, y] : null;
	}`)
}

// quote writes a text as a literal of JavaScript.
func quote(text string) string {
	literal, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always has a literal
	}
	return string(literal)
}

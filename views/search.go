package views

import "github.com/a-h/templ"

// htmxConfig keeps htmx within the page's policy, and within what it is for
// here: it remembers no pages, so that none can be seen after signing out, and
// going back loads the page anew.
const htmxConfig = `{"allowEval":false,"allowScriptTags":false,"includeIndicatorStyles":false,` +
	`"selfRequestsOnly":true,"historyCacheSize":0,"refreshOnHistoryMiss":true}`

// searching makes a form answer while one types: the element with the id takes
// the place of the present one, and so does the content of the elements that
// also selects. The address follows.
func searching(path, id, also string) templ.Attributes {
	a := templ.Attributes{
		"hx-get":         path,
		"hx-trigger":     "input delay:200ms, submit",
		"hx-sync":        "this:replace",
		"hx-target":      "#" + id,
		"hx-select":      "#" + id,
		"hx-swap":        "outerHTML",
		"hx-indicator":   "#" + id,
		"hx-replace-url": "true",
	}
	if also != "" {
		a["hx-select-oob"] = also
	}
	return a
}

package static

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

func newFiles(t *testing.T) *Files {
	t.Helper()
	files, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestFind(t *testing.T) {
	files := newFiles(t)
	tests := []struct {
		name, path  string
		current, ok bool
	}{
		{"current", files.URL("app.css"), true, true},
		{"in a folder", files.URL("icons/icon.svg"), true, true},
		{"another version", "/static/0000/app.css", false, true},
		{"no such file", files.URL("app.exe"), true, false},
		{"above", files.URL("../static.go"), true, false},
		{"no version", "/static/app.css", false, false},
		{"elsewhere", "/rooms", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file, current, ok := files.Find(tt.path)
			if ok != tt.ok || ok && current != tt.current {
				t.Errorf("current %t, ok %t, want %t, %t", current, ok, tt.current, tt.ok)
			}
			if ok && (len(file.Data) == 0 || file.ContentType == "") {
				t.Errorf("%s has %d bytes of type %q", file.Name, len(file.Data), file.ContentType)
			}
		})
	}
}

// What a file loads has to be beside it: a page's policy allows nothing else.
func TestFilesLoadOnlyFilesOfOurs(t *testing.T) {
	files := newFiles(t)
	imports := regexp.MustCompile(`(?:from|import) "([^"]+)"`)
	elsewhere := regexp.MustCompile(`https?://|@import|url\(`)
	for name, file := range files.files {
		for _, match := range imports.FindAllSubmatch(file.Data, -1) {
			if _, ok := files.files[path.Join(path.Dir(name), string(match[1]))]; !ok {
				t.Errorf("%s imports %s, which does not exist", name, match[1])
			}
		}
		if match := elsewhere.Find(file.Data); match != nil && !strings.HasSuffix(name, ".svg") {
			t.Errorf("%s refers to %s", name, match)
		}
	}
}

// Text of others must not become markup: scripts parse only what the server
// has rendered, and only into a template or into a page of its own.
func TestScriptsBuildNoMarkup(t *testing.T) {
	for name, file := range newFiles(t).files {
		if found := markupIn(string(file.Data)); found != "" {
			t.Errorf("%s has %s", name, found)
		}
	}
}

func TestMarkupIn(t *testing.T) {
	const template = "const template = document.createElement(\"template\");\n  template.innerHTML = "
	tests := []struct{ script, want string }{
		{template + "html;", ""},
		{"list.replaceChildren(name);", ""},
		{template + "hostile;", "innerHTML"},
		{template + "html + nick;", "innerHTML"},
		{"template.innerHTML = html;", "innerHTML"},
		{"const template = list;\n  template.innerHTML = html;", "innerHTML"},
		{"list.innerHTML = html;", "innerHTML"},
		{"list['outerHTML'] = html;", "outerHTML"},
		{"list.insertAdjacentHTML('beforeend', html);", "insertAdjacentHTML"},
		{"list.setHTML(html);", "setHTML"},
		{"range.createContextualFragment(html);", "createContextualFragment"},
		{"new DOMParser().parseFromString(nick, \"text/html\");", "parseFromString"},
		{"frame.srcdoc = html;", "srcdoc"},
		{"document.write(html);", "document.write"},
		{"new Function(html);", "new Function"},
		{"eval(html);", "eval"},
	}
	for _, tt := range tests {
		t.Run(tt.script, func(t *testing.T) {
			if got := markupIn(tt.script); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// markupIn returns what makes markup of a text in a script; empty if nothing does.
func markupIn(script string) string {
	rendered := regexp.MustCompile(`const template = document\.createElement\("template"\);\s+template\.innerHTML = html;|` +
		`new DOMParser\(\)\.parseFromString\(await response\.text\(\), "text/html"\)`)
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|setHTML|createContextualFragment|parseFromString|srcdoc|` +
		`document\.write|new Function|\beval\b`)
	return forbidden.FindString(rendered.ReplaceAllString(script, ""))
}

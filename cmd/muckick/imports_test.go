package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// house says of every package which others of the module it may import. Its
// tests may also use the testHelpers.
var house = map[string][]string{
	"muckick/cmd/muckick": {
		"muckick/cmd/muckick/internal/app", "muckick/cmd/muckick/internal/check", "muckick/cmd/muckick/internal/config",
		"muckick/cmd/muckick/internal/demo", "muckick/web/moderation", "muckick/web/store", "muckick/xmpp",
	},
	"muckick/cmd/muckick/internal/app":    {"muckick/cmd/muckick/internal/config", "muckick/web", "muckick/web/oidc", "muckick/web/store", "muckick/xmpp"},
	"muckick/cmd/muckick/internal/check":  {"muckick/xmpp", "muckick/xmpp/probe"},
	"muckick/cmd/muckick/internal/config": {"muckick/web/moderation", "muckick/web/oidc", "muckick/xmpp"},
	"muckick/cmd/muckick/internal/demo":   {"muckick/cmd/muckick/internal/app", "muckick/web", "muckick/web/moderation", "muckick/web/store", "muckick/xmpp", "muckick/xmpp/mucserver"},
	"muckick/static":                      {},
	"muckick/views":                       {"muckick/web/moderation", "muckick/xmpp"},
	"muckick/web":                         {"muckick/static", "muckick/views", "muckick/web/moderation", "muckick/web/oidc", "muckick/web/store", "muckick/web/topic", "muckick/web/transport", "muckick/xmpp"},
	"muckick/web/moderation":              {"muckick/xmpp"},
	"muckick/web/oidc":                    {},
	"muckick/web/oidc/oidctest":           {},
	"muckick/web/store":                   {"muckick/web/moderation", "muckick/xmpp"},
	"muckick/web/topic":                   {},
	"muckick/web/transport":               {},
	"muckick/web/store/storetest":         {},
	"muckick/xmpp":                        {"muckick/xmpp/prep", "muckick/xmpp/wire"},
	"muckick/xmpp/prep":                   {},
	"muckick/xmpp/wire":                   {},
	"muckick/xmpp/mucserver":              {"muckick/xmpp/prep"},
	"muckick/xmpp/probe":                  {"muckick/xmpp", "muckick/xmpp/wire"},
	"muckick/xmpp/xmpptest":               {"muckick/xmpp/mucserver", "muckick/xmpp/prep"},
}

// homes says of libraries which packages may import them: who knows the
// protocol knows no HTTP, and the other way round.
var homes = map[string][]string{
	"mellium.im/":                   {"muckick/xmpp", "muckick/xmpp/wire", "muckick/xmpp/mucserver", "muckick/xmpp/xmpptest", "muckick/cmd/muckick/internal/config"},
	"github.com/gofiber/":           {"muckick/web"},
	"github.com/valyala/":           {"muckick/web/transport"},
	"github.com/a-h/templ":          {"muckick/views", "muckick/web"},
	"net/http":                      {"muckick/web", "muckick/web/oidc", "muckick/web/transport", "muckick/static", "muckick/xmpp/xmpptest", "muckick/cmd/muckick/internal/app", "muckick/cmd/muckick/internal/demo"},
	"database/sql":                  {"muckick/web/store", "muckick/web/store/storetest"},
	"github.com/spf13/cobra":        {"muckick/cmd/muckick"},
	"github.com/prometheus/":        {"muckick/web", "muckick/cmd/muckick/internal/app"},
	"os/signal":                     {"muckick/cmd/muckick"},
	"github.com/coreos/go-systemd/": {"muckick/cmd/muckick/internal/app"},
	"github.com/coreos/go-oidc/":    {"muckick/web/oidc"},
	"golang.org/x/oauth2":           {"muckick/web/oidc"},
	"github.com/pelletier/":         {"muckick/cmd/muckick/internal/config"},
	"modernc.org/sqlite":            {"muckick/web/store", "muckick/web/store/storetest"},
	"github.com/jackc/pgx/v5":       {"muckick/web/store", "muckick/web/store/storetest"},
	"github.com/pressly/goose":      {"muckick/web/store"},
	"github.com/xdg-go/":            {"muckick/xmpp/prep"},
	"github.com/pquerna/otp":        {"muckick/web", "muckick/web/store"},
}

// testHelpers may be imported by tests.
var testHelpers = []string{"muckick/web/oidc/oidctest", "muckick/web/store/storetest", "muckick/xmpp/mucserver", "muckick/xmpp/xmpptest"}

// testHouse says what else the tests of a package may import: the domain is tried on
// the store that it does not know.
var testHouse = map[string][]string{"muckick/web/moderation": {"muckick/web/store"}}

// A listedPackage is what go list says of a package.
type listedPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// TestImports holds the house together: see the table of its rooms in the README.
func TestImports(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < len(house) {
		t.Errorf("go list shows %d packages, want at least %d", len(packages), len(house))
	}
	for _, p := range packages {
		allowed, known := house[p.ImportPath]
		if !known && len(p.Imports) == 0 {
			continue // nothing but tests
		}
		if !known {
			t.Errorf("%s has no place in the house", p.ImportPath)
			continue
		}
		for _, path := range p.Imports {
			if strings.HasPrefix(path, "muckick/") && !slices.Contains(allowed, path) {
				t.Errorf("%s must not import %s", p.ImportPath, path)
			}
			for library, at := range homes {
				if strings.HasPrefix(path, library) && !slices.Contains(at, p.ImportPath) {
					t.Errorf("%s must not import %s", p.ImportPath, path)
				}
			}
		}
		for _, path := range slices.Concat(p.TestImports, p.XTestImports) {
			if strings.HasPrefix(path, "muckick/") && path != p.ImportPath &&
				!slices.Contains(allowed, path) && !slices.Contains(testHelpers, path) && !slices.Contains(testHouse[p.ImportPath], path) {
				t.Errorf("the tests of %s must not import %s", p.ImportPath, path)
			}
		}
	}
}

func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "muckick/...")
	output, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listedPackage
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var p listedPackage
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return packages
		case err != nil:
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// Package static holds the files that a browser loads beside the pages: the
// stylesheets, the scripts and the icons. They are part of the binary.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed *.css *.js icons
var embedded embed.FS

// Prefix is the path under which the files are served.
const Prefix = "/static/"

// Files are the embedded files. All of them share one version, made from the
// content of all: a relative import in a script or a url() in the stylesheet
// then stays within the version, and every answer may be cached for ever.
type Files struct {
	version string
	files   map[string]File
}

// A File is one embedded file.
type File struct {
	Name        string // e.g. icons/icon.svg
	ContentType string
	Data        []byte // shared: not to be changed
}

// New reads the embedded files. It fails only if the binary is broken or holds
// a file of a type that it does not know.
func New() (*Files, error) {
	f := &Files{files: make(map[string]File)}
	sum := sha256.New()
	err := fs.WalkDir(embedded, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		contentType, err := contentType(name)
		if err != nil {
			return err
		}
		// The length keeps two files from being taken for one.
		fmt.Fprintf(sum, "%s %d\n", name, len(data))
		sum.Write(data)
		f.files[name] = File{Name: name, ContentType: contentType, Data: data}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("static: read embedded files: %w", err)
	}
	f.version = hex.EncodeToString(sum.Sum(nil)[:8])
	return f, nil
}

// Version names the content of all files together.
func (f *Files) Version() string { return f.version }

// URL is the path of a file, with the version in it:
// /static/3f2a91c07bd41e55/app.css for app.css.
func (f *Files) URL(name string) string {
	return Prefix + f.version + "/" + name
}

// Find returns the file that belongs to a path made by [Files.URL]. Current
// says whether the path names the present version; only then may the answer be
// cached for ever. A path of another version, which an old page asks for
// during an update, finds the present file. Find reports false if there is no
// such file.
func (f *Files) Find(urlPath string) (file File, current, ok bool) {
	rest, ok := strings.CutPrefix(urlPath, Prefix)
	if !ok {
		return File{}, false, false
	}
	version, name, ok := strings.Cut(rest, "/")
	if !ok {
		return File{}, false, false
	}
	file, ok = f.files[name]
	return file, version == f.version, ok
}

// contentType knows the types in use, because those that package mime finds on
// a system differ from one to the next.
func contentType(name string) (string, error) {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8", nil
	case ".js":
		return "text/javascript; charset=utf-8", nil
	case ".svg":
		return "image/svg+xml", nil
	case ".png":
		return "image/png", nil
	default:
		return "", fmt.Errorf("no content type for %s", name)
	}
}

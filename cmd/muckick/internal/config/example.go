package config

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// WriteExample writes a TOML file that explains every key and sets none. Its
// Authorization header is a fresh one, so that nobody takes a published one.
func WriteExample(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# The configuration of muckick. Lines that begin with # have no effect.\n" +
		"# Paths are relative to the directory that muckick is started in.\n")
	for _, k := range keys {
		fmt.Fprintf(&b, "\n# %s.\n", strings.ReplaceAll(capitalize(k.meaning), "`", ""))
		if k.required != "" {
			fmt.Fprintf(&b, "# Required: %s.\n", k.required)
		}
		fmt.Fprintf(&b, "# Flag: --%s. Environment: %s.\n", k.name, k.environment())
		if k.name == "authorization_header" {
			k.example = newHeader()
			b.WriteString("# This one was drawn at random for this file alone.\n")
		}
		fmt.Fprintf(&b, "#%s = %s\n", k.name, k.toml())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// newHeader returns an Authorization header that nobody can guess (RFC 7617).
func newHeader() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte("caller:"+rand.Text()))
}

// toml returns the default or else the example as a TOML value.
func (k key) toml() string {
	value := k.fallback
	if k.example != "" {
		value = k.example
	}
	if !k.list {
		return strconv.Quote(value)
	}
	values := k.split(value)
	for i, one := range values {
		values[i] = strconv.Quote(one)
	}
	return "[" + strings.Join(values, ", ") + "]"
}

func capitalize(text string) string {
	i := strings.IndexFunc(text, func(r rune) bool { return r != '`' })
	return text[:i] + strings.ToUpper(text[i:i+1]) + text[i+1:]
}

package config

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// WriteExample writes a TOML file that explains every key and sets none.
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
		fmt.Fprintf(&b, "#%s = %s\n", k.name, k.toml())
	}
	_, err := io.WriteString(w, b.String())
	return err
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

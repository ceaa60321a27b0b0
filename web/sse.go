package web

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/a-h/templ"
)

// sse writes a Server-Sent Event. Data may have any line breaks.
func sse(name, id, data string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "event: %s\n", name)
	if id != "" {
		fmt.Fprintf(&b, "id: %s\n", id)
	}
	data = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data)
	for line := range strings.SplitSeq(data, "\n") {
		fmt.Fprintf(&b, "data: %s\n", line)
	}
	b.WriteString("\n")
	return b.Bytes()
}

// renderText renders a component into a string, which cannot fail: components
// of package views have no errors of their own.
func renderText(component templ.Component) string {
	var b bytes.Buffer
	_ = component.Render(context.Background(), &b)
	return b.String()
}

package oidc

import "strings"

// maxValues is how many values of a claim count.
const maxValues = 1000

// claims are what the provider says of somebody.
type claims map[string]any

// find returns the claim of a name, whose dots may lead into objects; nil if there
// is none.
func (c claims) find(name string) any {
	if value, there := c[name]; there {
		return value
	}
	outer, inner, nested := strings.Cut(name, ".")
	if object, ok := c[outer].(map[string]any); ok && nested {
		return claims(object).find(inner)
	}
	return nil
}

func (c claims) text(name string) string {
	text, _ := c.find(name).(string)
	return text
}

// values returns the texts that a claim is or lists.
func (c claims) values(name string) []string {
	switch value := c.find(name).(type) {
	case string:
		return []string{value}
	case []any:
		var texts []string
		for _, one := range value[:min(len(value), maxValues)] {
			if text, ok := one.(string); ok {
				texts = append(texts, text)
			}
		}
		return texts
	}
	return nil
}

// names returns how to call somebody. What everybody can claim to be, such as an
// address that nobody verified, is not among it.
func (c claims) names() []string {
	names := []string{c.text("preferred_username")}
	if verified, _ := c["email_verified"].(bool); verified {
		names = append(names, c.text("email"))
	}
	return append(names, c.text("sub"))
}

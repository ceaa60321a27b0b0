package web

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"muckick/xmpp"
)

// maxKickBody is the largest body of a kick in bytes: a reason as long as chat
// servers take it, with every character escaped.
const maxKickBody = 1 << 20

// kickRequest is what a caller wants.
type kickRequest struct {
	room   string
	target xmpp.Target
	reason string
}

// decodeKickJSON reads the body of the machine interface. What the reference
// cannot read at all is errMissingFields there and here; a field of a type
// that makes it crash is a [fieldError].
func decodeKickJSON(body []byte) (kickRequest, error) {
	// Checked before decoding, which would repair it to another nick.
	if !utf8.Valid(body) {
		return kickRequest{}, fieldError{"body", "is not valid UTF-8"}
	}
	// A map, because keys are case-sensitive and encoding/json's fields are not.
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(lenient(body), &fields); err != nil {
		return kickRequest{}, errMissingFields
	}
	var k kickRequest
	for _, field := range []struct {
		name string
		into *string
	}{{"nickname", &k.target.Nick}, {"muc", &k.room}, {"reason", &k.reason}} {
		value, err := text(field.name, fields[field.name])
		if err != nil {
			return kickRequest{}, err
		}
		*field.into = value
	}
	if isNumber(fields["muc"]) { // the reference crashes on it: a host called so is another matter
		return kickRequest{}, fieldError{"muc", "must be a text"}
	}
	if isAbsent(fields["nickname"]) || k.room == "" {
		return kickRequest{}, errMissingFields
	}
	return k, nil
}

// isAbsent reports whether a field counts as missing: to the reference's language
// false is as good as nothing.
func isAbsent(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null" || string(raw) == "false"
}

func isNumber(raw json.RawMessage) bool {
	return len(raw) > 0 && (raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9')
}

// text returns a field as text. A number counts as its digits, as in the
// reference; an absent field is empty.
func text(name string, raw json.RawMessage) (string, error) {
	switch {
	case isAbsent(raw):
		return "", nil
	case raw[0] == '"':
		var value string
		if err := json.Unmarshal(raw, &value); err != nil {
			return "", errMissingFields
		}
		if hasLoneSurrogate(raw) {
			return "", fieldError{name, "has half of a surrogate pair"}
		}
		return value, nil
	case isNumber(raw):
		return string(raw), nil
	}
	return "", fieldError{name, "must be a text"}
}

// hasLoneSurrogate reports whether decoding replaced an escape that is no
// character: the result would name somebody else.
func hasLoneSurrogate(raw []byte) bool {
	var value string
	if json.Unmarshal(raw, &value) != nil {
		return true
	}
	return bytes.Count([]byte(value), []byte("\uFFFD")) > bytes.Count(raw, []byte("\uFFFD"))+bytes.Count(bytes.ToLower(raw), []byte(`\ufffd`))
}

// lenient turns what the reference's JSON reader accepts beyond RFC 8259 into
// JSON: a comma before a closing brace, and control characters inside strings.
func lenient(body []byte) []byte {
	out := make([]byte, 0, len(body)+16)
	inString, escaped := false, false
	for _, b := range body {
		switch {
		case !inString && b == '}':
			trimmed := bytes.TrimRight(out, " \t\r\n")
			if bytes.HasSuffix(trimmed, []byte(",")) {
				out = trimmed[:len(trimmed)-1]
			}
		case inString && b < 0x20:
			out = append(out, `\u00`...)
			out = append(out, "0123456789abcdef"[b>>4], "0123456789abcdef"[b&15])
			escaped = false
			continue
		}
		out = append(out, b)
		switch {
		case escaped:
			escaped = false
		case inString && b == '\\':
			escaped = true
		case b == '"':
			inString = !inString
		}
	}
	return out
}

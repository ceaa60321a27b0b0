package web_test

import (
	"fmt"
	"testing"

	"muckick/web/moderation"
	"muckick/web/store"
)

// Strangers are answered by their head, whatever they promise to send, and nobody is
// asked for a body that is not read.
func TestRawEarlyAnswer(t *testing.T) {
	chat := newEmbedded(t)
	chat.room(t, embeddedRoom, "Bob")
	here := chat.site(t)
	token, _, err := here.store.AddToken(t.Context(), store.NewToken{Name: "filter", Grants: moderation.KickEverywhere()})
	if err != nil {
		t.Fatal(err)
	}
	kick := kickBody(t, embeddedRoom, "Bob", "")
	const expect = "Expect: 100-continue\r\n"
	tests := []struct {
		name, path, head string
		length           int
		sent             string // with the head
		want             int
	}{
		{"stranger", "/muc_kick", "Authorization: Basic x\r\n", 2_000_000, "", 401},
		{"stranger, less", "/muc_kick", "Authorization: Basic x\r\n", 70_000, "", 401},
		{"stranger, one byte", "/muc_kick", "Authorization: Basic x\r\n", 2_000_000, "{", 401},
		{"stranger without a header", "/muc_kick", "", 2_000_000, "", 401},
		{"stranger with a token that cannot be ours", "/muc_kick", "Authorization: Bearer junk\r\n", 2_000_000, "", 401},
		{"stranger who waits", "/muc_kick", "Authorization: Basic x\r\n" + expect, 2_000_000, "", 401},
		{"stranger who waits with little", "/muc_kick", "Authorization: Basic x\r\n" + expect, 20, "", 401},
		{"stranger who waits with chunks", "/muc_kick", "Authorization: Basic x\r\n" + expect, -1, "", 401},
		{"stranger who waits in other letters", "/muc_kick", "authorization: Basic x\r\nEXPECT: 100-Continue\r\n", 20, "", 401},
		{"too large", "/muc_kick", "Authorization: " + header + "\r\n", 2_000_000, "", 413},
		{"too large, who waits", "/muc_kick", "Authorization: " + header + "\r\n" + expect, 2_000_000, "", 413},
		{"too large, with a token", "/muc_kick", "Authorization: Bearer " + token + "\r\n" + expect, 2_000_000, "", 413},
		{"too large at sign-in", "/login", "", 5_000_000, "", 413},
		{"nothing there", "/nothing", expect, 5_000_000, "", 404},
		{"right, who waits", "/muc_kick", "Authorization: " + header + "\r\n" + expect, len(kick), "", 100},
		{"a token, who waits", "/muc_kick", "Authorization: Bearer " + token + "\r\n" + expect, len(kick), "", 100},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := dial(t, here)
			length := fmt.Sprintf("Content-Length: %d\r\n", tt.length)
			if tt.length < 0 {
				length = "Transfer-Encoding: chunked\r\n"
			}
			w.send(t, "POST "+tt.path+" HTTP/1.1\r\nHost: x\r\n"+tt.head+length+"\r\n"+tt.sent)
			response, body := w.answer(t)
			if response.StatusCode != tt.want {
				t.Fatalf("got %d %s, want %d", response.StatusCode, body, tt.want)
			}
			if tt.want != 100 {
				checkRefusal(t, response, body)
				w.send(t, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") // which is the body's beginning
				w.ended(t)
				return
			}
			w.send(t, kick)
			if response, body := w.answer(t); response.StatusCode != 200 && response.StatusCode != 400 { // Bob is there once
				t.Errorf("got %d %s, want an answer to the kick", response.StatusCode, body)
			}
		})
	}
}

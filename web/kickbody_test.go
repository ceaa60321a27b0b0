package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muckick/xmpp"
)

var bodies = []struct {
	name, body string
	want       kickRequest
	wantErr    error // errMissingFields, or any fieldError
}{
	{name: "plain", body: `{"nickname":"Bob","muc":"a@b"}`, want: kickRequest{target: xmpp.Target{Nick: "Bob"}, room: "a@b"}},
	{name: "reason", body: `{"nickname":"Bob","muc":"a@b","reason":"spam"}`, want: kickRequest{target: xmpp.Target{Nick: "Bob"}, room: "a@b", reason: "spam"}},
	{name: "trailing comma", body: `{"nickname":"Bob","muc":"a@b", }`, want: kickRequest{target: xmpp.Target{Nick: "Bob"}, room: "a@b"}},
	{name: "two commas", body: `{"nickname":"Bob","muc":"a@b",,}`, wantErr: errMissingFields},
	{name: "only a comma", body: `{,}`, wantErr: errMissingFields},
	{name: "comma and brace in a text", body: `{"nickname":",}","muc":"a@b"}`, want: kickRequest{target: xmpp.Target{Nick: ",}"}, room: "a@b"}},
	{name: "quote and brace in a text", body: `{"nickname":"\",}","muc":"a@b"}`, want: kickRequest{target: xmpp.Target{Nick: `",}`}, room: "a@b"}},
	{name: "backslash before a quote", body: `{"nickname":"a\\","muc":"a@b",}`, want: kickRequest{target: xmpp.Target{Nick: `a\`}, room: "a@b"}},
	{name: "line break in a text", body: "{\"nickname\":\"Bob\",\"muc\":\"a@b\",\"reason\":\"one\ntwo\"}", want: kickRequest{target: xmpp.Target{Nick: "Bob"}, room: "a@b", reason: "one\ntwo"}},
	{name: "escapes", body: `{"nickname":"B\u00f6b\t\/","muc":"a@b"}`, want: kickRequest{target: xmpp.Target{Nick: "Böb\t/"}, room: "a@b"}},
	{name: "surrogate pair", body: `{"nickname":"\ud83d\ude42","muc":"a@b"}`, want: kickRequest{target: xmpp.Target{Nick: "🙂"}, room: "a@b"}},
	{name: "lone surrogate", body: `{"nickname":"\ud83d","muc":"a@b"}`, wantErr: fieldError{}},
	{name: "later key counts", body: `{"nickname":"A","nickname":"B","muc":"a@b"}`, want: kickRequest{target: xmpp.Target{Nick: "B"}, room: "a@b"}},
	{name: "keys have case", body: `{"Nickname":"Bob","muc":"a@b"}`, wantErr: errMissingFields},
	{name: "number", body: `{"nickname":5,"muc":"a@b","reason":7}`, want: kickRequest{target: xmpp.Target{Nick: "5"}, room: "a@b", reason: "7"}},
	{name: "empty nick", body: `{"nickname":"","muc":"a@b"}`, want: kickRequest{room: "a@b"}},
	{name: "null reason", body: `{"nickname":"Bob","muc":"a@b","reason":null}`, want: kickRequest{target: xmpp.Target{Nick: "Bob"}, room: "a@b"}},
	{name: "boolean", body: `{"nickname":true,"muc":"a@b"}`, wantErr: fieldError{}},
	{name: "object", body: `{"nickname":"x","muc":{}}`, wantErr: fieldError{}},
	{name: "array for reason", body: `{"nickname":"x","muc":"a@b","reason":[1]}`, wantErr: fieldError{}},
	{name: "comment", body: `{"nickname":"Bob",/* no */"muc":"a@b"}`, wantErr: errMissingFields},
	{name: "array", body: `["nickname","muc"]`, wantErr: errMissingFields},
	{name: "comma in an array", body: `{"nickname":"Bob","muc":"a@b","x":[1,]}`, wantErr: errMissingFields},
	{name: "more after the end", body: `{"nickname":"Bob","muc":"a@b"} x`, wantErr: errMissingFields},
	{name: "nothing", body: ``, wantErr: errMissingFields},
	{name: "invalid UTF-8", body: "{\"nickname\":\"B\xff\",\"muc\":\"a@b\"}", wantErr: fieldError{}},
	{name: "false nick", body: `{"nickname":false,"muc":"a@b"}`, wantErr: errMissingFields},
	{name: "false room", body: `{"nickname":"Bob","muc":false}`, wantErr: errMissingFields},
	{name: "number for a room", body: `{"nickname":"Bob","muc":5}`, wantErr: fieldError{}},
}

func TestDecodeKickJSON(t *testing.T) {
	for _, tt := range bodies {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeKickJSON([]byte(tt.body))
			switch want := tt.wantErr.(type) {
			case fieldError:
				if !errors.As(err, &want) {
					t.Errorf("got %v, want a field error", err)
				}
			default:
				if !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			}
			if err != nil {
				return
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(kickRequest{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The bodies once more, through the JSON reader that the reference uses: what
// we read is what it reads, and what we call missing it cannot read either.
func TestDecodeLikeTheReference(t *testing.T) {
	const library = "/usr/lib/prosody/util/json.lua"
	lua, err := exec.LookPath("lua5.4")
	if err == nil {
		_, err = os.Stat(library)
	}
	switch {
	case err != nil && os.Getenv("MUCKICK_REQUIRE_SERVERS") != "":
		t.Fatalf("MISSING: Prosody's JSON reader: %v", err)
	case err != nil:
		t.Skipf("MISSING: Prosody's JSON reader: %v", err)
	}
	for _, tt := range bodies {
		t.Run(tt.name, func(t *testing.T) {
			var field fieldError
			if errors.As(tt.wantErr, &field) {
				t.Log("the reference crashes on it, or takes what is no text")
				return
			}
			cmd := exec.Command(lua, "testdata/decode.lua")
			cmd.Stdin = strings.NewReader(tt.body)
			cmd.Env = append(os.Environ(), "LUA_PATH=/usr/lib/prosody/?.lua", "LUA_CPATH=/usr/lib/prosody/?.so;/usr/lib/x86_64-linux-gnu/lua/5.4/?.so")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if errors.Is(tt.wantErr, errMissingFields) {
				if got := string(out); got != "missing\n" {
					t.Errorf("the reference reads %q, we do not", got)
				}
				return
			}
			want := strings.Join([]string{tt.want.target.Nick, tt.want.room, tt.want.reason}, "\x00")
			if got := string(bytes.TrimSuffix(out, []byte("\n"))); got != want {
				t.Errorf("the reference reads %q, we read %q", got, want)
			}
		})
	}
}

func FuzzDecodeKickJSON(f *testing.F) {
	for _, tt := range bodies {
		f.Add([]byte(tt.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := decodeKickJSON(body)
		if err != nil {
			if a := answerTo(err); a.status < 400 || a.status > 499 || a.text == "" {
				t.Errorf("got %+v for %v, want a 4xx with a text", a, err)
			}
			return
		}
		if got.room == "" {
			t.Error("a kick without a room")
		}
		// What RFC 8259 allows means the same to encoding/json.
		var fields map[string]any
		if json.Unmarshal(body, &fields) != nil {
			return
		}
		if nick, ok := fields["nickname"].(string); ok && nick != got.target.Nick {
			t.Errorf("got nick %q, want %q", got.target.Nick, nick)
		}
		if room, ok := fields["muc"].(string); ok && room != got.room {
			t.Errorf("got room %q, want %q", got.room, room)
		}
	})
}

package prep_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xdg-go/stringprep"

	"muckick/xmpp/prep"
)

func TestPrepare(t *testing.T) {
	tests := []struct{ name, text, local, resource string }{
		{"ASCII", "Bob", "bob", "Bob"},
		{"sharp s", "Straße", "strasse", "Straße"},
		{"compatibility jamo", "ㅋ", "\u110F", "\u110F"},
		{"ligature", "ﬁsh", "fish", "fish"},
		{"soft hyphen", "a\u00ADb", "ab", "ab"},
		{"Mongolian soft hyphen", "a\u1806b", "ab", "ab"},
		{"nothing visible", "\u200B", "", ""},
		{"decomposed", "E\u0301", "é", "É"},
		{"sign that folds into letters", "㎭", "rad", "rad"},
		{"capital without a small letter in Unicode 3.2", "ӀႠ", "ӀႠ", "ӀႠ"},
		{"letter of Unicode 4", "ᴬⱥȺ", "ᴬⱥȺ", "ᴬⱥȺ"},
		{"letters of Unicode 5 and 6", "🄱🅞B", "🄱🅞b", "🄱🅞B"},
		{"mark behind what Unicode 3.2 does not know", "🥑\u200D\u0301A", "🥑\u0301a", "🥑\u0301A"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := prep.Local(tt.text); got != tt.local {
				t.Errorf("local part: got %+q, want %+q", got, tt.local)
			}
			if got := prep.Resource(tt.text); got != tt.resource {
				t.Errorf("resource: got %+q, want %+q", got, tt.resource)
			}
		})
	}
}

// Every character that Unicode has assigned, and texts of several, come out as from Prosody's
// own library, unless it refuses them.
func TestPreparedAsByProsody(t *testing.T) {
	const library = "/usr/lib/prosody/util/encodings.so"
	lua, err := exec.LookPath("lua5.4")
	if err == nil {
		_, err = os.Stat(library)
	}
	switch {
	case err != nil && os.Getenv("MUCKICK_REQUIRE_SERVERS") != "":
		t.Fatalf("MISSING: Prosody's stringprep: %v", err)
	case err != nil:
		t.Skipf("MISSING: Prosody's stringprep: %v", err)
	}
	texts := append(characters(), mixtures(50_000)...)
	var lines bytes.Buffer
	for _, text := range texts {
		fmt.Fprintln(&lines, points(text))
	}
	cmd := exec.Command(lua, "testdata/prepare.lua")
	cmd.Stdin = &lines
	cmd.Env = append(os.Environ(), "LUA_PATH=/usr/lib/prosody/?.lua", "LUA_CPATH=/usr/lib/prosody/?.so")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(bytes.NewReader(out))
	refused, different := 0, 0
	for _, text := range texts {
		if !answers.Scan() {
			t.Fatal("there are answers missing")
		}
		local, resource, _ := strings.Cut(answers.Text(), ";")
		if local == "-" && resource == "-" {
			refused++
		}
		gotLocal, gotResource := points(prep.Local(text)), points(prep.Resource(text))
		if local != "-" && local != gotLocal || resource != "-" && resource != gotResource {
			if different++; different < 20 {
				t.Errorf("%s: got %s; %s, want %s", points(text), gotLocal, gotResource, answers.Text())
			}
		}
	}
	if refused > len(texts)/2 {
		t.Errorf("%d of %d texts were refused", refused, len(texts))
	}
	if different > 0 {
		t.Errorf("%d of %d texts come out otherwise", different, len(texts))
	}
}

// characters returns every character as a text of its own, but for those of the
// planes that Unicode has left empty or to private use.
func characters() (texts []string) {
	for r := rune(1); r <= utf8.MaxRune; r++ {
		if utf8.ValidRune(r) && (r < 0x34000 || r >= 0xE0000 && r < 0xE1000) {
			texts = append(texts, string(r))
		}
	}
	return texts
}

// mixtures returns n texts of a few characters, most of them letters and marks of
// a neighbourhood, since only those combine.
func mixtures(n int) (texts []string) {
	random := rand.New(rand.NewPCG(1, 2))
	for range n {
		var text []rune
		block := random.Int32N(0x3000)
		for range 2 + random.IntN(5) {
			r := block + random.Int32N(0x80)
			switch random.IntN(6) {
			case 0:
				r = 0x300 + random.Int32N(0x70) // marks
			case 1:
				r = random.Int32N(0x1F700)
			}
			if utf8.ValidRune(r) && r > 0 && !stringprep.TableC8.Contains(r) {
				text = append(text, r)
			}
		}
		texts = append(texts, string(text))
	}
	return texts
}

// points writes a text as hexadecimal code points.
func points(text string) string {
	var b strings.Builder
	for _, r := range text {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%X", r)
	}
	return b.String()
}

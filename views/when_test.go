package views

import (
	"bytes"
	"regexp"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
)

// The script of a page writes times as the server does, in the page's language.
func TestScriptWritesTimesAlike(t *testing.T) {
	var page bytes.Buffer
	if err := Error(ErrorModel{Page: testPage("")}).Render(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	language := regexp.MustCompile(`<html lang="([^"]+)"`).FindSubmatch(page.Bytes())
	if language == nil {
		t.Fatal("the page does not say its language")
	}
	type written struct {
		Short, Long []string
		Zone        string
	}
	question := struct {
		Language string
		Times    []time.Time
	}{Language: string(language[1])}
	var got written
	want := written{Zone: "UTC"}
	for month := time.January; month <= time.December; month++ {
		at := time.Date(2026, month, 3*int(month)-2, 2*int(month)-1, int(month), 59, 0, time.UTC)
		question.Times = append(question.Times, at)
		want.Short = append(want.Short, formatTime(at, shortTime))
		want.Long = append(want.Long, formatTime(at, longTime))
	}
	runScript(t, "times.mjs", question, &got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("script and server differ (-server +script):\n%s", diff)
	}
}

// Who reads a time in a page is told its zone beside it.
func TestShortTimesHaveTheirZone(t *testing.T) {
	marks := []LockMark{{Label: "now", At: testTime, Query: "now"}}
	pages := map[string]templ.Component{
		"selection": NewPlan(NewPlanModel{Page: testPage(SectionJobs), Stay: marks}),
		"lock":      lockPeople(LockModel{Page: testPage(SectionRooms), Marks: marks}),
	}
	zoned := regexp.MustCompile(`>02 Jan 15:04</time>\s+<span data-zone>UTC</span>`)
	for name, page := range pages {
		text, _ := render(t, page)
		if !zoned.MatchString(text) {
			t.Errorf("%s: a time without its zone: %s", name, text)
		}
	}
}

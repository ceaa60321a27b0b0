package mucserver

import (
	"fmt"
	"strings"
	"testing"
)

// dialectRoom returns a room with Juliet, its admin, and Romeo, whom she kicks or
// evicts.
func dialectRoom(t *testing.T, d Dialect, config RoomConfig) (juliet, romeo *client) {
	t.Helper()
	s, addr := serve(t, func(o *Options) { o.Dialect = d })
	setAffiliation(t, createRoom(t, s, config), "juliet@example.org", AffiliationOwner)
	juliet = logIn(t, addr, "juliet@example.org/balcony")
	juliet.join(testRoom, "Juliet")
	romeo = logIn(t, addr, "romeo@example.org/orchard")
	romeo.join(testRoom, "Romeo")
	juliet.sync()
	return juliet, romeo
}

func TestOrderOfResult(t *testing.T) {
	for _, first := range []bool{false, true} {
		t.Run(fmt.Sprintf("result first %t", first), func(t *testing.T) {
			juliet, romeo := dialectRoom(t, Dialect{ResultFirst: first}, RoomConfig{})
			juliet.send("<iq type='set' id='kick' to='%s'>"+adminQuery+"</iq>", testRoom, "<item nick='Romeo' role='none'/>")
			got := []string{show(juliet.read()), show(juliet.read())}
			if isResult := strings.HasPrefix(got[0], "<iq"); isResult != first {
				t.Errorf("got %q", got)
			}
			romeo.await("<status code='307'/>", "<status code='110'/>")
		})
	}
}

func TestAbsentNick(t *testing.T) {
	for _, mild := range []bool{false, true} {
		t.Run(fmt.Sprintf("result %t", mild), func(t *testing.T) {
			juliet, romeo := dialectRoom(t, Dialect{ResultForAbsent: mild}, RoomConfig{})
			want := "item-not-found"
			if mild {
				want = "type='result'"
			}
			wantParts(t, juliet.admin(testRoom, "<item nick='Tybalt' role='none'/>"), want)
			wantParts(t, juliet.admin(testRoom, "<item nick='Tybalt' affiliation='member'/>"), "item-not-found")
			wantParts(t, romeo.admin(testRoom, "<item nick='Romeo' role='moderator'/>"), "type='error'")
		})
	}
}

func TestNoVisitorList(t *testing.T) {
	juliet, _ := dialectRoom(t, Dialect{NoVisitorList: true}, RoomConfig{})
	for role, want := range map[string]string{"moderator": "nick='Juliet'", "participant": "nick='Romeo'", "visitor": "<error type='modify'><bad-request"} {
		wantParts(t, juliet.ask("get", testRoom, fmt.Sprintf(adminQuery, "<item role='"+role+"'/>")), want)
	}
}

func TestEviction(t *testing.T) {
	for _, silent := range []bool{false, true} {
		t.Run(fmt.Sprintf("silent %t", silent), func(t *testing.T) {
			juliet, romeo := dialectRoom(t, Dialect{SilentEviction: silent}, RoomConfig{})
			juliet.send("<iq type='set' to='%s' id='form'>"+ownerQuery+"</iq>", testRoom,
				"<x xmlns='jabber:x:data' type='submit'><field var='muc#roomconfig_membersonly'><value>1</value></field></x>")
			romeo.await("type='unavailable'", "<status code='322'/>", "<status code='110'/>")
			told := strings.Contains(strings.Join(juliet.sync(), ""), "<status code='322'/>")
			if told == silent {
				t.Errorf("Juliet was told: %t", told)
			}
			wantParts(t, juliet.admin(testRoom, "<item nick='Romeo' role='none'/>"), "item-not-found")
		})
	}
}

func TestModeratorsOnly(t *testing.T) {
	juliet, romeo := dialectRoom(t, Dialect{}, RoomConfig{})
	juliet.ask("set", testRoom, fmt.Sprintf(ownerQuery,
		"<x xmlns='jabber:x:data' type='submit'><field var='muc#roomconfig_presencebroadcast'><value>moderator</value></field></x>"))
	juliet.send("<iq type='set' id='kick' to='%s'>"+adminQuery+"</iq>", testRoom, "<item nick='Romeo' role='none'/>")
	if got := strings.Join(juliet.sync(), ""); strings.Contains(got, "<presence") || !strings.Contains(got, "type='result'") {
		t.Errorf("got %s, want a result and no presence", got)
	}
	romeo.await("<status code='307'/>", "<status code='110'/>")
	for _, presence := range romeo.join(testRoom, "Romeo") {
		if strings.Contains(presence, "<presence") && !strings.Contains(presence, "/Juliet'") && !strings.Contains(presence, "/Romeo'") {
			t.Errorf("Romeo sees %s", presence)
		}
	}
	if got := strings.Join(juliet.sync(), ""); strings.Contains(got, "/Romeo'") {
		t.Errorf("Juliet sees Romeo come: %s", got)
	}
}

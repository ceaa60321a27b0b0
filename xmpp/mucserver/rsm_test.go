package mucserver

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPage(t *testing.T) {
	const all = "b d f h j"
	tests := []struct {
		name, request string
		want          string
		first         string // with its index
		err           string
	}{
		{"no paging", "", all, "", ""},
		{"all", "<set xmlns='http://jabber.org/protocol/rsm'/>", all, "index='0'>b<", ""},
		{"first page", "<max>2</max>", "b d", "index='0'>b<", ""},
		{"next page", "<max>2</max><after>d</after>", "f h", "index='2'>f<", ""},
		{"last page", "<max>2</max><after>h</after>", "j", "index='4'>j<", ""},
		{"after the end", "<max>2</max><after>j</after>", "", "", ""},
		{"after one that is gone", "<max>2</max><after>e</after>", "f h", "index='2'>f<", ""},
		{"backwards from the end", "<max>2</max><before/>", "h j", "index='3'>h<", ""},
		{"backwards", "<max>2</max><before>h</before>", "d f", "index='1'>d<", ""},
		{"backwards to the beginning", "<max>2</max><before>d</before>", "b", "index='0'>b<", ""},
		{"by index", "<max>2</max><index>3</index>", "h j", "index='3'>h<", ""},
		{"index beyond", "<max>2</max><index>9</index>", "", "", ""},
		{"count only", "<max>0</max>", "", "", ""},
		{"more than there is", "<max>100</max>", all, "index='0'>b<", ""},
		{"negative", "<max>-1</max>", "", "", "modify/bad-request"},
		{"not a number", "<max>x</max>", "", "", "modify/bad-request"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			request := tt.request
			if request != "" && !strings.HasPrefix(request, "<set") {
				request = "<set xmlns='http://jabber.org/protocol/rsm'>" + request + "</set>"
			}
			query, err := parse(t, "<query xmlns='"+nsDiscoItems+"'>"+request+"</query>")
			if err != nil {
				t.Fatal(err)
			}
			ids := strings.Fields(all)
			from, to, set, err := page(query, ids)
			if got := condition(t, err); got != tt.err {
				t.Fatalf("got error %q, want %q", got, tt.err)
			}
			if err != nil {
				return
			}
			if diff := cmp.Diff(tt.want, strings.Join(ids[from:to], " ")); diff != "" {
				t.Errorf("items (-want +got):\n%s", diff)
			}
			if request != "" && !strings.Contains(string(set), "<count>5</count>") {
				t.Errorf("no count in %s", set)
			}
			if !strings.Contains(string(set), tt.first) || (tt.first == "" && strings.Contains(string(set), "<first")) {
				t.Errorf("got %s, want the first %s", set, tt.first)
			}
		})
	}
}

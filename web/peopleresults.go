package web

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"io"

	"github.com/gofiber/fiber/v2"

	"muckick/views"
)

const (
	// maxPackedResults is how many bytes what became of a form may take in its
	// cookie. Sealing makes nearly twice as many of them, and browsers keep 4096.
	maxPackedResults = 2000

	// maxResults bounds what is unpacked, in bytes.
	maxResults = 1 << 20
)

var errTooManyResults = errors.New("what became of it does not fit into a cookie")

// personResults are what became of a form of a person's page, for the page itself.
type personResults struct {
	Session string // whose form it was
	Account string // whose page it was
	Results []views.RoomResult
}

func resultsCookie(c *fiber.Ctx) string { return cookieName(c, "muckick-results") }

// keepResults keeps what became of a form for the page of the account. The error is
// errTooManyResults where that is more than a browser keeps; nothing is cut.
func (s *Server) keepResults(c *fiber.Ctx, account string, results []views.RoomResult) error {
	packed, err := packResults(personResults{sessionOf(c).ID, account, results})
	if err != nil {
		return err
	}
	return s.cookies.set(c, resultsCookie(c), packed, flashLifetime)
}

// takeResults returns what was kept for the page of the account, once.
func (s *Server) takeResults(c *fiber.Ctx, account string) []views.RoomResult {
	packed, ok := s.cookies.get(c, resultsCookie(c))
	if !ok {
		return nil
	}
	kept, err := unpackResults(packed)
	if err != nil || kept.Session != sessionOf(c).ID || kept.Account != account {
		return nil
	}
	s.cookies.remove(c, resultsCookie(c))
	return kept.Results
}

// packResults makes results small: they repeat rooms' domains and each other.
func packResults(results personResults) (string, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err == nil {
		err = json.NewEncoder(w).Encode(results)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil && packed.Len() > maxPackedResults {
		err = errTooManyResults
	}
	return packed.String(), err
}

func unpackResults(packed string) (personResults, error) {
	var results personResults
	r := flate.NewReader(bytes.NewReader([]byte(packed)))
	err := json.NewDecoder(io.LimitReader(r, maxResults)).Decode(&results)
	return results, err
}

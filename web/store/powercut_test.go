package store

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"muckick/xmpp"
)

// TestPowerCut: whenever the power fails, every kick that was answered by then
// is in what the disk was made to keep.
func TestPowerCut(t *testing.T) {
	disk := &disk{t: t, file: filepath.Join(t.TempDir(), "store.db")}
	seed, err := Open(t.Context(), Options{URL: "sqlite:" + disk.file})
	if err != nil {
		t.Fatal(err)
	}
	if err := seed.Close(); err != nil {
		t.Fatal(err)
	}
	disk.database = disk.read("")
	s, err := Open(t.Context(), Options{URL: "sqlite:" + disk.file, syncing: disk.sync})
	if err != nil {
		t.Fatal(err)
	}
	var kicking sync.WaitGroup
	for range 4 {
		kicking.Go(func() {
			for range 6 {
				id, err := s.Intend(t.Context(), Intent{Room: "snuggery@chat.example.org", Nick: "Bob"})
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Conclude(t.Context(), id, Conclusion{Outcome: xmpp.Done}); err != nil {
					t.Error(err)
					return
				}
				disk.answered(id)
			}
		})
	}
	kicking.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, image := range disk.images {
		disk.expect(image)
	}
}

// A disk remembers what it was made to keep, and forgets all else at a power cut.
// SQLite moves nothing from the log into the file in a test so short, so the file
// is what it was in the beginning.
type disk struct {
	t        *testing.T
	file     string
	database []byte

	mu     sync.Mutex
	images []*image
}

// An image is the log at the beginning of a flush that came to its end, and the
// kicks that were answered until the next one did.
type image struct {
	wal      []byte
	answered []AttemptID
}

func (d *disk) read(suffix string) []byte {
	data, err := os.ReadFile(d.file + suffix)
	if err != nil {
		d.t.Error(err)
	}
	return data
}

func (d *disk) sync(sync func() error) error {
	wal := d.read("-wal")
	err := sync()
	d.mu.Lock()
	defer d.mu.Unlock()
	const header = 32
	if len(d.images) > 0 && !bytes.Equal(wal[:header], d.images[0].wal[:header]) {
		d.t.Error("the log began anew, so an image lacks what went into the file")
	}
	d.images = append(d.images, &image{wal: wal})
	return err
}

func (d *disk) answered(id AttemptID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	last := d.images[len(d.images)-1]
	last.answered = append(last.answered, id)
}

// expect opens what a power cut just before the next flush's end leaves.
func (d *disk) expect(i *image) {
	d.t.Helper()
	file := filepath.Join(d.t.TempDir(), "store.db")
	for suffix, data := range map[string][]byte{"": d.database, "-wal": i.wal} {
		if err := os.WriteFile(file+suffix, data, 0o600); err != nil {
			d.t.Fatal(err)
		}
	}
	s, err := Open(d.t.Context(), Options{URL: "sqlite:" + file, NoAudit: true})
	if err != nil {
		d.t.Fatal(err)
	}
	defer s.Close()
	for _, id := range i.answered {
		if _, err := s.Attempt(d.t.Context(), id); err != nil {
			d.t.Errorf("kick %s was answered: %v", id, err)
		}
	}
}

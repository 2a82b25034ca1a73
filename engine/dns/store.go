package dns

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	miekg "github.com/miekg/dns"
	"github.com/spf13/afero"
)

// A Store keeps a zone in a master file and, beside it, a journal of what has changed since that was written: FILE.journal. A change that
// Edit.Commit has made stands in the journal, whatever happens to the host afterwards; a half-written one at its end is none.
type Store struct {
	fs    afero.Fs
	file  string
	zone  *Zone
	lines int // in the journal
}

// OpenStore reads a zone from a master file and its journal, and keeps in them what changes later. Options are as for ParseZone; their
// File is what messages call the file.
func OpenStore(files afero.Fs, file string, o ParseOptions) (*Zone, error) {
	text, err := afero.ReadFile(files, file)
	if err != nil {
		return nil, err
	}
	if o.File == "" {
		o.File = file
	}
	z, err := ParseZone(string(text), o)
	if err != nil {
		return nil, err
	}
	s := &Store{fs: files, file: file, zone: z}
	if err := s.replay(); err != nil {
		return nil, err
	}
	z.store = s
	return z, nil
}

func (s *Store) journal() string { return s.file + ".journal" }

// replay makes the changes of the journal. Those that the master file has already, for the host crashed between the writing of that and the
// removal of the journal, are passed over.
func (s *Store) replay() error {
	text, err := afero.ReadFile(s.fs, s.journal())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	blocks := strings.Split(string(text), "\n.\n")
	for i, block := range blocks[:len(blocks)-1] { // the last is empty, or was not written whole
		c, err := parseChange(block, s.zone.name)
		if err != nil {
			return &ParseError{File: s.journal(), Text: fmt.Sprintf("change %d: %s", i+1, err)}
		}
		if c.Old.Serial != s.zone.Serial() {
			continue
		}
		if err := s.zone.Apply([]Change{*c}); err != nil {
			return &ParseError{File: s.journal(), Text: fmt.Sprintf("change %d: %s", i+1, err)}
		}
	}
	return s.rewrite()
}

// formatChange writes a change as lines: a minus sign before what goes, the old SOA first, a plus sign before what comes, a dot at the end.
func formatChange(c *Change) string {
	var b strings.Builder
	for _, rr := range append([]RR{c.Old}, c.Removed...) {
		b.WriteString("-" + rr.String() + "\n")
	}
	for _, rr := range append([]RR{c.New}, c.Added...) {
		b.WriteString("+" + rr.String() + "\n")
	}
	b.WriteString(".\n")
	return b.String()
}

// parseChange reads what formatChange wrote, without the dot.
func parseChange(text, origin string) (*Change, error) {
	var sides [2][]RR
	for i, sign := range []string{"-", "+"} {
		var lines strings.Builder
		for line := range strings.Lines(text) {
			if rest, ok := strings.CutPrefix(line, sign); ok {
				lines.WriteString(strings.TrimSuffix(rest, "\n") + "\n")
			}
		}
		var err error
		if sides[i], err = ParseRecords(lines.String(), ParseOptions{Origin: origin, File: "journal"}); err != nil {
			return nil, err
		}
	}
	c := &Change{Old: first(sides[0]), New: first(sides[1])}
	if c.Old == nil || c.New == nil {
		return nil, errors.New("it does not begin with an SOA")
	}
	c.Removed, c.Added = sides[0][1:], sides[1][1:]
	return c, nil
}

// keep puts a change on stable storage. When the journal has grown longer than the zone, the master file is written anew.
func (s *Store) keep(c *Change) error {
	if c.Old == nil || c.New == nil || s.lines > max(1000, s.zone.records) {
		return s.rewrite()
	}
	f, err := s.fs.OpenFile(s.journal(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	before, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	if _, err = f.WriteString(formatChange(c)); err == nil {
		err = f.Sync()
	}
	if err != nil {
		f.Truncate(before.Size())
		f.Close()
		return err
	}
	s.lines += len(c.Removed) + len(c.Added) + 3
	return f.Close()
}

// rewrite writes the master file beside the old one, puts it in its place, and drops the journal.
func (s *Store) rewrite() error {
	f, err := s.fs.OpenFile(s.file+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	if _, err = f.WriteString(s.zone.Text()); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = s.fs.Rename(s.file+".new", s.file)
	}
	if err != nil {
		s.fs.Remove(s.file + ".new")
		return err
	}
	s.lines = 0
	if err := s.fs.Remove(s.journal()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// storable reports whether a record can be written to a file and read again. A few types have no text.
func storable(rr RR) bool {
	back, err := miekg.NewRR(rr.String())
	return err == nil && back != nil && same(rr, back)
}

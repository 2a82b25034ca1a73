package dns_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"

	miekg "github.com/miekg/dns"
	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// crashFS ends all writing after so many steps, as a crash of the host does; what was written stays. A write stops in its middle.
type crashFS struct {
	afero.Fs
	left int
}

var errCrash = errors.New("crash")

func (c *crashFS) step() error {
	if c.left--; c.left < 0 {
		return errCrash
	}
	return nil
}

func (c *crashFS) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	if err := c.step(); err != nil {
		return nil, err
	}
	f, err := c.Fs.OpenFile(name, flag, perm)
	return &crashFile{f, c}, err
}

func (c *crashFS) Rename(a, b string) error {
	if err := c.step(); err != nil {
		return err
	}
	return c.Fs.Rename(a, b)
}

func (c *crashFS) Remove(name string) error {
	if err := c.step(); err != nil {
		return err
	}
	return c.Fs.Remove(name)
}

type crashFile struct {
	afero.File
	fs *crashFS
}

func (f *crashFile) WriteString(s string) (int, error) {
	if err := f.fs.step(); err != nil {
		n, _ := f.File.WriteString(s[:len(s)/2])
		return n, err
	}
	return f.File.WriteString(s)
}

func (f *crashFile) Truncate(size int64) error {
	if err := f.fs.step(); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

// history makes six changes of 300 records, in which the journal grows longer than the zone. It returns the zone's text by serial number, and the
// error that ended it.
func history(t *testing.T, z *dns.Zone) (map[uint32]string, error) {
	texts := map[uint32]string{z.Serial(): z.Text()}
	for i := range 6 {
		e := z.Edit()
		for j := range 300 {
			e.RemoveSet(fmt.Sprintf("h%d.lab.", j), miekg.TypeA)
			if err := e.Add(records(t, fmt.Sprintf("h%d A 10.%d.%d.%d\n", j, i, j/250, j%250))[0]); err != nil {
				t.Fatal(err)
			}
		}
		before := z.Serial()
		if _, err := e.Commit(); err != nil {
			if z.Text() != texts[before] {
				t.Errorf("a change that could not be kept was made")
			}
			return texts, err
		}
		texts[z.Serial()] = z.Text()
	}
	return texts, nil
}

// TestStoreSurvivesCrashes stops the writing at each step of a history in turn. Then the zone that is read again is that of the last change that
// was confirmed, or of the next one, if that was written whole but not confirmed any more.
func TestStoreSurvivesCrashes(t *testing.T) {
	open := func(files afero.Fs) *dns.Zone {
		z, err := dns.OpenStore(files, "/lab", dns.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	fresh := func() *crashFS {
		files := &crashFS{afero.NewMemMapFs(), 1 << 30}
		afero.WriteFile(files.Fs, "/lab", []byte("$ORIGIN lab.\n"+small), 0o644)
		return files
	}
	texts, err := history(t, open(fresh()))
	if err != nil || len(texts) != 7 {
		t.Fatal(len(texts), err)
	}
	for steps := 0; ; steps++ {
		files := fresh()
		z := open(files)
		files.left = steps
		_, err := history(t, z)
		files.left = 1 << 30
		again := open(files)
		if again.Text() != texts[again.Serial()] || again.Serial() != z.Serial() && again.Serial() != z.Serial()+1 {
			t.Fatalf("step %d: serial %d after %d was confirmed", steps, again.Serial(), z.Serial())
		}
		if err == nil {
			if steps < 12 {
				t.Errorf("the history had %d steps only", steps)
			}
			return
		}
	}
}

func TestStoreErrors(t *testing.T) {
	files := afero.NewMemMapFs()
	if _, err := dns.OpenStore(files, "/none", dns.ParseOptions{}); !errors.Is(err, fs.ErrNotExist) || stack.Code(err) != "not-found" {
		t.Errorf("no file: %v", err)
	}
	afero.WriteFile(files, "/lab", []byte("$ORIGIN lab.\n"+small), 0o644)
	afero.WriteFile(files, "/lab.journal", []byte("nonsense\n.\n"), 0o644)
	var parse *dns.ParseError
	if _, err := dns.OpenStore(files, "/lab", dns.ParseOptions{}); !errors.As(err, &parse) || parse.File != "/lab.journal" {
		t.Errorf("a journal of nonsense: %v", err)
	}
}

// memory returns files.
func memory(texts map[string]string) afero.Fs {
	files := afero.NewMemMapFs()
	for name, text := range texts {
		afero.WriteFile(files, name, []byte(text), 0o644)
	}
	return files
}

package engine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"
)

// listing renders a file system: names, kinds, contents.
func listing(t *testing.T, files afero.Fs) string {
	t.Helper()
	var lines []string
	err := afero.Walk(files, "/", func(name string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s %v", name, info.IsDir())
		if !info.IsDir() {
			text, err := afero.ReadFile(files, name)
			if err != nil || int64(len(text)) != info.Size() {
				t.Errorf("%s: %d bytes, says %d (%v)", name, len(text), info.Size(), err)
			}
			line += fmt.Sprintf(" %q", text)
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// The file system in memory does what afero's own does, whatever is done to it.
func TestMemoryFS(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		ours, theirs := afero.Fs(newMemoryFS(time.Now)), afero.NewMemMapFs()
		name := func() string {
			parts := []string{"a", "b", "c"}
			n := ""
			for range 1 + r.IntN(3) {
				n += "/" + parts[r.IntN(3)]
			}
			return n
		}
		for range 60 {
			op, from, to := r.IntN(8), name(), name()
			if strings.HasPrefix(to, from) || strings.HasPrefix(from, to) {
				continue // a folder into itself, and others that make no sense
			}
			var errs [2]error
			var got [2]string
			for i, f := range []afero.Fs{ours, theirs} {
				info, err := f.Stat(from)
				there, dir := err == nil, err == nil && info.IsDir()
				parent, err := f.Stat(from[:max(strings.LastIndexByte(from, '/'), 1)])
				under, err2 := f.Stat(to[:max(strings.LastIndexByte(to, '/'), 1)])
				inFile := err == nil && !parent.IsDir() || err2 == nil && !under.IsDir()
				over, err := f.Stat(to)
				overDir := err == nil && (over.IsDir() || dir)
				switch {
				case inFile: // what is below a file is nothing that a caller may rely on
				case op == 0 && !dir:
					errs[i] = afero.WriteFile(f, from, []byte(to), 0o644)
				case op == 1 && !there:
					errs[i] = f.MkdirAll(from, 0o755)
				case op == 2:
					errs[i] = f.Mkdir(from, 0o755)
				case op == 3 && !overDir:
					errs[i] = f.Rename(from, to)
				case op == 4 && !dir:
					errs[i] = f.Remove(from)
				case op == 5:
					errs[i] = f.RemoveAll(from)
				case op == 6 && !dir:
					var w afero.File
					if w, errs[i] = f.OpenFile(from, os.O_RDWR|os.O_APPEND, 0); errs[i] == nil {
						io.WriteString(w, "+")
						w.Close()
					}
				case op == 7:
					var text []byte
					if !dir {
						text, errs[i] = afero.ReadFile(f, from)
					}
					got[i] = string(text)
				}
			}
			if (errs[0] == nil) != (errs[1] == nil) || got[0] != got[1] || errors.Is(errs[0], fs.ErrNotExist) != errors.Is(errs[1], fs.ErrNotExist) {
				t.Fatalf("seed %d: operation %d on %s and %s: %v and %v, %q and %q", seed, op, from, to, errs[0], errs[1], got[0], got[1])
			}
			if a, b := listing(t, ours), listing(t, theirs); a != b {
				t.Fatalf("seed %d: after operation %d on %s and %s\n%s\nafero has\n%s", seed, op, from, to, a, b)
			}
		}
	}
}

// A file that is open keeps its contents when its name is gone, or is another's.
func TestMemoryFSOpenFiles(t *testing.T) {
	m := newMemoryFS(time.Now)
	afero.WriteFile(m, "/a", []byte("first"), 0o644)
	afero.WriteFile(m, "/b", []byte("second"), 0o644)
	f, err := m.Open("/a")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Rename("/b", "/a"); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(f); string(text) != "first" || err != nil {
		t.Errorf("%q %v", text, err)
	}
	if text, err := afero.ReadFile(m, "/a"); string(text) != "second" || err != nil {
		t.Errorf("%q %v", text, err)
	}
}

// What RemoveAll and Rename free is given back to the host.
func TestFileBytesAreGivenBack(t *testing.T) {
	w, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	h, err := w.AddHost("a")
	if err != nil {
		t.Fatal(err)
	}
	w.FileBytes = 100_000
	for range 100 {
		for _, name := range []string{"/d/e/one", "/d/two"} {
			if err := afero.WriteFile(h.FS, name, make([]byte, 20_000), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.FS.Rename("/d/two", "/d/e/one"); err != nil {
			t.Fatal(err)
		}
		if err := h.FS.RemoveAll("/d"); err != nil {
			t.Fatal(err)
		}
	}
	if err := afero.WriteFile(h.FS, "/large", make([]byte, 200_000), 0o644); err == nil {
		t.Error("there is no bound")
	}
}

// A file has the world's time as that of its last change, whatever is done to it.
func TestModificationTime(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	m := newMemoryFS(func() time.Time { return now })
	step := func(what string, change bool, do func()) {
		before := now
		now = now.Add(time.Hour)
		do()
		want := before
		if change {
			want = now
		}
		info, err := m.Stat("/d/f")
		if err != nil || !info.ModTime().Equal(want) {
			t.Errorf("%s: changed at %v, want %v (%v)", what, info.ModTime(), want, err)
		}
		now = want
	}
	var f afero.File
	step("create", true, func() { f, _ = m.OpenFile("/d/f", os.O_RDWR|os.O_CREATE, 0o644) })
	step("write", true, func() { io.WriteString(f, "text") })
	step("write at", true, func() { f.WriteAt([]byte("TE"), 0) })
	step("read", false, func() { f.ReadAt(make([]byte, 2), 0) })
	step("truncate", true, func() { f.Truncate(1) })
	step("close", false, func() { f.Close() })
	step("open", false, func() { f, _ = m.Open("/d/f"); f.Close() })
	step("create anew", true, func() { f, _ = m.Create("/d/f"); f.Close() })
	step("rename", false, func() { m.Rename("/d/f", "/g"); m.Rename("/g", "/d/f") })
	if info, err := m.Stat("/d"); err != nil || !info.ModTime().Before(now) {
		t.Error(info, err)
	}
}

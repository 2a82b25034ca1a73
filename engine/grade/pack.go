package grade

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// What the files of a submission, and of an exercise, may be at most: more is not what a student wrote.
const (
	MaxFiles = 1000
	MaxBytes = 16 << 20
)

// A pack is a folder as one piece: an archive, without compression. The same folder gives the same bytes.
type pack []byte

// errTooMuch is why a folder cannot be packed.
var errTooMuch = errors.New("too much")

// packed reads a folder. Links and everything else that is neither a file nor a folder are left out: what they point at was not handed in.
// skip names files and folders to leave out. The error says which file cannot be read, or wraps errTooMuch.
func packed(folder fs.FS, skip func(name string) bool) (pack, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	seen, room := 0, int64(MaxBytes)
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case !fs.ValidPath(name):
			return nil // bytes that are no text
		case err != nil:
			return err
		case d.IsDir() && skip(name):
			return fs.SkipDir
		case skip(name):
			return nil
		}
		if seen++; seen > 2*MaxFiles {
			return fmt.Errorf("%w: more than %d files and folders", errTooMuch, MaxFiles)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		n, err := packFile(z, folder, name, room)
		room -= n
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// packFile adds one file of at most room bytes and returns how many it has.
func packFile(z *zip.Writer, folder fs.FS, name string, room int64) (int64, error) {
	f, err := folder.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return 0, err // it has become something else
	}
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	n, err := io.Copy(w, io.LimitReader(f, room+1))
	if err != nil {
		return n, fmt.Errorf("%s: %w", name, err)
	}
	if n > room {
		return n, fmt.Errorf("%w: the files have more than %d MiB", errTooMuch, MaxBytes>>20)
	}
	return n, nil
}

// files opens a pack.
func (p pack) files() (fs.FS, error) {
	if len(p) == 0 {
		return nil, fs.ErrInvalid
	}
	r, err := zip.NewReader(bytes.NewReader(p), int64(len(p)))
	if err != nil {
		return nil, err
	}
	return r, nil
}

// packExercise packs what check.lua may read: not the mutants, which are submissions of their own.
func packExercise(ex *Exercise) (pack, error) {
	p, err := packed(ex.Files, func(name string) bool { return name == "mutants" || strings.HasPrefix(name, ".") && name != "." })
	if err != nil {
		return nil, fmt.Errorf("grade: exercise %s: %w", ex.Name, err)
	}
	return p, nil
}

// packSubmission packs what was handed in. A folder that is too large or cannot be read is an empty one with the reason.
func packSubmission(s *Submission) (p pack, why string) {
	p, err := packed(s.Files, added)
	switch {
	case err == nil:
		return p, ""
	case errors.Is(err, errTooMuch):
		return nil, fmt.Sprintf("what was handed in cannot be graded: %v; want at most %d files and %d MiB: hand in what you wrote, and nothing else", err, MaxFiles, MaxBytes>>20)
	}
	return nil, fmt.Sprintf("what was handed in cannot be read: %v", err)
}

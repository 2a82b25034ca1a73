package grade

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/spf13/afero"
	"golang.org/x/text/encoding/charmap"
)

// Unzip reads an archive of what was handed in into memory. Of its entries it takes files with names that stay inside, no links, and not what
// operating systems and editors add by themselves; of two of the same name the first. An archive with more than MaxFiles files or MaxBytes of
// contents, or one that is damaged or encrypted, is an error.
func Unzip(from io.ReaderAt, size int64) (fs.FS, error) {
	z, err := zip.NewReader(from, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("it is no zip archive that can be read: %w", err)
	}
	files := afero.NewMemMapFs()
	seen, room := map[string]bool{}, int64(MaxBytes)
	for _, entry := range z.File {
		name := path.Clean(strings.ReplaceAll(entryName(entry), `\`, "/")) // some programs write them for Windows
		if !entry.Mode().IsRegular() || strings.HasSuffix(entry.Name, "/") || !fs.ValidPath(name) || seen[name] || added(name) {
			continue
		}
		if seen[name] = true; len(seen) > MaxFiles {
			return nil, fmt.Errorf("%w: more than %d files", errTooMuch, MaxFiles)
		}
		data, err := unzipped(entry, room)
		if err != nil {
			return nil, err
		}
		room -= int64(len(data))
		if err := afero.WriteFile(files, name, data, 0o444); err != nil {
			return nil, fmt.Errorf("%s in the archive: %w", name, err)
		}
	}
	return afero.NewIOFS(files), nil
}

// entryName returns the name of an entry. Windows writes those with letters such as í in the code page of its command line, which in Western Europe
// and Brazil is 850; the archive does not say which.
func entryName(entry *zip.File) string {
	if utf8.ValidString(entry.Name) {
		return entry.Name
	}
	name, err := charmap.CodePage850.NewDecoder().String(entry.Name)
	if err != nil {
		return entry.Name
	}
	return name
}

// unzipped returns the contents of an entry, of which there may be at most room bytes. What the archive says of sizes is not believed.
func unzipped(entry *zip.File, room int64) ([]byte, error) {
	const encrypted = 1 // bit 0 of the flags: APPNOTE 4.4.4
	if entry.Flags&encrypted != 0 {
		return nil, fmt.Errorf("%s in the archive is encrypted: hand in an archive without a password", entry.Name)
	}
	r, err := entry.Open()
	if err != nil {
		return nil, fmt.Errorf("%s in the archive cannot be read: %w", entry.Name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, room+1))
	switch {
	case int64(len(data)) > room:
		return nil, fmt.Errorf("%w: the files have more than %d MiB", errTooMuch, MaxBytes>>20)
	case err != nil:
		return nil, fmt.Errorf("%s in the archive cannot be read: %w", entry.Name, err)
	}
	return data, nil
}

// added tells whether a file or folder is one that operating systems, editors and git add to what a student wrote.
func added(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") && part != "." || part == "__MACOSX" || strings.EqualFold(part, "Thumbs.db") || strings.EqualFold(part, "desktop.ini") {
			return true
		}
	}
	return false
}

// Descend returns the folder that has the file main: the one given or, if that has nothing but one folder, what is in that, and so on. If main is
// nowhere it returns what was given.
func Descend(folder fs.FS, main string) fs.FS {
	at := folder
	for range 8 {
		if info, err := fs.Stat(at, main); err == nil && info.Mode().IsRegular() {
			return at
		}
		all, err := fs.ReadDir(at, ".")
		if err != nil {
			break
		}
		inner := ""
		for _, entry := range all {
			switch {
			case added(entry.Name()):
			case !entry.IsDir() || inner != "":
				return folder
			default:
				inner = entry.Name()
			}
		}
		if inner == "" {
			break
		}
		if at, err = fs.Sub(at, inner); err != nil {
			break
		}
	}
	return folder
}

// Unreadable returns a submission that cannot be read: it gets no points, with the reason, and others are graded.
func Unreadable(name string, why error) *Submission { return &Submission{name, unreadable{why}} }

type unreadable struct{ why error }

func (u unreadable) Open(string) (fs.File, error) { return nil, u.why }

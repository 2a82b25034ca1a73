package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/spf13/afero"
)

// outFolder is where a script puts the files that --out copies.
const outFolder = "/out"

// An outDir is the folder of the machine that --out names; nil without --out.
type outDir struct {
	name string
	root *os.Root
}

// openOut makes and opens the folder, so that one that cannot be written to is known before the run.
func openOut(name string) (*outDir, error) {
	if name == "" {
		return nil, nil
	}
	if err := os.MkdirAll(name, 0o755); err != nil {
		return nil, usagef("--out: cannot make the folder: %v", err)
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, usagef("--out: %v", err)
	}
	return &outDir{name, root}, nil
}

// Close closes the folder.
func (o *outDir) Close() {
	if o != nil {
		o.root.Close()
	}
}

// copy writes what is in /out of the host's file system into the folder, and replaces what has the same name. Nothing
// gets outside the folder, whatever links are in it.
func (o *outDir) copy(written afero.Fs, c *console) error {
	if o == nil {
		return nil
	}
	count := 0
	err := afero.Walk(written, outFolder, func(name string, info fs.FileInfo, err error) error {
		switch {
		case os.IsNotExist(err):
			return nil
		case err != nil || info.IsDir():
			return err
		}
		inside := strings.TrimPrefix(filepath.ToSlash(name), outFolder+"/")
		if strings.ContainsFunc(inside, unicode.IsControl) {
			return fmt.Errorf("%q: a file name with a control character is not copied", inside)
		}
		data, err := afero.ReadFile(written, name)
		if err != nil {
			return err
		}
		to := filepath.FromSlash(inside)
		if err := o.root.MkdirAll(filepath.FromSlash(path.Dir(inside)), 0o755); err != nil {
			return err
		}
		if err := o.root.WriteFile(to, data, 0o644); err != nil {
			return err
		}
		count++
		fmt.Fprintf(c.err, "moonwire: wrote %s\n", filepath.Join(o.name, to))
		return nil
	})
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	if count == 0 {
		fmt.Fprintf(c.err, "moonwire: nothing to copy to %s: the script wrote no file into its folder /out\n", o.name)
	}
	return nil
}

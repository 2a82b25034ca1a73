package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/scripts"
)

// A source is a script and the folder it sees.
type source struct {
	files fs.FS
	file  string // in files
	name  string // as messages call it
	root  *os.Root
}

// Close closes the folder of the script.
func (s *source) Close() {
	if s.root != nil {
		s.root.Close()
	}
}

// open finds what the user calls target: standard input, a file, or a lab.
func open(target string, c *console) (*source, error) {
	if target == "-" {
		in := c.in
		c.in = strings.NewReader("")
		return typed(in, "stdin", "standard input")
	}
	info, err := os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return openLab(target)
	case err != nil:
		return nil, cannotRead(target, err)
	case info.IsDir():
		return nil, usagef("%s is a folder, not a script. Give a file in it: moonwire run %s", target, filepath.Join(target, "FILE.lua"))
	}
	f, err := os.Open(target)
	if err != nil {
		return nil, cannotRead(target, err)
	}
	defer f.Close()
	if !info.Mode().IsRegular() {
		return typed(f, target, target)
	}
	head := make([]byte, 1024)
	n, err := f.Read(head)
	if err != nil && err != io.EOF {
		return nil, cannotRead(target, err)
	}
	if err := checkText(target, head[:n]); err != nil {
		return nil, err
	}
	return openFile(target)
}

func cannotRead(what string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return usagef("cannot read %s: %v", what, err)
}

// checkText refuses what begins as no Lua source does.
func checkText(target string, head []byte) error {
	switch {
	case bytes.HasPrefix(head, []byte("\x1bLua")):
		return usagef("%s is compiled Lua. Give the source instead.", target)
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return usagef("%s begins with a byte order mark, which Lua 5.1 does not take. Save it as UTF-8 without one.", target)
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return usagef("%s is text in UTF-16. Save it as UTF-8.", target)
	case bytes.IndexByte(head, 0) >= 0:
		return usagef("%s is not a Lua script: it holds binary data.", target)
	}
	return nil
}

// openFile gives the script its folder, and no way out of it.
func openFile(target string) (*source, error) {
	real, err := filepath.EvalSymlinks(target)
	if err != nil {
		return nil, cannotRead(target, err)
	}
	root, err := os.OpenRoot(filepath.Dir(real))
	if err != nil {
		return nil, cannotRead(filepath.Dir(real), err)
	}
	return &source{root.FS(), filepath.Base(real), target, root}, nil
}

// typed reads a script that is not a file of a folder; it sees the current folder.
func typed(r io.Reader, name, what string) (*source, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, cannotRead(what, err)
	}
	if err := checkText(what, text[:min(len(text), 1024)]); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(".")
	if err != nil {
		return nil, cannotRead("the current folder", err)
	}
	const file = ".script-from-a-stream.lua"
	over := afero.NewMemMapFs()
	if err := afero.WriteFile(over, file, text, 0o400); err != nil {
		root.Close()
		return nil, fmt.Errorf("keep the script: %w", err)
	}
	both := afero.NewCopyOnWriteFs(afero.FromIOFS{FS: root.FS()}, over)
	return &source{afero.NewIOFS(both), file, name, root}, nil
}

func openLab(target string) (*source, error) {
	s, ok := scripts.Find(target)
	if !ok {
		return nil, unknownScript(target)
	}
	folder, err := fs.Sub(scripts.Files(), s.Folder())
	if err != nil {
		return nil, err
	}
	return &source{files: folder, file: s.File(), name: s.Name + ".lua"}, nil
}

// unknownScript says that there is neither a file nor a lab of that name, and which was probably meant.
func unknownScript(target string) error {
	folder, base := filepath.Split(target)
	var files []string
	entries, _ := os.ReadDir(filepath.Clean(folder)) // without the folder there is nothing to suggest
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".lua") {
			files = append(files, e.Name())
		}
	}
	hint := ""
	if labs := labsIn(target); labs != nil {
		hint = "\nThe labs there are " + strings.Join(labs, ", ") + "."
	} else if near := bind.Nearest(base, files); near != "" {
		hint = "\nDid you mean the file " + folder + near + "?"
	} else if near := bind.Nearest(target, scriptNames()); near != "" {
		hint = "\nDid you mean the lab " + near + "?"
	}
	return usagef("cannot run %s: no file and no lab has that name.%s\nmoonwire labs lists the labs.", target, hint)
}

// labsIn lists the names of the labs of a folder of those that are built in.
func labsIn(folder string) (labs []string) {
	for _, s := range scripts.All() {
		if s.Lab && s.Folder() == strings.TrimSuffix(folder, "/") {
			labs = append(labs, s.Name)
		}
	}
	return labs
}

// scriptNames lists every name by which an embedded script is found.
func scriptNames() []string {
	var names []string
	for _, s := range scripts.All() {
		names = append(names, s.Name, path.Base(s.Name))
	}
	return names
}

package scp

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// wordsOf are what is said of a failure of the file system.
func wordsOf(name string, err error) string {
	switch stack.Code(err) {
	case "not-found":
		return name + ": No such file or directory"
	case "denied":
		return name + ": Permission denied"
	case "limit":
		return name + ": No space left on device"
	}
	return name + ": cannot be copied"
}

// A Server is the command on the side of the files.
type Server struct {
	FS       afero.Fs
	Root     string          // the folder of FS that is "/"; nothing outside of it can be named. "" is all of FS
	ReadOnly bool            // nothing can be changed
	Charge   func(units int) // or nil
}

// real returns the path in FS of what a client names.
func (s *Server) real(name string) string { return path.Join("/", s.Root, path.Clean("/"+name)) }

func (s *Server) charge(n int) {
	if s.Charge != nil {
		s.Charge(100 + n/32)
	}
}

// Serve runs a command on its channel and returns its exit status.
func (s *Server) Serve(rw io.ReadWriter, c Command) int {
	x := newStream(rw)
	if c.Take {
		return s.take(x, c)
	}
	if x.heard() != nil {
		return 1
	}
	names := []string{c.Path}
	if c.patterns != nil {
		names = nil
	}
	for _, pattern := range c.patterns {
		names = append(names, s.expand(pattern)...)
	}
	status := 0
	for _, name := range names {
		status = max(status, s.give(x, c, s.real(name), 0))
	}
	return status
}

// give sends a file, or with -r a folder and what is in it.
func (s *Server) give(x *stream, c Command, real string, depth int) int {
	i, err := s.FS.Stat(real)
	switch {
	case err != nil:
		x.complain(wordsOf(path.Base(real), err))
		return 1
	case i.IsDir() && (!c.Recursive || depth > maxDepth):
		x.complain(path.Base(real) + ": not a regular file")
		return 1
	}
	if c.Times {
		t := i.ModTime().Unix()
		if _, err := fmt.Fprintf(x.w, "T%d 0 %d 0\n", t, t); err != nil || x.heard() != nil {
			return 1
		}
	}
	if !i.IsDir() {
		return s.giveFile(x, real, i)
	}
	if _, err := fmt.Fprintf(x.w, "D%04o 0 %s\n", i.Mode().Perm(), i.Name()); err != nil || x.heard() != nil {
		return 1
	}
	list, err := afero.ReadDir(s.FS, real)
	status := 0
	if err != nil {
		x.complain(wordsOf(i.Name(), err))
		status = 1
	}
	for _, inside := range list {
		status = max(status, s.give(x, c, path.Join(real, inside.Name()), depth+1))
	}
	if _, err := io.WriteString(x.w, "E\n"); err != nil || x.heard() != nil {
		return 1
	}
	return status
}

func (s *Server) giveFile(x *stream, real string, i fs.FileInfo) int {
	f, err := s.FS.Open(real)
	if err != nil {
		x.complain(wordsOf(i.Name(), err))
		return 1
	}
	defer f.Close()
	if send(x, entry{mode: i.Mode().Perm(), size: i.Size(), name: i.Name()}, f, s.charge) != nil {
		return 1
	}
	return 0
}

// take stores what comes.
func (s *Server) take(x *stream, c Command) int {
	target := s.real(c.Path)
	if len(c.patterns) > 1 {
		x.complain("ambiguous target: one path is wanted, or one in quotation marks")
		return 1
	}
	i, err := s.FS.Stat(target)
	folder := err == nil && i.IsDir()
	if s.ReadOnly || c.Folder && !folder {
		x.complain(wordsOf(path.Base(target), fs.ErrPermission))
		return 1
	}
	if x.ok() != nil {
		return 1
	}
	return s.takeInto(x, c, target, folder, 0)
}

// takeInto stores what comes under the name of target, or in it if it is a folder, until E or the end.
func (s *Server) takeInto(x *stream, c Command, target string, folder bool, depth int) (status int) {
	var when *time.Time
	for {
		line, err := x.line()
		switch {
		case err != nil || line == "":
			if err == io.EOF && depth == 0 {
				return status
			}
			return 1
		case line[0] == 'E' && depth > 0:
			if x.ok() != nil {
				return 1
			}
			return status
		case line[0] == 'T':
			t, err := parseTimes(line)
			if err != nil || x.ok() != nil {
				return 1
			}
			when = &t
			continue
		case line[0] == 1 || line[0] == 2:
			status = 1 // a complaint about a file that will not come
			continue
		}
		e, err := parseEntry(line)
		if err != nil {
			x.complain(strings.TrimPrefix(err.Error(), "scp: "))
			return 1
		}
		name := target
		if folder {
			name = path.Join(target, e.name)
		}
		one := s.takeFile(x, name, e)
		if e.folder {
			one = s.takeFolder(x, c, name, e, depth)
		}
		if one < 0 {
			return 1
		}
		status = max(status, one)
		if when != nil && one == 0 {
			s.FS.Chtimes(name, *when, *when)
		}
		when = nil
	}
}

// takeFolder makes a folder and stores what comes for it; -1 says that the stream is broken.
func (s *Server) takeFolder(x *stream, c Command, name string, e entry, depth int) int {
	i, err := s.FS.Stat(name)
	if err != nil {
		err = s.FS.Mkdir(name, e.mode|0o700)
	} else if !i.IsDir() {
		err = fs.ErrPermission
	}
	if err != nil || !c.Recursive || depth >= maxDepth {
		x.complain(wordsOf(e.name, fs.ErrPermission))
		return -1
	}
	if x.ok() != nil {
		return -1
	}
	return s.takeInto(x, c, name, true, depth+1)
}

// takeFile stores a file; 1 says that it could not, and -1 that the stream is broken.
func (s *Server) takeFile(x *stream, name string, e entry) int {
	if e.folder {
		return 0
	}
	i, err := s.FS.Stat(path.Dir(name))
	if err == nil && !i.IsDir() {
		err = fs.ErrPermission
	}
	if i, failed := s.FS.Stat(name); err == nil && failed == nil && i.IsDir() {
		err = fs.ErrPermission
	}
	var f afero.File
	if err == nil {
		f, err = s.FS.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, e.mode)
	}
	if err != nil {
		if x.complain(wordsOf(e.name, err)) != nil {
			return -1
		}
		return 1
	}
	failed, broken := receive(x, e.size, f, s.charge)
	if err := f.Close(); failed == nil {
		failed = err
	}
	switch {
	case broken != nil:
		return -1
	case failed != nil:
		if x.complain(wordsOf(e.name, failed)) != nil {
			return -1
		}
		return 1
	case x.ok() != nil:
		return -1
	}
	return 0
}

package sftp

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/spf13/afero"
)

// A Server shows a folder of a file system on the channel of one session.
type Server struct {
	FS       afero.Fs
	Root     string          // the folder of FS that is "/"; nothing outside of it can be named. "" is all of FS
	ReadOnly bool            // nothing can be changed
	Charge   func(units int) // or nil

	handles map[string]*handle
	next    int
}

// A handle is an open file or folder.
type handle struct {
	file    afero.File
	name    string
	append  bool
	entries []fs.FileInfo // of a folder, not yet told
	folder  bool
}

// Serve answers until the client is done, which is nil.
func (s *Server) Serve(rw io.ReadWriter) error {
	s.handles = map[string]*handle{}
	defer func() {
		for _, h := range s.handles {
			h.close()
		}
	}()
	kind, p, err := readPacket(rw)
	if err != nil {
		return ignoreEOF(err)
	}
	if theirs := p.u32(); kind != typeInit || p.bad || theirs < version {
		return broken("%s where INIT of version 3 was expected", typeText(kind))
	}
	if err := newPacket(typeVersion).u32(version).text("posix-rename@openssh.com").text("1").send(rw); err != nil {
		return err
	}
	for {
		kind, p, err := readPacket(rw)
		if err != nil {
			return ignoreEOF(err)
		}
		if s.Charge != nil {
			s.Charge(200)
		}
		id := p.u32()
		out, err := s.answer(kind, id, p)
		if p.bad {
			out, err = status(id, BadMessage, "a field is missing"), nil
		} else if err != nil {
			code, text := statusOf(err)
			out = status(id, code, text)
		}
		if err := out.send(rw); err != nil {
			return err
		}
	}
}

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

func status(id uint32, code Status, text string) builder {
	if text == "" {
		text = code.String()
	}
	return newPacket(typeStatus).u32(id).u32(uint32(code)).text(text).text("en")
}

func (h *handle) close() error {
	if h.file == nil {
		return nil
	}
	return h.file.Close()
}

// path returns the absolute path that a client names; no ".." leads above its root.
func (s *Server) path(name string) string { return path.Clean("/" + name) }

// real returns the path in FS.
func (s *Server) real(name string) string { return path.Join("/", s.Root, s.path(name)) }

// answer does what a request asks for.
func (s *Server) answer(kind byte, id uint32, p *parser) (builder, error) {
	switch kind {
	case typeOpen, typeOpendir, typeClose, typeRead, typeWrite, typeReaddir, typeFstat, typeFsetstat:
		return s.onHandle(kind, id, p)
	case typeLstat, typeStat:
		i, err := s.FS.Stat(s.real(p.text()))
		if err != nil {
			return nil, err
		}
		return newPacket(typeAttrs).u32(id).attrs(attrsOf(i)), nil
	case typeRealpath:
		name := s.path(p.text())
		return newPacket(typeName).u32(id).u32(1).text(name).text(name).attrs(Attrs{}), nil
	case typeExtended:
		if p.text() != "posix-rename@openssh.com" {
			return status(id, Unsupported, ""), nil
		}
		return status(id, OK, ""), s.rename(p.text(), p.text(), true)
	}
	change := s.change(kind, p)
	switch {
	case change == nil:
		return status(id, Unsupported, ""), nil
	case p.bad:
		return nil, nil
	case s.ReadOnly:
		return nil, fs.ErrPermission
	}
	return status(id, OK, ""), change()
}

// change returns what a request that changes something does.
func (s *Server) change(kind byte, p *parser) func() error {
	switch kind {
	case typeSetstat:
		name, a := p.text(), p.attrs()
		return func() error { return s.setstat(s.real(name), a) }
	case typeRemove:
		name := p.text()
		return func() error { return s.remove(name, false) }
	case typeRmdir:
		name := p.text()
		return func() error { return s.remove(name, true) }
	case typeMkdir:
		name, a := p.text(), p.attrs()
		return func() error { return s.mkdir(name, a.permissions(0o777)) }
	case typeRename:
		from, to := p.text(), p.text()
		return func() error { return s.rename(from, to, false) }
	}
	return nil
}

// parent is an error unless the folder for a name is there.
func (s *Server) parent(name string) error {
	i, err := s.FS.Stat(s.real(path.Dir(s.path(name))))
	if err == nil && !i.IsDir() || s.path(name) == "/" || strings.ContainsAny(name, "\x00\r\n") {
		err = fs.ErrPermission
	}
	return err
}

func (s *Server) mkdir(name string, mode fs.FileMode) error {
	if err := s.parent(name); err != nil {
		return err
	}
	if _, err := s.FS.Stat(s.real(name)); err == nil {
		return fs.ErrExist
	}
	return s.FS.Mkdir(s.real(name), mode)
}

func (s *Server) remove(name string, folder bool) error {
	i, err := s.FS.Stat(s.real(name))
	switch {
	case err != nil:
		return err
	case i.IsDir() != folder || s.path(name) == "/":
		return fs.ErrPermission
	}
	if folder {
		inside, err := afero.ReadDir(s.FS, s.real(name))
		if err != nil {
			return err
		}
		if len(inside) > 0 {
			return fs.ErrPermission
		}
	}
	return s.FS.Remove(s.real(name))
}

// rename renames; a file that is there already is replaced only if that was asked for.
func (s *Server) rename(from, to string, replace bool) error {
	if s.ReadOnly {
		return fs.ErrPermission
	}
	if err := s.parent(to); err != nil {
		return err
	}
	if _, err := s.FS.Stat(s.real(from)); err != nil {
		return err
	}
	if i, err := s.FS.Stat(s.real(to)); err == nil && (!replace || i.IsDir()) {
		return fs.ErrExist
	}
	if a, b := s.path(from), s.path(to); a == "/" || strings.HasPrefix(b+"/", a+"/") {
		return fs.ErrPermission
	}
	return s.FS.Rename(s.real(from), s.real(to))
}

func (s *Server) setstat(real string, a Attrs) error {
	i, err := s.FS.Stat(real)
	if err == nil && a.Size != nil {
		var f afero.File
		if f, err = s.FS.OpenFile(real, os.O_WRONLY, 0); err == nil {
			if int64(*a.Size) < 0 || int64(*a.Size) > i.Size() {
				err = fs.ErrInvalid
			} else {
				err = f.Truncate(int64(*a.Size))
			}
			f.Close()
		}
	}
	if err == nil && a.Mode != nil {
		err = s.FS.Chmod(real, i.Mode()&^fs.ModePerm|fs.FileMode(*a.Mode)&fs.ModePerm)
	}
	if err == nil && a.Modified != nil {
		t := time.Unix(int64(*a.Modified), 0)
		err = s.FS.Chtimes(real, t, t)
	}
	return err
}

// onHandle answers the requests that open a file or folder, or use one.
func (s *Server) onHandle(kind byte, id uint32, p *parser) (builder, error) {
	switch kind {
	case typeOpen:
		name, flags, a := p.text(), p.u32(), p.attrs()
		if p.bad {
			return nil, nil
		}
		return s.opened(id, func() (*handle, error) { return s.open(name, flags, a.permissions(0o666)) })
	case typeOpendir:
		name := p.text()
		return s.opened(id, func() (*handle, error) { return s.opendir(name) })
	}
	key := p.text()
	h := s.handles[key]
	if h == nil {
		return status(id, Failure, "no such handle"), nil
	}
	switch kind {
	case typeClose:
		delete(s.handles, key)
		return status(id, OK, ""), h.close()
	case typeReaddir:
		return s.readdir(id, h)
	case typeFstat:
		i, err := s.FS.Stat(s.real(h.name))
		if err != nil {
			return nil, err
		}
		return newPacket(typeAttrs).u32(id).attrs(attrsOf(i)), nil
	case typeFsetstat:
		a := p.attrs()
		if s.ReadOnly || p.bad {
			return nil, fs.ErrPermission
		}
		return status(id, OK, ""), s.setstat(s.real(h.name), a)
	case typeRead:
		return s.read(id, h, p)
	}
	return s.write(id, h, p)
}

func (s *Server) opened(id uint32, open func() (*handle, error)) (builder, error) {
	if len(s.handles) >= maxOpen {
		return status(id, Failure, "too many open files"), nil
	}
	h, err := open()
	if err != nil {
		return nil, err
	}
	s.next++
	key := fmt.Sprint(s.next)
	s.handles[key] = h
	return newPacket(typeHandle).u32(id).text(key), nil
}

func (s *Server) open(name string, flags uint32, created fs.FileMode) (*handle, error) {
	real := s.real(name)
	i, err := s.FS.Stat(real)
	switch {
	case err == nil && i.IsDir():
		return nil, fs.ErrPermission
	case flags&(openWrite|openAppend|openCreate|openTruncate) == 0:
		f, err := s.FS.Open(real)
		return &handle{file: f, name: name}, err
	case s.ReadOnly:
		return nil, fs.ErrPermission
	case err != nil && flags&openCreate == 0:
		return nil, err
	case err == nil && flags&openCreate != 0 && flags&openExcl != 0:
		return nil, fs.ErrExist
	}
	if err := s.parent(name); err != nil {
		return nil, err
	}
	mode := os.O_RDWR | os.O_CREATE
	if flags&openTruncate != 0 {
		mode |= os.O_TRUNC
	}
	f, err := s.FS.OpenFile(real, mode, created)
	return &handle{file: f, name: name, append: flags&openAppend != 0}, err
}

func (s *Server) opendir(name string) (*handle, error) {
	i, err := s.FS.Stat(s.real(name))
	if err == nil && !i.IsDir() {
		err = fs.ErrPermission
	}
	if err != nil {
		return nil, err
	}
	entries, err := afero.ReadDir(s.FS, s.real(name))
	return &handle{name: name, entries: entries, folder: true}, err
}

// readdir tells as many names as fit.
func (s *Server) readdir(id uint32, h *handle) (builder, error) {
	if !h.folder {
		return nil, fs.ErrInvalid
	}
	if len(h.entries) == 0 {
		return nil, io.EOF
	}
	n := min(len(h.entries), 100)
	out := newPacket(typeName).u32(id).u32(uint32(n))
	for _, i := range h.entries[:n] {
		out = out.text(i.Name()).text(longName(i)).attrs(attrsOf(i))
	}
	h.entries = h.entries[n:]
	if s.Charge != nil {
		s.Charge(listCost * n)
	}
	return out, nil
}

func (s *Server) read(id uint32, h *handle, p *parser) (builder, error) {
	offset, n := p.u64(), p.u32()
	if h.file == nil || int64(offset) < 0 {
		return nil, fs.ErrInvalid
	}
	b := make([]byte, min(n, maxRead))
	got, err := h.file.ReadAt(b, int64(offset))
	if got == 0 && err == nil && n > 0 || err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	if got == 0 && err != nil {
		return nil, err
	}
	return append(newPacket(typeData).u32(id).u32(uint32(got)), b[:got]...), nil
}

func (s *Server) write(id uint32, h *handle, p *parser) (builder, error) {
	offset, data := p.u64(), p.bytes()
	if p.bad {
		return nil, nil
	}
	i, err := s.FS.Stat(s.real(h.name))
	switch {
	case h.file == nil || s.ReadOnly:
		return nil, fs.ErrPermission
	case err != nil:
		return nil, err
	case h.append:
		offset = uint64(i.Size())
	case offset > uint64(i.Size())+maxHole:
		return nil, fs.ErrInvalid
	}
	_, err = h.file.WriteAt(data, int64(offset))
	return status(id, OK, ""), err
}

// maxHole is how far behind the end of a file a client may write: it sends parts ahead in any order, and must not fill the memory with nothing.
const maxHole = 16 << 20

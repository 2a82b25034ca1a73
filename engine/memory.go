package engine

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/spf13/afero"
	"github.com/spf13/afero/mem"
)

// A memoryFS is a file system in memory. It is afero.MemMapFs for tasks of one scheduler, which need no locks, and its Rename of a
// file does not look at all the others.
type memoryFS struct {
	files map[string]*mem.FileData
	now   func() time.Time // when a file is said to have changed
}

func newMemoryFS(now func() time.Time) *memoryFS {
	root := mem.CreateDir("/")
	mem.SetMode(root, os.ModeDir|0o755)
	mem.SetModTime(root, now())
	return &memoryFS{map[string]*mem.FileData{"/": root}, now}
}

// handle opens a file for writing.
func (m *memoryFS) handle(f *mem.FileData) *memoryFile {
	return &memoryFile{mem.NewFileHandle(f), f, m}
}

// A memoryFile is a file open for writing. Package mem would note the machine's time of each change.
type memoryFile struct {
	*mem.File
	data *mem.FileData
	fs   *memoryFS
}

func (f *memoryFile) changed() { mem.SetModTime(f.data, f.fs.now()) }

// Write implements io.Writer.
func (f *memoryFile) Write(b []byte) (int, error) {
	defer f.changed()
	return f.File.Write(b)
}

// WriteString implements afero.File.
func (f *memoryFile) WriteString(s string) (int, error) { return f.Write([]byte(s)) }

// WriteAt implements io.WriterAt.
func (f *memoryFile) WriteAt(b []byte, at int64) (int, error) {
	defer f.changed()
	return f.File.WriteAt(b, at)
}

// Truncate implements afero.File.
func (f *memoryFile) Truncate(size int64) error {
	defer f.changed()
	return f.File.Truncate(size)
}

// Close implements io.Closer; it changes nothing.
func (f *memoryFile) Close() error {
	at := mem.GetFileInfo(f.data).ModTime()
	defer func() { mem.SetModTime(f.data, at) }()
	return f.File.Close()
}

// clean makes a name absolute.
func clean(name string) string {
	if strings.HasPrefix(name, "/") {
		return path.Clean(name)
	}
	return path.Clean("/" + name)
}

func pathError(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

func isDir(f *mem.FileData) bool { return mem.GetFileInfo(f).IsDir() }

// Name implements afero.Fs.
func (*memoryFS) Name() string { return "memory" }

// enter puts a file into the folder that its name says, which is made if it is not there.
func (m *memoryFS) enter(name string, f *mem.FileData) {
	m.files[name] = f
	parent := m.folder(path.Dir(name))
	mem.AddToMemDir(parent, f)
}

func (m *memoryFS) folder(name string) *mem.FileData {
	f := m.files[name]
	if f == nil || !isDir(f) {
		f = mem.CreateDir(name)
		mem.SetMode(f, os.ModeDir|0o755)
		mem.SetModTime(f, m.now())
		mem.InitializeDir(f)
		m.enter(name, f)
	}
	return f
}

// leave takes a file out of its folder.
func (m *memoryFS) leave(name string, f *mem.FileData) {
	if parent := m.files[path.Dir(name)]; parent != nil && name != "/" {
		mem.RemoveFromMemDir(parent, f)
	}
	delete(m.files, name)
}

// Create implements afero.Fs.
func (m *memoryFS) Create(name string) (afero.File, error) {
	name = clean(name)
	if old := m.files[name]; old != nil {
		m.leave(name, old)
	}
	f := mem.CreateFile(name)
	mem.SetModTime(f, m.now())
	m.enter(name, f)
	return m.handle(f), nil
}

// Mkdir implements afero.Fs.
func (m *memoryFS) Mkdir(name string, perm os.FileMode) error {
	name = clean(name)
	if m.files[name] != nil {
		return pathError("mkdir", name, fs.ErrExist)
	}
	mem.SetMode(m.folder(name), os.ModeDir|perm.Perm())
	return nil
}

// MkdirAll implements afero.Fs.
func (m *memoryFS) MkdirAll(name string, perm os.FileMode) error {
	if m.files[clean(name)] != nil {
		return nil
	}
	return m.Mkdir(name, perm)
}

// Open implements afero.Fs.
func (m *memoryFS) Open(name string) (afero.File, error) {
	f := m.files[clean(name)]
	if f == nil {
		return nil, pathError("open", clean(name), afero.ErrFileNotFound)
	}
	return mem.NewReadOnlyFileHandle(f), nil
}

// OpenFile implements afero.Fs.
func (m *memoryFS) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	name = clean(name)
	data := m.files[name]
	switch {
	case data != nil && flag&os.O_EXCL != 0:
		return nil, pathError("open", name, fs.ErrExist)
	case data == nil && flag&os.O_CREATE == 0:
		return nil, pathError("open", name, afero.ErrFileNotFound)
	case data == nil:
		data = mem.CreateFile(name)
		mem.SetMode(data, perm.Perm())
		mem.SetModTime(data, m.now())
		m.enter(name, data)
	}
	if flag == os.O_RDONLY {
		return mem.NewReadOnlyFileHandle(data), nil
	}
	f := m.handle(data)
	var err error
	if flag&os.O_APPEND != 0 {
		_, err = f.Seek(0, 2)
	}
	if err == nil && flag&os.O_TRUNC != 0 && flag&(os.O_RDWR|os.O_WRONLY) != 0 {
		err = f.Truncate(0)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Remove implements afero.Fs.
func (m *memoryFS) Remove(name string) error {
	name = clean(name)
	f := m.files[name]
	if f == nil {
		return pathError("remove", name, fs.ErrNotExist)
	}
	m.leave(name, f)
	return nil
}

// RemoveAll implements afero.Fs.
func (m *memoryFS) RemoveAll(name string) error {
	name = clean(name)
	if f := m.files[name]; f != nil {
		m.leave(name, f)
	}
	for _, inside := range m.below(name) {
		delete(m.files, inside)
	}
	return nil
}

// below returns the names of what is in a folder, at any depth.
func (m *memoryFS) below(name string) []string {
	prefix := strings.TrimSuffix(name, "/") + "/"
	var names []string
	for n := range m.files {
		if strings.HasPrefix(n, prefix) && n != "/" {
			names = append(names, n)
		}
	}
	return names
}

// Rename implements afero.Fs.
func (m *memoryFS) Rename(from, to string) error {
	from, to = clean(from), clean(to)
	f := m.files[from]
	switch {
	case f == nil:
		return pathError("rename", from, afero.ErrFileNotFound)
	case from == to:
		return nil
	}
	var inside []string
	if isDir(f) {
		inside = m.below(from)
	}
	m.leave(from, f)
	if old := m.files[to]; old != nil {
		m.leave(to, old)
	}
	mem.ChangeFileName(f, to)
	m.enter(to, f)
	m.move(inside, from, to)
	return nil
}

// move gives what is in a folder that was renamed its new names. A folder knows what is in it by whole names.
func (m *memoryFS) move(names []string, from, to string) {
	files, folders := make([]*mem.FileData, len(names)), make([]*mem.FileData, len(names))
	for i, name := range names {
		files[i], folders[i] = m.files[name], m.files[path.Dir(name)]
		if folders[i] == nil { // the folder itself has moved already
			folders[i] = m.files[to]
		}
	}
	for i, name := range names {
		mem.RemoveFromMemDir(folders[i], files[i])
		mem.ChangeFileName(files[i], to+strings.TrimPrefix(name, from))
		mem.AddToMemDir(folders[i], files[i])
		delete(m.files, name)
	}
	for _, f := range files {
		m.files[f.Name()] = f
	}
}

// Stat implements afero.Fs.
func (m *memoryFS) Stat(name string) (os.FileInfo, error) {
	f := m.files[clean(name)]
	if f == nil {
		return nil, pathError("stat", clean(name), afero.ErrFileNotFound)
	}
	return mem.GetFileInfo(f), nil
}

// change calls f with the file of a name.
func (m *memoryFS) change(op, name string, f func(*mem.FileData)) error {
	data := m.files[clean(name)]
	if data == nil {
		return pathError(op, clean(name), afero.ErrFileNotFound)
	}
	f(data)
	return nil
}

// Chmod implements afero.Fs.
func (m *memoryFS) Chmod(name string, mode os.FileMode) error {
	return m.change("chmod", name, func(f *mem.FileData) {
		mem.SetMode(f, mem.GetFileInfo(f).Mode()&^os.ModePerm|mode.Perm())
	})
}

// Chown implements afero.Fs.
func (m *memoryFS) Chown(name string, uid, gid int) error {
	return m.change("chown", name, func(f *mem.FileData) {
		mem.SetUID(f, uid)
		mem.SetGID(f, gid)
	})
}

// Chtimes implements afero.Fs.
func (m *memoryFS) Chtimes(name string, _, modified time.Time) error {
	return m.change("chtimes", name, func(f *mem.FileData) { mem.SetModTime(f, modified) })
}

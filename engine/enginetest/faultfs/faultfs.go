// Package faultfs is a file system in memory that dies in the middle of its work, as the disk of a computer does whose power fails:
// for tests of what is kept in files.
package faultfs

import (
	"errors"
	"os"
	"path"

	"github.com/spf13/afero"
)

// A Crash is the panic of the operation at which an FS died.
type Crash struct{ Operation string }

func (c Crash) Error() string { return "faultfs: crash in " + c.Operation }

// ErrDead is the error of operations after a crash.
var ErrDead = errors.New("faultfs: dead")

// An FS is a file system whose operations that change something are counted. What was written to a file and not synced is lost when
// it dies: one half of it, so that a file which was not whole can be told. Names, that is Create, Rename and Remove, are kept in order.
type FS struct {
	afero.Fs
	// Die is the operation that panics with a Crash, counted from 1; 0 means none does. Every later one panics as well.
	Die int
	// Crash, if set, is called in place of the panic, and may end the task that it is called in; every later operation fails with ErrDead.
	Crash func()
	// Count is how many operations there were.
	Count int
	// Fail, if set, is asked before each operation, which fails with the error it returns.
	Fail func(operation, name string) error

	synced map[string]int64 // bytes of a file that are safe, of files with bytes that are not
}

// New returns an empty file system.
func New() *FS { return &FS{Fs: afero.NewMemMapFs(), synced: map[string]int64{}} }

// step counts an operation. The one that dies does half of its work, if half gives it any.
func (f *FS) step(operation, name string, half func()) error {
	f.Count++
	if f.Die > 0 && f.Count >= f.Die {
		if f.Count == f.Die && half != nil {
			half()
		}
		if f.Crash == nil {
			panic(Crash{operation + " " + name})
		}
		if f.Count == f.Die {
			f.Crash()
		}
		return ErrDead
	}
	if f.Fail != nil {
		return f.Fail(operation, name)
	}
	return nil
}

// Restart returns what is on the disk after the crash as a file system without faults.
func (f *FS) Restart() *FS {
	for name, safe := range f.synced {
		info, err := f.Fs.Stat(name)
		if err != nil || info.Size() <= safe {
			continue
		}
		w, err := f.Fs.OpenFile(name, os.O_RDWR, 0)
		if err == nil {
			w.Truncate(safe + (info.Size()-safe)/2)
			w.Close()
		}
	}
	return &FS{Fs: f.Fs, synced: map[string]int64{}}
}

// Create implements afero.Fs.
func (f *FS) Create(name string) (afero.File, error) {
	return f.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// OpenFile implements afero.Fs.
func (f *FS) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	if flag&(os.O_WRONLY|os.O_RDWR|os.O_CREATE|os.O_TRUNC) == 0 {
		return f.Fs.OpenFile(name, flag, perm)
	}
	if err := f.step("create", name, nil); err != nil {
		return nil, err
	}
	w, err := f.Fs.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	name = path.Clean(name)
	if flag&os.O_TRUNC != 0 {
		f.synced[name] = 0
	} else if info, err := w.Stat(); err == nil && f.synced[name] == 0 {
		f.synced[name] = info.Size()
	}
	return &file{w, f, name}, nil
}

// Rename implements afero.Fs.
func (f *FS) Rename(from, to string) error {
	if err := f.step("rename", from, nil); err != nil {
		return err
	}
	err := f.Fs.Rename(from, to)
	if err == nil {
		from, to = path.Clean(from), path.Clean(to)
		safe, dirty := f.synced[from]
		delete(f.synced, from)
		delete(f.synced, to)
		if dirty {
			f.synced[to] = safe
		}
	}
	return err
}

// Remove implements afero.Fs.
func (f *FS) Remove(name string) error {
	if err := f.step("remove", name, nil); err != nil {
		return err
	}
	delete(f.synced, path.Clean(name))
	return f.Fs.Remove(name)
}

// RemoveAll implements afero.Fs.
func (f *FS) RemoveAll(name string) error {
	if err := f.step("remove all of", name, nil); err != nil {
		return err
	}
	return f.Fs.RemoveAll(name)
}

// Mkdir implements afero.Fs.
func (f *FS) Mkdir(name string, perm os.FileMode) error {
	if err := f.step("make", name, nil); err != nil {
		return err
	}
	return f.Fs.Mkdir(name, perm)
}

// MkdirAll implements afero.Fs.
func (f *FS) MkdirAll(name string, perm os.FileMode) error {
	if err := f.step("make", name, nil); err != nil {
		return err
	}
	return f.Fs.MkdirAll(name, perm)
}

// A file is open for writing.
type file struct {
	afero.File
	fs   *FS
	name string
}

// Write implements io.Writer.
func (w *file) Write(b []byte) (int, error) {
	if err := w.fs.step("write to", w.name, func() { w.File.Write(b[:len(b)/2]) }); err != nil {
		return 0, err
	}
	return w.File.Write(b)
}

// WriteString implements afero.File.
func (w *file) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// Sync implements afero.File.
func (w *file) Sync() error {
	if err := w.fs.step("sync of", w.name, nil); err != nil {
		return err
	}
	delete(w.fs.synced, w.name)
	return w.File.Sync()
}

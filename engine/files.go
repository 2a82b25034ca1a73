package engine

import (
	"io/fs"
	"os"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// giveFS gives the host a file system in memory over the world's files, which stay as they are.
func (h *Host) giveFS() {
	memory := newMemoryFS(h.World.Sched.Now)
	memory.MkdirAll("/tmp", 0o777) // in memory it cannot fail
	memory.MkdirAll("/etc", 0o777)
	h.Written = &quotaFS{Fs: memory, host: h}
	h.FS = h.Written
	if files := h.World.files; files != nil {
		h.mount(files)
	}
}

// Mount puts a folder, read-only, at / of the host's file system in place of the world's files. What was written on the host stays, over it.
func (h *Host) Mount(folder fs.FS) { h.mount(Rooted(folder)) }

func (h *Host) mount(files fs.FS) {
	h.FS = afero.NewCopyOnWriteFs(afero.NewReadOnlyFs(afero.FromIOFS{FS: files}), h.Written)
}

// Rooted returns a folder as a file system whose paths may begin with a slash; nil for nil.
func Rooted(folder fs.FS) fs.FS {
	if _, already := folder.(rooted); already || folder == nil {
		return folder
	}
	return rooted{folder}
}

type rooted struct{ fs.FS }

// Open implements fs.FS for absolute paths.
func (r rooted) Open(name string) (fs.File, error) {
	for len(name) > 0 && name[0] == '/' {
		name = name[1:]
	}
	if name == "" {
		name = "."
	}
	return r.FS.Open(name)
}

// TempFile returns a file in the host's memory that has no name and is gone when it is closed.
func (h *Host) TempFile() (afero.File, error) {
	return (&quotaFS{Fs: newMemoryFS(h.World.Sched.Now), host: h, temporary: true}).Create("temporary")
}

// fileCost is what a file takes besides its contents and its name.
const fileCost = 512

// A quotaFS keeps what the files of a host take in memory within World.FileBytes.
type quotaFS struct {
	afero.Fs
	host      *Host
	temporary bool             // a file's bytes are given back when it is closed
	folders   map[string]int64 // what folders have cost; those that were made on the way to a file cost nothing
}

// take counts n bytes more, or reports that they are too many.
func (h *Host) take(n int64) error {
	if n > 0 && h.Disk > 0 && h.fileBytes+n > h.Disk {
		return stack.ErrNoSpace
	}
	if most := h.World.FileBytes; n > 0 && most > 0 && h.fileBytes+n > most {
		if h.World.Full != nil {
			h.World.Full(h)
		}
		return stack.ErrNoSpace
	}
	h.fileBytes += n
	return nil
}

// cost returns what a name of the file system takes: 0 if there is none.
func (q *quotaFS) cost(name string) int64 {
	info, err := q.Fs.Stat(name)
	if err != nil {
		return 0
	}
	if info.IsDir() {
		return q.folders[clean(name)]
	}
	return nameCost(name) + info.Size()
}

// nameCost is what a file takes besides its contents.
func nameCost(name string) int64 { return fileCost + int64(len(clean(name))) }

// Create implements afero.Fs.
func (q *quotaFS) Create(name string) (afero.File, error) {
	return q.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// OpenFile implements afero.Fs.
func (q *quotaFS) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	before := q.cost(name)
	if before == 0 && flag&os.O_CREATE != 0 && !q.exists(name) {
		if err := q.host.take(nameCost(name)); err != nil {
			return nil, err
		}
		before = nameCost(name)
	}
	f, err := q.Fs.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	q.host.fileBytes += q.cost(name) - before
	changes := flag&(os.O_WRONLY|os.O_RDWR|os.O_CREATE|os.O_TRUNC) != 0 && !q.temporary
	return &quotaFile{f, q, changes && q.host.touched(name)}, nil
}

// Mkdir implements afero.Fs.
func (q *quotaFS) Mkdir(name string, perm os.FileMode) error {
	if q.exists(name) {
		return q.Fs.Mkdir(name, perm)
	}
	return q.makeFolder(name, func() error { return q.Fs.Mkdir(name, perm) })
}

func (q *quotaFS) exists(name string) bool {
	_, err := q.Fs.Stat(name)
	return err == nil
}

func (q *quotaFS) makeFolder(name string, do func() error) error {
	cost := nameCost(name)
	if err := q.host.take(cost); err != nil {
		return err
	}
	err := do()
	if err != nil {
		q.host.fileBytes -= cost
		return err
	}
	if q.folders == nil {
		q.folders = map[string]int64{}
	}
	q.folders[clean(name)] = cost
	return nil
}

// MkdirAll implements afero.Fs.
func (q *quotaFS) MkdirAll(name string, perm os.FileMode) error {
	if q.exists(name) {
		return q.Fs.MkdirAll(name, perm)
	}
	return q.makeFolder(name, func() error { return q.Fs.MkdirAll(name, perm) })
}

// Remove implements afero.Fs.
func (q *quotaFS) Remove(name string) error {
	cost := q.cost(name)
	err := q.Fs.Remove(name)
	if err == nil {
		q.host.fileBytes -= cost
		delete(q.folders, clean(name))
		q.host.touched(name)
	}
	return err
}

// RemoveAll implements afero.Fs.
func (q *quotaFS) RemoveAll(name string) error {
	var cost int64
	var gone []string
	afero.Walk(q.Fs, name, func(inside string, _ os.FileInfo, err error) error {
		if err == nil {
			cost += q.cost(inside)
			gone = append(gone, clean(inside))
		}
		return nil
	})
	err := q.Fs.RemoveAll(name)
	q.host.touched(name)
	if err == nil {
		q.host.fileBytes -= cost
		for _, name := range gone {
			delete(q.folders, name)
		}
	}
	return err
}

// Rename implements afero.Fs.
func (q *quotaFS) Rename(from, to string) error {
	cost := q.cost(to)
	err := q.Fs.Rename(from, to)
	if err == nil && clean(from) != clean(to) {
		if paid, ok := q.folders[clean(from)]; ok { // what is inside keeps what it cost under the old name
			delete(q.folders, clean(from))
			q.folders[clean(to)] = paid
		} else if info, err := q.Fs.Stat(to); err == nil && !info.IsDir() {
			cost += nameCost(from) - nameCost(to)
		}
		q.host.fileBytes -= cost
		q.host.touched(from)
		q.host.touched(to)
	}
	return err
}

// A quotaFile is an open file of a quotaFS.
type quotaFile struct {
	afero.File
	fs     *quotaFS
	config bool // what is written matters to how names are resolved
}

// room counts what the file grows by when it ends at end.
func (f *quotaFile) room(end int64) error {
	info, err := f.File.Stat()
	if err != nil {
		return err
	}
	f.changes()
	return f.fs.host.take(max(end-info.Size(), 0))
}

// Write implements io.Writer.
func (f *quotaFile) Write(b []byte) (int, error) {
	at, err := f.File.Seek(0, 1)
	if err != nil {
		return 0, err
	}
	if err := f.room(at + int64(len(b))); err != nil {
		return 0, err
	}
	return f.File.Write(b)
}

// WriteString implements afero.File.
func (f *quotaFile) WriteString(s string) (int, error) { return f.Write([]byte(s)) }

// WriteAt implements io.WriterAt.
func (f *quotaFile) WriteAt(b []byte, at int64) (int, error) {
	if err := f.room(at + int64(len(b))); err != nil {
		return 0, err
	}
	return f.File.WriteAt(b, at)
}

// Truncate implements afero.File.
func (f *quotaFile) Truncate(size int64) error {
	info, err := f.File.Stat()
	if err != nil {
		return err
	}
	if err := f.fs.host.take(size - info.Size()); err != nil {
		return err
	}
	f.changes()
	return f.File.Truncate(size)
}

// changes is called before the file changes.
func (f *quotaFile) changes() {
	if f.config {
		f.fs.host.touched(f.Name())
	}
}

// Close implements io.Closer.
func (f *quotaFile) Close() error {
	if f.fs.temporary {
		if info, err := f.File.Stat(); err == nil {
			f.fs.host.fileBytes -= nameCost(info.Name()) + info.Size()
			f.fs = &quotaFS{Fs: f.fs.Fs, host: f.fs.host}
		}
	}
	return f.File.Close()
}

package process

import (
	"errors"
	"io/fs"
	"path"
	"syscall"

	"github.com/spf13/afero"
)

// A CreateError says why a file could not be made.
type CreateError struct {
	Path string
	Err  error
}

func (e *CreateError) Error() string {
	text, _ := FileError(e.Err)
	return "cannot write " + e.Path + ": " + text
}

// Unwrap returns the file system's error.
func (e *CreateError) Unwrap() error { return e.Err }

// Code returns "not-found" where there is no such folder, otherwise "denied".
func (e *CreateError) Code() string {
	if errors.Is(e.Err, fs.ErrNotExist) {
		return "not-found"
	}
	return "denied"
}

// Create makes a file of the process's host, or empties it. A path that names a folder, or lies in none, is a *CreateError as
// on a machine; the file system in memory alone would take both.
func (p *Process) Create(name string) (afero.File, error) {
	full := p.Path(name)
	if dir, _ := afero.IsDir(p.FS(), full); dir {
		return nil, &CreateError{full, syscall.EISDIR}
	}
	if dir, _ := afero.IsDir(p.FS(), path.Dir(full)); !dir {
		return nil, &CreateError{full, fs.ErrNotExist}
	}
	f, err := p.FS().Create(full)
	if err != nil {
		return nil, &CreateError{full, err}
	}
	return f, nil
}

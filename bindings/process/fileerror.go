package process

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// ErrTooLarge is the error of a file that does not fit into one Lua string.
var ErrTooLarge = fmt.Errorf("file is larger than %s", lua51.Bytes(lua51.MaxString))

// ReadFile reads a file that fits into one Lua string. A folder, which some file systems take for an empty file, is an error.
func ReadFile(files afero.Fs, name string) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, syscall.EISDIR
	}
	text, err := io.ReadAll(io.LimitReader(f, lua51.MaxString+1))
	if err == nil && len(text) > lua51.MaxString {
		err = &fs.PathError{Op: "read", Path: name, Err: ErrTooLarge}
	}
	return text, err
}

// FileError returns the text and the number that C's library has for a file system's error.
func FileError(err error) (string, int) {
	var sys syscall.Errno
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "No such file or directory", 2
	case errors.Is(err, fs.ErrExist):
		return "File exists", 17
	case errors.Is(err, fs.ErrPermission):
		return "Permission denied", 13
	case errors.Is(err, stack.ErrNoSpace):
		return "No space left on device", 28
	case errors.Is(err, fs.ErrClosed):
		return "Bad file descriptor", 9
	case errors.As(err, &sys) && sys == syscall.ENOTDIR:
		return "Not a directory", 20
	case errors.As(err, &sys) && sys == syscall.EISDIR:
		return "Is a directory", 21
	case errors.As(err, &sys) && sys == syscall.EINVAL:
		return "Invalid argument", 22
	}
	return err.Error(), 5
}

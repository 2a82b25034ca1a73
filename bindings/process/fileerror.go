package process

import (
	"errors"
	"io/fs"
	"syscall"
)

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

package repl

import "golang.org/x/sys/unix"

// setEcho makes a terminal show what is typed, or not.
func setEcho(fd int, on bool) { setLocal(fd, unix.ECHO, on) }

// setSignals makes a terminal send Ctrl-C as a signal, or as a key. It reports whether it did.
func setSignals(fd int, on bool) bool { return setLocal(fd, unix.ISIG, on) }

// setLocal sets a local flag of a terminal.
func setLocal(fd int, flag uint64, on bool) bool {
	t, err := unix.IoctlGetTermios(fd, unix.TIOCGETA)
	if err != nil {
		return false
	}
	t.Lflag &^= flag
	if on {
		t.Lflag |= flag
	}
	return unix.IoctlSetTermios(fd, unix.TIOCSETA, t) == nil
}

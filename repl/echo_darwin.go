package repl

import "golang.org/x/sys/unix"

// setEcho makes a terminal show what is typed, or not.
func setEcho(fd int, on bool) {
	t, err := unix.IoctlGetTermios(fd, unix.TIOCGETA)
	if err != nil {
		return
	}
	t.Lflag &^= unix.ECHO
	if on {
		t.Lflag |= unix.ECHO
	}
	unix.IoctlSetTermios(fd, unix.TIOCSETA, t)
}

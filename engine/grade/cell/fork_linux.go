package cell

import (
	"errors"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// A warden can start a cell in two ways, which a request names by a byte. A fresh one is the program started again: Go's runtime and all packages begin
// anew, which costs some 5 ms of processor's time. A forked one is a copy of the warden, which has all that behind it.
//
// Go's runtime does not expect to be forked: of its threads only one goes on in the copy. So the warden sees to it that nobody will wait for the others;
// see quiet. One of them, sysmon, watches for system calls and loops that take long, and with one processor nobody misses it: a goroutine that wants to
// run does so when another one waits, and the garbage collector asks goroutines to stop themselves. sysmon could hold a lock in the moment of
// the fork, though it sleeps nearly always; then the copy hangs at once, says nothing of its walls and is replaced by a fresh cell. And what kills
// a forked cell in a way that is not a limit's is tried again in a fresh one: see package grade.
const (
	fresh  = 1
	forked = 2
)

// errCell is what a process finds that was forked to be a cell.
var errCell = errors.New("cell: this is a cell")

// quiet leaves no idle thread that Go would wake in a copy, where there is none. Go has started one while it began. The first thread gets a goroutine of its own
// that never runs again, so that the second must go on with this one. What is left are these two, sysmon, and one that Go starts for those who
// have threads of their own, which waits until they start more.
func quiet() {
	ready := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		close(ready)
		select {}
	}()
	<-ready
	runtime.Gosched()
}

// quietThreads is how many threads there are after quiet.
const quietThreads = 4

// alone tells whether the process has no threads but those that quiet leaves, and still is in the thread that it was in then.
func (k *keeper) alone() bool {
	if withC || k.tasks < 0 {
		return false
	}
	threads, err := list(k.tasks)
	return err == nil && len(threads) == quietThreads && unix.Gettid() == k.thread
}

// fork copies this process. In the copy the error is errCell, and the descriptors are where a cell has them.
func (k *keeper) fork(flags uintptr, fds []int) (pid int, err error) {
	id, _, errno := syscall.RawSyscall6(unix.SYS_CLONE, flags|uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	switch {
	case errno != 0:
		return 0, errno
	case id != 0:
		return int(id), nil
	}
	for at, fd := range [...]int{fds[0], fds[1], fds[1], fds[2]} {
		if err := unix.Dup3(fd, at, 0); err != nil {
			os.Exit(1)
		}
	}
	unix.Close(k.tasks)
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		os.Exit(1)
	}
	runtime.Gosched() // it hangs here if it hangs
	return 0, errCell
}

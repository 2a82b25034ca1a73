package cell

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// environment is all that a cell's program has of one. With one processor it starts fewer threads, and the garbage collector does not compete with
// the other cells; it need not look up how many there are.
func environment() []string {
	return []string{"GOMAXPROCS=1", "GODEBUG=containermaxprocs=0,updatemaxprocs=0"}
}

// start starts the program, with namespaces if the site has them.
func (s *Site) start() (*Cell, error) {
	var theirs, ours [3]*os.File // standard input, standard error, descriptor 3
	defer func() {
		for _, f := range theirs {
			f.Close() // a nil file says so, and nobody minds
		}
	}()
	for i := range theirs {
		var err error
		if theirs[i], ours[i], err = pipe(i == 0); err != nil {
			closeAll(ours[:])
			return nil, err
		}
	}
	p, err := os.StartProcess(s.spec.Path, s.spec.arguments(), &os.ProcAttr{
		Dir: "/", Env: environment(), Files: []*os.File{theirs[0], theirs[1], theirs[1], theirs[2]}, Sys: s.attributes(),
	})
	if err != nil {
		closeAll(ours[:])
		return nil, err
	}
	return &Cell{spec: s.spec, process: p, in: ours[0], errs: ours[1], out: ours[2], watch: watch{pid: p.Pid}}, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// attributes asks the kernel for a session of its own, so that keys at the terminal do not reach it, and for namespaces.
func (s *Site) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setsid: true}
	if s.spaces {
		a.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return a
}

// pipe makes a pipe: their end blocks, ours does not, so that it can have deadlines.
func pipe(intoThem bool) (theirs, ours *os.File, err error) {
	var fd [2]int
	if err := unix.Pipe2(fd[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, os.NewSyscallError("pipe2", err)
	}
	t, o := fd[1], fd[0]
	if intoThem {
		t, o = fd[0], fd[1]
	}
	if err := unix.SetNonblock(o, true); err != nil {
		unix.Close(t)
		unix.Close(o)
		return nil, nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(t), "cell's pipe"), os.NewFile(uintptr(o), "pipe to a cell"), nil
}

// A watch looks at a process from outside.
type watch struct {
	pid   int
	base  time.Duration
	known bool
}

// begin begins to count processor's time anew.
func (w *watch) begin() { w.known = false }

func (w *watch) close() {}

// look returns the resident memory and the processor's time since the first look after begin, or 0 if the process is gone.
func (w *watch) look() (resident int64, processor time.Duration) {
	dir := "/proc/" + strconv.Itoa(w.pid)
	if data, err := os.ReadFile(dir + "/statm"); err == nil {
		if f := bytes.Fields(data); len(f) > 1 {
			pages, _ := strconv.ParseInt(string(f[1]), 10, 64)
			resident = pages * int64(os.Getpagesize())
		}
	}
	data, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return resident, 0
	}
	_, after, _ := strings.Cut(string(data[bytes.LastIndexByte(data, ')'):]), " ")
	f := strings.Fields(after)
	if len(f) < 13 {
		return resident, 0
	}
	user, _ := strconv.ParseInt(f[11], 10, 64)
	system, _ := strconv.ParseInt(f[12], 10, 64)
	total := time.Duration(user+system) * (time.Second / 100) // USER_HZ is 100 everywhere
	if !w.known {
		w.base, w.known = total, true
	}
	return resident, total - w.base
}

// peak returns the most memory that was resident, as the kernel counts it.
func peak(state *os.ProcessState) int64 {
	if u, ok := state.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return 0
}

package cell

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

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

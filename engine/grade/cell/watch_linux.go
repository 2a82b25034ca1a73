package cell

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

// A watch looks at a process from outside.
type watch struct {
	pid   int
	base  time.Duration
	known bool
	stat  *os.File
}

// begin begins to count processor's time anew.
func (w *watch) begin() { w.known = false }

func (w *watch) close() { w.stat.Close() }

// look returns the resident memory and the processor's time since the first look after begin, or 0 if the process is gone.
func (w *watch) look() (resident int64, processor time.Duration) {
	if w.stat == nil {
		w.stat, _ = os.Open("/proc/" + strconv.Itoa(w.pid) + "/stat")
	}
	var buf [1024]byte
	n, _ := w.stat.ReadAt(buf[:], 0)
	f := bytes.Fields(buf[bytes.LastIndexByte(buf[:n], ')')+1 : n])
	if len(f) < 22 {
		return 0, 0
	}
	number := func(i int) int64 { // proc(5) counts from 1, and two fields stand before those here
		v, _ := strconv.ParseInt(string(f[i-3]), 10, 64)
		return v
	}
	total := time.Duration(number(14)+number(15)) * (time.Second / 100) // USER_HZ is 100 everywhere
	if !w.known {
		w.base, w.known = total, true
	}
	return number(24) * int64(os.Getpagesize()), total - w.base
}

// peak returns the most memory that was resident, as the kernel counts it.
func peak(state *os.ProcessState) int64 {
	if u, ok := state.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return 0
}

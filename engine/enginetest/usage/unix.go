//go:build unix

package usage

import (
	"os"
	"runtime"
	"syscall"
)

// Processor returns the nanoseconds of processor time that this program has taken, 0 where the system does not tell.
func Processor() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// PeakMemory returns the most resident memory that a program which has ended took, in bytes, 0 where the system does not tell.
func PeakMemory(ended *os.ProcessState) int64 {
	u, ok := ended.SysUsage().(*syscall.Rusage)
	switch {
	case !ok:
		return 0
	case runtime.GOOS == "darwin" || runtime.GOOS == "ios":
		return int64(u.Maxrss)
	}
	return int64(u.Maxrss) << 10
}

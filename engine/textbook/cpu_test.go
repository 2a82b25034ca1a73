//go:build unix

package textbook_test

import (
	"syscall"
	"testing"
)

// reportCPU reports the processor time that each of n things took since the clock showed began. On a busy machine it says more than wall
// time; the garbage collector's work on other processors counts too.
func reportCPU(b *testing.B, began int64, n float64) {
	b.ReportMetric(float64(cpuTime()-began)/n, "cpu-ns")
}

// cpuTime returns the nanoseconds of processor time that the program has taken.
func cpuTime() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

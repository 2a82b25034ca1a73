// Package usage tells benchmarks what programs have taken of the machine.
package usage

import "testing"

// Report reports the processor time, in nanoseconds, that each of n things took since Processor returned began. On a busy machine it says
// more than wall time; the garbage collector's work on other processors counts too. Where the system does not tell, nothing is reported.
func Report(b *testing.B, began int64, n float64) {
	if now := Processor(); now > 0 {
		b.ReportMetric(float64(now-began)/n, "cpu-ns")
	}
}

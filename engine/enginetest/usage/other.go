//go:build !unix

package usage

import "os"

// Processor returns the nanoseconds of processor time that this program has taken, 0 where the system does not tell.
func Processor() int64 { return 0 }

// PeakMemory returns the most resident memory that a program which has ended took, in bytes, 0 where the system does not tell.
func PeakMemory(*os.ProcessState) int64 { return 0 }

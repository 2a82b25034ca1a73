package process

import "golang.org/x/sys/unix"

// machineMemory returns the bytes of memory that the machine has, or 0 if it does not say.
func machineMemory() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0
	}
	return int64(uint64(info.Totalram) * uint64(info.Unit))
}

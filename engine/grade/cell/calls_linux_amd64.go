package cell

import "golang.org/x/sys/unix"

// oldCalls are system calls that only this machine has.
func oldCalls() []uint32 { return []uint32{unix.SYS_EPOLL_WAIT, unix.SYS_ARCH_PRCTL} }

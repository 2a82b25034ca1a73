package cell

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The places of a system call's facts, as a filter reads them (struct seccomp_data). Arguments are 8 bytes each; both machines put the low half first.
const (
	atNumber   = 0
	atMachine  = 4
	atArgument = 16
)

// free are the system calls that a program in a cell may make with any arguments: what Go's runtime needs to compute, to collect garbage, to
// wait, and to read and write what is open.
func free() []uint32 {
	return append([]uint32{
		unix.SYS_FUTEX, unix.SYS_READ, unix.SYS_WRITE, unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_GETTIMEOFDAY,
		unix.SYS_SCHED_YIELD, unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGRETURN,
		unix.SYS_SIGALTSTACK, unix.SYS_RESTART_SYSCALL, unix.SYS_MADVISE, unix.SYS_MUNMAP, unix.SYS_MINCORE, unix.SYS_BRK,
		unix.SYS_GETRANDOM, unix.SYS_GETRUSAGE, unix.SYS_SCHED_GETAFFINITY, unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT,
		unix.SYS_EVENTFD2, unix.SYS_CLOSE, unix.SYS_TIMER_CREATE, unix.SYS_TIMER_SETTIME, unix.SYS_TIMER_DELETE, unix.SYS_SETITIMER,
		unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ, unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
	}, oldCalls()...)
}

// A filter is a program for the kernel's seccomp.
type filter []unix.SockFilter

func (f *filter) add(code uint16, k uint32, yes, no uint8) {
	*f = append(*f, unix.SockFilter{Code: code, Jt: yes, Jf: no, K: k})
}

const (
	load   = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	equals = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	anyBit = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
	end    = unix.BPF_RET | unix.BPF_K

	refuse = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	// absent makes the C library, in programs built with cgo, start threads by the older call, whose flags can be seen.
	absent = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
)

// without allows a system call if none of the bits is set in the argument, and all of the wanted are.
func (f *filter) without(call uint32, argument int, wanted, bits uint32) {
	f.add(equals, call, 0, 5)
	f.add(load, uint32(atArgument+8*argument), 0, 0)
	f.add(anyBit, bits, 2, 0)
	if wanted == 0 {
		f.add(unix.BPF_JMP|unix.BPF_JA, 0, 0, 0) // to the next
	} else {
		f.add(anyBit, wanted, 0, 1)
	}
	f.add(end, unix.SECCOMP_RET_ALLOW, 0, 0)
	f.add(end, refuse, 0, 0)
}

// program returns the filter for a machine: a process may compute, and signal itself as self.
func program(machine uint32, self int) filter {
	var f filter
	f.add(load, atMachine, 0, 0)
	f.add(equals, machine, 1, 0)
	f.add(end, unix.SECCOMP_RET_KILL_PROCESS, 0, 0)
	f.add(load, atNumber, 0, 0)
	for _, call := range free() {
		f.add(equals, call, 0, 1)
		f.add(end, unix.SECCOMP_RET_ALLOW, 0, 0)
	}
	f.add(equals, unix.SYS_CLONE3, 0, 1)
	f.add(end, absent, 0, 0)
	const spaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET
	f.without(unix.SYS_CLONE, 0, unix.CLONE_THREAD, spaces) // a thread, never a process
	f.without(unix.SYS_MMAP, 2, 0, unix.PROT_EXEC)          // memory, never code
	f.without(unix.SYS_MPROTECT, 2, 0, unix.PROT_EXEC)
	f.add(equals, unix.SYS_TGKILL, 0, 4)
	f.add(load, atArgument, 0, 0)
	f.add(equals, uint32(self), 0, 1)
	f.add(end, unix.SECCOMP_RET_ALLOW, 0, 0)
	f.add(end, refuse, 0, 0)
	f.add(end, refuse, 0, 0)
	return f
}

// machines are what this program may be built for, as seccomp knows them.
func machine() (uint32, error) {
	switch runtime.GOARCH {
	case "amd64":
		return unix.AUDIT_ARCH_X86_64, nil
	case "arm64":
		return unix.AUDIT_ARCH_AARCH64, nil
	}
	return 0, fmt.Errorf("not made for %s", runtime.GOARCH)
}

// seccomp lets all threads of the process call nothing of the kernel but what it needs to compute.
func seccomp() error {
	m, err := machine()
	if err != nil {
		return err
	}
	f := program(m, os.Getpid())
	// For a process that was not given no_new_privs in all its threads: TSYNC needs it in this one.
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	prog := unix.SockFprog{Len: uint16(len(f)), Filter: &f[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return errno
	}
	return nil
}

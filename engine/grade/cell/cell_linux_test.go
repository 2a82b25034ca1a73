package cell

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain lets the test binary be the warden and the program in the cell. Its argument names the walls that are not to be put up.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && strings.HasPrefix(os.Args[1], "prisoner") && Inside(os.Args[1]) {
		if err := prisoner(strings.Split(os.Args[1], ";")[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// prisoner enters the cell and tries what it is told to, a line each.
func prisoner(without []string) error {
	var left []Wall
	for _, w := range without {
		left = append(left, Wall(w))
	}
	in, out, _, err := enter(left, nil)
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		name, argument, _ := strings.Cut(lines.Text(), " ")
		err := try(name, argument, out)
		if _, err := fmt.Fprintf(out, "%v\n", err); err != nil {
			return err
		}
	}
	return nil
}

func try(name, argument string, out io.Writer) error {
	switch name {
	case "read":
		_, err := os.ReadFile(argument)
		return err
	case "write":
		return os.WriteFile(argument, []byte("x"), 0o666)
	case "list":
		list, err := os.ReadDir(argument)
		if err == nil && len(list) == 1 && list[0].Name() == "program" {
			return errors.New("nothing but the program")
		}
		return err
	case "connect":
		c, err := net.DialTimeout("tcp", argument, time.Second)
		if err == nil {
			c.Write([]byte("x"))
		}
		return err
	case "put":
		var fd int
		fmt.Sscan(argument, &fd)
		_, err := unix.Write(fd, []byte("x"))
		return err
	case "kill":
		var pid int
		fmt.Sscan(argument, &pid)
		return unix.Kill(pid, unix.SIGTERM)
	case "spin":
		for n := 1; n > 0; n |= 1 {
		}
	case "flood":
		for {
			if _, err := out.Write(make([]byte, 1<<16)); err != nil {
				return err
			}
		}
	}
	return call(name)
}

// call makes a system call with arguments that would do, or that the kernel would complain of in another way than of rights.
func call(name string) error {
	calls := map[string][4]uintptr{
		"openat": {unix.SYS_OPENAT}, "openat2": {unix.SYS_OPENAT2}, "mkdirat": {unix.SYS_MKDIRAT}, "unlinkat": {unix.SYS_UNLINKAT}, "symlinkat": {unix.SYS_SYMLINKAT},
		"linkat": {unix.SYS_LINKAT}, "renameat2": {unix.SYS_RENAMEAT2}, "fchmodat": {unix.SYS_FCHMODAT}, "truncate": {unix.SYS_TRUNCATE}, "getdents64": {unix.SYS_GETDENTS64},
		"readlinkat": {unix.SYS_READLINKAT}, "newfstatat": {unix.SYS_NEWFSTATAT}, "statx": {unix.SYS_STATX}, "chdir": {unix.SYS_CHDIR}, "fchdir": {unix.SYS_FCHDIR},
		"memfd_create": {unix.SYS_MEMFD_CREATE}, "memfd_secret": {unix.SYS_MEMFD_SECRET}, "open_by_handle_at": {unix.SYS_OPEN_BY_HANDLE_AT}, "fanotify_init": {unix.SYS_FANOTIFY_INIT}, "inotify_init1": {unix.SYS_INOTIFY_INIT1},
		"socket": {unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM}, "socket_unix": {unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM}, "socket_netlink": {unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW}, "socketpair": {unix.SYS_SOCKETPAIR, unix.AF_UNIX, unix.SOCK_STREAM},
		"connect_": {unix.SYS_CONNECT}, "bind": {unix.SYS_BIND}, "sendmsg": {unix.SYS_SENDMSG}, "recvmsg": {unix.SYS_RECVMSG},
		"fork": {unix.SYS_CLONE, uintptr(unix.SIGCHLD)}, "thread_in_a_network": {unix.SYS_CLONE, unix.CLONE_THREAD | unix.CLONE_VM | unix.CLONE_SIGHAND | unix.CLONE_NEWNET}, "clone3": {unix.SYS_CLONE3}, "execve": {unix.SYS_EXECVE}, "execveat": {unix.SYS_EXECVEAT},
		"unshare": {unix.SYS_UNSHARE, unix.CLONE_NEWUSER}, "setns": {unix.SYS_SETNS}, "mount": {unix.SYS_MOUNT}, "umount2": {unix.SYS_UMOUNT2}, "fsopen": {unix.SYS_FSOPEN}, "open_tree": {unix.SYS_OPEN_TREE}, "pivot_root": {unix.SYS_PIVOT_ROOT}, "chroot": {unix.SYS_CHROOT},
		"ptrace": {unix.SYS_PTRACE, unix.PTRACE_TRACEME}, "process_vm_readv": {unix.SYS_PROCESS_VM_READV}, "process_vm_writev": {unix.SYS_PROCESS_VM_WRITEV}, "pidfd_open": {unix.SYS_PIDFD_OPEN, 1}, "pidfd_getfd": {unix.SYS_PIDFD_GETFD}, "kcmp": {unix.SYS_KCMP},
		"kill_": {unix.SYS_KILL, 1}, "kill_all": {unix.SYS_KILL, ^uintptr(0)}, "tkill": {unix.SYS_TKILL, 1}, "tgkill_other": {unix.SYS_TGKILL, 1 << 20, 1 << 20}, "rt_sigqueueinfo": {unix.SYS_RT_SIGQUEUEINFO, 1},
		"io_uring_setup": {unix.SYS_IO_URING_SETUP, 1}, "bpf": {unix.SYS_BPF}, "perf_event_open": {unix.SYS_PERF_EVENT_OPEN}, "userfaultfd": {unix.SYS_USERFAULTFD}, "keyctl": {unix.SYS_KEYCTL}, "add_key": {unix.SYS_ADD_KEY},
		"init_module": {unix.SYS_INIT_MODULE}, "kexec_load": {unix.SYS_KEXEC_LOAD}, "reboot": {unix.SYS_REBOOT}, "sethostname": {unix.SYS_SETHOSTNAME}, "settimeofday": {unix.SYS_SETTIMEOFDAY}, "swapon": {unix.SYS_SWAPON},
		"shmget": {unix.SYS_SHMGET}, "msgget": {unix.SYS_MSGGET}, "semget": {unix.SYS_SEMGET}, "mq_open": {unix.SYS_MQ_OPEN},
		"setuid": {unix.SYS_SETUID}, "capset": {unix.SYS_CAPSET}, "prctl": {unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 1}, "seccomp": {unix.SYS_SECCOMP}, "prlimit64": {unix.SYS_PRLIMIT64}, "setrlimit": {unix.SYS_SETRLIMIT},
		"ioctl": {unix.SYS_IOCTL, 0, unix.TIOCSTI}, "fcntl": {unix.SYS_FCNTL, 0, unix.F_GETFL}, "dup3": {unix.SYS_DUP3, 0, 9}, "uname": {unix.SYS_UNAME}, "sysinfo": {unix.SYS_SYSINFO}, "getppid": {unix.SYS_GETPPID}, "personality": {unix.SYS_PERSONALITY},
		"mmap_code": {unix.SYS_MMAP, 0, 4096, unix.PROT_READ | unix.PROT_EXEC}, "mprotect_code": {unix.SYS_MPROTECT, 0, 4096, unix.PROT_EXEC}, "pkey_mprotect": {unix.SYS_PKEY_MPROTECT}, "mremap": {unix.SYS_MREMAP}, "mlockall": {unix.SYS_MLOCKALL, 1},
		"sched_setaffinity": {unix.SYS_SCHED_SETAFFINITY}, "setpriority": {unix.SYS_SETPRIORITY}, "setsid": {unix.SYS_SETSID}, "wait4": {unix.SYS_WAIT4}, "pause": {unix.SYS_PPOLL}, "vmsplice": {unix.SYS_VMSPLICE}, "splice": {unix.SYS_SPLICE},
	}
	if name == "names" {
		var names []string
		for name := range calls {
			names = append(names, name)
		}
		slices.Sort(names)
		return errors.New(strings.Join(names, " "))
	}
	c, ok := calls[name]
	if !ok {
		return errors.New("no such probe")
	}
	if _, _, errno := unix.RawSyscall(c[0], c[1], c[2], c[3]); errno != 0 {
		return errno
	}
	return nil
}

// spec is of prisoners that leave out some walls.
func spec(without ...string) Spec {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return Spec{Path: exe, Argument: strings.Join(append([]string{"prisoner"}, without...), ";"), Resident: 256 << 20}
}

// site makes a site for prisoners that leave out some walls.
func site(t *testing.T, without ...string) *Site {
	t.Helper()
	s, err := Survey(spec(without...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// ask lets a prisoner try something and returns what came of it.
func ask(t *testing.T, c *Cell, what string) string {
	t.Helper()
	if err := c.Send([]byte(what+"\n"), time.Minute); err != nil {
		t.Fatal(what, err)
	}
	line, err := c.Receive(t.Context(), Budget{Bytes: 1 << 20, Clock: time.Minute})
	if err != nil {
		t.Fatal(what, err, err.(*Death).Stderr)
	}
	return string(line)
}

// TestCalls makes every system call that could lead out of a cell: each is refused by seccomp, whatever other walls there are.
func TestCalls(t *testing.T) {
	if _, err := machine(); err != nil {
		t.Skip("seccomp:", err)
	}
	s := site(t)
	c, err := s.Start(false)
	if err == nil {
		err = s.Hello(c)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	names := strings.Fields(call("names").Error())
	if len(names) < 80 {
		t.Fatal(names)
	}
	for _, name := range names {
		want := unix.EPERM.Error()
		if name == "clone3" {
			want = unix.ENOSYS.Error()
		}
		if got := ask(t, c, name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestWallsAlone takes walls away until one is left, and lets the prisoner out for files, connections and its warder.
func TestWallsAlone(t *testing.T) {
	all := []string{string(Namespaces), string(Root), string(Landlock), string(Seccomp), string(Capabilities)}
	folder := t.TempDir()
	secret := filepath.Join(folder, "secret")
	if err := os.WriteFile(secret, []byte("s"), 0o666); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	probes := []string{"read " + secret, "write " + secret, "write " + folder + "/new", "list /", "read /proc/self/mem", "read /proc/1/environ", "read /etc/passwd",
		"connect " + l.Addr().String(), fmt.Sprint("kill ", os.Getpid())}
	full := site(t).Report()
	for _, alone := range []Wall{Namespaces, Landlock, Seccomp, ""} {
		t.Run("alone "+string(alone), func(t *testing.T) {
			if alone != "" && !slices.Contains(full.Holds, alone) {
				t.Skipf("this machine has no %s: %v", alone, full.Missing)
			}
			if alone == Namespaces && !slices.Contains(full.Holds, Root) {
				t.Skipf("this machine has no empty root: %v", full.Missing)
			}
			keep := []string{string(alone)}
			if alone == Namespaces {
				keep = append(keep, string(Root))
			}
			s, err := survey(spec(slices.DeleteFunc(slices.Clone(all), func(w string) bool { return slices.Contains(keep, w) })...), alone == Namespaces)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			c, err := s.Start(false)
			if err == nil {
				err = s.Hello(c)
			}
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for _, p := range probes {
				if alone == "" && strings.HasPrefix(p, "kill") {
					continue // it would
				}
				got := ask(t, c, p)
				if free := got == "<nil>"; free != (alone == "") && (alone != "" || strings.HasPrefix(p, "read "+secret) || strings.HasPrefix(p, "connect")) {
					t.Errorf("%s: %s", p, got)
				}
			}
			if data, err := os.ReadFile(secret); alone != "" && string(data) != "s" {
				t.Error(data, err)
			}
		})
	}
}

// TestReport: on this machine all walls hold, or the report says why not.
func TestReport(t *testing.T) {
	r := site(t).Report()
	t.Log(r, r.Missing)
	if len(r.Holds)+len(r.Missing) != 6 {
		t.Errorf("%+v", r)
	}
	for _, m := range r.Missing {
		if m.Why == "" {
			t.Errorf("%+v", m)
		}
	}
	if _, err := Survey(Spec{Path: "/nonexistent", Argument: "x"}); err == nil || runtime.GOOS != "linux" {
		t.Error(err)
	}
	exe, _ := os.Executable()
	if _, err := Survey(Spec{Path: exe, Argument: "-test.run=^$"}); err == nil {
		t.Error("a program that is no prisoner was believed")
	}
}

// TestBudget: answers that are too long, too late or unwanted end the prisoner.
func TestBudget(t *testing.T) {
	s := site(t)
	for _, c := range []struct {
		ask  string
		b    Budget
		want Cause
	}{
		{"flood", Budget{Bytes: 1 << 20, Clock: time.Minute}, TooLong},
		{"spin", Budget{Processor: 50 * time.Millisecond, Clock: time.Minute}, Processor},
		{"", Budget{Clock: 20 * time.Millisecond}, Clock},
		{"spin", Budget{Processor: 50 * time.Millisecond, Clock: 5 * time.Minute}, Processor},
	} {
		p, err := s.Start(false)
		if err == nil {
			err = s.Hello(p)
		}
		if err != nil {
			t.Fatal(err)
		}
		if c.ask != "" {
			if err := p.Send([]byte(c.ask+"\n"), time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		_, err = p.Receive(t.Context(), c.b)
		var d *Death
		if !errors.As(err, &d) || d.Cause != c.want {
			t.Errorf("%q: %v", c.ask, err)
		} else if (d.Processor > c.b.Processor) != (c.want == Processor) {
			t.Errorf("%q: took %v of a processor", c.ask, d.Processor)
		}
		if _, again := p.Receive(t.Context(), c.b); again != err {
			t.Error(again)
		}
		if p.Send(nil, time.Second) != err {
			t.Error("it takes more")
		}
		p.Close()
	}
}

// TestInherited: what is left open for the grader, as by a shell or a server that starts it, is not open in cells.
func TestInherited(t *testing.T) {
	const fd = 97
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := unix.Dup3(int(file.Fd()), fd, 0); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	s := site(t)
	for _, anew := range []bool{false, true} {
		c, err := s.Start(anew)
		if err == nil {
			err = s.Hello(c)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := ask(t, c, fmt.Sprint("put ", fd)); got != unix.EBADF.Error() {
			t.Errorf("anew %t: %s", anew, got)
		}
		c.Close()
	}
}

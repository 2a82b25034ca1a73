//go:build unix

package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/sys/unix"
)

var update = flag.Bool("update", false, "write the screens of TestTerminal anew")

// A terminalSession is moonwire at a pseudo-terminal.
type terminalSession struct {
	t   testing.TB
	cmd *exec.Cmd
	pty *os.File

	close func() // ends moonwire

	mu     sync.Mutex
	more   *sync.Cond
	screen screen
	ended  bool
	late   bool
	row    int // where the cursor was when the last keys were sent
}

// tooLong ends a test that would wait for ever; nothing depends on it otherwise.
const tooLong = 2 * time.Minute

// openTerminal starts moonwire in dir, which is also where it keeps its history.
func openTerminal(t testing.TB, dir string, env []string, args ...string) *terminalSession {
	t.Helper()
	s := &terminalSession{t: t, cmd: exec.Command("moonwire", args...)}
	s.more = sync.NewCond(&s.mu)
	s.cmd.Dir = dir
	s.cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+filepath.Join(dir, ".config"), "TERM=xterm", "NO_COLOR=1", "LANG=C.UTF-8")
	s.cmd.Env = append(s.cmd.Env, env...)
	f, err := pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 24, Cols: screenWidth})
	if err != nil {
		t.Fatal(err)
	}
	if f, err = pollable(f); err != nil {
		t.Fatal(err)
	}
	s.pty = f
	over := make(chan struct{})
	go func() {
		defer close(over)
		b := make([]byte, 64<<10)
		for {
			n, err := f.Read(b)
			s.mu.Lock()
			s.screen.Write(b[:n])
			s.ended = err != nil
			s.more.Broadcast()
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	s.close = sync.OnceFunc(func() {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		f.Close()
		<-over
	})
	t.Cleanup(s.close)
	return s
}

// pollable returns a file for the same terminal whose Close ends a Read.
func pollable(f *os.File) (*os.File, error) {
	defer f.Close()
	fd, err := unix.Dup(int(f.Fd()))
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// resize gives the terminal another width.
func (s *terminalSession) resize(columns uint16) {
	raw, err := s.pty.SyscallConn()
	if err != nil {
		s.t.Fatal(err)
	}
	raw.Control(func(fd uintptr) {
		err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns})
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// until waits for something to be seen, or for the end.
func (s *terminalSession) until(what string, seen func() bool) {
	s.t.Helper()
	alarm := time.AfterFunc(tooLong, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.late = true
		s.more.Broadcast()
	})
	defer alarm.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !seen() {
		if s.ended || s.late {
			s.t.Fatalf("waited for %q (ended: %v) and saw\n%s", what, s.ended, s.screen.from(0))
		}
		s.more.Wait()
	}
}

// keys sends what is typed.
func (s *terminalSession) keys(text string) {
	s.t.Helper()
	s.mu.Lock()
	s.row = s.screen.row
	s.mu.Unlock()
	if _, err := s.pty.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// see waits until a text is on the screen, on the line where the last keys were typed or below.
func (s *terminalSession) see(text string) {
	s.t.Helper()
	s.until(text, func() bool { return strings.Contains(s.screen.from(s.row), text) })
}

var promptLine = regexp.MustCompile(`^\S+ [0-9.dhms]+> $`)

// prompt waits for a prompt below the line where the last keys were typed.
func (s *terminalSession) prompt() {
	s.t.Helper()
	s.until("a prompt", func() bool { return s.screen.row > s.row && promptLine.MatchString(s.screen.current()) })
}

// start waits for the first prompt.
func (s *terminalSession) start() {
	s.t.Helper()
	s.until("the first prompt", func() bool { return promptLine.MatchString(s.screen.current()) })
}

// end waits until moonwire has ended and returns its exit status.
func (s *terminalSession) end() int {
	s.t.Helper()
	alarm := time.AfterFunc(tooLong, func() { s.cmd.Process.Kill() })
	defer alarm.Stop()
	return exitStatus(s.cmd.Wait())
}

func (s *terminalSession) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.from(0)
}

// names of keys in the files of TestTerminal.
var keyNames = strings.NewReplacer("<Enter>", "\r", "<Tab>", "\t", "<Up>", "\x1b[A", "<Down>", "\x1b[B", "<Ctrl-H>", "\b", "<Left>", "\x1b[D", "<Ctrl-A>", "\x01", "<Ctrl-C>", "\x03",
	"<Ctrl-D>", "\x04", "<Ctrl-R>", "\x12", "<Ctrl-]>", "\x1d", "<Ctrl-Z>", "\x1a", "<Esc>", "\x1b")

// TestTerminal does the sessions under testdata/terminal and compares the screens, with all that has scrolled away.
//
// In a file's part "keys", a line is typed, with Enter at its end, and then a prompt is waited for. A line that begins with "see " waits for a
// text to appear, where ~ is the end of a line, "keys " types without Enter and without waiting, "line " types with Enter and without
// waiting, "prompt" waits for one, "more" types a line and waits for the prompt that asks for another. Parts "files/…" are files
// of the folder, "args" are moonwire's arguments, "screen" is what must be on the screen at the end.
func TestTerminal(t *testing.T) {
	sessions, err := filepath.Glob("testdata/terminal/*.txt")
	if err != nil || len(sessions) == 0 {
		t.Fatal("no sessions", err)
	}
	for _, file := range sessions {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			testSession(t, file)
		})
	}
}

func testSession(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var keys string
	var args []string
	var want *txtar.File
	for i := range archive.Files {
		switch f := &archive.Files[i]; f.Name {
		case "keys":
			keys = string(f.Data)
		case "args":
			args = strings.Fields(string(f.Data))
		case "screen":
			want = f
		default:
			if err := os.WriteFile(filepath.Join(dir, strings.TrimPrefix(f.Name, "files/")), f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := openTerminal(t, dir, nil, args...)
	s.start()
	for line := range strings.Lines(keys) {
		s.do(strings.TrimSuffix(line, "\n"))
	}
	if len(s.screen.raw) > 0 {
		t.Errorf("control sequences that are not the shell's: %v", s.screen.raw)
	}
	got := s.text()
	if *update {
		want.Data = []byte(got)
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(want.Data), got); diff != "" {
		t.Errorf("the screen differs (-want +got):\n%s", diff)
	}
}

// do does a line of a part "keys".
func (s *terminalSession) do(line string) {
	s.t.Helper()
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "see":
		s.see(strings.ReplaceAll(rest, "~", "\n"))
	case "more":
		s.keys(rest + "\r")
		s.until("another line's prompt", func() bool { return s.screen.row > s.row && strings.HasSuffix(s.screen.current(), " ..> ") })
	case "prompt":
		s.prompt()
	case "keys":
		s.keys(keyNames.Replace(rest))
	case "line":
		s.keys(keyNames.Replace(rest) + "\r")
	default:
		s.keys(keyNames.Replace(line) + "\r")
		s.prompt()
	}
}

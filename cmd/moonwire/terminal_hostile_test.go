//go:build unix

package main

import (
	"bufio"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// alive checks that the session goes on.
func (s *terminalSession) alive() {
	s.t.Helper()
	s.keys("'still ' .. 'here'\r")
	s.see("\nstill here\n")
	s.prompt()
}

// TestPasteOfMegabytes pastes a line without an end, and then control characters of all kinds.
func TestPasteOfMegabytes(t *testing.T) {
	s := openTerminal(t, t.TempDir(), nil, "--world", "empty")
	s.start()
	s.keys(strings.Repeat("0123456789", 1<<20) + "\r")
	s.see("it is too long to be one")
	s.prompt()
	s.alive()
	var all strings.Builder
	for c := range 256 {
		if c != 3 && c != 4 && c != '\r' && c != '\n' {
			all.WriteByte(byte(c))
		}
	}
	s.keys(strings.Repeat(all.String(), 20))
	s.keys("\a\x03")
	s.see("^C")
	s.prompt()
	s.alive()
	s.keys("print('r' .. 'uns') while true do end\r")
	s.see("\nruns\n")
	s.keys("\x1c\x1d\x00\x03")
	s.see("interrupted")
	s.prompt()
	s.alive()
}

// TestPeerCannotDrive shows escape sequences that a peer sends as text: by telnet, by print, in an error and by cat.
func TestPeerCannotDrive(t *testing.T) {
	s := openTerminal(t, t.TempDir(), nil, "--world", "empty")
	s.start()
	s.keys(`task, socket = require "task", require "socket" evil = "\27]0;t\7\27[2J\155\226\128\174!"` + "\r")
	s.prompt()
	for _, line := range []string{
		`print(evil)`, `error(evil)`, `evil`, `{evil}`, `{[evil] = 1}`, `io.stderr:write(evil, "\n")`, `io.open("f", "w"):write(evil):close()`, `cat f`,
		`task.spawn(function() local l = socket.bind("*", 7) local s = l:accept() s:send(evil .. "\n") s:close() end)`, `telnet localhost 7`,
	} {
		s.keys(line + "\r")
		s.prompt()
	}
	if len(s.screen.raw) > 0 {
		t.Errorf("reached the terminal: %v\n%s", s.screen.raw, s.text())
	}
	if n := strings.Count(s.text(), `\027]0;t\007\027[2J\155`); n < 5 {
		t.Errorf("shown %d times:\n%s", n, s.text())
	}
}

// TestClosedTerminal closes the terminal while nothing runs, while a line is typed, and while something computes or waits.
func TestClosedTerminal(t *testing.T) {
	for name, line := range map[string]string{
		"idle": "", "typing": "os.exit(", "computing": "while true do end\r", "lab": "run root_flood\r", "reading": "io.read()\r",
	} {
		t.Run(name, func(t *testing.T) {
			s := openTerminal(t, t.TempDir(), nil, "--world", "empty")
			s.start()
			if line != "" {
				s.keys(line)
				s.see(strings.TrimRight(line, "\r"))
			}
			s.pty.Close()
			if status := s.end(); status == statusDefect { // or -1: ended by the signal that tells of it
				t.Errorf("exit status %d", status)
			}
		})
	}
}

// TestTerminate ends the shell by a signal.
func TestTerminate(t *testing.T) {
	s := openTerminal(t, t.TempDir(), nil, "--world", "empty")
	s.start()
	s.keys("print('r' .. 'uns') while true do end\r")
	s.see("\nruns\n")
	s.cmd.Process.Signal(syscall.SIGTERM)
	if status := s.end(); status == statusDefect || status == -1 {
		t.Errorf("exit status %d", status)
	}
}

// TestHistoryCannotBeKept has no place for the history: the session goes on without.
func TestHistoryCannotBeKept(t *testing.T) {
	for name, prepare := range map[string]func(dir string){
		"a folder": func(dir string) { os.MkdirAll(filepath.Join(dir, "moonwire", "history"), 0o755) },
		"a full disk": func(dir string) {
			os.MkdirAll(filepath.Join(dir, "moonwire"), 0o755)
			os.Symlink("/dev/full", filepath.Join(dir, "moonwire", "history"))
		},
		"no folder": func(dir string) { os.WriteFile(dir, nil, 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			prepare(filepath.Join(dir, ".config"))
			s := openTerminal(t, dir, nil, "--world", "empty")
			s.start()
			s.alive()
		})
	}
}

// TestHistory types in one session what the next one finds.
func TestHistory(t *testing.T) {
	dir := t.TempDir()
	s := openTerminal(t, dir, nil, "--world", "empty")
	s.start()
	for _, line := range []string{"1 + 2 -- sum", "'other'"} {
		s.keys(line + "\r")
		s.prompt()
	}
	s.keys("\x04")
	s.end()
	s = openTerminal(t, dir, nil, "--world", "empty")
	s.start()
	s.keys("\x12")
	s.see("i-search:")
	s.keys("SUM")
	s.see("1 + 2 -- sum")
	s.keys("\r")
	s.see("\n3\n")
	s.prompt()
}

// TestPasswordIsNotKept types a password, breaks another off, and finds neither on the screen, in the file of the history, or by searching it.
func TestPasswordIsNotKept(t *testing.T) {
	for _, term := range []string{"xterm", "dumb"} {
		t.Run(term, func(t *testing.T) {
			dir := t.TempDir()
			s := openTerminal(t, dir, []string{"TERM=" + term})
			s.start()
			for _, end := range []string{"\x03", "\r"} {
				s.keys("ftp ftp.di.fct.unl.pt\r")
				s.see("Name")
				s.keys("alice\r")
				s.see("Password:")
				s.keys("ketch" + "up" + end)
				if end == "\r" {
					s.see("530")
					s.keys("bye\r")
				}
				s.prompt()
			}
			if term != "dumb" {
				s.keys("\x12ketch\r\x03")
				s.see("^C")
				s.prompt()
			}
			s.keys("'what is typed is shown again'\r")
			s.see("\nwhat is typed")
			s.prompt()
			if n := strings.Count(s.text(), "ketchup"); n != 0 {
				t.Errorf("shown %d times:\n%s", n, s.text())
			}
			s.keys("\x04")
			s.end()
			kept, err := os.ReadFile(filepath.Join(dir, ".config", "moonwire", "history"))
			if err != nil && term != "dumb" || strings.Contains(string(kept), "ketch") {
				t.Errorf("kept: %q, %v", kept, err)
			}
		})
	}
}

// TestResize changes the size of the terminal while a line is typed.
func TestResize(t *testing.T) {
	s := openTerminal(t, t.TempDir(), nil, "--world", "empty")
	s.start()
	s.keys("'" + strings.Repeat("x", 30))
	s.see(strings.Repeat("x", 30))
	for cols := range uint16(50) {
		s.resize(cols)
	}
	s.resize(screenWidth)
	s.keys("\x03")
	s.prompt()
	s.alive()
}

// TestNarrow makes the terminal so narrow that the prompt leaves no room: a short one does.
func TestNarrow(t *testing.T) {
	s := openTerminal(t, t.TempDir(), nil, "--world", "empty")
	s.start()
	s.resize(20)
	s.keys("'se' .. 'en'\r")
	s.until("a short prompt", func() bool { return s.screen.row > s.row && s.screen.current() == "> " })
	s.keys("for i = 1, 2 do\r")
	s.until("a short prompt for more", func() bool { return s.screen.row > s.row && s.screen.current() == "..> " })
	s.resize(screenWidth)
	s.keys("end\r")
	s.prompt()
	s.alive()
}

// TestDumbTerminal uses a terminal that obeys nothing.
func TestDumbTerminal(t *testing.T) {
	s := openTerminal(t, t.TempDir(), []string{"TERM=dumb"}, "--world", "empty")
	s.start()
	s.keys("half a line\x03")
	s.prompt()
	s.keys("for i = 1, 2 do\r")
	s.see("..>")
	s.keys("print(i * 11) end\r")
	s.see("11\n22\n")
	s.prompt()
	s.keys("print('r' .. 'uns') while true do end\r")
	s.see("\nruns\n")
	s.keys("\x03")
	s.prompt()
	s.keys("print('r' .. 'eads') print(io.read(), io.read())\r")
	s.see("\nreads\n")
	s.keys("one line\r")
	s.keys("\x03")
	s.see("interrupted")
	s.prompt()
	s.alive()
	if strings.Contains(s.text(), "\x1b") || len(s.screen.raw) > 0 {
		t.Errorf("control sequences: %v", s.screen.raw)
	}
	s.keys("\x04")
	if status := s.end(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

// TestHangingUp has a server on the machine's network close the connection while a line is typed: the prompt is back at once.
func TestHangingUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	said := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		line, _ := bufio.NewReader(conn).ReadString('\n')
		said <- line
	}()
	host, port, _ := net.SplitHostPort(l.Addr().String())
	s := openTerminal(t, t.TempDir(), nil, "--net", "real", "--allow", host+":"+port)
	s.start()
	s.keys("telnet " + host + " " + port + "\r")
	s.see("Escape character")
	s.keys("hello\r")
	if line := <-said; line != "hello\r\n" {
		t.Errorf("said %q", line)
	}
	s.see("Connection closed by foreign host.")
	s.prompt()
	s.alive()
	if strings.Contains(s.text(), "^C") {
		t.Errorf("a Ctrl-C that nobody typed:\n%s", s.text())
	}
}

// TestCtrlC stops what waits on the wall clock, and what reads the terminal.
func TestCtrlC(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		line string
	}{
		"sleep on the machine's network":  {[]string{"--net", "real"}, "print('r' .. 'uns') require('task').sleep(3600)"},
		"accept on the machine's network": {[]string{"--net", "real", "--allow", "127.0.0.1:0"}, "s = require('socket').bind('127.0.0.1', 0) print('r' .. 'uns') s:accept()"},
		"computes on the wall clock":      {[]string{"--realtime", "--world", "empty"}, "print('r' .. 'uns') while true do end"},
		"sleeps on the wall clock":        {[]string{"--realtime", "--world", "empty"}, "print('r' .. 'uns') require('task').sleep(3600)"},
		"reads":                           {[]string{"--world", "empty"}, "print('r' .. 'uns') io.read()"},
		"reads on the wall clock":         {[]string{"--realtime", "--world", "empty"}, "print('r' .. 'uns') io.read()"},
		"reads on the machine's network":  {[]string{"--net", "real"}, "print('r' .. 'uns') io.read()"},
		"reads for ever":                  {[]string{"--world", "empty"}, "print('r' .. 'uns') while true do pcall(io.read) end"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openTerminal(t, t.TempDir(), nil, test.args...)
			s.start()
			s.keys(test.line + "\r")
			s.see("\nruns\n")
			s.keys("\x03")
			s.see("interrupted")
			s.prompt()
			s.alive()
		})
	}
}

package repl

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/ftp"
)

// ftpDoc explains the command.
const ftpDoc = "Fetch and store files by FTP. It asks for a name (anonymous unless you type another) and a password, and then takes ls, cd DIR, get FILE, put FILE, bye; ? lists more. " +
	"What the server replies is shown."

const ftpHelp = `  ls [PATH]            list a folder of the server     cd DIR, cdup, pwd
  get FILE [LOCAL]     fetch a file to this host       put FILE [REMOTE]
  binary, ascii        send files as bytes, or as lines of text
  passive, active      who makes the data connections: this host, or the server
  mkdir, rmdir, delete NAME, rename FROM TO, size FILE
  user NAME            log in as somebody else
  open HOST [PORT], close
  quote COMMAND…       send a command as it is
  bye                  end; so does Ctrl-D`

// An ftpSession is a dialogue of the command ftp.
type ftpSession struct {
	c      *Context
	client *ftp.Client // nil while no connection is open
	active bool
	host   string
}

// ftpCommand is the command ftp.
func ftpCommand(c *Context, args []string) error {
	s := &ftpSession{c: c}
	defer s.hangUp()
	if err := s.connect(args); err != nil && (errors.Is(err, errInterrupted) || s.client == nil) {
		return err
	}
	return c.dialogue(func() string { return "ftp> " }, "bye", s.do)
}

// hangUp ends the connection that is open, without a word.
func (s *ftpSession) hangUp() {
	if s.client != nil {
		s.client.Close()
		s.client = nil
	}
}

// connect opens a connection and logs in.
func (s *ftpSession) connect(args []string) error {
	s.hangUp()
	number := strconv.Itoa(ftp.Port)
	if len(args) > 1 {
		var err error
		if number, err = port(args[1]); err != nil {
			return fmt.Errorf("ftp: %w", err)
		}
	}
	client, err := ftp.Dial(s.c.Process.Stack(), net.JoinHostPort(args[0], number), ftp.Options{Active: s.active, Heard: s.heard})
	if err != nil {
		return fmt.Errorf("ftp: %w", unreached(args[0], number, err))
	}
	s.client, s.host = client, args[0]
	name, err := s.c.ask(fmt.Sprintf("Name (%s:anonymous): ", s.host))
	if err != nil {
		return err
	}
	return s.login(name)
}

// heard shows a reply of the server as it came.
func (s *ftpSession) heard(r ftp.Reply) { fmt.Fprintln(s.c.Out, seen(r.String())) }

func (s *ftpSession) login(name string) error {
	if name == "" {
		name = "anonymous"
	}
	r, err := s.client.User(name)
	if err != nil || r.Code != 331 {
		return err
	}
	password, err := s.c.askSecret("Password: ")
	if err != nil {
		return err
	}
	_, err = s.client.Pass(password)
	return err
}

// do does a line of the dialogue. Refusals have been shown already.
func (s *ftpSession) do(line string) error {
	words, err := split(line)
	if err != nil || len(words) == 0 {
		return err
	}
	err = s.command(words[0], words[1:])
	var refusal *ftp.Error
	switch {
	case errors.As(err, &refusal):
		if refusal.Reply.Code == 421 {
			s.hangUp()
		}
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		s.hangUp()
	}
	return err
}

// arguments are how many each command takes at least and at most.
var arguments = map[string][2]int{
	"?": {0, 0}, "help": {0, 1}, "bye": {0, 0}, "quit": {0, 0}, "exit": {0, 0}, "open": {1, 2}, "close": {0, 0}, "disconnect": {0, 0}, "user": {1, 1},
	"ls": {0, 1}, "dir": {0, 1}, "nlist": {0, 1}, "cd": {1, 1}, "cdup": {0, 0}, "pwd": {0, 0}, "get": {1, 2}, "put": {1, 2}, "binary": {0, 0}, "ascii": {0, 0},
	"passive": {0, 0}, "active": {0, 0}, "mkdir": {1, 1}, "rmdir": {1, 1}, "delete": {1, 1}, "rename": {2, 2}, "size": {1, 1}, "quote": {1, 100},
}

func (s *ftpSession) command(word string, args []string) error {
	most, known := arguments[word]
	switch {
	case !known:
		return fmt.Errorf("there is no %s; ? lists what there is", word)
	case len(args) < most[0] || len(args) > most[1]:
		return fmt.Errorf("%s: too few or too many words; ? shows what it takes", word)
	}
	switch word {
	case "?", "help":
		fmt.Fprintln(s.c.Out, ftpHelp)
		return nil
	case "bye", "quit", "exit":
		if s.client != nil {
			s.client.Quit()
		}
		return errLeave
	case "open":
		return s.connect(args)
	case "passive", "active":
		s.active = word == "active"
		if s.client != nil {
			s.client.Options.Active = s.active
		}
		fmt.Fprintln(s.c.Out, map[bool]string{false: "This host connects to the server for data.", true: "The server connects to this host for data."}[s.active])
		return nil
	}
	if s.client == nil {
		return fmt.Errorf("%s: no connection is open; open HOST makes one", word)
	}
	return s.connected(word, args)
}

// connected does a command that needs the server.
func (s *ftpSession) connected(word string, args []string) (err error) {
	first := ""
	if len(args) > 0 {
		first = args[0]
	}
	client := s.client
	switch word {
	case "close", "disconnect":
		err = client.Quit()
		s.hangUp()
	case "user":
		err = s.login(first)
	case "ls", "dir":
		err = s.list("LIST", first)
	case "nlist":
		err = s.list("NLST", first)
	case "get", "put":
		second := path.Base(first)
		if len(args) > 1 {
			second = args[1]
		}
		if word == "get" {
			return s.get(first, second)
		}
		return s.put(first, second)
	case "binary":
		err = client.Type("I")
	case "ascii":
		err = client.Type("A")
	case "rename":
		err = client.Rename(first, args[1])
	case "quote":
		_, err = client.Command(strings.Join(args, " "))
	default:
		commands := map[string]string{"cd": "CWD", "cdup": "CDUP", "pwd": "PWD", "mkdir": "MKD", "rmdir": "RMD", "delete": "DELE", "size": "SIZE"}
		_, err = client.Command(strings.TrimSpace(commands[word] + " " + first))
	}
	return err
}

// list shows what the server tells of a folder.
func (s *ftpSession) list(command, name string) error {
	t, err := s.client.Open(command, name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(&visible{w: s.c.Out}, t); err != nil {
		t.Abort()
		return err
	}
	return t.Close()
}

// get fetches a file to this host.
func (s *ftpSession) get(name, local string) error {
	began := s.c.Process.Sched().Elapsed()
	t, err := s.client.Retr(name, 0)
	if err != nil {
		return err
	}
	f, err := s.c.Process.FS().OpenFile(s.c.Process.Path(local), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		t.Abort()
		return fileError("get", local, err)
	}
	n, err := io.Copy(f, t)
	if err != nil {
		t.Abort()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		s.moved(n, "received", local, began)
	}
	return err
}

// put stores a file of this host.
func (s *ftpSession) put(name, remote string) error {
	f, err := s.c.Process.FS().Open(s.c.Process.Path(name))
	if err != nil {
		return fileError("put", name, err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return fmt.Errorf("put: %s is a folder", name)
	}
	began := s.c.Process.Sched().Elapsed()
	n, err := s.client.Store(remote, f)
	if err == nil {
		s.moved(n, "sent", remote, began)
	}
	return err
}

// moved tells how many bytes of a file went over the network, and how fast.
func (s *ftpSession) moved(bytes int64, how, name string, began time.Duration) {
	took := s.c.Process.Sched().Elapsed() - began
	fmt.Fprintf(s.c.Out, "%s: %d bytes %s in %.3f s\n", name, bytes, how, took.Seconds())
}

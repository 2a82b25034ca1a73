package repl

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/telnet"
)

// A telnetSession is an open connection of the command telnet.
type telnetSession struct {
	conn  *telnet.Conn // nil before it stands
	err   error        // why it does not
	ended bool
	ready sim.Queue // woken when conn, err or ended has changed
}

// windowLines is the height of the window that servers are told: the shell scrolls.
const windowLines = 24

// connectTelnet connects and shows what the server sends, until it closes.
func connectTelnet(c *Context, args []string) error {
	t := &telnetSession{}
	keptOf(c.Process).telnet = t
	return t.run(c, args)
}

func (t *telnetSession) run(c *Context, args []string) error {
	defer func() { t.ended = true; t.ready.Wake() }()
	conn, err := dialTelnet(c, args)
	if err != nil {
		t.err = fmt.Errorf("telnet: %w", err)
		return t.err
	}
	t.conn = telnet.New(c.Process.Stack(), conn, telnet.Settings{Terminal: "DUMB", Width: c.Width, Height: windowLines, Timeout: -1, Echoes: c.peerEchoes})
	defer conn.Close()
	fmt.Fprintf(c.Out, "Connected to %s.\nEscape character is '^]'.\n", args[0])
	t.ready.Wake()
	b, out := make([]byte, 4096), &visible{w: c.Out}
	for {
		n, err := t.conn.Read(b)
		out.Write(b[:n])
		if err == io.EOF {
			fmt.Fprintln(c.Out, "Connection closed by foreign host.")
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			fmt.Fprintln(c.Out, "Connection closed.")
			return nil
		}
		if err != nil {
			fmt.Fprintf(c.Out, "telnet: %v\n", err)
			return nil
		}
	}
}

// dialTelnet connects to a host and a port, and tells which of the host's addresses it tries.
func dialTelnet(c *Context, args []string) (conn net.Conn, err error) {
	number := strconv.Itoa(telnet.Port)
	if len(args) > 1 {
		if number, err = port(args[1]); err != nil {
			return nil, err
		}
	}
	st := c.Process.Stack()
	addrs, err := st.LookupHost(args[0])
	if err != nil {
		return nil, unreached(args[0], number, err)
	}
	for i, a := range addrs {
		fmt.Fprintf(c.Out, "Trying %s...\n", a)
		if conn, err = (stack.Dialer{Timeout: time.Minute}).Dial(st, "tcp", net.JoinHostPort(a.String(), number)); err == nil {
			return conn, nil
		}
		if i < len(addrs)-1 {
			fmt.Fprintf(c.Out, "telnet: connect to address %s: %s\n", a, reason(err))
		}
	}
	return nil, fmt.Errorf("unable to connect to remote host: %s", reason(err))
}

// peerEchoes has the terminal show what is typed, or leave that to a server that echoes.
func (c *Context) peerEchoes(on bool) {
	switch {
	case c.Show == nil:
	case on:
		c.Show(byPeer)
	default:
		c.Show(echoed)
	}
}

// typed sends a line that the user typed.
func (t *telnetSession) typed(line string) error {
	if t.conn == nil || t.ended {
		return errors.New("telnet: no connection is open")
	}
	_, err := io.WriteString(t.conn, line+"\n")
	return err
}

// telnet lets the user type into a session until it ends.
func (s *Shell) telnet(args []string) error {
	t := &telnetSession{}
	out, width := s.session.Process.Stdout, s.width()
	err := s.session.Do(func(L *lua.LState) {
		p := s.session.Process
		keptOf(p).telnet = t
		p.Spawn(nil, "telnet", L.NewFunction(func(L *lua.LState) int {
			t.run(&Context{L: L, Process: p, Out: out, Width: width, Show: s.show}, args)
			if !p.Sched().Virtual() { // somebody may be typing a line, for whom there is nobody any more
				s.in.CallOff(true)
			}
			return 0
		}), nil, nil)
		for t.conn == nil && t.err == nil {
			p.Sched().Wait(sim.Wait{Call: "connect"}, time.Time{}, &t.ready)
		}
	})
	if err == nil {
		err = t.err
	}
	if err != nil {
		return err
	}
	at := s.host().Name
	s.tell(Done{Text: strings.Join(append([]string{"telnet"}, args...), " "), Host: at, Command: "telnet", Args: args, Open: true})
	s.in.Escape(true)
	defer func() { s.in.Escape(false); s.show(echoed) }()
	for !t.ended && !s.leaving.Load() {
		line, err := s.readAnswer()
		if err != nil || line == "^]" || strings.Contains(line, "\x1d") {
			break
		}
		if t.ended {
			break
		}
		s.note(entry{at: s.session.World.Sched.Elapsed(), text: line, kind: typed})
		var failed error
		if err := s.session.Do(func(*lua.LState) { failed = t.typed(line) }); err != nil || failed != nil {
			return errors.Join(err, failed)
		}
		s.tell(Done{Text: line, Host: at, Typed: true})
	}
	if t.ended {
		return nil
	}
	return s.session.Do(func(*lua.LState) {
		t.conn.Close()
		for !t.ended {
			s.session.World.Sched.Wait(sim.Wait{Call: "close"}, time.Time{}, &t.ready)
		}
	})
}

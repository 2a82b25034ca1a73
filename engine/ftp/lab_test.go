package ftp_test

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/ftp"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// lab runs f on the host client of a world with a server and a host eve, all on one router.
func lab(t *testing.T, s *ftp.Server, f func(w *engine.World, st *stack.Stack)) {
	t.Helper()
	w, err := engine.New(engine.Options{Seed: 1, TimeLimit: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r, err := w.Net.Router("r")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"server", "client", "eve"} {
		h, err := w.AddHost(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Net.Link(h.V, r, vnet.LinkOptions{Shape: vnet.Shape{Delay: time.Millisecond}}); err != nil {
			t.Fatal(err)
		}
	}
	h := w.Find("server")
	st := h.NewStack("ftp")
	authority, err := w.Authority()
	if err == nil && s.TLS == nil {
		s.TLS, err = authority.Server(st, "server")
	}
	if err != nil {
		t.Fatal(err)
	}
	l, err := st.Listen("tcp", ":21")
	if err != nil {
		t.Fatal(err)
	}
	st.Go("accept", func() { s.Serve(st, l) })
	cs := w.Find("client").NewStack("client")
	main := cs.Go("main", func() {
		defer func() {
			if s.Active() > 0 {
				cs.Sleep(time.Second)
			}
			s.Close()
		}()
		f(w, cs)
	})
	if err := w.Sched.Run(main); err != nil {
		t.Error(err)
	}
	if n := st.Group().Len(); n > 0 {
		t.Errorf("the server left %d tasks", n)
	}
}

// A talk is a control connection that is typed into.
type typed struct {
	*testing.T
	net.Conn
}

func dialTyped(t *testing.T, st *stack.Stack) typed {
	c, err := st.Dial("tcp", "server:21")
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(st.Now().Add(time.Hour))
	x := typed{t, c}
	x.hear("220 ")
	return x
}

// hear wants a reply that begins so; of several lines it takes all.
func (x typed) hear(want string) string {
	x.Helper()
	var line []byte
	all := ""
	for {
		b := make([]byte, 1)
		if _, err := x.Read(b); err != nil {
			x.Errorf("want %q, got %q, %v", want, all+string(line), err)
			return ""
		}
		if line = append(line, b...); b[0] != '\n' {
			continue
		}
		all += string(line)
		if len(line) > 3 && line[3] == ' ' && line[0] != ' ' {
			break
		}
		line = line[:0]
	}
	if !strings.HasPrefix(all, want) {
		x.Errorf("want %q, got %q", want, all)
	}
	return all
}

// say sends lines and wants replies that begin so: pairs of both.
func (x typed) say(pairs ...string) {
	x.Helper()
	for i := 0; i < len(pairs); i += 2 {
		io.WriteString(x, pairs[i]+"\r\n")
		if got := x.hear(pairs[i+1]); x.Failed() {
			x.Logf("after %q: %q", pairs[i], got)
		}
	}
}

func passive(t *testing.T, x typed) netip.AddrPort {
	t.Helper()
	io.WriteString(x, "EPSV\r\n")
	var port uint16
	if _, err := fmt.Sscanf(x.hear("229 ")[len("229 Entering Extended Passive Mode (|||"):], "%d", &port); err != nil {
		t.Fatal(err)
	}
	return netip.AddrPortFrom(x.RemoteAddr().(*net.TCPAddr).AddrPort().Addr(), port)
}

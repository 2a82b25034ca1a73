package stack_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// watch collects what observers are told.
func watch(st *stack.Stack, n *network) (told *[]string, w *stack.Watch) {
	told, w = new([]string), &stack.Watch{}
	st.WatchedBy(w)
	w.Observe(func(e stack.Event) {
		text := fmt.Sprintf("%s %s", e.Process.ProcessName(), e.Op)
		if e.Remote.IsValid() {
			text += " " + e.Remote.String()
		}
		if len(e.Data) > 0 {
			text += fmt.Sprintf(" %q", e.Data)
		}
		if e.Text != "" {
			text += " " + e.Text
		}
		if e.Err != nil {
			text += ": " + e.Err.Error()
		}
		*told = append(*told, text)
	})
	return told, w
}

func TestWatchStream(t *testing.T) {
	n := &network{}
	lab(t, n, func(s *sim.Scheduler, st *stack.Stack) {
		told, _ := watch(st, n)
		n.connect = map[netip.Addr]error{netip.MustParseAddr("10.0.0.1"): nil, netip.MustParseAddr("10.0.0.2"): stack.ErrRefused}
		n.names = map[string][]netip.Addr{"www": {netip.MustParseAddr("10.0.0.1")}}
		c, err := st.Dial("tcp", "www:80")
		if err != nil {
			t.Fatal(err)
		}
		sock := stack.Underlying(c.Socket()).(*socket)
		sock.room = 5
		sock.in, sock.eof = [][]byte{[]byte("hello")}, true
		s.After(time.Second, func() { sock.room = 100; sock.w.Wake() })
		c.Write([]byte("GET / in two parts"))
		b := make([]byte, 3)
		for range 4 {
			c.Read(b)
		}
		c.CloseWrite()
		c.Close()
		c.Close()
		st.Dial("tcp", "10.0.0.2:80")
		st.Dial("tcp", "nobody:80")
		st.Note("done")
		want := `test lookup www
test connect 10.0.0.1:80
test connected 10.0.0.1:80
test send 10.0.0.1:80 "GET /"
test send 10.0.0.1:80 " in two parts"
test receive 10.0.0.1:80 "hel"
test receive 10.0.0.1:80 "lo"
test end 10.0.0.1:80
test shutdown 10.0.0.1:80
test close 10.0.0.1:80
test connect 10.0.0.2:80
test failed 10.0.0.2:80: Connection refused
test lookup nobody: lookup nobody: host not found
test note done`
		if got := strings.Join(*told, "\n"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}

func TestWatchDatagramsAndMessages(t *testing.T) {
	n := &network{}
	lab(t, n, func(s *sim.Scheduler, st *stack.Stack) {
		told, _ := watch(st, n)
		c, err := st.ListenPacket("udp", ":53")
		if err != nil {
			t.Fatal(err)
		}
		to := netip.MustParseAddrPort("10.0.0.7:9")
		stack.Underlying(c.Socket()).(*socket).room = 100
		stack.Underlying(c.Socket()).(*socket).in = [][]byte{[]byte("q")}
		st.Message(stack.Message{Local: c.LocalAddr(), Text: "query"})
		c.WriteToAddrPort([]byte("x"), to)
		c.ReadFromAddrPort(make([]byte, 10))
		stack.Underlying(c.Socket()).(*socket).eof = true // any error will do
		c.ReadFromAddrPort(make([]byte, 10))
		want := `test message query
test send 10.0.0.7:9 "x"
test receive 10.0.0.7:9 "q"
test failed 10.0.0.7:9: EOF`
		if got := strings.Join(*told, "\n"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}

// TestWatchComesAndGoes checks that sockets are wrapped only while somebody observes.
func TestWatchComesAndGoes(t *testing.T) {
	n := &network{}
	lab(t, n, func(s *sim.Scheduler, st *stack.Stack) {
		w := &stack.Watch{}
		st.WatchedBy(w)
		plain, _ := st.Socket(stack.TCP, stack.IPv4)
		if st.Watched() || stack.Underlying(plain) != plain {
			t.Error("a socket is wrapped although nobody observes")
		}
		count := 0
		stop := w.Observe(func(stack.Event) { count++ })
		st.Note("one")
		stop()
		st.Note("two")
		if count != 1 || st.Watched() {
			t.Errorf("%d events after stop", count)
		}
	})
}

// TestWatchFromItsBeginning checks that an observer sees the same whether or not another was there before.
func TestWatchFromItsBeginning(t *testing.T) {
	n := &network{}
	lab(t, n, func(s *sim.Scheduler, st *stack.Stack) {
		w := &stack.Watch{}
		st.WatchedBy(w)
		var first, second []string
		w.Observe(func(e stack.Event) { first = append(first, e.Op.String()) })
		to := netip.MustParseAddrPort("10.0.0.7:9")
		send := func() *stack.PacketConn {
			c, err := st.ListenPacket("udp", ":0")
			if err != nil {
				t.Fatal(err)
			}
			stack.Underlying(c.Socket()).(*socket).room = 100
			c.WriteToAddrPort([]byte("x"), to)
			return c
		}
		before := send()
		w.Observe(func(e stack.Event) { second = append(second, e.Op.String()) })
		before.WriteToAddrPort([]byte("y"), to)
		send()
		if got := strings.Join(first, " ") + ", " + strings.Join(second, " "); got != "send send send, send" {
			t.Errorf("the observers saw %s", got)
		}
	})
}

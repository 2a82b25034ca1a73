package dns_test

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// A scripted server does with the n-th datagram (from 0) that it gets what a test says.
type scripted struct {
	*engine.World
	t              *testing.T
	client, server *engine.Host
	addr           netip.AddrPort
	link           *vnet.Link
}

func newScripted(t *testing.T) *scripted {
	t.Helper()
	w, err := engine.New(engine.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	client, err := w.AddHost("client")
	if err != nil {
		t.Fatal(err)
	}
	server, err := w.AddHost("server")
	if err != nil {
		t.Fatal(err)
	}
	l, err := w.Net.Link(client.V, server.V, vnet.LinkOptions{Shape: vnet.Shape{Delay: 10 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	return &scripted{w, t, client, server, netip.AddrPortFrom(server.V.Addrs()[0], 53), l}
}

// serve starts the server. reply gets the question and may call send with any bytes, from the port it was asked at or another.
func (w *scripted) serve(reply func(n int, q *dns.Message, send func(b []byte, port string))) {
	s := w.server.NewStack("server")
	s.Go("udp", func() {
		main, err := s.ListenPacket("udp", ":53")
		if err != nil {
			w.t.Error(err)
			return
		}
		b := make([]byte, 4096)
		for n := 0; ; n++ {
			size, from, err := main.ReadFromAddrPort(b)
			if err != nil {
				return
			}
			q := new(dns.Message)
			if err := q.Unpack(b[:size]); err != nil {
				w.t.Error(err)
			}
			reply(n, q, func(b []byte, port string) {
				c := main
				if port != "53" {
					if c, err = s.ListenPacket("udp", ":"+port); err != nil {
						w.t.Error(err)
						return
					}
					defer c.Close()
				}
				c.WriteToAddrPort(b, from)
			})
		}
	})
}

// ask runs one exchange.
func (w *scripted) ask(c dns.Client, q *dns.Message) (reply *dns.Reply, ignored []error, took time.Duration, err error) {
	w.t.Helper()
	st := w.client.NewStack("client")
	c.Stack, c.Ignored = st, func(why error) { ignored = append(ignored, why) }
	main := st.Go("main", func() {
		began := st.Now()
		reply, err = c.Exchange(q, w.addr)
		took = st.Now().Sub(began)
		if n := st.OpenSockets(); n != 0 && c.Port == nil {
			w.t.Errorf("%d sockets are left", n)
		}
	})
	if runErr := w.Sched.Run(main); runErr != nil {
		w.t.Fatal(runErr)
	}
	return reply, ignored, took, err
}

func question(name string) *dns.Message {
	m := &dns.Message{Question: []dns.Question{{Name: name, Qtype: miekg.TypeA, Qclass: miekg.ClassINET}}}
	return m
}

// answerTo is the right answer, in which change may spoil something.
func answerTo(t *testing.T, q *dns.Message, change func(m *dns.Message)) []byte {
	m := &dns.Message{Question: q.Question}
	m.Id, m.Response, m.Authoritative = q.Id, true, true
	rrs, err := dns.ParseRecords(q.Question[0].Name+" 60 A 192.0.2.1", dns.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m.Answer = rrs
	if change != nil {
		change(m)
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestClient(t *testing.T) {
	bad := func(change func(m *dns.Message)) func(*testing.T, int, *dns.Message, func([]byte, string)) {
		return func(t *testing.T, n int, q *dns.Message, send func([]byte, string)) {
			send(answerTo(t, q, change), "53")
			send(answerTo(t, q, nil), "53")
		}
	}
	for _, c := range []struct {
		name    string
		client  dns.Client
		serve   func(t *testing.T, n int, q *dns.Message, send func([]byte, string))
		code    string // of the error; "" for an answer
		ignored []error
		took    time.Duration
	}{
		{"an answer", dns.Client{}, func(t *testing.T, n int, q *dns.Message, send func([]byte, string)) { send(answerTo(t, q, nil), "53") }, "", nil, 20 * time.Millisecond},
		{"another id", dns.Client{}, bad(func(m *dns.Message) { m.Id++ }), "", []error{dns.ErrOtherID}, 20 * time.Millisecond},
		{"another name", dns.Client{}, bad(func(m *dns.Message) { m.Question = question("www.other.").Question }), "", []error{dns.ErrOtherQuestion}, 20 * time.Millisecond},
		{"another type", dns.Client{}, bad(func(m *dns.Message) {
			m.Question = []dns.Question{{Name: m.Question[0].Name, Qtype: miekg.TypeMX, Qclass: 1}}
		}), "", []error{dns.ErrOtherQuestion}, 20 * time.Millisecond},
		{"a question", dns.Client{}, bad(func(m *dns.Message) { m.Response = false }), "", []error{dns.ErrOtherQuestion}, 20 * time.Millisecond},
		{"no question", dns.Client{}, bad(func(m *dns.Message) { m.Question = nil }), "", []error{dns.ErrOtherQuestion}, 20 * time.Millisecond},
		{"other letters", dns.Client{ExactCase: true}, bad(func(m *dns.Message) { m.Question = question("WWW.lab.").Question }), "", []error{dns.ErrOtherQuestion}, 20 * time.Millisecond},
		{"from another port", dns.Client{Port: &dns.SharedPort{}}, func(t *testing.T, n int, q *dns.Message, send func([]byte, string)) {
			send(answerTo(t, q, nil), "5353")
			send(answerTo(t, q, nil), "53")
		}, "", []error{dns.ErrOtherSender}, 20 * time.Millisecond},
		{"from another port, connected", dns.Client{Tries: 1}, func(t *testing.T, n int, q *dns.Message, send func([]byte, string)) {
			send(answerTo(t, q, nil), "5353")
		}, "timeout", nil, 5 * time.Second},
		{"the second time", dns.Client{Timeout: time.Second}, func(t *testing.T, n int, q *dns.Message, send func([]byte, string)) {
			if n == 1 {
				send(answerTo(t, q, nil), "53")
			}
		}, "", nil, 1020 * time.Millisecond},
		{"never", dns.Client{Timeout: time.Second, Tries: 4}, func(t *testing.T, n int, q *dns.Message, send func([]byte, string)) {}, "timeout", nil, 4 * time.Second},
		{"garbage", dns.Client{Timeout: time.Second, Tries: 1}, func(t *testing.T, n int, q *dns.Message, send func([]byte, string)) {
			send([]byte{}, "53")
			send([]byte{1}, "53")
			send(binary.BigEndian.AppendUint16(nil, q.Id), "53")
			send(append(binary.BigEndian.AppendUint16(nil, q.Id), []byte(strings.Repeat("\xc0\x0c", 200))...), "53")
		}, "protocol", []error{dns.ErrBadReply, dns.ErrBadReply, dns.ErrBadReply, dns.ErrBadReply}, time.Second},
		{"a failure without the question", dns.Client{}, func(t *testing.T, n int, q *dns.Message, send func([]byte, string)) {
			send(answerTo(t, q, func(m *dns.Message) { m.Question, m.Answer, m.Rcode = nil, nil, miekg.RcodeFormatError }), "53")
		}, "", nil, 20 * time.Millisecond},
		{"truncated, no TCP there", dns.Client{}, func(t *testing.T, n int, q *dns.Message, send func([]byte, string)) {
			send(answerTo(t, q, func(m *dns.Message) { m.Truncated, m.Answer = true, nil }), "53")
		}, "refused", nil, 40 * time.Millisecond},
		{"truncated, and that will do", dns.Client{NoTCP: true}, func(t *testing.T, n int, q *dns.Message, send func([]byte, string)) {
			send(answerTo(t, q, func(m *dns.Message) { m.Truncated, m.Answer = true, nil }), "53")
		}, "", nil, 20 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newScripted(t)
			w.serve(func(n int, q *dns.Message, send func([]byte, string)) { c.serve(t, n, q, send) })
			reply, ignored, took, err := w.ask(c.client, question("www.lab."))
			code := ""
			if err != nil {
				code = stack.Code(err)
			}
			if code != c.code || (reply == nil) != (c.code != "") || took != c.took {
				t.Errorf("%v, %v after %v, want code %q after %v", reply, err, took, c.code, c.took)
			}
			if diff := cmp.Diff(c.ignored, ignored, cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) })); diff != "" {
				t.Errorf("passed over (-want +got):\n%s", diff)
			}
		})
	}
}

// TestClientRefused: an ICMP message ends the wait at once.
func TestClientRefused(t *testing.T) {
	w := newScripted(t)
	if _, _, took, err := w.ask(dns.Client{}, question("www.lab.")); stack.Code(err) != "refused" || took != 20*time.Millisecond || err.Error() != "dns: ask 10.0.1.2:53: Connection refused" {
		t.Errorf("%v after %v", err, took)
	}
	w.link.SetUp(false)
	if _, _, _, err := w.ask(dns.Client{}, question("www.lab.")); stack.Code(err) != "unreachable" {
		t.Error(err)
	}
}

// TestClientTCP: lying peers over TCP.
func TestClientTCP(t *testing.T) {
	good := func(q *dns.Message) []byte { return answerTo(t, q, nil) }
	for _, c := range []struct {
		name string
		talk func(q *dns.Message, c *stack.Conn)
		code string
	}{
		{"an answer", func(q *dns.Message, c *stack.Conn) { wire.Width16.WriteFrame(c, good(q)) }, ""},
		{"others first", func(q *dns.Message, c *stack.Conn) {
			for range 5 {
				wire.Width16.WriteFrame(c, answerTo(t, q, func(m *dns.Message) { m.Id++ }))
			}
			wire.Width16.WriteFrame(c, good(q))
		}, ""},
		{"others without end", func(q *dns.Message, c *stack.Conn) {
			for range 100 {
				wire.Width16.WriteFrame(c, answerTo(t, q, func(m *dns.Message) { m.Id++ }))
			}
		}, "protocol"},
		{"half a message", func(q *dns.Message, c *stack.Conn) { c.Write([]byte{0, 100, 1, 2, 3}) }, "closed"},
		{"nothing", func(q *dns.Message, c *stack.Conn) {}, "closed"},
		{"silence", func(q *dns.Message, c *stack.Conn) { c.Read(make([]byte, 1)) }, "timeout"},
		{"garbage", func(q *dns.Message, c *stack.Conn) {
			wire.Width16.WriteFrame(c, []byte(strings.Repeat("\xc0", 500)))
		}, "protocol"},
		{"an empty message", func(q *dns.Message, c *stack.Conn) { wire.Width16.WriteFrame(c, nil) }, "protocol"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newScripted(t)
			s := w.server.NewStack("server")
			s.Go("tcp", func() {
				l, err := s.Listen("tcp", ":53")
				if err != nil {
					t.Error(err)
					return
				}
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				b, err := wire.Width16.ReadFrame(conn, 0)
				q := new(dns.Message)
				if err != nil || q.Unpack(b) != nil {
					t.Error(err)
					return
				}
				c.talk(q, conn.(*stack.Conn))
			})
			reply, _, took, err := w.ask(dns.Client{TCP: true}, question("www.lab."))
			code := ""
			if err != nil {
				code = stack.Code(err)
			}
			if code != c.code || took > 6*time.Second || (err == nil) != (reply != nil) {
				t.Errorf("%v, %v after %v; want code %q", reply, err, took, c.code)
			}
		})
	}
}

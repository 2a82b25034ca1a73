package pop3_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/pop3"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// A box is a mailbox in memory that one session at a time may lock.
type box struct {
	texts  []string // with CRLF
	locked bool
	fail   error // of Delete and Open
}

func (b *box) Messages() []pop3.Message {
	var list []pop3.Message
	for i, text := range b.texts {
		list = append(list, pop3.Message{Size: int64(len(text)), UID: fmt.Sprintf("uid-%d-%d", i, len(text))})
	}
	return list
}

func (b *box) Open(i int) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(b.texts[i])), b.fail
}

func (b *box) Delete(indices []int) error {
	if b.fail != nil {
		return b.fail
	}
	for n, i := range indices {
		b.texts = append(b.texts[:i-n:i-n], b.texts[i-n+1:]...)
	}
	return nil
}

func (b *box) Close() error { b.locked = false; return nil }

// text is a message of n bytes.
func text(n int) string {
	s := "From: alice@crepes.fr\r\nSubject: pickles\r\n\r\n.a line with a dot\r\n"
	return s + strings.Repeat("x", n-len(s)-2) + "\r\n"
}

// server returns a server with one user, alice, and her mailbox.
func server(texts ...string) (*pop3.Server, *box) {
	b := &box{texts: texts}
	return &pop3.Server{
		Secret: func(user string) (string, bool) {
			return map[string]string{"alice": "hungry", "odd": " a b "}[user], user != "nobody"
		},
		Open: func(user string) (pop3.Drop, error) {
			if b.locked {
				return nil, pop3.ErrInUse
			}
			b.locked = true
			return b, nil
		},
	}, b
}

// world runs f on a client that is joined to a host with the server.
func world(t testing.TB, s *pop3.Server, f func(st *stack.Stack, at string)) {
	t.Helper()
	w, err := engine.New(engine.Options{Seed: 1, TimeLimit: 100 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	a, _ := w.AddHost("mail.hamburger.edu")
	b, _ := w.AddHost("pc")
	if _, err := w.Net.Link(a.V, b.V, vnet.LinkOptions{Shape: vnet.Shape{Delay: 10 * time.Millisecond, Rate: 10_000_000}}); err != nil {
		t.Fatal(err)
	}
	st := a.NewStack("pop3")
	if s.Implicit {
		authority, err := pki.New(1)
		if err != nil {
			t.Fatal(err)
		}
		if s.TLS, err = authority.Server(st, "mail.hamburger.edu"); err != nil {
			t.Fatal(err)
		}
	}
	l, err := st.Listen("tcp", ":110")
	if err != nil {
		t.Fatal(err)
	}
	st.Go("accept", func() {
		if err := s.Serve(st, l); err != nil {
			t.Error(err)
		}
	})
	client := b.NewStack("client")
	if err := w.Sched.Run(b.Group.Go("main", func() { f(client, "mail.hamburger.edu:110"); client.Close(); s.Close() })); err != nil {
		t.Error(err)
	}
	if n := st.Group().Len(); n > 0 || st.OpenSockets() > 0 || s.Active() > 0 {
		t.Errorf("the server left %d tasks, %d sockets, %d sessions", n, st.OpenSockets(), s.Active())
	}
}

// say sends all lines at once, half-closes, and returns all that the server says.
func say(st *stack.Stack, at string, lines ...string) string {
	c, err := st.Dial("tcp", at)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	if len(lines) > 0 {
		io.WriteString(c, strings.Join(lines, "\r\n")+"\r\n")
	}
	c.CloseWrite()
	all, err := io.ReadAll(c)
	if err != nil {
		return err.Error()
	}
	return strings.ReplaceAll(string(all), "\r\n", "\n")
}

// TestDialogue is what a server says to lines that come in the clear: states, arguments, refusals.
func TestDialogue(t *testing.T) {
	in := []string{"user alice", "pass hungry"}
	for _, c := range []struct {
		name  string
		lines []string
		want  string // without the greeting, and behind the login if it is there
	}{
		{"the slides", append(in, "list", "retr 1", "dele 1", "dele 2", "quit"),
			"+OK 2 messages (1410 octets)\n1 498\n2 912\n.\n+OK 498 octets\n" + strings.ReplaceAll(strings.ReplaceAll(text(498), "\r\n", "\n"), "\n.a", "\n..a") + ".\n+OK\n+OK\n+OK POP3 server signing off\n"},
		{"no login", []string{"STAT", "LIST", "RETR 1", "NOOP", "QUIT"}, "-ERR STAT comes after the login\n-ERR LIST comes after the login\n-ERR RETR comes after the login\n-ERR NOOP comes after the login\n+OK POP3 server signing off\n"},
		{"PASS first", []string{"PASS hungry"}, "-ERR USER comes before PASS\n"},
		{"wrong password", []string{"USER alice", "PASS Hungry", "PASS hungry"}, "+OK\n-ERR [AUTH] wrong name or password\n-ERR USER comes before PASS\n"},
		{"no such user", []string{"USER nobody", "PASS "}, "+OK\n-ERR [AUTH] wrong name or password\n"},
		{"three wrong passwords", []string{"USER a", "PASS b", "USER a", "PASS b", "USER a", "PASS b", "USER alice", "PASS hungry"}, strings.Repeat("+OK\n-ERR [AUTH] wrong name or password\n", 3)},
		{"a password with spaces", []string{"USER odd", "PASS  a b ", "STAT"}, "+OK\n+OK user successfully logged on\n+OK 2 1410\n"},
		{"login twice", append(in, "USER alice", "APOP a b", "STLS"), "-ERR USER comes before the login\n-ERR APOP comes before the login\n-ERR STLS comes before the login\n"},
		{"marks", append(in, "STAT", "DELE 1", "DELE 1", "RETR 1", "LIST 1", "STAT", "LIST", "UIDL", "RSET", "STAT"),
			"+OK 2 1410\n+OK\n-ERR no such message\n-ERR no such message\n-ERR no such message\n+OK 1 912\n+OK 1 messages (912 octets)\n2 912\n.\n+OK 1 messages (912 octets)\n2 uid-1-912\n.\n+OK\n+OK 2 1410\n"},
		{"one line", append(in, "LIST 2", "UIDL 2", "LIST 3", "LIST 0", "LIST x", "LIST -1", "LIST 1 2", "UIDL 99999999999"),
			"+OK 2 912\n+OK 2 uid-1-912\n" + strings.Repeat("-ERR no such message\n", 4) + "-ERR LIST wants at most one message number\n-ERR no such message\n"},
		{"TOP", append(in, "TOP 1 0", "TOP 1 1", "TOP 1", "TOP 1 x", "TOP 3 1"),
			"+OK top of message follows\nFrom: alice@crepes.fr\nSubject: pickles\n\n.\n+OK top of message follows\nFrom: alice@crepes.fr\nSubject: pickles\n\n..a line with a dot\n.\n" +
				"-ERR TOP wants a message number and a number of lines\n-ERR TOP wants a message number and a number of lines\n-ERR no such message\n"},
		{"nonsense", []string{"", "1 2", "XYZZY", "list\x00", strings.Repeat("A", 300), "  USER alice"},
			"-ERR not a command\n-ERR not a command\n-ERR unknown command XYZZY\n-ERR not a command\n-ERR line too long\n-ERR not a command\n"},
		{"no APOP here", []string{"APOP alice c4c9334bac560ecc979e58001b3e22fb", "STLS", "AUTH", "AUTH X", "USER", "USER a b"},
			"-ERR APOP is not offered: the greeting has no time stamp\n-ERR STLS is not offered\n-ERR AUTH wants a mechanism\n-ERR no such mechanism here\n-ERR USER wants a name\n-ERR USER wants a name\n"},
		{"AUTH PLAIN", []string{"AUTH PLAIN AGFsaWNlAGh1bmdyeQ==", "NOOP"}, "+OK user successfully logged on\n+OK\n"},
		{"AUTH PLAIN in two steps", []string{"auth plain", "AGFsaWNlAGh1bmdyeQ=="}, "+ \n+OK user successfully logged on\n"},
		{"AUTH that is broken off", []string{"AUTH PLAIN", "*", "AUTH PLAIN", "!", "AUTH PLAIN " + strings.Repeat("A", 100), "AUTH PLAIN"},
			"+ \n-ERR [AUTH] cancelled\n+ \n-ERR [AUTH] not a message of PLAIN\n-ERR [AUTH] not a message of PLAIN\n+ \n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := server(text(498), text(912))
			world(t, s, func(st *stack.Stack, at string) {
				want := "+OK POP3 server ready\n"
				if len(c.lines) > 1 && c.lines[0] == in[0] && c.lines[1] == in[1] {
					want += "+OK\n+OK user successfully logged on\n"
				}
				if diff := cmp.Diff(want+c.want, say(st, at, c.lines...)); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		})
	}
}

// TestTheServerHangsUp on a client that does nothing right.
func TestTheServerHangsUp(t *testing.T) {
	s, _ := server()
	world(t, s, func(st *stack.Stack, at string) {
		if got := strings.Count(say(st, at, make([]string, 200)...), "-ERR"); got != 50 {
			t.Errorf("%d mistakes were answered", got)
		}
	})
}

// TestUpdateOnlyAtQuit: what is marked goes only at QUIT, and a broken connection unlocks the maildrop.
func TestUpdateOnlyAtQuit(t *testing.T) {
	s, b := server(text(498), text(912), text(100))
	world(t, s, func(st *stack.Stack, at string) {
		say(st, at, "USER alice", "PASS hungry", "DELE 1", "DELE 3")
		if len(b.texts) != 3 || b.locked {
			t.Errorf("after a session without QUIT: %d messages, locked %v", len(b.texts), b.locked)
		}
		say(st, at, "USER alice", "PASS hungry", "DELE 1", "DELE 3", "QUIT", "RSET")
		if len(b.texts) != 1 || len(b.texts[0]) != 912 || b.locked {
			t.Errorf("after QUIT: %d messages, locked %v", len(b.texts), b.locked)
		}
		b.fail = errors.New("disk on fire")
		if got := say(st, at, "USER alice", "PASS hungry", "RETR 1", "DELE 1", "QUIT"); !strings.HasSuffix(got, "-ERR [SYS/TEMP] the message cannot be read\n+OK\n-ERR [SYS/TEMP] some deleted messages not removed\n") {
			t.Errorf("with a store that fails: %s", got)
		}
	})
}

func TestMaildropLock(t *testing.T) {
	s, _ := server(text(498))
	world(t, s, func(st *stack.Stack, at string) {
		first := dial(t, st, at, pop3.Options{})
		if err := first.Login("alice", "hungry"); err != nil {
			t.Error(err)
		}
		second := dial(t, st, at, pop3.Options{})
		err := second.Login("alice", "hungry")
		var refusal *pop3.Error
		if !errors.As(err, &refusal) || refusal.Response != "IN-USE" || stack.Code(err) != "in-use" || err.Error() != "pop3: PASS refused: [IN-USE] maildrop already locked" {
			t.Errorf("second session: %v, %s", err, stack.Code(err))
		}
		first.Close()
		st.Sleep(time.Second)
		if err := second.Login("alice", "hungry"); err != nil {
			t.Errorf("when the first is gone: %v", err)
		}
		second.Quit()
	})
}

func dial(t testing.TB, st *stack.Stack, at string, o pop3.Options) *pop3.Client {
	t.Helper()
	c, err := pop3.Dial(st, at, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestClient runs every method against the server.
func TestClient(t *testing.T) {
	s, b := server(text(498), text(912))
	s.APOP = true
	world(t, s, func(st *stack.Stack, at string) {
		c := dial(t, st, at, pop3.Options{})
		if err := c.APOP("alice", "wrong"); stack.Code(err) != "denied" {
			t.Errorf("a wrong password by APOP: %v", err)
		}
		if err := c.CRAMMD5("alice", "wrong"); stack.Code(err) != "denied" {
			t.Errorf("a wrong password by CRAM-MD5: %v", err)
		}
		capabilities, err := c.Capa()
		if !strings.Contains(strings.Join(capabilities, ";"), "USER;SASL PLAIN CRAM-MD5") || err != nil {
			t.Errorf("Capa: %q, %v", capabilities, err)
		}
		if err := c.APOP("alice", "hungry"); err != nil {
			t.Errorf("APOP with the stamp %s: %v", c.Stamp(), err)
		}
		n, size, err := c.Stat()
		if n != 2 || size != 1410 || err != nil {
			t.Errorf("Stat: %d, %d, %v", n, size, err)
		}
		list, err := c.List()
		if diff := cmp.Diff([]pop3.Entry{{Number: 1, Size: 498}, {Number: 2, Size: 912}}, list); diff != "" || err != nil {
			t.Error(diff, err)
		}
		ids, err := c.UIDL()
		if diff := cmp.Diff([]pop3.Entry{{Number: 1, UID: "uid-0-498"}, {Number: 2, UID: "uid-1-912"}}, ids); diff != "" || err != nil {
			t.Error(diff, err)
		}
		message, err := c.Retr(2)
		if string(message) != text(912) || err != nil {
			t.Errorf("Retr: %q, %v", message, err)
		}
		top, err := c.Top(1, 1)
		if want := "From: alice@crepes.fr\r\nSubject: pickles\r\n\r\n.a line with a dot\r\n"; string(top) != want || err != nil {
			t.Errorf("Top: %q, %v", top, err)
		}
		if _, err := c.Retr(3); stack.Code(err) != "not-found" {
			t.Errorf("Retr of no message: %v", err)
		}
		text, err := c.Command("LIST 1")
		if text != "1 498" || err != nil {
			t.Errorf("Command: %q, %v", text, err)
		}
		if _, err := c.Command("NOOP\r\nQUIT"); stack.Code(err) != "protocol" {
			t.Errorf("two lines as a command: %v", err)
		}
		if err := errors.Join(c.Dele(1), c.Rset(), c.Dele(2), c.Noop(), c.Quit()); err != nil {
			t.Error(err)
		}
		if len(b.texts) != 1 || len(b.texts[0]) != 498 {
			t.Errorf("%d messages are left", len(b.texts))
		}
		if c = dial(t, st, at, pop3.Options{}); c.CRAMMD5("alice", "hungry") != nil || c.Quit() != nil {
			t.Error("CRAM-MD5 with the right password")
		}
	})
}

func TestTLS(t *testing.T) {
	for _, implicit := range []bool{true, false} {
		s, _ := server(text(498))
		s.Implicit, s.RequireTLS = true, true // world makes a certificate
		world(t, s, func(st *stack.Stack, at string) {
			s.Implicit = implicit
			authority, _ := pki.New(1)
			o := pop3.Options{TLS: authority.Client(st, "mail.hamburger.edu"), Implicit: implicit}
			c := dial(t, st, at, o)
			if !implicit {
				if err := c.Login("alice", "hungry"); err == nil {
					t.Error("a password in the clear was taken")
				}
				if err := c.STLS(); err != nil {
					t.Fatal(err)
				}
				if err := c.STLS(); err == nil {
					t.Error("STLS twice")
				}
			}
			if err := c.Login("alice", "hungry"); err != nil {
				t.Error(err)
			}
			if message, err := c.Retr(1); string(message) != text(498) || err != nil {
				t.Errorf("%q, %v", message, err)
			}
			if err := c.Quit(); err != nil {
				t.Error(err)
			}
			o.TLS = authority.Client(st, "other.name")
			c, err := pop3.Dial(st, at, o)
			if !implicit && err == nil {
				err = c.STLS()
				c.Close()
			}
			if stack.Code(err) != "protocol" {
				t.Errorf("a certificate of another name: %v", err)
			}
		})
	}
}

// TestNothingIsTakenFromBeforeTLS sends a command in the clear behind STLS.
func TestNothingIsTakenFromBeforeTLS(t *testing.T) {
	s, _ := server(text(498))
	s.Implicit = true
	world(t, s, func(st *stack.Stack, at string) {
		s.Implicit = false
		if got := say(st, at, "STLS", "USER alice"); got != "+OK POP3 server ready\n-ERR nothing may follow STLS in the clear\n" {
			t.Errorf("got %q", got)
		}
	})
}

func TestTooManySessions(t *testing.T) {
	s, _ := server()
	s.Sessions = 2
	world(t, s, func(st *stack.Stack, at string) {
		a, b := dial(t, st, at, pop3.Options{}), dial(t, st, at, pop3.Options{})
		if _, err := pop3.Dial(st, at, pop3.Options{}); err == nil || err.Error() != "pop3: refused: [SYS/TEMP] too many sessions" {
			t.Errorf("third session: %v", err)
		}
		a.Quit()
		b.Quit()
	})
}

// TestLyingServers shows clients answers that no server may give.
func TestLyingServers(t *testing.T) {
	for _, c := range []struct {
		name, said, code string
		do               func(*pop3.Client) error
	}{
		{"greeting", "220 smtp\r\n", "protocol", nil},
		{"refused", "-ERR [SYS/PERM] go away\r\n", "failed", nil},
		{"cut off", "+OK\r\n+OK\r\nFrom: x\r\n", "closed", func(c *pop3.Client) error { _, err := c.Retr(1); return err }},
		{"size", "+OK\r\n+OK many 12\r\n", "protocol", func(c *pop3.Client) error { _, _, err := c.Stat(); return err }},
		{"numbers", "+OK\r\n+OK\r\n1 12\r\n-2 12\r\n.\r\n", "protocol", func(c *pop3.Client) error { _, err := c.List(); return err }},
		{"ids", "+OK\r\n+OK\r\n1 a b\r\n.\r\n", "protocol", func(c *pop3.Client) error { _, err := c.UIDL(); return err }},
		{"large", "+OK\r\n+OK\r\n" + strings.Repeat("x\r\n", 1000), "too-long", func(c *pop3.Client) error { _, err := c.Retr(1); return err }},
		{"challenge", "+OK\r\n+ !\r\n", "protocol", func(c *pop3.Client) error { return c.CRAMMD5("a", "b") }},
		{"no stamp", "+OK <1896>\r\n", "denied", func(c *pop3.Client) error { return c.APOP("a", "b") }},
		{"no TLS", "+OK\r\n", "invalid", func(c *pop3.Client) error { return c.STLS() }},
		{"silence", "+OK\r\n", "timeout", func(c *pop3.Client) error { return c.Noop() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := engine.New(engine.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			h, _ := w.Local()
			st := h.NewStack("x")
			l, err := st.Listen("tcp", ":110")
			if err != nil {
				t.Fatal(err)
			}
			st.Go("liar", func() {
				conn, _ := l.Accept()
				io.WriteString(conn, c.said)
				if c.name != "silence" {
					conn.(*stack.Conn).CloseWrite()
				}
				io.Copy(io.Discard, conn)
			})
			err = w.Sched.Run(st.Go("main", func() {
				client, err := pop3.Dial(st, "localhost:110", pop3.Options{Largest: 1000})
				if err == nil && c.do != nil {
					err = c.do(client)
				}
				if stack.Code(err) != c.code {
					t.Errorf("%v has code %s, want %s", err, stack.Code(err), c.code)
				}
			}))
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSlowClient: who sends a byte a minute gets no more time than who sends none.
func TestSlowClient(t *testing.T) {
	s, b := server(text(498))
	world(t, s, func(st *stack.Stack, at string) {
		c, err := st.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, "USER alice\r\nPASS hungry\r\nDELE 1\r\n")
		began := st.Scheduler().Elapsed()
		st.Go("drip", func() {
			for {
				if _, err := c.Write([]byte("Q")); err != nil {
					return
				}
				st.Sleep(time.Minute)
			}
		})
		io.Copy(io.Discard, c)
		if took := st.Scheduler().Elapsed() - began; took < 10*time.Minute || took > 11*time.Minute || len(b.texts) != 1 || b.locked {
			t.Errorf("the server waited %v; %d messages, locked %v", took, len(b.texts), b.locked)
		}
		c.Close()
	})
}

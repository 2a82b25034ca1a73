package smtp_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// answering starts a server that answers the n-th line, the greeting being before the first, with the n-th text. After the last it closes, unless that is "…":
// then it says nothing more. It returns what it heard.
func (w *world) answering(answers ...string) *strings.Builder {
	var heard strings.Builder
	l, err := w.server.Listen("tcp", ":25")
	if err != nil {
		w.t.Fatal(err)
	}
	w.server.Go("liar", func() {
		defer l.Close()
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		one := make([]byte, 1)
		for i, answer := range answers {
			for i > 0 {
				if _, err := io.ReadFull(c, one); err != nil {
					return
				}
				heard.WriteByte(one[0])
				if one[0] == '\n' {
					break
				}
			}
			if answer == "…" {
				io.Copy(io.Discard, c)
				return
			}
			io.WriteString(c, answer)
		}
	})
	return &heard
}

func TestLyingServers(t *testing.T) {
	const ehlo = "250-x\r\n250-PIPELINING\r\n250 SIZE 100\r\n"
	noop := func(c *smtp.Client) (smtp.Reply, error) { return c.Noop() }
	for _, c := range []struct {
		name    string
		answers []string
		call    func(*smtp.Client) (smtp.Reply, error) // nil: Dial fails already
		want    string
		code    string
	}{
		{"no number", []string{"hello\r\n"}, nil, `smtp: connect: the server's reply is none: "hello"`, "protocol"},
		{"code 199", []string{"199 x\r\n"}, nil, "the server's reply is none", "protocol"},
		{"a greeting that refuses", []string{"554 5.3.2 go away\r\n"}, nil, "smtp: connect: 554 5.3.2 go away", "denied"},
		{"two codes", []string{"220-a\r\n250 b\r\n"}, nil, "have different codes", "protocol"},
		{"too long a line", []string{"220 " + strings.Repeat("x", 5000) + "\r\n"}, nil, "longer than a reply may be", "protocol"},
		{"too many lines", []string{strings.Repeat("220-x\r\n", 5000)}, nil, "too many lines", "protocol"},
		{"no end", []string{"220-x\r\n"}, nil, "EOF", "closed"},
		{"half a line", []string{"220 x"}, nil, "EOF", "closed"},
		{"nothing", []string{""}, nil, "EOF", "closed"},
		{"says nothing more", []string{"220 x\r\n", "…"}, noop, "smtp: NOOP: read tcp", "timeout"},
		{"closes", []string{"220 x\r\n", ""}, noop, "smtp: NOOP: EOF", "closed"},
		{"421", []string{"220 x\r\n", "421 4.3.0 bye\r\n"}, noop, "smtp: NOOP: 421 4.3.0 bye", "denied"},
		{"354 to AUTH", []string{"220 x\r\n", "250-x\r\n250 AUTH PLAIN\r\n", "354 go on\r\n", "…"},
			func(c *smtp.Client) (smtp.Reply, error) { c.Ehlo("y"); return c.Auth("", "al", "pw") }, "smtp: AUTH PLAIN: the server's reply does not fit", "protocol"},
		{"a challenge that is none", []string{"220 x\r\n", "250-x\r\n250 AUTH CRAM-MD5\r\n", "334 %%\r\n", "501 cancelled\r\n"},
			func(c *smtp.Client) (smtp.Reply, error) { c.Ehlo("y"); return c.Auth("", "al", "pw") }, "the challenge is not base64", "protocol"},
		{"no AUTH", []string{"220 x\r\n", "250 x\r\n"},
			func(c *smtp.Client) (smtp.Reply, error) { c.Ehlo("y"); return c.Auth("", "al", "pw") }, "smtp: AUTH: the server does not offer AUTH", "unsupported"},
		{"no 8BITMIME", []string{"220 x\r\n", "250 x\r\n", "…"}, func(c *smtp.Client) (smtp.Reply, error) {
			_, err := c.Send("a@b.org", []string{"c@d.org"}, []byte("ü"))
			return smtp.Reply{}, err
		}, "smtp: MAIL: the server does not offer 8BITMIME", "unsupported"},
		{"no SMTPUTF8", []string{"220 x\r\n", "250 x\r\n", "…"}, func(c *smtp.Client) (smtp.Reply, error) {
			_, err := c.Send("a@b.org", []string{"ç@d.org"}, []byte("u"))
			return smtp.Reply{}, err
		}, "smtp: MAIL: the server does not offer SMTPUTF8", "unsupported"},
		{"no EHLO", []string{"220 x\r\n", "502 what?\r\n", "250 ok\r\n"}, func(c *smtp.Client) (smtp.Reply, error) { return c.Hello() }, "", ""},
		{"data 250", []string{"220 x\r\n", "250 x\r\n", "250 a\r\n", "250 b\r\n", "250 c\r\n", "250 reset\r\n"}, func(c *smtp.Client) (smtp.Reply, error) {
			_, err := c.Send("a@b.org", []string{"c@d.org"}, []byte("u"))
			return smtp.Reply{}, err
		}, "smtp: DATA: the server's reply does not fit", "protocol"},
		{"refuses all but DATA", []string{"220 x\r\n", ehlo, "550 a\r\n", "550 b\r\n", "354 c\r\n", "554 nobody\r\n", "250 reset\r\n"}, func(c *smtp.Client) (smtp.Reply, error) {
			_, err := c.Send("a@b.org", []string{"c@d.org"}, []byte("u"))
			return smtp.Reply{}, err
		}, "smtp: MAIL FROM:<a@b.org> SIZE=3: 550 a", "denied"},
		{"fewer replies than commands", []string{"220 x\r\n", ehlo, "250 a\r\n", "250 b\r\n", "…"}, func(c *smtp.Client) (smtp.Reply, error) {
			_, err := c.Send("a@b.org", []string{"c@d.org"}, []byte("u"))
			return smtp.Reply{}, err
		}, "smtp: DATA: read tcp", "timeout"},
		{"no TLS settings", []string{"220 x\r\n", "…"}, func(c *smtp.Client) (smtp.Reply, error) { return c.StartTLS() }, "the client has no TLS settings", "invalid"},
		{"line breaks", []string{"220 x\r\n", "…"}, func(c *smtp.Client) (smtp.Reply, error) { return c.Helo("x\r\nRSET") }, "a command is one line", "invalid"},
		{"line breaks in an address", []string{"220 x\r\n", "…"}, func(c *smtp.Client) (smtp.Reply, error) { return c.Mail("x\r\nRSET", smtp.MailOptions{}) }, "a command is one line", "invalid"},
		{"brackets in an address", []string{"220 x\r\n", "…"}, func(c *smtp.Client) (smtp.Reply, error) { return c.Rcpt("a@b.org> X=<y") }, "not an address", "invalid"},
		{"a bare CR", []string{"220 x\r\n", "…"}, func(c *smtp.Client) (smtp.Reply, error) { return c.Data([]byte("a\rb")) }, "a CR that no LF follows", "invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 1)
			heard := w.answering(c.answers...)
			w.run(func() {
				began := w.Sched.Elapsed()
				client, err := smtp.Dial(w.client, "hamburger.edu", smtp.ClientOptions{Timeout: time.Minute})
				if err == nil {
					defer client.Close()
				}
				if err == nil && c.call != nil {
					_, err = c.call(client)
				}
				switch {
				case c.want == "" && err != nil, c.want != "" && err == nil:
					t.Fatalf("error %v, want %q", err, c.want)
				case err != nil && (!strings.Contains(err.Error(), c.want) || stack.Code(err) != c.code || !strings.HasPrefix(err.Error(), "smtp: ")):
					t.Errorf("error %q, code %s; want %q, code %s", err, stack.Code(err), c.want, c.code)
				case w.Sched.Elapsed()-began > 2*time.Minute:
					t.Errorf("it took %v", w.Sched.Elapsed()-began)
				}
			})
			if n := w.client.OpenSockets(); n != 0 {
				t.Errorf("the client left %d sockets", n)
			}
			if c.name == "refuses all but DATA" && !strings.HasSuffix(heard.String(), "DATA\r\n.\r\nRSET\r\n") {
				t.Errorf("the client said %q", heard)
			}
		})
	}
}

// TestAfterBreak checks that a session that broke stays broken and does not wait again.
func TestAfterBreak(t *testing.T) {
	w := newWorld(t, 1)
	w.answering("220 x\r\n", "…")
	w.run(func() {
		c, err := smtp.Dial(w.client, "hamburger.edu", smtp.ClientOptions{Timeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		_, first := c.Noop()
		began := w.Sched.Elapsed()
		_, second := c.Quit()
		if stack.Code(first) != "timeout" || stack.Code(second) != "timeout" || w.Sched.Elapsed() != began {
			t.Errorf("%v, %v after %v", first, second, w.Sched.Elapsed()-began)
		}
	})
}

// TestPipelinesInGroups sends to many recipients: nothing may be stuck, and each answer has to find its recipient.
func TestPipelinesInGroups(t *testing.T) {
	w := newWorld(t, 1)
	const recipients = 6000 // more than the buffers of both sides hold
	w.serve(&smtp.Server{MaxRecipients: recipients})
	var to []string
	for i := range recipients {
		to = append(to, fmt.Sprintf("%s%d@hamburger.edu", []string{"yes", "no"}[i%2], i))
	}
	w.run(func() {
		d, err := smtp.SendMail(w.client, "hamburger.edu", "a@b.org", to, []byte("x"), smtp.ClientOptions{})
		if err != nil || len(d.Refused) != recipients/2 {
			t.Fatalf("%d refused, %v", len(d.Refused), err)
		}
		for _, r := range d.Refused {
			if !strings.HasPrefix(r.To, "no") || !strings.Contains(r.Err.Error(), r.To+"... User unknown") {
				t.Errorf("%s: %v", r.To, r.Err)
			}
		}
	})
	if len(w.box.letters) != 1 || len(w.box.letters[0].envelope.To) != recipients/2 || slices.ContainsFunc(w.box.letters[0].envelope.To, func(s string) bool { return s[:3] != "yes" }) {
		t.Errorf("%+v", w.box.letters)
	}
	if w.Sched.Elapsed() > recipients/50*20*time.Millisecond+time.Second {
		t.Errorf("%d recipients at 20 ms for a round trip took %v", recipients, w.Sched.Elapsed())
	}
}

// TestInjectionBeforeTLS: what somebody on the way adds behind the reply to STARTTLS, or behind the command, must not be believed.
func TestInjectionBeforeTLS(t *testing.T) {
	w := newWorld(t, 1)
	a, err := w.Authority()
	if err != nil {
		t.Fatal(err)
	}
	w.answering("220 x\r\n", "250-x\r\n250 STARTTLS\r\n", "220 go\r\n250 injected\r\n", "…")
	w.run(func() {
		c, err := smtp.Dial(w.client, "hamburger.edu", smtp.ClientOptions{TLS: a.Client(w.client, "hamburger.edu"), Timeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Hello()
		var broken *smtp.ProtocolError
		if _, err := c.StartTLS(); !errors.As(err, &broken) {
			t.Errorf("%v", err)
		}
	})

	w = newWorld(t, 1)
	s := &smtp.Server{}
	if s.TLS, err = a.Server(w.server, "hamburger.edu"); err != nil {
		t.Fatal(err)
	}
	w.serve(s)
	got := w.say("EHLO x\r\n", "STARTTLS\r\nRSET\r\n")
	if !strings.HasSuffix(got, "S: 554 5.5.1 Commands behind STARTTLS; closing connection\nS closes\n") || !strings.Contains(got, "S: 250-STARTTLS\n") {
		t.Error(got)
	}
}

// TestImplicitTLS and a certificate for another name.
func TestImplicitTLS(t *testing.T) {
	for _, name := range []string{"hamburger.edu", "other.edu"} {
		w := newWorld(t, 1)
		a, err := w.Authority()
		if err != nil {
			t.Fatal(err)
		}
		s := &smtp.Server{Implicit: true}
		if s.TLS, err = a.Server(w.server, name); err != nil {
			t.Fatal(err)
		}
		w.serve(s)
		w.run(func() {
			d, err := smtp.SendMail(w.client, "hamburger.edu:25", "a@b.org", []string{"c@d.org"}, []byte("x"), smtp.ClientOptions{Implicit: true, TLS: a.Client(w.client, "hamburger.edu")})
			if good := name == "hamburger.edu"; (err == nil) != good || good && d.Reply.Code != 250 {
				t.Errorf("certificate for %s: %v, %v", name, d, err)
			}
		})
		if w.client.OpenSockets() != 0 {
			t.Errorf("%s: a socket is left", name)
		}
	}
}

// TestSecureSessionsRepeat: the same seed gives the same packets, TLS and challenges included.
func TestSecureSessionsRepeat(t *testing.T) {
	run := func(seed uint64) string {
		w := newWorld(t, seed)
		a, err := w.Authority()
		if err != nil {
			t.Fatal(err)
		}
		s := &smtp.Server{Secret: secret}
		if s.TLS, err = a.Server(w.server, "hamburger.edu"); err != nil {
			t.Fatal(err)
		}
		w.serve(s)
		w.run(func() {
			for _, mechanism := range []string{"CRAM-MD5", "PLAIN"} {
				c, err := smtp.Dial(w.client, "hamburger.edu", smtp.ClientOptions{TLS: a.Client(w.client, "hamburger.edu")})
				if err != nil {
					t.Fatal(err)
				}
				if mechanism == "PLAIN" {
					c.Hello()
					c.StartTLS()
				}
				c.Hello()
				if _, err := c.Auth(mechanism, "alice", "hungry"); err != nil {
					t.Error(err)
				}
				c.Send("a@b.org", []string{"c@d.org"}, []byte("x"))
				c.Quit()
			}
		})
		return w.Hash()
	}
	if one := run(1); one != run(1) {
		t.Error("seed 1 gave two runs")
	} else if one == run(2) {
		t.Error("seeds 1 and 2 gave the same run")
	}
}

func TestDialFails(t *testing.T) {
	w := newWorld(t, 1)
	w.run(func() {
		for address, code := range map[string]string{"hamburger.edu": "refused", "nowhere.edu": "host-not-found", "hamburger.edu:x": "failed"} {
			_, err := smtp.Dial(w.client, address, smtp.ClientOptions{})
			var network *net.OpError
			if stack.Code(err) != code || !strings.HasPrefix(err.Error(), "smtp: connect: ") || !errors.As(err, &network) {
				t.Errorf("%s: %v, code %s", address, err, stack.Code(err))
			}
		}
	})
}

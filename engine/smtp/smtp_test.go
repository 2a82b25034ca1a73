package smtp_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// A letter is what a box was given.
type letter struct {
	envelope smtp.Envelope
	text     string
}

// A box is a mailbox of tests: recipients that begin with "no" are refused, "full" cannot be written to.
type box struct{ letters []letter }

func (b *box) Deliver(e *smtp.Envelope, message []byte) error {
	if slices.Contains(e.To, "full@hamburger.edu") {
		return &smtp.Error{Code: 452, Enhanced: "4.2.2", Text: "Mailbox full"}
	}
	if slices.Contains(e.To, "broken@hamburger.edu") {
		return errors.New("the disk is on fire")
	}
	b.letters = append(b.letters, letter{*e, string(message)})
	return nil
}

func (b *box) CheckRecipient(_ *smtp.Envelope, address string) error {
	if strings.HasPrefix(address, "no") {
		return &smtp.Error{Code: 550, Enhanced: "5.1.1", Text: address + "... User unknown"}
	}
	return nil
}

func (b *box) Verify(_ *smtp.Envelope, user string) (string, error) {
	if user != "bob" {
		return "", &smtp.Error{Code: 550, Enhanced: "5.1.1", Text: user + "... User unknown"}
	}
	return "Bob <bob@hamburger.edu>", nil
}

func (b *box) Expand(_ *smtp.Envelope, list string) ([]string, error) {
	return []string{"Bob <bob@hamburger.edu>", "Eve <eve@hamburger.edu>"}, nil
}

func secret(user string) (string, bool) { return "hungry", user == "alice" }

// A world is the hosts of the lectures.
type world struct {
	*engine.World
	t              *testing.T
	server, client *stack.Stack
	box            *box
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	e, err := engine.New(engine.Options{Seed: seed, Hash: true, TimeLimit: 100 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	server, _ := e.AddHost("hamburger.edu")
	client, _ := e.AddHost("crepes.fr")
	if _, err := e.Net.Link(server.V, client.V, vnet.LinkOptions{Shape: vnet.Shape{Delay: 10 * time.Millisecond}}); err != nil {
		t.Fatal(err)
	}
	return &world{World: e, t: t, server: server.NewStack("server"), client: client.NewStack("client"), box: &box{}}
}

// serve starts a server on port 25. Its mailbox is the world's box unless it has one.
func (w *world) serve(s *smtp.Server) {
	w.t.Helper()
	if s.Mailbox == nil {
		s.Mailbox = w.box
	}
	l, err := w.server.Listen("tcp", ":25")
	if err != nil {
		w.t.Fatal(err)
	}
	w.server.Go("smtp", func() { s.Serve(w.server, l) })
}

// run runs f as the client.
func (w *world) run(f func()) {
	w.t.Helper()
	if err := w.Sched.Run(w.client.Go("client", f)); err != nil {
		w.t.Fatal(err)
	}
}

// say has a session and returns it as the lectures write it. Each item is sent in one piece and waited for as long as nothing comes
// for a second.
func (w *world) say(items ...string) string {
	w.t.Helper()
	var out strings.Builder
	w.run(func() {
		c, err := w.client.Dial("tcp", "hamburger.edu:25")
		if err != nil {
			w.t.Error(err)
			return
		}
		defer c.Close()
		hear := func() {
			buf := make([]byte, 64<<10)
			for {
				c.SetReadDeadline(w.client.Now().Add(time.Second))
				n, err := c.Read(buf)
				for line := range strings.Lines(string(buf[:n])) {
					out.WriteString("S: " + strings.TrimRight(line, "\r\n") + "\n")
				}
				if err != nil {
					if stack.Code(err) != "timeout" {
						out.WriteString("S closes\n")
					}
					return
				}
			}
		}
		hear()
		for _, item := range items {
			for line := range strings.Lines(item) {
				out.WriteString("C: " + strings.TrimRight(line, "\r\n") + "\n")
			}
			c.Write([]byte(item))
			hear()
		}
	})
	return out.String()
}

func TestLectureDialogue(t *testing.T) {
	w := newWorld(t, 1)
	w.serve(&smtp.Server{})
	got := w.say("HELO crepes.fr\r\n", "MAIL FROM: <alice@crepes.fr>\r\n", "RCPT TO: <bob@hamburger.edu>\r\n", "DATA\r\n",
		"Do you like ketchup?\r\nHow about pickles?\r\n.\r\n", "QUIT\r\n")
	want := `S: 220 hamburger.edu
C: HELO crepes.fr
S: 250 Hello crepes.fr, pleased to meet you
C: MAIL FROM: <alice@crepes.fr>
S: 250 alice@crepes.fr... Sender ok
C: RCPT TO: <bob@hamburger.edu>
S: 250 bob@hamburger.edu ... Recipient ok
C: DATA
S: 354 Enter mail, end with "." on a line by itself
C: Do you like ketchup?
C: How about pickles?
C: .
S: 250 Message accepted for delivery
C: QUIT
S: 221 hamburger.edu closing connection
S closes
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dialogue (-want +got):\n%s", diff)
	}
	if len(w.box.letters) != 1 || w.box.letters[0].text != "Do you like ketchup?\r\nHow about pickles?\r\n" {
		t.Errorf("the mailbox has %+v", w.box.letters)
	}
	e := w.box.letters[0].envelope
	if e.From != "alice@crepes.fr" || !slices.Equal(e.To, []string{"bob@hamburger.edu"}) || e.Protocol() != "SMTP" || e.Remote.Addr().String() != "10.0.1.2" {
		t.Errorf("envelope %+v", e)
	}
}

// The real client sends to the real server.
func TestClientAndServer(t *testing.T) {
	for _, o := range []smtp.ClientOptions{{}, {NoPipelining: true}, {Chunking: true}, {Chunking: true, NoPipelining: true}} {
		w := newWorld(t, 1)
		w.serve(&smtp.Server{})
		w.run(func() {
			d, err := smtp.SendMail(w.client, "hamburger.edu", "alice@crepes.fr", []string{"bob@hamburger.edu", "nobody@hamburger.edu", "eve@hamburger.edu"},
				[]byte("Subject: dots\n\n.\n..two\nçedilla\n"), o)
			if err != nil || d.Reply.Code != 250 || len(d.Refused) != 1 || d.Refused[0].To != "nobody@hamburger.edu" {
				t.Errorf("%+v: %+v, %v", o, d, err)
				return
			}
			var refusal *smtp.Error
			if !errors.As(d.Refused[0].Err, &refusal) || refusal.Code != 550 || refusal.Enhanced != "5.1.1" || refusal.Text != "nobody@hamburger.edu... User unknown" {
				t.Errorf("%+v: refused with %v", o, d.Refused[0].Err)
			}
			for _, to := range []string{"nobody@hamburger.edu", "full@hamburger.edu", "broken@hamburger.edu"} {
				_, err := smtp.SendMail(w.client, "hamburger.edu", "", []string{to}, []byte("x"), o)
				if !errors.As(err, &refusal) {
					t.Errorf("%+v: to %s: %v", o, to, err)
				}
			}
		})
		if len(w.box.letters) != 1 || w.box.letters[0].text != "Subject: dots\r\n\r\n.\r\n..two\r\nçedilla\r\n" {
			t.Errorf("%+v: the mailbox has %+v", o, w.box.letters)
			continue
		}
		e := w.box.letters[0].envelope
		if e.Body != "8BITMIME" || e.Chunked != o.Chunking || e.Protocol() != "ESMTP" || e.Size != int64(len(w.box.letters[0].text)) || len(e.To) != 2 {
			t.Errorf("%+v: envelope %+v", o, e)
		}
	}
}

func TestAuthAndTLS(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, mechanism := range []string{"", "PLAIN", "LOGIN", "CRAM-MD5"} {
			w := newWorld(t, 1)
			a, err := w.Authority()
			if err != nil {
				t.Fatal(err)
			}
			server := &smtp.Server{Secret: secret, Insecure: true}
			var config *tls.Config
			if secure {
				server.TLS, err = a.Server(w.server, "hamburger.edu")
				config = a.Client(w.client, "hamburger.edu")
			}
			if err != nil {
				t.Fatal(err)
			}
			w.serve(server)
			w.run(func() {
				c, err := smtp.Dial(w.client, "hamburger.edu:25", smtp.ClientOptions{TLS: config})
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				must := func(r smtp.Reply, err error) smtp.Reply {
					t.Helper()
					if err != nil {
						t.Error(err)
					}
					return r
				}
				must(c.Hello())
				if secure {
					must(c.StartTLS())
					if _, err := c.Mail("alice@crepes.fr", smtp.MailOptions{}); err == nil {
						t.Error("MAIL without EHLO after STARTTLS")
					}
					must(c.Hello())
				}
				var refusal *smtp.Error
				if _, err := c.Auth(mechanism, "alice", "full"); !errors.As(err, &refusal) || refusal.Code != 535 {
					t.Errorf("%s with a wrong password: %v", mechanism, err)
				}
				if r := must(c.Auth(mechanism, "alice", "hungry")); r.Code != 235 {
					t.Errorf("%s: %v", mechanism, r)
				}
				if _, err := c.Send("alice@crepes.fr", []string{"bob@hamburger.edu"}, []byte("hello")); err != nil {
					t.Error(err)
				}
				must(c.Quit())
			})
			want := "ESMTPA"
			if secure {
				want = "ESMTPSA"
			}
			if len(w.box.letters) != 1 || w.box.letters[0].envelope.Protocol() != want || w.box.letters[0].envelope.User != "alice" {
				t.Errorf("%s, TLS %v: the mailbox has %+v", mechanism, secure, w.box.letters)
			}
		}
	}
}

func ExampleSendMail() {
	w, err := engine.New(engine.Options{})
	if err != nil {
		panic(err)
	}
	defer w.Close()
	h, err := w.Local()
	if err != nil {
		panic(err)
	}
	st := h.NewStack("example")
	l, err := st.Listen("tcp", ":25")
	if err != nil {
		panic(err)
	}
	server := &smtp.Server{Domain: "hamburger.edu", Mailbox: printer{}}
	st.Go("server", func() { server.Serve(st, l) })
	main := st.Go("client", func() {
		d, err := smtp.SendMail(st, "localhost", "alice@crepes.fr", []string{"bob@hamburger.edu"}, []byte("Do you like ketchup?\n"), smtp.ClientOptions{})
		fmt.Println(d.Reply, err)
	})
	if err := w.Sched.Run(main); err != nil {
		panic(err)
	}
	// Output:
	// from alice@crepes.fr to [bob@hamburger.edu]: "Do you like ketchup?\r\n"
	// 250 2.0.0 Message accepted for delivery <nil>
}

type printer struct{}

func (printer) Deliver(e *smtp.Envelope, message []byte) error {
	fmt.Printf("from %s to %v: %q\n", e.From, e.To, message)
	return nil
}

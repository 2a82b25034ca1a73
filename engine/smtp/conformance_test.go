package smtp_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// conformance is a session with most commands, over TLS if secure is set.
func conformance(secure bool) enginetest.Protocol {
	return enginetest.Protocol{
		Stream: true,
		Serve: func(st *stack.Stack, _ *engine.Host, address string) (string, func(), error) {
			s := &smtp.Server{Domain: "hamburger.edu", Mailbox: &box{}, Secret: secret}
			if secure {
				a, err := pki.New(1)
				if err != nil {
					return "", nil, err
				}
				if s.TLS, err = a.Server(st, "hamburger.edu"); err != nil {
					return "", nil, err
				}
			}
			l, err := st.Listen("tcp", address)
			if err != nil {
				return "", nil, err
			}
			st.Go("smtp", func() { s.Serve(st, l) })
			return l.Addr().String(), s.Close, nil
		},
		Talk: func(st *stack.Stack, address string) (string, error) { return talk(st, address, secure) },
		Garbage: [][]byte{
			[]byte("QUIT\r\nNOOP\r\n"), []byte("DATA\r\n.\r\nRCPT TO:<x@y.org>\r\nMAIL FROM:<>\r\n"), []byte("EHLO x\r\nAUTH LOGIN\r\n\xff\r\n*\r\nAUTH CRAM-MD5\r\n"),
			[]byte("EHLO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\nno end"),
			[]byte("EHLO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nBDAT 9999999999999\r\n"),
			[]byte("EHLO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nBDAT 100\r\nx"),
			[]byte("EHLO x\r\nSTARTTLS\r\nEHLO y\r\n"), []byte("STARTTLS\r\n\x16\x03\x01\xff\xff\x01"),
		},
	}
}

// talk is one session; the transcript is made of the replies.
func talk(st *stack.Stack, address string, secure bool) (string, error) {
	o := smtp.ClientOptions{Helo: "crepes.fr"}
	if secure {
		a, err := pki.New(1)
		if err != nil {
			return "", err
		}
		o.TLS = a.Client(st, "hamburger.edu")
	}
	c, err := smtp.Dial(st, address, o)
	if err != nil {
		return "", err
	}
	defer c.Close()
	transcript := c.Greeting.String() + "\n"
	steps := []func() (smtp.Reply, error){
		func() (smtp.Reply, error) { return c.Ehlo("crepes.fr") },
		func() (smtp.Reply, error) { return c.Auth("CRAM-MD5", "alice", "hungry") },
		func() (smtp.Reply, error) { return c.Verify("bob") },
		func() (smtp.Reply, error) { return c.Expand("all") },
		func() (smtp.Reply, error) {
			d, err := c.Send("alice@crepes.fr", []string{"bob@hamburger.edu", "nobody@hamburger.edu"}, []byte("Subject: x\n\n.\n"))
			transcript += fmt.Sprintln(d.Refused)
			return d.Reply, err
		},
		func() (smtp.Reply, error) { return c.Mail("alice@crepes.fr", smtp.MailOptions{}) },
		func() (smtp.Reply, error) { return c.Rcpt("bob@hamburger.edu") },
		func() (smtp.Reply, error) { return c.Data(bytes.Repeat([]byte("a line of a longer message\n"), 1000)) },
		func() (smtp.Reply, error) { return c.Cmd("FOO") },
		c.Quit,
	}
	if secure {
		steps = append([]func() (smtp.Reply, error){c.Hello, c.StartTLS}, steps...)
	}
	for _, step := range steps {
		r, err := step()
		if err != nil {
			return transcript, err
		}
		transcript += r.String() + "\n"
	}
	return transcript, nil
}

func TestConformance(t *testing.T)    { enginetest.Run(t, conformance(false)) }
func TestConformanceTLS(t *testing.T) { enginetest.Run(t, conformance(true)) }

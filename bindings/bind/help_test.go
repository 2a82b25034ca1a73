package bind

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// docModule has one of everything that a page shows.
func docModule() *Module {
	type session struct{}
	return New("mail", "Send mail (RFC 5321). More on it.", func() []Member {
		return []Member{
			Fn("dial", "Open a session with a mail server, looking its name up first if it is not an address.",
				func(*Call, struct {
					Host    string  `doc:"name or address of the server"`
					Port    uint16  `doc:"TCP port" default:"25" min:"1"`
					Source  *string `doc:"own address"`
					Options struct {
						Timeout time.Duration `doc:"how long to wait for the greeting" default:"30 s"`
						Auth    string        `doc:"how to log in" enum:"plain,login" default:"plain"`
					} `doc:"how to connect"`
				}) (*session, error) {
					return nil, nil
				}).
				Returns("session", "ready for mail").Errors("refused", "timeout").Example(`
				local mail = require "mail"
				if true then
					print(mail.PORT) --> 25
				end`),
			Class("Session", "An open session.",
				MethodProc("send", "Send one message.", func(*session, *Call, struct {
					To []string `doc:"recipients" rest:"true"`
				}) error {
					return nil
				}),
			),
			Const("PORT", "The port of SMTP.", 25),
		}
	})
}

const dialPage = `mail.dial(host [, port [, source [, options]]])

  Open a session with a mail server, looking its name up first if it is not an
  address.

  host     string   name or address of the server
  port     integer  TCP port (1 to 65535; default 25)
  source   string   own address (optional)
  options  table    how to connect (optional)
    .timeout  seconds or "10 ms"  how long to wait for the greeting (default 30
                                  s)
    .auth     string              how to log in (plain, login; default plain)

  returns  session (mail.Session): ready for mail
  or       nil, message, code: refused, timeout

    local mail = require "mail"
    if true then
      print(mail.PORT) --> 25
    end
`

const mailPage = `mail

  Send mail (RFC 5321). More on it.

  mail.dial(host [, port [, source [, options]]])
                                Open a session with a mail server, looking its
                                name up first if it is not an address
  mail.PORT                     The port of SMTP
  mail.Session                  An open session
`

func TestHelpPages(t *testing.T) {
	modules := []*Module{testModule(), docModule()}
	for topic, want := range map[string]string{"mail.dial": dialPage, "mail.dial()": dialPage, "mail": mailPage} {
		var out strings.Builder
		if err := Help(&out, modules, topic); err != nil || out.String() != want {
			t.Errorf("help %q: %v\n%s\nwant\n%s", topic, err, out.String(), want)
		}
	}
}

func TestHelpFits(t *testing.T) {
	modules := []*Module{testModule(), pucModule(), docModule()}
	topics := []string{""}
	for _, topic := range Topics(modules) {
		topics = append(topics, topic.Name)
	}
	for _, topic := range topics {
		var out strings.Builder
		if err := Help(&out, modules, topic); err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(out.String()) {
			if utf8.RuneCountInString(line) > columns+1 || strings.HasSuffix(line, " \n") {
				t.Errorf("help %q: too wide or blanks at the end: %q", topic, line)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	modules := []*Module{testModule(), pucModule(), docModule()}
	for _, c := range []struct{ name, want, err string }{
		{"mail.Session:send", "mail.Session:send", ""},
		{"Session.send", "mail.Session:send", ""},
		{"dial", "mail.dial", ""},
		{"mail.dail", "", "no help on 'mail.dail'; did you mean 'mail.dial'?"},
		{"send", "", "'send' may be sock.tcp:send or mail.Session:send"},
		{"zebra", "", "no help on 'zebra'"},
	} {
		topic, err := Lookup(modules, c.name)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if topic.Name != c.want || text != c.err {
			t.Errorf("Lookup(%q) = %q, %q; want %q, %q", c.name, topic.Name, text, c.want, c.err)
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"delay", "rate", "queue", "loss", "max_size"}
	for word, want := range map[string]string{"dealy": "delay", "Delay": "delay", "maxsize": "max_size",
		"los": "loss", "zzz": "", "": "", "qeueu": "", "queu": "queue"} {
		if got := Nearest(word, words); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestSnake(t *testing.T) {
	for name, want := range map[string]string{"Host": "host", "MaxSize": "max_size", "URLPath": "url_path",
		"IPv6Only": "ipv6_only", "ID": "id", "PeerID": "peer_id", "A": "a"} {
		if got := snake(name); got != want {
			t.Errorf("snake(%q) = %q, want %q", name, got, want)
		}
	}
}

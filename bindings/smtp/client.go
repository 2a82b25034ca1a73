package smtp

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/smtp"
)

// Session is a client's session of Lua.
type Session struct {
	client *smtp.Client
	helo   string
}

// Held implements lua51.Holder.
func (s *Session) Held(_ func(lua.LValue), weigh func(int64)) { weigh(int64(s.client.Memory())) }

const (
	replyDoc = "the server's reply, such as \"250 2.0.0 OK\"; lines of a longer one are separated by newlines"
	codeDoc  = "its code. When the server refuses: nil, the message, \"denied\", and the code, such as 550"
)

// command declares a method that sends a command.
func command[A any](name, doc string, fn func(*Session, *bind.Call, A) (smtp.Reply, error)) bind.MethodOf[Session] {
	return bind.MethodVar(name, doc, func(s *Session, c *bind.Call, a A) bind.Out {
		r, err := fn(s, c, a)
		return answer(c, r, err)
	}).Returns("reply string", replyDoc, "code integer", codeDoc).Errors("denied", "closed", "timeout", "protocol")
}

// answer gives a reply, or an error with the code of the refusal behind it.
func answer(c *bind.Call, r smtp.Reply, err error) bind.Out {
	if err == nil {
		return c.Return(r.String(), r.Code)
	}
	c.Fail(err)
	var refusal *smtp.Error
	if !errors.As(err, &refusal) {
		return c.Results(3)
	}
	c.L.Push(lua.LNumber(refusal.Code))
	return c.Results(4)
}

func sessionClass() bind.Member {
	return bind.Class("Session", "A session with a mail server, as dial opens it. Each method sends a command and waits for the reply. "+
		"The order is that of the protocol: helo or ehlo, then for each message mail, rcpt, data, and at the end quit.",
		bind.Method("greeting", "What the server said first.", func(s *Session, _ *bind.Call, _ bind.None) (string, error) { return s.client.Greeting.String(), nil }),
		command("helo", "HELO: begin without extensions.", func(s *Session, c *bind.Call, a nameArgs) (smtp.Reply, error) { return s.client.Helo(s.name(a)) }),
		command("ehlo", "EHLO: begin, and learn which extensions the server has.", func(s *Session, c *bind.Call, a nameArgs) (smtp.Reply, error) { return s.client.Ehlo(s.name(a)) }),
		command("mail", "MAIL: begin a message.", (*Session).mail),
		command("rcpt", "RCPT: add a recipient to the message.", func(s *Session, _ *bind.Call, a rcptArgs) (smtp.Reply, error) { return s.client.Rcpt(a.To) }),
		command("data", "DATA: send the message. Dots at the beginnings of lines are doubled, and newlines become CR LF.", (*Session).data),
		command("bdat", "BDAT: send a piece of the message as it is (extension CHUNKING).", (*Session).bdat),
		command("rset", "RSET: forget the message that was begun.", func(s *Session, _ *bind.Call, _ bind.None) (smtp.Reply, error) { return s.client.Reset() }),
		command("noop", "NOOP: do nothing.", func(s *Session, _ *bind.Call, _ bind.None) (smtp.Reply, error) { return s.client.Noop() }),
		command("help", "HELP: ask the server to explain itself or a command.", func(s *Session, _ *bind.Call, a helpArgs) (smtp.Reply, error) { return s.client.Help(a.Command) }),
		command("vrfy", "VRFY: ask for a user's mailbox. Most servers say 252: they will not tell, but try.",
			func(s *Session, _ *bind.Call, a vrfyArgs) (smtp.Reply, error) { return s.client.Verify(a.User) }),
		command("expn", "EXPN: ask who is on a mailing list.", func(s *Session, _ *bind.Call, a expnArgs) (smtp.Reply, error) { return s.client.Expand(a.List) }),
		command("auth", "AUTH: say who you are.", (*Session).auth).Errors("unsupported"),
		command("starttls", "STARTTLS: encrypt the session. The server forgets what was said before: greet it again.",
			func(s *Session, _ *bind.Call, _ bind.None) (smtp.Reply, error) { return s.client.StartTLS() }).Errors("invalid"),
		command("quit", "QUIT: end the session and close the connection.", func(s *Session, _ *bind.Call, _ bind.None) (smtp.Reply, error) { return s.client.Quit() }),
		command("cmd", "Send any line. A reply that refuses is no failure here: look at its code.", func(s *Session, _ *bind.Call, a cmdArgs) (smtp.Reply, error) { return s.client.Cmd(a.Line) }).
			Example(`local smtp = require "smtp"
smtp.serve({domain = "hamburger.edu", deliver = print})
local s = assert(smtp.dial("localhost"))
print(s:cmd("DATA")) --> 503 Say MAIL first	503`),
		bind.MethodVar("send", "Send a whole message to several recipients, in few round trips if the server has PIPELINING; says EHLO first if nothing was said.", (*Session).send).
			Returns(sendReturns...).Errors("denied", "closed", "timeout", "protocol", "unsupported"),
		bind.MethodVar("extension", "Whether the server said after EHLO that it has an extension.", (*Session).extension).
			Returns("parameters string|nil", "what follows its name: \"10485760\" of SIZE, \"\" of most; nil without the extension"),
		bind.Method("extensions", "The extensions that the server named after EHLO.", func(s *Session, _ *bind.Call, _ bind.None) ([]string, error) { return s.client.Extensions(), nil }),
		bind.Method("secure", "Whether the session is encrypted.", func(s *Session, _ *bind.Call, _ bind.None) (bool, error) { return s.client.Secure(), nil }),
		bind.MethodProc("close", "Close the connection without QUIT.", func(s *Session, _ *bind.Call, _ bind.None) error { s.client.Close(); return nil }),
	)
}

type (
	nameArgs struct {
		Name *string `doc:"what the client calls itself; the option helo of dial, or the host's name, if left out"`
	}
	rcptArgs struct {
		To string `doc:"an address, such as bob@hamburger.edu"`
	}
	helpArgs struct {
		Command string `doc:"what to explain" default:""`
	}
	vrfyArgs struct {
		User string `doc:"a user or an address"`
	}
	expnArgs struct {
		List string `doc:"the list's name"`
	}
	cmdArgs struct {
		Line string `doc:"the line, without its end"`
	}
	bdatArgs struct {
		Piece string `doc:"the piece; its lines have to end with CR LF"`
		Last  bool   `doc:"whether it is the last" default:"false"`
	}
	dataArgs struct {
		Message string `doc:"header and body"`
	}
	authArgs struct {
		User      string `doc:"the user's name"`
		Password  string `doc:"the password"`
		Mechanism string `doc:"PLAIN and LOGIN show the password to whoever listens, CRAM-MD5 does not; \"best\" chooses of what the server offers" enum:"best,PLAIN,LOGIN,CRAM-MD5" default:"best"`
	}
	extensionArgs struct {
		Name string `doc:"such as SIZE"`
	}
)

type mailArgs struct {
	From    string `doc:"where errors are reported to; \"\" for nowhere"`
	Options struct {
		Size int    `doc:"how long the message will be, in bytes; not said if the server does not offer SIZE" default:"0" min:"0"`
		Body string `doc:"7BIT or 8BITMIME; not said if left out" enum:",7BIT,8BITMIME" default:""`
		UTF8 bool   `name:"smtputf8" doc:"addresses and header have UTF-8" default:"false"`
		Auth string `doc:"who sent it first" default:""`
	} `doc:"parameters of MAIL"`
}

// name is how the client calls itself.
func (s *Session) name(a nameArgs) string {
	if a.Name != nil {
		return *a.Name
	}
	return s.helo
}

func (s *Session) mail(_ *bind.Call, a mailArgs) (smtp.Reply, error) {
	o := a.Options
	return s.client.Mail(a.From, smtp.MailOptions{Size: int64(o.Size), Body: o.Body, UTF8: o.UTF8, Auth: o.Auth})
}

func (s *Session) data(c *bind.Call, a dataArgs) (smtp.Reply, error) {
	c.Charge(len(a.Message) / messageFuel)
	return s.client.Data([]byte(a.Message))
}

func (s *Session) bdat(c *bind.Call, a bdatArgs) (smtp.Reply, error) {
	c.Charge(len(a.Piece) / messageFuel)
	return s.client.Bdat([]byte(a.Piece), a.Last)
}

// messageFuel is how many bytes of a message cost as much as an instruction: it is read and written several times.
const messageFuel = 8

func (s *Session) auth(_ *bind.Call, a authArgs) (smtp.Reply, error) {
	return s.client.Auth(strings.TrimPrefix(a.Mechanism, "best"), a.User, a.Password)
}

func (s *Session) extension(c *bind.Call, a extensionArgs) bind.Out {
	parameters, ok := s.client.Extension(a.Name)
	if !ok {
		return c.Return(nil)
	}
	return c.Return(parameters)
}

// A letter is what is sent.
type letter struct {
	From    string     `doc:"where errors are reported to; \"\" for nowhere"`
	To      lua.LValue `doc:"a recipient or a list of them" type:"string|string[]"`
	Message string     `doc:"header and body"`
}

// recipients reads To.
func (a *letter) recipients(c *bind.Call) []string {
	switch to := a.To.(type) {
	case lua.LString:
		return []string{string(to)}
	case *lua.LTable:
		var list []string
		for i := 1; i <= to.Len(); i++ {
			s, ok := to.RawGetInt(i).(lua.LString)
			if !ok {
				c.Misuse("to", "want addresses, got %s at index %d", c.Describe(to.RawGetInt(i)), i)
			}
			list = append(list, string(s))
		}
		if len(list) > 0 {
			return list
		}
		c.Misuse("to", "want at least one address, got an empty table")
	}
	c.Misuse("to", "want an address or a list of them, got %s", c.Describe(a.To))
	return nil
}

var sendReturns = []string{"reply string", replyDoc, "refused table", "why, by address, of the recipients that the server did not take; empty if it took all. " +
	"If it took none, or not the message: nil, the message, \"denied\", and the code of the reply"}

// delivered gives what came of a message.
func delivered(c *bind.Call, d smtp.Delivery, err error) bind.Out {
	if err != nil {
		return answer(c, d.Reply, err)
	}
	refused := c.L.NewTable()
	for _, r := range d.Refused {
		refused.RawSetString(r.To, lua.LString(r.Err.Error()))
	}
	return c.Return(d.Reply.String(), refused)
}

func (s *Session) send(c *bind.Call, a letter) bind.Out {
	to := a.recipients(c)
	c.Charge(len(a.Message)/messageFuel + recipientFuel*len(to))
	d, err := s.client.Send(a.From, to, []byte(a.Message))
	return delivered(c, d, err)
}

// recipientFuel is charged for each recipient.
const recipientFuel = 200

// clientOptions are those of dial and send.
type clientOptions struct {
	Port     *int          `doc:"the server's TCP port; 25, or with implicit 465, if left out" min:"1" max:"65535"`
	Helo     *string       `doc:"what the client calls itself; the host's name if left out"`
	Timeout  time.Duration `doc:"how long to wait for each reply" default:"5 min" min:"1 ms"`
	Implicit bool          `doc:"begin with TLS" default:"false"`
	Verify   bool          `doc:"under TLS take only a certificate of the world's authority for this host" default:"true"`
}

// options makes the client's options for a server.
func (a *clientOptions) options(c *bind.Call, host string) (o smtp.ClientOptions, err error) {
	o = smtp.ClientOptions{Timeout: a.Timeout, Implicit: a.Implicit, Helo: a.name(c)}
	o.TLS, err = serve.ClientTLS(process.Of(c), host, a.Verify)
	return o, err
}

// name is what the client calls itself.
func (a *clientOptions) name(c *bind.Call) string {
	if a.Helo != nil {
		return *a.Helo
	}
	return process.Of(c).Stack().HostName()
}

type dialArgs struct {
	Host    string        `doc:"the server's name or address"`
	Options clientOptions `doc:"how to connect"`
}

func dial(c *bind.Call, a dialArgs) bind.Out {
	o, err := a.Options.options(c, a.Host)
	if err != nil {
		return c.Fail(err)
	}
	client, err := smtp.Dial(process.Of(c).Stack(), net.JoinHostPort(a.Host, strconv.Itoa(serve.Port(a.Options.Port, o.Implicit, smtp.Port, smtp.PortTLS))), o)
	if err != nil {
		return answer(c, smtp.Reply{}, err)
	}
	return c.Return(&Session{client: client, helo: o.Helo})
}

type sendArgs struct {
	Letter struct {
		letter
		Host     string  `doc:"the server's name or address"`
		User     *string `doc:"who you are, for AUTH"`
		Password string  `doc:"of the user" default:""`
		TLS      bool    `name:"tls" doc:"encrypt by STARTTLS" default:"false"`
		clientOptions
	} `doc:"what to send, and whereby"`
}

// send is a whole session: EHLO, STARTTLS and AUTH if wanted, the message, QUIT.
func send(c *bind.Call, a sendArgs) bind.Out {
	l := &a.Letter
	to := l.recipients(c)
	c.Charge(len(l.Message)/messageFuel + recipientFuel*len(to))
	o, err := l.options(c, l.Host)
	if err != nil {
		return c.Fail(err)
	}
	client, err := smtp.Dial(process.Of(c).Stack(), net.JoinHostPort(l.Host, strconv.Itoa(serve.Port(l.Port, o.Implicit, smtp.Port, smtp.PortTLS))), o)
	if err != nil {
		return answer(c, smtp.Reply{}, err)
	}
	defer client.Close()
	if l.TLS && !l.Implicit {
		if _, err = client.Hello(); err == nil {
			_, err = client.StartTLS()
		}
	}
	if err == nil && l.User != nil {
		if _, err = client.Hello(); err == nil {
			_, err = client.Auth("", *l.User, l.Password)
		}
	}
	var d smtp.Delivery
	if err == nil {
		d, err = client.Send(l.From, to, []byte(l.Message))
	}
	if err == nil || stillOpen(err) {
		client.Quit()
	}
	return delivered(c, d, err)
}

// stillOpen reports whether a session can go on after an error: the server refused, or the client saw that it need not ask. Then it ends with
// QUIT (RFC 5321 4.1.1.10).
func stillOpen(err error) bool {
	var refusal *smtp.Error
	var unsupported *smtp.UnsupportedError
	return errors.As(err, &refusal) && refusal.Code != 421 || errors.As(err, &unsupported)
}

package smtp

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// MailOptions are the parameters of MAIL.
type MailOptions struct {
	Size int64  // of the message in bytes, where the server offers SIZE; 0 does not say
	Body string // "7BIT" or "8BITMIME"; "" does not say
	UTF8 bool   // SMTPUTF8
	Auth string // who sent it first (RFC 4954 5); "" does not say
}

// mailCommand makes the command line.
func (c *Client) mailCommand(from string, o MailOptions) (string, error) {
	line := "MAIL FROM:<" + from + ">"
	need := func(keyword string) error {
		if _, ok := c.Extension(keyword); !ok {
			return &UnsupportedError{keyword}
		}
		return nil
	}
	if _, ok := c.Extension("SIZE"); ok && o.Size > 0 {
		line += " SIZE=" + strconv.FormatInt(o.Size, 10)
	}
	if o.Body != "" {
		if err := need("8BITMIME"); err != nil {
			return "", err
		}
		line += " BODY=" + o.Body
	}
	if o.UTF8 {
		if err := need("SMTPUTF8"); err != nil {
			return "", err
		}
		line += " SMTPUTF8"
	}
	if o.Auth != "" {
		if err := need("AUTH"); err != nil {
			return "", err
		}
		line += " AUTH=" + encodeXtext(o.Auth)
	}
	if strings.ContainsAny(from, "<>") {
		return "", &ArgumentError{"not an address: " + quote(from)}
	}
	return line, checkLine(line)
}

// Mail begins a message; "" is the null reverse-path.
func (c *Client) Mail(from string, o MailOptions) (Reply, error) {
	line, err := c.mailCommand(from, o)
	if err != nil {
		return Reply{}, &CommandError{"MAIL", err}
	}
	return c.command(line)
}

func rcptCommand(to string) (string, error) {
	if strings.ContainsAny(to, "<>\r\n") {
		return "", &ArgumentError{"not an address: " + quote(to)}
	}
	return "RCPT TO:<" + to + ">", nil
}

// Rcpt adds a recipient.
func (c *Client) Rcpt(to string) (Reply, error) {
	line, err := rcptCommand(to)
	if err != nil {
		return Reply{}, &CommandError{"RCPT", err}
	}
	return c.command(line)
}

// Data sends the message: DATA, the text with dots doubled, and the dot. LF alone counts as the end of a line and becomes CRLF; a CR alone is an error, since
// it would be one to some servers only. The reply is that to the whole.
func (c *Client) Data(message []byte) (Reply, error) {
	text, err := lines(message)
	if err != nil {
		return Reply{}, &CommandError{"DATA", err}
	}
	r, err := c.Cmd("DATA")
	if r, err = c.judge("DATA", r, err, 354); err != nil {
		return r, err
	}
	return c.text(stuff(text))
}

// text sends a stuffed message and waits for the reply to it.
func (c *Client) text(text []byte) (Reply, error) {
	const command = "message"
	if err := c.write(command, text); err != nil {
		return Reply{}, err
	}
	r, err := c.read(command, 2*c.opt.timeout())
	if err == nil {
		err = refusal(command, r)
	}
	return r, err
}

// Bdat sends n bytes of the message, last of which closes it (RFC 3030). Lines have to end with CRLF.
func (c *Client) Bdat(chunk []byte, last bool) (Reply, error) {
	line := "BDAT " + strconv.Itoa(len(chunk))
	if last {
		line += " LAST"
	}
	if err := c.write(line, append([]byte(line+"\r\n"), chunk...)); err != nil {
		return Reply{}, err
	}
	r, err := c.read(line, 2*c.opt.timeout())
	if err == nil {
		err = refusal(line, r)
	}
	return r, err
}

// lines makes all line ends CRLF.
func lines(message []byte) ([]byte, error) {
	out := make([]byte, 0, len(message)+len(message)/32+2)
	for rest := message; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n')
		line := rest
		if i >= 0 {
			line = rest[:i]
		}
		rest = rest[min(len(line)+1, len(rest)):]
		if n := len(line); i >= 0 && n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		if bytes.IndexByte(line, '\r') >= 0 {
			return nil, &ArgumentError{"the message has a CR that no LF follows"}
		}
		out = append(append(out, line...), "\r\n"...)
	}
	return out, nil
}

// stuff makes a message, whose lines end with CRLF, what follows DATA (RFC 5321 4.5.2).
func stuff(message []byte) []byte {
	out := make([]byte, 0, len(message)+len(message)/64+8)
	for rest := message; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n') + 1
		if rest[0] == '.' {
			out = append(out, '.')
		}
		out = append(out, rest[:i]...)
		rest = rest[i:]
	}
	return append(out, ".\r\n"...)
}

// A Refused is a recipient that the server did not take.
type Refused struct {
	To  string
	Err error // a *CommandError with the *Error
}

// A Delivery is what came of a message.
type Delivery struct {
	Reply   Reply     // to the message
	Refused []Refused // recipients that do not get it
}

// Send transfers a message to all recipients that the server takes: EHLO if nothing was said yet, MAIL, RCPT for each, and the message, in as
// few round trips as the server allows (RFC 2920). It says BODY=8BITMIME and SMTPUTF8 where the message and the addresses need it, and
// fails with an *UnsupportedError before anything is sent if the server lacks them; but a header that needs SMTPUTF8 goes without to who lacks it. An error means that nobody gets the message.
func (c *Client) Send(from string, to []string, message []byte) (Delivery, error) {
	if c.helo == "" {
		if _, err := c.Hello(); err != nil {
			return Delivery{}, err
		}
	}
	t, err := c.newTransfer(from, to, message)
	if err != nil {
		return Delivery{}, &CommandError{"MAIL", err}
	}
	return t.run()
}

// SendMail is Dial, Send and Quit in one call. Once the message is accepted, what goes wrong with QUIT is of no account.
func SendMail(st *stack.Stack, address, from string, to []string, message []byte, o ClientOptions) (Delivery, error) {
	c, err := Dial(st, address, o)
	if err != nil {
		return Delivery{}, err
	}
	defer c.Close()
	d, err := c.Send(from, to, message)
	if c.err == nil {
		c.Quit()
	}
	return d, err
}

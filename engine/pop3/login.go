package pop3

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/sasl"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// mayShow reports whether a password may go over the connection as it is.
func (x *session) mayShow() bool { return x.conn.Secured() || !x.RequireTLS }

func (x *session) name(c command) {
	switch {
	case !x.mayShow():
		x.refuse("", "STLS first")
	case len(c.args) != 1:
		x.refuse("", "USER wants a name")
	default:
		x.user = c.args[0]
		x.ok("")
	}
}

func (x *session) pass(c command) {
	user := x.user
	x.user = ""
	switch {
	case !x.mayShow():
		x.refuse("", "STLS first")
	case user == "":
		x.refuse("", "USER comes before PASS")
	default:
		x.login(user, sasl.Secret(x.Secret).Password(user, c.rest))
	}
}

func (x *session) apop(c command) {
	switch {
	case x.stamp == "":
		x.refuse("", "APOP is not offered: the greeting has no time stamp")
	case len(c.args) != 2:
		x.refuse("", "APOP wants a name and a digest")
	default:
		secret, known := x.Secret(c.args[0])
		x.login(c.args[0], known && sasl.Equal(Digest(x.stamp, secret), strings.ToLower(c.args[1])))
	}
}

// login begins the state TRANSACTION if the client is who it says.
func (x *session) login(user string, proved bool) {
	if !proved {
		x.logins++
		x.refuse("AUTH", "wrong name or password")
		return
	}
	drop, err := x.Open(user)
	var busy *Error
	switch {
	case errors.As(err, &busy):
		x.refuse(busy.Response, busy.Text)
		return
	case err != nil:
		x.refuse("SYS/TEMP", "the maildrop cannot be opened")
		return
	}
	x.drop, x.messages = drop, drop.Messages()
	x.deleted = make([]bool, len(x.messages))
	x.charge(10 * len(x.messages))
	x.ok("user successfully logged on")
}

// auth is AUTH of RFC 5034 with PLAIN (RFC 4616) and CRAM-MD5 (RFC 2195).
func (x *session) auth(c command) {
	if len(c.args) < 1 || len(c.args) > 2 {
		x.refuse("", "AUTH wants a mechanism")
		return
	}
	switch mechanism := strings.ToUpper(c.args[0]); {
	case mechanism == "PLAIN" && x.mayShow():
		response := c.args[1:]
		if len(response) == 0 {
			response = []string{""}
			var ok bool
			if response[0], ok = x.ask(""); !ok {
				return
			}
		}
		text, err := base64.StdEncoding.DecodeString(response[0])
		user, proved, valid := sasl.Secret(x.Secret).Plain(string(text))
		if err != nil || !valid {
			x.refuse("AUTH", "not a message of PLAIN")
			return
		}
		x.login(user, proved)
	case mechanism == "CRAM-MD5" && len(c.args) == 1:
		challenge := x.challenge()
		response, ok := x.ask(challenge)
		if !ok {
			return
		}
		text, err := base64.StdEncoding.DecodeString(response)
		user, proved, valid := sasl.Secret(x.Secret).CRAMMD5(string(text), challenge)
		if err != nil || !valid {
			x.refuse("AUTH", "not an answer of CRAM-MD5")
			return
		}
		x.login(user, proved)
	default:
		x.refuse("", "no such mechanism here")
	}
}

// ask sends a challenge of SASL and returns the answer, still in base64.
func (x *session) ask(challenge string) (string, bool) {
	x.out.WriteString("+ " + base64.StdEncoding.EncodeToString([]byte(challenge)) + "\r\n")
	x.patience()
	x.lines.Max = 4096
	line, err := x.lines.ReadLine()
	x.lines.Max = maxCommand
	switch {
	case err == wire.ErrLineTooLong:
		x.refuse("", "line too long")
	case err != nil:
		x.done = true
	case string(line) == "*":
		x.refuse("AUTH", "cancelled")
	default:
		return string(line), true
	}
	return "", false
}

// stls puts TLS over the connection (RFC 2595 4). A command that came behind STLS in the clear ends the session.
func (x *session) stls(command) {
	switch {
	case x.TLS == nil || x.conn.Secured():
		x.refuse("", "STLS is not offered")
	case x.lines.Buffered() > 0:
		x.refuse("", "nothing may follow STLS in the clear")
		x.done = true
	default:
		x.ok("begin TLS negotiation")
		if x.out.Flush() != nil || x.secure() != nil {
			x.done = true
		}
		x.user = ""
	}
}

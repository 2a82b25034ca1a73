package imap

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/sasl"
)

// capabilities lists what the server can do in the present state (RFC 3501 6.1.1).
func (x *session) capabilities() string {
	list := "IMAP4rev1 LITERAL+ SASL-IR IDLE NAMESPACE CHILDREN UNSELECT UIDPLUS MOVE"
	if x.box != nil {
		return list
	}
	if x.TLS != nil && !x.conn.Secured() {
		list += " STARTTLS"
	}
	list += " AUTH=CRAM-MD5"
	if x.mayShow() {
		return list + " AUTH=PLAIN"
	}
	return list + " LOGINDISABLED"
}

// mayShow reports whether a password may go over the connection as it is.
func (x *session) mayShow() bool { return x.conn.Secured() || !x.RequireTLS }

func (x *session) capability(p *parser) verdict {
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	x.untagged("CAPABILITY " + x.capabilities())
	return ok("CAPABILITY completed")
}

func (x *session) noop(p *parser) verdict {
	p.end()
	return verdict{"completed", p.err}
}

func (x *session) logout(p *parser) verdict {
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	x.done = true
	x.view = nil
	x.untagged("BYE IMAP4rev1 server logging out")
	return ok("LOGOUT completed")
}

// startTLS answers by itself: the answer goes out before TLS begins (RFC 3501 6.2.1).
func (x *session) startTLS(p *parser) verdict {
	p.end()
	switch {
	case p.err != nil:
		return verdict{err: p.err}
	case x.TLS == nil || x.conn.Secured():
		return verdict{err: &misplaced{"STARTTLS is not offered"}}
	case x.lines.Buffered() > 0:
		x.done = true
		return verdict{err: &misplaced{"nothing may follow STARTTLS in the clear"}}
	}
	fmt.Fprintf(x.out, "%s OK begin TLS negotiation\r\n", tagOf(p.b))
	if x.out.Flush() != nil || x.secure() != nil {
		x.done = true
	}
	return verdict{err: errAnswered}
}

func (x *session) login(p *parser) verdict {
	p.sp()
	user := p.astring()
	p.sp()
	password := p.astring()
	p.end()
	switch {
	case p.err != nil:
		return verdict{err: p.err}
	case !x.mayShow():
		return no("[PRIVACYREQUIRED] STARTTLS first")
	}
	return x.enter(user, sasl.Secret(x.Secret).Password(user, password))
}

// enter opens the user's mailbox if the client is who it says.
func (x *session) enter(user string, proved bool) verdict {
	if !proved {
		x.logins++
		return no("[AUTHENTICATIONFAILED] wrong name or password")
	}
	box, err := x.Store.Ensure(user)
	if err != nil {
		return verdict{err: err}
	}
	x.box = box
	return ok("[CAPABILITY " + x.capabilities() + "] user successfully logged on")
}

// authenticate is AUTHENTICATE with PLAIN (RFC 4616) and CRAM-MD5 (RFC 2195).
func (x *session) authenticate(p *parser) verdict {
	p.sp()
	mechanism := strings.ToUpper(p.atom())
	initial, given := "", p.take(' ') && p.peek() != 0 // some clients end the line with a space
	if given {
		initial = p.base64Text()
	}
	p.end()
	switch {
	case p.err != nil:
		return verdict{err: p.err}
	case mechanism == "PLAIN" && !x.mayShow():
		return no("[PRIVACYREQUIRED] STARTTLS first")
	case mechanism == "PLAIN":
		if !given {
			var v verdict
			if initial, v = x.ask(""); v.err != nil {
				return v
			}
		}
		text, err := base64.StdEncoding.DecodeString(initial)
		user, proved, valid := sasl.Secret(x.Secret).Plain(string(text))
		if err != nil || !valid {
			return verdict{err: &misplaced{"not a message of PLAIN"}}
		}
		return x.enter(user, proved)
	case mechanism == "CRAM-MD5" && !given:
		host := x.Host
		if host == "" {
			host = x.st.HostName()
		}
		challenge := sasl.Challenge(uint64(x.st.Rand().Uint32()), x.st.Now(), host)
		answer, v := x.ask(challenge)
		if v.err != nil {
			return v
		}
		text, err := base64.StdEncoding.DecodeString(answer)
		user, proved, valid := sasl.Secret(x.Secret).CRAMMD5(string(text), challenge)
		if err != nil || !valid {
			return verdict{err: &misplaced{"not an answer of CRAM-MD5"}}
		}
		return x.enter(user, proved)
	}
	return no("no such mechanism here")
}

// ask sends a challenge of SASL and returns the answer, still in base64.
func (x *session) ask(challenge string) (string, verdict) {
	x.out.WriteString("+ " + base64.StdEncoding.EncodeToString([]byte(challenge)) + "\r\n")
	x.patience()
	line, err := x.lines.ReadLine()
	switch {
	case err != nil:
		x.done = true
		return "", verdict{err: &misplaced{"the answer did not come"}}
	case string(line) == "*":
		return "", verdict{err: &misplaced{"cancelled"}}
	}
	return string(line), verdict{}
}

package smtp

import (
	"encoding/base64"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/sasl"
)

// mechanisms lists what AUTH may name now, each with a blank before it.
func (ss *session) mechanisms() string {
	s := ss.server
	switch {
	case s.Secret == nil || !s.offers("AUTH"):
		return ""
	case ss.clearAllowed():
		return " CRAM-MD5 LOGIN PLAIN"
	}
	return " CRAM-MD5"
}

// clearAllowed reports whether a password may cross the connection as it is (RFC 4954 4).
func (ss *session) clearAllowed() bool {
	return ss.envelope.Secure || ss.server.TLS == nil || ss.server.Insecure
}

// auth is AUTH (RFC 4954 4).
func (ss *session) auth(arg string) {
	mechanism, initial, given := strings.Cut(arg, " ")
	mechanism = strings.ToUpper(mechanism)
	switch {
	case ss.mechanisms() == "":
		ss.fail("not-implemented", "AUTH")
		return
	case !ss.envelope.Extended:
		ss.fail("sequence", "Say EHLO first")
		return
	case ss.envelope.User != "":
		ss.fail("sequence", "You are authenticated already")
		return
	case ss.mail:
		ss.fail("sequence", "Not within a message")
		return
	case mechanism == "":
		ss.fail("syntax", "AUTH mechanism")
		return
	}
	known := strings.Contains(" CRAM-MD5 LOGIN PLAIN ", " "+mechanism+" ")
	switch {
	case !known:
		ss.fail("auth-mechanism", mechanism)
		return
	case mechanism != "CRAM-MD5" && !ss.clearAllowed():
		ss.fail("auth-encryption", "")
		return
	case mechanism == "CRAM-MD5" && given:
		ss.fail("syntax", "AUTH CRAM-MD5")
		return
	}
	user, proved, answered := ss.authenticate(mechanism, initial, given)
	switch {
	case answered:
		return
	case !proved:
		ss.fail("auth-failed", user)
		return
	}
	if ss.settle(Event{Step: StepAuth, Arg: user}, nil, "authenticated") {
		ss.envelope.User = user
	}
}

// authenticate goes through a mechanism. answered is set if the client has been told already that it failed.
func (ss *session) authenticate(mechanism, initial string, given bool) (user string, proved, answered bool) {
	secret := sasl.Secret(ss.server.Secret)
	switch mechanism {
	case "PLAIN":
		message, ok := ss.response("", initial, given)
		if !ok {
			return "", false, true
		}
		user, proved, _ = secret.Plain(message)
		return user, proved, false
	case "LOGIN":
		user, ok := ss.response("Username:", initial, given)
		if !ok {
			return "", false, true
		}
		password, ok := ss.response("Password:", "", false)
		if !ok {
			return "", false, true
		}
		return user, secret.Password(user, password), false
	}
	challenge := sasl.Challenge(ss.st.Rand().Uint64(), ss.st.Now(), ss.domain)
	answer, ok := ss.response(challenge, "", false)
	if !ok {
		return "", false, true
	}
	user, proved, _ = secret.CRAMMD5(answer, challenge)
	return user, proved, false
}

// response asks the client with a challenge, unless it said initial on the line of the command.
func (ss *session) response(challenge, initial string, given bool) (message string, ok bool) {
	if given {
		if message, ok = decodeInitial(initial); !ok {
			ss.fail("auth-syntax", "")
		}
		return message, ok
	}
	ss.say("challenge", base64.StdEncoding.EncodeToString([]byte(challenge)))
	line, err := ss.in.line(maxAuthLine)
	ss.waits = false
	switch {
	case err == errLineTooLong:
		ss.fail("too-long", "")
		return "", false
	case err != nil:
		ss.broken(err)
		ss.closing = true
		return "", false
	case string(line) == "*":
		ss.fail("auth-cancelled", "")
		return "", false
	}
	if message, ok = decodeBase64(string(line)); !ok {
		ss.fail("auth-syntax", "")
	}
	return message, ok
}

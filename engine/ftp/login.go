package ftp

import (
	"crypto/subtle"
	"strings"
)

func (x *session) userName(name string) {
	x.logOut()
	if x.RequireTLS && !x.conn.Secured() {
		x.refuse(530, "Say AUTH TLS first: passwords go under TLS only")
		return
	}
	x.user = name
	x.say(331, "Username OK, password required")
}

// logOut forgets the user and what belongs to one.
func (x *session) logOut() {
	x.user, x.account, x.password, x.in = "", Account{}, false, false
	x.cwd, x.image, x.rest, x.from, x.facts = "/", false, 0, "", allFacts
	x.data.forget()
}

// pass looks at name and password together, so that the answer does not tell which of them was wrong.
func (x *session) pass(password string) {
	if x.user == "" || x.in || x.password {
		x.refuse(503, "Say USER first")
		return
	}
	user := x.user
	account, ok := x.Server.Account(user)
	if !ok || !account.Guest && subtle.ConstantTimeCompare([]byte(password), []byte(account.Password)) != 1 {
		x.logOut()
		x.logins++
		x.refuse(530, "Login incorrect")
		return
	}
	x.account, x.password = account, true
	if account.Account != "" {
		x.say(332, "Need account for login")
		return
	}
	x.enter()
}

func (x *session) acct(name string) {
	switch {
	case !x.password:
		x.refuse(503, "Say USER and PASS first")
	case x.account.Account == "":
		x.say(202, "No account is needed")
	case x.in:
		x.say(202, "The account is known")
	case subtle.ConstantTimeCompare([]byte(name), []byte(x.account.Account)) != 1:
		x.logOut()
		x.logins++
		x.refuse(530, "Login incorrect")
	default:
		x.enter()
	}
}

// enter lets the user work, if there is a folder to work in.
func (x *session) enter() {
	if i, err := x.account.FS.Stat(x.real("/")); err != nil || !i.IsDir() {
		user := x.user
		x.logOut()
		x.refuse(530, "The folder of "+user+" is missing on the server")
		return
	}
	x.in = true
	x.say(230, "User "+x.user+" logged in")
}

// rein begins the session anew; TLS stays (RFC 4217 11).
func (x *session) rein(string) {
	x.logOut()
	x.say(220, "Ready for another user")
}

func (x *session) quit(string) {
	x.done = true
	x.say(221, "Goodbye")
}

// auth is AUTH TLS (RFC 4217 4). What the client said before the handshake anybody may have said: commands behind it are refused.
func (x *session) auth(mechanism string) {
	switch mechanism = strings.ToUpper(mechanism); {
	case mechanism != "TLS" && mechanism != "TLS-C" && mechanism != "SSL":
		x.refuse(504, "Only AUTH TLS is known")
	case x.TLS == nil:
		x.refuse(534, "This server has no certificate: TLS is not to be had")
	case x.conn.Secured():
		x.refuse(503, "TLS is on already")
	case x.lines.Buffered() > 0:
		x.say(503, "Nothing may follow AUTH before TLS is on")
		x.done = true
	default:
		x.logOut()
		x.say(234, "Begin the TLS handshake")
		if x.flush() != nil || x.handshake() != nil {
			x.done = true
		}
	}
}

// pbsz is PBSZ (RFC 4217 8): under TLS there is no buffer to be agreed on.
func (x *session) pbsz(size string) {
	switch _, ok := parseNumber(size, 1<<32-1); {
	case !x.conn.Secured():
		x.refuse(503, "Say AUTH TLS first")
	case !ok:
		x.refuse(501, "Syntax: PBSZ 0")
	default:
		x.buffered = true
		x.say(200, "PBSZ=0")
	}
}

func (x *session) prot(level string) {
	switch level = strings.ToUpper(level); {
	case !x.buffered:
		x.refuse(503, "Say PBSZ 0 first")
	case level == "P":
		x.private = true
		x.say(200, "Data connections will be under TLS")
	case level != "C":
		x.refuse(536, "Only PROT C and PROT P are possible with TLS")
	case x.RequireTLS:
		x.refuse(534, "Data connections must be under TLS")
	default:
		x.private = false
		x.say(200, "Data connections will be in the clear")
	}
}

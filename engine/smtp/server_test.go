package smtp_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/engine/smtp"
)

// dialogue has the session that a script describes and compares it with the script: lines with "C: " are sent, those that follow each other
// in one piece; "R: " sends a Go string without a line end; "S: " is heard. It returns the box.
func dialogue(t *testing.T, s *smtp.Server, script string) *box {
	t.Helper()
	w := newWorld(t, 1)
	w.serve(s)
	var items []string
	var want strings.Builder
	join := false
	for line := range strings.Lines(strings.TrimLeft(script, "\n")) {
		line = strings.TrimRight(line, "\n")
		said := ""
		switch {
		case strings.HasPrefix(line, "C: "), line == "C:":
			said = strings.TrimPrefix(strings.TrimPrefix(line, "C:"), " ") + "\r\n"
			want.WriteString("C: " + strings.TrimSuffix(said, "\r\n") + "\n")
		case strings.HasPrefix(line, "R: "):
			raw, err := strconv.Unquote(line[3:])
			if err != nil {
				t.Fatal(line, err)
			}
			said = raw
			for part := range strings.Lines(raw) {
				want.WriteString("C: " + strings.TrimRight(part, "\r\n") + "\n")
			}
		default:
			want.WriteString(line + "\n")
			join = false
			continue
		}
		if join {
			items[len(items)-1] += said
		} else {
			items = append(items, said)
		}
		join = true
	}
	if diff := cmp.Diff(want.String(), w.say(items...)); diff != "" {
		t.Errorf("dialogue (-want +got):\n%s", diff)
	}
	return w.box
}

func TestServer(t *testing.T) {
	const begin = "S: 220 hamburger.edu\nC: EHLO x\nS: 250-hamburger.edu Hello x, pleased to meet you\nS: 250-PIPELINING\nS: 250-8BITMIME\nS: 250-SIZE 10485760\n" +
		"S: 250-ENHANCEDSTATUSCODES\nS: 250-SMTPUTF8\nS: 250-CHUNKING\nS: 250-VRFY\nS: 250-EXPN\nS: 250 HELP\n"
	const hello = "S: 220 hamburger.edu\nC: HELO x\nS: 250 Hello x, pleased to meet you\n"
	for _, c := range []struct {
		name    string
		server  smtp.Server
		script  string
		letters int
	}{
		{"order", smtp.Server{}, `
S: 220 hamburger.edu
C: MAIL FROM:<a@b.org>
S: 503 Say HELO first
C: RCPT TO:<a@b.org>
S: 503 Say MAIL first
C: DATA
S: 503 Say MAIL first
C: HELO x
S: 250 Hello x, pleased to meet you
C: DATA
S: 503 Say MAIL first
C: MAIL FROM:<a@b.org>
S: 250 a@b.org... Sender ok
C: MAIL FROM:<a@b.org>
S: 503 The sender is given already
C: DATA
S: 503 Say RCPT first
C: RSET
S: 250 Reset state
C: RCPT TO:<a@b.org>
S: 503 Say MAIL first
C: QUIT
S: 221 hamburger.edu closing connection
S closes
`, 0},
		{"pipelining", smtp.Server{}, begin + `C: MAIL FROM:<a@b.org>
C: RCPT TO:<c@d.org>
C: RCPT TO:<nobody@d.org>
C: DATA
S: 250 2.1.0 a@b.org... Sender ok
S: 250 2.1.5 c@d.org ... Recipient ok
S: 550 5.1.1 nobody@d.org... User unknown
S: 354 Enter mail, end with "." on a line by itself
C: text
C: .
C: MAIL FROM:<>
C: RCPT TO:<nobody@d.org>
C: DATA
C: QUIT
S: 250 2.0.0 Message accepted for delivery
S: 250 2.1.0 <>... Sender ok
S: 550 5.1.1 nobody@d.org... User unknown
S: 554 5.5.1 No valid recipients
S: 221 2.0.0 hamburger.edu closing connection
S closes
`, 1},
		{"syntax", smtp.Server{MaxErrors: 100}, hello + `C: mail from:<a@b.org> 
S: 250 a@b.org... Sender ok
C: RCPT TO: c@d.org
S: 250 c@d.org ... Recipient ok
C: RCPT TO:<@relay.org,@other.org:c@d.org>
S: 250 c@d.org ... Recipient ok
C: RCPT TO:<"odd > one"@[10.0.0.1]>
S: 250 "odd > one"@[10.0.0.1] ... Recipient ok
C: RCPT TO:<PostMaster>
S: 250 PostMaster ... Recipient ok
C: RCPT TO:<bob>
S: 501 bob... Not an address
C: RCPT TO:<>
S: 501 ... Not an address
C: RCPT TO:<a@b..org>
S: 501 a@b..org... Not an address
C: RCPT TO:<a@b.org
S: 501 Syntax: RCPT TO:<address>
C: RCPT TO:<a@b.org>x
S: 501 Syntax: RCPT TO:<address>
C: RCPT <a@b.org>
S: 501 Syntax: RCPT TO:<address>
C: RCPT TO:<a@b.org> NOTIFY=NEVER
S: 555 Unsupported parameter: NOTIFY
C: RCPT TO:<böb@b.org>
S: 553 böb@b.org... Only with SMTPUTF8
C: DATA now
S: 501 Syntax: DATA
C: RSET now
S: 501 Syntax: RSET
C: MAIL
S: 501 Syntax: MAIL FROM:<address>
C: HELO
S: 501 Syntax: HELO name
C: VRFY
S: 501 Syntax: VRFY user
C: EXPN
S: 501 Syntax: EXPN list
C: QUIT now
S: 501 Syntax: QUIT
C: TURN
S: 502 Command not implemented: TURN
C: AUTH PLAIN
S: 502 Command not implemented: AUTH
C: STARTTLS
S: 502 Command not implemented: STARTTLS
C:
S: 500 Command unrecognized: 
R: "NO\x00OP\r\n"
S: 500 Command unrecognized: NO?OP
R: "NOOP\n"
S: 250 OK
`, 0},
		{"information", smtp.Server{}, hello + `C: NOOP whatever
S: 250 OK
C: HELP
S: 214-Commands: HELO EHLO MAIL RCPT DATA BDAT RSET NOOP HELP VRFY EXPN AUTH STARTTLS QUIT
S: 214 HELP and a command explains it
C: help data
S: 214 DATA: send the message; a line with a dot alone ends it
C: VRFY <bob> SMTPUTF8
S: 250 Bob <bob@hamburger.edu>
C: VRFY eve
S: 550 eve... User unknown
C: EXPN all
S: 250-Bob <bob@hamburger.edu>
S: 250 Eve <eve@hamburger.edu>
`, 0},
		{"parameters", smtp.Server{MaxSize: 1000, MaxErrors: 100, Secret: secret}, `
S: 220 hamburger.edu
C: HELO x
S: 250 Hello x, pleased to meet you
C: MAIL FROM:<a@b.org> SIZE=1
S: 555 Unsupported parameter: SIZE=1
C: EHLO x
S: 250-hamburger.edu Hello x, pleased to meet you
S: 250-PIPELINING
S: 250-8BITMIME
S: 250-SIZE 1000
S: 250-ENHANCEDSTATUSCODES
S: 250-SMTPUTF8
S: 250-CHUNKING
S: 250-AUTH CRAM-MD5 LOGIN PLAIN
S: 250-VRFY
S: 250-EXPN
S: 250 HELP
C: MAIL FROM:<a@b.org> SIZE=1001
S: 552 5.3.4 Message too large, the limit is 1000 bytes
C: MAIL FROM:<a@b.org> SIZE=-1
S: 501 5.5.4 Syntax: SIZE=number
C: MAIL FROM:<a@b.org> BODY=9BIT
S: 555 5.5.4 Unsupported parameter: BODY=9BIT
C: MAIL FROM:<a@b.org> SMTPUTF8=yes
S: 555 5.5.4 Unsupported parameter: SMTPUTF8=yes
C: MAIL FROM:<a@b.org> RET=FULL
S: 555 5.5.4 Unsupported parameter: RET=FULL
C: MAIL FROM:<a@b.org> SIZE=1 SIZE=2
S: 501 5.5.4 Syntax: MAIL FROM:<address>
C: MAIL FROM:<a@b.org> AUTH=+0
S: 501 5.5.4 Syntax: AUTH=address
C: MAIL FROM:<ä@b.org>
S: 553 5.6.7 ä@b.org... Only with SMTPUTF8
C: MAIL FROM:<ä@b.org> SIZE=900 BODY=8BITMIME SMTPUTF8 AUTH=<>
S: 250 2.1.0 ä@b.org... Sender ok
C: RCPT TO:<bø@d.org>
S: 250 2.1.5 bø@d.org ... Recipient ok
C: DATA
S: 354 Enter mail, end with "." on a line by itself
C: ü
C: .
S: 250 2.0.0 Message accepted for delivery
`, 1},
		{"smuggling", smtp.Server{}, hello + `C: MAIL FROM:<a@b.org>
C: RCPT TO:<c@d.org>
C: DATA
S: 250 a@b.org... Sender ok
S: 250 c@d.org ... Recipient ok
S: 354 Enter mail, end with "." on a line by itself
R: "text\n.\r\nMAIL FROM:<evil@b.org>\r\n.\r\n"
S: 521 A dot between line ends that are not CR LF; closing connection
S closes
`, 0},
		{"smuggling with LF after the dot", smtp.Server{}, hello + `C: MAIL FROM:<a@b.org>
C: RCPT TO:<c@d.org>
C: DATA
S: 250 a@b.org... Sender ok
S: 250 c@d.org ... Recipient ok
S: 354 Enter mail, end with "." on a line by itself
R: "text\r\n.\n"
S: 521 A dot between line ends that are not CR LF; closing connection
S closes
`, 0},
		{"bare line ends", smtp.Server{}, hello + `C: MAIL FROM:<a@b.org>
C: RCPT TO:<c@d.org>
C: DATA
S: 250 a@b.org... Sender ok
S: 250 c@d.org ... Recipient ok
S: 354 Enter mail, end with "." on a line by itself
R: "text\rmore\r.\r\nQUIT\r\n.\r\n"
S: 554 A line of the message does not end with CR LF
C: MAIL FROM:<a@b.org>
C: RCPT TO:<c@d.org>
C: DATA
S: 250 a@b.org... Sender ok
S: 250 c@d.org ... Recipient ok
S: 354 Enter mail, end with "." on a line by itself
R: "text\nmore\r\n.\r\n"
S: 554 A line of the message does not end with CR LF
C: MAIL FROM:<a@b.org>
C: RCPT TO:<c@d.org>
C: DATA
S: 250 a@b.org... Sender ok
S: 250 c@d.org ... Recipient ok
S: 354 Enter mail, end with "." on a line by itself
R: "8-bit \x80\r\n.\r\n"
S: 554 The message is not 7-bit ASCII; say BODY=8BITMIME
`, 0},
		{"chunks", smtp.Server{}, begin + `C: MAIL FROM:<a@b.org>
C: RCPT TO:<c@d.org>
S: 250 2.1.0 a@b.org... Sender ok
S: 250 2.1.5 c@d.org ... Recipient ok
R: "BDAT 6\r\n.text\r"
S: 250 2.0.0 6 bytes received
C: DATA
S: 503 5.5.1 The message comes by BDAT
C: RCPT TO:<e@d.org>
S: 503 5.5.1 The message has begun
R: "BDAT 3 last\r\n\n.\r"
S: 554 5.6.0 A line of the message does not end with CR LF
C: BDAT 8 FIRST
C: NOOP
S: 501 5.5.4 Syntax: BDAT size [LAST]
S closes
`, 0},
		{"chunks delivered", smtp.Server{}, begin + `C: MAIL FROM:<a@b.org>
C: RCPT TO:<c@d.org>
R: "BDAT 7\r\n.text\r\nBDAT 1\r\n.BDAT 0 LAST\r\nNOOP\r\n"
S: 250 2.1.0 a@b.org... Sender ok
S: 250 2.1.5 c@d.org ... Recipient ok
S: 250 2.0.0 7 bytes received
S: 250 2.0.0 1 bytes received
S: 250 2.0.0 Message accepted for delivery
S: 250 2.0.0 OK
R: "BDAT 2\r\nxxNOOP\r\n"
S: 503 5.5.1 Say MAIL first
S: 250 2.0.0 OK
C: BDAT 99999999
S: 552 5.3.4 Message too large, the limit is 10485760 bytes
S closes
`, 1},
		{"recipients", smtp.Server{MaxRecipients: 1}, hello + `C: MAIL FROM:<a@b.org>
S: 250 a@b.org... Sender ok
C: RCPT TO:<c@d.org>
S: 250 c@d.org ... Recipient ok
C: RCPT TO:<e@d.org>
S: 452 Too many recipients
C: DATA
S: 354 Enter mail, end with "." on a line by itself
C: ..
C: ...
C: .
S: 250 Message accepted for delivery
`, 1},
		{"errors", smtp.Server{MaxErrors: 2}, hello + `C: FOO
S: 500 Command unrecognized: FOO
C: FOO
C: NOOP
S: 500 Command unrecognized: FOO
S: 421 hamburger.edu Too many errors, closing connection
S closes
`, 0},
		{"failures of the mailbox", smtp.Server{}, begin + `C: MAIL FROM:<a@b.org>
C: RCPT TO:<full@hamburger.edu>
C: DATA
C: .
S: 250 2.1.0 a@b.org... Sender ok
S: 250 2.1.5 full@hamburger.edu ... Recipient ok
S: 354 Enter mail, end with "." on a line by itself
S: 452 4.2.2 Mailbox full
C: MAIL FROM:<a@b.org>
C: RCPT TO:<broken@hamburger.edu>
C: DATA
C: .
S: 250 2.1.0 a@b.org... Sender ok
S: 250 2.1.5 broken@hamburger.edu ... Recipient ok
S: 354 Enter mail, end with "." on a line by itself
S: 451 4.3.0 Local error in processing
`, 0},
		{"authentication", smtp.Server{Secret: secret, MaxErrors: 100, Without: []string{"VRFY", "EXPN", "HELP"}}, `
S: 220 hamburger.edu
C: AUTH PLAIN
S: 503 Say EHLO first
C: EHLO x
S: 250-hamburger.edu Hello x, pleased to meet you
S: 250-PIPELINING
S: 250-8BITMIME
S: 250-SIZE 10485760
S: 250-ENHANCEDSTATUSCODES
S: 250-SMTPUTF8
S: 250-CHUNKING
S: 250 AUTH CRAM-MD5 LOGIN PLAIN
C: AUTH
S: 501 5.5.4 Syntax: AUTH mechanism
C: AUTH GSSAPI
S: 504 5.5.4 Unknown mechanism: GSSAPI
C: AUTH PLAIN =
S: 535 5.7.8 Authentication failed
C: AUTH PLAIN AGFsaWNlAGh1bmdyeQ
S: 501 5.5.2 Not base64
C: AUTH PLAIN
S: 334 
C: *
S: 501 5.7.0 Authentication cancelled
C: AUTH PLAIN Ym9iAGFsaWNlAGh1bmdyeQ==
S: 535 5.7.8 Authentication failed
C: AUTH LOGIN
S: 334 VXNlcm5hbWU6
C: YWxpY2U=
S: 334 UGFzc3dvcmQ6
C: dGhpcnN0eQ==
S: 535 5.7.8 Authentication failed
C: AUTH CRAM-MD5 x
S: 501 5.5.4 Syntax: AUTH CRAM-MD5
C: MAIL FROM:<a@b.org>
S: 250 2.1.0 a@b.org... Sender ok
C: AUTH PLAIN AGFsaWNlAGh1bmdyeQ==
S: 503 5.5.1 Not within a message
C: RSET
S: 250 2.0.0 Reset state
C: AUTH PLAIN AGFsaWNlAGh1bmdyeQ==
S: 235 2.7.0 Authentication succeeded
C: AUTH PLAIN AGFsaWNlAGh1bmdyeQ==
S: 503 5.5.1 You are authenticated already
`, 0},
		{"replies", smtp.Server{Replies: map[string]string{"greeting": "220-{domain} ESMTP\n220 no spam", "quit": "221 Bye {client}", "unknown": "500 5.5.1 {address}?"}}, `
S: 220-hamburger.edu ESMTP
S: 220 no spam
C: FOO
S: 500 FOO?
C: HELO me
S: 250 Hello me, pleased to meet you
C: QUIT
S: 221 Bye me
S closes
`, 0},
		{"hooks", smtp.Server{Hook: func(e smtp.Event) *smtp.Reply {
			switch {
			case e.Step == smtp.StepMail && e.Arg == "evil@b.org":
				return &smtp.Reply{Code: 550, Enhanced: "5.7.1", Lines: []string{"go away"}}
			case e.Step == smtp.StepMail:
				return &smtp.Reply{Code: 250, Lines: []string{"fine", "go on"}}
			case e.Step == smtp.StepCommand && e.Arg == "XYZZY":
				return &smtp.Reply{Code: 250, Lines: []string{"nothing happens"}}
			case e.Step == smtp.StepMessage && len(e.Message) == 0:
				return &smtp.Reply{Code: 554, Lines: []string{"empty"}}
			case e.Step == smtp.StepNoop:
				return &smtp.Reply{Code: 421, Lines: []string{"enough"}}
			}
			return nil
		}}, hello + `C: XYZZY
S: 250 nothing happens
C: MAIL FROM:<evil@b.org>
S: 550 go away
C: RCPT TO:<c@d.org>
S: 503 Say MAIL first
C: MAIL FROM:<a@b.org>
S: 250-fine
S: 250 go on
C: RCPT TO:<c@d.org>
C: DATA
C: .
S: 250 c@d.org ... Recipient ok
S: 354 Enter mail, end with "." on a line by itself
S: 554 empty
C: NOOP
S: 421 enough
S closes
`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if b := dialogue(t, &c.server, c.script); len(b.letters) != c.letters {
				t.Errorf("%d messages, want %d: %+v", len(b.letters), c.letters, b.letters)
			} else if c.name == "chunks delivered" && b.letters[0].text != ".text\r\n.\r\n" {
				t.Errorf("the message is %q", b.letters[0].text)
			}
		})
	}
}

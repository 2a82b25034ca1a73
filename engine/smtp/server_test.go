package smtp_test

import (
	"io"
	"net"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
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

// TestTooMuch sends more than may be.
func TestTooMuch(t *testing.T) {
	w := newWorld(t, 1)
	w.serve(&smtp.Server{MaxSize: 1 << 20, MaxMemory: 3 << 20, MaxSessions: 4, Timeout: time.Minute})
	line := strings.Repeat("x", 98) + "\r\n"
	w.run(func() {
		open := func() net.Conn {
			c, err := w.client.Dial("tcp", "hamburger.edu:25")
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		begin := "EHLO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\n"
		// expect says something and wants an answer at the end.
		expect := func(c net.Conn, say, want string) {
			t.Helper()
			io.WriteString(c, say)
			var heard string
			buf := make([]byte, 4096)
			c.SetReadDeadline(w.client.Now().Add(3 * time.Minute))
			for !strings.Contains(heard, want) {
				n, err := c.Read(buf)
				heard += string(buf[:n])
				if err != nil {
					t.Errorf("heard %q, %v; want %q", heard, err, want)
					return
				}
			}
		}
		c := open()
		expect(c, strings.Repeat("y", 5000)+"\r\n", "500 Line too long\r\n")
		expect(c, begin, "354 ")
		expect(c, strings.Repeat(line, 1<<20/100+1)+".\r\n", "552 5.3.4 Message too large")
		expect(c, begin, "354 ")
		expect(c, strings.Repeat("z", 999)+"\r\n.\r\n", "554 5.6.0 A line of the message is longer")
		expect(c, begin, "354 ")
		expect(c, "."+strings.Repeat("z", 998)+"\r\n"+strings.Repeat("z", 998)+"\r\n.\r\n", "250 2.0.0 Message accepted")
		expect(c, begin, "354 ")
		expect(c, strings.Repeat("w", 100_000)+"\r\n.\r\n", "554 5.6.0 A line")
		expect(c, begin, "354 ")
		expect(c, strings.Repeat(line, 4<<20/100), "552 5.3.4 Message too large") // and the server closes, without an end of the message
		c.Close()

		var slow []net.Conn
		for range 4 {
			c := open()
			expect(c, begin, "354 ")
			io.WriteString(c, strings.Repeat(line, 9000)) // 0.9 MB, three times
			slow = append(slow, c)
		}
		expect(open(), "", "421 hamburger.edu Too many connections")
		expect(slow[3], ".\r\n", "452 4.3.1 Too many messages at a time")
		expect(slow[0], ".\r\n", "250 2.0.0 Message accepted")
		expect(slow[0], begin, "354 ")
		expect(slow[0], ".\r\n", "250 2.0.0")
		for _, c := range slow {
			c.Close()
		}
	})
}

// TestSlowClients holds sessions open by sending little: a byte of a command now and then, then of a message.
func TestSlowClients(t *testing.T) {
	w := newWorld(t, 1)
	s := &smtp.Server{Timeout: time.Minute}
	w.serve(s)
	w.run(func() {
		for _, begin := range []string{"", "EHLO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\n", "EHLO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nBDAT 1000\r\n"} {
			c, err := w.client.Dial("tcp", "hamburger.edu:25")
			if err != nil {
				t.Fatal(err)
			}
			began := w.Sched.Elapsed()
			io.WriteString(c, begin)
			w.client.Go("drip", func() {
				for {
					if _, err := io.WriteString(c, "x"); err != nil {
						return
					}
					w.client.Sleep(20 * time.Second)
				}
			})
			heard, _ := io.ReadAll(c)
			if took := w.Sched.Elapsed() - began; took > 90*time.Second || !strings.HasSuffix(string(heard), "hamburger.edu Timeout, closing connection\r\n") {
				t.Errorf("%q: after %v the server said %q", begin, took, heard)
			}
			c.Close()
		}
		w.client.Sleep(time.Minute)
		if s.Sessions() != 0 {
			t.Errorf("%d sessions are left", s.Sessions())
		}
	})
}

// TestHalfClosed sends a session in one piece and closes its own direction.
func TestHalfClosed(t *testing.T) {
	w := newWorld(t, 1)
	w.serve(&smtp.Server{})
	w.run(func() {
		c, err := w.client.Dial("tcp", "hamburger.edu:25")
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, "EHLO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\nhello\r\n.\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\nhalf of it")
		c.CloseWrite()
		heard, err := io.ReadAll(c)
		if err != nil || !strings.HasSuffix(string(heard), "250 2.0.0 Message accepted for delivery\r\n250 2.1.0 a@b.org... Sender ok\r\n250 2.1.5 c@d.org ... Recipient ok\r\n"+
			"354 Enter mail, end with \".\" on a line by itself\r\n") {
			t.Errorf("%q, %v", heard, err)
		}
	})
	if len(w.box.letters) != 1 {
		t.Errorf("%d messages, want 1: half a message is none", len(w.box.letters))
	}
}

// TestClientThatNeverReads must not hold a session for ever.
func TestClientThatNeverReads(t *testing.T) {
	w := newWorld(t, 1)
	s := &smtp.Server{Timeout: time.Minute, Hook: func(e smtp.Event) *smtp.Reply {
		if e.Step != smtp.StepHelp {
			return nil
		}
		return &smtp.Reply{Code: 214, Lines: strings.Split(strings.Repeat("x\n", 100_000), "\n")}
	}}
	w.serve(s)
	w.run(func() {
		c, err := w.client.Dial("tcp", "hamburger.edu:25")
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, strings.Repeat("HELP\r\n", 10))
		w.client.Sleep(3 * time.Minute)
		if s.Sessions() != 0 {
			t.Error("the session is still there")
		}
		c.Close()
	})
}

// TestClose ends a server in the middle of sessions.
func TestClose(t *testing.T) {
	w := newWorld(t, 1)
	s := &smtp.Server{Mailbox: w.box}
	l, err := w.server.Listen("tcp", ":25")
	if err != nil {
		t.Fatal(err)
	}
	var served error
	w.server.Go("smtp", func() { served = s.Serve(w.server, l) })
	w.run(func() {
		c, err := smtp.Dial(w.client, "hamburger.edu", smtp.ClientOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		if _, err := c.Noop(); stack.Code(err) != "closed" && stack.Code(err) != "reset" {
			t.Errorf("NOOP: %v", err)
		}
		if _, err := smtp.Dial(w.client, "hamburger.edu", smtp.ClientOptions{}); stack.Code(err) != "refused" {
			t.Errorf("Dial: %v", err)
		}
		c.Close()
	})
	if served != smtp.ErrClosed || w.server.OpenSockets() != 0 || w.server.Group().Len() != 0 {
		t.Errorf("Serve = %v, %d sockets, %d tasks", served, w.server.OpenSockets(), w.server.Group().Len())
	}
}

// TestPasswordsWantTLS: PLAIN and LOGIN show the password.
func TestPasswordsWantTLS(t *testing.T) {
	w := newWorld(t, 1)
	a, err := w.Authority()
	if err != nil {
		t.Fatal(err)
	}
	s := &smtp.Server{Secret: secret}
	if s.TLS, err = a.Server(w.server, "hamburger.edu"); err != nil {
		t.Fatal(err)
	}
	w.serve(s)
	got := w.say("EHLO x\r\n", "AUTH PLAIN AGFsaWNlAGh1bmdyeQ==\r\n", "AUTH LOGIN\r\n")
	if !strings.Contains(got, "S: 250-AUTH CRAM-MD5\n") || strings.Count(got, "S: 538 5.7.11 Only after STARTTLS\n") != 2 {
		t.Error(got)
	}
}

// TestChunksOfNoMessage: what comes before MAIL is read, since the next command is behind it, and not kept.
func TestChunksOfNoMessage(t *testing.T) {
	w := newWorld(t, 1)
	s := &smtp.Server{MaxMemory: 1 << 20}
	w.serve(s)
	chunk := "BDAT 600000\r\n" + strings.Repeat("x", 600_000)
	got := w.say("EHLO x\r\n", chunk, chunk, "MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nBDAT 900000 LAST\r\n"+strings.Repeat(strings.Repeat("x", 98)+"\r\n", 9000))
	if strings.Count(got, "S: 503 5.5.1 Say MAIL first\n") != 2 || !strings.HasSuffix(got, "S: 250 2.0.0 Message accepted for delivery\n") {
		t.Error(got[len(got)-1000:])
	}
}

// TestManyAnswersAtOnce: long answers to commands that come together must not pile up.
func TestManyAnswersAtOnce(t *testing.T) {
	w := newWorld(t, 1)
	long := strings.Repeat("x", 400)
	s := &smtp.Server{Timeout: time.Minute, Hook: func(e smtp.Event) *smtp.Reply {
		if e.Step == smtp.StepExpn {
			return &smtp.Reply{Code: 250, Lines: slices.Repeat([]string{long}, 1000)}
		}
		return nil
	}}
	w.serve(s)
	w.run(func() {
		c, err := w.client.Dial("tcp", "hamburger.edu:25")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, "HELO x\r\n"+strings.Repeat("EXPN l\r\n", 190)) // 76 MB of answers
		w.client.Sleep(time.Second)
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		if m.HeapAlloc > 40<<20 {
			t.Errorf("%d MB are held", m.HeapAlloc>>20)
		}
	})
}

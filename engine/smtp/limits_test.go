package smtp_test

import (
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

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

// TestIdleSession: a session that brings no message forward is not kept for ever, however quickly it talks.
func TestIdleSession(t *testing.T) {
	w := newWorld(t, 1)
	s := &smtp.Server{}
	w.serve(s)
	got := w.say("HELO x\r\n"+strings.Repeat("NOOP\r\n", 198)+"MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\n.\r\n", strings.Repeat("VRFY bob\r\n", 199), "RSET\r\nNOOP\r\n")
	if len(w.box.letters) != 1 || !strings.HasSuffix(got, "S: 250 Reset state\nS: 421 hamburger.edu Too many commands without a message, closing connection\nS closes\n") {
		t.Errorf("%d messages\n%s", len(w.box.letters), got[max(0, len(got)-500):])
	}
	if n := s.Memory(); n != 0 {
		t.Errorf("%d bytes are held without a session", n)
	}
}

package imap_test

import (
	"strings"
	"testing"
)

// FuzzSession says anything to a server after the login. Whatever it is, the server answers the next client.
func FuzzSession(f *testing.F) {
	for _, s := range []string{"a FETCH 1:* (FULL BODY[1.2]<0.9> BODY[2.HEADER.FIELDS (a)])\r\n", "a UID STORE 1:* +FLAGS (\\Deleted $x)\r\nb EXPUNGE\r\nc FETCH 1 BODY[]\r\n",
		"a SEARCH OR 1:2 NOT (UID 1 BODY x) KEYWORD y\r\nb COPY 2 INBOX\r\nc MOVE 1:* x\r\n", "a IDLE\r\nDONE\r\nb APPEND INBOX (\\Seen) {3+}\r\nabc\r\nc CLOSE\r\nd FETCH 1 UID\r\n",
		"a RENAME INBOX x\r\nb NOOP\r\nc DELETE x\r\nd NOOP\r\ne FETCH 1:* FLAGS\r\nf STORE 1 FLAGS ()\r\n", "a LIST {1+}\r\n% \"*\"\r\nb LSUB \"\" %\r\nc STATUS INBOX (UNSEEN)\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, said string) {
		run(t, func(w *world) {
			w.fill(t, "INBOX", plain, nested)
			other := w.dial(t)
			if _, err := other.Select("INBOX"); err != nil {
				t.Fatal(err)
			}
			if got := w.say("i LOGIN alice hungry\r\ns SELECT INBOX\r\n" + said); !strings.Contains(got, "s OK [READ-WRITE]") {
				t.Errorf("before what was said came %q", got)
			}
			if err := other.Noop(); err != nil {
				t.Error(err)
			}
			if err := other.Logout(); err != nil {
				t.Error(err)
			}
		})
	})
}

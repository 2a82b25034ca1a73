package imap_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest"
	"github.com/moonwire-lab/moonwire/engine/imap"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// check fails the test on an error.
func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func numbers(n ...uint32) imap.Messages { return imap.Messages{Set: imap.Nums(n...)} }
func uids(n ...uint32) imap.Messages    { return imap.Messages{Set: imap.Nums(n...), UID: true} }

// tour uses every command of a client on an empty mailbox and returns what it saw. It is run against our server and others'.
func tour(t testing.TB, c *imap.Client, separator string) string {
	var b strings.Builder
	sub := "work" + separator + "später"
	check(t, c.Create("work"))
	check(t, c.Create(sub))
	check(t, c.Subscribe("work"))
	check(t, c.Subscribe(sub))
	check(t, c.Unsubscribe("work"))
	for _, list := range []func(string, string) ([]imap.ListEntry, error){c.List, c.Lsub} {
		entries, err := list("", "work*")
		check(t, err)
		for _, e := range entries {
			fmt.Fprintln(&b, "list", strings.ReplaceAll(e.Name, separator, "/"), e.Separator == separator)
		}
	}
	date := time.Date(2026, 2, 1, 10, 0, 0, 0, time.FixedZone("", 3600))
	for _, text := range []string{plain, nested} {
		_, err := c.Append("work", []byte(text), []string{`\Seen`}, date)
		check(t, err)
	}
	_, err := c.Append("nosuch", []byte(plain), nil, time.Time{})
	fmt.Fprintln(&b, "append", stack.Code(err))
	status, err := c.Status("work", "MESSAGES", "UNSEEN", "UIDNEXT")
	check(t, err)
	fmt.Fprintln(&b, "status", status)
	f, err := c.Select("work")
	if err != nil {
		t.Error(err)
		return b.String()
	}
	slices.Sort(f.Flags)
	fmt.Fprintln(&b, "select", f.Exists, f.Unseen, f.UIDNext, f.ReadOnly, f.UIDValidity > 0, f.Flags)
	list, err := c.Fetch(numbers(1, 2), "FULL")
	check(t, err)
	for _, m := range list {
		fmt.Fprintln(&b, "fetch", m.Number, m.Size, m.Date.UTC(), *m.Envelope, m.Structure.Type, m.Structure.Subtype, slices.Contains(m.Flags, `\Seen`))
	}
	list, err = c.Fetch(uids(2), "(BODYSTRUCTURE BODY.PEEK[1] BODY.PEEK[2.HEADER] BODY.PEEK[2.2.MIME] BODY[3]<1.2> BODY.PEEK[HEADER.FIELDS.NOT (From To Content-Type MIME-Version)] BODY.PEEK[])")
	check(t, err)
	for _, m := range list {
		describe(&b, m.Structure, "")
		for _, s := range m.Sections {
			fmt.Fprintf(&b, "section %s %q\n", strings.ToUpper(s.Name), s.Text)
		}
	}
	stored, err := c.Store(numbers(1), "-FLAGS", []string{`\Seen`})
	check(t, err)
	fmt.Fprintln(&b, "store", len(stored), slices.Contains(stored[0].Flags, `\Seen`))
	_, err = c.Store(uids(2), "+FLAGS.SILENT", []string{`\Answered`, "$Work"})
	check(t, err)
	for _, criteria := range []string{"ALL", "UNSEEN", "ANSWERED KEYWORD $Work", `FROM "alice"`, `SUBJECT "mtg"`, `NOT SUBJECT "mtg"`, `OR BODY "pickles" TEXT "carol"`, `BODY "dear"`, "SENTBEFORE 1-Jan-2000 SUBJECT mtg",
		"ON 1-Feb-2026", "LARGER 500", "UID 2:*", "1,2 SMALLER 500", `HEADER Message-Id ""`, "(SEEN)", `CHARSET UTF-8 CC "klensin"`, "DELETED"} {
		found, err := c.Search(criteria, false)
		check(t, err)
		fmt.Fprintln(&b, "search", criteria, found)
	}
	copied, err := c.Copy(uids(1), sub)
	check(t, err)
	fmt.Fprintln(&b, "copy", copied.From, copied.To, copied.UIDValidity > 0)
	if c.Has("MOVE") {
		moved, err := c.Move(numbers(2), sub)
		check(t, err)
		fmt.Fprintln(&b, "move", moved.From, moved.To, c.Selected.Exists)
	}
	_, err = c.Store(numbers(1), "FLAGS.SILENT", []string{`\Deleted`})
	check(t, err)
	gone, err := c.Expunge(nil)
	check(t, err)
	fmt.Fprintln(&b, "expunge", gone, c.Selected.Exists)
	check(t, c.Check())
	check(t, c.Noop())
	check(t, c.Close())
	_, err = c.Fetch(numbers(1), "FLAGS")
	fmt.Fprintln(&b, "fetch with nothing selected", stack.Code(err))
	f, err = c.Examine(sub)
	check(t, err)
	fmt.Fprintln(&b, "examine", f.Exists, f.ReadOnly)
	check(t, c.Unselect())
	check(t, c.Rename(sub, "kept & seen"))
	fmt.Fprintln(&b, "create", stack.Code(c.Create("kept & seen")), "delete", stack.Code(c.Delete("nosuch")))
	status, err = c.Status("kept & seen", "MESSAGES")
	check(t, err)
	fmt.Fprintln(&b, "status", status)
	check(t, c.Delete("work"))
	return b.String()
}

// describe writes a structure as lines.
func describe(b *strings.Builder, s *imap.Structure, indent string) {
	params := slices.DeleteFunc(slices.Clone(s.Params), func(p imap.Param) bool { return p.Value == "us-ascii" }) // some servers say the default
	fmt.Fprintln(b, indent+"part", s.Type, s.Subtype, params, s.Encoding, s.Size, s.Lines, s.Disposition, s.DispositionParams, s.ID)
	for _, p := range s.Parts {
		describe(b, p, indent+"  ")
	}
}

const toured = `list work true
list work/später true
list work/später true
append not-found
status map[MESSAGES:2 UIDNEXT:3 UNSEEN:0]
select 2 0 3 false true [\Answered \Deleted \Draft \Flagged \Seen]
fetch 1 346 2026-02-01 09:00:00 +0000 UTC {Wed, 17 Jul 1996 02:23:25 -0700 IMAP4rev1 WG mtg summary [Terry Gray <gray@cac.washington.edu>] [Terry Gray <gray@cac.washington.edu>] [Terry Gray <gray@cac.washington.edu>] [imap@cac.washington.edu] [minutes@CNRI.Reston.VA.US John Klensin <KLENSIN@MIT.EDU>] []  <B27397-0100000@cac.washington.edu>} TEXT PLAIN true
fetch 2 687 2026-02-01 09:00:00 +0000 UTC { =?utf-8?q?cr=C3=AApes?= [alice@crepes.fr] [alice@crepes.fr] [alice@crepes.fr] [bob@hamburger.edu] [] []  } MULTIPART MIXED true
part MULTIPART MIXED [{BOUNDARY out er}]  0 0  [] 
  part TEXT PLAIN [{CHARSET utf-8}] QUOTED-PRINTABLE 25 0  [] 
  part MESSAGE RFC822 [] 7BIT 154 12  [] 
    part MULTIPART ALTERNATIVE [{BOUNDARY in}]  0 0  [] 
      part TEXT PLAIN [] 7BIT 5 0  [] 
      part TEXT HTML [] 7BIT 3 0  [] 
  part IMAGE JPEG [{NAME crepe.jpg}] BASE64 6 0 ATTACHMENT [{FILENAME crepe.jpg}] <1@crepes.fr>
section BODY[1] "Dear Bob,=0A=C3=A9t=C3=A9"
section BODY[2.HEADER] "Subject: inner\r\nFrom: carol@example.org\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n"
section BODY[2.2.MIME] "Content-Type: text/html\r\n\r\n"
section BODY[3]<1> "AE"
`

func TestClient(t *testing.T) {
	run(t, func(w *world) {
		authority, _ := pki.New(1)
		for i, login := range []func(c *imap.Client) error{
			func(c *imap.Client) error { return c.Login("alice", "hungry") },
			func(c *imap.Client) error { return c.Plain("alice", "hungry") },
			func(c *imap.Client) error { return c.CRAMMD5("alice", "hungry") },
			func(c *imap.Client) error {
				w.server.RequireTLS = true
				if err := c.Login("alice", "hungry"); stack.Code(err) != "denied" {
					t.Errorf("a password in the clear: %v", err)
				}
				if err := c.StartTLS(); err != nil {
					return err
				}
				return c.Login("alice", "hungry")
			},
		} {
			c, err := imap.Dial(w.st, at, imap.Options{TLS: authority.Client(w.st, "mail.hamburger.edu")})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Login("alice", "thirsty"); stack.Code(err) != "denied" {
				t.Errorf("a wrong password: %v", err)
			}
			if err := login(c); err != nil || !c.Authenticated || !c.Has("move") || c.Has("AUTH=PLAIN") {
				t.Errorf("login %d: %v, %q", i, err, c.Capabilities)
				continue
			}
			got := tour(t, c, "/")
			for _, part := range strings.SplitAfter(toured, "\n") {
				if !strings.Contains(got, part) {
					t.Errorf("login %d: %q is missing in\n%s", i, part, got)
				}
			}
			check(t, c.Delete("kept & seen"))
			if n := w.server.Memory(); n < 10<<10 {
				t.Errorf("login %d: a session counts for %d bytes", i, n)
			}
			check(t, c.Logout())
			w.st.Sleep(time.Second)
			if n := w.server.Memory(); n != 0 {
				t.Errorf("login %d: %d bytes count for nobody", i, n)
			}
		}
	})
}

// TestLiterals sends strings that only literals can carry, several in a command, in both forms.
func TestLiterals(t *testing.T) {
	run(t, func(w *world) {
		w.server.Secret = func(user string) (string, bool) { return "påss\r\nword", user == "josé" || user == "alice" }
		for _, capabilities := range [][]string{{"IMAP4rev1", "LITERAL+"}, {"IMAP4rev1"}} {
			c, err := imap.Dial(w.st, at, imap.Options{})
			check(t, err)
			c.Capabilities = capabilities
			for _, zero := range [][2]string{{"jos\x00", "x"}, {"x", "pass\x00"}} {
				if err := c.Login(zero[0], zero[1]); stack.Code(err) != "invalid" || !strings.Contains(err.Error(), "LOGIN: a zero byte") {
					t.Errorf("%q: %v", zero, err)
				}
			}
			if err := c.Login("josé", "påss"); stack.Code(err) != "denied" {
				t.Errorf("%q: a wrong password: %v", capabilities, err)
			}
			if err := c.Login("alice", "påss\r\nword"); err != nil {
				t.Errorf("%q: %v", capabilities, err)
			}
			long, longer := strings.Repeat("a/", 600), strings.Repeat("b/", 700)
			if err := c.Rename(long, longer); stack.Code(err) != "not-found" { // and not BAD
				t.Errorf("%q: rename: %v", capabilities, err)
			}
			check(t, c.Logout())
		}
	})
}

// TestSessionsSeeEachOther has two sessions on a folder, and a delivery.
func TestSessionsSeeEachOther(t *testing.T) {
	run(t, func(w *world) {
		inbox := w.fill(t, "INBOX", plain, plain, plain)
		a, b := w.dial(t), w.dial(t)
		fa, err := a.Select("INBOX")
		check(t, err)
		fb, err := b.Select("INBOX")
		check(t, err)
		if fa.Recent != 3 || fb.Recent != 0 {
			t.Errorf("recent: %d for the first, %d for the second", fa.Recent, fb.Recent)
		}
		_, err = a.Store(numbers(2), "+FLAGS.SILENT", []string{`\Deleted`})
		check(t, err)
		_, err = a.Expunge(nil)
		check(t, err)
		// b still counts three: FETCH may not change its numbers, and what is gone is gone.
		list, err := b.Fetch(numbers(1, 2, 3), "UID")
		if e := new(imap.Error); len(list) != 2 || list[1].Number != 3 || list[1].UID != 3 || !asError(err, &e) || e.Response != "EXPUNGEISSUED" || fb.Exists != 3 {
			t.Errorf("fetched %d, %v, exists %d", len(list), err, fb.Exists)
		}
		_, err = b.Store(numbers(3), "+FLAGS", []string{"$Work"})
		check(t, err)
		if fb.Exists != 3 {
			t.Error("numbers changed within STORE")
		}
		check(t, b.Noop())
		if diff := cmp.Diff([]string{"flags 0", "expunge 2"}, kinds(b.Updates())); diff != "" || fb.Exists != 2 {
			t.Errorf("b was told (-want +got)\n%s, exists %d", diff, fb.Exists)
		}
		_, err = inbox.Append(strings.NewReader(plain), 0, time.Time{})
		check(t, err)
		check(t, a.Noop())
		if diff := cmp.Diff([]string{"flags 0", "exists 3", "recent 3", "fetch 2"}, kinds(a.Updates())); diff != "" {
			t.Errorf("a was told (-want +got)\n%s", diff)
		}
		check(t, b.Noop())
		if diff := cmp.Diff([]string{"exists 3", "recent 0"}, kinds(b.Updates())); diff != "" {
			t.Errorf("b was told (-want +got)\n%s", diff)
		}
		check(t, w.box.CreateFolder("x"))
		moved, err := b.Move(numbers(1, 2), "x")
		check(t, err)
		if moved.From.String() != "1,3" || fb.Exists != 1 {
			t.Errorf("moved %v, left %d", moved, fb.Exists)
		}
		check(t, a.Noop())
		if diff := cmp.Diff([]string{"expunge 1", "expunge 1"}, kinds(a.Updates())); diff != "" {
			t.Errorf("a was told (-want +got)\n%s", diff)
		}
		check(t, a.Delete("x"))
		check(t, a.Logout())
		check(t, b.Logout())
	})
}

func asError(err error, e **imap.Error) bool {
	got, ok := err.(*imap.Error)
	if ok {
		*e = got
	}
	return ok
}

func kinds(updates []imap.Update) (list []string) {
	for _, u := range updates {
		list = append(list, fmt.Sprint(u.Kind, " ", u.Number))
	}
	return list
}

// TestIdle: what others do is told while a client idles, in time, and a folder that is deleted empties.
func TestIdle(t *testing.T) {
	run(t, func(w *world) {
		f := w.fill(t, "work", plain)
		c := w.dial(t)
		_, err := c.Select("work")
		check(t, err)
		w.st.Go("others", func() {
			for _, do := range []func(){
				func() { f.Append(strings.NewReader(plain), 0, time.Time{}) },
				func() { f.SetFlags(maildrop.AddFlags, maildrop.Seen, 1) },
				func() { f.Remove(1) },
				func() { w.box.DeleteFolder("work") },
			} {
				w.st.Sleep(time.Hour / 4)
				do()
			}
		})
		began := w.Sched.Elapsed()
		for _, want := range []string{"exists 2", "fetch 1", "expunge 1", "expunge 1"} {
			updates, err := c.Idle(20 * time.Minute)
			check(t, err)
			if len(updates) == 0 || kinds(updates)[0] != want {
				t.Errorf("idle brought %v, want %s", kinds(updates), want)
			}
		}
		if took := w.Sched.Elapsed() - began; took < time.Hour || took > time.Hour+time.Second {
			t.Errorf("the updates came after %v", took)
		}
		updates, err := c.Idle(time.Minute)
		if len(updates) != 0 || err != nil {
			t.Errorf("idle with nothing new: %v, %v", kinds(updates), err)
		}
		_, err = c.Search("ALL", false)
		check(t, err)
		_, err = c.Expunge(nil)
		if stack.Code(err) != "not-found" && stack.Code(err) != "failed" {
			t.Errorf("expunge of a folder that is gone: %v", err)
		}
		_, err = c.Idle(time.Hour)
		if stack.Code(err) != "closed" {
			t.Errorf("idle for an hour: %v", err)
		}
	})
}

// TestLocked: while a POP3 session has the maildrop, nothing is removed from INBOX.
func TestLocked(t *testing.T) {
	run(t, func(w *world) {
		w.fill(t, "INBOX", plain)
		lock, err := w.box.Lock("pop3")
		check(t, err)
		c := w.dial(t)
		_, err = c.Select("INBOX")
		check(t, err)
		_, err = c.Store(numbers(1), "+FLAGS", []string{`\Deleted`})
		check(t, err)
		if _, err := c.Expunge(nil); stack.Code(err) != "in-use" {
			t.Errorf("expunge of a locked folder: %v", err)
		}
		check(t, lock.Remove(1))
		lock.Unlock()
		check(t, c.Noop())
		if diff := cmp.Diff([]string{"expunge 1"}, kinds(c.Updates())); diff != "" {
			t.Error(diff)
		}
		check(t, c.Logout())
	})
}

// TestStateIsKept: what one client did, another finds, also after the server's host has been off.
func TestStateIsKept(t *testing.T) {
	run(t, func(w *world) {
		w.fill(t, "INBOX", plain, plain)
		c := w.dial(t)
		check(t, c.Create("pickles"))
		_, err := c.Select("INBOX")
		check(t, err)
		_, err = c.Copy(numbers(2), "pickles")
		check(t, err)
		_, err = c.Store(numbers(1), "+FLAGS", []string{`\Flagged`, "$Work"})
		check(t, err)
		check(t, c.Logout())
		again, err := maildrop.Open(w.Sched, w.Find("mail.hamburger.edu").FS, "/var/mail", maildrop.Options{})
		check(t, err)
		w.server.Store = again
		c = w.dial(t)
		folders, err := c.List("", "*")
		check(t, err)
		if len(folders) != 2 || folders[1].Name != "pickles" {
			t.Errorf("folders %v", folders)
		}
		_, err = c.Select("INBOX")
		check(t, err)
		list, err := c.Fetch(numbers(1), "FLAGS")
		check(t, err)
		if diff := cmp.Diff([]string{`\Flagged`, "$Work"}, list[0].Flags); diff != "" {
			t.Error(diff)
		}
		check(t, c.Logout())
	})
}

// TestManySessions has twenty clients append, mark, move and expunge in one folder at a time, and all must agree in the end.
func TestManySessions(t *testing.T) {
	run(t, func(w *world) {
		f := w.fill(t, "work", plain, plain, plain, plain)
		check(t, w.box.CreateFolder("done"))
		left := 20
		var clients []*imap.Client
		for i := range left {
			w.st.Go("client", func() {
				defer func() { left-- }()
				c := w.dial(t)
				_, err := c.Select("work")
				check(t, err)
				for step := range 10 {
					var err error
					switch (i + step) % 5 {
					case 0:
						_, err = c.Append("work", []byte(plain), []string{`\Flagged`}, time.Time{})
					case 1:
						_, err = c.Store(imap.Messages{Set: imap.NumSet{{Start: 1, Stop: 0}}, UID: true}, "+FLAGS", []string{`\Deleted`})
					case 2:
						_, err = c.Expunge(nil)
					case 3:
						_, err = c.Search("FLAGGED", true)
					case 4:
						_, err = c.Move(imap.Messages{Set: imap.NumSet{{Start: 0, Stop: 0}}, UID: true}, "done")
					}
					check(t, err)
					w.st.Sleep(time.Duration(i) * time.Millisecond)
				}
				clients = append(clients, c)
			})
		}
		for left > 0 {
			w.st.Sleep(time.Second)
		}
		var want []uint32
		for _, m := range f.Messages() {
			want = append(want, m.UID)
		}
		for _, c := range clients {
			check(t, c.Noop())
			got, err := c.Search("ALL", true)
			check(t, err)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || int(c.Selected.Exists) != len(want) {
				t.Errorf("a client sees %d messages (-want +got)\n%s", c.Selected.Exists, diff)
			}
			check(t, c.Logout())
		}
	})
}

// TestLyingServers shows clients answers that no server may give.
func TestLyingServers(t *testing.T) {
	const hello = "* OK [CAPABILITY IMAP4rev1 IDLE] ready\r\n"
	for _, c := range []struct {
		name, said, code string
		do               func(*imap.Client) error
	}{
		{"greeting", "220 smtp\r\n", "protocol", nil},
		{"greeting of a folder", "* 5 EXISTS\r\n", "protocol", nil},
		{"refused", "* BYE [UNAVAILABLE] go away\r\n", "closed", nil},
		{"cut off", hello + "* 1 FETCH (BODY[] {100}\r\nabc", "closed", fetch1},
		{"wrong tag", hello + "b7 OK done\r\n", "protocol", fetch1},
		{"no word", hello + "a1 FINE\r\n", "protocol", fetch1},
		{"flags", hello + "* 1 FETCH (FLAGS (\\Seen)\r\na1 OK\r\n", "protocol", fetch1},
		{"no space", hello + "* 1 FETCH(UID 1)\r\na1 OK\r\n", "protocol", fetch1},
		{"large", hello + "* 1 FETCH (BODY[] {99999999999}\r\n", "too-long", fetch1},
		{"deep", hello + "* 1 FETCH (BODY " + strings.Repeat("(", 10000) + "\r\n", "protocol", fetch1},
		{"endless", hello + "* 1 FETCH (X " + strings.Repeat("x", 1<<20) + ")\r\n" + strings.Repeat("* 1 EXISTS\r\n", 30000) + "a1 OK done\r\n", "failed", fetch1},
		{"many answers", hello + strings.Repeat("* SEARCH "+strings.Repeat("1 ", 5000)+"\r\n", 600), "too-long", func(c *imap.Client) error { _, err := c.Search("ALL", false); return err }},
		{"many answers to nothing", hello + strings.Repeat("* NOTHING "+strings.Repeat("1 ", 5000)+"\r\n", 600), "too-long", func(c *imap.Client) error { _, err := c.Idle(time.Hour); return err }},
		{"bye", hello + "* BYE shutting down\r\n", "closed", fetch1},
		{"go on", hello + "+ go on\r\n", "protocol", fetch1},
		{"challenge", hello + "+ !\r\n", "protocol", func(c *imap.Client) error { return c.CRAMMD5("a", "b") }},
		{"no TLS", hello, "invalid", func(c *imap.Client) error { return c.StartTLS() }},
		{"two lines", hello, "invalid", func(c *imap.Client) error { _, err := c.Search("ALL\r\na2 LOGOUT", false); return err }},
		{"literal refused", hello + "a1 NO [TRYCREATE] no\r\n", "not-found", func(c *imap.Client) error { _, err := c.Append("x", []byte("y"), nil, time.Time{}); return err }},
		{"silence", hello, "timeout", fetch1},
		{"silence in idle", hello + "+ idling\r\n* 1 EXI", "timeout", func(c *imap.Client) error { _, err := c.Idle(time.Minute); return err }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := engine.New(engine.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			h, _ := w.Local()
			st := h.NewStack("x")
			l, err := st.Listen("tcp", ":143")
			if err != nil {
				t.Fatal(err)
			}
			st.Go("liar", func() {
				conn, _ := l.Accept()
				io.WriteString(conn, c.said)
				if !strings.HasPrefix(c.name, "silence") {
					conn.(*stack.Conn).CloseWrite()
				}
				io.Copy(io.Discard, conn)
			})
			err = w.Sched.Run(st.Go("main", func() {
				client, err := imap.Dial(st, "localhost:143", imap.Options{Largest: 4 << 20})
				if err == nil && c.do != nil {
					err = c.do(client)
				}
				if c.code == "failed" {
					if err != nil || len(client.Updates()) != 10000 {
						t.Errorf("many updates: %v", err)
					}
				} else if stack.Code(err) != c.code {
					t.Errorf("%v has code %s, want %s", err, stack.Code(err), c.code)
				}
			}))
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestUnaskedMessages: a server that tells of large messages with every answer fills no memory. The client counts what it keeps, and what comes.
func TestUnaskedMessages(t *testing.T) {
	w, err := engine.New(engine.Options{})
	check(t, err)
	defer w.Close()
	h, _ := w.Local()
	st := h.NewStack("x")
	l, err := st.Listen("tcp", ":143")
	check(t, err)
	const size = 3 << 20
	var client *imap.Client
	st.Go("liar", func() {
		conn, _ := l.Accept()
		io.WriteString(conn, "* OK [CAPABILITY IMAP4rev1] hello\r\n")
		for i := 1; i <= 6; i++ {
			fmt.Fprintf(conn, "* 1 FETCH (BODY[] {%d}\r\n%s", size, strings.Repeat("x", size))
			st.Sleep(time.Second)
			if i == 1 && client.Memory() < 2*size {
				t.Errorf("%d bytes counted while %d came", client.Memory(), size)
			}
			fmt.Fprintf(conn, ")\r\na%d OK done\r\n", i)
		}
		io.Copy(io.Discard, conn)
	})
	check(t, w.Sched.Run(st.Go("main", func() {
		var err error
		if client, err = imap.Dial(st, "localhost:143", imap.Options{Largest: 4 << 20}); err != nil {
			t.Error(err)
			return
		}
		empty := client.Memory()
		for range 6 {
			if err := client.Noop(); err != nil {
				t.Error(err)
			}
		}
		if n := client.Memory() - empty; n < 2*size || n > 3*size {
			t.Errorf("%d bytes counted for two messages of %d", n, size)
		}
		if u := client.Updates(); len(u) != 2 || len(u[1].Message.Section("BODY[]")) != size {
			t.Errorf("%d updates", len(u))
		}
		if n := client.Memory(); n != empty {
			t.Errorf("%d bytes counted when nothing is kept, %d before", n, empty)
		}
	})))
}

func fetch1(c *imap.Client) error {
	_, err := c.Fetch(numbers(1), "(UID)")
	return err
}

// serve starts a server with a fresh store for each session, so that each session sees the same.
func serve(t testing.TB) func(st *stack.Stack, h *engine.Host, address string) (string, func(), error) {
	return func(st *stack.Stack, h *engine.Host, address string) (string, func(), error) {
		l, err := st.Listen("tcp", address)
		if err != nil {
			return "", nil, err
		}
		s := server(t, st.Scheduler(), h.FS)
		st.Go("accept", func() { s.Serve(st, l) })
		return l.Addr().String(), s.Close, nil
	}
}

// talk is a session that leaves the mailbox as it was, whatever an interrupted one has left in it.
func talk(st *stack.Stack, address string) (string, error) {
	c, err := imap.Dial(st, address, imap.Options{})
	if err != nil {
		return "", err
	}
	defer c.Disconnect()
	if err := c.CRAMMD5("alice", "hungry"); err != nil {
		return "", err
	}
	if err := c.Delete("work"); err != nil && stack.Code(err) != "not-found" {
		return "", err
	}
	if err := c.Create("work"); err != nil {
		return "", err
	}
	if _, err := c.Append("work", []byte(nested), []string{`\Flagged`}, time.Unix(1e9, 0).UTC()); err != nil {
		return "", err
	}
	f, err := c.Select("work")
	if err != nil {
		return "", err
	}
	list, err := c.Fetch(numbers(1), "(FLAGS BODYSTRUCTURE BODY[])")
	if err != nil || len(list) != 1 {
		return "", fmt.Errorf("fetched %d: %w", len(list), err)
	}
	var b strings.Builder
	describe(&b, list[0].Structure, "")
	fmt.Fprintf(&b, "%d %q %q\n", f.Exists, list[0].Flags, list[0].Section("BODY[]"))
	if err := c.Delete("work"); err != nil {
		return "", err
	}
	return b.String(), c.Logout()
}

func TestConformance(t *testing.T) {
	var garbage [][]byte
	for _, s := range []string{"a LOGIN alice hungry\r\nb SELECT INBOX\r\nc FETCH 1:* FULL\r\nd IDLE\r\n", "a LOGIN {5}\r\nalice {6}\r\n", "a AUTHENTICATE CRAM-MD5\r\n*\r\n",
		"a LOGIN alice hungry\r\nb APPEND INBOX {10000000+}\r\nhalf", "a LOGIN alice hungry\r\nb APPEND INBOX {10}\r\nhalf", "a LOGIN alice hungry\r\nb SEARCH " + strings.Repeat("(", 5000) + "\r\n",
		"a LOGIN alice hungry\r\nb LIST \"\" " + strings.Repeat("*%", 30000) + "\r\n", "a {99999999999999999999}\r\n", "a LOGIN {65536+}\r\n", "a STARTTLS\r\n\x16\x03\x01\x02\x00\x01"} {
		garbage = append(garbage, []byte(s))
	}
	enginetest.Run(t, enginetest.Protocol{Serve: serve(t), Talk: talk, Stream: true, Port: 143, Patience: time.Hour, Garbage: garbage})
}

package imap_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/imap"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// plain is a message of one part.
const plain = "Date: Wed, 17 Jul 1996 02:23:25 -0700\r\nFrom: Terry Gray <gray@cac.washington.edu>\r\nSubject: IMAP4rev1 WG mtg summary\r\n" +
	"To: imap@cac.washington.edu\r\nCc: minutes@CNRI.Reston.VA.US, \"John Klensin\" <KLENSIN@MIT.EDU>\r\nMessage-Id: <B27397-0100000@cac.washington.edu>\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\nHow about pickles?\r\n"

// nested has parts in parts: text, a message that is multipart itself, and an attachment.
const nested = "From: alice@crepes.fr\r\nTo: bob@hamburger.edu\r\nSubject: =?utf-8?q?cr=C3=AApes?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"out er\"\r\n\r\npreamble\r\n" +
	"--out er\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nDear Bob,=0A=C3=A9t=C3=A9\r\n" +
	"--out er\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\nFrom: carol@example.org\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n--in\r\n\r\nplain\r\n--in\r\nContent-Type: text/html\r\n\r\n<p>\r\n--in--\r\n\r\n" +
	"--out er  \r\nContent-Type: image/jpeg; name=\"crepe.jpg\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=crepe.jpg\r\nContent-ID: <1@crepes.fr>\r\n\r\nAAEC\r\n\r\n--out er--\r\nepilogue\r\n"

// A world is a server and a client's host.
type world struct {
	*engine.World
	server *imap.Server
	st     *stack.Stack // the client's
	box    *maildrop.Mailbox
}

const at = "mail.hamburger.edu:143"

// run runs f on a client that is joined to a host with a server, which has a mailbox for alice.
func run(t testing.TB, f func(w *world)) {
	t.Helper()
	e, err := engine.New(engine.Options{Seed: 1, TimeLimit: 1000 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	a, _ := e.AddHost("mail.hamburger.edu")
	b, _ := e.AddHost("pc")
	if _, err := e.Net.Link(a.V, b.V, vnet.LinkOptions{Shape: vnet.Shape{Delay: 10 * time.Millisecond, Rate: 10_000_000}}); err != nil {
		t.Fatal(err)
	}
	st := a.NewStack("imap")
	w := &world{World: e, server: server(t, e.Sched, a.FS), st: b.NewStack("client")}
	authority, err := pki.New(1)
	if err != nil {
		t.Fatal(err)
	}
	if w.server.TLS, err = authority.Server(st, "mail.hamburger.edu"); err != nil {
		t.Fatal(err)
	}
	if w.box, err = w.server.Store.Ensure("alice"); err != nil {
		t.Fatal(err)
	}
	l, err := st.Listen("tcp", ":143")
	if err != nil {
		t.Fatal(err)
	}
	st.Go("accept", func() {
		if err := w.server.Serve(st, l); err != nil {
			t.Error(err)
		}
	})
	if err := e.Sched.Run(b.Group.Go("main", func() { f(w); w.st.Close(); w.server.Close() })); err != nil {
		t.Error(err)
	}
	if n := st.Group().Len(); n > 0 || st.OpenSockets() > 0 || w.server.Active() > 0 {
		t.Errorf("the server left %d tasks, %d sockets, %d sessions", n, st.OpenSockets(), w.server.Active())
	}
}

func server(t testing.TB, s *sim.Scheduler, fs afero.Fs) *imap.Server {
	t.Helper()
	store, err := maildrop.Open(s, fs, "/var/mail", maildrop.Options{MaxMessage: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return &imap.Server{Store: store, Secret: func(user string) (string, bool) {
		return map[string]string{"alice": "hungry", "bob": "x y"}[user], user == "alice" || user == "bob"
	}}
}

// fill puts messages into a folder.
func (w *world) fill(t testing.TB, folder string, texts ...string) *maildrop.Folder {
	t.Helper()
	w.box.CreateFolder(folder)
	f, err := w.box.Folder(folder)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		if _, err := f.Append(strings.NewReader(text), 0, time.Date(2026, 1, 2, 3, 4, 5+i, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// dial returns a session of alice's.
func (w *world) dial(t testing.TB) *imap.Client {
	t.Helper()
	c, err := imap.Dial(w.st, at, imap.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Login("alice", "hungry"); err != nil {
		t.Fatal(err)
	}
	return c
}

// say sends text as it is, half-closes, and returns what the server says behind its greeting.
func (w *world) say(text string) string {
	c, err := w.st.Dial("tcp", at)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	io.WriteString(c, text)
	c.CloseWrite()
	all, err := io.ReadAll(c)
	if err != nil {
		return err.Error()
	}
	_, rest, _ := strings.Cut(strings.ReplaceAll(string(all), "\r\n", "\n"), "\n")
	return rest
}

// TestDialogue is what a server says to what comes: states, arguments, refusals.
func TestDialogue(t *testing.T) {
	const in = "i login alice hungry\r\n"
	const loggedIn = "i OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR IDLE NAMESPACE CHILDREN UNSELECT UIDPLUS MOVE] user successfully logged on\n"
	const selected = `* FLAGS (\Draft \Flagged \Answered \Seen \Deleted)
* 2 EXISTS
* 2 RECENT
* OK [UNSEEN 1] first unseen
* OK [UIDVALIDITY 1767225600] UIDs valid
* OK [UIDNEXT 3] next UID
* OK [PERMANENTFLAGS (\Draft \Flagged \Answered \Seen \Deleted \*)] flags that are kept
s OK [READ-WRITE] SELECT completed
`
	const bye = "* BYE IMAP4rev1 server logging out\n"
	for _, c := range []struct{ name, said, want string }{
		{"capability", "a capability\r\nb LOGOUT\r\n", "* CAPABILITY IMAP4rev1 LITERAL+ SASL-IR IDLE NAMESPACE CHILDREN UNSELECT UIDPLUS MOVE STARTTLS AUTH=CRAM-MD5 AUTH=PLAIN\na OK CAPABILITY completed\n" + bye + "b OK LOGOUT completed\n"},
		{"states", "a SELECT inbox\r\nb FETCH 1 FLAGS\r\nc APPEND inbox {1+}\r\nx\r\n" + in + "d LOGIN alice hungry\r\ne EXPUNGE\r\nf UID STORE 1 FLAGS ()\r\ng CLOSE\r\nh CHECK\r\n",
			"a BAD SELECT comes after the login\nb BAD FETCH comes after the login\nc BAD APPEND comes after the login\n" + loggedIn + "d BAD LOGIN comes before the login\n" +
				"e BAD EXPUNGE needs a selected folder\nf BAD UID STORE needs a selected folder\ng BAD CLOSE needs a selected folder\nh BAD CHECK needs a selected folder\n"},
		{"nonsense", "\r\na\r\na b\r\n a NOOP\r\n+ NOOP\r\na UID\r\na UID FETCH\r\na UID NOOP\r\na NOOP 1\r\na LOGIN x\r\na LOGIN \"x\r\n\xff\xff\r\n",
			"* BAD want a tag, got nothing\na BAD want a space, got nothing\na BAD unknown command B\n* BAD want a tag, got \" a NOOP\"\n* BAD want a tag, got \"+ NOOP\"\na BAD unknown command UID\na BAD UID FETCH comes after the login\n" +
				"a BAD unknown command UID NOOP\na BAD NOOP want the end of the line, got \" 1\"\na BAD LOGIN want a space, got nothing\na BAD LOGIN want the rest of a quoted string, got nothing\n* BAD want a tag, got \"\\xff\\xff\"\n"},
		{"wrong passwords", "a LOGIN alice Hungry\r\nb LOGIN eve \"\"\r\nc AUTHENTICATE PLAIN AGFsaWNlAGh1bmdyeA==\r\n" + in,
			"a NO [AUTHENTICATIONFAILED] wrong name or password\nb NO [AUTHENTICATIONFAILED] wrong name or password\nc NO [AUTHENTICATIONFAILED] wrong name or password\n* BYE too many mistakes\n"},
		{"literals", "a LOGIN {3+}\r\nbob {3}\r\nx y\r\nb LOGIN alice {70000}\r\nc NOOP\r\nd LOGIN alice {70000+}\r\n", "+ go on\na OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR IDLE NAMESPACE CHILDREN UNSELECT UIDPLUS MOVE] user successfully logged on\n" +
			"b NO [TOOBIG] the literal is too large\nc OK completed\nd NO [TOOBIG] the literal is too large\n* BYE it is on its way\n"},
		{"a long line", "a NOOP " + strings.Repeat("x", 70000) + "\r\nb NOOP\r\n", "* BAD line too long\nb OK completed\n"},
		{"AUTHENTICATE", "a AUTHENTICATE X\r\nb AUTHENTICATE PLAIN \r\n*\r\nc AUTHENTICATE PLAIN =\r\nd AUTHENTICATE CRAM-MD5 YQ==\r\ni AUTHENTICATE PLAIN\r\nAGFsaWNlAGh1bmdyeQ==\r\n",
			"a NO no such mechanism here\n+ \nb BAD cancelled\nc BAD not a message of PLAIN\nd NO no such mechanism here\n+ \n" + loggedIn},
		{"STARTTLS with something behind it", "a STARTTLS\r\nb NOOP\r\n", "a BAD nothing may follow STARTTLS in the clear\n"},
		{"folders", in + "a CREATE lists/go/\r\nb CREATE Lists\r\nc CREATE inbox\r\nd CREATE \"a\x01\"\r\ne LIST \"\" *\r\nf LIST \"\" %\r\ng LIST lists/ %\r\nh RENAME lists old\r\nj LIST \"\" \"*o*\"\r\nk DELETE nosuch\r\nl DELETE INBOX\r\nm LIST \"\" \"\"\r\n" +
			"n SUBSCRIBE old/go\r\no LSUB \"\" %\r\np LSUB \"\" *\r\nq DELETE old\r\nr LIST \"\" o%\r\ns LIST \"\" inb%\r\nt CREATE caf&AOk-\r\nu LIST \"\" caf*\r\nv CREATE \"a&b\"\r\nw NAMESPACE\r\nx UNSUBSCRIBE old/go\r\n",
			loggedIn + "a OK CREATE completed\nb OK CREATE completed\nc NO [ALREADYEXISTS] there is such a folder\nd NO [CANNOT] not a possible name\n" +
				`* LIST (\HasNoChildren) "/" INBOX
* LIST (\HasNoChildren) "/" Lists
* LIST (\HasChildren) "/" lists
* LIST (\HasNoChildren) "/" lists/go
e OK LIST completed
* LIST (\HasNoChildren) "/" INBOX
* LIST (\HasNoChildren) "/" Lists
* LIST (\HasChildren) "/" lists
f OK LIST completed
* LIST (\HasNoChildren) "/" lists/go
g OK LIST completed
h OK RENAME completed
* LIST (\HasNoChildren) "/" INBOX
* LIST (\HasChildren) "/" old
* LIST (\HasNoChildren) "/" old/go
j OK LIST completed
k NO [NONEXISTENT] no such folder
l NO [CANNOT] INBOX cannot be deleted
* LIST (\Noselect) "/" ""
m OK LIST completed
n OK completed
* LSUB (\HasNoChildren) "/" INBOX
* LSUB (\Noselect \HasChildren) "/" old
o OK LSUB completed
* LSUB (\HasNoChildren) "/" INBOX
* LSUB (\HasNoChildren) "/" old/go
p OK LSUB completed
q OK DELETE completed
* LIST (\Noselect \HasChildren) "/" old
r OK LIST completed
* LIST (\HasNoChildren) "/" INBOX
s OK LIST completed
t OK CREATE completed
* LIST (\HasNoChildren) "/" caf&AOk-
u OK LIST completed
v BAD CREATE want a folder's name in modified UTF-7, got "\"a&b\""
* NAMESPACE (("" "/")) NIL NIL
w OK NAMESPACE completed
x OK completed
`},
		{"a session of RFC 3501 8", in + "s select inbox\r\na fetch 1 full\r\nb fetch 1 body[header]<0.20>\r\nc store 1 +flags \\deleted\r\nd logout\r\n", loggedIn + selected +
			`* 1 FETCH (FLAGS (\Recent) INTERNALDATE " 2-Jan-2026 03:04:05 +0000" RFC822.SIZE 346 ENVELOPE ("Wed, 17 Jul 1996 02:23:25 -0700" "IMAP4rev1 WG mtg summary" (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) ((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL "<B27397-0100000@cac.washington.edu>") BODY ("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 20 1))
a OK FETCH completed
* 1 FETCH (BODY[HEADER]<0> {20}
Date: Wed, 17 Jul 19 FLAGS (\Seen \Recent))
b OK FETCH completed
* 1 FETCH (FLAGS (\Seen \Deleted \Recent))
c OK STORE completed
` + bye + "d OK LOGOUT completed\n"},
		{"FETCH", in + "s SELECT INBOX\r\na FETCH 1:* (UID)\r\nb FETCH 3 UID\r\nc FETCH 0 UID\r\nd UID FETCH 2,7 FLAGS\r\ne UID FETCH 99:* (FLAGS)\r\nf FETCH 2 (X)\r\ng FETCH 2 ()\r\nh FETCH 2 BODY[1.2.X]\r\nj FETCH 2 BODY[0]\r\nk FETCH 2 BODY.PEEK[9]\r\n" +
			"l FETCH 2 (BODY.PEEK[2.2] BODY.PEEK[3]<1.2> BODY.PEEK[2.HEADER.FIELDS (subject \"x y\")])\r\nm FETCH 1 RFC822.TEXT\r\nn FETCH 2:1 FAST FLAGS\r\n", loggedIn + selected +
			`* 1 FETCH (UID 1)
* 2 FETCH (UID 2)
a OK FETCH completed
b BAD there are 2 messages
c BAD FETCH want a number that is not 0, got "0 UID"
* 2 FETCH (UID 2 FLAGS (\Recent))
d OK FETCH completed
* 2 FETCH (UID 2 FLAGS (\Recent))
e OK FETCH completed
f BAD FETCH want an item to fetch, got "X)"
g BAD FETCH want an item to fetch, got nothing
h BAD FETCH want a part or a section, got "X]"
j BAD FETCH want a number that is not 0, got "0]"
* 2 FETCH (BODY[9] NIL)
k OK FETCH completed
* 2 FETCH (BODY[2.2] {3}
<p> BODY[3]<1> {2}
AE BODY[2.HEADER.FIELDS (subject "x y")] {18}
Subject: inner

)
l OK FETCH completed
* 1 FETCH (RFC822.TEXT {20}
How about pickles?
 FLAGS (\Seen \Recent))
m OK FETCH completed
n BAD FETCH want the end of the line, got " FLAGS"
`},
		{"STORE", in + "s SELECT INBOX\r\na STORE 1:2 FLAGS (\\Seen $Work)\r\nb STORE 1 -FLAGS.SILENT ($work)\r\nc UID STORE 1 +FLAGS \\Flagged \\Answered\r\nd STORE 1 FLAGGS ()\r\ne STORE 1 FLAGS (\\*)\r\nf FETCH 1 FLAGS\r\n", loggedIn + selected +
			"* 1 FETCH (FLAGS (\\Seen $Work \\Recent))\n* 2 FETCH (FLAGS (\\Seen $Work \\Recent))\n* FLAGS (\\Draft \\Flagged \\Answered \\Seen \\Deleted $Work)\n" +
			"* OK [PERMANENTFLAGS (\\Draft \\Flagged \\Answered \\Seen \\Deleted $Work \\*)] flags that are kept\na OK STORE completed\nb OK STORE completed\n" +
			"* 1 FETCH (FLAGS (\\Flagged \\Answered \\Seen \\Recent) UID 1)\nc OK STORE completed\nd BAD STORE want FLAGS or FLAGS.SILENT, got \"FLAGGS ()\"\n" +
			"e NO [LIMIT] not a possible flag, or too many keywords\n* 1 FETCH (FLAGS (\\Flagged \\Answered \\Seen \\Recent))\nf OK FETCH completed\n"},
		{"EXAMINE changes nothing", in + "a EXAMINE INBOX\r\nb FETCH 1 BODY[TEXT]\r\nc STORE 1 +FLAGS \\Deleted\r\nd EXPUNGE\r\ne MOVE 1 INBOX\r\nf CLOSE\r\ns SELECT INBOX\r\n", loggedIn + strings.Replace(strings.Replace(strings.Replace(selected,
			"\\Deleted \\*)] flags that are kept", ")] read-only", 1), "PERMANENTFLAGS (\\Draft \\Flagged \\Answered \\Seen ", "PERMANENTFLAGS (", 1), "s OK [READ-WRITE] SELECT", "a OK [READ-ONLY] EXAMINE", 1) +
			"* 1 FETCH (BODY[TEXT] {20}\nHow about pickles?\n)\nb OK FETCH completed\nc NO [READ-ONLY] the folder was selected by EXAMINE\nd NO [READ-ONLY] the folder was selected by EXAMINE\ne NO [READ-ONLY] the folder was selected by EXAMINE\nf OK completed\n" + selected},
		{"COPY, MOVE, EXPUNGE", in + "s SELECT INBOX\r\na COPY 1:2 nosuch\r\nb CREATE old\r\nc COPY 1:2 old\r\nd STORE 1:2 +FLAGS.SILENT (\\Deleted)\r\ne UID EXPUNGE 2\r\nf EXPUNGE\r\ng SELECT old\r\nh UID MOVE 2 INBOX\r\nj STATUS INBOX (MESSAGES UIDNEXT UNSEEN RECENT UIDVALIDITY)\r\nk STATUS INBOX ()\r\nl SELECT nosuch\r\nm NOOP\r\nn FETCH 1 UID\r\n", loggedIn + selected +
			`a NO [TRYCREATE] no such folder
b OK CREATE completed
c OK [COPYUID 1767225601 1:2 1:2] COPY completed
d OK STORE completed
* 2 EXPUNGE
e OK UID EXPUNGE completed
* 1 EXPUNGE
f OK EXPUNGE completed
* FLAGS (\Draft \Flagged \Answered \Seen \Deleted)
* 2 EXISTS
* 2 RECENT
* OK [UNSEEN 1] first unseen
* OK [UIDVALIDITY 1767225601] UIDs valid
* OK [UIDNEXT 3] next UID
* OK [PERMANENTFLAGS (\Draft \Flagged \Answered \Seen \Deleted \*)] flags that are kept
g OK [READ-WRITE] SELECT completed
* OK [COPYUID 1767225600 2 3] moved
* 2 EXPUNGE
h OK MOVE completed
* STATUS INBOX (MESSAGES 1 UIDNEXT 4 UNSEEN 1 RECENT 1 UIDVALIDITY 1767225600)
j OK STATUS completed
k BAD STATUS want a status item, got nothing
l NO [NONEXISTENT] no such folder
m OK completed
n BAD FETCH needs a selected folder
`},
		{"APPEND", in + "s SELECT INBOX\r\na APPEND INBOX (\\Seen) \" 1-Feb-2026 10:00:00 +0100\" {4+}\r\nx\ny\n\r\nb FETCH 3 (FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])\r\nc APPEND nosuch {3}\r\nd APPEND nosuch {3+}\r\nabc\r\ne APPEND INBOX {3+}\r\nabc and more\r\nf APPEND INBOX {99999999}\r\ng APPEND INBOX (\\Seen {3+}\r\nabc\r\nh APPEND INBOX {0+}\r\n\r\nj NOOP\r\n", loggedIn + selected +
			`* 3 EXISTS
* 3 RECENT
a OK [APPENDUID 1767225600 3] APPEND completed
* 3 FETCH (FLAGS (\Seen \Recent) INTERNALDATE " 1-Feb-2026 09:00:00 +0000" RFC822.SIZE 6 BODY[] {6}
x
y
)
b OK FETCH completed
c NO [TRYCREATE] no such folder
d NO [TRYCREATE] no such folder
e BAD APPEND takes one message
f NO [TOOBIG] the message is too long
g BAD APPEND want an atom, got "{3+}\r\nabc"
* 4 EXISTS
* 4 RECENT
h OK [APPENDUID 1767225600 4] APPEND completed
j OK completed
`},
		{"IDLE", in + "s SELECT INBOX\r\na IDLE\r\ndone\r\nb IDLE\r\nNOOP\r\nc NOOP\r\nd IDLE\r\n", loggedIn + selected + "+ idling\na OK IDLE completed\n+ idling\nb BAD IDLE ends with DONE\nc OK completed\n+ idling\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			run(t, func(w *world) {
				w.fill(t, "INBOX", plain, nested)
				if diff := cmp.Diff(c.want, w.say(c.said)); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		})
	}
}

// TestSlowClients: who sends a byte a minute gets no more time than who sends none, before the login and after it.
func TestSlowClients(t *testing.T) {
	run(t, func(w *world) {
		for said, most := range map[string]time.Duration{"": 3 * time.Minute, "i LOGIN alice hungry\r\n": 30 * time.Minute} {
			c, err := w.st.Dial("tcp", at)
			if err != nil {
				t.Fatal(err)
			}
			began := w.Sched.Elapsed()
			io.WriteString(c, said)
			w.st.Go("drip", func() {
				for {
					if _, err := c.Write([]byte("x")); err != nil {
						return
					}
					w.st.Sleep(time.Minute)
				}
			})
			all, _ := io.ReadAll(c)
			if took := w.Sched.Elapsed() - began; took < most || took > most+time.Second || !strings.Contains(string(all), "* BYE nothing came for too long") {
				t.Errorf("after %q the server waited %v and said %q", said, took, all)
			}
			c.Close()
		}
	})
}

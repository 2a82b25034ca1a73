package maildrop_test

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

func open(t testing.TB, fs afero.Fs, o maildrop.Options) *maildrop.Store {
	t.Helper()
	s, err := maildrop.Open(sim.New(sim.Options{}), fs, "/var/mail", o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// show renders all that a mailbox says of itself, message texts included.
func show(t testing.TB, m *maildrop.Mailbox) string {
	t.Helper()
	var b strings.Builder
	for _, info := range m.Folders() {
		f := must(m.Folder(info.Name))(t)
		fmt.Fprintf(&b, "%s validity %d next %d bytes %d subscribed %v\n", info.Name, f.UIDValidity(), f.UIDNext(), f.Bytes(), info.Subscribed)
		for _, msg := range f.Messages() {
			text, err := f.Read(msg.UID)
			check(t, err)
			if int64(len(text)) != msg.Size {
				t.Errorf("%s %d has %d bytes and says %d", info.Name, msg.UID, len(text), msg.Size)
			}
			fmt.Fprintf(&b, "  %d %s %v %s\n", msg.UID, msg.Date.Format(time.DateTime), f.FlagNames(msg.Flags), text)
		}
	}
	return b.String()
}

func TestMailbox(t *testing.T) {
	fs := afero.NewMemMapFs()
	s := open(t, fs, maildrop.Options{})
	if _, err := s.Mailbox("bob"); err != maildrop.ErrNoMailbox {
		t.Error("a mailbox that was not made:", err)
	}
	bob := must(s.Create("Bob"))(t)
	if _, err := s.Create("bob"); err != maildrop.ErrExists {
		t.Error("made twice:", err)
	}
	for i, text := range []string{"one", "two", "three"} {
		if uid := must(bob.Deliver(strings.NewReader(text), ""))(t); uid != uint32(i+1) {
			t.Errorf("message %d has UID %d", i+1, uid)
		}
	}
	inbox := must(bob.Inbox())(t)
	flags := must(inbox.ParseFlags([]string{`\seen`, "$Work", `\Recent`}))(t)
	check(t, inbox.SetFlags(maildrop.AddFlags, flags, 1, 3, 99))
	check(t, inbox.SetFlags(maildrop.RemoveFlags, maildrop.Seen, 3))
	check(t, bob.CreateFolder("lists/go"))
	golang := must(bob.Folder("lists/go"))(t)
	if pairs := must(inbox.Copy(golang, 3, 1, 1, 7))(t); !reflect.DeepEqual(pairs, []maildrop.Pair{{1, 1}, {3, 2}}) {
		t.Error("copied", pairs)
	}
	if pairs := must(inbox.Move(golang, 3))(t); !reflect.DeepEqual(pairs, []maildrop.Pair{{3, 3}}) {
		t.Error("moved", pairs)
	}
	must(golang.Append(strings.NewReader("draft"), maildrop.Draft|maildrop.Deleted, time.Date(1996, 5, 28, 12, 5, 16, 500, time.UTC)))(t)
	check(t, bob.Subscribe("lists/go", true))
	check(t, bob.RenameFolder("lists", "old/lists"))
	want := `INBOX validity 1767225600 next 4 bytes 6 subscribed true
  1 2026-01-01 00:00:00 [\Seen $Work] one
  2 2026-01-01 00:00:00 [] two
old validity 1767225603 next 1 bytes 0 subscribed false
old/lists validity 1767225601 next 1 bytes 0 subscribed false
old/lists/go validity 1767225602 next 5 bytes 18 subscribed false
  1 2026-01-01 00:00:00 [\Seen $Work] one
  2 2026-01-01 00:00:00 [$Work] three
  3 2026-01-01 00:00:00 [$Work] three
  4 1996-05-28 12:05:16 [\Draft \Deleted] draft
`
	if got := show(t, bob); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if golang.Name() != "old/lists/go" {
		t.Error("a renamed folder is called", golang.Name())
	}
	again := must(open(t, fs, maildrop.Options{}).Mailbox("BOB"))(t)
	if got := show(t, again); got != want {
		t.Errorf("after a restart\n%swant\n%s", got, want)
	}
	if users := must(s.Users())(t); !reflect.DeepEqual(users, []string{"bob"}) {
		t.Error("users", users)
	}
}

// The number of a message that was removed is never given again, even if it was the last and the store is opened anew.
func TestNumbersAreNotReused(t *testing.T) {
	fs := afero.NewMemMapFs()
	for want := uint32(1); want < 5; want++ {
		bob := must(open(t, fs, maildrop.Options{}).Ensure("bob"))(t)
		if uid := must(bob.Deliver(strings.NewReader("x"), ""))(t); uid != want {
			t.Fatalf("UID %d, want %d", uid, want)
		}
		inbox := must(bob.Inbox())(t)
		check(t, inbox.SetFlags(maildrop.SetFlags, maildrop.Deleted, want))
		if gone := must(inbox.Expunge())(t); len(gone) != 1 || inbox.Len() != 0 {
			t.Fatal("expunged", gone)
		}
	}
	bob := must(open(t, fs, maildrop.Options{}).Mailbox("bob"))(t)
	for want := uint32(1767225601); want < 1767225604; want++ {
		check(t, bob.CreateFolder("work"))
		if f := must(bob.Folder("work"))(t); f.UIDValidity() != want {
			t.Errorf("UIDVALIDITY %d, want %d", f.UIDValidity(), want)
		}
		check(t, bob.DeleteFolder("work"))
		bob = must(open(t, fs, maildrop.Options{}).Mailbox("bob"))(t)
	}
}

func TestRenameInbox(t *testing.T) {
	bob := must(open(t, afero.NewMemMapFs(), maildrop.Options{}).Create("bob"))(t)
	must(bob.Deliver(strings.NewReader("x"), ""))(t)
	check(t, bob.CreateFolder("INBOX/below"))
	check(t, bob.RenameFolder("inbox", "kept"))
	want := `INBOX validity 1767225602 next 1 bytes 0 subscribed true
INBOX/below validity 1767225601 next 1 bytes 0 subscribed false
kept validity 1767225600 next 2 bytes 1 subscribed false
  1 2026-01-01 00:00:00 [] x
`
	if got := show(t, bob); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestLock(t *testing.T) {
	bob := must(open(t, afero.NewMemMapFs(), maildrop.Options{}).Create("bob"))(t)
	must(bob.Deliver(strings.NewReader("x"), ""))(t)
	inbox := must(bob.Inbox())(t)
	lock := must(bob.Lock("first"))(t)
	if _, err := bob.Lock("second"); err != maildrop.ErrLocked || bob.LockedBy() != "first" {
		t.Error("locked twice:", err, bob.LockedBy())
	}
	if _, err := inbox.Remove(1); err != maildrop.ErrLocked {
		t.Error("removed under the lock:", err)
	}
	must(bob.Deliver(strings.NewReader("y"), ""))(t)
	check(t, lock.Remove(1, 1, 5))
	lock.Unlock()
	lock.Unlock()
	if inbox.Len() != 1 || bob.LockedBy() != "" {
		t.Error("messages", inbox.Len(), "locked by", bob.LockedBy())
	}
	if err := lock.Remove(2); err != maildrop.ErrLocked {
		t.Error("removed after the lock was given back:", err)
	}
	must(bob.Lock("third"))(t)
	lock.Unlock()
	if bob.LockedBy() != "third" {
		t.Error("an old lock was given back for a new one")
	}
}

func TestBounds(t *testing.T) {
	s := open(t, afero.NewMemMapFs(), maildrop.Options{MaxMessage: 10, MaxMessages: 3, MaxFolders: 4, Quota: 25})
	bob := must(s.Create("bob"))(t)
	inbox := must(bob.Inbox())(t)
	want := func(what string, err, target error) {
		t.Helper()
		if !errors.Is(err, target) {
			t.Errorf("%s: %v, want %v", what, err, target)
		}
	}
	add := func(text string) error {
		_, err := bob.Deliver(strings.NewReader(text), "")
		return err
	}
	want("long", add("12345678901"), maildrop.ErrTooLong)
	want("first", add("1234567890"), nil)
	want("second", add("1234567890"), nil)
	want("over quota", add("1234567890"), maildrop.ErrFull)
	want("third", add("12345"), nil)
	want("fourth", add(""), maildrop.ErrFull)
	want("deep", bob.CreateFolder(strings.Repeat("a/", 30)+"a"), maildrop.ErrName)
	want("many", bob.CreateFolder("a/b/c/d"), maildrop.ErrFull)
	want("few", bob.CreateFolder("a/b"), nil)
	_, err := inbox.Copy(must(bob.Folder("a"))(t), 1)
	want("copy", err, maildrop.ErrFull)
	_, err = inbox.Move(must(bob.Folder("a"))(t), 1)
	want("move", err, nil)
	for i := range 26 {
		must(inbox.ParseFlags([]string{fmt.Sprint("k", i)}))(t)
	}
	_, err = inbox.ParseFlags([]string{"k26"})
	want("a 27th keyword", err, maildrop.ErrFlag)
	for _, name := range []string{"", "/", "a//b", "a/", "/a", "a\n", "\xff", strings.Repeat("x", 256)} {
		want(fmt.Sprintf("folder %q", name), bob.CreateFolder(name), maildrop.ErrName)
	}
	for _, name := range []string{"", "a\x00", "a\r\n", "\xff", strings.Repeat("x", 256)} {
		_, err := s.Create(name)
		want(fmt.Sprintf("user %q", name), err, maildrop.ErrName)
	}
	for _, name := range []string{"../bob", ".", "..", "a/b", "joão", "a%b", "CON:", "bob@crepes.fr"} {
		_, err := s.Create(name)
		want(fmt.Sprintf("user %q", name), err, nil)
	}
	if users := must(s.Users())(t); len(users) != 9 {
		t.Errorf("users %q", users)
	}
	want("INBOX", bob.DeleteFolder("inbox"), maildrop.ErrInbox)
	_, err = bob.Deliver(strings.NewReader(""), "a.b")
	want("a key with a dot", err, maildrop.ErrName)
}

// A reader that fails, or a task that is killed while it waits for one, leaves nothing behind.
func TestHalfAMessage(t *testing.T) {
	fs := afero.NewMemMapFs()
	sched := sim.New(sim.Options{})
	s := must(maildrop.Open(sched, fs, "/var/mail", maildrop.Options{}))(t)
	bob := must(s.Create("bob"))(t)
	broken := errors.New("broken")
	if _, err := bob.Deliver(io.MultiReader(strings.NewReader("half"), reader(func([]byte) (int, error) { return 0, broken })), ""); !errors.Is(err, broken) {
		t.Error(err)
	}
	inbox := must(bob.Inbox())(t)
	waits := sched.Root().Go("waits", func() {
		inbox.Append(io.MultiReader(strings.NewReader("half"), reader(func([]byte) (int, error) { sched.Sleep(time.Hour); return 0, io.EOF })), 0, time.Time{})
	})
	sched.Run(sched.Root().Go("main", func() {
		sched.Sleep(time.Minute)
		waits.Kill(errors.New("crash"))
	}))
	if left, err := afero.ReadDir(fs, "/var/mail/bob/1767225600/tmp"); err != nil || len(left) != 0 || inbox.Len() != 0 {
		t.Error("left behind:", len(left), inbox.Len(), err)
	}
}

type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

// Whoever waits on Changed learns of every kind of change, and of the end of the folder.
func TestChanged(t *testing.T) {
	sched := sim.New(sim.Options{})
	s := must(maildrop.Open(sched, afero.NewMemMapFs(), "/var/mail", maildrop.Options{}))(t)
	bob := must(s.Create("bob"))(t)
	check(t, bob.CreateFolder("work"))
	f := must(bob.Folder("work"))(t)
	var seen []uint64
	sched.Root().Go("idle", func() {
		for !f.Gone() {
			sched.Wait(sim.Wait{Call: "idle"}, time.Time{}, f.Changed())
			seen = append(seen, f.ModSeq())
		}
	}).Daemon = true
	err := sched.Run(sched.Root().Go("main", func() {
		for _, step := range []func() error{
			func() error { _, err := f.Append(strings.NewReader("x"), 0, time.Time{}); return err },
			func() error { return f.SetFlags(maildrop.AddFlags, maildrop.Seen, 1) },
			func() error { return f.SetFlags(maildrop.AddFlags, maildrop.Seen, 1) }, // no change
			func() error { _, err := f.Copy(f, 1); return err },
			func() error { _, err := f.Move(f, 1); return err }, // two: one goes, one comes
			func() error { _, err := f.Remove(2); return err },
			func() error { return bob.DeleteFolder("work") },
		} {
			sched.Sleep(time.Second)
			check(t, step())
		}
	}))
	check(t, err)
	if want := []uint64{1, 2, 3, 5, 6, 7}; !reflect.DeepEqual(seen, want) {
		t.Errorf("woken at %v, want %v", seen, want)
	}
	if _, err := f.Append(strings.NewReader("x"), 0, time.Time{}); err != maildrop.ErrNoFolder {
		t.Error("appended to a folder that is gone:", err)
	}
}

func TestRecent(t *testing.T) {
	fs := afero.NewMemMapFs()
	bob := must(open(t, fs, maildrop.Options{}).Create("bob"))(t)
	must(bob.Deliver(strings.NewReader("x"), ""))(t)
	inbox := must(bob.Inbox())(t)
	if a, b := inbox.TakeRecent(), inbox.TakeRecent(); a != 1 || b != 2 {
		t.Error("recent from", a, "then", b)
	}
	must(bob.Deliver(strings.NewReader("y"), "q1"))(t)
	bob = must(open(t, fs, maildrop.Options{}).Mailbox("bob"))(t)
	inbox = must(bob.Inbox())(t)
	if first := inbox.TakeRecent(); first != 2 {
		t.Error("after a restart recent from", first)
	}
	if !inbox.Delivered("q1") || inbox.Delivered("q2") {
		t.Error("the key of a delivery is not known again")
	}
}

// must takes the results of a call that cannot be passed on with t.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestLineEnds: what is kept has CRLF, however it came, and nothing else changes.
func TestLineEnds(t *testing.T) {
	inbox := must(must(open(t, afero.NewMemMapFs(), maildrop.Options{}).Create("bob"))(t).Inbox())(t)
	for in, want := range map[string]string{"": "", "a": "a", "\n": "\r\n", "a\nb\r\nc\rd\n\n": "a\r\nb\r\nc\rd\r\n\r\n", "\r\r\n\r": "\r\r\n\r",
		strings.Repeat("ab\n", 5000): strings.Repeat("ab\r\n", 5000), strings.Repeat("a\r\n", 5000): strings.Repeat("a\r\n", 5000)} {
		for _, r := range []io.Reader{strings.NewReader(in), iotest.OneByteReader(strings.NewReader(in)), iotest.DataErrReader(strings.NewReader(in))} {
			uid := must(inbox.Append(r, 0, time.Time{}))(t)
			m := must(inbox.Message(uid))(t)
			if got := string(must(inbox.Read(uid))(t)); got != want || m.Size != int64(len(want)) {
				t.Errorf("%.20q is kept as %.20q, %d bytes", in, got, m.Size)
			}
		}
	}
}

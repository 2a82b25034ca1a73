package maildrop_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/enginetest/faultfs"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
)

// steps are changes that are whole or not at all, whatever happens; together they use every operation that writes.
var steps = []struct {
	name string
	do   func(*maildrop.Mailbox, *maildrop.Folder) error
}{
	{"deliver", func(m *maildrop.Mailbox, _ *maildrop.Folder) error {
		_, err := m.Deliver(strings.NewReader("first message"), "q1")
		return err
	}},
	{"deliver another", func(m *maildrop.Mailbox, _ *maildrop.Folder) error {
		_, err := m.Deliver(strings.NewReader("second message"), "")
		return err
	}},
	{"flag", func(_ *maildrop.Mailbox, f *maildrop.Folder) error {
		return f.SetFlags(maildrop.AddFlags, maildrop.Seen|maildrop.Answered, 2)
	}},
	{"keyword", func(_ *maildrop.Mailbox, f *maildrop.Folder) error {
		flags, err := f.ParseFlags([]string{"$Forwarded"})
		if err != nil {
			return err
		}
		return f.SetFlags(maildrop.AddFlags, flags, 2)
	}},
	{"create", func(m *maildrop.Mailbox, _ *maildrop.Folder) error { return m.CreateFolder("lists/go") }},
	{"subscribe", func(m *maildrop.Mailbox, _ *maildrop.Folder) error { return m.Subscribe("lists/go", true) }},
	{"copy", func(m *maildrop.Mailbox, f *maildrop.Folder) error {
		to, err := m.Folder("lists/go")
		if err != nil {
			return err
		}
		_, err = f.Copy(to, 2)
		return err
	}},
	{"move", func(m *maildrop.Mailbox, f *maildrop.Folder) error {
		to, err := m.Folder("lists/go")
		if err != nil {
			return err
		}
		_, err = f.Move(to, 2)
		return err
	}},
	{"rename", func(m *maildrop.Mailbox, _ *maildrop.Folder) error { return m.RenameFolder("lists", "old") }},
	{"append", func(m *maildrop.Mailbox, _ *maildrop.Folder) error {
		f, err := m.Folder("old/go")
		if err != nil {
			return err
		}
		_, err = f.Append(strings.NewReader("a draft"), maildrop.Draft, time.Unix(1e9, 0))
		return err
	}},
	{"remove", func(_ *maildrop.Mailbox, f *maildrop.Folder) error { _, err := f.Remove(1); return err }},
	{"rename INBOX", func(m *maildrop.Mailbox, _ *maildrop.Folder) error { return m.RenameFolder("INBOX", "kept") }},
	{"delete", func(m *maildrop.Mailbox, _ *maildrop.Folder) error { return m.DeleteFolder("old/go") }},
}

// play does all steps on a file system and returns what the mailbox showed before the first and after each that was done.
func play(t *testing.T, fs *faultfs.FS) (shown []string) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(faultfs.Crash); !ok {
				panic(r)
			}
		}
	}()
	m := must(open(t, fs, maildrop.Options{}).Create("bob"))(t)
	shown = append(shown, show(t, m))
	for _, s := range steps {
		f := must(m.Inbox())(t)
		if err := s.do(m, f); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		shown = append(shown, show(t, m))
	}
	return shown
}

// Whatever operation of the file system a crash interrupts, the mailbox is afterwards as it was before or after the step, and goes on.
func TestCrashAtEveryOperation(t *testing.T) {
	whole := faultfs.New()
	want := play(t, whole)
	if len(want) != len(steps)+1 || whole.Count < 40 {
		t.Fatal("played", len(want), "with", whole.Count, "operations")
	}
	for die := 1; die <= whole.Count; die++ {
		fs := faultfs.New()
		fs.Die = die
		done := len(play(t, fs))
		after := fs.Restart()
		m, err := open(t, after, maildrop.Options{}).Mailbox("bob")
		if done == 0 {
			if err != nil && err != maildrop.ErrNoMailbox {
				t.Errorf("operation %d: %v", die, err)
			}
			m, err = open(t, after, maildrop.Options{}).Ensure("bob")
		}
		if err != nil {
			t.Errorf("operation %d: %v", die, err)
			continue
		}
		got := show(t, m)
		if got != want[max(done-1, 0)] && got != want[min(done, len(steps))] {
			t.Errorf("crash at operation %d, in step %d: neither before\n%sn or after\n%sbut\n%s", die, done, want[max(done-1, 0)], want[min(done, len(steps))], got)
		}
		if err := goOn(m); err != nil {
			t.Errorf("crash at operation %d: after it: %v", die, err)
		}
	}
}

// goOn uses the mailbox after a crash.
func goOn(m *maildrop.Mailbox) error {
	f, err := m.Inbox()
	if err != nil {
		return err
	}
	next := f.UIDNext()
	uid, err := m.Deliver(strings.NewReader("after"), "")
	if err != nil {
		return err
	}
	if uid < next {
		return fmt.Errorf("UID %d, and %d was the next", uid, next)
	}
	if err := m.CreateFolder("after"); err != nil {
		return err
	}
	if f, err = m.Folder("after"); err == nil && f.Len() != 0 {
		err = fmt.Errorf("a new folder has %d messages", f.Len())
	}
	return err
}

// Whatever operation of the file system fails, the step reports it, and the mailbox is as before or after it, in memory and on disk.
func TestFailureAtEveryOperation(t *testing.T) {
	whole := faultfs.New()
	want := play(t, whole)
	full := fmt.Errorf("disk full")
	for n := 1; n <= whole.Count; n++ {
		fs := faultfs.New()
		fs.Fail = func(string, string) error {
			if fs.Count == n {
				return full
			}
			return nil
		}
		s, err := maildrop.Open(nullClock(), fs, "/var/mail", maildrop.Options{})
		if err != nil {
			continue
		}
		m, err := s.Create("bob")
		for i := 0; i < len(steps) && err == nil; i++ {
			var f *maildrop.Folder
			if f, err = m.Inbox(); err == nil {
				err = steps[i].do(m, f)
			}
			if err == nil {
				continue
			}
			for _, m := range []*maildrop.Mailbox{m, must(open(t, fs, maildrop.Options{}).Mailbox("bob"))(t)} {
				if got := show(t, m); got != want[i] && got != want[i+1] {
					t.Errorf("failure of operation %d, in step %s (%v): neither before\n%snor after\n%sbut\n%s", n, steps[i].name, err, want[i], want[i+1], got)
				}
			}
		}
	}
}

// Package maildrop keeps the mailboxes of a host in its file system: for each user folders of messages, INBOX first, with the
// unique numbers, flags and dates that POP3 (RFC 1939) and IMAP (RFC 9051 2.3) ask of a message store.
//
// On the file system a mailbox is a directory in the manner of Maildir:
//
//	USER/folders               which folders there are, which directory each is in, and which are subscribed to
//	USER/UIDVALIDITY/state     the next UID, the first recent one, the names of keywords
//	USER/UIDVALIDITY/cur/NAME  a message; its name has UID, date, size and flags, see fileName
//	USER/UIDVALIDITY/tmp/N     a message that is not whole yet
//
// The lines of a message end with CRLF; those that came with LF alone are given it.
//
// Every change is one rename of a file that was written whole and synced before, so that a crash at any moment leaves the state
// before it or after it. A message is on stable storage when the call that adds it returns.
//
// A Store is for tasks of one scheduler. It may be used by several processes of the host, but a directory must have one Store only.
package maildrop

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// An Error says why a store does not do what it was asked to. The values below are all there are; compare with errors.Is.
type Error struct{ text, code string }

// Error returns the text, with the package's name.
func (e *Error) Error() string { return "maildrop: " + e.text }

// Code returns the error's code in the table of stack.Code.
func (e *Error) Code() string { return e.code }

// The reasons of a store.
var (
	ErrNoMailbox = &Error{"no such mailbox", "not-found"}
	ErrNoFolder  = &Error{"no such folder", "not-found"}
	ErrNoMessage = &Error{"no such message", "not-found"}
	ErrExists    = &Error{"it is there already", "exists"}
	ErrLocked    = &Error{"the mailbox is locked by another session", "in-use"}
	ErrFull      = &Error{"the mailbox is full", "limit"}
	ErrTooLong   = &Error{"the message is too long", "too-long"}
	ErrName      = &Error{"not a possible name", "invalid"}
	ErrFlag      = &Error{"not a possible flag, or too many keywords", "invalid"}
	ErrInbox     = &Error{"INBOX cannot be deleted", "denied"}
	ErrCorrupt   = &Error{"a file of the mailbox cannot be understood", "failed"}
)

// Options bound what a store takes. The zero value means the defaults.
type Options struct {
	MaxMessage  int64 // bytes of one message; 32 MiB
	MaxMessages int   // of one folder; 100,000
	MaxFolders  int   // of one user; 1,000
	Quota       int64 // bytes of all messages of one user; no bound of its own: the host's file system has one
}

func (o Options) filled() Options {
	if o.MaxMessage <= 0 {
		o.MaxMessage = 32 << 20
	}
	if o.MaxMessages <= 0 {
		o.MaxMessages = 100_000
	}
	if o.MaxFolders <= 0 {
		o.MaxFolders = 1000
	}
	return o
}

// A Store is the mailboxes of a host.
type Store struct {
	sched   *sim.Scheduler
	fs      afero.Fs
	dir     string
	options Options
	boxes   map[string]*Mailbox // those that are in use
	temp    int
	buffer  []byte // for copying; nil while it is in use
}

// Open returns the store in directory dir of a file system, which it makes if it is not there. The scheduler is asked for the time.
func Open(s *sim.Scheduler, fs afero.Fs, dir string, o Options) (*Store, error) {
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("maildrop: open %s: %w", dir, err)
	}
	return &Store{sched: s, fs: fs, dir: dir, options: o.filled(), boxes: map[string]*Mailbox{}}, nil
}

// Users returns the names of all mailboxes, sorted.
func (s *Store) Users() ([]string, error) {
	entries, err := afero.ReadDir(s.fs, s.dir)
	if err != nil {
		return nil, fmt.Errorf("maildrop: list %s: %w", s.dir, err)
	}
	var users []string
	for _, e := range entries {
		user, ok := unescape(e.Name())
		if !ok || !e.IsDir() {
			continue
		}
		if there, _ := afero.Exists(s.fs, path.Join(s.dir, e.Name(), "folders")); there { // else it was being made when the host crashed
			users = append(users, user)
		}
	}
	slices.Sort(users)
	return users, nil
}

// Create makes a mailbox with an empty INBOX, or fails with ErrExists. A user's name has 1 to 255 bytes, none of them a control;
// case does not matter.
func (s *Store) Create(user string) (*Mailbox, error) {
	if !validName(user) {
		return nil, ErrName
	}
	user = strings.ToLower(user)
	if _, err := s.Mailbox(user); err == nil {
		return nil, ErrExists
	}
	m := s.mailbox(user)
	m.next = uint32(min(s.sched.Now().Unix(), 1<<31))
	if err := m.addFolder(Inbox); err != nil {
		return nil, err
	}
	m.subscribed[Inbox] = true
	if err := m.writeIndex(); err != nil {
		return nil, err
	}
	s.boxes[user] = m
	return m, nil
}

// Mailbox returns the mailbox of a user, or ErrNoMailbox.
func (s *Store) Mailbox(user string) (*Mailbox, error) {
	user = strings.ToLower(user)
	if m := s.boxes[user]; m != nil {
		return m, nil
	}
	if !validName(user) {
		return nil, ErrNoMailbox
	}
	m := s.mailbox(user)
	if err := m.readIndex(); err != nil {
		return nil, err
	}
	s.boxes[user] = m
	return m, nil
}

// Ensure returns the mailbox of a user, which it makes if there is none.
func (s *Store) Ensure(user string) (*Mailbox, error) {
	m, err := s.Mailbox(user)
	if err == ErrNoMailbox {
		return s.Create(user)
	}
	return m, err
}

func (s *Store) mailbox(user string) *Mailbox {
	return &Mailbox{store: s, user: user, dir: path.Join(s.dir, escape(user)), folders: map[string]uint32{}, subscribed: map[string]bool{}, open: map[uint32]*Folder{}}
}

// replace writes a small file whole under another name, syncs it and renames it.
func (s *Store) replace(name string, content []byte) error {
	fresh := name + ".new"
	if err := s.write(fresh, content); err != nil {
		s.fs.Remove(fresh)
		return err
	}
	return s.fs.Rename(fresh, name)
}

func (s *Store) write(name string, content []byte) error {
	f, err := s.fs.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// tempName returns a name for a message that is not whole yet.
func (s *Store) tempName(dir string) string {
	s.temp++
	return path.Join(dir, "tmp", strconv.Itoa(s.temp))
}

package maildrop

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A Folder is a folder of a mailbox. Messages have UIDs, which grow and are never given twice while UIDValidity is the same.
type Folder struct {
	box      *Mailbox
	name     string
	validity uint32
	dir      string
	gone     bool

	messages []message // by UID
	next     uint32    // the next UID
	saved    uint32    // next as the state has it
	recent   uint32
	keywords []string
	bytes    int64

	modSeq  uint64
	changed sim.Queue
}

type message struct {
	file
	modSeq uint64
}

// A Message is what a folder knows of one without reading it.
type Message struct {
	UID   uint32
	Size  int64     // bytes
	Date  time.Time // when it came, to the second (RFC 9051 2.3.3)
	Flags Flags
	// ModSeq is what Folder.ModSeq was when the message came or its flags changed last.
	ModSeq uint64
}

func (m message) public() Message {
	return Message{UID: m.uid, Size: m.size, Date: time.Unix(m.date, 0).UTC(), Flags: m.flags, ModSeq: m.modSeq}
}

// Name returns the folder's name; it changes when the folder is renamed.
func (f *Folder) Name() string { return f.name }

// Mailbox returns the mailbox that the folder belongs to.
func (f *Folder) Mailbox() *Mailbox { return f.box }

// UIDValidity returns a number that no other folder of the mailbox has had, even one with the same name (RFC 9051 2.3.1.1).
func (f *Folder) UIDValidity() uint32 { return f.validity }

// UIDNext returns the UID that the next message will have.
func (f *Folder) UIDNext() uint32 { return f.next }

// Len returns how many messages there are.
func (f *Folder) Len() int { return len(f.messages) }

// Bytes returns how many bytes all messages have together.
func (f *Folder) Bytes() int64 { return f.bytes }

// Gone reports whether the folder was deleted; changes then fail with ErrNoFolder.
func (f *Folder) Gone() bool { return f.gone }

// ModSeq returns a number that grows with each change. It begins anew when the store is opened.
func (f *Folder) ModSeq() uint64 { return f.modSeq }

// Changed returns the queue that is woken when messages come, go or change their flags, and when the folder is deleted.
func (f *Folder) Changed() *sim.Queue { return &f.changed }

// Messages returns all messages by UID. The slice is the caller's.
func (f *Folder) Messages() []Message {
	all := make([]Message, len(f.messages))
	for i, m := range f.messages {
		all[i] = m.public()
	}
	return all
}

// Message returns the message with that UID, or ErrNoMessage.
func (f *Folder) Message(uid uint32) (Message, error) {
	i, ok := f.find(uid)
	if !ok {
		return Message{}, ErrNoMessage
	}
	return f.messages[i].public(), nil
}

func (f *Folder) find(uid uint32) (int, bool) {
	return slices.BinarySearchFunc(f.messages, uid, func(m message, uid uint32) int { return cmp.Compare(m.uid, uid) })
}

// Open opens a message for reading, from where it can also be sought. What is open stays readable when the message is removed.
func (f *Folder) Open(uid uint32) (io.ReadSeekCloser, error) {
	i, ok := f.find(uid)
	if !ok {
		return nil, ErrNoMessage
	}
	r, err := f.box.store.fs.Open(f.path(f.messages[i].file))
	if err != nil {
		return nil, f.wrap("open", err)
	}
	return r, nil
}

// Read returns a whole message.
func (f *Folder) Read(uid uint32) ([]byte, error) {
	r, err := f.Open(uid)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, f.wrap("read", err)
	}
	return b, nil
}

// TakeRecent returns the first UID of the messages that no session was told of as recent, and counts them as told: for the session
// that calls it, those from it on are \Recent (RFC 3501 2.3.2).
func (f *Folder) TakeRecent() uint32 {
	first := f.recent
	if f.recent != f.next && !f.gone {
		f.recent = f.next
		f.writeState() // if it fails, messages are recent once more after a restart
	}
	return first
}

// Recent returns what TakeRecent would, without counting.
func (f *Folder) Recent() uint32 { return f.recent }

func (f *Folder) path(m file) string { return path.Join(f.dir, "cur", fileName(m)) }

func (f *Folder) wrap(what string, err error) error {
	var own *Error
	if errors.As(err, &own) {
		return err
	}
	return fmt.Errorf("maildrop: %s in %s of %s: %w", what, f.name, f.box.user, err)
}

// touch notes a change and wakes who waits for one.
func (f *Folder) touch() {
	f.modSeq++
	f.changed.Wake()
}

// load reads the folder from the file system and removes what was not whole when the host crashed.
func (f *Folder) load() error {
	files := f.box.store.fs
	s := state{next: 1, recent: 1}
	text, err := afero.ReadFile(files, path.Join(f.dir, "state"))
	if err == nil {
		s, err = parseState(text)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f.next, f.saved, f.recent, f.keywords = s.next, s.next, s.recent, s.keywords
	entries, err := afero.ReadDir(files, path.Join(f.dir, "cur"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if m, ok := parseFileName(e.Name()); ok {
			f.messages = append(f.messages, message{file: m})
			f.bytes += m.size
			f.next = max(f.next, m.uid+1)
		}
	}
	slices.SortFunc(f.messages, func(a, b message) int { return cmp.Compare(a.uid, b.uid) })
	f.messages = slices.CompactFunc(f.messages, func(a, b message) bool { return a.uid == b.uid })
	entries, err = afero.ReadDir(files, path.Join(f.dir, "tmp"))
	for _, e := range entries {
		files.Remove(path.Join(f.dir, "tmp", e.Name()))
	}
	return err
}

func (f *Folder) writeState() error {
	err := f.box.store.replace(path.Join(f.dir, "state"), state{f.next, f.recent, f.keywords}.format())
	if err == nil {
		f.saved = f.next
	}
	return err
}
